"""The beginning (初始化): what a store must hold before anybody is served, whichever process comes first."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from minxin.core.errors import ConfigError
from minxin.deploy.city_knowledge import ensure_knowledge
from minxin.deploy.city_matters import ensure_matters
from minxin.deploy.city_synonyms import ensure_synonyms
from minxin.deploy.house import House
from minxin.deploy.populate import ensure_offices
from minxin.deploy.schedules import Rota, holder_of

TURN: Final = "beginning"
HOLD: Final = timedelta(seconds=5)  # a start must not wait long for one that was killed
_KEY: Final = "master key"


async def begin(house: House) -> None:
    """Put the city's own offices, matters, knowledge and synonyms into a store without any, one process at a time.

    Raises ``ConfigError`` for what can't be put in, and for a master key that is not the one of the store.
    """
    rota = Rota(house.store, house.clock, holder_of(house.settings), hold=HOLD)
    await rota.in_turn(TURN, lambda: _begin(house))


async def _begin(house: House) -> None:
    await _check_key(house)
    await ensure_offices(house)
    await ensure_matters(house)
    await ensure_knowledge(house)
    await ensure_synonyms(house)


async def _check_key(house: House) -> None:
    """Refuse a key that another machine made for itself: what it sealed nobody else could open."""
    mark = house.vault.index("mark", _KEY)
    if await house.store.keep_first(_KEY, mark) != mark:
        raise ConfigError(
            f"key file {house.settings.key_file} is not the key of this store: all processes need the same one"
        )
