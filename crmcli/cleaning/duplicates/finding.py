"""The whole way from the customers to the pairs."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from crmcli.cleaning.duplicates import blocking, records
from crmcli.cleaning.duplicates.clusters import clustered
from crmcli.cleaning.duplicates.reasons import Words
from crmcli.cleaning.duplicates.records import Record
from crmcli.cleaning.duplicates.scoring import Model, fitted, probability
from crmcli.cleaning.duplicates.verdicts import Verdict, related, verdict, worth_comparing
from crmcli.i18n import _
from crmcli.store.workspace import Workspace

CERTAIN, LIKELY = 0.95, 0.85
"""The least score of a band, where the policy says nothing else."""
_POSSIBLE = 0.2
_NEVER = -15.0
_STEP = 20_000

BANDS = ("certain", "likely", "possible", "related")


@dataclass(frozen=True)
class Pair:
    """Two customers that may be one.

    Attributes:
        left, right: codes, left < right.
        score: the probability that the weights come to, 0 to 1.
        band: `certain`, `likely` or `possible`, by the score; `related` are two that have a lot in common and are
            two for all that: branches, sister companies, one brand in two cities, neighbours on one switchboard.
        reasons: what each field adds, in bits: `phone same +11.2`.
    """

    left: str
    right: str
    left_name: str
    right_name: str
    score: float
    band: str
    reasons: list[str]


def find(ws: Workspace, *, threshold: float | None = None) -> list[Pair]:
    """Pairs of customers that may be one, by band and score.

    All pairs of a cluster are there, and are `certain` or `likely`: who is the same as a third is the same. Pairs
    that are remembered as distinct are left out, and never meet in a cluster. `threshold` leaves out scores below it.
    """
    with _without_collector():
        return _Search(ws).pairs(threshold)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Millions of small objects and no cycle among them: looking for cycles would take a third of the time."""
    working = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if working:
            gc.enable()


def _distinct(ws: Workspace, customers: Sequence[Record]) -> set[tuple[int, int]]:
    """The pairs, places in `customers`, that somebody has said are not the same."""
    places = {record.id: place for place, record in enumerate(customers)}
    pairs = [(places[row["left_id"]], places[row["right_id"]]) for row in ws.db.rows(_DISTINCT)]
    return {(min(pair), max(pair)) for pair in pairs}


_DISTINCT = "SELECT left_id, right_id FROM distinct_pair"


class _Search:
    """One search: the records, the models of persons and companies, and what the pairs came to."""

    def __init__(self, ws: Workspace) -> None:
        limits = ws.digest.get("duplicates", {})
        self.certain: float = limits.get("certain", CERTAIN)
        self.likely: float = limits.get("likely", LIKELY)
        self.told = ws.progress
        self.told(_("duplicates: reading"))
        self.records: Sequence[Record] = records.read(ws)
        self.distinct = _distinct(ws, self.records)
        self.told(_("duplicates: looking for candidates"))
        self.candidates = blocking.candidates(self.records)
        self.models = {person: fitted(self.records, self.candidates, person=person) for person in (False, True)}

    def pairs(self, threshold: float | None) -> list[Pair]:
        kept = dict(self._verdicts())
        edges = ((found.bits, *pair) for pair, found in kept.items() if not found.conflict)
        within = clustered(edges, self._weight, least=_bits(self.likely), never=_NEVER, apart=self.distinct)
        for pair in within:
            if pair not in kept:
                kept[pair] = self._verdict(*pair)
        said = Words()
        pairs = [self._pair(pair, found, within.get(pair), said) for pair, found in kept.items()]
        pairs = [pair for pair in pairs if threshold is None or pair.score >= threshold]
        return sorted(pairs, key=lambda pair: (BANDS.index(pair.band), -pair.score, pair.left, pair.right))

    def _verdicts(self) -> Iterator[tuple[tuple[int, int], Verdict]]:
        """The candidates that are worth telling, or may join clusters."""
        least = _bits(min(_POSSIBLE, self.likely))
        for number, (left, right) in enumerate(self.candidates):
            if number % _STEP == 0:
                self.told(_("duplicates: comparing"), number / len(self.candidates))
            if (left, right) in self.distinct:
                continue
            a, b = self.records[left], self.records[right]
            if not worth_comparing(a, b, self.models[a.person]):
                continue
            found = verdict(a, b, self.models[a.person])
            if found.bits >= least or (found.conflict and related(a, b, found, self.models[a.person])):
                yield (left, right), found

    def _verdict(self, left: int, right: int) -> Verdict:
        a, b = self.records[left], self.records[right]
        return verdict(a, b, self.models[a.person])

    def _weight(self, left: int, right: int) -> float:
        return self._verdict(left, right).bits

    def _pair(self, places: tuple[int, int], found: Verdict, joined: float | None, said: Words) -> Pair:
        left, right = (self.records[place] for place in places)
        model: Model = self.models[left.person]
        reasons = said.reasons(found, model)
        bits = found.bits
        if joined is not None and joined > bits:
            reasons.append(_("both the same as a third {bits:+.1f}").format(bits=joined - bits))
            bits = joined
        score = round(probability(bits), 4)
        return Pair(left.code, right.code, left.shown, right.shown, score, self._band(found, joined, score), reasons)

    def _band(self, found: Verdict, joined: float | None, score: float) -> str:
        if joined is None:
            return "related" if found.conflict else "possible"
        return "certain" if score >= self.certain else "likely"


def _bits(score: float) -> float:
    """The weight of a score, which is what `find` rounds and compares."""
    from math import log2

    score = min(max(score, 1e-9), 1 - 1e-9)
    return log2(score / (1 - score))
