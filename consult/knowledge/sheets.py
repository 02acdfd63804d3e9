"""Entries as the rows of a table (导入导出): what an export writes, an import reads back as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.consult.knowledge.records import EntryVersion, KnowledgeEntry
from minxin.consult.knowledge.typed import (
    NO_CONDITIONS,
    Reading,
    conditions_text,
    typed_conditions,
    typed_day,
    typed_ways,
)
from minxin.consult.knowledge.words import EntryWords
from minxin.consult.sentences import SENTENCES, sentence
from minxin.core.errors import InvalidInputError, MinxinError


class Column(StrEnum):
    """The columns of the table, in order; ``state`` is only told."""

    ID = "id"
    OFFICE = "office"
    QUESTION = "question"
    OTHER_WAYS = "other_ways"
    ANSWER = "answer"
    BASIS = "basis"
    DOCUMENT_NUMBER = "document_number"
    CHECKED_ON = "checked_on"
    VALID_UNTIL = "valid_until"
    CONDITIONS = "conditions"
    STATE = "state"


NEEDED: Final = (Column.QUESTION, Column.ANSWER, Column.BASIS)


class SheetRow(Struct, frozen=True):
    """One row as it was read: its number in the file (the headings are 1), whom it names, and the words."""

    number: int
    entry_id: str
    office: str
    words: EntryWords


class RowFault(Struct, frozen=True):
    """What is wrong with a row of a file; row 1 are the headings."""

    row: int
    error: MinxinError


def heading(column: Column, language: str) -> str:
    """Return the column's heading."""
    return sentence(f"knowledge.column.{column}", language)


def export_rows(
    entries: Sequence[KnowledgeEntry], offices: Mapping[str, str], language: str
) -> Iterator[tuple[str, ...]]:
    """Yield the headings and a row for each entry: the version that is being written, else the one that is shown.

    ``offices`` are the offices' names by id.
    """
    yield tuple(heading(column, language) for column in Column)
    for entry in entries:
        version = entry.proposed or entry.current or (entry.versions[-1] if entry.versions else None)
        if version is not None:
            yield _row(entry, version, offices.get(entry.office_id, entry.office_id), language)


def read_rows(rows: Sequence[Sequence[str]], today: date) -> tuple[list[SheetRow], list[RowFault]]:
    """Read a table with headings in Chinese, English or the columns' own names, in any order.

    A row without a day of checking was checked ``today``. Every fault of every row is told.
    """
    if not rows:
        return [], [RowFault(1, InvalidInputError("knowledge.sheet.empty", field="file"))]
    columns, faults = _columns(rows[0])
    if faults:
        return [], faults
    found: list[SheetRow] = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {column: row[place].strip() if place < len(row) else "" for column, place in columns.items()}
        one, wrong = _read(number, cells, today)
        faults += wrong
        found.append(one)
    if not found and not faults:
        faults.append(RowFault(1, InvalidInputError("knowledge.sheet.empty", field="file")))
    return found, faults


def _row(entry: KnowledgeEntry, version: EntryVersion, office: str, language: str) -> tuple[str, ...]:
    cells = {
        Column.ID: entry.id,
        Column.OFFICE: office,
        Column.QUESTION: version.question,
        Column.OTHER_WAYS: "\n".join(version.other_ways),
        Column.ANSWER: version.answer,
        Column.BASIS: version.basis,
        Column.DOCUMENT_NUMBER: version.document_number,
        Column.CHECKED_ON: version.checked_on.isoformat(),
        Column.VALID_UNTIL: version.valid_until.isoformat() if version.valid_until else "",
        Column.CONDITIONS: conditions_text(version.conditions, language),
        Column.STATE: sentence(f"knowledge.state.{entry.state}", language),
    }
    return tuple(cells[column] for column in Column)


def _columns(headings: Sequence[str]) -> tuple[dict[Column, int], list[RowFault]]:
    names: dict[str, Column] = {column.value: column for column in Column}
    for column in Column:
        names |= {text.lower(): column for text in SENTENCES.texts[f"knowledge.column.{column}"].values()}
    places: dict[Column, int] = {}
    errors = []
    for place, text in enumerate(headings):
        found = names.get(text.strip().lower())
        if found is not None:
            places.setdefault(found, place)
        elif text.strip():
            errors.append(InvalidInputError("knowledge.sheet.unknown", field="file", name=text[:40]))
    for column in NEEDED:
        if column not in places:
            errors.append(InvalidInputError("knowledge.sheet.missing", field="file", column=column.value))
    return places, [RowFault(1, error) for error in errors]


def _read(number: int, cells: Mapping[Column, str], today: date) -> tuple[SheetRow, list[RowFault]]:
    """Return a row with what can't be read left empty, and the faults: whatever else is wrong with it shows as well."""
    reading = Reading()
    words = EntryWords(
        question=cells[Column.QUESTION],
        other_ways=typed_ways(cells.get(Column.OTHER_WAYS, "")),
        answer=cells[Column.ANSWER],
        basis=cells[Column.BASIS],
        document_number=cells.get(Column.DOCUMENT_NUMBER, ""),
        checked_on=reading.take(lambda: typed_day(cells.get(Column.CHECKED_ON, ""), "checked_on"), None) or today,
        valid_until=reading.take(lambda: typed_day(cells.get(Column.VALID_UNTIL, ""), "valid_until"), None),
        conditions=reading.take(lambda: typed_conditions(cells.get(Column.CONDITIONS, "")), NO_CONDITIONS),
    )
    row = SheetRow(number, cells.get(Column.ID, ""), cells.get(Column.OFFICE, ""), words)
    return row, [RowFault(number, error) for error in reading.errors]
