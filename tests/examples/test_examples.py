"""The examples do what they say, run as their reader would run them."""

import json
import os
import shutil
import subprocess
import sys
import time
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
    return [line.lstrip("#") for line in lines if "/bin/crm " in line and line.lstrip("#")[:1].isdigit()]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """This program as something that cron can call."""
    path = tmp_path / "crm"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m crmcli "$@"\n')
    path.chmod(0o755)
    return path


def job(command: str, program: Path) -> str:
    """The first line of the crontab that runs a command, as cron hands it to the shell."""
    line = next(line for line in cron_lines() if f"/bin/crm {command}" in line)
    return line.split(maxsplit=5)[5].replace("/opt/crmcli/bin/crm", str(program))


def cron(job: str, environment: dict[str, str]) -> tuple[int, str, str]:
    """What cron makes of a job: its exit code, and what it would mail."""
    done = subprocess.run(
        ["/bin/sh", "-c", job], env=environment, cwd="/", capture_output=True, text=True, encoding="utf-8", check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def environment(bare: dict[str, str], db: Path) -> dict[str, str]:
    return {**bare, "CRM_DB": str(db), "CRM_NOW": "2026-11-20T08:30+08:00", "CRM_LANG": "en"}


def test_the_crontab_lines_print_the_list_and_nothing_when_nothing_is_due(
    run: Run, environment: dict[str, str], program: Path
) -> None:
    assert cron(job("due", program), environment) == (0, "", "")
    run("add", "鼎盛机械", "phone=021-65541234")
    run("log", "鼎盛机械", "offer", "--next", "send it", "--due", "2026-11-20", at="2026-11-18T10:00+08:00")
    code, printed, complained = cron(job("due", program), environment)
    assert (code, complained) == (0, "")
    assert "send it" in printed


@pytest.fixture
def mailer(tmp_path: Path) -> Path:
    """A sendmail that keeps what it gets, and fails while there is a file `down` beside it."""
    path = tmp_path / "sendmail"
    path.write_text(f"#!/bin/sh\n[ ! -e {tmp_path}/down ] || exit 75\ncat >> {tmp_path}/sent\n")
    path.chmod(0o755)
    return path


def test_the_notify_line_sends_once_tells_failures_and_sends_then(
    run: Run, environment: dict[str, str], program: Path, mailer: Path, tmp_path: Path
) -> None:
    environment |= {"CRM_NOTIFY_MAIL": f"sendmail:{mailer}", "CRM_NOTIFY_FROM": "crm@example.com"}
    line = job("notify", program)
    assert cron(line, environment) == (0, "", "")
    run("add", "鼎盛机械", "phone=021-65541234", "owner=周明远")
    run("log", "鼎盛机械", "offer", "--next", "send it", "--due", "2026-11-20", at="2026-11-18T10:00+08:00")
    (tmp_path / "down").touch()
    told = "周明远: not sent to mailto:sales@example.com: sendmail ended with 75\n"
    assert cron(line, environment) == (75, "", told)
    (tmp_path / "down").unlink()
    assert cron(line, environment) == (0, "", "")
    assert cron(line, environment) == (0, "", "")
    sent = (tmp_path / "sent").read_text("utf-8")
    assert sent.count("Message-ID: ") == 1
    assert "sales@example.com" in sent


def test_the_escalate_line_says_nothing_but_errors(environment: dict[str, str], program: Path, tmp_path: Path) -> None:
    line = job("escalate", program)
    assert cron(line, environment) == (0, "", "")
    _code, printed, _complained = cron(line, {**environment, "CRM_DB": str(tmp_path / "none.db")})
    assert printed.startswith("crm: error: there is no database at ")


def test_the_lines_of_tags_and_tiers_grade_in_silence(
    run: Run, environment: dict[str, str], program: Path, tmp_path: Path
) -> None:
    run("add", "鼎盛机械", "phone=021-65541234")
    assert cron(job("tag run", program), environment) == (0, "", "")
    assert json.loads(run("tag", "list", "-f", "json").stdout)
    both = job("tier run --tags", program)
    assert "tier run" not in job("tag run", program)
    assert cron(both, environment) == (0, "", "")
    assert json.loads(run("list", "-f", "json").stdout)[0]["tier"] == "basic"
    _code, printed, _complained = cron(both, {**environment, "CRM_DB": str(tmp_path / "none.db")})
    assert printed.startswith("crm: error: there is no database at ")


def test_every_cron_line_is_a_cron_line() -> None:
    lines = cron_lines()
    assert len(lines) == 9
    assert all(len(line.split(maxsplit=5)) == 6 for line in lines)
    # To cron a bare % is the end of the command.
    assert not any("%" in line.replace("\\%", "") for line in lines)


@pytest.mark.skipif(os.environ.get("CRM_TEST_CRON") != "1", reason="CRM_TEST_CRON=1 lets a real cron run, for a minute")
def test_a_real_cron_runs_the_line(
    run: Run, environment: dict[str, str], program: Path, mailer: Path, tmp_path: Path
) -> None:
    """Debian's cron, as root: a file in /etc/cron.d, and a daemon of our own if none is running."""
    if shutil.which("cron") is None or os.geteuid() != 0 or not Path("/etc/cron.d").is_dir():
        pytest.skip("needs Debian's cron (apt install cron), and root to tell it")
    run("add", "鼎盛机械", "phone=021-65541234", "owner=周明远")
    run("log", "鼎盛机械", "offer", "--next", "send it", "--due", "2026-11-20", at="2026-11-18T10:00+08:00")
    names = {key: environment[key] for key in ("CRM_DB", "CRM_NOW", "CRM_LANG")}
    names |= {"MAILTO": '""', "CRM_NOTIFY_MAIL": f"sendmail:{mailer}", "CRM_NOTIFY_FROM": "crm@example.com"}
    told = Path(f"/etc/cron.d/crmcli-test-{os.getpid()}")
    # Exits by itself where a daemon runs already.
    daemon = subprocess.Popen(["cron", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        lines = [f"{key}={value}" for key, value in names.items()]
        told.write_text("\n".join([*lines, f"* * * * * root {job('notify', program)}", ""]), "utf-8")
        told.chmod(0o644)
        deadline = time.monotonic() + 150
        while not (tmp_path / "sent").exists() and time.monotonic() < deadline:
            time.sleep(0.5)
        assert "sales@example.com" in (tmp_path / "sent").read_text("utf-8")
    finally:
        told.unlink()
        daemon.terminate()
        daemon.wait(10)
