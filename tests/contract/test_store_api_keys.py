"""The keys of programs in the store."""

from __future__ import annotations

from datetime import timedelta

from support.store import Maker, WholeStore

from minxin.core.changes import Changes
from minxin.mailbox.records import ApiKey


async def test_keys_are_found_by_id_and_by_account_newest_first(store: WholeStore, make: Maker) -> None:
    keys = [
        ApiKey(
            id=name,
            account_id=account,
            name=name,
            writes=True,
            created_at=make.at(hours=hours),
            created_by=account,
            expires_at=make.at(hours=hours) + timedelta(days=30),
        )
        for name, account, hours in (("old", "wang", 0), ("new", "wang", 5), ("other", "li", 1))
    ]
    await store.commit(Changes(inserts=list(keys)))

    assert [key.id for key in await store.api_keys_of("wang")] == ["new", "old"]
    assert await store.api_keys_of("nobody") == []
    found = await store.get(ApiKey, "old")
    assert found is not None
    assert found.expires_at == keys[0].expires_at
