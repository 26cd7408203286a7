"""What became of a file: the receipt, the rows handed back, the sentence for people."""

import csv
import io
import itertools
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from crmcli import files
from crmcli.errors import Problem
from crmcli.fields import heading_key
from crmcli.i18n import _, listed, named, plural, sentences
from crmcli.intake import staging
from crmcli.intake.headings import DECIMALS, MAY_NUMBER, REJECT_COLUMNS
from crmcli.intake.layouts import Layout
from crmcli.intake.merging import SOME, Merged
from crmcli.intake.sources import Source
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import called, called_table, guarded


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


def write_rejects(
    ws: Workspace,
    source: Source,
    layout: Layout,
    staged: staging.Staged,
    wanted: Path | None,
    constants: Mapping[str, str],
) -> Path | None:
    """The rejected rows as they were, each with _line _field _code _reason; before the commit, so that none is lost.

    What was set for every row (`constants`) stands in columns of its own: mended, a row is what it would have been.
    """
    if not staged.rejected or ws.dry_run:
        return None
    text = _rejects(source, layout, staged, constants)
    path = wanted or _free_path(source.path.stem.removesuffix(".rejects"), text)
    # A file that is there already says the same; it may be the one that is read.
    if wanted or not path.exists():
        files.replace(path, text, keep=[ws.db.path, source.path])
    return path


def _rejects(source: Source, layout: Layout, staged: staging.Staged, constants: Mapping[str, str]) -> str:
    rows = dict(staging.original_rows(source, layout, set(staged.rejected)))
    unread = {problem.line: [problem.value] for problem in source.problems}
    kept = [at for at, heading in enumerate(layout.headings) if heading not in (*REJECT_COLUMNS, DECIMALS)]
    constants = {**constants, DECIMALS: ","} if layout.has_commas() else constants
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*(layout.headings[at] for at in kept), *constants, *REJECT_COLUMNS])
    given = list(map(guarded, constants.values()))
    for line, problems in sorted(staged.rejected.items()):
        cells = unread.get(line) or rows[line]
        cells += [""] * (len(layout.headings) - len(cells))
        said = ("; ".join(dict.fromkeys(getattr(p, k) for p in problems)) for k in ("field", "code", "reason"))
        # Cells that no heading stands over come last: the row is handed back whole.
        beyond = cells[len(layout.headings) :]
        writer.writerow([*(guarded(cells[at]) for at in kept), *given, line, *said, *map(guarded, beyond)])
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


def rejected_because(staged: staging.Staged, receipt: Receipt) -> str:
    """How many rows were rejected, why, and where they are."""
    if not staged.rejected:
        return ""
    codes = Counter(problem.code for problems in staged.rejected.values() for problem in problems)
    reasons = ", ".join(f"{count} {code}" for code, count in codes.most_common(3))
    said = _("{count} rejected ({reasons})").format(count=receipt.rejected, reasons=reasons)
    return named(said, receipt.rejects_file) if receipt.rejects_file else said


def first_rejected(source: Source, staged: staging.Staged) -> list[str]:
    """The first row that was rejected for each reason: a dry run hands none back."""
    first: dict[str, Problem] = {}
    for _line, problems in sorted(staged.rejected.items()):
        for problem in problems:
            first.setdefault(problem.code, problem)
    words = _("{file}, line {line}, {field}: {reason}")
    return [
        words.format(file=source.path.name, line=p.line, field=called(p.field or p.code), reason=p.reason)
        for p in first.values()
    ]


def repeating(merged: Merged, table: str) -> str:
    """Which rows repeat an earlier one, and which of them do not write the same as it."""
    if not merged.lines:
        return ""
    words = plural(
        "{count} repeats an earlier row (line {lines})",
        "{count} repeat an earlier row (lines {lines})",
        merged.repeated,
    )
    same = words.format(count=merged.repeated, lines=_first(merged.lines, merged.repeated))
    if not merged.otherwise:
        return same
    pairs = [f"{earlier}/{line}" for line, earlier in sorted(merged.otherwise.items())]
    other = _("{count} of them with other values (lines {lines}): the later row counts")
    added = _("--lines adds up the rows of an order") if table == "orders" else ""
    said = [same, other.format(count=len(pairs), lines=_first(pairs, len(pairs))), added]
    return sentences(filter(None, said))


def added_up(staged: staging.Staged) -> str:
    """How many orders were made of how many rows, and whether their amounts were added up."""
    if staged.orders and staged.totals_once:
        return _totals_taken_once(staged)
    words = plural(
        "{orders} order has several rows, {lines} in all, which are taken for its lines: what they say adds up",
        "{orders} orders have several rows, {lines} in all, which are taken for their lines: what they say adds up",
        staged.orders,
    )
    return words.format(orders=staged.orders, lines=staged.lines) if staged.orders else ""


def _totals_taken_once(staged: staging.Staged) -> str:
    words = plural(
        "{orders} order has several rows, {lines} in all, each with its total, which counts once",
        "{orders} orders have several rows, {lines} in all, each with the total of its order, which counts once",
        staged.orders,
    )
    said = words.format(orders=staged.orders, lines=staged.lines)
    if not staged.totals_differ:
        return said
    count = len(staged.totals_differ)
    slips = plural(
        "{count} of them has several totals (line {lines}): the largest counts",
        "{count} of them have several totals (lines {lines}): the largest counts",
        count,
    )
    return sentences([said, slips.format(count=count, lines=_first(staged.totals_differ, count))])


def numbered(staged: staging.Staged, layout: Layout) -> str:
    """That the rows got numbers, because the file has none, or none that is sure to be the number of an order."""
    if not staged.unnumbered:
        return ""
    said = _("the file has no numbers: each row got one by what it says, and is known again by it")
    maybe = [heading for heading in layout.unused if layout.table == "orders" and heading_key(heading) in MAY_NUMBER]
    words = _(
        "if '{heading}' is the number of an order, never used again: undo this import and say "
        '--map "{heading}=number"'
    )
    return sentences([said, *(words.format(heading=heading[:40]) for heading in maybe[:1])])


def _first(lines: Sequence[object], count: int) -> str:
    """The first few of so many."""
    return ", ".join(map(str, lines[:SOME])) + (", …" if count > SOME else "")


def say(ws: Workspace, source: Source, own: Sequence[str], receipt: Receipt, remarks: Sequence[str]) -> None:
    """The sentence for the journal and the user; what came along with the rows (`ws.summary` so far) stands in it.

    `own` are the headings that were kept as fields of the company's own.
    """
    parts = [
        _("{file} ({encoding}): {table}: {created} created, {updated} updated, {unchanged} unchanged").format_map(
            {**asdict(receipt), "table": called_table(receipt.table)}
        ),
        ws.summary,
        # A dry run has told all of the columns.
        _("kept as fields of your own: {names}").format(names=_some(own)) if own and not ws.dry_run else "",
        *remarks,
    ]
    ws.summary = sentences(filter(None, parts))
    ws.notes.extend(source.notes)


def left_out(headings: Sequence[str]) -> str:
    """The columns that the table has no place for, if there are any."""
    return _("left out: {names}").format(names=_some(headings)) if headings else ""


def rewritten(ws: Workspace) -> tuple[int, Counter[str]]:
    """Of how many customers this operation has changed the name, and how many it has taken from each owner."""
    if ws.wrote is None:
        return 0, Counter()
    changed = (
        "FROM change WHERE operation_id = :op AND entity = 'customer' AND action = 'changed' "
        "AND instr(before, :key) > 0"
    )
    names = ws.db.value(f"SELECT count(*) {changed}", {"op": ws.wrote, "key": '"name_key":'})
    owners = ws.db.rows(
        f"SELECT json_extract(before, '$.owner') AS name, count(*) AS number {changed} GROUP BY 1",
        {"op": ws.wrote, "key": '"owner":'},
    )
    return names, Counter({row["name"]: row["number"] for row in owners if row["name"] is not None})


def renamed_or_given(ws: Workspace, before: tuple[int, Counter[str]]) -> str:
    """What nobody should learn by chance: customers that the list called otherwise, or gave to somebody else."""
    (names, owners), (names_before, owners_before) = rewritten(ws), before
    renamed, taken = names - names_before, owners - owners_before
    said = []
    if renamed:
        words = plural("{number} customer has another name now", "{number} customers have another name now", renamed)
        said.append(words.format(number=renamed))
    if taken:
        words = plural(
            "{number} customer has another owner now (before: {owners})",
            "{number} customers have another owner now (before: {owners})",
            taken.total(),
        )
        most = [f"{name[:40]} {number}" for name, number in sorted(taken.items(), key=lambda one: (-one[1], one[0]))]
        said.append(words.format(number=taken.total(), owners=listed(most[:SOME] + ["…"] * (len(most) > SOME))))
    return sentences(said)


def keeping_names(lines: Sequence[int]) -> str:
    """Which rows call a customer otherwise than it is called, and were not to rename it."""
    words = plural(
        "{count} row has another name of a customer with its tax id, which keeps its own (line {lines})",
        "{count} rows have another name of a customer with their tax id, which keeps its own (lines {lines})",
        len(lines),
    )
    return words.format(count=len(lines), lines=_first(lines, len(lines))) if lines else ""


def record(
    ws: Workspace, receipt: Receipt, checksum: str, *, rejected: Collection[int] = (), closing: "Closing | None" = None
) -> Receipt:
    """Keep the receipt with the database; `rejected` are the lines that are handed back."""
    batch = 1 + (ws.db.value("SELECT max(id) FROM batch") or 0)
    seen = ws.wrote or ws.db.value("SELECT max(id) FROM operation") or 0
    values = {**asdict(receipt), "entity": receipt.table, "at": ws.stamp, "operation_id": ws.wrote}
    values |= {"fingerprint": checksum, "seen_operation": seen}
    values["rejected_lines"] = json.dumps(sorted(rejected)) if rejected else None
    values["closes_id"] = closing.batch if closing else None
    values["closed_lines"] = json.dumps(closing.lines) if closing else None
    del values["batch"], values["table"]
    ws.db.insert("batch", ["id", *values], [(batch, *values.values())])
    return replace(receipt, batch=batch)


# ----------------------------------------------------------------------------------------- mended rejects


@dataclass(frozen=True)
class Closing:
    """The earlier import whose rejected rows came back mended, and on which of its lines they stand."""

    batch: int
    lines: list[int]


def closing(ws: Workspace, entity: str, path: Path, mended: set[int]) -> Closing | None:
    """Which import the lines of a file of rejected rows come from: the newest that still waits for all of them.

    Where imports wrote a file of that name, it is one of those, or none.
    """
    if not mended:
        return None
    waiting = ws.db.rows(
        "SELECT id, rejects_file FROM batch WHERE entity = :entity AND rejected_lines IS NOT NULL ORDER BY id DESC",
        {"entity": entity},
    )
    named = [batch for batch in waiting if Path(batch["rejects_file"] or "").name == path.name]
    for batch in named or waiting:
        if mended <= open_lines(ws, batch["id"]):
            return Closing(batch["id"], sorted(mended))
    return None


def open_lines(ws: Workspace, batch: int) -> set[int]:
    """The rejected lines of an import that have not come back; an undone import waits for none, nor closes any.

    Nor does one that was done again and handed back the same lines in the same file: they wait at the later one.
    """
    rows = ws.db.rows(
        "SELECT id, rejected_lines, closed_lines FROM batch WHERE (id = :batch OR closes_id = :batch) "
        f"AND {_stands('batch')} AND NOT (id = :batch AND EXISTS (SELECT 1 FROM batch AS again WHERE again.id > :batch "
        f"AND {_SAME} AND {_stands('again')}))",
        {"batch": batch},
    )
    waiting = {line for row in rows if row["id"] == batch for line in json.loads(row["rejected_lines"] or "[]")}
    return waiting - {line for row in rows if row["id"] != batch for line in json.loads(row["closed_lines"])}


def _stands(batch: str) -> str:
    undone = f"SELECT 1 FROM operation WHERE operation.id = {batch}.operation_id AND undone_by IS NOT NULL"
    return f"NOT EXISTS ({undone})"


_SAME = " AND ".join(f"again.{name} = batch.{name}" for name in ("file", "entity", "rejects_file", "rejected_lines"))


def imports(ws: Workspace) -> list[Row]:
    """Every import, the newest first: its receipt, `open`, the rejected rows that have not come back, and `at`.

    `op` is the operation that it was, None where nothing changed, and `undone` the one that took it back.
    """
    rows = ws.db.rows(
        'SELECT batch.*, batch.id AS batch, entity AS "table", operation_id AS op, undone_by AS undone '
        "FROM batch LEFT JOIN operation ON operation.id = operation_id ORDER BY batch.id DESC"
    )
    for row in rows:
        row["open"] = len(open_lines(ws, row["batch"])) if row["rejected_lines"] else 0
        row["at"] = ws.local(row["at"])
    return rows
