"""The figures of the plan against a plain model, and their targets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import mean

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.cleaning.completeness import completeness
from crmcli.policy.definitions import Target
from crmcli.policy.quality import KPIS
from crmcli.reports.kpis import Standing, definitions, kpis, missed
from crmcli.store.workspace import Workspace
from tests.conftest import Crm
from tests.grading.bases import D12, TODAY, Customer, Order, bases, database, fill, opened, rated

NAMES = [
    "completeness", "response_hours", "resolve_hours", "complaint_satisfaction", "csat", "nps", "repurchase_rate",
    "churn_rate", "retention_rate", "loyal_share", "ltv", "dormant_share", "dormant_woken", "sla_kept",
]  # fmt: skip
REFERENCE = Path(__file__).parent.parent.parent / "docs" / "value.md"
# The clock of the tests, as the database writes it, and the ends of its day and of that day a year before in Shanghai.
NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
DAY_END, YEAR_END = datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), datetime(2025, 11, 20, 15, 59, 59, tzinfo=UTC)


@dataclass
class Case:
    """A case and what is set and known of it."""

    kind: str
    status: str
    opened: datetime
    respond_by: datetime | None
    responded: datetime | None
    resolve_by: datetime | None
    resolved: datetime | None

    @property
    def moments(self) -> tuple[datetime | None, ...]:
        return (self.opened, self.respond_by, self.responded, self.resolve_by, self.resolved)


@dataclass
class Answer:
    kind: str
    score: float
    at: datetime
    case: int | None


_EDGES = [DAY_END, YEAR_END, NOW, datetime(2026, 6, 1, 4, tzinfo=UTC)]
_INSTANTS = st.builds(
    lambda edge, seconds: edge + timedelta(seconds=seconds),
    st.sampled_from(_EDGES),
    st.sampled_from([-100_000, -3_601, -1, 0, 1, 1_800, 90_000]),
)
_CASES = st.builds(
    Case,
    st.sampled_from(["enquiry", "complaint", "crisis"]),
    st.sampled_from(["open", "responded", "resolved", "closed"]),
    _INSTANTS,
    *[st.none() | _INSTANTS] * 4,
)
_ANSWERS = st.one_of(
    st.builds(
        Answer, st.just("csat"), st.sampled_from([1, 3, 3.5, 4, 4.5, 5]), _INSTANTS, st.none() | st.integers(0, 3)
    ),
    st.builds(Answer, st.just("nps"), st.sampled_from([0, 6, 7, 8, 9, 10]), _INSTANTS, st.none()),
)


def figures(ws: Workspace) -> dict[str, float | None]:
    return {standing.kpi.name: standing.actual for standing in kpis(ws)}


def text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def serve(ws: Workspace, cases: Sequence[Case], answers: Sequence[Answer]) -> None:
    """Write cases and answers of the first customer."""
    moments = ("opened_at", "respond_by", "responded_at", "resolve_by", "resolved_at")
    ws.db.insert(
        "cases",
        ("number", "customer_id", "kind", "severity", "status", *moments),
        [(f"T{n}", 1, case.kind, "minor", case.status, *map(text, case.moments)) for n, case in enumerate(cases)],
    )
    ws.db.insert(
        "survey",
        ("customer_id", "kind", "score", "at", "nth", "case_number"),
        [(1, a.kind, a.score, text(a.at), n, None if a.case is None else f"T{a.case}") for n, a in enumerate(answers)],
    )


def average(values: Sequence[float]) -> float | None:
    return mean(values) if values else None


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def hours(case: Case, done: datetime | None) -> list[float]:
    return [(done - case.opened) / timedelta(hours=1)] if done and case.opened <= done <= DAY_END else []


def kept(by: datetime | None, done: datetime | None, undone: bool) -> str:
    """How one deadline of a case stands at NOW."""
    if by is None:
        return "none"
    if done is not None and done <= DAY_END:
        return "kept" if done <= by else "missed"
    if done is not None or undone:
        return "missed" if by < NOW else "open"
    return "none"


def stands(case: Case) -> str:
    first = kept(case.respond_by, case.responded or case.resolved, case.status == "open")
    second = kept(case.resolve_by, case.resolved, case.status in ("open", "responded"))
    return next((state for state in ("missed", "open", "kept") if state in (first, second)), "none")


@settings(max_examples=150, deadline=None)
@given(cases=st.lists(_CASES, max_size=6), answers=st.lists(_ANSWERS, max_size=6))
def test_cases_and_answers(founded: bytes, cases: list[Case], answers: list[Answer]) -> None:
    with database(founded) as path:
        with opened(path) as ws:
            fill(ws, [Customer(1)])
            serve(ws, cases, answers)
        with opened(path, readonly=True) as ws:
            found = figures(ws)
    year = [case for case in cases if YEAR_END < case.opened <= DAY_END]
    assert found["response_hours"] == pytest.approx(average([h for c in year for h in hours(c, c.responded)]))
    assert found["resolve_hours"] == pytest.approx(average([h for c in year for h in hours(c, c.resolved)]))
    states = [stands(case) for case in year]
    assert found["sla_kept"] == share(states.count("kept"), states.count("kept") + states.count("missed"))
    said = [answer for answer in answers if YEAR_END < answer.at <= DAY_END]
    csat = [answer for answer in said if answer.kind == "csat"]
    about = [a for a in csat if a.case is not None and a.case < len(cases) and cases[a.case].kind == "complaint"]
    assert found["csat"] == share(sum(a.score >= 4 for a in csat), len(csat))
    assert found["complaint_satisfaction"] == share(sum(a.score >= 4 for a in about), len(about))
    nps = [answer.score for answer in said if answer.kind == "nps"]
    points = share(sum(score >= 9 for score in nps) - sum(score <= 6 for score in nps), len(nps))
    assert found["nps"] == (None if points is None else pytest.approx(100 * points))


@settings(max_examples=60, deadline=None)
@given(base=bases())
def test_orders_and_silence(founded: bytes, base: list[Customer]) -> None:
    with database(founded) as path:
        with opened(path) as ws:
            fill(ws, base)
        with opened(path, readonly=True) as ws:
            found, complete = figures(ws), completeness(ws, ())[0]
    everybody = rated(base)
    active = [c for c in everybody if c.sales(D12)]
    before = [c for c in everybody if c.sales(TODAY - relativedelta(years=2), D12)]
    stayed = [c for c in before if c.sales(D12)]
    assert found["repurchase_rate"] == share(sum(len(c.sales(D12)) >= 2 for c in active), len(active))
    assert found["loyal_share"] == share(sum(len(c.sales(D12)) >= 3 for c in active), len(active))
    assert found["retention_rate"] == share(len(stayed), len(before))
    assert found["churn_rate"] == share(len(before) - len(stayed), len(before))
    if before and active:
        worth, r = mean(c.amount(D12) for c in active) / 100, len(stayed) / len(before)
        assert found["ltv"] == pytest.approx(worth * r / (1.12 - r), abs=0.0051)
    else:
        assert found["ltv"] is None
    assert found["dormant_share"] == share(sum(dormant(c, TODAY) for c in everybody), len(everybody))
    asleep = [c for c in everybody if dormant(c, D12)]
    woken = [c for c in asleep if c.sales(D12) or any(D12 < day <= TODAY and how != "push" for day, how in c.talks)]
    assert found["dormant_woken"] == share(len(woken), len(asleep))
    assert found["completeness"] == (pytest.approx(complete.completeness) if everybody else None)


def dormant(c: Customer, on: date) -> bool:
    talks = [day for day, channel in c.talks if day <= on and channel != "push"]
    return (on - max(talks, default=c.created_on)).days > 183


def test_who_fell_asleep_and_woke(crm: Crm) -> None:
    """Recorded two years ago: all of them were dormant a year ago, and one has talked and one ordered since."""
    old = date(2024, 11, 1)
    with crm() as ws:
        silent = Customer(1, created_on=old, talks=[(date(2026, 10, 1), "push")])
        spoke = Customer(2, created_on=old, talks=[(date(2025, 12, 1), "call")])
        bought = Customer(3, created_on=old, orders=[Order(date(2025, 12, 1), 100)])
        gave_back = Customer(4, created_on=old, orders=[Order(date(2025, 12, 1), 100, "returned")])
        fill(ws, [silent, spoke, bought, gave_back, Customer(5, stage="lead", created_on=old)])
        found = figures(ws)
    # Nobody has talked for half a year again: the one contact is of a year ago.
    assert (found["dormant_share"], found["dormant_woken"]) == (1.0, 0.5)


def test_the_past_and_the_future(crm: Crm) -> None:
    moments = [datetime(2026, 11, day, 4, tzinfo=UTC) for day in (10, 12, 14)]
    case = Case("complaint", "resolved", moments[0], moments[0], moments[1], moments[2], moments[2])
    with crm() as ws:
        fill(ws, [Customer(1, orders=[Order(date(2026, 11, 11), 100), Order(date(2026, 11, 13), 100)])])
        serve(ws, [case], [Answer("csat", 5, moments[2], 0)])

    def at(day: str) -> tuple[float | None, ...]:
        with crm(now=datetime.fromisoformat(f"{day}T09:00+08:00"), readonly=True) as ws:
            found = figures(ws)
        return tuple(found[name] for name in ("response_hours", "sla_kept", "resolve_hours", "csat", "repurchase_rate"))

    assert at("2026-11-09") == (None, None, None, None, None)
    # The response was due when the case was opened, and was late; nothing is solved, nobody bought twice.
    assert at("2026-11-12") == (48.0, 0.0, None, None, 0.0)
    assert at("2026-11-14") == (48.0, 0.0, 96.0, 1.0, 1.0)
    assert at("2027-11-09") == (48.0, 0.0, 96.0, 1.0, 1.0)
    assert at("2027-11-14") == (None, None, None, None, None)


def test_every_figure_is_told_even_of_nothing(crm: Crm) -> None:
    with crm(readonly=True) as ws:
        found = kpis(ws)
    assert [standing.kpi.name for standing in found] == NAMES
    assert {(standing.actual, standing.passed) for standing in found} == {(None, None)}
    assert all(standing.note for standing in found)
    assert {standing.unit for standing in found} == {"share", "hours", "points", "CNY"}


def aiming(ws: Workspace, *targets: Target) -> list[Standing]:
    """The standings beside these targets, as if the policy set them."""
    ws.__dict__["policy"] = replace(ws.policy, targets=targets)
    return kpis(ws)


@pytest.mark.parametrize(
    ("name", "target", "passed"),
    [
        ("repurchase_rate", "0.5", True),
        ("repurchase_rate", "0.51", False),
        # 1 - 0.5 and the like must not miss by a bit of a float.
        ("churn_rate", "0.5", True),
        ("churn_rate", "0.49", False),
        ("retention_rate", "0.5", True),
        ("nps", "-100", False),
    ],
)
def test_a_target_is_judged_from_its_day_on(crm: Crm, name: str, target: str, passed: bool) -> None:
    two = [Order(date(2025, 6, 1), 100), Order(date(2026, 6, 1), 100)]
    with crm() as ws:
        fill(ws, [Customer(1, orders=[*two, two[1]]), Customer(2, orders=two[:1]), Customer(3, orders=two[1:])])
        days = ((TODAY + timedelta(days=1), None), (TODAY, passed), (TODAY - timedelta(days=1), passed))
        for day, expected in days:
            found = aiming(ws, Target(name, None, Decimal(target), day))
            (judged,) = [standing for standing in found if standing.target]
            assert (judged.kpi.name, judged.passed) == (name, expected)
            assert missed(found) == ([judged] if expected is False else [])


def test_a_target_that_was_reached_on_its_day_stays_reached(crm: Crm) -> None:
    twice = [Order(date(2025, 11, 30), 100), Order(date(2025, 12, 1), 100)]
    end = date(2026, 10, 31)
    moment, late = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 31, 15, tzinfo=UTC)
    case = Case("complaint", "open", moment, moment, moment, None, None)
    with crm() as ws:
        fill(ws, [Customer(1, orders=twice), Customer(2, orders=[Order(date(2026, 6, 1), 100)])])
        serve(ws, [case, replace(case, respond_by=late, responded=NOW)], [])
    with crm(now=datetime(2026, 12, 10, 9), readonly=True) as ws:
        names = ("repurchase_rate", "sla_kept", "nps", "completeness")
        found = aiming(ws, *(Target(name, None, Decimal("0.5"), end) for name in names))
    judged = {one.kpi.name: (one.actual, one.passed, one.note) for one in found if one.target}
    assert judged["repurchase_rate"] == (0.0, True, "on 2026-10-31: 50.0%")
    assert judged["sla_kept"] == (0.5, True, "on 2026-10-31: 50.0%")
    nothing = "no NPS answer in 12 months"
    assert judged["nps"] == (None, False, f"{nothing}; on 2026-10-31: {nothing}")
    # Nobody knows what the records were.
    assert judged["completeness"][2] == ""


def test_a_figure_stands_beside_each_of_its_targets(crm: Crm) -> None:
    first = Target("completeness", Decimal("0.65"), Decimal("0.1"), date(2026, 6, 1))
    last = Target("completeness", Decimal("0.65"), Decimal("0.95"), date(2027, 6, 1))
    with crm() as ws:
        fill(ws, [Customer(1)])
        found = aiming(ws, first, last)
    assert [(one.kpi.name, one.target, one.passed) for one in found[:2]] == [
        ("completeness", first, True),
        ("completeness", last, None),
    ]
    assert len(found) == len(NAMES) + 1


def test_the_reference_has_every_figure_with_its_formula() -> None:
    page = " ".join(REFERENCE.read_text("utf-8").split())
    assert [kpi.name for kpi in definitions()] == NAMES == list(KPIS)
    for kpi in definitions():
        assert f"| `{kpi.name}` |" in page
        assert kpi.formula in page, kpi.name
        assert f"| {kpi.unit}, {kpi.better} |" in page
