"""Accounts that should have a box and have none."""

from __future__ import annotations

from support.mail import opened
from support.store import Maker, WholeStore

from minxin.core.actor import Role
from minxin.core.changes import Changes
from minxin.core.paging import PageRequest
from minxin.mailbox.mail.records import BoxState
from minxin.mailbox.records import Account, AccountState

STAFF = {"roles": (Role.HANDLER,), "office_id": "cgj"}


async def test_only_those_without_a_box_are_named(store: WholeStore, make: Maker) -> None:
    citizens = [make.account() for _ in range(5)]
    staff = [make.account(login=f"s{place}", **STAFF) for place in range(3)]
    waiting = make.account(state=AccountState.APPLIED)
    await store.commit(Changes(inserts=[*citizens, *staff, waiting]))
    await store.commit(_box(citizens[0]) + _box(citizens[3]) + _box(staff[1]))
    await store.commit(opened(citizens[2].id, owner_id=citizens[2].id, state=BoxState.CLOSED))

    first = await store.without_box(PageRequest(None, 1), staff=False)
    rest = await store.without_box(PageRequest(first.next, 10), staff=False)
    assert [one.id for one in [*first.items, *rest.items]] == [citizens[1].id, citizens[4].id]
    assert rest.next is None
    assert [one.login for one in (await store.without_box(PageRequest(), staff=True)).items] == ["s0", "s2"]


def _box(account: Account) -> Changes:
    return opened(account.id, owner_id=account.id)
