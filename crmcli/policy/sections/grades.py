"""Tags and tiers: `[[tag]]`, `[[tier]]` with its touches, `[review]`."""

import re
from collections.abc import Collection, Sequence

from crmcli.calendars import Cadence
from crmcli.i18n import LANGUAGES, _
from crmcli.policy.definitions import MARK_DIMENSION, TagRule, Tier, TouchRule, Words
from crmcli.policy.reading import Table
from crmcli.policy.rules import Rule
from crmcli.policy.sections.common import (
    CHANNELS,
    UNREAD,
    Names,
    cadence,
    check_reached,
    choice,
    known,
    rule,
    slug,
    words,
)


def tags(tables: Sequence[Table], tiers: Collection[str]) -> tuple[TagRule, ...]:
    """The `[[tag]]` sections; their rules may ask for the tier that the last run gave, one of these keys."""
    found = tuple(_tag(table) for table in tables)
    taken: set[tuple[str, str]] = set()
    for table, tag in zip(tables, found, strict=True):
        if tag.value and (tag.dimension, tag.value) in taken:
            name = f"{tag.dimension}:{tag.value}"
            table.problem("name-twice", _("the tag '{name}' is there already").format(name=name), "value")
        taken.add((tag.dimension, tag.value))
    _check_rules(tables, found, Names.of(found, tiers))
    return found


def _tag(table: Table) -> TagRule:
    tag = TagRule(
        dimension=_tag_name(table, "dimension"),
        value=_tag_name(table, "value"),
        label=words(table, "label"),
        when=rule(table, required=False),
    )
    if table.data.get("when") == "":
        table.problem("rule-empty", _("'{key}' is empty").format(key="when"), "when")
    if tag.dimension == MARK_DIMENSION and "when" in table.data:
        # A run would take away what the other has given, each day anew.
        message = _("the marks of '{dimension}' are given by crm escalate: they have no rule")
        table.problem("rule-invalid", message.format(dimension=tag.dimension), "when")
    table.finish()
    return tag


def _tag_name(table: Table, key: str) -> str:
    name = table.text(key, required=True)
    if ":" in name or name != name.strip():
        table.problem("value-invalid", _("has a colon, or a space at an end"), key)
    return name


def _check_rules(tables: Sequence[Table], found: Sequence[TagRule], names: Names) -> None:
    """A tag's rule asks for tags of this policy, and only for those that are decided before it."""
    last = {tag.dimension: position for position, tag in enumerate(found) if tag.when}
    for position, (table, tag) in enumerate(zip(tables, found, strict=True)):
        if tag.when is None:
            if tag.dimension in last and "when" not in table.data:
                message = _("'{dimension}' has values with rules: this one needs a rule, too")
                table.problem("key-missing", message.format(dimension=tag.dimension), "when")
            continue
        names.check_rule(table, tag.when)
        for dimension in sorted({dimension for dimension, _value in tag.when.tags}):
            if last.get(dimension, -1) >= position:
                message = _("tag '{dimension}' is decided after this rule; put its values above")
                table.problem("rule-invalid", message.format(dimension=dimension), "when")


def tiers(root: Table, tables: Sequence[Table], names: Names) -> tuple[Tier, ...]:
    """The `[[tier]]` sections of a policy, which has at least one."""
    if not tables:
        root.problem("key-missing", _("a policy has at least one [[tier]]"), "tier")
    found: dict[str, Tier] = {}
    for rank, table in enumerate(tables, start=1):
        last = rank == len(tables)
        when = rule(table) or UNREAD
        names.check_rule(table, when)
        if last and not when.always and when is not UNREAD:
            table.problem("value-invalid", _('the last tier needs when = "true"'), "when")
        check_reached(table, when, _("is always true: no tier below is ever reached"), last=last)
        tier = _tier(table, rank, when, found)
        found[tier.key] = tier
    return tuple(found.values())


def _tier(table: Table, rank: int, when: Rule, taken: Collection[str]) -> Tier:
    key = slug(table, taken)
    touches: dict[str, TouchRule] = {}
    for inner in table.tables("touches"):
        touch = _touch(inner, touches)
        touches[touch.key] = touch
    tier = Tier(
        key=key,
        rank=rank,
        label=words(table, "label"),
        when=when,
        owner_role=table.text("owner_role"),
        benefits=_benefits(table),
        keep_for=_reviews(table),
        touches=tuple(touches.values()),
    )
    table.finish()
    return tier


def _benefits(table: Table) -> tuple[Words, ...]:
    """A list, each a text or words in both languages."""
    found = []
    for item in table.texts_or_tables("benefits"):
        if isinstance(item, str):
            found.append(Words(item, item))
        else:
            found.append(Words(**{language: item.text(language) for language in LANGUAGES}))
            item.finish()
    return tuple(found)


def _reviews(table: Table) -> int:
    text = table.text("keep_for")
    found = re.fullmatch(r"([1-9]\d?) ?(?:reviews?|次(?:复核|评审))", text, re.ASCII)
    if text and found is None:
        message = _("write a number of reviews: \"2 reviews\", not '{text}'").format(text=text)
        table.problem("value-invalid", message, "keep_for")
    return int(found[1]) if found else 1


def _touch(table: Table, taken: Collection[str]) -> TouchRule:
    touch = TouchRule(
        key=slug(table, taken),
        every=cadence(table, "every") or Cadence(1, "month"),
        channels=known(table, "channels", CHANNELS, required=True),
        label=words(table, "label"),
        action=words(table, "action"),
        kind="survey" if choice(table, "kind", ("touch", "survey"), default="touch") == "survey" else "touch",
    )
    table.finish()
    return touch


def review(section: Table | None) -> Cadence | None:
    """`[review] every`: how often the tiers are looked through with their owners."""
    if section is None:
        return None
    every = cadence(section, "every")
    section.finish()
    return every
