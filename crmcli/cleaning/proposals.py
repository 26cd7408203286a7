"""What a value that cannot be right was probably meant to be: pure functions over one text.

A proposal is certain only where a known provider, or a check digit over signs that are misread for each other, leaves
one reading; what merely fits is likely.
"""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from crmcli.errors import BadValue
from crmcli.values import parse_email
from crmcli.values.tax_ids import is_credit_code
from crmcli.values.text import LONGEST, bare, pattern


class Proposal(NamedTuple):
    """A value in its stored form."""

    value: str
    certain: bool


# ------------------------------------------------------------------------------------------- e-mail

_NUMBERED = ("163", "126", "139", "189", "qq")
PROVIDERS = frozenset(
    (
        *(f"{name}.com" for name in _NUMBERED), "vip.163.com", "vip.126.com", "vip.qq.com", "yeah.net", "263.net",
        "gmail.com", "hotmail.com", "outlook.com", "foxmail.com", "icloud.com", "yahoo.com", "live.com", "msn.com",
        "aliyun.com", "sina.com", "sina.cn", "vip.sina.com", "sohu.com", "tom.com", "21cn.com", "wo.cn",
        "yahoo.cn", "yahoo.com.cn", "sina.com.cn", "live.cn", "outlook.cn", "hotmail.co.uk", "yahoo.co.jp",
    )
)  # fmt: skip
"""Providers whose addresses many people have."""

_PLACEHOLDERS = frozenset(("test", "abc", "aaa", "xxx", "none", "null", "123", "111", "1234", "123456", "a", "1"))
# Real domains one edit away from a provider's.
_OTHERS = frozenset(("mail.com", "email.com", "ymail.com", "rocketmail.com", "me.com", "mac.com", "263.com", "q.com"))
_LOOKALIKES = str.maketrans("lio", "110")
_ENDINGS = r"(.+)\.(?:con|cmo|ocm|comm|vom|xom|cim|coom|c0m|cm|om)"
_AT_WORDS = r"\s*(?:@@+|#|\(at\)|\[at\]|＠|\bat\b|&|\$)\s*|\s+at\s+"


def proposed_email(text: str, known_domains: Collection[str] = ()) -> Proposal | None:
    """The address that a text which is none, or one with a misspelt domain, was meant to be.

    `known_domains` are those of other addresses of the base: they decide how an unknown domain ends.
    """
    folded = bare(text).lower()
    if len(folded) > LONGEST:
        return None
    folded = pattern(r"\s*([@.])\s*").sub(r"\1", folded).strip(" ,;:<>")
    for address, edits in _addresses(folded, known_domains):
        local, _at, domain = address.partition("@")
        mended, further, sure = _mended_domain(domain, known_domains)
        if edits + further and (found := _email_of(local, mended)):
            return Proposal(found, sure and edits + further == 1 and mended in PROVIDERS)
    return None


def mended_domain(domain: str, known_domains: Collection[str] = ()) -> Proposal | None:
    """The domain that a misspelt one was meant to be; None for one that may well be right."""
    mended, edits, sure = _mended_domain(domain, known_domains)
    return Proposal(mended, sure and edits == 1 and mended in PROVIDERS) if edits else None


def _addresses(text: str, known_domains: Collection[str]) -> Iterator[tuple[str, int]]:
    """Readings of a text as local@domain, and how many edits each takes."""
    if pattern(r"[^@\s]+@[^@\s]+").fullmatch(text):
        local, _at, domain = text.partition("@")
        # A point too many may stand for something that was lost: never certain, hence two edits.
        yield f"{local.strip('.')}@{domain}", 2 * int(local != local.strip("."))
    found = pattern(rf"([^@\s]+?)(?:{_AT_WORDS})([^@\s]+)").fullmatch(text)
    if found:
        yield f"{found[1]}@{found[2].replace('[dot]', '.').replace('(dot)', '.')}", 1
    if "@" in text or text.startswith(("www.", "http")):
        return
    for domains in (PROVIDERS, known_domains):
        for at in range(2, len(text)):
            if text[at:] in domains and pattern(r"[a-z0-9][a-z0-9._-]*[a-z0-9]").fullmatch(text[:at]):
                yield f"{text[:at]}@{text[at:]}", 1
                return
    if pattern(r"(?a)[1-9]\d{4,9}").fullmatch(text):
        # A bare number where an address belongs is that of the messenger whose mail has it for a name.
        yield f"{text}@qq.com", 2


def _mended_domain(domain: str, known_domains: Collection[str]) -> tuple[str, int, bool]:
    """The domain as it was meant, the edits to it, and whether they are of a kind that leaves no doubt."""
    domain = domain.replace(",", ".").strip(".")
    if domain in PROVIDERS or domain in _OTHERS:
        return domain, 0, True
    if f"{domain}.com" in PROVIDERS:
        return f"{domain}.com", 2, False
    found = pattern(_ENDINGS).fullmatch(domain)
    if found and f"{found[1]}.com" in PROVIDERS:
        return f"{found[1]}.com", 1, not (domain.endswith("m") and f"{found[1]}.cn" in PROVIDERS)
    near = [(provider, sure) for provider in sorted(PROVIDERS) if (sure := _slip(domain, provider)) is not None]
    if len(near) == 1:
        return near[0][0], 1, near[0][1]
    if ".." in domain:
        return pattern(r"\.\.+").sub(".", domain), 1, True
    name = found[1] if found else domain
    known = [f"{name}.{ending}" for ending in ("com", "cn", "com.cn", "net") if f"{name}.{ending}" in known_domains]
    if found:
        return known[0] if len(known) == 1 else f"{name}.com", 1, False
    if "." not in domain and len(known) == 1:
        return known[0], 2, False
    return domain, 0, False


def _slip(domain: str, provider: str) -> bool | None:
    """Whether `domain` is `provider` with one slip, surely (True) or perhaps (False); None where it is not."""
    name, _dot, ending = provider.partition(".")
    written, point, rest = domain.partition(".")
    if written.translate(_LOOKALIKES) + point + rest == provider:
        return True
    if not one_edit(domain, provider):
        return None
    if domain.startswith(f"{name}.") or domain == name + ending or not domain.endswith(f".{ending}"):
        # The name is right, or the point is: what is wrong is the ending.
        return True if domain.startswith(name) and not pattern(r".*\.(?:cn|net|org|co\.jp)").fullmatch(domain) else None
    if len(name) < 4 or not name.isalpha():
        # Short names have real neighbours, and a wrong digit may be another's number.
        return False if len(domain) != len(provider) and len(name) < 4 and "vip" not in provider else None
    return None if len(name) < 5 else domain[0] == provider[0]


def _email_of(local: str, domain: str) -> str | None:
    if local in _PLACEHOLDERS:
        return None
    try:
        return parse_email(f"{local}@{domain}")
    except BadValue:
        return None


def one_edit(left: str, right: str) -> bool:
    """Whether one sign more, less, changed, or swapped with the next makes `left` of `right`."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    a, b = left[start:], right[start:]
    if len(a) == len(b):
        return a[1:] == b[1:] or (a[2:] == b[2:] and a[:2] == b[:2][::-1])
    return a[1:] == b or a == b[1:]


# ----------------------------------------------------------------------------------- company id, phone

# Letters that no credit code has, for what they are misread; O and I are read as 0 and 1 by the parser itself.
_MISREAD = str.maketrans("SZ", "52")
# The first two signs of a region's code, GB/T 2260; 10 is registered with the ministries.
_PROVINCES = r"1[0-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]"


def proposed_tax_id(text: str) -> Proposal | None:
    """The one credit code, right by its check digit, that one slip makes of the text; never certain."""
    number = pattern(r"[\s./-]+").sub("", bare(text)[:LONGEST].upper())
    readings = {number.translate(_MISREAD)}
    if len(number) == 18 and number in readings:
        readings |= {number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(17)}
    if len(number) == 19:
        readings |= {number[:at] + number[at + 1 :] for at in range(18) if number[at] == number[at + 1]}
    right = {reading for reading in readings if reading != number and _is_code(reading)}
    return Proposal(right.pop(), certain=False) if len(right) == 1 else None


def _is_code(number: str) -> bool:
    return is_credit_code(number) and number[0] in "159AY" and bool(pattern(_PROVINCES).fullmatch(number[2:4]))


def near_mobiles(digits: str) -> set[str]:
    """The mobile numbers (11 digits) that one slip makes of a number with one digit too few, too many, or wrong."""
    signs = "0123456789"
    if len(digits) == 10:
        near = {digits[:at] + sign + digits[at:] for at in range(11) for sign in signs}
    elif len(digits) == 11:
        near = {digits[:at] + sign + digits[at + 1 :] for at in range(11) for sign in signs}
        near |= {digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :] for at in range(10)}
    elif len(digits) == 12:
        near = {digits[:at] + digits[at + 1 :] for at in range(12)}
    else:
        near = set()
    return {number for number in near if pattern(r"(?a)1[3-9]\d{9}").fullmatch(number)}
