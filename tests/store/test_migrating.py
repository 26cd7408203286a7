"""A database of an older version: upgraded behind a backup, whole or not at all."""

import errno
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

import crmcli
from crmcli.cleaning import merging
from crmcli.errors import DatabaseUnusable, Locked, StorageFailed
from crmcli.store import migrating, reversing, sqlite
from crmcli.store.database import Database
from crmcli.store.workspace import Workspace
from tests.conftest import NOW, Run
from tests.store.dumps import TABLES, dump

_BACKUP = "crm.db.v1-20261120T010000Z.bak"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database as version 1 wrote it, in write-ahead mode."""
    path = tmp_path / "old" / "crm.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).parent / "version_1.sql").read_text("utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    return path


def _open(path: Path, *, readonly: bool = False) -> Workspace:
    with crmcli.open(path, now=datetime.fromisoformat(NOW), actor="tester", readonly=readonly) as ws:
        return ws


def _files(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


def _all(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def _version(path: Path) -> object:
    return _all(path, "PRAGMA user_version")[0][0]


def _definitions(path: Path) -> dict[str, list[str]]:
    """Each table and index with the parts of its definition, in whatever order and spacing they were written."""
    found = {}
    for name, sql in _all(path, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"):
        text = " ".join(str(sql).replace('"', "").split()).replace("( ", "(").replace(" )", ")")
        # A constraint on a column of its own says the same as one at the end.
        text = re.sub(r"(?<!,) (CONSTRAINT grade_known )", r", \1", text)
        # And so does a list of values as one after the other, which a new database has because it is faster.
        text = re.sub(r"(\w+) IN \(([^()]*)\)", _one_by_one, text)
        found[str(name)] = sorted(_parts(text))
    return found


def _one_by_one(listed: re.Match[str]) -> str:
    return " OR ".join(f"{listed[1]} = {value}" for value in listed[2].split(", "))


def _parts(text: str) -> Iterator[str]:
    """What commas part, but for those within inner brackets; the head and the tail of the statement."""
    head, _bracket, rest = text.partition("(")
    inner, _bracket, tail = rest.rpartition(")")
    yield head.strip()
    yield tail.strip()
    yield from (part.strip() for part in re.split(r",(?![^()]*\))", inner))


def test_an_older_database_becomes_what_a_new_one_is(old: Path, db: Path) -> None:
    _open(old)
    assert _version(old) == sqlite.SCHEMA_VERSION
    assert _definitions(old) == _definitions(db)
    for table in (*TABLES, "operation", "change", "batch"):
        columns = f"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}') ORDER BY name"
        assert _all(old, columns) == _all(db, columns)


@pytest.mark.parametrize("readonly", [True, False])
def test_what_was_in_it_stays_and_the_backup_is_as_it_was(old: Path, readonly: bool) -> None:
    tables = [str(name) for (name,) in _all(old, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    columns = {table: [row[1] for row in _all(old, f"PRAGMA table_info({table})")] for table in tables}
    quoted = {table: ", ".join(f'"{column}"' for column in columns[table]) for table in tables}
    # The policy's digest is derived anew.
    queries = [f"SELECT {quoted[table]} FROM {table}" for table in tables if table != "policy"]
    before = [_all(old, query) for query in queries]
    ws = _open(old, readonly=readonly)
    assert ws.upgraded == f"{old} was upgraded from version 1 to 2; as it was, it is in {_BACKUP}"
    assert [_all(old, query) for query in queries] == before
    backup = old.with_name(_BACKUP)
    assert _version(backup) == 1
    assert _all(backup, "PRAGMA integrity_check") == [("ok",)]
    assert [_all(backup, query) for query in queries] == before
    assert backup.stat().st_mode & 0o777 == 0o600
    assert _files(old) == ["crm.db", _BACKUP]
    assert _open(old).upgraded is None


def test_the_journal_of_before_still_works(old: Path) -> None:
    with crmcli.open(old, now=datetime.fromisoformat(NOW)) as ws:
        before = dump(ws)
        merging.merge(ws, "C000001", ["C000002"])
    with crmcli.open(old, now=datetime.fromisoformat(NOW)) as ws:
        reversing.undo(ws)
    with crmcli.open(old, now=datetime.fromisoformat(NOW)) as ws:
        assert dump(ws) == before
        reversing.undo(ws, 5)
    with crmcli.open(old, now=datetime.fromisoformat(NOW)) as ws:
        assert ws.db.value("SELECT owner FROM customer WHERE code = 'C000002'") is None


def test_the_first_command_says_so_whatever_becomes_of_it(run: Run, old: Path) -> None:
    result = run("show", "nobody", database=old)
    assert result.code == 3
    assert result.stderr.splitlines()[0].endswith(f"was upgraded from version 1 to 2; as it was, it is in {_BACKUP}")
    assert run("due", database=old).stderr == ""


def test_a_second_backup_takes_another_name(old: Path) -> None:
    old.with_name(_BACKUP).write_text("mine")
    _open(old)
    assert old.with_name(_BACKUP).read_text() == "mine"
    assert _version(old.with_name("crm.db.v1-20261120T010000Z-2.bak")) == 1


def test_interrupted_behind_the_commit_it_keeps_the_backup(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take = migrating._take_steps

    def interrupted(connection: sqlite3.Connection, path: Path, version: int) -> None:
        take(connection, path, version)
        raise KeyboardInterrupt

    monkeypatch.setattr(migrating, "_take_steps", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _open(old)
    assert (_version(old), _version(old.with_name(_BACKUP))) == (2, 1)


_KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from crmcli.store import migrating
setattr(migrating, sys.argv[2], lambda *_given: os.kill(os.getpid(), signal.SIGKILL))
migrating.upgrade(Path(sys.argv[1]), now=datetime.fromisoformat(sys.argv[3]))
"""


@pytest.mark.parametrize(
    ("step", "left"),
    [("_refuse_unsound", 0), ("_take_steps", 1), ("_renew_digest", 1)],
    ids=["before the backup is good", "before the first statement", "before the commit"],
)
def test_killed_on_the_way(old: Path, step: str, left: int) -> None:
    before = _definitions(old)
    done = subprocess.run([sys.executable, "-c", _KILLED, str(old), step, NOW], check=False)
    assert done.returncode == -signal.SIGKILL
    assert _version(old) == 1
    assert _definitions(old) == before
    assert len([name for name in _files(old) if name.startswith("crm.db.v1")]) == left
    _open(old)
    assert _version(old) == sqlite.SCHEMA_VERSION
    assert _all(old, "SELECT count(*) FROM customer") == [(2,)]


@pytest.mark.parametrize("statement", ["ALTER TABLE nowhere ADD COLUMN x", "UPDATE contact SET customer_id = 99"])
def test_a_step_that_fails_leaves_all_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    before = _definitions(old)
    monkeypatch.setitem(migrating.STEPS, 1, (*migrating.STEPS[1], "PRAGMA defer_foreign_keys = ON", statement))
    with pytest.raises(Exception, match=r"no such table|damaged"):
        _open(old)
    assert (_version(old), _definitions(old), _files(old)) == (1, before, ["crm.db"])


def test_every_older_version_has_a_step() -> None:
    assert sorted(migrating.STEPS) == list(range(1, sqlite.SCHEMA_VERSION))


def test_a_version_that_never_was(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA user_version = 0")
    with pytest.raises(DatabaseUnusable, match="unknown version, 0"):
        _open(old)
    assert _files(old) == ["crm.db"]


def test_a_damaged_one_is_not_upgraded(old: Path) -> None:
    page = 4096
    data = bytearray(old.read_bytes())
    data[page * 3 :] = b"\xde\xad\xbe\xef" * ((len(data) - page * 3) // 4)
    old.write_bytes(data)
    with pytest.raises(DatabaseUnusable, match="damaged"):
        _open(old)
    assert old.read_bytes() == data
    assert [name for name in _files(old) if name.endswith(".bak")] == []


def test_while_another_one_writes(old: Path) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Locked):
            migrating.upgrade(old, now=datetime.fromisoformat(NOW), busy_timeout=0)
        assert [name for name in _files(old) if name.endswith("bak")] == []


def test_a_connection_of_another_kind_says_that_it_is_older(old: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="older crm"):
        Database(old)


_COMMAND = [sys.executable, "-m", "crmcli", "--now", NOW, "--db"]


def test_several_first_commands_at_once(old: Path) -> None:
    words = (["list", "-f", "json"], ["add", "新客户"], ["due", "-f", "json"])
    running = [
        subprocess.Popen([*_COMMAND, str(old), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for command in words
    ]
    said = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert sum("was upgraded" in stderr for _stdout, stderr in said) == 1
    assert len([name for name in _files(old) if name.endswith(".bak")]) == 1
    assert _all(old, "SELECT count(*) FROM customer") == [(3,)]


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_without_a_place_for_the_backup_nothing_is_done(
    old: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_given: object, **_named: object) -> tuple[int, str]:
        raise OSError(number, os.strerror(number))

    before = _definitions(old)
    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(StorageFailed, match="of an older crm and has to be upgraded, but: ") as error:
        _open(old)
    assert error.value.hint
    assert (_version(old), _definitions(old)) == (1, before)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_file_of_an_older_version(old: Path) -> None:
    before = old.read_bytes()
    old.chmod(0o400)
    old.parent.chmod(0o500)
    try:
        for readonly in (True, False):
            with pytest.raises(StorageFailed, match="of an older crm and has to be upgraded"):
                _open(old, readonly=readonly)
    finally:
        old.parent.chmod(0o700)
    assert old.read_bytes() == before
