"""A new database: made whole under another name, then put in its place, so that nobody ever meets half of one."""

import os
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from crmcli.errors import Refused
from crmcli.files import cleared_up
from crmcli.i18n import _
from crmcli.store import sqlite

SCHEMA = Path(__file__).with_name("schema.sql")
"""What `store.models` says, as statements (`make schema`)."""


def create(path: Path, policy: Mapping[str, Any]) -> None:
    """Make a database at `path` whose only row is `policy` (columns of models.Policy without its id).

    Raises:
        Refused: something is there already; it stays as it is. StorageFailed: the place cannot be written to.
    """
    if path.exists():
        raise Refused(
            _("{path} exists already; it was left as it is").format(path=path),
            hint=_("use it, or name another one with --db"),
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=".crm-", suffix=".new", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise sqlite.translated(error, path) from error
    draft = Path(name)

    def clear() -> None:
        for part in (draft, Path(f"{draft}-wal"), Path(f"{draft}-shm"), Path(f"{draft}-journal")):
            part.unlink(missing_ok=True)

    try:
        with cleared_up(clear):
            _build(draft, policy)
            os.link(draft, path)
    except FileExistsError as error:
        raise Refused(_("{path} exists already; it was left as it is").format(path=path)) from error
    except (OSError, sqlite3.Error) as error:
        raise sqlite.translated(error, path) from error


def _build(draft: Path, policy: Mapping[str, Any]) -> None:
    """The tables and the policy, safely on disk in one file when this returns."""
    connection = sqlite3.connect(draft, isolation_level=None)
    with closing(connection):
        connection.execute(f"PRAGMA application_id = {sqlite.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {sqlite.SCHEMA_VERSION}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(f"BEGIN IMMEDIATE;\n{SCHEMA.read_text('utf-8')}COMMIT;")
        columns = ", ".join(policy)
        holders = ", ".join(f":{column}" for column in policy)
        connection.execute(f"INSERT INTO policy ({columns}) VALUES ({holders})", dict(policy))
        # Last, because a log beside the file would have to go along with it.
        connection.execute("PRAGMA journal_mode = WAL")
