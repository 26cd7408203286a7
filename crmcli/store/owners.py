"""Who may be given something: the members of the team, under the names that `owner` columns have."""

from collections.abc import Iterable

from crmcli.errors import InvalidInput, NotFound, Refused
from crmcli.i18n import _, plural, sentences
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import clean_text, name_key


def member(ws: Workspace, name: str) -> Row | None:
    """The row of the member called so; one written in another case, width or spacing where the exact one is not."""
    text = clean_text(name)
    rows = ws.db.rows("SELECT * FROM member ORDER BY id")
    exact = [row for row in rows if row["name"] == text]
    alike = [row for row in rows if name_key(row["name"]) == name_key(text)]
    return next(iter(exact or alike), None)


def owner(ws: Workspace, name: str) -> str:
    """The name to store for an owner that somebody gives: an active member's; any name while there is no team.

    Raises:
        NotFound: nobody of the team is called so; the hint has the nearest name. Refused: the member is inactive.
        InvalidInput: the name is empty.
    """
    text = clean_text(name)
    if not text:
        raise InvalidInput(_("the owner's name is empty"))
    names = [row["name"] for row in ws.db.rows("SELECT name FROM member WHERE active = 'yes' ORDER BY name")]
    found = member(ws, text)
    if found is None:
        if not names and ws.db.value("SELECT 1 FROM member LIMIT 1") is None:
            return text
        raise unknown(text, names)
    if found["active"] != "yes":
        raise Refused(
            _("{name} is not active: nothing new goes to an inactive member").format(name=found["name"]),
            hint=_("if they are back: crm team edit {name} --active").format(name=quoted(found["name"])),
        )
    stored: str = found["name"]
    return stored


def unknown(name: str, names: Iterable[str]) -> NotFound:
    """What to raise where nobody of the team is called `name`; `names` are those to choose from."""
    near = nearest(name, names)
    other = _("did you mean {name}?").format(name=near) if near else _("see: crm team list")
    new = _("if they are new: crm team add {name}").format(name=quoted(clean_text(name)))
    return NotFound(_("nobody in the team is called '{name}'").format(name=name), hint=sentences([other, new]))


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The most alike of `names`, if one is alike at all."""
    import difflib

    by_key = {known.casefold(): known for known in names}
    near = difflib.get_close_matches(name.casefold(), by_key, n=1, cutoff=0.5)
    return by_key[near[0]] if near else None


def known(ws: Workspace, name: str) -> str | None:
    """The name as it is stored, of a member or of anybody who owns something; None if nobody is called so.

    Where a list wrote a member otherwise, both spellings own something: the one that was asked for is meant.
    """
    text, found = clean_text(name), member(ws, name)
    if found is not None and found["name"] == text:
        return text
    # The first two are asked of an index: only a name that is not there costs a look at every customer.
    for table in ("customer WHERE tier IS NOT NULL AND", "customer WHERE stage = 'lead' AND", "customer WHERE"):
        if ws.db.value(f"SELECT 1 FROM {table} owner = :name LIMIT 1", {"name": text}) is not None:
            return text
    if found is not None:
        stored: str = found["name"]
        return stored
    alike = [one for one in names(ws) if name_key(one) == name_key(text)]
    return next(iter(alike), None)


def names(ws: Workspace) -> list[str]:
    """Everybody who is in the team or owns a customer or a case."""
    rows = ws.db.rows(
        "SELECT name FROM member UNION SELECT owner FROM customer WHERE owner IS NOT NULL "
        "UNION SELECT owner FROM cases WHERE owner IS NOT NULL ORDER BY 1"
    )
    return [row["name"] for row in rows]


def meant(ws: Workspace, name: str | None) -> str | None:
    """The stored name of an owner whose rows are asked for, None for everybody's; one whom nobody knows is noted."""
    found = None if name is None else known(ws, name)
    if name is not None and found is None:
        near = nearest(name, names(ws))
        words = _("nobody is called '{name}'").format(name=name)
        question = _("did you mean {name}?").format(name=near)
        ws.notes.append(sentences([words, question]) if near else words)
    return found or name


def late(key: str, days: int) -> str:
    """Why a customer is given to another where an item is late, as it is stored: in no language."""
    return f"{_LATE}{days}:{key}"


def spoken(reason: str | None) -> str | None:
    """Why a customer was given to another, as it is told: what somebody said, or which item was how late."""
    days, _colon, key = (reason or "").removeprefix(_LATE).partition(":")
    if reason is None or not (reason.startswith(_LATE) and days.isdecimal()):
        return reason
    return plural("{key} is {days} day late", "{key} is {days} days late", int(days)).format(key=key, days=days)


_LATE = "late:"


def quoted(name: str) -> str:
    """A name as it is typed on a command line."""
    return f"'{name}'" if " " in name else name
