"""Touches: the contacts that a tier asks for again and again, and the day each is next due.

A touch counts from its base: the last contact over one of its channels, or the day somebody settled it as
done, whichever is later; before the first of them from the day the customer came into the tier. It is
planned one cadence after its base; if that day was skipped, one cadence after it, and on until a day that
comes after the skipping. The table `touch` holds what follows from this; it is rewritten whenever one of its
causes is, so that reading needs no sums.

A touch of kind `survey` counts from the customer's last answer to a survey where others do from a contact: a call is no
answer. A decision about it is one about the touch, as the table `settlement` has it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from crmcli import calendars
from crmcli.calendars import Cadence, local_date
from crmcli.care import concerned
from crmcli.care.decisions import Decision, decide
from crmcli.care.items import CUSTOMER, Item, Scope, called_among, code_in, customer_of, item, spoken
from crmcli.i18n import _, plural
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace, aware, stamp

KINDS = ("touch", "survey")

_cadence = lru_cache(calendars.parse_cadence)

# A customer that is not one yet, or no more, is not maintained.
_MAINTAINED = "c.tier IS NOT NULL AND c.stage NOT IN ('lead', 'lost')"
_CAUSES = ("tier", "tier_on", "stage", "consent")
_CAUSING = ("interaction", "settlement", "survey")


@dataclass(frozen=True)
class Rule:
    """A touch of a tier, as the policy in force has it."""

    tier: str
    touch: str
    every: Cadence
    channels: tuple[str, ...]
    action: str
    kind: str = "touch"


def rules(ws: Workspace) -> dict[tuple[str, str], Rule]:
    """The policy's touches by (tier, touch)."""
    return {
        (tier, touch): Rule(
            tier,
            touch,
            _cadence(rule["every"]),
            tuple(rule["channels"]),
            spoken(rule, touch),
            rule["kind"],
        )
        for tier, touches in ws.digest["touches"].items()
        for touch, rule in sorted(touches.items())
    }


# --------------------------------------------------------------------------------------------- deriving


def refresh(ws: Workspace) -> None:
    """Bring the table `touch` up to date with what this operation wrote."""
    if ws.wrote_to("policy", "customer", *_CAUSING):
        _choose(ws, concerned.customers(ws, _CAUSES, _CAUSING), {"op": ws.wrote})
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


# `based` is materialised: asked for twice, each base would be looked up twice.
_DERIVED = """
    INSERT INTO touch (customer_id, touch, base_on, planned_on, due_on)
    WITH rule (tier, touch, kind, channels, step, month_after) AS (VALUES {rules}),
    done (customer_id, touch, settled_on) AS MATERIALIZED (
        SELECT customer_id, ref, max(settled_on) FROM settlement
        WHERE kind = 'touch' AND decision = 'done' AND customer_id IN (SELECT id FROM concerned)
        GROUP BY customer_id, ref),
    based (customer_id, touch, base_on, step, month_after) AS MATERIALIZED (
        SELECT c.id, rule.touch, coalesce(
            nullif(max(coalesce((
                CASE rule.kind WHEN 'survey' THEN
                    (SELECT answered_on FROM answered WHERE customer_id = c.id)
                ELSE
                    (SELECT i.contact_on FROM interaction AS i
                    WHERE i.customer_id = c.id AND i.contact_on <= :today AND instr(rule.channels, i.channel) > 0
                    ORDER BY i.contact_on DESC LIMIT 1)
                END), ''), coalesce(done.settled_on, '')), ''),
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
        _gather_answers(ws, known.values())
        values, params = _rule_values(list(known.values()))
        insert = _DERIVED.format(rules=values, maintained=_MAINTAINED)
        ws.db.execute(insert, {**params, "today": ws.today.isoformat()})
        _apply_settlements(ws, known)


def _gather_answers(ws: Workspace, known: Iterable[Rule]) -> None:
    """Put the day of each chosen customer's last answer to a survey into the temporary table `answered`."""
    ws.db.execute("CREATE TEMP TABLE IF NOT EXISTS answered (customer_id INTEGER PRIMARY KEY, answered_on TEXT)")
    ws.db.execute("DELETE FROM answered")
    if any(rule.kind == "survey" for rule in known):
        rows = ws.db.rows(
            "SELECT survey.customer_id, max(survey.at) AS at FROM concerned CROSS JOIN survey "
            "ON survey.customer_id = concerned.id AND survey.at < :tomorrow GROUP BY survey.customer_id",
            {"tomorrow": _tomorrow(ws)},
        )
        answers = ((row["customer_id"], _day(ws, row["at"])) for row in rows)
        ws.db.insert("answered", ("customer_id", "answered_on"), answers)


def _tomorrow(ws: Workspace) -> str:
    """The moment that the day ends, as it is stored."""
    return stamp(aware(datetime.combine(ws.today + timedelta(days=1), datetime.min.time()), ws.zone))


def _day(ws: Workspace, instant: str) -> str:
    return local_date(datetime.fromisoformat(instant), ws.zone).isoformat()


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
            f"kind{number}": rule.kind,
            f"channels{number}": ",".join(rule.channels),
            f"step{number}": f"+{months} months" if months else f"+{days} days",
            f"after{number}": f"+{months + 1} months" if months else None,
        }
        names = ("tier", "touch", "kind", "channels", "step", "after")
        rows.append(f"({', '.join(f':{name}{number}' for name in names)})")
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
                planned_on = due_on = following(every, date.fromisoformat(planned_on), row["settled_on"]).isoformat()
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


def following(every: Cadence, planned_on: date, settled_on: str) -> date:
    """The planned day after one that was settled; of those that have gone by, none is asked for again."""
    day = calendars.add(every, planned_on)
    while day.isoformat() <= settled_on:
        day = calendars.add(every, day)
    return day


# ---------------------------------------------------------------------------------------------- reading


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The touches that are due within `scope`."""
    known = rules(ws)
    rows = ws.db.rows(
        f"""
        SELECT t.touch, t.base_on, t.planned_on, t.due_on, c.consent, {CUSTOMER},
            (SELECT max(at) FROM survey WHERE customer_id = c.id AND at < :tomorrow) AS answered_at,
            t.base_on = coalesce(c.tier_on, c.created_on) AND NOT EXISTS (
                SELECT 1 FROM interaction AS i
                WHERE i.customer_id = c.id AND i.contact_on = t.base_on) AS fresh,
            EXISTS (SELECT 1 FROM settlement AS s WHERE s.customer_id = c.id AND s.kind = 'touch'
                AND s.ref = t.touch AND s.decision = 'done' AND s.settled_on = t.base_on) AS done
        FROM touch AS t CROSS JOIN customer AS c ON c.id = t.customer_id
        WHERE t.due_on <= :until AND {scope.condition("t.customer_id")}
        """,
        {**scope.params, "tomorrow": _tomorrow(ws)},
    )
    found = ((row, known.get((row["tier"], row["touch"]))) for row in rows)
    return [_item(ws, row, rule) for row, rule in found if rule is not None]


def called(ws: Workspace, key: str) -> Item | None:
    """The touch called `key`: its turn that is open."""
    return called_among(coming, ws, key, customer_of(ws, code_in(key, 2)))


def settle(ws: Workspace, item: Item, decision: Decision, until: date | None, reason: str | None) -> date | None:
    """Settle one turn; the day that the touch is due again."""
    assert item.customer_id is not None
    # Whatever its kind is called now: the policy may come to say that a touch is a survey.
    decide(ws, replace(item, kind="touch"), decision, until, reason)
    refresh_customer(ws, item.customer_id)
    row = of(ws, item.customer_id).get(item.ref)
    return date.fromisoformat(row["due_on"]) if row else None


def of(ws: Workspace, customer_id: int) -> dict[str, Row]:
    """The touches of one customer as they are stored, by touch: base_on, planned_on and due_on."""
    rows = ws.db.rows("SELECT * FROM touch WHERE customer_id = :id", {"id": customer_id})
    return {row["touch"]: row for row in rows}


def _item(ws: Workspace, row: Row, rule: Rule) -> Item:
    if row["consent"] == "no":
        # A touch that could only be pushed is not derived.
        channels = [channel for channel in rule.channels if channel != "push"]
    else:
        channels = list(rule.channels)
    return item(
        row,
        kind=rule.kind,
        ref=rule.touch,
        planned_on=date.fromisoformat(row["planned_on"]),
        due_on=row["due_on"],
        action=rule.action,
        channel=channels[0],
        reason=_reason(ws, row, rule),
    )


def _reason(ws: Workspace, row: Row, rule: Rule) -> str:
    answered = row["answered_at"] and _day(ws, row["answered_at"]) == row["base_on"]
    if row["done"]:
        text = _("done on {day}, {cadence}")
    elif rule.kind == "survey":
        text = _("last answer {day}, {cadence}") if answered else _("no answer yet, counted from {day}, {cadence}")
    elif row["fresh"]:
        text = _("no contact yet, counted from {day}, {cadence}")
    else:
        text = _("last contact {day}, {cadence}")
    return text.format(day=row["base_on"], cadence=spoken_cadence(rule.every))


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
