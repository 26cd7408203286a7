"""One POST over HTTP: encrypted and verified, not redirected, with a limit of time and size; errors without the URL."""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from crmcli.errors import NotDelivered
from crmcli.i18n import _

_LONGEST_ANSWER = 65_536


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET that sends nothing and looks like a success."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


def post(url: str, content: Mapping[str, Any], *, timeout: float) -> tuple[int, bytes]:
    """POST `content` as JSON; the status and the answer. Raises NotDelivered: nobody answered."""
    body = json.dumps(content, ensure_ascii=False).encode()
    try:
        request = urllib.request.Request(
            url, data=body, headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "crmcli"}
        )
        opener = urllib.request.build_opener(_Stay, urllib.request.HTTPSHandler(context=ssl.create_default_context()))
        with opener.open(request, timeout=timeout) as response:
            return response.status, response.read(_LONGEST_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _rest(error)
    except (OSError, http.client.HTTPException, ValueError) as error:
        # Not chained: what these say may hold the address, and with it the token.
        raise NotDelivered(reason(error, timeout)) from None


def _rest(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read(_LONGEST_ANSWER)
    except (OSError, http.client.HTTPException):
        return b""


def reason(error: Exception, timeout: float) -> str:
    """Why a connection failed, in words that hold nothing of the address."""
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception):
        error = error.reason
    if isinstance(error, TimeoutError):
        return _("no answer within {seconds:g} seconds").format(seconds=timeout)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("its certificate is not trusted: {reason}").format(reason=error.verify_message)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
