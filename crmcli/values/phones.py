"""Phone numbers: stored in E.164, with the faults that spreadsheets and hands make told apart."""

from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values.text import LONGEST, bare, fold, pattern

_WORDS = (
    r"(?:联系|聯繫|移动|办公|固定)?(?:手机|手機|电话|電話|座机|固话)(?:号码|号)?:?|微信同号|同微信|微信号?:?|wechat:?"
    r"|\b(?:telephone|tel|phone|mobile|cell|whatsapp|wx)\b[:.]?|^[tm]:"
)
_EXTENSION = (
    r"(.*?\d)[\s(;,]*(?:ext(?:ension)?[.=:]?|转接?|轉|分机号?|分機|x|#|\*)[\s:]*(\d{1,6})\)?"
    r"|((?:(?:\+|00)?86[\s-]*)?\(?(?:0\d{2,3}|\d{2,3}(?=[\s-]))\)?[\s-]*[2-9]\d{6,7})(?:-|\s*\()(\d{1,5})\)?"
)
_LANDLINE = r"0?(?:(?:10|2\d)[2-9]\d{7}|[3-9]\d\d[2-9]\d{6,7})"
_KIND_OF_PHONE = (
    r".*(?:电话|電話|手机|手機|座机|固话|热线|号码|号|微信|传真|方式|移动|联系|电)|办公室?|公司|单位|家庭?|住宅|宅电|私人|工作"
    r"|(?:work|home|office|main|business|company|direct|fax|hotline|contact|number|no|t|m|p|h|o|phones?|mob|wechat|qq)"
)
_FILLING = r"[\s().·/_~-]+"
_SPOKEN = str.maketrans("〇零○一幺二三四五六七八九", "0001123456789")
# A whole number in the middle of other text.
_WHOLE = (
    r"(?a)(?<![\d.+])(?:(?:\+|00)?86[\s-]*)?"
    r"(?:1[3-9](?:[\s.·-]?\d){9}|\(?0\d{2,3}\)?[\s-]*[2-9]\d{2,3}[\s-]?\d{4}|[48]00(?:-?\d){7})(?!\d)"
    r"(?:\s*(?:ext\.?|转|轉|分机|x|#|\*)\s*\d{1,6}|-\d{1,5}(?!\d))?"
)


def parse_phone(text: str, region: str = "CN") -> str:
    """The number in E.164 (`+8613800138000`), an extension after it (`+861065541234 ext 802`).

    `region` (ISO 3166, two letters) is where a number without country code belongs.
    Raises BadValue: phone-excel, phone-short, phone-long, phone-no-area, phone-prefix, phone-placeholder,
    phone-invalid.
    """
    plain = plain_phone(text) if region == "CN" or text[:3] == "+86" else None
    if plain:
        return plain
    folded, region = _phone_text(text), region.upper()
    found = pattern(_EXTENSION).fullmatch(folded)
    body, extension = (found[1] or found[3], found[2] or found[4]) if found else (folded, "")
    digits = pattern(_FILLING).sub("", body)
    if region == "CN" and digits.startswith("00"):
        digits = "+" + digits[2:]
    if not pattern(r"(?a)\+?\d{3,20}").fullmatch(digits):
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
    plain = text.replace("-", "").replace(" ", "").removeprefix("+86") if len(text) <= 17 else ""
    if not (plain.isascii() and plain.isdigit()):
        return None
    if len(plain) == 11 and plain[0] == "1" and plain[1] >= "3":
        return "+86" + plain
    # A second dash begins an extension.
    if plain[0] == "0" and text.count("-") < 2 and pattern(_LANDLINE).fullmatch(plain):
        return "+86" + plain[1:]
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


_FEWEST_DIGITS = 5
# A plus sign before a country code is no "and".
_BETWEEN = r"[,;、/|\\&]|\+(?=\s*1[3-9]\d{9}(?!\d))|或者?|以?及|和"
# What tells nothing beside a number, once it stands in a field of phones.
_SAYS_NOTHING = rf"{_WORDS}|备用|備用|其[他它]|另外?|第二|[\W_]"


def split_phones(text: str) -> list[str]:
    """The texts of the several phones in one cell, to be parsed one by one; one phone is left whole.

    Whatever else stands there is a text of its own: a name, digits that are no phone. A local number after one with
    an area code is of the same area: `010-65541234/65541235`.
    """
    if len(text) > LONGEST * 10:  # more than `fold` keeps
        return [text]
    parts: list[str] = []
    for piece in pattern(_BETWEEN).split(fold(text)):
        parts += _phones_apart(piece.strip())
    if sum(sum(map(str.isdigit, part)) >= _FEWEST_DIGITS for part in parts) < 2:
        return [text]
    for at, part in enumerate(parts[1:], 1):
        area = pattern(r"\(?0\d{2,3}(?=[)\s-])").match(parts[at - 1])
        if area and pattern(r"(?a)[2-9]\d{6,7}").fullmatch(part):
            parts[at] = f"{area[0].strip('(')}-{part}"
    return parts


def _phones_apart(piece: str) -> list[str]:
    """The phones of a text without a sign between them, and what stands around each; one phone with it is one text."""
    if pattern(r"(?a)(?:1[3-9]\d{9}){2,4}").fullmatch(piece):
        return pattern(r"\d{11}").findall(piece)
    whole = phones_in(piece)
    if len(whole) < 2:
        return [piece] if _tells(piece) else []
    parts = []
    for phone in whole:
        before, _phone, piece = piece.partition(phone)
        parts += [before.strip(" ,;:()"), phone]
    parts.append(piece.strip(" ,;:()"))
    return [part for part in parts if _tells(part)]


def _tells(text: str) -> bool:
    return len(text) > LONGEST or bool(pattern(_SAYS_NOTHING).sub("", text.lower()))


def name_beside_phone(text: str) -> str:
    """The name that labels a phone, `白露` of `白露：13800138000`, or ""; a word for a phone is no name."""
    found = pattern(r"([^\W\d_]{1,12})\s?:\s*\S").match(fold(text[:LONGEST]))
    return found[1] if found and _tells(found[1]) and not pattern(_KIND_OF_PHONE).fullmatch(found[1].lower()) else ""


def phones_in(text: str) -> list[str]:
    """The whole Chinese numbers, with their extensions, that stand in a text, as they are written there."""
    folded = fold(text)
    return pattern(_WHOLE).findall(folded) if len(folded) <= LONGEST else []


def _phone_text(text: str) -> str:
    folded = bare(text).lower()
    if len(folded) > LONGEST:
        raise BadValue("phone-invalid", _("too long for a phone number"))
    if found := pattern(r"(\d)(?:\.(\d+))?e\+?(\d+)").fullmatch(folded):
        if len(found[2] or "") != int(found[3][:3]):
            raise BadValue("phone-excel", _("Excel rounded the number: its last digits are lost"))
        folded = found[1] + (found[2] or "")
    if folded.startswith("qq") or "qq:" in text.lower():
        raise BadValue("phone-invalid", _("not a phone number"))
    folded = pattern(_WORDS).sub(" ", folded).strip(" ,;:/、")
    folded = pattern(r"(?<=\d)\.0+$").sub("", folded).strip(" ,;:/、*=")
    if pattern(r"\d{1,3}(?:,\d{3})+").fullmatch(folded):
        folded = folded.replace(",", "")
    if pattern(r"[1il][\doil]{10}").fullmatch(folded):
        folded = folded.translate({ord("o"): "0", ord("i"): "1", ord("l"): "1"})
    if pattern(r"[〇零○一幺二三四五六七八九\d\s-]{7,15}").fullmatch(folded):
        folded = folded.translate(_SPOKEN)
    return folded


def _chinese_phone(national: str, *, international: bool = False) -> str:
    """E.164 of a Chinese number. Area codes by the numbering plan: 010 and 02x have 8 digits, others 7 or 8.

    phonenumbers refuses the cities that still have seven. Without +86 an area code must have its 0: ten bare
    digits are as often a mobile number that lost one.
    """
    if pattern(r"0?1[3-9]\d{9}").fullmatch(national):
        return "+86" + national[-11:]
    if pattern(r"[48]00\d{7}").fullmatch(national):
        return "+86" + national
    if pattern(_LANDLINE).fullmatch(national) and (international or national[0] == "0"):
        return "+86" + national.removeprefix("0")
    if pattern(r"(\d)\1{6,}|12345678\d*").fullmatch(national):
        raise BadValue("phone-placeholder", _("a placeholder, not a phone number"))
    if pattern(r"[1-9]\d{9}").fullmatch(national):
        raise BadValue("phone-short", _("10 digits: a mobile number has 11, and an area code begins with 0"))
    if pattern(r"0[1-9]\d{4,8}|0[3-9]\d{8}").fullmatch(national):
        raise BadValue("phone-short", _("too few digits for a landline with its area code"))
    if pattern(r"[2-9]\d{6,7}").fullmatch(national):
        raise BadValue("phone-no-area", _("a landline needs its area code, like 010-65541234"))
    if pattern(r"1[3-9]\d{10,}").fullmatch(national):
        raise BadValue("phone-long", _("too many digits for a mobile number"))
    if pattern(r"1[0-2]\d{9}").fullmatch(national):
        raise BadValue("phone-prefix", _("no mobile number begins like that"))
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
