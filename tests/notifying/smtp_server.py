"""An SMTP server for tests: FOLDER [--tls CERT KEY] [--at-once] [--login USER PASSWORD] [--refuse TEXT].

Prints its port, takes mail on the loopback address only, and runs until it is ended.
"""

import argparse
import asyncio
import ssl
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword


class Folder:
    """Writes each mail into a file."""

    def __init__(self, path: Path, refuse: str) -> None:
        self.path = path
        self.refuse = refuse
        self.taken = 0

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refuse and self.refuse in address:
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Envelope) -> str:
        return "221 Bye" if self.refuse != "to say goodbye" else "451 not now"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        self.taken += 1
        data = envelope.content if isinstance(envelope.content, bytes) else b""
        head = f"X-From: {envelope.mail_from}\r\nX-To: {','.join(envelope.rcpt_tos)}\r\n".encode()
        (self.path / f"{self.taken:04}.eml").write_bytes(head + data)
        return "250 OK"


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tls", nargs=2)
    parser.add_argument("--at-once", action="store_true")
    parser.add_argument("--login", nargs=2)
    parser.add_argument("--refuse", default="")
    given = parser.parse_args()
    context = None
    if given.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*given.tls)

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        said = isinstance(data, LoginPassword) and [data.login.decode(), data.password.decode()]
        return AuthResult(success=said == given.login, handled=False)

    handler = Folder(given.folder, given.refuse)

    def session() -> SMTP:
        return SMTP(
            handler,
            hostname="localhost",
            tls_context=None if given.at_once else context,
            authenticator=authenticate if given.login else None,
            auth_required=bool(given.login),
            auth_require_tls=bool(context) and not given.at_once,
        )

    secured = context if given.at_once else None
    server = await asyncio.get_running_loop().create_server(session, "localhost", 0, ssl=secured, family=2)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
