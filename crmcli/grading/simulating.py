"""Schemes side by side: what the customers' tiers would be under several policies, each rehearsed for today."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmcli.grading.rehearsing import Rehearsed, cadences, rehearsed, weekly
from crmcli.store.database import Row
from crmcli.store.workspace import Derivation, Workspace


@dataclass(frozen=True)
class SchemeTier:
    """One tier of one scheme: who would be in it, their share of the rated customers, what they bought in 12 months
    (minor units) and the share of all that, the contacts a week that their touches ask for, and the `steps` of
    playbooks that would begin with the scheme, once.
    """

    policy: str
    tier: str
    label: str
    customers: int
    share: float
    amount_12m: int
    amount_share: float
    contacts_week: float
    steps: int


@dataclass(frozen=True)
class Crossing:
    """So many customers that are in one tier of the first scheme and in another scheme's `tier`; None is no tier."""

    policy: str
    before: str | None
    after: str | None
    customers: int


@dataclass(frozen=True)
class Simulation:
    """Schemes compared: the first with each of the others.

    `moves` have code, customer (its name), policy (the other scheme), from and to, by policy and code: those whose
    tiers have different keys. Everybody rated is in `crossings`, by the tiers' order.
    """

    tiers: tuple[SchemeTier, ...]
    crossings: tuple[Crossing, ...]
    moves: tuple[Row, ...]


def simulate(
    ws: Workspace, schemes: Mapping[str, str], *, derivations: Sequence[Derivation], moves: bool = False
) -> Simulation:
    """Grade all customers by each scheme (name: the policy's TOML); nothing is written.

    Pins and `keep_for` hold as they would if the scheme were applied today. `derivations` are those of the workspace
    (see `store.workspace.opened`). Without `moves` nobody is told by name.

    Raises:
        InvalidInput: with every problem of a policy, named in the message.
    """
    tiers: list[SchemeTier] = []
    places: dict[str, dict[int, str]] = {}
    order: dict[str, list[str]] = {}
    for name, text in schemes.items():
        with rehearsed(ws, text, source=name, derivations=derivations) as done:
            tiers += _tiers(name, done)
            order[name] = [*done.ws.digest["tiers"]]
            # One string per tier, not one per customer.
            keys = {key: key for key in order[name]}
            graded = done.ws.db.each("SELECT id, tier FROM customer WHERE tier IS NOT NULL")
            places[name] = {row["id"]: keys[row["tier"]] for row in graded}
    first, *others = schemes
    crossings: list[Crossing] = []
    found: list[Row] = []
    for name in others:
        crossings += _crossings(name, [places[first], places[name]], [order[first], order[name]])
        found += _moves(ws, name, places[first], places[name]) if moves else []
    return Simulation(tuple(tiers), tuple(crossings), tuple(found))


def _tiers(name: str, done: Rehearsed) -> list[SchemeTier]:
    every = cadences(done.ws)
    contacts: dict[str | None, float] = defaultdict(float)
    for row in done.ws.db.rows(
        "SELECT c.tier, t.touch, count(*) AS n FROM touch AS t CROSS JOIN customer AS c ON c.id = t.customer_id "
        "GROUP BY c.tier, t.touch"
    ):
        contacts[row["tier"]] += row["n"] * weekly(every[row["tier"], row["touch"]])
    steps = {row["tier"]: row["n"] for row in done.ws.db.rows(_BEGUN)}
    total = sum(count.amount_12m for count in done.tiers)
    return [
        SchemeTier(
            policy=name,
            tier=count.tier or "",
            label=count.label,
            customers=count.customers,
            share=count.share,
            amount_12m=count.amount_12m,
            amount_share=count.amount_12m / total if total else 0.0,
            contacts_week=contacts[count.tier],
            steps=steps.get(count.tier, 0),
        )
        for count in done.tiers
    ]


_BEGUN = """
    SELECT c.tier, count(*) AS n FROM temp.step AS now CROSS JOIN temp.customer AS c ON c.id = now.customer_id
    WHERE now.id NOT IN (SELECT id FROM main.step) AND NOT (now.channel = 'push' AND c.consent = 'no')
    GROUP BY c.tier
"""


def _crossings(name: str, places: list[dict[int, str]], order: list[list[str]]) -> list[Crossing]:
    before, after = places
    counts: Counter[tuple[str | None, str | None]]
    counts = Counter((tier, after.get(customer)) for customer, tier in before.items())
    counts += Counter((None, tier) for customer, tier in after.items() if customer not in before)
    ranks = [{None: len(keys)} | {key: rank for rank, key in enumerate(keys)} for keys in order]
    pairs = sorted(counts, key=lambda pair: [rank[key] for rank, key in zip(ranks, pair, strict=True)])
    return [Crossing(name, *pair, counts[pair]) for pair in pairs]


def _moves(ws: Workspace, name: str, before: dict[int, str], after: dict[int, str]) -> list[Row]:
    return [
        {"code": row["code"], "customer": row["name"], "policy": name, "from": was, "to": now}
        for row in ws.db.each("SELECT id, code, name FROM customer ORDER BY code")
        for was, now in [(before.get(row["id"]), after.get(row["id"]))]
        if was != now
    ]
