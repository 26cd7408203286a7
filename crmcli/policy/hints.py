"""What was meant where a policy cannot be read on: told from what stands at the place, or not at all."""

import re
from datetime import date
from decimal import Decimal

from crmcli.i18n import _

_DATE = re.compile(r"(?<![\w-])(\d{4})([-/.年])(\d{1,2})[-/.月](\d{1,2})日?(?![\w-])")
_GROUPED = re.compile(r"(?<![\w.])\d{1,3}(?:[,，]\d{3})+(?![\w,，])")
_PERCENT = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)\s*[%％]")


# ------------------------------------------------------------------------------------------------- rules

# As SQL and a spreadsheet have them, and as they are spoken in Chinese.
_JOINS = {
    "and": "and", "or": "or", "in": "in", "not in": "not in", "且": "and", "并且": "and", "而且": "and", "或": "or",
    "或者": "or",
}  # fmt: skip
_JOIN = re.compile(r"not\s+in\b|\w+", re.IGNORECASE)
_COMPARED = re.compile(r"(?:[<>=!]+|(?:not\s+)?in\s*\[)?\s*")


def of_rule(text: str, column: int) -> str:
    """What to write instead of what a rule has at the column (from 1), from which it cannot be read; "" if unsure."""
    at = column - 1
    word = _JOIN.match(text, at)
    written = " ".join(word[0].split()) if word else ""
    meant = _JOINS.get(written.casefold(), written)
    if meant != written:
        return _("write {hint}").format(hint=meant)
    if found := _at(_GROUPED, text, at):
        return _ungrouped(found)
    # A comparison is told at its sign, a number at itself.
    sign = _COMPARED.match(text, at)
    places = {at, sign.end() if sign else at}
    for found in _DATE.finditer(text):
        if (day := _day(found)) and (found.start() in places or found.end() == len(text[:at].rstrip())):
            return _("a date stands in quotes: {date}").format(date=f"'{day}'")
    return ""


def _at(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str] | None:
    """What stands at the place, or ends before it."""
    return next((found for found in pattern.finditer(text) if found.start() <= at <= found.end()), None)


def _ungrouped(found: re.Match[str]) -> str:
    """How a number with commas is written."""
    return _("write {hint}").format(hint=re.sub("[,，]", "_", found[0]))


def _day(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None


_BARE_SHARE = re.compile(r"\b(?:top|bottom)\(\s*\w+\s*,\s*(0\.\d*[1-9]\d*)\s*\)")


def of_shares(text: str) -> list[str]:
    """What is to be said of the ranks of a policy that take a part of a percent and do not say so, each with its line.

    `top(fact, p)` are p percent: 0.1 is right, and written by who means ten percent.
    """
    told = _("line {line}: {rank} means {percent}%, not {share}%; write the one that you mean, with the %")
    return [
        told.format(line=number, rank=found[0], percent=found[1], share=_plain(Decimal(found[1]) * 100))
        for number, line in enumerate(text.split("\n"), start=1)
        if not line.lstrip().startswith("#")
        for found in _BARE_SHARE.finditer(line)
    ]


# -------------------------------------------------------------------------------------------------- TOML

_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate inline table key")
_UNCLOSED = "Illegal character '\\n' "
_KEYBOARD = {
    "“": '"', "”": '"', "‘": '"', "’": '"', "＂": '"', "＝": "=", "，": ",", "、": ",", "【": "[", "】": "]",
    "［": "[", "］": "]", "｛": "{", "｝": "}",
}  # fmt: skip
_BARE = re.compile(r"[^\W\d][^,\]}#\"']{0,40}")


def of_toml(detail: str, line: str, column: int) -> str:
    """What to write instead of what a line of TOML has at the column (from 1), or ""; `detail` is what tomllib said."""
    if detail.startswith(_TWICE):
        return _("a key or table stands twice; are these two files in one?")
    if detail.startswith(_UNCLOSED):
        return _("the text that begins on this line has no closing quote")
    at = column - 1
    if (found := _at(_DATE, line, at)) and (day := _day(found)):
        return _("a date is written {date}").format(date=day)
    if found := _at(_PERCENT, line, at):
        share = _plain(Decimal(found[1]) / 100)
        return _("{percent} is written {share}").format(percent=found[0], share=share)
    if found := _at(_GROUPED, line, at):
        return _ungrouped(found)
    return _sign(line[at : at + 1]) or _bare(detail, line, at)


def _sign(character: str) -> str:
    meant = _KEYBOARD.get(character)
    return _("write {hint}").format(hint=meant) if meant else ""


def _bare(detail: str, line: str, at: int) -> str:
    """What to write for a value that is a word."""
    found = _BARE.match(line, at) if detail.startswith("Invalid value") else None
    if found is None:
        return ""
    word = found[0].strip()
    if word.casefold() in ("true", "false"):
        return _("write {hint}").format(hint=word.casefold())
    quote = "'" if "\\" in word else '"'
    return _("a text stands in quotes: {text}").format(text=f"{quote}{word}{quote}")


def _plain(number: Decimal) -> str:
    """The number without zeros at its end, and without an exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
