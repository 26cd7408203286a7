"""Staged rows into their table: fresh ones inserted and compared as sets, those that differ updated one by one."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from crmcli.errors import BadValue, UsageError
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.intake import several
from crmcli.store import journal, own_fields
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import parse_birthday, parse_email, parse_phone, parse_tax_id

_CHUNK = 5_000
_LOAD = 20_000
SOME = 5
"""How many lines are named where there may be many."""
# What a row holds of which nobody has said anything.
_GAPS = (None, "", "unknown")
_READ: dict[str, Callable[..., str]] = {
    "phone": parse_phone, "email": parse_email, "tax_id": parse_tax_id, "birthday": parse_birthday,
}  # fmt: skip
# What rows say of these adds up.
_GATHERED = {"extra", "other_phones", "other_emails"}
MATCHES = ("update", "fill", "skip", "create")
KEYS = {
    "customer": ("code",),
    "contact": ("customer_id", "name_key"),
    "orders": ("number",),
    "contract": ("number",),
    "interaction": ("customer_id", "at", "topic", "nth"),
    "cases": ("number",),
    "survey": ("customer_id", "kind", "at", "nth"),
    "tag": ("customer_id", "dimension", "value"),
}
"""By entity, the columns that identify a row."""


@dataclass(frozen=True)
class Merged:
    """Rows of a table after a merge; `repeated` staged rows repeat an earlier one of the file, the first on `lines`.

    `otherwise` has the lines of those that write something else in a field than the rows before, with the line of
    the one before.
    """

    created: int
    updated: int
    unchanged: int
    repeated: int
    lines: tuple[int, ...]
    otherwise: dict[int, int]


def merge(
    ws: Workspace,
    entity: str,
    columns: Sequence[str],
    *,
    key: Sequence[str],
    match: str,
    defaults: dict[str, str],
    staged: str = "staged",
    base: int | None = None,
) -> Merged:
    """Bring the rows of the temporary table `staged` (seq, line, target, columns) into `entity`.

    Args:
        columns: those that both tables have; an empty cell says nothing about a known row.
        key: the columns that identify a row; empty where `target` is set already.
        match: what to do about a known row: `update` it, `fill` its gaps, `skip` it; or `create` another one.
        defaults: SQL expressions for what a fresh row stores where the file says nothing.
        base: the id before the first fresh row, if the caller has told it already.
    """
    base = journal.next_id(ws, entity) - 1 if base is None else base
    ws.progress(_("{table}: comparing and writing").format(table=entity))
    if key and ws.db.value(f"SELECT 1 FROM {entity} LIMIT 1"):
        _find_known(ws, entity, key, staged)
    fresh = ws.db.value(f"SELECT count(*) FROM {staged} WHERE target IS NULL")
    created = 0
    if fresh:
        load = _is_a_load(ws, entity, fresh)
        indexing = ws.db.indexing_after(entity) if load else nullcontext()
        # Each row is checked for its customer, which stands anywhere; people come beside theirs.
        checking = ws.db.looking_up() if load and entity not in ("customer", "contact") else nullcontext()
        with indexing, checking:
            created = _merge_fresh(ws, entity, columns, defaults, staged, base)
        if created < fresh:
            _find_repeated(ws, entity, key, staged, base)
        if created:
            query = f"SELECT :base + seq AS row_id, line FROM {staged} WHERE target IS NULL ORDER BY seq"
            journal.added_from(ws, entity, query, {"base": base})
    if created == ws.db.value(f"SELECT count(*) FROM {staged}"):
        return Merged(created, 0, 0, 0, (), {})
    repeated = ws.db.value(f"SELECT count(*) FROM {staged} WHERE target > :base", {"base": base})
    known = ws.db.first(
        f"SELECT count(*) AS rows, count(DISTINCT target) AS targets FROM {staged} WHERE target <= :base",
        {"base": base},
    )
    assert known is not None
    updated = _update(ws, entity, columns, staged, base, match)
    repeated += known["rows"] - known["targets"]
    lines = _repeating(ws, staged, base) if repeated else ()
    # What known rows are not to take from the file need not agree.
    after = 0 if match == "update" else base
    otherwise = _otherwise(ws, columns, staged, base, after) if repeated else {}
    return Merged(created, updated, known["targets"] - updated, repeated, lines, otherwise)


def stored_defaults(table: str) -> dict[str, str]:
    """What a fresh row of a table of lists stores where its file says nothing, as SQL."""
    return {f.column: f"'{f.default}'" for f in TABLES[table].fields if f.default is not None and f.column}


def _repeating(ws: Workspace, staged: str, base: int) -> tuple[int, ...]:
    rows = ws.db.rows(
        f"SELECT line FROM {staged} WHERE target > :base UNION ALL SELECT line FROM "
        "(SELECT line, row_number() OVER (PARTITION BY target ORDER BY seq) AS nth "
        f"FROM {staged} WHERE target <= :base) WHERE nth > 1 ORDER BY 1 LIMIT :some",
        {"base": base, "some": SOME},
    )
    return tuple(row["line"] for row in rows)


def _otherwise(ws: Workspace, columns: Sequence[str], staged: str, base: int, after: int) -> dict[int, int]:
    """The rows about an id beyond `after` that contradict an earlier one of the file; see `Merged`."""
    compared = [c for c in columns if c not in ("other_phones", "other_emails") and f"{c}_key" not in columns]
    repeated = (
        f"SELECT target FROM {staged} GROUP BY target HAVING target > :base OR (target > :after AND count(*) > 1)"
    )
    rows = ws.db.each(
        f"SELECT coalesce(target, :base + seq) AS row_id, line, {', '.join(compared)} FROM {staged} "
        f"WHERE coalesce(target, :base + seq) IN ({repeated}) ORDER BY row_id, seq",
        {"base": base, "after": after},
    )
    found: dict[int, int] = {}
    for _id, group in groupby(rows, key=lambda row: row["row_id"]):
        before: dict[str, Any] = {}
        last = 0
        for row in group:
            said = {c: row[c] for c in compared if c != "extra" and row[c] not in _GAPS}
            said |= {f"extra.{heading}": text for heading, text in own_fields.of(row.get("extra")).items()}
            if any(before.get(name, value) != value for name, value in said.items()):
                found[row["line"]] = last
            before |= said
            last = row["line"]
    return found


def _is_a_load(ws: Workspace, entity: str, fresh: int) -> bool:
    """Whether the fresh rows are so many beside those there that building the indexes anew pays."""
    return fresh > _LOAD and bool(fresh > ws.db.value(f"SELECT count(*) FROM {entity}"))


def refuse_unknown_match(match: str) -> None:
    """Raises UsageError if there is no such way to treat known rows."""
    if match not in MATCHES:
        raise UsageError(_("--match is one of {names}").format(names=", ".join(MATCHES)))


def _find_known(ws: Workspace, entity: str, key: Sequence[str], staged: str) -> None:
    same = " AND ".join(f"known.{column} = {staged}.{column}" for column in key)
    ws.db.execute(f"UPDATE {staged} SET target = (SELECT id FROM {entity} AS known WHERE {same}) WHERE target IS NULL")


def _merge_fresh(
    ws: Workspace, entity: str, columns: Sequence[str], defaults: dict[str, str], staged: str, base: int
) -> int:
    """Insert the rows that nobody knows, but for those that repeat one before; how many."""
    given = {column: column for column in columns}
    for column, default in defaults.items():
        given[column] = f"coalesce({column}, {default})" if column in given else default
    return ws.db.execute(
        f"INSERT INTO {entity} (id, {', '.join(given)}) SELECT :base + seq, {', '.join(given.values())} "
        f"FROM {staged} WHERE target IS NULL ORDER BY seq ON CONFLICT DO NOTHING",
        {"base": base},
    )


def _find_repeated(ws: Workspace, entity: str, key: Sequence[str], staged: str, base: int) -> None:
    """Point the rows that repeat an earlier fresh one to it."""
    same = " AND ".join(f"known.{column} = {staged}.{column}" for column in key)
    ws.db.execute(
        f"UPDATE {staged} SET target = (SELECT id FROM {entity} AS known WHERE {same}) "
        f"WHERE target IS NULL AND NOT EXISTS (SELECT 1 FROM {entity} AS own WHERE own.id = :base + {staged}.seq)",
        {"base": base},
    )


def _update(ws: Workspace, entity: str, columns: Sequence[str], staged: str, base: int, match: str) -> int:
    """Set what differs on known rows; how many rows of before the import that changed.

    `match` is about those: a row that repeats an earlier fresh one of the file always adds to it.
    """
    updated = 0
    for target, rows in groupby(_differing(ws, entity, columns, staged), key=lambda row: row["target"]):
        if match == "skip" and target <= base:
            continue
        only_gaps = match == "fill" and target <= base
        group = list(rows)
        # A later row of the file has the last word on what it says.
        said = {column: row[f"new_{column}"] for row in group for column in columns if row[f"new_{column}"] is not None}
        old = {column: group[0][f"old_{column}"] for column in said}
        for column in _GATHERED & said.keys():
            said[column] = _gathered(column, [old[column], *(row[f"new_{column}"] for row in group)], only_gaps)
        said = _without_worse(ws, said, group)
        gaps = _GATHERED | {c for c in said if old[c] in _GAPS}
        before = {c: old[c] for c in said if old[c] != said[c] and (c in gaps or not only_gaps)}
        if before:
            assignments = ", ".join(f"{column} = :{column}" for column in before)
            ws.db.execute(f"UPDATE {entity} SET {assignments} WHERE id = :_id", {**said, "_id": target})
            journal.record(ws, entity, [(target, "changed", before)], line=group[-1]["line"])
            updated += target <= base
    return updated


def _without_worse(ws: Workspace, said: dict[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    """What is said but for what must not replace what is known.

    A withdrawn consent stays withdrawn, whatever an old list or another row of this one says; a phone, an e-mail or
    a number that can be read stays where the file has one that cannot; and one that is known as a further one of
    the record does not take the place of the first.
    """
    known = rows[0]
    better = dict(said)
    if "consent" in said and "no" in (known["old_consent"], *(row["new_consent"] for row in rows)):
        better["consent"] = "no"
    for column, parse in _READ.items():
        old, new = known.get(f"old_{column}"), said.get(column)
        if old is None or new is None or old == new:
            continue
        further = (known.get(f"old_other_{column}s") or "").split("; ")
        if new in further or (_can_be_read(parse, old, ws) and not _can_be_read(parse, new, ws)):
            del better[column]
    return better


def _can_be_read(parse: Callable[..., str], value: str, ws: Workspace) -> bool:
    try:
        parse(value, ws.digest["phone_region"]) if parse is parse_phone else parse(value)
    except BadValue:
        return False
    return True


def _gathered(column: str, values: Sequence[str | None], only_gaps: bool) -> str | None:
    """All that is known of a column that holds several values: own fields by their heading, phones and e-mails."""
    told = [value for value in values if value]
    if column != "extra":
        return several.joined(*told)
    fields: dict[str, str] = {}
    for text in reversed(told) if only_gaps else told:
        fields.update(own_fields.of(text))
    return own_fields.stored(fields)


def _differing(ws: Workspace, entity: str, columns: Sequence[str], staged: str) -> Iterator[Row]:
    """Known rows beside what the file says, where they differ or where the file speaks of them more than once."""
    differs = " OR ".join(
        f"known.{c} <> {staged}.{c} OR (known.{c} IS NULL AND {staged}.{c} IS NOT NULL)"
        for c in columns
        if c != "extra"
    )
    if "extra" in columns:
        differs += f" OR json_patch(coalesce(known.extra, '{{}}'), {staged}.extra) <> coalesce(known.extra, '{{}}')"
    ws.db.new_temporary(
        "differing",
        f"""AS
        SELECT {staged}.target, {staged}.seq FROM {staged} JOIN {entity} AS known ON known.id = {staged}.target
        WHERE {differs} OR {staged}.target IN
            (SELECT target FROM {staged} WHERE target IS NOT NULL GROUP BY target HAVING count(*) > 1)
        """,
    )
    pairs = ", ".join(f"{staged}.{c} AS new_{c}, known.{c} AS old_{c}" for c in columns)
    if entity in ("customer", "contact"):
        further = [c for c in ("other_phones", "other_emails") if c not in columns]
        pairs += "".join(f", known.{c} AS old_{c}" for c in further)
    position = 0
    while True:
        end = ws.db.value(
            "SELECT max(target) FROM (SELECT DISTINCT target FROM differing WHERE target > :position "
            "ORDER BY target LIMIT :size)",
            {"position": position, "size": _CHUNK},
        )
        if end is None:
            return
        yield from ws.db.rows(
            f"SELECT differing.target, {staged}.line, {pairs} "
            f"FROM differing JOIN {staged} ON {staged}.seq = differing.seq "
            f"JOIN {entity} AS known ON known.id = differing.target "
            "WHERE differing.target > :position AND differing.target <= :end ORDER BY differing.target, differing.seq",
            {"position": position, "end": end},
        )
        position = end
