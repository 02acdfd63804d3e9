"""Applying for a real-name account, through the services and the embedded store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.accounts import (
    CLERK,
    ELSEWHERE,
    FORM,
    HANDLER,
    HOME,
    ID_NUMBER,
    NEW_PASSWORD,
    OTHER_ID_NUMBER,
    OTHER_PHONE,
    PASSWORD,
    PHONE,
    House,
    open_accounts_house,
    reasons,
)

from minxin.core.actor import SYSTEM, Role
from minxin.core.errors import (
    InvalidFormError,
    InvalidInputError,
    NotAllowedError,
    TooManyTriesError,
)
from minxin.core.paging import PageRequest
from minxin.mailbox.forms import DeskForm
from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.records import AccountState, Verification, VerifiedBy
from minxin.mailbox.register import import_register


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_accounts_house(tmp_path) as opened:
        yield opened


async def test_unknown_applicant_waits_for_a_clerk_who_has_seen_the_card(house: House) -> None:
    account = await house.citizen()
    assert account.state is AccountState.APPLIED
    waiting = await house.accounts.people.applications(CLERK, AccountState.APPLIED, PageRequest())
    assert [waits.id for waits in waiting.items] == [account.id]
    verified = await house.accounts.applications.verify_at_desk(CLERK, account.id, "王小明", ID_NUMBER, HOME)
    assert verified.state is AccountState.ACTIVE
    assert (await house.accounts.people.actor_of(account.id)).is_a(Role.CITIZEN)
    assert ("verify_at_desk", "clerk", "ok") in await house.audited()


async def test_person_in_the_register_is_active_at_once(house: House, tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text("姓名,身份证号,手机号\n王小明,110105491231002,138 1234 5678\n", encoding="utf-8")
    await import_register(house.store, house.vault, house.clock, file, SYSTEM, lambda _: None)
    account = await house.citizen()
    assert account.state is AccountState.ACTIVE
    assert account.verification == Verification(VerifiedBy.REGISTER, house.clock.now(), "system")


async def test_person_whom_the_verifier_knows_is_active_at_once(house: House) -> None:
    account = await house.citizen(replace(FORM, name="李丽", id_number=OTHER_ID_NUMBER, phone=OTHER_PHONE))
    assert account.verification is not None
    assert account.verification.method is VerifiedBy.VERIFIER


async def test_citizen_at_the_counter_gets_a_verified_account_and_sets_the_password_by_phone(house: House) -> None:
    form = DeskForm(name="王小明", id_number=ID_NUMBER, phone=PHONE, consent=True)
    with pytest.raises(NotAllowedError):
        await house.accounts.applications.register_at_desk(HANDLER, form, HOME)
    account = await house.accounts.applications.register_at_desk(CLERK, form, HOME)
    assert account.state is AccountState.ACTIVE
    for password in ("", PASSWORD):
        with pytest.raises(InvalidInputError):
            await house.accounts.log_ins.log_in(PHONE, password, HOME)
    code = await house.code(CodePurpose.RESET_PASSWORD)
    await house.accounts.credentials.reset_password(PHONE, code, NEW_PASSWORD, HOME)
    assert (await house.accounts.log_ins.log_in(PHONE, NEW_PASSWORD, HOME)).session.account_id == account.id


async def test_phone_code_is_good_once_and_only_when_all_else_is_right(house: House) -> None:
    code = await house.code(CodePurpose.APPLY)
    with pytest.raises(InvalidFormError):
        await house.accounts.applications.apply(replace(FORM, code=code, name=""), HOME)
    await house.accounts.applications.apply(replace(FORM, code=code), HOME)
    again = replace(FORM, code=code, id_number=OTHER_ID_NUMBER, login="other")
    with pytest.raises(InvalidInputError) as caught:
        await house.accounts.applications.apply(again, HOME)
    assert (caught.value.reason, caught.value.field) == ("realname.code.none", "code")


async def test_phone_code_is_bound_to_purpose_number_and_browser(house: House) -> None:
    code = await house.code(CodePurpose.APPLY, binding="mine")
    stolen = [
        replace(FORM, code=code, binding="another's"),
        replace(FORM, code=code, binding="mine", phone=OTHER_PHONE),
    ]
    for form in stolen:
        with pytest.raises(InvalidInputError):
            await house.accounts.applications.apply(form, HOME)
    with pytest.raises(InvalidInputError):
        await house.accounts.credentials.reset_password(PHONE, code, NEW_PASSWORD, HOME, binding="mine")
    await house.accounts.applications.apply(replace(FORM, code=code, binding="mine"), HOME)


async def test_five_wrong_codes_kill_the_code_even_when_they_come_at_once(house: House) -> None:
    code = await house.code(CodePurpose.APPLY)
    wrong = replace(FORM, code="000000" if code != "000000" else "111111")
    tries = [house.accounts.applications.apply(wrong, HOME) for _ in range(5)]
    refused = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(error) for error in refused} == {InvalidInputError}
    with pytest.raises(InvalidInputError) as caught:
        await house.accounts.applications.apply(replace(FORM, code=code), HOME)
    assert caught.value.reason == "realname.code.none"


async def test_codes_are_rationed_to_one_a_minute_five_an_hour_and_ten_a_day(house: House) -> None:
    sent = []
    for minute in range(25 * 60):
        house.clock.move_to(datetime(2026, 3, 2, 1, 0, tzinfo=UTC) + timedelta(minutes=minute))
        if minute % 7 and minute > 1:
            continue
        purpose = CodePurpose.APPLY if minute % 2 else CodePurpose.RESET_PASSWORD
        try:
            await house.accounts.applications.request_phone_code(purpose, PHONE, f"10.0.{minute % 250}.1")
        except TooManyTriesError:
            continue
        sent.append(minute)
        with pytest.raises(TooManyTriesError):
            await house.accounts.applications.request_phone_code(purpose, PHONE, HOME)
    assert len([minute for minute in sent if minute < 24 * 60]) == 10
    assert all(later - earlier >= 60 for earlier, later in zip(sent, sent[5:], strict=False))


async def test_a_network_gets_a_limited_number_of_codes(house: House) -> None:
    for number in range(60):
        await house.accounts.applications.request_phone_code(CodePurpose.APPLY, f"138000000{number:02d}", HOME)
    with pytest.raises(TooManyTriesError):
        await house.accounts.applications.request_phone_code(CodePurpose.APPLY, "13800000099", HOME)
    await house.accounts.applications.request_phone_code(CodePurpose.APPLY, "13800000099", ELSEWHERE)


async def test_reset_code_for_an_unknown_number_is_answered_alike_and_not_sent(house: House) -> None:
    await house.accounts.applications.request_phone_code(CodePurpose.RESET_PASSWORD, PHONE, HOME)
    assert await house.last_sms() == ""
    with pytest.raises(InvalidInputError) as caught:
        await house.accounts.credentials.reset_password(PHONE, "123456", NEW_PASSWORD, HOME)
    assert caught.value.reason == "realname.code.none"


async def test_one_person_has_one_account_in_whichever_form_the_number_is_typed(house: House) -> None:
    await house.citizen()
    again = replace(FORM, id_number="１１０１０５４９１２３１００２", phone=OTHER_PHONE, login="xiaoming")
    with pytest.raises(InvalidFormError) as caught:
        await house.citizen(again)
    assert reasons(caught) == {"id_number": "realname.id_number.taken", "login": "realname.login.taken"}


async def test_of_two_applications_at_once_one_is_taken(house: House) -> None:
    codes = [await house.code(CodePurpose.APPLY, phone) for phone in (PHONE, OTHER_PHONE)]
    forms = [
        replace(FORM, code=code, phone=phone, login="") for code, phone in zip(codes, (PHONE, OTHER_PHONE), strict=True)
    ]
    results = await asyncio.gather(
        *(house.accounts.applications.apply(form, HOME) for form in forms), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Account", "InvalidFormError"]


async def test_refused_applicant_sees_why_and_applies_again(house: House) -> None:
    account = await house.citizen()
    await house.accounts.applications.refuse(CLERK, account.id, "证件照片不清楚", HOME)
    token, _ = await house.accounts.log_ins.log_in(PHONE, PASSWORD, HOME)
    found = await house.accounts.log_ins.session(token)
    assert found is not None and found.account.refusal == "证件照片不清楚"
    again = await house.citizen()
    assert (again.id, again.state, again.refusal) == (account.id, AccountState.APPLIED, "")
