"""Which engine searches letters (检索引擎): the embedded one, or the Elasticsearch that ``search`` names."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

from minxin.consult.search.filling import BuildUnderWayError, SearchFilling
from minxin.consult.search.ports import SearchEngine
from minxin.core.errors import ConfigError, MinxinError, UnavailableError
from minxin.core.privacy import is_private
from minxin.deploy.search_process import SearchProcess, search_command
from minxin.deploy.settings import EMBEDDED, Settings

log = logging.getLogger(__name__)

FOLDER: Final = "search"
LOOK_S: Final = 1.0  # so late may a change be in the index
BREATH_S: Final = 0.05
AWAY_S: Final = 10.0  # between two tries to reach an engine that is down


def open_search(settings: Settings) -> SearchEngine:
    """Return the engine; nothing is asked of it yet. Raises ``ConfigError``."""
    if settings.search == EMBEDDED:
        return SearchProcess(search_command(settings.data / FOLDER))
    from minxin.store.search.elastic import ElasticEngine, connect

    key = _read_key(settings.search_key) if settings.search_key else None
    return ElasticEngine(connect(settings.search, key=key, authority=settings.search_authority), settings.search_prefix)


async def keep_up(filling: SearchFilling) -> None:
    """Index what changes until cancelled; an engine that is down is waited for, and nothing is lost by it."""
    away = False
    while True:
        try:
            done = await filling.catch_up()
            if away:
                log.warning("the search engine is back", extra={"event": "search_back"})
            away = False
        except BuildUnderWayError:
            done = 0
        except UnavailableError:
            if not away:
                log.warning("the search engine can't be had: letters wait for it", extra={"event": "search_away"})
            done, away = 0, True
        except MinxinError:
            log.exception("letters can't be indexed", extra={"event": "search_failed"})
            done, away = 0, True
        await asyncio.sleep(AWAY_S if away else BREATH_S if done else LOOK_S)


def _read_key(path: Path) -> str:
    try:
        private = is_private(path.stat())
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"search_key = {path}: can't be read") from error
    if not private:
        raise ConfigError(f"search_key {path} can be read by others: chmod 600 {path}")
    return key
