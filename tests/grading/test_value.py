"""RFM scores, segments and Pareto shares against a plain model."""

from fractions import Fraction

import pytest
from hypothesis import given, settings

from crmcli.errors import NotFound
from crmcli.grading.value import SEGMENTS, segment, value
from tests.conftest import Crm
from tests.grading.bases import TODAY, Customer, Order, bases, database, fill, opened, rated

# The grid as it is usually printed: one row for each r, one character for each mean of f and m.
GRID = {5: "nppCC", 4: "oppLL", 3: "aaNLL", 2: "hhrrx", 1: "hhrrx"}
NAMES = {
    "n": "new", "p": "potential-loyalist", "C": "champions", "o": "promising", "L": "loyal",
    "a": "about-to-sleep", "N": "need-attention", "h": "hibernating", "r": "at-risk", "x": "cannot-lose",
}  # fmt: skip


def test_every_cell_of_the_grid_has_one_of_the_ten_names() -> None:
    cells = {(r, mean): segment(r, mean, mean) for r in range(1, 6) for mean in range(1, 6)}
    assert len(cells) == 25
    assert cells == {(r, n + 1): NAMES[letter] for r, row in GRID.items() for n, letter in enumerate(row)}
    assert {name for row in SEGMENTS.values() for name in row} == set(NAMES.values())
    assert len(NAMES) == 10


@pytest.mark.parametrize(("f", "m", "mean"), [(1, 2, 2), (2, 1, 2), (4, 5, 5), (1, 5, 3), (1, 4, 3)])
def test_a_mean_between_two_scores_is_the_higher(f: int, m: int, mean: int) -> None:
    assert segment(5, f, m) == segment(5, mean, mean)


@settings(max_examples=60, deadline=None)
@given(base=bases())
def test_scores_and_shares(founded: bytes, base: list[Customer]) -> None:
    with database(founded) as path:
        with opened(path) as ws:
            fill(ws, base)
        with opened(path, readonly=True) as ws:
            found = value(ws)
            assert value(ws, limit=2) == found[:2]
            for row in found:
                assert value(ws, row.code) == [row]
    buyers = sorted((c for c in rated(base) if c.sales()), key=lambda c: (-c.amount(), c.code))
    assert [row.code for row in found] == [c.code for c in buyers]

    def score(c: Customer, key: "object") -> int:
        worse = sum(key(other) < key(c) for other in buyers)  # type: ignore[operator]
        return 1 + 5 * worse // len(buyers)

    whole, so_far = sum(c.amount() for c in buyers), 0
    for row, c in zip(found, buyers, strict=True):
        scores = (score(c, lambda o: o.sales()[-1]), score(c, lambda o: len(o.sales())), score(c, lambda o: o.amount()))
        so_far += c.amount()
        assert (row.r, row.f, row.m) == scores
        assert row.rfm == int("".join(map(str, scores)))
        assert row.segment == segment(*scores)
        assert (row.orders_total, row.amount_total) == (len(c.sales()), c.amount())
        assert row.last_order_on == c.sales()[-1].isoformat()
        if whole > 0:
            assert row.share == pytest.approx(float(Fraction(c.amount(), whole)))
            assert row.cumulative_share == pytest.approx(float(Fraction(so_far, whole)))
        else:
            assert (row.share, row.cumulative_share) == (None, None)


def test_one_without_orders_has_no_row_and_a_stranger_is_an_error(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1), Customer(2, orders=[Order(TODAY, 100)])])
        assert value(ws, "C000001") == []
        with pytest.raises(NotFound):
            value(ws, "C000009")
