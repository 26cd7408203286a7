"""A digest as a message: subject, text, Markdown and HTML, each from a template that the user may replace.

Templates are Jinja's, in its sandbox and further bounded: they see plain texts, numbers and lists of these, and have
conditions, loops three deep and a few filters; no calls, no arithmetic, nothing that makes much of little.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import SandboxedEnvironment

from crmcli import i18n
from crmcli.care import escalation
from crmcli.care.digests import Digest
from crmcli.care.due import DueItem
from crmcli.errors import InvalidInput, UsageError
from crmcli.i18n import _
from crmcli.values import safe, spoken_phone

Format = Literal["text", "markdown", "html"]
FORMATS: tuple[Format, ...] = ("text", "markdown", "html")
MOST = 200
"""Items of each part of a digest that a message lists; it says how many more there are."""

_ENDINGS: dict[str, Format] = {".txt": "text", ".md": "markdown", ".html": "html", ".htm": "html"}
_LARGEST_TEMPLATE = 64_000
_LONGEST = 1_000_000
_DEEPEST = 3


@dataclass(frozen=True)
class Message:
    """One digest, ready for every channel; `digest` is what it was made of."""

    subject: str
    text: str
    markdown: str
    html: str
    digest: Digest


class Templates:
    """The three templates: the shipped ones in the language spoken now, where the user has none."""

    def __init__(self, files: Mapping[Format, tuple[str, str]] | None = None) -> None:
        given = files or {}
        self._compiled = {
            format: _compiled(*given.get(format, (f"digest.{format}", shipped(format))), format) for format in FORMATS
        }

    def message(self, digest: Digest, tiers: Mapping[str, Any]) -> Message:
        """Raises InvalidInput: a template asks for what is not there, or makes too much text."""
        seen = _seen(digest, tiers)
        texts = {format: self._rendered(format, seen) for format in FORMATS}
        return Message(subject=_subject(digest), digest=digest, **texts)

    def _rendered(self, format: Format, seen: Mapping[str, Any]) -> str:
        name, template = self._compiled[format]
        pieces, length = [], 0
        try:
            for piece in template.generate(seen):
                pieces.append(piece)
                length += len(piece)
                if length > _LONGEST:
                    raise InvalidInput(_("{file}: makes more than {most} characters").format(file=name, most=_LONGEST))
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
            raise InvalidInput(_("{file}: {reason}").format(file=name, reason=error)) from None
        return "".join(pieces)


def read(paths: list[Path]) -> dict[Format, tuple[str, str]]:
    """The user's templates by the endings of their files: .txt, .md, .html; (name, text).

    Raises:
        UsageError: another ending, or one twice. InvalidInput: a file that cannot be read.
    """
    found: dict[Format, tuple[str, str]] = {}
    for path in paths:
        format = _ENDINGS.get(path.suffix.lower())
        if format is None or format in found:
            raise UsageError(
                _("{file}: one template for each of text, Markdown and HTML").format(file=path.name),
                hint=_("end the files in .txt, .md, .html"),
            )
        try:
            text = path.read_bytes()[: _LARGEST_TEMPLATE + 1].decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", None) or _("the file is not UTF-8")
            raise InvalidInput(_("{file}: {reason}").format(file=path.name, reason=said)) from error
        found[format] = (path.name, text)
    return found


def shipped(format: Format) -> str:
    """The template that comes with the program, in the language spoken now."""
    folder = resources.files("crmcli.notifying") / "templates"
    return (folder / f"digest.{i18n.language()}.{format}.jinja").read_text("utf-8")


# ------------------------------------------------------------------------------------------- what they see


def _subject(digest: Digest) -> str:
    parts = {"late": len(digest.late) + len(digest.told), "today": len(digest.today), "week": len(digest.week)}
    said = _("To do {day}: {late} late, {today} today, {week} to come").format(day=digest.as_of, **parts)
    return safe(f"{said} · {digest.owner}" if digest.owner else said)


def _seen(digest: Digest, tiers: Mapping[str, Any]) -> dict[str, Any]:
    """What a template may name: owner, day, late, today, week, told, and parts, these four as a list."""
    entries = {
        key: [_entry(digest, item, tiers) for item in getattr(digest, key)[:MOST]]
        for key in ("late", "told", "today", "week")
    }
    counts = {key: len(getattr(digest, key)) for key in entries}
    parts = [
        {"key": key, "count": counts[key], "more": counts[key] - len(found), "entries": found}
        for key, found in entries.items()
        if found
    ]
    return {"owner": _shown(digest.owner), "day": digest.as_of.isoformat(), "parts": parts, **entries}


def _entry(digest: Digest, item: DueItem, tiers: Mapping[str, Any]) -> dict[str, Any]:
    seen = {one.name: _shown(getattr(item, one.name)) for one in fields(item) if one.name != "late_days"}
    greeting = digest.greetings.get(item.key)
    label = tiers.get(item.tier or "", {}).get("label", {}).get(i18n.language())
    return seen | {
        "day": item.due_on.isoformat(),
        "time": item.due_at[11:16] if item.due_at else None,
        "late": item.late_days,
        "tier": _shown(label or item.tier),
        "phone": _shown(item.phone and spoken_phone(item.phone)),
        "whom": safe(item.whom),
        "escalation": _shown(escalation.spoken(item.escalation)),
        "greeting": _lines(greeting.greeting) if greeting else None,
        "gift": _lines(greeting.gift) if greeting else None,
        "benefits": [safe(benefit) for benefit in greeting.benefits] if greeting else [],
    }


def _shown(value: str | date | None) -> str | None:
    """One line of what can be seen, or None."""
    return None if value is None else safe(str(value))


def _lines(text: str | None) -> str | None:
    return None if text is None else "\n".join(map(safe, text.splitlines()))


# --------------------------------------------------------------------------------------------- the sandbox

_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List, nodes.Tuple,
    nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.If, nodes.CondExpr, nodes.For, nodes.Filter, nodes.Test,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
_FILTERS = ("default", "d", "length", "count", "upper", "lower", "trim", "first", "last", "e", "escape")
_LOOP = ("index", "index0", "revindex", "first", "last", "length")


class _Plain(SandboxedEnvironment):
    """A template looks into mappings, lists and its loop, and into nothing else: no attribute of any object."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, dict) and argument in obj:
            return obj[argument]
        if isinstance(obj, LoopContext) and argument in _LOOP:
            return getattr(obj, argument)
        if isinstance(obj, list) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(obj=obj, name=argument)


@cache
def _environment(format: Format) -> _Plain:
    environment = _Plain(
        autoescape=format == "html",
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_unmarked if format == "markdown" else _unsaid,
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    return environment


def _unsaid(value: Any) -> Any:
    return "" if value is None else value


def _unmarked(value: Any) -> Any:
    """A value in Markdown without what would make it a link, a picture, a tag or a call of somebody's name."""
    return str(value).translate(_MARKS) if value is not None else ""


_MARKS = str.maketrans({"[": "［", "]": "］", "<": "＜", ">": "＞", "`": "＇", "*": "＊", "|": "｜"})


def _compiled(name: str, text: str, format: Format) -> tuple[str, Any]:
    """(name, template). Raises InvalidInput."""
    environment = _environment(format)
    if len(text) > _LARGEST_TEMPLATE:
        raise InvalidInput(
            _("{file}: a template has at most {most} characters").format(file=name, most=_LARGEST_TEMPLATE)
        )
    try:
        tree = environment.parse(text)
        _refuse(tree, name)
        return name, environment.from_string(text)
    except TemplateSyntaxError as error:
        place = _("{file}, line {line}").format(file=name, line=error.lineno)
        raise InvalidInput(f"{place}: {error.message}") from None
    except (RecursionError, MemoryError, OverflowError):
        raise InvalidInput(_("{file}: {reason}").format(file=name, reason=_("nested too deeply"))) from None


def _refuse(tree: nodes.Template, name: str) -> None:
    def wrong(node: nodes.Node, reason: str) -> InvalidInput:
        place = _("{file}, line {line}").format(file=name, line=node.lineno)
        return InvalidInput(f"{place}: {reason}", hint=_("see: crm notify --show-template text"))

    def walk(node: nodes.Node, depth: int) -> None:
        if not isinstance(node, _NODES) or (isinstance(node, nodes.For) and node.recursive):
            raise wrong(node, _("a template has no {thing}").format(thing=type(node).__name__.lower()))
        depth += isinstance(node, nodes.For)
        if depth > _DEEPEST:
            raise wrong(node, _("loops may be {most} deep").format(most=_DEEPEST))
        for child in node.iter_child_nodes():
            walk(child, depth)

    walk(tree, 0)
    known = {"owner", "day", "parts", "late", "today", "week", "told"}
    for unknown in sorted(meta.find_undeclared_variables(tree) - known):
        message = _("unknown name '{name}'").format(name=unknown)
        raise InvalidInput(i18n.sentences([f"{name}: {message}", ", ".join(sorted(known))]))
