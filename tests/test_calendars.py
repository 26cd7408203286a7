"""Dates as people type them, cadence steps, and birthdays in two calendars."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmcli import calendars
from crmcli.calendars import Cadence, Unit
from crmcli.errors import BadValue
from crmcli.values import birthday_key

WEDNESDAY = date(2026, 1, 7)
NOW = datetime(2026, 1, 7, 2, 30, tzinfo=UTC)
SHANGHAI = "Asia/Shanghai"


# The first example of a test may have to import a library.
unhurried = settings(deadline=None)


def code_of(parse: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(BadValue) as caught:
        parse(*arguments)
    assert caught.value.reason
    return caught.value.code


# ------------------------------------------------------------------------------------------- clocks


def test_local_date_is_the_day_of_the_zone() -> None:
    late = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)
    assert calendars.local_date(late, SHANGHAI) == date(2026, 1, 6)
    assert calendars.local_date(late, "America/New_York") == date(2026, 1, 5)
    assert calendars.local_datetime(late, SHANGHAI).isoformat() == "2026-01-06T00:00:00+08:00"


def test_a_naive_instant_or_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        calendars.local_date(datetime(2026, 1, 5), SHANGHAI)
    for zone in ("Asia/Nowhere", "", "../etc/passwd"):
        assert code_of(calendars.local_date, NOW, zone) == "zone-invalid"


# --------------------------------------------------------------------------- what people type: days


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-05", date(2026, 1, 5)),
        ("2026/1/5", date(2026, 1, 5)),
        ("20260105", date(2026, 1, 5)),
        ("2026年1月5日", date(2026, 1, 5)),
        ("today", date(2026, 1, 7)),
        ("Tomorrow", date(2026, 1, 8)),
        ("yesterday", date(2026, 1, 6)),
        ("+3d", date(2026, 1, 10)),
        ("-3d", date(2026, 1, 4)),
        ("+2w", date(2026, 1, 21)),
        ("+1m", date(2026, 2, 7)),
        ("+1y", date(2027, 1, 7)),
        ("in 3 days", date(2026, 1, 10)),
        ("2 weeks ago", date(2025, 12, 24)),
        ("wed", date(2026, 1, 14)),
        ("thu", date(2026, 1, 8)),
        ("monday", date(2026, 1, 12)),
        ("next monday", date(2026, 1, 12)),
        ("next  friday", date(2026, 1, 16)),
        ("this friday", date(2026, 1, 9)),
        ("last friday", date(2026, 1, 2)),
        ("eom", date(2026, 1, 31)),
        ("eoy", date(2026, 12, 31)),
        ("今天", date(2026, 1, 7)),
        ("明天", date(2026, 1, 8)),
        ("后天", date(2026, 1, 9)),
        ("大后天", date(2026, 1, 10)),
        ("昨天", date(2026, 1, 6)),
        ("前天", date(2026, 1, 5)),
        ("3天后", date(2026, 1, 10)),
        ("３天后", date(2026, 1, 10)),
        ("三天之后", date(2026, 1, 10)),
        ("3天前", date(2026, 1, 4)),
        ("两周后", date(2026, 1, 21)),
        ("1个月后", date(2026, 2, 7)),
        ("半年后", date(2026, 7, 7)),
        ("一年后", date(2027, 1, 7)),
        ("周三", date(2026, 1, 14)),
        ("星期四", date(2026, 1, 8)),
        ("周日", date(2026, 1, 11)),
        ("下周三", date(2026, 1, 14)),
        ("下周日", date(2026, 1, 18)),
        ("下下周一", date(2026, 1, 19)),
        ("本周五", date(2026, 1, 9)),
        ("这周五", date(2026, 1, 9)),
        ("本周一", date(2026, 1, 5)),
        ("上周五", date(2026, 1, 2)),
        ("月底", date(2026, 1, 31)),
        ("下月底", date(2026, 2, 28)),
        ("年底", date(2026, 12, 31)),
        ("下个月5号", date(2026, 2, 5)),
        ("本月15日", date(2026, 1, 15)),
    ],
)
def test_parse_when(text: str, day: date) -> None:
    assert calendars.parse_when(text, WEDNESDAY) == day


def test_month_steps_keep_to_the_month() -> None:
    assert calendars.parse_when("+1m", date(2026, 1, 31)) == date(2026, 2, 28)
    assert calendars.parse_when("+1y", date(2024, 2, 29)) == date(2025, 2, 28)
    assert calendars.parse_when("下月底", date(2026, 12, 31)) == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "date-invalid"),
        ("soon", "date-invalid"),
        ("45356", "date-invalid"),
        ("12", "date-invalid"),
        ("+3", "date-invalid"),
        ("+99999y", "date-invalid"),
        ("半天后", "date-invalid"),
        ("十十天后", "date-invalid"),
        ("next", "date-invalid"),
        ("下周八", "date-invalid"),
        ("+3d" * 1000, "date-invalid"),
        ("2026-02-30", "date-impossible"),
        ("下个月30号", "date-impossible"),
        ("02/03/2026", "date-ambiguous"),
    ],
)
def test_parse_when_refuses(text: str, code: str) -> None:
    assert code_of(calendars.parse_when, text, WEDNESDAY) == code


def test_the_reason_names_accepted_forms() -> None:
    with pytest.raises(BadValue, match=r"2026-01-05.*tomorrow.*\+3d"):
        calendars.parse_when("whenever", WEDNESDAY)


@unhurried
@given(st.text(max_size=20))
def test_parse_when_accepts_or_refuses_anything(text: str) -> None:
    try:
        assert isinstance(calendars.parse_when(text, WEDNESDAY), date)
    except BadValue as problem:
        assert problem.code.startswith("date-")


# ------------------------------------------------------------------------ what people type: instants


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-01-05", "2026-01-04T16:00:00+00:00"),
        ("2026-01-05 14:30", "2026-01-05T06:30:00+00:00"),
        ("2026-01-05T14:30:15", "2026-01-05T06:30:15+00:00"),
        ("2026/1/5 9:05", "2026-01-05T01:05:00+00:00"),
        ("2026-01-05T14:30:00+02:00", "2026-01-05T12:30:00+00:00"),
        ("2026-01-05 14:30 +0200", "2026-01-05T12:30:00+00:00"),
        ("2026-01-05T14:30:00Z", "2026-01-05T14:30:00+00:00"),
        ("now", "2026-01-07T02:30:00+00:00"),
        ("today 14:30", "2026-01-07T06:30:00+00:00"),
        ("14:30", "2026-01-07T06:30:00+00:00"),
        ("昨天 15:00", "2026-01-06T07:00:00+00:00"),
        ("昨天下午3点半", "2026-01-06T07:30:00+00:00"),
        ("上午9点15分", "2026-01-07T01:15:00+00:00"),
        ("中午12点", "2026-01-07T04:00:00+00:00"),
        ("+3d 08:00", "2026-01-10T00:00:00+00:00"),
        ("yesterday", "2026-01-05T16:00:00+00:00"),
    ],
)
def test_parse_instant(text: str, instant: str) -> None:
    found = calendars.parse_instant(text, NOW, SHANGHAI)
    assert found.isoformat() == instant
    assert found.tzinfo is UTC


def test_today_is_the_day_of_the_zone_not_of_utc() -> None:
    evening = datetime(2026, 1, 6, 20, 0, tzinfo=UTC)
    assert calendars.parse_instant("today 01:00", evening, SHANGHAI) == datetime(2026, 1, 6, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "25:00",
        "14:60",
        "2026-01-05 25:00",
        "2026-01-05T14:30+99:00",
        "晚上12点",
        "soon 14:30",
        "+9000y 10:00",
    ],
)
def test_parse_instant_refuses(text: str) -> None:
    assert code_of(calendars.parse_instant, text, NOW, SHANGHAI) == "date-invalid"


def test_an_instant_past_the_calendar_is_a_bad_value() -> None:
    last_year = datetime(9999, 6, 1, tzinfo=UTC)
    assert code_of(calendars.parse_instant, "eoy 23:00", last_year, "America/New_York") == "date-invalid"


# ------------------------------------------------------------------------------------------ cadence


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("1 month", 1, "month"),
        ("2 weeks", 2, "week"),
        ("3 days", 3, "day"),
        ("3days", 3, "day"),
        ("week", 1, "week"),
        ("Monthly", 1, "month"),
        ("every 2 weeks", 2, "week"),
        ("half-year", 6, "month"),
        ("half year", 6, "month"),
        ("quarter", 3, "month"),
        ("2 quarters", 6, "month"),
        ("1 year", 1, "year"),
        ("1个月", 1, "month"),
        ("每月", 1, "month"),
        ("每季度", 3, "month"),
        ("每两周", 2, "week"),
        ("半年", 6, "month"),
        ("3天", 3, "day"),
    ],
)
def test_parse_cadence(text: str, number: int, unit: Unit) -> None:
    cadence = calendars.parse_cadence(text)
    assert cadence == Cadence(number, unit)
    assert calendars.parse_cadence(str(cadence)) == cadence


@pytest.mark.parametrize(
    "text",
    ["", "0 days", "-1 week", "1000 days", "month 1", "half-month", "半月", "often", "每", "1.5 weeks"],
)
def test_parse_cadence_refuses(text: str) -> None:
    assert code_of(calendars.parse_cadence, text) == "cadence-invalid"


def test_month_ends_do_not_drift() -> None:
    monthly = Cadence(1, "month")
    base = date(2026, 1, 31)
    assert [calendars.add(monthly, base, times) for times in range(5)] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31),
    ]  # fmt: skip
    assert calendars.add(monthly, date(2024, 1, 31)) == date(2024, 2, 29)
    assert calendars.add(Cadence(1, "year"), date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_a_step_out_of_the_calendar_is_a_bad_value() -> None:
    for cadence in (Cadence(1, "day"), Cadence(1, "month"), Cadence(999, "year")):
        assert code_of(calendars.add, cadence, date.max) == "date-invalid"


cadences = st.builds(Cadence, st.integers(1, 24), st.sampled_from(["day", "week", "month", "year"]))
days = st.dates(date(1950, 1, 1), date(2090, 12, 31))


@unhurried
@given(cadences, days, st.integers(1, 20))
def test_cadence_steps_only_grow_and_agree_with_dateutil(cadence: Cadence, base: date, times: int) -> None:
    from dateutil.relativedelta import relativedelta

    steps = [calendars.add(cadence, base, number) for number in range(times + 1)]
    assert all(earlier < later for earlier, later in pairwise(steps))
    number = cadence.number * times
    expected = {
        "day": relativedelta(days=number),
        "week": relativedelta(weeks=number),
        "month": relativedelta(months=number),
        "year": relativedelta(years=number),
    }[cadence.unit]
    assert steps[-1] == base + expected


# ---------------------------------------------------------------------------------------- birthdays


def kept_in(canonical: str, year: int) -> list[date]:
    return calendars.birthdays_between(canonical, date(year, 1, 1), date(year, 12, 31))


@pytest.mark.parametrize(
    ("canonical", "year", "kept"),
    [
        ("1980-05-03", 2026, [date(2026, 5, 3)]),
        ("--02-29", 2026, [date(2026, 2, 28)]),
        ("1980-02-29", 2028, [date(2028, 2, 29)]),
        ("lunar 12-30", 2025, [date(2025, 1, 28)]),
        ("lunar 12-30", 2026, [date(2026, 2, 16)]),
        ("lunar 12-30", 2027, [date(2027, 2, 5)]),
        ("lunar 01-01", 2027, [date(2027, 2, 6)]),
        ("lunar 1980-08-15", 2026, [date(2026, 9, 25)]),
        # 2020 had a leap fourth month, 2026 has none.
        ("lunar leap 04-15", 2020, [date(2020, 6, 6)]),
        ("lunar 04-15", 2020, [date(2020, 5, 7)]),
        ("lunar leap 04-15", 2026, [date(2026, 5, 31)]),
        # The leap eleventh month of 2033 begins on 22 December.
        ("lunar leap 11-01", 2033, [date(2033, 12, 22)]),
        ("lunar 08-15", 2025, [date(2025, 10, 6)]),
        ("lunar leap 06-01", 2025, [date(2025, 7, 25)]),
        ("lunar 12-30", 2024, [date(2024, 2, 9)]),
    ],
)
def test_birthdays_between(canonical: str, year: int, kept: list[date]) -> None:
    assert kept_in(canonical, year) == kept


def test_a_lunar_birthday_may_come_twice_or_not_at_all_in_a_year() -> None:
    counts = {len(kept_in("lunar 11-25", year)) for year in range(1950, 2090)}
    assert counts == {0, 1, 2}


def test_outside_the_lunar_table_nothing_falls() -> None:
    assert kept_in("lunar 08-15", 2150) == []
    window = date(2150, 1, 1), date(2150, 1, 3)
    assert calendars.birthday_keys(*window) == calendars.anniversary_keys(*window)


ALL_BIRTHDAYS = (
    [f"--{date(2000, 1, 1) + timedelta(days=number):%m-%d}" for number in range(366)]
    + [f"lunar {month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 31)]
    + [f"lunar leap {month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 31)]
)


@pytest.mark.parametrize("year", [2020, 2023, 2025, 2026, 2033, 2034])
def test_birthday_keys_agree_with_the_birthdays_of_every_day(year: int) -> None:
    expected: dict[date, set[str]] = {}
    for canonical in ALL_BIRTHDAYS:
        for day in kept_in(canonical, year):
            expected.setdefault(day, set()).add(birthday_key(canonical))
    for number in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
        day = date.fromordinal(number)
        assert calendars.birthday_keys(day, day) == dict.fromkeys(expected[day], day)


@unhurried
@given(days, st.integers(0, 800))
@example(date(2020, 1, 1), 366)
def test_a_window_has_the_first_day_of_each_key(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    keys = calendars.birthday_keys(start, end)
    for canonical in ALL_BIRTHDAYS[::7]:
        kept = calendars.birthdays_between(canonical, start, end)
        assert keys.get(birthday_key(canonical)) == (kept[0] if kept else None)


def test_anniversary_keys() -> None:
    keys = calendars.anniversary_keys(date(2026, 2, 27), date(2026, 3, 1))
    assert keys == {
        "02-27": date(2026, 2, 27),
        "02-28": date(2026, 2, 28),
        "02-29": date(2026, 2, 28),
        "03-01": date(2026, 3, 1),
    }
    assert calendars.birthday_keys(date(2026, 2, 27), date(2026, 3, 1), lunar=False) == keys
    assert calendars.anniversary_keys(date(2028, 2, 28), date(2028, 2, 29))["02-29"] == date(2028, 2, 29)
    assert calendars.anniversary_keys(date(2026, 3, 2), date(2026, 3, 1)) == {}
    assert len(calendars.anniversary_keys(date(2026, 1, 1), date.max)) == 366
