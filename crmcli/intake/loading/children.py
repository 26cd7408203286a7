"""Staged rows become what belongs to customers: people, orders, contracts, talks, cases, answers, tags."""

from collections.abc import Sequence
from dataclasses import replace

from crmcli.errors import Problem
from crmcli.fields import TABLES, heading_key
from crmcli.i18n import _, sentences
from crmcli.intake import currencies, merging
from crmcli.intake.layouts import Layout
from crmcli.intake.loading.named import find_owners
from crmcli.intake.loading.people import load_people
from crmcli.intake.order_lines import OrderLines
from crmcli.intake.sources import Source
from crmcli.intake.staging import RESTS, Staged
from crmcli.store.workspace import Workspace


def load_children(
    ws: Workspace,
    source: Source,
    layout: Layout,
    staged: Staged,
    *,
    match: str,
    create_customers: bool,
    lines: bool | None,
) -> merging.Merged:
    """Bring the rows of `staged` into the table of their layout, each beside its customer.

    A row whose customer nobody is, or more than one, is rejected; with `create_customers` those nobody is are made.
    `lines` says whether rows of one order are its lines, as far as that is known.
    """
    entity = TABLES[layout.table].entity
    key = merging.KEYS[entity]
    orders = OrderLines(ws, source, layout, staged, lines) if entity == "orders" else None
    if orders:
        orders.hold_back()
    if "customer" in staged.columns:
        find_owners(ws, layout, staged, match=match, create_customers=create_customers)
    if orders:
        # Of those, too, whose customer nobody is.
        orders.hold_back()
        orders.add_up()
    if "currency" in staged.columns:
        ws.summary = sentences(filter(None, (ws.summary, currencies.others(ws))))
    passing = ("customer", "customer_id", "people", *RESTS.values())
    columns = [column for column in staged.columns if column not in passing]
    if entity == "interaction":
        columns = _number_alike(ws, columns, {"topic": ""}, key)
    elif entity == "survey":
        columns = _number_alike(ws, columns, {"kind": _survey_kind(layout)}, key)
        _reject_scores(ws, staged)
    elif entity == "contract":
        _reject_ends_before_starts(ws, staged, match)
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


def _reject_ends_before_starts(ws: Workspace, staged: Staged, match: str) -> None:
    """Take out the contracts that would end before they start, beside what is stored of those that are known."""

    def becomes(day: str) -> str:
        if day not in staged.columns:
            return f"k.{day}"
        first, then = ("k", "staged") if match == "fill" else ("staged", "k")
        return f"coalesce({first}.{day}, {then}.{day})"

    start, end = becomes("starts_on"), becomes("ends_on")
    known = "AND k.number IS NULL" if match == "skip" else ""
    wrong = f"FROM staged LEFT JOIN contract AS k ON k.number = staged.number WHERE {end} < {start} {known}"
    for row in ws.db.rows(f"SELECT line, {start} AS starts_on, {end} AS ends_on {wrong} ORDER BY seq"):
        reason = _("a contract cannot end on {end}, before it starts on {start}")
        reason = reason.format(start=row["starts_on"], end=row["ends_on"])
        staged.reject(row["line"], Problem("date-order", reason, "ends_on", row["ends_on"], row["line"]))
    ws.db.execute(f"DELETE FROM staged WHERE seq IN (SELECT staged.seq {wrong})")


def _survey_kind(layout: Layout) -> str:
    """What kind of answers a file without a column for it has: the heading over the scores may tell."""
    headings = [
        heading_key(heading)
        for heading, column in zip(layout.headings, layout.columns, strict=False)
        if column and column.name == "score"
    ]
    return "nps" if any(word in heading for heading in headings for word in ("nps", "推荐")) else "csat"


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
