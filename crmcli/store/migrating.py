"""An older database becomes one of this version: behind a verified backup, and in one transaction.

Each step is plain SQL that brings one version to the next. A migration library would add nothing that matters here but
SQLAlchemy; what matters is that the backup is there and good before the first statement, that nobody writes meanwhile,
and that the version is part of the transaction: a crash leaves all of it as it was.
Columns are added, tables are not rebuilt: nothing that refers to a row can be lost on the way.
"""

import json
import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from crmcli.errors import DatabaseUnusable, StorageFailed
from crmcli.files import cleared_up
from crmcli.i18n import _
from crmcli.store import sqlite

STEPS: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE customer ADD COLUMN other_phones VARCHAR",
        "ALTER TABLE customer ADD COLUMN other_emails VARCHAR",
        "ALTER TABLE customer ADD COLUMN grade VARCHAR CONSTRAINT grade_known CHECK (grade IN ('A', 'B', 'C'))",
        "ALTER TABLE customer ADD COLUMN grade_reason VARCHAR",
        "ALTER TABLE customer ADD COLUMN campaign VARCHAR",
        "ALTER TABLE customer ADD COLUMN lead_on DATE",
        "ALTER TABLE customer ADD COLUMN won_on DATE",
        "ALTER TABLE customer ADD COLUMN lost_on DATE",
        "ALTER TABLE customer ADD COLUMN lost_reason VARCHAR",
        "ALTER TABLE customer ADD COLUMN extra TEXT",
        "ALTER TABLE customer ADD COLUMN tier_drop_on DATE",
        "DROP INDEX customer_anniversary",
        "CREATE INDEX customer_anniversary ON customer (since_key) WHERE since_key IS NOT NULL",
        "CREATE INDEX customer_tier ON customer (owner, tier, industry) WHERE tier IS NOT NULL",
        "CREATE INDEX customer_lead ON customer (owner, grade) WHERE stage = 'lead'",
        "DROP INDEX tag_value",
        "CREATE INDEX tag_value ON tag (dimension, value, source)",
        "ALTER TABLE contact ADD COLUMN other_phones VARCHAR",
        "ALTER TABLE contact ADD COLUMN other_emails VARCHAR",
        "ALTER TABLE contact ADD COLUMN extra TEXT",
        "ALTER TABLE orders ADD COLUMN extra TEXT",
        "ALTER TABLE interaction ADD COLUMN extra TEXT",
        "ALTER TABLE batch ADD COLUMN fingerprint VARCHAR",
        "ALTER TABLE batch ADD COLUMN rejected_lines TEXT",
        "ALTER TABLE batch ADD COLUMN closes_id INTEGER",
        "ALTER TABLE batch ADD COLUMN closed_lines TEXT",
        "ALTER TABLE batch ADD COLUMN seen_operation INTEGER",
        "CREATE INDEX ix_batch_fingerprint ON batch (fingerprint)",
        "CREATE INDEX ix_batch_closes_id ON batch (closes_id)",
        """
        CREATE TABLE contract (
            id INTEGER NOT NULL, number VARCHAR NOT NULL, customer_id INTEGER NOT NULL, starts_on DATE, ends_on DATE,
            amount INTEGER, renewed VARCHAR, renew_by DATE, extra TEXT, PRIMARY KEY (id),
            CONSTRAINT renewed_known CHECK (renewed IN ('yes', 'no')), UNIQUE (number),
            FOREIGN KEY(customer_id) REFERENCES customer (id))
        """,
        "CREATE INDEX contract_customer ON contract (customer_id, ends_on)",
        "CREATE INDEX contract_end ON contract (renew_by) WHERE renew_by IS NOT NULL",
        """
        CREATE TABLE cases (
            id INTEGER NOT NULL, number VARCHAR NOT NULL, customer_id INTEGER NOT NULL, kind VARCHAR NOT NULL,
            severity VARCHAR NOT NULL, opened_at VARCHAR(20) NOT NULL, respond_by VARCHAR(20),
            responded_at VARCHAR(20), resolve_by VARCHAR(20), resolved_at VARCHAR(20), revisit_by VARCHAR(20),
            revisited_at VARCHAR(20), owner VARCHAR, status VARCHAR NOT NULL, cause VARCHAR, lesson VARCHAR,
            topic VARCHAR, responder VARCHAR, phase VARCHAR, hours VARCHAR, clock VARCHAR, paused_at VARCHAR(20),
            next_clock VARCHAR,
            next_due VARCHAR(20), next_warn VARCHAR(20), estimated VARCHAR, extra TEXT, PRIMARY KEY (id),
            CONSTRAINT next_clock_known CHECK (next_clock IN ('respond', 'resolve', 'revisit')),
            CONSTRAINT phase_known CHECK (phase IN ('warning', 'assess', 'intervene', 'review')),
            CONSTRAINT kind_known CHECK (kind IN ('enquiry', 'complaint', 'crisis')),
            CONSTRAINT severity_known CHECK (severity IN ('minor', 'major')),
            CONSTRAINT status_known CHECK (status IN ('open', 'responded', 'resolved', 'closed')), UNIQUE (number),
            FOREIGN KEY(customer_id) REFERENCES customer (id))
        """,
        "CREATE INDEX cases_customer ON cases (customer_id, opened_at)",
        "CREATE INDEX cases_next ON cases (next_due) WHERE next_due IS NOT NULL",
        """
        CREATE TABLE case_entry (
            id INTEGER NOT NULL, case_id INTEGER NOT NULL, at VARCHAR(20) NOT NULL, author VARCHAR NOT NULL,
            kind VARCHAR NOT NULL, words TEXT NOT NULL, PRIMARY KEY (id),
            CONSTRAINT kind_known CHECK (
                kind IN ('note', 'response', 'pause', 'resume', 'escalation', 'phase', 'outcome')),
            FOREIGN KEY(case_id) REFERENCES cases (id))
        """,
        "CREATE INDEX case_entry_case ON case_entry (case_id, at)",
        """
        CREATE TABLE survey (
            id INTEGER NOT NULL, customer_id INTEGER NOT NULL, kind VARCHAR NOT NULL, score FLOAT NOT NULL,
            at VARCHAR(20) NOT NULL, nth INTEGER NOT NULL, comment VARCHAR, case_number VARCHAR, extra TEXT,
            PRIMARY KEY (id), CONSTRAINT survey_identity UNIQUE (customer_id, kind, at, nth),
            CONSTRAINT kind_known CHECK (kind IN ('csat', 'nps')),
            CONSTRAINT score_in_range CHECK (score BETWEEN 0 AND 10),
            FOREIGN KEY(customer_id) REFERENCES customer (id))
        """,
        """
        CREATE TABLE step (
            id INTEGER NOT NULL, customer_id INTEGER NOT NULL, kind VARCHAR NOT NULL, playbook VARCHAR NOT NULL,
            number INTEGER NOT NULL, nth INTEGER NOT NULL, event VARCHAR NOT NULL, started_on DATE NOT NULL,
            due_on DATE NOT NULL, due_at VARCHAR(20), channel VARCHAR NOT NULL, action TEXT NOT NULL,
            title TEXT NOT NULL, settled_on DATE, how VARCHAR, PRIMARY KEY (id),
            CONSTRAINT step_identity UNIQUE (customer_id, kind, playbook, number, nth),
            FOREIGN KEY(customer_id) REFERENCES customer (id))
        """,
        "CREATE INDEX step_due ON step (due_on) WHERE settled_on IS NULL",
        """
        CREATE TABLE member (
            id INTEGER NOT NULL, name VARCHAR NOT NULL, role VARCHAR, manager VARCHAR, capacity INTEGER,
            active VARCHAR NOT NULL, email VARCHAR, notify VARCHAR, PRIMARY KEY (id),
            CONSTRAINT active_known CHECK (active IN ('yes', 'no')),
            CONSTRAINT capacity_not_negative CHECK (capacity >= 0), UNIQUE (name))
        """,
        """
        CREATE TABLE assignment (
            id INTEGER NOT NULL, customer_id INTEGER NOT NULL, from_owner VARCHAR, owner VARCHAR,
            assigned_on DATE NOT NULL, why VARCHAR NOT NULL, reason VARCHAR, packet TEXT, acknowledged_on DATE,
            PRIMARY KEY (id),
            CONSTRAINT why_known CHECK (why IN ('assign', 'handoff', 'lead', 'stale', 'late')),
            FOREIGN KEY(customer_id) REFERENCES customer (id))
        """,
        "CREATE INDEX assignment_customer ON assignment (customer_id, assigned_on)",
        "CREATE INDEX assignment_owner ON assignment (owner, assigned_on)",
        """
        CREATE INDEX assignment_open ON assignment (assigned_on)
        WHERE packet IS NOT NULL AND acknowledged_on IS NULL
        """,
        """
        CREATE TABLE review (
            id INTEGER NOT NULL, owner VARCHAR NOT NULL, planned_on DATE NOT NULL, decision VARCHAR NOT NULL,
            settled_on DATE NOT NULL, until DATE, reason VARCHAR, PRIMARY KEY (id),
            CONSTRAINT review_identity UNIQUE (owner, planned_on),
            CONSTRAINT decision_known CHECK (decision IN ('done', 'snoozed', 'skipped')))
        """,
        """
        CREATE TABLE notification (
            id INTEGER NOT NULL, day DATE NOT NULL, owner VARCHAR NOT NULL, channel VARCHAR NOT NULL,
            at VARCHAR(20) NOT NULL, items INTEGER NOT NULL, PRIMARY KEY (id),
            CONSTRAINT notification_identity UNIQUE (day, owner, channel))
        """,
        """
        CREATE TABLE former_code (
            id INTEGER NOT NULL, code VARCHAR NOT NULL, customer_id INTEGER NOT NULL, since DATE NOT NULL,
            PRIMARY KEY (id), UNIQUE (code), FOREIGN KEY(customer_id) REFERENCES customer (id))
        """,
        "CREATE INDEX ix_former_code_customer_id ON former_code (customer_id)",
        """
        CREATE TABLE change_span (
            operation_id INTEGER NOT NULL, entity VARCHAR NOT NULL, first_id INTEGER NOT NULL,
            last_id INTEGER NOT NULL, action VARCHAR NOT NULL, before TEXT,
            PRIMARY KEY (operation_id, entity, first_id),
            CONSTRAINT action_known CHECK (action IN ('added', 'changed')),
            FOREIGN KEY(operation_id) REFERENCES operation (id)) WITHOUT ROWID
        """,
        "CREATE INDEX change_span_row ON change_span (entity, first_id)",
        """
        CREATE TABLE distinct_pair (
            id INTEGER NOT NULL, left_id INTEGER NOT NULL, right_id INTEGER NOT NULL, since DATE NOT NULL,
            PRIMARY KEY (id), CONSTRAINT distinct_identity UNIQUE (left_id, right_id),
            FOREIGN KEY(left_id) REFERENCES customer (id), FOREIGN KEY(right_id) REFERENCES customer (id))
        """,
        "CREATE INDEX ix_distinct_pair_right_id ON distinct_pair (right_id)",
    )
}
"""By version, what makes the next one of it."""


def upgrade(path: Path, *, now: datetime, busy_timeout: float = 20.0) -> str | None:
    """Bring the database at `path` up to this program's version; what to tell the user of it.

    None if another process was first. `now` names the backup: `crm.db.v1-20261120T010000Z.bak`, beside the database.

    Raises:
        StorageFailed: there is no place for the backup, or the file is read-only. Locked: another process holds it.
        DatabaseUnusable: it is damaged, or of no version that ever was. It stays as it was.
    """
    try:
        with closing(sqlite.writer(path, busy_timeout)) as connection:
            # From here on nobody else writes: what the backup holds is what the steps begin with.
            connection.execute("BEGIN IMMEDIATE")
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            if version >= sqlite.SCHEMA_VERSION:
                return None
            if version not in STEPS:
                raise DatabaseUnusable(
                    _("{path} is of an unknown version, {version}").format(path=path, version=version)
                )
            backup = _back_up(path, version, now)
            try:
                _take_steps(connection, path, version)
            except BaseException:
                # Where nothing has changed there is nothing that it would be the backup of; somebody may have pressed
                # Ctrl-C behind the commit.
                if connection.execute("PRAGMA user_version").fetchone()[0] == version:
                    backup.unlink(missing_ok=True)
                raise
    except (OSError, sqlite3.Error) as error:
        problem = sqlite.translated(error, path)
        if isinstance(problem, StorageFailed):
            problem = StorageFailed(
                _("{path} is of an older crm and has to be upgraded, but: {reason}").format(
                    path=path, reason=problem.message
                ),
                hint=_("make the file and its folder writable, or use a copy of it"),
            )
        raise problem from error
    return _("{path} was upgraded from version {before} to {after}; as it was, it is in {backup}").format(
        path=path, before=version, after=sqlite.SCHEMA_VERSION, backup=backup.name
    )


def _take_steps(connection: sqlite3.Connection, path: Path, version: int) -> None:
    try:
        for number in range(version, sqlite.SCHEMA_VERSION):
            for statement in STEPS[number]:
                connection.execute(statement)
        _renew_digest(connection)
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise sqlite.damaged(path)
        connection.execute(f"PRAGMA user_version = {sqlite.SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        # On a full disk SQLite has taken everything back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _renew_digest(connection: sqlite3.Connection) -> None:
    """The digest follows from the policy's text, and the program of today may ask for more of it."""
    from crmcli.policy import schema

    # The older versions, too: an undo may bring one of them back in force.
    for number, source in connection.execute("SELECT id, source FROM policy").fetchall():
        policy, _problems = schema.load(source)
        if policy is not None:
            digest = json.dumps(schema.digest(policy), ensure_ascii=False)
            connection.execute("UPDATE policy SET digest = ? WHERE id = ?", (digest, number))


# ------------------------------------------------------------------------------------------------ backup


def _back_up(path: Path, version: int, now: datetime) -> Path:
    """A copy of the database beside it, complete, sound and on disk when this returns; no file is written over."""
    handle, name = tempfile.mkstemp(prefix=".crm-", suffix=".bak", dir=path.parent)
    os.close(handle)
    draft = Path(name)

    def clear() -> None:
        for part in (draft, *(Path(f"{draft}-{side}") for side in ("wal", "shm", "journal"))):
            part.unlink(missing_ok=True)

    with cleared_up(clear):
        with (
            closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(draft)) as target,
        ):
            source.backup(target)
        _refuse_unsound(draft, path, version)
        _sync(draft)
        backup = _placed(draft, path, f"v{version}-{_stamp(now)}")
        _sync(path.parent)
    return backup


def _refuse_unsound(draft: Path, path: Path, version: int) -> None:
    with closing(sqlite3.connect(f"{draft.as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        sound = copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        if not sound or copy.execute("PRAGMA user_version").fetchone()[0] != version:
            raise sqlite.damaged(path)


def _placed(draft: Path, path: Path, mark: str) -> Path:
    for number in count(1):
        backup = path.with_name(f"{path.name}.{mark}{'' if number == 1 else f'-{number}'}.bak")
        with suppress(FileExistsError):
            os.link(draft, backup)
            return backup
    raise AssertionError


def _stamp(now: datetime) -> str:
    return (now.astimezone(UTC) if now.tzinfo else now).strftime("%Y%m%dT%H%M%SZ")


def _sync(place: Path) -> None:
    """Have the file or the folder on disk before anything is made to depend on it."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
