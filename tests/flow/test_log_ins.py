"""Logging in, second factors, sessions and passwords, through the services and the embedded store."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from support.accounts import (
    ADMINISTRATOR,
    CLERK,
    ELSEWHERE,
    HOME,
    NEW_PASSWORD,
    PASSWORD,
    PHONE,
    House,
    code_in,
    open_accounts_house,
    reasons,
)

from minxin.core.clock import FixedClock
from minxin.core.errors import (
    InvalidFormError,
    InvalidInputError,
    MinxinError,
    NotFoundError,
    NotLoggedInError,
    TooManyTriesError,
)
from minxin.mailbox.passwords import Passwords
from minxin.mailbox.records import Account, Session
from minxin.mailbox.rules import AccountRules
from minxin.mailbox.service import open_accounts
from minxin.mailbox.sessions import session_id


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_accounts_house(tmp_path) as opened:
        yield opened


async def test_log_in_by_name_or_phone_and_out_again(house: House) -> None:
    account = await house.citizen()
    for identifier in ("xiaoming", " XiaoMing ", PHONE, "+86 138 1234 5678"):
        token, session = await house.accounts.log_ins.log_in(identifier, PASSWORD, HOME, "Firefox")
        found = await house.accounts.log_ins.session(token)
        assert found is not None and found.account.id == account.id
        assert session.complete
        await house.accounts.log_ins.log_out(token, HOME)
        assert await house.accounts.log_ins.session(token) is None
        await house.accounts.log_ins.log_out(token, HOME)


async def test_ten_wrong_passwords_close_the_door_to_this_network_only(house: House) -> None:
    await house.citizen()
    tries = [house.accounts.log_ins.log_in("xiaoming", f"wrong {number}", HOME) for number in range(14)]
    errors = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(type(error) is InvalidInputError for error in errors) == 10
    assert sum(type(error) is TooManyTriesError for error in errors) == 4
    for identifier in ("xiaoming", PHONE):
        with pytest.raises(TooManyTriesError):
            await house.accounts.log_ins.log_in(identifier, PASSWORD, HOME)
    assert (await house.accounts.log_ins.log_in("xiaoming", PASSWORD, ELSEWHERE)).session.complete
    house.clock.advance(timedelta(minutes=15))
    assert (await house.accounts.log_ins.log_in("xiaoming", PASSWORD, HOME)).session.complete


async def test_hundred_wrong_passwords_close_the_door_to_the_network(house: House) -> None:
    await house.citizen()
    for number in range(100):
        with pytest.raises(InvalidInputError):
            await house.accounts.log_ins.log_in(f"user{number}", "wrong", HOME)
    with pytest.raises(TooManyTriesError):
        await house.accounts.log_ins.log_in("xiaoming", PASSWORD, HOME)
    assert (await house.accounts.log_ins.log_in("xiaoming", PASSWORD, ELSEWHERE)).session.complete


async def test_unknown_wrong_and_disabled_look_the_same(house: House) -> None:
    staff = await house.staff("handler")
    await house.accounts.staffing.set_active(ADMINISTRATOR, staff.id, False, "调离原来岗位", HOME)
    told = set()
    for identifier, password in (("nobody", PASSWORD), ("handler", "wrong"), ("handler", PASSWORD)):
        with pytest.raises(InvalidInputError) as caught:
            await house.accounts.log_ins.log_in(identifier, password, HOME)
        told.add((caught.value.reason, caught.value.field, str(caught.value.params)))
    assert told == {("login.wrong", "password", "{}")}


async def test_staff_need_the_code_from_the_phone_too(house: House) -> None:
    staff = await house.staff()
    first, session = await house.accounts.log_ins.log_in("lichu", PASSWORD, HOME)
    assert not session.complete
    assert await house.accounts.log_ins.session(first) is None
    assert await house.accounts.log_ins.pending(first) is not None
    code = code_in(await house.last_sms())
    with pytest.raises(InvalidInputError):
        await house.accounts.log_ins.second_factor(first, "000000" if code != "000000" else "111111", HOME)
    second, session = await house.accounts.log_ins.second_factor(first, code, HOME)
    assert session.complete and second != first
    assert await house.accounts.log_ins.session(first) is None
    assert await house.accounts.log_ins.pending(first) is None
    found = await house.accounts.log_ins.session(second)
    assert found is not None and found.account.id == staff.id
    with pytest.raises(NotLoggedInError):
        await house.accounts.log_ins.second_factor(second, code, HOME)


async def test_code_of_one_log_in_is_no_good_for_another(house: House) -> None:
    await house.staff()
    await house.accounts.log_ins.log_in("lichu", PASSWORD, HOME)
    code = code_in(await house.last_sms())
    house.clock.advance(timedelta(seconds=61))
    other, _ = await house.accounts.log_ins.log_in("lichu", PASSWORD, ELSEWHERE)
    if code_in(await house.last_sms()) != code:
        with pytest.raises(InvalidInputError):
            await house.accounts.log_ins.second_factor(other, code, ELSEWHERE)


async def test_second_code_is_sent_after_a_minute(house: House) -> None:
    await house.staff()
    token, _ = await house.accounts.log_ins.log_in("lichu", PASSWORD, HOME)
    with pytest.raises(TooManyTriesError):
        await house.accounts.log_ins.resend_second_factor(token, HOME)
    await house.last_sms()
    house.clock.advance(timedelta(seconds=61))
    await house.accounts.log_ins.resend_second_factor(token, HOME)
    ticket = await house.accounts.log_ins.second_factor(token, code_in(await house.last_sms()), HOME)
    assert ticket.session.complete


async def test_authenticator_takes_the_place_of_the_sms_and_its_code_is_good_once(house: House) -> None:
    staff = await house.staff()
    offer = await house.accounts.credentials.offer_totp(staff.id)
    code = current_totp(offer.secret, house.clock)
    with pytest.raises(InvalidInputError):
        await house.accounts.credentials.confirm_totp(staff.id, "wrong", offer.sealed, code, HOME)
    await house.accounts.credentials.confirm_totp(staff.id, PASSWORD, offer.sealed, code, HOME)
    token, _ = await house.accounts.log_ins.log_in("lichu", PASSWORD, HOME)
    assert await house.last_sms() == ""
    with pytest.raises(InvalidInputError):
        await house.accounts.log_ins.second_factor(token, code, HOME)
    house.clock.advance(timedelta(seconds=30))
    ticket = await house.accounts.log_ins.second_factor(token, current_totp(offer.secret, house.clock), HOME)
    assert ticket.session.complete


def current_totp(secret: str, clock: FixedClock) -> str:
    """Return what an authenticator app shows now."""
    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(int(clock.now().timestamp())).decode()  # noqa: S303


async def test_ten_wrong_second_factors_close_the_account_to_whoever_knows_the_password(house: House) -> None:
    await house.staff()
    refused = []
    for _ in range(3):
        house.clock.advance(timedelta(seconds=61))
        token, _ = await house.accounts.log_ins.log_in("lichu", PASSWORD, HOME)
        for _ in range(5):
            with pytest.raises(MinxinError) as caught:
                await house.accounts.log_ins.second_factor(token, "wrong", HOME)
            refused.append(caught.value.reason)
    assert refused == ["realname.code.wrong"] * 10 + ["error.too_many_tries"] * 5


async def test_idle_and_old_sessions_die(house: House) -> None:
    await house.citizen()
    token, _ = await house.accounts.log_ins.log_in(PHONE, PASSWORD, HOME)
    for _ in range(7):
        house.clock.advance(timedelta(minutes=100))
        assert await house.accounts.log_ins.session(token) is not None
    house.clock.advance(timedelta(minutes=100))
    assert await house.accounts.log_ins.session(token) is None
    token, _ = await house.accounts.log_ins.log_in(PHONE, PASSWORD, HOME)
    house.clock.advance(timedelta(minutes=121))
    assert await house.accounts.log_ins.session(token) is None


async def test_session_is_written_at_most_once_a_minute(house: House) -> None:
    await house.citizen()
    token, _ = await house.accounts.log_ins.log_in(PHONE, PASSWORD, HOME)

    async def version() -> int:
        kept = await house.store.get(Session, session_id(token))
        assert kept is not None
        return kept.version

    for seconds, expected in ((0, 1), (59, 1), (1, 2), (30, 2), (30, 3)):
        house.clock.advance(timedelta(seconds=seconds))
        await asyncio.gather(*(house.accounts.log_ins.session(token) for _ in range(5)))
        assert await version() == expected


async def test_new_password_ends_every_session_and_opens_one(house: House) -> None:
    account = await house.citizen()
    tokens = [(await house.accounts.log_ins.log_in(PHONE, PASSWORD, HOME)).token for _ in range(3)]
    with pytest.raises(InvalidInputError) as wrong:
        await house.accounts.credentials.change_password(account.id, "wrong", NEW_PASSWORD, HOME)
    assert (wrong.value.reason, wrong.value.field) == ("password.wrong", "old_password")
    with pytest.raises(InvalidFormError) as weak:
        await house.accounts.credentials.change_password(account.id, PASSWORD, "xiaoming-x", HOME)
    assert reasons(weak) == {"new_password": "password.own_data"}
    ticket = await house.accounts.credentials.change_password(account.id, PASSWORD, NEW_PASSWORD, HOME)
    assert [await house.accounts.log_ins.session(token) for token in tokens] == [None] * 3
    assert await house.accounts.log_ins.session(ticket.token) is not None
    with pytest.raises(InvalidInputError):
        await house.accounts.log_ins.log_in(PHONE, PASSWORD, HOME)


async def test_switched_off_account_is_out_at_once(house: House) -> None:
    staff = await house.staff()
    token, _ = await house.accounts.log_ins.log_in("lichu", PASSWORD, HOME)
    token, _ = await house.accounts.log_ins.second_factor(token, code_in(await house.last_sms()), HOME)
    with pytest.raises(NotFoundError):
        await house.accounts.staffing.set_active(CLERK, staff.id, False, "不是管理员", HOME)
    await house.accounts.staffing.set_active(ADMINISTRATOR, staff.id, False, "调离原来岗位", HOME)
    assert await house.accounts.log_ins.session(token) is None
    assert await house.store.get(Session, session_id(token)) is None


async def test_hash_with_old_costs_is_renewed_at_log_in(house: House) -> None:
    account = await house.citizen()
    with Passwords(time_cost=2, memory_kib=64) as dearer:
        renewed = open_accounts(house.store, house.vault, house.clock, dearer, AccountRules())
        await renewed.log_ins.log_in(PHONE, PASSWORD, HOME)
        kept = await house.store.get(Account, account.id)
        assert kept is not None
        assert "t=2" in kept.password_hash and not dearer.needs_rehash(kept.password_hash)
