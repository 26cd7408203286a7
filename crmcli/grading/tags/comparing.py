"""What the rules give each customer beside the tags by rule that are stored.

What is to be changed or to go comes into the temporary table `retag`, what is new into `gain`.
"""

from collections import Counter
from collections.abc import Sequence

from crmcli.grading.computing import first_that_holds
from crmcli.policy.definitions import TagRule
from crmcli.policy.rules import Rule
from crmcli.store.workspace import Workspace

Level = dict[str, list[TagRule]]
"""Dimensions whose rules can be asked at once, each with its tags in order."""

Stock = Counter[tuple[str, str, str]]
"""How many customers have a tag, by its dimension, value and source (hand, rule)."""

# A statement has room for so many dimensions.
_AT_ONCE = 20


def ruled(ws: Workspace) -> list[TagRule]:
    """The tags of the policy that have a rule, in its order."""
    return [tag for tag in ws.policy.tags if tag.when is not None]


def rules(tags: Sequence[TagRule]) -> list[Rule]:
    """The rules of these tags."""
    return [tag.when for tag in tags if tag.when is not None]


def in_levels(tags: Sequence[TagRule]) -> list[Level]:
    """The dimensions of these tags, which have rules, each in a level after those that its rules ask for."""
    found: Level = {}
    last: dict[str, int] = {}
    for number, tag in enumerate(tags):
        found.setdefault(tag.dimension, []).append(tag)
        last[tag.dimension] = number
    levels: list[Level] = [{}]
    # The policy's check sees to it that a rule asks for tags only whose values all stand above it.
    for dimension in sorted(found, key=last.__getitem__):
        asked = {name for rule in rules(found[dimension]) for name, _value in rule.tags}
        if asked & levels[-1].keys() or len(levels[-1]) == _AT_ONCE:
            levels.append({})
        levels[-1][dimension] = found[dimension]
    return levels if found else []


def stock(ws: Workspace) -> Stock:
    """The tags as they are stored."""
    rows = ws.db.rows("SELECT dimension, value, source, count(*) AS n FROM tag GROUP BY dimension, value, source")
    return Counter({(row["dimension"], row["value"], row["source"]): row["n"] for row in rows})


def compare(ws: Workspace, level: Level, stored: Stock) -> None:
    """Fill `retag` (tag_id, dimension, before, after) and `gain` (id, customer_id, dimension, value).

    `after` is None for a tag that is to go: no rule gives it any more, the customer has one by hand in the dimension,
    or is no longer rated. `stored` has the tags of the level's dimensions as they are.
    """
    _ask(ws, level, stored)
    _find_other(ws, level)
    gone = ws.db.rows("SELECT dimension, count(*) AS n FROM retag WHERE after IS NULL GROUP BY dimension")
    kept = Counter({row["dimension"]: -row["n"] for row in gone})
    for (dimension, _value, source), number in stored.items():
        kept[dimension] += number if source == "rule" else 0
    counts = ", ".join(f"count(asked{column}) AS asked{column}" for column in range(len(level)))
    asked = ws.db.rows(f"SELECT {counts} FROM asked")[0]
    lacking = [column for column, dimension in enumerate(level) if asked[f"asked{column}"] > kept[dimension]]
    ws.db.new_temporary("gain", "(id INTEGER PRIMARY KEY, customer_id, dimension, value)")
    if lacking:
        _find_new(ws, level, lacking, anybody=any(kept[dimension] for dimension in level))


def _named(level: Level) -> dict[str, str]:
    return {f"dimension{column}": dimension for column, dimension in enumerate(level)}


_HAND = """WHEN EXISTS (SELECT 1 FROM by_hand
    WHERE by_hand.customer_id = facts.customer_id AND by_hand.dimension = :dimension{n}) THEN NULL"""


def _ask(ws: Workspace, level: Level, stored: Stock) -> None:
    """Put the value that each dimension's rules give each customer into the temporary table `asked`."""
    hand = {dimension for dimension, _value, source in stored if source == "hand"}
    if not hand.isdisjoint(level):
        ws.db.new_temporary("by_hand", "(customer_id, dimension, PRIMARY KEY (customer_id, dimension)) WITHOUT ROWID")
        ws.db.execute("INSERT OR IGNORE INTO by_hand SELECT customer_id, dimension FROM tag WHERE source = 'hand'")
    values: dict[str, str] = {}
    results = []
    for column, (dimension, tags) in enumerate(level.items()):
        names = [f"value{column}_{number}" for number in range(len(tags))]
        values |= {name: tag.value for name, tag in zip(names, tags, strict=True)}
        before = _HAND.format(n=column) if dimension in hand else ""
        results.append(first_that_holds(rules(tags), [f":{name}" for name in names], before=before))
    columns = ", ".join(f"asked{column}" for column in range(len(level)))
    ws.db.new_temporary("asked", f"(customer_id INTEGER PRIMARY KEY, {columns})")
    ws.db.execute(
        f"INSERT INTO asked SELECT customer_id, {', '.join(results)} FROM facts",
        {**_named(level), **values, "today": ws.today.isoformat()},
    )


def _find_other(ws: Workspace, level: Level) -> None:
    of = " ".join(f"WHEN :dimension{column} THEN asked.asked{column}" for column in range(len(level)))
    # Read in the order in which they are stored, each beside its customer: an index would cost more.
    ws.db.new_temporary(
        "retag",
        f"""AS
        SELECT * FROM (
            SELECT tag.id AS tag_id, tag.dimension, tag.value AS before,
                CASE tag.dimension {of} ELSE tag.value END AS after
            FROM tag NOT INDEXED LEFT JOIN asked ON asked.customer_id = tag.customer_id
            WHERE tag.source = 'rule')
        WHERE after IS NOT before
        """,
        _named(level),
    )


def _find_new(ws: Workspace, level: Level, lacking: list[int], *, anybody: bool) -> None:
    """Fill `gain` customer by customer, as the index of the tags is; `anybody` says that somebody has one already."""
    dimension = " ".join(f"WHEN {column} THEN :dimension{column}" for column in lacking)
    value = " ".join(f"WHEN {column} THEN asked{column}" for column in lacking)
    # Who has one by hand is given none, so the index alone tells.
    new = f"""AND NOT EXISTS (SELECT 1 FROM tag WHERE tag.customer_id = asked.customer_id
        AND tag.dimension = CASE lacking.n {dimension} END)"""
    ws.db.execute(
        f"""
        INSERT INTO gain (customer_id, dimension, value)
        SELECT asked.customer_id, CASE lacking.n {dimension} END, CASE lacking.n {value} END AS given
        FROM asked CROSS JOIN ({" UNION ALL ".join(f"SELECT {column} AS n" for column in lacking)}) AS lacking
        WHERE given IS NOT NULL {new if anybody else ""}
        """,
        _named(level),
    )
