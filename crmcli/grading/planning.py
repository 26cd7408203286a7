"""What a policy would change, told before it is adopted.

Nothing is guessed: the policy is rehearsed, and what stands then is compared with what is stored.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from crmcli.grading import policies
from crmcli.grading.rehearsing import cadences, rehearsed, weekly
from crmcli.grading.tiers import Exceptions, Move, exceptions, moves_in_order
from crmcli.policy.differing import Change, differences, parsed
from crmcli.store.database import Row
from crmcli.store.workspace import Derivation, Workspace


@dataclass(frozen=True)
class TagMove:
    """How many gain and lose one tag."""

    dimension: str
    value: str
    gained: int
    lost: int


@dataclass(frozen=True)
class TouchMove:
    """How many gain or lose one touch, get another cadence of it, or keep the cadence and are due on another day."""

    touch: str
    gained: int
    lost: int
    changed: int
    moved: int


@dataclass(frozen=True)
class PlaybookMove:
    """How many customers begin and end one playbook, the steps that begin with it, and how many of them are due
    within the first week.
    """

    playbook: str
    begun: int
    ended: int
    steps: int
    first_week: int


@dataclass(frozen=True)
class Load:
    """The contacts that one owner's customers want a week in the long run, by their touches.

    Beside them come, once, the `steps` of playbooks that begin, `first_week` of them within seven days; of those that
    are open now so many are `dropped`.
    """

    owner: str | None
    before: float
    after: float
    steps: int = 0
    first_week: int = 0
    dropped: int = 0


@dataclass(frozen=True)
class Plan:
    """What adopting a policy comes to, for so many `customers`.

    `rows` can be read once, while the plan is open; there are `row_count` of them. Each has code, customer (its name),
    fact (`tier`, `tag:DIMENSION`, `touch:NAME`), from and to: a tier, a tag's value, a touch's cadence; None is none.
    They are by code, then tier, tags, touches. Playbooks follow from tiers and tags, and are in the totals only. `load`
    is by owner, last the customers without one. `keys` are what differs in the policy itself.
    """

    policy: str
    customers: int
    row_count: int
    rows: Iterable[Row]
    moves: tuple[Move, ...]
    tags: tuple[TagMove, ...]
    touches: tuple[TouchMove, ...]
    playbooks: tuple[PlaybookMove, ...]
    load: tuple[Load, ...]
    exceptions: Exceptions
    keys: tuple[Change, ...]

    @property
    def changes(self) -> bool:
        """Whether anything changes for anybody."""
        return bool(self.moves or self.tags or self.touches or self.playbooks)


@contextmanager
def plan(ws: Workspace, text: str, *, source: str = "policy", derivations: Sequence[Derivation]) -> Iterator[Plan]:
    """Everything that would change were the policy `text` applied, and tags and tiers run, today. Nothing is written.

    Args:
        source: names the policy in messages.
        derivations: those of the workspace (see `store.workspace.opened`): touches and the steps of playbooks follow
            from them.

    Raises:
        InvalidInput: with every problem of the policy.
    """
    before = policies.in_force(ws)
    with rehearsed(ws, text, source=source, derivations=derivations) as done:
        sides = {"main": cadences(ws), "temp": cadences(done.ws)}
        _compare(ws, sides)
        # An open query would keep the tables that it reads from being taken back.
        with closing(ws.db.each(_ROWS)) as rows:
            yield Plan(
                policy=done.ws.digest["name"],
                customers=ws.db.value("SELECT count(DISTINCT customer_id) FROM planned"),
                row_count=ws.db.value("SELECT count(*) FROM planned WHERE NOT day_only"),
                rows=rows,
                moves=moves_in_order(ws.db.rows(_MOVES), [*ws.digest["tiers"], *done.ws.digest["tiers"]]),
                tags=tuple(
                    TagMove(tag.dimension, tag.value, tag.gained, tag.lost)
                    for tag in done.tags
                    if tag.gained or tag.lost
                ),
                touches=tuple(TouchMove(**row) for row in ws.db.rows(_TOUCH_MOVES)),
                playbooks=tuple(PlaybookMove(**row) for row in ws.db.rows(_PLAYBOOK_MOVES)),
                load=_load(ws, sides),
                exceptions=exceptions(ws),
                keys=tuple(differences(parsed(before), parsed(text))),
            )


# ------------------------------------------------------------------------------------------- comparing

_PLANNED = "CREATE TEMPORARY TABLE planned (customer_id, sort, fact, before, after, day_only)"
_CADENCE = """
    CREATE TEMPORARY TABLE cadence (side, tier, touch, every, PRIMARY KEY (side, tier, touch)) WITHOUT ROWID
"""
# The columns that are asked for again and again, read once from the wide rows.
_STANDING = """
    CREATE TEMPORARY TABLE standing (id INTEGER PRIMARY KEY, owner, main_tier, temp_tier)
"""
_STAND = """
    INSERT INTO standing
    SELECT was.id, was.owner, was.tier, now.tier
    FROM main.customer AS was CROSS JOIN temp.customer AS now ON now.id = was.id
"""
_TIERS = """
    INSERT INTO planned
    SELECT id, 1, 'tier', main_tier, temp_tier, false FROM standing WHERE main_tier IS NOT temp_tier
"""
# A tag was changed in its row or taken away, or its row is new.
_TAGS = """
    INSERT INTO planned
    SELECT customer_id, 2, 'tag:' || dimension, max(old), max(new), false FROM (
        SELECT was.customer_id, was.dimension, was.value AS old, now.value AS new
        FROM main.tag AS was LEFT JOIN temp.tag AS now ON now.id = was.id WHERE now.value IS NOT was.value
        UNION ALL
        SELECT now.customer_id, now.dimension, NULL, now.value
        FROM temp.tag AS now LEFT JOIN main.tag AS was ON was.id = now.id WHERE was.id IS NULL)
    GROUP BY customer_id, dimension HAVING max(old) IS NOT max(new)
"""
# Both tables are kept in the order of their keys: each row finds its other side at once.
_TOUCHES = """
    INSERT INTO planned
    SELECT was.customer_id, 3, 'touch:' || was.touch, old.every, new.every, old.every IS new.every
    FROM main.touch AS was CROSS JOIN standing AS c ON c.id = was.customer_id
    CROSS JOIN cadence AS old ON old.side = 'main' AND old.tier = c.main_tier AND old.touch = was.touch
    LEFT JOIN temp.touch AS now ON now.customer_id = c.id AND now.touch = was.touch
    LEFT JOIN cadence AS new ON new.side = 'temp' AND new.tier = c.temp_tier AND new.touch = now.touch
    WHERE old.every IS NOT new.every OR now.due_on IS NOT was.due_on
    UNION ALL
    SELECT now.customer_id, 3, 'touch:' || now.touch, NULL, new.every, false
    FROM temp.touch AS now CROSS JOIN standing AS c ON c.id = now.customer_id
    CROSS JOIN cadence AS new ON new.side = 'temp' AND new.tier = c.temp_tier AND new.touch = now.touch
    LEFT JOIN main.touch AS was ON was.customer_id = c.id AND was.touch = now.touch
    WHERE was.touch IS NULL
"""
# A step that is not in the stored table begins; one that was open there and is settled here ends with what began it.
# What goes out to many at once is not due for who wants none of it.
_STEPS = """
    CREATE TEMPORARY TABLE played AS
    SELECT c.id, c.owner, now.playbook, was.id IS NULL AS begun, now.due_on <= :week AS first_week
    FROM temp.step AS now LEFT JOIN main.step AS was ON was.id = now.id
    CROSS JOIN main.customer AS c ON c.id = now.customer_id
    WHERE (was.id IS NULL OR was.settled_on IS NULL AND now.settled_on IS NOT NULL)
        AND NOT (now.channel = 'push' AND c.consent = 'no')
"""


def _compare(ws: Workspace, sides: dict[str, dict[tuple[str, str], str]]) -> None:
    """Put each difference of the rehearsal from what is stored into the temporary table `planned`."""
    ws.db.execute(_PLANNED)
    ws.db.execute(_CADENCE)
    rules = ((side, *key, every) for side, found in sides.items() for key, every in found.items())
    ws.db.insert("cadence", ("side", "tier", "touch", "every"), rules)
    for statement in (_STANDING, _STAND, _TIERS, _TAGS, _TOUCHES):
        ws.db.execute(statement)
    ws.db.execute(_STEPS, {"week": (ws.today + timedelta(days=7)).isoformat()})


_ROWS = """
    SELECT c.code, c.name AS customer, p.fact, p.before AS "from", p.after AS "to"
    FROM planned AS p JOIN main.customer AS c ON c.id = p.customer_id
    WHERE NOT p.day_only ORDER BY c.code, p.sort, p.fact
"""
_MOVES = "SELECT before, after, count(*) AS customers FROM planned WHERE fact = 'tier' GROUP BY before, after"
_TOUCH_MOVES = """
    SELECT substr(fact, 7) AS touch, sum(before IS NULL) AS gained, sum(after IS NULL) AS lost,
        sum(before IS NOT NULL AND after IS NOT NULL AND NOT day_only) AS changed, sum(day_only) AS moved
    FROM planned WHERE sort = 3 GROUP BY fact ORDER BY fact
"""
_PLAYBOOK_MOVES = """
    SELECT playbook, count(DISTINCT CASE WHEN begun THEN id END) AS begun,
        count(DISTINCT CASE WHEN NOT begun THEN id END) AS ended,
        sum(begun) AS steps, sum(begun AND first_week) AS first_week
    FROM played GROUP BY playbook ORDER BY playbook
"""
_STEPS_OF_OWNERS = """
    SELECT owner, sum(begun) AS steps, sum(begun AND first_week) AS first_week, sum(NOT begun) AS dropped
    FROM played GROUP BY owner
"""


def _load(ws: Workspace, sides: dict[str, dict[tuple[str, str], str]]) -> tuple[Load, ...]:
    weeks: dict[str | None, dict[str, float]] = defaultdict(lambda: dict.fromkeys(sides, 0.0))
    for side, found in sides.items():
        for row in ws.db.rows(
            f"SELECT c.owner, c.{side}_tier AS tier, t.touch, count(*) AS n FROM {side}.touch AS t "
            f"CROSS JOIN standing AS c ON c.id = t.customer_id GROUP BY c.owner, c.{side}_tier, t.touch"
        ):
            every = found.get((row["tier"], row["touch"]))
            weeks[row["owner"]][side] += row["n"] * weekly(every) if every else 0.0
    once = {row.pop("owner"): row for row in ws.db.rows(_STEPS_OF_OWNERS)}
    owners = sorted(weeks.keys() | once.keys(), key=lambda owner: (owner is None, owner or ""))
    return tuple(Load(owner, weeks[owner]["main"], weeks[owner]["temp"], **once.get(owner, {})) for owner in owners)
