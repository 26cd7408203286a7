"""Staged rows become what belongs to customers: people, orders, contracts, talks, cases, answers, tags."""

from collections.abc import Sequence
from dataclasses import replace

from crmcli.errors import Problem
from crmcli.fields import TABLES, heading_key
from crmcli.i18n import _
from crmcli.intake import matching, merging
from crmcli.intake.loading.customers import customer_defaults, give_codes
from crmcli.intake.loading.people import load_people
from crmcli.intake.mapping import Layout
from crmcli.intake.staging import Staged
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from crmcli.values import name_key


def load_children(
    ws: Workspace, layout: Layout, staged: Staged, *, match: str, create_customers: bool
) -> merging.Merged:
    """Bring the rows of `staged` into the table of their layout, each beside its customer.

    A row whose customer nobody is, or more than one, is rejected; with `create_customers` those nobody is are made.
    """
    entity = TABLES[layout.table].entity
    key = merging.KEYS[entity]
    if "customer" in staged.columns:
        matching.find_customers(ws, numbered=entity if key == ("number",) else None)
        if create_customers:
            _create_named(ws)
        _reject_unknown(ws, staged)
    columns = [column for column in staged.columns if column not in ("customer", "customer_id", "people")]
    if entity == "interaction":
        columns = _number_alike(ws, columns, {"topic": ""}, key)
    elif entity == "survey":
        columns = _number_alike(ws, columns, {"kind": _survey_kind(layout)}, key)
        _reject_scores(ws, staged)
    defaults = _child_defaults(ws, layout.table)
    merged = merging.merge(ws, entity, ["customer_id", *columns], key=key, match=match, defaults=defaults)
    if entity != "contact":
        return merged
    return replace(merged, otherwise=load_people(ws, staged.columns, "customer_id", match) | merged.otherwise)


def _child_defaults(ws: Workspace, table: str) -> dict[str, str]:
    """`merging.stored_defaults`, and those that the policy and the day give."""
    own = {
        "orders": {"currency": f"'{ws.digest['currency']}'"},
        "tag": {"since": f"'{ws.today.isoformat()}'"},
    }
    return merging.stored_defaults(table) | own.get(TABLES[table].entity, {})


def _reject_scores(ws: Workspace, staged: Staged) -> None:
    """Take out the answers whose score none of their kind has; that each is from 0 to 10 was seen when it was read."""
    wrong = "(kind = 'csat' AND score NOT BETWEEN 1 AND 5) OR (kind = 'nps' AND score <> round(score))"
    reasons = {
        "csat": _("csat is answered with 1 to 5; if this is NPS, give a column kind with nps"),
        "nps": _("nps is answered with a whole number; if this is satisfaction, give a column kind with csat"),
    }
    for row in ws.db.rows(f"SELECT line, kind, score FROM staged WHERE {wrong} ORDER BY seq"):
        reason = reasons[row["kind"]]
        staged.reject(row["line"], Problem("score-invalid", reason, "score", f"{row['score']:g}", row["line"]))
    ws.db.execute(f"DELETE FROM staged WHERE {wrong}")


def _survey_kind(layout: Layout) -> str:
    """What kind of answers a file without a column for it has: the heading over the scores may tell."""
    headings = [
        heading_key(heading)
        for heading, column in zip(layout.headings, layout.columns, strict=False)
        if column and column.name == "score"
    ]
    return "nps" if any(word in heading for heading in headings for word in ("nps", "推荐")) else "csat"


def _create_named(ws: Workspace) -> None:
    """Customers for the names that nobody has yet; a name in one piece with a digit in it is a code, too."""
    unknown = "SELECT given FROM named WHERE customer_id IS NULL AND namesakes = 0 ORDER BY given"
    names = [row["given"] for row in ws.db.rows(unknown)]
    # Names that differ in their writing alone are one customer's, which has that which sorts first.
    keys = {name: name if _is_code(name) else name_key(name) or name for name in names}
    firsts: dict[str, str] = {}
    for name, key in keys.items():
        firsts.setdefault(key, name)
    base = journal.next_id(ws, "customer") - 1
    _load_named(ws, list(firsts.values()), base)
    ids = {key: base + seq for seq, key in enumerate(firsts, 1)}
    for name in names:
        ws.db.execute("UPDATE named SET customer_id = :id WHERE given = :name", {"id": ids[keys[name]], "name": name})
    ws.db.execute(
        "UPDATE staged SET customer_id = (SELECT customer_id FROM named WHERE given = staged.customer) "
        "WHERE customer_id IS NULL"
    )


def _load_named(ws: Workspace, names: Sequence[str], base: int) -> None:
    """A customer for each name, in their order, with the ids after `base`."""
    ws.db.execute("DROP TABLE IF EXISTS temp.fresh")
    ws.db.execute(
        "CREATE TEMP TABLE fresh "
        "(seq INTEGER PRIMARY KEY, line INTEGER, target INTEGER, code TEXT, name TEXT, name_key TEXT)"
    )
    columns = ["code", "name", "name_key"]
    ws.db.insert("fresh", columns, ((name if _is_code(name) else None, name, name_key(name)) for name in names))
    give_codes(ws, "fresh")
    defaults = customer_defaults(ws)
    merged = merging.merge(ws, "customer", columns, key=(), match="skip", defaults=defaults, staged="fresh", base=base)
    if merged.created:
        ws.summary = _("customers: {count} created").format(count=merged.created)


def _is_code(name: str) -> bool:
    return name.isascii() and " " not in name and any(map(str.isdigit, name))


def _reject_unknown(ws: Workspace, staged: Staged) -> None:
    """Take out the rows whose customer nobody is, or more than one."""
    for row in ws.db.rows(
        "SELECT line, customer, namesakes FROM staged LEFT JOIN named ON given = customer "
        "WHERE staged.customer_id IS NULL ORDER BY seq"
    ):
        if row["namesakes"]:
            code = "customer-ambiguous"
            reason = _("{count} customers are called that; write the code").format(count=row["namesakes"])
        else:
            code = "customer-unknown"
            reason = _("no customer is called that; import customers first, or use --create-customers")
        staged.reject(row["line"], Problem(code, reason, "customer", row["customer"] or "", row["line"]))
    ws.db.execute("DELETE FROM staged WHERE customer_id IS NULL")


def _number_alike(ws: Workspace, columns: list[str], defaults: dict[str, str], key: Sequence[str]) -> list[str]:
    """Two talks at one time on one topic are two talks: number rows that are alike in the rest of `key`, in file order.

    So a re-import finds each. `defaults` is for a column of the key that the file may leave empty.
    """
    rest = ", ".join(column for column in key if column != "nth")
    ws.db.execute("ALTER TABLE staged ADD COLUMN nth INTEGER")
    for column, default in defaults.items():
        if column not in columns:
            ws.db.execute(f"ALTER TABLE staged ADD COLUMN {column} TEXT")
        ws.db.execute(f"UPDATE staged SET {column} = :default WHERE {column} IS NULL", {"default": default})
    ws.db.execute(
        "UPDATE staged SET nth = alike.nth FROM (SELECT seq, row_number() OVER "
        f"(PARTITION BY {rest} ORDER BY seq) AS nth FROM staged) AS alike WHERE alike.seq = staged.seq"
    )
    return [*dict.fromkeys([*columns, *defaults, "nth"])]
