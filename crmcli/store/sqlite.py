"""One SQLite file: open it, know that it is ours, and say what its errors mean."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import cast

from crmcli.errors import CrmError, DatabaseUnusable, Locked, StorageFailed
from crmcli.i18n import _

APPLICATION_ID = 0x63726D31  # "crm1", in the file's header: tells our files from other programs'
SCHEMA_VERSION = 2
# The driver asks every value but texts and numbers how to adapt it, which for None takes longer than to store it. Told
# once how, it does not ask again; that None stays None is so for all of the process.
sqlite3.register_adapter(type(None), cast(Callable[[None], None], {}.get))

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100


class Outdated(DatabaseUnusable):
    """The database is of an older version: `migrating` brings it up to this one."""


def connect(path: Path, *, readonly: bool = False, busy_timeout: float = 20.0) -> sqlite3.Connection:
    """A connection to an existing database of ours at `path`.

    Raises:
        DatabaseUnusable: the file is missing, damaged, not ours or newer, or (Outdated) older; its bytes stay as they
            were.
        StorageFailed: it cannot be opened. Locked: another process holds it longer than `busy_timeout` seconds.
    """
    _refuse_unless_ours(path)
    try:
        connection = _open(path, readonly=readonly, busy_timeout=busy_timeout)
        # The header is the last checkpoint's; what another program wrote since is in the log.
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != SCHEMA_VERSION:
            connection.close()
            raise _newer(path) if version > SCHEMA_VERSION else _older(path)
    except sqlite3.Error as error:
        raise translated(error, path) from error
    return connection


def writer(path: Path, busy_timeout: float) -> sqlite3.Connection:
    """A connection that writes, whatever version the database is of."""
    connection = _connect(f"{path.resolve().as_uri()}?mode=rw", busy_timeout)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def translated(error: OSError | sqlite3.Error, path: Path) -> CrmError:
    """The error of ours that says what `error` means for the user of the database at `path`."""
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        message = _("{path} is locked: another crm is writing to it").format(path=path)
        return Locked(message, hint=_("try again, or wait longer with --busy-timeout SECONDS"))
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return damaged(path)
    if name.startswith("SQLITE_FULL"):
        return StorageFailed(_("no space left for {path}; nothing was changed").format(path=path))
    if name.startswith("SQLITE_READONLY"):
        return StorageFailed(_("{path} is read-only; nothing was changed").format(path=path))
    if isinstance(error, OSError) or name.startswith(("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM", "SQLITE_AUTH")):
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return StorageFailed(_("cannot use {path}: {reason}").format(path=path, reason=reason))
    return CrmError(_("the database {path} answered: {reason}").format(path=path, reason=error))


def damaged(path: Path) -> DatabaseUnusable:
    """The error for a file that SQLite cannot read, or whose parts do not fit together."""
    return DatabaseUnusable(
        _("{path} is damaged; it was left as it is").format(path=path),
        hint=_("restore a backup of it, or name another database with --db"),
    )


def _newer(path: Path) -> DatabaseUnusable:
    return DatabaseUnusable(_("{path} was written by a newer crm").format(path=path), hint=_("upgrade crm to read it"))


def _older(path: Path) -> Outdated:
    return Outdated(_("{path} was written by an older crm").format(path=path))


def _refuse_unless_ours(path: Path) -> None:
    """Judge the file by its header alone, before SQLite could touch it."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise DatabaseUnusable(_("{path} is not a file").format(path=path))
        with path.open("rb") as file:
            header = file.read(_HEADER)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DatabaseUnusable(
            _("there is no database at {path}").format(path=path),
            hint=_("create it with: crm --db {path} init").format(path=path),
        ) from error
    except IsADirectoryError as error:
        raise DatabaseUnusable(_("{path} is a directory, not a database").format(path=path)) from error
    except OSError as error:
        raise translated(error, path) from error
    if not header.startswith(_MAGIC) or len(header) < _HEADER:
        raise DatabaseUnusable(
            _("{path} is not a crm database").format(path=path), hint=_("name another one with --db")
        )
    # Offsets 68 and 60 of the header: https://www.sqlite.org/fileformat2.html#the_database_header
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise DatabaseUnusable(
            _("{path} is another program's database").format(path=path), hint=_("name another one with --db")
        )
    if int.from_bytes(header[60:64], "big") > SCHEMA_VERSION:
        raise _newer(path)


def _open(path: Path, *, readonly: bool, busy_timeout: float) -> sqlite3.Connection:
    if not readonly:
        return writer(path, busy_timeout)
    uri = path.resolve().as_uri()
    for mode in ("mode=rw", "mode=ro", "mode=ro&immutable=1"):
        # A file in write-ahead mode needs its side files even to be read; where they cannot be made (read-only
        # media), only a file that is declared immutable opens, and it is one only if no writer left a log.
        if "immutable" in mode and Path(f"{path}-wal").exists():
            continue
        try:
            connection = _connect(f"{uri}?{mode}", busy_timeout)
            connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return connection
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR")):
                raise
            failure = error
    raise failure


def _connect(uri: str, busy_timeout: float) -> sqlite3.Connection:
    # Transactions are begun by hand: the driver's own habit leaves DDL and reads outside of them.
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=busy_timeout)
    # Small, so that memory does not grow with the file; sorts are even slower with larger ones.
    connection.execute("PRAGMA cache_size = -8000")
    connection.execute("PRAGMA temp.cache_size = -8000")
    return connection
