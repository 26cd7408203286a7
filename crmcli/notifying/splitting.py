"""Long messages in parts that a service takes: it counts bytes, and people read lines."""

_MARK = len("(999/999)\n")


def split(text: str, limit: int) -> list[str]:
    """`text` in parts of at most `limit` bytes of UTF-8, cut between lines where that can be, else between letters.

    Several parts are numbered, `(1/3)`, on a line of their own.
    """
    if len(text.encode()) <= limit:
        return [text]
    parts, room = [""], limit - _MARK
    for line in text.splitlines(keepends=True):
        for piece in _pieces(line, room):
            if len((parts[-1] + piece).encode()) > room:
                parts.append("")
            parts[-1] += piece
    return [f"({number}/{len(parts)})\n{part}" for number, part in enumerate(parts, start=1)]


def _pieces(line: str, room: int) -> list[str]:
    """A line in pieces of at most `room` bytes."""
    if len(line.encode()) <= room:
        return [line]
    pieces, rest = [], line.encode()
    while rest:
        piece = rest[:room].decode(errors="ignore")
        pieces.append(piece)
        rest = rest[len(piece.encode()) :]
    return pieces
