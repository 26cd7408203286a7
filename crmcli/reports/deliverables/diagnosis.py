"""现状诊断报告, the diagnosis: who is leaving and why, what is late, and what customers said when asked."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from crmcli.calendars import Cadence, add
from crmcli.care import due
from crmcli.care.watching import watch
from crmcli.cleaning import completeness as completing
from crmcli.i18n import _
from crmcli.policy.counting import COUNTED
from crmcli.reports import lists
from crmcli.reports.deliverables.frame import Asked, codes, document, table, tier_label
from crmcli.reports.deliverables.words import words
from crmcli.reports.documents import Chart, Document, Section, Series, Text
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column, Table

_MANY = 30

# Whoever bought in the year before the last one and what became of that: the base that could be lost.
_LOSSES = f"""
    SELECT c.tier, count(*) AS customers, sum(recent.amount IS NULL) AS gone,
        sum(recent.amount < 0.7 * former.amount) AS shrinking, sum(former.amount) AS amount_before,
        sum(coalesce(recent.amount, 0)) AS amount_now
    FROM (
        SELECT o.customer_id, sum(o.amount) AS amount FROM orders AS o
        WHERE o.ordered_on > :before AND o.ordered_on <= :year_ago AND {COUNTED}
        GROUP BY o.customer_id HAVING sum(o.amount) > 0) AS former
    JOIN customer AS c ON c.id = former.customer_id
    LEFT JOIN (
        SELECT o.customer_id, sum(o.amount) AS amount FROM orders AS o
        WHERE o.ordered_on > :year_ago AND o.ordered_on <= :last AND {COUNTED}
        GROUP BY o.customer_id) AS recent ON recent.customer_id = c.id
    WHERE {{condition}} GROUP BY c.tier
"""
_REASONS = """
    SELECT 'lost' AS source, c.lost_reason AS words, count(*) AS n FROM customer AS c
    WHERE c.lost_reason IS NOT NULL AND c.lost_on BETWEEN :first AND :last AND {condition} GROUP BY 2
    UNION ALL
    SELECT 'complaint', coalesce(k.cause, k.topic), count(*) FROM cases AS k JOIN customer AS c ON c.id = k.customer_id
    WHERE k.kind <> 'enquiry' AND coalesce(k.cause, k.topic) IS NOT NULL
        AND k.opened_at BETWEEN :began AND :ended AND {condition} GROUP BY 2
    ORDER BY n DESC, words LIMIT :many
"""
_ANSWERS = """
    SELECT s.kind, s.score, s.comment, s.at, c.code, c.name AS customer
    FROM survey AS s JOIN customer AS c ON c.id = s.customer_id
    WHERE s.at BETWEEN :began AND :ended AND {condition} ORDER BY s.score, s.at DESC
"""


def diagnosis(ws: Workspace, asked: Asked) -> Document:
    """The losses beside the year before, the reasons, the delays, and the answers of a period (12 months)."""
    first, last = asked.period(ws.today)
    params = {**asked.params, "first": first.isoformat(), "last": last.isoformat(), **lists.moments(ws, first, last)}
    answers = ws.db.rows(_ANSWERS.format(condition=asked.condition), params)
    sections: list[Section] = [
        _losses(ws, asked, last),
        _reasons(ws, asked, params),
        _warnings(ws, asked),
        _late(ws, asked),
        _data(ws, asked),
        *_scores(answers),
        _remarks(ws, answers),
    ]
    return document(
        ws,
        _("Diagnosis of the present state"),
        sections,
        scope=asked.scope,
        period=(first, last),
        definitions=[
            (_("Gone"), _("bought in the year before the last 12 months of the period, and nothing in them")),
            (
                _("Shrinking"),
                _("bought in the last 12 months of the period less than 70 % of what it was in the year before"),
            ),
        ],
    )


def _losses(ws: Workspace, asked: Asked, last: date) -> Table:
    year_ago = add(Cadence(12, "month"), last, -1)
    # Names of their own: `:today` and `:d12` are those of a rule in the condition.
    days = {
        "last": last.isoformat(),
        "year_ago": year_ago.isoformat(),
        "before": add(Cadence(12, "month"), year_ago, -1).isoformat(),
    }
    found = {
        row["tier"]: row for row in ws.db.rows(_LOSSES.format(condition=asked.condition), {**asked.params, **days})
    }
    order = [key for key in (*ws.digest["tiers"], None) if key in found]
    rows: list[Row] = [
        {
            **found[key],
            "tier": tier_label(ws, key) or _("(none)"),
            "gone_share": found[key]["gone"] / found[key]["customers"],
        }
        for key in order
    ]
    return table(
        _("Who is leaving"),
        (
            "tier",
            Column("customers", "number", title=_("Bought the year before")),
            Column("gone", "number", title=_("Gone")),
            Column("gone_share", "share", title=_("Share")),
            Column("shrinking", "number", title=_("Shrinking")),
            Column("amount_before", "money", title=_("Amount of the year before")),
            Column("amount_now", "money", title=_("Amount, 12 months")),
        ),
        rows,
    )


def _reasons(ws: Workspace, asked: Asked, params: Row) -> Table:
    said = {"lost": _("lost"), "complaint": _("complaint")}
    rows = ws.db.rows(_REASONS.format(condition=asked.condition), {**params, "many": _MANY})
    for row in rows:
        row["source"] = said[row["source"]]
    return table(
        _("Reasons that were given"),
        (
            Column("source", title=_("Source")),
            Column("words", title=_("Reason")),
            Column("n", "number", title=_("Count")),
        ),
        rows,
    )


def _warnings(ws: Workspace, asked: Asked) -> Table:
    """The early warnings of today, counted by signal."""
    chosen = codes(ws, asked)
    levels = {"critical": _("critical"), "warning": _("warning"), "info": _("notice")}
    warned = {(row.level, row.label, row.code) for row in watch(ws) if row.code in chosen}
    counts = Counter((level, label) for level, label, _code in warned)
    order = list(levels)
    rows: list[Row] = [
        {"level": levels[level], "signal": signal, "customers": count}
        for (level, signal), count in sorted(counts.items(), key=lambda of: (order.index(of[0][0]), -of[1], of[0][1]))
    ]
    return table(
        _("Early warnings of today"),
        (Column("level", title=_("Level")), Column("signal", title=_("Signal")), "customers"),
        rows,
    )


def _late(ws: Workspace, asked: Asked) -> Table:
    """What is late today, by owner and kind of promise."""
    chosen = codes(ws, asked)
    kinds = words()["due_kind"]
    late = [item for item in due.due(ws, late=True) if asked.holds(item.code, chosen)]
    counts = Counter((item.owner or _("(none)"), kinds[item.kind]) for item in late)
    longest: Counter[tuple[str, str]] = Counter()
    for item in late:
        key = (item.owner or _("(none)"), kinds[item.kind])
        longest[key] = max(longest[key], item.late_days)
    rows: list[Row] = [
        {"owner": owner, "promise": kind, "count": count, "late": longest[owner, kind]}
        for (owner, kind), count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    return table(
        _("What is late today"),
        (
            "owner",
            Column("promise", title=_("Kind")),
            "count",
            Column("late", "number", title=_("Days late, at most")),
        ),
        rows,
    )


def _data(ws: Workspace, asked: Asked) -> Text:
    shares = completing.completeness(ws, (), condition=asked.condition, params=asked.params)
    return Text([completing.reached(ws, shares)], title=_("The data of today"))


def _scores(answers: Sequence[Row]) -> list[Chart]:
    """How often each score was given, of either kind of question."""
    found = []
    for kind, scores in (("csat", range(1, 6)), ("nps", range(11))):
        counts = Counter(round(row["score"]) for row in answers if row["kind"] == kind)
        if counts:
            series = [Series(_("Answers"), [float(counts[score]) for score in scores])]
            found.append(
                Chart(words()["kind"][kind], "bars", [str(score) for score in scores], series, over=_("Score"))
            )
    return found


def _remarks(ws: Workspace, answers: Sequence[Row]) -> Table:
    """What the least satisfied wrote."""
    rows = [
        {**row, "score": row["score"], "day": ws.local(row["at"])[:10]}
        for row in answers
        if row["comment"] and row["score"] <= (3 if row["kind"] == "csat" else 6)
    ]
    return table(
        _("What the dissatisfied said"),
        (
            Column("day", "date", title=_("Day")),
            "code",
            "customer",
            "kind",
            Column("score", "number", title=_("Score")),
            Column("comment", title=_("Comment")),
        ),
        rows[:_MANY],
    )
