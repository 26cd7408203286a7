"""Whose the rows of other tables are: the customers that they name are found, made, or told as unknown."""

from collections.abc import Mapping

from crmcli.errors import Problem
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.intake import matching, merging
from crmcli.intake.codes import are_ids, is_code
from crmcli.intake.layouts import Layout
from crmcli.intake.loading.customers import customer_defaults, give_codes
from crmcli.intake.persons import is_nothing
from crmcli.intake.staging import Staged
from crmcli.store import journal
from crmcli.store.workspace import Workspace
from crmcli.tables import called
from crmcli.values import clean_text, name_key


def find_owners(ws: Workspace, layout: Layout, staged: Staged, *, match: str, create_customers: bool) -> None:
    """Set `customer_id` of the staged rows, whose `customer` is a name where it is no code.

    A row whose customer nobody is, or more than one, is rejected; with `create_customers` those nobody is are made.
    """
    entity = TABLES[layout.table].entity
    matching.find_customers(ws)
    if merging.KEYS[entity] == ("number",):
        _keep_owners(ws, entity, match)
    if create_customers:
        _create_named(ws, layout, staged)
    _reject_unknown(ws, staged)


def _keep_owners(ws: Workspace, entity: str, match: str) -> None:
    """Leave known rows to the customer that they have where they call it by a name that others have too, or as it was
    called before; and all that are not to be updated: nobody is made for their sake."""
    meant = "true"
    if match == "update":
        _remember_called(ws, entity)
        meant = "(staged.customer, known.customer_id) IN (SELECT given, customer_id FROM called)"
    ws.db.execute(
        f"UPDATE staged SET customer_id = (SELECT customer_id FROM {entity} AS known "
        f"WHERE known.number = staged.number AND {meant}) WHERE customer_id IS NULL"
    )


def _remember_called(ws: Workspace, entity: str) -> None:
    """The temporary table `called`: what known rows name their own customer, which is or was called so."""
    ws.db.new_temporary("called", "(given TEXT, customer_id INTEGER, PRIMARY KEY (given, customer_id)) WITHOUT ROWID")
    pairs = ws.db.rows(
        f"SELECT DISTINCT staged.customer AS given, known.customer_id AS id FROM staged JOIN {entity} AS known "
        "ON known.number = staged.number WHERE staged.customer_id IS NULL"
    )
    names = {row["id"]: _names(ws, row["id"]) for row in pairs}
    called_so = [row for row in pairs if {row["given"], name_key(row["given"])} & names[row["id"]]]
    ws.db.insert("called", ["given", "customer_id"], ((row["given"], row["id"]) for row in called_so))


def _names(ws: Workspace, customer_id: int) -> set[str]:
    """The key of the customer's name, those of the names that it had, and the codes that it had."""
    rows = ws.db.rows(
        "SELECT name_key AS name FROM customer WHERE id = :id UNION SELECT said.value "
        "FROM change, json_each(change.before) AS said WHERE entity = 'customer' AND row_id = :id "
        "AND action = 'changed' AND said.key IN ('name_key', 'code')",
        {"id": customer_id},
    )
    return {row["name"] for row in rows}


def _create_named(ws: Workspace, layout: Layout, staged: Staged) -> None:
    """Customers for those that nobody is yet: by their code, where the file gives one, else by their name."""
    unknown = (
        "SELECT given FROM named WHERE customer_id IS NULL AND namesakes = 0 "
        "AND given IN (SELECT customer FROM staged WHERE customer_id IS NULL) ORDER BY given"
    )
    given = [row["given"] for row in ws.db.rows(unknown) if not is_nothing(row["given"])]
    ids = are_ids([heading for heading, field in layout.taken if field == "customer"])
    beside = _names_beside(ws, layout, staged)
    # What stands in the column of names, too, is the name of somebody whose id is not given.
    codes = {text for text in given if is_code(text, among_ids=ids) and beside.get(text) != text}
    called_so = {name_key(name): code for code, name in beside.items() if code in codes}
    # Names that differ in their writing alone are one customer's, which has that which sorts first; a row without the
    # code is of whom another row calls so.
    keys = {text: text if text in codes else called_so.get(key := name_key(text), key or text) for text in given}
    firsts: dict[str, str] = {}
    for text, key in keys.items():
        firsts.setdefault(key, key if key in codes else text)
    base = journal.next_id(ws, "customer") - 1
    names = {text: beside.get(text, text) if text in codes else text for text in firsts.values()}
    _load_named(ws, names, codes, base)
    made = {key: base + seq for seq, key in enumerate(firsts, 1)}
    for text in given:
        ws.db.execute("UPDATE named SET customer_id = :id WHERE given = :text", {"id": made[keys[text]], "text": text})
    ws.db.execute(
        "UPDATE staged SET customer_id = (SELECT customer_id FROM named WHERE given = staged.customer) "
        "WHERE customer_id IS NULL"
    )


def _names_beside(ws: Workspace, layout: Layout, staged: Staged) -> dict[str, str]:
    """What a column of names beside that of the ids, which is kept as a field of its own, calls each of them first."""
    if "extra" not in staged.columns:
        return {}
    names: dict[str, str] = {}
    for heading in [layout.headings[at] for at in layout.beside_customer()]:
        if are_ids([heading]):
            continue
        rows = ws.db.rows(
            "SELECT customer, said.value AS name FROM staged, json_each(staged.extra) AS said "
            "WHERE customer_id IS NULL AND said.key = :heading GROUP BY 1, 2 ORDER BY min(seq)",
            {"heading": clean_text(heading)},
        )
        for row in rows:
            if not is_nothing(row["name"]):
                names.setdefault(row["customer"], row["name"])
    return names


def _load_named(ws: Workspace, names: Mapping[str, str], codes: set[str], base: int) -> None:
    """A customer for each that the file gives, by its name, in their order and with the ids after `base`."""
    ws.db.new_temporary(
        "fresh", "(seq INTEGER PRIMARY KEY, line INTEGER, target INTEGER, code TEXT, name TEXT, name_key TEXT)"
    )
    columns = ["code", "name", "name_key"]
    rows = ((given if given in codes else None, name, name_key(name)) for given, name in names.items())
    ws.db.insert("fresh", columns, rows)
    give_codes(ws, "fresh")
    defaults = customer_defaults(ws)
    merged = merging.merge(ws, "customer", columns, key=(), match="skip", defaults=defaults, staged="fresh", base=base)
    if merged.created:
        ws.summary = _("customers: {count} created").format(count=merged.created)


def _reject_unknown(ws: Workspace, staged: Staged) -> None:
    """Take out the rows whose customer nobody is, or more than one, or that name none."""
    for row in ws.db.rows(
        "SELECT line, customer, namesakes FROM staged LEFT JOIN named ON given = customer "
        "WHERE staged.customer_id IS NULL ORDER BY seq"
    ):
        code, reason = _because(row["customer"] or "", row["namesakes"])
        staged.reject(row["line"], Problem(code, reason, "customer", row["customer"] or "", row["line"]))
    ws.db.execute("DELETE FROM staged WHERE customer_id IS NULL")


def _because(given: str, namesakes: int | None) -> tuple[str, str]:
    if namesakes:
        return "customer-ambiguous", _("{count} customers are called that; write the code").format(count=namesakes)
    if is_nothing(given):
        return "missing", _("there is no {field}").format(field=called("customer"))
    return "customer-unknown", _("no customer is called that; import customers first, or use --create-customers")
