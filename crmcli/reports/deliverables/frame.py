"""What all deliverables share: the part of the base that is asked for, the headings and words, the page around it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from crmcli import i18n
from crmcli.calendars import Cadence, add, local_datetime
from crmcli.errors import UsageError
from crmcli.headings import headings
from crmcli.i18n import _, named, sentences
from crmcli.policy.definitions import Policy
from crmcli.reports import lists
from crmcli.reports.deliverables.words import spoken, words
from crmcli.reports.documents import Document, Section
from crmcli.store import finding, owners
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.tables import Column, Kind, Table


@dataclass(frozen=True)
class Asked:
    """Which customers and which days a deliverable is about.

    Attributes:
        condition, params: SQL on `customer AS c`, and what it needs; `true` for everybody.
        since, until: the first and the last day; None where nobody said.
        scope: the choice in words, for the page; empty for everybody.
        customer: the code of the one customer that it is about.
    """

    condition: str = "true"
    params: Mapping[str, Any] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    scope: str = ""
    customer: str | None = None

    def period(self, today: date, months: int = 12) -> tuple[date, date]:
        """The days asked for; where a side was left open: up to today, from so many months before the end.

        Raises:
            UsageError: they begin after today, and no end was asked for.
        """
        until = self.until or today
        if self.since is not None and self.since > until:
            raise UsageError(_("the period ends before it begins"), hint=_("without --until it ends today"))
        # As everywhere: 12 months to November 20 begin on November 21.
        return self.since or add(Cadence(months, "month"), until, -1) + timedelta(days=1), until

    def holds(self, code: str | None, codes: Collection[str]) -> bool:
        """Whether something to do is of the customers asked for, whose `codes` these are; what is nobody's, for all."""
        return code in codes if code is not None else self.condition == "true"


def asked(
    ws: Workspace,
    *,
    customer: str | None = None,
    where: Mapping[str, str] | None = None,
    tags: Collection[str] = (),
    rule: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> Asked:
    """The choice that a user made; `where`, `tags` and `rule` as `lists.customers` takes them, days as DATE arguments.

    Raises:
        NotFound: the customer. UsageError: a filter or the rule. InvalidInput: a day.
    """
    days = {name: date.fromisoformat(day) for name, day in lists.days(ws, since, until).items()}
    condition, params = lists.matching(ws, where or {}, tags, rule)
    said = [named(headings().get(name, name), _said(ws, name, value)) for name, value in (where or {}).items()]
    labels = tag_labels(ws.policy)
    said += [labels.get(tag, tag) for tag in tags] + ([rule] if rule else [])
    code = None
    if customer is not None:
        found = finding.customer(ws, customer)
        code = found["code"]
        condition, params = f"{condition} AND c.id = :asked", {**params, "asked": found["id"]}
        said.insert(0, f"{code} {found['name']}")
    return Asked(condition, params, days.get("since"), days.get("until"), sentences(said), code)


def codes(ws: Workspace, asked: Asked) -> set[str]:
    """The codes of the customers asked for."""
    return {
        row["code"] for row in ws.db.rows(f"SELECT c.code FROM customer AS c WHERE {asked.condition}", asked.params)
    }


def months(first: date, last: date) -> list[str]:
    """Every month from one day to another, like 2026-11: also those in which nothing happened."""
    return [f"{at // 12}-{at % 12 + 1:02}" for at in range(_month(first), _month(last) + 1)]


def _month(day: date) -> int:
    return 12 * day.year + day.month - 1


def _said(ws: Workspace, name: str, value: str) -> str:
    if name == "tier":
        return tier_label(ws, value) or value
    return (owners.known(ws, value) or value) if name == "owner" else str(spoken(name, value))


def document(
    ws: Workspace,
    title: str,
    sections: Sequence[Section],
    *,
    scope: str = "",
    period: tuple[date, date] | None = None,
    definitions: Sequence[tuple[str, str]] = (),
    notes: Sequence[str] = (),
) -> Document:
    """The page around the sections: the moment, the policy with its version, the currency."""
    policy: Policy = ws.policy
    return Document(
        title=title,
        sections=sections,
        as_of=local_datetime(ws.now, policy.timezone),
        period=period,
        scope=scope,
        policy=(policy.name, ws.policy_id or 0),
        currency=policy.currency,
        definitions=definitions,
        notes=notes,
    )


def columns(*asked: str | Column) -> list[Column]:
    """Columns by name, with the kind that the name has everywhere and a heading in the language spoken now."""
    words = headings()
    return [
        name
        if isinstance(name, Column)
        else Column(name, _KINDS.get(name, "text"), wide=name in _WIDE, title=words.get(name, name))
        for name in asked
    ]


def table(title: str, asked: Sequence[str | Column], rows: Iterable[Row], *, notes: Sequence[str] = ()) -> Table:
    """Rows under those columns: stored words in the language spoken now, what is not there as None."""
    chosen = columns(*asked)
    said = words()
    keys = [column.key for column in chosen]
    shown = [{key: row.get(key) for key in keys} for row in rows]
    for key in keys:
        if known := said.get(key):
            for row in shown:
                row[key] = _word(row[key], known)
    return Table(chosen, shown, title, notes)


def _word(value: Any, known: Mapping[str, str]) -> Any:
    return known.get(value, value) if isinstance(value, str) else value


_OF_KIND: Mapping[Kind, str] = {
    "id": "code number tax_id postcode wechat",
    "phone": "phone contact_phone",
    "date": "since last_contact_on next_touch_on last_order_on first_order_on ordered_on starts_on ends_on due_on "
    "contact_on next_due lead_on won_on tier_on by",
    "instant": "at opened_at responded_at resolved_at due_at",
    "money": "amount cost amount_12m amount_total profit_12m average forward lifetime",
    "number": "customers orders orders_12m orders_total contacts count late items place",
    "share": "share cumulative_share completeness support confidence rate",
    "list": "tags",
}
# What gives way first where there is little room.
_WIDE = frozenset(
    (
        "kind", "stage", "industry", "region", "city", "tags", "contact_title", "wechat", "phone", "email", "products",
        "terms", "note", "topic", "feedback", "direction", "participants", "cause", "lesson", "severity",
        "responded_at", "resolved_at", "last_order_on",
    )
)  # fmt: skip
_KINDS: Mapping[str, Kind] = {name: kind for kind, names in _OF_KIND.items() for name in names.split()}


def tier_label(ws: Workspace, key: str | None) -> str | None:
    """What the policy calls a tier, in the language spoken now; a key that it does not know, as it is."""
    tier = ws.digest["tiers"].get(key)
    label: str | None = tier["label"][i18n.language()] if tier else key
    return label


def tag_labels(policy: Policy) -> dict[str, str]:
    """What the policy calls its tags, by `dimension:value`."""
    return {f"{tag.dimension}:{tag.value}": policy.label(tag) for tag in policy.tags}
