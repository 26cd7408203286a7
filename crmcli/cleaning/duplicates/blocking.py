"""Which pairs are worth a look: customers that share a key, the rarest keys first.

Strong keys are whole values; weak ones are pieces of names, and of persons pairs of pieces. A key that many share is
no reason to compare each with each: of those only neighbours in the order of their names are.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import combinations

from crmcli.cleaning.duplicates.records import Record

_WINDOW = 3
_STRONG = 60
_WEAK = 12
_SMALL_LIST = 200_000
_MANY = 10_000

Keys = Callable[[Record], Iterator[Hashable]]


def candidates(records: Sequence[Record]) -> list[tuple[int, int]]:
    """Pairs of places in `records`, left < right, each once, in order; two persons or two companies."""
    found: set[int] = set()
    size = len(records)
    budget = 100_000 + 4 * size
    for person, strong, weak in ((False, _strong, _weak_company), (True, _strong, _weak_person(size))):
        places = [place for place, record in enumerate(records) if record.person == person]
        for keys, most in ((strong, _STRONG), (weak, max(_WEAK, _SMALL_LIST // max(size, 1)))):
            for bucket in _buckets(records, places, keys):
                if len(bucket) <= most and len(found) < budget:
                    found.update(left * size + right for left, right in combinations(bucket, 2))
                else:
                    found.update(left * size + right for left, right in _neighbours(records, bucket))
    return [divmod(pair, size) for pair in sorted(found)]


def _buckets(records: Sequence[Record], places: list[int], keys: Keys) -> list[list[int]]:
    """The places that share a key, the fewest first.

    Keys are held by their hash of 64 bits: that two of some million fall together, and a pair more is compared, is
    too rare to be seen.
    """
    first: dict[int, int] = {}
    shared: dict[int, list[int]] = {}
    for place in places:
        for key in keys(records[place]):
            mark = hash(key)
            if mark in shared:
                if shared[mark][-1] != place:
                    shared[mark].append(place)
            elif (other := first.setdefault(mark, place)) != place:
                shared[mark] = [other, place]
    return sorted(shared.values(), key=lambda bucket: (len(bucket), bucket))


def _neighbours(records: Sequence[Record], bucket: list[int]) -> Iterator[tuple[int, int]]:
    ordered = sorted(bucket, key=lambda place: (records[place].body, records[place].tokens, place))
    for position, left in enumerate(ordered):
        for right in ordered[position + 1 : position + 1 + _WINDOW]:
            yield (left, right) if left < right else (right, left)


def _strong(record: Record) -> Iterator[Hashable]:
    for phone in record.phones:
        yield "phone", phone
    for damaged in record.damaged:
        if damaged[0] == "-":
            yield "phone", damaged
    for email in record.emails:
        yield "e-mail", email.partition("@")[0]
    if record.tax_id:
        yield "tax", record.tax_id
    if record.website:
        yield "website", record.website
    if record.address:
        yield "address", record.address.door or record.address.text, record.address.district
    if record.person:
        yield "name", record.tokens
    else:
        yield "core", record.name.core
        yield "body", record.body


def _weak_company(record: Record) -> Iterator[Hashable]:
    core, trade, place, body = record.name.core, record.name.trade, record.place, record.body
    for phone in (*record.phones, *record.damaged):
        yield "last", phone[-7:]
        yield "first", phone.lstrip("-~")[:7], body[:1]
    if body.isascii():
        said = sorted(body.split())
        yield "start", core[:6], place
        for one, two in combinations(said, 2):
            yield "words", one, two, place
        if record.address:
            yield "number", record.address.district, core[:3]
        return
    yield "12", body[:2], place
    yield "123", body[:3]
    yield "23", body[1:3], trade, place
    yield "234", body[1:4], place
    yield "134", body[:1], body[2:4], place
    yield "1", body[:1], trade, place
    yield "2", body[1:2], trade, place
    for _known, name in record.people:
        if len(name) > 1:
            yield "person", name, body[:1]
            yield "person", name, place
    if record.address and record.address.door:
        yield "door", record.address.door, place


def _weak_person(size: int) -> Keys:
    """The weak keys of persons: all pairs of pieces; of a long list only those pairs that few can share."""
    return _sharp_pairs if size > _MANY else _all_pairs


def _all_pairs(record: Record) -> Iterator[Hashable]:
    pieces = list(_pieces(record))
    yield from combinations(pieces, 2)
    yield from _whole(record)


def _sharp_pairs(record: Record) -> Iterator[Hashable]:
    pieces = list(_pieces(record))
    for one, two in combinations(pieces, 2):
        if (one[0] in _SHARP and two[0] not in _BLUNT) or (two[0] in _SHARP and one[0] not in _BLUNT):
            yield one, two
    yield from _whole(record)


_SHARP = frozenset(("word", "day", "phone"))
_BLUNT = frozenset(("start", "consonants", "of month", "at"))


def _whole(record: Record) -> Iterator[Hashable]:
    """Pieces that are enough alone."""
    if record.birthday:
        yield "birthday", record.birthday
    for email in record.emails:
        local, _at, domain = email.partition("@")
        yield "domain", domain
        yield "letters", "".join(sorted(local))
    for phone in (*record.phones, *record.damaged):
        yield "last", phone[-7:]
    if record.tax_id:
        half = len(record.tax_id) // 2
        yield "tax first", record.tax_id[:half]
        yield "tax last", record.tax_id[half:]
    if record.address and record.address.door:
        yield "door", record.address.door


def _pieces(record: Record) -> Iterator[tuple[str, str]]:
    for word in record.tokens:
        yield "word", word
        yield "start", word[:3]
        yield "consonants", word[:1] + "".join(sign for sign in word[1:] if sign not in "aeiouyhw")[:3]
    if record.birthday:
        yield "year", record.birthday[:4]
        yield "day", record.birthday[-5:]
        yield "month", record.birthday[:7]
        yield "of month", record.birthday[-2:]
    if record.postcode:
        yield "postcode", record.postcode
    if record.city:
        yield "city", record.city[:5]
    for email in record.emails:
        local, _at, domain = email.partition("@")
        yield "local", local[:4]
        yield "at", domain[:6]
    for phone in (*record.phones, *record.damaged):
        yield "phone", phone[-4:]
    if record.tax_id:
        half = len(record.tax_id) // 2
        yield "tax first", record.tax_id[:half]
        yield "tax last", record.tax_id[half:]
    if record.address and not record.address.door and record.address.district:
        yield "number", record.address.district
