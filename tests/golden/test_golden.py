"""What the daily commands look like, kept whole: `make golden` writes the pictures anew; read the diff."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.conftest import Run

DAILY = {
    "due": ["due"],
    "due as markdown": ["due", "-f", "md", "--kind", "action"],
    "due as json": ["due", "-f", "json", "--kind", "touch", "--owner", "何志强"],
    "the plan of a week": ["plan", "--until", "2026-11-27"],
    "the workload": ["plan", "--until", "2026-12-31", "--workload"],
    "one customer": ["show", "C000104"],
    "one customer as json": ["show", "C000104", "-f", "json"],
    "why": ["why", "C000104"],
    "tiers": ["tier", "show"],
    "value": ["value", "--limit", "10"],
    "problems": ["clean", "check"],
    "the journal": ["history"],
    "a customer's history": ["history", "C000104"],
    "imports": ["import", "--list"],
    "what an undo would do": ["undo", "--dry-run"],
}


@pytest.mark.parametrize("name", DAILY)
def test_in_a_pipe(stocked: Run, snapshot: SnapshotAssertion, name: str) -> None:
    result = stocked(*DAILY[name])
    assert result.code == 0
    assert result.stdout == snapshot


@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize("name", ["due", "one customer", "why", "value", "the journal"])
def test_on_a_terminal(
    stocked: Run, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch, name: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("LINES", "50")  # without it Rich takes every dumb terminal for 80 cells
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    result = stocked(*DAILY[name])
    assert result.code == 0
    assert result.stdout == snapshot


def test_errors(stocked: Run, snapshot: SnapshotAssertion, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("什么,哪里\n甲,上海\n")
    said = [
        stocked(*words).stderr.replace(str(tmp_path), "FOLDER")
        for words in (
            ["show", "没有这个客户"],
            ["show", "机械"],
            ["edit", "C000104", "phone=12"],
            ["edit", "C000104", "colour=red"],
            ["import", tmp_path / "list.csv"],
            ["import", tmp_path / "none.csv"],
            ["snooze", "touch:X:y:2026-01-01", "--until", "+3d"],
            ["undo", "999"],
            ["due", "--kind", "nonsense"],
        )
    ]
    assert "".join(said) == snapshot
