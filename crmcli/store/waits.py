"""When a case waited for its customer, as the lines of its file tell."""

from collections.abc import Iterator
from datetime import datetime

from crmcli.store.workspace import Workspace

Wait = tuple[datetime, datetime]
"""From when to when the clocks of a case stood still."""


def waits(ws: Workspace, case_id: int) -> Iterator[Wait]:
    """Each time that is over, the earliest first."""
    since = None
    for entry in ws.db.rows(
        "SELECT at, kind FROM case_entry WHERE case_id = :id AND kind IN ('pause', 'resume') ORDER BY at, id",
        {"id": case_id},
    ):
        if entry["kind"] == "pause":
            since = datetime.fromisoformat(entry["at"])
        elif since:
            yield since, datetime.fromisoformat(entry["at"])
            since = None
