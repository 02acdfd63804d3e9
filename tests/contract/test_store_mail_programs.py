"""What mail programs need of the store: application passwords, stamps of many boxes, beginnings of many mails."""

from __future__ import annotations

import hashlib

from support.mail import opened, put_in
from support.store import Maker, WholeStore

from minxin.core.changes import Changes
from minxin.mailbox.mail.holes import split
from minxin.mailbox.records import AppPassword, Scope


async def test_application_passwords_are_found_by_id_and_by_account_newest_first(
    store: WholeStore, make: Maker
) -> None:
    passwords = [
        AppPassword(id=name, account_id=account, name=name, scopes=(Scope.IMAP,), created_at=make.at(hours=hours))
        for name, account, hours in (("old", "wang", 0), ("new", "wang", 5), ("other", "li", 1))
    ]
    await store.commit(Changes(inserts=list(passwords)))

    assert [one.id for one in await store.app_passwords_of("wang")] == ["new", "old"]
    assert await store.app_passwords_of("nobody") == []
    found = await store.get(AppPassword, "old")
    assert found is not None
    assert (found.scopes, found.created_at) == ((Scope.IMAP,), make.at(hours=0))


async def test_last_stamps_of_many_boxes_are_those_of_each(store: WholeStore) -> None:
    for box in ("one", "two"):
        await store.commit(opened(box))
    await store.commit(put_in("mail", "two"))
    stamps = await store.last_stamps(["one", "two", "three"])
    assert stamps == {"one": await store.last_stamp("one"), "two": await store.last_stamp("two")}
    assert stamps["two"] == stamps["one"] + 1
    assert await store.last_stamps([]) == {}


async def test_heads_are_the_beginnings_of_mails_without_their_files(store: WholeStore) -> None:
    await store.commit(opened("box"))
    small, large = b"Subject: a\r\n\r\nshort", b"Subject: b\r\n\r\n" + b"x" * 500
    for name, raw in (("small", small), ("large", large)):
        assert split(raw).skeleton == raw
        await store.commit(put_in(name, raw=raw))
    ids = {raw: hashlib.sha256(raw).hexdigest() for raw in (small, large)}
    heads = await store.mail_heads([*ids.values(), "nothing"], 100)
    assert heads == {ids[small]: small, ids[large]: large[:100]}
