"""The page of `crm case show`: where a case stands, its clocks, and its file line by line."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmcli.cli import output as out
from crmcli.cli.show import Section, as_page, page_lines, show_page
from crmcli.i18n import _
from crmcli.tables import Column, Table
from crmcli.values import to_the_minute

if TYPE_CHECKING:
    from crmcli.care.cases.listing import File

_NESTED = ("entries", "contacts", "answers", "checklist")
_LINES = (Column("section"), Column("field"), Column("value"))
_CLOCKS = (
    ("respond", "respond_by", "responded_at"),
    ("resolve", "resolve_by", "resolved_at"),
    ("revisit", "revisit_by", "revisited_at"),
)


def show_file(file: "File", format: str | None, output: Path | None) -> None:
    """Show everything of a case in the format that was asked for."""
    if as_page(format, output):
        show_page(_page(file), output)
    elif format in ("json", "jsonl") or (output and output.suffix.lower() in (".json", ".jsonl")):
        found = {name: file.case[name] for name in _shown(file)}
        found |= {"entries": file.entries, "contacts": file.talks, "answers": file.answers, "checklist": file.checklist}
        columns = [Column(key, "list" if key in _NESTED else "text") for key in found]
        out.show(Table(columns, [found]), format=format, output=output)
    else:
        out.show(Table(_LINES, page_lines(_page(file))), format=format, output=output)


def _shown(file: "File") -> list[str]:
    from crmcli.care.cases.listing import COLUMNS

    return [*(column.key for column in COLUMNS), "manager"]


def _page(file: "File") -> list[Section]:
    """The sections of the page; those without a row are left out."""
    case = file.case
    sections = [
        Section(_title(case), _facts(case)),
        Section(_("Clocks"), _clocks(file)),
        Section(_("Checklist"), [_step(step) for step in file.checklist]),
        Section(_("File"), [(to_the_minute(e["at"]), e["kind"], e["author"], e["words"]) for e in file.entries]),
        Section(_("Contacts"), [_talk(talk) for talk in file.talks]),
        Section(_("Answers"), [_answer(row) for row in file.answers]),
    ]
    return [section for section in sections if section.rows]


def _title(case: dict[str, Any]) -> str:
    from crmcli.care.cases.due import spoken_kind, spoken_severity

    what = _("{severity} {kind} {number}").format(
        severity=spoken_severity(case["severity"]), kind=spoken_kind(case["kind"]), number=case["number"]
    )
    return f"{what}  {case['code']} {case['customer']}"


def _facts(case: dict[str, Any]) -> list[tuple[str, ...]]:
    labels = {
        "topic": _("topic"),
        "status": _("status"),
        "phase": _("phase"),
        "owner": _("owner"),
        "manager": _("manager"),
        "responder": _("asked first"),
        "opened_at": _("opened"),
        "paused_at": _("waiting since"),
        "cause": _("cause"),
        "lesson": _("lesson"),
    }
    return [
        (label, to_the_minute(case[name]) if name.endswith("_at") else case[name])
        for name, label in labels.items()
        if case[name]
    ]


def _clocks(file: "File") -> list[tuple[str, ...]]:
    """Of each clock when it is up, when it was met, and whether that was late."""
    case = file.case
    rows: list[tuple[str, ...]] = []
    for name, by, met in _CLOCKS:
        if case[by] or case[met]:
            running = case["state"] if case["next_clock"] == name else ""
            late = _("late") if case[by] and case[met] and case[met] > case[by] else ""
            up = _("by {moment}").format(moment=to_the_minute(case[by])) if case[by] else ""
            done = _("met {moment}").format(moment=to_the_minute(case[met])) if case[met] else ""
            rows.append((name, up, done, running or late))
    if case["estimated"]:
        words = _("the public holidays of {years} are not known yet: the deadline is an estimate")
        rows.append((_("estimated"), words.format(years=case["estimated"])))
    return rows


def _step(step: dict[str, Any]) -> tuple[str, ...]:
    """When it is due, what became of it, and what names it in `crm done`."""
    how = {"done": _("done"), "skipped": _("skipped"), "ended": _("ended"), None: _("open")}[step["how"]]
    return (to_the_minute(step["due_at"] or step["due_on"]), how, step["action"], "" if step["how"] else step["key"])


def _talk(talk: dict[str, Any]) -> tuple[str, ...]:
    said = "; ".join(filter(None, (talk["topic"], talk["feedback"])))
    return (to_the_minute(talk["at"]), talk["channel"] or "", talk["owner"] or "", said)


def _answer(row: dict[str, Any]) -> tuple[str, ...]:
    return (to_the_minute(row["at"]), row["kind"], f"{row['score']:g}", row["comment"] or "")
