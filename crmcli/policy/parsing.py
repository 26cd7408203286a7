"""The parser of the rule language, which checks names and types as it goes.

    or         := and ("or" and)*
    and        := not ("and" not)*
    not        := "not" not | comparison
    comparison := sum (("==" | "!=" | "<" | "<=" | ">" | ">=") sum)*  |  sum ["not"] "in" "[" constant, … "]"
    sum        := product (("+" | "-") product)*
    product    := signed (("*" | "/") signed)*
    signed     := "-" signed | number | string | true | false | fact | function "(" … ")" | "(" or ")"

A date is compared with a date, or with a string that holds one ("2026-01-05"). Texts have no order.
A rule is never evaluated as code: every name is known and every type fits before any SQL is made.
"""

import difflib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from crmcli.fields.sources import known
from crmcli.i18n import _
from crmcli.policy.reading import headed_so
from crmcli.policy.tokens import RuleError, Token
from crmcli.policy.trees import (
    Arithmetic,
    Comparison,
    Constant,
    Days,
    FactName,
    FactType,
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

FUNCTIONS = ("top", "bottom", "tag", "field", "missing", "days_to", "days_since")
_WORDS = ("and", "or", "not", "in", "true", "false")
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")

_OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}

# A finer percentage could leave the 64-bit integers that ranks are counted in.
FINEST_SHARE = 1_000_000
# Parentheses cost this parser eight Python frames each.
MAX_OPEN = 40


class Parser:
    """One method for each line of the grammar; a method returns a node whose types have been checked.

    `unknown` has the facts that there are not; what is then wrong after one of them may be so because of it.
    """

    def __init__(self, tokens: list[Token], facts: Mapping[str, FactType]) -> None:
        self.tokens = tokens
        self.position = 0
        self.open = 0
        self.facts = facts
        self.unknown: list[RuleError] = []

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.token
        if token.kind != "end":
            self.position += 1
        return token

    def sees(self, *texts: str) -> bool:
        return self.token.kind in ("sign", "name") and self.token.text in texts

    def expect(self, text: str) -> Token:
        if not self.sees(text):
            raise _unexpected(self.token, _("'{expected}'").format(expected=text))
        return self.take()

    def whole(self) -> Node:
        if self.token.kind == "end":
            raise RuleError(_("the rule is empty"), 1)
        tree = self.disjunction()
        if self.position < len(self.tokens) - 1:
            raise _unexpected(self.token, _("the end of the rule, or 'and' or 'or'"))
        _require(tree, "boolean", _("a rule must be true or false; this is {type}"))
        return tree

    def disjunction(self) -> Node:
        return self.junction("or", self.conjunction)

    def conjunction(self) -> Node:
        return self.junction("and", self.negation)

    def junction(self, word: str, part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self.sees(word):
            self.take()
            parts.append(part())
        if len(parts) == 1:
            return parts[0]
        for node in parts:
            message = _("'{word}' joins conditions; this is {{type}}").format(word=word)
            _require(node, "boolean", message)
        return Junction(word, tuple(parts), start=parts[0].start, end=parts[-1].end)

    def negation(self) -> Node:
        if not self.sees("not"):
            return self.comparison()
        word = self.take()
        with self.nested(word):
            operand = self.negation()
        _require(operand, "boolean", _("'not' needs a condition; this is {type}"))
        return Not(operand, start=word.start, end=operand.end)

    def comparison(self) -> Node:
        first = self.sum()
        if self.sees("in", "not"):
            return self.member(first)
        rest: list[tuple[str, Node]] = []
        left = first
        while self.sees(*_COMPARISONS):
            sign = self.take()
            left, right = _comparable(left, sign, self.sum())
            if rest:
                rest[-1] = (rest[-1][0], left)
            else:
                first = left
            rest.append((sign.text, right))
            left = right
        return Comparison(first, tuple(rest), start=first.start, end=left.end) if rest else first

    def member(self, operand: Node) -> Node:
        negated = self.sees("not")
        if negated:
            self.take()
        word = self.expect("in")
        if operand.type == "boolean":
            raise RuleError(_("'in' needs a number, text or date before it"), operand.start + 1)
        self.expect("[")
        items = [self.item(operand, word)]
        while self.sees(","):
            self.take()
            if self.sees("]"):
                break
            items.append(self.item(operand, word))
        end = self.expect("]").end
        return Member(operand, tuple(items), negated, start=operand.start, end=end)

    def item(self, operand: Node, word: Token) -> Constant:
        start = self.token
        node = self.signed()
        if isinstance(node, Negative) and isinstance(node.operand, Constant):
            amount = node.operand.value
            assert isinstance(amount, int | Decimal)
            node = Constant(-amount, "number", start=node.start, end=node.end)
        if not isinstance(node, Constant):
            raise RuleError(_("a list has numbers and strings only"), start.start + 1)
        _left, right = _comparable(operand, replace(word, text="=="), node)
        assert isinstance(right, Constant)
        return right

    def sum(self) -> Node:
        return self.arithmetic(("+", "-"), self.product)

    def product(self) -> Node:
        return self.arithmetic(("*", "/"), self.signed)

    def arithmetic(self, signs: tuple[str, ...], part: Callable[[], Node]) -> Node:
        first = part()
        rest: list[tuple[str, Node]] = []
        while self.sees(*signs):
            sign = self.take()
            rest.append((sign.text, part()))
        if not rest:
            return first
        for node in (first, *(node for _sign, node in rest)):
            _require(node, "number", _("only numbers can be calculated with; this is {type}"))
        for word, node in rest:
            # Where a fact is 0 the quotient is missing for that customer; by a 0 in the rule it would be for everybody.
            if word == "/" and _fixed(node) == 0:
                raise RuleError(_("nothing can be divided by zero"), node.start + 1)
        return Arithmetic(first, tuple(rest), start=first.start, end=rest[-1][1].end)

    def signed(self) -> Node:
        if not self.sees("-"):
            return self.primary()
        sign = self.take()
        with self.nested(sign):
            operand = self.signed()
        _require(operand, "number", _("only numbers can be calculated with; this is {type}"))
        return Negative(operand, start=sign.start, end=operand.end)

    def primary(self) -> Node:
        token = self.take()
        if token.kind in ("number", "text"):
            kind: FactType = "number" if token.kind == "number" else "text"
            return Constant(token.value, kind, start=token.start, end=token.end)
        if token.text == "(":
            with self.nested(token):
                node = self.disjunction()
            end = self.expect(")").end
            # The parentheses belong to the text of a part.
            return replace(node, start=token.start, end=end)
        if token.kind == "name":
            return self.named(token)
        raise _unexpected(token, _("a fact, number, string or function"))

    def named(self, token: Token) -> Node:
        if token.text in ("true", "false"):
            return Constant(token.text == "true", "boolean", start=token.start, end=token.end)
        if token.text in _WORDS:
            raise _unexpected(token, _("a fact, number, string or function"))
        if not self.sees("("):
            return self.fact(token)
        if token.text not in FUNCTIONS:
            if token.text in self.facts:
                raise RuleError(_("'{name}' is a fact, not a function").format(name=token.text), token.start + 1)
            raise _unknown(_("unknown function '{name}'"), token, _near(token, FUNCTIONS))
        self.take()
        return self.call(token)

    def fact(self, token: Token) -> FactName:
        if token.text in self.facts:
            return FactName(token.text, self.facts[token.text], start=token.start, end=token.end)
        if token.text in FUNCTIONS:
            message = _("'{name}' is a function: it needs parentheses").format(name=token.text)
            raise RuleError(message, token.start + 1)
        meant = headed_so(token.text, self.facts) or _near(token, (*self.facts, *_WORDS))
        self.unknown.append(_unknown(_("unknown fact '{name}'"), token, meant))
        # On, as if what is meant had been written: there may be more of them.
        kind = self.facts.get(meant, "text" if self.sees("==", "!=", "in", "not") else "number")
        return FactName(meant, kind, start=token.start, end=token.end)

    def call(self, function: Token) -> Node:
        """The call whose opening parenthesis was just taken."""
        if function.text == "tag":
            return self.tag(function)
        if function.text == "field":
            return self.own_field(function)
        if function.text == "missing" and self.sees("field"):
            inner = self.take()
            self.expect("(")
            field = self.own_field(inner)
            return Missing(field, start=function.start, end=self.expect(")").end)
        fact = self.fact_argument(function)
        if function.text in ("top", "bottom"):
            return self.rank(function, fact)
        end = self.expect(")").end
        if function.text == "missing":
            return Missing(fact, start=function.start, end=end)
        if fact.type != "date":
            message = _("{name}() needs a date; '{fact}' is {type}")
            message = message.format(name=function.text, fact=fact.name, type=_named(fact.type))
            raise RuleError(message, fact.start + 1)
        return Days(function.text, fact, start=function.start, end=end)

    def fact_argument(self, function: Token) -> FactName:
        token = self.take()
        if token.kind != "name" or token.text in _WORDS or self.sees("("):
            raise RuleError(_("{name}() needs the name of a fact").format(name=function.text), token.start + 1)
        return self.fact(token)

    def own_field(self, function: Token) -> OwnField:
        token = self.take()
        if token.kind != "text" or not token.value:
            raise RuleError(_("field() needs the heading of one of your own columns, in quotes"), token.start + 1)
        return OwnField(str(token.value), start=function.start, end=self.expect(")").end)

    def tag(self, function: Token) -> Node:
        names = [self.string(function)]
        if self.sees(","):
            self.take()
            names.append(self.string(function))
        end = self.expect(")").end
        return HasTag(names[0], names[1] if len(names) == 2 else None, start=function.start, end=end)

    def string(self, function: Token) -> str:
        token = self.take()
        if token.kind != "text" or not token.value:
            message = _("{name}() needs a dimension, and may have a value, in quotes").format(name=function.text)
            raise RuleError(message, token.start + 1)
        return str(token.value)

    def rank(self, function: Token, fact: FactName) -> Node:
        if fact.type not in ("number", "date"):
            message = _("{name}() needs a number or a date; '{fact}' is {type}")
            message = message.format(name=function.text, fact=fact.name, type=_named(fact.type))
            raise RuleError(message, fact.start + 1)
        self.expect(",")
        token = self.take()
        # `10` and `10%` are both ten percent: nobody who writes 10% means a tenth of a percent.
        share = Fraction(token.value) if token.kind == "number" else Fraction(0)
        share = share if token.text.endswith("%") else share / 100
        if not 0 < share <= 1 or share.denominator > FINEST_SHARE:
            message = _("{name}() needs a percentage above 0 and up to 100, with at most four decimals").format(
                name=function.text
            )
            raise RuleError(message, token.start + 1)
        end = self.expect(")").end
        return Rank(function.text, fact, share.numerator, share.denominator, start=function.start, end=end)

    def nested(self, token: Token) -> "_Nested":
        return _Nested(self, token)


class _Nested:
    """Counts what is open, so that no text, however odd, exhausts Python's stack."""

    def __init__(self, parser: Parser, token: Token) -> None:
        self.parser = parser
        self.token = token

    def __enter__(self) -> None:
        self.parser.open += 1
        if self.parser.open > MAX_OPEN:
            raise RuleError(_("the rule is nested too deeply"), self.token.start + 1)

    def __exit__(self, *_exception: object) -> None:
        self.parser.open -= 1


def _fixed(node: Node) -> Fraction | None:
    """The number that it always is; None where it depends on a fact."""
    match node:
        case Constant(value=int() | Decimal() as written):
            return Fraction(written)
        case Negative(operand=operand):
            inner = _fixed(operand)
            return None if inner is None else -inner
        case Arithmetic(first=first, rest=rest):
            result = _fixed(first)
            for sign, part in rest:
                number = _fixed(part)
                if result is None or number is None:
                    return None
                result = _OPERATIONS[sign](result, number)
            return result
    return None


def _named(kind: FactType) -> str:
    names = {
        "number": _("a number"),
        "text": _("a text"),
        "boolean": _("a condition"),
        "date": _("a date"),
    }
    return names[kind]


def _require(node: Node, kind: FactType, message: str) -> None:
    if node.type != kind:
        raise RuleError(message.format(type=_named(node.type)), node.start + 1)


def _comparable(left: Node, sign: Token, right: Node) -> tuple[Node, Node]:
    """Both sides, a string next to a date or a source turned into one; RuleError where they cannot be compared."""
    left, right = _as_date(left, beside=right), _as_date(right, beside=left)
    left, right = _as_source(left, beside=right), _as_source(right, beside=left)
    if left.type == "boolean" or right.type == "boolean":
        place = left if left.type == "boolean" else right
        message = _("a condition is not compared: write it alone, or 'not' before it")
        raise RuleError(message, place.start + 1)
    if left.type != right.type:
        message = _("cannot compare {left} with {right}")
        message = message.format(left=_named(left.type), right=_named(right.type))
        raise RuleError(message, sign.start + 1)
    if left.type == "text" and sign.text not in ("==", "!="):
        raise RuleError(_("texts are compared with ==, != or in"), sign.start + 1)
    return left, right


def _as_date(node: Node, *, beside: Node) -> Node:
    if beside.type != "date" or not isinstance(node, Constant) or node.type != "text":
        return node
    try:
        day = date.fromisoformat(str(node.value))
    except ValueError:
        message = _("a date is written '2026-01-05', not '{value}'").format(value=node.value)
        raise RuleError(message, node.start + 1) from None
    return replace(node, value=day, type="date")


def _as_source(node: Node, *, beside: Node) -> Node:
    """`source == '展会'` asks for what the fact calls expo."""
    if isinstance(beside, FactName) and beside.name == "source" and isinstance(node, Constant) and node.type == "text":
        return replace(node, value=known(str(node.value)) or "")
    return node


def _unexpected(token: Token, expected: str) -> RuleError:
    if token.kind == "end":
        return RuleError(_("the rule ends where {expected} should be").format(expected=expected), token.start + 1)
    message = _("unexpected {found!r}: {expected} should be here").format(found=token.text, expected=expected)
    return RuleError(message, token.start + 1)


def _near(token: Token, known: Sequence[str]) -> str:
    return "".join(difflib.get_close_matches(token.text.lower(), known, 1))


def _unknown(message: str, token: Token, meant: str) -> RuleError:
    message = message.format(name=token.text)
    if meant:
        message += _("; did you mean '{nearest}'?").format(nearest=meant)
    return RuleError(message, token.start + 1)
