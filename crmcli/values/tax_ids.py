"""Tax numbers and company ids, with the check digits of the Chinese ones."""

from operator import mul

from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.values.text import bare, pattern

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


# More than any number with its label.
_LONGEST = 60


def parse_tax_id(text: str) -> str:
    """The number in upper case without spaces and dashes; a Chinese credit code must pass its check digit.

    Raises BadValue: tax-id-excel, tax-id-check, tax-id-invalid.
    """
    if len(text) == 18 and is_credit_code(text):
        return text
    folded = bare(text).upper()
    if len(folded) > _LONGEST:
        raise BadValue("tax-id-invalid", _("a tax number has 5 to 20 letters and digits"))
    # Beside the code may stand what it is called, or which copy of the licence it was read from: `9111…(1-1)`.
    codes = {code for code in pattern(r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])").findall(folded) if is_credit_code(code)}
    if len(codes) == 1:
        return str(codes.pop())
    folded = pattern(r"^[\u4e00-\u9fff]+ ?(?=[0-9A-Z])").sub("", folded)
    if pattern(r"\d(?:\.\d+)?E\+?\d+").fullmatch(folded):
        raise BadValue("tax-id-excel", _("Excel rounded the number: its last digits are lost"))
    number = pattern(r"[\s./-]+").sub("", pattern(r"(?<=\d)\.0$").sub("", folded))
    if not pattern(r"(?a)[0-9A-Z]{5,20}").fullmatch(number):
        raise BadValue("tax-id-invalid", _("a tax number has 5 to 20 letters and digits"))
    if pattern(r"[0-9A-Z]{2}[0-9OI]{6}[0-9A-Z]{10}").fullmatch(number):
        return _checked_code(number)
    # No region begins with 91 to 93, so these are not the older numbers of other lengths.
    if pattern(r"9[123]\d{6}(?:[0-9A-Z]{8,9}|[0-9A-Z]{11})").fullmatch(number):
        raise BadValue("tax-id-invalid", _("a credit code has 18 characters"))
    return number


def _checked_code(number: str) -> str:
    if is_credit_code(number) or _is_resident_number(number):
        return number
    # The code has no letters O and I, so they can only be a misread 0 and 1; the check digit confirms it.
    number = number.replace("O", "0").replace("I", "1")
    if is_credit_code(number):
        return number
    raise BadValue("tax-id-check", _("the check digit of the credit code is wrong"))


def is_credit_code(number: str) -> bool:
    """GB 32100-2015: 31 signs (no I, O, S, V, Z), weights 3**i mod 31, the weighted sum divisible by 31."""
    if not pattern(r"(?a)[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}").fullmatch(number):
        return False
    total: int = sum(map(mul, map(_USCC.index, number), _USCC_WEIGHTS))
    return total % 31 == 0


def _is_resident_number(number: str) -> bool:
    """GB 11643-1999, a person's tax number: region, birth date, serial, check sign of ISO 7064 MOD 11-2."""
    born = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    if not pattern(rf"[1-8]\d{{5}}{born}\d{{3}}[\dX]").fullmatch(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _RESIDENT_WEIGHTS, strict=True))
    return number[17] == "10X98765432"[total % 11]
