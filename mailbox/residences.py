"""Where citizens live, from the city's own data (居住区域导入): so notices to a district reach those who never said.

Columns ``id_number``, ``district`` and ``street`` (or 身份证号, 区, 街道), the street may be empty. What a citizen said
himself stays, that he would rather not say among it; whoever gets an area from the city's data is told so in his box
and can change it or take it back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import Actor
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import SHANGHAI
from minxin.core.errors import ConfigError, ConflictError, InvalidInputError
from minxin.core.places import Area
from minxin.mailbox import boxes
from minxin.mailbox.accounts import is_staff
from minxin.mailbox.idnumber import parse_id_number
from minxin.mailbox.kit import COMMIT_TRIES, Kit
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.records import Account
from minxin.mailbox.register import LineError
from minxin.mailbox.sentences import sentence

BATCH: Final = 50
COLUMNS: Final = {
    "id_number": ("id_number", "身份证号", "身份证号码", "公民身份号码"),
    "district": ("district", "区", "区县"),
    "street": ("street", "街道", "乡镇街道"),
}


class Residence(Struct, frozen=True):
    """A line of the file: the blind index of an ID number, and where its holder lives."""

    line: int
    id_index: str
    area: Area


class ResidenceImport(Struct, frozen=True):
    """What became of the lines: areas that were set, citizens who said it themselves, and people without an account."""

    added: int = 0
    said: int = 0
    unknown: int = 0
    errors: tuple[LineError, ...] = ()


async def import_residences(kit: Kit, text: str, actor: Actor, progress: Callable[[int], None]) -> ResidenceImport:
    """Take in a file; good lines are kept and bad ones reported. The same file again changes nothing.

    ``progress`` is told how many lines were read. Raises ``ConfigError`` when a column is missing.
    """
    today = kit.clock.now().astimezone(SHANGHAI).date()
    lines = _read(text, kit, today)
    result, count = ResidenceImport(), 0
    while batch := list(islice(lines, BATCH)):
        count += len(batch)
        result = await _keep(kit, actor, batch, result)
        progress(count)
    return result


def _read(text: str, kit: Kit, today: date) -> Iterator[Residence | LineError]:
    rows = csv.reader(io.StringIO(text))
    titles = [title.strip().lower() for title in next(rows, [])]
    places = {column: titles.index(title) for column, known in COLUMNS.items() for title in known if title in titles}
    missing = [column for column in ("id_number", "district") if column not in places]
    if missing:
        raise ConfigError(f"the first line lacks the column {' and '.join(missing)}")
    for row in rows:
        if any(cell.strip() for cell in row):
            cells = {name: row[place].strip() if place < len(row) else "" for name, place in places.items()}
            yield _residence(cells, rows.line_num, kit, today)


def _residence(cells: dict[str, str], line: int, kit: Kit, today: date) -> Residence | LineError:
    area = tuple(name for name in (cells["district"], cells.get("street", "")) if name)
    if area not in kit.rules.areas:
        return LineError(line, "account.area")
    try:
        return Residence(line, kit.vault.index(parse_id_number(cells["id_number"], today), "id_number"), area)
    except InvalidInputError as error:
        return LineError(line, error.reason)


async def _keep(kit: Kit, actor: Actor, batch: list[Residence | LineError], before: ResidenceImport) -> ResidenceImport:
    """Keep a batch in one commit, again when somebody changed his account in this very moment."""
    errors = tuple(line for line in batch if isinstance(line, LineError))
    wanted = {one.id_index: one.area for one in batch if isinstance(one, Residence)}
    for _ in range(COMMIT_TRIES):
        found = {one: await kit.store.account_by_id_number(one) for one in wanted}
        known = {index: account for index, account in found.items() if account is not None and not is_staff(account)}
        fresh = {index: account for index, account in known.items() if account.area is None}
        changes = Changes()
        for index, account in fresh.items():
            changes += _set(kit, account, wanted[index])
        data = {"added": len(fresh), "errors": len(errors)}
        changes += Changes(audit=[AuditEntry(kit.clock.now(), actor.id, "import_areas", "accounts", data=data)])
        try:
            await kit.store.commit(changes)
        except ConflictError:
            continue
        return ResidenceImport(
            before.added + len(fresh),
            before.said + len(known) - len(fresh),
            before.unknown + len(wanted) - len(known),
            before.errors + errors,
        )
    raise ConflictError


def _set(kit: Kit, account: Account, area: Area) -> Changes:
    """Set the area, and tell its holder (PIPL art. 17)."""
    language = account.language
    told = boxes.deliver(
        HouseMail(kit.rules.house_address),
        account,
        kit.clock.now(),
        key=f"area:{account.id}",
        sender=sentence("account.copy.sender", language),
        subject=sentence("account.area.subject", language),
        text=sentence("account.area.text", language, area=" · ".join(area)),
    )
    return Changes(puts=[replace(account, area=area)]) + told
