"""A policy file: TOML text -> `Policy`, or every problem with it at once.

Codes of problems: toml-invalid, policy-too-large, not-utf-8, section-unsupported, key-unknown, key-missing,
type-wrong, value-invalid, rule-invalid, name-unknown, name-twice, never-reached.
"""

import re
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from crmcli.calendars import Cadence, parse_cadence
from crmcli.errors import BadValue, Problem
from crmcli.i18n import LANGUAGES, _
from crmcli.policy import facts
from crmcli.policy.completeness import DEFAULT_WEIGHTS, FIELDS
from crmcli.policy.definitions import Occasion, Policy, TagRule, Tier, TouchRule, Words
from crmcli.policy.places import Places
from crmcli.policy.reading import Reader, Table, nearest
from crmcli.policy.rules import Rule, RuleError, parse

CHANNELS = ("visit", "video", "call", "email", "wechat", "push", "event", "other")
OCCASIONS = ("birthday", "anniversary")
MAX_BYTES = 1_000_000

# Sections of the specification that nothing acts on yet: taking them silently would promise what is not done.
_UNSUPPORTED = (
    "calendar", "clock", "playbook", "lead_grade", "festival", "escalation",
    "assign", "duplicates", "target", "test", "review", "on",
)  # fmt: skip

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Stands for a tier's rule that could not be read, while the rest of the file is checked.
_UNREAD = parse("false", {})
_NOTICE_DAYS = {"day": 1, "week": 7}


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
    """Read a policy. With any problem there is no policy.

    A problem's `where` is the key path, counting from one (`tier[2].when`); `line` is the line of `text`.
    """
    text = text.removeprefix("\ufeff")
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        return None, [_syntax(error, text)]
    reader = Reader(Places(text))
    policy = _policy(Table(reader, data, ()))
    problems = sorted(reader.problems, key=lambda problem: problem.line)
    return (None, problems) if problems else (policy, [])


def _syntax(error: Exception, text: str) -> Problem:
    message = str(error) if isinstance(error, ValueError) else _("nested too deeply")
    place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    line = 0
    if place:
        line = int(place[1] or text.count("\n") + 1)
    return Problem("toml-invalid", _("not TOML: {detail}").format(detail=message), line=line)


def _policy(root: Table) -> Policy:
    for section in _UNSUPPORTED:
        if section in root.data:
            message = _("section '{name}' is not supported by this version").format(name=section)
            root.problem("section-unsupported", message, section)
    tags = _tags(root.tables("tag"))
    tiers = _tiers(root)
    occasions = tuple(_occasion(table, [tier.key for tier in tiers]) for table in root.tables("occasion"))
    _check_tags(root, tags, tiers)
    policy = Policy(
        name=root.text("name", required=True),
        timezone=_timezone(root),
        currency=_letters(root, "currency", 3),
        phone_region=_letters(root, "phone_region", 2),
        tags=tags,
        tiers=tiers,
        occasions=occasions,
        completeness=_completeness(root.table("completeness")),
    )
    root.finish(ignoring=_UNSUPPORTED)
    return policy


def _timezone(root: Table) -> str:
    name = root.text("timezone", required=True)
    if name:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = _("there is no time zone '{name}'").format(name=name)
            root.problem("value-invalid", message + nearest(name, available_timezones()), "timezone")
    return name


def _letters(root: Table, key: str, count: int) -> str:
    code = root.text(key, required=True)
    if code and not re.fullmatch(f"[A-Z]{{{count}}}", code):
        root.problem("value-invalid", _("needs {count} capital letters").format(count=count), key)
    return code


def _slug(table: Table, taken: Sequence[str]) -> str:
    key = table.text("key", required=True)
    if key and not _SLUG.fullmatch(key):
        message = _("a key has small letters, digits and single hyphens: '{key}'").format(key=key)
        table.problem("value-invalid", message, "key")
    if key and key in taken:
        table.problem("name-twice", _("the key '{key}' is there already").format(key=key), "key")
    return key


def _rule(table: Table, *, required: bool) -> Rule | None:
    text = table.text("when", required=required, lines=True)
    if not text:
        return None
    try:
        return facts.rule(text)
    except RuleError as error:
        message = _("column {column}: {message}").format(column=error.column, message=error.message)
        table.problem("rule-invalid", message, "when")
        return None


def _tags(tables: Sequence[Table]) -> tuple[TagRule, ...]:
    tags: list[TagRule] = []
    for table in tables:
        tag = TagRule(
            dimension=_tag_name(table, "dimension"),
            value=_tag_name(table, "value"),
            label=_words(table, "label"),
            when=_rule(table, required=False),
        )
        if tag.value and any((tag.dimension, tag.value) == (other.dimension, other.value) for other in tags):
            name = f"{tag.dimension}:{tag.value}"
            table.problem("name-twice", _("the tag '{name}' is there already").format(name=name), "value")
        table.finish()
        tags.append(tag)
    return tuple(tags)


def _tag_name(table: Table, key: str) -> str:
    name = table.text(key, required=True)
    if ":" in name or name != name.strip():
        table.problem("value-invalid", _("has a colon, or a space at an end"), key)
    return name


def _check_tags(root: Table, tags: Sequence[TagRule], tiers: Sequence[Tier]) -> None:
    """Rules ask for tags of this policy only, and a tag's rule for those decided before it."""
    by_rule = {tag.dimension for tag in tags if tag.when}
    for position, tag in enumerate(tags):
        place = root.items("tag")[position]
        if tag.when is None:
            if tag.dimension in by_rule and "when" not in place.data:
                message = _("'{dimension}' has values with rules: this one needs a rule, too")
                place.problem("key-missing", message.format(dimension=tag.dimension), "when")
            continue
        _check_tag_names(place, tag.when, tags)
        undecided = by_rule & {other.dimension for other in tags[position:]}
        for dimension in sorted({dimension for dimension, _value in tag.when.tags} & undecided):
            message = _("tag '{dimension}' is decided after this rule; put its values above")
            place.problem("rule-invalid", message.format(dimension=dimension), "when")
    for tier in tiers:
        _check_tag_names(root.items("tier")[tier.rank - 1], tier.when, tags)


def _check_tag_names(place: Table, rule: Rule, tags: Sequence[TagRule]) -> None:
    for dimension, value in sorted(rule.tags, key=str):
        values = [tag.value for tag in tags if tag.dimension == dimension]
        if not values:
            message = _("there is no [[tag]] of dimension '{dimension}'").format(dimension=dimension)
            message += nearest(dimension, [tag.dimension for tag in tags])
            place.problem("name-unknown", message, "when")
        elif value is not None and value not in values:
            message = _("there is no [[tag]] '{name}'").format(name=f"{dimension}:{value}")
            place.problem("name-unknown", message + nearest(value, values), "when")


def _tiers(root: Table) -> tuple[Tier, ...]:
    tables = root.tables("tier")
    if not tables:
        root.problem("key-missing", _("a policy has at least one [[tier]]"), "tier")
    tiers: list[Tier] = []
    for table in tables:
        tiers.append(_tier(table, len(tiers) + 1, [tier.key for tier in tiers]))
    for table, tier in zip(tables, tiers, strict=True):
        last = tier is tiers[-1]
        if last and not tier.when.always and tier.when is not _UNREAD:
            table.problem("value-invalid", _('the last tier needs when = "true"'), "when")
        if not last and tier.when.always and tier.when is not _UNREAD:
            table.problem("never-reached", _("is always true: no tier below is ever reached"), "when")
    return tuple(tiers)


def _tier(table: Table, rank: int, taken: Sequence[str]) -> Tier:
    key = _slug(table, taken)
    when = _rule(table, required=True)
    touches: list[TouchRule] = []
    for touch in table.tables("touches"):
        touches.append(_touch(touch, [other.key for other in touches]))
    tier = Tier(
        key=key,
        rank=rank,
        label=_words(table, "label"),
        when=when or _UNREAD,
        owner_role=table.text("owner_role"),
        benefits=table.texts("benefits"),
        keep_for=_runs(table),
        touches=tuple(touches),
    )
    table.finish()
    return tier


def _runs(table: Table) -> int:
    text = table.text("keep_for")
    found = re.fullmatch(r"([1-9]\d?) reviews?", text)
    if text and found is None:
        table.problem(
            "value-invalid",
            _("write a number of reviews: \"2 reviews\", not '{text}'").format(text=text),
            "keep_for",
        )
    return int(found[1]) if found else 1


def _touch(table: Table, taken: Sequence[str]) -> TouchRule:
    touch = TouchRule(
        key=_slug(table, taken),
        every=_cadence(table, "every") or Cadence(1, "month"),
        channels=_known(table, "channels", CHANNELS, required=True),
        label=_words(table, "label"),
        action=_words(table, "action"),
    )
    table.finish()
    return touch


def _cadence(table: Table, key: str) -> Cadence | None:
    text = table.text(key, required=True)
    if not text:
        return None
    try:
        return parse_cadence(text)
    except BadValue as error:
        table.problem("value-invalid", f"{error.reason}: '{text}'", key)
        return None


def _known(table: Table, key: str, known: Sequence[str], *, required: bool = False) -> tuple[str, ...]:
    names = table.texts(key, required=required)
    for name in names:
        if name not in known:
            message = _("unknown name '{name}'").format(name=name) + nearest(name, known)
            table.problem("name-unknown", message, key)
    return names


def _occasion(table: Table, tiers: Sequence[str]) -> Occasion:
    kind = table.text("kind", required=True)
    if kind and kind not in OCCASIONS:
        message = _("unknown name '{name}'").format(name=kind) + nearest(kind, OCCASIONS)
        table.problem("name-unknown", message + "; " + ", ".join(OCCASIONS), "kind")
    occasion = Occasion(
        kind=kind,
        notice_days=_notice(table),
        tiers=_known(table, "tiers", tiers),
        action=_words(table, "action"),
        label=_words(table, "label"),
    )
    table.finish()
    return occasion


def _notice(table: Table) -> int:
    cadence = _cadence(table, "notice")
    if cadence is None:
        return 0
    if cadence.unit not in _NOTICE_DAYS:
        table.problem("value-invalid", _("write a number of days or weeks"), "notice")
        return 0
    return cadence.number * _NOTICE_DAYS[cadence.unit]


def _completeness(section: Table | None) -> tuple[tuple[str, Decimal], ...]:
    fields = section.table("fields") if section else None
    if section is None or fields is None:
        if section:
            section.finish()
        return tuple(DEFAULT_WEIGHTS.items())
    section.finish()
    weights: list[tuple[str, Decimal]] = []
    for name, weight in fields.data.items():
        if name not in FIELDS:
            message = _("unknown field '{name}'").format(name=name) + nearest(name, FIELDS)
            fields.problem("name-unknown", message, name)
        elif not _is_weight(weight):
            fields.problem("value-invalid", _("a weight is a number above 0 and up to 1000"), name)
        else:
            weights.append((name, Decimal(weight)))
    if not fields.data:
        section.problem("value-invalid", _("at least one field is needed"), "fields")
    return tuple(weights)


def _is_weight(weight: object) -> bool:
    if isinstance(weight, bool) or not isinstance(weight, int | Decimal):
        return False
    return not (isinstance(weight, Decimal) and weight.is_nan()) and 0 < weight <= 1000


def _words(table: Table, key: str) -> Words:
    """`{ en = "…", zh = "…" }`, either of them, or one string for both languages; absent is empty."""
    if isinstance(table.data.get(key), str):
        text = table.text(key)
        return Words(text, text)
    words = table.table(key)
    if words is None:
        return Words()
    found = {language: words.text(language) for language in LANGUAGES}
    words.finish()
    return Words(**found)
