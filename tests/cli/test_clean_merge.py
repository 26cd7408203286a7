"""`crm clean merge`, `distinct` and `review` as their users meet them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

import crmcli.cli.clean
from crmcli.cleaning import duplicates
from crmcli.cli import asking
from crmcli.values import display_width
from tests.conftest import Result, Run


@pytest.fixture
def base(run: Run) -> Run:
    """Three customers (operations 1 to 3), two of which are one."""
    run("add", "样例贸易", "phone=13800138000", "city=上海", "contact_name=张三")
    run("add", "上海样例贸易有限公司", "phone=13700137000", "consent=no", "--force")
    run("add", "别家[/]", "phone=13600136000")
    return run


def _rows(result: Result) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


def test_a_merge_shows_what_came_from_whom_and_how_to_undo_it(base: Run) -> None:
    result = base("clean", "merge", "C000001", "C000002", "-f", "json")
    assert (result.code, result.stderr) == (0, "1 customer merged. Undo: crm undo 4\n")
    rows = _rows(result)
    assert list(rows[0]) == ["kept", "merged", "field", "value", "from", "reason"]
    assert {(row["field"], row["value"], row["from"]) for row in rows} == {
        ("name", "上海样例贸易有限公司", "C000002"),
        ("phone", "+8613700137000", "C000002"),
        ("other_phones", "+8613800138000", "C000001"),
        ("consent", "no", "C000002"),
        ("code", "C000002", "C000002"),
    }
    assert base("undo").code == 0
    assert len(_rows(base("list", "-f", "json"))) == 3


def test_a_merge_tried_first(base: Run) -> None:
    tried = base("clean", "merge", "C000001", "C000002", "-n", "-f", "json")
    assert tried.stderr == "1 customer merged (dry run: nothing was written)\n"
    assert len(_rows(base("list", "-f", "json"))) == 3
    assert base("clean", "merge", "C000001", "C000002", "-f", "json").stdout == tried.stdout


def test_the_former_code_is_told_on_stderr(base: Run) -> None:
    base("clean", "merge", "C000001", "C000002")
    shown = base("show", "C000002", "-f", "json")
    assert shown.code == 0
    assert shown.stderr == "C000002 was merged into C000001 上海样例贸易有限公司 on 2026-11-20\n"
    assert _rows(shown)[0]["code"] == "C000001"
    assert base("log", "c000002", "电话").code == 0
    told = [row for row in _rows(base("history", "C000001", "-f", "json")) if row["field"] == "merged"]
    assert [(row["op"], row["after"]) for row in told] == [(4, "C000002 上海样例贸易有限公司")]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["merge"], 2, "which customers are one?"),
        (["merge", "C000001"], 2, "which customers are one?"),
        (["merge", "--auto", "C000001", "C000002"], 2, "which customers are one?"),
        (["merge", "C000001", "C000001"], 4, "are both C000001"),
        (["merge", "C000001", "上海样例贸易有限公司", "C000002"], 4, "are both C000002"),
        (["merge", "C000001", "nobody"], 3, "no customer answers to"),
        (["merge", "C000003", "样例"], 3, "is not one customer"),
        (["distinct", "C000001", "样例贸易"], 4, "are both C000001"),
        (["distinct", "C000001", "nobody"], 3, "no customer answers to"),
        (["distinct", "C000001"], 2, "Missing argument"),
        (["review"], 4, "it needs a terminal"),
    ],
)
def test_what_cannot_be_done(base: Run, words: list[str], code: int, said: str) -> None:
    before = base("history", "-f", "json").stdout
    result = base("clean", *words)
    assert (result.code, result.stdout) == (code, "")
    assert said in result.stderr
    assert base("history", "-f", "json").stdout == before


def test_distinct_is_remembered_and_a_merge_against_it_needs_a_yes(base: Run) -> None:
    result = base("clean", "distinct", "C000002", "C000001", "-f", "json")
    assert result.stderr == "C000001 and C000002 are distinct. Undo: crm undo 4\n"
    assert [(row["left"], row["right"], row["since"]) for row in _rows(result)] == [
        ("C000001", "C000002", "2026-11-20")
    ]
    again = base("clean", "distinct", "C000001", "C000002", "-f", "json")
    assert (again.code, again.stderr, again.stdout) == (0, "nothing changed\n", result.stdout)
    refused = base("clean", "merge", "C000001", "C000002")
    assert refused.code == 4
    assert "said to be distinct on 2026-11-20" in refused.stderr
    assert "--yes" in refused.stderr
    assert "said to be distinct" in base("clean", "merge", "C000001", "C000002", "-n").stderr
    assert base("clean", "merge", "C000001", "C000002", "--yes").code == 0
    assert base("undo").code == 0
    assert base("clean", "distinct", "C000001", "C000002").stderr == "nothing changed\n"


def test_different_tax_ids_are_two_customers_unless_somebody_says_yes(base: Run) -> None:
    base("edit", "C000001", "tax_id=91310000MA1FL8TQ36")
    base("edit", "C000002", "tax_id=91110108551385082Q")
    refused = base("clean", "merge", "C000001", "C000002")
    assert refused.code == 4
    assert "different tax ids: C000001 91310000MA1FL8TQ36, C000002 91110108551385082Q" in refused.stderr
    assert base("clean", "merge", "C000001", "C000002", "-y").code == 0


def test_all_certain_ones(base: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "twins.csv"
    head = "客户编号,客户名称,电话,联系人,城市\n"
    file.write_text(
        head + "T1,苏州示例机电有限公司,13900139000,李四,苏州\nT2,苏州示例机电有限公司,13900139000,李四,苏州\n", "utf-8"
    )
    base("import", file)
    _found(monkeypatch, ("T1", "T2"))
    result = base("clean", "merge", "--auto", "-f", "json")
    assert result.code == 0
    assert result.stderr == "1 customer merged. Undo: crm undo 5\n"
    assert {(row["kept"], row["merged"]) for row in _rows(result)} == {("T1", "T2")}
    assert base("clean", "merge", "--auto", "-f", "json").stdout == "[]\n"
    base("undo", "5")
    base("clean", "distinct", "T1", "T2")
    assert base("clean", "merge", "--auto", "-f", "json").stdout == "[]\n"


def test_a_list_imported_again_finds_the_kept_one_by_the_former_code(base: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_text("客户编号,客户名称,城市\nT1,苏州示例机电有限公司,苏州\nT2,示例机电,\n", "utf-8")
    base("import", file)
    base("clean", "merge", "T1", "T2")
    file.write_text("客户编号,客户名称,城市,行业\nT2,示例机电,,机电\n", "utf-8")
    orders = tmp_path / "orders.csv"
    orders.write_text("订单号,客户编号,下单日期,金额\nN-1,T2,2026-11-01,5\n", "utf-8")
    assert (base("import", file).code, base("import", orders).code) == (0, 0)
    assert base("add", "别家", "code=T2").code == 4
    rows = [row for row in _rows(base("list", "-f", "json")) if row["code"].startswith("T")]
    assert [(row["code"], row["name"], row["industry"]) for row in rows] == [("T1", "苏州示例机电有限公司", "机电")]
    assert rows[0]["orders_12m"] == 1


def _found(monkeypatch: pytest.MonkeyPatch, *pairs: tuple[str, str]) -> None:
    """Let the duplicate finder find these."""
    found = [duplicates.Pair(left, right, "", "", 1.0, "certain", ["phone same +10.9"]) for left, right in pairs]
    monkeypatch.setattr(duplicates, "find", lambda ws, **_options: found)


class _Terminal:
    """Somebody at a terminal: presses the given keys and types the given lines when asked for one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
        self.keys = iter(keys)
        monkeypatch.setattr(asking, "can_ask", lambda: True)
        monkeypatch.setattr(sys.modules[f"{crmcli.cli.clean.__name__}.review"], "can_ask", lambda: True)
        monkeypatch.setattr(typer, "getchar", self._key)
        monkeypatch.setattr(typer, "prompt", lambda *_said, **_options: next(self.keys))
        monkeypatch.setattr("sys.stdin.readline", lambda: f"{next(self.keys)}\n", raising=False)

    def _key(self) -> str:
        key = next(self.keys)
        if key == "\x03":
            raise KeyboardInterrupt
        if key == "\x04":
            raise EOFError
        return key


@pytest.fixture
def twins(base: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Four more customers: two pairs that are alike, and the only ones that are found to be."""
    _found(monkeypatch, ("T1", "T2"), ("T3", "T4"))
    file = tmp_path / "twins.csv"
    lines = ["客户编号,客户名称,电话,联系人,城市,备注"]
    lines += [f"T{n},苏州示例机电有限公司,13900139000,李四,苏州,第{n}行" for n in (1, 2)]
    lines += [f"T{n},无锡示例仪表有限公司,13500135000,王五,无锡," for n in (3, 4)]
    file.write_text("\n".join(lines), "utf-8")
    base("import", file)
    return base


def test_a_review_on_a_terminal(twins: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _Terminal(monkeypatch, "r", "u", "ｌ", "x", "d")
    result = twins("clean", "review", "--all", "-f", "json")
    assert result.code == 0
    assert "1 of 2   certain" in result.stderr
    assert "T1 was merged into T2. Undo: crm undo 5" in result.stderr
    assert "T1 and T2: taken back" in result.stderr
    assert result.stderr.endswith("1 merged, 1 distinct, 0 for later; 0 not looked at\n")
    assert [(row["left"], row["right"], row["decision"], row["kept"], row["op"]) for row in _rows(result)] == [
        ("T1", "T2", "merged", "T1", 7),
        ("T3", "T4", "distinct", None, 8),
    ]
    assert "T2" not in twins("list", "-f", "csv").stdout


def test_both_stand_side_by_side(twins: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    twins("edit", "T2", "name=苏州示例(老客户)", "city=", "owner=[/]")
    _Terminal(monkeypatch, "q")
    shown = twins("clean", "review", "--all").stderr
    lines = {line.split()[0]: line.rstrip() for line in shown.splitlines() if line.strip()}
    assert lines["name"].split() == ["name", "苏州示例机电有限公司", "<", "苏州示例(老客户)"]
    assert lines["city"].split() == ["city", "苏州", "<"]
    assert lines["owner"].split() == ["owner", ">", "[/]"]
    assert lines["note"].split() == ["note", "第1行", "+", "第2行"]
    assert display_width(lines["name"].split("<")[0]) == display_width(lines["city"].split("<")[0])


@pytest.mark.parametrize(("key", "code"), [("\x03", 130), ("\x04", 0), ("q", 0), ("\x1b", 0)])
def test_a_review_that_is_left_in_the_middle_keeps_what_was_decided(
    twins: Run, monkeypatch: pytest.MonkeyPatch, key: str, code: int
) -> None:
    _Terminal(monkeypatch, "l", key)
    result = twins("clean", "review", "--all", "-f", "json")
    assert result.code == code
    assert "1 merged, 0 distinct, 0 for later; 1 not looked at" in result.stderr
    assert len(_rows(result)) == 1
    assert _rows(twins("history", "-f", "json"))[0]["op"] == 5


def test_a_review_tried_first(twins: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _Terminal(monkeypatch, "l", "d")
    result = twins("clean", "review", "--all", "-n", "-f", "json")
    assert "dry run: nothing was written" in result.stderr
    assert [row["op"] for row in _rows(result)] == [None, None]
    assert _rows(twins("history", "-f", "json"))[0]["op"] == 4


def test_fields_chosen_one_by_one(twins: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    twins("edit", "T2", "name=苏州示例集团", "phone=13300133000")
    # Leaving in the middle of the fields asks the question again.
    _Terminal(monkeypatch, "e", "\x1b", "e", "t", "苏州示例股份有限公司", "l", "r", "q")
    assert "whose code stays?" in twins("clean", "review", "--all").stderr
    row = next(row for row in _rows(twins("list", "-f", "json")) if row["code"] == "T2")
    assert (row["name"], row["phone"]) == ("苏州示例股份有限公司", "+8613900139000")


def test_nothing_to_review(base: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _found(monkeypatch)
    _Terminal(monkeypatch)
    result = base("clean", "review", "-f", "json")
    assert (result.code, result.stdout) == (0, "[]\n")


@pytest.mark.parametrize(("answer", "code"), [("n", 4), ("y", 0)])
def test_a_question_on_a_terminal_is_asked(base: Run, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    base("clean", "distinct", "C000001", "C000002")
    _Terminal(monkeypatch, answer)
    result = base("clean", "merge", "C000001", "C000002")
    assert result.code == code
    assert "said to be distinct" in result.stderr


def test_review_in_a_pipe_says_what_to_do_instead(base: Run, db: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crmcli", "--db", str(db), "clean", "review"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (4, "")
    assert "crm clean merge --auto" in done.stderr
    assert "crm clean duplicates -f json" in done.stderr
