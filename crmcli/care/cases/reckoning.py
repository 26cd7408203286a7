"""Deadlines that were estimated, because the holidays of a year were not published yet, reckoned anew when they are.

It follows from the version of the policy that knows them, and is written as part of the same operation. A deadline
that is not what the former version gives was given by somebody, and stays; so do the hours of the company as they were
then.
"""

from dataclasses import replace

from crmcli.calendars import WorkingTime
from crmcli.care.cases.standing import MET, NAMES
from crmcli.i18n import _, plural
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.waits import waits
from crmcli.store.workspace import Workspace

_HOLIDAYS = ("holidays", "extra_holidays", "extra_workdays", "known_years")


def refresh(ws: Workspace) -> None:
    """Reckon anew what this operation made known, and say of how many cases."""
    if not ws.wrote_to("policy"):
        return
    versions = ws.db.rows(
        "SELECT source FROM policy WHERE EXISTS (SELECT 1 FROM change WHERE operation_id = :op AND entity = 'policy' "
        "AND action = 'added') ORDER BY id DESC LIMIT 2",
        {"op": ws.wrote},
    )
    waiting = _estimated(ws) if len(versions) == 2 else []
    if not waiting:
        return
    before = _calendar(versions[1]["source"])
    if before is None:
        return
    after = replace(before, **{name: getattr(ws.policy.calendar, name) for name in _HOLIDAYS})
    ws.progress(_("cases: clocks"))
    number = sum(_reckoned(ws, row, before, after) for row in waiting)
    if number:
        words = plural(
            "{number} case whose deadlines were estimated has them by the holidays that are known now",
            "{number} cases whose deadlines were estimated have them by the holidays that are known now",
            number,
        )
        ws.notes.append(words.format(number=number))


def _estimated(ws: Workspace) -> list[Row]:
    """The cases that are not closed and were given a clock before the policy's newest version knew a year."""
    rows = ws.db.rows("SELECT * FROM cases WHERE estimated IS NOT NULL AND hours = 'working' AND status <> 'closed'")
    return [row for row in rows if any(ws.policy.calendar.public(int(year)).known for year in _years(row))]


def _years(row: Row) -> list[str]:
    found: list[str] = row["estimated"].split(", ")
    return found


def _calendar(source: str) -> WorkingTime | None:
    from crmcli.policy.schema import load

    policy, _problems = load(source)
    return policy.calendar if policy else None


def _reckoned(ws: Workspace, row: Row, before: WorkingTime, after: WorkingTime) -> bool:
    """Write the deadlines of a case as the new calendar has them; False if none of them is another one, or the years
    that it had to guess."""
    from crmcli.care.cases import clocks

    terms = clocks.Terms.stored(row)
    assert terms is not None
    stood = list(waits(ws, row["id"]))
    estimated = [
        name
        for name in NAMES
        if (by := row[f"{name}_by"])
        and not row[MET[name]]
        and clocks.deadline(terms, before, row, name, stood).get(f"{name}_by") == by
    ]
    if not estimated:
        return False
    anew = {**row, "estimated": None}
    for name in estimated:
        anew |= clocks.deadline(terms, after, anew, name, stood)
    anew |= clocks.upcoming(terms, after, anew)
    changed = {name: value for name, value in anew.items() if value != row[name]}
    if changed:
        with ws.computed():
            journal.change(ws, "cases", row["id"], changed)
    return bool(changed)
