"""Clocks in working time: the golden cases, the odd days and zones, and all of it against a slow model."""

from bisect import bisect_left
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from crmcli.calendars import (
    ClockTime,
    Duration,
    WorkingTime,
    parse_duration,
    parse_span,
    parse_workday,
)
from crmcli.calendars.holidays import statutory_days
from tests.calendars.refusals import SHANGHAI, code_of
from tests.calendars.slow_clock import MINUTE, minutes_worked

MON_TO_FRI = frozenset(range(5))
OFFICE = (parse_span("09:00-12:00"), parse_span("13:00-18:00"))
CHINA = WorkingTime(MON_TO_FRI, OFFICE, SHANGHAI)
NO_LUNCH = WorkingTime(MON_TO_FRI, (parse_span("09:00-18:00"),), SHANGHAI, "none")
ROUND = ClockTime(SHANGHAI)


def at(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def read(instant: datetime, zone: str = SHANGHAI) -> str:
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def deadline(clock: WorkingTime | ClockTime, start: str, length: str) -> str:
    """The deadline on the clocks of the clock's own zone."""
    found = clock.deadline(at(start, clock.timezone), parse_duration(length)).at
    assert found.tzinfo is UTC
    return read(found, clock.timezone)


# ---------------------------------------------------------------------------------------- golden cases


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-03-07 16:00", "2026-03-09 10:00"),  # Saturday
        ("2026-03-07 20:00", "2026-03-09 10:00"),
        ("2026-03-06 17:30", "2026-03-09 09:30"),  # Friday
        ("2026-03-06 20:00", "2026-03-09 10:00"),
        ("2026-03-06 17:00", "2026-03-06 18:00"),
        ("2026-03-09 08:00", "2026-03-09 10:00"),
    ],
)
def test_one_working_hour(opened: str, due: str) -> None:
    assert deadline(NO_LUNCH, opened, "1 hour") == due


@pytest.mark.parametrize(
    ("opened", "length", "due"),
    [
        ("2026-02-13 17:00", "4 hours", "2026-02-14 12:00"),  # the Saturday makes up for the Spring Festival
        ("2026-02-13 17:00", "10 hours", "2026-02-24 10:00"),  # nine days off after it
        ("2026-02-14 17:30", "1 hour", "2026-02-24 09:30"),
        ("2026-09-30 17:00", "2小时", "2026-10-08 10:00"),
        ("2026-10-09 17:30", "1 hour", "2026-10-10 09:30"),  # a worked Saturday again
        ("2026-03-10 11:30", "1 hour", "2026-03-10 13:30"),  # over lunch
        ("2026-03-10 12:30", "30 minutes", "2026-03-10 13:30"),
        ("2026-03-10 11:00", "1 hour", "2026-03-10 12:00"),
    ],
)
def test_lunch_holidays_and_make_up_days_of_china(opened: str, length: str, due: str) -> None:
    assert deadline(CHINA, opened, length) == due


@pytest.mark.parametrize(
    ("opened", "length", "due"),
    [
        ("2026-03-10 15:00", "3 days", "2026-03-13 15:00"),
        ("2026-03-12 15:00", "3 days", "2026-03-17 15:00"),
        ("2026-03-13 20:00", "1 day", "2026-03-17 09:00"),  # counted from Monday morning
        ("2026-03-14 16:00", "3 days", "2026-03-19 09:00"),
        ("2026-03-10 12:30", "1 day", "2026-03-11 13:00"),
        ("2026-02-13 15:00", "2 days", "2026-02-24 15:00"),  # Saturday the 14th, then the Tuesday after the holidays
        ("2026-03-10 15:00", "1 week", "2026-03-17 15:00"),
        ("2026-09-24 15:00", "1 week", "2026-10-08 09:00"),  # 1 October is off
        ("2026-03-14 16:00", "2 weeks", "2026-03-30 09:00"),
    ],
)
def test_days_and_weeks_of_a_working_clock(opened: str, length: str, due: str) -> None:
    assert deadline(CHINA, opened, length) == due


@pytest.mark.parametrize(
    ("opened", "length", "due"),
    [
        ("2026-02-13 17:00", "4 hours", "2026-02-13 21:00"),
        ("2026-02-13 17:00", "3 days", "2026-02-16 17:00"),
        ("2026-02-13 17:00", "1 week", "2026-02-20 17:00"),
    ],
)
def test_a_clock_that_never_stops(opened: str, length: str, due: str) -> None:
    assert deadline(ROUND, opened, length) == due


def test_a_day_that_never_stops_is_the_same_time_of_day_in_a_night_the_clocks_are_moved() -> None:
    berlin = ClockTime("Europe/Berlin")
    assert deadline(berlin, "2026-03-28 12:00", "1 day") == "2026-03-29 12:00"
    assert deadline(berlin, "2026-03-28 12:00", "24 hours") == "2026-03-29 13:00"
    assert deadline(berlin, "2026-03-28 02:30", "1 day") == "2026-03-29 03:00"  # there is no half past two


# ----------------------------------------------------------------------------------------------- days


def test_the_companys_own_days_come_first() -> None:
    own = replace(
        CHINA,
        extra_holidays=frozenset({date(2026, 3, 10), date(2026, 2, 14)}),
        extra_workdays=frozenset({date(2026, 3, 15), date(2026, 10, 1)}),
    )
    found = {day: own.is_workday(date.fromisoformat(f"2026-{day}")) for day in ("03-10", "02-14", "03-15", "10-01")}
    assert found == {"03-10": False, "02-14": False, "03-15": True, "10-01": True}
    assert own.spans(date(2026, 3, 10)) == []
    assert [(read(start), read(end)) for start, end in own.spans(date(2026, 3, 15))] == [
        ("2026-03-15 09:00", "2026-03-15 12:00"),
        ("2026-03-15 13:00", "2026-03-15 18:00"),
    ]


def test_another_working_week() -> None:
    shop = WorkingTime(frozenset({1, 2, 3, 4, 5}), OFFICE, SHANGHAI)
    assert [shop.is_workday(date(2026, 3, day)) for day in range(9, 16)] == [False, True, True, True, True, True, False]
    assert not shop.is_workday(date(2026, 6, 20))  # the Saturday of a holiday


def test_the_next_working_moment() -> None:
    for moment, following in (
        ("2026-03-10 09:00", "2026-03-10 09:00"),
        ("2026-03-10 11:59", "2026-03-10 11:59"),
        ("2026-03-10 12:00", "2026-03-10 13:00"),
        ("2026-03-13 18:00", "2026-03-16 09:00"),
        ("2025-12-31 19:00", "2026-01-04 09:00"),  # a worked Sunday
    ):
        assert read(CHINA.next_working_moment(at(moment))) == following


def test_nothing_passes_backwards_and_no_time_is_no_time() -> None:
    start = at("2026-03-07 16:00")
    assert CHINA.working_between(start, start - timedelta(days=9)) == timedelta(0)
    assert ROUND.working_between(start, start - timedelta(days=9)) == timedelta(0)
    assert CHINA.add_working(start, timedelta(0)).at == start
    with pytest.raises(ValueError, match="negative"):
        CHINA.add_working(start, -MINUTE)
    with pytest.raises(ValueError, match="time zone"):
        CHINA.next_working_moment(datetime(2026, 3, 7))


def test_from_year_to_year() -> None:
    start, end = at("2024-11-05 10:00"), at("2026-03-03 16:30")
    worked = CHINA.working_between(start, end)
    parts = [start, at("2024-12-31 18:00"), at("2025-01-01 00:00"), at("2026-01-01 00:00"), end]
    assert worked == sum((CHINA.working_between(*pair) for pair in pairwise(parts)), timedelta(0))
    assert CHINA.add_working(start, worked).at == end


# ------------------------------------------------------------------------------- years without holidays


def test_a_year_without_published_holidays_is_told() -> None:
    found = CHINA.add_working(at("2026-12-31 17:00"), timedelta(hours=2))
    assert read(found.at) == "2027-01-04 10:00"  # New Year's Day is a Friday, by law
    assert found.estimated == (2027,)
    assert "2027" in found.note
    assert "\n" not in found.note
    before = CHINA.add_working(at("2026-12-30 17:00"), timedelta(hours=2))
    assert (before.estimated, before.note) == ((), "")
    days = CHINA.deadline(at("2026-12-31 17:00"), Duration(300, "day"))
    assert days.estimated == (2027, 2028)


def test_nobodys_holidays_are_never_estimated() -> None:
    assert NO_LUNCH.add_working(at("2026-12-31 17:00"), timedelta(hours=2)).estimated == ()
    assert ROUND.deadline(at("2026-12-31 17:00"), Duration(9, "day")).estimated == ()


def test_a_year_whose_official_days_are_the_companys_own_is_known() -> None:
    # As it might be published: lieu days for the weekends, which are not listed, and two Saturdays worked.
    fixed = {day for day in statutory_days(2027) if day.weekday() < 5}
    lieu = {date(2027, 2, 9), date(2027, 2, 10), date(2027, 5, 3), date(2027, 10, 4)}
    known = replace(
        CHINA,
        extra_holidays=frozenset(fixed | lieu),
        extra_workdays=frozenset({date(2027, 1, 30), date(2027, 9, 25)}),
        known_years=frozenset({2027}),
    )
    found = known.add_working(at("2027-02-04 17:00"), timedelta(hours=2))
    assert (read(found.at), found.estimated) == ("2027-02-11 10:00", ())
    assert known.add_working(at("2027-12-31 17:00"), timedelta(hours=2)).estimated == (2028,)
    told = replace(known, known_years=frozenset())
    assert told.add_working(at("2027-02-04 17:00"), timedelta(hours=2)).estimated == (2027,)
    # What the notice leaves out is worked, though the law of today has it: it is the notice that counts.
    less = replace(known, extra_holidays=known.extra_holidays - {date(2027, 6, 9)})
    assert less.is_workday(date(2027, 6, 9)) and not told.is_workday(date(2027, 6, 9))


def test_a_published_year_stays_as_published() -> None:
    known = replace(CHINA, known_years=frozenset({2026}))
    assert not known.is_workday(date(2026, 10, 1)) and known.is_workday(date(2026, 2, 14))


# ------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("09:00-12:00", (540, 720)),
        ("9:00 - 12:30", (540, 750)),
        ("09：00—18：00", (540, 1080)),
        ("00:00-24:00", (0, 1440)),
        ("13:00至18:00", (780, 1080)),
    ],
)
def test_hours(text: str, span: tuple[int, int]) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize(
    "text", ["", "9-12", "12:00-09:00", "09:00-09:00", "09:60-10:00", "22:00-24:01", "9:00-12:00am"]
)
def test_bad_hours(text: str) -> None:
    assert code_of(parse_span, text) == "hours-invalid"


def test_days_of_the_week() -> None:
    assert [parse_workday(text) for text in ("mon", "Tues", "sunday", "周三", "星期天", "礼拜六")] == [0, 1, 6, 2, 6, 5]
    for text in ("", "m", "day", "周八", "1"):
        assert code_of(parse_workday, text) == "workdays-invalid"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"workdays": frozenset()}, "workdays-invalid"),
        ({"workdays": frozenset({7})}, "workdays-invalid"),
        ({"hours": ()}, "hours-invalid"),
        ({"hours": (OFFICE[1], OFFICE[0])}, "hours-invalid"),
        ({"hours": ((540, 800), OFFICE[1])}, "hours-invalid"),
        ({"hours": ((600, 540),)}, "hours-invalid"),
        ({"hours": ((540, 1441),)}, "hours-invalid"),
        ({"timezone": "Asia/Nowhere"}, "zone-invalid"),
        ({"holidays": "DE"}, "holidays-unknown"),
        (
            {"extra_holidays": frozenset({date(2026, 1, 1)}), "extra_workdays": frozenset({date(2026, 1, 1)})},
            "days-contradict",
        ),
    ],
)
def test_what_is_no_working_time_is_refused(changes: dict[str, object], code: str) -> None:
    assert code_of(lambda: replace(CHINA, **changes)) == code  # type: ignore[arg-type]


def test_the_end_of_the_calendar() -> None:
    never = replace(
        NO_LUNCH,
        workdays=frozenset({0}),
        extra_holidays=frozenset(date(2026, 1, 5) + timedelta(weeks=number) for number in range(5300)),
    )
    start = at("2026-03-07 16:00")
    assert code_of(never.next_working_moment, start) == "date-invalid"
    assert code_of(never.add_working, start, MINUTE) == "date-invalid"
    assert code_of(never.deadline, start, Duration(1, "day")) == "date-invalid"
    assert code_of(ROUND.add_working, start, timedelta(days=3_000_000)) == "date-invalid"
    assert code_of(ROUND.deadline, at("9999-12-30 12:00"), Duration(9, "day")) == "date-invalid"


# ------------------------------------------------------------------------------- against the slow model

DAYS_MODELLED = 20
ZONES = [
    (SHANGHAI, ["2026-02-10", "2025-09-26", "2024-04-25", "2025-12-24"]),
    ("Europe/Berlin", ["2026-03-27", "2026-10-23", "2025-12-27"]),
    ("America/Havana", ["2026-03-06", "2026-10-30"]),  # moves its clocks at midnight
    ("Asia/Beirut", ["2025-03-28", "2025-10-24"]),
    ("Australia/Lord_Howe", ["2026-04-03", "2026-10-02"]),  # by half an hour
    ("Pacific/Apia", ["2011-12-27"]),  # had no 30 December
]
CLOCKS = st.lists(st.integers(0, 48), min_size=2, max_size=6, unique=True).map(
    lambda halves: [
        (f"{first // 2:02d}:{first % 2 * 30:02d}", f"{last // 2:02d}:{last % 2 * 30:02d}")
        for first, last in zip(sorted(halves)[::2], sorted(halves)[1::2], strict=False)
    ]
)


Case = tuple[WorkingTime, datetime, list[datetime]]


@st.composite
def companies(draw: st.DrawFn) -> Case:
    """Working time, the beginning of some weeks, and all their minutes that are worked by the slow model."""
    zone, firsts = draw(st.sampled_from(ZONES))
    first = date.fromisoformat(draw(st.sampled_from(firsts)))
    hours = draw(st.sampled_from([[("09:00", "12:00"), ("13:00", "18:00")], [("00:00", "24:00")]]) | CLOCKS)
    workdays = draw(st.sets(st.integers(0, 6), min_size=1))
    holidays = draw(st.sampled_from(["CN", "none"])) if first.year > 2011 else "none"
    near = st.integers(0, DAYS_MODELLED).map(lambda number: first + timedelta(days=number))
    off = draw(st.sets(near, max_size=3))
    on = draw(st.sets(near, max_size=3)) - off
    worked = minutes_worked(first, DAYS_MODELLED, zone, hours, workdays, holidays, off, on)
    spans = tuple(parse_span(f"{begin}-{end}") for begin, end in hours)
    company = WorkingTime(frozenset(workdays), spans, zone, holidays, frozenset(off), frozenset(on))
    return company, datetime.combine(first, time(), ZoneInfo(zone)).astimezone(UTC), worked


@settings(deadline=None, max_examples=40)
@given(companies(), st.data())
def test_every_minute_is_worked_as_in_the_slow_model(case: Case, data: st.DataObject) -> None:
    company, begin, worked = case
    for _ in range(5):
        start = begin + data.draw(st.integers(0, DAYS_MODELLED * 1000)) * MINUTE
        first = bisect_left(worked, start)
        left = len(worked) - first
        assume(left)
        assert company.next_working_moment(start) == worked[first]
        number = data.draw(st.integers(1, left))
        due = company.add_working(start, number * MINUTE).at
        assert due == worked[first + number - 1] + MINUTE
        assert company.working_between(start, due) == number * MINUTE
        end = worked[data.draw(st.integers(first, len(worked) - 1))]
        assert company.working_between(start, end) == (bisect_left(worked, end) - first) * MINUTE


@settings(deadline=None, max_examples=40)
@given(companies(), st.data())
def test_days_are_those_of_the_slow_model(case: Case, data: st.DataObject) -> None:
    company, _, worked = case
    assume(worked)
    zone = ZoneInfo(company.timezone)
    by_day: dict[date, list[datetime]] = {}
    for minute in worked:
        by_day.setdefault(minute.astimezone(zone).date(), []).append(minute)
    start = worked[data.draw(st.integers(0, len(worked) - 1))] + data.draw(st.integers(0, 90)) * MINUTE
    first = bisect_left(worked, start)
    assume(first < len(worked))
    local = worked[first].astimezone(zone)
    # In a night the clocks are moved a time may come twice, or not at all; the examples above have those.
    assume(all(len(minutes) == len(by_day[local.date()]) for minutes in by_day.values()))
    later = [day for day in by_day if day > local.date()]
    assume(later)
    number = data.draw(st.integers(1, len(later)))
    expected = datetime.combine(later[number - 1], local.time(), zone).astimezone(UTC)
    assert company.deadline(start, Duration(number, "day")).at == expected


ALWAYS_OPEN = replace(CHINA, timezone="Europe/Berlin", hours=((0, 1440),), workdays=frozenset(range(7)))


@settings(deadline=None)
@given(
    st.datetimes(datetime(2004, 1, 1), datetime(2060, 1, 1)),
    st.timedeltas(timedelta(0), timedelta(hours=6000)),
    st.timedeltas(timedelta(0), timedelta(hours=60)),
    st.sampled_from(
        [CHINA, replace(CHINA, timezone="Europe/Berlin", hours=((0, 1440),), workdays=frozenset(range(7)))]
    ),
)
@example(datetime(2026, 2, 13, 17), timedelta(hours=4), timedelta(0), CHINA)
def test_adding_and_measuring_are_each_others_reverse(
    naive: datetime, length: timedelta, more: timedelta, clock: WorkingTime
) -> None:
    start = naive.replace(tzinfo=UTC)
    due = clock.add_working(start, length)
    assert due.at >= start
    assert clock.working_between(start, due.at) == length
    further = clock.add_working(start, length + more)
    assert further.at >= due.at
    assert set(due.estimated) <= set(further.estimated)
    if length:
        assert clock.add_working(due.at, more).at == further.at or not more


def test_a_night_of_moved_clocks_is_shorter_or_longer() -> None:
    berlin = WorkingTime(frozenset(range(7)), ((0, 1440),), "Europe/Berlin", "none")
    lengths = {
        day: sum(((end - start) for start, end in berlin.spans(date.fromisoformat(day))), timedelta(0))
        for day in ("2026-03-28", "2026-03-29", "2026-10-25")
    }
    assert [length // timedelta(hours=1) for length in lengths.values()] == [24, 23, 25]
    night = replace(berlin, hours=((90, 150),))  # half past one to half past two
    assert [end - start for start, end in night.spans(date(2026, 3, 29))] == [timedelta(minutes=30)]
    skipped = replace(berlin, hours=((130, 150),))
    assert skipped.spans(date(2026, 3, 29)) == []
    assert datetime.combine(date(2026, 3, 29), time(1), UTC) == night.spans(date(2026, 3, 29))[0][1]
