"""Today under another policy: the policy is really applied and the runs are really done, on temporary copies of the
tables that they write, which stand before the stored ones while they last.

So it works on a database that cannot be written, and what it shows is what will come.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from crmcli.calendars import parse_cadence
from crmcli.grading import policies
from crmcli.grading.tags import TagCount, run_tags
from crmcli.grading.tiers import TierCount, run_tiers
from crmcli.i18n import _
from crmcli.store.workspace import Derivation, Workspace


@dataclass(frozen=True)
class Rehearsed:
    """A workspace in which a policy is in force and today's runs are done, and what the runs said."""

    ws: Workspace
    tags: list[TagCount]
    tiers: list[TierCount]


# What the runs and the derivations write. Contracts are looked up by their customer, the others by their keys.
_COPIED = ("policy", "customer", "tag", "touch", "step", "contract")
_INDEXED = ("contract",)
_EMPTY = ("operation", "change", "change_span")


@contextmanager
def rehearsed(ws: Workspace, text: str, *, source: str, derivations: Sequence[Derivation]) -> Iterator[Rehearsed]:
    """Within the block the policy `text` is in force and today's runs are done; with its end it never was.

    `main.customer`, `main.tag`, `main.touch` and `main.step` are the stored tables, without `main.` they are the
    rehearsal's.

    Raises:
        InvalidInput: with every problem of the policy.
    """
    closed = ws.db.value("PRAGMA query_only")
    # A connection that only reads is not let write temporary tables either.
    ws.db.execute("PRAGMA query_only = OFF")
    try:
        with suppress(_Over), ws.db.savepoint():
            yield _run(ws, text, source, derivations)
            raise _Over
    finally:
        ws.db.execute(f"PRAGMA query_only = {closed}")


class _Over(Exception):
    """The end of a rehearsal: the savepoint takes back all that it made."""


def _run(ws: Workspace, text: str, source: str, derivations: Sequence[Derivation]) -> Rehearsed:
    _copy_tables(ws)
    own = Workspace(ws.db, now=ws.now, actor=ws.actor, command=ws.command)
    policies.apply(own, text, source=source)
    ws.progress(_("{policy}: tags").format(policy=own.digest["name"]))
    tags = run_tags(own)
    ws.progress(_("{policy}: tiers").format(policy=own.digest["name"]))
    tiers = run_tiers(own)
    if own.wrote is not None:
        ws.progress(_("{policy}: touches and playbooks").format(policy=own.digest["name"]))
        for derive in derivations:
            derive(own)
    return Rehearsed(own, tags, tiers)


def _copy_tables(ws: Workspace) -> None:
    """Temporary tables with the names, columns and keys of the stored ones: SQLite finds these first."""
    for name in (*_COPIED, *_EMPTY):
        made = "SELECT type, sql FROM main.sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL ORDER BY type DESC"
        table, *indexes = ws.db.rows(made, {"name": name})
        ws.db.execute(table["sql"].replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
        if name in _COPIED:
            ws.db.execute(f"INSERT INTO temp.{name} SELECT * FROM main.{name}")
        for index in indexes if name in _INDEXED else ():
            ws.db.execute(index["sql"].replace("CREATE INDEX ", "CREATE INDEX temp.", 1))


# ---------------------------------------------------------------------------------------------- touches


def cadences(ws: Workspace) -> dict[tuple[str, str], str]:
    """How often the policy in force wants each touch, by (tier, touch), as a policy says it: "2 weeks"."""
    return {
        (tier, touch): str(parse_cadence(rule["every"]))
        for tier, touches in ws.digest["touches"].items()
        for touch, rule in touches.items()
    }


# A month is the twelfth of a mean Gregorian year.
_DAYS = {"day": 1.0, "week": 7.0, "month": 365.2425 / 12, "year": 365.2425}


def weekly(every: str) -> float:
    """How many times a week a cadence comes round in the long run: "2 weeks" is 0.5, "1 month" 0.2300."""
    cadence = parse_cadence(every)
    return _DAYS["week"] / (_DAYS[cadence.unit] * cadence.number)
