"""Cases that come in with a file get their clocks: what the file gives wins, and what is solved is history."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from crmcli.care.cases import listing
from crmcli.care.due import due
from crmcli.grading import policies
from crmcli.intake.importing import import_file
from crmcli.store.reversing import redo, undo
from tests.care.conftest import add_customer
from tests.care.test_cases import POLICY
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
        assert {item.key for item in due(ws, kinds=["case"], days=1)} == {
            f"case:T-{number}" for number in ("1:respond", "2:respond", "3:respond", "4:resolve")
        }


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
