"""Help and usage errors in Chinese: what Typer says in English only, and lines broken by the cells they take."""

import gettext
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from crmcli import i18n
from crmcli.cli.grids import PIECES
from crmcli.i18n import _
from crmcli.values import display_width

if TYPE_CHECKING:
    from typer.core import TyperCommand as Base
else:
    Base = object

# Typer and pydantic make these sentences by themselves; the first that fits is translated, and so is what it quotes.
SENTENCES = (
    "{message}. Did you mean {names}?",
    "{message} (Possible options: {names})",
    "No such option: {name}",
    "Missing argument {name}.",
    "Missing option {name}.",
    "Option {name} requires an argument.",
    "Option {name} requires {number} arguments.",
    "Option {name} does not take a value.",
    "Got unexpected extra argument(s) ({words})",
    "Invalid value for {name}: {message}",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be greater than or equal to {limit}",
    "Input should be less than or equal to {limit}",
)


def speak() -> None:
    """Give our catalogue to Typer, which takes the process's default one, in the language of the environment."""
    gettext.bindtextdomain("crmcli", str(Path(i18n.__file__).parent / "locale"))
    gettext.textdomain("crmcli")
    os.environ["LANGUAGE"] = i18n.language()


def sentence(text: str) -> str:
    """What Typer says, in Chinese; as it is where nothing is known for it."""
    for template in SENTENCES:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(template))
        found = re.fullmatch(pattern, text, re.DOTALL)
        if found:
            return _(template).format(**{name: sentence(words) for name, words in found.groupdict().items()})
    return text


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text in at most `width` cells each: Chinese breaks anywhere but before its punctuation."""
    lines = []
    for given in text.splitlines():
        line = ""
        for piece in PIECES.findall(given):
            if line and display_width(line + piece.rstrip()) > width:
                lines.append(line.rstrip())
                line = ""
            line += piece if line else piece.lstrip()
        lines.append(line.rstrip())
    return lines


class Formatter(typer.Context.formatter_class):  # type: ignore[misc, valid-type]
    """Typer's page of help, with widths counted in cells."""

    def write_heading(self, heading: str) -> None:
        self.write(" " * self.current_indent + _("{heading}:").format(heading=heading) + "\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        for line in wrapped(text, self.width - self.current_indent):
            self.write(f"{indent}{line}".rstrip() + "\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        indent = " " * self.current_indent
        column = min(max(display_width(first) for first, _ in rows), col_max) + col_spacing
        for first, second in rows:
            label = first + " " * (column - display_width(first))
            if display_width(first) > column - col_spacing:
                self.write(f"{indent}{first}\n")
                label = " " * column
            for line in wrapped(second, self.width - self.current_indent - column) or [""]:
                self.write(f"{indent}{label}{line}".rstrip() + "\n")
                label = " " * column


class Chinese(Base):
    """Mixed into a command or group of Typer's, it speaks Chinese."""

    def get_help(self, ctx: Any) -> str:
        ctx.formatter_class = Formatter
        return super().get_help(ctx)

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = _("Show this message and exit.")
        return option

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=_("Usage: "))

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence of the help; the page breaks it where it must."""
        return (self.help or "").partition("\n")[0].partition("。")[0]
