"""How surprising it is that two customers of one list have the same value."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from math import log2

from crmcli.cleaning.duplicates.records import Record

_UNSEEN = 150
_REPEATED = 0.8
_MANY = 10


class Rarities:
    """Bits of surprise by value, counted over the companies or the persons of a list.

    A value that two of n customers have is worth log2(n) bits, one that more have is worth less: not all the less, as
    those who have it may be one. A list is taken for a part of one that is longer by 150 with other values.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.size = len(records) + _UNSEEN
        self.most = log2(self.size)
        counts: Counter[Hashable] = Counter()
        for record in records:
            counts.update(_values(record))
        # A value of one customer is as rare as one of two: only what repeats is kept.
        self._often = {value: number for value, number in counts.items() if number > 2}

    def bits(self, kind: str, value: Hashable, *, more: float = 0.0) -> float:
        """The surprise of a value that names one customer; `more` bits for what hardly ever repeats by chance."""
        often = self._often.get((kind, value))
        if often is None:
            return self.most + more
        bits = self.most - _REPEATED * log2(often - 1)
        return more + (bits if often < _MANY else min(bits, self._common(often)))

    def place(self, kind: str, value: str) -> float:
        """The surprise of a value that many customers have by its nature, as a city."""
        return self._common(self._often.get((kind, value), 2))

    def words(self, words: Iterable[str]) -> float:
        """The surprise of words that many customers have, one by one, as if they were chosen apart."""
        return sum(self._common(self._often.get(("word", word), 2)) for word in words)

    def _common(self, often: int) -> float:
        """The surprise of the share of the customers that have a value."""
        return log2(self.size / (often - 0.5))


def _values(record: Record) -> Iterator[Hashable]:
    for phone in record.phones:
        yield "phone", phone
    for email in record.emails:
        yield "e-mail", email
    if record.city or record.name.place:
        yield "place", record.place
    if record.tax_id:
        yield "tax id", record.tax_id
    if record.address:
        yield "address", record.address.text
        yield "door", record.address.door
        yield "house", (record.address.door, record.address.district)
    if record.person:
        yield "name", record.tokens
        yield "birthday", record.birthday
        yield "region", record.region
        yield "postcode", record.postcode
        for token in record.tokens:
            yield "word", token
    else:
        yield "core", record.name.core
        yield "body", record.body
        for _known, name in record.people:
            yield "person", name
        if record.website:
            yield "website", record.website
