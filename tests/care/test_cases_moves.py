"""Any order of moves on a case against a plain model of what is possible and when it is up, and undone step by step."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.care.cases import moving
from crmcli.care.cases.opening import open_case
from crmcli.care.due import due
from crmcli.errors import Refused
from crmcli.grading import policies
from crmcli.store.reversing import undo
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_customer, copied
from tests.care.test_cases_clocks import HEAD, ZONE
from tests.store.dumps import dump

POLICY = (
    HEAD
    + """
[[clock]]
when = "true"
respond = "1 hour"
resolve = "24 hours"
revisit = "72 hours"
hours = "clock"
"""
)
START = datetime(2026, 11, 20, 9, 0, tzinfo=ZONE)
HOUR = timedelta(hours=1)
MOVES: dict[str, Any] = {
    "respond": moving.respond_case,
    "resolve": moving.resolve_case,
    "satisfied": lambda ws, number: moving.revisit_case(ws, number, True),
    "not satisfied": lambda ws, number: moving.revisit_case(ws, number, False),
    "close": moving.close_case,
    "close for a reason": lambda ws, number: moving.close_case(ws, number, "x"),
    "pause": moving.pause_case,
    "resume": moving.resume_case,
}


class Model:
    """A case as a few plain facts: what is done, and by when the rest has to be."""

    def __init__(self) -> None:
        self.by: dict[str, datetime] = {"respond": START + HOUR, "resolve": START + 24 * HOUR}
        self.answered = self.solved = self.asked_again = self.closed = False
        self.waits: datetime | None = None

    def move(self, name: str, now: datetime) -> bool:
        """Do it, if that is possible."""
        possible = (
            not self.closed
            and {
                "respond": not self.answered,
                "resolve": not self.solved,
                "satisfied": self.solved and not self.asked_again,
                "not satisfied": self.solved and not self.asked_again,
                "close": self.solved and self.asked_again,
                "close for a reason": True,
                "pause": self.waits is None,
                "resume": self.waits is not None,
            }[name]
        )
        if not possible:
            return False
        if name == "pause":
            self.waits = now
            return True
        if self.waits and name not in ("close", "close for a reason"):
            self.by = {key: by + (now - self.waits) if by > self.waits else by for key, by in self.by.items()}
        self.waits = None
        if name in ("respond", "resolve"):
            self.answered = True
            self.by.pop("respond", None)
        if name == "resolve":
            self.solved = True
            self.by = {"revisit": now + 72 * HOUR}
        if name == "satisfied":
            self.asked_again = True
            self.by = {}
        if name == "not satisfied":
            self.solved = False
            self.by = {"resolve": now + 24 * HOUR}
        self.closed = name.startswith("close")
        return True

    def runs(self) -> dict[str, datetime]:
        return {} if self.closed or self.waits else self.by


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.integers(0, 40)), min_size=1, max_size=9))
def test_any_moves_are_as_the_model_has_them(tmp_path: Path, founded: bytes, steps: list[tuple[str, int]]) -> None:
    base = copied(tmp_path / "moves.db", founded)
    model, now = Model(), START
    with crmcli.open(base, now=now) as ws:
        policies.apply(ws, POLICY)
        add_customer(ws, "甲公司", tier=None)
        open_case(ws, "甲公司", "少货")
    states = [_state(base, now)]
    for name, hours in steps:
        now += hours * HOUR
        able = model.move(name, now)
        try:
            with crmcli.open(base, now=now) as ws:
                MOVES[name](ws, "CASE-000001")
        except Refused:
            assert not able, name
            continue
        assert able, name
        states.append(_state(base, now))
        assert states[-1][1] == model.runs(), name
    for state in states[-2::-1]:
        with crmcli.open(base, now=now) as ws:
            assert undo(ws).count("kept") == 0
        assert _state(base, now)[0] == state[0]


def _state(base: Path, now: datetime) -> tuple[Any, dict[str, datetime]]:
    """All that is stored, and the clocks that run as `due` tells them."""
    with crmcli.open(base, now=now, readonly=True) as ws:
        return (dump(ws), ws.db.rows("SELECT * FROM case_entry")), _due(ws)


def _due(ws: Workspace) -> dict[str, datetime]:
    items = due(ws, kinds=["case"], days=3000)
    return {item.key.rpartition(":")[2]: datetime.fromisoformat(item.due_at or "") for item in items}
