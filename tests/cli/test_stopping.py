"""A command that is asked to stop leaves nothing half done behind it."""

import subprocess
import sys
from pathlib import Path

import pytest

# The file of the result is written when the signal comes.
_STOPPED = """
import os, signal, sys
os.fsync = lambda _file: os.kill(os.getpid(), signal.{signal})
sys.argv = ["crm", "--db", "crm.db", "export", "customers", "-o", "all.csv"]
from crmcli.__main__ import main
main()
"""


@pytest.mark.parametrize(("signal", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_command_that_is_stopped_puts_away_what_it_had_begun(db: Path, signal: str, code: int) -> None:
    (db.parent / "all.csv").write_text("of yesterday", "utf-8")
    before = {path.name for path in db.parent.iterdir()}
    done = subprocess.run(
        [sys.executable, "-c", _STOPPED.format(signal=signal)],
        cwd=db.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.splitlines() == ["crm: error: interrupted; what was not finished was not written"]
    assert {path.name for path in db.parent.iterdir()} == before
    assert (db.parent / "all.csv").read_text("utf-8") == "of yesterday"
