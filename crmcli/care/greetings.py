"""Greetings: the text to send on a birthday, an anniversary or a festival, the gift, and what the tier gives besides.

The words are the policy's; the names in them are the customer's, put in once and never read as part of the template.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from crmcli import i18n
from crmcli.care.due import DueItem
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values.placeholders import filled

KINDS = ("birthday", "anniversary", "festival", "renewal")
"""The kinds of due items that have a greeting."""


@dataclass(frozen=True)
class Greeting:
    """What goes with one due item, in the language spoken now; None or () is what the policy does not say."""

    greeting: str | None
    gift: str | None
    benefits: tuple[str, ...]


def of(ws: Workspace, items: Iterable[DueItem]) -> Mapping[str, Greeting]:
    """The greeting of each of `items` that is of KINDS, by its key; the others have none."""
    asked = [item for item in items if item.kind in KINDS and item.code is not None]
    said = ws.digest.get("greetings")
    if not asked or said is None:
        return {}
    codes = json.dumps(sorted({item.code for item in asked if item.code}))
    customers = {row["code"]: row for row in ws.db.rows(_CUSTOMERS, {"codes": codes})}
    people: dict[str, list[Row]] = {}
    for row in ws.db.each(_PEOPLE, {"codes": codes}):
        people.setdefault(row["code"], []).append(row)
    return {
        item.key: _greeting(said, item, customers[code], people.get(code, []))
        for item in asked
        if (code := item.code or "") in customers
    }


def spoken(greeting: Greeting) -> list[str]:
    """What goes with an item, each under its heading, for people."""
    benefits = ("；" if i18n.language() == "zh" else "; ").join(greeting.benefits)
    headed = (
        (_("Greeting: {text}"), greeting.greeting),
        (_("Gift: {text}"), greeting.gift),
        (_("Benefits: {text}"), benefits),
    )
    return [heading.format(text=text) for heading, text in headed if text]


_CUSTOMERS = "SELECT code, industry, since FROM customer WHERE code IN (SELECT value FROM json_each(:codes))"
# Whom to greet first comes first.
_PEOPLE = (
    "SELECT c.code, p.id, p.name, p.title FROM customer AS c JOIN contact AS p ON p.customer_id = c.id "
    "WHERE c.code IN (SELECT value FROM json_each(:codes)) ORDER BY c.id, p.main = 'yes' DESC, p.id"
)


def _greeting(said: Row, item: DueItem, customer: Row, people: list[Row]) -> Greeting:
    rule = _rule(said, item, customer["industry"])
    language = i18n.language()
    values = _values(said, rule, item, customer, people)
    return Greeting(
        greeting=filled(rule["greeting"][language], values) or None if rule else None,
        gift=filled(rule["gift"][language], values) or None if rule else None,
        benefits=tuple(benefit[language] for benefit in said["benefits"].get(item.tier or "", ())),
    )


def _rule(said: Row, item: DueItem, industry: str | None) -> Row | None:
    """The policy's rule that asked for the item: the first of its kind and festival that takes the customer."""
    if item.kind == "festival":
        name, rules = item.key.rsplit(":", 2)[1], said["festivals"]
    else:
        name, rules = item.kind, said["occasions"]
    return next((rule for rule in rules if rule["key"] == name and _fits(rule, item.tier, industry)), None)


def _fits(rule: Row, tier: str | None, industry: str | None) -> bool:
    return (not rule["tiers"] or tier in rule["tiers"]) and (not rule["industries"] or industry in rule["industries"])


def _values(said: Row, rule: Row | None, item: DueItem, customer: Row, people: list[Row]) -> dict[str, str]:
    day = date.fromisoformat(item.key.rsplit(":", 1)[1])
    person = _person(item, people)
    since = customer["since"]
    return {
        "customer": item.customer or "",
        "contact": (person["name"] if person else None) or item.customer or "",
        "title": (person["title"] if person else None) or "",
        "owner": item.owner or "",
        "company": said["company"],
        "day": day.isoformat(),
        "since": since or "",
        "years": str(day.year - date.fromisoformat(since).year) if since else "",
        "festival": _festival(rule, item) if rule and item.kind == "festival" else "",
    }


def _person(item: DueItem, people: list[Row]) -> Row | None:
    """Whose birthday it is, or whom to greet first; None where that is the customer itself."""
    if item.kind != "birthday":
        return people[0] if people else None
    mark = item.key.rsplit(":", 2)[1]
    return next((person for person in people if f"K{person['id']}" == mark), None)


def _festival(rule: Row, item: DueItem) -> str:
    """The rule's label, else the festival's own name."""
    from crmcli.calendars import festival

    language = i18n.language()
    found = festival(rule["key"])
    return rule["label"][language] or (found.zh if language == "zh" else found.en)
