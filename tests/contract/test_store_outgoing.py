"""Mail on its way: found by what sent it, by its state, and forgotten (``mailbox.outgoing.ports.OutgoingReads``)."""

from __future__ import annotations

from datetime import timedelta

from support.mail import NOON
from support.store import WholeStore

from minxin.core.changes import Changes
from minxin.core.paging import PageRequest
from minxin.mailbox.outgoing.ports import QueueFigures
from minxin.mailbox.outgoing.records import OutgoingMail, OutgoingState


def outgoing(name: str, **fields: object) -> OutgoingMail:
    given = {
        "id": name,
        "box_id": "w",
        "message_id": "one@x",
        "content_id": "",
        "sender": "w@x.example",
        "recipient": f"{name}@outside.example",
        "created_at": NOON,
    } | fields
    return OutgoingMail(**given)  # type: ignore[arg-type]


async def test_mail_is_found_by_its_box_and_message_id_by_recipient(store: WholeStore) -> None:
    mails = [outgoing("b"), outgoing("a"), outgoing("other", box_id="l"), outgoing("c", message_id="two@x")]
    await store.commit(Changes(inserts=[*mails]))

    assert [one.id for one in await store.outgoing_of("w", "one@x")] == ["a", "b"]
    assert [one.id for one in await store.outgoing_of("l", "one@x")] == ["other"]
    assert await store.outgoing_of("w", "") == await store.outgoing_of("w", "none@x") == []


async def test_the_queue_is_counted_and_listed_newest_first(store: WholeStore) -> None:
    assert await store.outgoing_figures() == QueueFigures({}, None)
    mails = [outgoing(str(one), created_at=NOON + timedelta(minutes=one)) for one in range(3)]
    done = outgoing("done", state=OutgoingState.SENT, done_at=NOON, created_at=NOON - timedelta(days=1))
    await store.commit(Changes(inserts=[*mails, done]))
    first = await store.outgoing_mail(OutgoingState.WAITING, PageRequest(None, 2))
    second = await store.outgoing_mail(OutgoingState.WAITING, PageRequest(first.next, 2))

    assert [one.id for one in (*first.items, *second.items)] == ["2", "1", "0"] and second.next is None
    figures = await store.outgoing_figures()
    assert (figures.counts, figures.oldest) == ({OutgoingState.WAITING: 3, OutgoingState.SENT: 1}, NOON)


async def test_what_was_over_long_ago_is_found_and_what_waits_never_is(store: WholeStore) -> None:
    mails = [
        outgoing("old", state=OutgoingState.FAILED, done_at=NOON - timedelta(days=2)),
        outgoing("older", state=OutgoingState.SENT, done_at=NOON - timedelta(days=3)),
        outgoing("new", state=OutgoingState.SENT, done_at=NOON),
        outgoing("waits", created_at=NOON - timedelta(days=9)),
    ]
    await store.commit(Changes(inserts=[*mails]))

    assert [one.id for one in await store.old_outgoing(NOON - timedelta(days=1), 10)] == ["older", "old"]
    assert [one.id for one in await store.old_outgoing(NOON - timedelta(days=1), 1)] == ["older"]
