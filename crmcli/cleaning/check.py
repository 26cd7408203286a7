"""What is wrong with the data, row by row, and what would mend it.

An import keeps a phone, an e-mail or a company number that it cannot read; here each is told with its reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.store.workspace import Workspace
from crmcli.values import parse_email, parse_phone, parse_tax_id


@dataclass(frozen=True)
class Finding:
    """One problem of one field; `line` is that of the imported file, `certain` says whether the proposal is."""

    table: str
    code: str
    name: str
    field: str
    value: str
    problem: str
    proposal: str | None = None
    certain: bool = False
    line: int | None = None


# What may not be a stored good value, so that only the doubtful are read again.
_PHONE = "own.phone NOT GLOB '+861[3-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]'"
_EMAIL = "own.email NOT LIKE '%_@_%.__%' OR own.email LIKE '%@%@%' OR own.email GLOB '*[^a-z0-9@._+-]*'"
_DOUBTFUL = (
    ("customers", "customer", "phone", _PHONE),
    ("customers", "customer", "email", _EMAIL),
    ("customers", "customer", "tax_id", "true"),
    ("contacts", "contact", "phone", _PHONE),
    ("contacts", "contact", "email", _EMAIL),
)


def check(ws: Workspace) -> list[Finding]:
    """Every value that was kept although it cannot be right, and every customer that nobody can reach."""
    return [*_unreadable(ws), *_unreachable(ws)]


def _unreadable(ws: Workspace) -> Iterator[Finding]:
    region = ws.digest["phone_region"]
    parsers: dict[str, Callable[[str], Any]] = {
        "phone": lambda text: parse_phone(text, region),
        "email": parse_email,
        "tax_id": parse_tax_id,
    }
    for table, entity, field, doubtful in _DOUBTFUL:
        owner = "own.id" if entity == "customer" else "own.customer_id"
        for row in ws.db.each(
            f"""
            SELECT c.code, own.name, own.{field} AS value, (SELECT line FROM change WHERE entity = '{entity}'
                AND row_id = own.id AND line IS NOT NULL ORDER BY operation_id DESC LIMIT 1) AS line
            FROM {entity} AS own JOIN customer AS c ON c.id = {owner}
            WHERE own.{field} IS NOT NULL AND ({doubtful}) ORDER BY c.code, own.id
            """
        ):
            try:
                parsers[field](row["value"])
            except BadValue as error:
                yield Finding(table, row["code"], row["name"], field, row["value"], error.reason, line=row["line"])


def _unreachable(ws: Workspace) -> Iterator[Finding]:
    for row in ws.db.each(
        """
        SELECT code, name FROM customer AS c WHERE phone IS NULL AND email IS NULL AND stage <> 'lost' AND NOT EXISTS
            (SELECT 1 FROM contact AS p WHERE p.customer_id = c.id AND coalesce(p.phone, p.email, p.wechat) IS NOT NULL)
        ORDER BY code
        """
    ):
        yield Finding("customers", row["code"], row["name"], "phone", "", _("nobody there can be reached"))
