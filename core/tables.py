"""Tables that people send (表格): the rows of a CSV file or of a workbook's first sheet, as text."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Final
from zipfile import BadZipFile

from minxin.core.errors import InvalidInputError, TooLargeError

MOST_ROWS: Final = 5_001  # with the headings
MOST_COLUMNS: Final = 40
MOST_BYTES: Final = 8 * 1024 * 1024
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_ZIP: Final = b"PK\x03\x04"
# What a spreadsheet takes for a formula; whoever exports such a text puts an apostrophe before it.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def decoded(data: bytes) -> str | None:
    """Return the text in UTF-8, with or without a mark, or GB 18030; None when it is neither."""
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def table_rows(data: bytes) -> list[list[str]]:
    """Return the rows of a file, the headings first, without empty cells and rows at the end.

    The apostrophe that an export puts before what looks like a formula is taken off again. Raises
    ``InvalidInputError`` ``table.unreadable`` on the field ``file``, ``TooLargeError`` ``table.too_large``.
    """
    if len(data) > MOST_BYTES:
        raise TooLargeError("table.too_large", field="file", rows=MOST_ROWS - 1, megabytes=MOST_BYTES // 1024 // 1024)
    rows = _sheet_rows(data) if data.startswith(_ZIP) else _csv_rows(data)
    for row in rows:
        _trim(row)
    _trim(rows)
    if len(rows) > MOST_ROWS:
        raise TooLargeError("table.too_large", field="file", rows=MOST_ROWS - 1, megabytes=MOST_BYTES // 1024 // 1024)
    return rows


def _trim(cells: list[str] | list[list[str]]) -> None:
    while cells and not cells[-1]:
        cells.pop()


def _csv_rows(data: bytes) -> list[list[str]]:
    text = decoded(data)
    if text is None or "\0" in text:
        raise InvalidInputError("table.unreadable", field="file")
    try:
        return [[_plain(cell) for cell in row[:MOST_COLUMNS]] for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error as error:
        raise InvalidInputError("table.unreadable", field="file") from error


def _sheet_rows(data: bytes) -> list[list[str]]:
    # Imported where it is used: it takes a quarter of a second, and few ever need it.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        bounds = {"max_row": MOST_ROWS + 1, "max_col": MOST_COLUMNS}
        return [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True, **bounds)]
    except (BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, OSError, SyntaxError) as error:
        raise InvalidInputError("table.unreadable", field="file") from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _plain(str(value))


def _plain(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) else text
