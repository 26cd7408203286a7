"""`import`: a file's rows become customers, contacts, orders or interactions; what cannot be read is handed back.

A file is one set: staged, matched, merged and journalled by a handful of statements, all of it or nothing.
Importing it again changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crmcli.errors import InvalidInput, Problem, UsageError
from crmcli.fields import TABLES, heading_key
from crmcli.i18n import _, plural
from crmcli.intake import mapping as layouts
from crmcli.intake import matching, merging, readings, receipts, repeats, staging
from crmcli.intake.receipts import Receipt
from crmcli.intake.sources import Source, open_source
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import name_key, safe

# What our own lists show beside the fields: figures, which an import does not take for a field of the company.
_FIGURES = {
    heading_key(word)
    for word in (
        "tags", "contacts", "last_contact_on", "next_touch_on", "orders_12m", "amount_12m", "amount_total", "extra",
    )
}  # fmt: skip
# In Chinese, too, in a list that is ours: these headings may stand in anybody's.
_FIGURES_IN_CHINESE = {
    heading_key(word)
    for word in ("最近联系", "联系人数", "近 12 个月订单数", "近 12 个月金额", "累计金额", "标签", "客户等级")
}
_TELLS_OURS = heading_key("下次触达")
_CODES = "SELECT code FROM customer UNION ALL SELECT code FROM former_code"
_OF_PEOPLE = ("name", "name_key", "title", "phone", "other_phones", "email", "other_emails")
_KEYS = {
    "customer": ("code",),
    "contact": ("customer_id", "name_key"),
    "orders": ("number",),
    "contract": ("number",),
    "interaction": ("customer_id", "at", "topic", "nth"),
    "cases": ("number",),
    "survey": ("customer_id", "kind", "at", "nth"),
    "tag": ("customer_id", "dimension", "value"),
}


def import_file(
    ws: Workspace,
    path: str | Path,
    *,
    table: str | None = None,
    mapping: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    match: str = "update",
    rejects: str | Path | None = None,
    strict: bool = False,
    create_customers: bool = False,
) -> Receipt:
    """Bring one file in.

    Args:
        table: customers, contacts, orders or interactions; told by the headings if None.
        mapping: heading -> field, for headings that are not known ("-": leave the column out).
        constants: field -> text for every row, such as the owner of the list.
        match: what to do about rows that are known: update, fill (their gaps), skip, create (customers: another one).
        rejects: where rejected rows are written, as CSV with their reasons; beside the working directory if None.
        strict: take the whole file or nothing of it; unused columns count as a fault.
        create_customers: make customers that only an order or interaction names.

    Raises:
        InvalidInput: the file cannot be read, or `strict` finds a fault. UsageError: an argument does not fit.
    """
    path = Path(path)
    merging.refuse_unknown_match(match)
    source = open_source(path, sheet=sheet, encoding=encoding, table=table)
    layout = layouts.lay_out(source, table=table, given=mapping, constants=constants or ())
    entity = TABLES[layout.table].entity
    if match == "create" and entity != "customer":
        raise UsageError(_("--match create is for customers; {table} have a key").format(table=layout.table))
    options = (table, mapping, constants, sheet, encoding, match, strict, create_customers)
    checksum = repeats.fingerprint(ws, path, options)
    unused = _own_fields(layout, mapping or {})
    # A tag has no fields of one's own.
    own = unused if entity != "tag" else []
    if ws.dry_run:
        ws.notes += readings.described(source, layout, mapping or {}, constants or {}, own)
    else:
        ws.notes += readings.orders(source, layout)
    # Rejected rows that come back are looked at again each time: they may close those of another import.
    passed_over = match != "create" and not set(layouts.REJECT_COLUMNS) & set(layout.headings)
    same = repeats.earlier(ws, checksum, entity) if passed_over else None
    if same is not None:
        return _unchanged(ws, source, layout, same, checksum)
    staged = staging.stage(ws, source, layout, constants or {}, own)
    if strict:
        _refuse_faults(path, unused, staged)
    before = receipts.rewritten(ws)
    with ws.db.savepoint():
        if entity == "customer":
            merged = _customers(ws, layout.table, staged, match)
        else:
            merged = _children(ws, layout, staged, match, create_customers)
        if strict:
            # Customers that nobody knows are only found now.
            _refuse_faults(path, unused, staged)
    wanted = Path(rejects) if rejects else None
    rejects_file = receipts.write_rejects(ws, source, layout, staged, wanted, constants or {})
    receipt = _receipt(source, layout, staged, merged, rejects_file)
    closing = receipts.closing(ws, layout.table, path, set(staged.mended.values()))
    remarks = [
        receipts.rejected_because(staged, receipt),
        receipts.repeating(merged, receipt),
        _came_back(staged, closing) if closing else "",
        receipts.renamed_or_given(ws, before),
        receipts.keeping_names(staged.named_otherwise),
        "" if own else receipts.left_out(unused),
    ]
    receipts.say(ws, source, own, receipt, remarks)
    if ws.dry_run:
        ws.notes += receipts.first_rejected(source, staged)
    return receipts.record(ws, receipt, checksum, rejected=staged.rejected, closing=closing)


def _receipt(
    source: Source, layout: layouts.Layout, staged: staging.Staged, merged: merging.Merged, rejects_file: Path | None
) -> Receipt:
    return Receipt(
        None,
        safe(source.path.name),
        layout.table,
        safe(source.encoding),
        staged.read,
        merged.created,
        merged.updated,
        merged.unchanged,
        len(staged.rejected),
        staged.repaired,
        merged.repeated,
        str(rejects_file) if rejects_file else None,
    )


def _own_fields(layout: layouts.Layout, mapping: Mapping[str, str]) -> list[str]:
    """The headings that are no field of ours and that nobody said to leave out."""
    left_out = {heading_key(heading) for heading, name in mapping.items() if name in ("", "-")} | _FIGURES
    if _TELLS_OURS in map(heading_key, layout.unused):
        left_out |= {_TELLS_OURS, *_FIGURES_IN_CHINESE}
    return [heading for heading in layout.unused if heading_key(heading) not in left_out]


def _came_back(staged: staging.Staged, closing: receipts.Closing) -> str:
    """How many rejected rows of an earlier import are in now; those that were rejected again wait at this one."""
    count = len({then for now, then in staged.mended.items() if now not in staged.rejected})
    words = plural(
        "{count} rejected row of import {batch} came back", "{count} rejected rows of import {batch} came back", count
    )
    return words.format(count=count, batch=closing.batch) if count else ""


def _unchanged(ws: Workspace, source: Source, layout: layouts.Layout, same: Row, checksum: str) -> Receipt:
    """What the same import came to before, with nothing left to do."""
    known = same["created"] + same["updated"] + same["unchanged"]
    counts = {name: same[name] for name in ("read", "rejected", "repaired", "duplicates")}
    receipt = Receipt(
        None, safe(source.path.name), layout.table, safe(source.encoding), created=0, updated=0, unchanged=known,
        rejects_file=None, **counts,
    )  # fmt: skip
    remark = _("nothing has changed since import {batch}").format(batch=same["id"])
    receipts.say(ws, source, (), receipt, [remark])
    return receipts.record(ws, receipt, checksum)


# --- customers ---------------------------------------------------------------------------------------------------


def _customers(ws: Workspace, table: str, staged: staging.Staged, match: str) -> merging.Merged:
    base = journal.next_id(ws, "customer") - 1
    if match != "create":
        staged.named_otherwise = matching.match_customers(ws, staged.columns, base=base)
        _keep_stages(ws, staged.columns)
    elif "code" in staged.columns:
        _reject_taken(ws, staged)
    if "code" not in staged.columns:
        ws.db.execute("ALTER TABLE staged ADD COLUMN code TEXT")
    _give_codes(ws, "staged")
    _name_by_code(ws)
    own = {field.column for field in TABLES[table].fields if field.column}
    own |= {"name_key", "birthday_key", "since_key", "extra"}
    columns = [name for name in staged.columns if name in own]
    merged = merging.merge(
        ws,
        "customer",
        columns if "code" in columns else ["code", *columns],
        key=_KEYS["customer"],
        match=match,
        defaults=_customer_defaults(ws, table),
        base=base,
    )
    of_persons = _persons(ws, staged.columns, f"coalesce(target, {base} + seq)", match, only_fresh_after=base)
    return replace(merged, otherwise={**of_persons, **merged.otherwise})


def _keep_stages(ws: Workspace, columns: Sequence[str]) -> None:
    """Who is a customer already does not become a lead by standing in a list of leads."""
    if "stage" in columns:
        known = "EXISTS (SELECT 1 FROM customer AS c WHERE c.id = staged.target AND c.stage NOT IN ('lead', 'lost'))"
        ws.db.execute(f"UPDATE staged SET stage = NULL WHERE stage = 'lead' AND target IS NOT NULL AND {known}")


def _reject_taken(ws: Workspace, staged: staging.Staged) -> None:
    """Where every row is to be another customer, a code that is taken cannot be."""
    first = "SELECT min(seq) FROM staged GROUP BY coalesce(code, seq)"
    taken = f"code IN (SELECT code FROM ({_CODES})) OR seq NOT IN ({first})"
    for row in ws.db.rows(f"SELECT line, code FROM staged WHERE {taken} ORDER BY seq"):
        staged.reject(row["line"], Problem("code-taken", _("the code is taken"), "code", row["code"], row["line"]))
    ws.db.execute(f"DELETE FROM staged WHERE {taken}")


def _give_codes(ws: Workspace, staged: str) -> None:
    """C000001 and so on for fresh customers that the file gives no code."""
    if not ws.db.value(f"SELECT 1 FROM {staged} WHERE target IS NULL AND code IS NULL LIMIT 1"):
        return
    highest = ws.db.value(
        "SELECT max(CAST(substr(code, 2) AS INTEGER)) "
        f"FROM ({_CODES} UNION ALL SELECT code FROM {staged}) "
        "WHERE code GLOB 'C[0-9]*' AND NOT substr(code, 2) GLOB '*[^0-9]*' AND length(code) <= 10"
    )
    ws.db.execute(
        f"UPDATE {staged} SET code = printf('C%06d', :highest + numbered.nth) FROM "
        f"(SELECT seq, row_number() OVER (ORDER BY seq) AS nth FROM {staged} "
        "WHERE target IS NULL AND code IS NULL) AS numbered "
        f"WHERE numbered.seq = {staged}.seq",
        {"highest": highest or 0},
    )


def _name_by_code(ws: Workspace) -> None:
    """A fresh customer known only by its code is called by it."""
    for row in ws.db.rows("SELECT seq, code FROM staged WHERE target IS NULL AND name IS NULL"):
        ws.db.execute(
            "UPDATE staged SET name = code, name_key = :key WHERE seq = :seq", {"key": name_key(row["code"]), **row}
        )


def _persons(
    ws: Workspace, columns: list[str], customer: str, match: str, *, only_fresh_after: int | None = None
) -> dict[int, int]:
    """The contacts that rows name beside what the rows are themselves; `customer` is SQL for whose they are.

    Those are the person's columns of a customer list, and the further people of a cell. Returns which lines write
    of one otherwise than a line before (see `merging.Merged`).
    """
    own = {name: name.removeprefix("contact_") for name in columns if name.startswith("contact_")}
    people = "people" in columns
    told = [name for name in _OF_PEOPLE if name not in own.values()] if people else []
    named = own and ws.db.value("SELECT 1 FROM staged WHERE contact_name IS NOT NULL LIMIT 1")
    if not people and not named:
        return {}
    only_fresh = f"AND coalesce(target, {only_fresh_after} + 1) > {only_fresh_after}" if match == "skip" else ""
    ws.db.execute("DROP TABLE IF EXISTS temp.persons")
    ws.db.execute(
        f"CREATE TEMP TABLE persons (seq INTEGER PRIMARY KEY, line INTEGER, target INTEGER, customer_id INTEGER, "
        f"{', '.join([*own.values(), *told])})"
    )
    if named:
        ws.db.execute(
            f"INSERT INTO persons (line, customer_id, {', '.join(own.values())}) "
            f"SELECT line, {customer}, {', '.join(own)} FROM staged "
            f"WHERE contact_name_key IS NOT NULL {only_fresh} ORDER BY seq"
        )
    if people:
        found = ", ".join(f"json_extract(person.value, '$.{name}')" for name in _OF_PEOPLE)
        ws.db.execute(
            f"INSERT INTO persons (line, customer_id, {', '.join(_OF_PEOPLE)}) SELECT line, {customer}, {found} "
            f"FROM staged, json_each(staged.people) AS person WHERE true {only_fresh} ORDER BY seq, person.key"
        )
    merged = merging.merge(
        ws,
        "contact",
        ["customer_id", *own.values(), *told],
        key=_KEYS["contact"],
        match="update" if match == "create" else match,
        defaults=_defaults("contacts"),
        staged="persons",
    )
    if merged.created or merged.updated:
        ws.summary = _("contacts: {created} created, {updated} updated").format(
            created=merged.created, updated=merged.updated
        )
    return merged.otherwise


# --- what belongs to customers -------------------------------------------------------------------------------------


def _children(
    ws: Workspace, layout: layouts.Layout, staged: staging.Staged, match: str, create_customers: bool
) -> merging.Merged:
    entity = TABLES[layout.table].entity
    if "customer" in staged.columns:
        matching.find_customers(ws, numbered=entity if _KEYS[entity] == ("number",) else None)
        if create_customers:
            _create_named(ws)
        _reject_unknown(ws, staged)
    columns = [column for column in staged.columns if column not in ("customer", "customer_id", "people")]
    defaults = _defaults(layout.table)
    if entity == "orders":
        defaults["currency"] = f"'{ws.digest['currency']}'"
    elif entity == "tag":
        defaults["since"] = f"'{ws.today.isoformat()}'"
    if entity == "interaction":
        columns = _number_alike(ws, columns, {"topic": ""}, ("customer_id", "at", "topic"))
    elif entity == "survey":
        columns = _number_alike(ws, columns, {"kind": _survey_kind(layout)}, ("customer_id", "kind", "at"))
        _reject_scores(ws, staged)
    merged = merging.merge(ws, entity, ["customer_id", *columns], key=_KEYS[entity], match=match, defaults=defaults)
    if entity == "contact":
        further = [column for column in staged.columns if column == "people"]
        merged = replace(merged, otherwise=_persons(ws, further, "customer_id", match) | merged.otherwise)
    return merged


def _reject_scores(ws: Workspace, staged: staging.Staged) -> None:
    """Take out the answers whose score is none of CSAT; those of NPS were checked when they were read."""
    wrong = "kind = 'csat' AND score NOT BETWEEN 1 AND 5"
    for row in ws.db.rows(f"SELECT line, score FROM staged WHERE {wrong} ORDER BY seq"):
        reason = _("csat is answered with 1 to 5; if this is NPS, give a column kind with nps")
        staged.reject(row["line"], Problem("score-invalid", reason, "score", f"{row['score']:g}", row["line"]))
    ws.db.execute(f"DELETE FROM staged WHERE {wrong}")


def _survey_kind(layout: layouts.Layout) -> str:
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
    keys: dict[str, str] = {}
    for name in names:
        keys[name] = name if _is_code(name) else name_key(name) or name
    firsts = list({key: name for name, key in reversed(keys.items())}.values())[::-1]
    ws.db.execute("DROP TABLE IF EXISTS temp.fresh")
    ws.db.execute(
        "CREATE TEMP TABLE fresh "
        "(seq INTEGER PRIMARY KEY, line INTEGER, target INTEGER, code TEXT, name TEXT, name_key TEXT)"
    )
    ws.db.insert(
        "fresh",
        ["code", "name", "name_key"],
        ((name if _is_code(name) else None, name, name_key(name)) for name in firsts),
    )
    base = journal.next_id(ws, "customer") - 1
    _give_codes(ws, "fresh")
    merged = merging.merge(
        ws,
        "customer",
        ["code", "name", "name_key"],
        key=(),
        match="skip",
        defaults=_customer_defaults(ws),
        staged="fresh",
        base=base,
    )
    ids = {keys[name]: base + seq for seq, name in enumerate(firsts, 1)}
    for name in names:
        ws.db.execute("UPDATE named SET customer_id = :id WHERE given = :name", {"id": ids[keys[name]], "name": name})
    ws.db.execute(
        "UPDATE staged SET customer_id = (SELECT customer_id FROM named WHERE given = staged.customer) "
        "WHERE customer_id IS NULL"
    )
    if merged.created:
        ws.summary = _("customers: {count} created").format(count=merged.created)


def _is_code(name: str) -> bool:
    return name.isascii() and " " not in name and any(map(str.isdigit, name))


def _reject_unknown(ws: Workspace, staged: staging.Staged) -> None:
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
    """Two talks at one time on one topic are two talks: number rows with the same key in file order.

    So a re-import finds each. `defaults` is for a column of the key that the file may leave empty.
    """
    ws.db.execute("ALTER TABLE staged ADD COLUMN nth INTEGER")
    for column, default in defaults.items():
        if column not in columns:
            ws.db.execute(f"ALTER TABLE staged ADD COLUMN {column} TEXT")
        ws.db.execute(f"UPDATE staged SET {column} = :default WHERE {column} IS NULL", {"default": default})
    ws.db.execute(
        "UPDATE staged SET nth = alike.nth FROM (SELECT seq, row_number() OVER "
        f"(PARTITION BY {', '.join(key)} ORDER BY seq) AS nth FROM staged) AS alike WHERE alike.seq = staged.seq"
    )
    return [*dict.fromkeys([*columns, *defaults, "nth"])]


# --- what the file says nothing about ----------------------------------------------------------------------------


def _defaults(table: str) -> dict[str, str]:
    """What a fresh row stores where its file says nothing, as SQL."""
    return {f.column: f"'{f.default}'" for f in TABLES[table].fields if f.default is not None and f.column}


def _customer_defaults(ws: Workspace, table: str = "customers") -> dict[str, str]:
    return {**_defaults(table), "created_on": f"'{ws.today.isoformat()}'", "tier_drops": "0"}


def _refuse_faults(path: Path, own: Sequence[str], staged: staging.Staged) -> None:
    if own:
        raise InvalidInput(
            _("{file}: columns that are no field: {names}").format(file=path.name, names=", ".join(own)),
            hint=_('leave them out one by one with --map "HEADING=-"'),
        )
    if staged.rejected:
        problems = [problem for _line, found in sorted(staged.rejected.items()) for problem in found]
        first = problems[0]
        raise InvalidInput(
            _("{file}, line {line}, {field}: {reason}").format(
                file=path.name, line=first.line, field=first.field or first.code, reason=first.reason
            ),
            hint=_("{count} rows would be rejected; nothing was imported").format(count=len(staged.rejected)),
            problems=problems,
        )
