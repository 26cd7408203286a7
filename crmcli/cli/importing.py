"""`crm import`: files in."""

import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.messages import note
from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Format, Output
from crmcli.cli.output import show
from crmcli.cli.writing import wrote
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.intake.profiles import Profile
    from crmcli.intake.receipts import Receipt
    from crmcli.store.workspace import Workspace

_REJECTED = 9
RECEIPT = (
    Column("batch", "number"),
    Column("file"),
    Column("table", "id", wide=True),
    Column("encoding", wide=True),
    Column("read", "number"),
    Column("created", "number"),
    Column("updated", "number"),
    Column("unchanged", "number"),
    Column("rejected", "number"),
    Column("repaired", "number", wide=True),
    Column("duplicates", "number", wide=True),
    Column("rejects_file", wide=True),
)
PAST = (
    *RECEIPT,
    Column("open", "number", wide=True),
    Column("at", "instant", wide=True),
    Column("op", "number"),
    Column("undone", "number"),
)
"""A receipt, how many of its rejected rows have not come back mended, its operation and the one that undid it."""
Pairs = list[str]


def import_(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE…", help=_("Files; - reads stdin"), show_default=False, readable=False),
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", help=_("Which table the rows are; told by the headings if not named"))
    ] = None,
    map: Annotated[
        Pairs | None, typer.Option("--map", metavar="HEADING=FIELD", help=_("What a column is; - leaves it out"))
    ] = None,
    set: Annotated[Pairs | None, typer.Option("--set", metavar="FIELD=VALUE", help=_("The same for every row"))] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help=_("The sheet of a workbook"))] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help=_("The encoding, if it is not told right"))] = None,
    match: Annotated[
        str | None,
        typer.Option("--match", help=_("Known rows: update (if not said), fill, skip; create makes new customers")),
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help=_("Read the file as a saved profile says"))
    ] = None,
    save_profile: Annotated[
        str | None,
        typer.Option("--save-profile", metavar="NAME", help=_("Keep table, map, set, sheet, encoding and match")),
    ] = None,
    rejects: Annotated[Path | None, typer.Option("--rejects", metavar="FILE", help=_("Where rejected rows go"))] = None,
    strict: Annotated[bool, typer.Option("--strict", help=_("The whole file or nothing of it"))] = False,
    create_customers: Annotated[
        bool, typer.Option("--create-customers", help=_("Create customers that only the orders name"))
    ] = False,
    lines: Annotated[
        bool | None,
        typer.Option(
            "--lines/--no-lines",
            help=_(
                "Rows of one order number add up, or the last one counts; if not given, the file tells or they wait"
            ),
            show_default=False,
        ),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help=_("Show the imports so far"))] = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
) -> int:
    """Bring in lists: CSV, workbooks, web pages, JSON, vCards, in any encoding, with English or Chinese headings."""
    if list_:
        return _show_past(format, output)
    if not files:
        raise UsageError(_("which file?"), hint="crm import customers.csv")
    if rejects and len(files) > 1:
        raise UsageError(_("--rejects goes with one file"))
    if str(rejects) == "-":
        raise UsageError(_("--rejects takes a file: stdout has the receipt"))
    from crmcli.intake.importing import import_file
    from crmcli.intake.profiles import Profile

    said = Profile(table, _pairs("--map", map), _pairs("--set", set), sheet, encoding, match)
    if profile:
        said = said.over(_kept(profile, tell=dry_run))
    receipts: list[Receipt] = []
    try:
        with _operations(dry_run) as operation:
            for file in files:
                with _readable(file) as path, operation() as ws:
                    receipt = import_file(
                        ws,
                        path,
                        table=said.table,
                        mapping=said.mapping,
                        constants=said.constants,
                        sheet=said.sheet,
                        encoding=said.encoding,
                        match=said.match or "update",
                        rejects=rejects,
                        strict=strict,
                        create_customers=create_customers,
                        lines=lines,
                    )
                    if ws.wrote is None:
                        ws.notes.append(ws.summary)
                    else:
                        wrote(ws, ws.summary)
                receipts.append(receipt)
    finally:
        # The files before one that cannot be read are in: their receipts are not lost with it.
        if receipts:
            show(Table.of(RECEIPT, receipts), format=format, output=output)
    if dry_run:
        note(_('to correct what a column is: --map "HEADING=field" ("HEADING=-" leaves it out), --table NAME'))
    elif save_profile:
        _save(save_profile, said)
    if not dry_run and sys.stderr.isatty():
        _say_next(receipts, said, create_customers=create_customers, lines=lines)
    return _REJECTED if any(receipt.rejected for receipt in receipts) else 0


def _say_next(receipts: "list[Receipt]", said: "Profile", *, create_customers: bool, lines: bool | None) -> None:
    """Rejected rows come first: tiers without them are wrong. What was set for every row is in their file."""
    rejects = [receipt.rejects_file for receipt in receipts if receipt.rejects_file]
    if rejects:
        options = replace(said, constants={}, sheet=None, encoding=None).options()
        added_up = {None: "", True: "--lines", False: "--no-lines"}[lines]
        words = [shlex.join(rejects), options, "--create-customers" if create_customers else "", added_up]
        command = " ".join(["crm import", *filter(None, words)])
        note(_("next: mend the rejected rows, and then: {command}").format(command=command))
    # Leads are not graded.
    elif any(receipt.created or receipt.updated for receipt in receipts if receipt.table != "leads"):
        note(_("next: crm tier run --tags"))


@contextmanager
def _operations(dry_run: bool) -> "Iterator[Callable[[], AbstractContextManager[Workspace]]]":
    """Where each file comes in: an operation of its own.

    A dry run is one for all of them, because there too the orders find their customers in the file before theirs.
    """
    if not dry_run:
        yield lambda: workspace(create=True)
        return

    @contextmanager
    def told(ws: "Workspace") -> "Iterator[Workspace]":
        try:
            yield ws
        finally:
            for text in ws.notes:
                note(text)
            ws.notes.clear()
            ws.summary = ""

    with workspace(create=True, dry_run=True) as ws:
        yield lambda: told(ws)


def _kept(name: str, *, tell: bool) -> "Profile":
    from crmcli.intake.profiles import load

    profile = load(_profiles(), name)
    if tell:
        note(_("profile '{name}': {options}").format(name=name, options=profile.options()))
    return profile


def _save(name: str, said: "Profile") -> None:
    from crmcli.intake.profiles import save

    path = save(_profiles(), name, said)
    note(_("profile '{name}' saved: {path}").format(name=name, path=path))


def _profiles() -> Path:
    """The folder of the saved profiles, beside the user's settings."""
    import platformdirs

    return Path(platformdirs.user_config_dir("crm", appauthor=False)) / "profiles"


def _show_past(format: str | None, output: Path | None) -> int:
    from crmcli.intake import receipts

    with workspace(readonly=True) as ws:
        show(Table.of(PAST, receipts.imports(ws)), format=format, output=output)
    return 0


def _pairs(option: str, given: Pairs | None) -> dict[str, str]:
    pairs = {}
    for text in given or ():
        name, equals, value = text.rpartition("=") if option == "--map" else text.partition("=")
        if not (name and equals):
            raise UsageError(_("{option} takes NAME=VALUE, not '{text}'").format(option=option, text=text))
        pairs[name.strip()] = value.strip()
    return pairs


@contextmanager
def _readable(file: Path) -> Iterator[Path]:
    """The file itself; stdin is kept in a private file meanwhile, because it is read more than once."""
    if str(file) != "-":
        yield file
        return
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "stdin"
        with kept.open("wb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        yield kept


COMMANDS = {"import": import_}
