"""A new key: everything that accounts hold is sealed anew, on every engine, beside people who use them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace
from support.store import Maker, WholeStore

from minxin.core.actor import Role
from minxin.core.changes import Changes, Committed
from minxin.core.clock import FixedClock
from minxin.core.errors import DamagedError, UnavailableError
from minxin.core.paging import PageRequest
from minxin.core.privacy import Vault
from minxin.mailbox.records import Account, AccountState
from minxin.mailbox.resealing import Resealing, resealed

ROOT, NEW = bytes(32), bytes(31) + b"\1"
BEFORE, AFTER = Vault(ROOT), Vault(NEW + ROOT)
MANY, BATCH = 23, 4


def sealed_account(make: Maker, number: int, **fields: Any) -> Account:
    phone = f"138{number:08}"
    given = {
        "id": f"account-{number:04}",
        "roles": (Role.CITIZEN,),
        "phone": BEFORE.seal(phone, "phone"),
        "phone_index": BEFORE.index(phone, "phone"),
        "id_number": BEFORE.seal("11010519491231002X", "id_number"),
    }
    return make.account(**(given | fields))


@pytest.fixture
async def people(store: WholeStore, make: Maker) -> AsyncIterator[list[Account]]:
    """Citizens in several states, and staff with a second factor."""
    states = list(AccountState)
    found = [sealed_account(make, number, state=states[number % len(states)]) for number in range(MANY)]
    found.append(sealed_account(make, MANY, id_number=None, totp_secret=BEFORE.seal("secret", "totp")))
    found.append(sealed_account(make, MANY + 1, roles=(Role.HANDLER,), totp_secret=BEFORE.seal("secret", "totp")))
    await store.commit(Changes(inserts=found))
    yield found


async def accounts(store: WholeStore) -> list[Account]:
    found: list[Account] = []
    for state in AccountState:
        after: str | None = ""
        while after is not None:
            page = await store.accounts_in_state(state, PageRequest(after or None, 200))
            found += page.items
            after = page.next
    return found


async def test_every_account_is_sealed_anew_and_found_as_before(
    store: WholeStore, make: Maker, people: list[Account]
) -> None:
    sealing = Resealing(store, AFTER, FixedClock(make.now), batch=BATCH)
    told: list[int] = []

    assert await sealing.stale() == len(people)
    assert await sealing.run(told.append) == len(people)

    assert told[-1] == len(people)
    assert await sealing.stale() == 0
    assert await sealing.run(told.append) == 0
    alone = Vault(NEW)
    for account in await accounts(store):
        assert alone.open(account.phone, "phone").startswith("138")
    staff = await store.get(Account, people[-1].id)
    assert staff is not None and staff.totp_secret is not None
    assert alone.open(staff.totp_secret, "totp") == "secret"
    found = await store.account_by_phone(AFTER.index("13800000001", "phone"))
    assert found is not None and found.id == "account-0001"


async def test_a_rotation_that_was_cut_off_goes_on_where_it_was(
    store: WholeStore, make: Maker, people: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, left = store.commit, [2]

    async def cut_off(changes: Changes) -> Committed:
        if not left[0]:
            raise UnavailableError
        left[0] -= 1
        return await commit(changes)

    monkeypatch.setattr(store, "commit", cut_off)
    with pytest.raises(UnavailableError):
        await Resealing(store, AFTER, FixedClock(make.now), batch=BATCH).run(lambda _: None)
    monkeypatch.undo()

    sealing = Resealing(store, AFTER, FixedClock(make.now), batch=BATCH)
    stale = await sealing.stale()
    assert 0 < stale < len(people)
    assert await sealing.run(lambda _: None) == stale
    assert await sealing.stale() == 0


async def test_who_changes_his_account_meanwhile_loses_nothing(
    store: WholeStore, make: Maker, people: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, busy = store.commit, [people[5].id, people[11].id]

    async def between(changes: Changes) -> Committed:
        """Somebody is a moment faster, once for each."""
        for record in changes.puts:
            if record.id in busy:
                busy.remove(record.id)
                now = await store.get(Account, record.id)
                assert now is not None
                await commit(Changes(puts=[replace(now, name="改了名")]))
        return await commit(changes)

    monkeypatch.setattr(store, "commit", between)
    sealing = Resealing(store, AFTER, FixedClock(make.now), batch=BATCH)
    await sealing.run(lambda _: None)

    changed = await store.get(Account, people[5].id)
    assert busy == []
    assert changed is not None and changed.name == "改了名"
    assert await sealing.stale() == 0


def test_what_no_key_opens_is_damage_and_left_as_it_is(make: Maker) -> None:
    with pytest.raises(DamagedError):
        resealed(make.account(), AFTER)
