"""Write the reference pages from the code: `make docs`.

`docs/commands.md` is what `--help` says; `docs/policy.md` has every fact, function and key, and the standard policy.
What stands above the line MARK in a page is written by hand and kept. A test compares the pages with this script.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crmcli.calendars import FESTIVALS
from crmcli.calendars.holidays import REGIONS
from crmcli.cli import app, main
from crmcli.fields.words import CASE_KINDS, CHANNELS, GRADES
from crmcli.i18n import LANGUAGES
from crmcli.policy import facts, loader, reading, rules, schema
from crmcli.policy.completeness import DEFAULT_WEIGHTS, FIELDS
from crmcli.policy.quality import KPIS
from crmcli.policy.sections.days import OCCASIONS
from crmcli.policy.sections.greetings import ANYWHERE
from crmcli.policy.sections.signals import LEVELS

DOCS = Path(__file__).resolve().parent.parent / "docs"
MARK = "<!-- Written by `make docs` from here on; change what is above by hand. -->"
# Help depends on these: a page is the same on every machine and terminal.
SURROUNDINGS = {"COLUMNS": "100", "TERM": "dumb", "XDG_CONFIG_HOME": os.devnull}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


FUNCTIONS = {
    "top": (
        "top(fact, p)",
        "among the highest p percent of the rated customers: the rank by the fact, highest first, ties sharing the "
        "best rank, is at most ceil(n·p/100) of n; a missing or zero fact is never top",
    ),
    "bottom": ("bottom(fact, p)", "the same from the lowest; a missing fact counts as lowest"),
    "tag": ('tag("dimension"), tag("dimension", "value")', "has a tag in that dimension, or that very tag"),
    "field": ('field("heading")', "the text of a field of your own, kept from an imported list under that heading"),
    "missing": ('missing(fact), missing(field("heading"))', "the fact is absent"),
    "days_to": ("days_to(fact)", "whole days from today to a date"),
    "days_since": ("days_since(fact)", "whole days from a date to today"),
}
KEYS = {
    "name": "what the policy is called",
    "company": "what the company calls itself in greetings",
    "timezone": "where today begins, like `Asia/Shanghai`",
    "currency": "three capital letters, like `CNY`",
    "phone_region": "the country of phone numbers without a country code: two capital letters, like `CN`",
    "calendar": '`[calendar]`: the working time of every clock with `hours = "working"`',
    "calendar.workdays": "`mon` to `sun`; Monday to Friday unless given",
    "calendar.hours": "`09:00-12:00`; from 9 to 12 and from 13 to 18 unless given",
    "calendar.holidays": f"{_listed(REGIONS)}: whose public holidays, and working days that make up for them, are kept",
    "calendar.extra_holidays": "days off besides",
    "calendar.extra_workdays": "days that are worked whatever else is said of them",
    "calendar.known_years": "years whose official days are all among these; deadlines in other years that are not "
    "published yet are estimated, and say so; `crm calendar import` writes it",
    "tag": "`[[tag]]`: one value of a dimension; of each dimension a customer gets the first that fits",
    "tag.dimension": "what the tag is about, like `risk`",
    "tag.value": "like `churn-risk`",
    "tag.label": "what people see",
    "tag.when": "a rule; without one the dimension is set by hand",
    "tier": "`[[tier]]`, at least one: the best first; a customer gets the first that fits",
    "tier.key": "small letters, digits and hyphens; stored with the customer",
    "tier.label": "what people see",
    "tier.when": 'a rule; that of the last tier is `"true"`',
    "tier.owner_role": "who should look after these customers",
    "tier.benefits": "a list of what these customers get, each a text or words",
    "tier.keep_for": '`"2 reviews"`: a drop waits until as many in a row ask for it; the runs of a day are one review',
    "tier.touches": "the contacts that the tier asks for, again and again",
    "tier.touches.key": "small letters, digits and hyphens",
    "tier.touches.every": "`3 days`, `2 weeks`, `1 month`, `quarter`, `half-year`",
    "tier.touches.channels": f"any one of these will do: {_listed(CHANNELS)}",
    "tier.touches.kind": "`touch`, or `survey`: then an answer (`crm survey add`) answers it, and not any talk",
    "tier.touches.label": "what people see",
    "tier.touches.action": "what to do",
    "review": "`[review]`: looking through the tiers with each owner",
    "review.every": "like `3 months`",
    "clock": "`[[clock]]`: how soon a case is dealt with; the first that fits",
    "clock.when": "a rule, which may ask for `case.kind` and `case.severity`, too",
    "clock.respond": "`30 minutes`, `2 hours`, `1 day`: until the first answer; one of these three is needed",
    "clock.resolve": "until the solution",
    "clock.revisit": "from the solution until somebody asks whether the customer is satisfied",
    "clock.hours": "`working` (unless given), where a day is a working day, or `clock`, round the clock",
    "clock.warn_at": "the share of the time after which a warning comes; 0.8 unless given",
    "clock.role": "who of the team gets a case whose customer has no active owner: the fewest open cases",
    "lead_grade": "`[[lead_grade]]`: a grade of leads; the first that fits",
    "lead_grade.key": _listed(GRADES),
    "lead_grade.label": "what people see",
    "lead_grade.when": "a rule, which may ask whether `need`, `budget` and `decision` are clear; leads have no ranks",
    "lead_grade.playbook": "the key of the playbook that begins",
    "assign": "`[assign]`: who gets a new lead",
    "assign.rules": "the first that fits",
    "assign.rules.when": "a rule",
    "assign.rules.role": "to one of the active members of this role",
    "assign.rules.by": "`least-loaded` (unless given) or `round-robin`",
    "assign.stale": "when `crm lead release` puts a lead back into the pool; the first that fits",
    "assign.stale.after": "`3 days`, `2 weeks`: so long after the last contact, after it was given to its owner, or "
    "after it became a lead, whichever is latest",
    "assign.stale.grades": f"{_listed(GRADES)}; all leads unless given",
    "assign.stale.tiers": "keys of tiers; all leads unless given",
    "playbook": "`[[playbook]]`: steps that become due once it begins",
    "playbook.key": "small letters, digits and hyphens",
    "playbook.label": "what people see",
    "playbook.repeat": "the last step comes again so long after it was done or skipped, while what began it is so: "
    "`1 week`; what is over at once, a case closed or a referral won, begins no such playbook",
    "playbook.steps": "in the order of their time",
    "playbook.steps.after": "how long after it began: `24 hours`, `3 days`",
    "playbook.steps.channel": "one of the channels of touches",
    "playbook.steps.action": "what to do",
    "on": "`[[on]]`: what begins a playbook; one event may begin several, each at other customers",
    "on.event": "`tag:DIMENSION=VALUE` (gained), `tier:KEY` (entered), `case:KIND` (opened), `case-closed:KIND`, "
    "`grade:KEY` (of a lead), `referral:won` (with the customer who referred one that was won)",
    "on.when": "a rule: only at customers for whom it holds at that moment; no ranks, and no r, f, m, rfm",
    "on.playbook": "the key of a playbook",
    "signal": "`[[signal]]`: an early warning of `crm watch`; it has `when`, `clock` or `case`",
    "signal.key": "small letters, digits and hyphens",
    "signal.level": f"{_listed(LEVELS)}, the most severe last",
    "signal.label": "what people see",
    "signal.when": "a rule; seen at every rated customer, but for the lost, for whom it holds",
    "signal.clock": "`warn`: a case is past `warn_at` of its time; `breached`: it is out of time",
    "signal.case": f"{_listed(CASE_KINDS)}: a case of that kind is not closed",
    "occasion": "`[[occasion]]`: a day to think of the customer",
    "occasion.kind": _listed(OCCASIONS),
    "occasion.notice": "how long before: days or weeks",
    "occasion.tiers": "keys of tiers; all of them unless given",
    "occasion.action": "what to do",
    "occasion.label": "what people see",
    "occasion.gift": "what to give; with placeholders, as the greeting",
    "occasion.greeting": f"a text to send, with placeholders: {_listed(f'{{{name}}}' for name in ANYWHERE)}, of an "
    "anniversary `{years}` and `{since}`, too",
    "festival": "`[[festival]]`: a day to greet at",
    "festival.key": f"a day like `09-01`, or {_listed(FESTIVALS)}",
    "festival.notice": "how long before: days or weeks",
    "festival.industries": "only customers of these; all of them unless given",
    "festival.tiers": "keys of tiers; all of them unless given",
    "festival.action": "what to do",
    "festival.label": "what people see; the festival's name unless given",
    "festival.gift": "what to give",
    "festival.greeting": "a text to send; `{festival}` is the festival's label",
    "escalation": "`[[escalation]]`: what happens to what is late; a tier follows the first that names it",
    "escalation.tiers": "keys of tiers; all of them unless given",
    "escalation.steps": "the earliest first; each has at least one of `to`, `mark` and `reassign`",
    "escalation.steps.late": "so many days or weeks late",
    "escalation.steps.to": "who is told: `manager` (the owner's), `owner`, a member's name, or a role",
    "escalation.steps.mark": "the tag `escalation:MARK` of the customer; `crm escalate` sets and removes it",
    "escalation.steps.reassign": "`true`: `crm escalate` gives the customer to the manager, else by the tier's role",
    "completeness": "`[completeness]`: what a complete record is",
    "completeness.fields": "`{ field = weight, … }`; the fields are below",
    "completeness.reward": "what filling in facts earns",
    "completeness.reward.every": "for every so many facts",
    "completeness.reward.amount": "so much money",
    "duplicates": "`[duplicates]`: from which score a pair of customers is the same",
    "duplicates.certain": "certainly; 0.95 unless given",
    "duplicates.likely": "likely; 0.85 unless given",
    "target": "`[[target]]`: what a figure is to reach",
    "target.kpi": "one of the figures below",
    "target.baseline": "where it stood at the beginning",
    "target.target": "where it is to be; shares are 0 to 1",
    "target.by": "by which day",
    "checks": "`[checks]`: what `crm clean check` holds the data against",
    "checks.industries": "every industry there is; any unless given",
    "checks.single_valued": "dimensions of which a customer has one tag at most; those with rules have one in any case",
    "checks.contradictions": 'pairs of tags that cannot both be true: `[["need:price", "feedback:quality"]]`',
    "test": "`[[test]]`: a made-up customer, and what it must be; `crm policy test` runs them",
    "test.name": "what it is about",
    "test.facts": "`{ fact = value, … }`; the others are missing",
    "test.rank": "`{ amount_12m = 15 }`: the place among 100 customers by a fact, 1 is the highest",
    "test.fields": '`{ heading = "text" }`: fields of your own',
    "test.by_hand": "tags that it has already, `dimension:value`",
    "test.today": "the day of the test; needed where a fact is a date",
    "test.tier": "the tier that it must get",
    "test.not_tags": "the tags that it must not get, `dimension:value`",
    "test.tags": "the tags that it must get, `dimension:value`; a test has a tier, tags or not_tags",
}
KINDS = {
    "text": "text",
    "texts": "list of texts",
    "number": "number",
    "share": "share",
    "flag": "true or false",
    "day": "date",
    "days": "list of dates",
    "years": "list of years",
    "pairs": "list of pairs",
    "table": "table",
    "tables": "list of tables",
    "texts_or_tables": "list of texts or words",
    "words": "words",
}
# Keys below these are chosen by the writer.
FREE = ("test.rank.", "test.fields.")
# What the standard policy leaves to its reader.
MORE = """
[[target]]
kpi = "completeness"
target = 0.95
by = 2027-12-31
[checks]
"""
Key = tuple[str, str, bool]


def commands() -> Iterator[str]:
    """The page of commands: the program, then each command under the heading that help shows it under."""
    yield from _help()
    panel = ""
    for name, entry in app.commands().items():
        if entry.panel != panel:
            panel = entry.panel
            yield f"## {panel}\n"
        yield from _help(name)
        found = importlib.import_module(f"crmcli.cli.{entry.module}").COMMANDS[name]
        for verb in found if isinstance(found, dict) else ():
            yield from _help(name, verb)


def _help(*words: str) -> Iterator[str]:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        code = main(["--lang", "en", *words, "--help"])
    assert code == 0, words
    title = f"## `{' '.join(['crm', *words])}`"
    yield f"{title if not words else '#' + title}\n"
    yield f"```text\n{output.getvalue().rstrip()}\n```\n"


def policy() -> Iterator[str]:
    """The page of the policy."""
    yield "## Facts\n"
    defined = [(f"`{fact.name}`", fact.kind, fact.definition) for fact in facts.FACTS.values()]
    yield _table(("fact", "type", "definition"), defined)
    yield "## Functions\n"
    _same(FUNCTIONS, rules.FUNCTIONS)
    calls = [FUNCTIONS[name] for name in rules.FUNCTIONS]
    yield _table(("function", "meaning"), [(f"`{call}`", meaning) for call, meaning in calls])
    yield "## Keys\n"
    yield '*Words* are `{ en = "…", zh = "…" }`, either of them, or one text for both languages.\n'
    keys = schema_keys(schema.preset("standard") + MORE)
    _same(KEYS, [key for key, _kind, _required in keys])
    rows = [(f"`{key}`", KINDS[kind], "yes" if needed else "", KEYS[key]) for key, kind, needed in keys]
    yield _table(("key", "type", "required", "meaning"), rows)
    yield f"Fields of `completeness.fields`: {', '.join(f'`{field}`' for field in sorted(FIELDS))}.\n"
    weights = ", ".join(f"`{field}` {weight}" for field, weight in DEFAULT_WEIGHTS.items())
    yield f"Without that section: {weights}.\n"
    yield f"Figures of `target.kpi`, with their units: {', '.join(f'`{kpi}` {unit}' for kpi, unit in KPIS.items())}.\n"
    yield "## The standard policy\n"
    yield f"What `crm init` begins with. Others: {_listed(schema.presets()[1:])}.\n"
    yield f"```toml\n{schema.preset('standard').rstrip()}\n```\n"


def schema_keys(text: str) -> list[Key]:
    """Every key that the loader asks for when it reads `text`, what it takes there, and whether it insists.

    The loader says it itself: its questions are recorded, so that no list of keys can differ from what it does.
    """
    asked: dict[str, tuple[str, bool]] = {}
    originals = {name: getattr(reading.Table, name) for name in KINDS if name != "words"}
    for kind, original in originals.items():
        setattr(reading.Table, kind, _recording(kind, original, asked))
    try:
        _policy, problems = loader.load(text)
    finally:
        for kind, original in originals.items():
            setattr(reading.Table, kind, original)
    assert not problems, problems
    words = {key.rpartition(".")[0] for key in asked if key.rpartition(".")[2] in LANGUAGES}
    keys = [(key, *how) for key, how in asked.items() if key.rpartition(".")[0] not in words]
    listed = [(key, "words" if key in words else kind, needed) for key, kind, needed in keys]
    return sorted(listed, key=lambda row: list(KEYS).index(row[0]) if row[0] in KEYS else 0)


def _recording(kind: str, original: Callable[..., Any], asked: dict[str, tuple[str, bool]]) -> Callable[..., Any]:
    insists = "required" in inspect.signature(original).parameters

    def ask(table: reading.Table, key: str, **options: Any) -> Any:
        path = ".".join(part for part in (*table.path, key) if isinstance(part, str))
        answer = original(table, key, **options)
        # After the answer: what a question asks in turn is part of it.
        if not path.startswith(FREE):
            asked[path] = (kind, insists and bool(options.get("required")))
        return answer

    return ask


def _same(described: Mapping[str, object], defined: Iterable[str]) -> None:
    """Refuse to write a page that leaves out something, or tells of what is no more."""
    different = set(described) ^ set(defined)
    if different:
        sys.exit(f"scripts/docs.py does not describe what the code defines: {', '.join(sorted(different))}")


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def page(name: str, parts: Iterable[str]) -> str:
    """A whole page: what was written by hand, and what the code says."""
    path = DOCS / name
    by_hand = path.read_text("utf-8").partition(MARK)[0] if path.exists() else f"# {path.stem.capitalize()}\n\n"
    return f"{by_hand}{MARK}\n\n" + "\n".join(parts)


def write(folder: Path) -> None:
    """Write all pages into `folder`."""
    for name in [name for name in os.environ if name.startswith("CRM_") or name in ("FORCE_COLOR", "GITHUB_ACTIONS")]:
        del os.environ[name]
    os.environ.update(SURROUNDINGS)
    folder.mkdir(parents=True, exist_ok=True)
    for name, parts in (("commands.md", commands()), ("policy.md", policy())):
        text = page(name, parts)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{folder / name}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)
