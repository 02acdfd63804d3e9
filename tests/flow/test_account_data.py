"""Who may see and change whose data, through the services and the embedded store."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.accounts import (
    ADMINISTRATOR,
    CLERK,
    HANDLER,
    HOME,
    ID_NUMBER,
    OTHER_PHONE,
    PASSWORD,
    PHONE,
    House,
    open_accounts_house,
    reasons,
)
from support.stored import values_that_say

from minxin.core.actor import Actor, Role
from minxin.core.errors import (
    IllegalMoveError,
    InvalidFormError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    TooManyTriesError,
)
from minxin.mailbox.forms import StaffForm
from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.reveals import Datum
from minxin.mailbox.sweeping import sweep_expired
from minxin.store.sqlite.connect import FILE


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_accounts_house(tmp_path) as opened:
        yield opened


async def test_reveal_is_told_to_the_writer_and_to_the_audit_log(house: House) -> None:
    account = await house.citizen()
    people = house.accounts.people
    value = await people.reveal(HANDLER, account.id, Datum.PHONE, "约时间上门", "letter", HOME, in_hands=True)
    assert value == PHONE
    [look] = await people.reveals_of(account.id)
    assert (look.office_id, look.post, look.what, look.reason) == (
        "chengguan",
        "综合科承办人",
        Datum.PHONE,
        "约时间上门",
    )
    assert ("reveal.phone", "handler", "ok") in await house.audited()


async def test_refused_reveals_are_audited_and_look_like_nothing_there(house: House) -> None:
    account = await house.citizen()
    people = house.accounts.people
    told = []
    for account_id, in_hands in ((account.id, False), ("nobody", True)):
        with pytest.raises(NotFoundError) as caught:
            await people.reveal(HANDLER, account_id, Datum.NAME, "想看一看", "letter", HOME, in_hands=in_hands)
        told.append((caught.value.reason, caught.value.params))
    assert told[0] == told[1]
    with pytest.raises(InvalidInputError):
        await people.reveal(HANDLER, account.id, Datum.NAME, "看", "letter", HOME, in_hands=True)
    assert await people.reveals_of(account.id) == []
    refused = [result for action, actor, result in await house.audited() if action == "reveal.name"]
    assert refused == ["realname.reason.too_short", "error.not_found", "error.not_found"]


async def test_twenty_reveals_an_hour_are_enough(house: House) -> None:
    account = await house.citizen()

    async def look() -> None:
        await house.accounts.people.reveal(HANDLER, account.id, Datum.NAME, "核对来信人", "l", HOME, in_hands=True)

    for _ in range(20):
        await look()
    with pytest.raises(TooManyTriesError):
        await look()
    house.clock.advance(timedelta(hours=1))
    await look()
    assert len(await house.accounts.people.reveals_of(account.id)) == 21


async def test_door_to_an_account_does_not_tell_forbidden_from_missing(house: House) -> None:
    account = await house.citizen()
    people = house.accounts.people
    assert (await people.access_account(CLERK, account.id)).id == account.id
    assert (await people.access_account(Actor(account.id), account.id)).id == account.id
    for actor, account_id in ((HANDLER, account.id), (HANDLER, "nobody"), (Actor("other"), account.id)):
        with pytest.raises(NotFoundError) as caught:
            await people.access_account(actor, account_id)
        assert (caught.value.reason, caught.value.params) == ("error.not_found", {})


async def test_clerk_finds_the_citizen_at_the_counter_and_sees_him_masked(house: House) -> None:
    account = await house.citizen()
    people = house.accounts.people
    for typed in (PHONE, "+86 138 1234 5678", ID_NUMBER.lower(), "110105491231002"):
        assert (await people.find_citizen(CLERK, typed, HOME)).id == account.id
    with pytest.raises(NotFoundError):
        await people.find_citizen(CLERK, OTHER_PHONE, HOME)
    with pytest.raises(NotAllowedError):
        await people.find_citizen(HANDLER, PHONE, HOME)
    assert (await people.masked(account.id)).name == "王**"


async def test_closed_account_is_erased_and_its_holder_may_come_back(house: House) -> None:
    account = await house.citizen()
    token, _ = await house.accounts.log_ins.log_in(PHONE, PASSWORD, HOME)
    with pytest.raises(InvalidInputError):
        await house.accounts.credentials.close(account.id, "wrong", HOME)
    await house.accounts.credentials.close(account.id, PASSWORD, HOME)
    assert await house.accounts.log_ins.session(token) is None
    again = await house.citizen()
    assert again.id != account.id


async def test_staff_do_not_close_their_accounts(house: House) -> None:
    staff = await house.staff()
    with pytest.raises(IllegalMoveError):
        await house.accounts.credentials.close(staff.id, PASSWORD, HOME)


async def test_only_administrators_open_staff_accounts(house: House) -> None:
    form = StaffForm(login="lichu", name="李处长", phone=PHONE, password=PASSWORD, roles=(Role.HANDLER,))
    with pytest.raises(NotAllowedError):
        await house.accounts.staffing.create_staff(CLERK, form, HOME)
    await house.accounts.staffing.create_staff(ADMINISTRATOR, form, HOME)
    with pytest.raises(InvalidFormError) as caught:
        await house.accounts.staffing.create_staff(ADMINISTRATOR, form, HOME)
    assert reasons(caught) == {"login": "realname.login.taken"}


async def test_expired_sessions_codes_and_throttles_are_swept(house: House) -> None:
    await house.citizen()
    await house.accounts.log_ins.log_in(PHONE, PASSWORD, HOME)
    await house.code(CodePurpose.RESET_PASSWORD)
    with pytest.raises(InvalidInputError):
        await house.accounts.log_ins.log_in(PHONE, "wrong", HOME)
    assert await sweep_expired(house.store, house.clock.now()) == 0
    house.clock.advance(timedelta(days=2))
    swept = 0
    while count := await sweep_expired(house.store, house.clock.now(), limit=2):
        swept += count
    # One session, one unused code; throttles: the number's codes, the network's codes, log-in, network.
    assert swept == 6


async def test_store_holds_no_plain_phone_id_number_or_code(house: House) -> None:
    account = await house.citizen()
    await house.accounts.applications.verify_at_desk(CLERK, account.id, "王小明", ID_NUMBER, HOME)
    await house.accounts.people.find_citizen(CLERK, PHONE, HOME)
    await house.accounts.people.reveal(HANDLER, account.id, Datum.ID_NUMBER, "核对来信人", "l", HOME, in_hands=True)
    with pytest.raises(InvalidInputError):
        await house.accounts.log_ins.log_in(PHONE, "wrong", HOME)
    token, _ = await house.accounts.log_ins.log_in(PHONE, PASSWORD, HOME)
    code = await house.code(CodePurpose.RESET_PASSWORD)
    kept = b"".join(file.read_bytes() for file in house.folder.rglob("*") if file.is_file())
    assert account.id.encode() in kept
    with closing(sqlite3.connect(house.folder / FILE)) as file:
        for secret in (PHONE, ID_NUMBER, PASSWORD, token, f"验证码 {code}"):
            assert secret.encode() not in kept
            assert values_that_say(file, [secret]) == []
        assert values_that_say(file, [account.id])


async def test_rush_of_wrong_guesses_from_one_network_is_counted_without_conflicts(house: House) -> None:
    tries = [house.accounts.log_ins.log_in(f"user{number}", "wrong", HOME) for number in range(120)]
    errors = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(type(error) is InvalidInputError for error in errors) == 100
    assert sum(type(error) is TooManyTriesError for error in errors) == 20
