import calendar
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.policy import facts, rules
from crmcli.policy.completeness import DEFAULT_WEIGHTS, FIELDS
from tests.policy import database

Values = dict[int, dict[str, Any]]


@pytest.fixture
def base() -> Iterator[sqlite3.Connection]:
    connection = database.empty()
    yield connection
    connection.close()


def read(connection: sqlite3.Connection, names: list[str], today: date, **options: Any) -> Values:
    """customer id -> fact -> value"""
    cursor = connection.execute(facts.facts_sql(names, **options), facts.facts_params(today))
    columns = [column[0] for column in cursor.description]
    assert columns == ["customer_id", *(name for name in facts.FACTS if name in names)]
    return {row[0]: dict(zip(columns[1:], row[1:], strict=True)) for row in cursor}


def months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def test_windows_end_at_the_months_last_day() -> None:
    assert facts.facts_params(date(2028, 5, 31)) == {
        "today": "2028-05-31",
        "d3": "2028-02-29",
        "d6": "2027-11-30",
        "d12": "2027-05-31",
    }


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
        "avg_order_12m": amount(year) / 100 / number(year) if number(year) else None,
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
        assert read(connection, names, today) == expected
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
    for number in expected:
        if number in buyers:
            scores: dict[str, int | None] = {"r": r[number], "f": f[number], "m": m[number]}
            scores["rfm"] = 100 * r[number] + 10 * f[number] + m[number]
        else:
            scores = dict.fromkeys(("r", "f", "m", "rfm"))
        assert found[number] == scores


def test_quintiles_of_ten_customers(base: sqlite3.Connection) -> None:
    for number, amount in enumerate([10, 20, 30, 40, 50, 60, 70, 80, 80, 100], start=1):
        database.add_customer(base, number)
        database.add_order(base, number, number, "2026-01-01", amount)
    found = read(base, ["m", "r"], date(2026, 2, 1))
    assert [found[number]["m"] for number in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 4, 5]
    assert {values["r"] for values in found.values()} == {1}


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


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_can_be_weighed(base: sqlite3.Connection, field: str) -> None:
    filled = {
        "name": "Acme",
        "phone": "+861",
        "email": "a@b",
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
    assert set(facts.FACTS) | set(facts.later()) == set(specified.split())
    assert not set(facts.FACTS) & set(facts.later())


def test_facts_that_must_wait_say_why() -> None:
    with pytest.raises(rules.RuleError) as raised:
        facts.rule("renewal_rate >= 90%")
    assert raised.value.message == "fact 'renewal_rate' needs contracts, which cannot be recorded yet"


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
    params = facts.facts_params(date(2026, 2, 1))
    sql = f"{facts.with_facts(rule.facts)} SELECT customer_id FROM facts WHERE {where}"
    assert base.execute(sql, params).fetchall() == [(10,)]
    base.execute(facts.create_facts_sql(rule.facts), params)
    assert base.execute(f"SELECT customer_id FROM facts WHERE {where}", params).fetchall() == [(10,)]


def test_order_facts_are_read_from_the_covering_index_alone(base: sqlite3.Connection) -> None:
    names = [name for name, fact in facts.FACTS.items() if fact.group in ("orders", "rfm")]
    params = facts.facts_params(date(2026, 2, 1))
    plan = [row[3] for row in base.execute("EXPLAIN QUERY PLAN " + facts.facts_sql(names), params)]
    on_orders = [step for step in plan if " o USING" in step or step[-2:] == " o"]
    assert on_orders
    assert all("COVERING INDEX orders_facts" in step for step in on_orders)


def test_default_weights_are_fields() -> None:
    assert set(DEFAULT_WEIGHTS) <= set(FIELDS)
