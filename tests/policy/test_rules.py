import sqlite3
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from crmcli.policy import rules
from crmcli.policy.rules import FactType, RuleError, parse, to_sql
from crmcli.policy.tokens import MAX_LENGTH, MAX_TOKENS
from crmcli.policy.trees import Arithmetic, Comparison, Constant, FactName, Junction, Negative, Not, depth

FACTS: dict[str, FactType] = {
    "x": "number",
    "y": "number",
    "amount_12m": "number",
    "industry": "text",
    "since": "date",
    "need": "boolean",
}
TODAY = {"today": "2026-03-31"}
X, Y = FactName("x", "number"), FactName("y", "number")
ONE = Constant(1, "number")


@pytest.fixture
def base() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE facts (customer_id, x, y, amount_12m, industry, since, need)")
    connection.execute("CREATE TABLE tag (customer_id, dimension, value)")
    return connection


def matching(connection: sqlite3.Connection, text: str) -> list[int]:
    """The customers that a rule holds for; its condition must be 0 or 1 for all."""
    sql = f"SELECT customer_id, {to_sql(parse(text, FACTS))} FROM facts ORDER BY customer_id"
    rows = connection.execute(sql, TODAY).fetchall()
    assert {truth for _customer, truth in rows} <= {0, 1}
    return [customer for customer, truth in rows if truth]


def one(connection: sqlite3.Connection, **values: Any) -> None:
    columns = ", ".join(["customer_id", *values])
    holders = ", ".join("?" * (len(values) + 1))
    connection.execute(f"INSERT INTO facts ({columns}) VALUES ({holders})", (1, *values.values()))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500_000", 500_000),
        ("1.5", Decimal("1.5")),
        ("30%", Decimal("0.30")),
        ("2.5%", Decimal("0.025")),
        ("0", 0),
    ],
)
def test_numbers(text: str, value: int | Decimal) -> None:
    assert parse(f"x == {text}", FACTS).tree == Comparison(X, (("==", Constant(value, "number")),))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x > 1 or x > 1 and not x > 1", lambda c: Junction("or", (c, Junction("and", (c, Not(c)))))),
        ("(x > 1 or x > 1) and x > 1", lambda c: Junction("and", (Junction("or", (c, c)), c))),
        ("not not x > 1", lambda c: Not(Not(c))),
        (
            "x + y * -x - 1 > 1",
            lambda c: Comparison(
                Arithmetic(X, (("+", Arithmetic(Y, (("*", Negative(X)),))), ("-", ONE))), ((">", ONE),)
            ),
        ),
        ("x / y / x > 1", lambda c: Comparison(Arithmetic(X, (("/", Y), ("/", X))), ((">", ONE),))),
        ("1 < x <= y", lambda c: Comparison(ONE, (("<", X), ("<=", Y)))),
        ("true", lambda c: Constant(True, "boolean")),
        ("\n  true\n", lambda c: Constant(True, "boolean")),
    ],
)
def test_precedence(text: str, tree: Any) -> None:
    greater = Comparison(X, ((">", ONE),))
    assert parse(text, FACTS).tree == tree(greater)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "the rule is empty"),
        ("   ", 1, "the rule is empty"),
        ("amout_12m > 1", 1, "unknown fact 'amout_12m'; did you mean 'amount_12m'?"),
        ("x > 1 and amout_12m > 1", 11, "unknown fact 'amout_12m'; did you mean 'amount_12m'?"),
        ("客户 > 1", 1, "unknown fact '客户'"),
        ("zzzzz(x)", 1, "unknown function 'zzzzz'"),
        ("tip(x, 10)", 1, "unknown function 'tip'; did you mean 'top'?"),
        ("x(1) > 2", 1, "'x' is a fact, not a function"),
        ("top > 1", 1, "'top' is a function: it needs parentheses"),
        ("__import__('os')", 1, "unknown function '__import__'"),
        ("x", 1, "a rule must be true or false; this is a number"),
        ("x + 1", 1, "a rule must be true or false; this is a number"),
        ("industry", 1, "a rule must be true or false; this is a text"),
        ("x and y > 1", 1, "'and' joins conditions; this is a number"),
        ("x > 1 or since", 10, "'or' joins conditions; this is a date"),
        ("not x", 5, "'not' needs a condition; this is a number"),
        ("industry > 1", 10, "cannot compare a text with a number"),
        ("since > 5", 7, "cannot compare a date with a number"),
        ("5 > since", 3, "cannot compare a number with a date"),
        ("1 < x < industry", 7, "cannot compare a number with a text"),
        ("industry > 'a'", 10, "texts are compared with ==, != or in"),
        ("since > 'soon'", 9, "a date is written '2026-01-05', not 'soon'"),
        ("need == true", 1, "a condition is not compared: write it alone, or 'not' before it"),
        ("x == (y > 1)", 6, "a condition is not compared: write it alone, or 'not' before it"),
        ("industry + 1 > 1", 1, "only numbers can be calculated with; this is a text"),
        ("x - since > 1", 5, "only numbers can be calculated with; this is a date"),
        ("-industry > 1", 2, "only numbers can be calculated with; this is a text"),
        ("x in 1", 6, "unexpected '1': '[' should be here"),
        ("x in []", 7, "unexpected ']': a fact, number, string or function should be here"),
        ("x in [y]", 7, "a list has numbers and strings only"),
        ("x in ['a']", 3, "cannot compare a number with a text"),
        ("need in [1]", 1, "'in' needs a number, text or date before it"),
        ("x not > 1", 7, "unexpected '>': 'in' should be here"),
        ("x in [1] > 2", 10, "unexpected '>': the end of the rule, or 'and' or 'or' should be here"),
        ("x > ", 5, "the rule ends where a fact, number, string or function should be"),
        ("(x > 1", 7, "the rule ends where ')' should be"),
        ("x > 1)", 6, "unexpected ')': the end of the rule, or 'and' or 'or' should be here"),
        ("x > and", 5, "unexpected 'and': a fact, number, string or function should be here"),
        ("x = 1", 3, "unexpected '=': write =="),
        ("x > 1 && y > 1", 7, "unexpected '&': write and"),
        ("x > 1；", 6, "unexpected '；'"),
        ("industry == 'abc", 13, "the string that starts here is not closed"),
        ("industry == 'a\x00b'", 13, "a string may not contain control characters"),
        ("x > 1__0", 5, "cannot read the number that starts here"),
        ("x > 1e9", 5, "cannot read the number that starts here"),
        ("x > 1.", 5, "cannot read the number that starts here"),
        ("x > 3%%", 5, "cannot read the number that starts here"),
        ("x > 10万", 5, "cannot read 10万: write 100_000"),
        ("x > 1.5亿元", 5, "cannot read 1.5亿元: write 150_000_000"),
        ("x > 2千万 and y > 1", 5, "cannot read 2千万: write 20_000_000"),
        ("x > 0.00001万", 5, "cannot read 0.00001万: write 0.1"),
        ("x > 1万5", 5, "cannot read the number that starts here"),
        ("x > 1234567890123456", 5, "a number has at most 15 digits"),
        ("top(x)", 6, "unexpected ')': ',' should be here"),
        ("top(x, 10, 3)", 10, "unexpected ',': ')' should be here"),
        ("top(x, y)", 8, "top() needs a percentage above 0 and up to 100, with at most four decimals"),
        ("top(x, 0)", 8, "top() needs a percentage above 0 and up to 100, with at most four decimals"),
        ("top(x, 100.5)", 8, "top() needs a percentage above 0 and up to 100, with at most four decimals"),
        ("top(x, 0.00001)", 8, "top() needs a percentage above 0 and up to 100, with at most four decimals"),
        (
            "bottom(x, -1)",
            11,
            "bottom() needs a percentage above 0 and up to 100, with at most four decimals",
        ),
        ("top(industry, 10)", 5, "top() needs a number or a date; 'industry' is a text"),
        ("top(x + 1, 10)", 7, "unexpected '+': ',' should be here"),
        ("top(10, 10)", 5, "top() needs the name of a fact"),
        ("top(top(x, 1), 10)", 5, "top() needs the name of a fact"),
        ("missing()", 9, "missing() needs the name of a fact"),
        ("missing(amout_12m)", 9, "unknown fact 'amout_12m'; did you mean 'amount_12m'?"),
        ("days_since(x) > 1", 12, "days_since() needs a date; 'x' is a number"),
        ("tag()", 5, "tag() needs a dimension, and may have a value, in quotes"),
        ("tag(x)", 5, "tag() needs a dimension, and may have a value, in quotes"),
        ("tag('a', '')", 10, "tag() needs a dimension, and may have a value, in quotes"),
        ("tag('a', 'b', 'c')", 13, "unexpected ',': ')' should be here"),
    ],
)
def test_errors(text: str, column: int, message: str) -> None:
    with pytest.raises(RuleError) as raised:
        parse(text, FACTS)
    assert (raised.value.column, raised.value.message) == (column, message)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000,
        "not " * 900 + "true",
        "x > " + "-" * 500 + "1",
        "((" * 300 + "x > 1" + "))" * 300,
        "x > " + "1 - (1 / (" * 30 + "1" + "))" * 30,
    ],
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(RuleError, match=r"nested too deeply|more than 600 words"):
        parse(text, FACTS)


def test_length_is_limited() -> None:
    with pytest.raises(RuleError, match=f"longer than {MAX_LENGTH} characters"):
        parse("x > 1" + " " * MAX_LENGTH, FACTS)
    with pytest.raises(RuleError, match=f"more than {MAX_TOKENS} words and signs"):
        parse("x > 1" + " and x > 1" * 300, FACTS)


@pytest.mark.parametrize(
    ("level", "inner"),
    [
        ("not ({})", "top(x, 10)"),
        ("(true and {})", "top(x, 10)"),
        ("(true or true and not {})", "bottom(x, 10) and x < y < 1"),
        ("x > {}", None),
    ],
)
def test_sqlite_takes_the_deepest_rule(base: sqlite3.Connection, level: str, inner: str | None) -> None:
    """SQLite keeps few open symbols: whatever the parser lets through must fit inside a larger statement."""
    wraps = ["1 - 2 / ({})", "1 / ({})", "-(1 / -({}))", "1 + 2 * -({})"] if inner is None else [level]
    for wrap in wraps:
        text, deepest = inner or "y", None
        while True:
            rule_text = text if inner else level.format(text)
            try:
                deepest = parse(rule_text, FACTS)
            except RuleError:
                break
            text = wrap.format(text)
        assert deepest is not None and depth(deepest.tree) >= rules.MAX_DEPTH - 3
        case = f"CASE WHEN TRUE THEN CASE WHEN {to_sql(deepest)} THEN 1 WHEN {to_sql(deepest)} THEN 2 END END"
        sql = f"WITH a AS (SELECT * FROM (SELECT {case} AS t FROM facts)) SELECT * FROM a"
        assert base.execute(sql).fetchall() == []


def test_sqlite_takes_the_longest_rule(base: sqlite3.Connection) -> None:
    for text in ("x > 1" + " / 1" * 295, "true" + " and true" * 299, f"x in [{', '.join('1' * 290)}]"):
        assert base.execute(f"SELECT {to_sql(parse(text, FACTS))} FROM facts").fetchall() == []


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("x > 1", False),
        ("not x > 1", True),
        ("not (x > 1)", True),
        ("x != 1", False),
        ("x not in [1]", False),
        ("x == x", False),
        ("missing(x)", True),
        ("not missing(x)", False),
        ("y / (y - y) > 0", False),
        ("missing(x) and not y / (y - y) == 0", True),
        ("0 < y < x", False),
        ("y < 10 and not (0 < y < x)", True),
        ("need", False),
        ("not need", True),
        ("top(x, 100)", False),
        ("bottom(x, 1)", True),
        ("y + x > 0", False),
        ("days_since(since) > 0", False),
        ("industry == ''", False),
        ("missing(industry)", True),
    ],
)
def test_missing_is_false(base: sqlite3.Connection, text: str, holds: bool) -> None:
    one(base, y=5)
    assert matching(base, text) == ([1] if holds else [])


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("y / x == 2.5", True),
        ("x / y == 0.4", True),
        ("x * 30% == 0.6", True),
        ("-x == -2", True),
        ("--x == 2", True),
        ("x - -y == 7", True),
        ("x - (y - 1) == -2", True),
        ("10 - y - x == 3", True),
        ("y * x / y * x == 4", True),
        ("x in [1, 2.0, -3]", True),
        ("x in [-2]", False),
        ("x not in [1, 3,]", True),
        ("-x in [-2]", True),
        ("1 < x < 3 < y", True),
        ("1 < x < 3 > y", False),
        ("0.1 * 3 > 0", True),
        # As with pencil and paper: none of these is so for binary fractions.
        ("0.1 * 3 == 0.3", True),
        ("0.3 - 0.2 >= 0.1", True),
        ("-(0.3 - 0.2) in [-0.1]", True),
        ("18.1 * 30% <= 5.43", True),
        ("y * 11.1 + 0.1 == 55.6", True),
        ("1 / 3 == 2 / 6", True),
        ("x / 2 * 0.1234567 == 0.1234567", True),
        ("x / 2 * 0.1234567 in [0.1234567]", True),
        ("industry == 'O''Brien'", None),
        ('industry == "O\'B:r%i"', True),
        ('industry in ["a", "O\'B:r%i"]', True),
        ("industry != 'a'", True),
        ("since == '2026-03-01'", True),
        ("since < '2026-03-01'", False),
        ("'2026-01-01' < since <= '2026-03-01'", True),
        ("since in ['2026-03-01', '2025-01-01']", True),
        ("days_since(since) == 30", True),
        ("days_to(since) == -30", True),
        ("need", True),
        ("need and false", False),
    ],
)
def test_values(base: sqlite3.Connection, text: str, holds: bool | None) -> None:
    one(base, x=2, y=5, industry="O'B:r%i", since="2026-03-01", need=1)
    if holds is None:
        with pytest.raises(RuleError):
            parse(text, FACTS)
    else:
        assert matching(base, text) == ([1] if holds else [])


def test_tags_are_those_of_the_customer(base: sqlite3.Connection) -> None:
    base.executemany("INSERT INTO facts (customer_id) VALUES (?)", [(1,), (2,), (3,)])
    base.executemany("INSERT INTO tag VALUES (?, ?, ?)", [(1, "risk", "it's"), (2, "risk", "low"), (3, "need", "low")])
    assert matching(base, "tag('risk')") == [1, 2]
    assert matching(base, 'tag("risk", "it\'s")') == [1]
    assert matching(base, "not tag('risk', 'low')") == [1, 3]


def test_top_counts_all_customers_and_lets_ties_in(base: sqlite3.Connection) -> None:
    values = [100, 90, 90, 80, 0, 0, None, None, None, None]
    base.executemany("INSERT INTO facts (customer_id, x) VALUES (?, ?)", list(enumerate(values, start=1)))
    assert matching(base, "top(x, 10)") == [1]
    assert matching(base, "top(x, 10%)") == [1]
    assert matching(base, "top(x, 10.1)") == [1, 2, 3]
    assert matching(base, "top(x, 31)") == [1, 2, 3, 4]
    assert matching(base, "top(x, 100)") == [1, 2, 3, 4]
    assert matching(base, "bottom(x, 10)") == [7, 8, 9, 10]
    assert matching(base, "bottom(x, 41)") == [5, 6, 7, 8, 9, 10]
    assert matching(base, "bottom(x, 100)") == list(range(1, 11))


def test_a_rule_says_what_it_needs() -> None:
    rule = parse("top(x, 10) and days_since(since) > 1 or tag('a') or tag('b', 'c')", FACTS)
    assert rule.facts == {"x", "since"}
    assert rule.tags == {("a", None), ("b", "c")}
    assert rule.tags and not parse("x > 1", FACTS).tags
    assert parse("true", FACTS).always and not parse("not false", FACTS).always


def test_parts_are_rules_with_their_own_text() -> None:
    rule = parse("  x > 1 and (y > 2 or (need and  x in [1, 2])) and not missing( since )", FACTS)
    parts = rule.parts()
    assert [part.text for part in parts] == [
        "x > 1",
        "(y > 2 or (need and  x in [1, 2]))",
        "not missing( since )",
    ]
    assert (rule.joined_by, parts[1].joined_by, parts[0].joined_by) == ("and", "or", "")
    assert [part.text for part in parts[1].parts()] == ["y > 2", "(need and  x in [1, 2])"]
    assert [part.text for part in parts[1].parts()[1].parts()] == ["need", "x in [1, 2]"]
    assert parts[0].parts() == (parts[0],)
    assert [sorted(part.facts) for part in parts] == [["x"], ["need", "x", "y"], ["since"]]
    for part in parts:
        assert replace(parse(part.text, FACTS), origin=part.origin) == part


def test_only_the_parameter_today_has_a_colon() -> None:
    rule = parse("industry == 'a :b' and tag('x:y', ':z') and days_to(since) > 1 and since < '2026-01-01'", FACTS)
    for dialect, today in (("sqlite", ":today"), ("postgresql", "CAST(:today AS DATE)")):
        sql = to_sql(rule, dialect)  # type: ignore[arg-type]
        assert sql.count(":") == 1 and today in sql
    assert "DATE '2026-01-01'" in to_sql(rule, "postgresql")
