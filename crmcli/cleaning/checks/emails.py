"""E-mail addresses that cannot be right, or are probably misspelt, and what they were meant to be."""

from collections import Counter
from collections.abc import Iterator

from crmcli.cleaning.checks.finding import Finding, found, others
from crmcli.cleaning.proposals import Proposal, mended_domain, proposed_email
from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import parse_email, split_emails

_DOUBTFUL = "(own.email NOT LIKE '%_@_%.__%' OR own.email LIKE '%@%@%' OR own.email GLOB '*[^a-z0-9@._+-]*')"
_DOMAIN = "substr(own.email, instr(own.email, '@') + 1)"
_FROM = {
    "customer": "own.id, own.code, own.name, own.email, own.other_emails FROM customer AS own",
    "contact": "own.id, c.code, own.name, own.email, own.other_emails FROM contact AS own "
    "JOIN customer AS c ON c.id = own.customer_id",
}
# A domain that looks misspelt, but of so many addresses, is somebody's own.
_OWN = 3
_ASKED = 500
_STANDINS = ", ".join(
    f"'{name}@{name}.{ending}'"
    for name in ("test", "abc", "aaa", "xxx", "none", "null", "123", "111")
    for ending in ("com", "cn", "net")
)
# Endings that nobody has; parse_email refuses them, so these addresses are read again.
_NO_ENDINGS = " OR ".join(
    f"own.email LIKE '%.{ending}'" for ending in ("con", "cmo", "ocm", "comm", "vom", "xom", "cim", "coom", "c0m", "cm")
)

_AGAIN = f"{_DOUBTFUL} OR {_NO_ENDINGS} OR own.email IN ({_STANDINS})"


def emails(ws: Workspace) -> Iterator[Finding]:
    """Every stored address that is several, is not in its stored form, cannot be read, or has a misspelt domain."""
    domains = _domains(ws)
    for entity, rows in _FROM.items():
        for row in ws.db.each(f"SELECT {rows} WHERE own.email IS NOT NULL AND ({_AGAIN})"):
            finding = _judged(ws, entity, row, domains)
            if finding:
                yield finding
    yield from _misspelt(ws, domains)
    for entity, row, text in others(ws, "other_emails"):
        finding = _judged_other(ws, entity, row, text, domains)
        if finding:
            yield finding


def _domains(ws: Workspace) -> Counter[str]:
    """The domains of the base's addresses, and how many addresses each has."""
    domains: Counter[str] = Counter()
    for entity in _FROM:
        for row in ws.db.each(
            f"SELECT {_DOMAIN} AS domain, count(*) AS many FROM {entity} AS own "
            f"WHERE own.email IS NOT NULL AND NOT {_DOUBTFUL} GROUP BY 1"
        ):
            domains[row["domain"]] += row["many"]
    return domains


def _judged(ws: Workspace, entity: str, row: Row, domains: Counter[str]) -> Finding | None:
    text = row["email"]
    parts = split_emails(text)
    if len(parts) > 1:
        return _several(ws, entity, row, parts)
    try:
        stored = parse_email(text)
    except BadValue as error:
        proposal = proposed_email(text, domains) or Proposal("", certain=False)
        return found(
            ws, entity, row, "email", error.code, error.reason,
            proposal=proposal.value or None, certain=proposal.certain,
        )  # fmt: skip
    if stored == text:
        return None
    problem = _("the e-mail address is not in its stored form")
    return found(ws, entity, row, "email", "email-format", problem, proposal=stored, certain=True)


def _judged_other(ws: Workspace, entity: str, row: Row, text: str, domains: Counter[str]) -> Finding | None:
    try:
        parse_email(text)
    except BadValue as error:
        proposal = proposed_email(text, domains) or Proposal("", certain=False)
        mended = "; ".join(proposal.value if item == text else item for item in row["other_emails"].split("; "))
        finding = found(
            ws, entity, row, "other_emails", error.code, error.reason, value=text,
            proposal=proposal.value or None, certain=proposal.certain, repair={"other_emails": mended},
        )  # fmt: skip
        if proposal.certain:
            # The next one of the same row goes on from here.
            row["other_emails"] = mended
        return finding
    return None


def _several(ws: Workspace, entity: str, row: Row, parts: list[str]) -> Finding:
    problem = _("several e-mail addresses in one field")
    try:
        addresses = list(dict.fromkeys(map(parse_email, parts)))
    except BadValue:
        return found(ws, entity, row, "email", "email-several", problem)
    others = [other for other in (row["other_emails"] or "").split("; ") if other]
    further = "; ".join(dict.fromkeys(others + addresses[1:])) or None
    repair = {"email": addresses[0], "other_emails": further}
    return found(
        ws, entity, row, "email", "email-several", problem, proposal="; ".join(addresses), certain=True, repair=repair
    )


def _misspelt(ws: Workspace, domains: Counter[str]) -> Iterator[Finding]:
    """Addresses that could be right, of domains a slip away from a provider's or with an ending hardly meant."""
    meant: dict[str, Proposal] = {}
    for domain, many in domains.items():
        mended = mended_domain(domain, domains)
        if mended and (mended.certain or many < _OWN):
            meant[domain] = mended
    asked = sorted(meant)
    for start in range(0, len(asked), _ASKED):
        bound = {f"d{at}": domain for at, domain in enumerate(asked[start : start + _ASKED])}
        holders = ", ".join(f":{name}" for name in bound)
        for entity, rows in _FROM.items():
            query = f"SELECT {rows} WHERE own.email IS NOT NULL AND NOT {_DOUBTFUL} AND {_DOMAIN} IN ({holders})"
            for row in ws.db.each(query, bound):
                yield from _typo(ws, entity, row, meant)


def _typo(ws: Workspace, entity: str, row: Row, meant: dict[str, Proposal]) -> Iterator[Finding]:
    local, _at, domain = row["email"].partition("@")
    try:
        parse_email(row["email"])
        proposal = parse_email(f"{local}@{meant[domain].value}")
    except BadValue:
        return
    problem = _("the domain of the e-mail address looks misspelt")
    certain = meant[domain].certain
    yield found(ws, entity, row, "email", "email-typo", problem, proposal=proposal, certain=certain)
