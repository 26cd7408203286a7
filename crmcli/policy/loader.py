"""A policy file: TOML text -> `Policy`, or every problem with it at once.

Codes of problems: toml-invalid, policy-too-large, not-utf-8, key-unknown, key-missing, type-wrong, value-invalid,
rule-invalid, word-unknown, name-unknown, name-twice, never-reached.
"""

import re
import tomllib
from collections.abc import Collection
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from crmcli.errors import Problem
from crmcli.i18n import _, sentences
from crmcli.policy import codes, hints, quality
from crmcli.policy.definitions import Policy
from crmcli.policy.places import Places
from crmcli.policy.reading import Reader, Table, nearest
from crmcli.policy.sections import days, events, examples, grades, leads, service, signals
from crmcli.policy.sections.common import Names

MAX_BYTES = 1_000_000


def load_bytes(data: bytes) -> tuple[Policy | None, list[Problem]]:
    """Read a policy file's content: UTF-8, with or without a byte order mark, up to MAX_BYTES."""
    if len(data) > MAX_BYTES:
        reason = _("a policy has at most {limit} bytes").format(limit=f"{MAX_BYTES:,}")
        return None, [Problem("policy-too-large", reason)]
    try:
        return load(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, [Problem("not-utf-8", _("the file is not UTF-8"), line=line)]


def load(text: str) -> tuple[Policy | None, list[Problem]]:
    """Read a policy. With any problem there is no policy, but for word-unknown.

    Such a rule compares a fact with a word that it never is. A policy with one can be read and is not to be put in
    force: earlier versions did not tell, and what they stored still works.

    A problem's `where` is the key path, counting from one (`tier[2].when`); `line` is the line of `text`.
    """
    text = text.removeprefix("\ufeff")
    try:
        data = tomllib.loads(text, parse_float=_fraction)
    except (ValueError, RecursionError) as error:
        return None, [_syntax(error, text)]
    reader = Reader(Places(text))
    policy = _policy(Table(reader, data, ()))
    problems = sorted(reader.problems, key=lambda problem: problem.line)
    unread = any(problem.code != "word-unknown" for problem in problems)
    return None if unread else policy, problems


def _syntax(error: Exception, text: str) -> Problem:
    message = str(error)
    if isinstance(error, RecursionError):
        message = _("nested too deeply")
    elif not isinstance(error, tomllib.TOMLDecodeError):
        message, found = _("a number has too many digits"), _LONG.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else 0
        return Problem("toml-invalid", _("not TOML: {detail}").format(detail=message), line=line)
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    line, hint = 0, ""
    if place:
        lines = text.split("\n")
        line = int(place[1] or len(lines))
        hint = hints.of_toml(message, lines[line - 1], int(place[2] or len(lines[-1]) + 1))
    said = sentences(filter(None, (_("not TOML: {detail}").format(detail=message), hint)))
    return Problem("toml-invalid", said, line=line)


# More of them Python does not read, or takes very long to.
_MOST_DIGITS = 100
_LONG = re.compile(rf"[0-9_]{{{_MOST_DIGITS},}}|[0-9][eE][+-]?[0-9_]{{3,}}")


def _fraction(text: str) -> Decimal:
    """A number with a point or an exponent; ValueError where it, written out, would be of too many digits."""
    try:
        number = Decimal(text)
    except ArithmeticError as error:
        raise ValueError(text) from error
    if number.is_finite() and max(abs(number.adjusted()), len(number.as_tuple().digits)) > _MOST_DIGITS:
        raise ValueError(text)
    return number


def _policy(root: Table) -> Policy:
    timezone = _timezone(root)
    company = root.text("company")
    region = _region(root)
    tables = root.tables("tier")
    keys = [str(table.data.get("key", "")) for table in tables]
    tags = grades.tags(root.tables("tag"), keys)
    names = Names.of(tags, keys)
    tiers = grades.tiers(root, tables, names)
    playbooks = leads.playbooks(root.tables("playbook"))
    plays = {playbook.key: playbook for playbook in playbooks}
    lead_grades = leads.lead_grades(root.tables("lead_grade"), names, plays)
    complete, assign = root.table("completeness"), root.table("assign")
    escalations = service.escalations(root.tables("escalation"), keys)
    marked = service.with_marks(names, escalations)
    policy = Policy(
        name=root.text("name", required=True),
        timezone=timezone,
        currency=_currency(root),
        phone_region=region,
        calendar=days.calendar(root.table("calendar"), timezone or "UTC", region),
        tags=tags,
        tiers=tiers,
        review=grades.review(root.table("review")),
        clocks=service.clocks(root.tables("clock"), marked),
        lead_grades=lead_grades,
        playbooks=playbooks,
        triggers=events.triggers(root.tables("on"), plays, marked, [grade.key for grade in lead_grades]),
        signals=signals.signals(root.tables("signal"), marked),
        occasions=tuple(days.occasion(table, keys, company) for table in root.tables("occasion")),
        festivals=days.festivals(root.tables("festival"), keys, company),
        escalations=escalations,
        assignments=leads.assignments(assign, names),
        stale_leads=leads.stale_leads(assign, keys),
        completeness=quality.completeness(complete),
        reward=quality.reward(complete),
        duplicates=quality.duplicates(root.table("duplicates")),
        targets=quality.targets(root.tables("target")),
        checks=quality.checks(root.table("checks")),
        examples=examples.examples(root.tables("test")),
        sections=tuple(root.data),
        company=company,
    )
    for section in (complete, assign):
        if section is not None:
            section.finish()
    root.finish()
    return policy


def _timezone(root: Table) -> str:
    """The name of a time zone; "" where it is missing or there is no such."""
    name = root.text("timezone", required=True)
    try:
        return str(ZoneInfo(name)) if name else ""
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = _("there is no time zone '{name}'").format(name=name)
        root.problem("value-invalid", message + nearest(name, available_timezones()), "timezone")
        return ""


def _region(root: Table) -> str:
    wanted = _("no region: write its two capital letters (ISO 3166-1), as in CN")
    return _code(root, "phone_region", codes.REGIONS, wanted)


def _currency(root: Table) -> str:
    wanted = _("no currency: write its three capital letters (ISO 4217), as in CNY")
    return _code(root, "currency", codes.CURRENCIES, wanted)


def _code(root: Table, key: str, known: Collection[str], wanted: str) -> str:
    code = root.text(key, required=True)
    if code and code not in known:
        meant = codes.MEANT.get(code.upper(), code.upper())
        root.problem("value-invalid", wanted + nearest(meant, {meant}.intersection(known)), key)
    return code
