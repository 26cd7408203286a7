"""Staged rows become customers, each with the people that its row names."""

from collections.abc import Sequence
from dataclasses import replace

from crmcli.errors import Problem
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.intake import matching, merging
from crmcli.intake.loading.people import load_people
from crmcli.intake.staging import Staged
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from crmcli.values import name_key

_CODES = "SELECT code FROM customer UNION ALL SELECT code FROM former_code"


def load_customers(ws: Workspace, table: str, staged: Staged, match: str) -> merging.Merged:
    """Bring the rows of `staged` into the customers, and the people that they name beside them.

    A row is of the customer with its code, its tax id or its name; with the match `create` of another one. `table`
    is customers or leads, as the layout says.
    """
    base = journal.next_id(ws, "customer") - 1
    if match != "create":
        staged.named_otherwise = matching.match_customers(ws, staged.columns, base=base)
        _keep_stages(ws, staged.columns)
    elif "code" in staged.columns:
        _reject_taken(ws, staged)
    columns = [name for name in staged.columns if name in _columns(table)]
    if "code" not in columns:
        ws.db.execute("ALTER TABLE staged ADD COLUMN code TEXT")
        columns = ["code", *columns]
    give_codes(ws, "staged")
    _name_by_code(ws)
    merged = merging.merge(
        ws,
        "customer",
        columns,
        key=merging.KEYS["customer"],
        match=match,
        defaults=customer_defaults(ws, table),
        base=base,
    )
    known = base if match == "skip" else None
    of_persons = load_people(ws, staged.columns, f"coalesce(target, {base} + seq)", match, only_fresh_after=known)
    return replace(merged, otherwise={**of_persons, **merged.otherwise})


def _columns(table: str) -> set[str]:
    """Those of a customer that `staged` may have."""
    own = {field.column for field in TABLES[table].fields if field.column}
    return own | {"name_key", "birthday_key", "since_key", "extra"}


def _keep_stages(ws: Workspace, columns: Sequence[str]) -> None:
    """Who is a customer already does not become a lead by standing in a list of leads."""
    if "stage" in columns:
        known = "EXISTS (SELECT 1 FROM customer AS c WHERE c.id = staged.target AND c.stage NOT IN ('lead', 'lost'))"
        ws.db.execute(f"UPDATE staged SET stage = NULL WHERE stage = 'lead' AND target IS NOT NULL AND {known}")


def _reject_taken(ws: Workspace, staged: Staged) -> None:
    """Where every row is to be another customer, a code that is taken cannot be."""
    first = "SELECT min(seq) FROM staged GROUP BY coalesce(code, seq)"
    taken = f"code IN (SELECT code FROM ({_CODES})) OR seq NOT IN ({first})"
    for row in ws.db.rows(f"SELECT line, code FROM staged WHERE {taken} ORDER BY seq"):
        staged.reject(row["line"], Problem("code-taken", _("the code is taken"), "code", row["code"], row["line"]))
    ws.db.execute(f"DELETE FROM staged WHERE {taken}")


def give_codes(ws: Workspace, name: str) -> None:
    """C000001 and so on for the fresh customers of the temporary table `name` that the file gives no code."""
    if not ws.db.value(f"SELECT 1 FROM {name} WHERE target IS NULL AND code IS NULL LIMIT 1"):
        return
    highest = ws.db.value(
        "SELECT max(CAST(substr(code, 2) AS INTEGER)) "
        f"FROM ({_CODES} UNION ALL SELECT code FROM {name}) "
        "WHERE code GLOB 'C[0-9]*' AND NOT substr(code, 2) GLOB '*[^0-9]*' AND length(code) <= 10"
    )
    ws.db.execute(
        f"UPDATE {name} SET code = printf('C%06d', :highest + numbered.nth) FROM "
        f"(SELECT seq, row_number() OVER (ORDER BY seq) AS nth FROM {name} "
        "WHERE target IS NULL AND code IS NULL) AS numbered "
        f"WHERE numbered.seq = {name}.seq",
        {"highest": highest or 0},
    )


def _name_by_code(ws: Workspace) -> None:
    """A fresh customer known only by its code is called by it."""
    for row in ws.db.rows("SELECT seq, code FROM staged WHERE target IS NULL AND name IS NULL"):
        ws.db.execute(
            "UPDATE staged SET name = code, name_key = :key WHERE seq = :seq", {"key": name_key(row["code"]), **row}
        )


def customer_defaults(ws: Workspace, table: str = "customers") -> dict[str, str]:
    """What a fresh customer stores where its file says nothing, as SQL."""
    return {**merging.stored_defaults(table), "created_on": f"'{ws.today.isoformat()}'", "tier_drops": "0"}
