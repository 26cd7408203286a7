"""What runs write to the journal in spans: everybody who asks it hears the same as from a journal row by row."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from crmcli.errors import CrmError
from crmcli.grading.policies import apply
from crmcli.grading.tags import add_tag, changed, remove_tag, run_tags
from crmcli.grading.tier_history import tier_history
from crmcli.grading.tiers import moved, moves, run_tiers, set_tier, unset_tier
from crmcli.grading.why.receipts import origin
from crmcli.intake import records
from crmcli.store import history, journal
from crmcli.store.reversing import redo, undo
from crmcli.store.workspace import Workspace
from tests.conftest import Crm
from tests.grading.bases import TODAY, Customer, Order, fill, opened
from tests.grading.test_rounds import POLICY
from tests.store.dumps import dump

Step = Callable[[Workspace], Any]

# Touches and playbooks follow from what the journal says, too.
LIFE = (
    POLICY.replace(
        'keep_for = "3 reviews"',
        'keep_for = "3 reviews", touches = [ { key = "call", every = "1 month", channels = ["call"] } ]',
    )
    + """
[[playbook]]
key = "thanks"
steps = [{ after = "1 day", channel = "call", action = "Say thanks" }]
[[on]]
event = "tag:order=late"
playbook = "thanks"
[[playbook]]
key = "welcome"
steps = [{ after = "3 days", channel = "call", action = "Call" }]
[[on]]
event = "tier:a"
playbook = "welcome"
"""
)


@contextmanager
def row_by_row() -> Iterator[None]:
    """Within the block the journal has no spans: the obvious way, and the slow one."""

    def added(ws: Workspace, entity: str, first_id: int, last_id: int) -> None:
        between = f"SELECT id AS row_id, NULL AS line FROM {entity} WHERE id BETWEEN :first AND :last"
        journal.added_from(ws, entity, between, {"first": first_id, "last": last_id})

    def alike(ws: Workspace, entity: str, query: str, before: Mapping[str, Any]) -> None:
        image = {"image": json.dumps(before, separators=(",", ":"))}
        journal.changed_from(ws, entity, f"SELECT id AS row_id, NULL AS line, :image AS before FROM ({query})", image)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "added_span", added)
        patch.setattr(journal, "changed_alike", alike)
        yield


def run_both(ws: Workspace) -> None:
    run_tags(ws)
    run_tiers(ws)


def pin_after(customer: str) -> Step:
    def step(ws: Workspace) -> None:
        run_both(ws)
        set_tier(ws, customer, "b", reason="asked for", until=ws.today + timedelta(20))
        add_tag(ws, customer, "order:late")

    return step


def run_after_order(customer: str) -> Step:
    def step(ws: Workspace) -> None:
        run_both(ws)
        records.add_order(ws, customer, {"amount": "999999", "date": ws.today.isoformat()})
        run_both(ws)

    return step


def steps(chance: random.Random, size: int) -> Iterator[Step]:
    """A life with many runs in it; the same for the same chance."""
    days = [TODAY - timedelta(n) for n in (0, 1, 30, 200, 380)]

    def customer() -> str:
        return f"C{chance.randint(1, size + 2):06d}"

    def one() -> Step:
        who, day, amount = customer(), chance.choice(days), str(chance.choice([1, 50, 7000]))
        stage = chance.choice(["lead", "active", "lost"])
        operation = chance.choice([None, None, chance.randint(1, 12)])
        every: list[Step] = [
            run_tags, run_tiers, run_both, run_both,
            lambda ws: run_tags(ws) and records.add_customer(ws, {"name": f"New {who}", "stage": stage}),
            lambda ws: records.add_customer(ws, {"name": f"Newer {who} {day}"}),
            lambda ws: records.add_order(ws, who, {"amount": amount, "date": day.isoformat()}),
            lambda ws: records.edit_customer(ws, who, {"stage": stage}),
            lambda ws: set_tier(ws, who, "a", reason="because"),
            lambda ws: unset_tier(ws, who),
            lambda ws: add_tag(ws, who, "order:early"),
            lambda ws: remove_tag(ws, who, "order:early"),
            lambda ws: undo(ws, operation), lambda ws: undo(ws, operation), redo,
            pin_after(who), run_after_order(who),
        ]  # fmt: skip
        return chance.choice(every)

    for _nth in range(14):
        yield one()


def seen(ws: Workspace) -> dict[str, Any]:
    """All that the journal is asked for."""
    customers = ws.db.rows("SELECT * FROM customer ORDER BY id")
    tags = ws.db.rows("SELECT id FROM tag ORDER BY id")
    return {
        "tables": dump(ws),
        "operations": history.operations(ws, limit=99),
        "fields": [history.fields(ws, row, limit=999) for row in customers],
        "tiers": tier_history(ws),
        "of one": [tier_history(ws, row["code"]) for row in customers],
        "origins": [origin(ws, "customer", row["id"], "tier") for row in customers],
        "of tags": [origin(ws, "tag", row["id"]) for row in tags],
        "next": [journal.next_id(ws, entity) for entity in ("customer", "tag")],
    }


def life(path: Path, seed: int) -> list[Any]:
    """What each step of the life said, and what is seen after it."""
    chance = random.Random(seed)
    size = chance.choice([1, 4, 9])
    base = [
        Customer(
            number,
            stage=chance.choice(["active", "active", "lead"]),
            orders=[Order(TODAY - timedelta(chance.choice([1, 100, 400])), chance.choice([100, 9000]), "paid")],
        )
        for number in range(1, size + 1)
    ]
    with opened(path) as ws:
        apply(ws, LIFE, source="life")
        fill(ws, base)
    found = []
    for nth, step in enumerate(steps(chance, size)):
        try:
            with opened(path, days=nth) as ws:
                step(ws)
                found.append((ws.summary, moved(ws), moves(ws), changed(ws)) if ws.wrote else ws.summary)
        except CrmError as error:
            found.append(str(error))
        with opened(path, days=nth, readonly=True) as ws:
            found.append(seen(ws))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_a_journal_in_spans_answers_as_one_row_by_row(founded: bytes, tmp_path: Path, seed: int) -> None:
    one, other = tmp_path / "spans.db", tmp_path / "rows.db"
    one.write_bytes(founded)
    other.write_bytes(founded)
    in_spans = life(one, seed)
    with row_by_row():
        by_row = life(other, seed)
    for spans, rows in zip(in_spans, by_row, strict=True):
        assert spans == rows


def test_a_first_run_is_told_in_a_few_spans_and_its_undo_takes_all_of_it_back(crm: Crm) -> None:
    with crm() as ws:
        fill(ws, [Customer(number, orders=[Order(date(2026, 11, 1), number)]) for number in range(1, 300)])
        before = dump(ws)
    with crm() as ws:
        run_both(ws)
    with crm() as ws:
        assert ws.db.value("SELECT count(*) FROM change_span") == 2
        assert ws.db.value("SELECT count(*) FROM change WHERE computed AND entity <> 'step'") == 0
        rows = ws.db.value("SELECT rows FROM operation ORDER BY id DESC LIMIT 1")
        reversal = undo(ws)
        assert (reversal.count("reversed"), reversal.count("kept")) == (rows, 0)
        assert rows > 2 * 299
    with crm(readonly=True) as ws:
        assert dump(ws) == before
