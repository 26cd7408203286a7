"""A value of a table as text: as programs read it, and as people do; every text format writes its cells so."""

import math
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from crmcli.i18n import _, language, sentences
from crmcli.tables import Column
from crmcli.values import display_width, format_money, safe, spoken_money, spoken_phone, to_the_minute

if TYPE_CHECKING:
    from crmcli.reports.documents import Document

NUMBERS = ("money", "number", "share")
SIGNS = {"CNY": "¥", "JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$", "KRW": "₩", "INR": "₹"}
"""What stands before an amount; another currency by its letters."""
_DAY = len("2026-11-20")


def plain(value: Any, column: Column) -> str:
    """A value as text, the same in every text format."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column.kind == "money":
        return format_money(value)
    if column.kind == "share":
        return f"{value:z.4f}".rstrip("0").rstrip(".")
    if column.kind == "list":
        return "; ".join(str(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def for_people(value: Any, column: Column) -> str:
    """A value on one line, as a terminal shows it."""
    if column.kind == "list" and value is not None:
        return safe(sentences(value))
    if column.kind == "share" and value is not None:
        return f"{value:z.1%}"
    if column.kind == "money" and value is not None:
        return spoken_money(value)
    if column.kind == "phone" and value is not None:
        return safe(spoken_phone(value))
    if column.kind == "instant" and value is not None:
        return to_the_minute(safe(str(value)))
    return safe(plain(value, column))


def in_document(value: Any, column: Column, *, currency: str = "", digits: int = 0) -> str:
    """A value as a page shows it: thousands apart, money with its sign, the lines of a text kept."""
    if value is None:
        return ""
    if column.kind == "money":
        return money(value / 100, currency)
    if column.kind == "number" and (given := as_number(value)) is not None:
        return f"{given:,.{digits}f}"
    if column.kind == "list":
        return seen(sentences(value))
    if column.kind == "text":
        return seen(plain(value, column))
    return for_people(value, column)


def seen(text: str) -> str:
    """`text` with everything that cannot be seen made visible, its line breaks kept."""
    return text if text.isprintable() else "\n".join(map(safe, text.replace("\r\n", "\n").split("\n")))


def money(amount: float, currency: str = "", digits: int = 2) -> str:
    """An amount in units of the currency, behind its sign."""
    return f"{'-' if amount < 0 else ''}{sign(currency)}{abs(amount):,.{digits}f}"


def sign(currency: str) -> str:
    """What stands before an amount: ¥, or the letters and a space; nothing for no currency."""
    return SIGNS.get(currency, f"{currency} " if currency else "")


def number(value: float) -> str:
    """A number with at most two decimals, thousands apart."""
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def padded(cell: str, width: int, to_right: bool) -> str:
    """A cell in as many terminal cells."""
    space = " " * (width - display_width(cell))
    return space + cell if to_right else cell + space


def facts(document: "Document") -> list[tuple[str, str]]:
    """What stands under the title: period, day, scope, policy, currency, each with its name."""
    found = []
    if document.period is not None:
        found.append((_("Period"), _("{first} to {last}").format(first=document.period[0], last=document.period[1])))
    found.append((_("As of"), f"{document.as_of:%Y-%m-%d %H:%M}"))
    if document.scope:
        found.append((_("Customers"), document.scope))
    if document.policy is not None:
        name, version = document.policy
        found.append((_("Policy"), _("{name}, version {version}").format(name=name, version=version)))
    if document.currency:
        found.append((_("Currency"), document.currency))
    return found


def short(value: float) -> str:
    """A number for an axis: 1.2M, 万 and 亿 in Chinese."""
    steps = ((1e8, "亿"), (1e4, "万")) if language() == "zh" else ((1e9, "B"), (1e6, "M"), (1e3, "k"))
    for size, word in steps:
        if abs(value) >= size:
            return f"{value / size:.2f}".rstrip("0").rstrip(".") + word
    return number(value)


def as_day(value: Any) -> date | None:
    """The day that a cell of a date column holds; None for a text that is none, as `--05-03`."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if len(value) == _DAY else None
    except ValueError:
        return None


def as_moment(value: Any) -> datetime | None:
    """The moment on its own clock, without the offset; None for a text that is none."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.replace(tzinfo=None)
    except ValueError:
        return None


def as_number(value: Any) -> float | None:
    """A number, also of a decimal text; None of anything else."""
    if isinstance(value, str):
        value = float(value) if value.lstrip("-").replace(".", "", 1).isdecimal() else None
    if value is None or isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def decimals(numbers: Iterable[float | None]) -> int:
    """How many decimals a column of numbers is shown with: 0 to 2, the same in every row."""
    found = 0
    for value in numbers:
        if value is not None and value != int(value):
            if abs(round(value * 10) - value * 10) > 1e-9:
                return 2
            found = 1
    return found
