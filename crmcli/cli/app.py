"""The commands by name: where each lives, and under which heading help shows it."""

import gettext
import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from crmcli import i18n
from crmcli.cli import settings
from crmcli.i18n import _


@dataclass(frozen=True)
class Command:
    """A word after `crm`: a function, or a group of commands, in a module of this package.

    A group that does something by itself, without a further word, has that function in the module's `ALONE`.
    """

    module: str
    panel: str


def commands() -> dict[str, Command]:
    """Every command, in the order that help shows them."""
    start, day, people, grade, data = (
        _("Start"), _("Every day"), _("Customers"), _("Who matters"), _("The journal"),
    )  # fmt: skip
    return {
        "init": Command("init", start),
        "demo": Command("demo", start),
        "import": Command("importing", start),
        "export": Command("exporting", start),
        "status": Command("status", day),
        "due": Command("due", day),
        "log": Command("log", day),
        "done": Command("settle", day),
        "snooze": Command("settle", day),
        "skip": Command("settle", day),
        "plan": Command("plan", day),
        "escalate": Command("escalate", day),
        "watch": Command("watch", day),
        "case": Command("cases", day),
        "lead": Command("leads", day),
        "survey": Command("surveys", day),
        "notify": Command("notify", day),
        "add": Command("customers", people),
        "edit": Command("customers", people),
        "show": Command("show", people),
        "list": Command("lists", people),
        "find": Command("lists", people),
        "assign": Command("assigning", people),
        "handoff": Command("assigning", people),
        "team": Command("team", people),
        "contact": Command("contacts", people),
        "order": Command("orders", people),
        "contract": Command("contracts", people),
        "clean": Command("clean", people),
        "tag": Command("tags", grade),
        "tier": Command("tiers", grade),
        "why": Command("why", grade),
        "value": Command("value", grade),
        "kpi": Command("kpi", grade),
        "report": Command("report", grade),
        "policy": Command("policies", grade),
        "calendar": Command("calendars", grade),
        "history": Command("history", data),
        "undo": Command("history", data),
        "redo": Command("history", data),
    }


def build(args: list[str]) -> typer.Typer:
    """The program with the one command that `args` name, or, where they name none, with the names of all."""
    _speak()
    app = typer.Typer(
        name="crm",
        cls=_spoken(_ByPanel),
        help=_("Your company's customer-relationship plan, run every day."),
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(with_globals(_root()))
    known = commands()
    word = settings.named_command(args)
    for name, entry in known.items():
        if known.keys().isdisjoint(args):
            # Nothing of it will run: the page of help, or a word that is none, needs its name and a line.
            _announce(app, name, entry)
        elif word not in known or name == word:
            _register(app, name, entry)
    return app


def _announce(app: typer.Typer, name: str, entry: Command) -> None:
    module = importlib.import_module(f"crmcli.cli.{entry.module}")
    found = module.COMMANDS[name]
    text = module.HELP[name] if isinstance(found, dict) else _help(found)
    app.command(name, cls=_spoken(TyperCommand), help=text, rich_help_panel=entry.panel)(lambda: None)


def with_globals(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the global options added to its own."""
    shared, shared_hints = _shared()
    own = inspect.signature(function)

    @wraps(function)
    def run(**given: Any) -> Any:
        from crmcli.cli.output import refuse_unwritable

        settings.apply({name: given.pop(name) for name in shared})
        refuse_unwritable(function, given)
        return function(**given)

    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own.parameters.values()]
    run.__signature__ = own.replace(parameters=[*parameters, *shared.values()])  # type: ignore[attr-defined]
    run.__annotations__ = {**get_type_hints(function, include_extras=True), **shared_hints}
    return run


@cache
def _shared() -> tuple[dict[str, inspect.Parameter], dict[str, Any]]:
    declare = settings.options()
    hints = {k: v for k, v in get_type_hints(declare, include_extras=True).items() if k != "return"}
    return dict(inspect.signature(declare).parameters), hints


def _register(app: typer.Typer, name: str, entry: Command) -> None:
    module = importlib.import_module(f"crmcli.cli.{entry.module}")
    found = module.COMMANDS[name]
    if isinstance(found, dict):
        alone = getattr(module, "ALONE", {}).get(name, _group)
        group = typer.Typer(cls=_spoken(TyperGroup), help=module.HELP[name], rich_markup_mode=None)
        group.callback(invoke_without_command=True, help=module.HELP[name])(with_globals(alone))
        for verb, function in found.items():
            _command(group, verb, function, panel=None)
        app.add_typer(group, name=name, rich_help_panel=entry.panel)
    else:
        _command(app, name, found, panel=entry.panel)


def _command(app: typer.Typer, name: str, function: Callable[..., Any], *, panel: str | None) -> None:
    app.command(name, cls=_spoken(TyperCommand), help=_help(function), rich_help_panel=panel)(with_globals(function))


def _help(function: Callable[..., Any]) -> str:
    return _(inspect.cleandoc(function.__doc__ or ""))


def _speak() -> None:
    """Let Typer look its own words up in our catalogue; in English, nowhere."""
    if i18n.language() == "en":
        gettext.textdomain("messages")
    else:
        from crmcli.cli import chinese

        chinese.speak()


def _spoken(cls: type[Any]) -> type[Any]:
    """A class of commands that says in the language of this run what Typer says in English only."""
    if i18n.language() == "en":
        return cls
    from crmcli.cli.chinese import Chinese

    return type(cls.__name__, (Chinese, cls), {})


def said(error: typer.TyperException) -> str:
    """What Typer finds wrong with the command line, in the language of this run."""
    if i18n.language() == "en":
        return error.format_message()
    from crmcli.cli import chinese

    return chinese.sentence(error.format_message())


class _ByPanel(TyperGroup):
    """The list of commands under headings, without the time that Rich takes to start."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, command in self.commands.items():
            panel = getattr(command, "rich_help_panel", None)
            summary = " ".join((command.help or "").split("\n\n")[0].split())
            panels.setdefault(panel or _("Commands"), []).append((name, summary))
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)


def _group(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def _root() -> Callable[..., None]:
    """The program without a command, declared when the language of its help is known."""

    def root(
        ctx: typer.Context,
        version: Annotated[bool, typer.Option("--version", help=_("Show the version"), is_eager=True)] = False,
    ) -> None:
        import crmcli

        if version:
            typer.echo(f"crm {crmcli.__version__}")
            raise typer.Exit
        if ctx.invoked_subcommand is None:
            typer.echo(ctx.get_help())

    return root
