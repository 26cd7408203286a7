"""Mail, taken by a real server: one header each, text and HTML, encrypted where it must be."""

import re
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from crmcli.care.digests import Digest
from crmcli.errors import NotDelivered
from crmcli.notifying import mail
from crmcli.notifying.channels import Channel, transport
from crmcli.notifying.messages import Message, Templates
from tests.conftest import NOW
from tests.notifying import receivers
from tests.notifying.conftest import TIERS, item

AT = datetime.fromisoformat(NOW)
TO = "zhou@example.com"


def send(url: str, message: Message, *, to: str = TO, password: str = "", sender: str = "crm@example.com") -> None:
    carrier = transport(url, password=password, sender=sender)
    channel = Channel("mail", f"mailto:{to}", to=to, transport=carrier)
    mail.send(channel, message, at=AT, again="", timeout=10)


def body(found: EmailMessage, kind: str) -> str:
    part = found.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text.replace("\r\n", "\n")


def test_a_mail_has_text_and_html_and_one_of_each_header(tmp_path: Path, message: Message) -> None:
    with receivers.post(tmp_path / "in") as server:
        send(f"smtp://localhost:{server.port}", message)
        send(f"smtp://localhost:{server.port}", message)
        first, second = server.mails
    assert (first["X-From"], first["X-To"]) == ("crm@example.com", TO)
    assert first["Subject"] == message.subject
    assert (first["From"], first["To"]) == ("crm@example.com", "王芳 <zhou@example.com>")
    assert first["Date"] == "Fri, 20 Nov 2026 09:00:00 +0800"
    assert first["Auto-Submitted"] == "auto-generated"
    assert body(first, "plain").rstrip() == message.text.rstrip()
    assert body(first, "html").rstrip() == message.html
    assert not {"bcc", "cc"} & set(map(str.lower, first))
    # So that a mailbox can see that it has this one.
    assert first["Message-ID"] == second["Message-ID"]
    assert re.fullmatch(r"<crm-[0-9a-f]{32}@example\.com>", first["Message-ID"])


def test_no_name_makes_a_header(tmp_path: Path, digest: Digest) -> None:
    names = ["Li\r\nBcc: all@evil.example", "a\nb", "<x@y.z>, other", "\x1b[2J", "é" * 300, '"', "=?utf-8?q?x?="]
    with receivers.post(tmp_path / "in") as server:
        for name in names:
            message = Templates().message(Digest(name, digest.as_of, (), (item(1, customer=name),), ()), TIERS)
            send(f"smtp://localhost:{server.port}", message)
        assert len(server.mails) == len(names)
        for found in server.mails:
            assert found["X-To"] == TO
            assert [address.addr_spec for address in found["To"].addresses] == [TO]
            assert not {"bcc", "cc"} & set(map(str.lower, found))
            assert "\x1b" not in found.as_string()


def test_a_refused_address_is_told(tmp_path: Path, message: Message) -> None:
    with receivers.post(tmp_path / "in", "--refuse", "zhou") as server:
        with pytest.raises(NotDelivered, match=r"^SMTP 550 5\.1\.1 no such user here$"):
            send(f"smtp://localhost:{server.port}", message)
        send(f"smtp://localhost:{server.port}", message, to="li@example.com")
        assert [found["X-To"] for found in server.mails] == ["li@example.com"]


def test_a_mail_that_was_taken_is_taken_whatever_comes_after(tmp_path: Path, message: Message) -> None:
    with receivers.post(tmp_path / "in", "--refuse", "to say goodbye") as server:
        send(f"smtp://localhost:{server.port}", message)
        assert len(server.mails) == 1


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    import shutil

    if shutil.which("openssl") is None:
        pytest.skip("no openssl here to make a certificate with")
    return receivers.certificate(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_with_a_login_over_tls(
    tmp_path: Path, message: Message, pair: tuple[Path, Path], scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--tls", *map(str, pair), "--login", "crm", "pass word", *(["--at-once"] if scheme == "smtps" else [])]
    with receivers.post(tmp_path / "in", *options) as server:
        url = f"{scheme}://crm@localhost:{server.port}{'?tls=yes' if scheme == 'smtp' else ''}"
        with pytest.raises(NotDelivered, match=r"^its certificate is not trusted: "):
            send(url, message, password="pass word")
        monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
        send(url, message, password="pass word")
        assert len(server.mails) == 1
        with pytest.raises(NotDelivered, match=r"^SMTP 535 ") as found:
            send(url, message, password="wr0ng-one")
        assert "wr0ng-one" not in found.value.message


def test_no_encryption_no_mail(tmp_path: Path, message: Message) -> None:
    with receivers.post(tmp_path / "in") as server:
        with pytest.raises(NotDelivered, match="STARTTLS"):
            send(f"smtp://localhost:{server.port}?tls=yes", message)
        assert server.mails == []


def test_a_password_does_not_leave_the_machine_unencrypted(
    tmp_path: Path, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "of_this_machine", lambda _host: False)
    with receivers.post(tmp_path / "in") as server:
        with pytest.raises(NotDelivered, match=r"^a password is not sent unencrypted$"):
            send(f"smtp://crm@localhost:{server.port}?tls=no", message, password="pass word")
        assert server.mails == []


def test_who_says_nothing_is_not_waited_for(message: Message) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        carrier = transport(f"smtp://127.0.0.1:{silent.getsockname()[1]}", sender="crm@example.com")
        channel = Channel("mail", "mail", to=TO, transport=carrier)
        with pytest.raises(NotDelivered, match=r"^no answer within 0\.1 seconds$"):
            mail.send(channel, message, at=AT, again="", timeout=0.1)


def test_what_is_missing_is_told(message: Message) -> None:
    with pytest.raises(NotDelivered, match=r"^it is not said whom mail is from$"):
        send("smtp://localhost", message, sender="")


# ------------------------------------------------------------------------------------------------ sendmail


def program(folder: Path, script: str) -> Path:
    path = folder / "sendmail"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_program_gets_the_mail_and_the_address(tmp_path: Path, message: Message) -> None:
    path = program(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/words; cat > {tmp_path}/mail')
    send(f"sendmail:{path}", message)
    assert (tmp_path / "words").read_text().split("\n")[:-1] == ["-i", "-f", "crm@example.com", "--", TO]
    sent = (tmp_path / "mail").read_bytes()
    assert b"\nAuto-Submitted: auto-generated\r\n" in sent
    send(f"sendmail:{path}", message, sender="")
    assert (tmp_path / "words").read_text().split("\n")[:-1] == ["-i", "--", TO]
    assert b"\nFrom:" not in (tmp_path / "mail").read_bytes()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("cat >/dev/null; echo 'queue full\nmore' >&2; exit 75", "sendmail ended with 75: queue full"),
        ("exit 1", "sendmail ended with 1"),
    ],
)
def test_a_program_that_fails_is_told(tmp_path: Path, message: Message, script: str, reason: str) -> None:
    with pytest.raises(NotDelivered) as found:
        send(f"sendmail:{program(tmp_path, script)}", message)
    assert found.value.message == reason


def test_a_program_that_is_not_there(tmp_path: Path, message: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotDelivered, match=r"^No such file or directory$"):
        send(f"sendmail:{tmp_path}/none", message)
    monkeypatch.setattr(mail, "_PROGRAMS", ())
    with pytest.raises(NotDelivered, match=r"^this machine has no sendmail$"):
        send("sendmail:", message)
