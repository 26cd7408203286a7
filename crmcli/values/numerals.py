"""Numbers in Chinese words: `十五`, `廿一`, `一万二千`, and words mixed with digits: `12万3千`, `1万2`."""

from decimal import Decimal

from crmcli.values.text import pattern

DIGITS = "〇一二三四五六七八九"
_FORMAL = str.maketrans("零○壹贰貳叁參叄肆伍陆陸柒捌玖拾佰仟萬億两兩", "〇〇一二二三三三四五六六七八九十百千万亿二二")
_UNITS = {"十": 1, "百": 2, "千": 3}
_PART = rf"〇?(?:([{DIGITS}]|\d{{1,15}}(?:\.\d{{1,4}})?)([千百])|([{DIGITS}]|\d)?(十))"


def small_number(word: str) -> int | None:
    """A number below 100 in digits or Chinese (`3`, `十五`, `廿一`, `两`, `初八`), or None."""
    if word.isascii():
        return int(word) if word.isdigit() and len(word) <= 2 else None
    word = word.removeprefix("初").replace("廿", "二十").replace("卅", "三十").replace("两", "二").replace("零", "〇")
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return DIGITS.index(word) if len(word) == 1 and word in DIGITS else None
    if len(tens) > 1 or len(ones) > 1 or (tens and tens not in DIGITS) or (ones and ones not in DIGITS):
        return None
    return (DIGITS.index(tens) if tens else 1) * 10 + (DIGITS.index(ones) if ones else 0)


def plain_numerals(text: str) -> str:
    """Formal and traditional numerals as everyday ones: `壹萬贰仟` is `一万二千`."""
    return text.translate(_FORMAL)


def spoken_number(text: str) -> Decimal | None:
    """A number as it is spoken, everyday numerals and digits mixed (`一万二千`, `12万3千`, `1万2`), or None.

    A last digit without a unit counts in the next lower one, as in speech: `1万2` is 12000, `三百五` is 350.
    """
    total, lowest = Decimal(0), 0
    for unit, zeros in (("亿", 8), ("万", 4)):
        head, found, rest = text.partition(unit)
        if found:
            value = _section(head, 0) if head else None
            if value is None or (lowest and value >= 10_000):
                return None
            total, text, lowest = total + value * 10**zeros, rest, zeros
    if not text or text == "〇":
        return total if lowest else None
    rest_value = _section(text, lowest)
    return None if rest_value is None or (lowest and rest_value >= 10**lowest) else total + rest_value


def _section(words: str, above: int) -> Decimal | None:
    """What stands before or after 万: `三千五百`, `二十`, `12`, `2.5`; `above` are the zeros of the unit before it."""
    if pattern(r"(?a)\d{1,15}(?:\.\d{1,6})?").fullmatch(words):
        return Decimal(words) * (10 ** (above - 1) if above and len(words) == 1 else 1)
    total, lowest = Decimal(0), above
    while found := pattern(_PART).match(words):
        unit = _UNITS[found[2] or found[4]]
        if lowest and unit >= lowest:
            return None
        total += _digit(found[1] or found[3] or "一") * 10**unit
        words, lowest = words[found.end() :], unit
    if not words:
        return total
    if not pattern(rf"〇?[{DIGITS}\d]").fullmatch(words):
        return None
    spoken_lower = lowest > 1 and words[0] != "〇"
    return total + _digit(words[-1]) * (10 ** (lowest - 1) if spoken_lower else 1)


def _digit(sign: str) -> Decimal:
    return Decimal(DIGITS.index(sign)) if sign in DIGITS else Decimal(sign)
