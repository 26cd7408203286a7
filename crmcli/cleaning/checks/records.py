"""Records that are wrong as a whole: names that are none, nobody to reach, an unknown industry, tags at odds."""

import re
from collections.abc import Iterator

from crmcli.cleaning.checks.finding import Finding, found
from crmcli.i18n import _
from crmcli.store.workspace import Workspace
from crmcli.values import name_key, phones_in, plain_email, plain_phone

_NO_NAME = re.compile(
    r"(?:测试|測試|test|demo)(?:客户|公司|用户|数据)?[\s_-]?\d{0,4}|x{2,}|asdf\w*|qwer\w*|无名?|暂无|未知|不详|同上|待定|某某|[\W\d_]{1,4}"
    r"|n/?a|null|none|nil|unknown|tbd",
    re.IGNORECASE,
)
_MAY_BE_NONE = "length(own.name) <= 12 OR own.name LIKE '%@%'"
_NAMES = {
    "customer": f"SELECT own.id, own.code, own.name FROM customer AS own WHERE {_MAY_BE_NONE}",
    "contact": "SELECT own.id, c.code, own.name FROM contact AS own JOIN customer AS c ON c.id = own.customer_id "
    f"WHERE {_MAY_BE_NONE}",
}
_REACH = "coalesce({0}.phone, {0}.email, {0}.other_phones, {0}.other_emails) IS NULL"
_EDITS = 2


def names(ws: Workspace) -> Iterator[Finding]:
    """Names that are a phone, an e-mail or a stand-in for a name."""
    for entity, query in _NAMES.items():
        for row in ws.db.each(query):
            name = row["name"].strip()
            if plain_email(name.lower()):
                yield found(ws, entity, row, "name", "name-email", _("the name is an e-mail address"))
            elif plain_phone(name) or (name[:1].isdigit() and phones_in(name) == [name]):
                yield found(ws, entity, row, "name", "name-phone", _("the name is a phone number"))
            elif not name or _NO_NAME.fullmatch(name):
                yield found(ws, entity, row, "name", "name-placeholder", _("this is not a name"))


def unreachable(ws: Workspace) -> Iterator[Finding]:
    """Customers that nobody can reach, and contacts whom nothing reaches, nor anything of their customer."""
    for row in ws.db.each(
        f"""
        SELECT c.id, c.code, c.name FROM customer AS c WHERE {_REACH.format("c")} AND c.stage <> 'lost' AND NOT EXISTS
            (SELECT 1 FROM contact AS p WHERE p.customer_id = c.id
                AND NOT ({_REACH.format("p")} AND p.wechat IS NULL))
        """
    ):
        problem = _("nobody there can be reached")
        yield found(ws, "customer", row, "phone", "customer-unreachable", problem)
    for row in ws.db.each(
        f"""
        SELECT p.id, c.code, p.name FROM contact AS p JOIN customer AS c ON c.id = p.customer_id
        WHERE {_REACH.format("p")} AND p.wechat IS NULL AND {_REACH.format("c")} AND c.stage <> 'lost'
        """
    ):
        yield found(ws, "contact", row, "phone", "contact-unreachable", _("no phone, e-mail or WeChat"))


def consents(ws: Workspace) -> Iterator[Finding]:
    """Contacts whose consent stands where their company has withdrawn it, and the other way round on a shared line."""
    for row in ws.db.each(
        """
        SELECT p.id, c.code, p.name, p.consent, c.consent AS company, c.id AS customer_id
        FROM contact AS p JOIN customer AS c ON c.id = p.customer_id
        WHERE (c.consent = 'no' AND p.consent = 'yes')
            OR (c.consent = 'yes' AND p.consent = 'no' AND (p.phone = c.phone OR p.email = c.email))
        """
    ):
        if row["company"] == "no":
            problem = _("the company has withdrawn its consent")
            yield found(ws, "contact", row, "consent", "consent-conflict", problem, proposal="no")
        else:
            problem = _("the company's own phone or e-mail is that of a person who has withdrawn consent")
            own = {**row, "id": row["customer_id"], "consent": "yes"}
            yield found(ws, "customer", own, "consent", "consent-conflict", problem, proposal="no")


def industries(ws: Workspace) -> Iterator[Finding]:
    """Industries that are not in the policy's list, with the nearest that is."""
    known = {name_key(name): name for name in ws.policy.checks.industries}
    if not known:
        return
    listed = frozenset(known.values())
    meant: dict[str, tuple[str | None, bool]] = {}
    for row in ws.db.each("SELECT id, code, name, industry FROM customer WHERE industry IS NOT NULL"):
        given = row["industry"]
        if given in listed:
            continue
        if given not in meant:
            meant[given] = _nearest(name_key(given), known)
        proposal, certain = meant[given]
        problem = _("the industry is not in the policy's list")
        yield found(ws, "customer", row, "industry", "industry-unknown", problem, proposal=proposal, certain=certain)


def _nearest(key: str, known: dict[str, str]) -> tuple[str | None, bool]:
    """The listed industry that is written like this, or nearly so; certain if only case, width or signs differ."""
    if key in known:
        return known[key], True
    contained = [name for other, name in known.items() if other in key or (len(key) > 1 and key in other)]
    if len(contained) == 1:
        return contained[0], False
    from rapidfuzz.distance import Levenshtein

    limit = min(_EDITS, len(key) // 2)
    by_distance = sorted((Levenshtein.distance(key, other), name) for other, name in known.items())
    nearest = [name for distance, name in by_distance if distance == by_distance[0][0] <= limit]
    return (nearest[0], False) if len(nearest) == 1 else (None, False)


def tags(ws: Workspace) -> Iterator[Finding]:
    """Tags of a customer that contradict each other, and dimensions with several values that can have only one."""
    for first, second in ws.policy.checks.contradictions:
        (left, left_value), (right, right_value) = first.split(":"), second.split(":")
        for row in ws.db.each(
            """
            SELECT a.id, c.code, c.name FROM tag AS a JOIN tag AS b ON b.customer_id = a.customer_id
                JOIN customer AS c ON c.id = a.customer_id
            WHERE a.dimension = :left AND a.value = :left_value AND b.dimension = :right AND b.value = :right_value
            """,
            {"left": left, "left_value": left_value, "right": right, "right_value": right_value},
        ):
            problem = _("{first} and {second} contradict each other").format(first=first, second=second)
            yield found(ws, "tag", row, left, "tag-contradiction", problem, value=f"{first}; {second}")
    yield from _several_values(ws)


def _several_values(ws: Workspace) -> Iterator[Finding]:
    single = {*ws.policy.checks.single_valued, *(tag.dimension for tag in ws.policy.tags if tag.when)}
    for row in ws.db.each(
        """
        SELECT min(t.id) AS id, c.code, c.name, t.dimension, group_concat(t.value, '; ') AS given
        FROM tag AS t JOIN customer AS c ON c.id = t.customer_id
        GROUP BY t.customer_id, t.dimension HAVING count(*) > 1
        """
    ):
        if row["dimension"] in single:
            problem = _("a customer has one value of '{dimension}' at most").format(dimension=row["dimension"])
            yield found(ws, "tag", row, row["dimension"], "tag-several", problem, value=row["given"])
