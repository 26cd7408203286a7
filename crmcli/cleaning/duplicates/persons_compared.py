"""Two persons side by side."""

from functools import lru_cache

from rapidfuzz.distance import JaroWinkler

from crmcli.cleaning.duplicates.comparing import (
    UNKNOWN,
    Comparison,
    Level,
    Scale,
    address,
    email,
    phone,
    slips,
    tax_id,
)
from crmcli.cleaning.duplicates.rarity import Rarities
from crmcli.cleaning.duplicates.records import Record

SCALES = (
    Scale("name", ("same", "close", "one name same", "one name close", "one of two same", "one of two close",
                   "different"),
          (0.55, 0.2, 0.08, 0.03, 0.06, 0.02, 0.06), (None, 5e-4, None, 2e-3, None, 0.02, 0.95)),
    Scale("birthday", ("same", "one digit off", "one part off", "close", "different"), (0.6, 0.2, 0.08, 0.05, 0.07),
          (None, 6e-4, 2e-3, 0.01, 0.98)),
    Scale("phone", ("same", "one digit off", "first digits same", "different"), (0.7, 0.08, 0.06, 0.16),
          (None, 2e-5, 0.02, 0.98)),
    Scale("e-mail", ("same", "close", "same name", "different"), (0.65, 0.2, 0.05, 0.1), (None, 1e-4, 1e-4, 0.999)),
    Scale("address", ("same", "same door", "close", "different"), (0.45, 0.25, 0.2, 0.1), (None, None, 0.003, 0.99)),
    Scale("city", ("same", "close", "different"), (0.75, 0.15, 0.1), (None, 0.01, 0.95)),
    Scale("region", ("same", "different"), (0.9, 0.1), (None, 0.8)),
    Scale("postcode", ("same", "one digit off", "different"), (0.8, 0.12, 0.08), (None, 0.01, 0.98)),
    Scale("tax id", ("same", "one sign off", "different"), (0.8, 0.12, 0.08), (None, 1e-4, 1.0)),
)  # fmt: skip
_BIRTHDAY_BITS = 14.0
_NO_YEAR_BITS = 8.0


def compared(a: Record, b: Record, rare: Rarities) -> Comparison:
    """Levels and rarities in the order of SCALES."""
    found = (
        _name(a, b, rare),
        _birthday(a, b, rare),
        phone(a, b, rare),
        email(a, b, rare),
        address(a, b, rare),
        _city(a, b, rare),
        _region(a, b, rare),
        _postcode(a, b, rare),
        tax_id(a, b, rare),
    )
    return tuple([level for level, _bits in found]), tuple([bits for _level, bits in found])


def _name(a: Record, b: Record, rare: Rarities) -> Level:
    own, other = a.tokens, b.tokens
    if not own or not other:
        return UNKNOWN
    letters = own[0].isascii()
    if letters != other[0].isascii():
        # A name in letters may be any in characters.
        return UNKNOWN
    if own == other:
        # Both names of a person are rarer together than a list can show.
        bits = min(rare.bits("name", own, more=4.0), rare.words(own)) if letters else rare.bits("name", own)
        full = len(own) > 1 or not (letters or own[0].endswith("*"))
        return (0 if full else 2), bits
    return _in_letters(own, other, rare) if letters else (_in_characters(own[0], other[0]), 0.0)


def _in_characters(own: str, other: str) -> int:
    if own[-1] == "*" or other[-1] == "*":
        return 2 if own.rstrip("*")[:1] == other[:1] else 6
    longest = max(len(own), len(other))
    return 1 if longest > 2 and (slips(own, other, score_cutoff=1) <= 1 or sorted(own) == sorted(other)) else 6


def _in_letters(own: tuple[str, ...], other: tuple[str, ...], rare: Rarities) -> Level:
    short, long = (own, other) if len(own) <= len(other) else (other, own)
    if len(short) > 1 and near("".join(own), "".join(other)):
        return 1, 0.0
    same = [word for word in short if word in long]
    free = [word for word in long if word not in short]
    close = [word for word in short if word not in long and any(near(word, candidate) for candidate in free)]
    if len(short) == 1:
        if same:
            return 2, rare.words(same)
        return (3, 0.0) if close else (6, 0.0)
    if len(same) + len(close) == len(short):
        return 1, 0.0
    if same:
        return 4, rare.words(same)
    return (5, 0.0) if close else (6, 0.0)


@lru_cache(maxsize=50_000)
def near(own: str, other: str) -> bool:
    """Whether two words are one with a slip or two, or one is the other's short form (rob, robert)."""
    short, long = (own, other) if len(own) <= len(other) else (other, own)
    if len(short) < 3:
        return False
    allowed = 1 if len(long) < 6 else 2
    return (
        slips(own, other, score_cutoff=allowed) <= allowed
        or long.startswith(short)
        or JaroWinkler.similarity(own, other) >= 0.9
        or sorted(own) == sorted(other)
    )


def _birthday(a: Record, b: Record, rare: Rarities) -> Level:
    """0 the same, 1 one digit off or month and day swapped, 2 one of three parts off, 3 close, 4 different."""
    own, other = a.birthday, b.birthday
    if not own or not other:
        return UNKNOWN
    if own == other:
        return 0, min(rare.bits("birthday", own, more=4.0), _BIRTHDAY_BITS if len(own) == 10 else _NO_YEAR_BITS)
    if len(own) != 10 or len(other) != 10 or not (own[0] + other[0]).isdigit():
        # One says no year; a lunar date and a solar one cannot be compared.
        if own[0] == "l" or other[0] == "l":
            return (4, 0.0) if own[0] == other[0] else UNKNOWN
        return (0, _NO_YEAR_BITS) if own[-5:] == other[-5:] else (4, 0.0)
    if slips(own, other, score_cutoff=1) <= 1 or own[:5] + own[8:] + own[7] + own[5:7] == other:
        return 1, 0.0
    if (own[:4] == other[:4]) + (own[5:7] == other[5:7]) + (own[8:] == other[8:]) == 2:
        return 2, 0.0
    wrong = sum(one != two for one, two in zip(own, other, strict=True))
    return (3, 0.0) if wrong <= 2 or _off_by_a_step(own, other) else (4, 0.0)


def _off_by_a_step(own: str, other: str) -> bool:
    """Whether two dates lie a month at most apart, give or take a year or ten."""
    years = int(own[:4]) - int(other[:4])
    days = (int(own[5:7]) - int(other[5:7])) * 30.4 + int(own[8:]) - int(other[8:])
    apart = abs(years * 365 + days)
    return any(abs(apart - step) <= 35 for step in (0, 365, 3650))


def _city(a: Record, b: Record, rare: Rarities) -> Level:
    if not a.city or not b.city:
        return UNKNOWN
    if a.city == b.city:
        return 0, rare.place("place", a.city)
    return (1, 0.0) if near(a.city.replace(" ", ""), b.city.replace(" ", "")) else (2, 0.0)


def _region(a: Record, b: Record, rare: Rarities) -> Level:
    if not a.region or not b.region:
        return UNKNOWN
    return (0, rare.place("region", a.region)) if a.region == b.region else (1, 0.0)


def _postcode(a: Record, b: Record, rare: Rarities) -> Level:
    if not a.postcode or not b.postcode:
        return UNKNOWN
    if a.postcode == b.postcode:
        return 0, rare.place("postcode", a.postcode)
    return (1, 0.0) if slips(a.postcode, b.postcode, score_cutoff=1) <= 1 else (2, 0.0)
