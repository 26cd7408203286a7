"""The reference pages are what `make docs` writes from the code of today; the READMEs say the same."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from crmcli.cli.assigning import ALONE
from tests.cli.test_contract import ALL
from tests.conftest import Run

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "scripts" / "docs.py"
READMES = {"README.md": "en", "README.zh.md": "zh"}
LINK = r"\]\(([^)]+)\)"


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def typed(text: str) -> list[str]:
    """What is in the fences without comments and outputs; what is said of a customer is in the reader's language."""
    lines = []
    for block in re.findall("^```[a-z]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        shown = block.splitlines()
        prompts = [line for line in shown if line.startswith("$ ")]
        for line in prompts or shown:
            code = " ".join(re.sub(r"(^|\s)# .*", "", line).split())
            lines.append(re.sub(r'"[^"=<>]*"', '"…"', code) if code.startswith("crm ") else code)
    return lines


def usage(command: str) -> str:
    """What docs/commands.md has of a command, or nothing."""
    return page("docs/commands.md").partition(f"### `crm {command}`\n")[2].partition("\n### ")[0]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages, written anew by a run of its own: help is in the language that the modules were imported in."""
    folder = tmp_path_factory.mktemp("docs")
    subprocess.run([sys.executable, str(SCRIPT), str(folder)], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", ["commands.md", "policy.md"])
def test_a_page_is_up_to_date(name: str, written: Path) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == (written / name).read_text("utf-8"), "run make docs"


def test_the_pages_do_not_depend_on_the_terminal(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"COLUMNS": "60", "LANG": "zh_CN.UTF-8", "CRM_LANG": "zh", "FORCE_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    subprocess.run([sys.executable, str(SCRIPT), str(tmp_path)], check=True, capture_output=True)
    for path in written.iterdir():
        assert (tmp_path / path.name).read_text("utf-8") == path.read_text("utf-8")


@pytest.mark.parametrize(("name", "language"), READMES.items())
def test_a_readme_shows_what_due_prints(
    stocked: Run, monkeypatch: pytest.MonkeyPatch, name: str, language: str
) -> None:
    """Line by line, as the demonstration's base has it."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    printed = {line.strip() for line in stocked("due", "--lang", language).stdout.splitlines()}
    example = page(name).partition("$ crm due\n")[2].partition("```")[0]
    shown = [line.strip() for line in example.splitlines() if line != "…"]
    assert shown
    assert [line for line in shown if line not in printed] == []


def test_the_readmes_have_the_same_sections_and_the_same_lines_to_type() -> None:
    english, chinese = (page(name) for name in READMES)
    assert "make test" in typed(english)
    assert typed(chinese) == typed(english)
    assert re.findall("^#+|^\\*\\*", chinese, re.MULTILINE) == re.findall("^#+|^\\*\\*", english, re.MULTILINE)
    assert re.findall(LINK, chinese)[1:] == re.findall(LINK, english)[1:]  # the first leads from one to the other


@pytest.mark.parametrize("name", READMES)
def test_what_a_readme_names_is_there(name: str) -> None:
    text = page(name)
    assert [link for link in re.findall(LINK, text) if not (ROOT / link).exists()] == []
    targets = re.findall(r"^([a-z0-9]+):", page("Makefile"), re.MULTILINE)
    assert set(re.findall(r"(?:`|^)make ([a-z0-9]+)", text, re.MULTILINE)) <= set(targets)
    called = re.findall(r"\bcrm ([a-z]+)(?: ([a-z]+))?", text)
    known = ALL.keys() | ALONE.keys()
    assert [words for words in called if not {words[0], " ".join(words)} & known] == []


def test_the_options_in_the_readme_are_those_of_their_commands() -> None:
    lines = "\n".join(typed(page("README.md"))).replace(" && ", "\n").replace(" crm ", "\ncrm ").splitlines()
    for words in [line.split()[1:] for line in lines if line.startswith("crm ")]:
        offered = re.findall(r"(?<=\s)--?[a-z-]+", usage(words[0]) + usage(" ".join(words[:2])))
        assert {word for word in words if word.startswith("-")} <= set(offered), words
