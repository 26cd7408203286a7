"""Which orders count, in which windows, and which cases are open: every sum and count names these conditions.

They are SQL over a row `o` of `orders` or `k` of `cases`, as of the day D of the parameter `:today`. `measures` makes
the facts of them; a list or report that needs its sums in minor units, all in one pass, or over a period of its own
says them in a statement of its own. Light to import: every `list` and `show` starts with it.
"""

from datetime import date

from crmcli.calendars import Cadence, add

# Not "NOT IN" the other two: SQLite finds most orders paid at the first look.
COUNTED = "o.status IN ('paid', 'open')"
"""Neither cancelled nor returned."""
IS_ORDER = "o.amount >= 0"
"""No credit: one counts in amounts, and is no order otherwise."""

BY_TODAY = f"o.ordered_on <= :today AND {COUNTED}"
"""The orders that count up to D."""
IN_YEAR = f"o.ordered_on > :d12 AND {BY_TODAY}"
"""Those of the 12 months up to D; the parameters are `days_back(today, 12)`."""

OPEN = "(k.resolved_at > :today_end OR (k.resolved_at IS NULL AND k.status NOT IN ('resolved', 'closed')))"
"""Of the cases opened by the end of D (`:today_end`, see `facts.facts_params`), those that were not resolved by it."""
COMPLAINT = "k.kind = 'complaint'"
MAJOR = f"{COMPLAINT} AND k.severity = 'major'"


def days_back(today: date, *months: int) -> dict[str, str]:
    """The parameters `today` and, for each number of months, `dN`: the day so many months before, as ISO dates.

    In a month too short for the day it is the month's last. A window begins after it: 12 months are (d12, today].
    """
    days = {f"d{number}": add(Cadence(number, "month"), today, -1).isoformat() for number in months}
    return {"today": today.isoformat(), **days}
