"""`crm lead` through the program."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from crmcli import i18n
from tests.conftest import Crm, Run
from tests.store.dumps import dump

LIST = (
    "code name grade grade_reason source campaign owner need budget decision lead_on last_contact_on next_step_on "
    "stale_on"
)
FUNNEL = "group key captured a b c contacted won lost open conversion days_mean days_median"


def _rows(run: Run, *args: object, at: str | None = None) -> list[dict[str, Any]]:
    code, text, _stderr = run(*args, "-f", "json", **({"at": at} if at else {}))
    assert code == 0
    found: list[dict[str, Any]] = json.loads(text)
    return found


@pytest.fixture
def staffed(run: Run) -> Run:
    """`run` on a base with two sellers, a customer of three years, an A lead (王芳's) and a B lead (李雷's)."""
    run("team", "add", "李雷", "--role", "sales")
    run("team", "add", "王芳", "--role", "sales")
    run("add", "云杉贸易", "since=2023-05-04", "code=K1")
    clear = ("--need", "扩容", "--budget", "50万", "--decision", "总经理")
    run("lead", "add", "晨光科技", *clear, "--source", "展会", "--campaign", "工博会", "--owner", "王芳",
        "--phone", "13800138000", "--contact", "张三", "--referrer", "K1")  # fmt: skip
    run("lead", "add", "远山重工", "--need", "换系统", "--source", "官网", "--email", "a@yuanshan.example")
    return run


def test_a_lead_from_the_fair_to_the_first_order(staffed: Run) -> None:
    first, second = _rows(staffed, "lead", "list")
    assert first == {
        "code": "C000001", "name": "晨光科技", "grade": "A", "grade_reason": "rule: need and budget and decision",
        "source": "expo", "campaign": "工博会", "owner": "王芳", "need": "扩容", "budget": "50万",
        "decision": "总经理", "lead_on": "2026-11-20", "last_contact_on": None, "next_step_on": "2026-11-21",
        "stale_on": "2026-11-23",
    }  # fmt: skip
    assert (second["grade"], second["owner"], second["stale_on"]) == ("B", "李雷", "2026-12-04")
    staffed("log", "晨光科技", "通电话", at="2026-11-21T08:00+08:00")
    (first, _second) = _rows(staffed, "lead", "list", at="2026-11-21T10:00+08:00")
    assert (first["last_contact_on"], first["next_step_on"], first["stale_on"]) == (
        "2026-11-21", "2026-11-23", "2026-11-24",
    )  # fmt: skip
    code, stdout, stderr = staffed("lead", "win", "晨光科技", "--amount", "12万", at="2026-11-22T10:00+08:00")
    assert code == 0
    assert stderr.splitlines()[0].startswith(
        "C000001 晨光科技 won on 2026-11-22, order O000001; referred by K1 云杉贸易. Undo: crm undo "
    )
    assert stdout.splitlines()[1].split() == [
        "C000001", "晨光科技", "王芳", "expo", "2026-11-22", "2", "O000001", "K1", "云杉贸易",
    ]  # fmt: skip
    assert staffed("lead", "lose", "远山", "--reason", "预算取消").stderr.startswith(
        "C000002 远山重工 lost: 预算取消. Undo"
    )
    assert _rows(staffed, "lead", "list") == []
    funnel = _rows(staffed, "lead", "funnel", at="2026-11-23T10:00+08:00")
    assert list(funnel[0]) == FUNNEL.split()
    assert [(row["group"], row["key"], row["captured"], row["won"], row["lost"]) for row in funnel] == [
        ("source", "expo", 1, 1, 0), ("source", "site", 1, 0, 1), ("owner", "李雷", 1, 0, 1),
        ("owner", "王芳", 1, 1, 0), ("total", None, 2, 1, 1),
    ]  # fmt: skip
    assert (funnel[-1]["conversion"], funnel[-1]["days_mean"], funnel[-1]["days_median"]) == (0.5, 2, 2)
    assert [row["key"] for row in _rows(staffed, "lead", "funnel", "--by", "grade")] == ["A", "B", None]
    assert _rows(staffed, "lead", "funnel", "--until", "2026-11-19") == []


def test_the_list_is_filtered(staffed: Run) -> None:
    staffed("lead", "add", "海云", "--source", "抖音", "--owner", "王芳")

    def listed(*words: str) -> list[str]:
        return staffed("lead", "list", "-q", *words).stdout.split()

    assert list(_rows(staffed, "lead", "list")[0]) == LIST.split()
    assert listed() == ["C000001", "C000002", "C000003"]
    assert listed("--owner", "王芳") == ["C000001", "C000003"]
    assert listed("--grade", "b类") == ["C000002"]
    assert listed("--grade", "none") == []
    assert listed("--source", "expo") == listed("--source", "展览") == ["C000001"]
    assert listed("--source", "抖音") == ["C000003"]
    assert listed("--pool") == []
    staffed("edit", "C000003", "owner=")
    assert listed("--pool") == ["C000003"]


def test_grades_from_the_command_line(staffed: Run) -> None:
    code, stdout, stderr = staffed("lead", "grade", "远山", "--set", "A", "--reason", "老板是熟人")
    assert (code, stdout.splitlines()[1].split()) == (0, ["C000002", "远山重工", "B", "A", "老板是熟人"])
    assert stderr.splitlines()[0].startswith("C000002: grade A by hand. Undo: crm undo ")
    assert "2 steps of playbooks begun" in stderr
    assert staffed("lead", "grade").stderr == "nothing changed\n"
    assert _rows(staffed, "lead", "grade", "--auto", "-n") == [
        {"code": "C000002", "name": "远山重工", "from": "A", "to": "B", "reason": "rule: need"}
    ]
    page = staffed("why", "远山重工").stdout
    assert "A: set by hand by tester at 2026-11-20 09:00: 老板是熟人" in page
    assert "✔ B: true  lead_grade[2].when" in page


def test_stale_leads_are_passed_on_by_cron(staffed: Run) -> None:
    assert _rows(staffed, "lead", "release", at="2026-11-22T10:00+08:00") == []
    tried = staffed("lead", "release", "-n", at="2026-11-23T10:00+08:00")
    done = staffed("lead", "release", at="2026-11-23T10:00+08:00")
    assert tried.stdout == done.stdout
    assert done.stdout.splitlines()[1].split() == ["C000001", "晨光科技", "A", "王芳", "李雷", "2026-11-23"]
    assert "1 stale lead released, 1 given to somebody else. Undo: crm undo " in done.stderr
    assert staffed("lead", "release", at="2026-11-23T11:00+08:00").stdout == ""
    assert "李雷" in staffed("due", "--days", "9", at="2026-11-23T11:00+08:00").stdout


def test_leads_are_given_by_name(staffed: Run) -> None:
    result = staffed("lead", "assign", "C000001", "C000002", "--to", "李雷")
    assert result.stdout.splitlines()[1].split() == ["C000001", "晨光科技", "A", "王芳", "李雷"]
    assert result.stderr.startswith("1 lead assigned. Undo: crm undo ")
    assert staffed("lead", "assign").stderr == "nothing changed\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add"], 2, "NAME"),
        (["add", " "], 5, "name is missing"),
        (["add", "晨光科技"], 4, "C000001 晨光科技 has the same name already; its stage is lead"),
        (["add", "新", "--phone", "138 0013 8000"], 4, "the same phone"),
        (["add", "新", "--email", "A@yuanshan.example"], 4, "the same email"),
        (["add", "新", "--phone", "1"], 5, "phone '1'"),
        (["add", "新", "phone=1", "--phone", "2"], 2, "given twice"),
        (["add", "新", "--owner", "王方"], 3, "did you mean 王芳?"),
        (["add", "新", "stage=active"], 2, "the stage of a new lead is lead"),
        (["grade", "云杉"], 4, "K1 云杉贸易 is no lead: its stage is active"),
        (["grade", "无人"], 3, "no customer"),
        (["grade", "远山", "--set", "D", "--reason", "x"], 5, "no grade 'D'"),
        (["grade", "远山", "--set", "A"], 2, "needs a reason"),
        (["grade", "--set", "A", "--reason", "x"], 2, "--set needs leads"),
        (["grade", "远山", "--reason", "x"], 2, "--reason goes with --set"),
        (["assign", "--to", "王芳"], 2, "which leads?"),
        (["assign", "远山", "--to", "nobody"], 3, "nobody"),
        (["win", "云杉"], 4, "is no lead"),
        (["win", "远山", "--on", "someday"], 5, "--on someday"),
        (["win", "远山", "--on", "tomorrow"], 4, "not before"),
        (["win", "远山", "--on", "2026-11-19"], 4, "became a lead on 2026-11-20 only"),
        (["win", "远山", "--order", "N1"], 5, "amount is missing"),
        (["win", "远山", "--amount", "x"], 5, "amount 'x'"),
        (["lose", "远山"], 2, "--reason"),
        (["lose", "远山", "--reason", " "], 2, "for a reason"),
        (["lose", "云杉", "--reason", "x"], 4, "is no lead"),
        (["list", "--grade", "D"], 2, "no grade 'D'"),
        (["list", "--pool", "--owner", "王芳"], 2, "--pool"),
        (["funnel", "--by", "region"], 2, "no grouping 'region'"),
        (["funnel", "--since", "whenever"], 5, "--since whenever"),
    ],
)
def test_refusals_are_one_line_and_write_nothing(
    staffed: Run, crm: Crm, words: list[str], code: int, said: str
) -> None:
    with crm(readonly=True) as ws:
        before = dump(ws)
    found, stdout, stderr = staffed("lead", *words)
    assert (found, stdout) == (code, "")
    assert said in stderr
    assert stderr.startswith("crm: error: ")
    assert len(stderr.splitlines()) <= 2
    with crm(readonly=True) as ws:
        assert dump(ws) == before


def test_another_of_the_same_name_is_made_when_asked_for(staffed: Run) -> None:
    assert staffed("lead", "add", "晨光科技", "--yes", "-q").stdout == "C000003\n"


def test_a_new_base_is_made_for_the_first_lead(run: Run, tmp_path: Path) -> None:
    result = run("lead", "add", "甲", database=tmp_path / "new.db")
    assert result.code == 0
    assert "1 lead stays in the pool: no active member of the role sales has room" in result.stderr
    assert "lead C000001 甲 added, grade C, in the pool" in result.stderr


def test_an_empty_list_is_a_success(run: Run) -> None:
    for words in (["list"], ["funnel"], ["release"], ["grade"], ["assign"]):
        result = run("lead", *words, "-f", "json")
        assert (result.code, json.loads(result.stdout)) == (0, [])


def test_texts_of_leads_stay_texts(run: Run) -> None:
    run("lead", "add", "=1+1", "--need", "\x1b[31m'); DROP TABLE customer; --", "--source", "=cmd")
    assert "\x1b" not in run("lead", "list").stdout
    row = next(csv.DictReader(io.StringIO(run("lead", "list", "--excel").stdout.removeprefix("\ufeff"))))
    assert (row["name"], row["source"]) == ("'=1+1", "'=cmd")
    assert _rows(run, "lead", "funnel")[0]["key"] == "=cmd"


def test_keys_stay_english_in_chinese(staffed: Run) -> None:
    try:
        assert list(_rows(staffed, "lead", "list", "--lang", "zh")[0]) == LIST.split()
    finally:
        i18n.choose("en")


def test_a_new_lead_is_shown_with_its_first_step(staffed: Run) -> None:
    code, stdout, stderr = staffed("lead", "add", "新线索", "--need", "扩容", "-f", "json")
    assert (code, json.loads(stdout)[0]["next_step_on"]) == (0, "2026-11-27")
    assert stderr.splitlines()[1] == "1 step of a playbook begun"
    assert len(_rows(staffed, "due", "--days", "30", "--kind", "lead")) == 4
