"""Tags by rule: in each dimension of the policy the first value whose rule holds is given to every rated customer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crmcli.grading.computing import first_that_holds, over_facts
from crmcli.i18n import _
from crmcli.policy.definitions import MARK_DIMENSION
from crmcli.policy.facts import UNRATED
from crmcli.policy.rules import Rule
from crmcli.policy.schema import TagRule
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

_WHOLE = """json_object('id', id, 'customer_id', customer_id, 'dimension', dimension, 'value', value,
    'source', source, 'since', since)"""


@dataclass(frozen=True)
class TagCount:
    """One tag after a run: who has it, and how many gained and lost it in the run."""

    dimension: str
    value: str
    label: str
    customers: int
    gained: int
    lost: int


Level = dict[str, list[tuple[int, Rule]]]
"""Dimensions whose rules can be asked at once, each with its rules in order, by their numbers."""


def run_tags(ws: Workspace) -> list[TagCount]:
    """Apply all `[[tag]]` rules of the policy to all rated customers; what is so already is left alone."""
    gained: Counter[tuple[str, str]] = Counter()
    lost: Counter[tuple[str, str]] = Counter()
    numbered = [tag for tag in ws.policy.tags if tag.when is not None]
    levels = in_levels(numbered)
    with over_facts(ws, [tag.when for tag in numbered]):
        list_rules(ws, numbered)
        _remove_stale(ws, lost)
        for level in levels:
            ask(ws, level)
            compare(ws, level)
            _write(ws, gained, lost)
    moved = sum(gained.values()) + sum(lost.values())
    if moved:
        ws.summary = _("tags: {gained} given, {lost} taken away").format(
            gained=sum(gained.values()), lost=sum(lost.values())
        )
    return _counts(ws, gained, lost)


# A statement has room for so many dimensions.
_AT_ONCE = 20


def in_levels(tags: Sequence[TagRule]) -> list[Level]:
    """The dimensions with rules, each in a level after those that its rules ask for."""
    found: Level = {}
    last: dict[str, int] = {}
    for number, tag in enumerate(tags):
        assert tag.when is not None
        found.setdefault(tag.dimension, []).append((number, tag.when))
        last[tag.dimension] = number
    levels: list[Level] = [{}]
    # The policy's check sees to it that a rule asks for tags only whose values all stand above it.
    for dimension in sorted(found, key=last.__getitem__):
        asked = {name for _number, when in found[dimension] for name, _value in when.tags}
        if asked & levels[-1].keys() or len(levels[-1]) == _AT_ONCE:
            levels.append({})
        levels[-1][dimension] = found[dimension]
    return levels if found else []


def list_rules(ws: Workspace, tags: Sequence[TagRule]) -> None:
    """The tags by rule as the temporary table `ruled`, by number; who has a tag by hand in a dimension as `by_hand`."""
    for table in ("ruled", "by_hand"):
        ws.db.execute(f"DROP TABLE IF EXISTS temp.{table}")
    ws.db.execute("CREATE TEMPORARY TABLE ruled (number INTEGER PRIMARY KEY, dimension, value)")
    ws.db.insert("ruled", ("number", "dimension", "value"), [(n, t.dimension, t.value) for n, t in enumerate(tags)])
    ws.db.execute(
        """
        CREATE TEMPORARY TABLE by_hand (customer_id, dimension, PRIMARY KEY (customer_id, dimension)) WITHOUT ROWID
        """
    )
    ws.db.execute("INSERT OR IGNORE INTO by_hand SELECT customer_id, dimension FROM tag WHERE source = 'hand'")


def _remove_stale(ws: Workspace, lost: Counter[tuple[str, str]]) -> None:
    """Take away what no rule gives any more: tags of dimensions without rules, and of customers no longer rated."""
    by_rule = f"tag.source = 'rule' AND tag.dimension <> '{MARK_DIMENSION}'"
    stale = f"""id IN (
        SELECT tag.id FROM tag WHERE {by_rule} AND tag.dimension NOT IN (SELECT dimension FROM ruled) UNION
        SELECT tag.id FROM customer AS c CROSS JOIN tag ON tag.customer_id = c.id WHERE {UNRATED} AND {by_rule})"""
    for row in ws.db.rows(f"SELECT dimension, value, count(*) AS n FROM tag WHERE {stale} GROUP BY dimension, value"):
        lost[row["dimension"], row["value"]] += row["n"]
    if lost:
        journal.removed_from(ws, "tag", f"SELECT id AS row_id, NULL AS line, {_WHOLE} AS before FROM tag WHERE {stale}")
        ws.db.execute(f"DELETE FROM tag WHERE {stale}")


_HAND = """WHEN EXISTS (SELECT 1 FROM by_hand
    WHERE by_hand.customer_id = facts.customer_id AND by_hand.dimension = :dimension{n}) THEN NULL"""


def ask(ws: Workspace, level: Level) -> None:
    """Put what the rules give each customer, the tags' numbers, into the temporary table `asked`."""
    hand = _HAND if ws.db.value("SELECT 1 FROM by_hand LIMIT 1") else ""
    results = [
        first_that_holds([when for _n, when in rules], [str(n) for n, _when in rules], before=hand.format(n=column))
        for column, rules in enumerate(level.values())
    ]
    ws.db.execute("DROP TABLE IF EXISTS temp.asked")
    columns = ", ".join(f"asked{column}" for column in range(len(level)))
    ws.db.execute(f"CREATE TEMPORARY TABLE asked (customer_id INTEGER PRIMARY KEY, {columns})")
    ws.db.execute(
        f"INSERT INTO asked SELECT customer_id, {', '.join(results)} FROM facts",
        {**_named(level), "today": ws.today.isoformat()},
    )


def _named(level: Level) -> dict[str, str]:
    return {f"dimension{column}": dimension for column, dimension in enumerate(level)}


def compare(ws: Workspace, level: Level) -> None:
    """Put the tags that are to be changed or to go into the temporary table `retag`, the new ones into `gain`."""
    of = " ".join(f"WHEN :dimension{column} THEN asked.asked{column}" for column in range(len(level)))
    listed = ", ".join(f":{name}" for name in _named(level))
    # Read in the order in which they are stored, each beside its customer: an index would cost more.
    present = f"""tag NOT INDEXED CROSS JOIN asked ON asked.customer_id = tag.customer_id
        WHERE tag.source = 'rule' AND tag.dimension IN ({listed})"""
    for table in ("retag", "gain"):
        ws.db.execute(f"DROP TABLE IF EXISTS temp.{table}")
    ws.db.execute(
        f"""
        CREATE TEMPORARY TABLE retag AS
        SELECT * FROM (
            SELECT tag.id AS tag_id, tag.dimension, tag.value AS before,
                (SELECT value FROM ruled WHERE number = CASE tag.dimension {of} END) AS after
            FROM {present})
        WHERE after IS NOT before
        """,
        _named(level),
    )
    counts = ", ".join(
        f"count(CASE WHEN tag.dimension = :dimension{column} THEN asked.asked{column} END) AS kept{column}"
        for column in range(len(level))
    )
    kept = ws.db.rows(f"SELECT {counts} FROM {present}", _named(level))[0]
    counts = ", ".join(f"count(asked{column}) AS kept{column}" for column in range(len(level)))
    wanted = ws.db.rows(f"SELECT {counts} FROM asked")[0]
    lacking = [column for column in range(len(level)) if wanted[f"kept{column}"] > kept[f"kept{column}"]]
    ws.db.execute("CREATE TEMPORARY TABLE gain (id INTEGER PRIMARY KEY, customer_id, number)")
    if lacking:
        _find_new(ws, level, lacking, anybody=any(kept[f"kept{column}"] for column in lacking))


def _find_new(ws: Workspace, level: Level, lacking: list[int], *, anybody: bool) -> None:
    """Fill `gain` customer by customer, as the index of the tags is; `anybody` says that somebody has one already."""
    number = " ".join(f"WHEN {column} THEN asked{column}" for column in lacking)
    dimension = " ".join(f"WHEN {column} THEN :dimension{column}" for column in lacking)
    new = f"""AND NOT EXISTS (SELECT 1 FROM tag WHERE tag.customer_id = asked.customer_id
        AND tag.dimension = CASE lacking.n {dimension} END AND tag.source = 'rule')"""
    ws.db.execute(
        f"""
        INSERT INTO gain (customer_id, number)
        SELECT asked.customer_id, CASE lacking.n {number} END AS number
        FROM asked CROSS JOIN ({" UNION ALL ".join(f"SELECT {column} AS n" for column in lacking)}) AS lacking
        WHERE number IS NOT NULL {new if anybody else ""}
        """,
        _named(level) if anybody else {},
    )


def _write(ws: Workspace, gained: Counter[tuple[str, str]], lost: Counter[tuple[str, str]]) -> None:
    """Do what `retag` and `gain` say, whole sets at a time: removals first, so that no tag is twice there meanwhile."""
    kinds: Counter[str] = Counter()
    for row in ws.db.rows(
        "SELECT dimension, before, after, count(*) AS n FROM retag GROUP BY dimension, before, after"
    ):
        kinds["removed" if row["after"] is None else "changed"] += row["n"]
        lost[row["dimension"], row["before"]] += row["n"]
        if row["after"] is not None:
            gained[row["dimension"], row["after"]] += row["n"]
    for row in ws.db.rows(
        """
        SELECT ruled.dimension, ruled.value, new.n
        FROM (SELECT number, count(*) AS n FROM gain GROUP BY number) AS new JOIN ruled ON ruled.number = new.number
        """
    ):
        kinds["added"] += row["n"]
        gained[row["dimension"], row["value"]] += row["n"]
    if kinds["removed"]:
        _remove_set(ws)
    if kinds["changed"]:
        _change_set(ws)
    if kinds["added"]:
        _add_set(ws)


def _remove_set(ws: Workspace) -> None:
    gone = "id IN (SELECT tag_id FROM retag WHERE after IS NULL)"
    query = f"SELECT id AS row_id, NULL AS line, {_WHOLE} AS before FROM tag WHERE {gone}"
    journal.removed_from(ws, "tag", query)
    ws.db.execute(f"DELETE FROM tag WHERE {gone}")


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
    ws.db.execute(
        """
        INSERT INTO tag (id, customer_id, dimension, value, source, since)
        SELECT :first - 1 + gain.id, gain.customer_id, ruled.dimension, ruled.value, 'rule', :today
        FROM gain CROSS JOIN ruled ON ruled.number = gain.number
        """,
        {"first": first, "today": ws.today.isoformat()},
    )
    journal.added_from(ws, "tag", "SELECT id AS row_id, NULL AS line FROM tag WHERE id >= :first", {"first": first})


def _counts(ws: Workspace, gained: Counter[tuple[str, str]], lost: Counter[tuple[str, str]]) -> list[TagCount]:
    """Every tag of the policy, in its order; then those that were only lost."""
    has = {
        (row["dimension"], row["value"]): row["n"]
        for row in ws.db.rows("SELECT dimension, value, count(*) AS n FROM tag GROUP BY dimension, value")
    }
    labels = {(tag.dimension, tag.value): ws.policy.label(tag) for tag in ws.policy.tags}
    return [
        TagCount(
            dimension=name[0],
            value=name[1],
            label=labels.get(name, name[1]),
            customers=has.get(name, 0),
            gained=gained[name],
            lost=lost[name],
        )
        for name in dict.fromkeys([*labels, *sorted(lost)])
    ]


def changed(ws: Workspace) -> list[Row]:
    """Who gained or lost which tag in this operation: code, customer (the name), dimension, from and to."""
    return ws.db.rows(
        """
        SELECT c.code, c.name AS customer, moved.dimension, moved.before AS "from", moved.after AS "to"
        FROM (
            SELECT coalesce(tag.customer_id, json_extract(change.before, '$.customer_id')) AS customer_id,
                coalesce(tag.dimension, json_extract(change.before, '$.dimension')) AS dimension,
                json_extract(change.before, '$.value') AS before, tag.value AS after
            FROM change LEFT JOIN tag ON tag.id = change.row_id
            WHERE change.operation_id = :op AND change.entity = 'tag') AS moved
        JOIN customer AS c ON c.id = moved.customer_id
        WHERE moved.before IS NOT moved.after
        ORDER BY c.code, moved.dimension, moved.before, moved.after
        """,
        {"op": ws.wrote},
    )
