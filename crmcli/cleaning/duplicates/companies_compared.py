"""Two companies side by side."""

from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from crmcli.cleaning.duplicates.companies import CITIES, trade_key
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
from crmcli.cleaning.duplicates.people import LATIN, SURNAME
from crmcli.cleaning.duplicates.rarity import Rarities
from crmcli.cleaning.duplicates.records import Record

SAME, CORE, TYPO, CONTAINED, CLOSE, OTHER_TRADE, DIFFERENT = range(7)
"""The levels of two company names."""

SCALES = (
    Scale("company", ("same", "core same", "core one typo", "core contained", "close", "other trade", "different"),
          (0.50, 0.17, 0.13, 0.08, 0.03, 0.02, 0.07), (None, None, 2e-3, 1e-3, 4e-3, 2e-3, 0.99)),
    Scale("place", ("same", "written otherwise", "different"), (0.9, 0.07, 0.03), (None, 0.5, 0.9)),
    # A company has several people, phones and addresses for mail: another one says little against it.
    Scale("person", ("same", "close", "surname same", "different"), (0.6, 0.05, 0.1, 0.25), (None, 5e-4, 0.03, 0.97),
          -1.5),
    Scale("phone", ("same", "one digit off", "first digits same", "different"), (0.7, 0.08, 0.06, 0.16),
          (None, 2e-5, 0.02, 0.98), -2.5),
    Scale("e-mail", ("same", "close", "same domain", "different"), (0.6, 0.08, 0.15, 0.17), (None, 1e-5, 2e-4, 0.999),
          -1.5),
    Scale("address", ("same", "same door", "close", "different"), (0.45, 0.35, 0.08, 0.12), (None, None, 0.01, 0.99)),
    Scale("tax id", ("same", "one sign off", "different"), (0.9, 0.06, 0.04), (None, 1e-5, 1.0)),
    Scale("website", ("same", "different"), (0.85, 0.15), (None, 1.0)),
)  # fmt: skip


def compared(a: Record, b: Record, rare: Rarities) -> Comparison:
    """Levels and rarities in the order of SCALES."""
    found = (
        company(a, b, rare),
        _place(a, b, rare),
        _people(a, b, rare),
        phone(a, b, rare),
        email(a, b, rare),
        address(a, b, rare),
        tax_id(a, b, rare),
        _website(a, b, rare),
    )
    return tuple([level for level, _bits in found]), tuple([bits for _level, bits in found])


def company(a: Record, b: Record, rare: Rarities) -> Level:
    """The level of the two names."""
    own, other = a.name, b.name
    if a.body == b.body:
        return SAME, rare.bits("body", a.body)
    if own.core == other.core:
        if trades(own.trade, other.trade) == _OTHER:
            return OTHER_TRADE, 0.0
        return CORE, rare.bits("core", own.core)
    return _cores_apart(own.core, other.core, own.trade, other.trade), 0.0


_SAME, _UNSURE, _OTHER = 0, 1, 2


@lru_cache(maxsize=50_000)
def trades(own: str, other: str) -> int:
    """Whether two trades are the same (0), may be (1: one is not said, or holds the other), or are not (2)."""
    if not own or not other:
        return _UNSURE
    own, other = trade_key(own), trade_key(other)
    if own == other:
        return _SAME
    return _UNSURE if own in other or other in own or slips(own, other, score_cutoff=1) <= 1 else _OTHER


def _cores_apart(own: str, other: str, own_trade: str, other_trade: str) -> int:
    """The level of two names whose cores differ."""
    if own.isascii() and other.isascii():
        return _in_letters(own, other, own_trade, other_trade)
    short, long = (own, other) if len(own) <= len(other) else (other, own)
    one, two = own + own_trade, other + other_trade
    if abs(len(one) - len(two)) < 2 and len(one) > 3 and slips(one, two, score_cutoff=1) <= 1:
        return TYPO
    if len(short) < 2:
        return DIFFERENT
    if short in long:
        # What the longer one has more may be its trade, in a word that we do not know.
        more = long[len(short) :] if long.startswith(short) else ""
        short_trade, long_trade = (own_trade, other_trade) if short == own else (other_trade, own_trade)
        return OTHER_TRADE if trades(short_trade, more + long_trade) == _OTHER else CONTAINED
    if len(long) - len(short) < 2 and slips(own, other, score_cutoff=1) <= 1:
        if trades(own_trade, other_trade) == _OTHER:
            return OTHER_TRADE
        return TYPO if own_trade == other_trade and own_trade else CLOSE
    return CLOSE if 2 * len(set(own) & set(other)) >= len(long) else DIFFERENT


@lru_cache(maxsize=50_000)
def _in_letters(own: str, other: str, own_trade: str, other_trade: str) -> int:
    mine, yours = own.split(), other.split()
    apart = trades(own_trade, other_trade) == _OTHER
    if sorted(mine) == sorted(yours):
        return OTHER_TRADE if apart else CORE
    likeness = OSA.normalized_similarity("".join(mine), "".join(yours))
    if likeness >= 0.85:
        return CLOSE if apart else TYPO
    if set(mine) <= set(yours) or set(yours) <= set(mine):
        return OTHER_TRADE if apart else CONTAINED
    all_mine, all_yours = {*mine, *own_trade.split()}, {*yours, *other_trade.split()}
    if all_mine <= all_yours or all_yours <= all_mine:
        return CONTAINED
    return CLOSE if likeness >= 0.7 or fuzz.token_set_ratio(own, other) >= 75 else DIFFERENT


def _place(a: Record, b: Record, rare: Rarities) -> Level:
    own, other = a.place, b.place
    if not own or not other:
        return UNKNOWN
    if own == other:
        return 0, rare.place("place", own)
    if a.city and a.city == b.city:
        return 0, rare.place("place", a.city)
    if own in CITIES and other in CITIES:
        return 2, 0.0
    if own.isascii() and other.isascii():
        if own in other or other in own or slips(own, other, score_cutoff=2) <= 2:
            return 0, 2.0
        # Suburbs and districts pass for cities.
        return 1, 0.0
    return UNKNOWN


def _people(a: Record, b: Record, rare: Rarities) -> Level:
    """The closest of all pairs of contacts."""
    best = UNKNOWN
    for own in a.people:
        for other in b.people:
            found = _contact(own, other, rare)
            if found[0] >= 0 and (best[0] < 0 or found[0] < best[0]):
                best = found
    return best


def _contact(own: tuple[str, str], other: tuple[str, str], rare: Rarities) -> Level:
    known, name = own
    known_too, name_too = other
    if own == other:
        return (2, 0.0) if known == SURNAME else (0, rare.bits("person", name))
    if LATIN in (known, known_too):
        # A name in letters may be any in characters.
        return (3, 0.0) if known == known_too else UNKNOWN
    if SURNAME in (known, known_too):
        return (2, 0.0) if name[0] == name_too[0] else (3, 0.0)
    longest = max(len(name), len(name_too))
    if longest > 2 and (slips(name, name_too, score_cutoff=1) <= 1 or sorted(name) == sorted(name_too)):
        return 1, 0.0
    return 3, 0.0


def _website(a: Record, b: Record, rare: Rarities) -> Level:
    if not a.website or not b.website:
        return UNKNOWN
    return (0, rare.bits("website", a.website)) if a.website == b.website else (1, 0.0)
