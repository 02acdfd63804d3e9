"""Boxes come into being by themselves, under addresses that are given once, and end with their account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.mail import NOON, put_in
from support.store import Maker

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.mailbox.mail.addresses import RESERVED, Domains, check_local, pinyin_forms
from minxin.mailbox.mail.boxkeeping import MOST_ALIASES, BoxKeeping
from minxin.mailbox.mail.opening import FOLDERS
from minxin.mailbox.mail.records import Box, BoxAddress, BoxKind, BoxState, MailItem
from minxin.mailbox.records import Account, AccountState
from minxin.store.sqlite.store import SqliteStore

DOMAINS = Domains("citizen.binhai.example", "gov.binhai.example")
WANG = Actor("wang", frozenset({Role.CITIZEN}))
ADMINISTRATOR = Actor("admin", frozenset({Role.ADMINISTRATOR}))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def keeping(store: SqliteStore) -> BoxKeeping:
    return BoxKeeping(store, FixedClock(NOON), DOMAINS)


def citizen(account_id: str = "wang", **fields: object) -> Account:
    return Maker().account(id=account_id, login=account_id, phone_index=account_id, **fields)


def staff(account_id: str) -> Account:
    return citizen(account_id, name="张伟", roles=(Role.HANDLER,), office_id="cgj")


async def test_a_verified_citizen_gets_a_number_and_all_usual_folders(store: SqliteStore, keeping: BoxKeeping) -> None:
    box = await keeping.box_of(citizen())
    again = await keeping.box_of(citizen())
    found = await store.get(Box, box.id)

    assert box == again == found
    local, _, domain = box.address.partition("@")
    assert (local.isdecimal(), len(local), domain) == (True, 8, DOMAINS.citizen)
    assert {one.name for one in await store.folders_of(box.id)} == set(FOLDERS.values())


@pytest.mark.parametrize("state", [AccountState.APPLIED, AccountState.REFUSED, AccountState.CLOSED])
async def test_who_is_not_verified_gets_none(keeping: BoxKeeping, state: AccountState) -> None:
    assert await keeping.box_of(citizen(state=state)) is None


async def test_civil_servants_of_one_name_get_addresses_of_their_own(keeping: BoxKeeping) -> None:
    boxes = await asyncio.gather(*(keeping.box_of(staff(f"s{place}")) for place in range(4)))

    assert {box.address for box in boxes} == {
        f"{local}@{DOMAINS.staff}" for local in ("zhangwei", "zhangwei2", "zhangwei3", "zhangwei4")
    }
    assert {box.kind for box in boxes} == {BoxKind.STAFF}


async def test_one_box_comes_of_many_at_once(store: SqliteStore, keeping: BoxKeeping) -> None:
    boxes = await asyncio.gather(*(keeping.box_of(citizen()) for _ in range(5)))

    assert len({box.id for box in boxes}) == 1
    assert len(await store.boxes_of("wang")) == 1


async def test_missing_boxes_are_opened_once(store: SqliteStore, keeping: BoxKeeping) -> None:
    await store.commit(Changes(inserts=[citizen(), citizen("li", state=AccountState.APPLIED), staff("zhao")]))

    assert await keeping.open_missing(["cgj", "sjj"]) == 4
    assert await keeping.open_missing(["cgj", "sjj"]) == 0
    assert [box.address for box in await store.boxes_of("cgj")] == ["cgj@gov.binhai.example"]
    assert await store.boxes_of("li") == []


async def test_a_citizen_chooses_an_address_of_his_name_and_keeps_the_number(
    store: SqliteStore, keeping: BoxKeeping
) -> None:
    other = await keeping.box_of(citizen("other"))
    box = await keeping.box_of(citizen())
    await keeping.choose(Actor("other"), other.id, "王小明", f"wangxiaoming@{DOMAINS.citizen}")
    forms = await keeping.forms(WANG, box.id, "王小明")
    chosen = await keeping.choose(WANG, box.id, "王小明", forms[0])
    back = await keeping.choose(WANG, box.id, "王小明", box.address)

    assert forms[0] == f"wangxiaoming2@{DOMAINS.citizen}"
    assert (chosen.address, chosen.aliases) == (forms[0], (box.address,))
    assert (back.address, back.aliases) == (box.address, (forms[0],))
    assert (await store.get(BoxAddress, forms[0])).box_id == box.id


@pytest.mark.parametrize(
    "address",
    ["lisi@citizen.binhai.example", "wangxiaoming@gov.binhai.example", "mayor@citizen.binhai.example", "a b@x", ""],
)
async def test_no_other_address_can_be_chosen(keeping: BoxKeeping, address: str) -> None:
    box = await keeping.box_of(citizen())

    with pytest.raises(InvalidInputError):
        await keeping.choose(WANG, box.id, "王小明", address)
    with pytest.raises(NotFoundError):
        await keeping.choose(Actor("li"), box.id, "王小明", f"wangxiaoming@{DOMAINS.citizen}")


async def test_a_box_has_no_more_aliases_than_it_may(keeping: BoxKeeping) -> None:
    box = await keeping.box_of(citizen())
    for _ in range(MOST_ALIASES):
        await keeping.choose(WANG, box.id, "王小明", (await keeping.forms(WANG, box.id, "王小明"))[0])

    with pytest.raises(InvalidInputError):
        await keeping.choose(WANG, box.id, "王小明", (await keeping.forms(WANG, box.id, "王小明"))[0])


async def test_a_box_is_handed_over_to_a_colleague_who_alone_reads_it(store: SqliteStore, keeping: BoxKeeping) -> None:
    await store.commit(Changes(inserts=[staff("heir"), citizen("li")]))
    box = await keeping.box_of(staff("left"))
    for heir in ("li", "nobody", "left"):
        with pytest.raises(InvalidInputError):
            await keeping.hand_over(ADMINISTRATOR, box.id, heir)
    with pytest.raises(NotFoundError):
        await keeping.hand_over(WANG, box.id, "heir")
    await keeping.hand_over(ADMINISTRATOR, box.id, "heir")

    assert [one.state for one in await store.boxes_of("heir")] == [BoxState.HANDED_OVER]
    assert (await keeping.box_of(staff("left"))).id == box.id


async def test_what_closes_an_account_empties_its_box_and_keeps_its_address_from_others(
    store: SqliteStore, keeping: BoxKeeping
) -> None:
    box = await keeping.box_of(citizen())
    await store.commit(put_in("a", box.id) + put_in("b", box.id))
    await store.commit(await keeping.end("wang", NOON + timedelta(days=1)))

    assert (await store.get(Box, box.id)).state is BoxState.CLOSED
    assert await store.get_all(MailItem, ["a", "b"]) == {}
    assert (await store.used([f"mail:{box.id}"]))[f"mail:{box.id}"] == 0
    assert (await store.get(BoxAddress, box.address)).box_id == box.id
    assert await keeping.end("wang", NOON) == Changes()


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("王小明", ("wangxiaoming", "wang.xiaoming", "wangxm", "xiaoming.wang")),
        ("欧阳修", ("ouyangxiu", "ouyang.xiu", "ouyangx", "xiu.ouyang")),
        ("单雄信", ("shanxiongxin", "shan.xiongxin", "shanxx", "xiongxin.shan")),
        ("吕布", ("lvbu", "lv.bu", "lvb", "bu.lv")),
        ("John Smith", ("smithjohn", "smith.john", "smithj", "john.smith")),
        ("王", ("wang",)),
        ("", ()),
        ("！", ()),
    ],
)
def test_a_name_is_offered_in_its_usual_forms(name: str, forms: tuple[str, ...]) -> None:
    assert pinyin_forms(name) == forms


@pytest.mark.parametrize("local", ["", "ab", "x" * 41, "a..b", ".ab", "ab-", "a_b", "王小明", *sorted(RESERVED)])
def test_what_is_no_address_or_the_citys_own_is_refused(local: str) -> None:
    with pytest.raises(InvalidInputError):
        check_local(local)


def test_an_address_is_lower_case() -> None:
    assert check_local(" Wang.Xiaoming ") == "wang.xiaoming"
