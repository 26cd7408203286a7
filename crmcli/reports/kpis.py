"""The figures that the plan is judged by, each defined once: what it is called, how it is worked out, its SQL.

As of a day D: what came later has not happened, and a year is that of the facts, (D - 12 months, D]. Completeness is
that of the records as they are today. A target is judged by the figure of its own day. docs/value.md has each formula
with its source; a test holds it to this page.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from crmcli.grading.value.buyers import BUYERS, MULTIPLE, RETENTION
from crmcli.i18n import _
from crmcli.policy.completeness import completeness_sql
from crmcli.policy.counting import IN_YEAR, IS_ORDER, days_back
from crmcli.policy.definitions import Target
from crmcli.policy.facts import facts_params
from crmcli.policy.quality import KPIS, Unit
from crmcli.reports.writing.cells import money, number
from crmcli.store.database import Row
from crmcli.store.workspace import Workspace

Source = Literal["records", "year_cases", "answers", "buyers", "silences"]

_HALF_YEAR = timedelta(days=183)


@dataclass(frozen=True)
class Kpi:
    """One figure.

    `value` is an aggregate over the rows of `source` (see `_sources`), and `made_of` how many of them it is made of;
    `nothing` says what is missing where it cannot be told.
    """

    name: str
    label: str
    formula: str
    better: Literal["higher", "lower"]
    source: Source
    value: str
    made_of: str
    nothing: str

    @property
    def unit(self) -> Unit:
        """What the policy reads targets of it in: share (0 to 1), hours, points or money."""
        return KPIS[self.name]


@dataclass(frozen=True)
class Standing:
    """A figure beside one target of the policy, or alone.

    Shares are 0 to 1, money is in units of the currency. `actual` is None where nothing can be told. `passed` is None
    without a target and before its day. `note` says why nothing can be told, and what the target is judged by when
    its day is over.
    """

    kpi: Kpi
    unit: str
    actual: float | None
    note: str
    as_of: date
    target: Target | None
    passed: bool | None


def kpis(ws: Workspace) -> list[Standing]:
    """Every figure in the order of the reference; one with several targets once for each, the earliest first."""
    pairs: list[tuple[Kpi, Target | None]] = []
    for kpi in definitions():
        targets: list[Target | None] = [target for target in ws.policy.targets if target.kpi == kpi.name]
        pairs += [(kpi, target) for target in targets or [None]]
    asked = {ws.today: set(KPIS)}
    for kpi, target in pairs:
        asked.setdefault(_judged_on(kpi, target, ws.today), set()).add(kpi.name)
    measured = {day: _measured(ws, day, names) for day, names in asked.items()}
    return [_standing(ws, kpi, target, measured) for kpi, target in pairs]


def _judged_on(kpi: Kpi, target: Target | None, today: date) -> date:
    """The day as of which a target is judged; of the records nothing but today is known."""
    return target.by if target and target.by < today and kpi.source != "records" else today


def _standing(
    ws: Workspace, kpi: Kpi, target: Target | None, measured: Mapping[date, Mapping[str, float | None]]
) -> Standing:
    unit = ws.policy.currency if kpi.unit == "money" else kpi.unit
    actual, day = measured[ws.today][kpi.name], _judged_on(kpi, target, ws.today)
    judged = measured[day][kpi.name]
    notes = [kpi.nothing] if actual is None else []
    if day < ws.today:
        notes.append(_("on {day}: {words}").format(day=day, words=spoken(judged, unit) or kpi.nothing))
    return Standing(kpi, unit, actual, "; ".join(notes), ws.today, target, _passed(kpi, judged, target, ws.today))


def missed(standings: Sequence[Standing]) -> list[Standing]:
    """Those that miss a target whose day has come."""
    return [standing for standing in standings if standing.passed is False]


def spoken(value: float | Decimal | None, unit: str) -> str | None:
    """A figure with its unit, as people write it."""
    if value is None:
        return None
    figure = float(value)
    if unit == "share":
        return f"{figure:.1%}"
    if unit == "hours":
        return _("{number} h").format(number=f"{figure:,.1f}")
    return money(figure, unit) if unit.isupper() else number(figure)


def verdict(standing: Standing) -> str | None:
    """Whether the target is reached, in a word; None without one."""
    if standing.target is None:
        return None
    return {True: _("reached"), False: _("missed"), None: _("not due yet")}[standing.passed]


def _passed(kpi: Kpi, actual: float | None, target: Target | None, today: date) -> bool | None:
    """Whether the target is reached; what could not be measured on its day was not."""
    if target is None or today < target.by:
        return None
    if actual is None:
        return False
    # To nine digits: a sum of a thousand weights is not quite what it would be on paper.
    reached, wanted = round(actual, 9), round(float(target.target), 9)
    return reached >= wanted if kpi.better == "higher" else reached <= wanted


def _measured(ws: Workspace, day: date, names: Collection[str]) -> dict[str, float | None]:
    """By name, figures as of a day: one statement for all that are made of the same rows."""
    found: dict[str, float | None] = {}
    params = _params(ws, day)
    for source, rows in _sources(ws).items():
        asked = [kpi for kpi in definitions() if kpi.source == source and kpi.name in names]
        if not asked:
            continue
        columns = ", ".join(f"{kpi.value} AS {kpi.name}, {kpi.made_of} AS {kpi.name}_of" for kpi in asked)
        row = ws.db.first(f"WITH {rows} SELECT {columns} FROM {source}", params)
        assert row is not None
        found |= {kpi.name: _figure(kpi, row) for kpi in asked}
    return found


def _figure(kpi: Kpi, row: Row) -> float | None:
    value = row[kpi.name]
    if value is None or not row[f"{kpi.name}_of"]:
        return None
    return round(value / 100, 2) if kpi.unit == "money" else float(value)


# ---------------------------------------------------------------------------------------- the definitions


def _share(condition: str, of: str = "true") -> str:
    return f"avg(CASE WHEN {condition} THEN 1.0 ELSE 0.0 END) FILTER (WHERE {of})"


def _count(of: str) -> str:
    return f"count(*) FILTER (WHERE {of})"


def _hours(until: str) -> str:
    # Whole seconds: a difference of Julian days is off by some.
    return f"avg(strftime('%s', {until}) - strftime('%s', opened_at)) / 3600.0"


_ACTIVE, _BEFORE = "orders_12m > 0", "orders_24m > orders_12m"
_CSAT, _NPS = "kind = 'csat'", "kind = 'nps'"
_OF_COMPLAINT = f"{_CSAT} AND case_kind = 'complaint'"


def definitions() -> tuple[Kpi, ...]:
    """Every figure that a policy can set a target for, in the language spoken now."""
    no_customers = _("there are no customers")
    no_orders = _("nobody ordered in 12 months")
    no_year_before = _("nobody ordered in the 12 months before the last 12")
    return (
        Kpi(
            "completeness",
            _("Completeness of the data"),
            _(
                "mean, over the rated customers, of the weighted share of the policy's completeness fields that have a "
                "valid value; of the records as they are now"
            ),
            "higher", "records", "avg(filled)", "count(*)", no_customers,
        ),
        Kpi(
            "response_hours",
            _("Hours to the first response"),
            _("mean of the clock hours from opening to response, over the cases opened in 12 months with a response"),
            "lower", "year_cases", _hours("responded_at"), "count(responded_at)",
            _("no case opened in 12 months has a response"),
        ),
        Kpi(
            "resolve_hours",
            _("Hours to the solution"),
            _("mean of the clock hours from opening to solution, over the cases opened in 12 months that are resolved"),
            "lower", "year_cases", _hours("resolved_at"), "count(resolved_at)",
            _("no case opened in 12 months is resolved"),
        ),
        Kpi(
            "complaint_satisfaction",
            _("Satisfied after a complaint"),
            _("share of 4 and above among the CSAT answers of 12 months that name a case which is a complaint"),
            "higher", "answers", _share("score >= 4", _OF_COMPLAINT), _count(_OF_COMPLAINT),
            _("no CSAT answer of 12 months is about a complaint"),
        ),
        Kpi(
            "csat",
            _("Satisfied customers (CSAT)"),
            _("share of 4 and above among the CSAT answers (1-5) of 12 months"),
            "higher", "answers", _share("score >= 4", _CSAT), _count(_CSAT),
            _("no CSAT answer in 12 months"),
        ),
        Kpi(
            "nps",
            _("Net promoter score (NPS)"),
            _("100 x (answers of 9 and 10 - answers of 0 to 6) / all NPS answers (0-10) of 12 months"),
            "higher", "answers",
            f"100.0 * ({_count(f'{_NPS} AND score >= 9')} - {_count(f'{_NPS} AND score <= 6')})"
            f" / nullif({_count(_NPS)}, 0)",
            _count(_NPS),
            _("no NPS answer in 12 months"),
        ),
        Kpi(
            "repurchase_rate",
            _("Repurchase rate"),
            _("of the customers who ordered in 12 months, the share that ordered at least twice in them"),
            "higher", "buyers", _share("orders_12m >= 2", _ACTIVE), _count(_ACTIVE), no_orders,
        ),
        Kpi(
            "churn_rate",
            _("Churn rate"),
            _(
                "of the customers who ordered in the 12 months before the last 12, the share without an order in the "
                "last 12"
            ),
            "lower", "buyers", _share("orders_12m = 0", _BEFORE), _count(_BEFORE), no_year_before,
        ),
        Kpi(
            "retention_rate",
            _("Retention rate"),
            _(
                "of the customers who ordered in the 12 months before the last 12, the share with an order in the "
                "last 12"
            ),
            "higher", "buyers", RETENTION, _count(_BEFORE), no_year_before,
        ),
        Kpi(
            "loyal_share",
            _("Share of loyal customers"),
            _("of the customers who ordered in 12 months, the share that ordered at least three times in them"),
            "higher", "buyers", _share("orders_12m >= 3", _ACTIVE), _count(_ACTIVE), no_orders,
        ),
        Kpi(
            "ltv",
            _("Expected lifetime value"),
            _(
                "m x r / (1 + i - r): m is the mean worth of the last 12 months of a customer who ordered in them "
                "(profit of orders with a cost, amount of others), r the retention rate, i = 12 %"
            ),
            "higher", "buyers", f"avg(amount_12m - cost_12m) FILTER (WHERE {_ACTIVE}) * {MULTIPLE}",
            _count(_BEFORE), _("needs orders of the last 12 months and of the 12 before"),
        ),
        Kpi(
            "dormant_share",
            _("Share of dormant customers"),
            _(
                "share of the rated customers without a contact other than push in 183 days; who was never contacted "
                "counts from the day of being recorded"
            ),
            "lower", "silences", _share("dormant"), "count(*)", no_customers,
        ),
        Kpi(
            "dormant_woken",
            _("Dormant customers woken"),
            _("of the rated customers who were dormant 12 months ago, the share with a contact or an order since"),
            "higher", "silences", _share("woken", "was_dormant"), _count("was_dormant"),
            _("nobody was dormant 12 months ago"),
        ),
        Kpi(
            "sla_kept",
            _("Deadlines kept"),
            _(
                "of the cases opened in 12 months with a deadline for the response or the solution, the share that met "
                "what is set of them; a deadline that passed unmet is missed, a case that can still meet all is left "
                "out"
            ),
            "higher", "year_cases", "avg(kept)", "count(kept)",
            _("no case opened in 12 months had a deadline by now"),
        ),
    )  # fmt: skip


# ---------------------------------------------------------------------------------- what they are made of


def _params(ws: Workspace, day: date) -> dict[str, str]:
    days = facts_params(day, ws.zone) | days_back(day, 24)
    year_ago = date.fromisoformat(days["d12"])
    return {
        **days,
        "now": ws.stamp if day == ws.today else days["today_end"],
        "silent": (day - _HALF_YEAR).isoformat(),
        "silent_then": (year_ago - _HALF_YEAR).isoformat(),
    }


def _sources(ws: Workspace) -> dict[Source, str]:
    """The rows that figures are made of, each a part of a WITH of that name."""
    return {
        "records": (
            f"records AS (SELECT {completeness_sql(ws.policy.weights)} AS filled"
            " FROM customer AS c WHERE c.stage <> 'lead')"
        ),
        "year_cases": _CASES,
        "answers": _ANSWERS,
        "buyers": BUYERS,
        "silences": _SILENCES,
    }


def _deadline(by: str, done: str, undone: tuple[str, ...]) -> str:
    """1 kept, 0 missed, -1 it can still be kept; NULL where none is set, or it was met and does not say when."""
    states = ", ".join(f"'{state}'" for state in undone)
    return (
        f"CASE WHEN {by} IS NULL THEN NULL"
        f" WHEN {done} <= :today_end THEN CASE WHEN {done} <= {by} THEN 1 ELSE 0 END"
        f" WHEN {done} IS NOT NULL OR status IN ({states}) THEN CASE WHEN {by} < :now THEN 0 ELSE -1 END END"
    )


# A case that was resolved without a word before was answered by that.
_CASES = f"""
    year_cases AS (
        SELECT *, CASE WHEN 0 IN (responded, resolved) THEN 0.0 WHEN -1 IN (responded, resolved) THEN NULL
            WHEN 1 IN (responded, resolved) THEN 1.0 END AS kept
        FROM (
            SELECT opened_at,
                CASE WHEN responded_at BETWEEN opened_at AND :today_end THEN responded_at END AS responded_at,
                CASE WHEN resolved_at BETWEEN opened_at AND :today_end THEN resolved_at END AS resolved_at,
                {_deadline("respond_by", "coalesce(responded_at, resolved_at)", ("open",))} AS responded,
                {_deadline("resolve_by", "resolved_at", ("open", "responded"))} AS resolved
            FROM cases WHERE opened_at > :d12_end AND opened_at <= :today_end) AS judged)
"""

_ANSWERS = """
    answers AS (
        SELECT survey.kind, survey.score, cases.kind AS case_kind
        FROM survey LEFT JOIN cases ON cases.number = survey.case_number
        WHERE survey.at > :d12_end AND survey.at <= :today_end)
"""

_SPOKE = (
    "SELECT i.contact_on FROM interaction AS i WHERE i.customer_id = c.id AND i.channel <> 'push'"
    " AND i.contact_on <= {until} ORDER BY i.contact_on DESC LIMIT 1"
)
_SILENCES = f"""
    spoken AS MATERIALIZED (
        SELECT c.id, c.created_on, ({_SPOKE.format(until=":today")}) AS spoke_on,
            ({_SPOKE.format(until=":d12")}) AS spoke_then
        FROM customer AS c WHERE c.stage <> 'lead'),
    silences AS (
        SELECT coalesce(spoke_on, created_on) < :silent AS dormant,
            coalesce(spoke_then, created_on) < :silent_then AS was_dormant,
            spoke_on > :d12 OR EXISTS (
                SELECT 1 FROM orders AS o WHERE o.customer_id = spoken.id AND {IN_YEAR} AND {IS_ORDER}) AS woken
        FROM spoken)
"""
