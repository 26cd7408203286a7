"""The plain command line, read without building the program.

Typer takes as long to read options as `crm due` to answer. A line that is a command with plain options and arguments
is therefore read here, from the same declarations; whatever is not that plain (help, a mistake, an option said in
another way) is left to Typer, which reads it as always. A test holds that both read the same.
"""

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from crmcli.cli import settings
from crmcli.cli.output import refuse_unwritable

# The commands that people and cron jobs wait for.
COMMANDS = {"due": "due", "find": "lists", "list": "lists", "show": "show", "log": "log"}


def read(args: list[str]) -> Callable[[], Any] | None:
    """What `args` ask for, ready to be called; None if they are not plain or of another command."""
    word = settings.named_command(args)
    if word not in COMMANDS:
        return None
    function = importlib.import_module(f"crmcli.cli.{COMMANDS[word]}").COMMANDS[word]
    read_all = _Reading(function).values(settings.without_command(args))
    if read_all is None:
        return None
    shared, own = read_all

    def call() -> Any:
        settings.apply(shared)
        refuse_unwritable(function, own)
        return function(**own)

    return call


class _Reading:
    """The options and arguments that a command and the global options declare."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.shared = settings.options()
        self.own = function
        self.options: dict[str, tuple[str, Any]] = {}
        self.arguments: list[tuple[str, Any]] = []
        self.bounds: dict[str, tuple[float | None, float | None]] = {}
        self.plain = True
        for declared in (self.shared, function):
            for name, hint in get_type_hints(declared, include_extras=True).items():
                if name != "return":
                    self._declare(name, hint)

    def _declare(self, name: str, hint: Any) -> None:
        kind, info = get_args(hint)[0], hint.__metadata__[0]
        self.bounds[name] = (getattr(info, "min", None), getattr(info, "max", None))
        if info.parser is not None or info.callback is not None:
            self.plain = False
        elif type(info).__name__ == "ArgumentInfo":
            self.arguments.append((name, kind))
        else:
            for spelled in (info.default, *info.param_decls):
                self.options[spelled] = (name, kind)

    def values(self, words: list[str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The global values and the command's own, defaults filled in; None if the words are not plain."""
        given: dict[str, Any] = {}
        positional: list[str] = []
        rest = iter(words)
        for word in rest:
            if not word.startswith("-") or word == "-":
                positional.append(word)
            elif word not in self.options or not self._take(*self.options[word], rest, given):
                return None
        if not self.plain or not self._place(positional, given):
            return None
        shared = {name: given.pop(name) for name in inspect.signature(self.shared).parameters if name in given}
        return (shared, given) if self._complete(given) else None

    def _take(self, name: str, kind: Any, rest: Any, given: dict[str, Any]) -> bool:
        if kind is bool:
            given[name] = True
            return True
        word = next(rest, None)
        return word is not None and not word.startswith("-") and self._store(name, kind, word, given)

    def _store(self, name: str, kind: Any, word: str, given: dict[str, Any]) -> bool:
        kind = _without_none(kind)
        if get_origin(kind) is list:
            given.setdefault(name, []).append(word)
            return get_args(kind) == (str,)
        if kind is int and not self._fits(name, word):
            return False
        given[name] = {str: str, int: int, Path: Path}.get(kind, str)(word)
        return kind in (str, int, Path)

    def _fits(self, name: str, word: str) -> bool:
        low, high = self.bounds[name]
        return word.isdecimal() and (low is None or int(word) >= low) and (high is None or int(word) <= high)

    def _place(self, positional: list[str], given: dict[str, Any]) -> bool:
        """Arguments by their places; a list would have to be told apart from what follows it, so it is not plain."""
        if len(positional) > len(self.arguments):
            return False
        return all(
            get_origin(_without_none(kind)) is not list and self._store(name, kind, word, given)
            for word, (name, kind) in zip(positional, self.arguments, strict=False)
        )

    def _complete(self, given: dict[str, Any]) -> bool:
        missing = [
            parameter
            for name, parameter in inspect.signature(self.own).parameters.items()
            if name not in given and parameter.default is inspect.Parameter.empty
        ]
        return not missing


def _without_none(kind: Any) -> Any:
    if get_origin(kind) is UnionType:
        kinds = [one for one in get_args(kind) if one is not NoneType]
        return kinds[0] if len(kinds) == 1 else kind
    return kind
