"""Reliability check W10."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest

from minxin.core.errors import InvalidInputError
from minxin.mailbox.passwords import MEMORY_KIB, TIME_COST, Passwords, check_password
from minxin.mailbox.rules import AccountRules

RULES = AccountRules(common_words=("binhai", "滨海市"))
GOOD = "修车铺 旁边的 三只猫"


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    with Passwords(time_cost=1, memory_kib=64) as made:
        yield made


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "correct horse battery staple",
        "tRq9-vvLm",
        "h7Kx2mQp",
        "wo shi ge ren",
        "x9" * 3 + "k-lantern" * 6,
        "清晨的码头有七条船在等风来",
        "K" + "m4Zq7w!" * 18 + "p",
        "8305172946",
    ],
)
def test_good_password_is_taken(password: str) -> None:
    check_password(password, RULES, ("zhangwei1", "13812345678", "张伟"))


@pytest.mark.parametrize(("length", "taken"), [(7, False), (8, True), (64, True), (128, True), (129, False)])
def test_length_counts_characters(length: int, taken: bool) -> None:
    password = ("镜湖桥畔柳絮飘" * 20)[: length - 1] + "Ω"
    try:
        check_password(password, RULES)
    except InvalidInputError as error:
        assert not taken
        assert error.reason == ("password.too_short" if length < 8 else "password.too_long")
    else:
        assert taken


@pytest.mark.parametrize(
    "password",
    [
        "password", "Password1", "P@ssw0rd", "passw0rd123!", "12345678", "123456789", "1234567890", "87654321",
        "11111111", "88888888", "00000000", "aaaaaaaa", "abcd1234", "a1b2c3d4", "abc12345", "1q2w3e4r", "1qaz2wsx",
        "qwertyuiop", "qwerty123", "asdfghjkl", "zxcvbnm123", "zaq12wsx", "iloveyou", "iloveyou2", "sunshine",
        "princess", "football", "baseball1", "superman", "trustno1", "letmein1", "welcome1", "admin123", "admin888",
        "dragon123", "monkey12", "michael1", "jennifer", "computer", "internet", "starwars", "whatever", "liverpool",
        "woaini1314", "woaini520", "5201314520", "13145201314", "wang123456", "zhangwei88", "lixiaoming2008",
        "147258369", "741852963", "1qazxsw2", "19900101", "1990-01-01", "20080808", "zhongguo2020", "beijing2008",
        "13900001234", "asd123456", "qq123456", "aa123456", "a12345678", "123456789a", "abcd@1234", "Aa123456",
        "!@#$%^&*", "abcabcabc", "123123123", "password密码", "我爱你我爱你我爱你", "我爱你1314520", "woaizhongguo",
        "admin@123", "!QAZ2wsx", "qwer1234", "1234qwer", "q1w2e3r4", "xiaoming123", "minxin2026", "shizhangxinxiang",
        "市长信箱1234", "binhai123", "Binhai@2026", "滨海市1234567", "binhaibinhai", "superman!!", "0p9o8i7u",
        "manchester1",
    ],
)  # fmt: skip
def test_what_everybody_guesses_is_refused(password: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_password(password, RULES)
    assert caught.value.reason == "password.common"


@pytest.mark.parametrize("password", ["zhangwei1-xk", "tel13812345678x", "XK-ZhangWei1"])
def test_password_with_the_holders_own_data_is_refused(password: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_password(password, RULES, ("zhangwei1", "13812345678", "张伟", ""))
    assert caught.value.reason == "password.own_data"


def test_city_may_ask_for_longer_passwords() -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_password("h7Kx2mQp", AccountRules(min_password_length=15))
    assert caught.value.params == {"shortest": 15}


async def test_hash_is_argon2id_with_at_least_19_mib_and_two_passes() -> None:
    with Passwords() as passwords:
        made = await passwords.hash(GOOD)
    found = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$", made)
    assert found
    assert int(found[1]) >= 19_456 and int(found[2]) >= 2
    assert (MEMORY_KIB, TIME_COST) == (int(found[1]), int(found[2]))


async def test_right_password_verifies_and_wrong_one_does_not(passwords: Passwords) -> None:
    made = await passwords.hash(GOOD)
    assert await passwords.verify(made, GOOD)
    assert not await passwords.verify(made, GOOD + "。")
    assert made != await passwords.hash(GOOD)


async def test_full_width_and_composed_forms_are_the_same_password(passwords: Passwords) -> None:
    made = await passwords.hash("café-ＡＢＣ-77")
    assert await passwords.verify(made, "cafe\u0301-ABC-77")


@pytest.mark.parametrize("bad_hash", ["", "not a hash", "$argon2id$v=19$m=1"])
async def test_no_hash_means_no_entry_and_no_error(passwords: Passwords, bad_hash: str) -> None:
    assert not await passwords.verify(bad_hash, GOOD)
    assert not await passwords.verify(bad_hash, "nobody")


async def test_hash_with_other_costs_asks_for_a_new_one(passwords: Passwords) -> None:
    made = await passwords.hash(GOOD)
    assert not passwords.needs_rehash(made)
    with Passwords(time_cost=2, memory_kib=64) as dearer:
        assert dearer.needs_rehash(made)
        assert await dearer.verify(made, GOOD)


async def test_event_loop_turns_while_passwords_are_hashed() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    with Passwords() as passwords:
        counting = asyncio.create_task(count())
        await asyncio.gather(*(passwords.hash(GOOD) for _ in range(3)))
        counting.cancel()
    assert turns > 10
