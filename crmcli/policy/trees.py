"""The checked tree of a rule: what `rules.parse` makes and `compiling` turns into SQL.

Nodes know their type and their place in the text (0-based, end exclusive);
the place does not count when nodes are compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

FactType = Literal["number", "text", "boolean", "date"]
Value: TypeAlias = bool | int | Decimal | str | date


@dataclass(frozen=True, kw_only=True)
class _Placed:
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Constant(_Placed):
    """A literal; a number is int or Decimal."""

    value: Value
    type: FactType


@dataclass(frozen=True)
class FactName(_Placed):
    """The value of a fact; missing where the customer has none."""

    name: str
    type: FactType


@dataclass(frozen=True)
class OwnField(_Placed):
    """The text of a field of the company's own, by its heading; missing where the customer has none."""

    heading: str
    type: FactType = "text"


@dataclass(frozen=True)
class Negative(_Placed):
    operand: "Node"
    type: FactType = "number"


@dataclass(frozen=True)
class Arithmetic(_Placed):
    """`first op operand op operand …`, from left to right, of one precedence; missing when any part is."""

    first: "Node"
    rest: tuple[tuple[str, "Node"], ...]
    type: FactType = "number"


@dataclass(frozen=True)
class Days(_Placed):
    """Days from today to the fact (`days_to`) or from the fact to today (`days_since`)."""

    function: str
    fact: FactName
    type: FactType = "number"


@dataclass(frozen=True)
class Comparison(_Placed):
    """`first op operand op operand …`: every neighbouring pair holds."""

    first: "Node"
    rest: tuple[tuple[str, "Node"], ...]
    type: FactType = "boolean"


@dataclass(frozen=True)
class Member(_Placed):
    """`operand in [items]`, or not in; false either way when the operand is missing."""

    operand: "Node"
    items: tuple[Constant, ...]
    negated: bool
    type: FactType = "boolean"


@dataclass(frozen=True)
class Not(_Placed):
    operand: "Node"
    type: FactType = "boolean"


@dataclass(frozen=True)
class Junction(_Placed):
    """Two or more parts joined by one word: `and` or `or`."""

    word: str
    parts: tuple["Node", ...]
    type: FactType = "boolean"


@dataclass(frozen=True)
class Rank(_Placed):
    """`top` or `bottom`; the share of customers is `numerator / denominator`, in lowest terms, in (0, 1]."""

    function: str
    fact: FactName
    numerator: int
    denominator: int
    type: FactType = "boolean"


@dataclass(frozen=True)
class HasTag(_Placed):
    dimension: str
    value: str | None
    type: FactType = "boolean"


@dataclass(frozen=True)
class Missing(_Placed):
    fact: FactName | OwnField
    type: FactType = "boolean"


Node: TypeAlias = (
    Constant | FactName | OwnField | Negative | Arithmetic | Days | Comparison | Member | Not | Junction
    | Rank | HasTag | Missing
)  # fmt: skip


def children(node: Node) -> tuple[Node, ...]:
    match node:
        case Negative(operand=operand) | Not(operand=operand):
            return (operand,)
        case Arithmetic(first=first, rest=rest) | Comparison(first=first, rest=rest):
            return (first, *(operand for _op, operand in rest))
        case Member(operand=operand, items=items):
            return (operand, *items)
        case Junction(parts=parts):
            return parts
        case Days(fact=fact) | Rank(fact=fact) | Missing(fact=fact):
            return (fact,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def depth(node: Node) -> int:
    return 1 + max((depth(child) for child in children(node)), default=0)
