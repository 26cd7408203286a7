"""Which customers the codes of a file's cells are, remembered from chunk to chunk."""

from contextlib import suppress
from typing import Any

from crmcli.store.workspace import Workspace

_MOST = 200_000
_ASKED = 500
# A customer that was merged into another is found by its former code, too.
_CODES = "SELECT code, id FROM customer UNION ALL SELECT code, customer_id FROM former_code"


class CustomerCodes:
    """The ids of customers by code; None for what is no code of a customer."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._known: dict[Any, int | None] = {}
        self._all_read = False

    def ids(self, given: list[Any]) -> list[int | None]:
        """The customer of each cell; names are looked for when the whole file is staged."""
        with suppress(KeyError):
            return list(map(self._known.__getitem__, given))
        if len(self._known) > _MOST:
            self._known.clear()
            self._all_read = False
        unknown = set(given) - self._known.keys()
        if len(unknown) > _ASKED and not self._all_read and self._are_few():
            # Asking for thousands piece by piece takes longer than reading them all.
            self._known = {row["code"]: row["id"] for row in self._ws.db.rows(_CODES)}
            self._all_read = True
            unknown -= self._known.keys()
        self._known |= dict.fromkeys(unknown)
        if not self._all_read:
            self._ask(list(unknown))
        return list(map(self._known.__getitem__, given))

    def _are_few(self) -> bool:
        return bool(self._ws.db.value("SELECT count(*) FROM customer") <= _MOST)

    def _ask(self, codes: list[Any]) -> None:
        for start in range(0, len(codes), _ASKED):
            asked = {f"c{at}": code for at, code in enumerate(codes[start : start + _ASKED])}
            holders = ", ".join(f":{name}" for name in asked)
            rows = self._ws.db.rows(f"SELECT code, id FROM ({_CODES}) WHERE code IN ({holders})", asked)
            self._known |= {row["code"]: row["id"] for row in rows}
