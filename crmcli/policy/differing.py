"""In which keys two policies differ: by what names each table, not by where it stands in the file."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_IDENTITIES = ("key", "kind", "event", "kpi", "name")
_ORDERED = ("tag", "tier", "clock", "lead_grade", "rules")


class Change(NamedTuple):
    """A key that differs: `mark` is `+` where it is new, `-` gone, `~` in another order, "" of another value."""

    mark: str
    key: str

    @property
    def part(self) -> str:
        """The part of the policy that has the key: `tier`, `festival`."""
        return self.key.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.mark}{self.key}"


def parsed(text: str) -> dict[str, Any]:
    """A policy without problems, its lists of tables as mappings by what names each: a tag's name, a tier's key."""
    found: dict[str, Any] = _named(tomllib.loads(text.removeprefix("\ufeff")))
    return found


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What differs between two parsed policies: comments and spacing are none."""
    return list(_differences(before, after, ""))


def _named(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _named(inner) for key, inner in value.items()}
    if not (isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value)):
        return value
    named: dict[str, Any] = {}
    for place, item in enumerate(value, start=1):
        name = next((str(item[key]) for key in _IDENTITIES if key in item), str(place))
        name = f"{item['dimension']}:{item['value']}" if {"dimension", "value"} <= item.keys() else name
        named[name if name not in named else f"{name}#{place}"] = _named(item)
    return named


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Change]:
    for key in dict.fromkeys([*before, *after]):
        old, new, name = before.get(key), after.get(key), f"{path}{key}"
        if key not in before or key not in after:
            yield Change("+" if key in after else "-", name)
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{name}.")
            # The first rule that fits wins: the order of tables says something, that of a table's keys does not.
            if key in _ORDERED and [k for k in old if k in new] != [k for k in new if k in old]:
                yield Change("~", name)
        elif old != new:
            yield Change("", name)
