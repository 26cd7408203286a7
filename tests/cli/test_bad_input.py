"""What cannot be done is said in one line, with the right exit code, and nothing is written."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.conftest import Run


def _plain(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def _book(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        sheet: Any = workbook.add_worksheet("客户")
        sheet.write(0, 0, "name")
    return path


BAD_FILES: dict[str, Callable[[Path], Path]] = {
    "missing": lambda folder: folder / "none.csv",
    "a directory": lambda folder: folder,
    "empty": lambda folder: _plain(folder / "f.csv", b""),
    "only a BOM": lambda folder: _plain(folder / "f.csv", b"\xef\xbb\xbf"),
    "blank lines": lambda folder: _plain(folder / "f.csv", "\n\n\r\n"),
    "binary": lambda folder: _plain(folder / "f.csv", bytes(range(256)) * 300),
    "damaged UTF-16": lambda folder: _plain(folder / "f.csv", b"\xff\xfen\x00a\x00\x00\xd8"),
    "no known heading": lambda folder: _plain(folder / "f.csv", "foo,bar\n1,2\n"),
    "two headings for one field": lambda folder: _plain(folder / "f.csv", "公司,单位\n甲,乙\n"),
    "an unclosed quote": lambda folder: _plain(folder / "f.csv", 'name,city\n甲,"上海\n乙,北京\n' * 3),
    "text after a quote": lambda folder: _plain(folder / "f.csv", 'name,city\n"甲"乙,上海\n'),
    "a cell without end": lambda folder: _plain(folder / "f.csv", "name\n" + "x" * 200_000),
    "orders without amounts": lambda folder: _plain(folder / "f.csv", "订单号,客户,下单日期\nA1,甲,2026-01-01\n"),
    "not a workbook": lambda folder: _plain(folder / "f.xlsx", b"PK\x03\x04rubbish"),
    "an old workbook cut short": lambda folder: _plain(folder / "f.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600),
    "no JSON objects": lambda folder: _plain(folder / "f.jsonl", "[1,2]\n"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_cannot_be_read(run: Run, db: Path, tmp_path: Path, kind: str) -> None:
    before = db.read_bytes()
    result = run("import", BAD_FILES[kind](tmp_path), "-f", "json")
    assert (result.code, result.stdout) == (5, "")
    _is_one_line(result.stderr)
    assert db.read_bytes() == before


def test_the_line_of_an_unclosed_quote_is_named(run: Run, tmp_path: Path) -> None:
    rows = "".join(f"客户{n},上海\n" for n in range(30))
    result = run("import", _plain(tmp_path / "f.csv", f'name,city\n{rows}甲,"上海\n乙,北京\n'))
    assert "line 32" in result.stderr


def test_a_wrong_sheet_names_the_right_ones(run: Run, tmp_path: Path) -> None:
    result = run("import", _book(tmp_path / "f.xlsx"), "--sheet", "订单")
    assert result.code == 5
    assert "客户" in result.stderr


def test_a_fifo_is_refused_without_waiting(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert run("import", tmp_path / "pipe").code == 5


def test_five_errors_of_a_policy_are_all_told(run: Run, db: Path, tmp_path: Path) -> None:
    policy = _plain(
        tmp_path / "bad.toml",
        """
name = "bad"
timezone = "Mars/Base"
currency = "CNY"
phone_region = "CN"
colour = "red"
[[tag]]
dimension = "value"
value = "high"
when = "amount_12 > 5"
[[tier]]
key = "a"
when = "amount_12m > '5'"
[[tier]]
key = "a"
when = "true"
""",
    )
    before = db.read_bytes()
    checked = run("policy", "check", policy, "-f", "json")
    applied = run("policy", "apply", policy)
    assert (checked.code, applied.code) == (5, 5)
    _is_one_line(checked.stderr)
    _is_one_line(applied.stderr)
    assert checked.stdout.count('"place"') == 5
    assert db.read_bytes() == before


@pytest.mark.parametrize("command", [("show",), ("edit",), ("why",), ("log",)])
def test_an_unknown_and_an_ambiguous_customer(run: Run, command: tuple[str, ...]) -> None:
    run("add", "鼎盛机械")
    run("add", "鼎盛食品")
    more = {"edit": ("city=上海",), "log": ("谈价格",)}.get(command[0], ())
    unknown, ambiguous = run(*command, "无名", *more), run(*command, "鼎盛", *more)
    assert (unknown.code, ambiguous.code) == (3, 3)
    _is_one_line(unknown.stderr)
    assert "C000001 鼎盛机械" in ambiguous.stderr
    assert "C000002 鼎盛食品" in ambiguous.stderr


@pytest.mark.parametrize("command", [("due",), ("import", "x.csv"), ("add", "甲"), ("undo",)])
def test_a_foreign_a_damaged_and_a_newer_database(run: Run, tmp_path: Path, db: Path, command: tuple[str, ...]) -> None:
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE t (x)")
    newer = _plain(tmp_path / "newer.db", db.read_bytes())
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    damaged = _plain(tmp_path / "damaged.db", db.read_bytes()[:4096] + b"\xff" * (len(db.read_bytes()) - 4096))
    cut = _plain(tmp_path / "cut.db", db.read_bytes()[:50])
    for file in (
        foreign,
        newer,
        damaged,
        cut,
        _plain(tmp_path / "text.db", "hello"),
        _plain(tmp_path / "empty.db", ""),
    ):
        before = file.read_bytes()
        result = run(*command, database=file)
        assert (result.code, result.stdout) == (6, ""), file.name
        _is_one_line(result.stderr)
        assert file.read_bytes() == before


def test_a_missing_database_is_not_made_by_a_reader(run: Run, tmp_path: Path) -> None:
    result = run("due", database=tmp_path / "none.db")
    assert result.code == 6
    assert "init" in result.stderr
    assert not (tmp_path / "none.db").exists()


def test_a_locked_database_is_told_apart(run: Run, db: Path) -> None:
    holder = sqlite3.connect(db, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    result = run("--busy-timeout", "0", "add", "甲")
    holder.execute("ROLLBACK")
    holder.close()
    assert result.code == 75
    _is_one_line(result.stderr)
    assert run("due").code == 0


def _is_one_line(stderr: str) -> None:
    """One error line, perhaps a hint below it, and no traceback."""
    lines = stderr.splitlines()
    assert lines[0].startswith("crm: error: ")
    assert len(lines) == 1 or (len(lines) == 2 and lines[1].startswith("  hint: "))


def test_the_version_is_all_that_is_asked_for(run: Run) -> None:
    done = run("--version", "due")
    assert (done.code, done.stdout.startswith("crm "), len(done.stdout.splitlines())) == (0, True, 1)


def test_progress_is_shown_on_a_terminal_only_and_taken_away(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _plain(tmp_path / "f.csv", "name\n甲\n")
    assert "\x1b" not in run("import", file).stderr
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    shown = run("import", _plain(tmp_path / "f.csv", "name\n乙\n")).stderr
    assert "f.csv: 1 rows read" in shown
    assert shown.rpartition("\r\x1b[2K")[2].startswith("f.csv (UTF-8)")
