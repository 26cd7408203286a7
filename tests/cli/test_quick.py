"""The quick reading of a plain command line is the reading that Typer gives, or none."""

import shlex
from typing import Any

import pytest

from crmcli.cli import app, quick, settings

PLAIN = [
    "due",
    "due --days 3",
    "--db x.db due --owner 李雷 -f json",
    "due --db x.db --late -q",
    "due --kind touch --kind action -o out.csv",
    "--user due due",
    "find 鼎盛",
    "find 鼎盛 -f jsonl --lang zh",
    "list --owner 李雷 --tier key --limit 3 --fields code,name",
    "list --tag risk:churn-risk --excel --no-color --debug",
    "show C000001",
    "show C000001 --now 2026-01-01 -f json",
    "log 鼎盛 谈价格 --channel visit --with 周明 --with 吴刚 -n",
    "log 鼎盛 谈价格 --next 寄样品 --due +3d --feedback 好",
]
NOT_PLAIN = [
    "",
    "--help",
    "due --help",
    "due -h",
    "due --days=3",
    "due --days x",
    "due --days -1",
    "due --days",
    "due -qf json",
    "due --nonsense",
    "due too many words",
    "find",
    "due -- --days",
    "tier run",
    "nonsense",
]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every command says what it was called with instead of doing it."""
    calls: list[dict[str, Any]] = []
    for word, module in quick.COMMANDS.items():
        found = __import__(f"crmcli.cli.{module}", fromlist=["COMMANDS"])
        monkeypatch.setitem(found.COMMANDS, word, _echo(found.COMMANDS[word], calls))
    return calls


def _echo(function: Any, calls: list[dict[str, Any]]) -> Any:
    import functools
    import inspect

    @functools.wraps(function)
    def call(**given: Any) -> None:
        defaults = {name: p.default for name, p in inspect.signature(function).parameters.items()}
        calls.append({**defaults, **given, "settings": settings.current()})

    return call


@pytest.mark.parametrize("line", PLAIN)
def test_both_read_the_same(heard: list[dict[str, Any]], line: str) -> None:
    args = shlex.split(line)
    settings.start(args)
    call = quick.read(args)
    assert call is not None
    call()
    settings.start(args)
    app.build(args)(args=args, prog_name="crm", standalone_mode=False)
    settings.finish()
    quickly, slowly = heard
    assert {k: v or None for k, v in quickly.items()} == {k: v or None for k, v in slowly.items()}


@pytest.mark.parametrize("line", NOT_PLAIN)
def test_what_is_not_plain_is_left_to_typer(line: str) -> None:
    assert quick.read(shlex.split(line)) is None
