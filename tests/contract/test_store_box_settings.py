"""What every store promises of settings, contacts, vacation answers and log-ins."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.mail import NOON

from minxin.core.changes import Changes
from minxin.core.errors import ConflictError, DuplicateError
from minxin.mailbox.contacts.records import Contact
from minxin.mailbox.loginrecords import Door, LogInRecord
from minxin.mailbox.mail.answered import VacationAnswer
from minxin.mailbox.mail.settings import BoxSettings, Vacation
from minxin.mailbox.ports import MailStore

LATER = NOON + timedelta(days=7)


def contact(made: str, box_id: str = "wang") -> Contact:
    return Contact(id=made, box_id=box_id, name="李四", addresses=("li@far.example",), changed_at=NOON, note="邻居")


def log_in(made: str, hours: int, account_id: str = "wang") -> LogInRecord:
    at = NOON + timedelta(hours=hours)
    return LogInRecord(
        id=made, account_id=account_id, door=Door.WEB, at=at, expires_at=at + timedelta(days=180), network="10.1.2.*"
    )


async def test_settings_come_back_as_they_were_and_the_second_writer_reads_again(store: MailStore) -> None:
    vacation = Vacation(subject="外出", text="三月十日回来", begins=NOON, ends=LATER)
    settings = BoxSettings(id="wang", signature="王芳\n海晏区", vacation=vacation, blocked=("@far.example",))
    await store.commit(Changes(inserts=[settings]))
    kept = await store.get(BoxSettings, "wang")

    assert kept is not None
    assert (kept.signature, kept.vacation, kept.blocked) == (settings.signature, vacation, settings.blocked)
    await store.commit(Changes(puts=[kept]))
    with pytest.raises(ConflictError):
        await store.commit(Changes(puts=[kept]))


async def test_contacts_are_those_of_one_box(store: MailStore) -> None:
    await store.commit(Changes(inserts=[contact("b"), contact("a"), contact("c", "li")]))

    assert sorted(one.id for one in await store.contacts_of("wang")) == ["a", "b"]
    assert (await store.contacts_of("li"))[0].addresses == ("li@far.example",)
    assert await store.contacts_of("nobody") == []


async def test_a_box_answers_one_sender_once_until_it_is_forgotten(store: MailStore) -> None:
    answer = VacationAnswer(id="x", box_id="wang", expires_at=LATER)
    await store.commit(Changes(inserts=[answer]))

    with pytest.raises(DuplicateError):
        await store.commit(Changes(inserts=[answer]))
    assert [one.id for one in await store.vacation_answers_of("wang")] == ["x"]
    assert await store.vacation_answers_of("li") == []
    assert await store.expired_notes(LATER - timedelta(microseconds=1), 10) == []
    assert [one.id for one in await store.expired_notes(LATER, 10)] == ["x"]


async def test_log_ins_are_those_of_one_account_newest_first(store: MailStore) -> None:
    records = [log_in("old", 0), log_in("new", 2), log_in("middle", 1), log_in("another", 3, "li")]
    await store.commit(Changes(inserts=[*records]))

    assert [one.id for one in await store.log_ins_of("wang", 10)] == ["new", "middle", "old"]
    assert [one.id for one in await store.log_ins_of("wang", 2)] == ["new", "middle"]
    assert await store.log_ins_of("nobody", 2) == []
    assert [one.id for one in await store.expired_notes(NOON + timedelta(days=180, hours=1), 10)] == ["old", "middle"]
    assert [one.id for one in await store.expired_notes(NOON + timedelta(days=190), 1)] == ["old"]
