"""Levels of agreement into one weight: Fellegi and Sunter (1969), in log2, learned from the list without labels.

The weight of a level is log2(m/u): how much more often pairs of one customer show it than pairs of two. The u are
counted on random pairs; the m begin as the priors of the scales and are fitted by expectation maximisation to the
candidate pairs, held near the priors by pseudo-counts. A pair's weight is their sum and the prior odds.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log2
from random import Random

from crmcli.cleaning.duplicates import companies_compared, persons_compared
from crmcli.cleaning.duplicates.comparing import Compare, Comparison, Scale
from crmcli.cleaning.duplicates.rarity import Rarities
from crmcli.cleaning.duplicates.records import Record

_RANDOM_PAIRS = 10_000
_FITTED_PAIRS = 15_000
_ROUNDS = 15
_PSEUDO_SAME = 30.0
_PSEUDO_CHANCE = 300.0
_PSEUDO_MATCHES = 0.1
_MOST = 4.0


@dataclass
class Model:
    """The weights for one kind of customer in one list.

    Attributes:
        same, chance: the m and the u of each field's levels.
        odds: log2 of the odds that any two customers are one.
    """

    scales: tuple[Scale, ...]
    compared: Compare
    rare: Rarities
    same: list[list[float]]
    chance: list[list[float | None]]
    odds: float = 0.0
    _weights: dict[tuple[int, ...], float] = field(default_factory=dict)

    def weight(self, comparison: Comparison) -> float:
        """The weight of a pair in bits, prior odds included."""
        levels, rarities = comparison
        found = self._weights.get(levels)
        if found is None:
            found = self.odds + sum(self.bits(place, level) for place, level in enumerate(levels))
            self._weights[levels] = found
        return found + sum(rarities)

    def bits(self, place: int, level: int) -> float:
        """The weight of one level of a field, without the rarity of its value."""
        if level < 0:
            return 0.0
        chance = self.chance[place][level]
        bits = log2(self.same[place][level]) - (log2(chance) if chance is not None else 0.0)
        return max(bits, self.scales[place].least) if level == len(self.same[place]) - 1 else bits

    def forget(self) -> None:
        """Compute weights anew: the m or the odds have changed."""
        self._weights.clear()


def fitted(records: Sequence[Record], candidates: Sequence[tuple[int, int]], *, person: bool) -> Model:
    """The model of the companies, or of the persons, of a list; `candidates` are places in `records`."""
    module = persons_compared if person else companies_compared
    places = [place for place, record in enumerate(records) if record.person == person]
    rare = Rarities([records[place] for place in places])
    model = Model(module.SCALES, module.compared, rare, [list(scale.same) for scale in module.SCALES], [])
    model.chance = _chances(records, places, model)
    model.odds = log2(_PSEUDO_MATCHES * 2 / rare.size)
    own = [pair for pair in candidates if records[pair[0]].person == person]
    sample = Random(7).sample(own, _FITTED_PAIRS) if len(own) > _FITTED_PAIRS else own
    if sample:
        seen = [model.compared(records[left], records[right], rare) for left, right in sample]
        _fit(model, seen, len(own) / len(sample))
    return model


def _chances(records: Sequence[Record], places: list[int], model: Model) -> list[list[float | None]]:
    """How often pairs of two customers show each level: counted on random pairs, and never below the prior.

    Look-alikes are no accident, so chance alone would take them for rarer than they are.
    """
    counts: list[Counter[int]] = [Counter() for _scale in model.scales]
    dice = Random(11)
    for _pair in range(min(_RANDOM_PAIRS, 20 * len(places)) if len(places) > 1 else 0):
        left, right = dice.choice(places), dice.choice(places)
        if left != right:
            for seen, level in zip(counts, model.compared(records[left], records[right], model.rare)[0], strict=True):
                seen[level] += 1
    chances: list[list[float | None]] = []
    for scale, seen in zip(model.scales, counts, strict=True):
        known = seen.total() - seen[-1] + _PSEUDO_CHANCE
        chances.append(
            [
                None if prior is None else max(prior, (seen[level] + prior * _PSEUDO_CHANCE) / known)
                for level, prior in enumerate(scale.chance)
            ]
        )
    return chances


def _fit(model: Model, comparisons: Sequence[Comparison], times: float) -> None:
    """Fit m and odds to candidate pairs, of which `comparisons` are one in `times`; pairs that look alike count as one.

    All levels but the first are held at 4 times their priors: among candidates, which were chosen for a likeness,
    pairs of two customers that are a little alike are many, and would be learned for what pairs of one look like.
    """
    groups: Counter[tuple[tuple[int, ...], int]] = Counter()
    for levels, rarities in comparisons:
        groups[levels, round(sum(rarities))] += 1
    size = model.rare.size
    for _round in range(_ROUNDS):
        model.forget()
        seen = [[0.0] * len(scale.same) for scale in model.scales]
        matches = 0.0
        for (levels, bits), number in groups.items():
            share = number * probability(model.weight((levels, (bits,))))
            matches += share
            for own, level in zip(seen, levels, strict=True):
                if level >= 0:
                    own[level] += share
        for scale, same, own in zip(model.scales, model.same, seen, strict=True):
            total = sum(own) + _PSEUDO_SAME
            same[:] = [(number + _PSEUDO_SAME * prior) / total for number, prior in zip(own, scale.same, strict=True)]
            same[1:] = [min(fit, _MOST * prior) for fit, prior in zip(same[1:], scale.same[1:], strict=True)]
        model.odds = log2((matches * times + _PSEUDO_MATCHES * size) * 2 / size**2)
    model.forget()


def probability(bits: float) -> float:
    """The probability of odds given in log2."""
    return 1.0 / (1.0 + float(2.0 ** -max(min(bits, 60.0), -60.0)))
