"""The team: who is called so, who has what, who manages whom, and who is next to be given something."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.care import assigning, team
from crmcli.errors import InvalidInput, NotFound, Refused
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_customer, copied
from tests.conftest import NOW, Crm


def add_member(ws: Workspace, name: str, **given: Any) -> None:
    """An active member without a role, unless told otherwise."""
    row = {"role": None, "manager": None, "capacity": None, "active": "yes", "email": None, "notify": None}
    journal.add(ws, "member", [{"name": name, **row, **given}])


def test_an_owner_is_an_active_member_once_there_is_a_team(crm: Crm) -> None:
    with crm() as ws:
        assert team.owner(ws, " Anybody ") == "Anybody"
        add_member(ws, "Li Ming", role="sales")
        add_member(ws, "王芳", active="no")
        assert team.owner(ws, "li ming") == "Li Ming"
        with pytest.raises(NotFound, match="nobody in the team is called 'Li Min'") as unknown:
            team.owner(ws, "Li Min")
        assert unknown.value.hint == "did you mean Li Ming?; if they are new: crm team add 'Li Min'"
        with pytest.raises(Refused, match="王芳 is not active"):
            team.owner(ws, "王芳")
        with pytest.raises(InvalidInput, match="empty"):
            team.owner(ws, "  ")


def test_members_say_what_each_has_open(crm: Crm) -> None:
    with crm() as ws:
        add_member(ws, "Li", capacity=3)
        add_member(ws, "Wang")
        add_customer(ws, "A", owner="Li")
        add_customer(ws, "B", owner="Li", stage="lead", tier=None)
        add_customer(ws, "C", owner="Li", stage="lost")
        case = {"number": "K1", "customer_id": 1, "opened_at": "2026-11-01T00:00:00Z", "kind": "complaint"}
        journal.add(ws, "cases", [{**case, "severity": "minor", "owner": "Wang", "status": "open"}])
        journal.add(ws, "cases", [{**case, "number": "K2", "severity": "minor", "owner": "Li", "status": "closed"}])
        # One that is solved, by its status or by its moment, is open no more.
        journal.add(ws, "cases", [{**case, "number": "K3", "severity": "minor", "owner": "Li", "status": "resolved"}])
        solved = {"resolved_at": "2026-11-02T00:00:00Z", "status": "open"}
        journal.add(ws, "cases", [{**case, **solved, "number": "K4", "severity": "minor", "owner": "Li"}])
        li, wang = team.members(ws)
        assert (li.customers, li.leads, li.cases, li.room) == (1, 1, 0, 1)
        assert (wang.customers, wang.leads, wang.cases, wang.room) == (0, 0, 1, None)
        assert team.find(ws, "LI") == li
        assert team.find(ws, "Zhao") is None


def test_the_manager_is_the_next_active_one_above(crm: Crm) -> None:
    with crm() as ws:
        add_member(ws, "Boss")
        add_member(ws, "Middle", manager="Boss", active="no")
        add_member(ws, "Low", manager="Middle")
        add_member(ws, "One", manager="Two", active="no")
        add_member(ws, "Two", manager="One", active="no")
        add_member(ws, "Stray", manager="Nobody")
        assert team.manager(ws, "Low") == "Boss"
        assert team.managers(ws) == {
            "Boss": None, "Low": "Boss", "Middle": "Boss", "One": None, "Stray": None, "Two": None,
        }  # fmt: skip
        assert team.manager(ws, "Somebody else") is None


# ------------------------------------------------------------------------------------- properties of the choice


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("team")


NOW_ = datetime.fromisoformat(NOW)
MEMBER = st.fixed_dictionaries(
    {
        "role": st.sampled_from(("sales", "service")),
        "active": st.sampled_from(("yes", "yes", "no")),
        "capacity": st.none() | st.integers(0, 4),
        "has": st.integers(0, 3),
    }
)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FEW
@given(
    staff=st.lists(MEMBER, max_size=5), count=st.integers(1, 12), by=st.sampled_from(("least-loaded", "round-robin"))
)
def test_who_is_picked_has_room_is_active_and_of_the_role(
    scratch: Path, founded: bytes, staff: list[dict[str, Any]], count: int, by: Any
) -> None:
    with crmcli.open(copied(scratch / "crm.db", founded), now=NOW_) as ws:
        for number, one in enumerate(staff):
            add_member(ws, f"M{number}", **{key: value for key, value in one.items() if key != "has"})
            for _ in range(one["has"]):
                add_customer(ws, f"of {number}", owner=f"M{number}", stage="lead", tier=None)
        picked: list[str | None] = []
        together = team.picks(ws, "sales", by, count)
        for _ in range(count):
            name = team.pick(ws, "sales", by)
            picked.append(name)
            new = add_customer(ws, "new", stage="lead", tier=None)
            assigning.give(ws, new, name, why="lead")
        # One by one, each written down, or all at once: the same choice.
        assert picked == together
        able = {f"M{n}": one for n, one in enumerate(staff) if one["role"] == "sales" and one["active"] == "yes"}
        got = Counter(name for name in picked if name)
        assert set(got) <= set(able)
        for name, one in able.items():
            room = count if one["capacity"] is None else max(0, one["capacity"] - one["has"])
            assert got[name] <= room
            # Somebody goes without an owner only where all are full.
            assert None not in picked or got[name] == room
        limitless = [name for name, one in able.items() if one["capacity"] is None]
        if by == "round-robin" and limitless and len(limitless) == len(able):
            assert max(got[n] for n in able) - min(got[n] for n in able) <= 1
        elif limitless and len(limitless) == len(able):
            ends = {n: able[n]["has"] + got[n] for n in able}
            given_to = [ends[n] for n in got]
            assert not given_to or max(given_to) - min(ends.values()) <= 1


def test_round_robin_goes_on_where_it_was(crm: Crm) -> None:
    with crm() as ws:
        for name in ("A", "B", "C"):
            add_member(ws, name, role="sales")
        given_to = []
        for number in range(5):
            lead = add_customer(ws, f"lead {number}", stage="lead", tier=None)
            given_to.append(team.pick(ws, "Sales", "round-robin"))
            assigning.give(ws, lead, given_to[-1], why="lead")
        assert given_to == ["A", "B", "C", "A", "B"]
        assert team.pick(ws, "nobody's", "round-robin") is None


def test_cases_go_to_whom_they_are_fewest_with(crm: Crm) -> None:
    with crm() as ws:
        customer = add_customer(ws, "One")
        for name in ("A", "B"):
            add_member(ws, name, role="service", capacity=0)
        case = {"customer_id": customer, "kind": "complaint", "severity": "minor", "status": "open"}
        opened = {"number": "K1", "opened_at": "2026-11-01T00:00:00Z", "owner": "A"}
        journal.add(ws, "cases", [{**case, **opened}])
        assert team.pick(ws, "service", "least-loaded", loads="cases") == "B"
        assert team.picks(ws, "service", "round-robin", 3, loads="cases") == ["B", "A", "B"]
