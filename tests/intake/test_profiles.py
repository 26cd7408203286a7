"""Profiles: a mapping that is said once and used by name."""

import json
from pathlib import Path

import pytest

from crmcli.errors import InvalidInput, NotFound, StorageFailed, UsageError
from crmcli.intake.profiles import Profile, load, names, save
from tests.conftest import Run

SAID = Profile("customers", {"叫什么": "name", "哪里": "city"}, {"owner": "李雷"}, encoding="gb18030")


def test_what_is_saved_is_loaded_and_listed(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "profiles"
    assert names(folder) == []
    path = save(folder, "门店-月报.1", SAID)
    assert path.stat().st_mode & 0o077 == 0
    assert load(folder, "门店-月报.1") == SAID
    save(folder, "a", Profile())
    assert (load(folder, "a"), names(folder)) == (Profile(), ["a", "门店-月报.1"])


def test_what_is_said_now_wins_over_what_was_saved() -> None:
    now = Profile(mapping={"哪里": "region"}, constants={"source": "展会"}, encoding="utf-8")
    assert now.over(SAID) == Profile(
        "customers", {"叫什么": "name", "哪里": "region"}, {"owner": "李雷", "source": "展会"}, encoding="utf-8"
    )


def test_an_unknown_profile_is_told_with_the_known_ones(tmp_path: Path) -> None:
    save(tmp_path, "shop", SAID)
    with pytest.raises(NotFound, match="no profile 'shoop'") as problem:
        load(tmp_path, "shoop")
    assert problem.value.hint == "known: shop"


@pytest.mark.parametrize("name", ["", "../shop", ".hidden", "a/b", "a b", "x" * 65])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name for a profile"):
        save(tmp_path, name, SAID)


@pytest.mark.parametrize("text", ["{", "[]", '{"colour": "red"}', '{"mapping": {"a": 1}}', '{"table": 5}'])
def test_a_profile_that_was_spoiled_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "shop.json").write_text(text)
    with pytest.raises(InvalidInput):
        load(tmp_path, "shop")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed):
        save(tmp_path / "file" / "profiles", "shop", SAID)


def test_a_mapping_is_saved_once_and_used_by_name(run: Run, tmp_path: Path) -> None:
    first, second, third = tmp_path / "1.csv", tmp_path / "2.csv", tmp_path / "3.csv"
    first.write_text("叫什么,哪里\n甲,上海\n")
    second.write_text("哪里,叫什么\n北京,乙\n")
    third.write_text("名字是,哪里\n丙,广州\n")
    words = ["--map", "叫什么=name", "--map", "哪里=city", "--set", "owner=李雷", "--save-profile", "shop"]
    assert run("import", first, *words, "--dry-run").code == 0
    assert run("import", second, "--profile", "shop").code == 3
    saved = run("import", first, *words)
    assert "profile 'shop' saved" in saved.stderr
    assert run("import", second, "--profile", "shop", "--set", "owner=韩梅").code == 0
    rows = json.loads(run("list", "-f", "json").stdout)
    assert {(row["name"], row["city"], row["owner"]) for row in rows} == {
        ("甲", "上海", "李雷"),
        ("乙", "北京", "韩梅"),
    }
    missing = run("import", third, "--profile", "shop")
    assert (missing.code, "no column '叫什么'" in missing.stderr) == (2, True)
    unknown = run("import", first, "--profile", "shoop")
    assert (unknown.code, "known: shop" in unknown.stderr) == (3, True)
