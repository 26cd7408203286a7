"""The workspace of a command: the database, the moment and the actor that its options name."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import crmcli
from crmcli.cli import messages, settings

if TYPE_CHECKING:
    # Help names every command and opens no database.
    from crmcli.store.workspace import Workspace


@contextmanager
def workspace(*, create: bool = False, readonly: bool = False, dry_run: bool = False) -> "Iterator[Workspace]":
    """The workspace of this command; what it noted is printed to stderr when it ends well."""
    with crmcli.open(
        settings.database(),
        create=create,
        readonly=readonly,
        dry_run=dry_run,
        now=settings.moment(),
        actor=settings.actor(),
        command=settings.current().command,
        busy_timeout=settings.busy_timeout(),
    ) as ws:
        if ws.upgraded:
            messages.note(ws.upgraded)
        if sys.stderr.isatty():
            ws.progress = messages.progress
        yield ws
    messages.clear_progress()
    for note in ws.notes:
        messages.note(note)
