"""Facts and rules on PostgreSQL: each the same as on SQLite, customer by customer."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmcli.policy import facts, rules, schema
from crmcli.policy.definitions import Policy
from crmcli.policy.dialects import Dialect
from crmcli.policy.rules import Rule
from tests.policy import database, postgres, test_rules_model

ZONE = "Asia/Shanghai"
TODAY = date(2026, 11, 20)
PARAMS = facts.facts_params(TODAY, ZONE)
CUSTOMERS = 70
DIALECTS: tuple[Dialect, Dialect] = ("sqlite", "postgresql")

Rows = dict[str, list[dict[str, Any]]]

pytestmark = pytest.mark.skipif(postgres.missing() != "", reason=postgres.missing() or "there is one")


def _day(draw: random.Random, back: int = 500) -> str:
    """Often on the borders of the windows."""
    edges = [PARAMS[name] for name in ("today", "d3", "d6", "d12")]
    if draw.random() < 0.3:
        return (date.fromisoformat(draw.choice(edges)) + timedelta(draw.randint(-1, 1))).isoformat()
    return (TODAY - timedelta(draw.randint(-20, back))).isoformat()


def _moment(draw: random.Random) -> str:
    return f"{_day(draw)}T{draw.choice(['00:00:00', '15:59:59', '16:00:00', '08:30:00'])}Z"


def _text(draw: random.Random, *texts: str) -> str | None:
    return draw.choice([*texts, "", None])


def _customer(draw: random.Random, number: int) -> dict[str, Any]:
    ratings = ("strategic", "influence", "reputation", "willingness", "potential")
    return {
        "id": number,
        "code": f"C{number}",
        "name": draw.choice([f"Customer {number}", f"客户'{number}", f"a:b {number}", "C1"]),
        "name_key": f"customer {number}",
        "kind": draw.choice(["company", "person"]),
        "stage": draw.choice(["active", "active", "active", "prospect", "dormant", "lost", "lead"]),
        "consent": draw.choice(["yes", "no", "unknown"]),
        "industry": _text(draw, "教育", "it's", "IT"),
        "region": _text(draw, "华东", "华南"),
        "city": _text(draw, "上海", " "),
        "address": _text(draw, "  ", "1号"),
        "phone": _text(draw, "+8613800138000", "0571-88", "+86138 (1)"),
        "email": _text(draw, "a@example.com", "A@EXAMPLE.CON", "a b@example.com", "a@@example.com", "x@example.c0m"),
        "tax_id": _text(draw, "91310000X", "9.1e+17", "9.1E+17"),
        "owner": _text(draw, "Chen", "王芳"),
        "source": _text(draw, "web"),
        "referrer": draw.choice([None, None, f"C{draw.randint(1, CUSTOMERS)}", f"Customer {draw.randint(1, 9)}"]),
        "since": draw.choice([None, _day(draw, 3000)]),
        "created_on": _day(draw, 900),
        "tier": _text(draw, "key", "basic"),
        "tier_drops": 0,
        "extra": draw.choice([None, '{"行业": "教育", "a:b": "it\'s"}', '{"行业": ""}', "{}"]),
        **{name: draw.choice([None, 0, 3, 4, 5]) for name in ratings},
    }


def _of_customer(draw: random.Random, rows: Rows, customer: int) -> None:
    """What a customer has: of everything some, and often nothing."""

    def several(table: str, most: int) -> Iterator[dict[str, Any]]:
        for _nth in range(draw.choice([0, draw.randint(0, most)])):
            row = {"id": len(rows[table]) + 1, "customer_id": customer}
            rows[table].append(row)
            yield row

    for row in several("orders", 9):
        amount = draw.choice([0, 1, 33, 100_00, 99_999_99, -50_00, draw.randint(-(10**5), 10**8)])
        cost = draw.choice([None, 0, amount // 3])
        status = draw.choice(["paid", "paid", "paid", "open", "cancelled", "returned"])
        row |= {"number": f"O{row['id']}", "ordered_on": _day(draw), "amount": amount, "cost": cost}
        row |= {"currency": "CNY", "status": status}
    for row in several("interaction", 4):
        day = _day(draw)
        row |= {"at": f"{day}T02:00:00Z", "contact_on": day, "topic": "", "nth": row["id"], "direction": "out"}
        row["channel"] = draw.choice(["call", "push", "visit"])
    for row in several("contract", 3):
        row |= {"number": f"K{row['id']}", "starts_on": draw.choice([None, _day(draw)])}
        row |= {"ends_on": draw.choice([None, _day(draw)]), "renewed": draw.choice([None, "yes", "no"])}
    for row in several("cases", 3):
        row |= {"number": f"T{row['id']}", "kind": draw.choice(["complaint", "complaint", "enquiry", "crisis"])}
        row |= {"severity": draw.choice(["minor", "major"]), "opened_at": _moment(draw)}
        row |= {"resolved_at": draw.choice([None, _moment(draw)]), "status": draw.choice(["open", "closed"])}
    for row in several("survey", 3):
        row |= {"kind": draw.choice(["csat", "nps"]), "score": draw.choice([1, 2.5, 4, 5]), "at": _moment(draw)}
        row["nth"] = row["id"]
    for row in several("contact", 2):
        row |= {"name": f"P{row['id']}", "name_key": f"p{row['id']}", "main": "no", "consent": "unknown"}
        row |= {"phone": _text(draw, "+8613900139000", "12"), "email": _text(draw, "p@example.cn", "p@example.COM")}
    named = draw.sample([("risk", "churn-risk"), ("value", "high"), ("p", "u"), ("q", "v"), ("it's", "a:b")], 2)
    for row, (dimension, value) in zip(several("tag", 2), named, strict=False):
        row |= {"dimension": dimension, "value": value, "source": "hand", "since": "2026-01-01"}


def _base() -> Rows:
    draw = random.Random(4)
    tables = ("customer", "orders", "interaction", "contract", "cases", "survey", "contact", "tag")
    rows: Rows = {table: [] for table in tables}
    for number in range(1, CUSTOMERS + 1):
        rows["customer"].append(_customer(draw, number))
        _of_customer(draw, rows, number)
    return rows


class Both:
    """The same base in both databases."""

    def __init__(self, server: postgres.Server, base: Rows) -> None:
        self.server = server
        self.sqlite: sqlite3.Connection = database.empty()
        for table, rows in base.items():
            for row in rows:
                database.insert(self.sqlite, table, row)
        server.fill(base)

    def holds(self, asked: list[Rule]) -> list[tuple[int, list[bool], list[bool]]]:
        """Of each customer whether each rule holds, on SQLite and on PostgreSQL."""
        names = {name for rule in asked for name in rule.facts}
        sides = []
        for dialect in DIALECTS:
            columns = ", ".join(f"{rules.to_sql(rule, dialect)} AS rule_{n}" for n, rule in enumerate(asked))
            with_facts = facts.with_facts(names, dialect=dialect)
            sides.append(f"{with_facts} SELECT facts.customer_id, {columns} FROM facts ORDER BY customer_id")
        ours = self.sqlite.execute(sides[0], PARAMS).fetchall()
        theirs = self.server.query(sides[1], PARAMS)
        assert [str(row[0]) for row in ours] == [row[0] for row in theirs]
        return [
            (row[0], [bool(one) for one in row[1:]], [one == "t" for one in other[1:]])
            for row, other in zip(ours, theirs, strict=True)
        ]


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with postgres.server() as running:
        yield Both(running, _base())


def _same(ours: Any, theirs: str | None) -> bool:
    if ours is None or theirs is None or isinstance(ours, str):
        return bool(ours == theirs)
    # A mean is added up in another order.
    return float(theirs) == pytest.approx(ours, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("everybody", [False, True])
def test_every_fact_of_every_customer(both: Both, everybody: bool) -> None:
    """All facts in one statement."""
    ours = both.sqlite.execute(facts.facts_sql(facts.FACTS, everybody=everybody), PARAMS)
    names = [column[0] for column in ours.description]
    expected = {str(row[0]): row for row in ours}
    found = both.server.query(facts.facts_sql(facts.FACTS, dialect="postgresql", everybody=everybody), PARAMS)
    assert {row[0] for row in found} == expected.keys()
    assert len(found) == (CUSTOMERS if everybody else len(expected)) > 50
    for row in found:
        mine = expected[str(row[0])]
        assert [n for n, a, b in zip(names, mine, row, strict=True) if not _same(a, b)] == [], (mine, row)
    # Of each there is something to compare.
    known = {name for row in expected.values() for name, value in zip(names, row, strict=True) if value is not None}
    assert known == set(names)


def _rules(policy: Policy) -> list[Rule]:
    return [rule for rule in (*(tag.when for tag in policy.tags), *(tier.when for tier in policy.tiers)) if rule]


@pytest.mark.parametrize("name", schema.presets())
def test_every_rule_of_the_presets(both: Both, name: str) -> None:
    policy, _problems = schema.load(schema.preset(name))
    assert policy is not None
    found = both.holds(_rules(policy))
    assert [(customer, ours) for customer, ours, _theirs in found] == [(c, theirs) for c, _ours, theirs in found]


def _facts_of(customers: list[test_rules_model.Row]) -> str:
    """Tables `facts` and `tag` of one connection, before those of the base."""
    lines = [
        "CREATE TEMP TABLE facts (customer_id int, x float8, y float8, z float8, t text, d date, b boolean);",
        "CREATE TEMP TABLE tag (customer_id int, dimension text, value text);",
    ]
    for number, row in enumerate(customers):
        values = (number, *(row[name] for name in ("x", "y", "z", "t", "d", "b")))
        lines.append(f"INSERT INTO facts VALUES ({', '.join(map(_literal, values))});")
        lines += [f"INSERT INTO tag VALUES ({number}, '{tag[0]}', '{tag[1]}');" for tag in sorted(row["tags"])]
    return "\n".join(lines)


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    text = str(value).replace("'", "''")
    return f"'{text}'" if isinstance(value, str | date) else text


# A server answers in a twentieth of a second: many rules at once.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(test_rules_model.conditions, min_size=12, max_size=12), customers=test_rules_model.rows)
def test_rules_of_every_shape(both: Both, texts: list[str], customers: list[test_rules_model.Row]) -> None:
    asked = [rules.parse(text, test_rules_model.FACTS) for text in texts]
    params = {"today": test_rules_model.TODAY.isoformat()}
    columns = [", ".join(rules.to_sql(rule, dialect) for rule in asked) for dialect in DIALECTS]
    connection = test_rules_model.stored(customers)
    ours = connection.execute(f"SELECT {columns[0]} FROM facts ORDER BY customer_id", params).fetchall()
    connection.close()
    select = f"SELECT {columns[1]} FROM facts ORDER BY customer_id"
    theirs = both.server.query(select, params, setup=_facts_of(customers))
    assert [[one == "t" for one in row] for row in theirs] == [[bool(one) for one in row] for row in ours]


@pytest.mark.parametrize(
    "text",
    [
        # Of decimal fractions 0.3 would come; of 32 bits an error; of 15 digits more than 64 bits.
        "amount_12m * 0 + 0.1 + 0.2 == 0.3",
        "orders_total * 0 + 2_000_000_000 + 2_000_000_000 > 3_999_999_999",
        "999_999_999_999_999 * 999_999_999_999_999 > amount_total",
        "amount_12m / 3 * 3 == amount_12m",
        "renewal_rate == 2 / 3 or renewal_rate == 1 / 3",
        "completeness * 9 in [1, 2, 3, 4, 5, 6, 7, 8]",
        "1 / (orders_12m - orders_12m) > 0 or missing(region)",
        "field('行业') == '教育' or field('a:b') == \"it's\"",
        "missing(field('行业')) and tag(\"it's\", 'a:b')",
        "name == 'a:b 3' or industry in ['IT', \"it's\"] or owner == '王芳'",
        "days_to(contract_ends_on) <= 30 and days_since(since) > 365",
        "last_order_on >= '2026-08-20' or since < '2019-02-28'",
        "top(last_order_on, 12.5) or bottom(csat_12m, 0.0001) or top(amount_total, 100)",
        "not (rfm >= 400 and r + f + m > 12) and -potential < -3",
    ],
)
def test_rules_over_real_facts(both: Both, text: str) -> None:
    found = both.holds([facts.rule(text)])
    assert [(customer, ours) for customer, ours, _theirs in found] == [(c, theirs) for c, _ours, theirs in found]


def test_a_rank_among_nobody_is_no_error(both: Both) -> None:
    columns = ", ".join(
        rules.to_sql(rules.parse(text, test_rules_model.FACTS), "postgresql")
        for text in ("top(x, 100)", "bottom(x, 100)", "top(d, 0.1)")
    )
    assert both.server.query(f"SELECT {columns} FROM facts", {}, setup=_facts_of([])) == []
