"""Network disks, as every store keeps them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from support.store import Maker, WholeStore

from minxin.core.changes import Changes, Usage, blob_of
from minxin.core.errors import DuplicateError, QuotaError
from minxin.mailbox.disk.moves import usage_key
from minxin.mailbox.disk.records import TOP, Disk, DiskItem, DiskShare, DiskUpload, FileVersion


def _item(make: Maker, item_id: str, **fields: Any) -> DiskItem:
    given: dict[str, Any] = {"owner_id": "me", "folder_id": TOP, "name": f"{item_id}.txt", "changed_at": make.now}
    return DiskItem(id=item_id, **(given | fields))


def _file(make: Maker, item_id: str, size_bytes: int, **fields: Any) -> DiskItem:
    version = FileVersion(blob_of(b"x" * size_bytes).id, size_bytes, make.now)
    return _item(make, item_id, versions=(version,), **fields)


def _upload(make: Maker, upload_id: str, **fields: Any) -> DiskUpload:
    given: dict[str, Any] = {"owner_id": "me", "folder_id": TOP, "name": "a", "size_bytes": 7, "created_at": make.now}
    return DiskUpload(id=upload_id, **(given | {"expires_at": make.at(days=1)} | fields))


def _share(make: Maker, share_id: str, **fields: Any) -> DiskShare:
    given: dict[str, Any] = {
        "owner_id": "me",
        "item_id": "a",
        "shown_name": "王**",
        "password_hash": "h",
        "created_at": make.now,
    }
    return DiskShare(id=share_id, **(given | {"expires_at": make.at(days=1)} | fields))


async def test_a_disk_has_what_is_its_owners_and_nothing_else(store: WholeStore, make: Maker) -> None:
    other = _item(make, "c", owner_id="you")
    await store.commit(Changes(inserts=[_item(make, "a"), _item(make, "b", binned_at=make.now), other]))
    assert {item.id for item in await store.disk_items("me")} == {"a", "b"}


async def test_of_two_living_names_in_a_folder_the_second_is_refused(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[_item(make, "a", name="A.txt"), _item(make, "b", folder_id="x", name="a.txt")]))
    await store.commit(Changes(inserts=[_item(make, "c", name="a.txt", binned_at=make.now)]))
    with pytest.raises(DuplicateError):
        await store.commit(Changes(inserts=[_item(make, "d", name="a.TXT")]))


async def test_uploads_come_oldest_first_and_expired_ones_by_their_end(store: WholeStore, make: Maker) -> None:
    late = _upload(make, "late", created_at=make.at(hours=1), expires_at=make.at(hours=2))
    await store.commit(Changes(inserts=[late, _upload(make, "early"), _upload(make, "other", owner_id="you")]))
    assert [one.id for one in await store.disk_uploads("me")] == ["early", "late"]
    assert [one.id for one in await store.expired_disk_uploads(make.at(hours=2), 10)] == ["late"]
    assert len(await store.expired_disk_uploads(make.at(days=2), 2)) == 2


async def test_shares_come_newest_first(store: WholeStore, make: Maker) -> None:
    newer = _share(make, "newer", created_at=make.at(hours=1))
    await store.commit(Changes(inserts=[_share(make, "older"), newer, _share(make, "other", owner_id="you")]))
    assert [one.id for one in await store.disk_shares("me")] == ["newer", "older"]


async def test_disks_with_old_bins_are_found(store: WholeStore, make: Maker) -> None:
    old, new = _item(make, "old", binned_at=make.now), _item(make, "new", binned_at=make.at(days=9), owner_id="you")
    await store.commit(Changes(inserts=[old, new, _item(make, "living", owner_id="she")]))
    assert await store.disks_with_bins(make.now, 10) == ["me"]
    assert await store.disks_with_bins(make.now - timedelta(seconds=1), 10) == []


async def test_a_recount_puts_right_what_was_wrong_and_tells_it(store: WholeStore, make: Maker) -> None:
    disks = [Disk(id=owner, changed_at=make.now) for owner in ("me", "you", "she")]
    await store.commit(
        Changes(
            inserts=[*disks, _file(make, "a", 5), _upload(make, "u"), _file(make, "b", 3, owner_id="you")],
            usages=[Usage(usage_key("me"), 12), Usage(usage_key("you"), 100)],
        )
    )
    drifts, after = await store.recount_disks("", 2)
    assert after == "she"
    more, end = await store.recount_disks(after or "", 2)
    assert [(one.key, one.counted, one.real) for one in [*drifts, *more]] == [(usage_key("you"), 100, 3)]
    assert end is None
    assert await store.used([usage_key("me"), usage_key("you")]) == {usage_key("me"): 12, usage_key("you"): 3}


async def test_many_at_once_at_the_brim_overshoot_by_nothing(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(usages=[Usage(usage_key("me"), 99)]))
    one_more = [
        store.commit(Changes(inserts=[_file(make, f"f{n}", 1)], usages=[Usage(usage_key("me"), 1, 100)]))
        for n in range(20)
    ]
    done = await asyncio.gather(*one_more, return_exceptions=True)
    assert sum(isinstance(result, QuotaError) for result in done) == 19
    assert await store.used([usage_key("me")]) == {usage_key("me"): 100}
    assert len(await store.disk_items("me")) == 1
