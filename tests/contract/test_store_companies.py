"""The named queries about companies, and about boxes for those who look after them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from support.companies import kept
from support.mail import NOON, opened, put_in
from support.store import Maker, WholeStore

from minxin.consult.behalf import Behalf
from minxin.consult.records import LetterState
from minxin.core.changes import Changes, Usage
from minxin.core.errors import DuplicateError
from minxin.core.paging import PageRequest
from minxin.mailbox.boxoffice.ports import BoxWish
from minxin.mailbox.companies.records import Company, CompanyState, Delegate, Invitation, delegate_id
from minxin.mailbox.disk.moves import usage_key
from minxin.mailbox.mail.records import Box, BoxAddress, BoxKind, BoxState

CODE = "91350100M000100Y43"
QUOTAS = {kind: 100 for kind in BoxKind}


def company(company_id: str = "acme", **fields: Any) -> Company:
    given: dict[str, Any] = {
        "code": CODE,
        "name": "滨海市晨光科技有限公司",
        "district": "haiyan",
        "representative": "王小明",
        "authorised_id": "wang",
        "state": CompanyState.ACTIVE,
        "applied_at": NOON,
    }
    return Company(id=company_id, **(given | fields))


def delegate(account_id: str, company_id: str = "acme", hours: int = 0) -> Delegate:
    since = NOON + timedelta(hours=hours)
    return Delegate(id=delegate_id(company_id, account_id), company_id=company_id, account_id=account_id, since=since)


def invitation(one: str, to: str, hours: int = 1) -> Invitation:
    return Invitation(
        id=one, company_id="acme", to=to, shown="138****", at=NOON, expires_at=NOON + timedelta(hours=hours)
    )


async def test_a_company_is_found_by_its_code_its_people_and_its_state(store: WholeStore) -> None:
    waiting = company("waiting", state=CompanyState.APPLIED, authorised_id="li", applied_at=NOON + timedelta(hours=1))
    await store.commit(Changes(inserts=[company(), waiting, delegate("wang"), delegate("li", hours=1)]))

    found = await store.company_by_code(CODE)
    assert found is not None
    assert found.id == "acme"
    assert [one.id for one in await store.companies_of("li")] == ["acme", "waiting"]
    assert [one.id for one in await store.companies_of("wang")] == ["acme"]
    assert await store.companies_of("nobody") == []
    assert [one.account_id for one in await store.delegates_of("acme")] == ["wang", "li"]
    assert [one.company_id for one in await store.delegations_of("li")] == ["acme"]
    page = await store.companies_in_state(CompanyState.APPLIED, PageRequest())
    assert [one.id for one in page.items] == ["waiting"]


async def test_a_code_has_one_active_company_and_any_number_that_wait(store: WholeStore) -> None:
    waiting = company("waiting", state=CompanyState.APPLIED)
    await store.commit(Changes(inserts=[company(), waiting, company("closed", state=CompanyState.CLOSED)]))

    with pytest.raises(DuplicateError) as refusal:
        await store.commit(Changes(puts=[replace(await kept(store, Company, "waiting"), state=CompanyState.ACTIVE)]))
    assert refusal.value.params == {"table": "companies", "field": "code"}


async def test_invitations_are_found_by_company_number_and_end(store: WholeStore) -> None:
    await store.commit(Changes(inserts=[invitation("a", "one", 2), invitation("b", "one", 1), invitation("c", "", 3)]))

    assert [one.id for one in await store.invitations_of("acme")] == ["b", "a", "c"]
    assert [one.id for one in await store.invitations_to("one")] == ["b", "a"]
    assert await store.invitations_to("") == []
    assert [one.id for one in await store.expired_invitations(NOON + timedelta(hours=2), 9)] == ["b", "a"]


async def test_a_companys_box_is_found_by_its_delegates(store: WholeStore) -> None:
    await store.commit(opened("acme", owner_id="acme", kind=BoxKind.COMPANY) + opened("li", owner_id="li"))
    await store.commit(Changes(inserts=[delegate("li")]))

    assert [box.id for box in await store.boxes_of("li")] == ["acme", "li"]
    assert [box.id for box in await store.boxes_of("acme")] == ["acme"]
    assert await store.boxes_of("wang") == []


async def test_boxes_are_looked_for_by_address_alias_kind_state_and_filling(store: WholeStore) -> None:
    await store.commit(opened("a") + opened("b", kind=BoxKind.STAFF) + opened("c", state=BoxState.CLOSED))
    await store.commit(opened("d", mail_quota=1000) + Changes(inserts=[BoxAddress(id="zhang@x.example", box_id="a")]))
    await store.commit(
        put_in("m", "a", size_bytes=80) + put_in("n", "d", size_bytes=90) + Changes(usages=[Usage(usage_key("a"), 7)])
    )

    async def ids(**wish: Any) -> list[str]:
        return [one.box.id for one in (await store.find_boxes(BoxWish(**wish), QUOTAS, PageRequest())).items]

    assert await ids() == ["a", "b", "c", "d"]
    assert await ids(words="ZHANG") == ["a"]
    assert await ids(words="@citizen") == ["a", "b", "c", "d"]
    assert await ids(kind=BoxKind.STAFF) == ["b"]
    assert await ids(state=BoxState.CLOSED) == ["c"]
    assert await ids(percent=80) == ["a"]
    assert await ids(words="%") == []
    first = await store.find_boxes(BoxWish(), QUOTAS, PageRequest(None, 1))
    assert [(one.mail_bytes, one.disk_bytes) for one in first.items] == [(80, 7)]
    rest = await store.find_boxes(BoxWish(), QUOTAS, PageRequest(first.next, 9))
    assert [one.box.id for one in rest.items] == ["b", "c", "d"]


async def test_boxes_whose_time_is_over_are_found_the_longest_due_first(store: WholeStore) -> None:
    for one, hours in (("a", 2), ("b", 1), ("c", 3)):
        await store.commit(opened(one, state=BoxState.CLOSED, ends_at=NOON + timedelta(hours=hours)))
    await store.commit(opened("d"))

    found = await store.ending_boxes(NOON + timedelta(hours=2), 9)
    assert [box.id for box in found] == ["b", "a"]
    await store.commit(Changes(puts=[replace(await kept(store, Box, "b"), ends_at=None)]))
    assert [box.id for box in await store.ending_boxes(NOON + timedelta(days=1), 1)] == ["a"]


async def test_a_companys_letters_come_newest_first_when_somebody_looked_at_them_and_never_sealed(
    store: WholeStore, make: Maker
) -> None:
    acme, other = Behalf("acme", "晨光", "code"), Behalf("other", "晚霞", "code")
    looked_at = {"state": LetterState.ACCEPTED, "behalf": acme}
    await store.commit(
        make.numbered(
            make.letter(id="a", received_at=make.at(hours=1), **looked_at),
            make.letter(id="b", received_at=make.at(hours=2), sealed=True, **looked_at),
            make.letter(id="c", received_at=make.at(hours=2), behalf=acme),
            make.letter(id="d", received_at=make.at(hours=3), writer_id="li", **looked_at),
            make.letter(id="e", received_at=make.at(hours=3), state=LetterState.ACCEPTED, behalf=other),
            make.letter(id="f", state=LetterState.ACCEPTED),
        )
    )

    first = await store.letters_of_company("acme", PageRequest(size=1))
    rest = await store.letters_of_company("acme", PageRequest(first.next, 1))

    assert ([one.id for one in first.items], [one.id for one in rest.items]) == (["d"], ["a"])
