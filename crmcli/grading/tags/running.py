"""Tags by rule: in each dimension of the policy the first value whose rule holds is given to every rated customer."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from crmcli.grading.computing import over_facts
from crmcli.grading.tags.comparing import Stock, compare, in_levels, ruled, rules, stock
from crmcli.i18n import _
from crmcli.policy.definitions import MARK_DIMENSION
from crmcli.store import journal
from crmcli.store.database import Params, Row
from crmcli.store.workspace import Workspace


@dataclass(frozen=True)
class TagCount:
    """One tag after a run: who has it, and how many gained and lost it in the run."""

    dimension: str
    value: str
    label: str
    customers: int
    gained: int
    lost: int


Counts = Counter[tuple[str, str]]
"""Of how many customers, by the dimension and the value of the tag."""


def run_tags(ws: Workspace) -> list[TagCount]:
    """Apply all `[[tag]]` rules of the policy to all rated customers; what is so already is left alone."""
    with over_facts(ws, rules(ruled(ws))):
        counts = renew(ws)
    ws.summary = said(counts) or ws.summary
    return counts


def renew(ws: Workspace) -> list[TagCount]:
    """The same as `run_tags` where the facts that the rules ask for are at hand."""
    tags, before = ruled(ws), stock(ws)
    lost = _remove_unruled(ws, before, {tag.dimension for tag in tags})
    for level in in_levels(tags):
        compare(ws, level, before)
        lost += _write(ws)
    now = before if ws.wrote is None else stock(ws)
    return _counts(ws, before, now, lost)


def said(counts: Sequence[TagCount]) -> str:
    """What a run came to, in one line; nothing if nothing has changed."""
    gained, lost = sum(count.gained for count in counts), sum(count.lost for count in counts)
    words = _("tags: {gained} given, {lost} taken away")
    return words.format(gained=gained, lost=lost) if gained or lost else ""


def _remove_unruled(ws: Workspace, stored: Stock, dimensions: Collection[str]) -> Counts:
    """Take away the tags by rule outside of these dimensions, those with rules; which, and of how many."""
    unruled = {
        (dimension, value): number
        for (dimension, value, source), number in stored.items()
        if source == "rule" and dimension not in dimensions and dimension != MARK_DIMENSION
    }
    if unruled:
        listed = json.dumps(sorted({dimension for dimension, _value in unruled}))
        gone = "source = 'rule' AND dimension IN (SELECT value FROM json_each(:dimensions))"
        _remove_set(ws, gone, {"dimensions": listed})
    return Counts(unruled)


def _write(ws: Workspace) -> Counts:
    """Do what `retag` and `gain` say, whole sets at a time: removals first, so that no tag is twice there meanwhile.

    Returns how many have lost which tag.
    """
    moved = ws.db.rows("""
        SELECT dimension, before, count(*) AS n, count(after) AS other FROM retag GROUP BY dimension, before
    """)
    if any(row["other"] < row["n"] for row in moved):
        _remove_set(ws, "id IN (SELECT tag_id FROM retag WHERE after IS NULL)", {})
    if any(row["other"] for row in moved):
        _change_set(ws)
    if ws.db.value("SELECT 1 FROM gain LIMIT 1"):
        _add_set(ws)
    return Counts({(row["dimension"], row["before"]): row["n"] for row in moved})


_WHOLE = """json_object('id', id, 'customer_id', customer_id, 'dimension', dimension, 'value', value,
    'source', source, 'since', since)"""


def _remove_set(ws: Workspace, gone: str, params: Params) -> None:
    query = f"SELECT id AS row_id, NULL AS line, {_WHOLE} AS before FROM tag WHERE {gone}"
    journal.removed_from(ws, "tag", query, params)
    ws.db.execute(f"DELETE FROM tag WHERE {gone}", params)


def _change_set(ws: Workspace) -> None:
    journal.changed_from(
        ws,
        "tag",
        """
        SELECT tag.id AS row_id, NULL AS line, json_object('value', tag.value, 'since', tag.since) AS before
        FROM retag JOIN tag ON tag.id = retag.tag_id WHERE retag.after IS NOT NULL
        """,
    )
    ws.db.execute(
        "UPDATE tag SET value = retag.after, since = :today FROM retag "
        "WHERE tag.id = retag.tag_id AND retag.after IS NOT NULL",
        {"today": ws.today.isoformat()},
    )


def _add_set(ws: Workspace) -> None:
    first = journal.next_id(ws, "tag")
    number = ws.db.execute(
        """
        INSERT INTO tag (id, customer_id, dimension, value, source, since)
        SELECT :first - 1 + id, customer_id, dimension, value, 'rule', :today FROM gain
        """,
        {"first": first, "today": ws.today.isoformat()},
    )
    journal.added_span(ws, "tag", first, first - 1 + number)


def _counts(ws: Workspace, before: Stock, now: Stock, lost: Counts) -> list[TagCount]:
    """Every tag of the policy, in its order; then those that were only lost."""
    labels = {(tag.dimension, tag.value): ws.policy.label(tag) for tag in ws.policy.tags}
    return [
        TagCount(
            dimension=name[0],
            value=name[1],
            label=labels.get(name, name[1]),
            customers=now[*name, "hand"] + now[*name, "rule"],
            gained=now[*name, "rule"] - before[*name, "rule"] + lost[name],
            lost=lost[name],
        )
        for name in dict.fromkeys([*labels, *sorted(lost)])
    ]


def changed(ws: Workspace) -> list[Row]:
    """Who gained or lost which tag in this operation: code, customer (the name), dimension, from and to."""
    return ws.db.rows(
        f"""
        SELECT c.code, c.name AS customer, moved.dimension, moved.before AS "from", moved.after AS "to"
        FROM (
            SELECT coalesce(tag.customer_id, json_extract(change.before, '$.customer_id')) AS customer_id,
                coalesce(tag.dimension, json_extract(change.before, '$.dimension')) AS dimension,
                json_extract(change.before, '$.value') AS before, tag.value AS after
            FROM {journal.changes("tag")} AS change LEFT JOIN tag ON tag.id = change.row_id
            WHERE change.operation_id = :op) AS moved
        JOIN customer AS c ON c.id = moved.customer_id
        WHERE moved.before IS NOT moved.after
        ORDER BY c.code, moved.dimension, moved.before, moved.after
        """,
        {"op": ws.wrote},
    )
