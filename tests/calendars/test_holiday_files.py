"""Holiday files of states, companies and calendar programs; what is not understood is refused in one line."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.calendars import ExtraDays, holidays_from_ics, holidays_from_json, holidays_from_toml
from crmcli.errors import BadValue
from tests.calendars.refusals import code_of, unhurried


def said(*days: tuple[str, bool]) -> str:
    return json.dumps({"year": 2027, "days": [{"name": "节", "date": day, "isOffDay": off} for day, off in days]})


def test_a_json_calendar() -> None:
    text = said(("2027-02-08", True), ("2027-01-30", False), ("2027-02-05", True), ("2027-02-05", True))
    assert holidays_from_json(text) == ExtraDays((date(2027, 2, 5), date(2027, 2, 8)), (date(2027, 1, 30),))


@pytest.mark.parametrize(
    "text",
    [
        "", "days", "[]", "{}", '{"days": {}}', '{"days": []}', '{"days": [7]}', '{"days": [{"date": "2027-01-01"}]}',
        '{"days": [{"date": "2027-02-30", "isOffDay": true}]}', '{"days": [{"date": "2027-1-1", "isOffDay": true}]}',
        '{"days": [{"date": "2027-01-01", "isOffDay": "yes"}]}', '{"days": [{"date": 20270101, "isOffDay": true}]}',
        said(("2027-01-01", True), ("2027-01-01", False)), "[" * 100_000,
    ],
)  # fmt: skip
def test_a_bad_json_calendar_is_refused(text: str) -> None:
    assert code_of(holidays_from_json, text) == "calendar-invalid"


def test_the_place_of_a_bad_day_is_told() -> None:
    with pytest.raises(BadValue, match="day 2 "):
        holidays_from_json(said(("2027-01-01", True), ("01.05.2027", True)))


@pytest.mark.parametrize("head", ["", "[calendar]\n"])
def test_a_toml_calendar(head: str) -> None:
    text = f"{head}extra_holidays = [2027-02-08, 2027-02-05]\nextra_workdays = [2027-01-30]\nknown_years = [2027]\n"
    found = holidays_from_toml(text)
    assert found == ExtraDays((date(2027, 2, 5), date(2027, 2, 8)), (date(2027, 1, 30),), (2027,))
    assert holidays_from_toml(head + "extra_workdays = [2027-01-30]\n") == ExtraDays((), (date(2027, 1, 30),))


@pytest.mark.parametrize(
    "text",
    [
        "", "holidays = []", "extra_holidays = []", "extra_holidays = [2027]", "extra_holidays = '2027-01-01'",
        "extra_holidays = [2027-01-01T10:00:00]", "extra_holidays = [2027-02-30]", "known_years = [2027]",
        "extra_holidays = [2027-01-01]\nknown_years = ['2027']", "extra_holidays = [2027-01-01]\nknown_years = [true]",
        "extra_holidays = [2027-01-01]\nextra_workdays = [2027-01-01]", "calendar = 1", "[" * 50_000,
    ],
)  # fmt: skip
def test_a_bad_toml_calendar_is_refused(text: str) -> None:
    assert code_of(holidays_from_toml, text) == "calendar-invalid"


def calendar(*events: str) -> str:
    """An iCalendar file with events given as lines joined by `|`."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def texts(days: ExtraDays) -> tuple[str, str]:
    holidays, workdays = (" ".join(f"{day:%m%d}" for day in some) for some in days[:2])
    return holidays, workdays


@pytest.mark.parametrize(
    ("events", "holidays", "workdays"),
    [
        pytest.param(
            (
                "SUMMARY:上班(补春节假期)|DTSTART;VALUE=DATE:20270130|DTEND;VALUE=DATE:20270131",
                "SUMMARY:春节假期|DTSTART;VALUE=DATE:20270205|DTEND;VALUE=DATE:20270208",
            ),
            "0205 0206 0207", "0130", id="as holiday-cn writes them",
        ),
        pytest.param(
            (
                "SUMMARY:春节（休）|DTSTART;VALUE=DATE:20270205|DTEND;VALUE=DATE:20270207|X-APPLE-SPECIAL-DAY:WORK-HOLIDAY",
                "SUMMARY:春节（班）|DTSTART;VALUE=DATE:20270130|X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY",
                "SUMMARY:元宵节|DTSTART;VALUE=DATE:20270220|RRULE:FREQ=YEARLY",
            ),
            "0205 0206", "0130", id="marked by the program, festivals beside them",
        ),
        pytest.param(
            (
                "SUMMARY:Tag der Arbeit|DTSTART;VALUE=DATE:20270501|DESCRIPTION:Public holiday",
                "SUMMARY:Mother's Day|DTSTART;VALUE=DATE:20270509|DESCRIPTION:Observance\\nTo hide observances",
                "SUMMARY:Special Working Day|DTSTART;VALUE=DATE:20270508",
                "SUMMARY:Moved|DTSTART;VALUE=DATE:20270510|STATUS:CANCELLED",
            ),
            "0501", "0508", id="observances and cancelled ones left out",
        ),
        pytest.param(
            (
                "SUMMARY:春节 补班|DTSTART:20270130T090000|DTEND:20270130T180000",
                "SUMMARY:Betriebsruhe|DTSTART:20270802T000000|DTEND:20270804T000000",
                "SUMMARY:International Workers' Day|DTSTART;VALUE=DATE:20270501|DTEND;VALUE=DATE:20270501",
            ),
            "0501 0802 0803", "0130", id="with times of day",
        ),
    ],
)  # fmt: skip
def test_an_icalendar_file(events: tuple[str, ...], holidays: str, workdays: str) -> None:
    assert texts(holidays_from_ics(calendar(*events))) == (holidays, workdays)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        calendar(),
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART",
        calendar("SUMMARY:No day"),
        calendar("SUMMARY:Christmas|DTSTART;VALUE=DATE:20271225|RRULE:FREQ=YEARLY"),
        calendar("SUMMARY:Half a day|DTSTART:20271224T120000|DTEND:20271224T180000"),
        calendar("SUMMARY:Elsewhere|DTSTART:20271224T000000Z"),
        calendar("SUMMARY:Impossible|DTSTART;VALUE=DATE:20270230"),
        calendar("SUMMARY:Backwards|DTSTART;VALUE=DATE:20270203|DTEND;VALUE=DATE:20270201"),
        calendar("SUMMARY:For ever|DTSTART;VALUE=DATE:20270203|DTEND;VALUE=DATE:99991231"),
        calendar("SUMMARY:A|DTSTART;VALUE=DATE:20270203", "SUMMARY:补班|DTSTART;VALUE=DATE:20270203"),
    ],
)
def test_a_bad_icalendar_file_is_refused(text: str) -> None:
    assert code_of(holidays_from_ics, text) == "calendar-invalid"


def test_the_bad_event_is_told() -> None:
    with pytest.raises(BadValue, match=r"20271225.*repeats"):
        holidays_from_ics(calendar("SUMMARY:Christmas|DTSTART;VALUE=DATE:20271225|RRULE:FREQ=YEARLY"))


@unhurried
@given(st.text(max_size=60), st.sampled_from(["", "BEGIN:VCALENDAR\n", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:"]))
def test_any_text_is_read_or_refused(text: str, before: str) -> None:
    for read in (holidays_from_json, holidays_from_ics):
        try:
            read(before + text)
        except BadValue as problem:
            assert problem.code == "calendar-invalid"
