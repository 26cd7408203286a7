"""Amounts in minor units, quantities, ratings."""

import re
from decimal import ROUND_HALF_UP, Decimal

from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values.numerals import plain_numerals, spoken_number
from crmcli.values.text import LONGEST, bare, fold, pattern

_CURRENCY = (
    r"(?:US|HK|NT|CN)?[$¥￥]|[€£]|CNY|RMB|yuan|USD|EUR|GBP|HKD|TWD|JPY"
    "|人民币|人民幣|美元|港币|港元|台币|日元|欧元|英镑"
)
_MONEY = (
    rf"(?ai)(?P<open>\()?(?P<first>[-+])?(?:(?:{_CURRENCY}) ?)?(?P<second>[-+])?(?P<inner>\()?"
    r"(?P<whole>[1-9]\d{0,2}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d*)(?:\.(?P<decimals>\d*))?"
    rf" ?(?P<unit>百万|千万|mn|[千k万萬w亿億m])?(?:元整?|圆整?|块|(?:{_CURRENCY})整?)?"
    rf"(?:(?<!\.)(?P<last>-))?(?P<close>\))?(?:元|{_CURRENCY})?"
)
_UNIT_ZEROS = {"千": 3, "k": 3, "万": 4, "萬": 4, "w": 4, "百万": 6, "m": 6, "mn": 6, "千万": 7, "亿": 8, "億": 8}
_NUMERALS = "〇一二三四五六七八九十百千万亿"
_SPOKEN = (
    rf"(?a)(-)?([{_NUMERALS}\d.]+)(?:元|块|$)(?:([{_NUMERALS[:10]}\d])[角毛])?(?:([{_NUMERALS[:10]}\d])分)?[整正]?"
)
# As Europe writes amounts, where nothing else can be meant: a comma before the cents, points between thousands.
_EUROPEAN = r"(?a)(.*?)(\d{1,3}(?:\.\d{3})+|\d{1,3}(?: \d{3})+|\d{4,})(,\d\d)?((?!\d).*)"
# A sign that several currencies share comes last: the letters before it tell which.
_CURRENCY_WORDS = (
    "(?P<CNY>cny|rmb|yuan|cn[¥$]|人民[币幣])|(?P<HKD>hkd|hk[¥$]|港[币幣元圆纸])|(?P<TWD>twd|ntd|nt[¥$]|新?台[币幣])"
    "|(?P<USD>usd|us[¥$]|美[元金圆刀])|(?P<EUR>eur|€|欧元)|(?P<GBP>gbp|£|英[镑鎊])|(?P<JPY>jpy|日[元圆圓]|円)"
    "|(?P<KRW>krw|₩|韩[元圆币])|(?P<INR>inr|₹|卢比)|(?P<SGD>sgd|新加坡[元币]|新币)|(?P<AUD>aud|澳大利亚元|澳[元币])"
    "|(?P<CAD>cad|加拿大元|加[元币])|(?P<NZD>nzd|新西兰元|纽[元币])|(?P<MOP>mop|澳门[元币])|(?P<CHF>chf|瑞士法郎|瑞郎)"
    r"|(?P<THB>thb|泰[铢銖])|(?P<RUB>rub|卢布)|(?P<MYR>myr|马币|令吉)|(?P<dollar>\$)|(?P<yen>¥)"
)
# The currencies of a shared sign; the first one is meant where nothing else is expected.
_SHARED_SIGNS = {"dollar": ("USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MOP"), "yen": ("CNY", "JPY")}
LARGEST_MONEY = 10**13
"""Amounts stay below this many minor units, so that a sum over a base fits a 64-bit integer."""


PARTS = 10_000
"""So many parts of a minor unit are told apart before the lines of an order are added and rounded."""
_CENT = Decimal("0.01")


class Rounded(int):
    """An amount that was given with more decimals than are kept.

    Attributes:
        rest: what was given beyond it, in `PARTS` of a minor unit; negative where it was rounded up.
    """

    rest: int

    def __new__(cls, minor: int, rest: int) -> "Rounded":
        rounded = super().__new__(cls, minor)
        rounded.rest = rest
        return rounded

    def __neg__(self) -> "Rounded":
        return Rounded(-int(self), -self.rest)


def rounded(amount: Decimal) -> Rounded:
    """Whole units in minor units, half a one away from zero, with the rest."""
    minor = int(amount.quantize(_CENT, ROUND_HALF_UP).scaleb(2))
    return Rounded(minor, int(amount.scaleb(6).to_integral_value(ROUND_HALF_UP)) - PARTS * minor)


def in_parts(minor: int) -> int:
    """Minor units in `PARTS` of one, with what was rounded."""
    return PARTS * minor + (minor.rest if isinstance(minor, Rounded) else 0)


def plain_moneys(texts: list[str]) -> list[int | None]:
    """The minor units of amounts with two decimals, like `1234.50`, None for others: the fast path of `parse_money`.

    A column that holds nothing else is read in one piece.
    """
    joined = "\n".join(texts)
    column = pattern(r"(?a)(?:\d{1,9}\.\d\d\n)*\d{1,9}\.\d\d").fullmatch(joined)
    if column and joined.count("\n") == len(texts) - 1:
        return list(map(int, joined.replace(".", "").split("\n")))
    plain = pattern(r"(?a)\d{1,9}\.\d\d").fullmatch
    return [int(text.replace(".", "")) if plain(text) else None for text in texts]


def parse_money(text: str) -> int:
    """The amount in minor units (cents), exactly or `Rounded`: half a cent goes away from zero.

    Raises BadValue money-invalid, also for what could mean two amounts (`1.234`, `1,23`, `1-2万`).
    """
    if found := pattern(r"(?a)-?\d{1,12}(?:\.(\d\d?))?").fullmatch(text):
        decimals = found[1]
        if decimals is None:
            return int(text) * 100
        return int(text.replace(".", "")) * (1 if len(decimals) == 2 else 10)
    found = pattern(_MONEY).fullmatch(text)
    if not found:
        text = _money_text(text)
        found = pattern(_MONEY).fullmatch(text)
    if not found:
        return _money_in_words(text)
    unit = (found["unit"] or "").lower()
    minor = _scaled(found["whole"], found["decimals"] or "", 2 + _UNIT_ZEROS.get(unit, 0))
    return -minor if _is_negative(found) else minor


def currency_of(text: str, expected: str | None = None) -> str | None:
    """The three letters of the currency that an amount names by word or sign, or None; 元 alone names none.

    `expected` is what a sign that several currencies share is taken for, if it can be: `$5` among Hong Kong dollars.
    Raises BadValue currency-conflict: it names two.
    """
    words = [str(found.lastgroup) for found in pattern(_CURRENCY_WORDS).finditer(fold(text[:LONGEST]).casefold())]
    said = {word for word in words if word not in _SHARED_SIGNS}
    for sign in (word for word in words if word in _SHARED_SIGNS):
        codes = _SHARED_SIGNS[sign]
        if not said & set(codes):
            said.add(expected if expected in codes else codes[0])
    if len(said) > 1:
        raise BadValue("currency-conflict", _("the amount names two currencies"))
    return next(iter(said), None)


def _money_text(text: str) -> str:
    folded = bare(text)
    if len(folded) > LONGEST:
        raise BadValue("money-invalid", _("not an amount; write it like 1234.50 or 12万"))
    folded = pattern(r"(?<![0-9])\s+|\s+(?![0-9])").sub("", folded)
    folded = pattern(r"^(?:大约|大概|约|≈|~)|(?:左右|上下)$|[,.]-+$").sub("", folded)
    folded = pattern(r"^(?:含税价?|不含税价?|未税价?)|\((?:含税|不含税|未税|含运费?)\)$").sub("", folded)
    folded = pattern(r"(?<=\d)['’](?=\d{3})").sub(",", folded).replace("负", "-", 1)
    if pattern(r"(?ai)[^\do]*\d[\d,.]*o[\do,.]*\D?").fullmatch(folded):
        folded = pattern("[oO]").sub("0", folded)
    return _without_points(folded)


def _without_points(text: str) -> str:
    """`1.234.567,89` and `1234,50` with the comma as the point, where nothing else can be meant."""
    found = pattern(_EUROPEAN).fullmatch(text)
    if not found or "," in found[1] or (found[2].count(".") < 2 and not found[3]):
        return text
    return found[1] + found[2].replace(".", "").replace(" ", "") + (found[3] or "").replace(",", ".") + found[4]


def _money_in_words(text: str) -> int:
    """`12万3千`, `壹万贰仟元整`, `十二元五角`: an amount in words, or in words and digits."""
    words = pattern(f"^(?:{_CURRENCY})").sub("", plain_numerals(text))
    found = pattern(_SPOKEN).fullmatch(words)
    amount = spoken_number(found[2].rstrip(".")) if found else None
    if not found or amount is None:
        raise BadValue("money-invalid", _("not an amount; write it like 1234.50 or 12万"))
    tenths, hundredths = (int(spoken_number(sign) or 0) if sign else 0 for sign in (found[3], found[4]))
    minor = amount * 100 + 10 * tenths + hundredths
    if minor != int(minor):
        raise BadValue("money-invalid", _("an amount has at most two decimals"))
    if minor >= LARGEST_MONEY * 100:
        raise BadValue("money-invalid", _("the amount is too large"))
    return -int(minor) if found[1] else int(minor)


def _is_negative(found: re.Match[str]) -> bool:
    """Whether brackets or one sign make the amount negative; two of them at once have no meaning."""
    opening = (found["open"] or "") + (found["inner"] or "")
    signs = [sign for sign in (found["first"], found["second"], found["last"], opening) if sign]
    if len(signs) > 1 or len(opening) != len(found["close"] or ""):
        raise BadValue("money-invalid", _("the sign of the amount is not clear"))
    return bool(signs) and signs[0] != "+"


def _scaled(whole: str, decimals: str, zeros: int) -> int:
    """`whole.decimals` times 10**zeros as an integer; `Rounded` where digits are lost."""
    written, decimals = decimals, decimals.rstrip("0")
    digits = whole.replace(",", "").replace(" ", "").lstrip("0") + decimals
    if not (whole or decimals) or (not whole and not digits):
        raise BadValue("money-invalid", _("not an amount; write it like 1234.50 or 12万"))
    # One to three digits, a point and three more may be thousands, as Europe writes them.
    if zeros == 2 and len(written) == 3 and re.fullmatch("[1-9][0-9]{0,2}", whole):
        raise BadValue("money-invalid", _("the point may stand for thousands or for decimals; write it like 1234.50"))
    if len(digits) + zeros - len(decimals) > 15:
        raise BadValue("money-invalid", _("the amount is too large"))
    if len(decimals) <= zeros:
        return int((digits or "0") + "0" * (zeros - len(decimals)))
    return rounded(Decimal(int(digits)).scaleb(zeros - 2 - len(decimals)))


def format_money(minor: int) -> str:
    """Minor units as a decimal string: 123450 is "1234.50"."""
    whole, cents = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole}.{cents:02d}"


def spoken_money(minor: float) -> str:
    """Minor units as people read them, thousands apart: 123450 is "1,234.50"."""
    return f"{minor / 100:,.2f}"


def parse_number(text: str) -> int | float:
    """A quantity: `3`, `2.5`, `1,200`. Whole numbers are int. Raises BadValue number-invalid."""
    found = pattern(r"(?a)([-+]?)([1-9]\d{0,2}(?:,\d{3})+|\d{1,15})(?:\.(\d{0,15}))?").fullmatch(fold(text))
    if not found or len(found[2]) > 19:
        raise BadValue("number-invalid", _("not a number; write it like 3 or 2.5"))
    whole = found[2].replace(",", "")
    decimals = (found[3] or "").rstrip("0")
    sign = -1 if found[1] == "-" else 1
    return sign * (float(f"{whole}.{decimals}") if decimals else int(whole))


def parse_rating(text: str) -> int:
    """A score from 0 to 5: `3`, `3.0`, `3星`, `★★★`. Raises BadValue rating-invalid."""
    folded = fold(text)
    if found := pattern(r"(?a)([0-5])(?:\.0)?\s?(?:[分星级]|/5)?").fullmatch(folded):
        return int(found[1])
    if pattern(r"★{1,5}☆{0,4}").fullmatch(folded) and len(folded) <= 5:
        return folded.count("★")
    raise BadValue("rating-invalid", _("a rating is a whole number from 0 to 5"))
