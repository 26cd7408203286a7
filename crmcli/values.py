"""One value: parse, normalise, judge. Pure functions: no clock, no files, no state.

A parser takes the text of one cell and returns the stored form, or raises `BadValue`: its code is stable,
its reason is a sentence for people. The plain good value is recognised before any library is asked, because
a file of 100,000 rows sends a million values through here. Libraries are imported and patterns compiled at
first use, because every start of the program imports this module. Patterns that could be slow on a long text
are only given short ones.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from operator import mul

from crmcli.errors import BadValue
from crmcli.i18n import _

LONGEST = 120
"""Characters in the longest text that can be a phone, an amount, a date or a choice."""

_BREAKS = "\t\n\r\x0b\x0c\x85\u2028\u2029"
_EMOJI = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
# A joiner between two emoji makes one visible picture of them; everywhere else it is dirt.
_INVISIBLE = (
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    f"|(?<![{_EMOJI}])\u200d|\u200d(?![{_EMOJI}])"
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))


@cache
def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source)


# ---------------------------------------------------------------------------------------------- text


def clean_text(text: str, *, multiline: bool = False) -> str:
    """`text` without outer space and without characters nobody can see; visible ones are never changed.

    Breaks and tabs become one space; with `multiline` line breaks stay, as a newline. A lone surrogate,
    which no file can hold, becomes U+FFFD.
    """
    if text.isprintable():
        return text.strip()
    text = _pattern(_INVISIBLE).sub("", text)
    text = _pattern("[\ud800-\udfff]").sub("\ufffd", text)
    if multiline:
        text = _pattern("\r\n|[\r\x0b\x0c\x85\u2028\u2029]").sub("\n", text).replace("\t", " ")
    else:
        text = _pattern(f"[{_BREAKS}]+").sub(" ", text)
    return text.strip()


def clean_texts(values: list[str]) -> list[str]:
    """`[clean_text(v) for v in values]`; one look at the joined column finds a clean one."""
    # All that is removed, and every space but U+0020, is "not printable"; what remains is outer U+0020.
    joined = "¦".join(values)
    if joined.isprintable() and not ("¦ " in joined or " ¦" in joined or joined[:1] == " " or joined[-1:] == " "):
        return list(values)
    return [clean_text(value) for value in values]


def _fold(text: str) -> str:
    """The form that patterns read: clean, full width folded (NFKC), all dashes one; never stored."""
    if len(text) > LONGEST * 10:  # refused by every parser
        return text[: LONGEST * 10]
    text = clean_text(text)
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_DASHES).strip()


def name_key(text: str) -> str:
    """The match key of a name: NFKC, case folded, letters and digits only; a name without any is its own key."""
    return _key(text, r"[\W_]+") or text.strip()


def name_keys(values: list[str]) -> list[str]:
    """`[name_key(v) for v in values]`, normalised in one piece."""
    if not values:
        return []
    joined = "\n".join(values)
    if joined.count("\n") != len(values) - 1:
        joined = "\n".join([value.replace("\n", " ") for value in values])
    keys = _key(joined, r"(?:[^\w\n]|_)+").split("\n")
    return [key or value.strip() for key, value in zip(keys, values, strict=True)]


def _key(text: str, dropped: str) -> str:
    if text.isascii():
        return _pattern(dropped).sub("", text.lower())
    # Full-width brackets, dropped in any case, are all that keeps most columns from being normal already, and
    # normalising a whole column is the costly step.
    text = text.replace("（", "(").replace("）", ")").replace("\u3000", " ")
    # Folding case may undo the normal form, and dropping a sign may bring two halves of a letter together.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFKC", _pattern(dropped).sub("", folded))


# --------------------------------------------------------------------------------------------- phone

_PHONE_WORDS = (
    r"(?:联系|聯繫|移动|办公)?(?:手机|手機|电话|電話|座机|固话)(?:号码|号)?:?|微信同号|同微信|微信号?:?|wechat:?"
    r"|(?:telephone|tel|phone|mobile|cell|whatsapp)\b[:.]?"
)
_PHONE_EXTENSION = (
    r"(.*?\d)[\s(;,]*(?:ext(?:ension)?[.=:]?|转接?|轉|分机号?|分機|x|#|\*)[\s:]*(\d{1,6})\)?"
    r"|((?:(?:\+|00)?86[\s-]*)?\(?(?:0\d{2,3}|\d{2,3}(?=[\s-]))\)?[\s-]*[2-9]\d{6,7})-(\d{1,5})"
)
_LANDLINE = r"0?(?:(?:10|2\d)[2-9]\d{7}|[3-9]\d\d[2-9]\d{6,7})"
_PHONE_FILLING = r"[\s().·/_~-]+"


def parse_phone(text: str, region: str = "CN") -> str:
    """The number in E.164 (`+8613800138000`), an extension after it (`+861065541234 ext 802`).

    `region` (ISO 3166, two letters) is where a number without country code belongs.
    Raises BadValue: phone-excel, phone-short, phone-no-area, phone-invalid.
    """
    plain = plain_phone(text) if region == "CN" or text[:3] == "+86" else None
    if plain:
        return plain
    folded, region = _phone_text(text), region.upper()
    found = _pattern(_PHONE_EXTENSION).fullmatch(folded)
    body, extension = (found[1] or found[3], found[2] or found[4]) if found else (folded, "")
    digits = _pattern(_PHONE_FILLING).sub("", body)
    if region == "CN" and digits.startswith("00"):
        digits = "+" + digits[2:]
    if not _pattern(r"(?a)\+?\d{3,20}").fullmatch(digits):
        raise BadValue("phone-invalid", _("not a phone number"))
    if digits.startswith("+86") or (digits.startswith("86") and len(digits) >= 12 and region == "CN"):
        number = _chinese_phone(digits[2:].removeprefix("6"), international=True)
    elif region == "CN" and digits[0] != "+":
        number = _chinese_phone(digits)
    else:
        number = _foreign_phone(digits if digits[0] == "+" else body, region)
    return f"{number} ext {extension}" if extension else number


def plain_phone(text: str) -> str | None:
    """E.164 of a Chinese number written in a usual way, else None: the fast path of `parse_phone`."""
    if len(text) == 11 and text[0] == "1" and text[1] >= "3" and text.isascii() and text.isdigit():
        return "+86" + text
    bare = text.replace("-", "").replace(" ", "").removeprefix("+86") if len(text) <= 17 else ""
    if not (bare.isascii() and bare.isdigit()):
        return None
    if len(bare) == 11 and bare[0] == "1" and bare[1] >= "3":
        return "+86" + bare
    # A second dash begins an extension.
    if bare[0] == "0" and text.count("-") < 2 and _pattern(_LANDLINE).fullmatch(bare):
        return "+86" + bare[1:]
    return None


def spoken_phone(stored: str) -> str:
    """A stored number as people at home write and dial it: `138 0013 8000`, `021-65541234`; others as they are."""
    number, _word, extension = stored.partition(" ext ")
    home = number.removeprefix("+86")
    if home == number or not home.isdigit():
        return stored
    if len(home) == 11 and home[0] == "1":
        spoken = f"{home[:3]} {home[3:7]} {home[7:]}"
    else:
        # Area codes have three digits, with the 0, in the ten largest cities: 10 and 2x; four elsewhere.
        area = 2 if home[:2] == "10" or home[0] == "2" else 3
        spoken = f"0{home[:area]}-{home[area:]}"
    return f"{spoken}-{extension}" if extension else spoken


def split_phones(text: str) -> list[str]:
    """The texts of the several phones in one cell, to be parsed one by one; one phone is left whole."""
    folded = _fold(text)
    parts = [part.strip() for part in _pattern(r"[,;、/|]|或").split(folded)]
    parts = [part for part in parts if _pattern(r"\d{5}").search(part)]
    if len(parts) == 1 and _pattern(r"(?a)1[3-9]\d{9}(?:\s+1[3-9]\d{9})+").fullmatch(parts[0]):
        parts = parts[0].split()
    return parts if len(parts) > 1 else [text]


def _phone_text(text: str) -> str:
    folded = _fold(text).lower().lstrip("'`\"")
    if len(folded) > LONGEST:
        raise BadValue("phone-invalid", _("too long for a phone number"))
    if _pattern(r"\d(?:\.\d+)?e\+?\d+").fullmatch(folded):
        raise BadValue("phone-excel", _("Excel rounded the number: its last digits are lost"))
    folded = _pattern(_PHONE_WORDS).sub(" ", folded).strip(" ,;:/")
    folded = _pattern(r"(?<=\d)\.0$").sub("", folded)
    if _pattern(r"1[\do]{10}").fullmatch(folded):
        folded = folded.replace("o", "0")
    return folded


def _chinese_phone(national: str, *, international: bool = False) -> str:
    """E.164 of a Chinese number. Area codes by the numbering plan: 010 and 02x have 8 digits, others 7 or 8.

    phonenumbers refuses the cities that still have seven. Without +86 an area code must have its 0: ten bare
    digits are as often a mobile number that lost one.
    """
    if _pattern(r"0?1[3-9]\d{9}").fullmatch(national):
        return "+86" + national[-11:]
    if _pattern(r"[48]00\d{7}").fullmatch(national):
        return "+86" + national
    if _pattern(_LANDLINE).fullmatch(national) and (international or national[0] == "0"):
        return "+86" + national.removeprefix("0")
    if _pattern(r"[1-9]\d{9}").fullmatch(national):
        raise BadValue("phone-short", _("10 digits: a mobile number has 11, and an area code begins with 0"))
    if _pattern(r"[2-9]\d{6,7}").fullmatch(national):
        raise BadValue("phone-no-area", _("a landline needs its area code, like 010-65541234"))
    if _pattern(r"1[3-9]\d{10,}").fullmatch(national):
        raise BadValue("phone-invalid", _("too many digits for a mobile number"))
    raise BadValue("phone-invalid", _("not a Chinese phone number"))


def _foreign_phone(body: str, region: str) -> str:
    import phonenumbers

    try:
        number = phonenumbers.parse(body, region)
    except phonenumbers.NumberParseException:
        raise BadValue("phone-invalid", _("not a phone number")) from None
    if number.country_code == 86:
        return _chinese_phone(phonenumbers.national_significant_number(number), international=True)
    if not phonenumbers.is_valid_number(number):
        raise BadValue("phone-invalid", _("no such number in its country"))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# -------------------------------------------------------------------------------- e-mail and tax id

# Only common endings, lower case and at most 64 characters: then no other rule of the library can be broken.
_EMAIL = (
    r"(?!(?:test|abc|aaa|xxx|none|null|123|111)@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+"
    r"(?:com|cn|net|org|edu|gov|hk|tw|jp|de|uk|fr|us|sg|io|co|cc|info|biz|me|top|vip|tech|shop)"
)
_EMAIL_WORD = r"(?:mailto|e-?mail|邮箱|电子邮箱|电子邮件|邮件|郵箱)\s*:\s*"
# Endings that are not in the root zone, and Cameroon's where a big provider is meant.
_EMAIL_TYPO = (
    r".*\.(?:con|cmo|ocm|comm|vom|xom|cim|coom|c0m)"
    r"|(?:.*\.)?(?:163|126|139|189|qq|gmail|sina|sohu|aliyun|foxmail|hotmail|outlook|yahoo|icloud)\.cm"
)
_EMAIL_PLACEHOLDER = r"(test|abc|aaa|xxx|none|null|123|111)@\1\.(?:com|cn|net)"


def parse_email(text: str) -> str:
    """The address in lower case, without `mailto:`, label or display name. Raises BadValue email-invalid."""
    if plain_email(text):
        return text
    folded = _pattern(_EMAIL_WORD).sub("", _fold(text).lower(), count=1).rstrip(" ,;.。、")
    if folded.endswith(">") and "<" in folded:
        folded = folded[folded.rindex("<") + 1 : -1]
    folded = folded.removeprefix("mailto:").split("?", 1)[0].strip(" ,;、<>'\"")
    local, _at, domain = folded.partition("@")
    domain = domain.strip().replace(",", ".").replace("。", ".")
    return _judged_email(f"{local.strip()}@{domain}", domain)


def plain_email(text: str) -> str | None:
    """An address in the usual form, as it is, else None: the fast path of `parse_email`."""
    return text if len(text) <= 64 and _pattern(_EMAIL).fullmatch(text) else None


def _judged_email(address: str, domain: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    if address.count("@") != 1 or not domain or len(address) > 254 or address.index("@") > 64:
        raise BadValue("email-invalid", _("an e-mail address is name@domain"))
    if _pattern(_EMAIL_TYPO).fullmatch(domain):
        raise BadValue("email-invalid", _("the ending of the e-mail address is misspelt"))
    if _pattern(_EMAIL_PLACEHOLDER).fullmatch(address):
        raise BadValue("email-invalid", _("a placeholder, not an e-mail address"))
    try:
        return validate_email(address, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise BadValue("email-invalid", _("an e-mail address is name@domain.ending")) from None


_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def parse_tax_id(text: str) -> str:
    """The number in upper case without spaces and dashes; a Chinese credit code must pass its check digit.

    Raises BadValue: tax-id-excel, tax-id-check, tax-id-invalid.
    """
    if len(text) == 18 and _is_credit_code(text):
        return text
    folded = _fold(text).upper().lstrip("'`")
    if _pattern(r"\d(?:\.\d+)?E\+?\d+").fullmatch(folded):
        raise BadValue("tax-id-excel", _("Excel rounded the number: its last digits are lost"))
    number = _pattern(r"[\s./-]+").sub("", _pattern(r"(?<=\d)\.0$").sub("", folded))
    if not _pattern(r"(?a)[0-9A-Z]{5,20}").fullmatch(number):
        raise BadValue("tax-id-invalid", _("a tax number has 5 to 20 letters and digits"))
    if _pattern(r"[0-9A-Z]{2}[0-9OI]{6}[0-9A-Z]{10}").fullmatch(number):
        return _checked_code(number)
    # No region begins with 91 to 93, so these are not the older numbers of other lengths.
    if _pattern(r"9[123]\d{6}(?:[0-9A-Z]{8,9}|[0-9A-Z]{11})").fullmatch(number):
        raise BadValue("tax-id-invalid", _("a credit code has 18 characters"))
    return number


def _checked_code(number: str) -> str:
    if _is_credit_code(number) or _is_resident_number(number):
        return number
    # The code has no letters O and I, so they can only be a misread 0 and 1; the check digit confirms it.
    number = number.replace("O", "0").replace("I", "1")
    if _is_credit_code(number):
        return number
    raise BadValue("tax-id-check", _("the check digit of the credit code is wrong"))


def _is_credit_code(number: str) -> bool:
    """GB 32100-2015: 31 signs (no I, O, S, V, Z), weights 3**i mod 31, the weighted sum divisible by 31."""
    if not _pattern(r"(?a)[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}").fullmatch(number):
        return False
    total: int = sum(map(mul, map(_USCC.index, number), _USCC_WEIGHTS))
    return total % 31 == 0


def _is_resident_number(number: str) -> bool:
    """GB 11643-1999, a person's tax number: region, birth date, serial, check sign of ISO 7064 MOD 11-2."""
    born = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    if not _pattern(rf"[1-8]\d{{5}}{born}\d{{3}}[\dX]").fullmatch(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _RESIDENT_WEIGHTS, strict=True))
    return number[17] == "10X98765432"[total % 11]


# ------------------------------------------------------------------------------- money and numbers

_CURRENCY = r"(?:US|HK|NT)?\$|[¥￥€£]|CNY|RMB|USD|EUR|GBP|HKD|TWD|JPY|人民币|人民幣|美元|港币|欧元"
_MONEY = (
    rf"(?ai)(\()?([-+])?(?:(?:{_CURRENCY}) ?)?([-+])?"
    r"(\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d*)(?:\.(\d*))?"
    rf" ?(百万|千万|[千k万萬w亿億])?(?:元整?|圆整?|块|{_CURRENCY})?(-)?(\))?"
)
_UNIT_ZEROS = {"千": 3, "k": 3, "万": 4, "萬": 4, "w": 4, "百万": 6, "千万": 7, "亿": 8, "億": 8}
LARGEST_MONEY = 10**13
"""Amounts stay below this many minor units, so that a sum over a base fits a 64-bit integer."""


def plain_moneys(texts: list[str]) -> list[int | None]:
    """The minor units of amounts with two decimals, like `1234.50`, None for others: the fast path of `parse_money`.

    A column that holds nothing else is read in one piece.
    """
    joined = "\n".join(texts)
    column = _pattern(r"(?a)(?:\d{1,9}\.\d\d\n)*\d{1,9}\.\d\d").fullmatch(joined)
    if column and joined.count("\n") == len(texts) - 1:
        return list(map(int, joined.replace(".", "").split("\n")))
    plain = _pattern(r"(?a)\d{1,9}\.\d\d").fullmatch
    return [int(text.replace(".", "")) if plain(text) else None for text in texts]


def parse_money(text: str) -> int:
    """The amount in minor units (cents), exactly. Raises BadValue money-invalid.

    Refused: what could mean two amounts (`1.234,56`, `1,23`), and more than two decimals that count.
    """
    if found := _pattern(r"(?a)-?\d{1,12}(?:\.(\d\d?))?").fullmatch(text):
        decimals = found[1]
        if decimals is None:
            return int(text) * 100
        return int(text.replace(".", "")) * (1 if len(decimals) == 2 else 10)
    found = _pattern(_MONEY).fullmatch(text)
    if not found:
        folded = _fold(text).lstrip("'")
        if len(folded) <= LONGEST:
            folded = _pattern(r"(?<![0-9])\s+|\s+(?![0-9])").sub("", folded)
            found = _pattern(_MONEY).fullmatch(folded)
    if not found:
        raise BadValue("money-invalid", _("not an amount; write it like 1234.50 or 12万"))
    minor = _scaled(found[4], found[5] or "", 2 + _UNIT_ZEROS.get((found[6] or "").lower(), 0))
    return -minor if _is_negative(found[1], found[2], found[3], found[7], found[8]) else minor


def _is_negative(
    opening: str | None, first: str | None, second: str | None, last: str | None, closing: str | None
) -> bool:
    """Whether brackets or one sign make the amount negative; two of them at once have no meaning."""
    signs = [sign for sign in (first, second, last, opening) if sign]
    if len(signs) > 1 or (opening is None) != (closing is None):
        raise BadValue("money-invalid", _("the sign of the amount is not clear"))
    return bool(signs) and signs[0] != "+"


def _scaled(whole: str, decimals: str, zeros: int) -> int:
    """`whole.decimals` times 10**zeros as an integer; refuses to lose a digit."""
    decimals = decimals.rstrip("0")
    digits = whole.replace(",", "").replace(" ", "").lstrip("0") + decimals
    if not (whole or decimals) or (not whole and not digits):
        raise BadValue("money-invalid", _("not an amount; write it like 1234.50 or 12万"))
    if len(decimals) > zeros:
        raise BadValue("money-invalid", _("an amount has at most two decimals"))
    if len(digits) + zeros - len(decimals) > 15:
        raise BadValue("money-invalid", _("the amount is too large"))
    return int((digits or "0") + "0" * (zeros - len(decimals)))


def format_money(minor: int) -> str:
    """Minor units as a decimal string: 123450 is "1234.50"."""
    whole, cents = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole}.{cents:02d}"


def parse_number(text: str) -> int | float:
    """A quantity: `3`, `2.5`, `1,200`. Whole numbers are int. Raises BadValue number-invalid."""
    found = _pattern(r"(?a)([-+]?)(\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.(\d{0,15}))?").fullmatch(_fold(text))
    if not found or len(found[2]) > 19:
        raise BadValue("number-invalid", _("not a number; write it like 3 or 2.5"))
    whole = found[2].replace(",", "")
    decimals = (found[3] or "").rstrip("0")
    sign = -1 if found[1] == "-" else 1
    return sign * (float(f"{whole}.{decimals}") if decimals else int(whole))


def parse_rating(text: str) -> int:
    """A score from 0 to 5: `3`, `3.0`, `3星`, `★★★`. Raises BadValue rating-invalid."""
    folded = _fold(text)
    if found := _pattern(r"(?a)([0-5])(?:\.0)?\s?(?:[分星级]|/5)?").fullmatch(folded):
        return int(found[1])
    if _pattern(r"★{1,5}☆{0,4}").fullmatch(folded) and len(folded) <= 5:
        return folded.count("★")
    raise BadValue("rating-invalid", _("a rating is a whole number from 0 to 5"))


# --------------------------------------------------------------------------------------------- dates

_TIME = r"(?:[T ]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[AaPp][Mm])?(?: ?(?:Z|[+-]\d\d:?\d\d))?)?"
_YEAR_FIRST = r"(?a)(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号號]?|(\d\d)(\d\d))" + _TIME
_YEAR_LAST = rf"(?a)(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}"
_MONTH_DAY_YEAR = rf"(?a)([a-z]{{3,9}})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_TIME}"
_DAY_MONTH_YEAR = rf"(?a)(\d{{1,2}})(?:st|nd|rd|th)?[ -]([a-z]{{3,9}})\.?,?[ -](\d{{4}}){_TIME}"
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def parse_date(text: str) -> date:
    """The day in a cell of an imported file: ISO and its variants, Chinese, month names, an Excel serial.

    Raises BadValue: date-ambiguous (02/03/2024), date-impossible (2023-02-29, a year outside 1900 to 2200),
    date-invalid.
    """
    found = _pattern(_YEAR_FIRST).fullmatch(text)
    if not found:
        text = _date_text(text)
        found = _pattern(_YEAR_FIRST).fullmatch(text)
    if found:
        return _real_date(int(found[1]), int(found[3] or found[5] or found[7]), int(found[4] or found[6] or found[8]))
    if found := _pattern(r"(?a)(\d{5})(?:\.\d{1,15})?").fullmatch(text):
        return _from_serial(int(found[1]))
    if found := _pattern(_YEAR_LAST).fullmatch(text):
        return _year_last(int(found[1]), int(found[3]), int(found[4]))
    if found := _pattern(r"(?a)(\d\d)([-/.])(\d{1,2})\2(\d)").fullmatch(text):
        # No year has one digit, so the year is in front; two digits mean 1969 to 2068, as in POSIX.
        return _real_date(int(found[1]) + (1900 if found[1] > "68" else 2000), int(found[3]), int(found[4]))
    if _pattern(r"(?a)\d{1,2}([-/.])\d{1,2}\1\d\d").fullmatch(text):
        raise BadValue("date-ambiguous", _("write the year with four digits, like 2024-03-05"))
    if found := _pattern(_MONTH_DAY_YEAR).fullmatch(text.lower()):
        return _real_date(int(found[3]), _month_number(found[1]), int(found[2]))
    if found := _pattern(_DAY_MONTH_YEAR).fullmatch(text.lower()):
        return _real_date(int(found[3]), _month_number(found[2]), int(found[1]))
    raise BadValue("date-invalid", _("not a date; write it like 2024-03-05"))


def _date_text(text: str) -> str:
    folded = _fold(text).lstrip("'")
    if len(folded) > LONGEST:
        raise BadValue("date-invalid", _("not a date; write it like 2024-03-05"))
    folded = _pattern(r" ?([年月]) ?| (?=[日号號])").sub(r"\1", folded)
    return folded[:-2] if _pattern(r"(?a)\d{8}\.0").fullmatch(folded) else folded


def _real_date(year: int, month: int, day: int) -> date:
    if 1900 <= year <= 2200:
        try:
            return date(year, month, day)
        except ValueError:
            pass
    raise BadValue("date-impossible", _("there is no such day"))


def _from_serial(serial: int) -> date:
    # ECMA-376 part 1, 18.17.4.1: the 1900 system counts a 29 February 1900 that never was, hence 30 December.
    if 20000 <= serial <= 80000:
        return date(1899, 12, 30) + timedelta(days=serial)
    raise BadValue("date-invalid", _("not a date; write it like 2024-03-05"))


def _year_last(first: int, second: int, year: int) -> date:
    if first > 12 or first == second:
        return _real_date(year, second, first)
    if second > 12:
        return _real_date(year, first, second)
    raise BadValue("date-ambiguous", _("day and month cannot be told apart; write the date like 2024-03-05"))


def _month_number(word: str) -> int:
    for number, month in enumerate(_MONTHS, 1):
        if month.startswith(word):
            return number
    raise BadValue("date-invalid", _("not a date; write it like 2024-03-05"))


# ----------------------------------------------------------------------------------------- birthdays

_DIGITS = "〇一二三四五六七八九"
_LUNAR = "农历|農曆|農历|阴历|陰曆|旧历|舊曆|lunar"
_SOLAR = "公历|公曆|阳历|陽曆|新历|solar"
_LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12, "臘": 12}
_NUMBER_SIGNS = r"〇零一二三四五六七八九十\d"
_BIRTHDAY_WORDS = (
    rf"(?:([{_NUMBER_SIGNS}]{{4}})年)?"
    rf"([正冬腊臘]|[{_NUMBER_SIGNS}]{{1,2}})月([初廿卅]?[{_NUMBER_SIGNS}]{{0,3}})([日号號]?)"
)
_BIRTHDAY_NUMBERS = r"(?a)(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(?:--)?(\d{1,2})-(\d{1,2})|(\d{1,2})/(\d{1,2}))"


def small_number(word: str) -> int | None:
    """A number below 100 in digits or Chinese (`3`, `十五`, `廿一`, `两`, `初八`), or None."""
    if word.isascii():
        return int(word) if word.isdigit() and len(word) <= 2 else None
    word = word.removeprefix("初").replace("廿", "二十").replace("卅", "三十").replace("两", "二").replace("零", "〇")
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return _DIGITS.index(word) if len(word) == 1 and word in _DIGITS else None
    if len(tens) > 1 or len(ones) > 1 or (tens and tens not in _DIGITS) or (ones and ones not in _DIGITS):
        return None
    return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)


def parse_birthday(text: str) -> str:
    """A birthday as `1980-05-03`, `--05-03`, `lunar 08-15`, `lunar leap 04-15` or `lunar 1980-08-15`.

    Raises BadValue birthday-invalid, also for `八月十五`, which does not say which calendar it means.
    """
    folded = _fold(text)[:LONGEST].lower()
    rest, lunar = _pattern(_LUNAR).subn("", folded)
    rest, leap = _pattern("闰|閏|leap").subn("", rest)
    rest, solar = _pattern(_SOLAR).subn("", rest)
    lunar += leap
    compact = _pattern(r"[\s()]+").sub("", rest)
    if found := _pattern(_BIRTHDAY_WORDS).fullmatch(compact):
        year, month, day, certainly_lunar = _birthday_words(found)
        lunar += certainly_lunar
        if not (lunar or solar or found[2].isascii() or found[4]):
            raise BadValue("birthday-invalid", _("say which calendar the birthday is in: 农历 or 公历"))
        return _birthday(year, month, day, lunar=bool(lunar), leap=bool(leap), solar=bool(solar))
    if found := _pattern(_BIRTHDAY_NUMBERS).fullmatch(compact):
        month, day = int(found[3] or found[5] or found[7]), int(found[4] or found[6] or found[8])
        if found[7] and not lunar and month <= 12 and day <= 12 and month != day:
            raise BadValue("birthday-invalid", _("day and month cannot be told apart; write 05-03 or 5月3日"))
        if found[7] and not lunar and month > 12:
            month, day = day, month
        return _birthday(found[1] or "", month, day, lunar=bool(lunar), leap=bool(leap), solar=bool(solar))
    try:
        return parse_date("" if lunar else rest).isoformat()
    except BadValue as problem:
        raise BadValue("birthday-invalid", problem.reason) from None


def _birthday_words(found: re.Match[str]) -> tuple[str, int | None, int | None, bool]:
    """Year digits, month and day as matched by _BIRTHDAY_WORDS; and is it a wording of the lunar calendar."""
    year = "".join(str(small_number(sign)) for sign in found[1] or "")
    month = _LUNAR_MONTHS.get(found[2]) or small_number(found[2])
    return (
        year,
        month,
        small_number(found[3]),
        found[2] in _LUNAR_MONTHS or found[3][:1] in ("初", "廿", "卅"),
    )


def _birthday(year: str, month: int | None, day: int | None, *, lunar: bool, leap: bool, solar: bool) -> str:
    if month is None or day is None or (lunar and solar):
        raise BadValue("birthday-invalid", _("not a birthday; write it like 1980-05-03, 05-03 or lunar 08-15"))
    if not lunar:
        try:
            _real_date(int(year or 2000), month, day)
        except BadValue as problem:
            raise BadValue("birthday-invalid", problem.reason) from None
        return f"{year or '-'}-{month:02d}-{day:02d}"
    if not (1 <= month <= 12 and 1 <= day <= 30 and 1900 <= int(year or 2000) <= 2200):
        raise BadValue("birthday-invalid", _("a lunar date has a month up to 12 and a day up to 30"))
    return f"lunar {'leap ' if leap else ''}{year}{'-' if year else ''}{month:02d}-{day:02d}"


def birthday_key(canonical: str) -> str:
    """The indexed key of a stored birthday: `05-03`, lunar `L08-15`, in a leap month `LL04-15`."""
    mark = "LL" if canonical.startswith("lunar leap") else "L" if canonical.startswith("lunar") else ""
    return mark + canonical[-5:]


# ------------------------------------------------------------------------------------------- choices

_YES = frozenset(("yes", "y", "true", "t", "1", "on", "是", "有", "对", "同意", "已同意", "√", "✓", "✔"))
_NO = frozenset(("no", "n", "false", "f", "0", "off", "否", "无", "不", "没有", "不同意", "×", "✗", "✘"))


def parse_yes_no(text: str) -> str:
    """`yes` or `no`. Raises BadValue yes-no-invalid."""
    folded = _fold(text).casefold()
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
    folded = _fold(text).casefold()
    for word, stored in choices.items():
        if folded in (_fold(word).casefold(), stored.casefold()):
            return stored
    raise BadValue(
        "choice-invalid",
        _("choose one of: {choices}").format(choices=", ".join(dict.fromkeys(choices.values()))),
    )


# ------------------------------------------------------------------------------------------- display


def display_width(text: str) -> int:
    """Terminal cells of `text`: wide and full-width signs 2, combining and invisible ones 0, ambiguous 1."""
    return len(text) if text.isascii() else sum(map(_cells, text))


@lru_cache(maxsize=8192)
def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc") or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def safe(text: str) -> str:
    r"""`text` for a terminal: what cannot be seen becomes a visible escape (`\x1b`, `\u202e`, newline `⏎`).

    Escape sequences and direction marks in a customer's name must not reach the terminal. An odd space
    becomes a plain one.
    """
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    if character == "\n":
        return "⏎"
    if unicodedata.category(character) == "Zs":
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
