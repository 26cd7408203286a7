"""Customers that somebody has said are not the same: remembered, so that nobody is asked twice."""

from dataclasses import dataclass

from crmcli.cleaning import merging
from crmcli.i18n import _
from crmcli.store import journal
from crmcli.store.workspace import Workspace


@dataclass(frozen=True)
class Distinct:
    """Two customers that are not the same; `left` is the older one. `since` may be a day of long ago."""

    left: str
    right: str
    left_name: str
    right_name: str
    since: str


def distinct(ws: Workspace, one: str, other: str) -> Distinct:
    """Remember that the customers that `one` and `other` name are not the same; nothing changes the second time.

    Raises:
        NotFound: nobody, or several, answer to a name. Refused: both name one customer.
    """
    left, right = sorted(merging.meant(ws, [one, other]), key=lambda row: row["id"])
    pair = {"left_id": left["id"], "right_id": right["id"]}
    since = ws.db.value("SELECT since FROM distinct_pair WHERE left_id = :left_id AND right_id = :right_id", pair)
    if since is None:
        since = ws.today.isoformat()
        journal.add(ws, "distinct_pair", [{**pair, "since": since}])
        ws.summary = _("{left} and {right} are distinct").format(left=left["code"], right=right["code"])
    return Distinct(left["code"], right["code"], left["name"], right["name"], since)
