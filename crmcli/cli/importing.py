"""`crm import`: files in."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import DryRun, Format, Output
from crmcli.cli.output import show
from crmcli.cli.writing import wrote
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.intake.importing import Receipt

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
Pairs = list[str]


def import_(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE…", help=_("Files; - reads stdin"), show_default=False, readable=False),
    ] = None,
    table: Annotated[str | None, typer.Option("--table", help=_("customers, contacts, orders or interactions"))] = None,
    map: Annotated[
        Pairs | None, typer.Option("--map", metavar="HEADING=FIELD", help=_("What a column is; - leaves it out"))
    ] = None,
    set: Annotated[Pairs | None, typer.Option("--set", metavar="FIELD=VALUE", help=_("The same for every row"))] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help=_("The sheet of a workbook"))] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help=_("The encoding, if it is not told right"))] = None,
    match: Annotated[
        str, typer.Option("--match", help=_("Known rows: update, fill, skip; create makes new customers"))
    ] = "update",
    rejects: Annotated[Path | None, typer.Option("--rejects", metavar="FILE", help=_("Where rejected rows go"))] = None,
    strict: Annotated[bool, typer.Option("--strict", help=_("The whole file or nothing of it"))] = False,
    create_customers: Annotated[
        bool, typer.Option("--create-customers", help=_("Create customers that only the orders name"))
    ] = False,
    list_: Annotated[bool, typer.Option("--list", help=_("Show the imports so far"))] = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
) -> int:
    """Bring in lists: CSV, TSV, spreadsheets, JSON lines, in any encoding, with English or Chinese headings."""
    if list_:
        return _show_past(format, output)
    if not files:
        raise UsageError(_("which file?"), hint="crm import customers.csv")
    if rejects and len(files) > 1:
        raise UsageError(_("--rejects goes with one file"))
    from crmcli.intake.importing import import_file

    receipts: list[Receipt] = []
    try:
        for file in files:
            with _readable(file) as path, workspace(create=True, dry_run=dry_run) as ws:
                receipt = import_file(
                    ws,
                    path,
                    table=table,
                    mapping=_pairs("--map", map),
                    constants=_pairs("--set", set),
                    sheet=sheet,
                    encoding=encoding,
                    match=match,
                    rejects=rejects,
                    strict=strict,
                    create_customers=create_customers,
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
    return _REJECTED if any(receipt.rejected for receipt in receipts) else 0


def _show_past(format: str | None, output: Path | None) -> int:
    with workspace(readonly=True) as ws:
        rows = ws.db.rows('SELECT batch.*, id AS batch, entity AS "table" FROM batch ORDER BY id DESC')
        show(Table.of(RECEIPT, rows), format=format, output=output)
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
