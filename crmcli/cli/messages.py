"""What is said beside the result, on stderr: a note, or the one line of an error."""

import sys

from crmcli.i18n import _
from crmcli.values import safe


def note(text: str) -> None:
    """A sentence for the user."""
    sys.stderr.write(f"{safe(text)}\n")


def error(message: str, *, hint: str | None = None) -> None:
    """The one line an error gets, and its hint."""
    sys.stderr.write(_("crm: error: {message}").format(message=safe(message)) + "\n")
    if hint:
        sys.stderr.write("  " + _("hint: {hint}").format(hint=safe(hint)) + "\n")
