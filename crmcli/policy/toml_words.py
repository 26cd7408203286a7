"""What Python's reader of TOML says of a file that it cannot read, in the language of the program."""

import re

from crmcli.i18n import _


def said(detail: str, *, line: str | None, column: str | None) -> str:
    """What `tomllib` says is wrong, and where (no line: at the end of the file). In English it stays as it is."""
    detail = _translated(detail)
    if line is None:
        return _("{detail} (at end of document)").format(detail=detail)
    return _("{detail} (at line {line}, column {column})").format(detail=detail, line=line, column=column)


def _translated(detail: str) -> str:
    """The usual ones; any other as it is."""
    usual = {
        "Invalid statement": _("Invalid statement"),
        "Invalid value": _("Invalid value"),
        "Invalid date or datetime": _("Invalid date or datetime"),
        "Invalid initial character for a key part": _("Invalid initial character for a key part"),
        "Expected newline or end of document after a statement": _(
            "Expected newline or end of document after a statement"
        ),
        "Expected '=' after a key in a key/value pair": _("Expected '=' after a key in a key/value pair"),
        "Expected ']' at the end of a table declaration": _("Expected ']' at the end of a table declaration"),
        "Expected ']]' at the end of an array declaration": _("Expected ']]' at the end of an array declaration"),
        "Unclosed array": _("Unclosed array"),
        "Unclosed inline table": _("Unclosed inline table"),
        "Unterminated string": _("Unterminated string"),
        "Unescaped '\\' in a string": _("Unescaped '\\' in a string"),
        "Cannot overwrite a value": _("Cannot overwrite a value"),
        "Cannot declare {found} twice": _("Cannot declare {found} twice"),
        "Cannot mutate immutable namespace {found}": _("Cannot mutate immutable namespace {found}"),
        "Cannot redefine namespace {found}": _("Cannot redefine namespace {found}"),
        "Duplicate inline table key {found}": _("Duplicate inline table key {found}"),
        "Illegal character {found}": _("Illegal character {found}"),
        "Found invalid character {found}": _("Found invalid character {found}"),
    }
    for english, translated in usual.items():
        pattern = re.escape(english).replace(r"\{found\}", "(.*)")
        if found := re.fullmatch(pattern, detail):
            return translated.format(found="".join(found.groups()))
    return detail
