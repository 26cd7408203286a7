"""What is due, in a fixed order, whom to reach, and that reading it changes nothing. test_model has the whole of it."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from crmcli import i18n
from crmcli.care.contacts import log
from crmcli.care.due import due
from crmcli.errors import UsageError
from tests.care.conftest import add_contact, add_customer
from tests.conftest import Crm


def test_most_urgent_first(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "Basic late", tier="basic", tier_on="2026-11-05")
        add_customer(ws, "Strategic later", tier_on="2026-11-01", since="2020-11-21")
        add_customer(ws, "Strategic late", tier_on="2026-11-01")
        log(
            ws,
            "C000001",
            "asked",
            channel="other",
            at=datetime(2026, 11, 1),
            next_action="Send the offer",
            next_due=date(2026, 11, 15),
        )
    with crm(readonly=True) as ws:
        assert [(i.key, i.late_days) for i in due(ws)] == [
            ("touch:C000002:news:2026-11-15", 5),
            ("touch:C000003:news:2026-11-15", 5),
            ("action:1", 5),
            ("touch:C000001:call:2026-11-15", 5),
            ("anniversary:C000002:2026-11-21", 0),
        ]
        assert [i.kind for i in due(ws, kinds=["action"])] == ["action"]
        assert [i.code for i in due(ws, late=True)] == ["C000002", "C000003", "C000001", "C000001"]


def test_whom_to_reach_and_what_to_do(crm: Crm) -> None:
    with crm() as ws:
        one = add_customer(ws, "One", phone="+861065541234", owner="Li")
        add_contact(ws, one, "First", phone="+8613800138001")
        add_contact(ws, one, "Main", main="yes")
        two = add_customer(ws, "Two", phone="+861065540000")
        add_contact(ws, two, "Only", phone="+8613800138002")
        add_customer(ws, "Three", phone="+861065549999")
    with crm(readonly=True) as ws:
        found = {item.code: item for item in due(ws) if "deep-talk" in item.key}
        assert [(i.contact, i.phone) for i in found.values()] == [
            ("Main", "+861065541234"),
            ("Only", "+8613800138002"),
            (None, "+861065549999"),
        ]
        item = found["C000001"]
        assert (item.action, item.channel, item.owner, item.tier) == (
            "Talk",
            "visit",
            "Li",
            "strategic",
        )
        assert (item.due_at, item.escalation, item.due_on) == (None, None, date(2026, 11, 1))


def test_the_action_is_in_the_language_spoken(crm: Crm) -> None:
    with crm() as ws:
        add_customer(ws, "One", tier_on="2026-08-01")
    i18n.choose("zh")
    try:
        with crm(readonly=True) as ws:
            assert {item.action for item in due(ws)} == {"深度沟通", "发送报告", "News"}
    finally:
        i18n.choose("en")


@pytest.mark.parametrize(
    ("birthday", "chinese"), [("lunar 10-15", "农历 10-15"), ("lunar leap 10-15", "农历闰 10-15"), ("--11-23", None)]
)
def test_a_lunar_birthday_is_in_the_language_spoken(crm: Crm, birthday: str, chinese: str | None) -> None:
    with crm() as ws:
        add_customer(ws, "陈明", kind="person", birthday=birthday)
    with crm(readonly=True) as ws:
        (told,) = due(ws, kinds=["birthday"])
        assert told.reason == "birthday of 陈明 on 2026-11-23" + (f" ({birthday})" if chinese else "")
        i18n.choose("zh")
        try:
            assert due(ws, kinds=["birthday"])[0].reason == "陈明 的生日：2026-11-23" + (
                f"（{chinese}）" if chinese else ""
            )
        finally:
            i18n.choose("en")


@pytest.mark.parametrize(
    ("birthday", "today", "day"),
    [
        ("--11-23", date(2026, 11, 20), "2026-11-23"),
        ("1980-11-23", date(2026, 12, 7), "2026-11-23"),
        ("--11-24", date(2026, 11, 20), None),
        ("--11-23", date(2026, 12, 8), None),
        ("2000-02-29", date(2027, 2, 25), "2027-02-28"),
        ("2000-02-29", date(2028, 2, 26), "2028-02-29"),
        ("lunar 10-15", date(2026, 11, 20), "2026-11-23"),
        ("lunar leap 10-15", date(2026, 11, 20), "2026-11-23"),
        ("lunar 12-30", date(2027, 2, 2), "2027-02-05"),
        ("--01-02", date(2026, 12, 30), "2027-01-02"),
    ],
)
def test_birthdays(crm: Crm, birthday: str, today: date, day: str | None) -> None:
    now = datetime(today.year, today.month, today.day, 9)
    with crm() as ws:
        company = add_customer(ws, "Company", birthday=birthday)
        contact = add_contact(ws, company, "陈明", birthday=birthday, phone="+8613800138000")
        add_contact(ws, company, "Boss", main="yes")
        add_customer(ws, "陈明", kind="person", birthday=birthday)
        add_contact(ws, 2, "陈明", birthday=birthday)
        lost = add_customer(ws, "Lost", stage="lost")
        add_contact(ws, lost, "Nobody", birthday=birthday)
        basic = add_customer(ws, "Basic", tier="basic")
        add_contact(ws, basic, "Nobody", birthday=birthday)
    with crm(readonly=True, now=now) as ws:
        found = due(ws, kinds=["birthday"])
        expected = [f"birthday:C000001:K{contact}:{day}", f"birthday:C000002:{day}"] if day else []
        assert [item.key for item in found] == expected
        if found:
            assert (found[0].contact, found[0].phone, found[0].action) == (
                "陈明",
                "+8613800138000",
                "Gift and greeting",
            )
            assert found[0].reason.startswith(f"birthday of 陈明 on {day}")


@pytest.mark.parametrize(
    ("since", "today", "expected"),
    [
        ("2023-11-27", date(2026, 11, 20), ("2026-11-27", "a customer for 3 years, since 2023-11-27")),
        ("2025-11-20", date(2026, 11, 20), ("2026-11-20", "a customer for 1 year, since 2025-11-20")),
        ("2024-02-29", date(2027, 2, 28), ("2027-02-28", "a customer for 3 years, since 2024-02-29")),
        ("2026-11-21", date(2026, 11, 20), None),
        ("2027-01-02", date(2026, 12, 30), None),
        ("2025-11-28", date(2026, 11, 20), None),
    ],
)
def test_anniversaries(crm: Crm, since: str, today: date, expected: tuple[str, str] | None) -> None:
    with crm() as ws:
        add_customer(ws, "One", since=since)
    with crm(readonly=True, now=datetime(today.year, today.month, today.day, 9)) as ws:
        found = [(item.key, item.reason) for item in due(ws, kinds=["anniversary"])]
        assert found == ([(f"anniversary:C000001:{expected[0]}", expected[1])] if expected else [])


def test_the_lunar_calendar_is_not_asked_for_nothing(crm: Crm) -> None:
    script = (
        "import sys, crmcli; from datetime import datetime\n"
        "with crmcli.open(sys.argv[1], readonly=True, now=datetime(2026, 11, 20)) as ws: crmcli.due(ws)\n"
        "heavy = ('borax', 'pydantic', 'typer', 'rich', 'crmcli.policy', 'dateutil')\n"
        "print(*(name for name in heavy if name in sys.modules))"
    )
    assert _python(script, crm) == ""
    with crm() as ws:
        add_contact(ws, add_customer(ws, "One"), "Chen", birthday="lunar 10-15")
    assert _python(script, crm) == "borax"


def _python(script: str, crm: Crm) -> str:
    import subprocess
    import sys

    with crm(readonly=True) as ws:
        path = ws.db.path
    command = [sys.executable, "-c", script, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout.strip()


def test_wrong_questions(crm: Crm) -> None:
    with crm(readonly=True) as ws:
        with pytest.raises(UsageError) as refused:
            due(ws, kinds=["touch", "surveys"])
        assert "surveys" in refused.value.message
        assert refused.value.hint == (
            "kinds: touch, action, case, lead, birthday, anniversary, festival, renewal, survey, review, retention, "
            "handoff"
        )
        for days in (-1, 10**9):
            with pytest.raises(UsageError):
                due(ws, days=days)


def test_reading_needs_no_right_to_write(crm: Crm, db: Path) -> None:
    with crm() as ws:
        add_customer(ws, "One")
    before = db.read_bytes()
    assert sorted(entry.name for entry in db.parent.iterdir()) == ["crm.db"]
    db.chmod(0o444)
    db.parent.chmod(0o555)
    try:
        with crm(readonly=True) as ws:
            assert len(due(ws)) == 2
    finally:
        db.parent.chmod(0o755)
    assert db.read_bytes() == before
    assert sorted(entry.name for entry in db.parent.iterdir()) == ["crm.db"]


def test_what_is_due_is_found_by_index(crm: Crm) -> None:
    """The plan of every question that `due` asks reads no whole table."""
    asked: list[str] = []
    with crm(readonly=True) as ws:
        rows = ws.db.rows

        def listen(sql: str, params: Any = None) -> Any:
            asked.extend(row["detail"] for row in rows(f"EXPLAIN QUERY PLAN {sql}", params))
            return rows(sql, params)

        ws.db.rows = listen  # type: ignore[method-assign]
        due(ws, days=7)
    tables = ("touch", "customer", "contact", "interaction", "settlement", " t", " c", " p", " i", " s")
    assert asked
    assert not [line for line in asked if line.startswith("SCAN") and line.removeprefix("SCAN").rstrip() in tables]
