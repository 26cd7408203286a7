"""Rows of one file that say different things of the same: the later one counts, and that is told."""

from pathlib import Path

import pytest

from tests.conftest import Run


def said(run: Run, tmp_path: Path, text: str, *words: str) -> str:
    file = tmp_path / "list.csv"
    file.write_text(text, "utf-8")
    result = run("import", file, *words)
    assert result.code == 0
    return result.stderr


def test_only_rows_that_differ_count_and_both_lines_are_told(run: Run, tmp_path: Path) -> None:
    orders = "订单号,客户,日期,金额\nA,甲,2026-01-05,10\nB,甲,2026-01-05,10\nA,甲,2026-01-05,10\nB,甲,2026-01-05,12\n"
    told = said(run, tmp_path, orders, "--create-customers", "--no-lines")
    assert "2 repeat an earlier row (lines 4, 5); 1 of them with other values (lines 3/5): the later row counts" in told


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("rows", "differ"),
    [
        ("K1,晨光文具,王芳,,\nK1,晨光文具,李雷,,\n", True),
        ("K1,晨光文具,,,\nK1,晨光文具,李雷,,\n", False),
        ("K1,晨光文具,王芳,白露,红\nK1,晨光文具,王芳,石磊,红\n", False),
        ("K1,晨光文具,王芳,,红\nK1,晨光文具,王芳,,蓝\n", True),
        ("K1,晨光文具,王芳,,\nK1,晨光  文具,王芳,,\n", False),
        ("K1,晨光文具,王芳,,\nK1,远山茶业,王芳,,\n", True),
    ],
)
def test_what_is_a_contradiction(run: Run, tmp_path: Path, rows: str, differ: bool, known: bool) -> None:
    if known:
        run("add", "旧名", "code=K1", "owner=周明")
    told = said(run, tmp_path, "编号,客户名称,负责人,联系人,颜色\n" + rows)
    assert "1 repeats an earlier row (line 3)" in told
    assert ("1 of them with other values (lines 2/3)" in told) == differ


def test_a_person_that_two_rows_describe_differently(run: Run, tmp_path: Path) -> None:
    rows = "编号,联系人,职务\nK1,白露,经理\nK1,石磊,\nK1,白露,总监\n"
    assert "1 of them with other values (lines 2/4)" in said(run, tmp_path, rows)


def test_what_known_rows_do_not_take_need_not_agree(run: Run, tmp_path: Path) -> None:
    run("add", "晨光文具", "code=K1")
    rows = "编号,客户名称,负责人\nK1,晨光文具,王芳\nK1,晨光文具,李雷\n"
    assert "other values" not in said(run, tmp_path, rows, "--match", "skip")
