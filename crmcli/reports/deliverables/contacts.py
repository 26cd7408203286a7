"""客户沟通记录表, the record of talks: when, with whom, about what, what they said, and what was promised."""

from collections import Counter

from crmcli.i18n import _
from crmcli.reports.deliverables.frame import Asked, document, table, tier_label
from crmcli.reports.deliverables.words import words
from crmcli.reports.documents import Chart, Document, Series
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column

_MONTHS = 1
_ROWS = """
    SELECT i.at, c.code, c.name AS customer, c.tier, i.channel, i.direction, i.owner, i.participants, i.topic,
        i.feedback, i.next_action, i.next_due, i.next_settled_on, i.contact_on
    FROM interaction AS i JOIN customer AS c ON c.id = i.customer_id
    WHERE i.contact_on BETWEEN :first AND :last AND {condition} ORDER BY i.at DESC, i.id DESC
"""


def contacts(ws: Workspace, asked: Asked) -> Document:
    """The talks of a period, one month unless asked for, the newest first, with the sums by owner and by channel."""
    first, last = asked.period(ws.today, months=_MONTHS)
    days = {"first": first.isoformat(), "last": last.isoformat()}
    rows = ws.db.rows(_ROWS.format(condition=asked.condition), {**asked.params, **days})
    for row in rows:
        row["at"] = ws.local(row["at"])
        row["tier"] = tier_label(ws, row["tier"])
        row["kept"] = _kept(row, ws.today.isoformat())
    channels = words()["channel"]
    by_channel = Counter(channels[row["channel"]] for row in rows)
    return document(
        ws,
        _("Record of customer contacts"),
        [
            table(
                _("Contacts"),
                (
                    "at", "code", "customer", "tier", "channel", "direction", "owner", "participants", "topic",
                    "feedback", "next_action", "next_due", Column("kept", title=_("Kept")),
                ),
                rows,
            ),
            table(_("By owner"), _by_owner(), _owners(rows)),
            Chart(
                _("Contacts by channel"),
                "bars",
                [name for name, _count in by_channel.most_common()],
                [Series(_("Contacts"), [float(count) for _name, count in by_channel.most_common()])],
            ),
        ],
        scope=asked.scope,
        period=(first, last),
        definitions=[(_("Kept"), _("whether what was promised was done: yes, open, or late"))],
    )  # fmt: skip


def _kept(row: Row, today: str) -> str | None:
    """What became of the promise; None where nothing was promised."""
    if row["next_due"] is None:
        return None
    if row["next_settled_on"] is not None:
        return _("yes")
    return _("late") if row["next_due"] < today else _("open")


def _by_owner() -> tuple[str | Column, ...]:
    return (
        "owner",
        Column("talks", "number", title=_("Contacts")),
        Column("customers", "number", title=_("Customers reached")),
        Column("promises", "number", title=_("Promises")),
        Column("open", "number", title=_("Still open")),
    )


def _owners(rows: list[Row]) -> list[Row]:
    """The talks of each owner, the busiest first."""
    found = []
    for owner in {row["owner"] for row in rows}:
        own = [row for row in rows if row["owner"] == owner]
        promised = [row for row in own if row["next_due"] is not None]
        found.append(
            {
                "owner": owner or _("(none)"),
                "talks": len(own),
                "customers": len({row["code"] for row in own}),
                "promises": len(promised),
                "open": sum(row["next_settled_on"] is None for row in promised),
            }
        )
    return sorted(found, key=lambda row: (-row["talks"], row["owner"]))
