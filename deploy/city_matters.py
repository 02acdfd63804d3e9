"""The matters catalogue that comes with a city (``matters.json`` in its folder)."""

from __future__ import annotations

import asyncio
from typing import Final

from minxin.consult.matters.checks import Fault
from minxin.consult.sentences import sentence
from minxin.core.actor import SYSTEM
from minxin.core.errors import ConfigError
from minxin.deploy.house import House

FILE: Final = "matters.json"


async def ensure_matters(house: House) -> None:
    """Put the city's matters into a store without any; those that are there stay as the city edited them.

    The offices must be there. A city may be without the file. Raises ``ConfigError`` that names the entry and field.
    """
    path = house.city.folder / FILE
    if not path.exists() or await house.store.matters():
        return
    taken = await house.matters.take_in(SYSTEM, await asyncio.to_thread(path.read_bytes), origin="city")
    if taken.faults:
        raise ConfigError(f"{path}: {told(taken.faults[0])}")


def told(fault: Fault) -> str:
    """Return what is wrong where in one line, in Chinese and English."""
    where = f"{fault.row} {fault.code} {fault.field}".strip()
    both = " / ".join(sentence(fault.reason, language, **fault.params) for language in ("zh", "en"))
    return f"{where}: {both}"
