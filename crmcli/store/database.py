"""The one door to a database: plain SQL with named parameters.

Rows are dicts; dates and instants are ISO text in both directions; money is integer minor units. The tables are those
of `schema.sql`, which is written from the SQLModel classes of `models`: to import these would double the time of every
command.
"""

import re
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

from crmcli.errors import InvalidInput, UsageError
from crmcli.i18n import _
from crmcli.store import sqlite

Row = dict[str, Any]
Params = Mapping[str, Any]

# Kilobytes: 100,000 customers with a million orders on their way in.
_LOOKED_UP = 64_000
# Values that one INSERT binds: SQLite takes 999 of them in any version.
_BOUND = 500


class Database:
    """An open SQLite database. Nothing is visible to others until `commit`."""

    def __init__(self, path: Path, *, readonly: bool = False, busy_timeout: float = 20.0) -> None:
        self.path = path
        self.readonly = readonly
        self._connection = sqlite.connect(path, readonly=readonly, busy_timeout=busy_timeout)

    def begin(self) -> None:
        """Start the one transaction; a writer takes its place in the queue here, not in the middle of its work."""
        self.execute("BEGIN" if self.readonly else "BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()

    def rows(self, sql: str, params: Params | None = None) -> list[Row]:
        """All rows of a query."""
        with self._errors():
            cursor = self._connection.execute(sql, params or {})
            return [*_dicts(cursor, cursor.fetchall())]

    def each(self, sql: str, params: Params | None = None) -> Generator[Row]:
        """The rows of a query, one by one: memory stays flat."""
        with self._errors():
            cursor = self._connection.execute(sql, params or {})
            yield from _dicts(cursor, cursor)

    def first(self, sql: str, params: Params | None = None) -> Row | None:
        """The first row of a query, if there is one."""
        with self._errors():
            cursor = self._connection.execute(sql, params or {})
            row = cursor.fetchone()
            return None if row is None else next(_dicts(cursor, [row]))

    def value(self, sql: str, params: Params | None = None) -> Any:
        """The only column of the first row, or None."""
        row = self.first(sql, params)
        return next(iter(row.values())) if row else None

    def execute(self, sql: str, params: Params | None = None) -> int:
        """Run one statement; the number of rows it changed."""
        with self._errors():
            return self._connection.execute(sql, params or {}).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert tuples in bulk; `rows` may be a generator.

        Many a statement: to run one takes as long as to store a row.
        """
        into = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "
        holders = f"({', '.join('?' * len(columns))})"
        left = iter(rows)
        with self._errors():
            while some := list(islice(left, max(1, _BOUND // len(columns)))):
                sql = into + ", ".join([holders] * len(some))
                self._connection.execute(sql, list(chain.from_iterable(some)))

    def new_temporary(self, name: str, definition: str, params: Params | None = None) -> None:
        """Make a temporary table in the place of the one that an earlier part of the work may have left: `definition`
        has its columns in parentheses, or the query that fills it behind AS.
        """
        self.drop_temporary(name)
        self.execute(f"CREATE TEMPORARY TABLE {name} {definition}", params)

    def drop_temporary(self, name: str) -> None:
        """Take away the temporary table or view of this name, if an earlier part of the work has left one."""
        kind = self.value("SELECT type FROM temp.sqlite_master WHERE name = :name", {"name": name})
        if kind:
            self.execute(f"DROP {kind} temp.{name}")

    @contextmanager
    def indexing_after(self, table: str, column: str | None = None) -> Iterator[None]:
        """A part that fills `table`, or this column of it: its indexes, but for the unique ones, or only those over
        the column, are built at the end, which is faster than row by row.
        """
        built = self.rows(
            "SELECT name, sql FROM sqlite_master AS made WHERE type = 'index' AND tbl_name = :table "
            "AND sql IS NOT NULL AND sql NOT LIKE 'CREATE UNIQUE%' AND (:column IS NULL OR EXISTS ("
            "SELECT 1 FROM pragma_index_info(made.name) AS part WHERE part.name = :column)) "
            # A temporary table of the name is the one that is filled, and it has no indexes to speak of.
            "AND NOT EXISTS (SELECT 1 FROM temp.sqlite_master WHERE name = :table)",
            {"table": table, "column": column},
        )
        for index in built:
            self.execute(f"DROP INDEX {index['name']}")
        yield
        for index in built:
            self.execute(index["sql"])

    @contextmanager
    def looking_up(self) -> Iterator[None]:
        """A part whose rows refer to others all over a large table: more of the file stays in memory meanwhile."""
        usual = self.value("PRAGMA cache_size")
        self.execute(f"PRAGMA cache_size = -{_LOOKED_UP}")
        try:
            yield
        finally:
            self.execute(f"PRAGMA cache_size = {usual}")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part that may fail on its own: on any error its writes are taken back and the error goes on."""
        self.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            # On a full disk SQLite has taken everything back by itself.
            if self._connection.in_transaction:
                self.execute("ROLLBACK TO part")
                self.execute("RELEASE part")
            raise
        self.execute("RELEASE part")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except (UnicodeEncodeError, OverflowError) as error:
            raise InvalidInput(_("a value cannot be stored: {reason}").format(reason=error.args[-1])) from error
        except sqlite3.Error as error:
            raise sqlite.translated(error, self.path) from error


IntegrityError = sqlite3.IntegrityError


def location(url: str) -> Path:
    """The file that a database name stands for.

    Raises:
        UsageError: the URL is of a kind that is not served.
    """
    scheme = re.match(r"([a-z][a-z0-9+]*)://", url)
    if not url.strip():
        raise UsageError(_("the name of the database is empty"), hint=_("give its path with --db, or leave it out"))
    if scheme is None or url.startswith("sqlite:///"):
        try:
            return Path(url.removeprefix("sqlite:///")).expanduser()
        except RuntimeError as error:
            raise UsageError(str(error)) from error
    raise UsageError(
        _("{scheme}:// databases are not served by this version").format(scheme=scheme[1]),
        hint=_("give the path of a SQLite file"),
    )


def _dicts(cursor: sqlite3.Cursor, rows: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
    """The rows by column. The names are made once a query, not once a row: with many rows that is half the time."""
    names = [column[0] for column in cursor.description or ()]
    return (dict(zip(names, row, strict=False)) for row in rows)
