"""Cases that come in with a file get their clocks: what the file gives wins, and what is solved is history."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crmcli.care.cases import listing, moving
from crmcli.care.cases.opening import open_case
from crmcli.care.due import due
from crmcli.grading import policies
from crmcli.intake.importing import import_file
from crmcli.intake.records import edit_case
from crmcli.reports.kpis import kpis
from crmcli.store.reversing import redo, undo
from tests.care.conftest import add_customer
from tests.care.test_cases import POLICY, member
from tests.conftest import Crm, forget_imports
from tests.store.dumps import dump

FILE = """工单号,客户名称,类型,优先级,创建时间,响应期限,响应时间,解决时间,状态,主题,首问责任人
T-1,甲公司,投诉,低,2026-11-20 08:30,,,,,少货,前台
T-2,甲公司,投诉,高,2026-11-20 08:30,,,,,起火,
T-3,甲公司,投诉,低,2026-11-20 08:30,2026-11-21 09:00,,,,,
T-4,甲公司,投诉,低,2026-11-18 08:30,,2026-11-18 09:00,,处理中,,
T-5,甲公司,投诉,低,2026-10-18 08:30,,,2026-10-20 09:00,已解决,,
T-6,甲公司,投诉,低,2026-10-18 08:30,,,2026-10-20 09:00,,,
T-7,甲公司,投诉,低,2026-10-18 08:30,,,,已关闭,,
T-8,甲公司,咨询,低,2026-11-20 08:30,,,,,价格,
"""


@pytest.fixture
def served(crm: Crm) -> Crm:
    with crm() as ws:
        policies.apply(ws, POLICY)
        add_customer(ws, "甲公司", owner="王芳", tier="all")
    return crm


def bring(crm: Crm, folder: Path, text: str, **given: Any) -> list[str]:
    """Import a file of cases; what was noted."""
    file = folder / "cases.csv"
    file.write_text(text, "utf-8")
    with crm(**given) as ws:
        forget_imports(ws)
        assert import_file(ws, file, table="cases").rejected == 0
    return ws.notes


def clocks(crm: Crm) -> dict[str, tuple[str | None, str | None]]:
    """The clock that runs and when it is up, by number."""
    with crm(readonly=True) as ws:
        rows = listing.cases(ws)
    return {row["number"]: (row["next_clock"], row["next_due"] and row["next_due"][5:16]) for row in rows}


def test_each_case_of_a_file_gets_the_clock_that_fits(served: Crm, tmp_path: Path) -> None:
    notes = bring(served, tmp_path, FILE)
    assert clocks(served) == {
        "T-1": ("respond", "11-20T14:00"),
        "T-2": ("respond", "11-20T09:30"),
        "T-3": ("respond", "11-21T09:00"),
        "T-4": ("resolve", "11-20T09:00"),
        "T-5": (None, None),
        "T-6": (None, None),
        "T-7": (None, None),
        "T-8": (None, None),
    }
    assert "4 cases were given their clocks" in notes
    with served(readonly=True) as ws:
        rows = {row["number"]: row for row in listing.cases(ws)}
        assert (rows["T-1"]["topic"], rows["T-1"]["responder"]) == ("少货", "前台")
        assert rows["T-3"]["resolve_by"] == "2026-11-24T09:00:00+08:00"
        assert (rows["T-5"]["respond_by"], rows["T-5"]["hours"]) == (None, None)
        assert rows["T-7"]["resolve_by"] is None
        assert {item.key for item in due(ws, kinds=["case"], days=1)} == {
            f"case:T-{number}" for number in ("1:respond", "2:respond", "2:resolve", "3:respond", "4:resolve")
        }


HISTORY = """工单号,客户名称,类型,优先级,创建时间,响应时间,解决期限,解决时间,回访期限,状态
H-1,甲公司,投诉,低,2026-11-02 08:30,2026-11-02 10:00,,2026-11-03 10:00,,已关闭
H-2,甲公司,投诉,低,2026-11-02 08:30,2026-11-02 10:00,,2026-11-12 10:00,,已解决
H-3,甲公司,投诉,低,2026-11-02 08:30,,2026-11-30 18:00,2026-11-12 10:00,2026-11-23 18:00,已解决
H-4,甲公司,投诉,低,2026-11-02 08:30,,,2026-11-01 10:00,,已解决
H-5,甲公司,咨询,低,2026-11-02 08:30,,,2026-11-03 10:00,,已解决
"""


def test_what_was_solved_before_it_came_is_measured_and_nothing_of_it_runs(served: Crm, tmp_path: Path) -> None:
    notes = bring(served, tmp_path, HISTORY)
    assert not [note for note in notes if "clock" in note]
    with served(readonly=True) as ws:
        rows = {row["number"]: row for row in listing.cases(ws)}
        assert {number: (row["respond_by"], row["resolve_by"]) for number, row in rows.items()} == {
            "H-1": ("2026-11-02T14:00:00+08:00", "2026-11-04T09:00:00+08:00"),
            "H-2": ("2026-11-02T14:00:00+08:00", "2026-11-04T09:00:00+08:00"),
            # Nobody knows when it was answered, and the file says by when it had to be solved.
            "H-3": (None, "2026-11-30T18:00:00+08:00"),
            # What is a mistake, and what no clock is for.
            "H-4": (None, None),
            "H-5": (None, None),
        }
        assert {item.key for item in due(ws, kinds=["case"], days=9)} == {"case:H-3:revisit"}
        (kept,) = [standing.actual for standing in kpis(ws) if standing.kpi.name == "sla_kept"]
        assert kept == pytest.approx(2 / 3)
    with served() as ws:
        undo(ws)
        assert listing.cases(ws) == []


def test_a_file_that_comes_again_changes_nothing(served: Crm, tmp_path: Path) -> None:
    bring(served, tmp_path, FILE)
    with served(readonly=True) as ws:
        before = dump(ws)
    bring(served, tmp_path, FILE, now=datetime.fromisoformat("2026-11-25T09:00+08:00"))
    with served(readonly=True) as ws:
        assert dump(ws) == before


def test_a_file_that_solves_a_case_starts_its_revisit(served: Crm, tmp_path: Path) -> None:
    bring(served, tmp_path, FILE)
    later = "工单号,客户名称,创建时间,解决时间\nT-1,甲公司,2026-11-20 08:30,2026-11-23 10:00\n"
    bring(served, tmp_path, later, now=datetime.fromisoformat("2026-11-23T18:00+08:00"))
    assert clocks(served)["T-1"] == ("revisit", "11-26T10:00")


def test_undo_of_an_import_takes_the_clocks_back_too(served: Crm, tmp_path: Path) -> None:
    with served(readonly=True) as ws:
        empty = dump(ws)
    bring(served, tmp_path, FILE)
    with served(readonly=True) as ws:
        before = dump(ws)
    bring(served, tmp_path, FILE.replace("T-1,甲公司,投诉,低", "T-1,甲公司,投诉,高"))
    assert clocks(served)["T-1"] == ("respond", "11-20T09:30")
    for state, back in ((before, undo), (empty, undo)):
        with served() as ws:
            back(ws)
        with served(readonly=True) as ws:
            assert dump(ws) == state
    with served() as ws:
        redo(ws)
    with served(readonly=True) as ws:
        assert dump(ws) == before


def test_the_column_of_what_it_is_about_has_many_names(served: Crm, tmp_path: Path) -> None:
    for place, heading in enumerate(("主题", "标题", "问题描述", "投诉内容", "Subject", "Title")):
        bring(served, tmp_path, f"工单号,客户名称,投诉时间,{heading},投诉原因\nN-{place},甲公司,2026-11-01,破损,包装\n")
    with served(readonly=True) as ws:
        assert {(row["topic"], row["cause"]) for row in listing.cases(ws)} == {("破损", "包装")}


def test_merging_customers_leaves_the_clocks_of_their_cases(served: Crm, tmp_path: Path) -> None:
    from crmcli.cleaning import merging

    bring(served, tmp_path, FILE)
    before = clocks(served)
    with served() as ws:
        add_customer(ws, "甲公司（总部）", tier="all")
        merging.merge(ws, "C000002", ["C000001"])
    assert clocks(served) == before


def test_cases_of_a_file_are_dispatched_like_those_that_are_opened(served: Crm, tmp_path: Path) -> None:
    with served() as ws:
        add_customer(ws, "乙公司", tier="all")
        for name in ("王芳", "孙丽", "周涛"):
            member(ws, name)
        member(ws, "陈静", active="no")
        add_customer(ws, "丙公司", owner="陈静", tier="all")
    text = """工单号,客户名称,创建时间,解决时间,处理人
D-1,甲公司,2026-11-20 08:30,,
D-2,乙公司,2026-11-20 08:30,,
D-3,丙公司,2026-11-20 08:30,,
D-4,乙公司,2026-11-20 08:30,,孙丽
D-5,乙公司,2026-10-20 08:30,2026-10-21 08:30,
"""
    with served(readonly=True) as ws:
        before = dump(ws)
    notes = bring(served, tmp_path, text)
    with served(readonly=True) as ws:
        owners = {row["number"]: row["owner"] for row in listing.cases(ws)}
        assert [item.key for item in due(ws, owner="周涛", days=1)] == ["case:D-2:respond"]
    assert owners == {"D-1": "王芳", "D-2": "周涛", "D-3": "王芳", "D-4": "孙丽", "D-5": None}
    assert "2 cases were dispatched to the team" in notes
    with served() as ws:
        undo(ws)
    with served(readonly=True) as ws:
        assert dump(ws) == before


def test_cases_that_nobody_can_be_given_are_told(served: Crm, tmp_path: Path) -> None:
    with served() as ws:
        add_customer(ws, "乙公司", tier="all")
    notes = bring(served, tmp_path, "工单号,客户名称,创建时间\nD-1,乙公司,2026-11-20 08:30\n")
    assert "nobody deals with 1 case yet: crm case list --open" in notes


def test_a_crisis_of_a_file_begins_with_the_warning(served: Crm, tmp_path: Path) -> None:
    bring(served, tmp_path, "工单号,客户名称,类型,创建时间\nC-1,甲公司,危机,2026-11-20 08:30\n")
    with served() as ws:
        assert listing.cases(ws)[0]["phase"] == "warning"
        edit_case(ws, "C-1", {"kind": "complaint"})
    with served(readonly=True) as ws:
        assert listing.cases(ws)[0]["phase"] is None


# ------------------------------------------------------------------------- holidays that become known

YEAR = "extra_holidays = [2033-10-03, 2033-10-04, 2033-10-05, 2033-10-06, 2033-10-07]\nknown_years = [2033]\n"


def estimated(crm: Crm) -> None:
    """A complaint before a National Day that nobody has published, one with a deadline of its own, one that waited."""
    with crm(now=BEFORE) as ws:
        open_case(ws, "甲公司", "少货", number="E-1")
        open_case(ws, "甲公司", "少货", number="E-2")
        open_case(ws, "甲公司", "少货", number="E-3")
        edit_case(ws, "E-2", {"resolve_by": "2033-10-09 12:00"})
        moving.pause_case(ws, "E-3")
    with crm(now=BEFORE + timedelta(hours=1)) as ws:
        moving.resume_case(ws, "E-3")


BEFORE = datetime.fromisoformat("2033-09-30T16:00+08:00")


def resolve_by(crm: Crm) -> dict[str, tuple[str, str | None]]:
    with crm(readonly=True, now=BEFORE) as ws:
        return {row["number"]: (row["resolve_by"][5:16], row["estimated"]) for row in listing.cases(ws)}


def test_estimated_deadlines_follow_when_the_holidays_are_known(served: Crm) -> None:
    estimated(served)
    # By law the 1st to the 3rd are off; the days in lieu are known later.
    before = {
        "E-1": ("10-05T16:00", "2033"),
        "E-2": ("10-09T12:00", "2033"),
        "E-3": ("10-05T17:00", "2033"),
    }
    assert resolve_by(served) == before
    with served(now=BEFORE) as ws:
        policies.apply(ws, POLICY.replace('holidays = "CN"\n', f'holidays = "CN"\n{YEAR}').replace("09:00", "08:00"))
    assert "3 cases whose deadlines were estimated have them by the holidays that are known now" in ws.notes
    assert resolve_by(served) == {
        "E-1": ("10-11T16:00", None),
        "E-2": ("10-09T12:00", None),
        "E-3": ("10-11T17:00", None),
    }
    with served() as ws:
        undo(ws)
    assert resolve_by(served) == before


def test_another_policy_without_news_of_holidays_changes_no_deadline(served: Crm) -> None:
    estimated(served)
    before = resolve_by(served)
    with served(now=BEFORE) as ws:
        policies.apply(ws, POLICY.replace("09:00", "08:00"))
    assert resolve_by(served) == before


def test_a_deadline_that_is_a_day_is_over_with_it(served: Crm, tmp_path: Path) -> None:
    text = "工单号,客户名称,创建时间,响应期限,解决期限\nD-1,甲公司,2026-11-20,2026-11-20,2026/11/23 00:00\n"
    bring(served, tmp_path, text)
    with served(readonly=True, now=datetime.fromisoformat("2026-11-20T18:00+08:00")) as ws:
        (row,) = listing.cases(ws)
    assert (row["opened_at"][:19], row["respond_by"][:19], row["resolve_by"][:19]) == (
        "2026-11-20T00:00:00",
        "2026-11-20T23:59:59",
        "2026-11-23T00:00:00",
    )
    assert row["state"] == "warn"
