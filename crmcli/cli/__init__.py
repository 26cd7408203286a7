"""The edge: reads the command line, the environment and the clock, calls one capability, and prints.

`main` is the only way in. The command named on the command line is the only one whose module is imported.
"""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typer


def main(argv: Sequence[str]) -> int:
    """Run `crm` with these arguments; the exit code of the contract. Never raises, never shows a traceback unasked."""
    from crmcli.cli import messages, settings
    from crmcli.i18n import _

    args = list(argv)
    if "--version" in args and settings.named_command(args) is None:
        return _version()
    # A command is short and makes few cycles; looking for them costs an import a tenth of its time.
    gc.set_threshold(100_000, 50, 50)
    _make_streams_safe()
    try:
        return _run(args)
    except KeyboardInterrupt:
        messages.error(_("interrupted; what was not finished was not written"))
        return 130
    except BrokenPipeError:
        # The reader of the pipe has seen enough. Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    finally:
        settings.finish()


def _version() -> int:
    """`crm --version`: scripts ask it often, and it needs nothing of the program."""
    import crmcli

    sys.stdout.write(f"crm {crmcli.__version__}\n")
    return 0


def _run(args: list[str]) -> int:
    import typer

    from crmcli.cli import messages, quick, settings
    from crmcli.errors import CrmError
    from crmcli.i18n import _

    try:
        settings.start(args)
        call = quick.read(args) or _whole_program(args)
        code = call()
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except CrmError as error:
        if settings.current().debug:
            raise
        messages.error(error.message, hint=error.hint)
        return error.exit_code
    except typer.TyperException as error:
        messages.error(
            _said(error),
            hint=_("see: crm {command} --help").format(command=_command(args)).replace("  ", " "),
        )
        return 2
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit:
        # Typer's own answer to a broken pipe.
        raise BrokenPipeError from None
    except OSError as error:
        if isinstance(error, BrokenPipeError) or settings.current().debug:
            raise
        messages.error(_("cannot write the result: {reason}").format(reason=error.strerror or error))
        return 7
    except Exception as error:
        # The last line of defence: people get one line and a way to report it, never a traceback with their data.
        if settings.current().debug:
            raise
        messages.error(
            _("unexpected defect: {kind}").format(kind=type(error).__name__),
            hint=_("run it again with --debug and report what it prints"),
        )
        return 1


def _whole_program(args: list[str]) -> Callable[[], Any]:
    from crmcli.cli.app import build

    return partial(build(args), args=args, prog_name="crm", standalone_mode=False)


def _said(error: "typer.TyperException") -> str:
    from crmcli.cli.app import said

    return said(error)


def _command(args: list[str]) -> str:
    from crmcli.cli import settings
    from crmcli.cli.app import commands

    word = settings.named_command(args)
    return word if word in commands() else ""


def _make_streams_safe() -> None:
    """UTF-8 whatever the locale says; what the terminal cannot show becomes `?` instead of a crash."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
