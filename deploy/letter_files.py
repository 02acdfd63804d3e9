"""Letters from a CSV file (历史来信导入): a city's past, or any labelled collection.

Each line becomes a letter of the channel ``imported`` with the limits of its own day, and is judged and routed at once.
Importing the same file again changes nothing: a line's content is its intake key.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from minxin.consult import intake, routing
from minxin.consult.decision import Deed
from minxin.consult.intake import Submission
from minxin.consult.records import Channel, Letter, OrderState, WorkOrder
from minxin.core.actor import SYSTEM, Actor
from minxin.core.clock import SHANGHAI
from minxin.core.errors import ConfigError, DuplicateError, InvalidFormError, MinxinError
from minxin.core.judgement import Kind
from minxin.deploy.csv_text import csv_text
from minxin.deploy.house import House

BATCH: Final = 64
WRITER: Final = Actor("imported")
SUBJECT_FROM_BODY: Final = 30  # old letters often have no subject: then the beginning of the text stands for it
TIMES: Final = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
# A kind in the trade's own words or in ours.
KINDS: Final = {
    "咨询": Kind.INQUIRY,
    "投诉": Kind.COMPLAINT,
    "建议": Kind.SUGGESTION,
    "求助": Kind.HELP,
    "举报": Kind.REPORT,
    "表扬": Kind.PRAISE,
} | {kind.value: kind for kind in Kind}


@dataclass
class LetterImport:
    """What became of the lines of a file; ``errors`` holds line numbers (the header is 1) and reasons."""

    added: int = 0
    known: int = 0
    routed: int = 0
    waiting: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)


class LetterFile:
    """A CSV with the columns ``subject`` and ``body``, and, where they are known, ``time``, ``kind`` and ``place``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield line number and row; raises ``ConfigError`` for a file that can't be read or lacks a column."""
        reader = csv.DictReader(io.StringIO(csv_text(self._path)))
        missing = {"subject", "body"} - set(reader.fieldnames or ())
        if missing:
            raise ConfigError(f"{self._path}: column {', '.join(sorted(missing))} is missing / 缺少列")
        for row in reader:
            yield reader.line_num, {name: value or "" for name, value in row.items() if name}


async def import_letters(house: House, file: LetterFile, progress: Callable[[int], None]) -> LetterImport:
    """Take every line in; ``progress`` is told how many lines were read."""
    result = LetterImport()
    rows = file.rows()
    count = 0
    while batch := list(islice(rows, BATCH)):
        await asyncio.gather(*(_take(house, line, row, result) for line, row in batch))
        count += len(batch)
        progress(count)
    return result


async def _take(house: House, line: int, row: dict[str, str], result: LetterImport) -> None:
    try:
        letter = await _accept(house, row)
        order = await _route(house, letter)
    except DuplicateError:
        result.known += 1
    except InvalidFormError as error:
        result.errors.append((line, ", ".join(one.reason for one in error.errors)))
    except MinxinError as error:
        result.errors.append((line, error.reason))
    else:
        result.added += 1
        result.routed += order.state is not OrderState.TO_DISPATCH
        result.waiting += order.state is OrderState.TO_DISPATCH


async def _accept(house: House, row: dict[str, str]) -> Letter:
    subject = (row["subject"].strip() or row["body"].strip()[:SUBJECT_FROM_BODY])[: intake.SUBJECT_MAX]
    key = hashlib.sha256("\0".join((subject, row["body"], row.get("time", ""))).encode()).hexdigest()
    submission = Submission(
        token=key,
        kind=KINDS.get(row.get("kind", row.get("type", "")).strip(), Kind.HELP),
        subject=subject,
        text=row["body"].strip()[: intake.TEXT_MAX],
        place=row.get("place", "")[: intake.PLACE_MAX],
    )
    deed = Deed(WRITER, _time(row.get("time", "")) or house.clock.now(), "import")
    letter, changes = intake.from_form(
        deed, submission, [], house.limits, writer_id=WRITER.id, channel=Channel.IMPORTED
    )
    changes.outbox.clear()  # the past is not told to anybody; the job to judge it stays, should this be cut off
    committed = await house.store.commit(changes)
    return replace(letter, number=committed.numbers[letter.id], version=letter.version + 1)


async def _route(house: House, letter: Letter) -> WorkOrder:
    judgement = await house.adviser.judge(letter.subject, letter.text, letter.place)
    deed = Deed(SYSTEM, letter.received_at, "import")
    changes = routing.judged(deed, letter, judgement, house.limits, house.city.discipline_office)
    changes.outbox.clear()
    await house.store.commit(changes)
    return next(record for record in changes.inserts if isinstance(record, WorkOrder))


def _time(text: str) -> datetime | None:
    """Read a time of Asia/Shanghai in one of the usual forms; an empty one is None."""
    if not text.strip():
        return None
    for form in TIMES:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=SHANGHAI)
        except ValueError:
            continue
    raise ConfigError(f"time {text!r} can't be read / 时间无法识别")
