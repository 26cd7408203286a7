"""What can go wrong, by what the caller should do about it.

An exception means that the command cannot be done; its class carries the exit code of the contract.
Several things wrong with data are not exceptions but a list of `Problem`.
"""

from dataclasses import dataclass


class CrmError(Exception):
    """A command that cannot be done, in one sentence; `hint` is the next thing to try."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CrmError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = 2


class NotFound(CrmError):
    """Nothing, or more than one thing, answers to the name."""

    exit_code = 3


class Refused(CrmError):
    """A conflict, an illegal step, or a confirmation that is missing."""

    exit_code = 4


class InvalidInput(CrmError):
    """A file, a value or a policy that cannot be read; `problems` has all that was found."""

    exit_code = 5

    def __init__(self, message: str, *, hint: str | None = None, problems: "list[Problem] | None" = None) -> None:
        super().__init__(message, hint=hint)
        self.problems = problems or []


class DatabaseUnusable(CrmError):
    """The database is missing, damaged, not ours, or newer than the program."""

    exit_code = 6


class StorageFailed(CrmError):
    """The disk is full or read-only, or permission is lacking."""

    exit_code = 7


class Locked(CrmError):
    """Another process holds the database; trying again is right."""

    exit_code = 75


class NotDelivered(CrmError):
    """A message did not go out; trying again is right. `limited`: the service takes no more of them for now."""

    exit_code = 75

    def __init__(self, message: str, *, hint: str | None = None, limited: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.limited = limited


class BadValue(ValueError):
    """One value that cannot be understood: a stable code for scripts and a reason for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one row of a file, or one place of a policy.

    `where` names the row or key path, `line` is the 1-based line of the source (0: unknown).
    """

    code: str
    reason: str
    field: str = ""
    value: str = ""
    line: int = 0
    where: str = ""
