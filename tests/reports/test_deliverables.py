"""The deliverables: each is whole in both languages, takes the choice it was given, and its figures add up."""

import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from crmcli import i18n
from crmcli.errors import UsageError
from crmcli.grading.value.companions import companions
from crmcli.intake import records
from crmcli.reports import deliverables, lists
from crmcli.reports.deliverables.frame import asked
from crmcli.reports.documents import Chart, Document, HeatMap
from crmcli.tables import Table
from tests.conftest import Crm, Run

ALL = tuple(deliverables.deliverables())


def _report(crm: Crm, name: str, **choice: Any) -> Document:
    with crm(readonly=True) as ws:
        return deliverables.report(ws, name, asked(ws, **choice))


def _table(document: Document, title: str) -> list[Any]:
    return next([*section.rows] for section in document.sections if section.title == title)  # type: ignore[union-attr]


@pytest.fixture
def stocked(db: Any, crm: Crm, stocked_bytes: bytes) -> Crm:
    db.write_bytes(stocked_bytes)
    return crm


# ------------------------------------------------------------------------------------------- what all have


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ALL)
def test_every_deliverable_says_what_it_is_of(stocked: Crm, name: str, language: str) -> None:
    i18n.choose(language)
    document = _report(stocked, name)
    assert document.title and document.sections and document.currency == "CNY"
    assert document.policy == ("standard", 1)
    assert document.as_of.isoformat() == "2026-11-20T09:00:00+08:00"
    for section in document.sections:
        assert section.title
        if isinstance(section, Table):
            assert all({column.key for column in section.columns} <= set(row) for row in section.rows)
            assert len({column.heading for column in section.columns}) == len(section.columns), section.title
        if isinstance(section, Chart):
            assert all(len(series.values) == len(section.labels) for series in section.series)
        if isinstance(section, HeatMap):
            assert [len(line) for line in section.values] == [len(section.columns)] * len(section.rows)


@pytest.mark.parametrize("name", ALL)
def test_an_empty_base_has_every_deliverable(crm: Crm, name: str) -> None:
    assert _report(crm, name).sections


@pytest.mark.parametrize("name", ALL)
def test_the_same_content_is_the_same_page(stocked: Crm, name: str) -> None:
    assert _report(stocked, name) == _report(stocked, name)


@pytest.mark.parametrize(
    ("name", "choice", "said"),
    [
        ("invoice", {}, "there is no report 'invoice'"),
        ("base", {"customer": "C000001"}, "is not about one customer"),
        ("base", {"since": "today"}, "takes no --since"),
        ("handbook", {"where": {"owner": "周明远"}}, "takes no choice of customers"),
        ("base", {"rule": "amount >"}, "--where, column"),
    ],
)
def test_what_a_deliverable_cannot_be_asked_is_said(stocked: Crm, name: str, choice: Any, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        _report(stocked, name, **choice)
    assert said in refused.value.message


def test_the_choice_stands_on_the_page(stocked: Crm) -> None:
    document = _report(stocked, "base", where={"owner": "周明远", "tier": "key"}, rule="orders_12m > 0")
    assert document.scope == "Owner: 周明远; Tier: Key; orders_12m > 0"
    rows = _table(document, "Customers")
    assert rows and {row["owner"] for row in rows} == {"周明远"} and {row["tier"] for row in rows} == {"Key"}


# ------------------------------------------------------------------------------------------ right answers


def test_the_base_has_what_the_lists_have(stocked: Crm) -> None:
    document = _report(stocked, "base")
    with stocked(readonly=True) as ws:
        listed = {row["code"]: row for row in lists.customers(ws)}
        people: dict[str, Any] = {}
        for row in lists.contacts(ws):
            people.setdefault(row["code"], row)
    rows = _table(document, "Customers")
    assert [row["code"] for row in rows] == sorted(listed)
    for row in rows:
        known = listed[row["code"]]
        for name in ("orders_12m", "amount_12m", "amount_total", "last_contact_on", "city", "owner"):
            assert row[name] == known[name], (row["code"], name)
        assert row["contact"] == (people[row["code"]]["name"] if row["code"] in people else None)
        assert len(row["tags"]) == len(known["tags"])


def test_a_credit_is_no_order(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司"})
        records.add_order(ws, "C000001", {"amount": "100", "ordered_on": "2026-10-01"})
        records.add_order(ws, "C000001", {"amount": "-30", "ordered_on": "2026-11-01"})
    (row,) = _table(_report(crm, "base"), "Customers")
    assert (row["orders_12m"], row["amount_12m"], row["last_order_on"]) == (1, 7_000, "2026-10-01")


def test_the_tiers_share_customers_and_amount(stocked: Crm) -> None:
    rows = _table(_report(stocked, "tiers"), "The tiers")
    assert [row["tier"] for row in rows] == ["Strategic", "Key", "Growth", "Basic"]
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    assert sum(row["amount_share"] for row in rows) == pytest.approx(1)
    with stocked(readonly=True) as ws:
        counted = Counter(row["tier"] for row in lists.customers(ws))
    assert [row["customers"] for row in rows] == [counted[key] for key in ("strategic", "key", "growth", "basic")]


def test_what_goes_together_is_counted_as_a_plain_loop_counts_it(crm: Crm) -> None:
    baskets = {
        "甲": "AB", "乙": "AB", "丙": "ABC", "丁": "A", "戊": "BC", "己": "C", "庚": "AC", "辛": "D", "壬": "ABD",
    }  # fmt: skip
    with crm() as ws:
        for name, categories in baskets.items():
            code = records.add_customer(ws, {"name": f"{name}公司"})["code"]
            for category in categories:
                records.add_order(ws, code, {"amount": "1", "ordered_on": "2026-01-01", "category": category})
        asked_for = records.add_customer(ws, {"name": "癸公司"})["code"]
        records.add_order(ws, asked_for, {"amount": "1", "ordered_on": "2026-01-01", "category": "A"})
        records.add_order(
            ws, asked_for, {"amount": "1", "ordered_on": "2026-01-01", "category": "D", "status": "cancelled"}
        )
        found = companions(ws, asked_for)
    held = [set(categories) for categories in baskets.values()] + [{"A"}]
    wanted = []
    for category in "BCD":
        both = sum({"A", category} <= basket for basket in held)
        with_a, with_it = (sum(one in basket for basket in held) for one in ("A", category))
        lift = both * len(held) / (with_a * with_it)
        if both >= 3 and lift > 1:
            wanted.append((category, both, both / len(held), both / with_a, lift))
    assert wanted
    assert [(row.category, row.both, row.support, row.confidence) for row in found] == [row[:4] for row in wanted]
    assert [row.lift for row in found] == pytest.approx([row[4] for row in wanted])


def test_contacts_are_of_the_period_and_add_up(stocked: Crm) -> None:
    document = _report(stocked, "contacts", since="2026-10-01", until="2026-10-31")
    rows = _table(document, "Contacts")
    assert rows and all("2026-10-01" <= row["at"][:10] <= "2026-10-31" for row in rows)
    assert all(earlier["at"] <= later["at"] for later, earlier in pairwise(rows))
    owners = _table(document, "By owner")
    assert sum(row["talks"] for row in owners) == len(rows)
    assert document.period == (date(2026, 10, 1), date(2026, 10, 31))


def test_cases_stand_beside_their_clocks(run: Run, crm: Crm) -> None:
    run("add", "甲公司")
    opened = datetime.fromisoformat("2026-11-16T09:00+08:00")
    for number, (answer, solve) in enumerate([(1, 10), (5, 60), (None, None)], 1):
        assert run("case", "open", "甲公司", f"第{number}次", "--kind", "complaint", at=opened.isoformat()).code == 0
        for verb, hours in (("respond", answer), ("resolve", solve)):
            if hours is not None:
                at = (opened + timedelta(hours=hours)).isoformat()
                assert run("case", verb, f"CASE-00000{number}", at=at).code == 0
    document = _report(crm, "cases", since="2026-11-01")
    (row,) = _table(document, "By kind and severity")
    assert (row["count"], row["unsolved"], row["answer_mean"], row["solve_mean"]) == (3, 1, 3.0, 35.0)
    # In working hours: 4 to answer, a working day to solve. Kept: both of the first; late: both of the second, and
    # the third, which nobody has answered and nobody has solved.
    with crm(readonly=True) as ws:
        stored = ws.db.rows("SELECT respond_by, responded_at, resolve_by, resolved_at FROM cases")
    ends = [(row[by], row[done]) for row in stored for by, done in _CLOCKS if row[done]]
    assert row["in_time"] == pytest.approx(sum(done <= by for by, done in ends) / (len(ends) + 2))
    assert len(_table(document, "The cases")) == 3


_CLOCKS = (("respond_by", "responded_at"), ("resolve_by", "resolved_at"))


def test_the_stage_report_counts_who_ordered_after_a_talk(crm: Crm, run: Run) -> None:
    with crm() as ws:
        for name in "甲乙丙":
            records.add_customer(ws, {"name": f"{name}公司"})
        records.add_order(ws, "甲公司", {"amount": "100", "ordered_on": "2026-10-20"})
        records.add_order(ws, "乙公司", {"amount": "50", "ordered_on": "2026-09-01"})
    for name in "甲乙":
        assert run("log", f"{name}公司", "回访", "--channel", "call", "--at", "2026-10-01 10:00").code == 0
    (row,) = _table(_report(crm, "stage"), "What followed the contacts")
    assert (row["channel"], row["talks"], row["customers"], row["ordering"], row["amount"]) == ("Call", 2, 2, 1, 10_000)


def test_the_stage_report_counts_no_move_that_was_undone(stocked: Crm, run: Run) -> None:
    def between() -> list[tuple[str, str, int]]:
        moves = _table(_report(stocked, "stage"), "Moves between the tiers")
        return [(row["from"], row["to"], row["customers"]) for row in moves]

    before = between()
    assert before and {former for former, _now, _number in before} == {"(none)"}
    for words in (["policy", "apply", "plan-3", "--yes"], ["tier", "run", "--tags"]):
        assert run(*words).code == 0
    assert len(between()) > len(before)
    assert run("undo").code == run("undo").code == 0
    assert between() == before


def test_the_diagnosis_tells_who_is_gone(crm: Crm) -> None:
    with crm() as ws:
        for name, days in (("甲", ["2025-06-01"]), ("乙", ["2025-06-01", "2026-06-01"]), ("丙", ["2026-06-01"])):
            records.add_customer(ws, {"name": f"{name}公司"})
            for day in days:
                amount = "100" if day < "2026" else "10"
                records.add_order(ws, f"{name}公司", {"amount": amount, "ordered_on": day})
    (row,) = _table(_report(crm, "diagnosis"), "Who is leaving")
    assert (row["customers"], row["gone"], row["shrinking"]) == (2, 1, 1)
    assert (row["amount_before"], row["amount_now"]) == (20_000, 1_000)


# --------------------------------------------------------------------------------------------- as a user asks


@pytest.mark.parametrize("ending", ["xlsx", "html", "md", "json", "csv", "jsonl", "tsv"])
def test_every_format_is_written(run: Run, db: Any, stocked_bytes: bytes, tmp_path: Any, ending: str) -> None:
    db.write_bytes(stocked_bytes)
    for name in ("value", "quality"):
        file = tmp_path / f"{name}.{ending}"
        done = run("report", name, "-o", file)
        assert (done.code, done.stdout) == (0, "")
        assert file.stat().st_size > 100


def test_without_a_name_the_deliverables_are_told(run: Run) -> None:
    rows = json.loads(run("report", "-f", "json").stdout)
    assert [row["report"] for row in rows] == list(ALL)


def test_one_customers_sheet(run: Run, db: Any, stocked_bytes: bytes) -> None:
    db.write_bytes(stocked_bytes)
    best = run("value", "-q").stdout.split()[0]
    found = json.loads(run("report", "value", best, "-f", "json").stdout)
    kinds = [section["kind"] for section in found["sections"]]
    assert kinds == ["definitions", "chart", "chart", "table", "table", "table"]
    assert best in found["scope"]


def test_the_dashboard_counts_what_the_lists_show(run: Run, db: Any, stocked_bytes: bytes) -> None:
    db.write_bytes(stocked_bytes)
    (found,) = json.loads(run("status", "-f", "json").stdout)
    due = json.loads(run("due", "-f", "json").stdout)
    week = json.loads(run("due", "--days", "7", "-f", "json").stdout)
    assert (found["due"], found["late"]) == (len(due), sum(item["late_days"] > 0 for item in due))
    assert found["week"] == len(week) - len(due)
    customers = json.loads(run("list", "-f", "json").stdout)
    tiers: dict[str, int] = defaultdict(int)
    for row in customers:
        tiers[row["tier"]] += 1
    assert found["tiers"] == tiers
    assert sum(found["stages"].values()) == len(customers)
    orders = json.loads(run("order", "list", "--since", "2025-11-21", "-f", "json").stdout)
    counted = [float(row["amount"]) for row in orders if row["status"] not in ("cancelled", "returned")]
    assert sum(map(float, found["amounts"])) == pytest.approx(sum(counted))
    page = run("status").stdout
    assert "To do" in page and "crm due" in page


# ---------------------------------------------------------------------------------- the choice, in every section


def _codes(crm: Crm, owner: str) -> set[str]:
    with crm(readonly=True) as ws:
        return {row["code"] for row in lists.customers(ws) if row["owner"] == owner}


@pytest.mark.parametrize("name", [name for name, one in deliverables.deliverables().items() if one.of_part])
def test_every_section_is_of_the_customers_asked_for(stocked: Crm, name: str) -> None:
    own = _codes(stocked, "周明远")
    document = _report(stocked, name, where={"owner": "周明远"})
    for table in document.tables:
        for row in table.rows:
            assert row.get("code") is None or row["code"] in own, table.title
            assert row.get("owner") in (None, "周明远"), table.title


def test_figures_of_a_part_are_those_of_its_customers(stocked: Crm) -> None:
    own = _codes(stocked, "周明远")
    listed = {row["code"]: row for row in _table(_report(stocked, "value"), "Customers by amount")}
    part = _report(stocked, "value", where={"owner": "周明远"})
    mine = [listed[code] for code in own if code in listed]
    assert _table(part, "Customers by amount") == sorted(mine, key=lambda row: (-row["amount_total"], row["code"]))
    for row in _table(part, "Segments"):
        inside = [one for one in mine if one["segment"] == row["segment"]]
        assert (row["customers"], row["amount_total"]) == (len(inside), sum(one["amount_total"] for one in inside))
    chart = next(section for section in part.sections if section.title == "Few bring most")
    assert isinstance(chart, Chart)
    counted = Counter(row["pareto"] for row in mine)
    assert [*chart.series[0].values] == pytest.approx([counted[name] / len(mine) for name in "ABC"])
    whole = next(section for section in part.sections if section.title.endswith("Orders"))
    assert isinstance(whole, HeatMap)
    cells = [value for line in whole.values for value in line if value is not None]
    assert sum(cells) == sum(row["orders_total"] for row in mine)


def test_completeness_of_a_part(stocked: Crm) -> None:
    rows = _table(_report(stocked, "quality"), "Completeness by owner")
    share = next(row["completeness"] for row in rows if row["owner"] == "周明远")
    document = _report(stocked, "diagnosis", where={"owner": "周明远"})
    said = next(section for section in document.sections if section.title == "The data of today")
    assert said.paragraphs[0].startswith(f"{share:.1%} complete")  # type: ignore[union-attr]


def test_twelve_months_are_twelve_months(stocked: Crm) -> None:
    document = _report(stocked, "stage")
    assert document.period == (date(2025, 11, 21), date(2026, 11, 20))
    chart = next(section for section in document.sections if section.title == "Amount by month")
    assert isinstance(chart, Chart) and len(chart.labels) == 13
    with stocked(readonly=True) as ws:
        amount = sum(row["amount_12m"] for row in lists.customers(ws))
    assert sum(value or 0 for value in chart.series[0].values) == amount


def test_a_month_without_anything_stands_in_the_chart(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲公司"})
        for day in ("2026-02-03", "2026-05-06"):
            records.add_order(ws, "甲公司", {"amount": "1", "ordered_on": day})
    document = _report(crm, "stage", since="2026-01-15", until="2026-06-10")
    chart = next(section for section in document.sections if section.title == "Amount by month")
    assert isinstance(chart, Chart) and not chart.lying
    assert [*chart.labels] == [f"2026-0{month}" for month in range(1, 7)]
    assert [*chart.series[0].values] == [0, 100, 0, 0, 100, 0]


def test_the_losses_are_those_at_the_end_of_the_period(crm: Crm) -> None:
    with crm() as ws:
        for name, days in (("甲", ["2024-09-01"]), ("乙", ["2024-09-01", "2025-09-01"])):
            records.add_customer(ws, {"name": f"{name}公司"})
            for day in days:
                records.add_order(ws, f"{name}公司", {"amount": "100", "ordered_on": day})
    (row,) = _table(_report(crm, "diagnosis", until="2025-12-31"), "Who is leaving")
    assert (row["customers"], row["gone"]) == (2, 1)
    (row,) = _table(_report(crm, "diagnosis"), "Who is leaving")
    assert (row["customers"], row["gone"]) == (1, 1)


def test_the_plan_begins_on_the_day_asked_for(stocked: Crm) -> None:
    whole = _table(_report(stocked, "plan", until="2026-12-15"), "Plan")
    document = _report(stocked, "plan", since="2026-12-01", until="2026-12-15")
    assert _table(document, "Plan") == [row for row in whole if row["due_on"] >= date(2026, 12, 1)]
    assert document.period == (date(2026, 12, 1), date(2026, 12, 15))
    tiers = [row["tier"] for row in _table(document, "Tracking")]
    assert list(dict.fromkeys(tiers)) == ["Strategic", "Key", "Growth", "Basic"]


def test_every_open_promise_stands_in_the_sheet_of_a_customer(crm: Crm, run: Run) -> None:
    run("add", "甲公司")
    run("order", "add", "甲公司", "100", "--on", "2026-11-01")
    for text, due in (("近", "+3d"), ("远", "+200d")):
        assert run("log", "甲公司", text, "--next", f"{text}期承诺", "--due", due).code == 0
    rows = _table(_report(crm, "value", customer="甲公司"), "Open promises and coming dates")
    assert {row["action"] for row in rows if row["due_kind"] == "Promise"} == {"近期承诺", "远期承诺"}


def test_of_nobody_the_dashboard_claims_nothing(run: Run) -> None:
    page = run("status").stdout
    assert "crm import" in page and "%" not in page
    (found,) = json.loads(run("status", "-f", "json").stdout)
    assert found["due"] == 0


def test_what_is_counted_has_no_halves_on_its_axis() -> None:
    from crmcli.reports.documents import Series
    from crmcli.reports.writing.svg import svg

    drawn = str(svg(Chart("", "lines", ["2026-01", "2026-02"], [Series("", [0.0, 1.0])])))
    assert ">1<" in drawn and ">0.2<" not in drawn and ">0.5<" not in drawn


def test_who_has_no_tier_yet_is_told(crm: Crm) -> None:
    with crm() as ws:
        for name in "甲乙":
            records.add_customer(ws, {"name": f"{name}公司"})
        records.add_customer(ws, {"name": "丙公司", "stage": "lead"})
    first = next(iter(_report(crm, "tiers").tables))
    assert first.notes[-1] == "2 customers are not graded yet: crm tier run"


def test_a_tier_is_told_in_words(stocked: Crm) -> None:
    i18n.choose("en")
    document = _report(stocked, "tiers")
    rows = _table(document, "The tiers")
    assert rows[0]["role"] == "account manager"
    assert rows[0]["benefits"] == "dedicated account manager; priority response"
    touches = _table(document, "What each tier is promised")
    assert (touches[0]["every"], touches[0]["over"]) == ("monthly", "Visit, Video")
    assert touches[2]["every"] == "every 3 months"


def test_a_source_is_told_in_words(run: Run, crm: Crm) -> None:
    for name, source in (("甲公司", "expo"), ("乙公司", "老王")):
        assert run("lead", "add", name, "--source", source).code == 0
    rows = _table(_report(crm, "funnel"), "By source")
    assert {row["key"]: row["captured"] for row in rows} == {"expo": 1, "老王": 1}


@pytest.mark.parametrize("group", [("kind", "severity"), ("tier",), ("owner",)])
def test_groups_keep_their_names_on_a_narrow_terminal(crm: Crm, group: tuple[str, ...]) -> None:
    tables = _report(crm, "cases").tables
    found = next(table for table in tables if tuple(column.key for column in table.columns[: len(group)]) == group)
    # What is wide gives way where there is no room.
    assert not any(column.wide for column in found.columns[: len(group)])
