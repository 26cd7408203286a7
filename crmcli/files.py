"""Files that are written: whole or not at all, private, and never over something else of the user's."""

import os
import tempfile
from collections.abc import Iterable
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
        handle, draft = tempfile.mkstemp(prefix=".crm-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                for part in [content] if isinstance(content, str | bytes) else content:
                    file.write(part if isinstance(part, bytes) else part.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StorageFailed(_("cannot write {path}: {reason}").format(path=path, reason=error.strerror)) from error


def _refuse(path: Path, keep: Iterable[Path]) -> None:
    for kept in keep:
        for own in (kept, *(Path(f"{kept}{suffix}") for suffix in ("-wal", "-shm", "-journal"))):
            same = path.resolve() == own.resolve() or (path.exists() and own.exists() and path.samefile(own))
            if same:
                raise UsageError(_("{path} would be lost; name another file").format(path=path))
    if path.exists() and not path.is_file():
        raise StorageFailed(_("{path} is not a file").format(path=path))
