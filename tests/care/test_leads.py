"""Leads: captured, graded, assigned, released, won and lost; the funnel; what undo makes of all that."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import mean, median
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmcli
from crmcli.care import team
from crmcli.care.contacts import log
from crmcli.care.due import due
from crmcli.care.leads import distributing, grading, listing, stale
from crmcli.care.leads.capturing import add_lead
from crmcli.care.leads.funnel import BY, FunnelRow, lead_funnel
from crmcli.care.leads.winning import lose_lead, win_lead
from crmcli.care.settling import settle
from crmcli.cleaning import merging
from crmcli.errors import InvalidInput, NotFound, Refused, UsageError
from crmcli.fields import sources
from crmcli.grading import policies
from crmcli.grading.leads import is_clear
from crmcli.grading.why import why
from crmcli.intake import records
from crmcli.policy import schema
from crmcli.store import journal
from crmcli.store.database import Row
from crmcli.store.reversing import redo, undo
from crmcli.store.workspace import Workspace
from tests.care.conftest import copied
from tests.conftest import NOW, Crm
from tests.store.dumps import dump

POLICY = """
name = "leads"
timezone = "Asia/Shanghai"
currency = "CNY"
phone_region = "CN"

[[tier]]
key = "basic"
when = "true"

[[lead_grade]]
key = "A"
when = "need and budget and decision"
playbook = "lead-a"

[[lead_grade]]
key = "B"
when = "need"
playbook = "lead-b"

[[lead_grade]]
key = "C"
when = "source == 'expo'"

[assign]
rules = [
  { when = "region == '华东'", role = "east", by = "round-robin" },
  { when = "not (source == 'nobody')", role = "sales" },
]
stale = [
  { grades = ["A"], after = "3 days" },
  { grades = ["B"], tiers = ["basic"], after = "1 week" },
  { grades = ["B"], after = "14 days" },
]

[[playbook]]
key = "lead-a"
steps = [
  { after = "24 hours", channel = "call", action = "Call" },
  { after = "3 days", channel = "visit", action = "Visit" },
]

[[playbook]]
key = "lead-b"
repeat = "1 week"
steps = [{ after = "1 week", channel = "call", action = "Follow up" }]

[[playbook]]
key = "thanks"
steps = [{ after = "3 days", channel = "call", action = "A month for free" }]

[[on]]
event = "referral:won"
when = "tenure_days >= 365"
playbook = "thanks"
"""

CLEAR = {"need": "扩容", "budget": "50万", "decision": "总经理"}


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("leads") / "crm.db"
    with crmcli.open(path, create=True, now=datetime.fromisoformat(NOW)) as ws:
        policies.apply(ws, POLICY)
    return path.read_bytes()


@pytest.fixture
def staffed(crm: Crm) -> Crm:
    """A base with a team: Ann and Bo sell, Bo has room for two; Cy and Di are in the east; Ed is gone."""
    with crm() as ws:
        add_member(ws, "Ann", "sales")
        add_member(ws, "Bo", "sales", capacity=2)
        add_member(ws, "Cy", "east")
        add_member(ws, "Di", "east")
        add_member(ws, "Ed", "sales", active="no")
    return crm


def add_member(ws: Workspace, name: str, role: str, **given: Any) -> None:
    journal.add(ws, "member", [{"name": name, "role": role, "active": "yes", "capacity": None, **given}])


def add(crm: Crm, name: str, now: str = NOW, **given: str) -> Row:
    with crm(now=datetime.fromisoformat(now)) as ws:
        return add_lead(ws, {"name": name, "source": "site", **given})


def do(crm: Crm, act: Callable[[Workspace], Any], now: str = NOW) -> Any:
    """What came of one operation."""
    with crm(now=datetime.fromisoformat(now)) as ws:
        return act(ws)


def later(days: int) -> str:
    return (datetime.fromisoformat(NOW) + timedelta(days=days)).isoformat()


def lead(crm: Crm, code: str = "C000001") -> Row:
    """The customer's row."""
    with crm(readonly=True) as ws:
        row = ws.db.first("SELECT * FROM customer WHERE code = :code", {"code": code})
        assert row is not None
        return row


def set_stage(name: str, stage: str) -> Callable[[Workspace], Any]:
    return lambda ws: records.edit_customer(ws, name, {"stage": stage})


def steps(crm: Crm, days: int = 30) -> list[str]:
    with crm(readonly=True) as ws:
        return [item.key for item in due(ws, days=days, kinds=("lead", "retention"))]


def owners(crm: Crm) -> dict[str, str | None]:
    with crm(readonly=True) as ws:
        return {row["code"]: row["owner"] for row in ws.db.rows("SELECT code, owner FROM customer ORDER BY code")}


def everything(crm: Crm) -> dict[str, list[Row]]:
    """All that a base holds, the journal left out."""
    with crm(readonly=True) as ws:
        more = {table: ws.db.rows(f"SELECT * FROM {table} ORDER BY id") for table in ("member", "assignment", "review")}
        return {**dump(ws), **more}


# ------------------------------------------------------------------------------------------------ capturing


def test_a_lead_is_graded_and_assigned_at_once(staffed: Crm) -> None:
    with staffed() as ws:
        row = add_lead(
            ws,
            {"name": "晨光科技", "source": "展会", "campaign": "工博会", "phone": "13800138000", "contact_name": "张三"}
            | CLEAR,
        )
        assert (row["stage"], row["grade"], row["owner"]) == ("lead", "A", "Ann")
        assert (row["grade_reason"], row["source"]) == ("rule: need and budget and decision", "expo")
        assert (row["campaign"], row["phone"]) == ("工博会", "+8613800138000")
        assert ws.db.value("SELECT name FROM contact WHERE main = 'yes'") == "张三"
    with staffed(readonly=True) as ws:
        call, visit = due(ws, days=30)
        assert (call.key, call.due_at, call.owner) == ("lead:C000001:lead-a:1", "2026-11-21T09:00:00+08:00", "Ann")
        assert (visit.key, visit.due_on) == ("lead:C000001:lead-a:2", date(2026, 11, 23))


def test_what_is_there_already_is_refused_with_who_has_it(staffed: Crm) -> None:
    add(staffed, "晨光科技有限公司", phone="13800138000", contact_name="张三", contact_email="zhang@chenguang.example")
    do(staffed, lambda ws: records.add_customer(ws, {"name": "远山", "stage": "lost", "tax_id": "91310000MA1FL8TQ36"}))
    before = everything(staffed)
    for values, said in (
        ({"name": " 晨光科技 有限公司"}, "C000001 晨光科技有限公司 has the same name already; its stage is lead"),
        ({"name": "新", "phone": "+86 138-0013-8000"}, "the same phone"),
        ({"name": "新", "contact_phone": "13800138000", "contact_name": "李"}, "the same phone"),
        ({"name": "新", "email": "Zhang@chenguang.example"}, "the same email"),
        ({"name": "新", "tax_id": "91310000MA1FL8TQ36"}, "C000002 远山 has the same tax_id already; its stage is lost"),
    ):
        with pytest.raises(Refused, match=said) as raised:
            do(staffed, lambda ws, values=values: add_lead(ws, values))  # type: ignore[misc]
        assert "--yes" in (raised.value.hint or "")
    assert "crm edit C000002 stage=lead" in (raised.value.hint or "")
    assert everything(staffed) == before
    with staffed() as ws:
        again = add_lead(ws, {"name": "晨光科技有限公司", "phone": "13800138000"}, allow_duplicate=True)
    assert again["code"] == "C000003"


def test_bad_leads_are_refused_whole(staffed: Crm) -> None:
    before = everything(staffed)
    for values, error in (
        ({"name": "甲", "stage": "active"}, UsageError),
        ({"name": "甲", "nonsense": "1"}, UsageError),
        ({"name": "甲", "phone": "12"}, InvalidInput),
        ({"name": " "}, InvalidInput),
        ({"name": "甲", "owner": "Anna"}, NotFound),
        ({"name": "甲", "owner": "Ed"}, Refused),
    ):
        with pytest.raises(error):
            do(staffed, lambda ws, values=values: add_lead(ws, values))  # type: ignore[misc]
    assert everything(staffed) == before


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("展会", "expo"), ("Trade Show", "expo"), ("trade-show", "expo"),
        ("Tradeshow", "expo"), (" ＥＸＰＯ ", "expo"), ("转介绍", "referral"),
        ("协会", "association"), ("沙龙", "salon"), ("官网", "site"),
        ("微信群", "community"), ("公众号", "content"), ("代理商", "partner"),
        ("抖音", "抖音"), ("", None), (None, None),
    ],
)  # fmt: skip
def test_the_words_for_sources(text: str | None, source: str | None) -> None:
    assert sources.known(text) == source


def test_a_list_gives_no_lead_to_who_is_gone_and_knows_who_is_meant(staffed: Crm, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("线索名称,负责人\n甲公司,Ed\n乙公司,ＡＮＮ\n丙公司,Zoe\n", encoding="utf-8")
    before = everything(staffed)
    with crm_notes(staffed) as (ws, notes):
        crmcli.import_file(ws, file, table="leads")
    assert "1 new lead of Ed, who is not active, went to the pool" in notes
    # Ed's has gone to who had the fewest.
    assert owners(staffed) == {"C000001": "Bo", "C000002": "Ann", "C000003": "Zoe"}
    after = everything(staffed)
    do(staffed, undo)
    assert everything(staffed) == before
    do(staffed, redo)
    assert everything(staffed) == after


def test_of_customers_it_is_said_only(staffed: Crm, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("客户编号,客户名称,负责人\nK1,甲公司,Ann\n", encoding="utf-8")
    with crm_notes(staffed) as (ws, notes):
        crmcli.import_file(ws, file, table="customers")
    assert notes == []
    file.write_text("客户编号,客户名称,负责人\nK1,甲公司,Ed\nK2,乙公司,Bo\n", encoding="utf-8")
    with crm_notes(staffed) as (ws, notes):
        crmcli.import_file(ws, file, table="customers")
    assert "1 customer came as one of Ed, who is not active; hand them over: crm handoff --from Ed --to NAME" in notes


@contextmanager
def crm_notes(crm: Crm) -> Iterator[tuple[Workspace, list[str]]]:
    """A workspace, and what it says at its end."""
    with crm() as ws:
        yield ws, ws.notes


@pytest.mark.parametrize("rule", ["source == 'expo'", "source == '展会'", "source in ['展览', 'salon']"])
@pytest.mark.parametrize("said", ["展会", "Trade Show", "trade-show", "EXPO", "expo"])
def test_a_rule_asks_for_a_source_whatever_the_list_calls_it(crm: Crm, tmp_path: Path, rule: str, said: str) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(f"线索名称,来源\n甲公司,{said}\n乙公司,地推\n", encoding="utf-8")
    with crm() as ws:
        policies.apply(ws, POLICY.replace("when = \"not (source == 'nobody')\"", f'when = "{rule}"'))
        add_member(ws, "Ann", "sales")
    do(crm, lambda ws: crmcli.import_file(ws, file, table="leads"))
    with crm(readonly=True) as ws:
        rows = {row["name"]: (row["source"], row["owner"], row["grade"]) for row in listing.leads(ws)}
    assert rows == {"甲公司": (said, "Ann", "C"), "乙公司": ("地推", None, None)}


# ------------------------------------------------------------------------------------------------- grading


@pytest.mark.parametrize(
    ("text", "clear"),
    [
        ("明年扩容", True), ("50万", True), ("√", True), ("有", True), ("yes", True), ("无锡工厂扩建", True),
        ("不锈钢管", True),
        (None, False), ("", False), (" ", False), ("无", False), ("无。", False), ("不明", False), ("不 明 确", False),
        ("待定", False), ("No", False), ("N/A", False), ("-", False), ("？", False), ("0", False), ("暂无预算", False),
        ("TBD", False), ("unknown", False), ("not yet", False),
    ],
)  # fmt: skip
def test_what_is_clear(text: str | None, clear: bool) -> None:
    assert is_clear(text) is clear


def test_an_edit_grades_anew_and_the_steps_follow(staffed: Crm) -> None:
    assert add(staffed, "甲", need="换系统")["grade"] == "B"
    assert steps(staffed) == ["lead:C000001:lead-b:1"]
    do(staffed, lambda ws: records.edit_customer(ws, "甲", {"budget": "50万", "decision": "王总"}))
    assert lead(staffed)["grade"] == "A"
    assert steps(staffed) == ["lead:C000001:lead-a:1", "lead:C000001:lead-a:2"]
    do(staffed, lambda ws: records.edit_customer(ws, "甲", {"need": "无", "source": "salon"}))
    assert (lead(staffed)["grade"], lead(staffed)["grade_reason"]) == (None, None)
    assert steps(staffed) == []
    do(staffed, lambda ws: records.edit_customer(ws, "甲", {"source": "expo"}))
    assert (lead(staffed)["grade"], lead(staffed)["grade_reason"]) == ("C", "rule: source == 'expo'")


def test_a_grade_by_hand_stays_until_the_rules_are_asked_for(staffed: Crm) -> None:
    add(staffed, "甲", need="换系统")
    add(staffed, "乙")
    changed = do(staffed, lambda ws: grading.set_grade(ws, "甲", "a级", " 老板 认识"))
    assert changed == {"code": "C000001", "name": "甲", "from": "B", "to": "A", "reason": "老板 认识"}
    assert steps(staffed) == ["lead:C000001:lead-a:1", "lead:C000001:lead-a:2"]
    do(staffed, lambda ws: records.edit_customer(ws, "甲", {"need": "换更大的系统"}))
    assert do(staffed, grading.grade) == []
    with staffed() as ws:
        assert grading.grade(ws, ["甲", "乙"]) == []
        assert ws.notes == ["C000001 keeps the grade A: it was given by hand, --auto takes that back"]
    assert lead(staffed)["grade_reason"] == "老板 认识"
    assert [r.source for r in do(staffed, lambda ws: why(ws, "甲")).receipts] == ["hand", "rule", "rule"]
    (changed,) = do(staffed, lambda ws: grading.grade(ws, auto=True))
    assert (changed["from"], changed["to"], changed["reason"]) == ("A", "B", "rule: need")
    for name, grade, reason, error in (
        ("甲", "D", "x", InvalidInput),
        ("甲", "A", " ", UsageError),
        ("甲", "A", "rule: x", InvalidInput),
        ("丙", "A", "x", NotFound),
    ):
        with pytest.raises(error):
            do(staffed, lambda ws, g=(name, grade, reason): grading.set_grade(ws, *g))  # type: ignore[misc]


def test_a_policy_without_grades_grades_nobody(crm: Crm) -> None:
    do(crm, lambda ws: policies.apply(ws, POLICY[: POLICY.index("[[lead_grade]]")]))
    assert add(crm, "甲", **CLEAR)["grade"] is None
    with pytest.raises(Refused, match="no lead grades"):
        do(crm, grading.grade)
    with pytest.raises(Refused, match=r"no \[assign\] rules"):
        do(crm, distributing.assign)


def test_why_a_lead_has_its_grade(staffed: Crm) -> None:
    add(staffed, "甲", need="换系统", budget="不明")
    with staffed(readonly=True) as ws:
        first, second = why(ws, "甲").receipts
    assert (first.value, first.holds, first.given) == ("A", False, False)
    assert [(part.text, part.holds) for part in first.parts] == [("need", True), ("budget", False), ("decision", False)]
    assert (second.value, second.holds, second.given, second.since) == ("B", True, True, "2026-11-20")


def write_list(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_an_imported_list_is_graded_and_assigned(staffed: Crm, tmp_path: Path) -> None:
    blank = {"code": "", "线索名称": "", "需求": "", "预算": "", "决策": "", "线索等级": "", "地区": "", "负责人": "",
             "线索日期": "", "活动名称": ""}  # fmt: skip
    rows = [
        {"code": "L1", "线索名称": "甲", "需求": "扩容", "预算": "50万", "决策": "总经理", "活动名称": "工博会"},
        {"code": "L2", "线索名称": "乙", "需求": "扩容", "线索等级": "A", "线索日期": "2026-10-01"},
        {"code": "L3", "线索名称": "丙", "地区": "华东", "线索日期": "2027-01-01"},
        {"code": "L4", "线索名称": "丁", "地区": "华东", "需求": "无"},
        {"code": "L5", "线索名称": "戊", "地区": "华东", "负责人": "Zoe"},
    ]
    file = write_list(tmp_path / "leads.csv", [{**blank, **row} for row in rows])
    do(staffed, lambda ws: crmcli.import_file(ws, file, table="leads"))
    found = {code: lead(staffed, code) for code in ("L1", "L2", "L3", "L4", "L5")}
    assert [row["grade"] for row in found.values()] == ["A", "A", None, None, None]
    assert [row["grade_reason"] for row in found.values()][:2] == ["rule: need and budget and decision", None]
    assert [row["owner"] for row in found.values()] == ["Ann", "Bo", "Cy", "Di", "Zoe"]
    assert [row["lead_on"] for row in found.values()][:3] == [None, "2026-10-01", None]
    assert found["L1"]["campaign"] == "工博会"
    assert len(steps(staffed)) == 4
    # A grade that a later list names wins, too; what the rules gave before leaves no reason behind.
    again = write_list(tmp_path / "more.csv", [{"code": "L1", "name": "甲", "grade": "C"}])
    do(staffed, lambda ws: crmcli.import_file(ws, again, table="leads"))
    assert (lead(staffed, "L1")["grade"], lead(staffed, "L1")["grade_reason"]) == ("C", None)
    do(staffed, lambda ws: records.edit_customer(ws, "L1", {"need": "换系统"}))
    assert lead(staffed, "L1")["grade"] == "C"
    before = everything(staffed)
    for _turn in range(2):
        do(staffed, undo)
    do(staffed, lambda ws: redo(ws))
    do(staffed, lambda ws: redo(ws))
    assert everything(staffed) == before


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_lists_are_graded_as_one_by_one(founded: bytes, tmp_path: Path, data: st.DataObject) -> None:
    """Against plain ifs over each lead; and the least loaded and the next in turn, counted with a pencil."""
    words = st.sampled_from(["", "无", "不明", "扩容", "有", "50万"])
    kinds = st.fixed_dictionaries(
        {"需求": words, "预算": words, "决策": words, "来源": st.sampled_from(["expo", "site"]),
         "线索等级": st.sampled_from(["", "", "B"]), "地区": st.sampled_from(["华东", "华北"]),
         "负责人": st.sampled_from(["", "", "Bo"])}
    )  # fmt: skip
    rows = data.draw(st.lists(kinds, min_size=1, max_size=12))
    capacity = data.draw(st.integers(0, 6))
    db = copied(tmp_path / "random.db", founded)
    file = write_list(tmp_path / "leads.csv", [{"code": f"L{n:02}", "name": f"N{n}", **r} for n, r in enumerate(rows)])

    def opened() -> Any:
        return crmcli.open(db, now=datetime.fromisoformat(NOW))

    with opened() as ws:
        for name, role in (("Ann", "sales"), ("Bo", "sales"), ("Cy", "east"), ("Di", "east")):
            add_member(ws, name, role, capacity=capacity if name == "Bo" else None)
    with opened() as ws:
        crmcli.import_file(ws, file, table="leads")
    clear = {"扩容", "有", "50万"}
    load = Counter(row["负责人"] for row in rows)
    turn = 0
    expected = []
    for row in sorted(rows, key=lambda row: row["地区"] != "华东"):
        need, budget, decision = (row[name] in clear for name in ("需求", "预算", "决策"))
        grade = "A" if need and budget and decision else "B" if need else "C" if row["来源"] == "expo" else None
        owner = row["负责人"]
        if not owner and row["地区"] == "华东":
            owner, turn = ("Cy", "Di")[turn], 1 - turn
        elif not owner:
            owner = min((n for n in ("Ann", "Bo") if n == "Ann" or load["Bo"] < capacity), key=lambda n: (load[n], n))
            load[owner] += 1
        expected.append((rows.index(row), row["线索等级"] or grade, owner))
    with opened() as ws:
        found = ws.db.rows("SELECT grade, owner FROM customer ORDER BY code")
        assert Counter((row["grade"], row["owner"]) for row in found) == Counter((g, o) for _n, g, o in expected)
        assert [row["grade"] for row in found] == [
            next(g for r, (_n, g, _o) in zip(sorted(rows, key=lambda r: r["地区"] != "华东"), expected, strict=True)
                 if r is row) for row in rows
        ]  # fmt: skip
        assert grading.grade(ws) == [] and ws.wrote is None


# ---------------------------------------------------------------------------------------------- distributing


def test_turns_loads_and_room(staffed: Crm) -> None:
    for number in range(4):
        add(staffed, f"东{number}", region="华东")
    for number in range(5):
        add(staffed, f"西{number}")
    assert list(owners(staffed).values()) == ["Cy", "Di", "Cy", "Di", "Ann", "Bo", "Ann", "Bo", "Ann"]
    do(staffed, lambda ws: lose_lead(ws, "西1", "价格"))
    assert add(staffed, "西5")["owner"] == "Bo"
    assert add(staffed, "西6", owner="bo")["owner"] == "Bo"
    with staffed() as ws:
        assert ws.db.rows("SELECT DISTINCT why FROM assignment") == [{"why": "lead"}]
        assert team.pick(ws, "sales", "least-loaded") == "Ann"


def test_who_finds_nobody_stays_in_the_pool_and_it_is_said(staffed: Crm) -> None:
    do(staffed, lambda ws: journal.change(ws, "member", 1, {"active": "no"}))
    for number in range(2):
        add(staffed, f"甲{number}")
    with staffed() as ws:
        assert add_lead(ws, {"name": "乙", "source": "site"})["owner"] is None
        assert ws.notes == ["1 lead stays in the pool: no active member of the role sales has room"]
    with staffed() as ws:
        assert add_lead(ws, {"name": "丙", "source": "nobody"})["owner"] is None
        assert ws.notes == ["1 lead stays in the pool: no [assign] rule fits it"]
    do(staffed, lambda ws: journal.change(ws, "member", 1, {"active": "yes"}))
    with staffed(readonly=True) as ws:
        assert [row["name"] for row in listing.leads(ws, pool=True)] == ["乙", "丙"]
    rows = do(staffed, distributing.assign)
    assert rows == [{"id": 3, "code": "C000003", "name": "乙", "grade": None, "from": None, "to": "Ann"}]
    assert do(staffed, distributing.assign) == []


def test_leads_by_name(staffed: Crm) -> None:
    add(staffed, "甲")
    add(staffed, "丙", source="nobody")
    with staffed() as ws:
        assert distributing.assign(ws, ["甲"]) == []
        assert ws.notes == ["C000001 stays with Ann; give it away with --to"]
    (row,) = do(staffed, lambda ws: distributing.assign(ws, ["甲"], to="bo"))
    assert (row["from"], row["to"]) == ("Ann", "Bo")
    assert do(staffed, lambda ws: distributing.assign(ws, ["甲"], to="Bo")) == []
    (row,) = do(staffed, lambda ws: distributing.assign(ws, ["丙"], to="Di"))
    assert (row["from"], row["to"]) == (None, "Di")
    do(staffed, lambda ws: records.add_customer(ws, {"name": "客户"}))
    for names, to, error in (
        (["客户"], "Bo", Refused),
        (["客户"], None, Refused),
        (["无人"], None, NotFound),
        (["甲"], "Ed", Refused),
        (["甲"], "Zoe", NotFound),
        ([], "Bo", UsageError),
    ):
        with pytest.raises(error):
            do(staffed, lambda ws, g=(names, to): distributing.assign(ws, g[0], to=g[1]))  # type: ignore[misc]


# -------------------------------------------------------------------------------------------------- stale


def stale_days(crm: Crm, now: str = NOW) -> dict[str, str | None]:
    with crm(readonly=True, now=datetime.fromisoformat(now)) as ws:
        return {row["name"]: row["stale_on"] for row in listing.leads(ws)}


def test_the_day_a_lead_goes_back(staffed: Crm) -> None:
    add(staffed, "甲", **CLEAR)
    add(staffed, "乙", need="换系统")
    add(staffed, "丙")
    add(staffed, "丁", need="换系统")
    add(staffed, "戊", source="nobody", **CLEAR)
    do(staffed, lambda ws: journal.change(ws, "customer", 4, {"tier": "basic"}))
    days = {"甲": "2026-11-23", "乙": "2026-12-04", "丁": "2026-11-27", "戊": None, "丙": None}
    assert stale_days(staffed) == days
    do(staffed, lambda ws: log(ws, "甲", "news", channel="push"), later(1))
    assert stale_days(staffed, later(1)) == days
    do(staffed, lambda ws: log(ws, "甲", "talked"), later(2))
    do(staffed, lambda ws: distributing.assign(ws, ["乙"], to="Ann"), later(3))
    assert stale_days(staffed, later(3)) == {**days, "甲": "2026-11-25", "乙": "2026-12-07"}


def test_stale_leads_go_to_somebody_else(staffed: Crm) -> None:
    add(staffed, "甲", **CLEAR)
    add(staffed, "乙", **CLEAR, region="华东")
    add(staffed, "丙", need="换系统")
    assert owners(staffed) == {"C000001": "Ann", "C000002": "Cy", "C000003": "Bo"}
    assert do(staffed, stale.release, later(2)) == []
    rows = do(staffed, stale.release, later(3))
    assert [(row["code"], row["from"], row["to"], row["stale_on"]) for row in rows] == [
        ("C000001", "Ann", "Bo", "2026-11-23"),
        ("C000002", "Cy", "Di", "2026-11-23"),
    ]
    # Bo has no room for a third, and Ann lost it: it waits in the pool.
    rows = do(staffed, stale.release, later(6))
    assert [(row["from"], row["to"]) for row in rows] == [("Bo", "Ann"), ("Di", "Cy")]
    do(staffed, lambda ws: journal.change(ws, "member", 2, {"capacity": 1}))
    with staffed(now=datetime.fromisoformat(later(9))) as ws:
        rows = stale.release(ws)
        assert ws.summary == "2 stale leads released, 1 given to somebody else"
    assert [(row["from"], row["to"]) for row in rows] == [("Ann", None), ("Cy", "Di")]
    assert do(staffed, stale.release, later(9)) == []
    assert [row["to"] for row in do(staffed, distributing.assign, later(9))] == ["Ann"]
    with staffed(readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM assignment WHERE packet IS NOT NULL") == 0


def test_a_policy_that_says_nothing_of_stale_leads(crm: Crm) -> None:
    do(crm, lambda ws: policies.apply(ws, POLICY[: POLICY.index("stale = [")] + POLICY[POLICY.index("[[playbook]]") :]))
    add(crm, "甲", owner="Ann", **CLEAR)
    with crm(now=datetime.fromisoformat(later(100))) as ws:
        assert stale.release(ws) == []
        assert "does not say when a lead is stale" in ws.notes[0]


# ------------------------------------------------------------------------------------------ won and lost


def test_a_lead_is_won(staffed: Crm) -> None:
    add(staffed, "甲", **CLEAR)
    do(staffed, lambda ws: log(ws, "甲", "first talk"))
    won = do(staffed, lambda ws: win_lead(ws, "甲", order="O-7", amount="12万", on="2026-11-24"), later(6))
    assert (won.won_on, won.days, won.order, won.owner) == (date(2026, 11, 24), 4, "O-7", "Ann")
    row = lead(staffed)
    assert (row["stage"], row["lead_on"], row["won_on"]) == ("active", "2026-11-20", "2026-11-24")
    assert (row["since"], row["since_key"]) == ("2026-11-24", "11-24")
    assert steps(staffed) == []
    with staffed(readonly=True) as ws:
        order = ws.db.first("SELECT * FROM orders")
        assert order is not None
        assert (order["number"], order["amount"], order["ordered_on"]) == ("O-7", 12_000_000, "2026-11-24")
        assert ws.db.value("SELECT count(*) FROM interaction WHERE customer_id = 1") == 1


def test_orders_of_a_lead_that_is_won(staffed: Crm) -> None:
    for name in "甲乙丙丁":
        add(staffed, name)
    do(staffed, lambda ws: records.add_order(ws, "甲", {"number": "X", "amount": "1"}))
    assert do(staffed, lambda ws: win_lead(ws, "甲", order="X")).order == "X"
    assert do(staffed, lambda ws: win_lead(ws, "乙", amount="5")).order == "O000001"
    assert do(staffed, lambda ws: win_lead(ws, "丙")).order is None
    for options, error in (
        ({"order": "X"}, Refused),
        ({"order": "new"}, InvalidInput),
        ({"order": " "}, UsageError),
        ({"amount": "many"}, InvalidInput),
        ({"on": "tomorrow"}, Refused),
        ({"on": "2026-11-19"}, Refused),
        ({"on": "whenever"}, InvalidInput),
    ):
        with pytest.raises(error):
            do(staffed, lambda ws, o=options: win_lead(ws, "丁", **o))  # type: ignore[misc]
    for act in (lambda ws: win_lead(ws, "甲"), lambda ws: lose_lead(ws, "甲", "x"), lambda ws: grading.one(ws, "甲")):
        with pytest.raises(Refused, match="C000001 甲 is no lead: its stage is active"):
            do(staffed, act)
    with pytest.raises(UsageError):
        do(staffed, lambda ws: lose_lead(ws, "丁", " "))


def test_a_lead_is_lost_and_found_again(staffed: Crm) -> None:
    add(staffed, "甲", **CLEAR)
    row = do(staffed, lambda ws: lose_lead(ws, "甲", "价格太高"), later(2))
    assert row == {
        "code": "C000001", "name": "甲", "owner": "Ann", "lost_on": "2026-11-22", "lost_reason": "价格太高",
    }  # fmt: skip
    assert (lead(staffed)["stage"], lead(staffed)["lead_on"]) == ("lost", "2026-11-20")
    assert steps(staffed) == []
    do(staffed, lambda ws: records.edit_customer(ws, "甲", {"stage": "lead"}), later(5))
    row = lead(staffed)
    assert (row["lead_on"], row["lost_on"], row["lost_reason"], row["won_on"]) == ("2026-11-25", None, None, None)
    # The grade is the same as before; its steps begin anew, from that day.
    assert steps(staffed) == ["lead:C000001:lead-a:1.2", "lead:C000001:lead-a:2.2"]
    do(staffed, undo, later(5))
    assert (steps(staffed), lead(staffed)["lost_on"]) == ([], "2026-11-22")


def test_the_stage_alone_tells_what_became_of_a_lead(staffed: Crm) -> None:
    for name in "甲乙丙丁":
        add(staffed, name)
    for day, name, stage in (
        (1, "甲", "active"),
        (1, "乙", "lost"),
        (1, "丙", "prospect"),
        (2, "丙", "active"),
        (1, "丁", "lost"),
        (2, "丁", "active"),
    ):
        do(staffed, set_stage(name, stage), later(day))
    assert [(lead(staffed, f"C00000{n}")["won_on"], lead(staffed, f"C00000{n}")["lost_on"]) for n in range(1, 5)] == [
        ("2026-11-21", None), (None, "2026-11-21"), ("2026-11-22", None), ("2026-11-22", None),
    ]  # fmt: skip
    # Whoever was won and goes is no lead that was lost; whoever never was a lead has no such days.
    do(staffed, lambda ws: records.edit_customer(ws, "甲", {"stage": "lost"}), later(9))
    assert (lead(staffed)["won_on"], lead(staffed)["lost_on"]) == ("2026-11-21", None)
    do(staffed, lambda ws: records.add_customer(ws, {"name": "老客户", "since": "2020-01-01"}))
    do(staffed, lambda ws: records.edit_customer(ws, "老客户", {"stage": "lost"}), later(9))
    assert lead(staffed, "C000005")["lost_on"] is None


def test_a_lead_that_is_a_customer_s_twin_is_not_won_by_a_merge(staffed: Crm) -> None:
    add(staffed, "甲公司")
    do(staffed, lambda ws: records.add_customer(ws, {"name": "甲有限公司", "since": "2020-01-01"}))
    do(staffed, lambda ws: merging.merge(ws, "C000001", ["C000002"]))
    row = lead(staffed)
    assert (row["stage"], row["won_on"], row["since"]) == ("active", None, "2020-01-01")


@pytest.mark.parametrize(
    ("since", "named", "thanked", "said"),
    [
        ("2025-11-20", "C000001", True, "C000001 老客户"),
        ("2025-11-20", "老客户", True, "C000001 老客户"),
        ("2025-11-21", "C000001", False, "C000001 老客户"),
        ("2020-01-01", "张总", False, "张总"),
    ],
)
def test_a_referral_is_thanked_for(staffed: Crm, since: str, named: str, thanked: bool, said: str) -> None:
    do(staffed, lambda ws: records.add_customer(ws, {"name": "老客户", "since": since}))
    add(staffed, "甲", referrer=named)
    won = do(staffed, lambda ws: win_lead(ws, "甲"))
    assert (won.referrer, won.referred) == (said, said.startswith("C"))
    assert steps(staffed) == (["retention:C000001:thanks:1"] if thanked else [])


def test_a_b_lead_is_followed_up_every_week(staffed: Crm) -> None:
    add(staffed, "甲", need="换系统")
    for week in range(1, 7):
        with staffed(now=datetime.fromisoformat(later(7 * week))) as ws:
            (item,) = due(ws, kinds=("lead",))
            assert (item.action, item.due_on) == ("Follow up", date(2026, 11, 20) + timedelta(weeks=week))
            settle(ws, item.key, "done")
    do(staffed, lambda ws: lose_lead(ws, "甲", "x"), later(43))
    with staffed(readonly=True, now=datetime.fromisoformat(later(100))) as ws:
        assert due(ws, kinds=("lead",)) == []


# ------------------------------------------------------------------------------------------------- undo

OPERATIONS: dict[str, Callable[[Workspace], Any]] = {
    "add": lambda ws: add_lead(ws, {"name": "新", "region": "华东", "campaign": "x", "contact_name": "李", **CLEAR}),
    "set": lambda ws: grading.set_grade(ws, "乙", "A", "熟"),
    "auto": lambda ws: grading.grade(ws, auto=True),
    "edit": lambda ws: records.edit_customer(ws, "甲", {"need": "无"}),
    "assign": lambda ws: distributing.assign(ws, ["甲", "丙"], to="Bo"),
    "pool": lambda ws: (journal.change(ws, "customer", 3, {"source": "expo"}), distributing.assign(ws)),
    "release": stale.release,
    "win": lambda ws: win_lead(ws, "甲", amount="5万"),
    "lose": lambda ws: lose_lead(ws, "乙", "价格"),
    "stage": lambda ws: records.edit_customer(ws, "甲", {"stage": "lost"}),
    "again": lambda ws: records.edit_customer(ws, "丁", {"stage": "lead"}),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_they_go_back_exactly_and_can_be_tried_first(staffed: Crm, name: str) -> None:
    do(staffed, lambda ws: records.add_customer(ws, {"name": "老客户", "since": "2020-01-01", "code": "K1"}))
    add(staffed, "甲", **CLEAR, referrer="K1")
    add(staffed, "乙", need="换系统")
    add(staffed, "丙", source="nobody")
    add(staffed, "丁", **CLEAR)
    do(staffed, lambda ws: lose_lead(ws, "丁", "x"))
    do(staffed, lambda ws: grading.set_grade(ws, "丙", "B", "猜的"))
    before = everything(staffed)
    moment = datetime.fromisoformat(later(4))
    with staffed(now=moment, dry_run=True) as ws:
        OPERATIONS[name](ws)
    assert everything(staffed) == before
    with staffed(now=moment) as ws:
        OPERATIONS[name](ws)
        assert ws.wrote is not None
    after = everything(staffed)
    assert after != before
    do(staffed, undo, later(4))
    assert everything(staffed) == before
    do(staffed, redo, later(4))
    assert everything(staffed) == after


# ---------------------------------------------------------------------------------------------- the funnel

_DAYS = st.dates(date(2026, 10, 1), date(2026, 11, 20))


@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_funnel_against_plain_loops(founded: bytes, tmp_path: Path, data: st.DataObject) -> None:
    leads: list[dict[str, Any]] = data.draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "stage": st.sampled_from(["lead", "active", "lost", "prospect", "never"]),
                    "source": st.sampled_from(["expo", "展会", "site", "抖音", None]),
                    "campaign": st.sampled_from(["x", None]),
                    "owner": st.sampled_from(["Ann", "Bo", None]),
                    "grade": st.sampled_from(["A", "B", "C", None]),
                    "lead_on": _DAYS,
                    "closed_on": _DAYS,
                    "told": st.booleans(),
                    "contacts": st.lists(st.tuples(_DAYS, st.sampled_from(["call", "push"])), max_size=3),
                }
            ),
            max_size=12,
        )
    )
    since: date | None = data.draw(st.none() | _DAYS)
    until: date | None = data.draw(st.none() | st.dates(since or date(2026, 10, 1), date(2026, 11, 20)))
    with crmcli.open(copied(tmp_path / "funnel.db", founded), now=datetime.fromisoformat(NOW)) as ws:
        for number, given_lead in enumerate(leads):
            _store(ws, number, given_lead)
        days = [None if day is None else day.isoformat() for day in (since, until)]
        by = data.draw(st.sampled_from([("source", "owner"), ("campaign",), ("grade", "source")]))
        found = lead_funnel(ws, by=by, since=days[0], until=days[1])
    counted = [one for one in leads if one["stage"] != "never" and (since is None or since <= one["lead_on"])]
    counted = [one for one in counted if until is None or one["lead_on"] <= until]
    expected = []
    for name in by:
        keys = {_key(one, name) for one in counted}
        rows = [_expected(name, key, [one for one in counted if _key(one, name) == key]) for key in keys]
        expected += sorted(rows, key=lambda row: (row.key is None, -row.captured, row.key or ""))
    assert found == [*expected, *([_expected("total", None, counted)] if counted else [])]


def _store(ws: Workspace, number: int, given_lead: dict[str, Any]) -> None:
    stage = given_lead["stage"]
    day = given_lead["lead_on"].isoformat()
    closed = max(given_lead["lead_on"], given_lead["closed_on"]).isoformat()
    # An open lead of the day it was recorded may say so by that alone.
    told = given_lead["told"] or stage != "lead"
    row = {key: given_lead[key] for key in ("source", "campaign", "owner", "grade")}
    (row_id,) = journal.add(
        ws,
        "customer",
        [
            {
                **row, "code": f"L{number:02}", "name": f"N{number}", "name_key": f"n{number}", "kind": "company",
                "stage": "active" if stage == "never" else stage, "consent": "unknown", "tier_drops": 0,
                "created_on": "2026-11-20" if told else day, "lead_on": day if told and stage != "never" else None,
                "won_on": closed if stage == "active" else None, "lost_on": closed if stage == "lost" else None,
            }
        ],
    )  # fmt: skip
    for nth, (on, channel) in enumerate(given_lead["contacts"]):
        moment = {"at": f"{on}T02:00:00Z", "contact_on": on.isoformat(), "channel": channel, "nth": nth, "topic": ""}
        journal.add(ws, "interaction", [{**moment, "customer_id": row_id, "direction": "out"}])


def _key(one: dict[str, Any], name: str) -> str | None:
    key: str | None = {"展会": "expo"}.get(one[name], one[name])
    return key


def _expected(group: str, key: str | None, leads: list[dict[str, Any]]) -> FunnelRow:
    took, contacted = [], 0
    for one in leads:
        last = date(2026, 11, 20)
        if one["stage"] in ("active", "lost"):
            last = max(one["lead_on"], one["closed_on"])
        if one["stage"] == "active":
            took.append((last - one["lead_on"]).days)
        contacted += any(channel != "push" and one["lead_on"] <= on <= last for on, channel in one["contacts"])
    lost = len([one for one in leads if one["stage"] == "lost"])
    a, b, c = (len([one for one in leads if one["grade"] == grade]) for grade in "ABC")
    return FunnelRow(
        group, key, len(leads), a, b, c, contacted, len(took), lost, len(leads) - len(took) - lost,
        len(took) / len(leads), round(mean(took), 1) if took else None, median(took) if took else None,
    )  # fmt: skip


def test_the_funnel_is_asked_for_what_there_is(crm: Crm) -> None:
    with crm(readonly=True) as ws:
        assert lead_funnel(ws, by=BY) == []
        for options, error in (({"by": ["region"]}, UsageError), ({"since": "someday"}, InvalidInput)):
            with pytest.raises(error):
                lead_funnel(ws, **options)


def test_the_presets_release_the_leads_that_plan_0_asks_to_visit() -> None:
    for name in ("standard", "plan-0"):
        policy, _problems = schema.load(schema.preset(name))
        assert policy is not None
        assert [(rule.days, rule.grades) for rule in policy.stale_leads] == [(3, ("A",)), (14, ("B",)), (60, ())]
