"""What hangs on customers that are merged goes over to the kept one; as sets, and all of it in the journal.

The temporary table `merging` says who becomes whom: id, keep_id and place (0 is the kept one itself). Every row keeps
its own id. Where two rows of a table may not stand beside one another (a tag twice, a due item that was settled on
both sides), the row that hangs on the first of the customers stays, says what is to be said, and the other goes.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crmcli.cleaning.merging import survivorship
from crmcli.cleaning.merging.survivorship import Side
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_MOVED = (
    "contact",
    "orders",
    "contract",
    "interaction",
    "cases",
    "survey",
    "tag",
    "step",
    "settlement",
    "assignment",
    "former_code",
)
# Whichever says more about a due item: that it is done, that it was skipped, that it waits.
_DECISIONS = ("snoozed", "skipped", "done")
_DECIDED = ("key", "decision", "settled_on", "until", "reason")


@dataclass
class Moved:
    """What went over: rows by (merged customer, table), and what was decided about people of one name."""

    rows: dict[tuple[int, str], int] = field(default_factory=dict)
    people: list[tuple[int, str, survivorship.Taken]] = field(default_factory=list)


def choose(ws: Workspace, groups: Iterable[Sequence[int]]) -> None:
    """Put who becomes whom into the table `merging`: of each group of ids the first is kept."""
    ws.db.new_temporary("merging", "(id INTEGER PRIMARY KEY, keep_id INTEGER, place INTEGER)")
    rows = ((row_id, group[0], place) for group in groups for place, row_id in enumerate(group))
    ws.db.insert("merging", ("id", "keep_id", "place"), rows)


def move(ws: Workspace) -> Moved:
    """Give the kept customers everything that hangs on the others."""
    moved = Moved()
    for entity in _MOVED:
        for row in ws.db.rows(
            f"SELECT merging.id, count(*) AS n FROM merging JOIN {entity} AS own ON own.customer_id = merging.id "
            "WHERE place > 0 GROUP BY merging.id"
        ):
            moved.rows[row["id"], entity] = row["n"]
    renamed = _merge_people(ws, moved)
    _merge_settlements(ws, renamed)
    _merge_tags(ws)
    _merge_steps(ws)
    _renumber(ws, "step", ("kind", "playbook", "number"))
    _renumber(ws, "interaction", ("at", "topic"))
    _renumber(ws, "survey", ("kind", "at"))
    for entity in _MOVED:
        _repoint(ws, entity)
    _merge_distinct(ws)
    return moved


def _repoint(ws: Workspace, entity: str) -> None:
    # Told to the journal as a table with a key: it looks each row up among those that it has already.
    ws.db.new_temporary("repointed", "(row_id INTEGER PRIMARY KEY, before TEXT, keep_id INTEGER)")
    ws.db.execute(
        f"INSERT INTO repointed SELECT own.id, json_object('customer_id', merging.id), merging.keep_id FROM merging "
        f"CROSS JOIN {entity} AS own ON own.customer_id = merging.id WHERE merging.place > 0"
    )
    journal.changed_from(ws, entity, "SELECT row_id, NULL AS line, before FROM repointed")
    ws.db.execute(f"UPDATE {entity} SET customer_id = keep_id FROM repointed WHERE {entity}.id = repointed.row_id")


def _of_merged(ws: Workspace, entity: str, columns: str = "own.*") -> dict[int, list[Row]]:
    """The rows of each customer to be, those of the kept one first; only where the others have any."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in ws.db.rows(
        f"""
        SELECT {columns}, merging.keep_id AS _keep, merging.place AS _place FROM merging
        CROSS JOIN {entity} AS own ON own.customer_id = merging.id WHERE merging.keep_id IN (
            SELECT other.keep_id FROM merging AS other CROSS JOIN {entity} AS theirs
            ON theirs.customer_id = other.id WHERE other.place > 0)
        ORDER BY merging.keep_id, merging.place, own.id
        """
    ):
        found[row.pop("_keep")].append(row)
    return found


def _alike(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> list[list[Row]]:
    """The rows in groups of one key, in the order in which they come."""
    groups: dict[Hashable, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return list(groups.values())


# ---------------------------------------------------------------------------------------------- contacts


def _merge_people(ws: Workspace, moved: Moved) -> dict[int, int]:
    """One contact of those of one name at customers that become one; which contact became which."""
    by_customer = _of_merged(ws, "contact", "own.*, (SELECT code FROM customer WHERE id = own.customer_id) AS _code")
    doubled = {
        row["id"]
        for rows in by_customer.values()
        for group in _alike(rows, lambda row: row["name_key"])
        for row in group
        if len(group) > 1
    }
    set_in = last_set(ws, "contact", doubled, survivorship.PERSON)
    renamed: dict[int, int] = {}
    for keep_id, rows in by_customer.items():
        groups = _alike(rows, lambda row: row["name_key"])
        first = next((group[0]["id"] for group in groups if any(row["main"] == "yes" for row in group)), None)
        for group in groups:
            kept, *others = group
            values: Row = {}
            if others:
                sides = [Side(row["_code"], row, set_in[row["id"]]) for row in group]
                survivor = survivorship.people(sides, region=ws.digest["phone_region"])
                values = dict(survivor.values)
                moved.people += [(keep_id, kept["name"], taken) for taken in survivor.taken]
                renamed |= {other["id"]: kept["id"] for other in others}
            main = "yes" if kept["id"] == first else "no"
            if values or main != kept["main"]:
                journal.change(ws, "contact", kept["id"], {**values, "main": main})
    journal.remove(ws, "contact", renamed)
    return renamed


def last_set(ws: Workspace, entity: str, ids: Iterable[int], columns: Iterable[str]) -> dict[int, dict[str, int]]:
    """By row, the operation that last set each column, by hand or by import; what was undone never did."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for change in ws.db.each(
        """
        SELECT change.row_id, change.operation_id, change.action, change.before FROM json_each(:ids) AS dated
        CROSS JOIN change ON change.entity = :entity AND change.row_id = dated.value
        CROSS JOIN operation ON operation.id = change.operation_id
        WHERE operation.kind = 'write' AND operation.undone_by IS NULL AND NOT change.computed
        AND change.action <> 'removed' ORDER BY change.operation_id
        """,
        {"entity": entity, "ids": json.dumps(sorted(ids))},
    ):
        touched = columns if change["action"] == "added" else json.loads(change["before"])
        found[change["row_id"]] |= dict.fromkeys(touched, change["operation_id"])
    return found


# ----------------------------------------------------------------------- settlements, tags, steps, turns


def _merge_settlements(ws: Workspace, renamed: Mapping[int, int]) -> None:
    """A due item that was settled on both sides was settled once; birthdays follow their contact."""
    for rows in _of_merged(ws, "settlement").values():
        for row in rows:
            row["_ref"] = _renamed_ref(row, renamed)
        for group in _alike(rows, lambda row: (row["kind"], row["_ref"], row["planned_on"])):
            kept = group[0]
            says = max(group, key=lambda row: (_DECISIONS.index(row["decision"]), row["settled_on"]))
            values = {"ref": kept["_ref"], **{column: says[column] for column in _DECIDED}}
            # The others first: two rows of one item may not stand there at once.
            journal.remove(ws, "settlement", [row["id"] for row in group[1:]])
            if any(kept[column] != value for column, value in values.items()):
                journal.change(ws, "settlement", kept["id"], values)


def _renamed_ref(row: Row, renamed: Mapping[int, int]) -> str:
    ref: str = row["ref"]
    if row["kind"] != "birthday" or not ref.startswith("K"):
        return ref
    contact = int(ref[1:])
    return f"K{renamed.get(contact, contact)}"


def _merge_tags(ws: Workspace) -> None:
    """Each tag once, by hand if it was on any side; a tag by rule gives way to one by hand, and to the kept one's."""
    for rows in _of_merged(ws, "tag").values():
        gone = []
        for group in _alike(rows, lambda row: (row["dimension"], row["value"])):
            kept, *others = group
            gone += others
            kept["source"], before = min(row["source"] for row in group), kept["source"]
            since = min(row["since"] for row in group)
            if (before, kept["since"]) != (kept["source"], since):
                journal.change(ws, "tag", kept["id"], {"source": kept["source"], "since": since})
        left = [row for row in rows if row not in gone]
        for group in _alike(left, lambda row: row["dimension"]):
            ruled = [row for row in group if row["source"] == "rule"]
            gone += ruled if len(ruled) < len(group) else ruled[1:]
        journal.remove(ws, "tag", [row["id"] for row in gone])


def _merge_steps(ws: Workspace) -> None:
    """A playbook that the same event started on both sides runs once: the first one's open steps stay."""
    for rows in _of_merged(ws, "step").values():
        open_steps = [row for row in rows if row["settled_on"] is None]
        for group in _alike(open_steps, lambda row: (row["kind"], row["playbook"], row["event"])):
            first = group[0]["customer_id"]
            journal.remove(ws, "step", [row["id"] for row in group if row["customer_id"] != first])


def _renumber(ws: Workspace, entity: str, key: Sequence[str]) -> None:
    """Rows of one moment that stand beside one another now are counted on."""
    columns = ", ".join(f"own.{column}" for column in ("id", "nth", *key))
    for rows in _of_merged(ws, entity, columns).values():
        for group in _alike(rows, lambda row: tuple(row[column] for column in key)):
            taken: set[int] = set()
            last = max(row["nth"] for row in group)
            for row in group:
                if row["nth"] in taken:
                    last += 1
                    journal.change(ws, entity, row["id"], {"nth": last})
                taken.add(row["nth"])


def _merge_distinct(ws: Workspace) -> None:
    """Who is not one of them is not the kept one; what was said of two that are one now is taken back."""
    become = {row["id"]: row["keep_id"] for row in ws.db.rows("SELECT id, keep_id FROM merging")}
    seen: set[tuple[int, int]] = set()
    for row in ws.db.rows(
        "SELECT DISTINCT own.* FROM merging CROSS JOIN distinct_pair AS own "
        "ON own.left_id = merging.id OR own.right_id = merging.id "
        # Those that stay as they are come first, so that none of the others takes their place.
        "ORDER BY own.left_id IN (SELECT id FROM merging WHERE place > 0) "
        "OR own.right_id IN (SELECT id FROM merging WHERE place > 0), own.id"
    ):
        ends: list[int] = [row["left_id"], row["right_id"]]
        left, right = sorted(become.get(end, end) for end in ends)
        if left == right or (left, right) in seen:
            journal.remove(ws, "distinct_pair", [row["id"]])
        elif (left, right) != (row["left_id"], row["right_id"]):
            journal.change(ws, "distinct_pair", row["id"], {"left_id": left, "right_id": right})
        seen.add((left, right))
