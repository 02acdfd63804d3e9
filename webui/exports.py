"""Tables as files (导出): CSV and XLSX of the same rows as on the page."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

# Imported for real where it is used: it brings numpy, which nothing else of the serving process needs.
if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell

CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTE_ORDER_MARK: Final = "\ufeff"
RATE_FORMAT: Final = "0.0%"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


class Rate(Struct, frozen=True):
    """A share from 0 to 1: a percentage to people, a number to a spreadsheet."""

    value: float

    def __str__(self) -> str:
        return f"{self.value:.1%}"


Cell = str | int | float | Rate | None
Rows = Sequence[Sequence[Cell]]


class Sheet(Struct, frozen=True):
    """A named table whose first row is its headings."""

    name: str
    rows: Rows


def safe_text(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula (OWASP: CSV injection), without control codes."""
    clean = _CONTROL.sub("", text)
    return f"'{clean}" if clean.startswith(_FORMULA_STARTS) else clean


def as_csv(rows: Rows) -> bytes:
    """Return the rows as UTF-8 with a byte order mark, without which Excel reads Chinese as something else."""
    return BYTE_ORDER_MARK.encode() + csv_lines(rows)


def csv_lines(rows: Rows) -> bytes:
    """Return the rows without the mark, for a file that is sent piece by piece."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_csv_cell(cell) for cell in row])
    return out.getvalue().encode()


def as_xlsx(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook; takes tens of milliseconds and more: call it off the event loop."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(sheet.name)
        page.freeze_panes = "B2"
        page.column_dimensions["A"].width = 28
        for number, row in enumerate(sheet.rows):
            page.append([_xlsx_cell(page, cell, heading=number == 0) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe_text(cell)
    return f"{cell:.1f}" if isinstance(cell, float) else str(cell)


def _xlsx_cell(page: object, cell: Cell, *, heading: bool) -> WriteOnlyCell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    value = cell.value if isinstance(cell, Rate) else safe_text(cell) if isinstance(cell, str) else cell
    made = WriteOnlyCell(page, value=value)
    if isinstance(cell, Rate):
        made.number_format = RATE_FORMAT
    if heading:
        made.font = Font(bold=True)
    return made
