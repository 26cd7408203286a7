"""`crm tag`: tags by rule and by hand."""

import re
import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, DryRun, Excel, Format, Output, Quiet
from crmcli.cli.output import is_for_people, show, write_file
from crmcli.i18n import _, listed
from crmcli.tables import Column, Table
from crmcli.values import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.grading.handbook import Handbook

TAGS = (
    Column("code", "id"),
    Column("dimension"),
    Column("value"),
    Column("source"),
    Column("since", "date", meaning="from_day"),
)
# As people see what is there no more.
_REMOVED = (*TAGS[:3], Column("outcome"))
RUN = (
    Column("dimension"),
    Column("value"),
    Column("label", wide=True),
    Column("customers", "number"),
    Column("gained", "number"),
    Column("lost", "number"),
)

CHANGES = (Column("code", "id"), Column("customer"), Column("dimension"), Column("from"), Column("to"))
HANDBOOK = (
    Column("dimension"),
    Column("value"),
    Column("label", wide=True),
    Column("source"),
    Column("meaning"),
    Column("rule", wide=True),
    Column("starts", "list", wide=True),
    Column("customers", "number"),
    Column("by_hand", "number", wide=True),
    Column("version", "number", wide=True),
    Column("since", "date", wide=True, meaning="from_day"),
)

Tags = Annotated[list[str], typer.Argument(metavar="DIM:VALUE…", help=_("Like need:service"), show_default=False)]


def add(
    customer: CustomerName,
    tags: Tags,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Set tags by hand; a rule of the same dimension gives way: crm tag add C000001 need:service"""
    from crmcli.cli.writing import wrote
    from crmcli.grading.tags import add_tag

    with workspace(dry_run=dry_run) as ws:
        rows = [add_tag(ws, customer, tag) for tag in tags]
        ws.summary = _("{code}: tags {tags}").format(code=rows[0]["code"], tags=_named(rows))
        wrote(ws, ws.summary)
    show(Table.of(TAGS, rows), format=format, output=output, quiet=quiet)


def remove(
    customer: CustomerName,
    tags: Tags,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Take away tags that were set by hand."""
    from crmcli.cli.writing import wrote
    from crmcli.grading.tags import remove_tag

    with workspace(dry_run=dry_run) as ws:
        rows = [remove_tag(ws, customer, tag) for tag in tags]
        ws.summary = _("{code}: tags {tags} removed").format(code=rows[0]["code"], tags=_named(rows))
        wrote(ws, ws.summary)
    table = Table.of(TAGS, rows)
    if not quiet and is_for_people(format, output):
        table = Table.of(_REMOVED, [{**row, "outcome": _("removed")} for row in rows])
    show(table, format=format, output=output, quiet=quiet)


def _named(rows: list[dict[str, str]]) -> str:
    return ", ".join(f"{row['dimension']}:{row['value']}" for row in rows)


def list_(
    customer: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help=_("One customer only"), show_default=False)
    ] = None,
    dimension: Annotated[
        str | None, typer.Option("--dimension", metavar="DIM", help=_("Only of this dimension"))
    ] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """List tags: whose, since when, by rule or by hand."""
    from crmcli.grading.tags import tags

    with workspace(readonly=True) as ws:
        rows = tags(ws, customer, dimension=dimension)
    show(Table.of(TAGS, rows), format=format, output=output, quiet=quiet, excel=excel)


def run(
    changes: Annotated[
        bool, typer.Option("--changes", help=_("Who gained and lost what, instead of the tags"))
    ] = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Apply the policy's tag rules to every customer: crm tag run --changes"""
    from crmcli.cli.writing import wrote
    from crmcli.grading.tags import changed, run_tags

    with workspace(dry_run=dry_run) as ws:
        counts = run_tags(ws)
        moved = changed(ws) if changes else []
        wrote(ws, ws.summary)
    table = Table.of(CHANGES, moved) if changes else Table.of(RUN, counts)
    show(table, format=format, output=output, quiet=quiet, excel=excel)


def handbook(format: Format = None, output: Output = None, quiet: Quiet = False, excel: Excel = False) -> None:
    """Print what each tag means, who sets it and how many have it: crm tag handbook -o handbook.md"""
    from crmcli.grading.handbook import handbook as written

    with workspace(readonly=True) as ws:
        found = written(ws)
        today = ws.today
    markdown = format == "md" or (format is None and output is not None and output.suffix.lower() == ".md")
    if not markdown or quiet or excel:
        show(Table.of(HANDBOOK, found.entries), format=format, output=output, quiet=quiet, excel=excel)
        return
    text = _document(found, today)
    if output is None or str(output) == "-":
        sys.stdout.write(text)
    else:
        write_file(output, text)


def _document(found: "Handbook", today: date) -> str:
    """The handbook as a Markdown document with a section for each dimension."""
    title = _("Handbook of tags")
    lines = [
        f"# {_cell(title)}",
        "",
        _cell(_("Policy {name}, version {version}; counted on {day}.").format(
            name=found.policy, version=found.version, day=today
        )),
        "",
        _("In each dimension the first value that fits is given. A condition on something that is not known does not"
          " hold. A tag set by hand wins over the rules of its dimension."),
    ]  # fmt: skip
    for dimension in dict.fromkeys(entry.dimension for entry in found.entries):
        lines += ["", f"## {_cell(dimension)}", "", *_section(found, dimension)]
    return "\n".join(lines) + "\n"


def _section(found: "Handbook", dimension: str) -> "Iterator[str]":
    titles = (_("tag"), _("label"), _("customers"), _("meaning"), _("rule"), _("starts"), _("set by"), _("since"))
    yield f"| {' | '.join(titles)} |"
    yield "| --- | --- | ---: | --- | --- | --- | --- | --- |"
    setters = {"rule": _("the policy"), "hand": _("people"), "own": _("people; not in the policy")}
    for entry in found.entries:
        if entry.dimension != dimension:
            continue
        customers = f"{entry.customers:,}"
        if entry.source == "rule" and entry.by_hand:
            customers += " " + _("({number} by hand)").format(number=entry.by_hand)
        since = "" if entry.version is None else _("{day}, version {version}").format(
            day=entry.since, version=entry.version
        )  # fmt: skip
        cells = (entry.value, entry.label, customers, entry.meaning or "")
        said = [*map(_cell, cells), _code(entry.rule), _cell(listed(entry.starts)), setters[entry.source], since]
        yield f"| {' | '.join(said)} |"


def _cell(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", safe(text))


def _code(rule: str | None) -> str:
    """A rule as code in a cell: there a bar is the only thing that must be escaped; backticks need a longer fence."""
    if rule is None:
        return ""
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", rule)), default=0))
    space = " " if "`" in rule else ""
    return f"{fence}{space}{safe(rule)}{space}{fence}".replace("|", "\\|")


COMMANDS = {"tag": {"add": add, "remove": remove, "list": list_, "run": run, "handbook": handbook}}
HELP = {"tag": _("Tags DIMENSION:VALUE, by the policy's rules or by hand")}
