"""What of a file's cells is the code of a customer, and which customers the codes are, from chunk to chunk."""

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from crmcli.fields import heading_key
from crmcli.store.workspace import Workspace

_MOST = 200_000
_ASKED = 500
# A customer that was merged into another is found by its former code, too.
_CODES = "SELECT code, id FROM customer UNION ALL SELECT code, customer_id FROM former_code"
_OF_IDS = re.compile(r"(?:ids?|code|no|number|号|编码|代码)$")


def are_ids(headings: Iterable[str]) -> bool:
    """Whether a heading says that the customers below it stand there by their ids: `Customer ID`, `客户编号`."""
    return any(_OF_IDS.search(heading_key(heading)) for heading in headings)


def is_code(text: str, *, among_ids: bool) -> bool:
    """Whether what names a customer in one word is its code: where ids stand any, elsewhere one with a digit."""
    if not re.fullmatch(r"\S+", text):
        return False
    return bool(re.search(r"[A-Za-z0-9]", text)) if among_ids else text.isascii() and bool(re.search(r"\d", text))


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
