"""Markup that is safe by construction: whatever is not `Markup` already is text, and is escaped."""

from html import escape

from crmcli.reports.writing.cells import seen


class Markup(str):
    """Text that is markup; everything else is data."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """An element; `class_` is the attribute class, `aria_label` is aria-label, None and False leave one out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{written(str(value))}"'
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(f"<{name}{said}>{joined(*children)}</{name}>")


def joined(*children: str) -> Markup:
    """Markup side by side."""
    return Markup("".join(child if isinstance(child, Markup) else written(child) for child in children))


def written(text: str) -> str:
    """Text as it stands in markup, and in a quoted attribute."""
    return escape(text if text.isprintable() else seen(text))
