"""Tags: by rule against a plain model, by hand against the rules."""

from typing import Any

import pytest
from hypothesis import given, settings

import crmcli
from crmcli.care.leads.capturing import add_lead
from crmcli.errors import InvalidInput, NotFound, Refused
from crmcli.grading.policies import apply, in_force
from crmcli.grading.tags import add_tag, changed, remove_tag, run_tags, tags
from crmcli.grading.tiers import run_tiers
from crmcli.store.workspace import Workspace
from tests.conftest import Crm
from tests.grading.bases import TODAY, Customer, Order, bases, database, expected_tags, fill, opened


def stored(ws: Workspace) -> set[tuple[int, str, str, str]]:
    rows = ws.db.rows("SELECT customer_id, dimension, value, source FROM tag")
    return {(row["customer_id"], row["dimension"], row["value"], row["source"]) for row in rows}


def moved(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> set[tuple[str, str, str | None, str | None]]:
    """(code, dimension, from, to) of every tag that came, went or changed."""
    had, has = (
        {(tag["customer_id"], tag["dimension"], tag["source"]): tag["value"] for tag in side}
        for side in (before, after)
    )
    return {
        (f"C{key[0]:06d}", key[1], had.get(key), has.get(key))
        for key in had.keys() | has.keys()
        if had.get(key) != has.get(key)
    }


def whole(ws: Workspace) -> list[dict[str, Any]]:
    return ws.db.rows("SELECT * FROM tag ORDER BY id")


@settings(max_examples=60, deadline=None)
@given(first=bases(), second=bases())
def test_a_run_gives_what_a_plain_reading_of_the_rules_gives(
    founded: bytes, first: list[Customer], second: list[Customer]
) -> None:
    with database(founded) as path:
        with opened(path) as ws:
            fill(ws, first)
        with opened(path) as ws:
            counts = run_tags(ws)
            assert stored(ws) == expected_tags(first)
            assert sum(count.gained for count in counts) == sum(by == "rule" for *_t, by in stored(ws))
            before = whole(ws)
        with opened(path) as ws:
            assert not [count for count in run_tags(ws) if count.gained or count.lost]
            assert ws.wrote is None
        # Other orders of the same customers: tags come, go and change; an undo brings back exactly what was.
        with opened(path) as ws:
            ws.db.execute("DELETE FROM orders")
            rows = (
                (f"N{c.id}-{number}", c.id, o.day.isoformat(), o.amount, "CNY", o.status)
                for c in second[: len(first)]
                for number, o in enumerate(c.orders)
            )
            ws.db.insert("orders", ("number", "customer_id", "ordered_on", "amount", "currency", "status"), rows)
        orders = {c.id: c.orders for c in second}
        now = [Customer(**{**vars(c), "orders": orders.get(c.id, [])}) for c in first]
        with opened(path) as ws:
            counts = run_tags(ws)
            assert stored(ws) == expected_tags(now)
            wrote, after = ws.wrote, whole(ws)
            told = changed(ws)
            assert {(row["code"], row["dimension"], row["from"], row["to"]) for row in told} == moved(before, after)
            assert len(told) == len(moved(before, after))
            assert (wrote is None) == (before == after)
            for count in counts:
                had = sum((t["dimension"], t["value"]) == (count.dimension, count.value) for t in before)
                assert count.customers == had + count.gained - count.lost
        if wrote is not None:
            with opened(path) as ws:
                crmcli.undo(ws)
                assert whole(ws) == before
            with opened(path) as ws:
                crmcli.redo(ws)
                assert whole(ws) == after


def test_since_is_kept_while_a_tag_stays(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)])])
        run_tags(ws)
    with crm(now=ws.now.replace(month=12)) as ws:
        run_tags(ws)
        since = {row["value"]: row["since"] for row in tags(ws)}
    # The order is still one of the last 90 days; nothing changed.
    assert set(since.values()) == {"2026-11-20"}
    with crm(now=ws.now.replace(year=2027, month=5)) as ws:
        run_tags(ws)
        since = {row["value"]: row["since"] for row in tags(ws)}
    assert since["high"] == "2026-11-20"
    assert since["churn-risk"] == since["churn-warning"] == "2027-05-20"


def test_a_hand_tag_wins_over_the_rule_until_it_is_removed(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)])])
        run_tags(ws)
    with crm() as ws:
        given = add_tag(ws, "C000001", "risk:churn-risk")
        assert given["source"] == "hand"
        assert {t["value"]: t["source"] for t in tags(ws, "C000001", dimension="risk")} == {"churn-risk": "hand"}
    with crm() as ws:
        run_tags(ws)
        assert ws.wrote is None
    with crm() as ws:
        remove_tag(ws, "C000001", "risk:churn-risk")
    with crm() as ws:
        run_tags(ws)
        assert {t["value"]: t["source"] for t in tags(ws, "C000001", dimension="risk")} == {"stable": "rule"}


def test_a_rule_tag_that_is_set_by_hand_stays_when_the_rule_lets_go(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)])])
        run_tags(ws)
        add_tag(ws, "C000001", "lifecycle:new")
        ws.db.execute("DELETE FROM orders")
        run_tags(ws)
        assert tags(ws, dimension="lifecycle")[0]["source"] == "hand"


def test_free_dimensions_are_allowed_and_labels_are_understood(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        assert add_tag(ws, "C000001", "colour：red")["value"] == "red"
        assert "colour" in ws.notes[0]
        assert add_tag(ws, "C000001", "risk:流失风险")["value"] == "churn-risk"


@pytest.mark.parametrize("text", ["risk", "risk:", ":x", "a:b:c", "risk:x\n", "a:" + "x" * 70])
def test_what_is_no_tag_is_refused(crm: Crm, text: str) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        with pytest.raises(InvalidInput, match="is no tag"):
            add_tag(ws, "C000001", text)


def test_the_values_that_the_policy_names_are_the_only_ones(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        with pytest.raises(InvalidInput) as caught:
            add_tag(ws, "C000001", "need:luxury")
    assert "need:service" in (caught.value.hint or "")


def test_only_hand_tags_are_removed_by_hand(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        run_tags(ws)
        with pytest.raises(Refused):
            remove_tag(ws, "C000001", "value:low")
        with pytest.raises(NotFound):
            remove_tag(ws, "C000001", "need:service")


def test_tags_of_rules_that_are_gone_go(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1), Customer(2)])
        run_tags(ws)
    with crm() as ws:
        apply(ws, in_force(ws).replace('dimension = "potential"', 'dimension = "outlook"'))
    with crm() as ws:
        ws.db.execute("UPDATE customer SET stage = 'lead' WHERE id = 2")
        counts = {(c.dimension, c.value): (c.gained, c.lost) for c in run_tags(ws)}
        assert counts["potential", "ordinary"] == (0, 2)
        assert counts["outlook", "ordinary"] == (1, 0)
        assert {t["code"] for t in tags(ws)} == {"C000001"}


def test_what_a_run_gives_is_journalled_as_computed_and_what_a_hand_gives_is_not(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1)])
        run_tags(ws)
        add_tag(ws, "C000001", "need:service")
    with crm(readonly=True) as ws:
        marks = ws.db.rows(
            "SELECT tag.source, min(computed) AS low, max(computed) AS high FROM change JOIN tag ON tag.id = row_id "
            "WHERE entity = 'tag' GROUP BY tag.source ORDER BY 1"
        )
    assert [tuple(row.values()) for row in marks] == [("hand", 0, 0), ("rule", 1, 1)]


def test_a_run_that_failed_leaves_the_rest_of_its_block_alone(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)])])
        room = ws.db.value("PRAGMA temp.cache_size")
        with monkeypatch.context() as broken:
            broken.setattr("crmcli.grading.tags.running._counts", lambda *_args: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                run_tags(ws)
        assert ws.db.value("PRAGMA temp.cache_size") == room
        add_lead(ws, {"name": "长风贸易"})
        assert [count.customers for count in run_tiers(ws, tags=True)] == [0, 1, 0, 0]
    with crm(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM customer WHERE stage = 'lead'") == 1


def test_the_journal_says_of_a_run_what_it_did(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(TODAY, 100)])])
        run_tags(ws)
    with crm() as ws:
        ws.summary = "before"
        run_tiers(ws, tags=True)
        assert ws.summary == "tiers: 1 customer moved"
    with crm() as ws:
        ws.summary = "before"
        run_tiers(ws, tags=True)
        assert ws.summary == "before"
