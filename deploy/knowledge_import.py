"""Takes a file of knowledge entries into the store from the command line: all of it in one commit, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from minxin.classifier.personal.finder import PersonalFinder
from minxin.consult.knowledge.importing import Imported, KnowledgeImport
from minxin.core.actor import SYSTEM
from minxin.core.errors import ConfigError, InvalidInputError, TooLargeError
from minxin.core.tables import table_rows
from minxin.deploy.assistant import open_gaps
from minxin.deploy.house import House
from minxin.webui.i18n import Language, sentences


async def import_knowledge(house: House, path: Path, *, publish: bool) -> Imported:
    """Keep the rows as drafts of their offices, or with ``publish`` as what citizens are shown.

    Importing the same file again changes nothing. Raises ``ConfigError`` for a file that can't be read.
    """
    try:
        rows = await asyncio.to_thread(lambda: table_rows(path.read_bytes()))
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror}) / 无法读取") from error
    except (InvalidInputError, TooLargeError) as error:
        raise ConfigError(f"{path}: neither CSV nor xlsx, or too large / 无法读取的表格，或文件过大") from error
    importer = KnowledgeImport(house.store, house.clock, PersonalFinder(), open_gaps(house))
    return await importer.take(SYSTEM, rows, publish=publish, origin="import")


def rows_told(imported: Imported) -> Iterator[tuple[int, str]]:
    """Yield each faulty row's number and what is wrong with it, in Chinese and English."""
    for fault in imported.faults:
        yield fault.row, " / ".join(sentences().of_error(fault.error, language) for language in Language)
