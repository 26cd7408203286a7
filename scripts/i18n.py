"""Bring the words up to date: `make i18n` writes the template, merges it into the Chinese catalogue, compiles that.

The order of work: change English in the code, `make i18n`, fill the empty msgstr in the .po, `make i18n`.
What is written depends on the code alone: no dates, no line numbers, no names. The .mo is committed, because a
checkout must speak Chinese without Babel.
"""

from __future__ import annotations

import importlib
import inspect
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import crmcli
from crmcli import i18n
from crmcli.cli import app, chinese

PACKAGE = Path(crmcli.__file__).parent
LOCALE = PACKAGE / "locale"
TEMPLATE = LOCALE / "crmcli.pot"
CATALOGUE = LOCALE / "zh" / "LC_MESSAGES" / "crmcli.po"
COMPILED = CATALOGUE.with_suffix(".mo")
KEYWORDS = {"_": None, "plural": (1, 2)}
HEADERS = {
    "Language": "zh",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}
# What Typer asks gettext for by itself when it prints help and errors.
TYPERS = (
    "(dynamic)",
    "Arguments",
    "Commands",
    "Missing command.",
    "No such command {name!r}.",
    "Options",
    "default: {default}",
    "env var: {var}",
    "required",
)
Id = str | tuple[str, str]


class Catalogue(Catalog):
    """Babel's catalogue, without the headers that tell the day, the machine and the version of Babel."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return list(HEADERS.items())


def messages() -> set[Id]:
    """Every message that the code can ask for; a pair is one with a plural."""
    # The command modules are imported here, and what they say at import must be English.
    i18n.choose("en")
    found = extract_from_dir(PACKAGE, method_map=[("**.py", "python")], keywords=KEYWORDS, comment_tags=())
    marked = {message if isinstance(message, str) else (message[0], message[1]) for _, _, message, _, _ in found}
    helps = {inspect.cleandoc(function.__doc__ or "") for function in functions()}
    return {*marked, *helps, *TYPERS, *chinese.SENTENCES}


def functions() -> Iterator[Callable[..., Any]]:
    """The function of every command; its docstring is what `--help` says, as one message."""
    for name, entry in app.commands().items():
        found = importlib.import_module(f"crmcli.cli.{entry.module}").COMMANDS[name]
        yield from found.values() if isinstance(found, dict) else [found]


def read(path: Path) -> Catalog:
    """A catalogue from a .po or .pot file; empty if there is none."""
    with io.BytesIO(path.read_bytes() if path.exists() else b"") as file:
        return read_po(file, locale="zh", ignore_obsolete=True, charset="utf-8")


def merged(ids: Iterable[Id], old: Catalog) -> Catalogue:
    """The messages with the translations that `old` has of them; what it has besides is dropped."""
    new = Catalogue(locale="zh", fuzzy=False)
    for id in sorted(ids, key=lambda id: (id, "") if isinstance(id, str) else id):
        known = old.get(id)
        if known is None or known.id != id:
            message = new.add(id)
        else:
            message = new.add(id, known.string, flags=known.flags, user_comments=known.user_comments)
        # Babel adds marks of its own about the format, other ones in other versions.
        message.flags &= {"fuzzy"}
    return new


def po(catalogue: Catalog, *, headers: dict[str, str]) -> bytes:
    """The text of a .po or .pot file, one line a message."""
    lines = "".join(f'"{name}: {value}\\n"\n' for name, value in headers.items())
    file = io.BytesIO()
    write_po(file, catalogue, width=0, no_location=True, omit_header=True)
    return f'msgid ""\nmsgstr ""\n{lines}\n'.encode() + file.getvalue()


def mo(catalogue: Catalog) -> bytes:
    """The bytes of the .mo file that a catalogue compiles to."""
    file = io.BytesIO()
    write_mo(file, merged(listed(catalogue), catalogue))
    return file.getvalue()


def template(ids: Iterable[Id]) -> bytes:
    """The text of the .pot file."""
    headers = {name: value for name, value in HEADERS.items() if name.startswith(("MIME", "Content"))}
    return po(merged(ids, Catalog()), headers=headers)


def untranslated(catalogue: Catalog) -> list[Id]:
    """The messages that no Chinese stands for yet."""
    done = {message.id for message in catalogue if message.string and all(message.string) and not message.fuzzy}
    return [id for id in listed(catalogue) if id not in done]


def listed(catalogue: Catalog) -> list[Id]:
    """The messages of a catalogue."""
    ids = [message.id for message in catalogue if message.id]
    return [id if isinstance(id, str) else (id[0], id[1]) for id in ids]


def main() -> int:
    ids = messages()
    old = read(CATALOGUE)
    new = merged(ids, old)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    TEMPLATE.write_bytes(template(ids))
    CATALOGUE.write_bytes(po(new, headers=HEADERS))
    COMPILED.write_bytes(mo(new))
    dropped = [id for id in listed(old) if id not in ids]
    missing = untranslated(new)
    print(f"{len(ids)} messages; {len(dropped)} dropped; {len(missing)} to translate in {CATALOGUE.name}")
    for sign, shown in (("-", dropped), ("+", missing)):
        for id in shown:
            print(f"{sign} {id!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
