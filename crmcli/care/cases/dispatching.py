"""Who deals with a new case that is given to nobody."""

from collections.abc import Sequence
from typing import NamedTuple

from crmcli.care import team
from crmcli.policy.definitions import Clock
from crmcli.store import owners
from crmcli.store.workspace import Workspace


class Waiting(NamedTuple):
    """A new case: its customer's owner, its clock, and who was asked first."""

    owner: str | None
    clock: Clock | None
    responder: str | None


def dispatched(ws: Workspace, cases: Sequence[Waiting]) -> list[str | None]:
    """Of each case who deals with it; None is nobody.

    It is the customer's owner, if active; else whoever of the clock's role has the fewest open cases, each that is
    given out counted before the next; and where there is none of that role, who was asked first, if of the team.
    """
    no_team = ws.db.value("SELECT 1 FROM member LIMIT 1") is None
    named = {name for case in cases for name in (case.owner, case.responder) if name}
    active = {name for name in named if (member := owners.member(ws, name)) and member["active"] == "yes"}
    chosen = [case.owner if no_team or case.owner in active else None for case in cases]
    by_role: dict[str, list[int]] = {}
    for place, case in enumerate(cases):
        if not chosen[place] and case.clock and case.clock.role:
            by_role.setdefault(case.clock.role, []).append(place)
    for role, places in sorted(by_role.items()):
        picked = team.picks(ws, role, "least-loaded", len(places), loads="cases")
        for place, name in zip(places, picked, strict=True):
            chosen[place] = name
    first = [case.responder if case.responder in active else None for case in cases]
    return [name or asked for name, asked in zip(chosen, first, strict=True)]
