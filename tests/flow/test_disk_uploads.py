"""Uploads in pieces over real HTTP: what breaks off goes on where it stopped, and nothing is counted twice."""

from __future__ import annotations

import asyncio
import base64
import io
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from support.letters import become_citizen
from support.web import Browser, City

from minxin.core.changes import blob_of
from minxin.mailbox.disk.moves import usage_key
from minxin.mailbox.disk.records import TOP, DiskUpload
from minxin.mailbox.disk.tending import recount_disks, sweep_disks

KIB = 1024
PIECE = "application/offset+octet-stream"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Any
    body: bytes

    @property
    def offset(self) -> int:
        return int(self.headers["Upload-Offset"])


class Sender:
    """A browser's script that sends files in pieces."""

    def __init__(self, browser: Browser, account_id: str) -> None:
        self.browser = browser
        self.account_id = account_id
        self.token = browser.hidden("/disk/files")["csrf_token"]

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        named = self.browser._headers({"X-CSRF-Token": self.token, **headers})
        request = self.browser._session.request(method, self.browser.base + path, data=io.BytesIO(body), headers=named)
        async with request as response:
            return Answer(response.status, response.headers, await response.read())

    async def begin(self, name: str, size: int, folder: str = TOP) -> Answer:
        pairs = {"filename": name, "folder": folder, "mark": f"{name}/{size}/1"}
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())
        return await self.ask("POST", "/disk/uploads", Upload_Length=str(size), Upload_Metadata=metadata)

    async def piece(self, address: str, offset: int, data: bytes, content_type: str = PIECE) -> Answer:
        return await self.ask("PATCH", address, data, Upload_Offset=str(offset), Content_Type=content_type)

    async def send(self, address: str, data: bytes, offset: int = 0, piece: int = 64 * KIB) -> None:
        while offset < len(data):
            answer = await self.piece(address, offset, data[offset : offset + piece])
            assert answer.status == 204, answer
            offset = answer.offset


@pytest.fixture
async def sender(browser: Browser, city: City) -> Sender:
    account_id = await become_citizen(browser, city)
    await browser.get("/disk")
    return Sender(browser, account_id)


async def used(city: City, account_id: str) -> int:
    return (await city.store.used([usage_key(account_id)]))[usage_key(account_id)]


async def test_a_file_in_pieces_becomes_one_file(sender: Sender, city: City) -> None:
    data = bytes(range(256)) * 1000
    begun = await sender.begin("海图.bin", len(data))
    assert begun.status == 201
    assert await used(city, sender.account_id) == len(data)
    await sender.send(begun.headers["Location"], data)
    (item,) = await city.store.disk_items(sender.account_id)
    assert (item.name, item.current.blob_id, item.held_bytes) == ("海图.bin", blob_of(data).id, len(data))
    assert await used(city, sender.account_id) == len(data)
    assert await city.store.disk_uploads(sender.account_id) == []


async def test_an_upload_that_breaks_off_goes_on_where_it_stopped(sender: Sender, city: City) -> None:
    data = b"x" * 64 * KIB + b"y" * 64 * KIB + b"z"
    address = (await sender.begin("a.bin", len(data))).headers["Location"]
    await sender.piece(address, 0, data[: 64 * KIB])
    told = await sender.ask("HEAD", address)
    assert (told.status, told.offset, told.headers["Upload-Length"]) == (200, 64 * KIB, str(len(data)))
    await sender.browser.get("/disk")
    assert "已上传 64 KB，共 128.1 KB" in sender.browser.text
    assert f'data-upload="{address}" data-mark="a.bin/{len(data)}/1"' in sender.browser.text
    await sender.send(address, data, told.offset)
    (item,) = await city.store.disk_items(sender.account_id)
    assert await city.store.blob(item.current.blob_id) == data


async def test_a_piece_out_of_place_is_refused_with_the_right_offset(sender: Sender) -> None:
    address = (await sender.begin("a.bin", 200 * KIB)).headers["Location"]
    await sender.piece(address, 0, b"x" * 64 * KIB)
    for offset in (0, 1, 128 * KIB):
        answer = await sender.piece(address, offset, b"x" * 64 * KIB)
        assert (answer.status, answer.offset) == (409, 64 * KIB)


async def test_the_same_piece_from_two_lines_is_kept_once(sender: Sender) -> None:
    address = (await sender.begin("a.bin", 200 * KIB)).headers["Location"]
    both = await asyncio.gather(*(sender.piece(address, 0, b"x" * 64 * KIB) for _ in range(2)))
    assert sorted(answer.status for answer in both) == [204, 409]
    assert (await sender.ask("HEAD", address)).offset == 64 * KIB


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"x" * 100, PIECE, 422),
        (b"x" * (1024 * KIB + 1), PIECE, 413),
        (b"x" * 64 * KIB, "application/octet-stream", 422),
    ],
)
async def test_pieces_that_are_too_small_too_large_or_of_another_type_are_refused(
    sender: Sender, data: bytes, content_type: str, status: int
) -> None:
    address = (await sender.begin("a.bin", 2048 * KIB)).headers["Location"]
    assert (await sender.piece(address, 0, data, content_type)).status == status
    assert (await sender.ask("HEAD", address)).offset == 0


async def test_more_than_was_announced_is_refused(sender: Sender) -> None:
    address = (await sender.begin("a.bin", 10)).headers["Location"]
    assert (await sender.piece(address, 0, b"x" * 11)).status == 413


@pytest.mark.parametrize("length", ["", "-1", "x", "٣", "9" * 16])
async def test_a_size_that_is_none_is_refused(sender: Sender, length: str) -> None:
    answer = await sender.ask("POST", "/disk/uploads", Upload_Length=length.encode().decode("latin-1"))
    assert answer.status == 422


async def test_an_upload_that_does_not_fit_is_refused_before_a_byte_is_sent(sender: Sender, city: City) -> None:
    first = await sender.begin("a.bin", 6 * 1024 * KIB)
    refused = await sender.begin("b.bin", 6 * 1024 * KIB)
    assert (first.status, refused.status) == (201, 507)
    assert "还剩 4 MB" in refused.body.decode()
    assert await used(city, sender.account_id) == 6 * 1024 * KIB
    assert (await sender.ask("DELETE", first.headers["Location"])).status == 204
    assert await used(city, sender.account_id) == 0


async def test_parallel_uploads_at_the_brim_overshoot_by_nothing(sender: Sender, city: City) -> None:
    begun = await asyncio.gather(*(sender.begin(f"{n}.bin", 3 * 1024 * KIB) for n in range(6)))
    assert sorted(answer.status for answer in begun) == [201] * 3 + [507] * 3
    assert await used(city, sender.account_id) == 9 * 1024 * KIB


async def test_an_empty_file_is_a_file_at_once(sender: Sender, city: City) -> None:
    assert (await sender.begin("empty.txt", 0)).status == 201
    (item,) = await city.store.disk_items(sender.account_id)
    assert (item.name, item.is_folder, item.held_bytes) == ("empty.txt", False, 0)


async def test_a_file_whose_folder_went_away_meanwhile_comes_to_the_top(sender: Sender, city: City) -> None:
    actor = await city.accounts.people.actor_of(sender.account_id)
    files = city.services.disk.files
    folder = await files.make_folder(actor, TOP, "box", origin="")
    address = (await sender.begin("a.bin", 5, folder.id)).headers["Location"]
    await files.throw_away(actor, folder.id, origin="")
    assert (await sender.piece(address, 0, b"12345")).status == 204
    assert [item.name for item in (await files.shelf(actor)).tree.inside(TOP)] == ["a.bin"]


async def test_an_upload_that_nobody_goes_on_with_ends_and_is_not_counted_any_more(sender: Sender, city: City) -> None:
    address = (await sender.begin("a.bin", 200 * KIB)).headers["Location"]
    city.clock.advance(timedelta(hours=20))
    disk = city.services.disk
    assert await sweep_disks(city.store, disk.rules, city.clock.now()) == 0
    city.clock.advance(timedelta(hours=4))
    assert await sweep_disks(city.store, disk.rules, city.clock.now()) == 1
    assert await city.store.get(DiskUpload, address.rpartition("/")[2]) is None
    assert await used(city, sender.account_id) == 0


async def test_the_bin_is_emptied_after_its_retention(sender: Sender, city: City) -> None:
    disk = city.services.disk
    actor = await city.accounts.people.actor_of(sender.account_id)
    item = await disk.files.put(actor, TOP, "a.txt", b"12345", origin="")
    await disk.files.throw_away(actor, item.id, origin="")
    city.clock.advance(disk.rules.bin_life - timedelta(seconds=1))
    assert await sweep_disks(city.store, disk.rules, city.clock.now()) == 0
    city.clock.advance(timedelta(seconds=1))
    assert await sweep_disks(city.store, disk.rules, city.clock.now()) == 1
    assert await city.store.disk_items(actor.id) == []
    assert await used(city, actor.id) == 0
    assert await recount_disks(city.store) == []


async def test_an_upload_needs_a_page_of_ours(sender: Sender) -> None:
    sender.token = "foreign"
    assert (await sender.begin("a.bin", 5)).status == 403


async def test_an_upload_is_given_up_by_a_button(sender: Sender, city: City) -> None:
    address = (await sender.begin("a.bin", 5)).headers["Location"]
    await sender.browser.get("/disk")
    await sender.browser.submit(f"{address}/drop")
    assert "已放弃这次上传" in sender.browser.text
    assert await used(city, sender.account_id) == 0
