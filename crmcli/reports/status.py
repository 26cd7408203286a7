"""The state of everything on one screen: what is to be done, who the customers are, how good the data is."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from crmcli.care import due
from crmcli.care.cases.standing import UNSOLVED
from crmcli.cleaning import completeness as completing
from crmcli.fields.words import STAGES
from crmcli.grading.policies import in_unknown_tiers
from crmcli.policy.counting import BY_TODAY, days_back
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace


@dataclass(frozen=True)
class Status:
    """What there is and what is to be done, as of today.

    Attributes:
        due, late, week: what `due` lists today, what of it is late, what is added by the coming seven days.
        kinds: the items of `due` by kind, the most frequent first.
        tiers: customers by tier, the best first, None for those without one; `stages` by stage. Leads are in no tier.
        unknown_tiers: how many of them are in a tier that the policy does not have.
        cases: open cases by state (ok, warn, breached, paused).
        completeness: the share of the whole base, its target and day where the policy has one.
        talks, amounts: the contacts and the order amounts (minor units) of each of the last 12 months, the oldest
            first; the last month ends today.
        imported: the newest import: at, file, entity, created, updated, rejected; None without any.
        undoable: the newest operation that can be undone: id, at, actor, summary; None without any.
    """

    due: int
    late: int
    week: int
    kinds: dict[str, int]
    tiers: dict[str | None, int]
    unknown_tiers: int
    stages: dict[str, int]
    cases: dict[str, int]
    completeness: float
    target: float | None
    by: date | None
    talks: list[int]
    amounts: list[int]
    imported: Row | None
    undoable: Row | None


def status(ws: Workspace) -> Status:
    """The figures of the dashboard; each is one statement over an index or one pass."""
    open_now = due.due(ws)
    (whole,) = completing.completeness(ws, ())
    return Status(
        due=len(open_now),
        late=sum(item.late_days > 0 for item in open_now),
        week=len(due.due(ws, days=7)) - len(open_now),
        kinds=dict(Counter(item.kind for item in open_now).most_common()),
        tiers=_tiers(ws),
        unknown_tiers=in_unknown_tiers(ws),
        stages=_counted(ws, "SELECT stage AS name, count(*) AS n FROM customer GROUP BY stage", STAGES),
        cases=_cases(ws),
        completeness=whole.completeness,
        target=whole.target,
        by=whole.by,
        talks=_months(ws, "count(*)", "i.contact_on", _TALKS),
        amounts=_months(ws, "sum(o.amount)", "o.ordered_on", f"orders AS o WHERE {BY_TODAY}"),
        imported=ws.db.first("SELECT at, file, entity, created, updated, rejected FROM batch ORDER BY id DESC LIMIT 1"),
        undoable=ws.db.first(
            "SELECT id, at, actor, summary FROM operation WHERE kind = 'write' AND undone_by IS NULL "
            "ORDER BY id DESC LIMIT 1"
        ),
    )


def _tiers(ws: Workspace) -> dict[str | None, int]:
    rows = ws.db.rows("SELECT tier, count(*) AS n FROM customer WHERE stage <> 'lead' GROUP BY tier")
    counts = {row["tier"]: row["n"] for row in rows}
    order = [*(key for key in ws.digest["tiers"] if key in counts), *(key for key in counts if key is not None), None]
    return {key: counts[key] for key in dict.fromkeys(order) if key in counts}


def _cases(ws: Workspace) -> dict[str, int]:
    rows = ws.db.rows(
        f"""
        SELECT CASE WHEN paused_at IS NOT NULL THEN 'paused' WHEN next_due < :now THEN 'breached'
            WHEN next_warn <= :now THEN 'warn' ELSE 'ok' END AS name, count(*) AS n
        FROM cases WHERE {UNSOLVED} GROUP BY 1
        """,
        {"now": ws.stamp},
    )
    counts = {row["name"]: row["n"] for row in rows}
    return {name: counts[name] for name in ("breached", "warn", "ok", "paused") if name in counts}


def _counted(ws: Workspace, sql: str, order: tuple[str, ...]) -> dict[str, int]:
    counts = {row["name"]: row["n"] for row in ws.db.rows(sql)}
    return {name: counts[name] for name in order if name in counts}


_TALKS = "interaction AS i WHERE i.channel <> 'push' AND i.contact_on <= :today"
_NTH = " ".join(f"WHEN {{day}} > :d{back} THEN {12 - back}" for back in range(1, 13))


def _months(ws: Workspace, what: str, day: str, rows: str) -> list[int]:
    """`what`, SQL over `rows`, of each of the last 12 months: together they are the 12 months of every other figure."""
    nth = f"CASE {_NTH.format(day=day)} END"
    # By its place: `interaction` has a column `nth`, and SQLite takes a column before an alias.
    sql = f"SELECT {nth} AS nth, {what} AS n FROM {rows} AND {day} > :d12 GROUP BY 1"
    found = {row["nth"]: row["n"] for row in ws.db.rows(sql, days_back(ws.today, *range(1, 13)))}
    return [found.get(nth, 0) for nth in range(12)]
