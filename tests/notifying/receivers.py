"""The other side: robots that answer like DingTalk, Feishu and WeCom, a web address, and an SMTP server.

They check what they get by themselves, and share no code with the product. Each listens on a free port of this
machine and is ended by its test.
"""

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, object]


@dataclass
class Web:
    """An HTTP server; `answers` are given in turn, the last again and again. None: it says nothing for ever."""

    port: int
    answers: list[Answer | None]
    got: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def url(self, service: str, path: str = "/robot/send?access_token=t0ken-t0ken") -> str:
        return f"{service}+http://127.0.0.1:{self.port}{path}"


@contextmanager
def web(*answers: Answer | None, check: Callable[[str, dict[str, Any]], Answer | None] | None = None) -> Iterator[Web]:
    """A running server. `check` sees path and content first, and may answer instead."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.got.append(content)
            found.paths.append(self.path)
            answer = check(self.path, content) if check else None
            if answer is None:
                answer = found.answers[0] if len(found.answers) == 1 else found.answers.pop(0)
            if answer is None:
                ended.wait(30)
                return
            body = answer[1] if isinstance(answer[1], bytes) else json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            if answer[0] == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        found = Web(server.server_address[1], list(answers) or [(200, {"errcode": 0, "errmsg": "ok"})])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield found
        finally:
            ended.set()
            server.shutdown()
            thread.join()


def dingtalk(secret: str, *, limit: int = 20_000) -> Callable[[str, dict[str, Any]], Answer | None]:
    """What DingTalk looks at: the sign in the address, the size, the shape."""

    def check(path: str, content: dict[str, Any]) -> Answer | None:
        asked = parse_qs(urlsplit(path).query)
        stamp = asked["timestamp"][0]
        wanted = hmac.new(secret.encode(), digestmod=hashlib.sha256)
        wanted.update(stamp.encode() + b"\n" + secret.encode())
        if len(stamp) != 13 or base64.b64decode(asked["sign"][0]) != wanted.digest():
            return 200, {"errcode": 310000, "errmsg": "sign not match"}
        if len(json.dumps(content, ensure_ascii=False).encode()) > limit:
            return 200, {"errcode": 460101, "errmsg": "message too long"}
        if content["msgtype"] != "markdown" or not (content["markdown"]["title"] and content["markdown"]["text"]):
            return 200, {"errcode": 40035, "errmsg": "invalid parameter"}
        return None

    return check


def feishu(secret: str) -> Callable[[str, dict[str, Any]], Answer | None]:
    """What Feishu looks at: the sign in the content, and the shape."""

    def check(path: str, content: dict[str, Any]) -> Answer | None:
        key = (content["timestamp"] + "\n" + secret).encode()
        if content["sign"] != base64.b64encode(hmac.digest(key, b"", "sha256")).decode():
            return 200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
        if "sign" in path or content["msg_type"] != "text" or not content["content"]["text"]:
            return 200, {"code": 9499, "msg": "Bad Request"}
        return None

    return check


def wecom(_path: str, content: dict[str, Any]) -> Answer | None:
    """What WeCom looks at: the shape, and the size of the text."""
    if content["msgtype"] != "markdown" or len(content["markdown"]["content"].encode()) > 4096:
        return 200, {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"}
    return None


# -------------------------------------------------------------------------------------------------- mail


@dataclass
class Post:
    """An SMTP server that puts what it takes into a folder."""

    port: int
    folder: Path

    @property
    def mails(self) -> list[EmailMessage]:
        """What has come, in its order."""
        raw = [path.read_bytes() for path in sorted(self.folder.glob("*.eml"))]
        found = [message_from_bytes(data, policy=policy.default) for data in raw]
        return [mail for mail in found if isinstance(mail, EmailMessage)]


@contextmanager
def post(folder: Path, *options: str) -> Iterator[Post]:
    """A running SMTP server, a process of its own; `options` as `smtp_server` takes them."""
    folder.mkdir()
    words = [sys.executable, str(Path(__file__).with_name("smtp_server.py")), str(folder), *options]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Post(int(process.stdout.readline()), folder)
        finally:
            process.terminate()
            process.wait(10)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for `localhost` and its key, made by openssl."""
    made = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-out", str(made[0]), "-keyout", str(made[1]),
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return made
