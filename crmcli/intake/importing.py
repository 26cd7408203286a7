"""`import`: a file's rows become customers, contacts, orders or interactions; what cannot be read is handed back.

A file is one set: staged, matched, merged and journalled by a handful of statements, all of it or nothing.
Importing it again changes nothing.
"""

import csv
import io
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from crmcli import files
from crmcli.errors import InvalidInput, Problem, UsageError
from crmcli.fields import TABLES
from crmcli.i18n import _
from crmcli.intake import mapping as layouts
from crmcli.intake import matching, merging, repeats, staging
from crmcli.intake.sources import Source, open_source
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import guarded
from crmcli.values import name_key, safe

_KEYS = {
    "customer": ("code",),
    "contact": ("customer_id", "name_key"),
    "orders": ("number",),
    "interaction": ("customer_id", "at", "topic", "nth"),
}


@dataclass(frozen=True)
class Receipt:
    """What became of the rows of one file: read = created + updated + unchanged + rejected + duplicates.

    `duplicates` are rows that repeat an earlier one of the file and were folded into it; `repaired` counts cells.
    """

    batch: int | None
    file: str
    table: str
    encoding: str
    read: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    repaired: int
    duplicates: int
    rejects_file: str | None


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
    source = open_source(path, sheet=sheet, encoding=encoding)
    layout = layouts.lay_out(source, table=table, given=mapping)
    entity = TABLES[layout.table].entity
    if match == "create" and entity != "customer":
        raise UsageError(_("--match create is for customers; {table} have a key").format(table=layout.table))
    options = (table, mapping, constants, sheet, encoding, match, strict, create_customers)
    checksum = repeats.fingerprint(ws, path, options)
    same = repeats.earlier(ws, checksum, entity) if match != "create" else None
    if same is not None:
        return _unchanged(ws, source, layout, same, checksum)
    staged = staging.stage(ws, source, layout, constants or {})
    merge = {"customer": _customers, "contact": _children, "orders": _children, "interaction": _children}[entity]
    if strict:
        _refuse_faults(path, layout, staged)
    with ws.db.savepoint():
        merged = merge(ws, entity, staged, match, create_customers)
        if strict:
            # Customers that nobody knows are only found now.
            _refuse_faults(path, layout, staged)
    rejects_file = _write_rejects(ws, source, layout, staged, Path(rejects) if rejects else None)
    receipt = Receipt(
        None,
        safe(path.name),
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
    rejected = _rejected_because(staged, receipt) if staged.rejected else ""
    _say(ws, source, layout, receipt, rejected, merged.lines)
    return _recorded(ws, receipt, checksum)


def _unchanged(ws: Workspace, source: Source, layout: layouts.Layout, same: Row, checksum: str) -> Receipt:
    """What the same import came to before, with nothing left to do."""
    known = same["created"] + same["updated"] + same["unchanged"]
    counts = {name: same[name] for name in ("read", "rejected", "repaired", "duplicates")}
    receipt = Receipt(
        None, safe(source.path.name), layout.table, safe(source.encoding), created=0, updated=0, unchanged=known,
        rejects_file=None, **counts,
    )  # fmt: skip
    _say(ws, source, layout, receipt, _("nothing has changed since import {batch}").format(batch=same["id"]), ())
    return _recorded(ws, receipt, checksum)


# --- customers ---------------------------------------------------------------------------------------------------


def _customers(
    ws: Workspace, entity: str, staged: staging.Staged, match: str, _create_customers: bool
) -> merging.Merged:
    base = journal.next_id(ws, entity) - 1
    if match != "create":
        matching.match_customers(ws, staged.columns, base=base)
    elif "code" in staged.columns:
        _reject_taken(ws, staged)
    if "code" not in staged.columns:
        ws.db.execute("ALTER TABLE staged ADD COLUMN code TEXT")
    _give_codes(ws, "staged")
    _name_by_code(ws)
    own = {field.column for field in TABLES["customers"].fields if field.column}
    columns = [name for name in staged.columns if name in own or name in ("name_key", "birthday_key", "since_key")]
    merged = merging.merge(
        ws,
        entity,
        columns if "code" in columns else ["code", *columns],
        key=_KEYS[entity],
        match=match,
        defaults=_customer_defaults(ws),
        base=base,
    )
    _persons(ws, staged.columns, base, match)
    return merged


def _reject_taken(ws: Workspace, staged: staging.Staged) -> None:
    """Where every row is to be another customer, a code that is taken cannot be."""
    taken = (
        "code IN (SELECT code FROM customer) OR seq NOT IN (SELECT min(seq) FROM staged GROUP BY coalesce(code, seq))"
    )
    for row in ws.db.rows(f"SELECT line, code FROM staged WHERE {taken} ORDER BY seq"):
        staged.reject(row["line"], Problem("code-taken", _("the code is taken"), "code", row["code"], row["line"]))
    ws.db.execute(f"DELETE FROM staged WHERE {taken}")


def _give_codes(ws: Workspace, staged: str) -> None:
    """C000001 and so on for fresh customers that the file gives no code."""
    if not ws.db.value(f"SELECT 1 FROM {staged} WHERE target IS NULL AND code IS NULL LIMIT 1"):
        return
    highest = ws.db.value(
        "SELECT max(CAST(substr(code, 2) AS INTEGER)) "
        f"FROM (SELECT code FROM customer UNION ALL SELECT code FROM {staged}) "
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


def _persons(ws: Workspace, columns: list[str], base: int, match: str) -> None:
    """The contacts that rows of a customer list name."""
    own = {name: name.removeprefix("contact_") for name in columns if name.startswith("contact_")}
    if not ws.db.value("SELECT 1 FROM staged WHERE contact_name IS NOT NULL LIMIT 1"):
        return
    only_fresh = "AND coalesce(target, :base + 1) > :base" if match == "skip" else ""
    ws.db.execute("DROP TABLE IF EXISTS temp.persons")
    ws.db.execute(
        f"CREATE TEMP TABLE persons (seq INTEGER PRIMARY KEY, line INTEGER, target INTEGER, customer_id INTEGER, "
        f"{', '.join(own.values())})"
    )
    ws.db.execute(
        f"INSERT INTO persons (line, customer_id, {', '.join(own.values())}) "
        f"SELECT line, coalesce(target, :base + seq), {', '.join(own)} FROM staged "
        f"WHERE contact_name_key IS NOT NULL {only_fresh} ORDER BY seq",
        {"base": base},
    )
    merged = merging.merge(
        ws,
        "contact",
        ["customer_id", *own.values()],
        key=_KEYS["contact"],
        match="update" if match == "create" else match,
        defaults=_defaults("contacts"),
        staged="persons",
    )
    if merged.created or merged.updated:
        ws.summary = _("contacts: {created} created, {updated} updated").format(
            created=merged.created, updated=merged.updated
        )


# --- what belongs to customers -------------------------------------------------------------------------------------


def _children(ws: Workspace, entity: str, staged: staging.Staged, match: str, create_customers: bool) -> merging.Merged:
    if ws.db.value("SELECT 1 FROM staged WHERE customer_id IS NULL LIMIT 1"):
        matching.find_customers(ws, by_number=entity == "orders")
        if create_customers:
            _create_named(ws)
        _reject_unknown(ws, staged)
    name = next(table.name for table in TABLES.values() if table.entity == entity)
    columns = [column for column in staged.columns if column not in ("customer", "customer_id")]
    defaults = _defaults(name)
    if entity == "orders":
        defaults["currency"] = f"'{ws.digest['currency']}'"
    if entity == "interaction":
        columns = _number_alike(ws, columns)
    return merging.merge(ws, entity, ["customer_id", *columns], key=_KEYS[entity], match=match, defaults=defaults)


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


def _number_alike(ws: Workspace, columns: list[str]) -> list[str]:
    """Two talks at one time on one topic are two talks: number them in file order, so that a re-import finds each."""
    if "topic" not in columns:
        ws.db.execute("ALTER TABLE staged ADD COLUMN topic TEXT")
    ws.db.execute("ALTER TABLE staged ADD COLUMN nth INTEGER")
    ws.db.execute("UPDATE staged SET topic = coalesce(topic, '')")
    ws.db.execute(
        "UPDATE staged SET nth = alike.nth FROM (SELECT seq, row_number() OVER "
        "(PARTITION BY customer_id, at, topic ORDER BY seq) AS nth FROM staged) AS alike WHERE alike.seq = staged.seq"
    )
    return [*dict.fromkeys([*columns, "topic", "nth"])]


# --- what the file says nothing about ----------------------------------------------------------------------------


def _defaults(table: str) -> dict[str, str]:
    """What a fresh row stores where its file says nothing, as SQL."""
    return {f.column: f"'{f.default}'" for f in TABLES[table].fields if f.default is not None and f.column}


def _customer_defaults(ws: Workspace) -> dict[str, str]:
    return {**_defaults("customers"), "created_on": f"'{ws.today.isoformat()}'", "tier_drops": "0"}


# --- the receipt -------------------------------------------------------------------------------------------------


def _refuse_faults(path: Path, layout: layouts.Layout, staged: staging.Staged) -> None:
    if layout.unused:
        raise InvalidInput(
            _("{file}: columns that nothing uses: {names}").format(file=path.name, names=", ".join(layout.unused)),
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


def _write_rejects(
    ws: Workspace, source: Source, layout: layouts.Layout, staged: staging.Staged, wanted: Path | None
) -> Path | None:
    """The rejected rows as they were, each with _line _field _code _reason; before the commit, so that none is lost."""
    if not staged.rejected or ws.dry_run:
        return None
    text = _rejects(source, layout, staged)
    path = wanted or _free_path(source.path.stem.removesuffix(".rejects"), text)
    files.replace(path, text, keep=[ws.db.path, source.path])
    return path


def _rejects(source: Source, layout: layouts.Layout, staged: staging.Staged) -> str:
    rows = dict(staging.original_rows(source, layout, set(staged.rejected)))
    unread = {problem.line: [problem.value] for problem in source.problems}
    kept = [at for at, heading in enumerate(layout.headings) if heading not in layouts.REJECT_COLUMNS]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*(layout.headings[at] for at in kept), *layouts.REJECT_COLUMNS])
    for line, problems in sorted(staged.rejected.items()):
        cells = unread.get(line) or rows[line]
        cells += [""] * (len(layout.headings) - len(cells))
        said = ("; ".join(dict.fromkeys(getattr(p, k) for p in problems)) for k in ("field", "code", "reason"))
        # Cells that no heading stands over come last: the row is handed back whole.
        beyond = cells[len(layout.headings) :]
        writer.writerow([*(guarded(cells[at]) for at in kept), line, *said, *map(guarded, beyond)])
    # With a BOM, because it is opened in Excel to be mended.
    return "\ufeff" + text.getvalue()


def _free_path(stem: str, text: str) -> Path:
    """NAME.rejects.csv; another name where that is a file with something else in it, which may be half mended."""
    for number in itertools.count(1):
        path = Path(f"{stem}.rejects.csv" if number == 1 else f"{stem}.rejects-{number}.csv")
        try:
            if path.read_bytes() == text.encode():
                return path
        except FileNotFoundError:
            return path
        except OSError:
            continue
    raise AssertionError  # pragma: no cover - numbers do not end


def _some(names: Sequence[str]) -> str:
    return ", ".join([name[:40] for name in names[:10]] + (["…"] if len(names) > 10 else []))


def _rejected_because(staged: staging.Staged, receipt: Receipt) -> str:
    """How many rows were rejected, why, and where they are."""
    codes = Counter(problem.code for problems in staged.rejected.values() for problem in problems)
    reasons = ", ".join(f"{count} {code}" for code, count in codes.most_common(3))
    said = _("{count} rejected ({reasons})").format(count=receipt.rejected, reasons=reasons)
    return f"{said}: {receipt.rejects_file}" if receipt.rejects_file else said


def _repeating(lines: Sequence[int], receipt: Receipt) -> str:
    more = ", …" if receipt.duplicates > len(lines) else ""
    return _("{count} repeat an earlier row (lines {lines})").format(
        count=receipt.duplicates, lines=", ".join(map(str, lines)) + more
    )


def _say(
    ws: Workspace,
    source: Source,
    layout: layouts.Layout,
    receipt: Receipt,
    remark: str,
    lines: Sequence[int],
) -> None:
    """The sentence for the journal and the user; what came along with the rows (`ws.summary` so far) stands in it."""
    parts = [
        _("{file} ({encoding}): {table}: {created} created, {updated} updated, {unchanged} unchanged").format_map(
            asdict(receipt)
        ),
        ws.summary,
        _("columns not used: {names}").format(names=_some(layout.unused)) if layout.unused else "",
        remark,
        _repeating(lines, receipt) if lines else "",
    ]
    ws.summary = "; ".join(filter(None, parts))
    ws.notes.extend(source.notes)


def _recorded(ws: Workspace, receipt: Receipt, checksum: str) -> Receipt:
    """Keep the receipt with the database."""
    batch = 1 + (ws.db.value("SELECT max(id) FROM batch") or 0)
    seen = ws.wrote or ws.db.value("SELECT max(id) FROM operation") or 0
    values = {**asdict(receipt), "entity": receipt.table, "at": ws.stamp, "operation_id": ws.wrote}
    values |= {"fingerprint": checksum, "seen_operation": seen}
    del values["batch"], values["table"]
    ws.db.insert("batch", ["id", *values], [(batch, *values.values())])
    return replace(receipt, batch=batch)
