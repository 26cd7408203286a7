"""Days put into a policy's text: all else in it stays, byte for byte."""

import tomllib
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.errors import BadValue
from crmcli.policy import schema
from crmcli.policy.extending import with_days

ONE, TWO, THREE = date(2027, 1, 1), date(2027, 1, 2), date(2027, 2, 6)
WORKED = date(2027, 1, 30)


def added(text: str, *holidays: date, workdays: Sequence[date] = (), years: Sequence[int] = ()) -> str:
    return with_days(text, holidays=holidays, workdays=workdays, years=years)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            '[calendar]\nholidays = "CN"  # ours\n\n# next\n[review]\nevery = "1 month"\n',
            '[calendar]\nholidays = "CN"  # ours\nextra_holidays = [2027-01-01, 2027-02-06]\n\n# next\n[review]\n'
            'every = "1 month"\n',
            id="a list that is not there yet",
        ),
        pytest.param("[calendar]", "[calendar]\nextra_holidays = [2027-01-01, 2027-02-06]", id="an empty section"),
        pytest.param(
            "[calendar] # days\n[[tag]]\n",
            "[calendar] # days\nextra_holidays = [2027-01-01, 2027-02-06]\n[[tag]]\n",
            id="an empty section before another",
        ),
        pytest.param(
            "[calendar]\nextra_holidays = []\n",
            "[calendar]\nextra_holidays = [2027-01-01, 2027-02-06]\n",
            id="an empty list",
        ),
        pytest.param(
            "[calendar]\nextra_holidays = [ 2026-12-31 ] # ours\n",
            "[calendar]\nextra_holidays = [ 2026-12-31, 2027-01-01, 2027-02-06 ] # ours\n",
            id="a short list",
        ),
        pytest.param(
            "[calendar]\nextra_holidays = [2026-12-31,]\n",
            "[calendar]\nextra_holidays = [2026-12-31, 2027-01-01, 2027-02-06]\n",
            id="a comma at its end",
        ),
        pytest.param(
            "[calendar]\nextra_holidays = [\n  2026-12-31 # the fair, [all] of it\n  # ]\n]\nhours = ['09:00-12:00']\n",
            "[calendar]\nextra_holidays = [\n  2026-12-31, # the fair, [all] of it\n  # ]\n  2027-01-01,\n"
            "  2027-02-06,\n]\nhours = ['09:00-12:00']\n",
            id="a long list with comments",
        ),
        pytest.param(
            'name = "[calendar]"\n', 'name = "[calendar]"\n\n[calendar]\nextra_holidays = [2027-01-01, 2027-02-06]\n',
            id="no section",
        ),
        pytest.param(
            'name = "x"', 'name = "x"\n\n[calendar]\nextra_holidays = [2027-01-01, 2027-02-06]\n', id="no line end"
        ),
        pytest.param(
            "\ufeff[calendar]\r\nholidays = 'CN'\r\n[review]\r\n",
            "\ufeff[calendar]\r\nholidays = 'CN'\r\nextra_holidays = [2027-01-01, 2027-02-06]\r\n[review]\r\n",
            id="a byte order mark, and lines as Windows ends them",
        ),
        pytest.param(
            "  [ calendar ]\n  extra_workdays = [2026-01-04]\n",
            "  [ calendar ]\n  extra_workdays = [2026-01-04]\nextra_holidays = [2027-01-01, 2027-02-06]\n",
            id="indented",
        ),
    ],
)  # fmt: skip
def test_two_days(before: str, after: str) -> None:
    assert added(before, ONE, THREE) == after


def test_many_days_stand_on_a_line_for_each_run_of_them() -> None:
    days = [ONE, TWO, *(date(2027, 2, 6) + timedelta(n) for n in range(5))]
    assert added("[calendar]\n", *days, workdays=[WORKED], years=[2027]) == (
        "[calendar]\nextra_holidays = [\n  2027-01-01, 2027-01-02,\n"
        "  2027-02-06, 2027-02-07, 2027-02-08, 2027-02-09, 2027-02-10,\n]\n"
        "extra_workdays = [2027-01-30]\nknown_years = [2027]\n"
    )


def test_nothing_to_add_is_the_text_itself() -> None:
    assert added("[calendar] # as it is\n") == "[calendar] # as it is\n"


@pytest.mark.parametrize(
    "text",
    [
        'calendar = { holidays = "CN" }\n',
        "calendar.holidays = 'CN'\n",
        "['calendar']\nholidays = 'CN'\n",
        'note = """\n[calendar]\n"""\n[other]\n\n["calendar"]\n',
    ],
)
def test_a_calendar_in_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="a section of its own"):
        added(text, ONE)


def test_a_section_told_of_in_a_string_is_none() -> None:
    text = 'note = """\n[calendar]\nextra_holidays = [2026-01-01]\n"""\n'
    assert tomllib.loads(added(text, ONE)) == {**tomllib.loads(text), "calendar": {"extra_holidays": [ONE]}}


@pytest.mark.parametrize("name", schema.presets())
def test_presets(name: str) -> None:
    text = schema.preset(name)
    after = added(text, ONE, TWO, workdays=[WORKED], years=[2027])
    policy, problems = schema.load(after)
    assert problems == [] and policy is not None
    assert policy.calendar.extra_holidays == {ONE, TWO} and policy.calendar.extra_workdays == {WORKED}
    assert policy.calendar.known_years == {2027}
    assert set(text.splitlines()) <= set(after.splitlines())


lists = st.lists(st.dates(date(2026, 1, 1), date(2030, 1, 1)), max_size=9, unique=True)
blanks = st.sampled_from(["", " ", "\n", " # a ] comment, [2026-01-01]\n", "\n\n  "])


@given(present=lists, new=lists, seams=st.lists(blanks, min_size=30, max_size=30), last=st.sampled_from([",", ""]))
def test_any_list_takes_any_days(present: list[date], new: list[date], seams: list[str], last: str) -> None:
    items = "".join(f"{seams[n]}{day.isoformat()}{seams[9 + n]}," for n, day in enumerate(present))
    items = items if last or not items else items[:-1]
    text = f"[calendar]\nextra_holidays = [{items}{seams[-1]}]{seams[-2]}\nholidays = 'CN'\n[review]\nevery = 'year'\n"
    after = added(text, *new)
    assert tomllib.loads(after)["calendar"]["extra_holidays"] == [*present, *new]
    assert after.count("# a ] comment, [2026-01-01]\n") == text.count("# a ] comment, [2026-01-01]\n")
