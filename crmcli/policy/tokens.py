"""The words of a rule, each with its place."""

import re
from dataclasses import dataclass
from decimal import Decimal
from math import prod
from typing import Literal

from crmcli.i18n import _
from crmcli.policy.reading import has_unseen

TokenKind = Literal["number", "text", "name", "sign", "end"]

# SQLite refuses expressions deeper than 1,000; a division takes two levels for each operand.
MAX_LENGTH = 4000
MAX_TOKENS = 600
# What both a double and a 64-bit integer hold exactly.
MAX_DIGITS = 15

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?%?)
    | (?P<name>[^\W\d]\w*)
    | (?P<text>'[^']*'|"[^"]*")
    | (?P<sign><=|>=|==|!=|[<>()\[\],+\-*/])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)


class RuleError(ValueError):
    """A rule that cannot be read: what is wrong, and at which character (1-based) of its text.

    `others` are further names in it that nobody knows.
    """

    def __init__(self, message: str, column: int, others: "tuple[RuleError, ...]" = ()) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.others = others


@dataclass(frozen=True)
class Token:
    """`start` and `end` are 0-based, end exclusive; `value` is what a number or string stands for."""

    kind: TokenKind
    text: str
    start: int
    end: int
    value: int | Decimal | str = ""


def tokenize(text: str) -> list[Token]:
    """The tokens of `text`, the last of kind "end"; raises RuleError."""
    if len(text) > MAX_LENGTH:
        message = _("the rule is longer than {limit} characters").format(limit=MAX_LENGTH)
        raise RuleError(message, MAX_LENGTH + 1)
    tokens: list[Token] = []
    position = 0
    while not tokens or tokens[-1].kind != "end":
        token = _token(text, position)
        if len(tokens) == MAX_TOKENS:
            message = _("the rule has more than {limit} words and signs").format(limit=MAX_TOKENS)
            raise RuleError(message, token.start + 1)
        tokens.append(token)
        position = token.end
    return tokens


def _token(text: str, position: int) -> Token:
    match = _TOKEN.match(text, position)
    if match is None:
        raise _unreadable(text, position)
    kind = match.lastgroup
    assert kind is not None
    start, end = match.span(kind)
    token = Token(kind, match[kind], start, end)  # type: ignore[arg-type]
    if kind == "number":
        return _number(token, text[end:])
    if kind == "text":
        return _string(token)
    return token


def _number(token: Token, rest: str) -> Token:
    following = rest[:1]
    digits = token.text.rstrip("%").replace("_", "")
    if following and (following.isalnum() or following in "_.%"):
        raise _not_a_number(token, rest)
    if len(digits.replace(".", "")) > MAX_DIGITS:
        message = _("a number has at most {limit} digits").format(limit=MAX_DIGITS)
        raise RuleError(message, token.start + 1)
    value: int | Decimal = Decimal(digits) if "." in digits else int(digits)
    if token.text.endswith("%"):
        value = Decimal(value).scaleb(-2)
    return Token("number", token.text, token.start, token.end, value)


# As amounts are spoken in Chinese; a rule has them in figures.
_UNITS = {"千": 1_000, "万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_IN_WORDS = re.compile(rf"([{''.join(_UNITS)}]+)元?(?!\w)")


def _not_a_number(token: Token, rest: str) -> RuleError:
    """What is wrong with digits that go on as no number does; 10万 is told in figures."""
    units = None if token.text.endswith("%") else _IN_WORDS.match(rest)
    if units is None:
        return RuleError(_("cannot read the number that starts here"), token.start + 1)
    meant = Decimal(token.text) * prod(_UNITS[unit] for unit in units[1])
    figures = f"{int(meant):_}" if meant == int(meant) else f"{meant.normalize():f}"
    message = _("cannot read {number}: write {hint}").format(number=token.text + units[0], hint=figures)
    return RuleError(message, token.start + 1)


def _string(token: Token) -> Token:
    value = token.text[1:-1]
    # A control character in quotes is an accident, and a NUL would cut the SQL short.
    if has_unseen(value):
        raise RuleError(_("a string may not contain control characters"), token.start + 1)
    return Token("text", token.text, token.start, token.end, value)


# What is meant by signs of other languages, and by those of a Chinese keyboard.
_MEANT = {
    "=": "==", "!": "!=", "&": "and", "|": "or", "“": '"', "”": '"', "‘": "'", "’": "'", "，": ",", "、": ",",
    "（": "(", "）": ")", "【": "[", "】": "]", "＞": ">", "＜": "<", "＝": "==", "！": "!=", "≥": ">=", "≤": "<=",
    "≠": "!=", "％": "%", "＋": "+", "－": "-", "−": "-", "×": "*", "＊": "*", "÷": "/", "／": "/",
}  # fmt: skip


def _unreadable(text: str, position: int) -> RuleError:
    while text[position].isspace():
        position += 1
    character = text[position]
    if character in "'\"":
        return RuleError(_("the string that starts here is not closed"), position + 1)
    if character in _MEANT:
        message = _("unexpected {character!r}: write {hint}").format(character=character, hint=_MEANT[character])
    else:
        message = _("unexpected {character!r}").format(character=character)
    return RuleError(message, position + 1)
