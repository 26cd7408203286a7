"""Tiers: every rated customer in the first tier of the policy whose rule holds.

A tier pinned by hand stays until its end. Where a tier says `keep_for`, a drop out of it is applied only when as
many reviews in a row ask for it; the runs of a day are one review. A rise is applied at once.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any

from crmcli import i18n
from crmcli.errors import InvalidInput, Refused
from crmcli.grading.computing import first_that_holds, over_facts
from crmcli.grading.tags import running
from crmcli.grading.tags.comparing import ruled, rules
from crmcli.i18n import _, plural
from crmcli.policy import facts
from crmcli.policy.definitions import Tier
from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import clean_text

FOREVER = date(9999, 12, 31)


@dataclass(frozen=True)
class TierCount:
    """One tier: who is in it, their share of the rated customers, what they bought in 12 months (minor units).

    `joined` and `left` count those who came and went in the run that made this; 0 otherwise. `tier` is None for
    customers that no run has graded yet.
    """

    tier: str | None
    label: str
    customers: int
    share: float
    amount_12m: int
    joined: int = 0
    left: int = 0


@dataclass(frozen=True)
class Move:
    """So many customers went from one tier into another; None is no tier."""

    before: str | None
    after: str | None
    customers: int


@dataclass(frozen=True)
class Exceptions:
    """Of how many the tier is not simply what the rules ask for: drops that `keep_for` holds back for another review,
    pins that end because the policy does not have their tiers, and pins whose last day has passed.
    """

    waiting: int
    lost_pins: int
    ended_pins: int


# ----------------------------------------------------------------------------------------------- grading


def run_tiers(ws: Workspace, *, tags: bool = False) -> list[TierCount]:
    """Grade all rated customers by the policy in force; what is so already is left alone.

    A customer that is no longer rated (a lead) loses its tier. With `tags` the tags by rule come first, as a run of
    theirs would give them: the facts are worked out once for both.
    """
    tiers = ws.policy.tiers
    before = rules(ruled(ws)) if tags else []
    with over_facts(ws, [*before, *(tier.when for tier in tiers)], also=["amount_12m"]):
        told = [running.said(running.renew(ws))] if tags else []
        _grade(ws, tiers)
        if changed := _find_changes(ws, tiers):
            # Where most customers move, as in a first run, the indexes over their tier are cheaper to build anew.
            most = 2 * changed > ws.db.value("SELECT count(*) FROM customer")
            with ws.db.indexing_after("customer", "tier") if most else nullcontext():
                _write(ws, tiers)
        counts = _counts_of_run(ws, tiers)
    if changed:
        moved = ws.db.value("SELECT count(*) FROM regrade WHERE moved")
        words = plural("tiers: {number} customer moved", "tiers: {number} customers moved", moved)
        # A drop that waits for one more review, or a pin that has ended, is written down, too.
        noted = _("tiers: nobody moved; reviews and pins of {number} noted").format(number=changed)
        told += [words.format(number=moved) if moved else noted, *said(exceptions(ws))]
    ws.summary = i18n.sentences(filter(None, told)) or ws.summary
    return counts


def exceptions(ws: Workspace) -> Exceptions:
    """The exceptions of the run that this workspace has seen."""
    (counts,) = ws.db.rows(
        "SELECT count(*) FILTER (WHERE waiting) AS waiting, count(*) FILTER (WHERE lost_pin) AS lost_pins, "
        "count(*) FILTER (WHERE ended_pin) AS ended_pins FROM graded"
    )
    return Exceptions(**counts)


def said(found: Exceptions) -> list[str]:
    """The exceptions in words, a sentence for each kind that there is."""
    waiting, lost, ended = found.waiting, found.lost_pins, found.ended_pins
    words = {
        plural("{number} drop waits for another review", "{number} drops wait for another review", waiting): waiting,
        plural(
            "{number} pin ends: the policy does not have its tier",
            "{number} pins end: the policy does not have their tiers",
            lost,
        ): lost,
        plural("{number} pin has run out", "{number} pins have run out", ended): ended,
    }
    return [text.format(number=number) for text, number in words.items() if number]


# A tier is a number here, its rank: 1 is the best. `present` is NULL for who has none that the policy knows.
# The offsets keep SQLite from working out what is named twice twice; it need not write the rows down for that.
_GRADE = """
    WITH known AS (
        SELECT c.id, facts.amount_12m AS amount, {first} AS asked, {present} AS present, c.tier_drops AS drops,
            c.tier_drops = 0 OR c.tier_drop_on IS NOT :today AS new_review,
            coalesce(c.tier_pinned_until >= :today, false) AS pinned, c.tier_pinned_until < :today AS pin_ended,
            c.tier_reason IS NULL AS unexplained, c.tier IS NULL AND c.tier_on IS NULL AS ungraded
        FROM facts CROSS JOIN customer AS c ON c.id = facts.customer_id LIMIT -1 OFFSET 0),
    decided AS (
        SELECT *, pinned AND present IS NOT NULL AS held,
            asked > present AND drops + new_review < CASE present {keep_for} END AND pin_ended IS NOT TRUE AS waits
        FROM known LIMIT -1 OFFSET 0)
    SELECT id, CAST(round(amount * 100) AS INTEGER) AS amount, present, drops,
        CASE WHEN held OR waits THEN present ELSE asked END AS rank,
        CASE WHEN held THEN drops WHEN waits THEN drops + new_review ELSE 0 END AS drops_now,
        waits AND NOT held AS waiting,
        NOT held AND (pinned OR pin_ended IS TRUE) AS unpin,
        NOT held AND asked IS present AND (unexplained OR pin_ended IS TRUE) AS explain,
        ungraded AND unexplained AS fresh,
        pinned AND present IS NULL AS lost_pin, pin_ended IS TRUE AS ended_pin
    FROM decided
"""


def _grade(ws: Workspace, tiers: tuple[Tier, ...]) -> None:
    """Put what the rules ask for, and what comes of it, into the temporary table `graded`."""
    first = first_that_holds([tier.when for tier in tiers], [str(tier.rank) for tier in tiers])
    keep_for = " ".join(f"WHEN {tier.rank} THEN {tier.keep_for}" for tier in tiers)
    graded = _GRADE.format(first=first, present=_rank(tiers), keep_for=keep_for)
    ws.db.new_temporary(
        "graded",
        f"AS {graded}",
        {**_keys(tiers), "today": ws.today.isoformat()},
    )


def _rank(tiers: tuple[Tier, ...]) -> str:
    """SQL: the rank of the tier that a row `c` of `customer` has."""
    return f"CASE c.tier {' '.join(f'WHEN :key{tier.rank} THEN {tier.rank}' for tier in tiers)} END"


def _keys(tiers: tuple[Tier, ...]) -> dict[str, str]:
    return {f"key{tier.rank}": tier.key for tier in tiers}


def _find_changes(ws: Workspace, tiers: tuple[Tier, ...]) -> int:
    """Put the customers to be written into the temporary table `regrade`; how many they are."""
    ws.db.new_temporary(
        "regrade", "(id INTEGER PRIMARY KEY, present, rank, moved, drops, drops_now, unpin, explain, fresh)"
    )
    ws.db.execute(
        """
        INSERT INTO regrade
        SELECT id, present, rank, present IS NOT rank AS moved, drops, drops_now, unpin, explain,
            fresh AND present IS NOT rank AND drops = drops_now AND NOT unpin
        FROM graded
        WHERE present IS NOT rank OR drops <> drops_now OR unpin OR explain
        """
    )
    # The plus keeps SQLite from going through all those in a tier, who are far more than those not rated.
    ws.db.execute(
        f"""
        INSERT INTO regrade
        SELECT c.id, {_rank(tiers)}, NULL, true, c.tier_drops, 0, c.tier_pinned_until IS NOT NULL, false, false
        FROM customer AS c WHERE {facts.UNRATED} AND +c.tier IS NOT NULL
        """,
        _keys(tiers),
    )
    number: int = ws.db.value("SELECT count(*) FROM regrade")
    return number


# The image has the columns that the statement below changes, no others: an undo gives back exactly these. Who was never
# in a tier, as everybody before a first run, looked as `_FRESH` says.
_FRESH = {"tier": None, "tier_on": None, "tier_reason": None}
_BEFORE = """
    SELECT c.id AS row_id, NULL AS line, '{' || substr(
        CASE WHEN new.moved THEN ',"tier":' || json_quote(c.tier) || ',"tier_on":' || json_quote(c.tier_on) ELSE '' END
        || CASE WHEN new.moved OR new.explain OR new.unpin
            THEN ',"tier_reason":' || json_quote(c.tier_reason) ELSE '' END
        || CASE WHEN new.unpin THEN ',"tier_pinned_until":' || json_quote(c.tier_pinned_until) ELSE '' END
        || CASE WHEN new.drops <> new.drops_now THEN ',"tier_drops":' || new.drops
            || ',"tier_drop_on":' || json_quote(c.tier_drop_on) ELSE '' END, 2) || '}' AS before
    FROM regrade AS new CROSS JOIN customer AS c ON c.id = new.id WHERE NOT new.fresh
"""


def _write(ws: Workspace, tiers: tuple[Tier, ...]) -> None:
    # In this order: what is told row by row would spell out spans that were there before it.
    journal.changed_from(ws, "customer", _BEFORE)
    journal.changed_alike(ws, "customer", "SELECT id FROM regrade WHERE fresh", _FRESH)
    keys = " ".join(f"WHEN {tier.rank} THEN :key{tier.rank}" for tier in tiers)
    reasons = " ".join(f"WHEN {tier.rank} THEN :reason{tier.rank}" for tier in tiers)
    # Not "UPDATE … FROM", for which SQLite writes down all new rows first; and OR FAIL, so that it need not keep a copy
    # of every page to take the statement back alone: an error takes back the operation.
    ws.db.execute(
        f"""
        UPDATE OR FAIL customer SET (tier, tier_on, tier_reason, tier_pinned_until, tier_drops, tier_drop_on) = (
            SELECT CASE new.rank {keys} END,
                CASE WHEN NOT new.moved THEN customer.tier_on WHEN new.rank IS NOT NULL THEN :today END,
                CASE WHEN new.moved OR new.explain THEN CASE new.rank {reasons} END
                    WHEN NOT new.unpin THEN customer.tier_reason END,
                CASE WHEN NOT new.unpin THEN customer.tier_pinned_until END,
                new.drops_now,
                CASE WHEN new.drops_now = new.drops THEN customer.tier_drop_on WHEN new.drops_now > 0 THEN :today END
            FROM regrade AS new WHERE new.id = customer.id)
        WHERE id IN (SELECT id FROM regrade)
        """,
        {**_keys(tiers), **{f"reason{t.rank}": t.when.text for t in tiers}, "today": ws.today.isoformat()},
    )


def _counts_of_run(ws: Workspace, tiers: tuple[Tier, ...]) -> list[TierCount]:
    # Grouped by one number, which tells present and rank: sorting by it takes half as long as by two. Then those who
    # are not rated any more.
    rows = ws.db.rows(
        """
        SELECT present, rank, count(*) AS customers, sum(amount) AS amount FROM graded
        GROUP BY coalesce(present, 0) * (:tiers + 1) + rank
        UNION ALL SELECT present, NULL, count(*), 0 FROM regrade WHERE rank IS NULL GROUP BY present
        """,
        {"tiers": len(tiers)},
    )
    found = {tier.rank: Counter(customers=0, amount=0) for tier in tiers}
    joined, left = Counter[int | None](), Counter[int | None]()
    for row in rows:
        if row["rank"] is not None:
            found[row["rank"]].update(customers=row["customers"], amount=row["amount"])
        if row["present"] != row["rank"]:
            joined[row["rank"]] += row["customers"]
            left[row["present"]] += row["customers"]
    total = sum(row["customers"] for row in found.values())
    return [
        _count(tier.key, ws.policy.label(tier), found[tier.rank], total, joined[tier.rank], left[tier.rank])
        for tier in tiers
    ]


def _count(tier: str | None, label: str, row: Row | None, total: int, joined: int = 0, left: int = 0) -> TierCount:
    customers, amount = (row["customers"], row["amount"]) if row else (0, 0)
    return TierCount(tier, label, customers, customers / total if total else 0.0, amount, joined, left)


def moved(ws: Workspace) -> list[Row]:
    """Whom this operation has moved into another tier, by code: code, customer (the name), from, to and reason."""
    return ws.db.rows(
        f"""SELECT code, name AS customer, before AS "from", tier AS "to", tier_reason AS reason FROM ({_MOVED})
        ORDER BY code""",
        {"op": ws.wrote},
    )


def moves(ws: Workspace) -> tuple[Move, ...]:
    """How many this operation has moved from which tier into which."""
    sql = f"SELECT before, tier AS after, count(*) AS customers FROM ({_MOVED}) GROUP BY before, tier"
    return moves_in_order(ws.db.rows(sql, {"op": ws.wrote}), [*ws.digest["tiers"]])


_MOVED = f"""
    SELECT c.code, c.name, c.tier, c.tier_reason, json_extract(change.before, '$.tier') AS before
    FROM {journal.changes("customer")} AS change JOIN customer AS c ON c.id = change.row_id
    WHERE change.operation_id = :op AND instr(change.before, '"tier":') > 0
        AND json_extract(change.before, '$.tier') IS NOT c.tier
"""


def moves_in_order(rows: Iterable[Row], keys: Sequence[str]) -> tuple[Move, ...]:
    """The moves (before, after, customers) in the order of the tiers' `keys`; no tier comes last."""
    places: dict[str | None, int] = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    found = [Move(**row) for row in rows]
    return tuple(sorted(found, key=lambda m: (places.get(m.before, len(places)), places.get(m.after, len(places)))))


def tiers(ws: Workspace) -> list[TierCount]:
    """The tiers as they are, in the order of the policy; last, with tier None, who is not graded yet."""
    rows = ws.db.rows(
        f"""
        {facts.with_facts(["amount_12m"])}
        SELECT c.tier, count(*) AS customers, sum(CAST(round(facts.amount_12m * 100) AS INTEGER)) AS amount
        FROM facts CROSS JOIN customer AS c ON c.id = facts.customer_id GROUP BY c.tier
        """,
        facts.facts_params(ws.today, ws.zone),
    )
    found = {row["tier"]: row for row in rows}
    total = sum(row["customers"] for row in found.values())
    known: dict[str | None, Any] = dict(ws.digest["tiers"])
    labels = {key: tier["label"][i18n.language()] for key, tier in known.items()}
    unknown = sorted(found.keys() - known, key=lambda key: (key is None, key))
    return [
        _count(key, labels.get(key) or key or _("not graded yet"), found.get(key), total) for key in (*known, *unknown)
    ]


# ----------------------------------------------------------------------------------------------- by hand


def set_tier(ws: Workspace, customer: str, tier: str, *, reason: str, until: date | None = None) -> Row:
    """Pin a customer to a tier (its key or label) up to and including `until`, for ever unless given.

    Returns code, name, tier, tier_on, pinned_until and reason.

    Raises:
        NotFound: the customer. Refused: it is a lead. InvalidInput: no such tier, no reason, a day that has passed.
    """
    row = finding.customer(ws, customer)
    key = _key(ws, tier)
    if row["stage"] == "lead":
        raise Refused(_("{code} is a lead: leads have no tier").format(code=row["code"]))
    if not reason.strip():
        raise InvalidInput(_("a tier set by hand needs a reason"), hint="crm tier set CUSTOMER TIER --reason TEXT")
    if until is not None and until < ws.today:
        raise InvalidInput(_("the pin cannot end on {day}: that day has passed").format(day=until))
    values: dict[str, Any] = {
        "tier": key,
        "tier_on": row["tier_on"] if row["tier"] == key else ws.today.isoformat(),
        "tier_reason": clean_text(reason),
        "tier_pinned_until": (until or FOREVER).isoformat(),
        "tier_drops": 0,
        "tier_drop_on": None,
    }
    journal.change(ws, "customer", row["id"], values)
    ws.summary = _("{code}: tier {tier} by hand").format(code=row["code"], tier=key)
    return _standing({**row, **values})


def pins(ws: Workspace) -> list[Row]:
    """Who is pinned to a tier, as `set_tier` returns it: whose pin ends first comes first."""
    rows = ws.db.rows("SELECT * FROM customer WHERE tier_pinned_until IS NOT NULL ORDER BY tier_pinned_until, code")
    return [*map(_standing, rows)]


def unset_tier(ws: Workspace, customer: str) -> Row:
    """Lift the pin: the tier stays until a run says otherwise. Nothing happens where there is no pin.

    Raises:
        NotFound: the customer.
    """
    row = finding.customer(ws, customer)
    if row["tier_pinned_until"] is None:
        return _standing(row)
    # The reason was that of the pin; the next run that agrees with the tier gives its own.
    values = {"tier_pinned_until": None, "tier_reason": None}
    journal.change(ws, "customer", row["id"], values)
    ws.summary = _("{code}: tier by the rules again").format(code=row["code"])
    return _standing({**row, **values})


def _standing(row: Row) -> Row:
    shown = {key: row[key] for key in ("code", "name", "tier", "tier_on")}
    return {**shown, "pinned_until": row["tier_pinned_until"], "reason": row["tier_reason"]}


def _key(ws: Workspace, text: str) -> str:
    known: dict[str, Any] = ws.digest["tiers"]
    for key, tier in known.items():
        if text.strip() in (key, *tier["label"].values()):
            return key
    raise InvalidInput(
        _("the policy has no tier '{tier}'").format(tier=text),
        hint=_("there are: {names}").format(names=", ".join(known)),
    )
