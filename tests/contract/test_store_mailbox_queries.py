"""The named queries of the post."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import structs
from support.store import Maker, WholeStore

from minxin.core.actor import Role
from minxin.core.changes import Changes, Record
from minxin.core.paging import PageRequest
from minxin.mailbox.mail.records import OldMessage
from minxin.mailbox.records import (
    Account,
    AccountState,
    HeldMail,
    HeldState,
    PhoneCode,
    RegisterEntry,
    Session,
    Throttle,
)

ALL = PageRequest(size=200)


def session(make: Maker, name: str, hour: float = 0, account: str = "wang") -> Session:
    return Session(
        id=name,
        account_id=account,
        created_at=make.at(hours=hour),
        seen_at=make.now,
        expires_at=make.at(hours=hour + 12),
        complete=True,
    )


def ids(records: Iterable[Record]) -> list[str]:
    return [record.id for record in records]


async def test_an_account_is_found_by_each_unique_field(store: WholeStore, make: Maker) -> None:
    account = make.account(id="wang", login="wang", phone_index="p", id_index="i", address="wang@example.cn")
    await store.commit(Changes(inserts=[account, make.account()]))

    found = [
        await store.account_by_login("wang"),
        await store.account_by_phone("p"),
        await store.account_by_id_number("i"),
        await store.account_by_address("wang@example.cn"),
    ]

    assert ids(found) == ["wang"] * 4
    assert found[0] == structs.replace(account, version=1)


async def test_a_look_up_of_nobody_answers_none(store: WholeStore) -> None:
    assert await store.account_by_login("x") is None
    assert await store.account_by_phone("x") is None
    assert await store.account_by_id_number("x") is None
    assert await store.account_by_address("x") is None


async def test_a_session_comes_with_its_account(store: WholeStore, make: Maker) -> None:
    account = make.account(id="wang")
    await store.commit(Changes(inserts=[account, session(make, "own"), session(make, "lonely", account="nobody")]))

    found = await store.logged_in("own")

    assert found == (structs.replace(session(make, "own"), version=1), structs.replace(account, version=1))
    assert await store.logged_in("lonely") is None
    assert await store.logged_in("nothing") is None


async def test_staff_may_have_the_phone_of_their_own_citizens_account(store: WholeStore, make: Maker) -> None:
    citizen = make.account(id="citizen", phone_index="p")
    staff = make.account(id="staff", phone_index="p", roles=(Role.CLERK,))
    await store.commit(Changes(inserts=[citizen, staff]))

    assert (await store.account_by_phone("p")).id == "citizen"


async def test_applicants_come_oldest_first_and_only_citizens(store: WholeStore, make: Maker) -> None:
    applied = {"state": AccountState.APPLIED}
    await store.commit(
        Changes(
            inserts=[
                make.account(id="second", created_at=make.at(hours=2), **applied),
                make.account(id="first", created_at=make.at(hours=1), **applied),
                make.account(id="third", created_at=make.at(hours=2.5), **applied),
                make.account(id="active"),
                make.account(id="clerk", roles=(Role.CLERK,), **applied),
            ]
        )
    )

    first = await store.accounts_in_state(AccountState.APPLIED, PageRequest(size=2))
    rest = await store.accounts_in_state(AccountState.APPLIED, PageRequest(first.next, 2))

    assert (ids(first.items), ids(rest.items), rest.next) == (["first", "second"], ["third"], None)


async def test_staff_come_by_login_of_one_office_or_all(store: WholeStore, make: Maker) -> None:
    lamps = {"roles": (Role.HANDLER,), "office_id": "lamps"}
    await store.commit(
        Changes(
            inserts=[
                make.account(id="b", login="b", **lamps),
                make.account(id="a", login="a", **lamps),
                make.account(id="c", login="c", roles=(Role.CITIZEN, Role.MANAGER)),
                make.account(id="citizen", login="0"),
            ]
        )
    )

    assert ids((await store.staff(None, ALL)).items) == ["a", "b", "c"]
    assert ids((await store.staff("lamps", ALL)).items) == ["a", "b"]
    first = await store.staff(None, PageRequest(size=1))
    assert ids((await store.staff(None, PageRequest(first.next))).items) == ["b", "c"]


async def test_a_page_stays_right_while_rows_come_and_go(store: WholeStore, make: Maker) -> None:
    def applicant(name: str, hour: float) -> Account:
        return make.account(id=name, state=AccountState.APPLIED, created_at=make.at(hours=hour))

    await store.commit(Changes(inserts=[applicant("a", 1), applicant("b", 2), applicant("c", 3), applicant("d", 4)]))
    first = await store.accounts_in_state(AccountState.APPLIED, PageRequest(size=2))

    gone = await store.get(Account, "b")
    await store.commit(Changes(inserts=[applicant("early", 0), applicant("late", 9)], deletes=[gone]))
    second = await store.accounts_in_state(AccountState.APPLIED, PageRequest(first.next, 10))

    assert ids(second.items) == ["c", "d", "late"]


async def test_pages_hold_between_one_and_two_hundred(store: WholeStore, make: Maker) -> None:
    applied = {"state": AccountState.APPLIED}
    await store.commit(Changes(inserts=[make.account(**applied) for _ in range(205)]))

    assert len((await store.accounts_in_state(AccountState.APPLIED, PageRequest(size=0))).items) == 1
    assert len((await store.accounts_in_state(AccountState.APPLIED, PageRequest(size=9999))).items) == 200


async def test_sessions_come_newest_first_and_the_expired_ones_are_found(store: WholeStore, make: Maker) -> None:
    of_li = session(make, "other", 1, "li")
    await store.commit(Changes(inserts=[session(make, "old", 0), session(make, "new", 5), of_li]))

    assert ids(await store.sessions_of("wang")) == ["new", "old"]
    assert ids(await store.expired_sessions(make.at(hours=13), 10)) == ["old", "other"]
    assert ids(await store.expired_sessions(make.at(hours=13), 1)) == ["old"]
    assert await store.expired_sessions(make.at(hours=11), 10) == []


async def test_codes_and_throttles_are_found_by_id_and_when_they_expired(store: WholeStore, make: Maker) -> None:
    codes = [
        PhoneCode(id=f"code{hour}", code_hash="h", sent_at=make.now, expires_at=make.at(hours=hour)) for hour in (2, 1)
    ]
    throttles = [Throttle(id=f"t{hour}", expires_at=make.at(hours=hour), failures=(make.now,)) for hour in (2, 1)]
    await store.commit(Changes(inserts=[*codes, *throttles]))

    assert await store.get(PhoneCode, "code1") == structs.replace(codes[1], version=1)
    assert await store.get(Throttle, "t2") == structs.replace(throttles[0], version=1)
    assert ids(await store.expired_phone_codes(make.at(hours=1), 10)) == ["code1"]
    assert ids(await store.expired_throttles(make.at(hours=2), 10)) == ["t1", "t2"]
    assert ids(await store.expired_throttles(make.at(hours=2), 1)) == ["t1"]


async def test_a_person_of_the_register_is_found_by_id(store: WholeStore) -> None:
    entry = RegisterEntry(id="entry", name_index="n")
    await store.commit(Changes(inserts=[entry]))

    assert await store.get(RegisterEntry, "entry") == structs.replace(entry, version=1)


async def test_old_messages_come_by_id(store: WholeStore, make: Maker) -> None:
    def message(name: str) -> OldMessage:
        return OldMessage(id=name, account_id="wang", at=make.now, sender="市城管局", subject="答复", text="……")

    await store.commit(Changes(inserts=[message("b"), message("a"), message("c")]))

    assert ids(await store.old_messages("", 2)) == ["a", "b"]
    assert ids(await store.old_messages("b", 2)) == ["c"]


async def test_held_mail_is_found_by_key_confirmation_and_state(store: WholeStore, make: Maker) -> None:
    def held(name: str, hour: float, **fields: Any) -> HeldMail:
        given = {"state": HeldState.WAITING, "sender": f"{name}@example.cn", "confirm_index": f"confirm {name}"}
        return HeldMail(
            id=name,
            key=f"key {name}",
            blob_id="",
            received_at=make.at(hours=hour),
            reason="unknown sender",
            **(given | fields),
        )

    await store.commit(
        Changes(inserts=[held("b", 2), held("a", 1), held("bad", 0, state=HeldState.UNREADABLE, confirm_index=None)])
    )

    assert (await store.held_mail_by_key("key a")).id == "a"
    assert await store.held_mail_by_key("key x") is None
    assert (await store.held_mail_by_confirmation("confirm b")).id == "b"
    assert await store.held_mail_by_confirmation("x") is None
    assert ids((await store.held_mail(HeldState.WAITING, ALL)).items) == ["a", "b"]
    assert ids((await store.held_mail(HeldState.UNREADABLE, ALL)).items) == ["bad"]
