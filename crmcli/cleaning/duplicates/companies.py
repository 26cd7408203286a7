"""A company's name in its parts: what is its own, and what it shares with a thousand others.

`北京市金丽企业管理咨询有限公司` has the core 金丽, the place 北京, the trade 管理咨询 and the form 有限公司;
in `Summit Titan Electronics GmbH` they are `summit titan`, none, `electronics` and `gmbh`. Names are compared by core.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from crmcli.cleaning.duplicates import words
from crmcli.values import clean_text


class CompanyName(NamedTuple):
    """The parts of one name, lower case, simplified, without spaces in Chinese; "" for a part that is not there.

    `trade` and `legal` are the words as written.
    """

    core: str
    place: str = ""
    trade: str = ""
    branch: str = ""
    legal: str = ""

    @property
    def body(self) -> str:
        """Core and trade, one word for synonyms: what two spellings of one name have in common."""
        return (
            f"{self.core} {trade_key(self.trade)}".strip() if self.core.isascii() else self.core + trade_key(self.trade)
        )


def simplified(texts: Iterable[str]) -> list[str]:
    """The texts in match form: NFKC, lower case, simplified characters, nothing invisible. For keys, never stored."""
    import unicodedata

    folded = [unicodedata.normalize("NFKC", clean_text(text).replace("\n", " ")).lower() for text in texts]
    if all(text.isascii() for text in folded):
        return folded
    # One call for all: a call costs more than a line.
    plain: str = _converter().convert("\n".join(folded))
    return plain.split("\n")


def company_name(text: str) -> CompanyName:
    """The parts of a company's name as somebody typed it."""
    return parts(simplified([text])[0])


def parts(text: str, trades: frozenset[str] = frozenset()) -> CompanyName:
    """The parts of a name that `simplified` has been through; `trades` are words known besides our own."""
    return _chinese(text, trades) if _CHINESE.search(text) else _english(text)


def trades_said(texts: Iterable[str]) -> frozenset[str]:
    """The trades that a list of names gives away: 心理指导 in 上安（南宁）心理指导有限公司 is no brand."""
    said = set()
    for text in texts:
        if "(" in text:
            found = _BEFORE_AND_AFTER.fullmatch(text)
            if found and _whole_place(found[1]):
                trade = _without_legal(_FILLING.sub("", found[2]))[0]
                if 2 <= len(trade) <= 6:
                    said.add(trade)
    return frozenset(said - words.TRADES - PLACES.keys())


# -------------------------------------------------------------------------------------------- places

CITIES = frozenset(words.CITIES)
REGIONS = frozenset(words.PROVINCES) - {"北京", "上海", "天津", "重庆", "吉林", "香港", "澳门"}
"""Provinces that are no city."""


def _written_places() -> dict[str, str]:
    named = {province + ending: province for province in words.PROVINCES for ending in ("", *words.PROVINCE_ENDINGS)}
    return named | {city + ending: city for city in words.CITIES for ending in ("", "市", "地区")}


PLACES = _written_places()
"""Every way to write a place at the head of a name or an address, and what it is called."""


def _lengths(texts: Iterable[str], sign: int) -> dict[str, tuple[int, ...]]:
    """How long the texts are that have a sign first (0) or last (-1), the longest first: what is worth a look."""
    found: dict[str, set[int]] = {}
    for text in texts:
        found.setdefault(text[sign], set()).add(len(text))
    return {first: tuple(sorted(lengths, reverse=True)) for first, lengths in found.items()}


PLACE_LENGTHS = _lengths(PLACES, 0)

# ------------------------------------------------------------------------------------------- Chinese

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_BRACKETS = re.compile(r"[(\[{【〔<《]([^()\[\]{}【】〔〕<>《》]*)[)\]}】〕>》]")
_BEFORE_AND_AFTER = re.compile(r"[^()]{2,}\(([^()]+)\)([^()]+)")
_NOTE = re.compile(r"[\s\-—_*]+([\u3400-\u9fff]{2,4})[\s*]*$")
_OUTLET = re.compile(r"^.{1,6}[店厂部处站库仓]")
_FILLING = re.compile(r"[\s·,，。.、;；:：*#!！?？'\"“”‘’\-_/\\|]+")


def _chinese(text: str, trades: frozenset[str]) -> CompanyName:
    text = _without_note(text)
    place = branch = ""
    brand_end = -1
    pieces: list[str] = []
    last = 0
    for found in _BRACKETS.finditer(text):
        pieces.append(_FILLING.sub("", text[last : found.start()]))
        last = found.end()
        inside = _FILLING.sub("", found[1])
        where = _whole_place(inside)
        if where and not place:
            place = where
            brand_end = sum(map(len, pieces))
        elif _branch().search(inside):
            branch = inside
    pieces.append(_FILLING.sub("", text[last:]))
    body = "".join(pieces) or _FILLING.sub("", text)
    body, legal, rest = _without_legal(body)
    if found_branch := _branch().search(rest) or _OUTLET.search(rest):
        branch = rest[: found_branch.end()]
    before, after = (body[:brand_end], body[brand_end:]) if 0 < brand_end < len(body) else (body, "")
    if not place or brand_end == 0:
        where, before = _leading_place(before)
        place = place or where
    core, trade = _without_trade(before, after, trades)
    return CompanyName(core, place, trade, branch, legal)


@cache
def _branch_ending() -> re.Pattern[str]:
    return re.compile(rf"(?<=..)((?:第.{{1,3}}|.{{2}})?(?:{words.BRANCH}))$")


def _without_note(text: str) -> str:
    """The name without what somebody wrote after it: `-已成交`, ` 老客户`."""
    found = _NOTE.search(text)
    if found and not _branch().search(found[1]):
        head = text[: found.start()]
        if (_legal().search(head) or _legal_ending().search(head)) and not _legal().search(found[1]):
            return head
    return text


@cache
def _branch() -> re.Pattern[str]:
    return re.compile(words.BRANCH)


@cache
def _legal() -> re.Pattern[str]:
    return re.compile("|".join(sorted(words.LEGAL, key=len, reverse=True)))


@cache
def _legal_ending() -> re.Pattern[str]:
    endings = "|".join(sorted(words.LEGAL_ENDINGS, key=len, reverse=True))
    return re.compile(rf"(?<=..)({endings})$")


def _without_legal(body: str) -> tuple[str, str, str]:
    """The name before its legal form, the form, and what comes after it."""
    last = None
    for found in _legal().finditer(body):
        # 分公司 holds a 公司 that is no form, after the one that is.
        if found.start() >= 2 and body[found.start() - 1] not in "分支":
            last = found
            break
    if last:
        return body[: last.start()], last[0], body[last.end() :]
    if branch := _branch_ending().search(body):
        head = _before_city(body, branch.start())
        inner = _legal_ending().search(head)
        if inner and inner[1] not in ("行", "部", "社"):
            return head[: inner.start()], inner[1], body[len(head) :]
        if branch[1].endswith(("公司", "分店", "分厂", "分部")):
            return head, "", body[len(head) :]
    if ending := _legal_ending().search(body):
        return body[: ending.start()], ending[1], ""
    return body, "", ""


def _before_city(body: str, end: int) -> str:
    """The name before a branch; a city of three or four signs that the branch is named for belongs to it."""
    for length in (5, 4, 3):
        start = body.rfind("分", end) - length if body.rfind("分", end) >= 0 else end
        if start >= 2 and body[start : start + length] in PLACES:
            return body[:start]
    return body[:end]


def _whole_place(text: str) -> str:
    """The city or province that `text` names and nothing else, or ""."""
    if text in PLACES:
        return PLACES[text]
    where, rest = _leading_place(text)
    return where if where and (not rest or re.fullmatch(r".{1,4}[区县市]", rest)) else ""


def _leading_place(body: str) -> tuple[str, str]:
    """The place a name begins with, the city if it has one, and the name after it."""
    place, rest = "", body.removeprefix("中国") if len(body) > 5 else body
    for _round in range(2):
        for length in PLACE_LENGTHS.get(rest[:1], ()):
            where = PLACES.get(rest[:length])
            if where and (not place or place in REGIONS or where == place):
                place, rest = where, rest[length:]
                break
        else:
            break
        if place not in REGIONS and not rest.startswith(place + "市"):
            break
    # A brand may be a city's name: it is one where nothing else is left.
    if len(rest) < 2:
        return "", body
    return place, rest


@cache
def _trade_lengths(more: frozenset[str]) -> dict[str, tuple[int, ...]]:
    return _lengths(words.TRADES | more, -1)


def _without_trade(before: str, after: str, more: frozenset[str]) -> tuple[str, str]:
    """Brand and trade. `after` is what follows a place in brackets: never part of a brand."""
    lengths = _trade_lengths(more)
    end = len(before)
    while end:
        for length in lengths.get(before[end - 1], ()):
            word = before[end - length : end] if length <= end - 2 else ""
            if word in words.TRADES or word in more:
                end -= length
                break
        else:
            break
    return before[:end], before[end:] + after


@cache
def trade_key(text: str) -> str:
    """The trade with one word for synonyms."""
    for word, usual in words.TRADE_SYNONYMS.items():
        if text.endswith(word) and (len(word) > 2 or len(text) == len(word) or not text.endswith(usual)):
            text = text[: -len(word)] + usual
            break
    return text


@cache
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


# ------------------------------------------------------------------------------------------- English

_WORDS = re.compile(r"[^\W_]+")


def _english(text: str) -> CompanyName:
    inside = re.search(r"\w.*\(([^()]*)\)", text)
    place = " ".join(_WORDS.findall(inside[1])) if inside else ""
    text = re.sub(r"\(.*?\)", " ", text) if inside else text
    text = text.replace("&", " and ").replace("'", "").replace("’", "").replace(".", "")
    found = _WORDS.findall(text)
    own = [word for word in found if word not in words.ENGLISH_LEGAL] or found
    legal = " ".join(word for word in found if word in words.ENGLISH_LEGAL)
    own = [word for word in own if word not in words.ENGLISH_FILLERS] or own
    core = [word for word in own if word not in words.ENGLISH_TRADES]
    trade = [word for word in own if word in words.ENGLISH_TRADES]
    if not core:
        core, trade = own, []
    return CompanyName(" ".join(core), place, " ".join(trade), "", legal)
