"""`[[test]]`: made-up customers, the tier and tags that the policy must give them, and the tags that it must not.
`testing` runs them.

Whether there is such a tier or tag is for the test to tell: a policy in which one was renamed still loads.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from crmcli.i18n import _
from crmcli.policy import facts
from crmcli.policy.definitions import Example
from crmcli.policy.reading import Table, decimal, is_day, nearest
from crmcli.policy.rules import FactType

Fact = int | Decimal | str | date

# What a double holds exactly.
_LARGEST = 10**15


def examples(tables: Sequence[Table]) -> tuple[Example, ...]:
    return tuple(_example(table) for table in tables)


def _example(table: Table) -> Example:
    given = _facts(table.table("facts", required=True))
    found = Example(
        name=table.text("name"),
        facts=given,
        rank=_ranks(table.table("rank"), given),
        fields=_fields(table.table("fields")),
        by_hand=_tags(table, "by_hand"),
        today=table.day("today"),
        tier=table.text("tier"),
        tags=_tags(table, "tags"),
        not_tags=_absent(table),
    )
    if not {"tier", "tags", "not_tags"} & table.data.keys():
        table.problem("key-missing", _("a test needs a tier, tags or not_tags to compare with"), "tier")
    for tag in set(found.not_tags) & set(found.tags):
        message = _("'{tag}' is to be given and not to be given").format(tag=":".join(tag))
        table.problem("value-invalid", message, "not_tags")
    if found.today is None and any(isinstance(fact, date) for fact in given.values()):
        table.problem("key-missing", _("a test with a date needs today, the day on which it is made"), "today")
    table.finish()
    return found


def _facts(table: Table | None) -> Mapping[str, Fact]:
    found: dict[str, Fact] = {}
    if table is None:
        return found
    for name, value in table.data.items():
        kind = facts.TYPES.get(name)
        if kind is None:
            message = _("unknown fact '{name}'").format(name=name) + nearest(name, facts.TYPES)
            table.problem("name-unknown", message, name)
        elif (fact := _fitting(kind, value)) is None:
            message = _("'{key}' needs {expected}").format(key=name, expected=_expected(kind))
            table.problem("type-wrong", message, name)
        else:
            found[name] = fact
    return found


def _fitting(kind: FactType, value: object) -> Fact | None:
    if kind == "text":
        return value if isinstance(value, str) else None
    if kind == "date":
        return value if isinstance(value, date) and is_day(value) else None
    number = decimal(value)
    return number if number is not None and abs(number) < _LARGEST else None


def _expected(kind: FactType) -> str:
    return {
        "text": _("a string in quotes"),
        "date": _("a date without quotes, like 2026-12-31"),
    }.get(kind, _("a number"))


def _ranks(table: Table | None, given: Mapping[str, Fact]) -> Mapping[str, int]:
    """The places by facts that have a value; one that is missing comes after all others by itself."""
    found: dict[str, int] = {}
    if table is None:
        return found
    for name in table.data:
        fits = _("needs a whole number from 1, the highest, to 100")
        place = table.number(name, fits=lambda n: 1 <= n <= 100 and n == int(n), message=fits)
        if name not in facts.TYPES:
            message = _("unknown fact '{name}'").format(name=name) + nearest(name, facts.TYPES)
            table.problem("name-unknown", message, name)
        elif name not in given:
            message = _("a rank goes with a value: add {name} = … to the facts of this test").format(name=name)
            table.problem("key-missing", message, name)
        elif isinstance(given[name], str):
            table.problem("type-wrong", _("only a number or a date has a rank"), name)
        elif place is not None:
            found[name] = int(place)
    return found


def _fields(table: Table | None) -> Mapping[str, str]:
    return {heading: table.text(heading) for heading in table.data} if table else {}


def _tags(table: Table, key: str) -> tuple[tuple[str, str], ...]:
    """Tags that a customer has together: of each dimension one."""
    found = _parsed(table, key)
    for dimension in {dimension for dimension, _value in found if [tag[0] for tag in found].count(dimension) > 1}:
        message = _("the dimension '{dimension}' is there twice").format(dimension=dimension)
        table.problem("name-twice", message, key)
    return tuple(found)


def _absent(table: Table) -> tuple[tuple[str, str], ...]:
    """Tags that a customer does not have: of a dimension as many as there are."""
    found = _parsed(table, "not_tags")
    for tag in {tag for tag in found if found.count(tag) > 1}:
        table.problem("name-twice", _("the tag '{tag}' is there twice").format(tag=":".join(tag)), "not_tags")
    return tuple(found)


def _parsed(table: Table, key: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for text in table.texts(key):
        dimension, _colon, value = text.partition(":")
        if dimension and value:
            found.append((dimension, value))
        else:
            table.problem("value-invalid", _("a tag is written dimension:value, not '{text}'").format(text=text), key)
    return found
