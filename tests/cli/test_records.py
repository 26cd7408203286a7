"""Records through the program: what is printed, the exit codes, and that a refusal writes nothing."""

import csv
import io
import json
import re
import sqlite3
from pathlib import Path

import pytest

from crmcli.store import journal
from tests.conftest import Crm, Run


def _rows(run: Run, *args: object) -> list[dict[str, object]]:
    code, text, _stderr = run(*args, "-f", "json")
    assert code == 0
    found: list[dict[str, object]] = json.loads(text)
    return found


def test_a_day_with_one_customer(run: Run) -> None:
    code, stdout, stderr = run("add", "甲公司", "phone=13900001111", "owner=王芳", "-q")
    assert (code, stdout, stderr) == (0, "C000001\n", "C000001 甲公司 added. Undo: crm undo 1\n")
    code, stdout, stderr = run("edit", "甲", "owner=李明", "note=")
    assert (code, stderr) == (0, "C000001: owner: 王芳 → 李明. Undo: crm undo 2\n")
    assert stdout.splitlines() == ["record   field  before  after", "C000001  owner  王芳    李明"]
    assert run("edit", "甲", "owner=李明").stderr == "nothing changed\n"
    assert run("undo", "-f", "json").code == 0
    assert _rows(run, "list", "--fields", "code,owner") == [{"code": "C000001", "owner": "王芳"}]
    assert run("redo").code == 0
    assert _rows(run, "find", "1390000")[0]["owner"] == "李明"


def test_contacts(run: Run) -> None:
    run("add", "甲公司")
    assert run("contact", "add", "甲", "张三", "title=经理", "phone=13800138000", "primary=yes").code == 0
    assert run("contact", "edit", "甲", "张三", "title=总经理").stderr.startswith("C000001 张三: title: 经理 → 总经理.")
    (row,) = _rows(run, "contact", "list", "甲")
    assert (row["name"], row["title"], row["phone"], row["primary"]) == (
        "张三",
        "总经理",
        "+8613800138000",
        "yes",
    )
    assert run("contact", "remove", "甲", "张三").code == 0
    assert _rows(run, "contact", "list") == []
    assert run("undo").code == 0
    assert len(_rows(run, "contact", "list")) == 1


def test_orders(run: Run) -> None:
    run("add", "甲公司")
    assert run("order", "add", "甲", "1.2万", "--on", "2026-11-01", "product=标准件", "-q").stdout == "O000001\n"
    assert run("order", "add", "甲", "--number", "X-1", "--", "-500").code == 0
    assert run("order", "edit", "O000001", "status=退货").code == 0
    assert [(row["number"], row["amount"], row["status"]) for row in _rows(run, "order", "list")] == [
        ("X-1", "-500.00", "paid"),
        ("O000001", "12000.00", "returned"),
    ]
    assert [row["number"] for row in _rows(run, "order", "list", "甲", "--until", "2026-11-01")] == ["O000001"]
    assert run("order", "remove", "X-1", "O000001").code == 0
    assert _rows(run, "order", "list") == []


def test_a_dry_run_reports_and_writes_nothing(run: Run, db: Path) -> None:
    run("add", "甲公司")
    for command in (
        ("add", "乙公司"),
        ("edit", "甲", "owner=a"),
        ("contact", "add", "甲", "张三"),
        ("order", "add", "甲", "5"),
    ):
        code, stdout, stderr = run(*command, "--dry-run")
        assert code == 0
        assert stdout
        assert "(dry run: nothing was written)" in stderr
    assert [row["op"] for row in _rows(run, "history")] == [1]


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["edit", "nobody", "owner=a"], 3, "no customer answers to 'nobody'"),
        (["edit", "公司", "owner=a"], 3, "C000001 甲公司, C000002 乙公司"),
        (["show", "公司"], 3, "which one?"),
        (["edit", "甲", "onwer=a"], 2, "did you mean owner?"),
        (["edit", "甲", "owner"], 2, "'owner' is not field=value"),
        (["edit", "甲", "=x"], 2, "is not field=value"),
        (["edit", "甲"], 2, "nothing to set"),
        (["edit", "甲", "owner=a", "owner=b"], 2, "given twice"),
        (["edit", "甲", "tier=strategic"], 2, "crm tier set"),
        (["edit", "甲", "phone=1390"], 5, "phone '1390'"),
        (["edit", "甲", "name="], 5, "name cannot be empty"),
        (["add", ""], 5, "name is missing"),
        (["add", "甲公司"], 4, "--force"),
        (["add", "丙", "name=丁"], 2, "given twice"),
        (["contact", "edit", "甲", "张三", "title=a"], 3, "no contact '张三'"),
        (["contact", "list", "丁"], 3, "no customer"),
        (["order", "add", "甲", "many"], 5, "amount 'many'"),
        (["order", "add", "甲", "5", "--on", "2026-02-30"], 5, "ordered_on '2026-02-30'"),
        (["order", "edit", "O9", "amount=1"], 3, "no order O9"),
        (["order", "remove", "O9"], 3, "no order O9"),
        (["order", "list", "--since", "whenever"], 5, "--since whenever"),
        (["list", "--fields", "x"], 2, "fields: code, name"),
        (["list", "--sort", "x"], 2, "fields: code, name"),
        (["list", "--tier", "x"], 2, "strategic"),
        (["list", "--stage", "x"], 2, "active"),
        (["list", "--limit", "0"], 2, "--limit"),
        (["list", "-f", "pdf"], 2, "unknown format"),
        (["init"], 4, "exists already"),
    ],
)
def test_refusals_are_one_line_and_write_nothing(run: Run, args: list[str], code: int, words: str) -> None:
    run("add", "甲公司")
    run("add", "乙公司")
    before = _rows(run, "list"), _rows(run, "history")
    found, stdout, stderr = run(*args)
    assert (found, stdout) == (code, "")
    assert words in stderr
    assert stderr.startswith("crm: error: ")
    assert len(stderr.splitlines()) <= 2
    assert (_rows(run, "list"), _rows(run, "history")) == before


def test_init(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "neu 新" / "crm.db"
    code, stdout, stderr = run("init", database=path)
    assert (code, stdout) == (0, f"{path}\n")
    assert "crm import" in stderr
    assert run("init", "--preset", "x", database=tmp_path / "b.db").code == 2
    assert not (tmp_path / "b.db").exists()


def test_add_makes_a_missing_database_and_others_do_not(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    for command in (("list",), ("edit", "a", "owner=b")):
        assert run(*command, database=path).code == 6
    assert run("add", "甲", "-n", database=path).code == 0
    assert not path.exists()
    assert run("add", "甲", database=path).code == 0
    assert path.exists()


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.commit()
    connection.close()


_UNUSABLE = {
    "missing": lambda path: None,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("name\n甲\n" * 50, "utf-8"),
    "directory": lambda path: path.mkdir(),
    "foreign": _foreign,
}


@pytest.mark.parametrize("kind", _UNUSABLE)
@pytest.mark.parametrize("command", [["list"], ["show", "a"], ["find", "a"], ["edit", "a", "owner=b"], ["undo"]])
def test_an_unusable_database(run: Run, tmp_path: Path, kind: str, command: list[str]) -> None:
    path = tmp_path / "x.db"
    _UNUSABLE[kind](path)
    before = path.read_bytes() if path.is_file() else None
    code, stdout, stderr = run(*command, database=path)
    assert (code, stdout) == (6, "")
    assert stderr.startswith("crm: error: ")
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize("kind", ["empty", "text", "directory", "foreign"])
def test_add_and_init_do_not_write_over_what_is_there(run: Run, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x.db"
    _UNUSABLE[kind](path)
    before = path.read_bytes() if path.is_file() else None
    assert run("add", "甲", database=path).code == 6
    assert run("init", database=path).code == 4
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_locked_database_is_said_at_once(run: Run, db: Path) -> None:
    holder = sqlite3.connect(db, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        code, stdout, stderr = run("add", "甲", "--busy-timeout", "0")
        assert (code, stdout) == (75, "")
        assert "--busy-timeout" in stderr
        assert run("list", "--busy-timeout", "0").code == 0
    finally:
        holder.close()


NASTY = "甲\x1b[31m\u202e[vip] [/] :smile: |x"


@pytest.fixture
def nasty(crm: Crm) -> None:
    """A customer whose name has what a terminal or a renderer would obey; old data may hold it."""
    with crm() as ws:
        known = {"kind": "company", "stage": "active", "consent": "unknown", "created_on": "2026-01-01"}
        row = {"code": "=1+1", "name": NASTY, "name_key": "x", "tier_drops": 0, "terms": NASTY, **known}
        (row_id,) = journal.add(ws, "customer", [row])
        person = {"customer_id": row_id, "name": NASTY, "name_key": "x", "main": "no", "consent": "unknown"}
        journal.add(ws, "contact", [person])


@pytest.mark.usefixtures("nasty")
@pytest.mark.parametrize("command", ["list", "show =1+1", "find x", "contact list", "history =1+1"])
@pytest.mark.parametrize("format", ["table", "md", "tsv"])
def test_nothing_in_a_name_is_obeyed(run: Run, command: str, format: str) -> None:
    code, stdout, stderr = run(*command.split(), "-f", format)
    assert (code, stderr) == (0, "")
    assert "\x1b" not in stdout
    assert "\u202e" not in stdout
    # Markdown shows a character after a backslash as it is.
    seen = re.sub(r"\\([\\\[\]])", r"\1", stdout) if format == "md" else stdout
    assert r"甲\x1b[31m\u202e[vip] [/] :smile: " in seen
    assert format != "md" or "[vip]" not in stdout


@pytest.mark.usefixtures("nasty")
def test_machines_get_a_name_as_it_is(run: Run) -> None:
    assert _rows(run, "list", "--fields", "name") == [{"name": NASTY}]
    text = run("list", "--fields", "code,name", "-f", "csv").stdout
    assert list(csv.reader(io.StringIO(text)))[1] == ["=1+1", NASTY]
    assert "'=1+1" in run("list", "--fields", "code,name", "--excel").stdout


@pytest.mark.usefixtures("nasty")
@pytest.mark.parametrize("command", [["list"], ["show", "=1+1"], ["find", "x"]])
def test_nor_on_a_terminal(run: Run, command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    code, stdout, stderr = run(*command)
    assert (code, stderr) == (0, "")
    assert "\x1b[31m" not in stdout
    assert "\u202e" not in stdout
    assert r"甲\x1b" in stdout
    assert "[vip]" in stdout.replace("\n", "")


def test_a_terminal_gets_the_short_list(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run("add", "甲公司", "owner=王芳")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    header = next(line for line in run("list").stdout.splitlines() if "code" in line).split()
    assert header[:4] == ["code", "name", "tier", "owner"]
    assert "strategic" not in header


def test_output_goes_to_a_file(run: Run, tmp_path: Path) -> None:
    run("add", "甲公司")
    assert run("list", "-o", tmp_path / "a.csv").stdout == ""
    assert (tmp_path / "a.csv").read_text("utf-8").startswith("code,name,")
    assert run("show", "甲", "-o", tmp_path / "a.txt").stdout == ""
    assert (tmp_path / "a.txt").read_text("utf-8").startswith("C000001  甲公司\n")
    assert run("show", "甲", "-o", tmp_path / "a.json").code == 0
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))[0]["code"] == "C000001"
    assert run("list", "-o", tmp_path / "a.xyz").code == 2
    assert run("list", "-o", tmp_path / "no" / "a.csv").code == 7


def test_json_is_what_the_library_writes(run: Run) -> None:
    """The writer is our own for its speed; its text must be the library's, nested lists included."""
    run("add", '甲"公司\\', "note=一\n二\x7f", "strategic=3", "contact_name=张三")
    for command in (("list",), ("show", "甲"), ("find", "nobody"), ("history",)):
        text = run(*command, "-f", "json").stdout
        assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"


def test_a_person_named_as_the_other_fields_are(run: Run) -> None:
    run("add", "甲公司")
    assert run("contact", "add", "甲公司", "name=谷小姐", "phone=13800138000").code == 0
    assert [row["name"] for row in _rows(run, "contact", "list")] == ["谷小姐"]
