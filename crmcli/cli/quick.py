"""The plain command line, read without building the program.

Typer takes as long to read options as `crm due` to answer (0.1 s). A line that is a command with plain options and
arguments is therefore read here, from the same declarations; whatever is not that plain (help, a mistake, an option
said in another way) is left to Typer, which reads it as always. A test holds that both read the same.
"""

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from crmcli.cli import settings
from crmcli.cli.app import commands
from crmcli.cli.output import refuse_unwritable

_LONG = 10
"""Digits of a number that is no plain one; Python itself reads no more than 4300."""


def read(args: list[str]) -> Callable[[], Any] | None:
    """What `args` ask for, ready to be called; None if they are not plain."""
    named = _named(args)
    if named is None:
        return None
    function, before, after = named
    read_all = _Reading(function).values(before, after)
    if read_all is None:
        return None
    shared, own = read_all

    def call() -> Any:
        settings.apply(shared)
        refuse_unwritable(function, own)
        return function(**own)

    return call


def _named(args: list[str]) -> tuple[Callable[..., Any], list[str], list[str]] | None:
    """The command that `args` name, the words before and after it; that of a group has two words, side by side."""
    at = settings.place_of_command(args)
    if at is None or (entry := commands().get(args[at])) is None:
        return None
    found = importlib.import_module(f"crmcli.cli.{entry.module}").COMMANDS[args[at]]
    end = at + 1
    if isinstance(found, dict):
        found = found.get(args[end]) if end < len(args) else None
        end += 1
    return (found, args[:at], args[end:]) if found else None


class _Reading:
    """The options and arguments that a command and the global options declare."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.shared = settings.options()
        self.own = function
        self.options: dict[str, tuple[str, Any]] = {}
        self.arguments: list[tuple[str, Any]] = []
        self.bounds: dict[str, tuple[float | None, float | None]] = {}
        self.plain = True
        self._declare_all(self.shared)
        # Before the name of a command stand options of the program only.
        self.everywhere = {*self.options}
        self._declare_all(function)

    def _declare_all(self, declared: Callable[..., Any]) -> None:
        for name, hint in get_type_hints(declared, include_extras=True).items():
            if get_origin(hint) is Annotated:
                self._declare(name, *get_args(hint)[:2])
            elif name != "return":
                # Typer's own context.
                self.plain = False

    def _declare(self, name: str, kind: Any, info: Any) -> None:
        self.bounds[name] = (getattr(info, "min", None), getattr(info, "max", None))
        if info.parser is not None or info.callback is not None:
            self.plain = False
        elif type(info).__name__ == "ArgumentInfo":
            self.arguments.append((name, kind))
        else:
            for spelled in (info.default, *info.param_decls):
                self.options[spelled] = (name, kind)

    def values(self, before: list[str], after: list[str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The global values and the command's own; None if the words before and after its name are not plain."""
        if any(word.startswith("-") and word not in self.everywhere for word in before):
            return None
        given: dict[str, Any] = {}
        positional: list[str] = []
        rest = iter([*before, *after])
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
        listed = get_origin(kind) is list
        of = get_args(kind)[0] if listed else kind
        if of not in (str, int, Path) or (of is int and not self._fits(name, word)):
            return False
        if listed:
            given.setdefault(name, []).append(of(word))
        else:
            given[name] = of(word)
        return True

    def _fits(self, name: str, word: str) -> bool:
        low, high = self.bounds[name]
        return (
            word.isascii()
            and word.isdecimal()
            and len(word) < _LONG
            and (low is None or int(word) >= low)
            and (high is None or int(word) <= high)
        )

    def _place(self, positional: list[str], given: dict[str, Any]) -> bool:
        """Arguments by their places; a list takes all that is left, and is plain in the last place only."""
        places = [*self.arguments]
        lists = [get_origin(_without_none(kind)) is list for _name, kind in places]
        if any(lists[-1:]):
            places += places[-1:] * (len(positional) - len(places))
        return (
            len(positional) <= len(places)
            and not any(lists[:-1])
            and all(
                self._store(name, kind, word, given) for word, (name, kind) in zip(positional, places, strict=False)
            )
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
