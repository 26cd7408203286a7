"""Faults that were found by use, attack and review, each as the shortest way to it."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

import crmcli
from crmcli.cli import main
from crmcli.errors import InvalidInput, Refused
from crmcli.intake import records
from crmcli.intake.importing import import_file
from tests.conftest import NOW, Crm, Run


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def names(run: Run) -> list[str]:
    return [row["name"] for row in json.loads(run("list", "-f", "json").stdout)]


def test_rejects_never_replace_the_database_nor_the_list(run: Run, db: Path, tmp_path: Path) -> None:
    run("add", "甲")
    file = write(tmp_path / "in.csv", "name,since\n乙,2023.2.29\n")
    for target in (db, Path(f"{db}-wal"), file):
        assert run("import", file, "--rejects", target).code == 2
    assert names(run) == ["甲"]
    assert file.read_text() == "name,since\n乙,2023.2.29\n"


def test_a_long_numeric_code_does_not_fold_later_customers_into_one(run: Run, tmp_path: Path) -> None:
    run("import", write(tmp_path / "a.csv", "name,code\n大,C20240115000123456789\n"))
    run("import", write(tmp_path / "b.csv", "name,phone\n乙,13800000001\n丙,13800000002\n丁,13800000003\n"))
    assert sorted(names(run)) == sorted(["大", "乙", "丙", "丁"])


def test_commands_that_race_to_make_the_database_all_succeed(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "crmcli", "--db", str(tmp_path / "new.db"), "add"]
    runs = [subprocess.Popen([*words, f"客户{n}"], stderr=subprocess.PIPE, stdout=subprocess.PIPE) for n in range(6)]
    outcomes = [process.communicate() and process.returncode for process in runs]
    assert outcomes == [0] * 6
    with crmcli.open(tmp_path / "new.db", readonly=True) as ws:
        assert ws.db.value("SELECT count(*) FROM customer") == 6
    assert [file.name for file in tmp_path.glob(".crm-*")] == []


@pytest.mark.parametrize(
    ("text", "encoding"), [("Müller,Köln", "latin-1"), ("張偉,臺北市", "big5"), ("東京,渋谷区", "shift_jis")]
)
def test_an_encoding_that_is_not_ours_is_not_read_as_ours(run: Run, tmp_path: Path, text: str, encoding: str) -> None:
    file = write(tmp_path / "a.csv", f"name,city\n{text}\n", encoding)
    assert run("import", file).code == 0
    assert names(run) == [text.split(",")[0]]


def test_a_broken_line_in_a_utf8_file_is_not_read_as_chinese(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("name\n张伟\n".encode() + "李娜\n".encode("gbk"))
    refused = run("import", file)
    assert (refused.code, "some lines are UTF-8" in refused.stderr) == (5, True)


LISTS = {
    "a tax id that a spreadsheet rounded": "name,tax_id\n甲公司,91310000MA1K35XY2M\n（甲）公司,9.131E+17\n",
    "a tax id that two names share": "name,tax_id\n甲公司,\n甲公司,12345678\n乙公司,12345678\n",
    "codes here and there": "name,code,email\n甲公司,,\n甲公司,C000001,a@x.com\n甲公司,,a@x.com\n",
    "a person beside a coded company": "name,code,contact_name\n甲公司,X2,\n甲公司,,王芳\n",
    "a city beside a coded company": "name,code,city\n甲公司,X2,沪\n甲公司,,京\n",
    "two halves that a third row joins": "name,phone,email\nA,,a@x.com\nA,13800000001,\nA,13800000001,a@x.com\n",
}


@pytest.mark.parametrize("kind", LISTS)
def test_odd_lists_come_in_once_whatever_their_order(run: Run, tmp_path: Path, kind: str) -> None:
    head, *rows = LISTS[kind].splitlines()
    counts = set()
    for number, order in enumerate((rows, rows[::-1], [*rows[1:], rows[0]])):
        db = tmp_path / f"{number}.db"
        file = write(tmp_path / "list.csv", "\n".join([head, *order]) + "\n")
        run("import", file, database=db)
        again = json.loads(run("import", file, "-f", "json", database=db).stdout)[0]
        assert (again["created"], again["updated"]) == (0, 0), order
        with crmcli.open(db, readonly=True) as ws:
            counts.add(ws.db.value("SELECT count(*) FROM customer"))
    # Which of two names under one tax id is the customer's is told by the order: the first.
    assert len(counts) == 1 or "two names" in kind


def test_tags_by_rule_stay_one_a_dimension_through_undo_and_redo(run: Run) -> None:
    run("add", "甲", "code=K1")
    run("tag", "run")
    run("undo")
    run("order", "add", "K1", "99999")
    run("tag", "run")
    run("redo", "2")
    assert run("tag", "run").code == 0
    values = [row["value"] for row in json.loads(run("tag", "list", "--dimension", "value", "-f", "json").stdout)]
    assert values == ["high"]


def test_undo_goes_on_past_operations_whose_rows_are_gone(run: Run) -> None:
    run("add", "甲", "code=K1")
    run("add", "乙", "code=K2")
    run("tag", "run")
    assert run("undo", "1").code == 0
    assert run("undo", "2").code == 0
    assert run("undo").code == 0
    assert run("undo").code == 3


def test_a_tier_run_is_never_in_the_way_of_an_undo(run: Run) -> None:
    run("add", "甲", "code=K1")
    run("tier", "set", "K1", "key", "--reason", "promised")
    run("tier", "run", at="2027-01-01")
    run("edit", "K1", "city=上海")
    assert run("undo", "2").code == 0


def test_an_undo_is_an_operation_of_its_own(crm: Crm) -> None:
    with crm() as ws:
        records.add_customer(ws, {"name": "甲"})
    with pytest.raises(Refused), crm() as ws:
        records.add_customer(ws, {"name": "乙"})
        crmcli.undo(ws)
    with crm(readonly=True) as ws:
        assert [row["name"] for row in ws.db.rows("SELECT name FROM customer")] == ["甲"]


def test_a_snooze_outlives_a_new_code(run: Run) -> None:
    run("add", "甲", "code=K1")
    run("tier", "set", "K1", "key", "--reason", "promised")
    key = run("due", "--days", "60", "-q").stdout.split()[0]
    assert run("snooze", key, "--until", "2027-03-01").code == 0
    run("edit", "K1", "code=A:1")
    renamed = key.replace("K1", "A:1")
    assert run("snooze", renamed, "--until", "2027-03-05").code == 0
    assert run("done", renamed).code == 0
    assert run("done", renamed).code == 4


def test_contacts_come_in_from_our_own_list(run: Run, tmp_path: Path) -> None:
    run("add", "甲", "code=K1")
    run("contact", "add", "K1", "周明", "phone=13800138000", "primary=yes")
    file = tmp_path / "contacts.csv"
    file.write_text(run("contact", "list", "-f", "csv").stdout)
    run("contact", "remove", "K1", "周明")
    before = run("import", file, "--table", "contacts", "--map", "code=customer", "--map", "customer=-", "-f", "json")
    assert json.loads(before.stdout)[0]["created"] == 1
    assert json.loads(run("contact", "list", "-f", "json").stdout)[0]["primary"] == "yes"


def test_match_create_never_writes_over_a_code(run: Run, tmp_path: Path) -> None:
    run("add", "甲", "code=K1")
    result = run(
        "import", write(tmp_path / "a.csv", "code,name\nK1,乙\nK2,丙\nK2,丁\n"), "--match", "create", "-f", "json"
    )
    receipt = json.loads(result.stdout)[0]
    assert (receipt["created"], receipt["rejected"]) == (1, 2)
    assert sorted(names(run)) == sorted(["甲", "丙"])


def test_strict_keeps_its_word_for_a_caller_who_goes_on(crm: Crm, tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "name,since\n甲,2024-01-01\n乙,2023.2.29\n")
    with crm() as ws:
        with pytest.raises(InvalidInput):
            import_file(ws, file, strict=True)
        records.add_customer(ws, {"name": "丙"})
    with crm(readonly=True) as ws:
        assert [row["name"] for row in ws.db.rows("SELECT name FROM customer")] == ["丙"]


def test_the_receipts_before_a_file_that_fails_are_shown(run: Run, tmp_path: Path) -> None:
    good = write(tmp_path / "a.csv", "name\n甲\n")
    result = run("import", good, tmp_path / "none.csv", "-f", "json")
    assert result.code == 5
    assert [row["file"] for row in json.loads(result.stdout)] == ["a.csv"]


def test_the_cells_of_a_file_without_headings_are_not_told(run: Run, tmp_path: Path) -> None:
    result = run("import", write(tmp_path / "a.csv", "root:x:0:0,secret\n"))
    assert result.code == 5
    assert "secret" not in result.stderr


def test_every_kept_value_that_cannot_be_right_is_found(run: Run, tmp_path: Path) -> None:
    text = "name,phone,email,tax_id\n甲,+8612345,a@b@c.com,91310000MA1FL00001\n乙,13800138000,a@b.com;c@d.com,\n"
    run("import", write(tmp_path / "a.csv", text))
    found = {(row["name"], row["field"]) for row in json.loads(run("clean", "check", "-f", "json").stdout)}
    assert found == {("甲", "phone"), ("甲", "email"), ("甲", "tax_id")}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--now", "0001-01-01", "due"], 5),
        (["--now", "9999-12-31", "plan"], 5),
        (["due", "--days", "2912080"], 2),
        (["add", "\udcff"], 0),
        (["undo", "99999999999999999999999"], 5),
        (["list", "--excel", "-f", "json"], 2),
        (["--lang", "fr", "due"], 2),
    ],
)
def test_out_of_range_is_one_line(run: Run, words: list[str], code: int) -> None:
    from crmcli.cli import main

    result = run("history") if "--now" in words else run(*words)
    if "--now" in words:
        assert main(["--db", "x.db", *words]) == code
    else:
        assert result.code == code
        assert "Traceback" not in result.stderr


def test_no_database_is_made_of_an_empty_name_or_a_pipe(run: Run, tmp_path: Path) -> None:
    from crmcli.cli import main

    assert main(["--db", "", "add", "甲"]) == 2
    os.mkfifo(tmp_path / "pipe")
    assert run("due", database=tmp_path / "pipe").code == 6


@pytest.mark.parametrize("setting", ["db = 5", 'no_color = "x"', "busy_timeout = []", "now = 2026-01-01"])
def test_a_setting_of_the_wrong_kind_is_told(run: Run, tmp_path: Path, setting: str) -> None:
    folder = tmp_path / "home" / ".config" / "crm"
    folder.mkdir(parents=True)
    (folder / "crm.toml").write_text(setting)
    assert run("due").code == 5


def test_the_demonstration_takes_no_folder_that_holds_something(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    mine = write(tmp_path / "work" / "orders.csv", "mine")
    assert main(["demo", str(tmp_path / "work")]) == 4
    assert mine.read_text() == "mine"


def test_the_demonstration_takes_no_database(
    tmp_path: Path, run: Run, db: Path, founded: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = run("demo", tmp_path / "work")
    assert (refused.code, refused.stdout) == (2, "")
    assert "it takes no --db" in refused.stderr and not (tmp_path / "work").exists()
    # One that the surroundings name is no wish for this run; it is left alone.
    monkeypatch.setenv("CRM_DB", str(db))
    assert main(["demo", str(tmp_path / "work")]) == 0
    assert db.read_bytes() == founded


def test_nobody_who_reads_the_journal_is_sent_control_characters(run: Run) -> None:
    run("add", "甲", "note=a\x1b[2Jb", "--user", "e\x1b[2J")
    for command in (["history"], ["history", "甲"], ["list"], ["show", "甲"]):
        for format in ("table", "json", "csv", "tsv", "md"):
            assert "\x1b" not in run(*command, "-f", format).stdout


def test_a_broken_pipe_is_silent(db: Path) -> None:
    with crmcli.open(db, now=datetime.fromisoformat(NOW)) as ws:
        for number in range(300):
            records.add_customer(ws, {"name": f"客户{number}"})
    command = f'"{sys.executable}" -m crmcli --db "{db}" list -f csv | head -1'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.startswith("code,name")
    assert done.stderr == ""


def test_a_workbook_with_a_cell_far_away_is_refused_before_it_fills_the_memory(run: Run, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "far.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, "name")
        sheet.write(1_048_575, 16_383, "far")
    result = run("import", tmp_path / "far.xlsx")
    assert result.code == 5
    assert "too far" in result.stderr


def test_a_log_from_a_file_takes_no_contact_beside_it(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "talks.csv", "客户,沟通时间,主题\n甲,2026-11-01 10:00,回访\n")
    run("add", "甲")
    assert run("log", "--from", file, "--owner", "李雷").code == 2
    assert run("log", "--from", file).code == 0


@pytest.mark.parametrize("wrong", [["-f", "nope"], ["-o", "rows.zzz"]])
def test_a_result_that_cannot_be_shown_is_refused_before_anything_is_written(
    run: Run, tmp_path: Path, wrong: list[str]
) -> None:
    file = write(tmp_path / "a.csv", "name\n甲\n", "utf-8")
    for words in (["import", file], ["add", "乙"], ["log", "甲", "x"]):
        assert run(*words, *wrong).code == 2
    assert names(run) == []


def test_mended_rejects_close_the_import_that_they_come_from(run: Run, tmp_path: Path) -> None:
    mended = []
    for name in "ab":
        file = write(tmp_path / f"{name}.csv", f"name,since\n{name},2024-13-45\n", "utf-8")
        rejects = tmp_path / f"{name}.rejects.csv"
        assert run("import", file, "--rejects", rejects).code == 9
        rejects.write_text(rejects.read_text("utf-8-sig").replace("2024-13-45", "2024-01-02"), "utf-8")
        mended.append(rejects)
    for _turn in range(2):
        assert "import 1 came back" in run("import", mended[0]).stderr or _turn
    waiting = [row["open"] for row in json.loads(run("import", "--list", "-f", "json").stdout)][::-1]
    assert waiting[:2] == [0, 1]
