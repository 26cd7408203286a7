import calendar
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.grading import fact_table
from crmcli.policy import facts, rules
from crmcli.policy.completeness import DEFAULT_WEIGHTS, FIELDS
from crmcli.policy.trees import Rank, walk
from tests.policy import database

Values = dict[int, dict[str, Any]]
ZONE = "Asia/Shanghai"


@pytest.fixture
def base() -> Iterator[sqlite3.Connection]:
    connection = database.empty()
    yield connection
    connection.close()


def read(connection: sqlite3.Connection, names: list[str], today: date, *, zone: str = ZONE, **options: Any) -> Values:
    """customer id -> fact -> value"""
    cursor = connection.execute(facts.facts_sql(names, **options), facts.facts_params(today, zone))
    columns = [column[0] for column in cursor.description]
    assert columns == ["customer_id", *(name for name in facts.FACTS if name in names)]
    return {row[0]: dict(zip(columns[1:], row[1:], strict=True)) for row in cursor}


def tabled(connection: sqlite3.Connection, names: list[str], today: date) -> Values:
    """The same, by way of the table that the runs of tags and tiers ask."""
    fact_table.make(database.door(connection), names, [], facts.facts_params(today, ZONE))
    cursor = connection.execute(f"SELECT customer_id, {', '.join(names)} FROM facts")
    found = {row[0]: dict(zip(names, row[1:], strict=True)) for row in cursor}
    return found


def months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def test_windows_end_at_the_months_last_day() -> None:
    assert facts.facts_params(date(2028, 5, 31), ZONE) == {
        "today": "2028-05-31",
        "d3": "2028-02-29",
        "d6": "2027-11-30",
        "d12": "2027-05-31",
        "today_end": "2028-05-31T15:59:59Z",
        "d12_end": "2027-05-31T15:59:59Z",
    }


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        ("UTC", date(2026, 3, 1), "2026-03-01T23:59:59Z"),
        # The clocks go back in the night of 1 November, after that day's midnight.
        ("America/New_York", date(2026, 10, 31), "2026-11-01T03:59:59Z"),
        ("America/New_York", date(2026, 11, 1), "2026-11-02T04:59:59Z"),
        # They went back from midnight to 23:00: the day ended the second time.
        ("America/Sao_Paulo", date(2019, 2, 16), "2019-02-17T02:59:59Z"),
        # A day that never was.
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T09:59:59Z"),
    ],
)
def test_days_end_where_the_company_is(zone: str, day: date, end: str) -> None:
    assert facts.facts_params(day, zone)["today_end"] == end


# ---- orders, contacts, ratings against a slow model -------------------------------------------------------

todays = st.dates(date(2024, 1, 1), date(2028, 12, 31)) | st.sampled_from(
    [date(2028, 2, 29), date(2027, 5, 31), date(2026, 8, 31), date(2027, 2, 28), date(2026, 12, 31)]
)
# Months before the day asked, and days off that border: borders are where windows go wrong.
offsets = st.tuples(st.sampled_from([0, 3, 6, 12, 20]), st.integers(-2, 2) | st.integers(-60, 60))
orders = st.tuples(
    st.integers(1, 4),
    offsets,
    st.integers(-300, 900),
    st.none() | st.integers(0, 500),
    st.sampled_from(["paid", "paid", "open", "cancelled", "returned"]),
)
contacts = st.tuples(st.integers(1, 4), offsets, st.sampled_from(["call", "visit", "push", "other"]))
starts = st.none() | st.dates(date(2020, 1, 1), date(2026, 1, 1))


def change(now: int, before: int) -> float | None:
    return (now - before) / before if before > 0 else None


def modelled(own: list[Any], talks: list[Any], since: date | None, today: date) -> dict[str, Any]:
    """One customer's facts from its orders (day, amount, cost, status) and contacts (day, channel)."""
    counted = [order for order in own if order[0] <= today and order[3] in ("paid", "open")]
    d3, d6, d12 = (months_before(today, months) for months in (3, 6, 12))

    def window(start: date, end: date = today) -> list[Any]:
        return [order for order in counted if start < order[0] <= end]

    def amount(chosen: list[Any]) -> int:
        return sum(order[1] for order in chosen)

    def number(chosen: list[Any]) -> int:
        return sum(order[1] >= 0 for order in chosen)

    def profit(chosen: list[Any]) -> float:
        return float(sum(order[1] - order[2] for order in chosen if order[2] is not None)) / 100

    days = sorted(order[0] for order in counted if order[1] >= 0)
    spoken = sorted(day for day, channel in talks if day <= today and channel != "push")
    year, quarter, before = window(d12), window(d3), window(d6, d3)
    begun = since or (days[0] if days else None)
    return {
        "amount_total": amount(counted) / 100,
        "amount_12m": amount(year) / 100,
        "amount_3m": amount(quarter) / 100,
        "amount_prev_3m": amount(before) / 100,
        "amount_change": change(amount(quarter), amount(before)),
        "profit_12m": profit(year),
        "profit_total": profit(counted),
        "orders_total": number(counted),
        "orders_12m": number(year),
        "orders_3m": number(quarter),
        "orders_prev_3m": number(before),
        "orders_change": change(number(quarter), number(before)),
        "avg_order_12m": amount(year) / (100 * number(year)) if number(year) else None,
        "first_order_on": days[0].isoformat() if days else None,
        "last_order_on": days[-1].isoformat() if days else None,
        "days_since_order": (today - days[-1]).days if days else None,
        "last_contact_on": spoken[-1].isoformat() if spoken else None,
        "days_since_contact": (today - spoken[-1]).days if spoken else None,
        "contacts_12m": sum(day > d12 for day in spoken),
        "tenure_days": (today - begun).days if begun else None,
        "since": since.isoformat() if since else None,
        "age_days": (today - date(2020, 1, 1)).days,
    }


def quintiles(values: dict[int, Any]) -> dict[int, int]:
    return {key: 1 + 5 * sum(other < own for other in values.values()) // len(values) for key, own in values.items()}


_shared = database.empty()


@settings(max_examples=200, deadline=None)
@given(
    today=todays,
    placed=st.lists(orders, max_size=14),
    talked=st.lists(contacts, max_size=6),
    begun=st.lists(starts, min_size=4, max_size=4),
    stages=st.lists(st.sampled_from(["active", "prospect", "lead"]), min_size=4, max_size=4),
)
def test_every_fact_of_orders_and_contacts(
    today: date, placed: list[Any], talked: list[Any], begun: list[date | None], stages: list[str]
) -> None:
    def day(offset: tuple[int, int]) -> date:
        return months_before(today, offset[0]) + timedelta(offset[1])

    connection = _shared
    connection.execute("BEGIN")
    try:
        for number in range(1, 5):
            since = begun[number - 1]
            stage = stages[number - 1]
            database.add_customer(connection, number, since=since.isoformat() if since else None, stage=stage)
        for number, (customer, offset, amount, cost, status) in enumerate(placed):
            placed_on = day(offset).isoformat()
            database.add_order(connection, number, customer, placed_on, amount, cost=cost, status=status)
        for number, (customer, offset, channel) in enumerate(talked):
            database.add_interaction(connection, number, customer, day(offset).isoformat(), channel)
        rated = [number for number in range(1, 5) if stages[number - 1] != "lead"]
        expected: Values = {}
        for number in rated:
            own = [(day(order[1]), *order[2:]) for order in placed if order[0] == number]
            talks = [(day(talk[1]), talk[2]) for talk in talked if talk[0] == number]
            expected[number] = modelled(own, talks, begun[number - 1], today)
        names = list(modelled([], [], None, today))
        assert read(connection, names, today) == tabled(connection, names, today) == expected
        for name in names:
            alone = read(connection, [name], today)
            assert alone == {number: {name: values[name]} for number, values in expected.items()}
        check_quintiles(connection, expected, today)
    finally:
        connection.execute("ROLLBACK")


def check_quintiles(connection: sqlite3.Connection, expected: Values, today: date) -> None:
    buyers = [number for number, values in expected.items() if values["orders_total"]]
    r = quintiles({number: expected[number]["last_order_on"] for number in buyers})
    f = quintiles({number: expected[number]["orders_total"] for number in buyers})
    m = quintiles({number: expected[number]["amount_total"] for number in buyers})
    found = read(connection, ["r", "f", "m", "rfm"], today)
    assert tabled(connection, ["rfm", "m", "f", "r"], today) == found
    for name in ("r", "f", "m", "rfm"):
        assert tabled(connection, [name], today) == {number: {name: found[number][name]} for number in found}
    for number in expected:
        if number in buyers:
            scores: dict[str, int | None] = {"r": r[number], "f": f[number], "m": m[number]}
            scores["rfm"] = 100 * r[number] + 10 * f[number] + m[number]
        else:
            scores = dict.fromkeys(("r", "f", "m", "rfm"))
        assert found[number] == scores


def test_an_average_is_the_number_that_people_write(base: sqlite3.Connection) -> None:
    database.add_customer(base, 1)
    for number in range(3):
        database.add_order(base, number, 1, "2026-01-01", 99_90)
    assert read(base, ["avg_order_12m"], date(2026, 2, 1)) == {1: {"avg_order_12m": 99.90}}


def test_quintiles_of_ten_customers(base: sqlite3.Connection) -> None:
    for number, amount in enumerate([10, 20, 30, 40, 50, 60, 70, 80, 80, 100], start=1):
        database.add_customer(base, number)
        database.add_order(base, number, number, "2026-01-01", amount)
    found = read(base, ["m", "r"], date(2026, 2, 1))
    assert [found[number]["m"] for number in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 4, 5]
    assert {values["r"] for values in found.values()} == {1}


# ---- contracts, cases, surveys against a slow model --------------------------------------------------------

zones = st.sampled_from([ZONE, "UTC", "America/New_York", "Pacific/Auckland"])
# A local time of a day off a border; the last and first seconds of days are where zones go wrong.
moments = st.tuples(offsets, st.sampled_from([time(), time(23, 59, 59), time(7, 59, 59), time(8), time(16)]))
agreements = st.tuples(
    st.integers(1, 3), st.none() | offsets, st.none() | offsets, st.sampled_from(["yes", "yes", "no", None])
)
troubles = st.tuples(
    st.integers(1, 3),
    st.sampled_from(["complaint", "complaint", "enquiry", "crisis"]),
    st.sampled_from(["minor", "major"]),
    moments,
    st.none() | moments,
    st.sampled_from(["open", "responded", "resolved", "closed"]),
)
answers = st.tuples(st.integers(1, 3), st.sampled_from(["csat", "nps"]), st.integers(0, 10) | st.just(4.5), moments)


def mean(values: list[Any]) -> Any:
    return sum(values) / len(values) if values else None


def modelled_service(kept: list[Any], cases: list[Any], asked: list[Any], sold: int, today: date) -> dict[str, Any]:
    """One customer's facts: contracts (start, end, renewed), cases (kind, severity, opened, resolved, status), answers
    in the order of their moments (kind, score, day), and the number of orders of 12 months. All are days here.
    """
    d12 = months_before(today, 12)
    ended = [renewed == "yes" for _start, end, renewed in kept if end and end <= today]
    running = [end for start, end, _renewed in kept if end and end >= today and (start or date.min) <= today]
    still_open = [
        case for case in cases
        if case[2] <= today
        and (case[3] > today if case[3] else case[4] in ("open", "responded"))
    ]  # fmt: skip
    year = [case for case in cases if d12 < case[2] <= today and case[0] == "complaint"]
    complaints = [case for case in still_open if case[0] == "complaint"]
    nps = [score for kind, score, day in asked if kind == "nps" and day <= today]
    return {
        "renewal_rate": mean(ended),
        "contract_ends_on": max(running).isoformat() if running else None,
        "cases_open": len(still_open),
        "complaints_open": len(complaints),
        "complaints_12m": len(year),
        "major_complaints_open": sum(case[1] == "major" for case in complaints),
        "major_complaints_12m": sum(case[1] == "major" for case in year),
        "complaint_rate_12m": len(year) / sold if sold else None,
        "csat_12m": mean([score for kind, score, day in asked if kind == "csat" and d12 < day <= today]),
        "nps_last": nps[-1] if nps else None,
    }


@settings(max_examples=200, deadline=None)
@given(
    today=todays,
    zone=zones,
    kept=st.lists(agreements, max_size=8),
    cases=st.lists(troubles, max_size=8),
    asked=st.lists(answers, max_size=8),
    sold=st.lists(st.tuples(st.integers(1, 3), offsets), max_size=4),
)
def test_every_fact_of_contracts_cases_and_surveys(
    today: date, zone: str, kept: list[Any], cases: list[Any], asked: list[Any], sold: list[Any]
) -> None:
    def day(offset: tuple[int, int] | None) -> date | None:
        return months_before(today, offset[0]) + timedelta(offset[1]) if offset else None

    def stored(moment: tuple[tuple[int, int], time] | None) -> str | None:
        if moment is None:
            return None
        local = datetime.combine(day(moment[0]) or date.min, moment[1], ZoneInfo(zone))
        return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    connection = _shared
    connection.execute("BEGIN")
    try:
        for number in (1, 2, 3):
            database.add_customer(connection, number)
        for number, (customer, start, end, renewed) in enumerate(kept):
            days = {"starts_on": str(day(start)) if start else None, "ends_on": str(day(end)) if end else None}
            database.add_contract(connection, number, customer, **days, renewed=renewed)
        for number, (customer, kind, severity, opened, resolved, status) in enumerate(cases):
            said = {"kind": kind, "severity": severity, "resolved_at": stored(resolved), "status": status}
            database.add_case(connection, number, customer, stored(opened) or "", **said)
        for number, (customer, kind, score, at) in enumerate(asked):
            database.add_survey(connection, number, customer, kind, score, stored(at) or "", nth=number + 1)
        for number, (customer, placed_on) in enumerate(sold):
            database.add_order(connection, number, customer, str(day(placed_on)), 100)
        expected = {
            number: modelled_service(
                [(day(start), day(end), renewed) for who, start, end, renewed in kept if who == number],
                [(*case[1:3], day(case[3][0]), day(case[4] and case[4][0]), case[5]) for case in cases
                 if case[0] == number],
                [(kind, score, day(at[0])) for who, kind, score, at in sorted(asked, key=lambda a: stored(a[3]) or "")
                 if who == number],
                sum(months_before(today, 12) < (day(at) or today) <= today for who, at in sold if who == number),
                today,
            )
            for number in (1, 2, 3)
        }  # fmt: skip
        names = list(expected[1])
        found = read(connection, names, today, zone=zone)
        for number, values in expected.items():
            assert found[number] == pytest.approx(values)
        for name in names:
            alone = read(connection, [name], today, zone=zone)
            assert alone == {number: {name: values[name]} for number, values in found.items()}
    finally:
        connection.execute("ROLLBACK")


SERVICE = ["cases_open", "complaints_open", "major_complaints_open", "complaints_12m", "major_complaints_12m"]


def test_a_case_is_open_from_its_day_to_the_day_it_was_resolved(base: sqlite3.Connection) -> None:
    database.add_customer(base, 1)
    # 1 March, 7:30 in Shanghai; 4 March, 0:00 there.
    database.add_case(
        base, 1, 1, "2026-02-28T23:30:00Z", resolved_at="2026-03-03T16:00:00Z", status="closed", severity="major"
    )
    open_on = {day: read(base, SERVICE, date(2026, *day))[1] for day in ((2, 28), (3, 1), (3, 3), (3, 4))}
    assert [values["cases_open"] for values in open_on.values()] == [0, 1, 1, 0]
    assert [values["major_complaints_open"] for values in open_on.values()] == [0, 1, 1, 0]
    assert [values["complaints_12m"] for values in open_on.values()] == [0, 1, 1, 1]
    # The year ends a year after the day, not the moment.
    assert read(base, SERVICE, date(2027, 2, 28))[1]["major_complaints_12m"] == 1
    assert read(base, SERVICE, date(2027, 3, 1))[1]["major_complaints_12m"] == 0


def test_a_closed_case_without_a_moment_was_never_open(base: sqlite3.Connection) -> None:
    for number, status in enumerate(("open", "responded", "resolved", "closed"), start=1):
        database.add_customer(base, number)
        database.add_case(base, number, number, "2026-02-01T00:00:00Z", status=status)
    found = read(base, ["cases_open", "complaints_12m"], date(2026, 3, 1))
    assert [tuple(values.values()) for values in found.values()] == [(1, 1), (1, 1), (0, 1), (0, 1)]


def test_a_contract_ends_and_runs_on_its_last_day(base: sqlite3.Connection) -> None:
    database.add_customer(base, 1)
    database.add_contract(base, 1, 1, starts_on="2025-01-01", ends_on="2025-12-31", renewed="yes")
    database.add_contract(base, 2, 1, ends_on="2026-06-30")
    database.add_contract(base, 3, 1, starts_on="2026-07-01", ends_on="2027-06-30")
    database.add_contract(base, 4, 1, starts_on="2025-01-01")
    names = ["renewal_rate", "contract_ends_on"]
    days = [(2025, 12, 30), (2025, 12, 31), (2026, 6, 30), (2026, 7, 1), (2027, 7, 1)]
    assert [tuple(read(base, names, date(*day))[1].values()) for day in days] == [
        (None, "2026-06-30"), (1.0, "2026-06-30"), (0.5, "2026-06-30"), (0.5, "2027-06-30"),
        (pytest.approx(1 / 3), None),
    ]  # fmt: skip


def test_two_answers_of_one_moment_are_in_the_order_given(base: sqlite3.Connection) -> None:
    database.add_customer(base, 1)
    for nth, score in ((1, 9), (2, 3)):
        database.add_survey(base, nth, 1, "nps", score, "2026-02-01T00:00:00Z", nth=nth)
        database.add_survey(base, nth + 2, 1, "csat", score, "2026-02-01T00:00:00Z", nth=nth)
    assert read(base, ["nps_last", "csat_12m"], date(2026, 2, 1))[1] == {"nps_last": 3, "csat_12m": 6}


# ---- customer, referrals, completeness -------------------------------------------------------------------


def test_empty_texts_are_missing(base: sqlite3.Connection) -> None:
    database.add_customer(base, 1, industry="", region=None, city="上海", strategic=0, tier="key")
    found = read(base, ["code", "industry", "region", "city", "strategic", "influence", "tier"], date(2026, 1, 1))
    assert found[1] == {
        "code": "C1",
        "industry": None,
        "region": None,
        "city": "上海",
        "tier": "key",
        "strategic": 0,
        "influence": None,
    }


def test_referrals_by_code_or_name_of_customers_with_an_order(base: sqlite3.Connection) -> None:
    database.add_customer(base, 1, name="Acme", referrer="Acme")
    database.add_customer(base, 2, referrer="Acme")
    database.add_customer(base, 3, referrer="C1", stage="lead")
    database.add_customer(base, 4, referrer="C1")
    database.add_customer(base, 5, referrer="C1")
    database.add_customer(base, 6, code="Same", name="Same")
    database.add_customer(base, 7, referrer="Same")
    for number, customer, day, status in (
        (1, 1, "2026-01-01", "paid"),
        (2, 2, "2026-01-01", "paid"),
        (3, 3, "2026-01-01", "open"),
        (4, 4, "2026-01-01", "cancelled"),
        (5, 5, "2026-06-01", "paid"),
        (7, 7, "2026-01-01", "paid"),
        (8, 2, "2026-01-02", "paid"),
    ):
        database.add_order(base, number, customer, day, 100, status=status)
    found = {
        number: values["referrals_won"] for number, values in read(base, ["referrals_won"], date(2026, 2, 1)).items()
    }
    assert found == {1: 2, 2: 0, 4: 0, 5: 0, 6: 1, 7: 0}


def test_completeness_weighs_valid_fields(base: sqlite3.Connection) -> None:
    database.add_customer(base, 1)
    database.add_customer(base, 2, phone="+8613800138000", email="a@b.cn", industry="x", address="y", owner="z")
    database.add_contact(base, 1, 2)
    database.add_customer(base, 3, phone="1380013800", email="a.b.cn", industry="  ")
    database.add_customer(base, 4)
    database.add_contact(base, 2, 4, phone="+8613800138000", email="a@b.cn")
    found = {
        number: values["completeness"] for number, values in read(base, ["completeness"], date(2026, 1, 1)).items()
    }
    assert found == {1: pytest.approx(0.2), 2: 1.0, 3: pytest.approx(0.2), 4: pytest.approx(0.7)}
    weights = {"phone": Decimal("0.5"), "name": Decimal(1)}
    found = {
        number: v["completeness"]
        for number, v in read(base, ["completeness"], date(2026, 1, 1), weights=weights).items()
    }
    assert found == {1: pytest.approx(2 / 3), 2: 1.0, 3: pytest.approx(2 / 3), 4: 1.0}


@pytest.mark.parametrize("weights", [(0.3, 0.2, 0.2, 0.1, 0.1, 0.1), (0.7, 0.1), (0.001, 1000), (1, 2, 0.125)])
def test_a_full_record_is_whole_whatever_the_weights(base: sqlite3.Connection, weights: tuple[float, ...]) -> None:
    fields = ["name", "industry", "region", "city", "address", "owner"][: len(weights)]
    database.add_customer(base, 1, **dict.fromkeys(fields, "x"))
    weighed = {field: Decimal(str(weight)) for field, weight in zip(fields, weights, strict=True)}
    assert read(base, ["completeness"], date(2026, 1, 1), weights=weighed) == {1: {"completeness": 1.0}}


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_can_be_weighed(base: sqlite3.Connection, field: str) -> None:
    filled = {
        "name": "Acme",
        "phone": "+8613800138000",
        "email": "a@b.cn",
        "since": "2020-01-01",
        "consent": "yes",
        "strategic": 0,
        "influence": 1,
        "reputation": 1,
        "willingness": 1,
        "potential": 1,
    }
    database.add_customer(base, 1, name=" ")
    columns = {} if field == "contact" else {field: filled.get(field, "x")}
    database.add_customer(base, 2, **columns)
    if field == "contact":
        database.add_contact(base, 1, 2)
    found = read(base, ["completeness"], date(2026, 1, 1), weights={field: Decimal(3)})
    assert found == {1: {"completeness": 0.0}, 2: {"completeness": 1.0}}


# ---- the catalogue ---------------------------------------------------------------------------------------


def test_every_fact_of_the_specification_is_known() -> None:
    specified = (
        "amount_total amount_12m amount_3m amount_prev_3m amount_change profit_12m profit_total orders_total"
        " orders_12m orders_3m orders_prev_3m orders_change avg_order_12m first_order_on last_order_on"
        " days_since_order last_contact_on days_since_contact contacts_12m tenure_days renewal_rate"
        " contract_ends_on cases_open complaints_open complaints_12m major_complaints_open"
        " major_complaints_12m complaint_rate_12m csat_12m nps_last referrals_won r f m rfm"
        " completeness code name kind stage industry region city source owner tier strategic influence"
        " reputation willingness potential consent since age_days"
    )
    assert set(facts.FACTS) == set(specified.split())


def test_an_unknown_name_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        facts.facts_sql(["amout_12m"])


@pytest.mark.parametrize("name", facts.FACTS)
def test_each_fact_has_a_definition_and_portable_sql(base: sqlite3.Connection, name: str) -> None:
    database.add_customer(base, 1)
    assert facts.FACTS[name].definition
    assert list(read(base, [name], date(2026, 1, 1))) == [1]
    sql = facts.facts_sql([name], dialect="postgresql")
    assert "julianday" not in sql and "{" not in sql and "<today>" not in sql


def test_rules_over_the_real_tables(base: sqlite3.Connection) -> None:
    for number in range(1, 11):
        database.add_customer(base, number)
        database.add_order(base, number, number, "2026-01-01", number * 100_000)
    database.add_tag(base, 1, 9, "risk", "high")
    rule = facts.rule("top(amount_12m, 20) and amount_12m >= 9_000 and not tag('risk', 'high')")
    where = rules.to_sql(rule)
    params = facts.facts_params(date(2026, 2, 1), ZONE)
    sql = f"{facts.with_facts(rule.facts)} SELECT customer_id FROM facts WHERE {where}"
    assert base.execute(sql, params).fetchall() == [(10,)]
    fact_table.make(
        database.door(base), rule.facts, [node for node in walk(rule.tree) if isinstance(node, Rank)], params
    )
    where = rules.to_sql(rule, bordered=True)
    deep = facts.rule("not (top(amount_12m, 20) or bottom(r, 10) and top(m, 5))")
    assert "ORDER BY" not in rules.to_sql(deep, bordered=True)
    assert base.execute(f"SELECT customer_id FROM facts WHERE {where}", params).fetchall() == [(10,)]


def test_order_facts_are_read_from_the_covering_index_alone(base: sqlite3.Connection) -> None:
    names = [name for name, fact in facts.FACTS.items() if fact.group in ("orders", "rfm")]
    params = facts.facts_params(date(2026, 2, 1), ZONE)
    plan = [row[3] for row in base.execute("EXPLAIN QUERY PLAN " + facts.facts_sql(names), params)]
    on_orders = [step for step in plan if " o USING" in step or step[-2:] == " o"]
    assert on_orders
    assert all("COVERING INDEX orders_facts" in step for step in on_orders)


def test_facts_of_contracts_cases_and_surveys_are_read_through_an_index(base: sqlite3.Connection) -> None:
    names = [name for name, fact in facts.FACTS.items() if fact.group in ("contracts", "cases", "surveys")]
    params = facts.facts_params(date(2026, 2, 1), ZONE)
    plan = [row[3] for row in base.execute("EXPLAIN QUERY PLAN " + facts.facts_sql(names), params)]
    asked = [step for step in plan if step.split(" USING ")[0] in ("SEARCH t", "SEARCH k", "SEARCH s")]
    assert len(asked) == 9
    assert all("INDEX" in step and "customer_id=?" in step for step in asked)
    assert not [step for step in plan if step.startswith("SCAN") and not step.startswith(("SCAN c", "SCAN measured"))]


def test_default_weights_are_fields() -> None:
    assert set(DEFAULT_WEIGHTS) <= set(FIELDS)
