"""Write the statements that make the tables of `store.models`: `make schema`.

They are committed, because working them out takes SQLAlchemy, which is slower to import than all else that `crm init`
does.
"""

from __future__ import annotations

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

import crmcli.store.models  # noqa: F401 (defines the tables)
from crmcli.store.creating import SCHEMA


def schema() -> str:
    """The statements, tables in the order in which they refer to each other, each followed by its indexes."""
    made: list[CreateTable | CreateIndex] = []
    for table in SQLModel.metadata.sorted_tables:
        made += [CreateTable(table), *map(CreateIndex, sorted(table.indexes, key=lambda index: str(index.name)))]
    statements = (str(part.compile(dialect=sqlite.dialect())) for part in made)  # type: ignore[no-untyped-call]
    return "\n".join(f"{_tidy(statement)};" for statement in statements) + "\n"


def _tidy(statement: str) -> str:
    return "\n".join(line.rstrip() for line in statement.expandtabs(4).strip().splitlines())


if __name__ == "__main__":
    SCHEMA.write_text(schema(), "utf-8")
