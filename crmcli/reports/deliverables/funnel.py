"""The funnel of leads: how many came from where, how far they got, how many were won, and how long that took."""

from crmcli.care.leads import funnel as counting
from crmcli.i18n import _
from crmcli.reports.deliverables.frame import Asked, document, table
from crmcli.reports.deliverables.words import spoken
from crmcli.reports.documents import Chart, Document, Section, Series
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column, Table

_GROUPS = ("source", "owner", "campaign", "grade")


def funnel(ws: Workspace, asked: Asked) -> Document:
    """The leads that were captured in a period, 12 months unless asked for, by source, owner, campaign and grade."""
    first, last = asked.period(ws.today)
    rows = counting.lead_funnel(ws, by=_GROUPS, since=first.isoformat(), until=last.isoformat())
    titles = {
        "source": _("By source"),
        "owner": _("By owner"),
        "campaign": _("By campaign"),
        "grade": _("By grade"),
    }
    whole = [row for row in rows if row.group == "total"]
    sections: list[Section] = [_steps(whole), _table(_("All leads"), whole)]
    sections += [_table(titles[name], [row for row in rows if row.group == name]) for name in _GROUPS]
    return document(
        ws,
        _("Leads, from the first word to the first order"),
        sections,
        scope=asked.scope,
        period=(first, last),
        definitions=[
            (_("Captured"), _("became a lead in the period")),
            (_("Contacted"), _("over any channel but a push, before it was won or lost")),
            (_("Conversion"), _("won of captured")),
            (_("Days to win"), _("from becoming a lead to being won: mean and median of those that were won")),
        ],
    )


def _steps(whole: list[counting.FunnelRow]) -> Chart:
    """From captured to won, each step beside the one before."""
    names = [_("Captured"), _("Contacted"), _("Grade A"), _("Won")]
    counts = [whole[0].captured, whole[0].contacted, whole[0].a, whole[0].won] if whole else [0, 0, 0, 0]
    return Chart(_("The steps"), "bars", names, [Series(_("Leads"), [float(count) for count in counts])])


def _source(row: counting.FunnelRow) -> str | None:
    return spoken("lead_source", row.key) if row.group == "source" else row.key


def _table(title: str, found: list[counting.FunnelRow]) -> Table:
    rows: list[Row] = [
        {
            "key": _source(row) or (_("all") if row.group == "total" else _("(none)")),
            **{name: getattr(row, name) for name in ("captured", "a", "b", "c", "contacted", "won", "lost", "open")},
            "conversion": row.conversion,
            "days_mean": row.days_mean,
            "days_median": row.days_median,
        }
        for row in found
    ]
    counts = {
        "captured": _("Captured"), "a": "A", "b": "B", "c": "C", "contacted": _("Contacted"), "won": _("Won"),
        "lost": _("Lost"), "open": _("Still open"),
    }  # fmt: skip
    return table(
        title,
        (
            Column("key", title=_("Of")),
            *(Column(name, "number", title=said) for name, said in counts.items()),
            Column("conversion", "share", title=_("Conversion")),
            Column("days_mean", "number", title=_("Days to win, mean")),
            Column("days_median", "number", title=_("Days to win, median")),
        ),
        rows,
    )
