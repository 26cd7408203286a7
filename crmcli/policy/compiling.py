"""The checked tree of a rule as SQL over a table or CTE `facts`.

Every condition comes out TRUE or FALSE, never NULL: a comparison with a missing fact is false,
and `not` of it true.
Conditions stand in as few parentheses as are right, since SQLite limits how many may be open.
"""

from datetime import date
from decimal import Decimal

from crmcli.policy.dialects import (
    Dialect,
    date_literal,
    date_parameter,
    days_between,
    number_literal,
    own_field,
    real,
    rounded,
    text_literal,
)
from crmcli.policy.trees import (
    Arithmetic,
    Comparison,
    Constant,
    Days,
    FactName,
    HasTag,
    Junction,
    Member,
    Missing,
    Negative,
    Node,
    Not,
    OwnField,
    Rank,
)

_OPERATORS = {"==": "=", "!=": "<>"}


def condition(node: Node, dialect: Dialect, *, bordered: bool = False) -> str:
    """SQL that is TRUE or FALSE; `node` is of type boolean. With `bordered` ranks ask the table `border`."""
    match node:
        case Constant(value=value):
            return "TRUE" if value else "FALSE"
        case FactName():
            return f"{_column(node)} IS TRUE"
        case Not(operand=operand):
            return f"NOT ({condition(operand, dialect, bordered=bordered)})"
        case Junction(word=word, parts=parts):
            return f" {word.upper()} ".join(_joined(part, dialect, bordered) for part in parts)
        case Comparison():
            return _comparison(node, dialect)
        case Member(operand=operand, items=items, negated=negated):
            own, *others = (_compared(side, _calculated(operand), dialect) for side in (operand, *items))
            listed = ", ".join(others)
            return f"({own} {'NOT IN' if negated else 'IN'} ({listed})) IS TRUE"
        case Missing(fact=fact):
            return f"{_value(fact, dialect)} IS NULL"
        case Rank():
            return _rank(node, bordered)
        case HasTag():
            return _has_tag(node, dialect)
        case _:
            raise AssertionError(node)


def _joined(node: Node, dialect: Dialect, bordered: bool) -> str:
    """A part of `and` or `or`; either inside the other stands in parentheses."""
    sql = condition(node, dialect, bordered=bordered)
    return f"({sql})" if isinstance(node, Junction) else sql


def _comparison(node: Comparison, dialect: Dialect) -> str:
    pairs = []
    left = node.first
    for operator, right in node.rest:
        calculated = _calculated(left) or _calculated(right)
        one, other = (_compared(side, calculated, dialect) for side in (left, right))
        sql = f"{one} {_OPERATORS.get(operator, operator)} {other}"
        pairs.append(f"({sql}) IS TRUE")
        left = right
    return pairs[0] if len(pairs) == 1 else f"({' AND '.join(pairs)})"


def _calculated(node: Node) -> bool:
    return isinstance(node, Arithmetic) or (isinstance(node, Negative) and _calculated(node.operand))


def _compared(node: Node, rounded_off: bool, dialect: Dialect) -> str:
    sql = _value(node, dialect)
    return rounded(sql, dialect) if rounded_off else sql


def _value(node: Node, dialect: Dialect) -> str:
    """SQL of a number, text or date; NULL when something in it is missing."""
    match node:
        case Constant(value=value):
            return _literal(value, dialect)
        case FactName():
            return _column(node)
        case OwnField(heading=heading):
            return own_field(heading, dialect)
        case Negative(operand=operand):
            # A minus before a minus would begin a comment.
            return f"(- {_operand(operand, dialect)})"
        case Arithmetic(first=first, rest=rest):
            return _operand(first, dialect) + "".join(_step(sign, part, dialect) for sign, part in rest)
        case Days(function=function, fact=fact):
            ends = (date_parameter("today", dialect), _column(fact))
            earlier, later = ends if function == "days_to" else ends[::-1]
            return days_between(earlier, later, dialect)
        case _:
            raise AssertionError(node)


def _operand(node: Node, dialect: Dialect) -> str:
    sql = _value(node, dialect)
    return f"({sql})" if isinstance(node, Arithmetic) else sql


def _step(sign: str, part: Node, dialect: Dialect) -> str:
    """One more operand; `* 1.0` keeps whole numbers from integer division and overflow."""
    if sign == "/":
        return f" * {real(dialect)} / NULLIF({_value(part, dialect)}, 0)"
    if sign == "*":
        return f" * {real(dialect)} * {_operand(part, dialect)}"
    return f" {sign} {_operand(part, dialect)}"


def _literal(value: object, dialect: Dialect) -> str:
    if isinstance(value, date):
        return date_literal(value, dialect)
    if isinstance(value, str):
        return text_literal(value, dialect)
    assert isinstance(value, int | Decimal)
    return number_literal(value, dialect)


def _column(fact: FactName) -> str:
    return f"facts.{fact.name}"


def border_sql(name: str) -> str:
    """SQL: the border of this name in the table `border`."""
    return f"(SELECT border.value FROM border WHERE border.name = '{name}')"


def border_name(node: Rank) -> str:
    """What the border of a rank is called there."""
    return f"{node.function} {node.fact.name} {node.numerator}/{node.denominator}"


def _rank(node: Rank, bordered: bool) -> str:
    """Whether at most k - 1 customers come before this one, k = ceil(n * share): that is, whether it
    reaches the k-th of the ordered values, the border. Ties share the best rank; a missing value is the lowest.
    """
    own = _column(node.fact)
    border = border_sql(border_name(node)) if bordered else _border(node)
    if node.function == "bottom":
        return f"({own} IS NULL OR {own} <= {border}) IS TRUE"
    # With fewer than k values the border is missing and every value is among the top.
    reached = f"{own} >= coalesce({border}, {own})"
    not_zero = f"{own} <> 0 AND " if node.fact.type == "number" else ""
    return f"({not_zero}{reached}) IS TRUE"


def _border(node: Rank) -> str:
    other = f"ranked.{node.fact.name}"
    # ceil(n * a / b) - 1 = floor((n * a - 1) / b) in whole numbers
    offset = f"(SELECT (count(*) * {node.numerator} - 1) / {node.denominator} FROM facts)"
    order = "DESC NULLS LAST" if node.function == "top" else "ASC NULLS FIRST"
    return f"(SELECT {other} FROM facts AS ranked ORDER BY {other} {order} LIMIT 1 OFFSET {offset})"


def _has_tag(node: HasTag, dialect: Dialect) -> str:
    wanted = f"tag.customer_id = facts.customer_id AND tag.dimension = {text_literal(node.dimension, dialect)}"
    if node.value is not None:
        wanted += f" AND tag.value = {text_literal(node.value, dialect)}"
    return f"EXISTS (SELECT 1 FROM tag WHERE {wanted})"
