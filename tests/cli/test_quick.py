"""The quick reading of a plain command line is the reading that Typer gives, or none."""

import functools
import importlib
import inspect
import shlex
from typing import Annotated, Any, get_args, get_origin, get_type_hints

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
    "tier run",
    "--db x.db --now 2026-01-05 tier run -f json",
    "tag run --db x.db -n -q",
    "import a.csv",
    "import a.csv b.xlsx c.jsonl --set owner=李雷 --map 客户=name -n --rejects r.csv",
    "import",
    "contact add 鼎盛 name=吴刚 phone=13800138000",
    "report base -o base.xlsx",
    "assign C000001 C000002 --to 王芳",
]
NOT_PLAIN = [
    "",
    "--help",
    "due --help",
    "due -h",
    "due --days=3",
    "due --days x",
    f"due --days {'9' * 5000}",
    "due --days ３",
    "-q due",
    "--owner due list",
    "--kind show find",
    "- due",
    "due --days -1",
    "due --days",
    "due -qf json",
    "due --nonsense",
    "due too many words",
    "find",
    "due -- --days",
    "tier",
    "tier --db x.db run",
    "tier nonsense",
    "run",
    "handoff --from 李雷 --to 王芳",
    "nonsense",
]


def functions() -> dict[str, Any]:
    """Every command by its words."""
    found: dict[str, Any] = {}
    for word, entry in app.commands().items():
        known = importlib.import_module(f"crmcli.cli.{entry.module}").COMMANDS[word]
        verbs = {f"{word} {verb}": function for verb, function in known.items()} if isinstance(known, dict) else {}
        found |= verbs or {word: known}
    return found


# Commands of a kind of option that only Typer reads.
LEFT_TO_TYPER = ("clean duplicates", "team edit", "import")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every command says what it was called with instead of doing it."""
    calls: list[dict[str, Any]] = []
    for words, function in functions().items():
        word, _space, verb = words.partition(" ")
        known = importlib.import_module(f"crmcli.cli.{app.commands()[word].module}").COMMANDS
        monkeypatch.setitem(known[word] if verb else known, verb or word, _echo(function, calls))
    return calls


def _echo(function: Any, calls: list[dict[str, Any]]) -> Any:
    @functools.wraps(function)
    def call(**given: Any) -> None:
        defaults = {name: p.default for name, p in inspect.signature(function).parameters.items()}
        calls.append({**defaults, **given, "settings": settings.current()})

    return call


@pytest.mark.parametrize("line", PLAIN)
def test_both_read_the_same(heard: list[dict[str, Any]], line: str) -> None:
    check_both(heard, shlex.split(line))


@pytest.mark.parametrize("words", functions())
def test_both_read_the_same_of_every_option_of_every_command(heard: list[dict[str, Any]], words: str) -> None:
    line = [*words.split(), *everything(functions()[words])]
    if words in LEFT_TO_TYPER:
        assert quick.read(line) is None
    else:
        check_both(heard, line)


def everything(function: Any) -> list[str]:
    """A word for each argument of the command, and each of its options with a value."""
    said: list[str] = []
    for hint in get_type_hints(function, include_extras=True).values():
        if get_origin(hint) is Annotated:
            kind, info = get_args(hint)[:2]
            value = "7" if "int" in str(kind) else "csv"
            named = [] if type(info).__name__ == "ArgumentInfo" else [info.default]
            said += [*named, *([] if kind is bool else [value])]
    return said


def check_both(heard: list[dict[str, Any]], args: list[str]) -> None:
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
