"""Sending one digest to one channel, and one run at a time.

What is promised: each day's list of an owner goes to a channel once. It is written down, and committed, right after
the other side took it, so that what failed is tried again by the next run and nothing is lost. Only a run that is
killed between the answer and the commit leaves a message that the next run sends a second time; a mail has the same
Message-ID then. Two runs do not meet: the second is refused.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crmcli.care.digests import Digest, went_out, write_down
from crmcli.errors import Locked, StorageFailed
from crmcli.i18n import _
from crmcli.notifying import mail, robots, webhooks
from crmcli.notifying.channels import Channel, channel
from crmcli.notifying.messages import Message, Templates
from crmcli.store.workspace import Workspace


@dataclass(frozen=True)
class Surroundings:
    """What sending needs of the world: seconds to wait for an answer, the clock that signs, and how to wait."""

    timeout: float = 20.0
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


def notify(ws: Workspace, digest: Digest, to: str, *, force: bool = False) -> bool:
    """Send a digest to an address (see `notifying.channels`) and write down that it went, when the block ends.

    False if the day's list of this owner has gone there already; with `force` it goes again.

    Raises:
        UsageError: there is no such address. NotDelivered: it did not go out.
    """
    where = channel(to)
    if not force and went_out(ws, digest.owner, where.shown):
        return False
    send(where, Templates().message(digest, ws.digest["tiers"]), at=ws.now, again=ws.stamp if force else "")
    write_down(ws, digest, where.shown)
    return True


def send(where: Channel, message: Message, *, at: datetime, again: str = "", by: Surroundings | None = None) -> None:
    """Send a message; `again` tells one that is sent on purpose a second time from the first. Raises NotDelivered."""
    by = by or Surroundings()
    if where.kind == "mail":
        mail.send(where, message, at=at, again=again, timeout=by.timeout)
    elif where.kind == "webhook":
        webhooks.send(where, message, timeout=by.timeout)
    elif where.kind == "apprise":
        webhooks.send_by_apprise(where, message)
    else:
        robots.send(where, message, timeout=by.timeout, clock=by.clock, sleep=by.sleep)


@contextmanager
def alone(database: Path) -> Iterator[None]:
    """A block that no other process is in for the same database; the system ends it with the process.

    Raises:
        Locked: another one is in it. StorageFailed: the lock, a file beside the database, cannot be made.
    """
    path = Path(f"{database}-notify")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        raise StorageFailed(_("cannot write {path}: {reason}").format(path=path, reason=error.strerror)) from error
    try:
        if not _locked(handle):
            raise Locked(_("another crm notify is sending"), hint=_("try again when it is done"))
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
