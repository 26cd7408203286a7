"""Greetings: the policy's words with the customer's names in them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from crmcli import i18n
from crmcli.care import greetings
from crmcli.care.due import due
from crmcli.grading import policies
from crmcli.policy import schema
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from tests.conftest import Crm, Run

DAY = "2026-08-28T09:00+08:00"


@pytest.fixture(autouse=True)
def _standard(crm: Crm) -> None:
    with crm() as ws:
        policies.apply(ws, schema.preset("standard"))


@pytest.fixture
def school(run: Run, crm: Crm) -> None:
    """A key customer in education with people whose birthdays come, and whose name is no template."""
    run("add", "{owner}学校", "phone=13800138000", "industry=教育", "owner=王芳", "since=2020-09-02", at=DAY)
    run("contact", "add", "C000001", "陈明", "title=校长", "birthday=--08-30", at=DAY)
    run("contact", "add", "C000001", "Li {title}", "birthday=1980-08-29", at=DAY)
    with crm() as ws:
        journal.change(ws, "customer", 1, {"tier": "key", "tier_on": "2026-08-20"})


def texts(crm: Crm) -> dict[str, greetings.Greeting]:
    with crm(now=datetime.fromisoformat(DAY), readonly=True) as ws:
        return dict(greetings.of(ws, due(ws, days=7)))


@pytest.mark.usefixtures("school")
def test_a_greeting_names_whom_it_is_for(crm: Crm) -> None:
    found = texts(crm)
    birthday = found["birthday:C000001:K1:2026-08-30"]
    assert birthday.greeting is not None and birthday.greeting.startswith("Dear 陈明, happy birthday!")
    assert birthday.gift == "A birthday card and a small gift, by courier to arrive on 2026-08-30"
    assert birthday.benefits == ("named contact",)
    anniversary = found["anniversary:C000001:2026-09-02"]
    assert anniversary.greeting is not None
    assert "{owner}学校 and we have worked together since 2020-09-02: this is anniversary no. 6" in anniversary.greeting
    # A name that looks like a placeholder stays what it is.
    other = found["birthday:C000001:K2:2026-08-29"].greeting
    assert other is not None and other.startswith("Dear Li {title}, happy")


@pytest.mark.usefixtures("school")
def test_in_chinese_with_title_and_trade(crm: Crm) -> None:
    i18n.choose("zh")
    try:
        found = texts(crm)
    finally:
        i18n.choose("en")
    greeting = found["festival:C000001:09-01:2026-09-01"]
    assert greeting.greeting is not None
    assert greeting.greeting.startswith("尊敬的陈明校长：新学期将至，“开学助力”与您同行！")
    assert (greeting.gift, greeting.benefits) == ("“开学助力”礼包", ("指定对接人",))


@pytest.mark.usefixtures("school")
def test_nobody_to_greet_there_is_the_customer_itself(crm: Crm, run: Run) -> None:
    run("add", "郑洁", "kind=person", "phone=13900139000", "birthday=1990-08-30", at=DAY)
    with crm() as ws:
        journal.change(ws, "customer", 2, {"tier": "strategic", "tier_on": "2026-08-20"})
    found = texts(crm)["birthday:C000002:2026-08-30"].greeting
    assert found is not None and found.startswith("Dear 郑洁, happy birthday!")


def test_the_first_rule_that_takes_the_customer_is_followed(crm: Crm, run: Run) -> None:
    text = (
        schema.preset("standard")
        .replace(
            'tiers = ["strategic", "key"]\nlabel = { en = "Birthday"', 'tiers = ["strategic"]\nlabel = { en = "X"', 1
        )
        .replace(
            '[[occasion]]\nkind = "anniversary"',
            '[[occasion]]\nkind = "birthday"\nnotice = "3 days"\ngreeting = "plain {contact}"\n'
            '[[occasion]]\nkind = "anniversary"',
            1,
        )
    )
    run("add", "林涛", "kind=person", "phone=13800138000", "birthday=1990-11-22")
    with crm() as ws:
        assert policies.apply(ws, text)
        journal.change(ws, "customer", 1, {"tier": "basic", "tier_on": "2026-11-01"})
    with crm() as ws:
        found = greetings.of(ws, due(ws, days=3))
    assert found["birthday:C000001:2026-11-22"] == greetings.Greeting("plain 林涛", None, ())


def test_any_number_of_items_takes_the_same_few_queries(crm: Crm, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        assert run("add", f"客户{number}", f"phone=138001380{number:02}", "since=2020-11-22").code == 0
    with crm() as ws:
        for row in ws.db.rows("SELECT id FROM customer"):
            journal.change(ws, "customer", row["id"], {"tier": "key", "tier_on": "2026-11-01"})
    with crm() as ws:
        items = due(ws, days=3)
        asked: list[str] = []

        def counted(ask: Callable[..., Any]) -> Callable[..., Any]:
            def call(sql: str, params: Any = None) -> Any:
                asked.append(sql)
                return ask(sql, params)

            return call

        for name in ("rows", "each", "first"):
            monkeypatch.setattr(ws.db, name, counted(getattr(ws.db, name)))
        assert len(greetings.of(ws, items)) == 30
    assert len(asked) <= 3


def test_a_policy_of_before_has_no_greetings(crm: Crm) -> None:
    with crm() as ws:
        ws.digest.pop("greetings")
        assert greetings.of(ws, due(ws)) == {}
        assert isinstance(ws, Workspace)
