"""Going through possible duplicates one by one; what is decided is handed in.

`course` asks and is answered, by a terminal, a policy or a test alike: it knows neither keys nor screens. Each decision
is an operation of its own, written before the next question, so that nothing is lost by whoever leaves; while a
question waits for its answer, no transaction is open.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from crmcli.cleaning import merging
from crmcli.cleaning.distinct import distinct
from crmcli.cleaning.merging import survivorship
from crmcli.cleaning.merging.clusters import distinct_among
from crmcli.errors import BadValue, CrmError, InvalidInput, Refused
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.store import reversing
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

if TYPE_CHECKING:
    from crmcli.cleaning.duplicates import Pair

Opener = Callable[..., AbstractContextManager[Workspace]]
"""Opens a workspace that is committed at the end of its block; takes `readonly`."""
Place = Literal["left", "right"]
Stays = Literal["left", "right", "both"] | None


@dataclass(frozen=True)
class Typed:
    """A value that is neither's, as somebody typed it."""

    text: str


@dataclass(frozen=True)
class Keep:
    """They are one, and the customer on that side is kept; `chosen` are the fields that no rule is to decide."""

    side: Place
    chosen: Mapping[str, Place | Typed] = field(default_factory=dict)


Decision = Keep | Literal["distinct", "later", "undo", "quit"]


@dataclass(frozen=True)
class Compared:
    """One field of both, as it is stored.

    Attributes:
        stays: whose value stays if they are merged, or "both"; None where it is the kept one's, whichever that is, or
            where there is nothing to decide.
        choosable: one of the two, or another value, may be chosen for it.
    """

    name: str
    left: Any
    right: Any
    stays: Stays = None
    choosable: bool = False

    @property
    def differs(self) -> bool:
        return bool(self.left != self.right)


@dataclass(frozen=True)
class Question:
    """Are these two one customer?

    Attributes:
        number, total: of the pair among all.
        left, right: the customers, all columns.
        decided: what was decided before.
        said: what came of the last decision, or why it could not be done.
    """

    number: int
    total: int
    pair: "Pair"
    left: Row
    right: Row
    fields: tuple[Compared, ...]
    decided: tuple["Decided", ...]
    said: str | None


@dataclass(frozen=True)
class Decided:
    """A decision that was taken; `kept` is the code of the customer that stayed, `op` the operation if there is one."""

    number: int
    left: str
    right: str
    decision: str
    kept: str | None
    op: int | None


@dataclass(frozen=True)
class Review:
    """What a review came to; `left` pairs were not reached."""

    decided: tuple[Decided, ...]
    left: int

    def count(self, decision: str) -> int:
        """How many were decided so: "merged", "distinct" or "later"."""
        return sum(one.decision == decision for one in self.decided)


def pairs(ws: Workspace, *, certain: bool = False) -> list["Pair"]:
    """The pairs to go through, the likeliest first: likely and possible ones, and before them certain ones if asked."""
    from crmcli.cleaning import duplicates

    ws.progress(_("looking for duplicates"))
    bands = ("certain", "likely", "possible") if certain else ("likely", "possible")
    found = [pair for pair in duplicates.find(ws) if pair.band in bands]
    return sorted(found, key=lambda pair: (bands.index(pair.band), -pair.score, pair.left, pair.right))


def course(open: Opener, pairs: Sequence["Pair"]) -> Generator[Question, Decision, Review]:
    """Ask about each pair that is not settled yet, and do what is decided."""
    decided: list[Decided] = []
    number, said = 1, None
    while number <= len(pairs):
        with open(readonly=True) as ws:
            question = _question(ws, pairs, number, decided, said)
        if question is None:
            number += 1
            continue
        decision = yield question
        if decision == "quit":
            break
        try:
            if decision == "undo":
                number, said = _undo(open, decided)
            else:
                said = _decide(open, question, decision, decided)
                number += 1
        except CrmError as error:
            said = error.message
    return Review(tuple(decided), len(pairs) - number + 1)


# ---------------------------------------------------------------------------------------------- questions


def _question(
    ws: Workspace, pairs: Sequence["Pair"], number: int, decided: Sequence[Decided], said: str | None
) -> Question | None:
    """What to ask about a pair; None if the two are one by now, one is gone, or they are known to be distinct."""
    pair = pairs[number - 1]
    try:
        left, right = merging.meant(ws, [pair.left, pair.right])
    except CrmError:
        return None
    finally:
        # One of them may have become part of another by an earlier decision, which is what is shown.
        ws.notes.clear()
    if distinct_among(ws, [left["id"], right["id"]]):
        return None
    return Question(
        number=number,
        total=len(pairs),
        pair=pair,
        left=left,
        right=right,
        fields=_compared(ws, left, right),
        decided=tuple(decided),
        said=said,
    )


def _compared(ws: Workspace, left: Row, right: Row) -> tuple[Compared, ...]:
    """The fields that either has, then what hangs on them."""
    if_left = {taken.field: taken.source for taken in merging.preview(ws, [left, right])}
    if_right = {taken.field: taken.source for taken in merging.preview(ws, [right, left])}
    sides: dict[str | None, Place] = {left["code"]: "left", right["code"]: "right"}
    found = []
    for column in _shown():
        given = (left[column], right[column])
        if given == (None, None):
            continue
        stays: Stays = None
        if None in given:
            stays = "left" if given[1] is None else "right"
        elif column in (*survivorship.JOINED, *survivorship.LISTS.values()):
            stays = "both"
        elif if_left.get(column) == if_right.get(column):
            stays = sides.get(if_left.get(column))
        choosable = column in survivorship.CUSTOMER and column not in _FIXED
        found.append(Compared(column, given[0], given[1], stays, choosable))
    return (*found, *_hanging(ws, left["id"], right["id"]))


_FIXED = ("created_on", "tier", "grade")
_HANGING = {"contacts": "contact", "orders": "orders", "contracts": "contract", "interactions": "interaction",
            "cases": "cases", "surveys": "survey"}  # fmt: skip


def _shown() -> list[str]:
    columns = [column.column for column in TABLES["customers"].fields if column.column]
    for column, beside in survivorship.LISTS.items():
        columns.insert(columns.index(column) + 1, beside)
    return columns


def _hanging(ws: Workspace, left: int, right: int) -> list[Compared]:
    found = []
    for name, entity in _HANGING.items():
        count = f"SELECT count(*) FROM {entity} WHERE customer_id = :id"
        counts = [ws.db.value(count, {"id": customer}) for customer in (left, right)]
        if any(counts):
            found.append(Compared(name, counts[0], counts[1], "both" if all(counts) else None))
    return found


# ---------------------------------------------------------------------------------------------- decisions


def _decide(
    open: Opener, question: Question, decision: Keep | Literal["distinct", "later", "undo"], decided: list[Decided]
) -> str:
    """Write what was decided; what came of it, in a sentence."""
    left, right = question.left["code"], question.right["code"]
    if decision == "later":
        decided.append(Decided(question.number, left, right, "later", None, None))
        return _("{left} and {right} are left for later").format(left=left, right=right)
    with open() as ws:
        _refuse_changed(ws, question)
        if isinstance(decision, Keep):
            kept, other = (left, right) if decision.side == "left" else (right, left)
            merging.merge(ws, kept, [other], chosen=_values(ws, question, decision.chosen))
            done, said = "merged", _("{other} was merged into {kept}").format(other=other, kept=kept)
        else:
            distinct(ws, left, right)
            kept, done, said = None, "distinct", _("{left} and {right} are distinct").format(left=left, right=right)
        operation = None if ws.dry_run else ws.wrote
    decided.append(Decided(question.number, left, right, done, kept, operation))
    if operation is None:
        return said
    return _("{sentence}. Undo: crm undo {operation}").format(sentence=said, operation=operation)


def _refuse_changed(ws: Workspace, question: Question) -> None:
    """Nobody decides about what somebody else has changed while he was reading."""
    for shown in (question.left, question.right):
        if ws.db.first("SELECT * FROM customer WHERE id = :id", shown) != shown:
            raise Refused(_("{code} was changed meanwhile; look again").format(code=shown["code"]))


def _values(ws: Workspace, question: Question, chosen: Mapping[str, Place | Typed]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    sides = {"left": question.left, "right": question.right}
    choosable = {compared.name for compared in question.fields if compared.choosable}
    for name, choice in chosen.items():
        if name not in choosable:
            raise InvalidInput(_("'{field}' is not a field to choose").format(field=name))
        values[name] = _read(ws, name, choice.text) if isinstance(choice, Typed) else sides[choice][name]
    return values


def _read(ws: Workspace, name: str, text: str) -> Any:
    """The stored form of a typed value; None takes the value away. Raises InvalidInput."""
    known = TABLES["customers"].field(name)
    assert known is not None
    try:
        value = known.read(text, region=ws.digest["phone_region"], zone=ws.zone)
    except BadValue as error:
        raise InvalidInput(
            _("{field} '{value}': {reason}").format(field=name, value=text[:60], reason=error.reason)
        ) from error
    if value is None and known.required:
        raise InvalidInput(_("{field} cannot be empty").format(field=name))
    return known.default if value is None else value


def _undo(open: Opener, decided: list[Decided]) -> tuple[int, str]:
    """Take the last decision back; the number of its pair, and what came of it."""
    if not decided:
        raise Refused(_("nothing is decided yet"))
    last = decided[-1]
    if last.op is not None:
        with open() as ws:
            reversing.undo(ws, last.op)
    decided.pop()
    return last.number, _("{left} and {right}: taken back").format(left=last.left, right=last.right)
