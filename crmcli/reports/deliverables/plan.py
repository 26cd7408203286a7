"""客户维护执行计划表 and 客户关系跟踪表: what is to be done for whom and by when, and how each promise stands."""

from collections import Counter
from datetime import date

from crmcli.care import plan as planning
from crmcli.i18n import _
from crmcli.policy.counting import days_back
from crmcli.reports.deliverables.frame import Asked, codes, document, table, tier_label
from crmcli.reports.documents import Document, HeatMap
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column

# Of every customer in a tier: the last talk, the next step, and whether anything is late.
_TRACKED = """
    SELECT c.code, c.name AS customer, c.tier, c.owner, (
            SELECT max(i.contact_on) FROM interaction AS i
            WHERE i.customer_id = c.id AND i.contact_on <= :today AND i.channel <> 'push') AS last_contact_on, (
            SELECT i.topic FROM interaction AS i WHERE i.customer_id = c.id AND i.contact_on <= :today
            ORDER BY i.at DESC LIMIT 1) AS topic, (
            SELECT count(*) FROM interaction AS i WHERE i.customer_id = c.id AND i.channel <> 'push'
                AND i.contact_on > :d12 AND i.contact_on <= :today) AS talks, (
            SELECT min(t.due_on) FROM touch AS t WHERE t.customer_id = c.id) AS next_touch_on, (
            SELECT min(i.next_due) FROM interaction AS i WHERE i.customer_id = c.id
                AND i.next_due IS NOT NULL AND i.next_settled_on IS NULL) AS next_due
    FROM customer AS c WHERE c.tier IS NOT NULL AND {condition} ORDER BY c.code
"""


def plan(ws: Workspace, asked: Asked) -> Document:
    """Every coming touch and promise up to a day, the end of next month unless asked for; then customer by customer."""
    last = asked.until or planning.end_of_next_month(ws.today)
    first = max(asked.since or ws.today, ws.today)
    items, _loads = planning.plan(ws, until=last)
    chosen = codes(ws, asked)
    rows = [
        {**{name: getattr(item, name) for name in _FIELDS}, "due_kind": item.kind, "tier": tier_label(ws, item.tier)}
        for item in items
        if item.due_on >= first and asked.holds(item.code, chosen)
    ]
    return document(
        ws,
        _("Maintenance plan and tracking"),
        [
            table(
                _("Plan"),
                (
                    "due_on", Column("due_kind", title=_("Kind")), "code", "customer", "tier", "owner", "action",
                    "channel", Column("done", title=_("Done on")), Column("result", title=_("Result")),
                ),
                rows,
                notes=[
                    _("What is late stands on the first day."),
                    _("The last two columns are for notes by hand; crm log records what was done."),
                ],
            ),
            _work(rows),
            table(
                _("Tracking"),
                (
                    "code", "customer", "tier", "owner", "last_contact_on", "topic",
                    Column("talks", "number", title=_("Contacts, 12 months")), "next_touch_on", "next_due",
                    Column("state", title=_("State")),
                ),
                _tracked(ws, asked),
                notes=[_("As of today, of every customer that has a tier.")],
            ),
        ],
        scope=asked.scope,
        period=(first, last),
        definitions=[
            (_("late"), _("a touch or a promise was due before today")),
            (_("due"), _("within seven days")),
            (_("on time"), _("nothing is due within seven days")),
        ],
    )  # fmt: skip


_FIELDS = ("due_on", "code", "customer", "owner", "action", "channel")


def _work(rows: list[Row]) -> HeatMap:
    """How much there is to do, by owner and week."""
    counts = Counter((row["owner"] or _("(none)"), _week(row["due_on"])) for row in rows)
    owners, weeks = sorted({owner for owner, _w in counts}), sorted({week for _o, week in counts})
    values = [[float(counts[owner, week]) if counts[owner, week] else None for week in weeks] for owner in owners]
    return HeatMap(_("Work by owner and week"), owners, weeks, values, down=_("Owner"), across=_("Week"))


def _week(day: date) -> str:
    year, week, _day = day.isocalendar()
    return f"{year}-W{week:02}"


def _tracked(ws: Workspace, asked: Asked) -> list[Row]:
    today, ranks = ws.today, {key: rank for rank, key in enumerate(ws.digest["tiers"])}
    rows = ws.db.rows(_TRACKED.format(condition=asked.condition), {**asked.params, **days_back(today, 12)})
    for row in rows:
        nearest = min(filter(None, (row["next_touch_on"], row["next_due"])), default=None)
        ahead = (date.fromisoformat(nearest) - today).days if nearest else None
        row["state"] = _("on time") if ahead is None or ahead > 7 else _("late") if ahead < 0 else _("due")
        row["rank"] = ranks.get(row["tier"], len(ranks))
        row["tier"] = tier_label(ws, row["tier"])
    return sorted(rows, key=lambda row: row["rank"])
