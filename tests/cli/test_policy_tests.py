"""`crm policy test` and `crm policy presets` as people and scripts call them."""

import io
import json
import sys
from pathlib import Path

import pytest

from crmcli.cli import policies, policy_tests
from crmcli.policy import schema
from tests.conftest import Run

STANDARD = schema.preset("standard")


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(policies.COMMANDS["policy"], "test", policy_tests.test)
    monkeypatch.setitem(policies.COMMANDS["policy"], "presets", policy_tests.presets)


def test_the_policy_in_force_passes_its_tests(run: Run) -> None:
    done = run("policy", "test", "-f", "json")
    rows = json.loads(done.stdout)
    assert done.code == 0 and done.stderr == "the policy in force: 9 tests passed\n"
    assert [*rows[0]] == ["test", "name", "tier", "tags", "passed", "problem"]
    assert rows[0]["tier"] == "strategic" and all(row["passed"] and row["problem"] is None for row in rows)


@pytest.mark.parametrize("name", schema.presets())
def test_presets_need_no_database(run: Run, tmp_path: Path, name: str) -> None:
    done = run("policy", "test", name, "-q", database=tmp_path / "none.db")
    assert (done.code, done.stderr[: len(name)]) == (0, name)
    assert done.stdout.split() == [str(n + 1) for n in range(schema.preset(name).count("\n[[test]]\n"))]


def test_a_test_that_comes_out_otherwise_is_told_and_exits_5(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(STANDARD.replace("top(amount_12m, 20)", "top(amount_12m, 19)"), "utf-8")
    done = run("policy", "test", file, "-f", "json")
    assert done.code == 5
    assert done.stderr == f"crm: error: {file}: 1 of 9 tests came out otherwise\n"
    wrong = [row for row in json.loads(done.stdout) if not row["passed"]]
    assert [(row["test"], row["problem"]) for row in wrong] == [(5, "tier: growth, not key")]


def test_a_policy_without_tests_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = STANDARD.partition("[[test]]")[0]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    done = run("policy", "test", "-", "-f", "json")
    assert (done.code, done.stdout) == (0, "[]\n")
    assert "-: has no tests" in done.stderr


def test_problems_are_told_first(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(STANDARD.replace('"spring-festival"', '"spring"'), "utf-8")
    done = run("policy", "test", file, "-f", "json")
    assert done.code == 5
    (row,) = json.loads(done.stdout)
    assert row["place"] == "festival[1].key" and row["line"] > 0
    assert run("policy", "test", "no-such-policy").code == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name = [", "1 problem"),
        ("# 客户\n名称".encode("gb18030"), "line 1: not UTF-8"),
        (b"\x00\xff\xfe", "line 1: not UTF-8"),
        ("名称".encode("utf-16"), "line 1: not UTF-8"),
        (b"#" * 1_000_001, "a policy has at most 1,000,000 bytes"),
    ],
    ids=["not TOML", "GB18030", "bytes", "UTF-16", "large"],
)
def test_a_file_that_is_no_policy(run: Run, tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(content)
    done = run("policy", "test", file)
    assert done.code == 5
    assert said in done.stderr and done.stderr.count("crm: error: ") == 1
    assert ("hint: save it as UTF-8" in done.stderr) is ("not UTF-8" in said)


def test_a_file_of_a_hundred_megabytes_is_not_read(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    with file.open("wb") as stream:
        stream.truncate(100_000_000)
    done = run("policy", "test", file)
    assert done.code == 5 and "at most 1,000,000 bytes" in done.stderr


def test_every_preset_is_listed_with_what_it_is_about(run: Run) -> None:
    rows = json.loads(run("policy", "presets", "-f", "json").stdout)
    assert [row["name"] for row in rows] == schema.presets()
    assert all(row["about"] and row["tiers"] and row["tests"] for row in rows)
    assert run("policy", "presets", "-q").stdout.split() == schema.presets()


def test_two_differences_are_apart_as_the_language_has_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    example = '[[test]]\nfacts = {}\ntier = "key"\ntags = ["value:high"]\n'
    file.write_text(f"{STANDARD.partition('[[test]]')[0]}{example}", "utf-8")
    (row,) = json.loads(run("policy", "test", file, "-f", "json").stdout)
    assert row["problem"] == "tier: basic, not key; value: low, not high"
    (row,) = json.loads(run("--lang", "zh", "policy", "test", file, "-f", "json").stdout)
    assert "；" in row["problem"] and "; " not in row["problem"] and ": " not in row["problem"]
