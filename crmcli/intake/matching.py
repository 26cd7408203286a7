"""Which staged rows are rows that the database has, and which are one another: `staged.target` is the row id.

Fresh rows have no target; a fresh row that repeats an earlier one of the file has the id that the earlier one will get.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field

from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import name_keys

_FEW = 5_000
_KNOWN_BY = ("name_key", "phone", "email", "tax_id")


def match_customers(ws: Workspace, columns: list[str], *, base: int) -> list[int]:
    """Set `target` of staged customers: by code; else tax id, else name with phone or e-mail, else a name that
    is unique.

    `base` is the id before the first fresh row: the row with seq n becomes customer base + n. Returns the lines of
    the rows that were found by their tax id and call the customer otherwise.
    """
    if ws.db.value("SELECT 1 FROM customer LIMIT 1"):
        _match_with_known(ws, columns)
    _match_among_themselves(ws, columns, base)
    return _keep_names(ws, columns, base) if "tax_id" in columns else []


def _match_with_known(ws: Workspace, columns: list[str]) -> None:
    has_code, has_tax = "code" in columns, "tax_id" in columns
    # One with another tax id is another customer, whatever it is called.
    same = "known.name_key = staged.name_key" + (
        " AND (known.tax_id IS NULL OR staged.tax_id IS NULL OR known.tax_id = staged.tax_id"
        " OR known.tax_id LIKE '%+%' OR staged.tax_id LIKE '%+%')"
        if has_tax
        else ""
    )
    reachable = "({0}.phone IS NOT NULL OR {0}.email IS NOT NULL)".format
    ways = [
        # An id that a spreadsheet rounded (9.14E+17) is shared by many.
        (has_tax, "known.tax_id = staged.tax_id AND staged.tax_id NOT LIKE '%+%'", ""),
        (True, f"{same} AND known.phone = staged.phone", ""),
        (True, f"{same} AND known.email = staged.email", ""),
        (True, f"{same} AND NOT {reachable('known')} AND NOT {reachable('staged')}", ""),
        # A private person's name alone is shared too often where both can be reached, and differently.
        (
            True,
            f"{same} AND NOT (known.kind = 'person' AND {reachable('known')} AND {reachable('staged')})",
            "HAVING count(*) = 1",
        ),
    ]
    if has_code:
        ws.db.execute(
            "UPDATE staged SET target = (SELECT id FROM customer WHERE code = staged.code) WHERE code IS NOT NULL"
        )
    unmatched = "target IS NULL" + (" AND code IS NULL" if has_code else "")
    for usable, condition, only_if in ways:
        if usable:
            ws.db.execute(
                f"UPDATE staged SET target = (SELECT min(id) FROM customer AS known WHERE {condition} {only_if}) "
                f"WHERE {unmatched}"
            )
    if ws.db.value("SELECT 1 FROM former_code LIMIT 1"):
        _match_former(ws, columns)


def _match_former(ws: Workspace, columns: list[str]) -> None:
    """Rows about a customer that was merged, by its code or as it was called then, are about the one that it is now.

    They only fill its gaps: an old list must not overrule what the merge decided, but to withdraw a consent.
    """
    _remember_former(ws)
    named = "former.name_key = staged.name_key"
    reached = "(former.phone = staged.phone OR former.email = staged.email)"
    bare = "staged.phone IS NULL AND staged.email IS NULL AND former.phone IS NULL AND former.email IS NULL"
    ways = [f"{named} AND ({reached} OR {bare})"]
    if "tax_id" in columns:
        ways.insert(0, "former.tax_id = staged.tax_id AND staged.tax_id NOT LIKE '%+%'")
    unnamed = " AND code IS NULL" if "code" in columns else ""
    if "code" in columns:
        ways.insert(0, "former.code = staged.code")
    ws.db.execute("ALTER TABLE staged ADD COLUMN former INTEGER")
    for at, way in enumerate(ways):
        by_code = "code" in columns and at == 0
        ws.db.execute(
            f"UPDATE staged SET (target, former) = (SELECT min(customer_id), min(1) FROM former WHERE {way}) "
            f"WHERE target IS NULL{' AND code IS NOT NULL' if by_code else unnamed}"
        )
    if ws.db.value("SELECT 1 FROM staged WHERE former = 1 LIMIT 1"):
        _keep_decided(ws, columns)


def _remember_former(ws: Workspace) -> None:
    """The temporary table `former`: what merged customers were called, from the journal, and who they are now."""
    parts = ", ".join(f"json_extract(was.before, '$.{name}') AS {name}" for name in _KNOWN_BY)
    ws.db.new_temporary(
        "former",
        f"AS SELECT former_code.customer_id, former_code.code, {parts} FROM former_code "
        "LEFT JOIN change AS was ON was.entity = 'customer' AND was.action = 'removed' "
        "AND json_extract(was.before, '$.code') = former_code.code",
    )


def _keep_decided(ws: Workspace, columns: list[str]) -> None:
    """Blank what rows about former customers say where the one that they are now has a value."""
    own = {row["name"] for row in ws.db.rows("SELECT name FROM pragma_table_info('customer')")}
    known = "(SELECT {name} FROM customer WHERE id = target)"
    person = "(SELECT {name} FROM contact WHERE customer_id = target AND name_key = contact_name_key)"
    kept = []
    for name in columns:
        if name in ("code", "contact_name", "contact_name_key") or name.removeprefix("contact_").startswith("other_"):
            continue
        if name == "consent":
            kept.append(f"consent = CASE WHEN consent = 'no' OR {known.format(name=name)} = 'unknown' THEN consent END")
        elif name == "extra":
            kept.append(f"extra = json_patch(coalesce(extra, '{{}}'), coalesce({known.format(name=name)}, '{{}}'))")
        elif name in own:
            kept.append(f"{name} = CASE WHEN {known.format(name=name)} IS NULL THEN {name} END")
        elif name.startswith("contact_"):
            decided = person.format(name=name.removeprefix("contact_"))
            kept.append(f"{name} = CASE WHEN {decided} IS NULL THEN {name} END")
    if "code" in columns:
        kept.append("code = (SELECT code FROM customer WHERE id = target)")
    ws.db.execute(f"UPDATE staged SET {', '.join(kept)} WHERE former = 1")


def _keep_names(ws: Workspace, columns: list[str], base: int) -> list[int]:
    """Rows that were found by their tax id, and write the name otherwise, do not rename the customer: their lines.

    The next import of either list would not find it by name.
    """
    unnamed = " AND staged.code IS NULL" if "code" in columns else ""
    otherwise = (
        "target IS NOT NULL AND name_key <> coalesce((SELECT name_key FROM customer WHERE id = staged.target), "
        f"(SELECT name_key FROM staged AS head WHERE head.seq = staged.target - :base)){unnamed}"
    )
    rows = ws.db.rows(f"SELECT seq, line FROM staged WHERE {otherwise} ORDER BY seq", {"base": base})
    ws.db.execute(
        "UPDATE staged SET name = NULL, name_key = NULL WHERE seq IN (SELECT value FROM json_each(:seqs))",
        {"seqs": json.dumps([row["seq"] for row in rows])},
    )
    return [row["line"] for row in rows]


@dataclass(eq=False)
class _Fresh:
    """A customer that the file brings: the rows that name it, and how it can be reached."""

    rows: list[int] = field(default_factory=list)
    name_key: str | None = None
    tax_id: str | None = None
    reaches: set[str] = field(default_factory=set)

    def add(self, row: Row) -> None:
        self.rows.append(row["seq"])
        self.name_key = self.name_key or row["name_key"]
        self.tax_id = self.tax_id or row["tax_id"]
        self.reaches |= _reaches(row)

    def take(self, other: "_Fresh") -> None:
        self.rows += other.rows
        self.tax_id = self.tax_id or other.tax_id
        self.reaches |= other.reaches


def _reaches(row: Row) -> set[str]:
    return {row[column] for column in ("phone", "email") if row[column]}


def _match_among_themselves(ws: Workspace, columns: list[str], base: int) -> None:
    """Point each fresh row that repeats an earlier one to it. Only rows that share a key are looked at.

    The rules are those of `_match_with_known`, so that the next import of the file finds what this one made.
    """
    given = {name: name if name in columns else "NULL" for name in ("code", "tax_id")}
    shared = " OR ".join(
        f"{key} IN (SELECT {key} FROM staged WHERE target IS NULL AND {key} IS NOT NULL "
        f"GROUP BY {key} HAVING count(*) > 1)"
        for key in ("code", "tax_id", "name_key")
        if key in columns
    )
    rows = ws.db.rows(
        f"SELECT seq, {given['code']} AS code, name_key, phone, email, "
        f"CASE WHEN {given['tax_id']} LIKE '%+%' THEN NULL ELSE {given['tax_id']} END AS tax_id "
        f"FROM staged WHERE target IS NULL AND ({shared}) ORDER BY seq"
    )
    coded = _with_codes(rows)
    for fresh in (*coded, *_without_codes(rows, coded)):
        first, *repeats = sorted(fresh.rows)
        for seq in repeats:
            ws.db.execute("UPDATE staged SET target = :target WHERE seq = :seq", {"target": base + first, "seq": seq})


def _with_codes(rows: list[Row]) -> list[_Fresh]:
    by_code: dict[str, _Fresh] = defaultdict(_Fresh)
    for row in rows:
        if row["code"]:
            by_code[row["code"]].add(row)
    return list(by_code.values())


def _without_codes(rows: list[Row], coded: list[_Fresh]) -> list[_Fresh]:
    """Rows that can be reached first: whom a bare name means is known when all who have it are known."""
    found: list[_Fresh] = []
    by_tax = {fresh.tax_id: fresh for fresh in reversed(coded) if fresh.tax_id}
    by_name: dict[str | None, list[_Fresh]] = defaultdict(list)
    for fresh in coded:
        by_name[fresh.name_key].append(fresh)
    for row in sorted((row for row in rows if not row["code"]), key=lambda row: not _reaches(row)):
        namesakes = by_name[row["name_key"]]
        meant = by_tax.get(row["tax_id"] or "") or _meant(row, namesakes)
        if meant is None:
            meant = _Fresh()
            found.append(meant)
            namesakes.append(meant)
        meant.add(row)
        # The row may tell that two who shared nothing so far are one.
        for other in [one for one in namesakes if one in found and one is not meant and one.reaches & meant.reaches]:
            if not (other.tax_id and meant.tax_id and other.tax_id != meant.tax_id):
                meant.take(other)
                found.remove(other)
                namesakes.remove(other)
        if meant.tax_id:
            by_tax.setdefault(meant.tax_id, meant)
    return found


def _meant(row: Row, namesakes: list[_Fresh]) -> _Fresh | None:
    """Which of the fresh customers of its name a row means."""
    # One with another tax id is another one, whatever it is called.
    possible = [one for one in namesakes if not (one.tax_id and row["tax_id"]) or one.tax_id == row["tax_id"]]
    reaches = _reaches(row)
    if reaches:
        return next((one for one in possible if one.reaches & reaches), None)
    return next((one for one in possible if not one.reaches), possible[0] if len(possible) == 1 else None)


def find_customers(ws: Workspace) -> None:
    """Set `customer_id` of staged rows whose `customer` names one, but not by its code, by a name that is unique.

    Each name is looked up once, however many rows have it: in the temporary table `named` (given, customer_id,
    namesakes: how many are called so). One that is only called by its code has no other writings: 20-01 is not 2001.
    """
    ws.db.new_temporary("named", "(given TEXT PRIMARY KEY, namesakes INTEGER, customer_id INTEGER) WITHOUT ROWID")
    ws.db.execute(
        "INSERT INTO named (given) SELECT DISTINCT customer FROM staged "
        "WHERE customer IS NOT NULL AND customer_id IS NULL"
    )
    position = ""
    while unknown := ws.db.rows(
        "SELECT given FROM named WHERE customer_id IS NULL AND given > :position ORDER BY given LIMIT :size",
        {"position": position, "size": _FEW},
    ):
        position = unknown[-1]["given"]
        names = [row["given"] for row in unknown]
        for name, key in zip(names, name_keys(names), strict=True):
            ws.db.execute(
                "UPDATE named SET (namesakes, customer_id) = (SELECT count(*), CASE count(*) WHEN 1 THEN min(id) END "
                "FROM customer WHERE name_key = :key AND (name <> code OR lower(name) = lower(:name))) "
                "WHERE given = :name",
                {"key": key, "name": name},
            )
    if ws.db.value("SELECT 1 FROM former_code LIMIT 1"):
        _name_former(ws)
    ws.db.execute(
        "UPDATE staged SET customer_id = (SELECT customer_id FROM named WHERE given = staged.customer) "
        "WHERE customer_id IS NULL"
    )


def _name_former(ws: Workspace) -> None:
    """Names that nobody has now, but one who was merged had, mean the one that it was merged into."""
    _remember_former(ws)
    unknown = [row["given"] for row in ws.db.rows("SELECT given FROM named WHERE namesakes = 0 ORDER BY given")]
    for name, key in zip(unknown, name_keys(unknown), strict=True):
        ws.db.execute(
            "UPDATE named SET (namesakes, customer_id) = (SELECT count(DISTINCT customer_id), "
            "CASE count(DISTINCT customer_id) WHEN 1 THEN min(customer_id) END FROM former WHERE name_key = :key) "
            "WHERE given = :name",
            {"key": key, "name": name},
        )
