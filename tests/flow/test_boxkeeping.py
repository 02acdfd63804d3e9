"""Boxes come into being by themselves, under addresses that are given once, and end with their account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.mail import NOON
from support.store import Maker

from minxin.core.actor import Role
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.errors import InvalidInputError
from minxin.mailbox.mail.addresses import RESERVED, Domains, check_local, company_forms, pinyin_forms
from minxin.mailbox.mail.boxkeeping import BoxKeeping
from minxin.mailbox.mail.opening import FOLDERS
from minxin.mailbox.mail.records import Box, BoxAddress, BoxKind, BoxState
from minxin.mailbox.records import Account, AccountState
from minxin.store.sqlite.store import SqliteStore

DOMAINS = Domains("citizen.binhai.example", "gov.binhai.example")


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


async def test_what_closes_an_account_closes_its_box_and_keeps_its_address_from_others(
    store: SqliteStore, keeping: BoxKeeping
) -> None:
    box = await keeping.box_of(citizen())
    later = NOON + timedelta(days=1)
    await store.commit(await keeping.end("wang", later))
    found = await store.get(Box, box.id)

    assert (found.state, found.closed_at, found.ends_at) == (BoxState.CLOSED, later, later)
    assert (await store.get(BoxAddress, box.address)).box_id == box.id
    assert await keeping.box_of(citizen()) is None


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


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("滨海市晨光科技有限公司", ("binhaishichenguangkeji", "bhscgkj", "bhscgkjyxgs")),
        ("滨海晨光（集团）股份有限公司", ("binhaichenguang", "bhcg", "bhcgjtgfyxgs")),
        ("海晏区文庙街综合农产品批发交易市场管理有限责任公司", ("hyqwmjzhncppfjyscgl", "hyqwmjzhncppfjyscglyxzrgs")),
        ("！！！！", ()),
    ],
)
def test_a_company_is_offered_its_name_without_the_legal_form_and_its_first_letters(
    name: str, forms: tuple[str, ...]
) -> None:
    assert company_forms(name) == forms


def test_an_address_is_lower_case() -> None:
    assert check_local(" Wang.Xiaoming ") == "wang.xiaoming"
