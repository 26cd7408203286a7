"""A new database: made whole under another name, then put in its place, so that nobody ever meets half of one."""

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crmcli.errors import Refused
from crmcli.i18n import _
from crmcli.store import sqlite


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
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        connection = sqlite.create(draft)
        _create_tables(connection)
        columns = ", ".join(policy)
        holders = ", ".join(f":{column}" for column in policy)
        connection.execute(f"INSERT INTO policy ({columns}) VALUES ({holders})", dict(policy))
        connection.close()
        os.link(draft, path)
    except FileExistsError as error:
        raise Refused(_("{path} exists already; it was left as it is").format(path=path)) from error
    except (OSError, sqlite3.Error) as error:
        raise sqlite.translated(error, path) from error
    finally:
        for part in (draft, Path(f"{draft}-wal"), Path(f"{draft}-shm")):
            part.unlink(missing_ok=True)


def _create_tables(connection: sqlite3.Connection) -> None:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool
    from sqlmodel import SQLModel

    import crmcli.store.models  # noqa: F401 (defines the tables)

    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    connection.execute("BEGIN IMMEDIATE")
    SQLModel.metadata.create_all(engine)
    if connection.in_transaction:
        connection.execute("COMMIT")
