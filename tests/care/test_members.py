"""Members are added, edited, renamed and removed: what is refused, and what goes along."""

import pytest

from crmcli.care import assigning, members, team
from crmcli.errors import CrmError, InvalidInput, NotFound, Refused, UsageError
from crmcli.grading import policies
from crmcli.store.reversing import undo
from tests.care.conftest import POLICY, add_customer
from tests.care.test_assigning import add_case, add_promise, everything
from tests.conftest import Crm


def test_a_member_is_added_with_what_is_known(crm: Crm) -> None:
    with crm() as ws:
        members.add(ws, "李经理", {"role": "director"})
        added = members.add(
            ws,
            " 王芳 ",
            {"role": "sales", "manager": "李经理", "capacity": "80", "email": "Wang@Example.com", "notify": "mail"},
        )
        assert (added.name, added.role, added.manager, added.capacity) == ("王芳", "sales", "李经理", 80)
        assert (added.email, added.notify, added.active, added.room) == ("wang@example.com", "mail", True, 80)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"name": ""}, InvalidInput, "name cannot be empty"),
        ({"name": "li"}, Refused, "Li is in the team already"),
        ({"manager": "Sun"}, NotFound, "nobody in the team is called 'Sun'"),
        ({"manager": "Wang"}, Refused, "Wang cannot have Wang as manager: Wang → Wang"),
        ({"manager": "Low"}, Refused, "Wang cannot have Low as manager: Wang → Low → Wang"),
        ({"name": "Wong", "manager": "Low"}, Refused, "Wang cannot have Low as manager: Wang → Low → Wang"),
        ({"capacity": "-1"}, InvalidInput, "capacity '-1': not a whole number from 0 on"),
        ({"capacity": "many"}, InvalidInput, "capacity 'many'"),
        ({"active": "maybe"}, InvalidInput, "active 'maybe': not yes or no"),
        ({"email": "wang@"}, InvalidInput, "email 'wang@'"),
        ({"notify": "mail"}, InvalidInput, "notify by mail needs an e-mail"),
        ({"role": "x" * 61}, InvalidInput, "longer than 60 characters"),
        ({"rol": "sales"}, UsageError, "a member has no field 'rol'"),
    ],
)
def test_what_cannot_be(crm: Crm, values: dict[str, str], error: type[CrmError], message: str) -> None:
    with crm() as ws:
        for name, manager in (("Li", ""), ("Wang", ""), ("Low", "Wang")):
            members.add(ws, name, {"manager": manager})
        before = everything(ws)
        with pytest.raises(error, match=message.replace("(", "\\(")):
            members.edit(ws, "Wang", values)
        assert everything(ws) == before


@pytest.mark.parametrize("name", ["wang fang", "ＷＡＮＧ Fang", "Wang  Fang", "王 芳", "王　芳"])
def test_nobody_is_in_the_team_twice(crm: Crm, name: str) -> None:
    with crm() as ws:
        members.add(ws, "Wang Fang")
        members.add(ws, "王芳")
        with pytest.raises(Refused, match="is in the team already"):
            members.add(ws, name)
        # Whoever owns something by such a name is no stranger.
        add_customer(ws, "One", owner=name)
        assert team.strangers(ws) == []
        assert [one.code for one in assigning.hand_over(ws, name, "王芳").given] == ["C000001"]
        assert members.add_owners(ws) == []


def test_who_is_renamed_is_called_so_in_the_policy_too(crm: Crm) -> None:
    with crm() as ws:
        policies.apply(ws, POLICY + '\n[[escalation]]\nsteps = [{ late = "1 day", to = "Chen" }]\n')
        members.add(ws, "Chen")
        members.add(ws, "Li")
    with crm() as ws:
        members.edit(ws, "Li", {"name": "Lee"})
        assert ws.notes == []
        members.edit(ws, "Chen", {"name": "Chan"})
        assert ws.notes == ["the policy still tells Chen of what is late: write Chan in [[escalation]]"]


@pytest.mark.parametrize("address", ["https://bots.example.com/send?key=s3cret", "bot:s3cret"])
def test_an_address_is_no_place_to_keep_a_secret(crm: Crm, address: str) -> None:
    with crm() as ws, pytest.raises(InvalidInput) as refused:
        members.add(ws, "Li", {"notify": address})
    assert "s3cret" not in f"{refused.value.message}{refused.value.hint}"
    assert refused.value.message == ("notify takes mail or the name of a channel, not an address: it may hold a secret")


def test_an_empty_value_takes_one_away(crm: Crm) -> None:
    with crm() as ws:
        members.add(ws, "Li", {"role": "sales", "capacity": "3"})
        member, changes = members.edit(ws, "LI", {"capacity": "", "role": "service"})
        assert (member.capacity, member.role) == (None, "service")
        assert [(change.field, change.before, change.after) for change in changes] == [
            ("role", "sales", "service"), ("capacity", 3, None),
        ]  # fmt: skip


def test_who_is_renamed_keeps_what_is_theirs(crm: Crm) -> None:
    with crm() as ws:
        members.add(ws, "Li Min")
        members.add(ws, "Low", {"manager": "Li Min"})
        one = add_customer(ws, "One", owner="Li Min")
        add_case(ws, one, "K1", owner="Li Min")
        add_promise(ws, one, "Offer", "2026-11-25", owner="Li Min")
        before = everything(ws)
    with crm() as ws:
        members.edit(ws, "Li Min", {"name": "Li Ming"})
    with crm() as ws:
        found = team.find(ws, "Li Ming")
        assert found is not None
        assert (found.customers, found.cases) == (1, 1)
        assert team.manager(ws, "Low") == "Li Ming"
        assert ws.db.value("SELECT owner FROM interaction") == "Li Ming"
        # It is the same person: nothing was handed over.
        assert ws.db.value("SELECT count(*) FROM assignment") == 0
        undo(ws)
        assert everything(ws) == before


def test_who_becomes_inactive_leaves_what_somebody_must_take(crm: Crm) -> None:
    with crm() as ws:
        members.add(ws, "Li Ming")
        members.add(ws, "Wang")
        add_customer(ws, "One", owner="Li Ming")
        add_customer(ws, "Two", owner="Li Ming")
        lead = add_customer(ws, "Lead", owner="Li Ming", stage="lead", tier=None)
        add_case(ws, lead, "K1", owner="Li Ming")
        members.edit(ws, "Wang", {"active": "no"})
        assert ws.notes == []
        members.edit(ws, "Li Ming", {"active": "no"})
        assert ws.notes == [
            "Li Ming still has 2 customers, 1 lead, 1 open case; hand them over: crm handoff --from 'Li Ming' --to NAME"
        ]


def test_only_who_has_nothing_is_removed(crm: Crm) -> None:
    with crm() as ws:
        for name, manager in (("Li", ""), ("Boss", ""), ("Low", "Boss")):
            members.add(ws, name, {"manager": manager})
        add_customer(ws, "One", owner="Li", stage="lost")
        with pytest.raises(Refused, match="Li still has 1 customer") as refused:
            members.remove(ws, "Li")
        assert refused.value.hint == "hand them over: crm handoff --from Li --to NAME"
        with pytest.raises(Refused, match="Boss is the manager of Low"):
            members.remove(ws, "Boss")
        with pytest.raises(NotFound, match="nobody in the team is called 'Lu'"):
            members.remove(ws, "Lu")
        assert members.remove(ws, "low").name == "Low"
        assert members.remove(ws, "Boss").name == "Boss"
        assert [member.name for member in team.members(ws)] == ["Li"]


def test_owners_become_members(crm: Crm) -> None:
    with crm() as ws:
        for number, owner in enumerate(("Li", "王芳", "li", None, "Li", "Sun")):
            add_customer(ws, f"Customer {number}", owner=owner)
        add_case(ws, 1, "K1", owner="Zhao")
        members.add(ws, "Sun", {"role": "director"})
        assert team.strangers(ws) == ["Li", "Zhao", "li", "王芳"]
        added = members.add_owners(ws, {"role": "sales"})
        assert [(one.name, one.role) for one in added] == [("Li", "sales"), ("Zhao", "sales"), ("王芳", "sales")]
        assert members.add_owners(ws) == []
