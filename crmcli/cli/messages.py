"""What is said beside the result, on stderr: a note, or the one line of an error."""

import sys
import time
from contextlib import suppress

from crmcli.i18n import _
from crmcli.values import safe


def note(text: str) -> None:
    """A sentence for the user."""
    # What was done is done, whether or not anybody can be told.
    with suppress(OSError):
        clear_progress()
        sys.stderr.write(f"{safe(text)}\n")


_BAR = 20
# Before that nothing can be said of the rest.
_TELLING_SECONDS = 1.0


class _Line:
    """The one line of progress on the terminal, and when the work that it is about began."""

    shown = False
    began = 0.0
    share = 1.0


def progress(words: str, share: float | None = None) -> None:
    """One line on the terminal that the next one replaces; with the share that is done, a bar and the time left."""
    text = safe(words)
    if share is not None:
        now = time.monotonic()
        if share < _Line.share:
            _Line.began = now
        _Line.share = share
        text = f"{_bar(share)}  {text}{_left(share, now - _Line.began)}"
    sys.stderr.write(f"\r\x1b[2K{text}")
    sys.stderr.flush()
    _Line.shown = True


def _bar(share: float) -> str:
    done = round(share * _BAR)
    return f"{'━' * done}{'─' * (_BAR - done)} {share:4.0%}"


def _left(share: float, elapsed: float) -> str:
    if elapsed < _TELLING_SECONDS or not share:
        return ""
    seconds = round(elapsed / share - elapsed)
    return _(", {time} left").format(time=f"{seconds // 60}:{seconds % 60:02}")


def clear_progress() -> None:
    """Take the progress line away, if there is one."""
    if _Line.shown:
        sys.stderr.write("\r\x1b[2K")
        _Line.shown = False


def error(message: str, *, hint: str | None = None) -> None:
    """The one line an error gets, and its hint."""
    clear_progress()
    sys.stderr.write(_("crm: error: {message}").format(message=safe(message)) + "\n")
    if hint:
        sys.stderr.write("  " + _("hint: {hint}").format(hint=safe(hint)) + "\n")
