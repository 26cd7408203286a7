"""`crm notify` as cron calls it: to real receivers, once a day, and what fails is told and tried again."""

import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

from crmcli.cli import main
from crmcli.errors import CrmError
from crmcli.notifying.sending import alone
from crmcli.store import journal
from tests.conftest import NOW, Crm, Run
from tests.notifying import receivers

FIELDS = "owner channel late told today week outcome reason"
LATER = "2026-11-21T09:00+08:00"


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in [name for name in os.environ if name.startswith("CRM_NOTIFY_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def team(run: Run, crm: Crm) -> None:
    """Three owners with something due today: 王芳 by mail, Li by the channel sales, 赵敏 without a place."""
    for number, owner in enumerate(("王芳", "Li", "赵敏"), start=1):
        run("add", f"第{number}公司", f"phone=1380013800{number}", f"owner={owner}")
        run(
            "log",
            f"C00000{number}",
            "x",
            "--next",
            f"send {number}",
            "--due",
            "2026-11-20",
            at="2026-11-18T10:00+08:00",
        )
    with crm() as ws:
        common = {"role": None, "manager": None, "capacity": None, "active": "yes"}
        journal.add(ws, "member", [{"name": "王芳", "email": "wang@example.com", "notify": "mail", **common}])
        journal.add(ws, "member", [{"name": "Li", "email": None, "notify": "sales", **common}])


def settings(tmp_path: Path, text: str, mode: int = 0o600) -> Path:
    path = tmp_path / "home" / ".config" / "crm" / "crm.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def told(run: Run, *words: object, at: str = NOW, code: int = 0) -> list[tuple[Any, ...]]:
    result = run("notify", *words, "-f", "json", at=at)
    assert result.code == code, result.stderr
    return [(row["owner"], row["channel"], row["outcome"]) for row in json.loads(result.stdout)]


@pytest.mark.usefixtures("team")
def test_everybody_gets_their_own_list_where_they_want_it_once_a_day(run: Run, tmp_path: Path) -> None:
    with receivers.post(tmp_path / "in") as post, receivers.web() as robot, receivers.web((200, b"")) as hook:
        settings(
            tmp_path,
            f'user = "x"\n[notify]\nmail = "smtp://localhost:{post.port}"\nfrom = "crm@example.com"\n'
            f'[notify.channels]\nsales = "{robot.url("dingtalk")}"\n',
        )
        to = f"http://127.0.0.1:{hook.port}/hook"
        first = told(run, "--to", to)
        assert [row[0::2] for row in first] == [("Li", "sent"), ("王芳", "sent"), ("赵敏", "sent")]
        assert [row[1] for row in first][:2] == ["sales", "mailto:wang@example.com"]
        again = told(run, "--to", to)
        assert [row[2] for row in again] == ["already"] * 3
        assert (len(post.mails), len(robot.got), len(hook.got)) == (1, 1, 1)
        told(run, "--to", to, "--force", "--owner", "Li")
        assert [row[2] for row in told(run, "--to", to, at=LATER)] == ["sent"] * 3
        assert (len(post.mails), len(robot.got), len(hook.got)) == (2, 3, 2)
        (first_mail, second_mail) = post.mails
    assert first_mail["X-To"] == "wang@example.com"
    assert first_mail["Subject"] == "To do 2026-11-20: 0 late, 1 today, 0 to come · 王芳"
    assert first_mail["Message-ID"] != second_mail["Message-ID"]
    assert "send 2" in robot.got[0]["markdown"]["text"] and "send 1" not in robot.got[0]["markdown"]["text"]
    assert hook.got[0]["owner"] == "赵敏"


@pytest.mark.usefixtures("team")
def test_cron_hears_nothing_when_all_is_well(run: Run, tmp_path: Path) -> None:
    with receivers.web() as robot:
        settings(tmp_path, f'[notify.channels]\nsales = "{robot.url("dingtalk")}"\n')
        assert run("notify", "--owner", "Li") == (0, "", "")
        assert run("notify", "--owner", "Li") == (0, "", "")
        assert run("notify", "--owner", "赵敏", "--to", robot.url("dingtalk")) == (0, "", "")
        assert run("notify", "--owner", "nobody") == (0, "", "nobody is called 'nobody'\n")
    assert len(robot.got) == 2


def test_nothing_due_is_nothing_sent(run: Run) -> None:
    with receivers.web() as robot:
        assert run("notify", "--to", robot.url("dingtalk")) == (0, "", "")
        assert told(run, "--to", robot.url("dingtalk")) == []
    assert robot.got == []


@pytest.mark.usefixtures("team")
def test_what_fails_is_told_others_get_theirs_and_the_next_run_tries_again(run: Run, tmp_path: Path) -> None:
    refusal = (200, {"errcode": 300001, "errmsg": "no robot t0ken-t0ken"})
    with receivers.web(refusal, (200, {"errcode": 0})) as robot, receivers.web((200, b"")) as hook:
        settings(
            tmp_path,
            '[notify]\nmail = "smtp://localhost:1"\nfrom = "a@example.com"\n'
            f'[notify.channels]\nsales = "{robot.url("dingtalk")}"\n',
        )
        first = run("notify", "--to", f"http://127.0.0.1:{hook.port}/h")
        assert (first.code, first.stdout) == (75, "")
        assert first.stderr == (
            "Li: not sent to sales: DingTalk: 300001 no robot …\n"
            "王芳: not sent to mailto:wang@example.com: Connection refused\n"
        )
        second = run("notify", "--to", f"http://127.0.0.1:{hook.port}/h")
        assert (second.code, second.stderr) == (75, "王芳: not sent to mailto:wang@example.com: Connection refused\n")
    assert (len(robot.got), len(hook.got)) == (2, 1)


@pytest.mark.usefixtures("team")
def test_who_has_no_place_is_told(run: Run, tmp_path: Path, crm: Crm) -> None:
    result = run("notify", "--owner", "赵敏")
    assert result.code == 0
    assert result.stderr == "赵敏: 1 item, and no place to send them to: --to URL, or crm team edit NAME notify=mail\n"
    assert told(run, "--owner", "赵敏") == [("赵敏", None, "nowhere")]
    assert told(run, "--owner", "Li", code=75) == [("Li", None, "failed")]
    with crm() as ws:
        journal.change(ws, "member", 2, {"notify": None, "active": "no"})
    assert run("notify", "--owner", "Li").stderr.startswith("Li (is no longer active): 1 item, and no place")


@pytest.mark.usefixtures("team")
def test_a_dry_run_reaches_nobody_and_writes_nothing(run: Run, db: Path, tmp_path: Path) -> None:
    with receivers.web() as robot:
        settings(tmp_path, f'[notify.channels]\nsales = "{robot.url("dingtalk")}"\n')
        before = db.read_bytes()
        result = run("notify", "-n", "--to", robot.url("wecom"))
        assert result.code == 0
        assert [line.split()[0] for line in result.stdout.splitlines()] == ["owner", "Li", "王芳", "赵敏"]
        assert result.stderr == "dry run: nothing was sent\n"
        assert list(json.loads(run("notify", "-n", "-f", "json").stdout)[0]) == FIELDS.split()
        assert run("notify", "-n", "-q").stdout.split() == ["Li", "王芳", "赵敏"]
    assert robot.got == []
    assert db.read_bytes() == before
    assert not Path(f"{db}-notify").exists()


@pytest.mark.usefixtures("team")
def test_to_a_dash_prints(run: Run, tmp_path: Path) -> None:
    result = run("notify", "--to", "-", "--owner", "Li")
    assert (result.code, result.stderr) == (0, "")
    assert result.stdout.startswith("Li, 2026-11-20\n\nTODAY (1)\n- 2026-11-20  第2公司\n")
    (tmp_path / "own.txt").write_text("{% for item in today %}* {{ item.action }}\n{% endfor %}")
    assert run("notify", "--to", "-", "--owner", "Li", "--template", tmp_path / "own.txt").stdout == "* send 2\n"
    assert run("notify", "--to", "-", "--to", "mailto:a@example.com").code == 2


@pytest.mark.usefixtures("team")
def test_a_template_that_fails_sends_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.md").write_text("{{ today[1].key }}")
    with receivers.web() as robot:
        result = run("notify", "--to", robot.url("dingtalk"), "--template", tmp_path / "own.md")
    assert (result.code, robot.got) == (5, [])
    assert result.stderr.startswith("crm: error: own.md: ")


@pytest.mark.parametrize("kind", ["text", "markdown", "html"])
def test_a_template_to_begin_with(run: Run, kind: str) -> None:
    result = run("notify", "--show-template", kind)
    assert (result.code, result.stderr) == (0, "")
    assert "{% for part in parts %}" in result.stdout
    assert "近期" in run("notify", "--show-template", kind, "--lang", "zh").stdout
    assert run("notify", "--show-template", "x").code == 2


# --------------------------------------------------------------------------------------------------- secrets


@pytest.mark.usefixtures("team")
def test_a_file_that_others_can_read_is_refused(run: Run, tmp_path: Path) -> None:
    text = '[notify.channels]\nsales = "https://oapi.dingtalk.com/robot/send?access_token=t0ken-t0ken"\n'
    for mode in (0o640, 0o604, 0o644):
        path = settings(tmp_path, text, mode)
        result = run("notify", "-n")
        assert result.code == 5
        assert f"chmod 600 {path}" in result.stderr
        assert run("due").code == 0
    settings(tmp_path, 'lang = "en"\n', 0o644)
    assert "chmod" not in run("notify", "-n").stderr


@pytest.mark.parametrize(
    "text",
    [
        "notify = 1\n", "[notify]\nnonsense = 't0ken'\n", "[notify]\nmail = 1\n", "[notify.channels]\na = 1\n",
        "[notify.channels]\nmail = 'https://t0ken.example.com'\n", "[notify]\nchannels = 't0ken'\n",
        "[notify]\nmail = 'http://t0ken'\n", "[notify]\nfrom = 'nobody'\n",
    ],
)  # fmt: skip
def test_settings_that_say_something_else_are_refused(run: Run, tmp_path: Path, text: str) -> None:
    settings(tmp_path, text)
    result = run("notify", "-n")
    assert result.code in (2, 5)
    assert "t0ken" not in result.stderr


@pytest.mark.usefixtures("team")
def test_no_secret_is_shown_logged_or_stored(
    run: Run, tmp_path: Path, crm: Crm, db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receivers.web((200, {"errcode": 1, "errmsg": "t0ken-t0ken"}), (500, b""), (200, {"errcode": 0})) as robot:
        url = f"{robot.url('dingtalk')}#SECret-SECret"
        shown = [run("notify", "--to", url, "--debug", *more) for more in ((), ("-f", "json"), ("-f", "json"))]
        shown.append(run("notify", "--to", f"{url} x"))
    monkeypatch.setenv("CRM_NOTIFY_SALES", "https://[t0ken-t0ken")
    shown.append(run("notify", "--owner", "Li"))
    settings(tmp_path, '[notify.channels]\nsales = "nonsense t0ken-t0ken"\n[notify\n')
    shown.append(run("notify"))
    text = "".join(part for result in shown for part in (result.stdout, result.stderr))
    assert "t0ken-t0ken" not in text and "SECret" not in text
    with crm(readonly=True) as ws:
        stored = ws.db.rows("SELECT channel FROM notification")
        assert stored and all("t0ken" not in row["channel"] for row in stored)
    data = db.read_bytes()
    assert b"t0ken-t0ken" not in data and b"SECret" not in data


def test_a_traceback_shows_no_secret(db: Path) -> None:
    for url in ("https://[t0ken-t0ken", "https://example.com/t0ken-t0ken x", "https://example.com:t0ken-t0ken"):
        with pytest.raises(CrmError) as found:
            main(["--db", str(db), "--debug", "notify", "--to", url])
        assert "t0ken-t0ken" not in "".join(traceback.format_exception(found.value))


@pytest.mark.usefixtures("team")
def test_the_environment_comes_before_the_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with receivers.web() as named, receivers.web() as other, receivers.post(tmp_path / "in") as post:
        settings(tmp_path, f'[notify]\nmail = "sendmail:"\n[notify.channels]\nsales = "{other.url("dingtalk")}"\n')
        monkeypatch.setenv("CRM_NOTIFY_SALES", named.url("dingtalk"))
        monkeypatch.setenv("CRM_NOTIFY_MAIL", f"smtp://localhost:{post.port}")
        monkeypatch.setenv("CRM_NOTIFY_FROM", "crm@example.com")
        told(run)
        assert (len(named.got), len(other.got), len(post.mails)) == (1, 0, 1)


@pytest.mark.usefixtures("team")
def test_a_slip_in_an_address_is_told_before_anything_is_sent(run: Run) -> None:
    with receivers.web() as robot:
        for wrong in ("nonsense", "mailto:", "http://example.com/x", "https://"):
            result = run("notify", "--to", robot.url("dingtalk"), "--to", wrong)
            assert result.code in (2, 3), wrong
            assert result.stderr.startswith("crm: error: ")
    assert robot.got == []


@pytest.mark.usefixtures("team")
def test_a_run_beside_another_is_refused(run: Run, db: Path) -> None:
    with receivers.web() as robot, alone(db):
        result = run("notify", "--to", robot.url("dingtalk"))
    assert (result.code, robot.got) == (75, [])
    assert "another crm notify is sending" in result.stderr


# Dies where it would send for the second time, or where it would write down for the first time what was sent.
_KILLED = """
import os, sys
from crmcli.care import digests
from crmcli.cli import main
from crmcli.errors import CrmError
from crmcli.notifying.sending import alone
from crmcli.notifying import robots

module, name, left = (robots, "post", 2) if sys.argv[1] == "sending" else (digests, "write_down", 1)
original = getattr(module, name)

def dying(*words, **named):
    global left
    left -= 1
    return original(*words, **named) if left else os._exit(9)

setattr(module, name, dying)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize(("where", "twice"), [("sending", 0), ("writing", 1)])
def test_a_run_that_is_killed_loses_nothing(db: Path, where: str, twice: int) -> None:
    with receivers.web() as robot:
        words = ["--db", str(db), "--now", NOW, "notify", "--to", robot.url("dingtalk")]
        environment = {
            **os.environ,
            "CRM_NOTIFY_SALES": robot.url("dingtalk"),
            "CRM_NOTIFY_MAIL": "sendmail:/bin/true",
        }
        killed = subprocess.run([sys.executable, "-c", _KILLED, where, *words], env=environment, check=False)
        assert killed.returncode == 9
        again = [sys.executable, "-m", "crmcli", *words]
        assert subprocess.run(again, env=environment, check=False).returncode == 0
        assert subprocess.run(again, env=environment, check=False).returncode == 0
    owners = [content["markdown"]["title"].rpartition("· ")[2] for content in robot.got]
    # Only what was under way may come twice.
    assert sorted(owners) == ["Li"] * (1 + twice) + ["赵敏"]
