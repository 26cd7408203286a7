"""Two customers side by side: for each field, which level of agreement.

A comparison is a tuple of levels and one of rarities, one each a field. A level counts from 0, the closest; -1 says
that a side does not know the field. The rarity is the surprise of an exactly equal value in bits, else 0.
This module has what companies and persons are both asked; `companies_compared` and `persons_compared` the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from crmcli.cleaning.duplicates import words
from crmcli.cleaning.duplicates.addresses import Address
from crmcli.cleaning.duplicates.rarity import Rarities
from crmcli.cleaning.duplicates.records import Record, is_mobile

Level = tuple[int, float]
Comparison = tuple[tuple[int, ...], tuple[float, ...]]
Compare = Callable[[Record, Record, Rarities], Comparison]

UNKNOWN: Level = (-1, 0.0)
slips = OSA.distance


@dataclass(frozen=True)
class Scale:
    """The levels of one field from the closest to the furthest.

    Attributes:
        field: its key in a reason.
        labels: the key of each level in a reason.
        same: how often pairs of one customer show each level, before a list has said more.
        chance: how often pairs of two customers do, at least; None where the rarity of the value tells.
        least: the weight of the last level is never below this, in bits.
    """

    field: str
    labels: tuple[str, ...]
    same: tuple[float, ...]
    chance: tuple[float | None, ...]
    least: float = -30.0


def phone(a: Record, b: Record, rare: Rarities) -> Level:
    """0 one number the same, 1 one lost a sign, 2 the first digits same, 3 different."""
    if not (a.phones or a.damaged) or not (b.phones or b.damaged):
        return UNKNOWN
    if common := [number for number in a.phones if number in b.phones]:
        # A mobile is one person's; a landline may be a whole building's.
        return 0, max(rare.bits("phone", number, more=3.0 if is_mobile(number) else 1.5) for number in common)
    level = -1
    if a.damaged or b.damaged:
        for broken in a.damaged:
            for other in (*b.phones, *b.damaged):
                level = _closer(level, _broken(broken, other))
        for broken in b.damaged:
            for other in a.phones:
                level = _closer(level, _broken(broken, other))
    if 0 <= level < 3:
        return level, 0.0
    for own in a.phones:
        for other in b.phones:
            if len(own) == len(other) and slips(own, other, score_cutoff=1) <= 1:
                return 1, 0.0
    # A mobile and a landline do not speak against one another.
    return (3, 0.0) if a.mobile == b.mobile or level == 3 else UNKNOWN


def _closer(level: int, other: int) -> int:
    return other if level < 0 or 0 <= other < level else level


def _broken(broken: str, other: str) -> int:
    """What a damaged number says of another one; see `records.Record` for the marks."""
    mark, digits = broken[0], broken[1:]
    if other[0] in "-~":
        return (1 if mark == "-" else 2) if broken == other else -1
    if mark == "~":
        if not other.startswith(digits[:1]):
            return -1
        return (1 if len(digits) > 5 else 2) if other.startswith(digits) else 3
    if len(digits) < 9:
        return 1 if other.endswith(digits) and not is_mobile(other) else -1
    if not is_mobile(other):
        return -1
    return 1 if slips(digits, other, score_cutoff=1) <= 1 else 3


def email(a: Record, b: Record, rare: Rarities) -> Level:
    """0 one address the same, 1 close or cut, 2 of one company's domain, of persons the same name, 3 different."""
    if not a.emails or not b.emails:
        return UNKNOWN
    if common := [address for address in a.emails if address in b.emails]:
        whole = [address for address in common if not address.endswith("@")]
        return 0, rare.bits("e-mail", (whole or common)[0], more=3.0 if whole else 0.0)
    return min(_emails_apart(own, other, a.person) for own in a.emails for other in b.emails), 0.0


def _emails_apart(own: str, other: str, person: bool) -> int:
    one, _at, at_one = own.partition("@")
    two, _at, at_two = other.partition("@")
    if one == two and (at_one.startswith(at_two) or at_two.startswith(at_one)):
        return 1
    if not person:
        if (one == two or slips(one, two, score_cutoff=1) <= 1) and OSA.normalized_similarity(own, other) >= 0.85:
            return 1
        return 2 if at_one == at_two and "." in at_one and at_one not in words.FREE_MAIL else 3
    if OSA.normalized_similarity(own, other, score_cutoff=0.85) >= 0.85:
        return 1
    return 2 if one == two and len(one) > 5 else 3


def address(a: Record, b: Record, rare: Rarities) -> Level:
    """0 the same, 1 one door, 2 close, 3 different."""
    own, other = a.address, b.address
    if own is None or other is None:
        return UNKNOWN
    if own.text == other.text:
        return 0, rare.bits("address", own.text)
    if not own.door and not other.door:
        return _in_letters(own, other)
    if not own.door or not other.door:
        return UNKNOWN
    if own.door != other.door or (own.district and other.district and own.district != other.district):
        return 3, 0.0
    if own.rest and other.rest and own.rest != other.rest:
        return 2, 0.0
    if own.district != other.district:
        return 1, rare.bits("door", own.door)
    return (0 if own.rest and own.rest == other.rest else 1), rare.bits("house", (own.door, own.district))


def _in_letters(own: Address, other: Address) -> Level:
    likeness = _likeness(own.text, other.text)
    if likeness >= 0.9 and own.district == other.district:
        # Two that differ by a slip are found together about as often as two that are equal: a street and a number.
        return 1, 10.0
    same_number = own.district == other.district != ""
    return (2, 0.0) if likeness >= 0.7 or (same_number and likeness >= 0.5) else (3, 0.0)


def _likeness(own: str, other: str) -> float:
    return max(
        OSA.normalized_similarity(own, other),
        OSA.normalized_similarity(own.replace(" ", ""), other.replace(" ", "")),
        fuzz.token_sort_ratio(own, other) / 100,
        fuzz.token_set_ratio(own, other) / 110,
    )


def tax_id(a: Record, b: Record, rare: Rarities) -> Level:
    """0 the same, 1 one sign off, 2 different."""
    if not a.tax_id or not b.tax_id:
        return UNKNOWN
    if a.tax_id == b.tax_id:
        return 0, rare.bits("tax id", a.tax_id, more=6.0)
    return (1, 0.0) if slips(a.tax_id, b.tax_id, score_cutoff=1) <= 1 else (2, 0.0)
