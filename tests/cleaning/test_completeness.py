"""How complete the records are, and who completed them."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crmcli.cleaning.completeness import completeness
from crmcli.cleaning.tally import Tally, tally
from crmcli.policy import schema
from crmcli.policy.facts import facts_params, with_facts
from tests.cleaning.bases import contact, customer
from tests.conftest import Crm, Run

DAY = date(2026, 11, 20)
STANDARD = schema.preset("standard")


def put_in_force(run: Run, folder: Path, text: str) -> None:
    (folder / "own.toml").write_text(text, "utf-8")
    assert run("policy", "apply", folder / "own.toml", "--yes").code == 0


def shares(crm: Crm) -> dict[tuple[str, str | None], tuple[float, float, float]]:
    with crm(readonly=True) as ws:
        return {(s.group, s.key): (s.filled, s.possible, round(s.completeness, 4)) for s in completeness(ws)}


def test_by_field_owner_tier_and_in_all(crm: Crm) -> None:
    with crm() as ws:
        full = customer(ws, "C1", owner="李雷", industry="制造", address="某路1号", email="a@example.com", tier="key")
        contact(ws, full, "吉姆", phone="+8613800138000")
        customer(ws, "C2", owner="韩梅梅", phone="1380013800", email="lilei@@qq.com")
        customer(ws, "C3", phone=None, stage="lead")
    told = shares(crm)
    assert told["all", None] == (13, 20, 0.65)
    assert {key: filled for (group, key), (filled, _possible, _share) in told.items() if group == "field"} == {
        "name": 2, "phone": 1, "contact": 1, "industry": 1, "address": 1, "email": 1, "owner": 2,
    }  # fmt: skip
    assert told["owner", "李雷"] == (10, 10, 1.0)
    assert told["owner", "韩梅梅"] == (3, 10, 0.3)
    assert told["tier", "key"][2] == 1.0
    assert told["tier", None][2] == 0.3
    with crm(readonly=True) as ws:
        fact = f"{with_facts(['completeness'], weights=ws.policy.weights)} SELECT avg(completeness) FROM facts"
        assert ws.db.value(fact, facts_params(ws.today, ws.zone)) == pytest.approx(0.65)


def test_of_nobody_nothing_is_missing(crm: Crm) -> None:
    assert shares(crm)["all", None] == (0, 0, 1.0)


def test_the_target_that_comes_next(crm: Crm, run: Run, tmp_path: Path) -> None:
    steps = [("0.85", "2026-10-01"), ("0.92", "2026-12-31"), ("0.95", "2027-12-31")]
    targets = (f'[[target]]\nkpi = "completeness"\nbaseline = 0.65\ntarget = {t}\nby = {d}\n' for t, d in steps)
    put_in_force(run, tmp_path, STANDARD + "".join(targets))
    done = run("clean", "completeness", "-f", "json")
    whole = json.loads(done.stdout)[0]
    assert whole == {
        "group": "all", "key": None, "filled": 0, "possible": 0, "completeness": 1.0,
        "target": 0.92, "by": "2026-12-31",
    }  # fmt: skip
    assert "100.0% complete; the target is 92.0% by 2026-12-31" in done.stderr
    last = run("clean", "completeness", "-f", "json", at="2028-02-01")
    assert json.loads(last.stdout)[0]["by"] == "2027-12-31"


def test_the_command_takes_groups_and_refuses_what_does_not_go_together(crm: Crm, run: Run) -> None:
    with crm() as ws:
        customer(ws, "C1", owner="李雷")
    groups = {row["group"] for row in json.loads(run("clean", "completeness", "--by", "owner", "-f", "json").stdout)}
    assert groups == {"all", "owner"}
    for words in (["--by", "city"], ["--since", "today"], ["--tally", "--by", "owner"]):
        assert run("clean", "completeness", *words).code == 2
    assert run("clean", "completeness", "--tally", "--since", "tomorrow", "--until", "today").code == 2


# ------------------------------------------------------------------------------------------------- tally


def credits(crm: Crm, since: date = DAY, until: date = DAY) -> dict[str, int]:
    with crm(readonly=True) as ws:
        return {row.actor: row.facts for row in tally(ws, since, until)}


def edit(run: Run, *words: str, user: str = "amy", at: str = "2026-11-20T10:00+08:00") -> None:
    done = run("--user", user, *words, at=at)
    assert done.code == 0, done.stderr


@pytest.fixture
def bare(crm: Crm) -> Crm:
    """Two customers with a name and a broken phone, added before the period."""
    from datetime import datetime

    with crm(now=datetime.fromisoformat("2026-10-01T09:00+08:00")) as ws:
        customer(ws, "C1", "青藤物流", phone="1380013800")
        customer(ws, "C2", "远山食品", phone=None)
    return crm


def test_facts_that_were_empty_or_invalid_and_are_valid_now(bare: Crm, run: Run) -> None:
    edit(run, "edit", "C1", "phone=13800138000", "industry=制造", "city=杭州")
    edit(run, "contact", "add", "C2", "吉姆", "phone=13900139000", user="bob")
    edit(run, "edit", "C2", "email=a@example.com", user="bob", at="2026-11-21T00:30+08:00")
    # The city has no weight; a person and a phone are two facts; the e-mail is of the next day.
    assert credits(bare) == {"amy": 2, "bob": 2}
    assert credits(bare, until=date(2026, 11, 21)) == {"amy": 2, "bob": 3}
    assert credits(bare, since=date(2026, 11, 22), until=date(2026, 11, 30)) == {}


def test_what_does_not_count(bare: Crm, run: Run) -> None:
    edit(run, "edit", "C1", "industry=制造")
    edit(run, "undo")
    edit(run, "edit", "C2", "owner=amy")
    edit(run, "edit", "C2", "owner=")
    edit(run, "add", "白鹭纺织", "industry=纺织", "contact_name=林涛", "contact_phone=13700137000")
    edit(run, "edit", "C1", "name=青藤国际物流")
    assert credits(bare) == {}


def test_a_fact_counts_once_for_who_filled_it_last(bare: Crm, run: Run) -> None:
    edit(run, "edit", "C1", "industry=制造")
    edit(run, "edit", "C1", "industry=")
    edit(run, "edit", "C1", "industry=零售", user="bob")
    edit(run, "edit", "C1", "industry=制造")
    assert credits(bare) == {"bob": 1}


def test_repairs_by_the_program_are_nobody_s(bare: Crm, run: Run) -> None:
    with bare() as ws:
        ws.db.execute("UPDATE customer SET phone = '138-0013-8000' WHERE code = 'C1'")
    edit(run, "clean", "fix")
    with bare(readonly=True) as ws:
        assert ws.db.value("SELECT phone FROM customer WHERE code = 'C1'") == "+8613800138000"
    assert credits(bare) == {}


def test_every_ten_earn_the_reward(bare: Crm, run: Run, tmp_path: Path) -> None:
    for number in range(6):
        edit(run, "contact", "add", "C1", f"吉姆{number}", f"phone=1390013900{number}")
    assert tallied(run) == [{"actor": "amy", "facts": 12, "tens": 1, "reward": "50.00"}]
    put_in_force(run, tmp_path, STANDARD.replace("every = 10, amount = 50", "every = 4, amount = 12.5"))
    assert tallied(run) == [{"actor": "amy", "facts": 12, "tens": 3, "reward": "37.50"}]
    put_in_force(run, tmp_path, STANDARD.replace("reward = {", "# reward = {"))
    assert tallied(run) == [{"actor": "amy", "facts": 12, "tens": 1, "reward": None}]
    with bare(readonly=True) as ws:
        assert tally(ws, DAY, DAY) == [Tally("amy", 12, 1, None)]


def tallied(run: Run) -> list[dict[str, Any]]:
    done = run("clean", "completeness", "--tally", "-f", "json")
    assert done.code == 0
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows
