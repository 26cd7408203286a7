"""A command that is asked to stop leaves nothing half done behind it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

# The signal comes when the file of the result is written. A shell without job control has what it runs in the
# background ignore Ctrl-C, the tests as well.
_STOPPED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
{before}
os.fsync = lambda _file: os.kill(os.getpid(), signal.{signal})
sys.argv = ["crm", "--db", "crm.db", "export", "customers", "-o", "{file}"]
from crmcli.__main__ import main
main()
"""


def stopped(folder: Path, name: str, file: str, *, before: str = "") -> subprocess.CompletedProcess[str]:
    script = _STOPPED.format(before=before, signal=name, file=file)
    return subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)


def besides_database(db: Path) -> set[str]:
    return {path.name for path in db.parent.iterdir() if not path.name.startswith(db.name)}


INTERRUPTED = "crm: error: interrupted; what was not finished was not written\n"


@pytest.mark.parametrize(("name", "code", "said"), [("SIGTERM", -signal.SIGTERM, ""), ("SIGINT", 130, INTERRUPTED)])
@pytest.mark.parametrize("file", ["all.csv", "all.xlsx"])
def test_a_command_that_is_stopped_puts_away_what_it_had_begun(
    db: Path, name: str, code: int, said: str, file: str
) -> None:
    (db.parent / file).write_text("of yesterday", "utf-8")
    before = besides_database(db)
    done = stopped(db.parent, name, file)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", said)
    assert besides_database(db) == before
    assert (db.parent / file).read_text("utf-8") == "of yesterday"


def test_a_signal_that_is_ignored_stays_ignored(db: Path) -> None:
    done = stopped(db.parent, "SIGTERM", "all.csv", before="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    assert done.returncode == 0
    assert (db.parent / "all.csv").read_text("utf-8-sig").startswith("code,")
