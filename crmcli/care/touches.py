"""Touches: the contacts that a tier asks for again and again, and the day each is next due.

A touch counts from its base: the last contact over one of its channels, or the day somebody settled it as
done, whichever is later; before the first of them from the day the customer came into the tier. It is
planned one cadence after its base; if that day was skipped, one cadence after it, and on until a day that
comes after the skipping. The table `touch` holds what follows from this; it is rewritten whenever one of its
causes is, so that reading needs no sums.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmcli import calendars
from crmcli.calendars import Cadence
from crmcli.care.items import CUSTOMER, Item, Scope, item, spoken
from crmcli.i18n import _, plural
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

# A customer that is not one yet, or no more, is not maintained.
_MAINTAINED = "c.tier IS NOT NULL AND c.stage NOT IN ('lead', 'lost')"
_CAUSES = ("tier", "tier_on", "stage", "consent")


@dataclass(frozen=True)
class Rule:
    """A touch of a tier, as the policy in force has it."""

    tier: str
    touch: str
    every: Cadence
    channels: tuple[str, ...]
    action: str


def rules(ws: Workspace) -> dict[tuple[str, str], Rule]:
    """The policy's touches by (tier, touch)."""
    return {
        (tier, touch): Rule(
            tier, touch, calendars.parse_cadence(rule["every"]), tuple(rule["channels"]), spoken(rule, touch)
        )
        for tier, touches in ws.digest["touches"].items()
        for touch, rule in sorted(touches.items())
    }


# --------------------------------------------------------------------------------------------- deriving


def refresh(ws: Workspace) -> None:
    """Bring the table `touch` up to date with what this operation wrote."""
    if ws.wrote is not None:
        _choose(ws, _CONCERNED, {"op": ws.wrote})
        _rewrite(ws)


def refresh_customer(ws: Workspace, customer_id: int) -> None:
    """The same for one customer, at once."""
    _choose(ws, "SELECT :id", {"id": customer_id})
    _rewrite(ws)


def _choose(ws: Workspace, query: str, params: dict[str, Any]) -> None:
    """Put the customers (ids) whose touches are to be rewritten into a temporary table."""
    ws.db.execute("CREATE TEMP TABLE IF NOT EXISTS concerned (id INTEGER PRIMARY KEY)")
    ws.db.execute("DELETE FROM concerned")
    ws.db.execute(f"INSERT INTO concerned SELECT * FROM ({query}) AS found WHERE true ON CONFLICT DO NOTHING", params)


# The journal's image of a changed row names the columns that changed; it is JSON, but one search in its text
# is much faster than reading it, and at worst a customer is rewritten without need.
_CAUSED = " OR ".join(f"""instr(before, '"{column}":') > 0""" for column in _CAUSES)
_OF_ROWS = """
    SELECT row.customer_id FROM change JOIN {entity} AS row ON row.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = '{entity}'
    UNION
    SELECT json_extract(before, '$.customer_id') FROM change
    WHERE operation_id = :op AND entity = '{entity}' AND json_extract(before, '$.customer_id') IS NOT NULL
"""
_CONCERNED = f"""
    SELECT row_id FROM change
    WHERE operation_id = :op AND entity = 'customer' AND (action <> 'changed' OR {_CAUSED})
    UNION {_OF_ROWS.format(entity="interaction")}
    UNION {_OF_ROWS.format(entity="settlement")}
    UNION
    SELECT id FROM customer WHERE EXISTS (SELECT 1 FROM change WHERE operation_id = :op AND entity = 'policy')
"""

# `based` is materialised: asked for twice, each base would be looked up twice.
_DERIVED = """
    INSERT INTO touch (customer_id, touch, base_on, planned_on, due_on)
    WITH rule (tier, touch, channels, step, month_after) AS (VALUES {rules}),
    done (customer_id, touch, settled_on) AS MATERIALIZED (
        SELECT customer_id, ref, max(settled_on) FROM settlement
        WHERE kind = 'touch' AND decision = 'done' AND customer_id IN (SELECT id FROM concerned)
        GROUP BY customer_id, ref),
    based (customer_id, touch, base_on, step, month_after) AS MATERIALIZED (
        SELECT c.id, rule.touch, coalesce(
            nullif(max(coalesce((
                SELECT i.contact_on FROM interaction AS i
                WHERE i.customer_id = c.id AND i.contact_on <= :today AND instr(rule.channels, i.channel) > 0
                ORDER BY i.contact_on DESC LIMIT 1), ''), coalesce(done.settled_on, '')), ''),
            c.tier_on, c.created_on), rule.step, rule.month_after
        FROM concerned CROSS JOIN customer AS c ON c.id = concerned.id CROSS JOIN rule ON rule.tier = c.tier
        LEFT JOIN done ON done.customer_id = c.id AND done.touch = rule.touch
        WHERE {maintained} AND (c.consent <> 'no' OR rule.channels <> 'push')),
    planned (customer_id, touch, base_on, planned_on) AS (
        SELECT customer_id, touch, base_on, CASE
            WHEN month_after IS NULL OR substr(base_on, 9) <= '28' THEN date(base_on, step)
            ELSE min(date(base_on, step), date(base_on, 'start of month', month_after, '-1 day')) END
        FROM based)
    SELECT customer_id, touch, base_on, planned_on, planned_on FROM planned
"""


def _rewrite(ws: Workspace) -> None:
    """Write the touches of the chosen customers anew."""
    ws.db.execute("DELETE FROM touch WHERE customer_id IN (SELECT id FROM concerned)")
    known = rules(ws)
    if known:
        values, params = _rule_values(list(known.values()))
        insert = _DERIVED.format(rules=values, maintained=_MAINTAINED)
        ws.db.execute(insert, {**params, "today": ws.today.isoformat()})
        _apply_settlements(ws, known)


def _rule_values(known: Sequence[Rule]) -> tuple[str, dict[str, Any]]:
    """The rules as the rows of VALUES, and its parameters; steps are modifiers of SQLite's date()."""
    rows: list[str] = []
    params: dict[str, Any] = {}
    for number, rule in enumerate(known):
        months = rule.every.number * {"month": 1, "year": 12}.get(rule.every.unit, 0)
        days = rule.every.number * {"day": 1, "week": 7}.get(rule.every.unit, 0)
        params |= {
            f"tier{number}": rule.tier,
            f"touch{number}": rule.touch,
            f"channels{number}": ",".join(rule.channels),
            f"step{number}": f"+{months} months" if months else f"+{days} days",
            f"after{number}": f"+{months + 1} months" if months else None,
        }
        rows.append(f"(:tier{number}, :touch{number}, :channels{number}, :step{number}, :after{number})")
    return ", ".join(rows), params


_SETTLED = """
    SELECT t.customer_id, t.touch, c.tier, t.planned_on, s.decision, s.until, s.settled_on
    FROM concerned CROSS JOIN settlement AS s ON s.customer_id = concerned.id AND s.kind = 'touch'
    CROSS JOIN touch AS t ON t.customer_id = s.customer_id AND t.touch = s.ref AND t.planned_on = s.planned_on
    CROSS JOIN customer AS c ON c.id = t.customer_id
    WHERE s.decision <> 'snoozed' OR t.due_on <> s.until
"""


def _apply_settlements(ws: Workspace, known: dict[tuple[str, str], Rule]) -> None:
    """Move what was settled for its planned day: one cadence further, or to the day it was snoozed to."""
    # A touch that was done early, on the day of its base, is planned for the same day again.
    while settled := ws.db.rows(_SETTLED):
        for row in settled:
            planned_on, due_on = row["planned_on"], row["until"]
            if row["decision"] != "snoozed":
                every = known[row["tier"], row["touch"]].every
                planned_on = due_on = _next(every, date.fromisoformat(planned_on), row["settled_on"]).isoformat()
            ws.db.execute(
                "UPDATE touch SET planned_on = :planned_on, due_on = :due_on "
                "WHERE customer_id = :customer_id AND touch = :touch",
                {
                    "planned_on": planned_on,
                    "due_on": due_on,
                    "customer_id": row["customer_id"],
                    "touch": row["touch"],
                },
            )


def _next(every: Cadence, planned_on: date, settled_on: str) -> date:
    """The planned day after one that was settled; of those that have gone by, none is asked for again."""
    following = calendars.add(every, planned_on)
    while following.isoformat() <= settled_on:
        following = calendars.add(every, following)
    return following


# ---------------------------------------------------------------------------------------------- reading


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The touches that are due within `scope`."""
    known = rules(ws)
    rows = ws.db.rows(
        f"""
        SELECT t.touch, t.base_on, t.planned_on, t.due_on, {CUSTOMER},
            t.base_on = coalesce(c.tier_on, c.created_on) AND NOT EXISTS (
                SELECT 1 FROM interaction AS i
                WHERE i.customer_id = c.id AND i.contact_on = t.base_on) AS fresh,
            EXISTS (SELECT 1 FROM settlement AS s WHERE s.customer_id = c.id AND s.kind = 'touch'
                AND s.ref = t.touch AND s.decision = 'done' AND s.settled_on = t.base_on) AS done
        FROM touch AS t CROSS JOIN customer AS c ON c.id = t.customer_id
        WHERE t.due_on <= :until AND {scope.condition("t.customer_id")}
        """,
        scope.params,
    )
    found = ((row, known.get((row["tier"], row["touch"]))) for row in rows)
    return [_item(row, rule) for row, rule in found if rule is not None]


def of(ws: Workspace, customer_id: int) -> dict[str, Row]:
    """The touches of one customer as they are stored, by touch: base_on, planned_on and due_on."""
    rows = ws.db.rows("SELECT * FROM touch WHERE customer_id = :id", {"id": customer_id})
    return {row["touch"]: row for row in rows}


def _item(row: Row, rule: Rule) -> Item:
    return item(
        row,
        kind="touch",
        ref=rule.touch,
        planned_on=date.fromisoformat(row["planned_on"]),
        due_on=row["due_on"],
        action=rule.action,
        channel=rule.channels[0],
        reason=_reason(row, rule.every),
    )


def _reason(row: Row, every: Cadence) -> str:
    if row["done"]:
        text = _("done on {day}, {cadence}")
    elif row["fresh"]:
        text = _("no contact yet, counted from {day}, {cadence}")
    else:
        text = _("last contact {day}, {cadence}")
    return text.format(day=row["base_on"], cadence=spoken_cadence(every))


def spoken_cadence(every: Cadence) -> str:
    """`every 2 weeks`, in the language spoken now."""
    number = every.number
    words = {
        "day": plural("every {number} day", "every {number} days", number),
        "week": plural("every {number} week", "every {number} weeks", number),
        "month": plural("every {number} month", "every {number} months", number),
        "year": plural("every {number} year", "every {number} years", number),
    }
    return words[every.unit].format(number=number)
