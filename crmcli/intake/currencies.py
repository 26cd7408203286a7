"""In which currency a row is: the signs and words of its amounts say it, where no column does."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crmcli.errors import BadValue, Problem
from crmcli.i18n import _, listed
from crmcli.store.workspace import Workspace
from crmcli.tables import called_table
from crmcli.values.money import currency_of

# A column of amounts without any such sign names no currency.
_NAMES_CURRENCY = re.compile(r"[^\d.,\s()（），+万亿千元整块-]")
_NUMBER = re.compile(r"[\d.,\s]+")
# What stands around the numbers of a column is mostly the same.
_currency_beside = lru_cache(maxsize=1000)(currency_of)


@dataclass(frozen=True)
class Amounts:
    """A column of amounts as the file has it; `headed` is the currency that its heading names."""

    name: str
    cells: Sequence[str]
    headed: str | None


def settle(
    values: dict[str, list[Any]], columns: Sequence[Amounts], lines: Sequence[int], *, table: str, usual: str
) -> Iterator[tuple[int, Problem]]:
    """Set `values["currency"]` where an amount says more than its column; the lines to reject, each with its problem.

    A row is in the currency of its column, else of its amount, else `usual`, the policy's. Without a column
    `currency` in `values` the table keeps its amounts in the usual one.
    """
    for column in sorted(columns, key=lambda one: one.name != "amount"):
        if column.headed or _NAMES_CURRENCY.search("".join(column.cells)):
            for row, cell in enumerate(column.cells):
                if values[column.name][row] is None:
                    continue
                problem = _settle_row(values, column, row, table, usual)
                if problem:
                    code, reason = problem
                    yield lines[row], Problem(code, reason, column.name, cell, lines[row])


def _settle_row(
    values: dict[str, list[Any]], column: Amounts, row: int, table: str, usual: str
) -> tuple[str, str] | None:
    currencies = values.get("currency")
    own = currencies[row] if currencies else None
    try:
        said = _currency_beside(_NUMBER.sub("0", column.cells[row]), own or column.headed or usual) or column.headed
    except BadValue as error:
        return error.code, error.reason
    if said is None or said == (own or usual):
        return None
    if currencies is None:
        return "currency-foreign", _("{table} are in {currency}; give the amount in it").format(
            table=called_table(table), currency=usual
        )
    if own is None and column.name == "amount":
        currencies[row] = said
        return None
    return "currency-conflict", _("the amount is in {said}, its row in {own}").format(said=said, own=own or usual)


def others(ws: Workspace) -> str:
    """What is to be said of the staged orders in another currency than the policy's; nothing where there are none."""
    usual = ws.digest["currency"]
    rows = ws.db.rows(
        "SELECT currency, count(*) AS number FROM staged WHERE currency <> :usual GROUP BY 1 ORDER BY 2 DESC, 1",
        {"usual": usual},
    )
    words = _("{count} not in {currency} ({others}): figures add all amounts up as they are, see crm clean check")
    count = sum(row["number"] for row in rows)
    found = listed([f"{row['currency']} {row['number']}" for row in rows])
    return words.format(count=count, currency=usual, others=found) if rows else ""
