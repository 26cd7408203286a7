"""`crm policy test` and `crm policy presets`: the examples that a policy carries, and the policies that come along."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crmcli import i18n
from crmcli.cli.messages import note
from crmcli.cli.options import Excel, Format, Output, Quiet
from crmcli.cli.output import show as show_table
from crmcli.cli.policy_files import counted, named, show_problems
from crmcli.errors import InvalidInput
from crmcli.i18n import _, plural
from crmcli.tables import Column, Table

if TYPE_CHECKING:
    from crmcli.policy.testing import Tag, TestOutcome

TESTS = (
    Column("test", "number"),
    Column("name"),
    Column("tier"),
    Column("tags", "list"),
    Column("passed"),
    Column("problem"),
)
PRESETS = (Column("name", "id"), Column("about"), Column("tiers", "list"), Column("tests", "number"))


def test(
    policy: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|PRESET", help=_("A policy; the one in force unless given; - reads stdin"), show_default=False
        ),
    ] = None,
    format: Format = None,
    output: Output = None,
    quiet: Quiet = False,
    excel: Excel = False,
) -> None:
    """Run the examples that a policy carries ([[test]]) through its rules; exit 5 if one comes out otherwise."""
    from crmcli.policy import schema, testing

    name, text = named(policy)
    loaded, problems = schema.load(text)
    if loaded is None:
        show_problems(problems, format, output, quiet)
        raise InvalidInput(counted(name, problems))
    outcomes = testing.run(loaded, _calculated)
    rows = [_row(outcome) for outcome in outcomes]
    show_table(Table.of(TESTS, rows), format=format, output=output, quiet=quiet, excel=excel)
    total = len(outcomes)
    if said := _said_of_failing(name, outcomes):
        raise InvalidInput(said)
    if not outcomes:
        note(_("{name}: has no tests; write them as [[test]]").format(name=name))
    else:
        note(
            plural("{name}: {total} test passed", "{name}: {total} tests passed", total).format(name=name, total=total)
        )


def failing(name: str, text: str) -> str:
    """That examples of a policy come out otherwise, and how the first of them do; "" if all pass or it has problems."""
    from crmcli.policy import schema, testing

    policy, _problems = schema.load(text)
    outcomes = testing.run(policy, _calculated) if policy is not None else []
    wrong = [i18n.named(one.name or f"[[test]] {one.number}", one.why) for one in outcomes if not one.passed]
    return i18n.sentences([_said_of_failing(name, outcomes), *wrong[:_FAILING_SHOWN]]) if wrong else ""


_FAILING_SHOWN = 3


def _said_of_failing(name: str, outcomes: "Sequence[TestOutcome]") -> str:
    failed = sum(not outcome.passed for outcome in outcomes)
    message = _("{name}: {failed} of {total} tests came out otherwise")
    return message.format(name=name, failed=failed, total=len(outcomes)) if failed else ""


def presets(format: Format = None, output: Output = None, quiet: Quiet = False, excel: Excel = False) -> None:
    """Show the policies that come along. To change one: crm policy show NAME > my.toml

    As it is: crm policy plan NAME, then crm policy apply NAME; beside the one in force: crm tier simulate NAME; in a
    new database: crm init --preset NAME. A file that is called like one of them is ./NAME.
    """
    from crmcli.policy import schema

    about = {
        "standard": _("the merged default of the five plans below"),
        "plan-0": _("maintenance and growth: high, mid and low value"),
        "plan-1": _("CRM roll-out: strategic, potential and dormant customers"),
        "plan-2": _("maintenance rules: graded by scale, growth, influence, stability and strategy"),
        "plan-3": _("loyalty: core, potential and basic customers by spend"),
        "plan-4": _("tiering and crisis: strategic, key and ordinary customers"),
        "retail": _("shops and brands whose customers are persons, in the tiers of plan 3"),
    }
    rows = []
    for name in schema.presets():
        policy, _problems = schema.load(schema.preset(name))
        assert policy is not None  # a test loads every preset
        tiers = [policy.label(tier) for tier in policy.tiers]
        rows.append({"name": name, "about": about.get(name), "tiers": tiers, "tests": len(policy.examples)})
    show_table(Table.of(PRESETS, rows), format=format, output=output, quiet=quiet, excel=excel)


def _calculated(sql: str, params: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The rows of a SELECT that brings its own data: SQLite is the calculator here, no database is opened."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql, params)]
    finally:
        connection.close()


def _row(outcome: "TestOutcome") -> dict[str, Any]:
    return {
        "test": outcome.number,
        "name": outcome.name or None,
        "tier": outcome.actual_tier or None,
        "tags": _spelled(outcome.actual_tags),
        "passed": outcome.passed,
        "problem": outcome.why or None,
    }


def _spelled(tags: "Sequence[Tag]") -> list[str]:
    return [f"{dimension}:{value}" for dimension, value in tags]
