"""Kill -9 in the middle of an upload: what was acknowledged is there, the upload goes on, and the file is whole."""

from __future__ import annotations

import base64
import hashlib
import io
import sqlite3
from pathlib import Path

import pytest
from aiohttp import ClientError
from support.live import LiveCity
from support.stored import seeing_bodies
from support.web import Browser

PIECE_BYTES = 256 * 1024
DATA = bytes(range(256)) * 8192  # 2 MiB
pytestmark = pytest.mark.fault


class Line:
    """A line to the service that may break."""

    def __init__(self, browser: Browser, token: str) -> None:
        self._browser = browser
        self._token = token

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str]]:
        named = self._browser._headers({"X-CSRF-Token": self._token, **headers})
        address = self._browser.base + path
        request = self._browser._session.request(method, address, data=io.BytesIO(body), headers=named)
        async with request as response:
            return response.status, dict(response.headers)

    async def piece(self, address: str, offset: int) -> int:
        headers = {"Upload_Offset": str(offset), "Content_Type": "application/offset+octet-stream"}
        status, told = await self.ask("PATCH", address, DATA[offset : offset + PIECE_BYTES], **headers)
        assert status == 204, status
        return int(told["Upload-Offset"])


async def _line(browser: Browser) -> Line:
    await browser.get("/disk")
    return Line(browser, browser.hidden("/disk/files")["csrf_token"])


async def _begin(line: Line) -> str:
    metadata = f"filename {base64.b64encode(b'a.bin').decode()}"
    status, told = await line.ask("POST", "/disk/uploads", Upload_Length=str(len(DATA)), Upload_Metadata=metadata)
    assert status == 201
    return told["Location"]


async def test_an_upload_goes_on_after_the_service_was_killed_in_the_middle(live_city: LiveCity) -> None:
    await live_city.start()
    async with live_city.browser("citizen1") as browser:
        line = await _line(browser)
        address = await _begin(line)
        acknowledged = await line.piece(address, 0)
        for _ in range(3):
            await live_city.kill()
            with pytest.raises(ClientError):
                await line.piece(address, acknowledged)
            await live_city.start()
            status, told = await line.ask("HEAD", address)
            assert (status, int(told["Upload-Offset"])) == (200, acknowledged)
            acknowledged = await line.piece(address, acknowledged)
        while acknowledged < len(DATA):
            acknowledged = await line.piece(address, acknowledged)
    await live_city.kill()
    assert _kept(live_city.data) == [(hashlib.sha256(DATA).hexdigest(), hashlib.sha256(DATA).hexdigest(), len(DATA))]


def _kept(data: Path) -> list[tuple[str, str, int]]:
    """Return of each file the blob that it names, what the blob really hashes to, and what is counted."""
    with seeing_bodies(sqlite3.connect(data / "minxin.db")) as database:
        assert database.execute("SELECT COUNT(*) FROM disk_uploads").fetchone() == (0,)
        rows = database.execute(
            "SELECT blobs.id, unpacked_blob(data, packed), usages.used FROM disk_items"
            " JOIN blobs ON blobs.id = json_extract(unpacked(disk_items.body), '$.versions[0].blob_id')"
            " JOIN usages ON usages.key = 'disk:' || disk_items.owner_id"
        ).fetchall()
    return [(blob_id, hashlib.sha256(bytes(found)).hexdigest(), used) for blob_id, found, used in rows]
