"""Deadlines of cases: the golden ones, and any against a model that looks at every minute."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.care.cases import listing
from crmcli.care.cases.clocks import Terms, fitting, upcoming
from crmcli.care.cases.moving import pause_case, resume_case
from crmcli.care.cases.opening import open_case
from crmcli.care.due import due
from crmcli.grading import policies
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from tests.care.conftest import add_customer, copied
from tests.conftest import Crm

ZONE = ZoneInfo("Asia/Shanghai")
HEAD = """
name = "clocks"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"
[[tier]]
key = "all"
when = "true"
"""
NO_LUNCH = (
    HEAD
    + """
[calendar]
workdays = ["mon", "tue", "wed", "thu", "fri"]
hours = ["09:00-18:00"]
holidays = "none"
[[clock]]
when = "true"
respond = "1 hour"
"""
)
CHINA = (
    HEAD
    + """
[calendar]
workdays = ["mon", "tue", "wed", "thu", "fri"]
hours = ["09:00-12:00", "13:00-18:00"]
holidays = "CN"
[[clock]]
when = "true"
respond = "4 hours"
resolve = "3 days"
revisit = "3 days"
"""
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def read(instant: str | None) -> str | None:
    """A stored instant on the clocks of Shanghai."""
    return instant and datetime.fromisoformat(instant).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def opened(ws: Workspace, policy: str, when: str, **given: Any) -> Row:
    """A case of a new customer, opened at a moment under a policy."""
    policies.apply(ws, policy)
    add_customer(ws, "甲公司", tier=None, tier_on=None)
    return open_case(ws, "甲公司", "少货", at=at(when), **given)


@pytest.mark.parametrize(
    ("when", "up"),
    [
        ("2026-03-07 16:00", "2026-03-09 10:00"),  # Saturday
        ("2026-03-07 20:00", "2026-03-09 10:00"),
        ("2026-03-06 17:30", "2026-03-09 09:30"),  # Friday
        ("2026-03-06 20:00", "2026-03-09 10:00"),
    ],
)
def test_one_working_hour_without_lunch(crm: Crm, when: str, up: str) -> None:
    with crm() as ws:
        assert read(opened(ws, NO_LUNCH, when)["respond_by"]) == up


def test_four_hours_over_a_saturday_that_is_worked(crm: Crm) -> None:
    with crm() as ws:
        row = opened(ws, CHINA, "2026-02-13 17:00")
    assert read(row["respond_by"]) == "2026-02-14 12:00"
    # The Spring Festival is from the 15th to the 23rd: three working days are the 14th, 24th and 25th.
    assert read(row["resolve_by"]) == "2026-02-25 17:00"
    assert (row["next_clock"], read(row["next_due"]), row["estimated"]) == ("respond", "2026-02-14 12:00", None)
    # 80 % of four hours are 3 h 12 min: an hour on the Friday, the rest from 09:00.
    assert read(row["next_warn"]) == "2026-02-14 11:12"


NIGHT = (
    HEAD.replace("Asia/Shanghai", "Europe/Berlin")
    + """
[calendar]
workdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
hours = ["00:00-06:00", "22:00-24:00"]
holidays = "none"
[[clock]]
when = "true"
respond = "4 hours"
"""
)


@pytest.mark.parametrize(
    ("when", "up", "moved"),
    [
        # At 02:00 it is 03:00 at once: four hours from 23:00 are up at 04:00.
        ("2026-03-28 23:00+01:00", "2026-03-29 04:00+02:00", "2026-03-29 05:00+02:00"),
        # At 03:00 it is 02:00 again.
        ("2026-10-24 23:00+02:00", "2026-10-25 02:00+01:00", "2026-10-25 03:00+01:00"),
        # By day nobody works.
        ("2026-03-29 05:00+02:00", "2026-03-30 01:00+02:00", "2026-03-30 02:00+02:00"),
    ],
)
def test_a_night_shift_while_the_clocks_are_moved(crm: Crm, when: str, up: str, moved: str) -> None:
    start = datetime.fromisoformat(when)
    with crm(now=start) as ws:
        policies.apply(ws, NIGHT)
        add_customer(ws, "甲公司", tier=None, tier_on=None)
        row = open_case(ws, "甲公司", "少货")
        pause_case(ws, row["number"])
    assert datetime.fromisoformat(row["respond_by"]) == datetime.fromisoformat(up)
    with crm(now=start + timedelta(hours=1)) as ws:
        assert datetime.fromisoformat(resume_case(ws, row["number"])["respond_by"]) == datetime.fromisoformat(moved)


def test_a_year_whose_holidays_nobody_knows_is_said(crm: Crm) -> None:
    with crm(now=at("2033-12-31 10:00")) as ws:
        row = opened(ws, CHINA, "2033-12-30 17:30")
        reason = due(ws, days=9)[0].reason
    assert row["estimated"] == "2033, 2034"
    assert reason.endswith("by 2034-01-02 13:30; 少货; the public holidays of 2033, 2034 are not known yet")


def test_only_the_years_up_to_the_deadline_that_runs_are_said(crm: Crm) -> None:
    with crm(now=at("2033-03-01 10:00")) as ws:
        row = opened(ws, CHINA.replace('resolve = "3 days"', 'resolve = "300 days"'), "2033-03-01 10:00")
        (item,) = due(ws)
    assert row["estimated"] == "2033, 2034"
    assert item.reason.endswith("the public holidays of 2033 are not known yet")


def test_round_the_clock(crm: Crm) -> None:
    policy = CHINA.replace('revisit = "3 days"', 'revisit = "3 days"\nhours = "clock"')
    with crm() as ws:
        row = opened(ws, policy, "2026-02-13 17:00")
    assert (read(row["respond_by"]), read(row["resolve_by"])) == ("2026-02-13 21:00", "2026-02-16 17:00")
    assert row["hours"] == "clock"


# -------------------------------------------------------------------------------------- which clock it is

RULES = (
    HEAD
    + """
[[tag]]
dimension = "risk"
value = "high"
when = "false"
[[clock]]
when = "case.kind == 'complaint' and case.severity == 'major'"
respond = "1 hour"
[[clock]]
when = "tag('risk', 'high')"
respond = "2 hours"
[[clock]]
when = "top(amount_total, 50) and not missing(last_order_on)"
respond = "3 hours"
[[clock]]
when = "stage == 'lead'"
respond = "4 hours"
"""
)


def test_the_first_clock_that_fits_kind_tags_facts_and_leads(crm: Crm) -> None:
    with crm() as ws:
        policies.apply(ws, RULES.replace('when = "false"', 'when = "potential == 5"'))
        ids = [add_customer(ws, name, tier=None) for name in ("甲", "乙", "丙")]
        ids.append(add_customer(ws, "丁", tier=None, stage="lead"))
        tag = {"customer_id": 1, "dimension": "risk", "value": "high", "source": "hand", "since": "2026-01-01"}
        journal.add(ws, "tag", [tag])
        ws.db.execute(
            "INSERT INTO orders (number, customer_id, ordered_on, amount, currency, status) "
            "VALUES ('O1', 2, '2026-10-01', 500, 'CNY', 'paid')"
        )
        asked = [
            {"id": 10 * place + severity, "customer_id": customer, "kind": "complaint", "severity": name}
            for place, customer in enumerate(ids)
            for severity, name in enumerate(("minor", "major"))
        ]
        found = {case: str(clock.respond) for case, clock in fitting(ws, asked).items()}
    assert found == {
        0: "2 hours", 1: "1 hour", 10: "3 hours", 11: "1 hour", 21: "1 hour", 30: "4 hours", 31: "1 hour",
    }  # fmt: skip


def test_only_the_customers_asked_about_are_looked_at(crm: Crm) -> None:
    """The facts of a clock are worked out for the case's customer, not for the base."""
    from crmcli.policy import facts

    sql = facts.facts_sql({"amount_12m", "r"}, everybody=True, of="SELECT customer_id FROM asked")
    assert "WHERE c.id IN (SELECT customer_id FROM asked)" in sql


# -------------------------------------------------------------------------------------- the slow model

# What the State Council gave out for 2026 (国办发明电〔2025〕7号): days off, and weekends that are worked for them.
OFF = {
    date(2026, month, day)
    for month, first, last in ((1, 1, 3), (2, 15, 23), (4, 4, 6), (5, 1, 5), (6, 19, 21), (9, 25, 27), (10, 1, 7))
    for day in range(first, last + 1)
}
WORKED = {date(2026, *day) for day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))}
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def works(minute: datetime, plan: dict[str, Any]) -> bool:
    """Whether a minute is worked, looked at by itself."""
    if plan["counts"] == "clock":
        return True
    day = minute.date()
    open_ = NAMES[day.weekday()] in plan["workdays"]
    if plan["holidays"] == "CN":
        open_ = (open_ or day in WORKED) and day not in OFF
    clock = minute.strftime("%H:%M")
    return open_ and any(begin <= clock < end for begin, end in plan["spans"])


def reached(start: datetime, minutes: int, plan: dict[str, Any], pause: tuple[datetime, datetime] | None) -> datetime:
    """When so many minutes have been worked since `start`, those of the pause not counted."""
    minute = start
    while minutes:
        paused = pause is not None and pause[0] <= minute < pause[1]
        minutes -= works(minute, plan) and not paused
        minute += timedelta(minutes=1)
    return minute


PLANS = st.fixed_dictionaries(
    {
        "workdays": st.sampled_from([NAMES[:5], NAMES[:6], NAMES, ("tue", "sat")]),
        "spans": st.sampled_from(
            [[("09:00", "18:00")], [("09:00", "12:00"), ("13:00", "18:00")], [("00:00", "24:00")], [("22:00", "24:00")]]
        ),
        "holidays": st.sampled_from(["CN", "none"]),
        "counts": st.sampled_from(["working", "working", "clock"]),
        "minutes": st.integers(1, 60).map(lambda tens: 10 * tens),
        "share": st.sampled_from([50, 80, 90]),
    }
)
MOMENTS = st.integers(0, 270 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, 0, 0, tzinfo=ZONE) + timedelta(minutes=minutes)
)


def policy_of(plan: dict[str, Any]) -> str:
    spans = [f"{begin}-{end}" for begin, end in plan["spans"]]
    return f"""{HEAD}
[calendar]
workdays = {json.dumps(plan["workdays"])}
hours = {json.dumps(spans)}
holidays = "{plan["holidays"]}"
[[clock]]
when = "true"
resolve = "{plan["minutes"]} minutes"
hours = "{plan["counts"]}"
warn_at = 0.{plan["share"]}
"""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=PLANS, start=MOMENTS, wait=st.none() | st.tuples(st.integers(0, 3000), st.integers(0, 6000)))
def test_any_deadline_is_that_of_the_slow_model(
    tmp_path: Path, founded: bytes, plan: dict[str, Any], start: datetime, wait: tuple[int, int] | None
) -> None:
    base = copied(tmp_path / "model.db", founded)
    pause = None
    if wait:
        begins = start + timedelta(minutes=wait[0])
        pause = begins, begins + timedelta(minutes=wait[1])
    with crmcli.open(base, now=datetime(2026, 12, 31, 23, 0, tzinfo=ZONE), dry_run=True) as ws:
        policies.apply(ws, policy_of(plan))
        add_customer(ws, "甲公司", tier=None)
        row = open_case(ws, "甲公司", "少货", at=start)
        if pause:
            assert pause_case(ws, row["number"], at=pause[0])["next_due"] is None
            row = resume_case(ws, row["number"], at=pause[1])
    up = reached(start, plan["minutes"], plan, pause)
    assert datetime.fromisoformat(row["resolve_by"]) == up
    assert (row["next_clock"], row["next_due"]) == ("resolve", row["resolve_by"])
    warned = reached(start, plan["minutes"] * plan["share"] // 100, plan, pause)
    if pause is None or warned > pause[1]:
        assert datetime.fromisoformat(row["next_warn"]) == warned
    else:
        # What warned before the pause still does.
        assert datetime.fromisoformat(row["next_warn"]) <= max(pause[1], warned)


def test_the_table_of_the_model_is_the_one_in_use() -> None:
    from crmcli.calendars.holidays import public_days

    days = public_days("CN", 2026)
    assert days.holidays == OFF
    assert days.workdays == WORKED


# ------------------------------------------------------------------------------------------ what runs now

_ROW: Row = {
    "status": "open", "opened_at": "2026-03-02T01:00:00Z", "respond_by": None, "responded_at": None,
    "resolve_by": None, "resolved_at": None, "revisit_by": None, "revisited_at": None, "paused_at": None,
    "hours": "clock", "clock": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("given_", "clock"),
    [
        ({}, None),
        ({"respond_by": "2026-03-02T05:00:00Z", "resolve_by": "2026-03-04T05:00:00Z"}, "respond"),
        ({"respond_by": "2026-03-04T05:00:00Z", "resolve_by": "2026-03-02T05:00:00Z"}, "resolve"),
        ({"respond_by": "2026-03-02T05:00:00Z", "resolve_by": "2026-03-02T05:00:00Z"}, "respond"),
        ({"respond_by": "2026-03-02T05:00:00Z", "responded_at": "2026-03-02T02:00:00Z"}, None),
        ({"resolve_by": "2026-03-02T05:00:00Z", "status": "responded"}, "resolve"),
        ({"resolve_by": "2026-03-02T05:00:00Z", "resolved_at": "2026-03-02T02:00:00Z"}, None),
        ({"revisit_by": "2026-03-05T05:00:00Z", "resolved_at": "2026-03-02T02:00:00Z"}, "revisit"),
        ({"revisit_by": "2026-03-05T05:00:00Z", "status": "closed"}, None),
        ({"respond_by": "2026-03-02T05:00:00Z", "paused_at": "2026-03-02T02:00:00Z"}, None),
    ],
)
def test_the_clock_that_runs(given_: Row, clock: str | None) -> None:
    from crmcli.calendars import ClockTime

    row = {**_ROW, **given_}
    found = upcoming(None, ClockTime("Asia/Shanghai"), row)
    assert (found["next_clock"], found["next_due"]) == (clock, row[f"{clock}_by"] if clock else None)


def test_the_terms_of_a_case_are_read_back(crm: Crm) -> None:
    with crm() as ws:
        row = opened(ws, CHINA, "2026-02-13 17:00")
        (shown,) = listing.cases(ws)
    terms = Terms.stored(row)
    assert terms is not None
    assert {name: str(length) for name, length in terms.lengths.items()} == {
        "respond": "4 hours", "resolve": "3 days", "revisit": "3 days",
    }  # fmt: skip
    assert (terms.hours, terms.warn_at, terms.again_at) == ("working", 0.8, None)
    assert shown["opened_at"] == "2026-02-13T17:00:00+08:00"
    assert datetime.fromisoformat(row["opened_at"]) == datetime(2026, 2, 13, 9, tzinfo=UTC)
