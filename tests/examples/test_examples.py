"""The examples do what they say, run as their reader would run them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run

EXAMPLES = Path(__file__).parents[2] / "examples"
LIST = "客户名称,电话,生日,客户类型\n鼎盛机械,021-65541234,,企业\n林涛,13800138000,1980-11-21,个人\n"


@pytest.fixture
def bare() -> dict[str, str]:
    """The environment that cron gives a job, and where this program is."""
    return {"HOME": "/nonexistent", "LOGNAME": "root", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}


def test_the_batch_script_imports_and_prints(tmp_path: Path, bare: dict[str, str]) -> None:
    (tmp_path / "list.csv").write_text(LIST)
    words = [sys.executable, str(EXAMPLES / "import_batch.py"), "crm.db", "list.csv"]
    done = subprocess.run(words, cwd=tmp_path, env=bare, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.startswith("list.csv: 2 created, 0 updated, 0 rejected\n")
    again = subprocess.run(words, cwd=tmp_path, env=bare, capture_output=True, text=True, encoding="utf-8", check=True)
    assert again.stdout.startswith("list.csv: 0 created, 0 updated, 0 rejected\n")
    missing = subprocess.run(
        [*words[:3], "none.csv"], cwd=tmp_path, env=bare, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert missing.returncode == 5
    assert "Traceback" not in missing.stderr


def cron_lines() -> list[str]:
    """The jobs of the crontab, commented ones too."""
    lines = (EXAMPLES / "crontab").read_text("utf-8").splitlines()
    return [line.lstrip("#") for line in lines if "/bin/crm due" in line and line.lstrip("#")[:1].isdigit()]


def test_the_crontab_lines_print_the_list_and_nothing_when_nothing_is_due(
    run: Run, db: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    program = tmp_path / "crm"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m crmcli "$@"\n')
    program.chmod(0o755)
    job = cron_lines()[0].split(maxsplit=5)[5].replace("/opt/crmcli/bin/crm", str(program))
    environment = {**bare, "CRM_DB": str(db), "CRM_NOW": "2026-11-20T08:30+08:00", "CRM_LANG": "en"}

    def cron() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["/bin/sh", "-c", job],
            env=environment,
            cwd="/",
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )

    nothing = cron()
    assert (nothing.stdout, nothing.stderr) == ("", "")
    run("add", "鼎盛机械", "phone=021-65541234")
    run("log", "鼎盛机械", "offer", "--next", "send it", "--due", "2026-11-20", at="2026-11-18T10:00+08:00")
    something = cron()
    assert "send it" in something.stdout
    assert something.stderr == ""


def test_every_cron_line_is_a_cron_line() -> None:
    lines = cron_lines()
    assert len(lines) == 3
    assert all(len(line.split(maxsplit=5)) == 6 for line in lines)
