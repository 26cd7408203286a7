"""Contracts, cases, surveys and leads come in, once, as customers and orders do."""

import json
from pathlib import Path
from typing import Any

import pytest

from crmcli.intake.importing import import_file
from tests.conftest import Crm, Run, forget_imports

FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "contracts": (
        "合同编号,客户名称,开始日期,到期日,合同金额,是否续签\nHT-1,晨光文具,2025-01-01,2025年12月31日,12万,是\n"
        "HT-2,晨光文具,2026-01-01,2026-12-31,￥130,是否\n",
        {"number": "HT-1", "starts_on": "2025-01-01", "ends_on": "2025-12-31", "amount": 12_000_000, "renewed": "yes"},
    ),
    "cases": (
        "投诉编号,客户名称,投诉类型,严重程度,投诉时间,处理人,状态,投诉原因\n"
        "TS-1,晨光文具,投诉,重大,2026-10-01 10:30,石磊,已解决,漏墨\nTS-2,晨光文具,投诉,重大,2099-10-01,,,\n",
        {
            "number": "TS-1",
            "kind": "complaint",
            "severity": "major",
            "opened_at": "2026-10-01T02:30:00Z",
            "owner": "石磊",
            "status": "resolved",
            "cause": "漏墨",
        },
    ),
    "surveys": (
        "客户名称,调查类型,满意度评分,调查时间,评价内容\n晨光文具,满意度,4.5分,2026-10-02,不错\n"
        "晨光文具,满意度,44,2026-10-02,不错\n",
        {"kind": "csat", "score": 4.5, "at": "2026-10-01T16:00:00Z", "comment": "不错", "nth": 1},
    ),
    "leads": (
        "线索名称,联系人,手机,线索等级,评级理由,线索来源\n孤帆工作室,江月,13800138000,A级,有预算,展会\n"
        "远山茶业,石磊,13900139000,Z,,展会\n",
        {"name": "孤帆工作室", "stage": "lead", "grade": "A", "grade_reason": "有预算", "source": "展会"},
    ),
}
ENTITY = {"contracts": "contract", "cases": "cases", "surveys": "survey", "leads": "customer"}


@pytest.mark.parametrize("table", FILES)
def test_a_file_of_the_table(crm: Crm, run: Run, tmp_path: Path, table: str) -> None:
    text, expected = FILES[table]
    file, rejects = tmp_path / f"{table}.csv", tmp_path / "rejects.csv"
    file.write_text(text, "utf-8")
    assert run("add", "晨光文具").code == 0

    def bring() -> Any:
        with crm() as ws:
            forget_imports(ws)
            return import_file(ws, file, rejects=rejects)

    first = bring()
    assert (first.table, first.read, first.created, first.rejected) == (table, 2, 1, 1)
    with crm(readonly=True) as ws:
        newest = ws.db.first(f"SELECT * FROM {ENTITY[table]} ORDER BY id DESC LIMIT 1")
    assert newest is not None
    assert {name: newest[name] for name in expected} == expected
    again = bring()
    assert (again.created, again.updated, again.unchanged, again.rejected) == (0, 0, 1, 1)
    assert run("undo").code == 0
    with crm(readonly=True) as ws:
        assert ws.db.value(f"SELECT count(*) FROM {ENTITY[table]}") == (1 if table == "leads" else 0)


def test_the_heading_tells_what_was_asked(crm: Crm, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "nps.csv"
    file.write_text("客户名称,NPS评分,日期\n晨光文具,9,2026-10-02\n晨光文具,7,2026-10-02\n", "utf-8")
    assert run("add", "晨光文具").code == 0
    for _turn in range(2):
        assert json.loads(run("import", file, "--table", "surveys", "-f", "json").stdout)[0]["rejected"] == 0
    with crm(readonly=True) as ws:
        found = ws.db.rows("SELECT kind, score, nth FROM survey ORDER BY id")
    assert [tuple(row.values()) for row in found] == [("nps", 9, 1), ("nps", 7, 2)]


def test_nps_is_asked_in_whole_numbers_and_satisfaction_may_be_a_mean(crm: Crm, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    given = [
        "客户名称,调查类型,评分,日期",
        *(f"晨光文具,{score},2026-10-02" for score in ("nps,9", "nps,8.5", "csat,4.5")),
    ]
    file.write_text("\n".join(given), "utf-8")
    assert run("add", "晨光文具").code == 0
    done = run("import", file, "--table", "surveys", "-f", "json")
    assert done.code == 9
    (receipt,) = json.loads(done.stdout)
    assert (receipt["created"], receipt["rejected"]) == (2, 1)
    rejects = Path(receipt["rejects_file"]).read_text("utf-8-sig").splitlines()
    assert rejects[1].startswith(
        '晨光文具,nps,8.5,2026-10-02,3,score,score-invalid,"nps is answered with a whole number'
    )
    with crm(readonly=True) as ws:
        found = ws.db.rows("SELECT kind, score FROM survey ORDER BY id")
    assert [tuple(row.values()) for row in found] == [("nps", 9), ("csat", 4.5)]


def test_a_contract_does_not_end_before_it_starts(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "contracts.csv"
    rows = ["1,晨光文具,2026-06-30,2026-06-30", "2,晨光文具,2026-06-30,2026-06-29", "3,晨光文具,,2026-01-01"]
    file.write_text("\n".join(["合同编号,客户名称,开始日期,结束日期", *rows]), "utf-8")
    assert run("add", "晨光文具").code == 0
    (receipt,) = json.loads(run("import", file, "--table", "contracts", "-f", "json").stdout)
    assert (receipt["created"], receipt["rejected"]) == (2, 1)
    (rejected,) = Path(receipt["rejects_file"]).read_text("utf-8-sig").splitlines()[1:]
    reason = "a contract cannot end on 2026-06-29, before it starts on 2026-06-30"
    assert rejected == f'{rows[1]},3,ends_on,date-order,"{reason}"'
    # As it would be beside what is stored.
    file.write_text("合同编号,客户名称,结束日期\n1,晨光文具,2026-01-01\n3,晨光文具,2026-01-02\n", "utf-8")
    for match, becomes in {"skip": (0, 0), "fill": (0, 0), "update": (1, 1)}.items():
        done = run("import", file, "--table", "contracts", "--match", match, "-f", "json")
        (receipt,) = json.loads(done.stdout)
        assert (receipt["updated"], receipt["rejected"]) == becomes


def test_a_lead_that_is_a_customer_already_stays_one(crm: Crm, run: Run, tmp_path: Path) -> None:
    assert run("add", "孤帆工作室", "stage=active").code == 0
    file = tmp_path / "leads.csv"
    file.write_text("线索名称,线索等级\n孤帆工作室,B\n", "utf-8")
    assert run("import", file, "--table", "leads").code == 0
    with crm(readonly=True) as ws:
        row = ws.db.first("SELECT stage, grade FROM customer")
    assert row == {"stage": "active", "grade": "B"}


def test_an_amount_that_its_thousands_sign_cut_in_two_is_not_read_as_two_cells(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    file.write_text("订单号,客户,日期,金额,数量\n1,甲,2026-01-05,￥1,234.50,\n2,甲,2026-01-05,5,1,\n", "utf-8")
    result = run("import", file, "--create-customers", "-f", "json", "--rejects", tmp_path / "r.csv")
    (receipt,) = json.loads(result.stdout)
    assert (receipt["created"], receipt["rejected"]) == (1, 1)
