"""What a store must hold before anybody is served, whoever comes first, and with which key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from minxin.core.errors import ConfigError
from minxin.core.privacy import KEY_BYTES
from minxin.deploy.beginning import begin
from minxin.deploy.house import open_house
from minxin.deploy.settings import Settings


async def test_a_store_has_what_the_city_brings_after_the_first_beginning_and_after_another(tmp_path: Path) -> None:
    async with open_house(Settings(data=tmp_path)) as house:
        await begin(house)
        await begin(house)
        assert len(await house.store.offices()) == len(house.city.offices)
        assert await house.store.matters()
        assert await house.store.has_knowledge()


async def test_a_process_with_another_key_is_refused_before_it_seals_anything(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    async with open_house(settings) as house:
        await begin(house)
    settings.key_file.write_bytes(os.urandom(KEY_BYTES))
    async with open_house(settings) as house:
        with pytest.raises(ConfigError, match="is not the key of this store"):
            await begin(house)
