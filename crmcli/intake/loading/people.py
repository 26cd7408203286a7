"""The people that rows name beside what the rows are themselves become contacts of their customers."""

from collections.abc import Iterable, Sequence

from crmcli.i18n import _, sentences
from crmcli.intake import merging
from crmcli.store.workspace import Workspace

_OF_PEOPLE = ("name", "name_key", "title", "phone", "other_phones", "email", "other_emails")
_PREFIX = "contact_"


def load_people(
    ws: Workspace, columns: Sequence[str], customer: str, match: str, *, only_fresh_after: int | None = None
) -> dict[int, int]:
    """Bring in the person of each row of a customer list (its columns `contact_…`), and the further people of a cell.

    Args:
        columns: those of `staged`.
        customer: SQL for the id of the customer whose people a row names.
        only_fresh_after: the last id before this file, where known customers are skipped with their people.

    Returns which lines write of one otherwise than a line before (see `merging.Merged`).
    """
    own = [name.removeprefix(_PREFIX) for name in columns if name.startswith(_PREFIX)]
    people = "people" in columns
    named = own and ws.db.value("SELECT 1 FROM staged WHERE contact_name IS NOT NULL LIMIT 1")
    if not people and not named:
        return {}
    stored = list(dict.fromkeys([*own, *(_OF_PEOPLE if people else ())]))
    fresh = "true" if only_fresh_after is None else f"coalesce(target, {only_fresh_after} + 1) > {only_fresh_after}"
    _renew_persons(ws, stored)
    if named:
        _take_persons(ws, own, customer, fresh)
    if people:
        _take_further_people(ws, customer, fresh)
    merged = merging.merge(
        ws,
        "contact",
        ["customer_id", *stored],
        key=merging.KEYS["contact"],
        match="update" if match == "create" else match,
        defaults=merging.stored_defaults("contacts"),
        staged="persons",
    )
    if merged.created or merged.updated:
        words = _("contacts: {created} created, {updated} updated")
        said = words.format(created=merged.created, updated=merged.updated)
        ws.summary = sentences(filter(None, (ws.summary, said)))
    return merged.otherwise


def _renew_persons(ws: Workspace, stored: Iterable[str]) -> None:
    ws.db.new_temporary(
        "persons", f"(seq INTEGER PRIMARY KEY, line INTEGER, target INTEGER, customer_id INTEGER, {', '.join(stored)})"
    )


def _take_persons(ws: Workspace, own: Iterable[str], customer: str, fresh: str) -> None:
    """The person that a row's own columns are of."""
    ws.db.execute(
        f"INSERT INTO persons (line, customer_id, {', '.join(own)}) "
        f"SELECT line, {customer}, {', '.join(_PREFIX + name for name in own)} FROM staged "
        f"WHERE contact_name_key IS NOT NULL AND {fresh} ORDER BY seq"
    )


def _take_further_people(ws: Workspace, customer: str, fresh: str) -> None:
    """Those after the first in a cell that names several, which `staged` has as a JSON array."""
    found = ", ".join(f"json_extract(person.value, '$.{name}')" for name in _OF_PEOPLE)
    ws.db.execute(
        f"INSERT INTO persons (line, customer_id, {', '.join(_OF_PEOPLE)}) SELECT line, {customer}, {found} "
        f"FROM staged, json_each(staged.people) AS person WHERE {fresh} ORDER BY seq, person.key"
    )
