"""Due items as a calendar file: read back by the library, and by khal where it is installed."""

import os
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from icalendar import Calendar, Event

from crmcli.care.due import DueItem
from crmcli.care.greetings import Greeting
from crmcli.reports.ics import calendar
from tests.conftest import NOW, Crm, Run

NASTY = "Meet\r\nATTENDEE:mailto:evil@example.com\rX-EVIL:1; a,b\\n\x1b[2J\u2028END:VEVENT"
ITEM = DueItem(
    key="action:1",
    due_on=date(2026, 11, 20),
    due_at=None,
    late_days=0,
    kind="action",
    code="C000001",
    customer="甲公司",
    tier=None,
    owner="王芳",
    action="send the offer, then call",
    channel="call",
    contact="陈明",
    phone="+8613800138000",
    reason="promised",
    escalation=None,
)


def events(text: str) -> list[Event]:
    return [event for event in Calendar.from_ical(text).walk("VEVENT") if isinstance(event, Event)]


@pytest.fixture
def made(crm: Crm) -> str:
    items = [
        ITEM,
        replace(ITEM, key="case:S1:respond", due_at="2026-11-20T17:30:00+08:00", kind="case"),
        replace(ITEM, key="action:3", customer=NASTY, action=NASTY, contact=NASTY, reason=NASTY),
        replace(ITEM, key="review:王芳:2026-11-20", kind="review", code=None, customer=None, phone=None),
    ]
    with crm(readonly=True) as ws:
        return calendar(ws, items, {"action:1": Greeting("Dear 陈明,\nhello", "A card", ("points",))})


def test_a_day_is_a_day_and_a_moment_a_moment(made: str) -> None:
    whole, timed, *_others = events(made)
    assert (whole.decoded("dtstart"), whole.decoded("dtend")) == (date(2026, 11, 20), date(2026, 11, 21))
    assert timed.decoded("dtstart") == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert "dtend" not in timed
    assert whole.decoded("dtstamp") == datetime.fromisoformat(NOW)
    assert "DTSTART;VALUE=DATE:20261120\r\n" in made
    assert "VALARM" not in made and "\r\nURL" not in made


def test_an_entry_says_what_to_do(made: str) -> None:
    whole, _timed, _nasty, review = events(made)
    assert str(whole["summary"]) == "甲公司: send the offer, then call"
    assert str(whole["description"]) == (
        "promised\ncall 陈明 138 0013 8000\nGreeting: Dear 陈明,\nhello\nGift: A card\nBenefits: points\naction:1"
    )
    assert str(review["summary"]) == "王芳: send the offer, then call"


def test_no_text_makes_a_property(made: str) -> None:
    assert len(events(made)) == 4
    nasty = events(made)[2]
    assert set(nasty) == {
        "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "CATEGORIES", "CLASS", "TRANSP",
    }  # fmt: skip
    bare = made.replace("\r\n", "")
    assert "\r" not in bare and "\n" not in bare and "\x1b" not in bare and "\u2028" not in bare
    assert all(len(line.encode()) <= 75 for line in made.split("\r\n"))


def test_the_same_item_is_the_same_entry(crm: Crm, made: str) -> None:
    with crm(readonly=True, now=datetime.fromisoformat("2026-11-25T09:00+08:00")) as ws:
        later = calendar(ws, [replace(ITEM, due_on=date(2026, 11, 27))], {})
    assert events(later)[0]["uid"] == events(made)[0]["uid"]
    assert len({str(event["uid"]) for event in events(made)}) == 4


def test_another_database_has_other_entries(tmp_path: Path, made: str) -> None:
    import crmcli

    with crmcli.open(tmp_path / "other.db", create=True, now=datetime.fromisoformat("2026-11-01T09:00+08:00")) as ws:
        assert events(calendar(ws, [ITEM], {}))[0]["uid"] != events(made)[0]["uid"]


@pytest.fixture
def due_soon(run: Run) -> None:
    run("add", "甲公司", "phone=13800138000", "owner=王芳")
    run("log", "甲公司", "x", "--next", "send it; at once", "--due", "2026-11-20", at="2026-11-18T10:00+08:00")


@pytest.mark.usefixtures("due_soon")
def test_due_writes_it_to_a_file_or_prints_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "due.ics"
    assert run("due", "-o", file) == (0, "", "")
    assert file.stat().st_mode & 0o077 == 0
    text = file.read_bytes().decode()
    assert text == run("due", "-f", "ics").stdout
    assert str(events(text)[0]["summary"]) == "甲公司: send it; at once"
    assert events(run("due", "-f", "ics", "--kind", "birthday").stdout) == []
    for words in (["list", "-f", "ics"], ["due", "-q", "-f", "ics"], ["due", "--excel", "-f", "ics"]):
        assert run(*words).code == 2


@pytest.mark.usefixtures("due_soon")
@pytest.mark.skipif(shutil.which("khal") is None, reason="khal is not installed: apt install khal")
def test_khal_imports_it_twice_as_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "khal.conf").write_text(
        f"[calendars]\n[[crm]]\npath = {tmp_path}/calendar\n[locale]\n"
        "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\ntimeformat = %H:%M\n"
        f"[sqlite]\npath = {tmp_path}/khal.db\n"
    )
    (tmp_path / "calendar").mkdir()
    environment = {"HOME": str(tmp_path), "PATH": os.defpath, "LANG": "C.UTF-8", "XDG_CACHE_HOME": str(tmp_path)}

    def khal(*words: str) -> str:
        called = ["khal", "-c", str(tmp_path / "khal.conf"), *words]
        return subprocess.run(called, env=environment, capture_output=True, text=True, check=True).stdout

    for _again in range(2):
        run("due", "-o", tmp_path / "due.ics")
        khal("import", "--batch", "-a", "crm", str(tmp_path / "due.ics"))
    listed = khal("list", "--format", "{title}|{start-date}", "2026-11-20", "1d")
    assert listed.splitlines()[1:] == ["甲公司: send it; at once|2026-11-20"]
