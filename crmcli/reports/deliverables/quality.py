"""The quality of the data: how complete it is against its target, what is wrong with it, and who completed it."""

from collections import Counter

from crmcli.cleaning import check as checking
from crmcli.cleaning import completeness as completing
from crmcli.cleaning import tally as tallying
from crmcli.headings import headings
from crmcli.i18n import _, listed
from crmcli.reports.deliverables.frame import Asked, document, table, tier_label
from crmcli.reports.deliverables.words import spoken
from crmcli.reports.documents import Chart, Document, Section, Series, Text
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column

_EXAMPLES = 3


def quality(ws: Workspace, asked: Asked) -> Document:
    """The shares of today, the problems of today by kind, and the tally of a period, one month unless asked for."""
    shares = completing.completeness(ws)
    first, last = asked.period(ws.today, months=1)
    words = headings() | {"contact": _("Contact person")}
    by_field = [share for share in shares if share.group == "field"]
    sections: list[Section] = [
        Text([completing.reached(ws, shares)], title=_("Completeness")),
        Chart(
            _("Completeness by field"),
            "bars",
            [words.get(share.key or "", share.key or "") for share in by_field],
            [Series(_("Completeness"), [share.completeness for share in by_field])],
            kind="share",
        ),
    ]
    for group, title in (("owner", _("Completeness by owner")), ("tier", _("Completeness by tier"))):
        rows = [
            {
                group: (tier_label(ws, share.key) if group == "tier" else share.key) or _("(none)"),
                "filled": share.filled,
                "possible": share.possible,
                "completeness": share.completeness,
            }
            for share in shares
            if share.group == group
        ]
        weights = (
            Column("filled", "number", title=_("Weight filled")),
            Column("possible", "number", title=_("Weight possible")),
        )
        sections.append(table(title, (group, *weights, "completeness"), rows))
    sections += [_problems(ws), _tally(ws, asked)]
    return document(
        ws,
        _("Quality of the customer data"),
        sections,
        period=(first, last),
        definitions=[
            (_("Completeness"), _("the weights of the fields that have a valid value, of all weights of the policy")),
            (
                _("Facts filled in"),
                _("fields without a valid value at the start of the period that have one at its end"),
            ),
        ],
    )


def _problems(ws: Workspace) -> Section:
    """The findings by table, field and problem, the most frequent first."""
    findings = checking.check(ws)
    words = headings()
    counts = Counter((found.table, found.field, found.problem) for found in findings)
    rows: list[Row] = []
    for (where, field, problem), count in counts.most_common():
        alike = [found for found in findings if (found.table, found.field, found.problem) == (where, field, problem)]
        rows.append(
            {
                "where": spoken("table", where),
                "field": spoken("dimension", field) if where == "tags" else words.get(field, field),
                "problem": problem,
                "count": count,
                "certain": sum(found.certain for found in alike),
                "examples": listed(found.code for found in alike[:_EXAMPLES]),
            }
        )
    return table(
        _("What is wrong"),
        (
            Column("where", title=_("Table")),
            Column("field", title=_("Field")),
            Column("problem", title=_("Problem")),
            "count",
            Column("certain", "number", title=_("Certainly repaired by crm clean fix")),
            Column("examples", title=_("For example")),
        ),
        rows,
    )


def _tally(ws: Workspace, asked: Asked) -> Section:
    rows = [
        {"actor": found.actor, "facts": found.facts, "reward": found.reward}
        for found in tallying.tally(ws, *asked.period(ws.today, months=1))
    ]
    return table(
        _("Who filled in what was missing"),
        (
            Column("actor", title=_("Who")),
            Column("facts", "number", title=_("Facts filled in")),
            Column("reward", "money", title=_("Reward")),
        ),
        rows,
    )
