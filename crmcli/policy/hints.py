"""What was meant where a policy cannot be read on: told from what stands at the place, or not at all."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from crmcli.i18n import _
from crmcli.policy.facts import FACTS

_DATE = re.compile(r"(?<![\w-])(\d{4})([-/.年])(\d{1,2})[-/.月](\d{1,2})日?(?![\w-])")
_DAY_FIRST = re.compile(r"(?<![\w-])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\w-])")
_GROUPED = re.compile(r"(?<![\w.])[1-9]\d{0,2}(?:[,，]\d{3})+(?![\w,，])")
_DECIMAL = re.compile(r"(?<![\w.,，])(?:0[,，]\d+|\d{1,3}[,，]\d{1,2})(?![\w,，])")
_WIDE = re.compile(r"(?=[\d.]*[０-９．])\d+(?:[.．]\d+)?")
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
        stands = found.start() in places or found.end() == len(text[:at].rstrip())
        if stands and (day := _day(found[1], found[3], found[4])):
            return _("a date stands in quotes: {date}").format(date=f"'{day}'")
    wide = _at(_WIDE, text, at)
    return _narrow(wide) if wide else ""


def _at(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str] | None:
    """What stands at the place, or ends before it."""
    return next((found for found in pattern.finditer(text) if found.start() <= at <= found.end()), None)


def _ungrouped(found: re.Match[str]) -> str:
    """How a number with commas is written."""
    return _("write {hint}").format(hint=re.sub("[,，]", "_", found[0]))


def _narrow(found: re.Match[str]) -> str:
    """How a number in full width is written."""
    return _("write {hint}").format(hint=unicodedata.normalize("NFKC", found[0]))


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


_BARE_SHARE = re.compile(r"\b(?:top|bottom)\(\s*\w+\s*,\s*(0\.\d*[1-9]\d*)\s*\)")
_SHARES = "|".join(fact.name for fact in FACTS.values() if fact.kind == "share")
_BARE_PERCENT = re.compile(rf"\b(?:{_SHARES})\s*(?:[<>]=?|[!=]=)\s*(-?\d[\d_]*(?:\.\d+)?)(?![\w.%])")


def of_shares(text: str) -> list[str]:
    """What is to be said of the rules of a policy that may mean a percentage and do not say so, each with its line.

    `top(fact, p)` are p percent: 0.1 is right, and written by who means ten percent. A fact that is a share is compared
    with shares: 30 is right, thirty times as much, and written by who means 30 percent.
    """
    told = _("line {line}: {rank} means {percent}%, not {share}%; write the one that you mean, with the %")
    found: list[tuple[int, str, Decimal, Decimal]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip().startswith("#"):
            continue
        for rank in _BARE_SHARE.finditer(line):
            found.append((number, rank[0], Decimal(rank[1]), Decimal(rank[1]) * 100))
        for compared in _BARE_PERCENT.finditer(line):
            if abs(share := Decimal(compared[1])) >= 2:
                found.append((number, compared[0], share * 100, share))
    return [
        told.format(line=number, rank=text, percent=_plain(percent), share=_plain(share))
        for number, text, percent, share in found
    ]


# -------------------------------------------------------------------------------------------------- TOML

_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Cannot redefine", "Duplicate inline table key")
_UNCLOSED = "Illegal character '\\n'"
_KEYBOARD = {
    "“": '"', "”": '"', "‘": '"', "’": '"', "＂": '"', "＝": "=", "，": ",", "、": ",", "【": "[", "】": "]",
    "［": "[", "］": "]", "｛": "{", "｝": "}",
}  # fmt: skip
_BARE = re.compile(r"[^\W\d][^,\]}#\"']{0,40}")


def is_twice(detail: str) -> bool:
    """Whether tomllib said that a key or table stands twice."""
    return detail.startswith(_TWICE)


def of_toml(detail: str, line: str, column: int) -> str:
    """What to write instead of what a line of TOML has at the column (from 1), or ""; `detail` is what tomllib said."""
    if is_twice(detail):
        return _("a key or table stands twice; are these two files in one?")
    if detail.startswith(_UNCLOSED):
        return _("the text that begins on this line has no closing quote")
    at = column - 1
    dates = ((_DATE, (1, 3, 4)), (_DAY_FIRST, (3, 2, 1)))
    for pattern, (year, month, of_month) in dates:
        if (found := _at(pattern, line, at)) and (day := _day(found[year], found[month], found[of_month])):
            return _("a date is written {date}").format(date=day)
    if found := _at(_PERCENT, line, at):
        share = _plain(Decimal(found[1]) / 100)
        return _("{percent} is written {share}").format(percent=found[0], share=share)
    if found := _at(_GROUPED, line, at):
        return _ungrouped(found)
    if found := _at(_DECIMAL, line, at):
        return _("write {hint}").format(hint=re.sub("[,，]", ".", found[0]))
    if found := _at(_WIDE, line, at):
        return _narrow(found)
    return _sign(detail, line[at:]) or _bare(detail, line, at)


def _sign(detail: str, rest: str) -> str:
    if rest.startswith("\u3000"):
        return _("a full-width space; write a plain one")
    if rest.startswith("//"):
        return _("a comment begins with #")
    meant = _KEYBOARD.get(rest[:1], "")
    if rest.startswith((":", "：")) and detail.startswith("Expected '='"):
        meant = "="
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
