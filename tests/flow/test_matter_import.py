"""The catalogue that comes with the city at the first start, and files of matters on the command line."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE
from pathlib import Path

import msgspec
import pytest
from support.live import COMMAND
from support.matters import KITCHEN, SHOP

from minxin.consult.matters.entries import entry_of
from minxin.consult.matters.records import Matter
from minxin.core.actor import ANONYMOUS, SYSTEM
from minxin.core.errors import ConfigError, NotFoundError
from minxin.deploy.city import load_city
from minxin.deploy.city_matters import ensure_matters
from minxin.deploy.house import open_house
from minxin.deploy.populate import ensure_offices
from minxin.deploy.settings import load_settings


def file_of(path: Path, *matters: Matter, office: str = "shichang", **changed: object) -> Path:
    entries = [msgspec.to_builtins(entry_of(one)) | {"office": office} for one in matters]
    entries[0] |= changed
    path.write_text(json.dumps({"matters": entries}), encoding="utf-8")
    return path


async def minxin(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(COMMAND, *arguments, stdout=PIPE, stderr=PIPE)
    output, errors = await process.communicate()
    return process.returncode or 0, output.decode(), errors.decode()


async def test_the_city_s_matters_are_there_after_the_first_start_and_stay_as_they_were_edited(tmp_path: Path) -> None:
    async with open_house(load_settings(None, data=tmp_path)) as house:
        await ensure_offices(house)
        await ensure_matters(house)
        assert len(await house.matters.offered()) == 90
        taken = await house.matters.take_in(
            SYSTEM, file_of(tmp_path / "m.json", SHOP, code="SC-001").read_bytes(), origin="test"
        )
        assert (taken.changed, taken.added) == (1, 0)
        await ensure_matters(house)
        assert (await house.matters.one("SC-001")).name == "开店登记"
        with pytest.raises(NotFoundError):
            await house.matters.take_in(ANONYMOUS, b"{}", origin="test")
        with pytest.raises(NotFoundError):
            await house.matters.as_file(ANONYMOUS)


async def test_a_city_with_a_wrong_catalogue_does_not_start(tmp_path: Path) -> None:
    city = load_city(Path("deploy/cities/binhai")).folder
    copied = tmp_path / "city"
    copied.mkdir()
    for file in city.iterdir():
        (copied / file.name).write_bytes(file.read_bytes())
    file_of(copied / "matters.json", KITCHEN)
    async with open_house(load_settings(None, data=tmp_path / "data", city=copied)) as house:
        await ensure_offices(house)
        with pytest.raises(ConfigError, match=r"matters\.json: 1 SC-2 papers\[1\]\.matter: .*SC-1"):
            await ensure_matters(house)
        (copied / "matters.json").unlink()
        await ensure_matters(house)
        assert await house.store.matters() == []


async def test_matters_are_imported_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    data, file = str(tmp_path / "data"), tmp_path / "matters.json"
    file_of(file, SHOP, KITCHEN, prerequisites=[{"matter": "SC-2"}])
    status, _, errors = await minxin("import", "matters", str(file), "--data", data)
    assert status == 1
    assert "开店登记（SC-1） → 食品经营许可（SC-2）" in errors or "食品经营许可（SC-2） → 开店登记（SC-1）" in errors
    assert "nothing was imported" in errors
    file_of(file, SHOP, KITCHEN)
    status, output, _ = await minxin("import", "matters", str(file), "--data", data)
    assert (status, output.strip().splitlines()[-1]) == (0, "added 2, changed 0, unchanged 0")
    status, _, errors = await minxin("import", "matters", str(tmp_path / "none.json"), "--data", data)
    assert (status, "can't be read" in errors) == (2, True)
