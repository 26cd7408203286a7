"""Cases: how soon they were answered and solved, against their clocks; what was learned of them; the crises."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import mean, median

from crmcli.care.cases.listing import cases as listed
from crmcli.i18n import _, sentences
from crmcli.reports.deliverables.frame import Asked, columns, document, months, table, tier_label
from crmcli.reports.deliverables.words import words
from crmcli.reports.documents import Chart, Document, Section, Series
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column, Table

_HOUR = timedelta(hours=1)


def cases(ws: Workspace, asked: Asked) -> Document:
    """The cases opened in a period, three months unless asked for."""
    first, last = asked.period(ws.today, months=3)
    chosen = {
        row["code"]: row["tier"]
        for row in ws.db.rows(f"SELECT c.code, c.tier FROM customer AS c WHERE {asked.condition}", asked.params)
    }
    found = [
        {**row, "tier": tier_label(ws, chosen[row["code"]])}
        for row in listed(ws)
        if row["code"] in chosen and first.isoformat() <= row["opened_at"][:10] <= last.isoformat()
    ]
    found.sort(key=lambda row: (row["opened_at"], row["number"]), reverse=True)
    now = ws.now
    sections: list[Section] = [
        _sums(_("By kind and severity"), found, ("kind", "severity"), now),
        _sums(_("By tier"), found, ("tier",), now),
        _sums(_("By who dealt with them"), found, ("owner",), now),
        _by_month(found, months(first, last)),
        _list(found),
        _learned(found),
        _crises(ws, [row for row in found if row["kind"] == "crisis"]),
    ]
    return document(
        ws,
        _("Cases: enquiries, complaints and crises"),
        sections,
        scope=asked.scope,
        period=(first, last),
        definitions=[
            (_("Hours to answer"), _("from the opening to the first answer, on the clock, nights included")),
            (_("Hours to solve"), _("from the opening to the solution, on the clock, nights included")),
            (_("In time"), _("of the clocks that have ended or run out, those that were kept")),
        ],
    )


# --------------------------------------------------------------------------------------------------- sums


def _sums(title: str, found: Sequence[Row], by: tuple[str, ...], now: datetime) -> Table:
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in found:
        groups[tuple(row[name] or _("(none)") for name in by)].append(row)
    rows = [
        {**dict(zip(by, key, strict=True)), **_figures(own, now)}
        for key, own in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    return table(
        title,
        (
            # What the groups are called gives way to nothing, however narrow the terminal is.
            *(replace(column, wide=False) for column in columns(*by)),
            "count",
            Column("unsolved", "number", title=_("Not solved")),
            Column("answer_mean", "number", title=_("Hours to answer, mean")),
            Column("answer_median", "number", title=_("Hours to answer, median")),
            Column("solve_mean", "number", title=_("Hours to solve, mean")),
            Column("solve_median", "number", title=_("Hours to solve, median")),
            Column("in_time", "share", title=_("In time")),
        ),
        rows,
    )


def _figures(rows: Sequence[Row], now: datetime) -> Row:
    answered = [_hours(row["opened_at"], row["responded_at"]) for row in rows if row["responded_at"]]
    solved = [_hours(row["opened_at"], row["resolved_at"]) for row in rows if row["resolved_at"]]
    kept = [one for row in rows for one in _kept(row, now)]
    return {
        "count": len(rows),
        "unsolved": sum(row["resolved_at"] is None for row in rows),
        "answer_mean": round(mean(answered), 1) if answered else None,
        "answer_median": round(median(answered), 1) if answered else None,
        "solve_mean": round(mean(solved), 1) if solved else None,
        "solve_median": round(median(solved), 1) if solved else None,
        "in_time": sum(kept) / len(kept) if kept else None,
    }


def _hours(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)) / _HOUR


def _kept(row: Row, now: datetime) -> list[bool]:
    """Of each clock of the case that has ended or run out, whether it was kept."""
    found = []
    for by, done in (("respond_by", "responded_at"), ("resolve_by", "resolved_at"), ("revisit_by", "revisited_at")):
        if row[by] is None:
            continue
        if row[done] is not None:
            found.append(datetime.fromisoformat(row[done]) <= datetime.fromisoformat(row[by]))
        elif row["status"] != "closed" and row["paused_at"] is None and datetime.fromisoformat(row[by]) < now:
            found.append(False)
    return found


def _by_month(found: Sequence[Row], over: Sequence[str]) -> Chart:
    kinds = words()["kind"]
    counts = Counter((row["opened_at"][:7], row["kind"]) for row in found)
    shown = [kind for kind in ("enquiry", "complaint", "crisis") if any(key[1] == kind for key in counts)]
    series = [Series(kinds[kind], [float(counts[month, kind]) for month in over]) for kind in shown]
    return Chart(_("Cases by month"), "stacked", over, series, over=_("Month"), timed=True)


# --------------------------------------------------------------------------------------------------- lists


def _list(found: Sequence[Row]) -> Table:
    return table(
        _("The cases"),
        (
            "number", "code", "customer", "tier", "kind", "severity", "topic", "opened_at", "responded_at",
            "resolved_at", Column("revisited_at", "instant", title=_("Revisited")), "owner", "status",
        ),
        found,
    )  # fmt: skip


def _learned(found: Sequence[Row]) -> Table:
    rows = [row for row in found if row["cause"] or row["lesson"]]
    return table(_("What was learned"), ("number", "customer", "kind", "topic", "cause", "lesson"), rows)


def _crises(ws: Workspace, found: Sequence[Row]) -> Table:
    """Each crisis with its way from the warning to the review."""
    phases = {
        "warning": _("Early warning"), "assess": _("Assessing"), "intervene": _("Intervening"),
        "review": _("Reviewing"),
    }  # fmt: skip
    entries = ws.db.rows(
        "SELECT cases.number, e.at, e.words FROM case_entry AS e JOIN cases ON cases.id = e.case_id "
        "WHERE cases.kind = 'crisis' AND e.kind IN ('phase', 'outcome') ORDER BY e.at, e.id"
    )
    way: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        way[entry["number"]].append(f"{ws.local(entry['at'])[:10]} {_told(entry['words'], phases)}")
    rows = [
        {**row, "phase": phases.get(row["phase"] or "", row["phase"]), "way": sentences(way[row["number"]]) or None}
        for row in found
    ]
    return table(
        _("Crises"),
        (
            "number", "customer", "tier", "opened_at", Column("phase", title=_("Phase")), "status",
            Column("way", title=_("How it went")), "cause", "lesson",
        ),
        rows,
    )  # fmt: skip


def _told(words: str, phases: Mapping[str, str]) -> str:
    """An entry with what the program said in it, phases and outcome, in the language spoken now."""
    outcomes = {
        "resolved": _("Solved"), "closed": _("Closed"), "satisfied yes": _("satisfied"),
        "satisfied no": _("not satisfied"),
    }  # fmt: skip
    said, colon, note = words.partition(": ")
    return " → ".join(phases.get(word, outcomes.get(word, word)) for word in said.split(" → ")) + colon + note
