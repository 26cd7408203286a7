"""Files that are written: whole or not at all, private, and never over something else of the user's."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crmcli.errors import StorageFailed, UsageError
from crmcli.i18n import _


def replace(path: Path, content: str | bytes | Iterable[str], *, keep: Iterable[Path]) -> None:
    """Put `content`, whole or in parts, in the place of `path`, readable by its owner alone; text is written as UTF-8.

    Args:
        keep: files that must not be replaced: the database, the input; their side files are included.

    Raises:
        UsageError: `path` is one of those. StorageFailed: it cannot be written; what was there stays.
    """
    _refuse(path, keep)
    try:
        handle, name = tempfile.mkstemp(prefix=".crm-", dir=path.parent)
        draft = Path(name)
        with cleared_up(lambda: draft.unlink(missing_ok=True)):
            with os.fdopen(handle, "wb") as file:
                for part in [content] if isinstance(content, str | bytes) else content:
                    file.write(part if isinstance(part, bytes) else part.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
    except OSError as error:
        raise StorageFailed(_("cannot write {path}: {reason}").format(path=path, reason=error.strerror)) from error


@contextmanager
def cleared_up(clear: Callable[[], object]) -> Iterator[None]:
    """A part after which `clear` clears up, however it ends: by SIGTERM, too, which then ends the program as ever.

    Where somebody else answers that signal or has it ignored, and in threads, it is left to them.
    """
    import signal

    def end(number: int, _frame: object) -> None:
        clear()
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    ours = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    try:
        if ours:
            signal.signal(signal.SIGTERM, end)
    except ValueError:  # only the main thread may
        ours = False
    try:
        yield
    finally:
        clear()
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _refuse(path: Path, keep: Iterable[Path]) -> None:
    for kept in keep:
        for own in (kept, *(Path(f"{kept}{suffix}") for suffix in ("-wal", "-shm", "-journal"))):
            same = path.resolve() == own.resolve() or (path.exists() and own.exists() and path.samefile(own))
            if same:
                raise UsageError(_("{path} would be lost; name another file").format(path=path))
    if path.exists() and not path.is_file():
        raise StorageFailed(_("{path} is not a file").format(path=path))
