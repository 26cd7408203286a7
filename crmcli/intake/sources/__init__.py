"""A file as rows of text: delimited text, workbooks, web pages, JSON, vCards; whatever its encoding.

The kind is told by content, never by the name's ending: back offices export tab-separated text as `.xls` every
day. Rows come in chunks with the line each began on, so that a problem can be pointed at and memory stays flat.
"""

import re
import stat
from pathlib import Path

from crmcli.errors import InvalidInput
from crmcli.i18n import _
from crmcli.intake.sources.delimited import delimited
from crmcli.intake.sources.encodings import BLOCK, text_of
from crmcli.intake.sources.objects import objects
from crmcli.intake.sources.rows import CHUNK, HEADINGS_WITHIN, SEVERAL, Number, Rows, Source
from crmcli.intake.sources.vcards import is_vcard, vcards
from crmcli.intake.sources.webpages import is_page, webpage
from crmcli.intake.sources.workbooks import SHEET_COLUMN, workbook

__all__ = ["CHUNK", "HEADINGS_WITHIN", "SEVERAL", "SHEET_COLUMN", "Number", "Rows", "Source", "open_source"]

_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OBJECTS = re.compile(r"\{\s*[\"}]|\[\s*[{\]]")


def open_source(
    path: Path, *, sheet: str | None = None, encoding: str | None = None, table: str | None = None
) -> Source:
    """Look at the file and get ready to read it.

    Args:
        sheet: the one to read of a workbook; those with the data if None.
        encoding: of a text file; told from its bytes if None.
        table: what is looked for, where a workbook has sheets of several tables.

    Raises:
        InvalidInput: it is missing, not a regular file, empty, of no known kind or encoding, damaged, too large, or
            has no such sheet.
    """
    head = _head(path)
    if head.startswith(_WORKBOOKS):
        return workbook(path, sheet, table)
    if sheet is not None:
        raise InvalidInput(_("{file} has no sheets").format(file=path.name))
    text = text_of(path, head, encoding)
    start = head.decode(text.encoding, errors="ignore").lstrip("\ufeff \t\r\n")
    if _OBJECTS.match(start):
        return objects(text, start)
    if is_vcard(start):
        return vcards(text)
    return webpage(text, start) if is_page(start) else delimited(text, start)


def _head(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            kind = _("a directory") if path.is_dir() else _("not a file")
            raise InvalidInput(_("{file} is {kind}").format(file=path, kind=kind))
        with path.open("rb") as file:
            head = file.read(BLOCK)
    except FileNotFoundError as error:
        raise InvalidInput(_("there is no file {file}").format(file=path)) from error
    except OSError as error:
        raise InvalidInput(_("cannot read {file}: {reason}").format(file=path, reason=error.strerror)) from error
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise InvalidInput(_("{file} is empty").format(file=path.name))
    return head
