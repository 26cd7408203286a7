"""客户关系阶段报告, how the relationships stand: KPIs beside their targets, tiers, what each activity did."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from crmcli.grading.tier_history import tier_history
from crmcli.i18n import _
from crmcli.policy.counting import COUNTED, IS_ORDER
from crmcli.reports.deliverables.frame import Asked, codes, document, months, table, tier_label
from crmcli.reports.deliverables.words import words
from crmcli.reports.documents import Chart, Document, HeatMap, Section, Series
from crmcli.reports.kpis import Standing, kpis, spoken, verdict
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column, Table

_AFTER_DAYS = 30

# Of the talks of a period over each channel: whom they reached, and who of these ordered soon after the last of them.
_EFFECTS = f"""
    WITH reached AS (
        SELECT i.channel, i.customer_id, count(*) AS talks, max(i.contact_on) AS last_on
        FROM interaction AS i JOIN customer AS c ON c.id = i.customer_id
        WHERE i.contact_on BETWEEN :first AND :last AND {{condition}} GROUP BY i.channel, i.customer_id),
    after AS (
        SELECT reached.channel, reached.customer_id, count(*) AS orders, sum(o.amount) AS amount
        FROM reached JOIN orders AS o ON o.customer_id = reached.customer_id AND o.ordered_on >= reached.last_on
            AND o.ordered_on <= min(:today, date(reached.last_on, :after)) AND {IS_ORDER} AND {COUNTED}
        GROUP BY reached.channel, reached.customer_id)
    SELECT reached.channel, sum(reached.talks) AS talks, count(*) AS customers,
        count(after.customer_id) AS ordering, coalesce(sum(after.amount), 0) AS amount
    FROM reached LEFT JOIN after ON after.channel = reached.channel AND after.customer_id = reached.customer_id
    GROUP BY reached.channel ORDER BY talks DESC, reached.channel
"""
_MONTHS = """
    SELECT substr(i.contact_on, 1, 7) AS month, i.channel, count(*) AS talks
    FROM interaction AS i JOIN customer AS c ON c.id = i.customer_id
    WHERE i.contact_on BETWEEN :first AND :last AND {condition} GROUP BY 1, 2
"""
_SALES = f"""
    SELECT substr(o.ordered_on, 1, 7) AS month, sum(o.amount) AS amount
    FROM orders AS o JOIN customer AS c ON c.id = o.customer_id
    WHERE o.ordered_on BETWEEN :first AND :last AND {COUNTED} AND {{condition}}
    GROUP BY 1
"""


def stage(ws: Workspace, asked: Asked) -> Document:
    """The state of today, and what has happened in a period, 12 months unless asked for."""
    first, last = asked.period(ws.today)
    days = {"first": first.isoformat(), "last": last.isoformat(), "today": ws.today.isoformat()}
    params = {**asked.params, **days}
    figures = kpis(ws)
    sections: list[Section] = [
        _kpis(figures, asked),
        _sales(ws, asked, params, months(first, last)),
        _stages(ws, asked),
        _moves(ws, asked, first, last),
        _work(ws, asked, params, months(first, last)),
        _effects(ws, asked, params),
    ]
    return document(
        ws,
        _("Stage report on the customer relationships"),
        sections,
        scope=asked.scope,
        period=(first, last),
        definitions=[
            *dict.fromkeys((row.kpi.label, row.kpi.formula) for row in figures),
            (
                _("Ordered after it"),
                _("within {days} days of the last contact over that channel").format(days=_AFTER_DAYS),
            ),
            (_("Reached"), _("whether the target was reached, from its day on")),
        ],
        notes=[_("An order after a contact does not prove that the contact brought it.")],
    )


def _kpis(figures: Sequence[Standing], asked: Asked) -> Table:
    rows: list[Row] = [
        {
            "kpi": row.kpi.label,
            "baseline": spoken(row.target.baseline, row.unit) if row.target else None,
            "target": spoken(row.target.target, row.unit) if row.target else None,
            "by": row.target.by if row.target else None,
            "actual": spoken(row.actual, row.unit) or row.note,
            "reached": verdict(row),
        }
        for row in figures
    ]
    notes = [_("As of today, of the whole base.")] if asked.condition != "true" or asked.until else []
    if all(row.target is None for row in figures):
        notes.append(_("The policy has no targets: write a [[target]] with baseline, target and day for each figure."))
    return table(
        _("Figures: baseline, target, actual"),
        (
            Column("kpi", title=_("Figure")),
            Column("baseline", title=_("Baseline")),
            Column("target", title=_("Target")),
            Column("by", "date", title=_("To be reached by")),
            Column("actual", title=_("Actual")),
            Column("reached", title=_("Reached")),
        ),
        rows,
        notes=notes,
    )


def _sales(ws: Workspace, asked: Asked, params: Row, over: Sequence[str]) -> Chart:
    amounts = {row["month"]: row["amount"] for row in ws.db.rows(_SALES.format(condition=asked.condition), params)}
    return Chart(
        _("Amount by month"),
        "bars",
        over,
        [Series(_("Amount"), [float(amounts.get(month, 0)) for month in over])],
        over=_("Month"),
        kind="money",
        timed=True,
        notes=[_("Only the days of the period: the first and the last month may be a part.")],
    )


def _stages(ws: Workspace, asked: Asked) -> HeatMap:
    """How many customers are in which stage and tier."""
    rows = ws.db.rows(
        f"SELECT c.stage, c.tier, count(*) AS n FROM customer AS c WHERE {asked.condition} GROUP BY 1, 2", asked.params
    )
    counts = {(row["stage"], row["tier"]): float(row["n"]) for row in rows}
    stages = [name for name in words()["stage"] if any(key[0] == name for key in counts)]
    tiers = [*ws.digest["tiers"], None]
    return HeatMap(
        _("Customers by stage and tier"),
        [words()["stage"][name] for name in stages],
        [tier_label(ws, tier) or _("(none)") for tier in tiers],
        [[counts.get((name, tier)) for tier in tiers] for name in stages],
        down=_("Stage"),
        across=_("Tier"),
    )


def _moves(ws: Workspace, asked: Asked, first: date, last: date) -> Table:
    """Who changed tier in the period, counted from which into which."""
    chosen = codes(ws, asked)
    counts = Counter(
        (row["from"], row["to"])
        for row in tier_history(ws)
        if row["code"] in chosen and first.isoformat() <= row["at"][:10] <= last.isoformat()
    )
    order = [*ws.digest["tiers"], None]
    rows: list[Row] = [
        {
            "from": tier_label(ws, before) or _("(none)"),
            "to": tier_label(ws, after) or _("(none)"),
            "direction_of_move": _direction(order, before, after),
            "customers": count,
        }
        for (before, after), count in sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
    ]
    return table(
        _("Moves between the tiers"),
        (
            Column("from", title=_("From")),
            Column("to", title=_("To")),
            Column("direction_of_move", title=_("Direction")),
            "customers",
        ),
        rows,
    )


def _direction(order: list[str | None], before: str | None, after: str | None) -> str:
    if before is None or before not in order or after not in order:
        return _("first grading") if before is None else _("other")
    return _("up") if order.index(after) < order.index(before) else _("down")


def _work(ws: Workspace, asked: Asked, params: Row, over: Sequence[str]) -> Chart:
    rows = ws.db.rows(_MONTHS.format(condition=asked.condition), params)
    counts = {(row["month"], row["channel"]): float(row["talks"]) for row in rows}
    channels = words()["channel"]
    used = [name for name in channels if any(key[1] == name for key in counts)]
    series = [Series(channels[name], [counts.get((month, name), 0.0) for month in over]) for name in used]
    return Chart(_("Contacts by month and channel"), "stacked", over, series, over=_("Month"), timed=True)


def _effects(ws: Workspace, asked: Asked, params: Row) -> Table:
    rows = ws.db.rows(_EFFECTS.format(condition=asked.condition), {**params, "after": f"+{_AFTER_DAYS} days"})
    for row in rows:
        row["rate"] = row["ordering"] / row["customers"]
    return table(
        _("What followed the contacts"),
        (
            "channel",
            Column("talks", "number", title=_("Contacts")),
            Column("customers", "number", title=_("Customers reached")),
            Column("ordering", "number", title=_("Ordered after it")),
            Column("rate", "share", title=_("Share")),
            "amount",
        ),
        rows,
    )
