"""A policy file: TOML text -> `Policy`, or every problem with it at once.

Codes of problems: toml-invalid, policy-too-large, not-utf-8, key-unknown, key-missing, type-wrong, value-invalid,
rule-invalid, rule-empty, word-unknown, name-unknown, name-twice, never-reached.
"""

import re
import tomllib
from collections.abc import Collection
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from crmcli.errors import Problem
from crmcli.i18n import _, sentences
from crmcli.policy import codes, hints, quality, toml_words
from crmcli.policy.definitions import Policy
from crmcli.policy.places import Places
from crmcli.policy.reading import Reader, Table, headed, nearest
from crmcli.policy.sections import days, events, examples, grades, leads, service, signals
from crmcli.policy.sections.common import Names

MAX_BYTES = 1_000_000

_LISTS = (
    "tag", "tier", "clock", "lead_grade", "playbook", "on", "signal", "occasion", "festival", "escalation", "target",
    "test",
)  # fmt: skip
"""The sections of which there are several, each under `[[…]]`."""

_SLIPS = ("word-unknown", "rule-empty")
"""What earlier versions let pass, and stored policies may have."""


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
    """Read a policy. With any problem there is no policy, but for word-unknown and rule-empty.

    With the one a rule asks for a word that a fact never is; with the other a tag's rule has no text, and the tag is
    given by hand. Such a policy can be read and is not to be put in force: earlier versions did not tell, and what they
    stored still works.

    A problem's `where` is the key path, counting from one (`tier[2].when`); `line` is the line of `text`.
    """
    text = text.removeprefix("\ufeff")
    try:
        data = tomllib.loads(text, parse_float=_fraction)
    except (ValueError, RecursionError) as error:
        return None, _syntax(error, text)
    reader = Reader(Places(text))
    policy = _policy(Table(reader, data, ()))
    problems = sorted(reader.problems, key=lambda problem: problem.line)
    unread = any(problem.code not in _SLIPS for problem in problems)
    return None if unread else policy, problems


def _syntax(error: Exception, text: str) -> list[Problem]:
    message = str(error)
    if isinstance(error, RecursionError):
        return [_no_toml(_("nested too deeply"))]
    if not isinstance(error, tomllib.TOMLDecodeError):
        found = _LONG.search(text)
        line = text.count("\n", 0, found.start()) + 1 if found else 0
        return [_no_toml(_("a number has too many digits"), line)]
    if hints.is_twice(message) and (single := _single(text)):
        return single
    place = _PLACE.fullmatch(message)
    if place is None:
        return [_no_toml(message)]
    detail, lines = place[1], text.split("\n")
    line = int(place[2] or len(lines))
    hint = hints.of_toml(detail, lines[line - 1], int(place[3] or len(lines[-1]) + 1))
    said = toml_words.said(detail, line=place[2], column=place[3])
    return [_no_toml(sentences(filter(None, (said, hint))), line)]


_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def _no_toml(detail: str, line: int = 0) -> Problem:
    return Problem("toml-invalid", _("not TOML: {detail}").format(detail=detail), line=line)


_SINGLE = re.compile(rf"^[ \t]*\[[ \t]*({'|'.join(_LISTS)})[ \t]*\]", re.MULTILINE)


def _single(text: str) -> list[Problem]:
    """The headings `[tier]`: with a second tier, or a `[[tier]]`, TOML has something twice and no word for it."""
    problems = []
    for found in _SINGLE.finditer(text):
        key, line = found[1], text.count("\n", 0, found.start()) + 1
        expected = headed(_("a list of tables"), f"[[{key}]]")
        reason = _("'{key}' needs {expected}").format(key=key, expected=expected)
        problems.append(Problem("type-wrong", reason, key, line=line, where=key))
    return problems


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
    lists = {key: root.tables(key) for key in _LISTS}
    keys = [str(table.data.get("key", "")) for table in lists["tier"]]
    tags = grades.tags(lists["tag"], keys)
    names = Names.of(tags, keys)
    tiers = grades.tiers(root, lists["tier"], names)
    playbooks = leads.playbooks(lists["playbook"])
    plays = {playbook.key: playbook for playbook in playbooks}
    lead_grades = leads.lead_grades(lists["lead_grade"], names, plays)
    complete, assign = root.table("completeness"), root.table("assign")
    escalations = service.escalations(lists["escalation"], keys)
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
        clocks=service.clocks(lists["clock"], marked),
        lead_grades=lead_grades,
        playbooks=playbooks,
        triggers=events.triggers(lists["on"], plays, marked, [grade.key for grade in lead_grades]),
        signals=signals.signals(lists["signal"], marked),
        occasions=tuple(days.occasion(table, keys, company) for table in lists["occasion"]),
        festivals=days.festivals(lists["festival"], keys, company),
        escalations=escalations,
        assignments=leads.assignments(assign, names),
        stale_leads=leads.stale_leads(assign, keys),
        completeness=quality.completeness(complete),
        reward=quality.reward(complete),
        duplicates=quality.duplicates(root.table("duplicates")),
        targets=quality.targets(lists["target"]),
        checks=quality.checks(root.table("checks")),
        examples=examples.examples(lists["test"]),
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
        meant = "Asia/Shanghai" if codes.CHINAS_TIME.fullmatch(name) else name
        root.problem("value-invalid", message + nearest(meant, available_timezones()), "timezone")
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
