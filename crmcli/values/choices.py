"""Words out of a known list."""

from collections.abc import Mapping

from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values.text import fold

_YES = frozenset(("yes", "y", "true", "t", "1", "on", "是", "有", "对", "同意", "已同意", "√", "✓", "✔"))
_NO = frozenset(("no", "n", "false", "f", "0", "off", "否", "无", "不", "没有", "不同意", "×", "✗", "✘"))


def parse_yes_no(text: str) -> str:
    """`yes` or `no`. Raises BadValue yes-no-invalid."""
    folded = fold(text).casefold()
    if folded in _YES:
        return "yes"
    if folded in _NO:
        return "no"
    raise BadValue("yes-no-invalid", _("write yes or no"))


def parse_choice(text: str, choices: Mapping[str, str]) -> str:
    """The stored word for `text`; `choices` maps every accepted word to its stored word, itself accepted too.

    Case, width and outer space do not matter. Raises BadValue choice-invalid, naming the stored words.
    """
    if text in choices:
        return choices[text]
    folded = fold(text).casefold()
    for word, stored in choices.items():
        if folded in (fold(word).casefold(), stored.casefold()):
            return stored
    raise BadValue(
        "choice-invalid",
        _("choose one of: {choices}").format(choices=", ".join(dict.fromkeys(choices.values()))),
    )
