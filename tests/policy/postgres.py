"""A PostgreSQL of one's own, for a test: in a folder that goes with it, reached through a socket in that folder.

It is spoken to by its own program `psql`, so that no driver is needed. Parameters are bound by PREPARE and EXECUTE,
as a driver binds them: their types are for the server to find out.
"""

import csv
import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

from crmcli.store import models

# Where Debian, the PostgreSQL packages for Red Hat, and Homebrew put what is not on the path.
_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")
_ACCOUNT = "postgres"
_NULL = "\\N"


def programs() -> Path | None:
    """The folder with initdb, pg_ctl and psql; the newest where there are several."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted((path for pattern in _FOLDERS for path in Path("/").glob(pattern)), key=_version, reverse=True)
    return next((path for path in found if all((path / name).exists() for name in ("initdb", "pg_ctl", "psql"))), None)


def _version(path: Path) -> int:
    number = re.search(r"\d+", str(path))
    return int(number[0]) if number else 0


def missing() -> str:
    """Why no server can be started here; "" if one can."""
    if os.name == "nt" or programs() is None:
        return "PostgreSQL's initdb, pg_ctl and psql are not installed here"
    if os.geteuid() == 0 and not (shutil.which("runuser") and _has_account()):
        return f"PostgreSQL does not run as root, and there is no account '{_ACCOUNT}' to run it under"
    return ""


def _has_account() -> bool:
    import pwd

    return any(entry.pw_name == _ACCOUNT for entry in pwd.getpwall())


class Server:
    """A running server; every `query` is a connection of its own."""

    def __init__(self, folder: Path, bin: Path) -> None:
        self.folder = folder
        self.bin = bin

    def run(self, script: str) -> str:
        """What psql prints for the statements; AssertionError with the server's words where one fails."""
        command: list[str | Path] = [
            self.bin / "psql",
            "-X",
            "-q",
            "--csv",
            "-t",
            "-P",
            f"null={_NULL}",
            "-v",
            "ON_ERROR_STOP=1",
        ]
        command += ["-h", self.folder, "-U", "tester", "-d", "postgres"]
        environment = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning", "PGCLIENTENCODING": "UTF8"}
        done = subprocess.run(command, input=script, capture_output=True, encoding="utf-8", env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def query(self, sql: str, params: Mapping[str, str], *, setup: str = "") -> list[list[str | None]]:
        """The rows of one SELECT whose parameters are written `:name`, every value as text."""
        names = [name for name in params if re.search(rf":{name}\b", sql)]
        for number, name in enumerate(names, start=1):
            sql = re.sub(rf":{name}\b", f"${number}", sql)
        given = f"({', '.join(_quoted(params[name]) for name in names)})" if names else ""
        printed = self.run(f"{setup}\nPREPARE asked AS {sql};\nEXECUTE asked{given};\n")
        return [[None if cell == _NULL else cell for cell in row] for row in csv.reader(io.StringIO(printed))]

    def fill(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """All tables anew, with these rows."""
        assert "customer" in SQLModel.metadata.tables, models
        known = SQLModel.metadata.sorted_tables
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
        script = ["DROP SCHEMA public CASCADE; CREATE SCHEMA public;"]
        for table in known:
            script.append(f"{CreateTable(table).compile(dialect=dialect)};")
            script += [f"{CreateIndex(index).compile(dialect=dialect)};" for index in table.indexes]
        script += [_copied(table.name, tables[table.name]) for table in known if tables.get(table.name)]
        self.run("\n".join([*script, "ANALYZE;"]))


def _copied(table: str, rows: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    data = io.StringIO()
    out = csv.writer(data, lineterminator="\n")
    out.writerows([_NULL if row.get(column) is None else row[column] for column in columns] for row in rows)
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv, NULL '{_NULL}');\n{data.getvalue()}\\."


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def server() -> Iterator[Server]:
    """One that runs within the block."""
    bin = programs()
    assert bin is not None
    folder = Path(tempfile.mkdtemp(prefix="crm-postgres-"))
    data = folder / "data"
    # Durability is for databases that are to outlive a test.
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c full_page_writes=off"
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _ACCOUNT)
        _as_account([bin / "initdb", "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"])
        _as_account([bin / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "-t", "60", "start"])
        try:
            yield Server(folder, bin)
        finally:
            _as_account([bin / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_account(command: Iterable[object]) -> None:
    words = [str(word) for word in command]
    before = ["runuser", "-u", _ACCOUNT, "--"] if os.geteuid() == 0 else []
    # Not a pipe: the server would hold it open.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run([*before, *words], stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/")
        said.seek(0)
        assert done.returncode == 0, said.read().decode(errors="replace")
