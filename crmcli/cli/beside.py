"""A small table beside the result, on stderr: whoever reads stdout never meets it."""

import sys
from contextlib import redirect_stdout

from crmcli.cli.messages import clear_progress, note
from crmcli.cli.output import show
from crmcli.tables import Table


def show_beside(title: str, table: Table) -> None:
    """The table under a line that says what it is; nothing for an empty one."""
    if table.rows:
        clear_progress()
        note(title)
        with redirect_stdout(sys.stderr):
            show(table)
