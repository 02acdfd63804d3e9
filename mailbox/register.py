"""The city's register of persons (人口库), imported from CSV: only blind indexes of it are kept.

Columns ``name, id_number, phone`` (or 姓名, 身份证号, 手机号), the phone may be empty; UTF-8 or GB 18030.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import Actor
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import SHANGHAI, Clock
from minxin.core.errors import ConfigError, InvalidInputError
from minxin.core.privacy import Vault
from minxin.core.store import Store
from minxin.mailbox.idnumber import parse_id_number
from minxin.mailbox.names import parse_name
from minxin.mailbox.phone import parse_phone
from minxin.mailbox.records import RegisterEntry

BATCH = 500
_COLUMNS = {
    "name": ("name", "姓名"),
    "id_number": ("id_number", "身份证号", "身份证号码", "公民身份号码"),
    "phone": ("phone", "手机号", "手机号码"),
}


class LineError(Struct, frozen=True):
    """A line that was left out: its number in the file (the header is 1) and the catalogue key of the reason."""

    line: int
    reason: str


class RegisterImport(Struct, frozen=True):
    """What became of the lines of a register file."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: tuple[LineError, ...] = ()


async def import_register(
    store: Store, vault: Vault, clock: Clock, path: Path, actor: Actor, progress: Callable[[int], None]
) -> RegisterImport:
    """Import a register file; ``progress`` is told the number of lines read so far.

    Good lines are kept and bad ones reported, each with its line number; importing the same file again changes
    nothing. Raises ``ConfigError`` when the file can't be read or lacks a column.
    """
    today = clock.now().astimezone(SHANGHAI).date()
    lines = read_register(await asyncio.to_thread(_text_of, path), vault, today)
    result, count = RegisterImport(), 0
    while batch := await asyncio.to_thread(lambda: list(islice(lines, BATCH))):
        count += len(batch)
        result = await _keep(store, clock, actor, batch, result)
        progress(count)
    return result


def read_register(text: str, vault: Vault, today: date) -> Iterator[RegisterEntry | LineError]:
    """Yield an entry or an error for each line of the CSV; raises ``ConfigError`` when a column is missing."""
    rows = csv.reader(io.StringIO(text))
    places = _places(next(rows, []))
    for row in rows:
        if any(cell.strip() for cell in row):
            yield _entry(row, places, rows.line_num, vault, today)


def matches_register(vault: Vault, entry: RegisterEntry | None, name: str, phone: str) -> bool:
    """Say whether the register knows this person: the name, and the phone where the register has one."""
    if entry is None or entry.name_index != vault.index(name, "name"):
        return False
    return entry.phone_index in (None, vault.index(phone, "phone"))


def _entry(row: list[str], places: dict[str, int], line: int, vault: Vault, today: date) -> RegisterEntry | LineError:
    cells = {column: row[place] if place < len(row) else "" for column, place in places.items()}
    try:
        id_number = parse_id_number(cells["id_number"], today)
        name = parse_name(cells["name"])
        phone = parse_phone(cells["phone"]) if cells.get("phone", "").strip() else None
    except InvalidInputError as error:
        return LineError(line, error.reason)
    return RegisterEntry(
        id=vault.index(id_number, "id_number"),
        name_index=vault.index(name, "name"),
        phone_index=vault.index(phone, "phone") if phone else None,
    )


def _places(header: list[str]) -> dict[str, int]:
    titles = [title.strip().lower() for title in header]
    places = {column: titles.index(title) for column, known in _COLUMNS.items() for title in known if title in titles}
    missing = [column for column in ("name", "id_number") if column not in places]
    if missing:
        raise ConfigError(f"the register's first line lacks the column {' and '.join(missing)}")
    return places


def _text_of(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"register {path} can't be read: {error.strerror}") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ConfigError(f"register {path} is neither UTF-8 nor GB 18030")


async def _keep(
    store: Store, clock: Clock, actor: Actor, batch: list[RegisterEntry | LineError], before: RegisterImport
) -> RegisterImport:
    errors = tuple(line for line in batch if isinstance(line, LineError))
    # The last line about a person counts, as it would had the lines come in two files.
    entries = {entry.id: entry for entry in batch if isinstance(entry, RegisterEntry)}
    changes, unchanged = Changes(), 0
    for entry in entries.values():
        known = await store.get(RegisterEntry, entry.id)
        if known is None:
            changes.inserts.append(entry)
        elif replace(entry, version=known.version) == known:
            unchanged += 1
        else:
            changes.puts.append(replace(entry, version=known.version))
    added, changed = len(changes.inserts), len(changes.puts)
    data = {"added": added, "changed": changed, "errors": len(errors)}
    changes.audit.append(AuditEntry(clock.now(), actor.id, "import_register", "register", data=data))
    await store.commit(changes)
    return RegisterImport(
        before.added + added, before.changed + changed, before.unchanged + unchanged, before.errors + errors
    )
