"""The key is rotated while the service runs, cut off and all: nobody is locked out, nothing becomes unreadable."""

from __future__ import annotations

import asyncio
import re
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import msgspec
import pytest
from support.live import COMMAND, LiveCity, audit_verify

from minxin.core.clock import SystemClock
from minxin.core.privacy import Vault, keys_of, load_key
from minxin.deploy.populate import PASSWORD
from minxin.mailbox.resealing import Resealing
from minxin.store.sqlite.store import SqliteStore

CLERK = "zhongxin.clerk1"
pytestmark = pytest.mark.fault


async def rotate(data: Path, *step: str, kill_after_s: float | None = None) -> tuple[int, str]:
    command = (COMMAND, "rotate-key", *step, "--data", str(data))
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    if kill_after_s is not None:
        await asyncio.sleep(kill_after_s)
        process.kill()
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


def last_code(city: LiveCity) -> str:
    messages = [msgspec.json.decode(path.read_bytes()) for path in (city.data / "sms").glob("*.json")]
    messages.sort(key=lambda one: str(one["at"]))
    found = re.search(r"\d{6}", messages[-1]["text"]) if messages else None
    return found.group() if found else ""


async def log_in(city: LiveCity) -> None:
    """Log in with the code that the service sends to a phone, which it must open and seal again for that."""
    before = last_code(city)
    async with city.browser() as browser:
        await browser.log_in(CLERK, PASSWORD)
        async with asyncio.timeout(20):
            while (code := last_code(city)) == before:  # noqa: ASYNC110 - another process has no event to wait for
                await asyncio.sleep(0.1)
        await browser.submit("/login/code", code=code)
        await browser.get("/desk")
        assert browser.status == 200, browser.text[-500:]


async def stale(data: Path, key: bytes) -> int:
    store = await SqliteStore.open(data)
    try:
        return await Resealing(store, Vault(key), SystemClock()).stale()
    finally:
        await store.close()


async def test_people_log_in_before_between_and_after_a_rotation(live_city: LiveCity) -> None:
    city, key_file = live_city, live_city.data / "master.key"
    city.second_factor = True
    await city.start()
    try:
        root = load_key(key_file)
        await log_in(city)
        assert (await rotate(city.data, "prepare"))[0] == 0
        assert (await rotate(city.data, "prepare"))[0] == 2, "a second new key before the first is used"
        await log_in(city)
        await rotate(city.data, "reseal", kill_after_s=1.0)
        status, told = await rotate(city.data)
        assert (status, "0 left" in told) == (0, True), told
        await log_in(city)
        key = load_key(key_file)
        assert keys_of(key)[-1] == root
        assert await stale(city.data, keys_of(key)[0]) == 0
    finally:
        await city.kill()
    assert (await audit_verify(city.data))[0] == 0
