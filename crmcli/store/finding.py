"""Which customer is meant: by code, name, phone, e-mail, or a part of the name.

The code of a customer that was merged into another finds that one, and it is said so.
"""

from crmcli.errors import BadValue, NotFound
from crmcli.i18n import _
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import clean_text, name_key, parse_email, parse_phone

_SHOWN = 5
_LONGEST = 1_000  # characters: nothing is called so, and SQLite takes no pattern of over 50,000 bytes
_FIELDS = "c.id, c.code, c.name, c.tier, c.owner, c.phone, c.email, c.city"


def customer(ws: Workspace, text: str) -> Row:
    """The one customer (all its columns) that `text` names; an exact match wins over a part of a name.

    Raises:
        NotFound: nobody answers to it, or several do; the hint lists them.
    """
    for condition, value in _exact(clean_text(text), ws.digest["phone_region"]):
        found = _matching(ws, condition, value, text.strip(), limit=_SHOWN + 1)
        if found:
            row = _only(ws, [row for row in found if row["name"] == text.strip()] or found, text)
            if condition == _FORMER:
                _say_merged(ws, value, row)
            return row
    found = find(ws, text, limit=_SHOWN + 1)
    if not found:
        raise NotFound(
            _("no customer answers to '{text}'").format(text=text), hint=_("look for it with: crm find TEXT")
        )
    return _only(ws, found, text)


def find(ws: Workspace, text: str, *, limit: int = 50) -> list[Row]:
    """Customers whose name, phone, e-mail, code or tax id, or those of a contact, contain `text`; best first.

    Each has id, code, name, tier, owner, phone, email and city. Names are compared without spaces, punctuation,
    width and case.
    """
    # Invisible signs name nobody, and a NUL would end the pattern early: it would match all.
    raw = clean_text(text)
    key, digits = name_key(raw), "".join(filter(str.isdigit, raw))
    if not raw or len(raw) > _LONGEST:
        return []
    conditions = [f"c.{column} LIKE :raw ESCAPE '!'" for column in ("code", "email", "other_emails", "tax_id")]
    contact = [f"p.{column} LIKE :raw ESCAPE '!'" for column in ("email", "other_emails", "wechat")]
    if key:
        conditions.append("c.name_key LIKE :key ESCAPE '!'")
        contact.append("p.name_key LIKE :key ESCAPE '!'")
    if len(digits) >= 3:
        conditions += ["c.phone LIKE :digits", "c.other_phones LIKE :digits"]
        contact += ["p.phone LIKE :digits", "p.other_phones LIKE :digits"]
    return ws.db.rows(
        f"""
        SELECT {_FIELDS} FROM customer AS c WHERE c.id IN (
            SELECT c.id FROM customer AS c WHERE {" OR ".join(conditions)}
            UNION SELECT p.customer_id FROM contact AS p WHERE {" OR ".join(contact)}
            UNION SELECT customer_id FROM former_code WHERE code LIKE :raw ESCAPE '!')
        ORDER BY CASE WHEN c.name_key LIKE :begins ESCAPE '!' THEN 0 ELSE 1 END, length(c.name), c.code LIMIT :limit
        """,
        {
            "raw": f"%{_literal(raw)}%",
            "key": f"%{_literal(key)}%",
            "digits": f"%{digits}%",
            "begins": f"{_literal(key)}%",
            "limit": limit,
        },
    )


_FORMER = "c.id = (SELECT customer_id FROM former_code WHERE code = :value)"


def _exact(text: str, region: str) -> list[tuple[str, str]]:
    """Ways to name a customer exactly, the surest first."""
    ways = [("c.code = :value", text), ("c.code = :value", text.upper())]
    ways += [(_FORMER, text), (_FORMER, text.upper()), ("c.name_key = :value", name_key(text))]
    column = "email" if "@" in text else "phone"
    try:
        value = parse_email(text) if column == "email" else parse_phone(text, region)
    except BadValue:
        return [(condition, value) for condition, value in ways if value]
    own = f"c.{column} = :value OR c.id IN (SELECT customer_id FROM contact WHERE {column} = :value)"
    # No index has the further ones: they are asked last.
    listed = f"instr('; ' || {{}}.other_{column}s || '; ', '; ' || :value || '; ') > 0"
    further = f"{listed.format('c')} OR c.id IN (SELECT customer_id FROM contact AS p WHERE {listed.format('p')})"
    return [(condition, value) for condition, value in [*ways, (own, value), (further, value)] if value]


def _say_merged(ws: Workspace, former: str, row: Row) -> None:
    since = ws.db.value("SELECT since FROM former_code WHERE code = :code", {"code": former})
    note = _("{former} was merged into {code} {name} on {since}").format(
        former=former, code=row["code"], name=row["name"], since=since
    )
    if note not in ws.notes:
        ws.notes.append(note)


def _matching(ws: Workspace, condition: str, value: str, name: str, *, limit: int) -> list[Row]:
    return ws.db.rows(
        f"SELECT {_FIELDS} FROM customer AS c WHERE {condition} ORDER BY c.name <> :name, c.code LIMIT :limit",
        {"value": value, "name": name, "limit": limit},
    )


def _only(ws: Workspace, found: list[Row], text: str) -> Row:
    if len(found) > 1:
        names = ", ".join(f"{row['code']} {row['name']}" for row in found[:_SHOWN])
        more = ", …" if len(found) > _SHOWN else ""
        raise NotFound(
            _("'{text}' is not one customer").format(text=text), hint=_("which one? {names}").format(names=names + more)
        )
    row = ws.db.first("SELECT * FROM customer WHERE id = :id", {"id": found[0]["id"]})
    assert row is not None
    return row


def _literal(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
