"""Files that are not what they should be: told apart, and left as they were."""

import os
import sqlite3
from pathlib import Path

import pytest

from crmcli.errors import CrmError, DatabaseUnusable, Locked, Refused, StorageFailed, UsageError
from crmcli.intake import records
from crmcli.store import sqlite
from crmcli.store.creating import create
from crmcli.store.database import Database, location
from tests.conftest import Crm


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()


def _newer(path: Path) -> None:
    create(path, {"at": "2026-11-20T01:00:00Z", "actor": "a", "name": "n", "source": "s", "digest": "{}"})
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute(f"PRAGMA user_version = {sqlite.SCHEMA_VERSION + 1}")
    connection.close()


_WRONG = {
    "foreign": (_foreign, "another program"),
    "newer": (_newer, "newer crm"),
    "empty": (lambda path: path.write_bytes(b""), "not a crm database"),
    "text": (lambda path: path.write_text("code,name\n1,甲\n" * 20, "utf-8"), "not a crm database"),
    "short": (lambda path: path.write_bytes(b"SQLite format 3\x00"), "not a crm database"),
    "directory": (lambda path: path.mkdir(), "directory"),
    "missing": (lambda path: None, "there is no database"),
}


@pytest.mark.parametrize("kind", _WRONG)
@pytest.mark.parametrize("readonly", [True, False])
def test_a_file_that_is_not_ours(tmp_path: Path, kind: str, readonly: bool) -> None:
    path = tmp_path / "x.db"
    make, words = _WRONG[kind]
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(DatabaseUnusable, match=words):
        Database(path, readonly=readonly)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert sorted(p.name for p in tmp_path.iterdir()) in ([], ["x.db"])


def test_a_damaged_file_keeps_its_bytes(crm: Crm, db: Path) -> None:
    with crm() as ws:
        for number in range(200):
            records.add_customer(ws, {"name": f"公司{number}", "note": "x" * 500})
    data = bytearray(db.read_bytes())
    data[4096:] = b"\xde\xad\xbe\xef" * ((len(data) - 4096) // 4)
    db.write_bytes(data)
    for readonly in (True, False):
        with pytest.raises(DatabaseUnusable, match="damaged"), crm(readonly=readonly) as ws:
            ws.db.rows("SELECT * FROM customer")
    assert db.read_bytes() == data


def test_a_locked_file(db: Path, crm: Crm) -> None:
    holder = sqlite3.connect(db, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(Locked, match="locked"), crm(busy_timeout=0) as ws:
            ws.db.rows("SELECT 1")
        with crm(readonly=True, busy_timeout=0) as ws:
            assert ws.db.value("SELECT count(*) FROM customer") == 0
    finally:
        holder.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_file(db: Path, crm: Crm) -> None:
    db.chmod(0o400)
    with crm(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM customer") == 0
    with pytest.raises(StorageFailed), crm() as ws:
        records.add_customer(ws, {"name": "甲"})


def test_a_read_only_connection_cannot_write(crm: Crm) -> None:
    with pytest.raises(StorageFailed, match="read-only"), crm(readonly=True) as ws:
        records.add_customer(ws, {"name": "甲"})


def test_a_new_file_is_private_and_never_replaced(tmp_path: Path, db: Path) -> None:
    fresh = tmp_path / "new folder 新" / "crm.db"
    policy = {"at": "2026-11-20T01:00:00Z", "actor": "a", "name": "n", "source": "s", "digest": "{}"}
    create(fresh, policy)
    assert fresh.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in fresh.parent.iterdir()] == ["crm.db"]
    before = db.read_bytes()
    with pytest.raises(Refused, match="exists already"):
        create(db, policy)
    assert db.read_bytes() == before


def test_a_failed_block_leaves_nothing(crm: Crm) -> None:
    with pytest.raises(RuntimeError), crm() as ws:
        records.add_customer(ws, {"name": "甲"})
        raise RuntimeError
    with crm(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM customer") == 0


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:///a/b.db", "a/b.db"), ("sqlite:////a/b.db", "/a/b.db"), ("a b.db", "a b.db")]
)
def test_location(url: str, path: str) -> None:
    assert location(url) == Path(path)


def test_location_of_another_database() -> None:
    with pytest.raises(UsageError, match="postgresql"):
        location("postgresql://host/db")


@pytest.mark.parametrize(
    ("error", "family"),
    [
        (PermissionError(13, "Permission denied"), StorageFailed),
        (OSError(28, "No space left on device"), StorageFailed),
        (sqlite3.OperationalError("odd"), CrmError),
    ],
)
def test_errors_are_translated_by_what_to_do(error: OSError | sqlite3.Error, family: type[CrmError]) -> None:
    assert type(sqlite.translated(error, Path("x"))) is family
