"""The synonyms that come with a city (``synonyms.csv``): what people say, and the word of the offices for it."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from minxin.consult.sentences import sentence
from minxin.core.actor import SYSTEM
from minxin.core.errors import ConfigError, InvalidInputError
from minxin.deploy.csv_text import csv_text
from minxin.deploy.house import House

FILE: Final = "synonyms.csv"


async def ensure_synonyms(house: House) -> None:
    """Put the city's synonyms into a store that never had any; the city edits them there from then on.

    A city may be without the file. Raises ``ConfigError`` that names what is wrong.
    """
    path = house.city.folder / FILE
    if not path.exists() or await house.store.synonym_changes():
        return
    try:
        await house.synonyms.take_in(SYSTEM, await asyncio.to_thread(_read, path), origin="city")
    except InvalidInputError as error:
        both = " / ".join(sentence(error.reason, language, **error.params) for language in ("zh", "en"))
        raise ConfigError(f"{path}: {both}") from error


def _read(path: Path) -> list[tuple[str, str]]:
    return list(_pairs(path))


def _pairs(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a file with the columns ``said`` and ``meant``."""
    reader = csv.DictReader(io.StringIO(csv_text(path), newline=""))
    for row in reader:
        try:
            yield row["said"].strip(), row["meant"].strip()
        except (KeyError, AttributeError) as error:
            raise ConfigError(f"{path}:{reader.line_num}: said and meant are wanted / 缺少 said 或 meant") from error
