"""`crm add`, `crm edit`: customers by hand."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import CustomerName, DryRun, Format, Output, Quiet
from crmcli.cli.output import show
from crmcli.errors import UsageError
from crmcli.i18n import _
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.intake.records import Edited

ADDED = (
    Column("code", "id"),
    Column("name"),
    Column("kind", wide=True),
    Column("stage", wide=True),
    Column("industry", wide=True),
    Column("city", wide=True),
    Column("phone", "phone"),
    Column("email"),
    Column("owner"),
)
CHANGED = (Column("record", "id"), Column("field"), Column("before"), Column("after"))

Values = Annotated[
    list[str] | None,
    typer.Argument(metavar="[FIELD=VALUE]...", help=_("Fields to set; FIELD= takes one away"), show_default=False),
]


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("The customer's name"), show_default=False)],
    values: Values = None,
    force: Annotated[bool, typer.Option("--force", help=_("Even if one like it is there"))] = False,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Add a customer, with its contact if you give contact_name=…"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records

    given = assignments(values, name=name)
    with workspace(create=True, dry_run=dry_run) as ws:
        row = records.add_customer(ws, given, allow_duplicate=force)
        wrote(ws, _("{code} {name} added").format(code=row["code"], name=row["name"]))
    show(Table.of(ADDED, [row]), format=format, output=output, quiet=quiet)


def edit(
    customer: CustomerName,
    values: Values = None,
    dry_run: DryRun = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
) -> None:
    """Set fields of a customer: crm edit C000001 owner=王芳 phone=13800138000"""
    from crmcli.cli.writing import wrote
    from crmcli.intake import records

    given = assignments(values)
    with workspace(dry_run=dry_run) as ws:
        edited = records.edit_customer(ws, customer, given)
        wrote(ws, ws.summary)
    show(changes(edited), format=format, output=output, quiet=quiet)


def changes(edited: "Edited") -> Table:
    """What an edit changed, field by field."""
    return Table.of(CHANGED, [{"record": edited.key, **vars(change)} for change in edited.changes])


def assignments(words: Sequence[str] | None, **first: str) -> Mapping[str, str]:
    """`field=value` words as a mapping; `first` was given in another way.

    Raises:
        UsageError: a word has no `=`, no field, or names a field twice; or there is nothing at all.
    """
    given = dict(first)
    for word in words or ():
        field, equals, value = word.partition("=")
        field = field.strip()
        if not equals or not field:
            raise UsageError(
                _("'{word}' is not field=value").format(word=word),
                hint=_("quote values with spaces: 'note=call back'"),
            )
        if field in given:
            raise UsageError(_("the field '{field}' is given twice").format(field=field))
        given[field] = value
    if not given:
        raise UsageError(_("nothing to set"), hint=_("give field=value, like owner=王芳"))
    return given


COMMANDS = {"add": add, "edit": edit}
