"""Dates that have not come yet or are too long ago, and amounts out of line."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from crmcli.cleaning.checks.finding import Finding, found
from crmcli.errors import BadValue
from crmcli.i18n import _
from crmcli.policy.counting import COUNTED
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace
from crmcli.values import birthday_key, format_money, parse_birthday

_OLDEST = 120
_DATED = re.compile(r"(?:lunar (?:leap )?)?[12]\d{3}-\d\d-\d\d$")
# A standard deviation as a multiple of the median absolute deviation, for a normal distribution.
_SIGMA = 1.4826
# Amounts are compared by their decimal logarithm: 1 is ten-fold. With so many orders a customer is its own measure;
# an order must be so many deviations (3.5: Iglewicz and Hoaglin, 1993), and at least so far, from the usual one.
_OWN_ORDERS, _OWN_DEVIATIONS, _OWN_LEAST = 6, 3.5, 0.9
_ALL_ORDERS, _ALL_DEVIATIONS, _ALL_LEAST = 30, 5.0, 1.5
# More than one odd order in so many of a customer's are no slips but the way it buys.
_SLIPS = 10
# How near a slip of zeros must come to the usual amount to be proposed.
_NEAR = 0.2
_CENTILE = 100


def dates(ws: Workspace) -> Iterator[Finding]:
    """Cooperations, orders and birthdays of the future, and people older than anybody."""
    today = ws.today.isoformat()
    future = _("the date has not come yet")
    for row in ws.db.each("SELECT id, code, name, since FROM customer WHERE since > :today", {"today": today}):
        yield found(ws, "customer", row, "since", "date-future", future)
    for row in ws.db.each(
        "SELECT o.id, c.code, o.number AS name, o.ordered_on FROM orders AS o JOIN customer AS c "
        "ON c.id = o.customer_id WHERE o.ordered_on > :today AND o.status <> 'cancelled'",
        {"today": today},
    ):
        yield found(ws, "orders", row, "ordered_on", "date-future", future)
    yield from _birthdays(ws)


def _birthdays(ws: Workspace) -> Iterator[Finding]:
    for entity, rows in (
        ("customer", "own.code, own.name, own.birthday FROM customer AS own"),
        ("contact", "c.code, own.name, own.birthday FROM contact AS own JOIN customer AS c ON c.id = own.customer_id"),
    ):
        for row in ws.db.each(f"SELECT own.id, {rows} WHERE own.birthday IS NOT NULL"):
            if birthday_key(row["birthday"]) is None and (problem := _fault(row["birthday"])):
                yield found(ws, entity, row, "birthday", "birthday-invalid", problem)
            if not _DATED.match(row["birthday"]):
                continue
            born = row["birthday"].removeprefix("lunar ").removeprefix("leap ")
            lunar = born != row["birthday"]
            if int(born[:4]) > ws.today.year or (not lunar and born > ws.today.isoformat()):
                yield found(ws, entity, row, "birthday", "date-future", _("the date has not come yet"))
            elif ws.today.year - int(born[:4]) > _OLDEST:
                problem = _("nobody is older than {years} years").format(years=_OLDEST)
                yield found(ws, entity, row, "birthday", "birthday-age", problem)


def _fault(birthday: str) -> str | None:
    try:
        parse_birthday(birthday)
    except BadValue as error:
        return error.reason
    return None


def amounts(ws: Workspace) -> Iterator[Finding]:
    """Orders far from what the customer, or with few orders everybody, usually orders; credits for nothing bought."""
    usual = _usual_of_all(ws)
    for _customer, orders in groupby(
        ws.db.each(
            "SELECT id, customer_id, currency, amount FROM orders WHERE amount > 0 AND status <> 'cancelled' "
            "ORDER BY customer_id, currency"
        ),
        key=itemgetter("customer_id", "currency"),
    ):
        yield from _odd(ws, list(orders), usual)
    for row in ws.db.each(
        f"""
        SELECT back.id, c.code, back.number AS name, back.amount
        FROM orders AS back JOIN customer AS c ON c.id = back.customer_id
        WHERE back.amount < 0 AND back.status = 'paid' AND -back.amount > coalesce((SELECT sum(o.amount)
            FROM orders AS o WHERE o.customer_id = back.customer_id AND o.amount > 0
                AND o.ordered_on <= back.ordered_on AND {COUNTED}), 0)
        """
    ):
        problem = _("more is given back than was bought until then")
        yield found(ws, "orders", row, "amount", "amount-negative", problem, value=format_money(row["amount"]))


def currencies(ws: Workspace) -> Iterator[Finding]:
    """Orders in another currency than the policy's: facts and reports add all amounts up as if they were in that."""
    own = ws.digest["currency"]
    problem = _("not in {currency}, in which all amounts are added up").format(currency=own)
    for row in ws.db.each(
        "SELECT o.id, c.code, o.number AS name, o.currency FROM orders AS o JOIN customer AS c "
        "ON c.id = o.customer_id WHERE o.currency <> :own",
        {"own": own},
    ):
        yield found(ws, "orders", row, "currency", "currency-other", problem)


def _usual_of_all(ws: Workspace) -> dict[str, tuple[float, float]]:
    """By currency: the median of the logarithms of all amounts, and how far from it is out of line."""
    counts: dict[str, Counter[int]] = {}
    for row in ws.db.each("SELECT currency, amount FROM orders WHERE amount > 0 AND status <> 'cancelled'"):
        counts.setdefault(row["currency"], Counter())[round(math.log10(row["amount"]) * _CENTILE)] += 1
    usual = {}
    for currency, counted in counts.items():
        if counted.total() >= _ALL_ORDERS:
            middle = _counted_median(counted)
            spread = Counter[int]()
            for value, many in counted.items():
                spread[abs(value - middle)] += many
            deviation = _SIGMA * _counted_median(spread) / _CENTILE
            usual[currency] = (middle / _CENTILE, max(_ALL_DEVIATIONS * deviation, _ALL_LEAST))
    return usual


def _counted_median(counted: Counter[int]) -> int:
    half, passed = counted.total() / 2, 0
    for value in sorted(counted):
        passed += counted[value]
        if passed >= half:
            return value
    return 0


def _odd(ws: Workspace, orders: Sequence[Row], usual: dict[str, tuple[float, float]]) -> Iterator[Finding]:
    """The orders of one customer in one currency that are out of line."""
    logarithms = [math.log10(order["amount"]) for order in orders]
    if len(orders) >= _OWN_ORDERS:
        middle = _median(logarithms)
        deviation = _SIGMA * _median([abs(value - middle) for value in logarithms])
        own, limit = True, max(_OWN_DEVIATIONS * deviation, _OWN_LEAST)
    elif orders[0]["currency"] in usual:
        own, (middle, limit) = False, usual[orders[0]["currency"]]
    else:
        return
    distances = [(order, value - middle) for order, value in zip(orders, logarithms, strict=True)]
    odd = [(order, away) for order, away in distances if abs(away) > limit]
    if own and len(odd) > max(1, len(orders) // _SLIPS):
        return
    for order, away in odd:
        yield _out_of_line(ws, order, away if own else None)


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _out_of_line(ws: Workspace, order: Row, away: float | None) -> Finding:
    """The finding about an order `away` from the customer's usual one, in powers of ten; None: from everybody's."""
    named = ws.db.first(
        "SELECT o.id, c.code, o.number AS name FROM orders AS o JOIN customer AS c ON c.id = o.customer_id "
        "WHERE o.id = :id",
        {"id": order["id"]},
    )
    assert named is not None
    meant = None
    if away is not None and round(away) and abs(away - round(away)) <= _NEAR:
        scaled = order["amount"] * 10.0 ** -round(away)
        meant = round(scaled) if abs(scaled - round(scaled)) < 1e-6 else None
    problem = (
        _("far from what other orders come to") if away is None else _("far from what this customer's orders come to")
    )
    return found(
        ws, "orders", named, "amount", "amount-unusual", problem, value=format_money(order["amount"]),
        proposal=None if meant is None else format_money(meant), repair={"amount": meant},
    )  # fmt: skip
