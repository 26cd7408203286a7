"""The funnel: what has become of the leads of a time, by where they came from and who has them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import mean, median

from crmcli.calendars import parse_when
from crmcli.care.leads.stale import LEAD_ON
from crmcli.errors import BadValue, InvalidInput, UsageError
from crmcli.fields.sources import known
from crmcli.fields.words import GRADES
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

BY = ("source", "owner", "campaign", "grade")


@dataclass(frozen=True)
class FunnelRow:
    """What became of the leads of one source, owner, campaign or grade, or of all of them (`group` is "total").

    Attributes:
        key: the source and so on; None for the leads without one.
        captured: how many became leads in the time asked for: every customer that is or was a lead, once.
        a, b, c: those of that grade, the one that they have, or had when they were won or lost.
        contacted: those that were contacted (any channel but `push`) from that day on, at the latest on the day on
            which they were won or lost.
        won, lost, open: what became of them by today; `captured` is the sum.
        conversion: won / captured.
        days_mean, days_median: from becoming a lead to being won, over the won ones; None where none is.
    """

    group: str
    key: str | None
    captured: int
    a: int
    b: int
    c: int
    contacted: int
    won: int
    lost: int
    open: int
    conversion: float
    days_mean: float | None
    days_median: float | None


def lead_funnel(
    ws: Workspace, *, by: Collection[str] = ("source", "owner"), since: str | None = None, until: str | None = None
) -> list[FunnelRow]:
    """A row for each source, owner, campaign or grade, most leads first, those of the first `by` first; then the total.

    `since` and `until` are DATE arguments, both included: the days on which they became leads; nothing limits them
    unless given. Without any lead there is no row.

    Raises:
        UsageError: `by` is none of BY, or the last day is before the first. InvalidInput: a day cannot be read.
    """
    for name in by:
        if name not in BY:
            raise UsageError(_("there is no grouping '{name}'").format(name=name), hint=", ".join(BY))
    first, last = _day(ws, "since", since), _day(ws, "until", until)
    if first and last and last < first:
        raise UsageError(_("the period ends before it begins"))
    captured = _captured(ws, first, last)
    rows: list[FunnelRow] = []
    for name in dict.fromkeys(by):
        groups: dict[str | None, list[Row]] = defaultdict(list)
        for lead in captured:
            groups[lead[name]].append(lead)
        order = sorted(groups, key=lambda key: (key is None, -len(groups[key]), key or ""))
        rows += [_row(name, key, groups[key]) for key in order]
    return [*rows, _row("total", None, captured)] if captured else []


_CAPTURED = f"""
    SELECT c.source, c.owner, c.campaign, c.grade, {LEAD_ON} AS lead_on,
        CASE WHEN c.won_on <= :today THEN c.won_on END AS won_on,
        CASE WHEN c.won_on <= :today THEN NULL WHEN c.lost_on <= :today THEN c.lost_on END AS lost_on,
        EXISTS (SELECT 1 FROM interaction AS i
            WHERE i.customer_id = c.id AND i.channel <> 'push' AND i.contact_on >= {LEAD_ON}
            AND i.contact_on <= min(:today, coalesce(c.won_on, :today), coalesce(c.lost_on, :today))) AS contacted,
        CAST(julianday(c.won_on) - julianday({LEAD_ON}) AS INTEGER) AS days
    FROM customer AS c
    WHERE (c.stage = 'lead' OR c.lead_on IS NOT NULL) AND {LEAD_ON} BETWEEN :since AND :until AND {LEAD_ON} <= :today
"""


def _captured(ws: Workspace, since: str | None, until: str | None) -> list[Row]:
    days = {"today": ws.today.isoformat(), "since": since or "", "until": until or "9999-12-31"}
    return [{**row, "source": known(row["source"])} for row in ws.db.rows(_CAPTURED, days)]


def _row(group: str, key: str | None, leads: Sequence[Row]) -> FunnelRow:
    graded = {grade: sum(lead["grade"] == grade for lead in leads) for grade in GRADES}
    won = [lead["days"] for lead in leads if lead["won_on"] is not None]
    lost = sum(lead["lost_on"] is not None for lead in leads)
    return FunnelRow(
        group,
        key,
        captured=len(leads),
        a=graded["A"],
        b=graded["B"],
        c=graded["C"],
        contacted=sum(lead["contacted"] for lead in leads),
        won=len(won),
        lost=lost,
        open=len(leads) - len(won) - lost,
        conversion=len(won) / len(leads),
        days_mean=round(mean(won), 1) if won else None,
        days_median=median(won) if won else None,
    )


def _day(ws: Workspace, name: str, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return parse_when(text, ws.today).isoformat()
    except BadValue as error:
        message = _("--{name} {value}: {reason}").format(name=name, value=text[:60], reason=error.reason)
        raise InvalidInput(message) from error
