"""Questions: asked on a terminal only; everywhere else the flag that answers them is named."""

import sys
from collections.abc import Sequence

from crmcli.errors import Refused
from crmcli.i18n import _, sentences
from crmcli.values import safe

_YES = ("y", "yes", "是")


def can_ask() -> bool:
    """Whether somebody is there to see a question and to answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agree(question: str, reasons: Sequence[str], *, yes: bool) -> None:
    """Ask whether to go on in spite of `reasons`; `yes` answers it.

    Raises:
        Refused: somebody says no, or nobody is there to say yes.
    """
    if yes or not reasons:
        return
    if not can_ask():
        raise Refused(sentences(reasons), hint=_("if it is right all the same, say so with --yes"))
    for reason in reasons:
        sys.stderr.write(f"{safe(reason)}\n")
    # Not through Typer, which writes a space of its own to stdout, where only data goes.
    sys.stderr.write(f"{safe(question)} [y/N]: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().casefold() not in _YES:
        raise Refused(_("nothing was changed"))
