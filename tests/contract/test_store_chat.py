"""Conversations and who takes them, as every store keeps them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.store import Maker, WholeStore

from minxin.consult.chat import decisions
from minxin.consult.chat.records import Author, Conversation, HandOver, Presence, Stage
from minxin.core.changes import Changes
from minxin.core.errors import ConflictError, DuplicateError
from minxin.core.paging import PageRequest


def conversation(make: Maker, minute: int = 0, key: str = "browser", citizen_id: str | None = None) -> Conversation:
    return decisions.begin(key, citizen_id, make.at(minutes=minute))


def called(make: Maker, minute: int, key: str = "browser") -> Conversation:
    now = make.at(minutes=minute)
    return decisions.call_person(conversation(make, minute, key), HandOver.ASKED, now, make.at(minutes=minute + 5))


async def keep(store: WholeStore, *conversations: Conversation) -> None:
    await store.commit(Changes(inserts=list(conversations)))


async def test_a_browser_finds_the_conversation_in_which_something_was_said_last(
    store: WholeStore, make: Maker
) -> None:
    older, newer, other = conversation(make, 1), conversation(make, 2), conversation(make, 3, "other browser")
    await keep(store, newer, older, other)

    found = await store.conversation_of_visitor("browser")
    assert found == replace(newer, version=1)
    assert await store.conversation_of_visitor("unknown") is None


async def test_an_account_finds_its_conversation_from_any_browser(store: WholeStore, make: Maker) -> None:
    await keep(store, conversation(make, 1, "phone", "citizen"), conversation(make, 2, "desk", "citizen"))

    found = await store.conversation_of_citizen("citizen")
    assert found is not None
    assert found.visitor_key == "desk"
    assert await store.conversation_of_citizen("nobody") is None


async def test_messages_come_in_order_after_the_last_one_seen(store: WholeStore, make: Maker) -> None:
    one = conversation(make)
    messages = []
    for text in ("甲", "乙", "丙"):
        one, message = decisions.say(one, Author.VISITOR, text, make.at())
        messages.append(message)
    await store.commit(decisions.written(one, messages[::-1]))

    assert [message.text for message in await store.messages_of(one.id)] == ["甲", "乙", "丙"]
    assert [message.text for message in await store.messages_of(one.id, 2)] == ["丙"]
    assert await store.messages_of("unknown") == []


async def test_a_message_that_is_sent_again_is_refused_as_the_same(store: WholeStore, make: Maker) -> None:
    begun = conversation(make)
    first, message = decisions.say(begun, Author.VISITOR, "在吗", make.at(), token="t1")
    await store.commit(decisions.written(first, [message]))
    again, resent = decisions.say(replace(first, version=1), Author.VISITOR, "在吗", make.at(minutes=1), token="t1")

    with pytest.raises(DuplicateError):
        await store.commit(decisions.written(again, [resent]))
    assert len(await store.messages_of(begun.id)) == 1


async def test_of_two_who_speak_at_once_one_must_decide_again(store: WholeStore, make: Maker) -> None:
    await keep(store, conversation(make))
    found = await store.conversation_of_visitor("browser")
    assert found is not None
    left, right = (decisions.say(found, Author.VISITOR, text, make.at()) for text in ("左", "右"))
    await store.commit(decisions.written(left[0], [left[1]]))

    with pytest.raises(ConflictError):
        await store.commit(decisions.written(right[0], [right[1]]))


async def test_the_queue_has_in_front_who_was_called_first(store: WholeStore, make: Maker) -> None:
    second, first = called(make, 2), called(make, 1)
    taken = decisions.take(called(make, 0), "staff", "客服", make.at(minutes=3))
    await keep(store, second, first, taken, conversation(make))

    assert [one.id for one in await store.conversations_in((Stage.WAITING,))] == [first.id, second.id]
    both = await store.conversations_in((Stage.WAITING, Stage.SERVED))
    assert [one.id for one in both] == [taken.id, first.id, second.id]


async def test_a_staff_member_sees_what_he_serves_now(store: WholeStore, make: Maker) -> None:
    later = decisions.take(called(make, 0), "staff", "客服", make.at(minutes=9))
    earlier = decisions.take(called(make, 1), "staff", "客服", make.at(minutes=8))
    ended = decisions.end(decisions.take(called(make, 2), "staff", "客服", make.at(minutes=3)), make.at(minutes=4))
    other = decisions.take(called(make, 3), "colleague", "客服", make.at(minutes=3))
    await keep(store, later, earlier, ended, other)

    assert [one.id for one in await store.served_by("staff")] == [earlier.id, later.id]


async def test_what_was_left_comes_in_pages(store: WholeStore, make: Maker) -> None:
    left = [decisions.leave(called(make, minute)) for minute in (3, 1, 2)]
    await keep(store, *left)

    first = await store.left(PageRequest(size=2))
    rest = await store.left(PageRequest(after=first.next, size=2))
    assert [one.id for one in [*first.items, *rest.items]] == [left[1].id, left[2].id, left[0].id]
    assert rest.next is None


async def test_conversations_of_a_browser_are_found_by_stage(store: WholeStore, make: Maker) -> None:
    left, ended = decisions.leave(called(make, 1)), decisions.end(called(make, 2), make.at(minutes=3))
    await keep(store, left, ended, decisions.leave(called(make, 1, "other")))

    assert [one.id for one in await store.conversations_of_visitor("browser", (Stage.LEFT,))] == [left.id]
    assert await store.conversations_of_visitor("browser", ()) == []


async def test_calls_between_two_instants_are_found_whatever_became_of_them(store: WholeStore, make: Maker) -> None:
    ended = decisions.end(called(make, 2), make.at(minutes=3))
    await keep(store, ended, called(make, 5), conversation(make, 2))

    found = await store.called_between(make.at(minutes=2), make.at(minutes=5))
    assert [one.id for one in found] == [ended.id]


async def test_only_who_is_on_duty_is_among_the_present(store: WholeStore, make: Maker) -> None:
    here = Presence(id="a", office_id="lamps", on_duty=True, most=3, seen_at=make.at())
    gone = Presence(id="b", office_id="lamps", on_duty=False, most=3, seen_at=make.at())
    await store.commit(Changes(inserts=[here, gone]))

    assert [one.id for one in await store.presences()] == ["a"]


async def test_all_conversations_of_an_account_are_found_whatever_became_of_them(
    store: WholeStore, make: Maker
) -> None:
    mine = [conversation(make, minute, f"browser {minute}", "citizen") for minute in (2, 1)]
    ended = decisions.end(conversation(make, 3, "browser", "citizen"), make.at(minutes=3))
    await keep(store, *mine, ended, conversation(make, 4, "browser"), conversation(make, 5, "browser", "neighbour"))

    found = await store.conversations_of_citizen("citizen")
    assert [one.id for one in found] == [mine[1].id, mine[0].id, ended.id]
    assert await store.conversations_of_citizen("nobody") == []


async def test_what_was_silent_for_long_is_found_by_stage_oldest_first_and_no_more_than_asked(
    store: WholeStore, make: Maker
) -> None:
    old = [conversation(make, minute, f"browser {minute}") for minute in (3, 1, 2)]
    at_the_instant, young = conversation(make, 10, "b10"), conversation(make, 11, "b11")
    ended = decisions.end(conversation(make, 0, "ended"), make.at())
    await keep(store, *old, at_the_instant, young, ended, called(make, 0))

    silent = await store.silent_since(Stage.ASSISTANT, make.at(minutes=10), 10)
    assert [one.id for one in silent] == [old[1].id, old[2].id, old[0].id]
    assert [one.id for one in await store.silent_since(Stage.ASSISTANT, make.at(minutes=10), 2)] == [
        old[1].id,
        old[2].id,
    ]
    assert [one.id for one in await store.silent_since(Stage.ENDED, make.at(minutes=10), 10)] == [ended.id]
    assert await store.silent_since(Stage.LETTER, make.at(minutes=10), 10) == []


async def test_a_conversation_in_which_something_was_said_again_is_not_silent(store: WholeStore, make: Maker) -> None:
    one = conversation(make)
    await keep(store, one)
    again, message = decisions.say(replace(one, version=1), Author.VISITOR, "还在吗", make.at(minutes=20))
    await store.commit(decisions.written(again, [message]))

    assert await store.silent_since(Stage.ASSISTANT, make.at(minutes=20), 10) == []
    assert [found.id for found in await store.silent_since(Stage.ASSISTANT, make.at(minutes=21), 10)] == [one.id]
