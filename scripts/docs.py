"""Write the reference pages from the code: `make docs`.

`docs/commands.md` is what `--help` says; `docs/policy.md` has every fact, function and key, and the standard policy.
What stands above the line MARK in a page is written by hand and kept. A test compares the pages with this script.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from crmcli.cli import app, main
from crmcli.i18n import LANGUAGES
from crmcli.policy import facts, loader, reading, rules, schema
from crmcli.policy.completeness import DEFAULT_WEIGHTS, FIELDS

DOCS = Path(__file__).resolve().parent.parent / "docs"
MARK = "<!-- Written by `make docs` from here on; change what is above by hand. -->"
# Help depends on these: a page is the same on every machine and terminal.
SURROUNDINGS = {"COLUMNS": "100", "TERM": "dumb", "XDG_CONFIG_HOME": os.devnull}

FUNCTIONS = {
    "top": (
        "top(fact, p)",
        "among the highest p percent of the rated customers: the rank by the fact, highest first, ties sharing the "
        "best rank, is at most ceil(n·p/100) of n; a missing or zero fact is never top",
    ),
    "bottom": ("bottom(fact, p)", "the same from the lowest; a missing fact counts as lowest"),
    "tag": ('tag("dimension"), tag("dimension", "value")', "has a tag in that dimension, or that very tag"),
    "missing": ("missing(fact)", "the fact is absent"),
    "days_to": ("days_to(fact)", "whole days from today to a date"),
    "days_since": ("days_since(fact)", "whole days from a date to today"),
}
KEYS = {
    "name": "what the policy is called",
    "timezone": "where today begins, like `Asia/Shanghai`",
    "currency": "three capital letters, like `CNY`",
    "phone_region": "the country of phone numbers without a country code: two capital letters, like `CN`",
    "tag": "`[[tag]]`: one value of a dimension; of each dimension a customer gets the first that fits",
    "tag.dimension": "what the tag is about, like `risk`",
    "tag.value": "like `churn-risk`",
    "tag.label": "what people see",
    "tag.when": "a rule; without one the dimension is set by hand",
    "tier": "`[[tier]]`, at least one: the best first; a customer gets the first that fits",
    "tier.key": "small letters, digits and hyphens; stored with the customer",
    "tier.label": "what people see",
    "tier.when": 'a rule; that of the last tier is `"true"`',
    "tier.owner_role": "who should look after these customers",
    "tier.benefits": "what these customers get",
    "tier.keep_for": '`"2 reviews"`: a drop is applied only when as many runs in a row ask for it',
    "tier.touches": "the contacts that the tier asks for, again and again",
    "tier.touches.key": "small letters, digits and hyphens",
    "tier.touches.every": "`3 days`, `2 weeks`, `1 month`, `quarter`, `half-year`",
    "tier.touches.channels": f"any one of these will do: {', '.join(f'`{channel}`' for channel in loader.CHANNELS)}",
    "tier.touches.label": "what people see",
    "tier.touches.action": "what to do",
    "occasion": "`[[occasion]]`: a day to think of the customer",
    "occasion.kind": " or ".join(f"`{kind}`" for kind in loader.OCCASIONS),
    "occasion.notice": "how long before: days or weeks",
    "occasion.tiers": "keys of tiers; all of them unless given",
    "occasion.action": "what to do",
    "occasion.label": "what people see",
    "completeness": "`[completeness]`: what a complete record is",
    "completeness.fields": "`{ field = weight, … }`; the fields are below",
}
KINDS = {"text": "text", "texts": "list of texts", "table": "table", "tables": "list of tables", "words": "words"}
Key = tuple[str, str, bool]


def commands() -> Iterator[str]:
    """The page of commands: the program, then each command under the heading that help shows it under."""
    yield from _help()
    panel = ""
    for name, entry in app.commands().items():
        if entry.panel != panel:
            panel = entry.panel
            yield f"## {panel}\n"
        yield from _help(name)
        found = importlib.import_module(f"crmcli.cli.{entry.module}").COMMANDS[name]
        for verb in found if isinstance(found, dict) else ():
            yield from _help(name, verb)


def _help(*words: str) -> Iterator[str]:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        code = main(["--lang", "en", *words, "--help"])
    assert code == 0, words
    title = f"## `{' '.join(['crm', *words])}`"
    yield f"{title if not words else '#' + title}\n"
    yield f"```text\n{output.getvalue().rstrip()}\n```\n"


def policy() -> Iterator[str]:
    """The page of the policy."""
    yield "## Facts\n"
    defined = [(f"`{fact.name}`", fact.kind, fact.definition) for fact in facts.FACTS.values()]
    yield _table(("fact", "type", "definition"), defined)
    yield "Defined, but not available yet: their records cannot be kept by this version.\n"
    yield _table(("fact", "why not"), [(f"`{name}`", why) for name, why in facts.later().items()])
    yield "## Functions\n"
    _same(FUNCTIONS, rules.FUNCTIONS)
    calls = [FUNCTIONS[name] for name in rules.FUNCTIONS]
    yield _table(("function", "meaning"), [(f"`{call}`", meaning) for call, meaning in calls])
    yield "## Keys\n"
    yield '*Words* are `{ en = "…", zh = "…" }`, either of them, or one text for both languages.\n'
    keys = schema_keys(schema.preset("standard"))
    _same(KEYS, [key for key, _kind, _required in keys])
    rows = [(f"`{key}`", KINDS[kind], "yes" if needed else "", KEYS[key]) for key, kind, needed in keys]
    yield _table(("key", "type", "required", "meaning"), rows)
    yield f"Fields of `completeness.fields`: {', '.join(f'`{field}`' for field in sorted(FIELDS))}.\n"
    weights = ", ".join(f"`{field}` {weight}" for field, weight in DEFAULT_WEIGHTS.items())
    yield f"Without that section: {weights}.\n"
    sections = ", ".join(f"`{section}`" for section in sorted(loader._UNSUPPORTED))
    yield f"Sections that this version does not support yet, and refuses: {sections}.\n"
    yield "## The standard policy\n"
    yield f"What `crm init` begins with.\n\n```toml\n{schema.preset('standard').rstrip()}\n```\n"


def schema_keys(text: str) -> list[Key]:
    """Every key that the loader asks for when it reads `text`, what it takes there, and whether it insists.

    The loader says it itself: its questions are recorded, so that no list of keys can differ from what it does.
    """
    asked: dict[str, tuple[str, bool]] = {}
    originals = {name: getattr(reading.Table, name) for name in ("text", "texts", "table", "tables")}
    for kind, original in originals.items():
        setattr(reading.Table, kind, _recording(kind, original, asked))
    try:
        _policy, problems = loader.load(text)
    finally:
        for kind, original in originals.items():
            setattr(reading.Table, kind, original)
    assert not problems, problems
    words = {key.rpartition(".")[0] for key in asked if key.rpartition(".")[2] in LANGUAGES}
    keys = [(key, *how) for key, how in asked.items() if key.rpartition(".")[0] not in words]
    listed = [(key, "words" if key in words else kind, needed) for key, kind, needed in keys]
    return sorted(listed, key=lambda row: list(KEYS).index(row[0]) if row[0] in KEYS else 0)


def _recording(kind: str, original: Callable[..., Any], asked: dict[str, tuple[str, bool]]) -> Callable[..., Any]:
    insists = "required" in inspect.signature(original).parameters

    def ask(table: reading.Table, key: str, **options: Any) -> Any:
        path = ".".join(part for part in (*table.path, key) if isinstance(part, str))
        asked[path] = (kind, insists and bool(options.get("required")))
        return original(table, key, **options)

    return ask


def _same(described: Mapping[str, object], defined: Iterable[str]) -> None:
    """Refuse to write a page that leaves out something, or tells of what is no more."""
    different = set(described) ^ set(defined)
    if different:
        sys.exit(f"scripts/docs.py does not describe what the code defines: {', '.join(sorted(different))}")


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def page(name: str, parts: Iterable[str]) -> str:
    """A whole page: what was written by hand, and what the code says."""
    path = DOCS / name
    by_hand = path.read_text("utf-8").partition(MARK)[0] if path.exists() else f"# {path.stem.capitalize()}\n\n"
    return f"{by_hand}{MARK}\n\n" + "\n".join(parts)


def write(folder: Path) -> None:
    """Write all pages into `folder`."""
    for name in [name for name in os.environ if name.startswith("CRM_") or name in ("FORCE_COLOR", "GITHUB_ACTIONS")]:
        del os.environ[name]
    os.environ.update(SURROUNDINGS)
    folder.mkdir(parents=True, exist_ok=True)
    for name, parts in (("commands.md", commands()), ("policy.md", policy())):
        text = page(name, parts)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{folder / name}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS)
