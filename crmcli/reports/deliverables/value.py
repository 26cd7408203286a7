"""客户价值分析报告, the value of the customers: of the whole base, or of one, with what could be sold to it next."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from crmcli.care import due
from crmcli.care.items import Scope
from crmcli.grading import value as valuing
from crmcli.grading.value.buyers import DISCOUNT
from crmcli.grading.value.companions import LEAST, companions
from crmcli.grading.value.sheet import Sheet
from crmcli.i18n import _, named
from crmcli.reports.deliverables.frame import Asked, document, table, tier_label
from crmcli.reports.documents import Chart, Definitions, Document, HeatMap, Section, Series, Text
from crmcli.reports.writing.cells import money
from crmcli.store import finding
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column

_AHEAD = 90


def value(ws: Workspace, asked: Asked) -> Document:
    """Of one customer its sheet and ideas; else segments, shares, the grid, and the customers by amount."""
    return _of_one(ws, asked.customer, asked) if asked.customer else _of_all(ws, asked)


# ------------------------------------------------------------------------------------------------- of the base


def _of_all(ws: Workspace, asked: Asked) -> Document:
    chosen = {
        row["code"]: row
        for row in ws.db.rows(
            f"SELECT c.code, c.tier, c.owner FROM customer AS c WHERE {asked.condition}", asked.params
        )
    }
    listed = [row for row in valuing.value(ws) if row.code in chosen]
    segments = valuing.segments(ws, chosen)
    labels = {name.segment: name.label for name in segments}
    rows: list[Row] = [
        {
            **row._asdict(),
            "tier": tier_label(ws, chosen[row.code]["tier"]),
            "owner": chosen[row.code]["owner"],
            "segment": labels[row.segment],
        }
        for row in listed
    ]
    sections: list[Section] = [_segments(segments), _pareto(ws, chosen), *_grids(ws, chosen)]
    sections.append(
        table(
            _("Customers by amount"),
            (
                "code", "name", "tier", "owner", "rfm", "segment", "orders_total", "amount_total", "amount_12m",
                "last_order_on", "share", "cumulative_share", Column("pareto", title=_("Class")),
                Column("ltv", "money", title=_("Brought so far")),
                Column("ltv_expected", "money", title=_("Expected still")),
            ),
            rows,
        )
    )  # fmt: skip
    return document(ws, _("Value of the customers"), sections, scope=asked.scope, definitions=_definitions())


def _segments(segments: Sequence[valuing.Segment]) -> Section:
    rows = [
        {
            "segment": row.label,
            "customers": row.customers,
            "share": row.share,
            "amount_total": row.amount_total,
            "amount_share": row.amount_share,
            "action": row.action,
        }
        for row in segments
    ]
    return table(
        _("Segments"),
        (
            "segment",
            "customers",
            "share",
            "amount_total",
            Column("amount_share", "share", title=_("Share of the amount")),
            Column("action", title=_("What to do")),
        ),
        rows,
    )


def _pareto(ws: Workspace, chosen: Collection[str]) -> Chart:
    classes = valuing.pareto(ws, chosen)
    return Chart(
        _("Few bring most"),
        "bars",
        [row.pareto for row in classes],
        [
            Series(_("Share of the customers"), [row.share for row in classes]),
            Series(_("Share of the amount"), [row.amount_share for row in classes]),
        ],
        kind="share",
    )


def _grids(ws: Workspace, chosen: Collection[str]) -> list[HeatMap]:
    """Recency by frequency and money, coloured by each of the three axes."""
    cells = {(cell.r, cell.fm): cell for cell in valuing.grid(ws, chosen)}
    ranks = (1, 2, 3, 4, 5)
    drawn = {
        _("Amount"): ("amount_total", "money"),
        _("Orders"): ("orders_total", "number"),
        _("Profit"): ("profit_total", "money"),
    }
    grids = [
        HeatMap(
            _("Recency by frequency and money: {measure}").format(measure=title),
            [str(r) for r in reversed(ranks)],
            [str(fm) for fm in ranks],
            [[float(getattr(cells[r, fm], name)) or None for fm in ranks] for r in reversed(ranks)],
            down=_("Recency"),
            across=_("Frequency and money"),
            kind="money" if kind == "money" else "number",
        )
        for title, (name, kind) in drawn.items()
    ]
    # Without a cost of any order there is no profit to show.
    return [grid for grid in grids if any(value for line in grid.values for value in line)]


# --------------------------------------------------------------------------------------------- of one customer


def _of_one(ws: Workspace, code: str, asked: Asked) -> Document:
    found = finding.customer(ws, code)
    sheet = valuing.sheet(ws, code)
    title = _("Value of {name}").format(name=found["name"])
    promises = _promises(ws, found)
    if sheet is None:
        nothing = Text([_("It has not bought anything yet.")])
        return document(ws, title, [nothing, promises], scope=asked.scope)
    sections: list[Section] = [_place(ws, sheet, found), *_trend(sheet), _categories(sheet), _ideas(ws, code), promises]
    return document(ws, title, sections, scope=asked.scope, definitions=_definitions())


def _place(ws: Workspace, sheet: Sheet, found: Row) -> Definitions:
    row = sheet.value
    labels = {name.segment: name.label for name in valuing.segments(ws)}
    currency = ws.policy.currency
    place = _("{place} of {customers} by amount").format(place=sheet.place, customers=sheet.customers)
    items = [
        (_("Code"), row.code),
        (_("Tier"), tier_label(ws, found["tier"]) or _("(none)")),
        (_("Owner"), found["owner"] or _("(none)")),
        (_("Place"), place),
        (_("RFM"), named(str(row.rfm), labels[row.segment])),
        (_("Orders in all"), str(row.orders_total)),
        (_("Amount in all"), money(row.amount_total / 100, currency)),
        (_("Amount, 12 months"), money(row.amount_12m / 100, currency)),
        (_("Share of the amount"), f"{row.share:.1%}" if row.share is not None else ""),
        (_("Last order"), row.last_order_on),
        (_("Brought so far"), money(row.ltv / 100, currency)),
    ]
    if row.ltv_expected is not None:
        items.append((_("Expected still"), money(row.ltv_expected / 100, currency)))
    return Definitions(items, title=_("Its place"))


def _trend(sheet: Sheet) -> list[Chart]:
    months = [month.month for month in sheet.months]
    return [
        Chart(
            _("Amount by month"),
            "bars",
            months,
            [Series(_("Amount"), [float(month.amount) for month in sheet.months])],
            over=_("Month"),
            kind="money",
            timed=True,
        ),
        Chart(
            _("Orders by month"),
            "lines",
            months,
            [Series(_("Orders"), [float(month.orders) for month in sheet.months])],
            over=_("Month"),
            timed=True,
        ),
    ]


def _categories(sheet: Sheet) -> Section:
    rows: list[Row] = [
        {
            "category": row.category or _("(none)"),
            "orders": row.orders,
            "amount": row.amount,
            "share": row.share,
        }
        for row in sheet.categories
    ]
    return table(
        _("What it buys"), ("category", Column("orders", "number", title=_("Orders")), "amount", "share"), rows
    )


def _ideas(ws: Workspace, code: str) -> Section:
    rows: list[Row] = [
        {
            "category": row.category,
            "because": row.because,
            "both": row.both,
            "support": row.support,
            "confidence": row.confidence,
            "lift": round(row.lift, 2),
        }
        for row in companions(ws, code)
    ]
    return table(
        _("What customers like it buy, too"),
        (
            Column("category", title=_("Not bought yet")),
            Column("because", title=_("Often bought with")),
            Column("both", "number", title=_("Customers with both")),
            Column("support", "share", title=_("Support")),
            Column("confidence", "share", title=_("Confidence")),
            Column("lift", "number", title=_("Lift")),
        ),
        rows,
        notes=[]
        if rows
        else [
            _("No category that it has not bought goes with one that it has, by {least} customers.").format(least=LEAST)
        ],
    )


def _promises(ws: Workspace, found: Row) -> Section:
    """What is open with the customer: every promise, and what else falls due within 90 days; the most urgent first."""
    ahead = ws.today + timedelta(days=_AHEAD)
    open_now = due.coming(ws, Scope(ws.today, date.max, customer_id=found["id"]), kinds=("action",))
    coming = due.coming(ws, Scope(ws.today, ahead, customer_id=found["id"]))
    items = {item.key: item for item in (*coming, *open_now)}.values()
    rows: list[Row] = [
        {
            "due_on": item.due_on,
            "due_kind": item.kind,
            "action": item.action,
            "reason": item.reason,
            "late": max(0, (ws.today - item.due_on).days),
        }
        for item in items
    ]
    return table(
        _("Open promises and coming dates"),
        ("due_on", Column("due_kind", title=_("Kind")), "action", "reason", "late"),
        rows,
    )


def _definitions() -> list[tuple[str, str]]:
    return [
        (_("RFM"), _("recency, frequency and money, each 1 to 5, 5 is best: quintiles among all who have bought")),
        (_("Share of a customer"), _("of the amount of all who have bought, also where only some of them are listed")),
        (_("Class"), _("A brings the first 80 % of the amount, B the next up to 95 %, C the rest")),
        (_("Brought so far"), _("the profit of its orders; of an order without a cost, the amount")),
        (
            _("Expected still"),
            _("that of the last 12 months, times r / (1 + i - r): r retention, i {interest} interest").format(
                interest=f"{DISCOUNT:.0%}"
            ),
        ),
        (_("Support"), _("the share of all buyers that has bought both")),
        (_("Confidence"), _("the share of those with the one that has bought the other, too")),
        (_("Lift"), _("how many times more often than by chance; 1 is chance")),
    ]
