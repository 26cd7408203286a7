"""What a workbook would unpack to, looked up before it is unpacked: memory is not to be filled by a small file."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from crmcli.errors import InvalidInput
from crmcli.i18n import _

MOST_CELLS = 20_000_000
_INFLATED = 1 << 28
_BLOCK = 1 << 20
_DIMENSIONS = 0x94
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class _Size:
    """The cells of a sheet up to the furthest row and column; its formulas that nobody calculated."""

    cells: int
    uncalculated: int = 0


def looked_over(path: Path) -> int:
    """How many formulas of a workbook have no value stored with them, if it may be unpacked.

    Raises InvalidInput: it is larger inside than memory should hold, or has a cell too far from the others (calamine
    allocates every cell between the first and the last of a sheet).
    """
    if not zipfile.is_zipfile(path):
        _refuse_odd_sectors(path)
        return 0
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > _INFLATED:
                raise InvalidInput(_("{file} unpacks to {size} MB: too large").format(file=path.name, size=size >> 20))
            sheets = list(_sheets(archive))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        raise InvalidInput(_("{file} cannot be read as a spreadsheet").format(file=path.name)) from error
    if max((sheet.cells for sheet in sheets), default=0) > MOST_CELLS:
        raise InvalidInput(_("{file} has a cell too far from the others").format(file=path.name))
    return sum(sheet.uncalculated for sheet in sheets)


def _refuse_odd_sectors(path: Path) -> None:
    """Sectors have 512 bytes in version 3 and 4096 in version 4 ([MS-CFB] 2.2); calamine runs for minutes on others."""
    with path.open("rb") as file:
        head = file.read(32)
    if (head[26:28], head[30:32]) not in ((b"\3\0", b"\x09\0"), (b"\4\0", b"\x0c\0")):
        raise InvalidInput(_("{file} cannot be read as a spreadsheet").format(file=path.name))


def refuse_encrypted(path: Path) -> None:
    """A workbook behind a password is one that only its owner can open."""
    locked = False
    if not zipfile.is_zipfile(path):
        locked = _ENCRYPTED in path.read_bytes()
    else:
        with suppress(KeyError, zipfile.BadZipFile, zlib.error), zipfile.ZipFile(path) as archive:
            locked = b"encryption-data" in archive.read("META-INF/manifest.xml")
    if locked:
        raise locked_error(path)


def locked_error(path: Path) -> InvalidInput:
    return InvalidInput(
        _("{file} is protected by a password").format(file=path.name),
        hint=_("open it, save it without one, and import that"),
    )


def _sheets(archive: zipfile.ZipFile) -> Iterator[_Size]:
    for name in archive.namelist():
        if name == "content.xml":
            yield from map(_Size, _ods_cells(archive.read(name)))
        elif re.fullmatch(r"xl/worksheets/[^/]+\.(xml|bin)", name):
            with archive.open(name) as sheet:
                yield _xlsx_size(sheet) if name.endswith(".xml") else _Size(_xlsb_cells(sheet.read(1 << 12)))


def _xlsx_size(sheet: IO[bytes]) -> _Size:
    rows, columns, formulas = 1, 26, 0
    for text in _overlapping(sheet):
        rows = max([rows, *map(int, re.findall(rb'<row [^>]{0,200}?\br="(\d{1,9})"', text))])
        # Nearly all programs write the place first, and that is found much faster.
        usual = text.count(b"<c ") == text.count(b'<c r="')
        far = rb'<c r="([A-Z]{2,3})\d' if usual else rb'<c [^>]{0,200}?\br="([A-Z]{2,3})\d'
        columns = max([columns, *map(_column_number, set(re.findall(far, text)))])
        if b"<f" in text:
            formulas += len(re.findall(rb"(?:</f>|<f[^<>]*/>)(?:<v\s*/>|<v></v>)?</c>", text))
    return _Size(rows * columns, formulas)


def _overlapping(sheet: IO[bytes]) -> Iterator[bytes]:
    """The file block by block, each cut between two cells."""
    rest = b""
    while block := sheet.read(_BLOCK):
        text = rest + block
        cut = text.rfind(b"</c>") + 4
        yield text[:cut] if cut > 3 else text
        rest = text[cut:] if cut > 3 else text[-256:]
    yield rest


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _xlsb_cells(start: bytes) -> int:
    """From the record that says a sheet's dimensions, [MS-XLSB] 2.4.820; it stands among the first."""
    at = 0
    while at + 2 < len(start):
        kind, at = (start[at] & 0x7F | start[at + 1] << 7, at + 2) if start[at] & 0x80 else (start[at], at + 1)
        size = shift = 0
        while at < len(start) and shift < 28:
            byte = start[at]
            size, shift, at = size | (byte & 0x7F) << shift, shift + 7, at + 1
            if not byte & 0x80:
                break
        if kind == _DIMENSIONS and size >= 16:
            _top, bottom, _left, right = (int.from_bytes(start[at + n : at + n + 4], "little") for n in (0, 4, 8, 12))
            return (bottom + 1) * (right + 1)
        at += size
    return 0


def _ods_cells(content: bytes) -> Iterator[int]:
    """An ODS writes a run of equal cells or rows once, with how often; the empty runs at the ends do not count."""
    for table in content.split(b"<table:table ")[1:]:
        row = rows = columns = 0
        for found in re.finditer(rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", table, re.DOTALL):
            row += _repeated(found[1], b"rows")
            if found[2] and b"office:value-type" in found[2]:
                rows, columns = row, max(columns, _ods_width(found[2]))
        yield rows * columns


def _ods_width(cells: bytes) -> int:
    if b"columns-repeated" not in cells:
        return cells.count(b"<table:table-cell") + cells.count(b"<table:covered-table-cell")
    at = width = 0
    for tag in re.findall(rb"<table:(?:covered-)?table-cell\b[^>]*>", cells):
        at += _repeated(tag, b"columns")
        width = at if b"office:value-type" in tag else width
    return width


def _repeated(tag: bytes, what: bytes) -> int:
    found = re.search(rb"number-" + what + rb'-repeated="(\d{1,9})"', tag)
    return int(found[1]) if found else 1
