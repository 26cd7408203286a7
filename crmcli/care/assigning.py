"""Who owns a customer: it is given to somebody, handed over to a successor, or put back into the pool.

Each change of owner is a row of `assignment`. Where a customer had an owner and gets another, the row has a packet
(see `packets`), and the hand-over is due with the successor until it is acknowledged (see `handovers`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crmcli.care import team
from crmcli.care.packets import packets
from crmcli.errors import Refused
from crmcli.grading.where import holds
from crmcli.i18n import _, listed, plural
from crmcli.store import finding, journal, owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import clean_text, name_key

Why = Literal["assign", "handoff", "lead", "stale", "late"]


def give(ws: Workspace, customer_id: int, owner: str | None, *, why: Why = "assign", reason: str | None = None) -> bool:
    """Make `owner` the customer's owner (None: back in the pool); False if it is so already.

    Open cases that were the former owner's go with it; next actions do so by themselves. Raises as `owners.owner` does.
    """
    return bool(give_all(ws, {customer_id: owner}, why=why, reason=reason))


def give_all(
    ws: Workspace,
    given: Mapping[int, str | None],
    *,
    why: Why = "assign",
    reason: str | Mapping[int, str] | None = None,
    former: str | None = None,
) -> list[int]:
    """The same for many, customer id -> owner, at once; the ids of those that change hands.

    `reason` is one for all, or each one's. `former` is who looked after those of them that have no owner.
    """
    stored = {name: None if name is None else owners.owner(ws, name) for name in set(given.values())}
    _choose(ws, ((row_id, stored[name]) for row_id, name in given.items()))
    ws.db.execute("DELETE FROM passed WHERE owner IS (SELECT c.owner FROM customer AS c WHERE c.id = customer_id)")
    ws.db.execute(
        "UPDATE passed SET former = coalesce((SELECT c.owner FROM customer AS c WHERE c.id = customer_id), :former)",
        {"former": former},
    )
    ids = [row["customer_id"] for row in ws.db.rows("SELECT customer_id FROM passed ORDER BY customer_id")]
    if ids:
        _record(ws, why, reason)
        _pass_customers(ws)
        _pass_cases(ws)
    return ids


@dataclass(frozen=True)
class Given:
    """A customer that changed hands.

    Attributes:
        from_owner: who had it; None: nobody.
        key: of the hand-over that is due with the new owner; None where there was nobody before.
        promises, cases, steps: how many open ones the new owner is told of.
    """

    code: str
    customer: str
    stage: str
    from_owner: str | None
    owner: str | None
    promises: int
    cases: int
    steps: int
    key: str | None


@dataclass(frozen=True)
class HandedOver:
    """Everything that went from one owner to another; `cases` counts those at the customers of others, too."""

    from_owner: str
    owner: str
    given: tuple[Given, ...]
    cases: int


def assign(ws: Workspace, customers: Sequence[str], owner: str, *, reason: str | None = None) -> list[Given]:
    """Give customers to an owner; those that change hands, in the order they were named.

    Raises:
        NotFound: a customer, or nobody in the team is called so. Refused: the owner is inactive.
    """
    name = owners.owner(ws, owner)
    found = dict.fromkeys(finding.customer(ws, customer)["id"] for customer in customers)
    ids = give_all(ws, dict.fromkeys(found, name), reason=_said(reason))
    given = _given(ws, ids)
    if given:
        team.note_load(ws, name)
    words = plural("{number} customer given to {owner}", "{number} customers given to {owner}", len(given))
    ws.summary = words.format(number=len(given), owner=name)
    return [given[row_id] for row_id in found if row_id in given]


def hand_over(
    ws: Workspace, from_owner: str, owner: str, *, where: str | None = None, reason: str | None = None
) -> HandedOver:
    """Hand everything of one owner over to another: customers, leads, open cases and open promises.

    A customer that nobody owns and to whom `from_owner` promised something goes along: somebody has to keep it.
    With `where`, a rule of the policy's language, only the customers of whom it holds, and their cases.

    Raises:
        NotFound: nobody is called so. Refused: the successor is inactive, or is the same. UsageError: the rule.
    """
    former = owners.known(ws, from_owner)
    if former is None:
        raise owners.unknown(from_owner, owners.names(ws))
    name = owners.owner(ws, owner)
    if name == former:
        raise Refused(_("{name} cannot hand over to the same").format(name=name))
    condition, params = holds(ws, where) if where is not None else ("true", {})
    rows = ws.db.rows(_OF_OWNER.format(condition=condition), {**params, "owner": former})
    before = _open_cases(ws, former)
    ids = give_all(ws, {row["id"]: name for row in rows}, why="handoff", reason=_said(reason), former=former)
    if where is None:
        _pass_other_cases(ws, former, name)
    found = _given(ws, ids)
    given = tuple(sorted(found.values(), key=lambda one: one.code))
    handed = HandedOver(former, name, given, before - _open_cases(ws, former))
    if given:
        team.note_load(ws, name)
    leads = sum(one.stage == "lead" for one in given)
    ws.summary = _("{things} from {former} to {owner}").format(
        things=in_words(len(given) - leads, leads, handed.cases) or _("nothing"), former=former, owner=name
    )
    return handed


def in_words(customers: int, leads: int, cases: int) -> str:
    """How many somebody has, of what there is any of; nothing at all: empty."""
    words = (
        plural("{number} customer", "{number} customers", customers).format(number=customers) if customers else "",
        plural("{number} lead", "{number} leads", leads).format(number=leads) if leads else "",
        plural("{number} open case", "{number} open cases", cases).format(number=cases) if cases else "",
    )
    return listed(filter(None, words))


_OF_OWNER = """
    SELECT c.id FROM customer AS c WHERE {condition} AND (c.owner = :owner OR c.owner IS NULL AND c.id IN (
        SELECT customer_id FROM interaction
        WHERE next_due IS NOT NULL AND next_settled_on IS NULL AND owner = :owner))
    ORDER BY c.id
"""


def refresh(ws: Workspace) -> None:
    """Record where an edit of this operation gave customers to another owner, as if that had been assigned.

    Not what a file says or a merge decides: there an owner is a value like others. Who is renamed, or only written
    otherwise, is the same person.
    """
    if ws.kind != "write" or not ws.wrote_to("customer") or ws.wrote_to("member", "former_code"):
        return
    rows = ws.db.rows(_EDITED, {"op": ws.wrote})
    rows = [row for row in rows if name_key(row["former"]) != name_key(row["owner"])]
    if not rows:
        return
    _choose(ws, [])
    ws.db.insert("passed", ("customer_id", "former", "owner"), (tuple(row.values()) for row in rows))
    with ws.computed():
        _record(ws, "assign", None)
        _pass_cases(ws)


_EDITED = """
    SELECT c.id, json_extract(change.before, '$.owner') AS former, c.owner
    FROM change CROSS JOIN customer AS c ON c.id = change.row_id
    WHERE change.operation_id = :op AND change.entity = 'customer' AND change.action = 'changed'
    AND change.line IS NULL AND change.computed = 0 AND instr(change.before, '"owner":') > 0
    AND json_extract(change.before, '$.owner') <> c.owner
    AND NOT EXISTS (SELECT 1 FROM assignment AS a CROSS JOIN change AS added ON added.operation_id = :op
        AND added.entity = 'assignment' AND added.row_id = a.id WHERE a.customer_id = c.id)
"""


def _said(reason: str | None) -> str | None:
    return clean_text(reason or "", multiline=True) or None


def _given(ws: Workspace, ids: Sequence[int]) -> dict[int, Given]:
    """What was just written down of those in `passed`, by customer."""
    if not ids:
        return {}
    counted = ", ".join(f"coalesce(json_array_length(a.packet, '$.{part}'), 0) AS {part}" for part in _PARTS)
    rows = ws.db.rows(
        f"""
        SELECT c.id, c.code, c.name, c.stage, a.from_owner, a.owner, a.assigned_on, a.packet IS NOT NULL AS due,
            {counted}
        FROM passed CROSS JOIN customer AS c ON c.id = passed.customer_id
        CROSS JOIN assignment AS a ON a.id = (SELECT max(id) FROM assignment WHERE customer_id = c.id)
        """
    )
    return {row["id"]: _one_given(row) for row in rows}


def _one_given(row: Row) -> Given:
    return Given(
        code=row["code"],
        customer=row["name"],
        stage=row["stage"],
        from_owner=row["from_owner"],
        owner=row["owner"],
        promises=row["promises"],
        cases=row["cases"],
        steps=row["steps"],
        key=f"handoff:{row['code']}:{row['assigned_on']}" if row["due"] else None,
    )


_PARTS = ("promises", "cases", "steps")


# --------------------------------------------------------------------------------------------- writing


def _choose(ws: Workspace, given: Iterable[tuple[int, str | None]]) -> None:
    """Begin the temporary table `passed`: who gets which customer, and who had it."""
    ws.db.execute("CREATE TEMP TABLE IF NOT EXISTS passed (customer_id INTEGER PRIMARY KEY, former TEXT, owner TEXT)")
    ws.db.execute("DELETE FROM passed")
    ws.db.insert("passed", ("customer_id", "owner"), given)


_COLUMNS = ("id", "customer_id", "from_owner", "owner", "assigned_on", "why", "reason", "packet")
_HANDED_OVER = "former IS NOT NULL AND owner IS NOT NULL AND former <> owner"


def _record(ws: Workspace, why: Why, reason: str | Mapping[int, str] | None) -> None:
    """Write down who gave way to whom, with what the successor has to know."""
    known = packets(ws, f"SELECT customer_id FROM passed WHERE {_HANDED_OVER}")
    first = journal.next_id(ws, "assignment")

    def rows() -> Iterator[tuple[Any, ...]]:
        for number, row in enumerate(ws.db.rows("SELECT * FROM passed ORDER BY customer_id"), start=first):
            row_id = row["customer_id"]
            said = reason.get(row_id) if isinstance(reason, Mapping) else reason
            text = json.dumps(known[row_id], ensure_ascii=False) if row_id in known else None
            yield number, row_id, row["former"], row["owner"], ws.today.isoformat(), why, said, text

    ws.db.insert("assignment", _COLUMNS, rows())
    query = "SELECT id AS row_id, NULL AS line FROM assignment WHERE id >= :first"
    journal.added_from(ws, "assignment", query, {"first": first})


def _pass_customers(ws: Workspace) -> None:
    image = "json_object('owner', c.owner)"
    query = "FROM passed CROSS JOIN customer AS c ON c.id = passed.customer_id WHERE c.owner IS NOT passed.owner"
    journal.changed_from(ws, "customer", f"SELECT c.id AS row_id, NULL AS line, {image} AS before {query}")
    ws.db.execute(
        "UPDATE customer SET owner = (SELECT owner FROM passed WHERE customer_id = customer.id) "
        "WHERE id IN (SELECT customer_id FROM passed)"
    )


def _pass_cases(ws: Workspace) -> None:
    """A case is never left to nobody: where the customer goes back into the pool, it stays with whom it is."""
    ids = (
        "SELECT k.id FROM passed CROSS JOIN cases AS k ON k.customer_id = passed.customer_id "
        "WHERE k.owner = passed.former AND passed.owner IS NOT NULL AND k.status <> 'closed'"
    )
    image = "json_object('owner', owner)"
    query = f"SELECT id AS row_id, NULL AS line, {image} AS before FROM cases WHERE id IN ({ids})"
    if journal.changed_from(ws, "cases", query):
        ws.db.execute(
            "UPDATE cases SET owner = (SELECT owner FROM passed WHERE customer_id = cases.customer_id) "
            f"WHERE id IN ({ids})"
        )


def _open_cases(ws: Workspace, owner: str) -> int:
    found: int = ws.db.value("SELECT count(*) FROM cases WHERE owner = :owner AND status <> 'closed'", {"owner": owner})
    return found


def _pass_other_cases(ws: Workspace, former: str, owner: str) -> None:
    """The open cases that the former owner has at customers of others."""
    which = "owner = :former AND status <> 'closed'"
    image = "json_object('owner', owner)"
    query = f"SELECT id AS row_id, NULL AS line, {image} AS before FROM cases WHERE {which}"
    if journal.changed_from(ws, "cases", query, {"former": former}):
        ws.db.execute(f"UPDATE cases SET owner = :owner WHERE {which}", {"former": former, "owner": owner})
