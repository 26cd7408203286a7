"""Pairs into customers: rows that are one customer end in one cluster, the best pair first."""

from collections.abc import Callable, Collection, Iterable

_MEAN = -2.0
_ASKED = 25
_MOST_PAIRS = 500_000

Places = tuple[int, int]


def clustered(
    edges: Iterable[tuple[float, int, int]],
    weight: Callable[[int, int], float],
    *,
    least: float,
    never: float,
    apart: Collection[Places] = (),
) -> dict[Places, float]:
    """All pairs within the clusters, each with the weight of the weakest step on the best way between the two.

    An edge (weight, left, right), left < right, of at least `least` bits joins the clusters of its ends if the mean
    over the pairs between them is at least -2 bits and none is `never` or less, or in `apart`; `weight` scores pairs
    that are no edges. Of each cluster at most 25 are asked. The pairs of all clusters are no more than can be told:
    half a million, which one customer with a thousand rows has; who merges those finds the rest next time.
    """
    strong = sorted((edge for edge in edges if edge[0] >= least), key=lambda edge: (-edge[0], edge[1], edge[2]))
    known = {(left, right): bits for bits, left, right in strong}
    most = max(_MOST_PAIRS, 4 * len(strong))
    home: dict[int, list[int]] = {}
    within: dict[Places, float] = {}
    for bits, left, right in strong:
        own, other = home.get(left, [left]), home.get(right, [right])
        if own is other or len(within) + len(own) * len(other) > most:
            continue
        between = _pairs(own, other)
        if apart and any(pair in apart for pair in between):
            continue
        if len(between) > 1:
            asked = _pairs(_some(own), _some(other))
            for pair in asked:
                if pair not in known:
                    known[pair] = weight(*pair)
            weights = [known[pair] for pair in asked]
            if min(weights) <= never or sum(weights) / len(weights) < _MEAN:
                continue
        within.update(dict.fromkeys(between, bits))
        joined = own + other
        for place in joined:
            home[place] = joined
    return within


def _pairs(own: list[int], other: list[int]) -> list[Places]:
    return [(one, two) if one < two else (two, one) for one in own for two in other]


def _some(cluster: list[int]) -> list[int]:
    return cluster if len(cluster) <= _ASKED else cluster[:: len(cluster) // _ASKED + 1]
