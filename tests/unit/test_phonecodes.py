"""Reliability check W11."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from minxin.core.privacy import Vault
from minxin.mailbox import phonecodes
from minxin.mailbox.phonecodes import CodePurpose
from minxin.mailbox.records import PhoneCode
from minxin.mailbox.rules import AccountRules

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
PHONE, CODE = "13812345678", "048213"
RULES = AccountRules()
VAULT = Vault(bytes(32))


def kept_code(purpose: CodePurpose = CodePurpose.APPLY, binding: str = "") -> PhoneCode:
    record_id = phonecodes.code_id(VAULT, purpose, PHONE, binding)
    [record] = phonecodes.sent(VAULT, None, record_id, CODE, RULES, NOW).inserts
    assert isinstance(record, PhoneCode)
    return replace(record, version=1)


def reason_of(kept: PhoneCode | None, typed: str, now: datetime = NOW) -> str | None:
    error, _ = phonecodes.problem_with(VAULT, kept, typed, RULES, now)
    return error.reason if error else None


def test_code_has_six_digits_and_is_not_predictable() -> None:
    codes = {phonecodes.new_code() for _ in range(2_000)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 1_950
    assert any(code.startswith("0") for code in codes)


@pytest.mark.parametrize("typed", [CODE, " 048 213 ", "０４８２１３"])
def test_right_code_is_taken_and_deleted(typed: str) -> None:
    kept = kept_code()
    error, changes = phonecodes.problem_with(VAULT, kept, typed, RULES, NOW)
    assert error is None
    assert changes.deletes == [kept]


def test_wrong_code_counts_and_says_how_many_tries_are_left() -> None:
    error, changes = phonecodes.problem_with(VAULT, kept_code(), "000000", RULES, NOW)
    assert error is not None
    assert (error.reason, error.field, error.params) == ("realname.code.wrong", "code", {"left": 4})
    [record] = changes.puts
    assert isinstance(record, PhoneCode)
    assert record.tries == 1


def test_fifth_wrong_try_kills_the_code() -> None:
    kept = replace(kept_code(), tries=4)
    assert reason_of(kept, CODE) is None
    assert reason_of(replace(kept, tries=5), CODE) == "realname.code.none"


def test_code_lives_for_five_minutes() -> None:
    assert reason_of(kept_code(), CODE, NOW + timedelta(minutes=5, microseconds=-1)) is None
    assert reason_of(kept_code(), CODE, NOW + timedelta(minutes=5)) == "realname.code.none"


def test_no_code_was_sent() -> None:
    assert reason_of(None, CODE) == "realname.code.none"


def test_code_belongs_to_its_purpose_number_and_session() -> None:
    ids = {
        phonecodes.code_id(VAULT, purpose, phone, binding)
        for purpose in CodePurpose
        for phone in (PHONE, "13812345679")
        for binding in ("", "session")
    }
    assert len(ids) == len(CodePurpose) * 4
    stolen = replace(kept_code(), id=phonecodes.code_id(VAULT, CodePurpose.RESET_PASSWORD, PHONE, ""))
    assert reason_of(stolen, CODE) == "realname.code.wrong"


def test_new_code_takes_the_place_of_the_old_with_fresh_tries() -> None:
    old = replace(kept_code(), tries=5)
    [record] = phonecodes.sent(VAULT, old, old.id, "111111", RULES, NOW).puts
    assert isinstance(record, PhoneCode)
    assert (record.tries, record.version) == (0, old.version)
    assert reason_of(record, CODE) == "realname.code.wrong"
    assert reason_of(record, "111111") is None


def test_kept_code_shows_neither_code_nor_number() -> None:
    shown = repr(kept_code())
    assert CODE not in shown and PHONE not in shown
