"""`import`: a file's rows become customers or what belongs to them; what cannot be read is handed back.

A file is one set: staged, matched, merged and journalled by a handful of statements, all of it or nothing.
Importing it again changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crmcli.errors import InvalidInput, UsageError
from crmcli.fields import TABLES, heading_key
from crmcli.i18n import _, plural
from crmcli.intake import alike_numbers, merging, readings, receipts, repeats
from crmcli.intake.headings import REJECT_COLUMNS
from crmcli.intake.layouts import Layout
from crmcli.intake.loading.children import load_children
from crmcli.intake.loading.customers import load_customers
from crmcli.intake.mapping import lay_out
from crmcli.intake.receipts import Receipt
from crmcli.intake.sources import Source, open_source
from crmcli.intake.staging import Staged, stage
from crmcli.store import owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import called
from crmcli.values import clean_text, safe

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


@dataclass(frozen=True)
class _File:
    """A file whose headings are understood.

    Attributes:
        mapping, constants: what was said of headings, and for every row by field.
        unused: the headings that are no field of ours and that nobody said to leave out.
        own: those of them that become fields of the company's own.
    """

    source: Source
    layout: Layout
    mapping: Mapping[str, str]
    constants: Mapping[str, str]
    unused: list[str]
    own: list[str]

    @property
    def entity(self) -> str:
        return TABLES[self.layout.table].entity


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
    lines: bool | None = None,
) -> Receipt:
    """Bring one file in.

    Args:
        table: one of those of `fields.TABLES`; told by the headings if None.
        mapping: heading -> field, for headings that are not known ("-": leave the column out).
        constants: field -> text for every row, such as the owner of the list.
        match: what to do about rows that are known: update, fill (their gaps), skip, create (customers: another one).
        rejects: where rejected rows are written, as CSV with their reasons; beside the working directory if None.
        strict: take the whole file or nothing of it; unused columns count as a fault.
        create_customers: make customers that only a row of another table names.
        lines: whether rows of one order number are its lines, which add up; if None, they are where they have unit
            prices or other products, or other amounts in many orders. Where they are not, the later row counts; where
            it is not sure, they are rejected.

    Raises:
        InvalidInput: the file cannot be read, or `strict` finds a fault. UsageError: an argument does not fit.
        NotFound: nobody of the team is called as the owner in `constants` is. Refused: that member is inactive.
    """
    merging.refuse_unknown_match(match)
    path, mapping = Path(path), mapping or {}
    source = open_source(path, sheet=sheet, encoding=encoding, table=table)
    layout = lay_out(source, table=table, given=mapping, constants=constants or {}, create_customers=create_customers)
    _refuse_lines_of_no_number(source, layout, lines)
    constants = _with_member(ws, layout, constants or {})
    file = _understood(source, layout, mapping, constants)
    if match == "create" and file.entity != "customer":
        raise UsageError(_("--match create is for customers; {table} have a key").format(table=file.layout.table))
    _say_how_it_is_read(ws, file)
    options = (table, mapping, constants, sheet, encoding, match, strict, create_customers, lines)
    checksum = repeats.fingerprint(ws, path, options)
    same = _same_import(ws, file, match, checksum)
    if same is not None:
        return _unchanged(ws, file, same, checksum)
    rewritten_before = receipts.rewritten(ws)
    staged = stage(ws, source, file.layout, constants, file.own)
    merged = _load(ws, file, staged, match=match, strict=strict, create_customers=create_customers, lines=lines)
    wanted = Path(rejects) if rejects else None
    rejects_file = receipts.write_rejects(ws, source, file.layout, staged, wanted, constants)
    receipt = _receipt(file, staged, merged, rejects_file)
    closing = receipts.closing(ws, file.layout.table, path, set(staged.mended.values()))
    told = _remarks(file, staged, merged, receipt, closing)
    receipts.say(ws, source, file.own, receipt, [*told, receipts.renamed_or_given(ws, rewritten_before)])
    if ws.dry_run:
        ws.notes += receipts.first_rejected(source, staged)
    return receipts.record(ws, receipt, checksum, rejected=staged.rejected, closing=closing)


def _refuse_lines_of_no_number(source: Source, layout: Layout, lines: bool | None) -> None:
    """What was said of rows of one number would be ignored where the rows have none."""
    if lines is None or layout.table != "orders" or "number" in layout.names:
        return
    words = _("{file}: no column for number, which --lines and --no-lines are about")
    maps = _("name what they are: {maps}")
    raise InvalidInput(words.format(file=source.path.name), hint=maps.format(maps='--map "HEADING=number"'))


def _with_member(ws: Workspace, layout: Layout, constants: Mapping[str, str]) -> Mapping[str, str]:
    """What is set for every row; who is to own them is somebody's word, as in an edit, and not what a list says."""
    owned = TABLES[layout.table].entity in ("customer", "cases")
    if not owned or not clean_text(constants.get("owner", "")):
        return constants
    return {**constants, "owner": owners.owner(ws, constants["owner"])}


def _understood(source: Source, layout: Layout, mapping: Mapping[str, str], constants: Mapping[str, str]) -> _File:
    """What is to become of the columns that no field was found for."""
    left_out = {heading_key(heading) for heading, name in mapping.items() if name in ("", "-")} | _FIGURES
    if _TELLS_OURS in map(heading_key, layout.unused):
        left_out |= {_TELLS_OURS, *_FIGURES_IN_CHINESE}
    unused = [heading for heading in layout.unused if heading_key(heading) not in left_out]
    # A tag has no fields of one's own.
    own = [] if TABLES[layout.table].entity == "tag" else unused
    return _File(source, layout, mapping, constants, unused, own)


def _say_how_it_is_read(ws: Workspace, file: _File) -> None:
    if ws.dry_run:
        ws.notes += readings.described(file.source, file.layout, file.mapping, file.constants, file.own)
    else:
        ws.notes += readings.orders(file.source, file.layout)


def _same_import(ws: Workspace, file: _File, match: str, checksum: str) -> Row | None:
    """The earlier import after which this one has nothing to do, if there is one."""
    # Rejected rows that come back are looked at again each time: they may close those of another import.
    if match == "create" or not set(REJECT_COLUMNS).isdisjoint(file.layout.headings):
        return None
    return repeats.earlier(ws, checksum, file.entity)


def _load(
    ws: Workspace,
    file: _File,
    staged: Staged,
    *,
    match: str,
    strict: bool,
    create_customers: bool,
    lines: bool | None,
) -> merging.Merged:
    """Bring what is staged into the tables; with `strict` all of it or nothing."""
    if strict:
        _refuse_faults(file, staged)
    with ws.db.savepoint():
        if file.entity == "customer":
            merged = load_customers(ws, file.layout.table, staged, match)
        else:
            merged = load_children(
                ws, file.source, file.layout, staged, match=match, create_customers=create_customers, lines=lines
            )
        if strict:
            # Customers that nobody knows are only found now.
            _refuse_faults(file, staged)
    return merged


def _receipt(file: _File, staged: Staged, merged: merging.Merged, rejects_file: Path | None) -> Receipt:
    return Receipt(
        batch=None,
        file=safe(file.source.path.name),
        table=file.layout.table,
        encoding=safe(file.source.encoding),
        read=staged.read,
        created=merged.created,
        updated=merged.updated,
        unchanged=merged.unchanged,
        rejected=len(staged.rejected),
        repaired=staged.repaired,
        duplicates=merged.repeated + staged.lines - staged.orders,
        rejects_file=str(rejects_file) if rejects_file else None,
    )


def _remarks(
    file: _File, staged: Staged, merged: merging.Merged, receipt: Receipt, closing: receipts.Closing | None
) -> list[str]:
    """What there is to say of the rows beside their numbers; empty sentences where there is nothing."""
    return [
        receipts.rejected_because(staged, receipt),
        alike_numbers.handed_back(staged),
        receipts.repeating(merged, receipt.table),
        receipts.added_up(staged),
        receipts.numbered(staged, file.layout),
        _came_back(staged, closing) if closing else "",
        receipts.keeping_names(staged.named_otherwise),
        "" if file.own else receipts.left_out(file.unused),
    ]


def _came_back(staged: Staged, closing: receipts.Closing) -> str:
    """How many rejected rows of an earlier import are in now; those that were rejected again wait at this one."""
    count = len({then for now, then in staged.mended.items() if now not in staged.rejected})
    words = plural(
        "{count} rejected row of import {batch} came back", "{count} rejected rows of import {batch} came back", count
    )
    return words.format(count=count, batch=closing.batch) if count else ""


def _unchanged(ws: Workspace, file: _File, same: Row, checksum: str) -> Receipt:
    """What the same import came to before, with nothing left to do."""
    receipt = Receipt(
        batch=None,
        file=safe(file.source.path.name),
        table=file.layout.table,
        encoding=safe(file.source.encoding),
        created=0,
        updated=0,
        unchanged=same["created"] + same["updated"] + same["unchanged"],
        rejects_file=None,
        **{name: same[name] for name in ("read", "rejected", "repaired", "duplicates")},
    )
    remark = _("nothing has changed since import {batch}").format(batch=same["id"])
    receipts.say(ws, file.source, (), receipt, [remark])
    return receipts.record(ws, receipt, checksum)


def _refuse_faults(file: _File, staged: Staged) -> None:
    name = file.source.path.name
    if file.unused:
        raise InvalidInput(
            _("{file}: columns that are no field: {names}").format(file=name, names=", ".join(file.unused)),
            hint=_('leave them out one by one with --map "HEADING=-"'),
        )
    if staged.rejected:
        problems = [problem for _line, found in sorted(staged.rejected.items()) for problem in found]
        first = problems[0]
        raise InvalidInput(
            _("{file}, line {line}, {field}: {reason}").format(
                file=name, line=first.line, field=called(first.field or first.code), reason=first.reason
            ),
            hint=_("{count} rows would be rejected; nothing was imported").format(count=len(staged.rejected)),
            problems=problems,
        )
