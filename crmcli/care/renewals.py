"""Renewals: what to talk about before a contract ends, and after, until it is known what became of it.

A contract is asked for by the policy's occasion `renewal`, unless it is known whether it was renewed, another contract
of its customer goes on after it, or somebody settled it. The column `renew_by` holds its end while it is asked for; it
is rewritten whenever one of its causes is, so that those that are due are found by an index, however many ended long
ago. One that is late stays so.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from crmcli.care import concerned
from crmcli.care.items import CUSTOMER, Item, Scope, called_among, item, listed, spoken
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

KINDS = ("renewal",)

GAP_DAYS = 31
"""A contract without an end goes on after another if it begins so many days after that one's end, or before."""


@dataclass(frozen=True)
class Rule:
    """How long before their end the policy asks for the contracts of some customers; None stands for no tier."""

    notice: timedelta
    tiers: tuple[str | None, ...]
    action: str


def rules(ws: Workspace) -> list[Rule]:
    """The policy's renewals; a tier follows the first that names it."""
    return [
        Rule(
            timedelta(days=said["notice_days"]),
            (*said["tiers"], *((None,) if said["ungraded"] else ())),
            spoken(said, "renewal"),
        )
        for said in ws.digest["occasions"]
        if said["kind"] == "renewal"
    ]


# --------------------------------------------------------------------------------------------- deriving

# Another contract of the customer goes on after `contract AS k`.
_GOES_ON = f"""
    EXISTS (SELECT 1 FROM contract AS o WHERE o.customer_id = k.customer_id AND o.id <> k.id
        AND (o.ends_on > k.ends_on
            OR o.ends_on IS NULL AND o.starts_on <= date(k.ends_on, '+{GAP_DAYS} days')))
"""

# The end of `contract AS k` if it is asked for, else NULL.
_ASKED = """
    CASE WHEN k.renewed IS NULL AND NOT {goes_on} AND EXISTS (
            SELECT 1 FROM customer AS c WHERE c.id = k.customer_id AND c.stage NOT IN ('lead', 'lost') AND ({tiers}))
        AND NOT EXISTS (SELECT 1 FROM settlement AS s WHERE s.customer_id = k.customer_id AND s.kind = 'renewal'
            AND s.ref = CAST(k.id AS TEXT) AND s.planned_on = k.ends_on AND s.decision <> 'snoozed')
    THEN k.ends_on END
"""


def refresh(ws: Workspace) -> None:
    """Bring `contract.renew_by` up to date with what this operation wrote."""
    if not ws.wrote_to("policy", "customer", "contract", "settlement"):
        return
    if not ws.db.value("SELECT 1 FROM contract LIMIT 1"):
        return
    tiers, params = _tiers(ws)
    asked = _ASKED.format(goes_on=_GOES_ON, tiers=tiers)
    ws.db.execute(
        f"""
        UPDATE contract AS k SET renew_by = {asked}
        WHERE k.id IN (SELECT own.id FROM ({concerned.customers(ws, ("tier", "stage"), ("contract", "settlement"))})
            AS found CROSS JOIN contract AS own ON own.customer_id = found.id)
        AND k.renew_by IS NOT {asked}
        """,
        {**params, "op": ws.wrote},
    )


def _tiers(ws: Workspace) -> tuple[str, dict[str, Any]]:
    """The condition that a rule is for the tier of `customer AS c`, and its parameters."""
    found = {tier for rule in rules(ws) for tier in rule.tiers}
    marks, params = listed(sorted(tier for tier in found if tier is not None), "tier")
    parts = [f"c.tier IN ({marks})"] if marks else []
    parts += ["c.tier IS NULL"] if None in found else []
    return " OR ".join(parts) or "false", params


# ---------------------------------------------------------------------------------------------- reading


def coming(ws: Workspace, scope: Scope) -> list[Item]:
    """The contracts whose renewal is announced by `scope.until`, or late."""
    known = rules(ws)
    if not known:
        return []
    furthest = max(rule.notice for rule in known)
    named = {"furthest": _plus(scope.until, furthest).isoformat()}
    rows = ws.db.rows(
        f"""
        SELECT k.id, k.number, k.renew_by, s.until, {CUSTOMER}
        FROM contract AS k CROSS JOIN customer AS c ON c.id = k.customer_id
        LEFT JOIN settlement AS s ON s.customer_id = c.id AND s.kind = 'renewal' AND s.ref = CAST(k.id AS TEXT)
            AND s.planned_on = k.renew_by
        WHERE k.renew_by <= :furthest AND (s.id IS NULL OR s.until <= :until) AND {scope.condition("k.customer_id")}
        """,
        {**scope.params, **named},
    )
    found = ((row, next((rule for rule in known if row["tier"] in rule.tiers), None)) for row in rows)
    return [
        _item(row, rule, scope.today)
        for row, rule in found
        if rule and date.fromisoformat(row["renew_by"]) <= _plus(scope.until, rule.notice)
    ]


def called(ws: Workspace, key: str) -> Item | None:
    """The renewal called `key`, however far ahead it is."""
    customers = contracts_called(ws, key.partition(":")[2].rpartition(":")[0]).values()
    return next(filter(None, (called_among(coming, ws, key, customer_id) for customer_id in customers)), None)


def contracts_called(ws: Workspace, named: str) -> dict[int, int]:
    """The contracts that `CODE:NUMBER` may mean, both of which may hold colons: contract -> customer."""
    pieces = named.split(":")
    return {
        row["id"]: row["customer_id"]
        for place in range(1, len(pieces))
        for row in ws.db.rows(
            "SELECT k.id, k.customer_id FROM contract AS k JOIN customer AS c ON c.id = k.customer_id "
            "WHERE k.number = :number AND c.code = :code",
            {"code": ":".join(pieces[:place]), "number": ":".join(pieces[place:])},
        )
    }


def _plus(day: date, notice: timedelta) -> date:
    return day + notice if day < date.max - notice else date.max


def _item(row: Row, rule: Rule, today: date) -> Item:
    ended = row["renew_by"] < today.isoformat()
    text = _("contract {number} ended on {day}") if ended else _("contract {number} ends on {day}")
    return item(
        row,
        kind="renewal",
        ref=str(row["id"]),
        planned_on=date.fromisoformat(row["renew_by"]),
        due_on=row["until"] or row["renew_by"],
        name=f"{row['number']}:{row['renew_by']}",
        action=rule.action,
        channel=None,
        reason=text.format(number=row["number"], day=row["renew_by"]),
    )
