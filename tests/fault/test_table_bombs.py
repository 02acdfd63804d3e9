"""Tables that are made to kill their reader: a sentence for whoever sent them, and nothing else happens."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from io import BytesIO

import pytest

from minxin.core.errors import InvalidInputError, TooLargeError
from minxin.core.tables import MOST_BYTES, MOST_ROWS
from minxin.deploy.adapters import TableReader
from minxin.mailbox.safe_pool import SafePool
from minxin.webui.exports import Sheet, as_xlsx

HONEST = [("问题", "答案"), ("甲", "乙")]


@pytest.fixture
async def reader() -> AsyncIterator[TableReader]:
    pool = SafePool()
    yield TableReader(pool)
    await pool.close()


def bomb(sheet: bytes) -> bytes:
    """Return a workbook whose sheet was replaced."""
    packed = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(as_xlsx([Sheet("s", HONEST)]))) as honest,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in honest.namelist():
            made.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else honest.read(name))
    return packed.getvalue()


async def test_workbook_that_unpacks_to_far_more_than_memory_is_refused(reader: TableReader) -> None:
    cell = b'<c r="A1" t="inlineStr"><is><t>' + b"A" * (300 * 1024 * 1024) + b"</t></is></c>"
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    data = bomb(sheet + cell + b"</row></sheetData></worksheet>")
    assert len(data) < MOST_BYTES
    with pytest.raises(InvalidInputError, match=r"table\.unreadable"):
        await reader.rows(data)
    assert await reader.rows(as_xlsx([Sheet("s", HONEST)])) == [list(row) for row in HONEST]


async def test_workbook_with_entities_or_broken_sheets_is_refused(reader: TableReader) -> None:
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(12)
    )
    for sheet in (entities + b"]><worksheet>&m;</worksheet>", b"<worksheet><sheetData><row", b"\x00\xff"):
        with pytest.raises(InvalidInputError, match=r"table\.unreadable"):
            await reader.rows(bomb(sheet))


async def test_too_many_rows_or_bytes_are_refused_before_they_are_kept(reader: TableReader) -> None:
    with pytest.raises(TooLargeError, match=r"table\.too_large"):
        await reader.rows(b"x\n" * (MOST_ROWS + 1))
    with pytest.raises(TooLargeError, match=r"table\.too_large"):
        await reader.rows(as_xlsx([Sheet("s", [("x",)] * (MOST_ROWS + 1))]))
    with pytest.raises(TooLargeError, match=r"table\.too_large"):
        await reader.rows(b"x" * (MOST_BYTES + 1))


async def test_formula_in_a_workbook_is_read_as_what_it_last_showed_and_never_computed(
    reader: TableReader,
) -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        b'<c r="A1"><f>WEBSERVICE("http://127.0.0.1/")</f><v>7</v></c></row></sheetData></worksheet>'
    )
    assert await reader.rows(bomb(sheet)) == [["7"]]
