"""Rules of the policy asked of leads, as many at once as there are."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from crmcli.grading.leads import is_clear
from crmcli.policy import facts
from crmcli.policy.rules import Rule
from crmcli.policy.sections.leads import LEAD_FACTS
from crmcli.store.workspace import Workspace


def consider(ws: Workspace, query: str, params: Mapping[str, Any] | None = None) -> int:
    """Put the leads of a query (its column `id`) into the temporary table `considered`; how many they are."""
    ws.db.execute("CREATE TEMP TABLE IF NOT EXISTS considered (id INTEGER PRIMARY KEY)")
    ws.db.execute("DELETE FROM considered")
    return ws.db.execute(f"INSERT INTO considered SELECT id FROM ({query}) AS found", params)


def consider_ids(ws: Workspace, ids: Sequence[int]) -> None:
    """The same for leads by their ids."""
    consider(ws, "SELECT NULL AS id WHERE false")
    ws.db.insert("considered", ("id",), ((row_id,) for row_id in ids))


@contextmanager
def over_leads(ws: Workspace, rules: Sequence[Rule]) -> Iterator[None]:
    """Within the block there is a temporary table `facts` with what the rules ask of each considered lead.

    Beside the facts of a customer these are `need`, `budget` and `decision`: whether it is clear.
    """
    clear = cache(is_clear)
    ws.db.new_temporary("clear", f"(customer_id INTEGER PRIMARY KEY, {', '.join(LEAD_FACTS)})")
    said = ws.db.rows(
        f"SELECT c.id, {', '.join(LEAD_FACTS)} FROM considered JOIN customer AS c ON c.id = considered.id"
    )
    rows = ((row["id"], *(clear(row[name]) for name in LEAD_FACTS)) for row in said)
    ws.db.insert("clear", ("customer_id", *LEAD_FACTS), rows)
    names = {name for rule in rules for name in rule.facts} - LEAD_FACTS.keys()
    known = facts.facts_sql(names, weights=ws.policy.weights, everybody=True)
    ws.db.new_temporary(
        "facts",
        f"AS SELECT known.*, {', '.join(f'clear.{name}' for name in LEAD_FACTS)} "
        f"FROM clear CROSS JOIN ({known}) AS known ON known.customer_id = clear.customer_id",
        facts.facts_params(ws.today, ws.zone),
    )
    yield
    ws.db.drop_temporary("facts")
