"""`crm kpi`: baseline, target and actual of every figure that the plan is judged by."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcli.cli.opening import workspace
from crmcli.cli.options import Excel, Format, Output, Quiet
from crmcli.cli.output import is_for_people, show
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from decimal import Decimal

    from crmcli.reports.kpis import Standing

COLUMNS = (
    Column("kpi", "id"),
    Column("label"),
    Column("baseline", "number"),
    Column("target", "number"),
    Column("actual", "number"),
    Column("unit"),
    Column("pass"),
    Column("as_of", "date", wide=True),
    Column("by", "date", wide=True),
    Column("better", wide=True),
    Column("note"),
    Column("formula", wide=True),
)
_FOR_PEOPLE = (
    Column("kpi", "id", wide=True),
    Column("label"),
    Column("baseline", "number"),
    Column("target", "number"),
    Column("actual", "number"),
    Column("pass"),
    Column("by", "date", wide=True),
    Column("as_of", "date", wide=True),
    Column("note"),
)
_MISSED = 8

Check = Annotated[bool, typer.Option("--check", help=_("Exit 8 when a figure misses its target on or after its day"))]


def kpi(
    check: Check = False,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> int:
    """Show every figure of the plan: baseline, target and what it is now, as of --now; docs/value.md has the formulas.

    Targets are the policy's [[target]] sections. A figure without data is empty, and a note says why.
    """
    from crmcli.reports import kpis

    with workspace(readonly=True) as ws:
        standings = kpis.kpis(ws)
        late = kpis.missed(standings)
        if check:
            ws.notes.append(_summary(standings, late))
    if quiet or excel or not is_for_people(format, output):
        table = Table(COLUMNS, [_row(standing) for standing in standings])
    else:
        table = Table(_FOR_PEOPLE, [_said(standing) for standing in standings])
    show(table, format=format, output=output, quiet=quiet, excel=excel)
    return _MISSED if check and late else 0


def _summary(standings: "list[Standing]", late: "list[Standing]") -> str:
    due = sum(standing.passed is not None for standing in standings)
    if not due:
        return _("no target of the policy is due")
    template = plural("{missed} of {due} target due missed", "{missed} of {due} targets due missed", due)
    return template.format(missed=len(late), due=due)


def _row(standing: "Standing") -> dict[str, Any]:
    """The fields of the contract, and what was added: money as a decimal string, shares from 0 to 1."""
    target = standing.target
    return {
        "kpi": standing.kpi.name,
        "label": standing.kpi.label,
        "baseline": _plain(standing, target.baseline if target else None),
        "target": _plain(standing, target.target if target else None),
        "actual": _plain(standing, standing.actual),
        "unit": standing.unit,
        "pass": standing.passed,
        "as_of": standing.as_of.isoformat(),
        "by": target.by.isoformat() if target else None,
        "better": standing.kpi.better,
        "note": standing.note or None,
        "formula": standing.kpi.formula,
    }


def _plain(standing: "Standing", value: "float | Decimal | None") -> float | str | None:
    if value is None:
        return None
    return f"{value:.2f}" if standing.kpi.unit == "money" else round(float(value), 6)


def _said(standing: "Standing") -> dict[str, Any]:
    """The same with units, as people read it."""
    from crmcli.reports.kpis import spoken, verdict

    target, unit = standing.target, standing.unit
    return {
        **_row(standing),
        "baseline": spoken(target.baseline if target else None, unit),
        "target": spoken(target.target if target else None, unit),
        "actual": spoken(standing.actual, unit),
        "pass": verdict(standing),
    }


COMMANDS = {"kpi": kpi}
