"""Phone numbers that cannot be right, or may be nobody's, and what they were meant to be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crmcli.cleaning.checks.areas import Areas
from crmcli.cleaning.checks.finding import Finding, found, others
from crmcli.cleaning.proposals import near_mobiles
from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import parse_phone, phones_in, split_phones

# What may not be a stored good value, so that only the doubtful are read again; and what looks made up: after the
# three digits of the network, one digit eight times, or all in a row.
_MADE_UP = ", ".join(f"'{digit * 8}'" for digit in "0123456789") + ", '12345678'"
_DOUBTFUL = (
    "(own.phone NOT GLOB '+861[3-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]' "
    f"OR substr(own.phone, 7) IN ({_MADE_UP}))"
)
_ROWS = {
    "customer": f"""SELECT own.id, own.code, own.name, own.phone, own.other_phones, own.note, own.id AS customer_id,
        own.name_key AS company, NULL AS person, own.city, own.region, own.address, own.name AS company_name
        FROM customer AS own WHERE own.phone IS NOT NULL AND {_DOUBTFUL}""",
    "contact": f"""SELECT own.id, c.code, own.name, own.phone, own.other_phones, own.note, c.id AS customer_id,
        c.name_key AS company, own.name_key AS person, c.city, c.region, c.address, c.name AS company_name
        FROM contact AS own JOIN customer AS c ON c.id = own.customer_id
        WHERE own.phone IS NOT NULL AND {_DOUBTFUL}""",
}
_GOOD_LANDLINE = re.compile(r"\+86(?:(?:10|2\d)[2-9]\d{7}|[3-9]\d\d[2-9]\d{6,7})(?: ext \d{1,6})?", re.ASCII)
_DEAD = re.compile("停机|空号|离职|注销|作废|错号|打不通|勿打|disconnected|wrong|left", re.IGNORECASE)
_FEWEST_DIGITS = 5
# Faults of a mobile number that a good one in the base may explain.
_SLIPS = ("phone-short", "phone-long", "phone-prefix")


@dataclass(frozen=True)
class _Bad:
    """A number that cannot be read, and why."""

    entity: str
    row: Row
    rule: str
    reason: str


def phones(ws: Workspace) -> Iterator[Finding]:
    """Every stored phone that is several, is not in its stored form, cannot be read, or looks made up."""
    region = ws.digest["phone_region"]
    bad: list[_Bad] = []
    for entity, query in _ROWS.items():
        for row in ws.db.each(query):
            finding = _judged(ws, entity, row, region, bad)
            if finding:
                yield finding
    yield from _unreadable(ws, bad, region)
    for entity, item, text in others(ws, "other_phones"):
        try:
            parse_phone(text, region)
        except BadValue as error:
            yield found(ws, entity, item, "other_phones", error.code, error.reason, value=text)


def _judged(ws: Workspace, entity: str, row: Row, region: str, bad: list[_Bad]) -> Finding | None:
    """What is wrong with a phone; one that cannot be read joins `bad`."""
    text = row["phone"]
    if _GOOD_LANDLINE.fullmatch(text):
        return None
    parts = split_phones(text)
    if len(parts) > 1:
        return _several(ws, entity, row, parts, region)
    try:
        stored = parse_phone(text, region)
    except BadValue as error:
        bad.append(_Bad(entity, row, error.code, error.reason))
        return None
    if stored != text:
        problem = _("the phone is not in its stored form")
        return found(ws, entity, row, "phone", "phone-format", problem, proposal=stored, certain=True)
    if stored.startswith("+861") and len(stored) == 14:
        return found(ws, entity, row, "phone", "phone-placeholder", _("the number looks made up"))
    return None


def _several(ws: Workspace, entity: str, row: Row, parts: list[str], region: str) -> Finding:
    problem = _("several phones in one field")
    try:
        numbers = list(dict.fromkeys(parse_phone(part, region) for part in parts))
    except BadValue:
        return found(ws, entity, row, "phone", "phone-several", problem)
    others = [other for other in (row["other_phones"] or "").split("; ") if other]
    further = "; ".join(dict.fromkeys(others + numbers[1:])) or None
    repair = {"phone": numbers[0], "other_phones": further}
    return found(
        ws, entity, row, "phone", "phone-several", problem, proposal="; ".join(numbers), certain=True, repair=repair
    )


def _unreadable(ws: Workspace, bad: list[_Bad], region: str) -> Iterator[Finding]:
    """The numbers that cannot be read, with what the base knows of their cities and their people."""
    areas = Areas(ws, [item.row for item in bad if item.rule == "phone-no-area"]) if region == "CN" else None
    mobiles = _mobiles(ws) if region == "CN" and any(item.rule in _SLIPS for item in bad) else set()
    for item in bad:
        if item.rule == "phone-invalid":
            yield _beside(ws, item)
            continue
        proposal, certain = None, False
        if item.rule == "phone-no-area" and areas:
            proposal, certain = areas.completed(item.row)
        elif item.rule in _SLIPS:
            proposal = _explained(ws, item.row, mobiles)
        yield found(ws, item.entity, item.row, "phone", item.rule, item.reason, proposal=proposal, certain=certain)


def _beside(ws: Workspace, item: _Bad) -> Finding:
    """A number that other text stands beside. Words are kept in the note, with the number as it was written; digits
    that may be another number are for a person to read."""
    text = item.row["phone"]
    inside = phones_in(text)
    if _DEAD.search(text) and re.search(r"\d{5}", text):
        problem = _("the note beside the number says that it does not work")
        return found(ws, item.entity, item.row, "phone", "phone-dead", problem)
    if len(inside) != 1:
        return found(ws, item.entity, item.row, "phone", item.rule, item.reason)
    if len(re.findall(r"\d", text)) - len(re.findall(r"\d", inside[0])) >= _FEWEST_DIGITS:
        return found(ws, item.entity, item.row, "phone", "phone-several", _("several phones in one field"))
    proposal, problem = parse_phone(inside[0]), _("other text stands beside the number")
    repair = {"phone": proposal, "note": "\n".join(filter(None, (item.row["note"], text)))}
    return found(ws, item.entity, item.row, "phone", "phone-text", problem, proposal=proposal, repair=repair)


def _mobiles(ws: Workspace) -> set[str]:
    """Every good mobile number of the base, by its 11 digits."""
    query = "SELECT phone FROM {0} WHERE phone GLOB '+861[3-9]*' AND length(phone) = 14"
    rows = ws.db.each(f"{query.format('customer')} UNION {query.format('contact')}")
    return {row["phone"][3:] for row in rows}


def _explained(ws: Workspace, row: Row, mobiles: set[str]) -> str | None:
    """The one good number, a slip away, of the same customer, the same company elsewhere, or somebody of that name."""
    near = near_mobiles(re.sub(r"\D+", "", row["phone"])) & mobiles
    related = [number for number in sorted(near) if _is_related(ws, row, f"+86{number}")]
    return f"+86{related[0]}" if len(related) == 1 else None


def _is_related(ws: Workspace, row: Row, phone: str) -> bool:
    asked = {name: row[name] for name in ("customer_id", "company", "person")}
    return bool(
        ws.db.first(
            """
            SELECT 1 FROM customer AS c WHERE c.phone = :phone AND (c.id = :customer_id OR c.name_key = :company)
            UNION ALL
            SELECT 1 FROM contact AS p JOIN customer AS c ON c.id = p.customer_id WHERE p.phone = :phone
                AND (c.id = :customer_id OR c.name_key = :company OR p.name_key = :person)
            """,
            {**asked, "phone": phone},
        )
    )
