"""A file of rejected rows, mended and imported, closes them at the import that they come from."""

import json
from pathlib import Path

import pytest

from tests.conftest import Run

LIST = "客户名称,合作日期\n晨光文具,2024-02-30\n远山茶业,2024-01-05\n孤帆工作室,02/03/2024\n"


@pytest.fixture
def rejects(run: Run, tmp_path: Path) -> Path:
    file, rejects = tmp_path / "list.csv", tmp_path / "list.rejects.csv"
    file.write_text(LIST, "utf-8")
    assert run("import", file, "--rejects", rejects).code == 9
    return rejects


def waiting(run: Run) -> list[int]:
    """The rejected rows that have not come back, by import, the first first."""
    return [row["open"] for row in json.loads(run("import", "--list", "-f", "json").stdout)][::-1]


def mended(rejects: Path, **repairs: str) -> Path:
    text = rejects.read_text("utf-8-sig")
    for wrong, right in repairs.items():
        text = text.replace(wrong.removeprefix("_").replace("_", "-"), right)
    rejects.with_name("mended.csv").write_text(text, "utf-8")
    return rejects.with_name("mended.csv")


def test_all_of_them(run: Run, rejects: Path) -> None:
    assert waiting(run) == [2]
    text = rejects.read_text("utf-8-sig").replace("2024-02-30", "2024-02-29").replace("02/03/2024", "2024-03-02")
    rejects.write_text(text, "utf-8")
    result = run("import", rejects)
    assert (result.code, "2 rejected rows of import 1 came back" in result.stderr) == (0, True)
    assert waiting(run) == [0, 0]
    assert run("undo").code == 0
    assert waiting(run)[0] == 2


def test_some_of_them_and_the_rest_waits_at_the_new_import(run: Run, rejects: Path, tmp_path: Path) -> None:
    file = mended(rejects, _2024_02_30="2024-02-29")
    assert run("import", file, "--rejects", tmp_path / "again.csv").code == 9
    assert waiting(run) == [0, 1]


def test_only_a_part_of_the_file(run: Run, rejects: Path) -> None:
    lines = rejects.read_text("utf-8-sig").replace("2024-02-30", "2024-02-29").splitlines()
    rejects.write_text("\n".join(lines[:2]) + "\n", "utf-8")
    assert run("import", rejects).code == 0
    assert waiting(run) == [1, 0]


def test_rows_of_an_undone_import_wait_for_nobody(run: Run, rejects: Path) -> None:
    assert run("undo").code == 0
    assert waiting(run) == [0]


def test_what_was_set_for_every_row_comes_back_with_the_mended_ones(run: Run, tmp_path: Path) -> None:
    file, rejects = tmp_path / "list.csv", tmp_path / "list.rejects.csv"
    file.write_text(LIST, "utf-8")
    assert run("import", file, "--rejects", rejects, "--set", "owner=王芳", "--set", "source==SUM(1)").code == 9
    assert "'=SUM(1)" in rejects.read_text("utf-8-sig")
    text = rejects.read_text("utf-8-sig").replace("2024-02-30", "2024-02-29").replace("02/03/2024", "2024-03-02")
    rejects.write_text(text, "utf-8")
    assert run("import", rejects).code == 0
    rows = json.loads(run("list", "-f", "json").stdout)
    assert {(row["owner"], row["source"]) for row in rows} == {("王芳", "=SUM(1)")}


def test_a_customer_does_not_become_a_lead_by_standing_in_a_list_of_leads(run: Run, tmp_path: Path) -> None:
    run("add", "晨光文具", "stage=active")
    run("add", "远山茶业", "stage=lost")
    file = tmp_path / "expo.csv"
    file.write_text("客户名称,城市\n晨光文具,上海\n远山茶业,苏州\n孤帆工作室,杭州\n", "utf-8")
    assert run("import", file, "--set", "stage=lead").code == 0
    rows = json.loads(run("list", "-f", "json", "--fields", "name,stage,city").stdout)
    assert [(row["stage"], row["city"]) for row in rows] == [("active", "上海"), ("lead", "苏州"), ("lead", "杭州")]


def test_only_what_was_mended_has_come_back(run: Run, rejects: Path, tmp_path: Path) -> None:
    file = mended(rejects, _2024_02_30="2024-02-29")
    said = run("import", file, "--rejects", tmp_path / "again.csv").stderr
    assert "1 rejected row of import 1 came back" in said
    said = run("import", tmp_path / "again.csv", "--rejects", tmp_path / "third.csv").stderr
    assert "came back" not in said
    assert waiting(run) == [0, 0, 1]


def test_a_row_with_too_many_cells_that_comes_back_so_waits_once(run: Run, tmp_path: Path) -> None:
    file, rejects = tmp_path / "list.csv", tmp_path / "list.rejects.csv"
    file.write_text("客户名称,城市\n晨光文具,宁波\n远山茶业,杭州,西湖\n", "utf-8")
    assert run("import", file, "--rejects", rejects).code == 9
    assert run("import", rejects, "--rejects", tmp_path / "again.csv").code == 9
    assert waiting(run) == [0, 1]


def test_the_list_of_imports_says_how_to_undo_each_and_which_are_undone(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(f"客户名称\n{name}公司\n", "utf-8")
        assert run("import", tmp_path / f"{name}.csv").code == 0
    assert run("import", tmp_path / "b.csv").code == 0
    assert run("undo", "1").code == 0
    rows = json.loads(run("import", "--list", "-f", "json").stdout)
    assert [(row["op"], row["undone"]) for row in rows] == [(None, None), (2, None), (1, 3)]
    assert {row["at"] for row in rows} == {"2026-11-20T09:00:00+08:00"}


def test_a_list_that_comes_every_night_waits_once_for_the_same_rows(run: Run, rejects: Path, tmp_path: Path) -> None:
    for _night in range(2):
        assert run("import", tmp_path / "list.csv", "--rejects", rejects).code == 9
    assert waiting(run) == [0, 0, 2]
    text = rejects.read_text("utf-8-sig").replace("2024-02-30", "2024-02-29").replace("02/03/2024", "2024-03-02")
    rejects.write_text(text, "utf-8")
    assert run("import", rejects).code == 0
    assert waiting(run) == [0, 0, 0, 0]


def test_what_is_to_do_next_begins_with_the_rejected_rows(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text("叫什么,客户名称,合作日期\n甲,晨光文具,2024-02-30\n乙,远山茶业,\n", "utf-8")
    good.write_text("叫什么,客户名称,合作日期\n丙,孤帆工作室,\n", "utf-8")
    told = run("import", bad, good, "--map", "叫什么=-", "--set", "owner=王芳").stderr
    assert told.endswith("next: mend the rejected rows, and then: crm import bad.rejects.csv --map '叫什么=-'\n")
    mended = Path("bad.rejects.csv")
    mended.write_text(mended.read_text("utf-8-sig").replace("02-30", "02-29"), "utf-8")
    told = run("import", mended, "--map", "叫什么=-").stderr
    assert told.endswith("next: crm tier run --tags\n")
