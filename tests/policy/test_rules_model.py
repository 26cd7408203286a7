"""Random rules over random customers: SQLite against a plain reading of the text by Python's own parser."""

import ast
import math
import sqlite3
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.policy.rules import FactType, parse, to_sql

TODAY = date(2026, 3, 31)
FACTS: dict[str, FactType] = {
    "x": "number",
    "y": "number",
    "z": "number",
    "t": "text",
    "d": "date",
    "b": "boolean",
}

Row = dict[str, Any]

numbers = st.none() | st.integers(-4, 4) | st.sampled_from([0.5, -1.25, 2.5])
rows = st.lists(
    st.fixed_dictionaries(
        {
            "x": numbers,
            "y": numbers,
            "z": numbers,
            "t": st.sampled_from([None, "a", "b", "it's"]),
            "d": st.none() | st.integers(-3, 3).map(lambda days: TODAY + timedelta(days)),
            "b": st.sampled_from([None, True, False]),
            "tags": st.sets(st.tuples(st.sampled_from("pq"), st.sampled_from("uv")), max_size=2),
        }
    ),
    min_size=1,
    max_size=8,
)
names = st.sampled_from(["x", "y", "z"])
literals = st.sampled_from(["0", "1", "2", "0.5", "-1", "3"])


def _numeric(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    signs = st.sampled_from(["+", "-", "*", "/"])
    return (
        st.builds("{} {} {}".format, inner, signs, inner)
        | st.builds("({} {} {})".format, inner, signs, inner)
        | st.builds("-{}".format, inner)
    )


days = st.sampled_from(["days_since(d)", "days_to(d)"])


def _divides_by_zero(text: str) -> bool:
    """Whether a divisor is zero whoever the customer is: such a rule is refused."""
    divisors = [n.right for n in ast.walk(ast.parse(text)) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div)]
    fixed = [node for node in divisors if not any(isinstance(part, ast.Name) for part in ast.walk(node))]
    return any(not value(node, {}) for node in fixed)


calculations = st.recursive(names | literals | days, _numeric, max_leaves=5).filter(
    lambda text: not _divides_by_zero(text)
)
order_signs = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
equal_signs = st.sampled_from(["==", "!="])
texts = st.sampled_from(["'a'", "'b'", '"it\'s"', "t"])
day_texts = st.sampled_from(["'2026-03-30'", "'2026-03-31'", "'2026-04-02'"])
membership = st.sampled_from(["in", "not in"])
leaves = (
    st.builds("{} {} {}".format, calculations, order_signs, calculations)
    | st.builds("{} {} {} {} {}".format, calculations, order_signs, names, order_signs, calculations)
    | st.builds("t {} {}".format, equal_signs, texts)
    | st.builds("d {} {}".format, order_signs, day_texts)
    | st.builds("{} {} [{}, {}]".format, calculations, membership, literals, literals)
    | st.builds("t {} ['a', {}]".format, membership, texts.filter(lambda text: text != "t"))
    | st.builds("missing({})".format, st.sampled_from(sorted(FACTS)))
    | st.builds("{}({}, {})".format, st.sampled_from(["top", "bottom"]), names | st.just("d"), st.integers(1, 100))
    | st.sampled_from(["true", "false", "b", "tag('p')", "tag('p', 'u')", "tag('q', 'v')"])
)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    words = st.sampled_from(["and", "or"])
    return (
        st.builds("{} {} {}".format, inner, words, inner)
        | st.builds("({} {} {})".format, inner, words, inner)
        | st.builds("not {}".format, inner)
    )


conditions = st.recursive(leaves, _joined, max_leaves=6)


def value(node: ast.expr, row: Row) -> Any:
    """A number, text or date; None when missing."""
    match node:
        case ast.Constant(value=constant):
            return constant
        case ast.Name(id=name):
            return row[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            amount = value(operand, row)
            return None if amount is None else -amount
        case ast.Call(func=ast.Name(id=function), args=[ast.Name(id=name)]):
            if row[name] is None:
                return None
            since = (TODAY - row[name]).days
            return since if function == "days_since" else -since
        case ast.BinOp(left=left, op=op, right=right):
            a, b = value(left, row), value(right, row)
            if a is None or b is None or (isinstance(op, ast.Div) and b == 0):
                return None
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return float(a) * b
                case _:
                    return float(a) / b
    raise AssertionError(ast.dump(node))


def calculated(node: ast.expr) -> bool:
    inner = node
    while isinstance(inner, ast.UnaryOp):
        inner = inner.operand
    return isinstance(inner, ast.BinOp)


def to_six_decimals(number: Any) -> Any:
    return None if number is None else float(Decimal(number).quantize(Decimal("1e-6"), ROUND_HALF_UP))


def holds(left: ast.expr, op: ast.cmpop, right: ast.expr, row: Row) -> bool:
    """Both sides are rounded where one of them is calculated."""
    a, b = value(left, row), value(right, row)
    if calculated(left) or calculated(right):
        a, b = to_six_decimals(a), to_six_decimals(b)
    return compare(a, op, b)


def compare(a: Any, op: ast.cmpop, b: Any) -> bool:
    if a is None or b is None:
        return False
    if isinstance(a, date) != isinstance(b, date):
        a, b = (date.fromisoformat(side) if isinstance(side, str) else side for side in (a, b))
    match op:
        case ast.Lt():
            return bool(a < b)
        case ast.LtE():
            return bool(a <= b)
        case ast.Gt():
            return bool(a > b)
        case ast.GtE():
            return bool(a >= b)
        case ast.Eq():
            return bool(a == b)
        case _:
            return bool(a != b)


def rank(function: str, name: str, percent: int, row: Row, customers: list[Row]) -> bool:
    own = row[name]
    k = math.ceil(len(customers) * percent / 100 - 1e-9)
    others = [other[name] for other in customers]
    if function == "bottom":
        lower = sum(own is not None and (other is None or other < own) for other in others)
        return bool(lower + 1 <= k)
    if own is None or own == 0:
        return False
    higher = sum(other is not None and other > own for other in others)
    return bool(higher + 1 <= k)


def truth(node: ast.expr, row: Row, customers: list[Row]) -> bool:
    match node:
        case ast.BoolOp(op=op, values=values):
            join = all if isinstance(op, ast.And) else any
            return join(truth(part, row, customers) for part in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not truth(operand, row, customers)
        case ast.Name(id="true"):
            return True
        case ast.Name(id="false"):
            return False
        case ast.Name(id="b"):
            return row["b"] is True
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[ast.List(elts=items)]):
            given = [value(side, row) for side in (left, *items)]
            own, *others = map(to_six_decimals, given) if calculated(left) else given
            found = own in others
            return own is not None and found == isinstance(op, ast.In)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            nodes = [left, *comparators]
            pairs = zip(nodes, ops, nodes[1:], strict=False)
            return all(holds(a, op, b, row) for a, op, b in pairs)
        case ast.Call(func=ast.Name(id="missing"), args=[ast.Name(id=name)]):
            return row[name] is None
        case ast.Call(func=ast.Name(id="tag"), args=args):
            wanted = tuple(ast.literal_eval(arg) for arg in args)
            return any(tag[: len(wanted)] == wanted for tag in row["tags"])
        case ast.Call(func=ast.Name(id=function), args=[ast.Name(id=name), ast.Constant(value=int(percent))]):
            return rank(function, name, percent, row, customers)
    raise AssertionError(ast.dump(node))


def stored(customers: list[Row]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE facts (customer_id, x, y, z, t, d, b)")
    connection.execute("CREATE TABLE tag (customer_id, dimension, value)")
    for number, row in enumerate(customers):
        day = row["d"].isoformat() if row["d"] else None
        values = (number, row["x"], row["y"], row["z"], row["t"], day, row["b"])
        connection.execute("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        connection.executemany("INSERT INTO tag VALUES (?, ?, ?)", [(number, *tag) for tag in row["tags"]])
    return connection


@settings(max_examples=400, deadline=None)
@given(text=conditions, customers=rows)
def test_sql_says_what_the_rule_says(text: str, customers: list[Row]) -> None:
    sql = f"SELECT {to_sql(parse(text, FACTS))} FROM facts ORDER BY customer_id"
    connection = stored(customers)
    found = [row[0] for row in connection.execute(sql, {"today": TODAY.isoformat()})]
    connection.close()
    tree = ast.parse(text, mode="eval").body
    assert found == [int(truth(tree, row, customers)) for row in customers]
