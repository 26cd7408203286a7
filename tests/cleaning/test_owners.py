"""Owners of imported customers who are inactive or not in the team."""

from crmcli.cleaning.fixing import fix
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from tests.cleaning.bases import customer, one, rules
from tests.conftest import Crm


def member(ws: Workspace, name: str, active: str = "yes") -> None:
    journal.add(ws, "member", [{"name": name, "active": active}])


def test_without_a_team_any_owner_will_do(crm: Crm) -> None:
    with crm() as ws:
        customer(ws, "C1", owner="Anybody", phone="+8613900139000")
        assert rules(ws) == []


def test_an_owner_who_is_not_in_the_team(crm: Crm) -> None:
    with crm() as ws:
        member(ws, "王芳芳")
        customer(ws, "C1", owner="王芳", phone="+8613900139000")
        customer(ws, "C2", owner="王芳芳", phone="+8613900139000")
        customer(ws, "C3", phone="+8613900139000")
        finding = one(ws)
        assert (finding.code, finding.field, finding.value, finding.rule) == ("C1", "owner", "王芳", "owner-unknown")
        assert (finding.proposal, finding.certain) == (None, False)
        assert finding.problem == "nobody in the team is called '王芳'; did you mean 王芳芳?"


def test_a_name_written_otherwise_is_mended_and_is_no_hand_over(crm: Crm) -> None:
    with crm() as ws:
        member(ws, "Li Ming")
        customer(ws, "C1", owner="LI  MING", phone="+8613900139000")
        assert (one(ws).proposal, one(ws).certain) == ("Li Ming", True)
    with crm() as ws:
        assert len(fix(ws).repaired) == 1
    with crm() as ws:
        assert rules(ws) == []
        assert ws.db.value("SELECT count(*) FROM assignment") == 0


def test_an_inactive_owner(crm: Crm) -> None:
    with crm() as ws:
        member(ws, "Li Ming", "no")
        customer(ws, "C1", owner="Li Ming", phone="+8613900139000")
        finding = one(ws)
        assert (finding.rule, finding.proposal) == ("owner-inactive", None)
        assert finding.problem == "'Li Ming' is not active: hand over with crm handoff --from 'Li Ming' --to NAME"
