"""Web addresses, apprise, one run at a time, and the door of scripts."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import crmcli
from crmcli.errors import Locked, NotDelivered, StorageFailed
from crmcli.notifying import webhooks
from crmcli.notifying.channels import channel
from crmcli.notifying.messages import Message
from crmcli.notifying.sending import Surroundings, alone, send
from tests.conftest import NOW, Crm, Run
from tests.notifying import receivers

AT = datetime.fromisoformat(NOW)
# The library, where it is installed, loads plugins that use what Python will drop.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_a_web_address_gets_text_and_data(message: Message) -> None:
    with receivers.web((204, b"")) as server:
        send(channel(f"http://127.0.0.1:{server.port}/hook/abc"), message, at=AT)
    (got,) = server.got
    assert (got["title"], got["text"], got["owner"], got["as_of"]) == (
        message.subject, message.text, "王芳", "2026-11-20",
    )  # fmt: skip
    assert [row["key"] for row in got["today"]] == ["action:2", "action:3"]
    assert got["late"][0]["due_on"] == "2026-11-18"
    assert server.paths == ["/hook/abc"]


@pytest.mark.parametrize(("status", "limited"), [(500, False), (404, False), (302, False), (429, True)])
def test_a_web_address_that_does_not_take_it(message: Message, status: int, limited: bool) -> None:
    with receivers.web((status, b"")) as server, pytest.raises(NotDelivered, match=f"^answered {status}$") as found:
        send(channel(f"http://127.0.0.1:{server.port}/hook"), message, at=AT)
    assert found.value.limited is limited
    assert len(server.got) == 1


def test_each_kind_of_address_has_its_way(message: Message) -> None:
    waited: list[float] = []
    by = Surroundings(timeout=5, clock=lambda: 1.0, sleep=waited.append)
    with receivers.web((200, {"errcode": 45009}), (200, {"errcode": 0})) as server:
        send(channel(server.url("wecom")), message, at=AT, by=by)
    assert waited == [5]


class _Apprise:
    """As much of the library as is used."""

    sent: list[dict[str, Any]]

    def __init__(self, taken: bool) -> None:
        self.sent, self.taken = [], taken
        self.Apprise = self

    def instantiate(self, url: str, *, suppress_exceptions: bool) -> Any:
        assert suppress_exceptions
        return SimpleNamespace(notify=self.notify, service_name="Telegram") if url.startswith("tgram") else None

    def notify(self, **words: Any) -> bool:
        self.sent.append(words)
        return self.taken


def test_other_services_go_by_apprise(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    library = _Apprise(taken=True)
    monkeypatch.setitem(sys.modules, "apprise", library)
    send(channel("tgram://t0ken/chat"), message, at=AT)
    assert library.sent == [{"title": message.subject, "body": message.text, "body_format": "text"}]
    with pytest.raises(NotDelivered, match=r"^nonsense:// is no service"):
        send(channel("nonsense://t0ken/chat"), message, at=AT)
    library.taken = False
    with pytest.raises(NotDelivered, match=r"^Telegram did not take it$"):
        send(channel("tgram://t0ken/chat"), message, at=AT)
    with receivers.web((200, b"")) as server:
        send(channel(f"http://127.0.0.1:{server.port}/hook"), message, at=AT)
    assert len(server.got) == 1


def test_without_apprise_one_line_says_so(message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(NotDelivered, match=r"^tgram:// needs the library apprise$") as found:
        send(channel("tgram://t0ken/chat"), message, at=AT)
    assert found.value.hint is not None and "pip install apprise" in found.value.hint


def test_by_the_real_apprise(message: Message) -> None:
    pytest.importorskip("apprise", reason="apprise is not installed: pip install apprise")
    with receivers.web((200, {"ok": True})) as server:
        send(channel(f"json://127.0.0.1:{server.port}/t0ken"), message, at=AT)
        assert server.got[0]["title"] == message.subject
    with pytest.raises(NotDelivered, match="did not take it"):
        send(channel(f"json://127.0.0.1:{server.port}/t0ken"), message, at=AT)
    assert webhooks._known_to_apprise("nonsense://x") is None


# ------------------------------------------------------------------------------------------ one run at a time


def test_a_second_run_is_refused_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    database = tmp_path / "crm.db"
    with alone(database), pytest.raises(Locked), alone(database):
        pass
    code = (
        "import sys; from pathlib import Path; from crmcli.notifying.sending import alone\n"
        "with alone(Path(sys.argv[1])): print('in', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", code, str(database)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"in\n"
        with pytest.raises(Locked), alone(database):
            pass
        other.kill()
        other.wait()
    with alone(database):
        assert (tmp_path / "crm.db-notify").stat().st_mode & 0o077 == 0


def test_a_lock_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "crm.db-notify").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageFailed), alone(tmp_path / "crm.db"):
        pass
    assert not (tmp_path / "elsewhere").exists()


# ------------------------------------------------------------------------------------------------ the door


def test_a_script_sends_a_digest_once(crm: Crm, run: Run) -> None:
    run("add", "甲公司", "phone=13800138000", "owner=王芳")
    run("log", "甲公司", "x", "--next", "send it", "--due", "2026-11-20", at="2026-11-18T10:00+08:00")
    with receivers.web() as server:
        url = server.url("dingtalk")
        with crm() as ws:
            (digest,) = crmcli.digests(ws)
            assert crmcli.notify(ws, digest, url) is True
            assert crmcli.notify(ws, digest, url) is False
            assert crmcli.notify(ws, digest, url, force=True) is True
        with crm() as ws:
            assert crmcli.notify(ws, digest, url) is False
            stored = ws.db.rows("SELECT owner, channel, items FROM notification")
    assert len(server.got) == 2
    assert [(row["owner"], row["items"]) for row in stored] == [("王芳", 1)]
    assert "t0ken" not in stored[0]["channel"]
