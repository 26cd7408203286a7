"""`crm calendar`: the holidays that are counted with, and an official notice brought in."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from crmcli.policy import schema
from tests.conftest import Crm, Run
from tests.store.dumps import dump

OFF = [
    *(date(2027, 1, 1) + timedelta(n) for n in range(3)),
    *(date(2027, 2, 5) + timedelta(n) for n in range(8)),
    *(date(2027, 4, 3) + timedelta(n) for n in range(3)),
    *(date(2027, 5, 1) + timedelta(n) for n in range(5)),
    date(2027, 6, 9),
    *(date(2027, 9, 15) + timedelta(n) for n in range(3)),
    *(date(2027, 10, 1) + timedelta(n) for n in range(7)),
]
WORKED = [date(2027, 1, 30), date(2027, 2, 20), date(2027, 9, 26)]
File = Callable[..., Path]


@pytest.fixture
def file(tmp_path: Path) -> File:
    """A notice as holiday-cn writes it; without some days, or as another year's."""

    def write(name: str = "2027.json", off: list[date] = OFF, worked: list[date] = WORKED) -> Path:
        days = [*((day, True) for day in off), *((day, False) for day in worked)]
        said = [{"name": "节", "date": day.isoformat(), "isOffDay": is_off} for day, is_off in sorted(days)]
        path = tmp_path / name
        path.write_text(json.dumps({"year": 2027, "papers": [], "days": said}, ensure_ascii=False), "utf-8")
        return path

    return write


def ics(path: Path) -> Path:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for days, words in ((OFF, "假期"), (WORKED, "补班")):
        for day in days:
            lines += ["BEGIN:VEVENT", f"SUMMARY:{words}", f"DTSTART;VALUE=DATE:{day:%Y%m%d}", "END:VEVENT"]
    path.write_text("\r\n".join([*lines, "END:VCALENDAR", ""]), "utf-8")
    return path


def toml(path: Path) -> Path:
    off, worked = (", ".join(day.isoformat() for day in days) for days in (OFF, WORKED))
    path.write_text(f"extra_holidays = [{off}]\nextra_workdays = [{worked}]\n", "utf-8")
    return path


def rows(run: Run, *words: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(*words, "-f", "json").stdout)
    return found


# ----------------------------------------------------------------------------------------------- showing


def test_a_year_that_is_published(run: Run) -> None:
    result = run("calendar", "show", "2026", "-f", "json")
    days = {row["day"]: row for row in json.loads(result.stdout)}
    assert days["2026-02-14"] == {
        "day": "2026-02-14",
        "weekday": "sat",
        "kind": "workday",
        "source": "official",
        "known": True,
    }
    assert (days["2026-10-01"]["kind"], days["2026-10-01"]["source"]) == ("holiday", "official")
    assert result.stderr == "2026: the official days are known, as published\n"


def test_this_year_unless_another_is_named(run: Run) -> None:
    assert run("calendar", "show", "-f", "json").stdout == run("calendar", "show", "2026", "-f", "json").stdout


def test_a_year_that_nobody_has_published_says_what_is_taken(run: Run) -> None:
    result = run("calendar", "show", "2027", "-f", "json")
    days = json.loads(result.stdout)
    assert {row["source"] for row in days} == {"law"} and not any(row["known"] for row in days)
    assert {row["kind"] for row in days} == {"holiday"}
    assert result.stderr.startswith("2027: the official days are not known yet; estimated by the days that the law")
    assert run("calendar", "show", "2027", "--lang", "zh").code == 0


def test_a_company_without_public_holidays(run: Run, tmp_path: Path) -> None:
    text = run("policy", "show").stdout.replace(
        'holidays = "CN"', 'holidays = "none"\nextra_holidays = [2027-12-24]\nextra_workdays = [2027-12-25]'
    )
    (tmp_path / "my.toml").write_text(text, "utf-8")
    run("policy", "apply", tmp_path / "my.toml", "-y")
    result = run("calendar", "show", "2027", "-f", "json")
    assert [(row["day"], row["kind"], row["source"]) for row in json.loads(result.stdout)] == [
        ("2027-12-24", "holiday", "policy"),
        ("2027-12-25", "workday", "policy"),
    ]
    assert result.stderr == "2027: the policy keeps no public holidays but its own\n"


@pytest.mark.parametrize("year", ["1899", "10000", "-1", "next"])
def test_a_year_beyond_the_calendar(run: Run, year: str) -> None:
    result = run("calendar", "show", year)
    assert (result.code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) <= 2


# --------------------------------------------------------------------------------------------- importing


@pytest.mark.parametrize("form", ["json", "ics", "toml"])
def test_an_official_notice_makes_its_year_known(run: Run, file: File, tmp_path: Path, form: str) -> None:
    path = {"json": file(), "ics": ics(tmp_path / "a.ics"), "toml": toml(tmp_path / "a.toml")}[form]
    result = run("calendar", "import", path, "-f", "json")
    assert result.code == 0
    assert len(json.loads(result.stdout)) == len(OFF) + len(WORKED)
    assert result.stderr == "calendar: 30 holidays, 3 working days, 2027 known. Undo: crm undo 1\n"
    days = rows(run, "calendar", "show", "2027")
    assert [date.fromisoformat(row["day"]) for row in days if row["kind"] == "holiday"] == sorted(OFF)
    assert [date.fromisoformat(row["day"]) for row in days if row["kind"] == "workday"] == WORKED
    assert all(row["known"] for row in days)
    assert rows(run, "policy", "history")[0]["changes"] == [
        "+calendar.extra_holidays",
        "+calendar.extra_workdays",
        "+calendar.known_years",
    ]


def test_the_rest_of_the_policy_stays_as_it_was(run: Run, file: File) -> None:
    before = run("policy", "show").stdout
    run("calendar", "import", file())
    after = run("policy", "show").stdout
    place = before.index('holidays = "CN"\n') + len('holidays = "CN"\n')
    assert after.startswith(before[:place]) and after.endswith(before[place:])
    assert run("policy", "check").code == 0


def test_a_file_twice_is_no_news(run: Run, file: File) -> None:
    run("calendar", "import", file())
    again = run("calendar", "import", file(), "-f", "json")
    assert (again.code, again.stdout) == (0, "[]\n")
    assert again.stderr == "nothing new: the policy counts with these days already\n"
    assert len(rows(run, "policy", "history")) == 2


def test_a_published_year_is_no_news(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "2026.toml"
    path.write_text("extra_holidays = [2026-10-01]\nextra_workdays = [2026-02-14]\n")
    assert "nothing new" in run("calendar", "import", path).stderr
    path.write_text("extra_holidays = [2026-12-31]\n")
    assert "calendar: 1 holiday." in run("calendar", "import", path).stderr


def test_more_days_of_a_year_are_added_to_the_list(run: Run, file: File, tmp_path: Path) -> None:
    part = [day for day in OFF if day.month < 10]
    first = run("calendar", "import", file(off=part))
    assert "2027 known" not in first.stderr
    assert "2027 stays estimated: of the days that the law fixes the file lacks 2027-10-01" in first.stderr
    assert not rows(run, "calendar", "show", "2027")[0]["known"]
    second = run("calendar", "import", file())
    assert "calendar: 7 holidays, 2027 known." in second.stderr
    run("calendar", "import", toml(tmp_path / "a.toml"))
    days = rows(run, "calendar", "show", "2027")
    assert [date.fromisoformat(row["day"]) for row in days if row["kind"] == "holiday"] == sorted(OFF)


def test_the_company_s_own_word_stays(run: Run, file: File, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("extra_holidays = [2027-01-30]\nextra_workdays = [2027-10-07]\n")
    run("calendar", "import", own)
    result = run("calendar", "import", file())
    assert "the policy says otherwise and was left as it is: 2027-01-30, 2027-10-07" in result.stderr
    days = {row["day"]: row["kind"] for row in rows(run, "calendar", "show", "2027")}
    assert (days["2027-01-30"], days["2027-10-07"]) == ("holiday", "workday")


def test_a_dry_run_leaves_everything(run: Run, file: File, crm: Crm) -> None:
    with crm(readonly=True) as ws:
        before = dump(ws)
    result = run("calendar", "import", file(), "-n")
    assert "(dry run: nothing was written)" in result.stderr
    assert result.stdout.count("\n") == 34
    with crm(readonly=True) as ws:
        assert dump(ws) == before


def test_undo_puts_the_policy_back(run: Run, file: File, crm: Crm) -> None:
    with crm(readonly=True) as ws:
        before = dump(ws)
    run("calendar", "import", file())
    assert run("undo").code == 0
    with crm(readonly=True) as ws:
        assert dump(ws) == before
    assert not rows(run, "calendar", "show", "2027")[0]["known"]
    assert run("redo").code == 0
    assert rows(run, "calendar", "show", "2027")[0]["known"]


def test_deadlines_that_were_estimated_are_reckoned_with_the_days(run: Run, file: File) -> None:
    run("add", "甲公司")
    now = ("--now", "2027-09-30 16:00")
    assert "the public holidays of 2027 are not known yet" in run("case", "open", "甲公司", "少货", *now).stderr
    assert rows(run, "case", "list")[0]["resolve_by"][:16] == "2027-10-04T16:00"
    told = run("calendar", "import", file(), *now).stderr
    assert "1 case whose deadlines were estimated has them by the holidays that are known now" in told
    (case,) = rows(run, "case", "list")
    assert (case["resolve_by"][:16], case["estimated"]) == ("2027-10-08T16:00", None)
    assert run("undo").code == 0
    assert rows(run, "case", "list")[0]["resolve_by"][:16] == "2027-10-04T16:00"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "TOML needs the lists extra_holidays and extra_workdays"),
        ("{}", 'JSON needs {"days"'),
        ('{"days": [{"date": "2027-02-30", "isOffDay": true}]}', "day 1 needs a date"),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\n", "no day in it"),
        ("hello world", "not JSON, iCalendar or TOML"),
        ('extra_holidays = ["2027-01-01"]', "dates without quotes"),
        ("extra_holidays = 2027-01-01", "dates without quotes"),
        ("extra_holidays = [2027-01-01T00:00:00]", "dates without quotes"),
        ("extra_holidays = [2027-01-01]\nextra_workdays = [2027-01-01]", "both a holiday and a working day"),
        ("calendar = 3", "TOML needs the lists"),
        ("[" * 50_000, "not JSON, iCalendar or TOML"),
        ("a = " + "[" * 50_000, "not JSON, iCalendar or TOML"),
        ("{" * 50_000, "not JSON"),
    ],
)
def test_what_is_no_calendar_is_told_in_one_line(run: Run, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad"
    path.write_text(text, "utf-8")
    result = run("calendar", "import", path)
    assert (result.code, result.stdout) == (5, "")
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("crm: error: bad: ")
    assert said in result.stderr


def test_files_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gbk").write_bytes("春节".encode("gbk"))
    (tmp_path / "big").write_bytes(b" " * 1_000_001)
    for name, said in (("gbk", "not UTF-8"), ("big", "at most 1,000,000 bytes"), ("none", "no file"), (".", "not a")):
        result = run("calendar", "import", tmp_path / name)
        assert (result.code, result.stdout) == (5, "")
        assert said in result.stderr and result.stderr.count("crm: error: ") == 1


def test_a_calendar_that_cannot_be_added_to(run: Run, file: File, tmp_path: Path) -> None:
    text = run("policy", "show").stdout
    start, end = text.index("[calendar]"), text.index("# ---- Tags")
    (tmp_path / "my.toml").write_text(
        text[:start].replace('phone_region = "CN"', 'phone_region = "CN"\ncalendar = { holidays = "CN" }') + text[end:],
        "utf-8",
    )
    assert run("policy", "apply", tmp_path / "my.toml", "-y").code == 0
    result = run("calendar", "import", file())
    assert result.code == 4
    assert "write it as a section of its own" in result.stderr
    assert len(rows(run, "policy", "history")) == 2


def test_days_are_added_to_a_policy_that_an_earlier_version_let_in_force(run: Run, crm: Crm, file: File) -> None:
    with crm() as ws:
        slipped = schema.preset("standard").replace("tier == 'strategic'", "tier == 'strategik'", 1)
        ws.db.execute("UPDATE policy SET source = :source", {"source": slipped})
    assert run("calendar", "import", file()).code == 0
    assert "strategik" in run("policy", "show").stdout
