"""What several sections are made of: keys, words, names, lengths of time, rules."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from crmcli.calendars import Cadence, Duration, parse_cadence, parse_duration
from crmcli.errors import BadValue
from crmcli.fields.words import CHANNELS
from crmcli.i18n import LANGUAGES, _, sentences
from crmcli.policy import facts, hints
from crmcli.policy.definitions import TagRule, Words
from crmcli.policy.reading import Table, nearest, unknown
from crmcli.policy.rules import Rule, RuleError, parse
from crmcli.policy.spelling import slips

__all__ = ["CHANNELS"]

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NOTICE_DAYS = {"day": 1, "week": 7}

UNREAD = parse("false", {})
"""Stands for a rule that could not be read, while the rest of the file is checked."""


def slug(table: Table, taken: Collection[str]) -> str:
    key = table.text("key", required=True)
    if key and not _SLUG.fullmatch(key):
        message = _("a key has small letters, digits and single hyphens: '{key}'").format(key=key)
        table.problem("value-invalid", message, "key")
    refuse_twice(table, key, taken)
    return key


def refuse_twice(table: Table, key: str, taken: Collection[str]) -> None:
    if key and key in taken:
        table.problem("name-twice", _("the key '{key}' is there already").format(key=key), "key")


def words(table: Table, key: str, *, required: bool = False, lines: bool = False) -> Words:
    """`{ en = "…", zh = "…" }`, either of them, or one string for both languages; absent is empty.

    They are on one line unless `lines`.
    """
    if isinstance(table.data.get(key), str):
        text = table.text(key, required=required, lines=lines)
        return Words(text, text)
    inner = table.table(key, required=required)
    if inner is None:
        return Words()
    found = {language: inner.text(language, lines=lines) for language in LANGUAGES}
    inner.finish()
    if required and not any(found.values()):
        table.problem("key-missing", _("'{key}' is empty").format(key=key), key)
    return Words(**found)


def known(table: Table, key: str, names: Collection[str], *, required: bool = False) -> tuple[str, ...]:
    """A list of names, each of them one of `names`."""
    given = table.texts(key, required=required)
    for name in given:
        if name not in names:
            table.problem("name-unknown", unknown(name, names), key)
    return given


def choice(table: Table, key: str, names: Collection[str], *, default: str = "") -> str:
    """One of a few names; it may be left out where there is a default."""
    name = table.text(key, required=not default)
    if name and name not in names:
        table.problem("name-unknown", unknown(name, names), key)
    return name or default


def cadence(table: Table, key: str, *, required: bool = True) -> Cadence | None:
    text = table.text(key, required=required)
    if not text:
        return None
    try:
        return parse_cadence(text)
    except BadValue as error:
        table.problem("value-invalid", f"{error.reason}: '{text}'", key)
        return None


def days(table: Table, key: str) -> int:
    """A length of time in days or weeks, as days; 0 where it is missing or unfit."""
    found = cadence(table, key)
    if found is None:
        return 0
    if found.unit not in _NOTICE_DAYS:
        table.problem("value-invalid", _("write a number of days or weeks"), key)
        return 0
    return found.number * _NOTICE_DAYS[found.unit]


def duration(table: Table, key: str, *, required: bool = False) -> Duration | None:
    text = table.text(key, required=required)
    if not text:
        return None
    try:
        return parse_duration(text)
    except BadValue as error:
        table.problem("value-invalid", f"{error.reason}: '{text}'", key)
        return None


def plain_rule(text: str) -> Rule:
    """Read a rule over the customers' facts; its words are for `Names.check_rule`. Raises RuleError."""
    return parse(text, facts.TYPES)


def rule(table: Table, *, required: bool = True, read: Callable[[str], Rule] = plain_rule) -> Rule | None:
    """The rule `when`; None where it is missing or cannot be read."""
    text = table.text("when", required=required, lines=True)
    if not text:
        return None
    try:
        return read(text)
    except RuleError as error:
        for one in (error, *error.others):
            said = sentences(filter(None, (one.message, hints.of_rule(text, one.column))))
            _report(table, "rule-invalid", RuleError(said, one.column))
        return None


def _report(table: Table, code: str, error: RuleError) -> None:
    message = _("column {column}: {message}").format(column=error.column, message=error.message)
    table.problem(code, message, "when")


def customer_rule(table: Table, names: "Names") -> Rule | None:
    """The rule `when` over the customers' facts; None where there is none, UNREAD where it cannot be read."""
    when = rule(table, required=False)
    if when is None:
        if table.data.get("when") == "":
            table.problem("key-missing", _("'{key}' is empty").format(key="when"), "when")
        return UNREAD if "when" in table.data else None
    names.check_rule(table, when)
    return when


def check_reached(table: Table, when: Rule, message: str, *, last: bool) -> None:
    """A rule that always holds leaves nothing to those below it: it is the last, or a mistake."""
    if when.always and not last:
        table.problem("never-reached", message, "when")


@dataclass(frozen=True)
class Names:
    """What rules may name: the tags of the policy, by dimension, and the keys of its tiers."""

    values: dict[str, list[str]]
    tiers: Collection[str]

    @classmethod
    def of(cls, tags: Collection[TagRule], tiers: Collection[str]) -> "Names":
        values: dict[str, list[str]] = {}
        for tag in tags:
            values.setdefault(tag.dimension, []).append(tag.value)
        return cls(values, tiers)

    def check_rule(self, table: Table, when: Rule) -> None:
        """Report the tags that a rule asks for and the policy does not have, and words that no fact ever is."""
        for slip in slips(when, self.tiers):
            _report(table, "word-unknown", slip)
        for dimension, value in sorted(when.tags, key=str):
            self.check(table, "when", dimension, value)

    def check(self, table: Table, key: str, dimension: str, value: str | None) -> None:
        values = self.values.get(dimension)
        if values is None:
            message = _("there is no [[tag]] of dimension '{dimension}'").format(dimension=dimension)
            table.problem("name-unknown", message + nearest(dimension, self.values), key)
        elif value is not None and value not in values:
            message = _("there is no [[tag]] '{name}'").format(name=f"{dimension}:{value}")
            table.problem("name-unknown", message + nearest(value, values), key)
