"""A workspace: one database, one policy, one moment, one actor, one transaction.

Capabilities take it first, read through `ws.db`, write through the journal, and never commit. Leaving the
`with` block of `opened` commits once; an exception, or a dry run, leaves the database as it was.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from crmcli.calendars import local_date, local_datetime
from crmcli.errors import DatabaseUnusable
from crmcli.i18n import _
from crmcli.store.database import Database
from crmcli.store.sqlite import Outdated
from crmcli.values import to_the_minute

Derivation = Callable[["Workspace"], None]


class Workspace:
    """What one command works in.

    Attributes:
        db: the open database, inside its transaction.
        actor: who is named in the journal.
        computing: what is written now is computed by the policy's rules, not by somebody's hand.
        notes: sentences for the user that are not the result.
        progress: told in a few words what is going on, by what may take a while, and which share of it is done, if
            that is known; the edge may show it.
        summary: what the operation did, in one line of the journal.
        upgraded: what to tell the user if the database was of an older version; it stays upgraded whatever comes.
    """

    def __init__(self, db: Database, *, now: datetime, actor: str, command: str = "", dry_run: bool = False) -> None:
        self.db = db
        self._now = now
        self.actor = actor
        self.command = command
        self.dry_run = dry_run
        self.kind = "write"
        self.computing = False
        self.target: int | None = None
        self.summary = ""
        self.notes: list[str] = []
        self.upgraded: str | None = None
        self.progress: Progress = _unseen
        self._operation: int | None = None
        self._entities: set[str] = set()

    @cached_property
    def digest(self) -> dict[str, Any]:
        """What daily reads need of the policy in force (see `policy.schema.digest`); cheap."""
        found = self.db.value("SELECT digest FROM policy ORDER BY id DESC LIMIT 1")
        if found is None:
            raise DatabaseUnusable(_("{path} holds no policy").format(path=self.db.path))
        digest: dict[str, Any] = json.loads(found)
        return digest

    @cached_property
    def policy(self) -> "Any":
        """The policy in force, loaded whole."""
        from crmcli.policy.schema import load

        policy, _problems = load(self.db.value("SELECT source FROM policy ORDER BY id DESC LIMIT 1"))
        if policy is None:
            raise DatabaseUnusable(_("the policy stored in {path} cannot be read").format(path=self.db.path))
        return policy

    def forget_policy(self) -> None:
        """Read the policy anew when it is next asked for: this operation put another one in force."""
        for cached in ("digest", "policy"):
            self.__dict__.pop(cached, None)

    @property
    def zone(self) -> str:
        """The company's time zone, an IANA name."""
        name: str = self.digest["timezone"]
        return name

    @cached_property
    def now(self) -> datetime:
        """The moment, aware; one given without an offset is of the policy's time zone."""
        return aware(self._now, self.zone)

    @property
    def policy_id(self) -> int | None:
        found: int | None = self.db.value("SELECT max(id) FROM policy")
        return found

    @cached_property
    def today(self) -> date:
        """The date of `now` where the company is."""
        return local_date(self.now, self.zone)

    @property
    def stamp(self) -> str:
        """`now` as the database writes instants."""
        return stamp(self.now)

    def local(self, instant: str) -> str:
        """A stored instant on the company's clocks: ISO 8601 with the offset."""
        return local_datetime(datetime.fromisoformat(instant), self.zone).isoformat()

    def minute(self, instant: str) -> str:
        """A stored instant on the company's clocks, as people read it: `2026-11-20 10:00`."""
        return to_the_minute(self.local(instant))

    @contextmanager
    def computed(self) -> Iterator[None]:
        """Within the block what is written is computed by the policy's rules: it is never in the way of an undo."""
        before, self.computing = self.computing, True
        try:
            yield
        finally:
            self.computing = before

    @property
    def wrote(self) -> int | None:
        """The operation of this command, if it has written anything."""
        return self._operation

    def wrote_to(self, *entities: str) -> bool:
        """Whether this command has written to one of the journalled tables `entities`."""
        return not self._entities.isdisjoint(entities)

    def writes_to(self, entity: str) -> None:
        """Told by the journal of each table that it writes rows of."""
        self._entities.add(entity)

    def operation(self) -> int:
        """The operation that this command's writes belong to; begun by the first of them."""
        if self._operation is None:
            self._operation = 1 + (self.db.value("SELECT max(id) FROM operation") or 0)
            columns = ("id", "at", "actor", "command", "kind", "summary", "rows", "policy_id", "target_id")
            values = (
                self._operation,
                self.stamp,
                self.actor,
                self.command,
                self.kind,
                "",
                0,
                self.policy_id,
                self.target,
            )
            self.db.insert("operation", columns, [values])
        return self._operation

    def close_operation(self) -> None:
        """Write down what the operation came to; one that changed nothing leaves no trace."""
        if self._operation is None:
            return
        named = {"id": self._operation, "summary": self.summary}
        rows = self.db.value(_ROWS, named)
        if rows or self.kind != "write":
            self.db.execute(
                "UPDATE operation SET rows = :rows, summary = :summary WHERE id = :id", {**named, "rows": rows}
            )
        else:
            self.db.execute("UPDATE batch SET operation_id = NULL WHERE operation_id = :id", named)
            self.db.execute("DELETE FROM operation WHERE id = :id", named)
            self._operation = None


_ROWS = """
    SELECT (SELECT count(*) FROM change WHERE operation_id = :id)
        + (SELECT coalesce(sum(last_id - first_id + 1), 0) FROM change_span WHERE operation_id = :id)
"""


class Progress(Protocol):
    """Takes what is going on, and the share of it that is done (0 to 1)."""

    def __call__(self, words: str, share: float | None = None) -> None: ...


def _unseen(words: str, share: float | None = None) -> None:
    """Progress that nobody looks at."""


def stamp(instant: datetime) -> str:
    """An aware instant as the database writes it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def aware(instant: datetime, zone: str) -> datetime:
    """The instant itself, or, if it has no offset, that time of day in `zone`."""
    return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(zone))


@contextmanager
def opened(
    path: Path,
    *,
    now: datetime,
    actor: str = "",
    command: str = "",
    dry_run: bool = False,
    readonly: bool = False,
    busy_timeout: float = 20.0,
    derivations: Sequence[Derivation] = (),
) -> Iterator[Workspace]:
    """A workspace over the database at `path`, committed once at the end of the block.

    `derivations` bring the derived tables up to date with what the operation wrote, inside its transaction. A database
    of an older version is upgraded first, whatever the block does then.
    """
    upgraded = None
    try:
        db = Database(path, readonly=readonly, busy_timeout=busy_timeout)
    except Outdated:
        from crmcli.store import migrating

        upgraded = migrating.upgrade(path, now=now, busy_timeout=busy_timeout)
        db = Database(path, readonly=readonly, busy_timeout=busy_timeout)
    try:
        db.begin()
        ws = Workspace(db, now=now, actor=actor, command=command, dry_run=dry_run)
        ws.upgraded = upgraded
        yield ws
        if ws.wrote is not None:
            for derive in derivations:
                derive(ws)
            ws.close_operation()
        if dry_run or readonly:
            db.rollback()
        else:
            db.commit()
    except BaseException:
        db.rollback()
        raise
    finally:
        db.close()
