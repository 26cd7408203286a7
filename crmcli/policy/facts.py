"""Every fact that a rule can ask about a customer, defined once, and all of them as one SELECT.

As of a day D (the parameter `:today`): windows are closed at D and open at the start. Cancelled and returned
orders never count. An order of negative amount is a credit: it counts in amounts, and is no order otherwise.

Cases and surveys have moments, which count by their day in the policy's time zone: up to D is up to D's last second
there (`:today_end`). Whether a case was open at the end of D is told by its moments, so that the past comes out as it
was: it was opened by then, and resolved later or not yet. Its status is today's; it only speaks where no moment does:
a case that is resolved or closed and does not say when was open on no day. A contract ended by D if its last day is
not after D; whether it was renewed is what is known today. It runs on each of its days; without a first one, until
its last; without a last day it never ends, and counts in neither.

Money is stored in minor units and read by rules in units of the currency.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from crmcli.fields.sources import known_sql
from crmcli.policy import rules
from crmcli.policy.completeness import DEFAULT_WEIGHTS, completeness_sql
from crmcli.policy.counting import days_back
from crmcli.policy.dialects import Dialect, date_parameter, days_between, real_literal
from crmcli.policy.measures import BESIDE_YEAR, JOIN_WON, JOIN_YEAR, MEASURES, OF_YEAR, WON
from crmcli.policy.spelling import slips
from crmcli.policy.trees import FactType, Rank, walk

FactKind = Literal["money", "number", "integer", "share", "text", "date"]
Group = Literal[
    "customer", "orders", "contacts", "contracts", "cases", "surveys", "referrals", "rfm", "completeness"
]  # fmt: skip

_RATED = "c.stage <> 'lead'"
UNRATED = "c.stage = 'lead'"
"""SQL: whether a row `c` of `customer` is of somebody who is not rated."""


@dataclass(frozen=True)
class Fact:
    """One fact of a customer.

    `definition` is for people, in English. `sql` is over the measures, each in braces; `[…|…]` are the
    days from the one date to the other, `<today>` is D.
    """

    name: str
    kind: FactKind
    group: Group
    definition: str
    sql: str

    @property
    def type(self) -> FactType:
        """How rules see it."""
        return self.kind if self.kind in ("text", "date") else "number"


_TEXTS = {
    "code": "the customer's code",
    "name": "the customer's name",
    "kind": "company or person",
    "stage": "lead, prospect, active, dormant or lost",
    "industry": "as recorded; missing where empty",
    "region": "as recorded; missing where empty",
    "city": "as recorded; missing where empty",
    "source": "where the customer came from: partner, association, expo, salon, site, community, content or referral "
    "under any of its usual words, else as recorded",
    "owner": "who looks after the customer",
    "tier": "the tier given by the last run",
    "consent": "yes, no or unknown",
}
_RATINGS = {
    "strategic": "strategic meaning, 0-5",
    "influence": "influence in the industry, 0-5",
    "reputation": "reputation, 0-5",
    "willingness": "willingness to cooperate, 0-5",
    "potential": "potential to grow, 0-5",
}
_COLUMNS = {
    **{name: f"NULLIF(c.{name}, '')" for name in _TEXTS},
    **{name: f"c.{name}" for name in _RATINGS},
    "source": known_sql("c.source"),
}


def _money(measure: str) -> str:
    return f"coalesce({{{measure}}}, 0) / {real_literal(100)}"


def _average(measure: str, number: str) -> str:
    """Of money. Divided once: two divisions may end beside the number that a person writes."""
    return f"coalesce({{{measure}}}, 0) / ({{{number}}} * {real_literal(100)})"


def _change(now: str, before: str) -> str:
    return f"CASE WHEN {{{before}}} > 0 THEN (coalesce({{{now}}}, 0) - {{{before}}}) / {_real(before)} END"


def _real(measure: str) -> str:
    return f"CAST({{{measure}}} AS DOUBLE PRECISION)"


def _quintile(value: str, bought: str) -> str:
    """1 + floor(5 * customers strictly worse / n), among customers with an order; those without sort before them."""
    buyers = f"(SELECT count(*) FROM measured WHERE {bought})"
    others = f"(SELECT count(*) FROM measured WHERE NOT ({bought}))"
    worse = f"(rank() OVER (ORDER BY CASE WHEN {bought} THEN {value} END NULLS FIRST) - 1 - {others})"
    return f"CASE WHEN {bought} THEN 1 + 5 * {worse} / {buyers} END"


_R = _quintile("{last_on}", "{last_on} IS NOT NULL")
_F = _quintile("{orders_ever}", "{orders_ever} > 0")
_M = _quintile("coalesce({sum_ever}, 0)", "{orders_ever} > 0")

_ALL = (
    Fact("amount_total", "money", "orders", "sum of order amounts, ever", _money("sum_ever")),
    Fact("amount_12m", "money", "orders", "sum of order amounts in 12 months", _money("sum_12m")),
    Fact("amount_3m", "money", "orders", "sum of order amounts in 3 months", _money("sum_3m")),
    Fact("amount_prev_3m", "money", "orders", "the same in the 3 months before those", _money("sum_prev_3m")),
    Fact(
        "amount_change", "share", "orders",
        "(amount_3m - amount_prev_3m) / amount_prev_3m; missing when amount_prev_3m is not above 0",
        _change("sum_3m", "sum_prev_3m"),
    ),
    Fact(
        "profit_12m", "money", "orders",
        "sum of amount - cost in 12 months; orders without a cost are left out", _money("profit_year"),
    ),
    Fact(
        "profit_total", "money", "orders",
        "sum of amount - cost, ever; orders without a cost are left out", _money("profit_ever"),
    ),
    Fact("orders_total", "integer", "orders", "number of orders, ever", "{orders_ever}"),
    Fact("orders_12m", "integer", "orders", "number of orders in 12 months", "{orders_year}"),
    Fact("orders_3m", "integer", "orders", "number of orders in 3 months", "{orders_quarter}"),
    Fact("orders_prev_3m", "integer", "orders", "number of orders in the 3 months before", "{orders_before}"),
    Fact(
        "orders_change", "share", "orders",
        "(orders_3m - orders_prev_3m) / orders_prev_3m; missing when orders_prev_3m is 0",
        _change("orders_quarter", "orders_before"),
    ),
    Fact(
        "avg_order_12m", "money", "orders", "amount_12m / orders_12m; missing without orders",
        f"CASE WHEN {{orders_year}} > 0 THEN {_average('sum_12m', 'orders_year')} END",
    ),
    Fact("first_order_on", "date", "orders", "day of the first order; missing without orders", "{first_on}"),
    Fact("last_order_on", "date", "orders", "day of the last order; missing without orders", "{last_on}"),
    Fact(
        "days_since_order", "integer", "orders", "days since the last order; missing without orders",
        "[{last_on}|<today>]",
    ),
    Fact(
        "last_contact_on", "date", "contacts",
        "day of the last contact on any channel but push; missing without one", "{contact_on}",
    ),
    Fact(
        "days_since_contact", "integer", "contacts",
        "days since the last contact on any channel but push; missing without one", "[{contact_on}|<today>]",
    ),
    Fact(
        "contacts_12m", "integer", "contacts",
        "number of contacts in 12 months on any channel but push", "{contacts_year}",
    ),
    Fact(
        "tenure_days", "integer", "orders",
        "days since the cooperation began (since; without it the first order); missing without either",
        "[coalesce({since}, {first_on})|<today>]",
    ),
    Fact(
        "renewal_rate", "share", "contracts",
        "share of the contracts that ended by the day which were renewed; missing when none ended", "{renewed}",
    ),
    Fact(
        "contract_ends_on", "date", "contracts",
        "the latest end among the contracts that run on the day; missing when none does", "{ends_on}",
    ),
    Fact("cases_open", "integer", "cases", "number of cases opened and not resolved by the day", "{open_cases}"),
    Fact("complaints_open", "integer", "cases", "complaints among the cases open on the day", "{open_complaints}"),
    Fact("complaints_12m", "integer", "cases", "number of complaints opened in 12 months", "{complaints_year}"),
    Fact(
        "major_complaints_open", "integer", "cases",
        "major complaints among the cases open on the day", "{open_majors}",
    ),
    Fact(
        "major_complaints_12m", "integer", "cases", "number of major complaints opened in 12 months", "{majors_year}",
    ),
    Fact(
        "complaint_rate_12m", "share", "cases", "complaints_12m / orders_12m; missing without orders",
        f"CASE WHEN {{orders_year}} > 0 THEN {{complaints_year}} / {_real('orders_year')} END",
    ),
    Fact(
        "csat_12m", "number", "surveys",
        "mean of the satisfaction scores (CSAT, 1-5) of 12 months; missing without one", "{csat_year}",
    ),
    Fact(
        "nps_last", "number", "surveys",
        "the latest answer, 0-10, to whether they would recommend us (NPS); missing without one", "{nps}",
    ),
    Fact(
        "referrals_won", "integer", "referrals",
        "customers that name this one (code or name) as referrer and have an order", "{won}",
    ),
    Fact("r", "integer", "rfm", "quintile 1-5 by last_order_on; 5 is best; missing without orders", _R),
    Fact("f", "integer", "rfm", "quintile 1-5 by orders_total; 5 is best; missing without orders", _F),
    Fact("m", "integer", "rfm", "quintile 1-5 by amount_total; 5 is best; missing without orders", _M),
    Fact("rfm", "integer", "rfm", "100 r + 10 f + m", f"100 * ({_R}) + 10 * ({_F}) + ({_M})"),
    Fact(
        "completeness", "share", "completeness",
        "weighted share of the policy's [completeness] fields filled with a valid value, 0-1", "{filled}",
    ),
    *(Fact(name, "text", "customer", words, f"{{{name}}}") for name, words in _TEXTS.items()),
    *(Fact(name, "integer", "customer", words, f"{{{name}}}") for name, words in _RATINGS.items()),
    Fact("since", "date", "customer", "start of the cooperation; missing where unknown", "{since}"),
    Fact("age_days", "integer", "customer", "days since the customer was recorded", "[{created_on}|<today>]"),
)  # fmt: skip

FACTS: Mapping[str, Fact] = MappingProxyType({fact.name: fact for fact in _ALL})
"""Every fact by its name."""

TYPES: Mapping[str, FactType] = MappingProxyType({fact.name: fact.type for fact in _ALL})
"""The facts as `rules.parse` takes them."""

BOUGHT = "last_order_on"
"""A fact that only customers with an order have."""

QUINTILES: Mapping[str, str] = MappingProxyType({"r": BOUGHT, "f": "orders_total", "m": "amount_total"})
"""By which fact each quintile ranks the customers who have bought."""


def rule(text: str) -> rules.Rule:
    """Read a rule that somebody asks with, over all facts of a customer; raises `rules.RuleError`, for slips, too."""
    found = rules.parse(text, TYPES)
    for slip in slips(found):
        raise slip
    return found


def compares(rule: rules.Rule) -> bool:
    """Whether the rule sets a customer beside the others: by a rank, or by a quintile."""
    ranked = any(isinstance(node, Rank) for node in walk(rule.tree))
    return ranked or any(FACTS[name].group == "rfm" for name in rule.facts)


def facts_params(today: date, zone: str) -> dict[str, str]:
    """The parameters of the SQL of facts and rules: `today`, and `d3` `d6` `d12`, the day as many months before it
    (the month's last day where it has no such day), as ISO dates; and `today_end`, `d12_end`, the last seconds of
    those two days in the time zone (an IANA name), as the database writes instants."""
    days = days_back(today, 3, 6, 12)
    ends = {f"{name}_end": _last_second(date.fromisoformat(days[name]), zone) for name in ("today", "d12")}
    return days | ends


def _last_second(day: date, zone: str) -> str:
    # fold: where the clocks go back over midnight, the day ends the second time.
    end = datetime.combine(day, time(23, 59, 59, fold=1), ZoneInfo(zone)).astimezone(UTC)
    return f"{end.replace(tzinfo=None).isoformat()}Z"


def facts_sql(
    names: Collection[str],
    *,
    dialect: Dialect = "sqlite",
    weights: Mapping[str, Decimal] | None = None,
    everybody: bool = False,
    of: str = "",
) -> str:
    """One SELECT: `customer_id` and the named facts (in the order of FACTS), one row for each rated customer.

    With `everybody` leads have a row, too; with `of`, a query of ids, only those customers have one: both for facts and
    rules in which customers are not compared.
    `weights` are those of the policy's `[completeness]` fields. Parameters: see `facts_params`.
    Its columns are costly: read it into a table, or a MATERIALIZED CTE (`with_facts`), before comparing them.
    Raises KeyError for a name that is not in FACTS.
    """
    wanted = {FACTS[name].name for name in names}
    chosen = [fact for fact in _ALL if fact.name in wanted]
    used = re.findall(r"\{(\w+)\}", " ".join(fact.sql for fact in chosen))
    of_year = not OF_YEAR.keys().isdisjoint(used)
    measures = OF_YEAR | MEASURES | (BESIDE_YEAR if of_year else {}) | _COLUMNS
    measures["filled"] = completeness_sql(weights or DEFAULT_WEIGHTS)
    # SQLite puts a subquery's expressions wherever they are named: what is named twice is worked out twice.
    once = "" if len(used) == len(set(used)) else "MATERIALIZED "
    join = JOIN_WON if "won" in used else ""
    columns = ["c.id AS customer_id", *(f"{measures[name]} AS {name}" for name in dict.fromkeys(used))]
    ctes = [WON] if "won" in used else []
    conditions = [*([] if everybody else [_RATED]), *([f"c.id IN ({of})"] if of else [])]
    chosen_rows = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    if of_year:
        # The customers' own columns follow from the id.
        groups = ", ".join(["c.id", *(["won_by_code.customers", "won_by_name.customers"] if "won" in used else [])])
        join, chosen_rows = f"{join}{JOIN_YEAR}", f"{chosen_rows} GROUP BY {groups}"
    ctes.append(f"measured AS {once}(SELECT {', '.join(columns)} FROM customer AS c{join}{chosen_rows})")
    results = ["customer_id", *(f"{_plain(fact.sql)} AS {fact.name}" for fact in chosen)]
    sql = f"WITH {', '.join(ctes)} SELECT {', '.join(results)} FROM measured"
    return _in_dialect(sql, dialect)


def with_facts(
    names: Collection[str], *, dialect: Dialect = "sqlite", weights: Mapping[str, Decimal] | None = None
) -> str:
    """`WITH facts AS MATERIALIZED (…)`, to be followed by a SELECT with the conditions of rules."""
    return f"WITH facts AS MATERIALIZED ({facts_sql(names, dialect=dialect, weights=weights)})"


def _plain(sql: str) -> str:
    return re.sub(r"\{(\w+)\}", r"measured.\1", sql)


def _in_dialect(sql: str, dialect: Dialect) -> str:
    sql = re.sub(r"<(today|d3|d6|d12)>", lambda found: date_parameter(found[1], dialect), sql)
    return re.sub(r"\[([^|\]]+)\|([^\]]+)\]", lambda found: days_between(found[1], found[2], dialect), sql)
