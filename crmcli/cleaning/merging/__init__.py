"""Customers that are one become one: nothing of either is lost, and `crm undo` takes them apart again.

The kept customer has the better value of every field (`survivorship` has the rules); what hangs on the others goes
over to it (`moving`); their codes become former codes that still find it; their rows are removed, and the journal keeps
them whole. The kept one's tier stays, unless it has none or another one is pinned by hand; the next run grades anew.
Customers that name one of them as their referrer or parent name the kept one from then on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmcli.cleaning.merging import clusters, moving, survivorship
from crmcli.cleaning.merging.clusters import LeftForReview
from crmcli.cleaning.merging.survivorship import Side, Taken
from crmcli.errors import Refused
from crmcli.fields import TABLES
from crmcli.i18n import _, plural
from crmcli.store import finding, journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import name_key

__all__ = ["Effect", "LeftForReview", "Merged", "Side", "doubts", "meant", "merge", "merge_certain", "preview"]


@dataclass(frozen=True)
class Effect:
    """One thing that a merge did to the kept customer.

    Attributes:
        kept: its code; `merged` is that of the other one that it has to do with.
        field: a field of the customer or, as `contacts.phone`, of a person there; or a table whose rows went over.
        value: what stands there now; of a table, how many rows.
        source: the code of the customer that the value comes from; None: chosen by hand.
        reason: the rule, in words.
    """

    kept: str
    merged: str
    field: str
    value: Any
    source: str | None
    reason: str


@dataclass(frozen=True)
class Merged:
    """What a merge, or all certain ones, came to; `customers` counts those that are no longer there."""

    customers: int
    effects: tuple[Effect, ...]
    left: tuple[LeftForReview, ...] = ()


def merge(ws: Workspace, keep: str, others: Sequence[str], *, chosen: Mapping[str, Any] | None = None) -> Merged:
    """Merge the customers that `others` name into the one that `keep` names.

    Args:
        chosen: stored values by column of the kept customer that no rule is asked about.

    Raises:
        NotFound: nobody, or several, answer to a name. Refused: two of the names mean one customer.
    """
    rows = meant(ws, [keep, *others])
    ids = [row["id"] for row in rows]
    effects = _merge(ws, [ids], chosen or {})
    kept = ws.db.first("SELECT code, name FROM customer WHERE id = :id", {"id": ids[0]})
    assert kept is not None
    gone = ", ".join(f"{row['code']} {row['name']}" for row in rows[1:])
    ws.summary = _("{others} merged into {code} {name}").format(others=gone, **kept)[:200]
    return Merged(len(others), effects)


def merge_certain(ws: Workspace) -> Merged:
    """Merge every pair that the duplicate finder calls certain; pairs that share a customer become one.

    Of each group the one with the most readable fields is kept, of equals the one with the most orders, then the
    oldest. A group in which two customers are known to be distinct is left as it is.
    """
    from crmcli.cleaning import duplicates

    ws.progress(_("looking for duplicates"))
    certain = [(pair.left, pair.right) for pair in duplicates.find(ws) if pair.band == "certain"]
    groups, left = clusters.groups(ws, certain)
    ws.progress(_("merging"))
    effects = _merge(ws, groups, {})
    gone = sum(len(group) - 1 for group in groups)
    if gone:
        words = plural("{number} certain duplicate merged", "{number} certain duplicates merged", gone)
        ws.summary = words.format(number=gone)
    return Merged(gone, effects, tuple(left))


def meant(ws: Workspace, names: Sequence[str]) -> list[Row]:
    """The customers (all columns) that the names mean.

    Raises:
        NotFound: nobody, or several, answer to one. Refused: two of them mean one customer.
    """
    found: dict[int, tuple[str, Row]] = {}
    for name in names:
        row = finding.customer(ws, name)
        if row["id"] in found:
            raise Refused(
                _("'{one}' and '{other}' are both {code} {name}").format(
                    one=found[row["id"]][0], other=name, code=row["code"], name=row["name"]
                ),
                hint=_("name two customers by their codes; crm undo takes a merge back"),
            )
        found[row["id"]] = (name, row)
    return [row for _name, row in found.values()]


def doubts(ws: Workspace, rows: Sequence[Row]) -> list[str]:
    """What speaks against merging these customers, a sentence each: worth a question before it is done."""
    found = [
        _("{left} and {right} were said to be distinct on {since}").format(
            left=pair["left_code"], right=pair["right_code"], since=pair["since"]
        )
        for pair in clusters.distinct_among(ws, [row["id"] for row in rows])
    ]
    region = ws.digest["phone_region"]
    tax_ids = {
        row["tax_id"]: row["code"]
        for row in rows
        if row["tax_id"] and survivorship.readable(TABLES["customers"], "tax_id", row["tax_id"], region)
    }
    if len(tax_ids) > 1:
        both = ", ".join(f"{code} {number}" for number, code in tax_ids.items())
        found.append(_("they have different tax ids: {both}").format(both=both))
    return found


def preview(ws: Workspace, rows: Sequence[Row]) -> tuple[Taken, ...]:
    """What would be decided field by field if the first of these customers were kept; nothing is written."""
    return survivorship.customers(
        _sides(ws, {row["id"]: row for row in rows}, [row["id"] for row in rows]),
        region=ws.digest["phone_region"],
        today=ws.today.isoformat(),
    ).taken


# ----------------------------------------------------------------------------------------------- writing


def _merge(ws: Workspace, groups: Sequence[Sequence[int]], chosen: Mapping[str, Any]) -> tuple[Effect, ...]:
    """Merge groups of customers (ids, the kept one first) that have no customer in common."""
    if not groups:
        return ()
    moving.choose(ws, groups)
    rows = _rows(ws)
    moved = moving.move(ws)
    sides = _all_sides(ws, rows, groups)
    effects: list[Effect] = []
    for group, group_sides in zip(groups, sides, strict=True):
        survivor = survivorship.customers(
            group_sides, region=ws.digest["phone_region"], today=ws.today.isoformat(), chosen=chosen
        )
        if survivor.values:
            journal.change(ws, "customer", group[0], survivor.values)
        rows[group[0]] = {**rows[group[0]], **survivor.values, "_before": rows[group[0]]["name"]}
        effects += _effects(group_sides, survivor.taken, "")
    by_keep = dict(zip((group[0] for group in groups), sides, strict=True))
    for keep_id, name, taken in moved.people:
        effects += _effects(by_keep[keep_id], [taken], "contacts.", name)
    effects += _went_over(rows, groups, moved)
    _remove(ws, rows, groups)
    effects += _rename(ws, rows, groups)
    return tuple(sorted(effects, key=lambda effect: effect.kept))


def _rows(ws: Workspace) -> dict[int, Row]:
    found = ws.db.rows("SELECT c.* FROM merging CROSS JOIN customer AS c ON c.id = merging.id")
    return {row["id"]: row for row in found}


def _all_sides(ws: Workspace, rows: Mapping[int, Row], groups: Sequence[Sequence[int]]) -> list[list[Side]]:
    set_in = moving.last_set(ws, "customer", rows, survivorship.CUSTOMER)
    return [[Side(rows[i]["code"], rows[i], set_in.get(i, {})) for i in group] for group in groups]


def _sides(ws: Workspace, rows: Mapping[int, Row], ids: Sequence[int]) -> list[Side]:
    return _all_sides(ws, rows, [ids])[0]


def _remove(ws: Workspace, rows: Mapping[int, Row], groups: Sequence[Sequence[int]]) -> None:
    """Take the others out, and keep their codes."""
    codes = [
        {"code": rows[other]["code"], "customer_id": group[0], "since": ws.today.isoformat()}
        for group in groups
        for other in group[1:]
    ]
    journal.add(ws, "former_code", codes)
    others = "SELECT id FROM merging WHERE place > 0"
    # What is derived of them goes unseen; that of the kept ones is derived anew at the end of the operation.
    ws.db.execute(f"DELETE FROM touch WHERE customer_id IN ({others})")
    ws.db.execute(f"DELETE FROM customer WHERE id IN ({others})")
    journal.record(ws, "customer", [(other, "removed", rows[other]) for group in groups for other in group[1:]])


def _rename(ws: Workspace, rows: Mapping[int, Row], groups: Sequence[Sequence[int]]) -> list[Effect]:
    """Let those that name a merged customer as their referrer or parent name the kept one."""
    named = {
        old: (new, rows[group[0]]["code"], rows[group[1]]["code"])
        for group in groups
        for old, new in _renamed(ws, rows, group)
    }
    ws.db.new_temporary("renamed", "(old TEXT PRIMARY KEY)")
    ws.db.insert("renamed", ("old",), ((old,) for old in named))
    effects = []
    for row in ws.db.rows(
        "SELECT id, code, name, referrer, parent FROM customer WHERE referrer IN (SELECT old FROM renamed) "
        "OR parent IN (SELECT old FROM renamed) OR id IN (SELECT id FROM merging WHERE place = 0) ORDER BY id"
    ):
        values: Row = {}
        for column in ("referrer", "parent"):
            text = row[column]
            new, kept, other = named.get(text, (text, row["code"], row["code"]))
            # Who was named by one of those that he is now has named himself.
            values[column] = None if new in (row["code"], row["name"]) else new
            if values[column] != text:
                reason = _("it named the merged customer")
                effects.append(Effect(kept, other, f"{row['code']}.{column}", values[column], other, reason))
        if any(values[column] != row[column] for column in values):
            journal.change(ws, "customer", row["id"], values)
    return effects


def _renamed(ws: Workspace, rows: Mapping[int, Row], group: Sequence[int]) -> list[tuple[str, str]]:
    """What meant one of the group and means nobody any more, and what means the kept one."""
    kept = rows[group[0]]
    names = {kept["_before"], *(rows[other]["name"] for other in group[1:])} - {kept["name"]}
    unknown = [
        name
        for name in sorted(names)
        if not ws.db.value(
            "SELECT 1 FROM customer WHERE name_key = :key AND name = :name", {"key": name_key(name), "name": name}
        )
    ]
    codes = [(rows[other]["code"], kept["code"]) for other in group[1:]]
    return [*codes, *((name, kept["name"]) for name in unknown)]


# ----------------------------------------------------------------------------------------------- telling

_TABLES = {
    "contact": "contacts", "contract": "contracts", "interaction": "interactions", "survey": "surveys", "tag": "tags",
    "step": "steps",
    "settlement": "settlements", "former_code": "former_codes",
}  # fmt: skip


def _effects(sides: Sequence[Side], taken: Sequence[Taken], prefix: str, name: str = "") -> list[Effect]:
    kept = sides[0].code
    return [
        Effect(
            kept=kept,
            merged=item.source if item.source not in (None, kept) else sides[1].code,
            field=prefix + item.field,
            value=f"{name}: {item.value}" if name else item.value,
            source=item.source,
            reason=item.reason,
        )
        for item in taken
    ]


def _went_over(rows: Mapping[int, Row], groups: Sequence[Sequence[int]], moved: moving.Moved) -> list[Effect]:
    found = []
    keep = {other: group[0] for group in groups for other in group[1:]}
    for other, keep_id in keep.items():
        code, kept = rows[other]["code"], rows[keep_id]["code"]
        found.append(Effect(kept, code, "code", code, code, _("a former code: it still finds the customer")))
    for (other, entity), number in moved.rows.items():
        code, kept = rows[other]["code"], rows[keep[other]]["code"]
        found.append(Effect(kept, code, _TABLES.get(entity, entity), number, code, _("gone over")))
    return found
