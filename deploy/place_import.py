"""Takes a file of places into the store: all of it in one commit, or nothing when a line is wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from minxin.classifier.places.gazetteer import Entry
from minxin.consult.decision import Deed
from minxin.consult.places import NamedPlace, imported
from minxin.core.actor import SYSTEM
from minxin.deploy.house import House
from minxin.deploy.place_files import load_places, read_places

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PlaceImport(Struct, frozen=True):
    """What became of a file; ``errors`` are line numbers (the header is 1) and reasons. With any, nothing was kept."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: tuple[tuple[int, str], ...] = ()


async def import_places(house: House, path: Path) -> PlaceImport:
    """Keep the places of a file beside the city's own and the clerks'; the running service knows them in a second.

    Areas may be those that come with the city, were imported before, or stand in the file. Importing the same file
    again changes nothing. Raises ``ConfigError`` for a file that can't be read or lacks a column.
    """
    kept = await house.store.places_since(_BEGINNING)
    known = [Entry(place.name, place.kind, place.within) for place in kept]
    rows = await asyncio.to_thread(lambda: read_places(path, [*load_places(house.city.folder / "places.csv"), *known]))
    if rows.errors:
        return PlaceImport(errors=rows.errors)
    listed = [NamedPlace(one.name, one.kind, one.within, one.aliases) for one in rows.entries]
    changes = imported(Deed(SYSTEM, house.clock.now(), "import"), listed, kept)
    await house.store.commit(changes)
    added, changed = len(changes.inserts), len(changes.puts)
    return PlaceImport(added, changed, len(listed) - added - changed)
