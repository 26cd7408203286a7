"""Text on a terminal: how wide it is, and what must not reach it as it stands."""

import unicodedata
from functools import lru_cache


def display_width(text: str) -> int:
    """Terminal cells of `text`: wide and full-width signs 2, combining and invisible ones 0, ambiguous 1."""
    return len(text) if text.isascii() else sum(map(_cells, text))


@lru_cache(maxsize=8192)
def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cc") or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def to_the_minute(moment: str) -> str:
    """A local moment in ISO 8601, or a day, as people read it: `2026-11-20T10:00:00+08:00` is `2026-11-20 10:00`."""
    return moment[:16].replace("T", " ")


def safe(text: str) -> str:
    r"""`text` for a terminal: what cannot be seen becomes a visible escape (`\x1b`, `\u202e`, newline `⏎`).

    Escape sequences and direction marks in a customer's name must not reach the terminal. An odd space
    becomes a plain one.
    """
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    if character == "\n":
        return "⏎"
    if unicodedata.category(character) == "Zs":
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
