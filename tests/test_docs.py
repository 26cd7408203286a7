"""The reference pages are what `make docs` writes from the code of today."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "scripts" / "docs.py"


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


def test_the_readme_shows_what_due_prints() -> None:
    """Line by line, as the golden picture of the demonstration has it."""
    example = (ROOT / "README.md").read_text("utf-8").partition("$ crm due\n")[2].partition("```")[0]
    golden = (ROOT / "tests" / "golden" / "__snapshots__" / "test_golden.ambr").read_text("utf-8")
    printed = {line.strip() for line in golden.splitlines()}
    shown = [line.strip() for line in example.splitlines() if line != "…"]
    assert shown
    assert [line for line in shown if line not in printed] == []
