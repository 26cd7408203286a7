"""The receipt of a renewal: when the contract ends, what is known of its renewal, and what goes on after it."""

from datetime import date, timedelta

from crmcli import calendars
from crmcli.care.renewals import GAP_DAYS
from crmcli.care.why import settled as told
from crmcli.care.why.keys import Key
from crmcli.care.why.occasions import ANNOUNCED, standing
from crmcli.grading.records import Records
from crmcli.grading.why import InForce, Part, Receipt, Step, sourced
from crmcli.policy.definitions import Occasion
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_SHOWN = ("id", "number", "starts_on", "ends_on", "renewed")


def why_renewal(ws: Workspace, key: Key, policy: InForce) -> Receipt:
    """Why the renewal of a contract is to be talked about, not yet, or no more."""
    contract = ws.db.first("SELECT * FROM contract WHERE id = :id", {"id": int(key.ref)})
    assert contract is not None
    after = _successor(ws, contract) if contract["ends_on"] else None
    number, rule = _rule(ws, key)
    row = told.decision(ws, key)
    settled = told.decided(ws, row)
    snoozed = row if row and row["decision"] == "snoozed" else None
    due_on = date.fromisoformat(snoozed["until"]) if snoozed else key.planned_on
    begins = key.planned_on - timedelta(days=rule.notice_days if rule else 0)
    when = []
    if not settled:
        known = {"today": ws.today.isoformat(), "announced_on": begins.isoformat()}
        when = [Part(ANNOUNCED, ws.today >= begins, known)]
        when += [told.is_due(due_on, ws.today)] if snoozed else []
    parts = [*_asked_for(key, contract, after, rule), told.is_open(settled), *when]
    holds = all(part.holds for part in parts)
    notice = calendars.Cadence(rule.notice_days if rule else 0, "day")
    steps = [
        Step("planned_on", "ends_on", key.planned_on.isoformat(), {"number": contract["number"]}),
        Step("announced_on", f"{key.planned_on} - {notice}", begins.isoformat(), {}),
        *([told.snoozed_step(ws, snoozed)] if snoozed else []),
    ]
    return Receipt(
        subject=key.text,
        value=due_on.isoformat(),
        holds=holds,
        given=all(part.holds for part in parts if part.text not in (ANNOUNCED, told.DUE)),
        source="rule",
        since=contract["starts_on"],
        by=settled.by if settled else None,
        at=settled.at if settled else None,
        reason=standing(ws.today, due_on, snoozed, settled, parts),
        **(policy.at("occasion", number, "notice") if rule else {}),
        rule=f'kind = "renewal", notice = "{notice}"' if rule else None,
        joined_by="and",
        parts=tuple(parts),
        records=_contracts(ws, [contract, *([after] if after else [])]) + told.ended(ws, key, row),
        steps=(*steps, *(told.late_step(due_on, ws.today) if holds else ())),
    )


def _asked_for(key: Key, contract: Row, after: Row | None, rule: Occasion | None) -> list[Part]:
    """What the contract and its customer must be for the renewal to be asked for."""
    tier, stage = key.customer["tier"], key.customer["stage"]
    ends_on, renewed = contract["ends_on"], contract["renewed"]
    parts = [
        Part(f"ends_on == {key.planned_on}", ends_on == str(key.planned_on), {"ends_on": ends_on}),
        Part("missing(renewed)", renewed is None, {"renewed": renewed}),
        Part("missing(successor)", after is None, {"successor": after and after["number"]}),
        Part("stage not in ['lead', 'lost']", stage not in ("lead", "lost"), {"stage": stage}),
    ]
    if rule is None:
        parts.append(Part("kind == 'renewal'", False, {"occasion": None}))
    elif rule.tiers:
        parts.append(Part(f"tier in {list(rule.tiers)}", tier in rule.tiers, {"tier": tier}))
    return parts


def _successor(ws: Workspace, contract: Row) -> Row | None:
    """The contract of the customer that goes on after this one, as `care.renewals` has it; the longest."""
    return ws.db.first(
        """
        SELECT * FROM contract WHERE customer_id = :customer_id AND id <> :id AND (ends_on > :ends_on
            OR ends_on IS NULL AND starts_on <= date(:ends_on, :gap))
        ORDER BY ends_on IS NULL DESC, ends_on DESC LIMIT 1
        """,
        {**{name: contract[name] for name in ("id", "customer_id", "ends_on")}, "gap": f"+{GAP_DAYS} days"},
    )


def _rule(ws: Workspace, key: Key) -> tuple[int, Occasion | None]:
    """The renewal of the policy that the customer's tier follows, else the first; and its place."""
    found = [(number, one) for number, one in enumerate(ws.policy.occasions) if one.kind == "renewal"]
    own = [(number, one) for number, one in found if not one.tiers or key.customer["tier"] in one.tiers]
    return (own or found or [(0, None)])[0]


def _contracts(ws: Workspace, rows: list[Row]) -> tuple[Records, ...]:
    shown = tuple(sourced(ws, "contract", {name: row[name] for name in _SHOWN}, "ends_on") for row in rows)
    return (Records(("ends_on", "renewed", "successor"), "contracts", None, ws.today.isoformat(), len(shown), shown),)
