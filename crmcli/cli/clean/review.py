"""`crm clean review`: possible duplicates side by side, one key each."""

import sys
import unicodedata
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from crmcli.cli.asking import can_ask
from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.errors import Refused
from crmcli.i18n import _
from crmcli.tables import Column, Table
from crmcli.values import safe, spoken_phone

if TYPE_CHECKING:
    from rich.console import Console

    from crmcli.cleaning.reviewing import Compared, Decision, Place, Question, Review, Typed
    from crmcli.store.workspace import Workspace

DECIDED = (
    Column("number", "number"),
    Column("left", "id"),
    Column("right", "id"),
    Column("decision", meaning="outcome"),
    Column("kept", "id"),
    Column("op", "number"),
)
All = Annotated[bool, typer.Option("--all", help=_("The certain ones, too, and first"))]
# Keys of a terminal in any state: a Chinese keyboard's wide letters are folded before they are looked up.
_ARROWS = {"\x1b[D": "l", "\x1b[C": "r", "\x1bOD": "l", "\x1bOC": "r"}
_LEAVE = ("\x1b", "\x04", "")
_STAYS = {"left": "<", "right": ">", "both": "+", None: "|"}


def review(
    all: All = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Go through likely and possible duplicates side by side: one customer, two, or later.

    Each answer is written at once, as an operation of its own: leaving in the middle loses nothing.
    """
    from crmcli.cleaning import reviewing

    if not can_ask():
        raise Refused(
            _("a review asks question by question: it needs a terminal"),
            hint=_("crm clean merge --auto merges the certain ones; crm clean duplicates -f json has the others"),
        )

    def open(*, readonly: bool = False) -> "AbstractContextManager[Workspace]":
        return workspace(readonly=readonly, dry_run=dry_run)

    with open(readonly=True) as ws:
        pairs = reviewing.pairs(ws, certain=all)
    course = reviewing.course(open, pairs)
    interrupted = False
    try:
        question = next(course)
        while True:
            try:
                decision = _answer(question)
            except KeyboardInterrupt:
                sys.stderr.write("\n")
                decision, interrupted = "quit", True
            question = course.send(decision)
    except StopIteration as end:
        done: Review = end.value
    note(_tally(done, dry_run))
    show(Table.of(DECIDED, done.decided), format=format, output=output, quiet=quiet)
    if interrupted:
        raise KeyboardInterrupt


def _tally(done: "Review", dry_run: bool) -> str:
    counts = {decision: done.count(decision) for decision in ("merged", "distinct", "later")}
    text = _("{merged} merged, {distinct} distinct, {later} for later; {left} not looked at").format(
        left=done.left, **counts
    )
    return text + (_(" (dry run: nothing was written)") if dry_run else "")


# ---------------------------------------------------------------------------------------------- on screen


def _answer(question: "Question") -> "Decision":
    """Show the two, and wait for a key that answers."""
    from crmcli.cleaning.reviewing import Keep

    if question.said:
        note(question.said)
    _show(question)
    decisions: dict[str, Decision] = {
        "l": Keep("left"), "r": Keep("right"), "d": "distinct", "s": "later", "u": "undo", "q": "quit",
    }  # fmt: skip
    while True:
        key = _key(
            _("[l] one, keep left  [r] one, keep right  [e] edit  [d] distinct  [s] later  [u] undo last  [q] quit")
        )
        if key in _LEAVE:
            return "quit"
        if key in decisions:
            return decisions[key]
        edited = _edited(question) if key == "e" else None
        if edited is not None:
            return edited


def _edited(question: "Question") -> "Decision | None":
    """Field by field whose value stays, or another one; None if somebody thinks better of it."""
    from crmcli.cleaning.reviewing import Keep

    chosen: dict[str, Place | Typed] = {}
    for compared in question.fields:
        if not (compared.choosable and compared.differs):
            continue
        choice = _choice(compared)
        if choice == "leave":
            return None
        if choice != "rule":
            chosen[compared.name] = choice
    while (key := _key(_("whose code stays? [l] left  [r] right"))) not in ("l", "r", *_LEAVE):
        pass
    return None if key in _LEAVE else Keep("left" if key == "l" else "right", chosen)


def _choice(compared: "Compared") -> "Place | Typed | Literal['rule', 'leave']":
    from crmcli.cleaning.reviewing import Typed

    left, right = _text(compared.name, compared.left), _text(compared.name, compared.right)
    sys.stderr.write(f"  {compared.name}:  {_STAYS[compared.stays]}  {left or '—'}  /  {right or '—'}\n")
    sides: dict[str, Place | Literal["rule"]] = {"l": "left", "r": "right", "\r": "rule", "\n": "rule"}
    while True:
        key = _key("  " + _("[l] left  [r] right  [t] type it  [Enter] by the rule"))
        if key in _LEAVE:
            return "leave"
        if key in sides:
            return sides[key]
        if key == "t":
            return Typed(typer.prompt(compared.name, default="", show_default=False, err=True))


def _key(prompt: str) -> str:
    """One key, as a plain small letter; the empty text where the terminal is gone."""
    sys.stderr.write(f"{prompt}: ")
    sys.stderr.flush()
    try:
        key = typer.getchar()
    except EOFError:
        key = ""
    key = _ARROWS.get(key) or unicodedata.normalize("NFKC", key)[:1].lower() if key != "\x1b" else key
    sys.stderr.write(f"{key if key.isprintable() else ''}\n")
    return key


def _show(question: "Question") -> None:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    console = _console()
    head = _("{number} of {total}   {band}, score {score}").format(
        number=question.number, total=question.total, band=question.pair.band, score=f"{question.pair.score:.2f}"
    )
    console.rule(Text(safe(head), style="bold"), align="left")
    for reason in question.pair.reasons:
        console.print(Text(f"  {safe(reason)}", style="dim"))
    grid = RichTable(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    grid.add_column("", no_wrap=True)
    grid.add_column(Text(_("left")), overflow="fold", ratio=1)
    grid.add_column("", no_wrap=True, width=1)
    grid.add_column(Text(_("right")), overflow="fold", ratio=1)
    for compared in question.fields:
        decided = compared.differs and compared.name != "code"
        style = "bold" if decided else ""
        mark = _STAYS[compared.stays] if decided else ""
        left, right = _text(compared.name, compared.left), _text(compared.name, compared.right)
        grid.add_row(compared.name, Text(left, style=style), mark, Text(right, style=style))
    console.print(grid)
    console.print(Text(_("< > whose value stays, + both stay, | the kept one's"), style="dim"))


def _console() -> "Console":
    from rich.console import Console

    from crmcli.cli import settings

    no_color = settings.current().no_color or None
    return Console(stderr=True, markup=False, emoji=False, highlight=False, no_color=no_color)


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    return safe(spoken_phone(value) if name == "phone" else str(value))
