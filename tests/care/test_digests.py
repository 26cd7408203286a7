"""Digests: what each owner has to do, by when it was, is and comes due; and what went out."""

import pytest

from crmcli.care.digests import Digest, digests, went_out, write_down
from crmcli.care.due import due
from crmcli.grading import policies
from crmcli.policy import schema
from crmcli.store import journal
from tests.conftest import Crm, Run


@pytest.fixture(autouse=True)
def _standard(crm: Crm) -> None:
    with crm() as ws:
        policies.apply(ws, schema.preset("standard"))


@pytest.fixture
def promised(run: Run, crm: Crm) -> None:
    """王芳 has something late, something today and something to come; Li only something to come."""
    run("add", "甲公司", "phone=13800138000", "owner=王芳")
    run("add", "乙公司", "phone=13900139000", "owner=Li")
    run("add", "丙公司", "phone=13700137000")
    with crm() as ws:
        journal.change(ws, "customer", 3, {"tier": "strategic", "tier_on": "2026-10-20"})
    for name, what, day in (
        ("甲公司", "late", "2026-11-18"),
        ("甲公司", "today", "2026-11-20"),
        ("甲公司", "soon", "2026-11-24"),
        ("甲公司", "far", "2026-12-24"),
        ("乙公司", "later", "2026-11-25"),
    ):
        run("log", name, what, "--next", what, "--due", day, at="2026-11-17T10:00+08:00")


def told(digest: Digest) -> tuple[object, ...]:
    parts = (digest.late, digest.today, digest.week, digest.told)
    return digest.owner, *([item.action for item in part] for part in parts)


@pytest.mark.usefixtures("promised")
def test_an_owner_is_told_what_is_late_due_and_coming(crm: Crm) -> None:
    with crm(readonly=True) as ws:
        found = digests(ws)
        assert [told(digest) for digest in found] == [
            ("王芳", ["late"], ["today"], ["soon"], []),
            (None, [], ["Talk through goals, results and plans"], [], []),
        ]
        assert found[0].items == 3
        assert [told(digest) for digest in digests(ws, owner="王芳", days=40)] == [
            ("王芳", ["late"], ["today"], ["soon", "far"], [])
        ]
        assert digests(ws, owner="Li") == []
        assert digests(ws, owner="nobody") == []


def test_nothing_due_is_no_digest(crm: Crm) -> None:
    with crm(readonly=True) as ws:
        assert digests(ws) == []


@pytest.mark.usefixtures("promised")
def test_every_item_that_is_due_is_in_exactly_one_digest(crm: Crm) -> None:
    with crm(readonly=True) as ws:
        keys = [item.key for digest in digests(ws) for item in (*digest.late, *digest.today)]
        assert sorted(keys) == sorted(item.key for item in due(ws))


@pytest.mark.usefixtures("promised")
def test_a_manager_is_told_of_what_is_late_with_others(crm: Crm) -> None:
    with crm() as ws:
        member = {"role": "sales", "capacity": None, "active": "yes", "email": None, "notify": None}
        journal.add(ws, "member", [{"name": "李经理", "manager": None, **member}])
        journal.add(ws, "member", [{"name": "王芳", "manager": "李经理", **member}])
        journal.change(ws, "customer", 1, {"tier": "strategic", "tier_on": "2026-11-19"})
    with crm(readonly=True) as ws:
        found = {digest.owner: digest for digest in digests(ws)}
    assert told(found["李经理"]) == ("李经理", [], [], [], ["late"])
    assert [item.action for item in found["王芳"].late] == ["late"]


@pytest.mark.usefixtures("promised")
def test_what_went_out_is_remembered_by_day_owner_and_channel(crm: Crm) -> None:
    with crm() as ws:
        digest = digests(ws)[0]
        write_down(ws, digest, "sales")
        write_down(ws, digest, "sales")
        assert ws.db.value("SELECT count(*) FROM notification") == 1
    with crm() as ws:
        assert went_out(ws, "王芳", "sales")
        assert not went_out(ws, "王芳", "mailto:a@example.com")
        assert not went_out(ws, "Li", "sales")
        # It is no operation: nobody can undo what was sent.
        assert ws.db.value("SELECT count(*) FROM operation WHERE command LIKE '%notify%'") == 0
