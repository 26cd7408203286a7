"""What is said beside the result, on stderr: a note, or the one line of an error."""

import sys
from contextlib import suppress

from crmcli.i18n import _
from crmcli.values import safe


def note(text: str) -> None:
    """A sentence for the user."""
    # What was done is done, whether or not anybody can be told.
    with suppress(OSError):
        sys.stderr.write(f"{safe(text)}\n")


_shown = False


def progress(text: str) -> None:
    """One line on the terminal that the next one replaces."""
    global _shown
    sys.stderr.write(f"\r\x1b[2K{safe(text)}")
    sys.stderr.flush()
    _shown = True


def clear_progress() -> None:
    """Take the progress line away, if there is one."""
    global _shown
    if _shown:
        sys.stderr.write("\r\x1b[2K")
        _shown = False


def error(message: str, *, hint: str | None = None) -> None:
    """The one line an error gets, and its hint."""
    sys.stderr.write(_("crm: error: {message}").format(message=safe(message)) + "\n")
    if hint:
        sys.stderr.write("  " + _("hint: {hint}").format(hint=safe(hint)) + "\n")
