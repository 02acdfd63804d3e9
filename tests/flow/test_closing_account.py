"""A citizen closes her account: what was hers goes at once, her letters stay, and nothing leads back to her."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import json
from msgspec.structs import replace
from support.scene import Scene, Written
from support.stored import values_that_say
from support.web import PASSWORD, Browser

from minxin.consult.chat import decisions
from minxin.consult.chat.figures import figures_of
from minxin.consult.chat.forgetting import cut_loose, forget_old
from minxin.consult.chat.records import Author, Conversation, HandOver, Message, Stage
from minxin.consult.chat.rules import ChatRules
from minxin.consult.leaving import Traces
from minxin.consult.records import Attachment, Letter, LetterDraft
from minxin.core.changes import Changes, blob_of
from minxin.core.errors import ConflictError, NotFoundError
from minxin.core.paging import PageRequest
from minxin.core.verify import verify
from minxin.mailbox import boxes
from minxin.mailbox.mail.ending import end_closed
from minxin.mailbox.mail.records import MailItem
from minxin.mailbox.records import Account, ApiKey
from minxin.store.sqlite.connect import FILE

PHOTO = blob_of(b"her photo")
SAID = "我家住在文庙街三号"


async def close(scene: Scene, password: str = PASSWORD) -> Browser:
    browser = scene.browsers["writer"]
    await browser.get("/account/close")
    await browser.submit("/account/close", password=password)
    return browser


async def talk(scene: Scene, *, called: bool, citizen: str = "writer") -> Conversation:
    """Keep a conversation of the citizen with a file in it, with the assistant or waiting for a person."""
    now = scene.city.clock.now()
    file = Attachment("f", PHOTO.id, "photo.jpg", "image/jpeg", len(PHOTO.data))
    one = decisions.begin(f"browser of {citizen}", scene.actors[citizen].id, now)
    one, said = decisions.say(one, Author.VISITOR, SAID, now, attachments=(file,))
    one, answer = decisions.say(one, Author.ASSISTANT, "请问是哪一户？", now)
    if called:
        one = decisions.call_person(one, HandOver.ASKED, now, now + timedelta(minutes=5), "cgj")
    await scene.city.store.commit(decisions.written(one, [said, answer]) + Changes(blobs=[PHOTO]))
    return one


async def stored(scene: Scene, one: Conversation) -> Conversation | None:
    return await scene.city.store.get(Conversation, one.id)


@pytest.fixture
async def written(scene: Scene) -> AsyncIterator[Written]:
    yield await scene.closed(await scene.written())


async def test_drafts_messages_keys_and_log_ins_go_with_the_account(scene: Scene, written: Written) -> None:
    await scene.belongings()
    store, writer = scene.city.store, scene.actors["writer"]
    draft = LetterDraft(id="own", writer_id=writer.id, updated_at=scene.city.clock.now())
    await store.commit(Changes(inserts=[draft]))
    message = (await scene.city.services.boxes.list(scene.actors["writer"], PageRequest())).items[0]
    key = (await store.api_keys_of(writer.id))[0]
    await close(scene)

    assert await store.get(LetterDraft, "own") is None
    with pytest.raises(NotFoundError):
        await scene.city.services.boxes.message(writer, message.id)
    assert await end_closed(store, scene.city.clock.now()) > 0
    assert await store.get(MailItem, message.id) is None
    assert await store.get(ApiKey, key.id) is None
    assert await store.sessions_of(writer.id) == []
    account = await store.get(Account, writer.id)
    assert account is not None
    assert (account.name, account.address, account.id_number) == ("", None, None)
    assert await store.get(Letter, written.letter) is not None


async def test_a_conversation_with_the_assistant_is_deleted(scene: Scene) -> None:
    one = await talk(scene, called=False)
    other = await talk(scene, called=False, citizen="neighbour")
    await close(scene)

    assert await stored(scene, one) is None
    assert await scene.city.store.messages_of(one.id) == []
    assert await stored(scene, other) is not None
    assert len(await scene.city.store.messages_of(other.id)) == 2


@pytest.mark.parametrize("stage", [Stage.WAITING, Stage.SERVED, Stage.LEFT])
async def test_one_that_waits_for_an_answer_ends_and_leaves_only_what_figures_need(scene: Scene, stage: Stage) -> None:
    one = await talk(scene, called=True)
    found = await stored(scene, one)
    assert found is not None
    if stage is Stage.SERVED:
        await scene.city.store.commit(
            decisions.written(decisions.take(found, "handler", "综合科", scene.city.clock.now()), [])
        )
    if stage is Stage.LEFT:
        await scene.city.store.commit(decisions.written(decisions.leave(found), []))
    await close(scene)

    left = await stored(scene, one)
    assert left is not None
    assert (left.stage, left.citizen_id, left.about, left.dialogue) == (Stage.ENDED, None, "", {})
    assert left.asked_at == one.asked_at
    assert scene.actors["writer"].id not in json.encode(left).decode()
    assert "browser of writer" not in json.encode(left).decode()
    messages = await scene.city.store.messages_of(one.id)
    assert [(message.author, SAID in message.text) for message in messages] == [(Author.SYSTEM, False)]


async def test_the_staff_member_who_serves_it_reads_that_it_has_ended(scene: Scene) -> None:
    one = await talk(scene, called=True)
    handler = scene.browsers["handler"]
    await close(scene)

    await handler.get(f"/desk/chats/{one.id}")
    assert handler.status == 200
    assert SAID not in handler.text
    assert "结束" in handler.text


async def test_what_became_a_letter_is_cut_loose_from_it(scene: Scene) -> None:
    now = scene.city.clock.now()
    one = decisions.call_person(decisions.begin("b", "her", now), HandOver.ASKED, now, now + timedelta(minutes=5))
    letter = decisions.become_letter(one, "letter", now)
    changes = cut_loose(letter, [], now)

    (left,) = changes.puts
    assert isinstance(left, Conversation)
    assert (left.stage, left.letter_id, left.citizen_id) == (Stage.LETTER, None, None)
    assert figures_of([left]) == figures_of([letter])


async def test_figures_of_the_office_stay_as_they_were(scene: Scene) -> None:
    now = scene.city.clock.now()
    one = await talk(scene, called=True)
    found = await stored(scene, one)
    assert found is not None
    served = decisions.take(found, "handler", "综合科", now)
    served, answer = decisions.say(served, Author.STAFF, "您好", now + timedelta(minutes=1), post="综合科")
    rated = decisions.rate(decisions.end(served, now + timedelta(minutes=2)), 4)
    await scene.city.store.commit(decisions.written(rated, [answer]))
    before = figures_of(await scene.city.store.called_between(now, now + timedelta(hours=1)))
    await close(scene)

    assert figures_of(await scene.city.store.called_between(now, now + timedelta(hours=1))) == before
    assert await scene.city.store.messages_of(one.id) == []


async def test_what_is_left_goes_after_its_days(scene: Scene) -> None:
    one = await talk(scene, called=True)
    await close(scene)
    scene.city.clock.advance(timedelta(days=181))
    assert await forget_old(scene.city.store, ChatRules(), scene.city.clock.now()) == 1

    assert await stored(scene, one) is None


async def test_her_files_go_and_those_of_letters_stay(scene: Scene, written: Written) -> None:
    await talk(scene, called=False)
    await close(scene)
    now = scene.city.clock.now()
    for later in (timedelta(), timedelta(days=1)):
        while await scene.city.store.sweep_blobs(now + later, timedelta(days=1), 50):
            pass

    letter = await scene.city.store.get(Letter, written.letter)
    assert letter is not None
    assert await scene.city.store.blob(PHOTO.id) is None
    assert await scene.city.store.blob(letter.raw_blob) is not None
    assert await scene.city.store.blob(letter.attachments[0].blob_id) is not None


async def test_no_byte_of_what_goes_is_left_in_the_file_and_the_letter_is(
    scene: Scene, tmp_path: Path, written: Written
) -> None:
    """Deleted pages are overwritten, so whoever gets the disk finds nothing either (剩余信息保护)."""
    store, writer, now = scene.city.store, scene.actors["writer"], scene.city.clock.now()
    account = await store.get(Account, writer.id)
    letter = await store.get(Letter, written.letter)
    assert account is not None
    assert letter is not None
    named = replace(account, name="欧阳雨桐", address="ouyang@example.cn")
    draft = LetterDraft(id="own", writer_id=writer.id, updated_at=now, text="还没有写完的话")
    words = {"key": "k", "sender": "市长信箱", "subject": "答复", "text": "只给她一个人的话"}
    house, upkeep = scene.city.services.mailroom.house, scene.city.services.mailroom.upkeep
    told = boxes.deliver(house, named, now, files=[("a.txt", "text/plain", b"only for her")], **words)
    await store.commit(Changes(puts=[named], inserts=[draft]) + told)
    await talk(scene, called=True)
    await talk(scene, called=False)
    gone = ["欧阳雨桐", "ouyang@example.cn", "还没有写完的话", "只给她一个人的话", "only for her", SAID, "her photo"]
    with closing(sqlite3.connect(tmp_path / FILE)) as file:
        packed = {word: values_that_say(file, [word]) for word in gone}
        kept_body = values_that_say(file, [letter.text])
    await close(scene)
    while await upkeep.end_closed():
        pass
    for _ in range(2):
        await upkeep.sweep_contents()
        scene.city.clock.advance(timedelta(hours=2))
    for later in (timedelta(), timedelta(days=1)):
        while await store.sweep_blobs(now + later, timedelta(days=1), 50):
            pass
    await store.close()

    kept = (tmp_path / FILE).read_bytes()
    assert packed["欧阳雨桐"] and packed[SAID]
    assert [word for word in gone if any(one in kept for one in (word.encode(), *packed[word]))] == []
    assert any(one in kept for one in kept_body)


async def test_a_word_said_at_the_very_moment_is_deleted_too(scene: Scene) -> None:
    """The closing is decided again when a conversation moved since it was read."""
    one = await talk(scene, called=True)
    store, now = scene.city.store, scene.city.clock.now()
    traces = Traces(store)
    decided = await traces.end(scene.actors["writer"].id, now)
    found = await stored(scene, one)
    assert found is not None
    spoken, late = decisions.say(found, Author.VISITOR, "还有一件事", now)
    await store.commit(decisions.written(spoken, [late]))
    with pytest.raises(ConflictError):
        await store.commit(decided)
    await close(scene)

    assert [message.text for message in await store.messages_of(one.id) if message.author is Author.VISITOR] == []
    assert await store.get(Message, late.id) is None


async def test_a_wrong_password_deletes_nothing(scene: Scene) -> None:
    one = await talk(scene, called=False)
    browser = await close(scene, "wrong")

    assert browser.status == 422
    assert await stored(scene, one) is not None


async def test_letters_are_still_found_by_number_and_query_code_and_the_chains_hold(
    scene: Scene, written: Written
) -> None:
    letterbox = scene.city.services.letterbox
    letter = await scene.city.store.get(Letter, written.letter)
    assert letter is not None
    await close(scene)

    case = await letterbox.query(letter.number, letterbox.query_code(letter.id))
    assert case.letter.id == letter.id
    with pytest.raises(NotFoundError):
        await letterbox.case(scene.actors["neighbour"], letter.id)
    assert (await verify(scene.city.store)).broken is None


async def test_the_page_says_what_goes_what_stays_and_why(scene: Scene) -> None:
    text = await scene.browsers["writer"].get("/account/close")

    assert all(words in text for words in ("删除哪些内容", "保留哪些内容", "档案法", "180 天", "/account/export"))


async def test_how_long_conversations_are_kept_stands_where_they_are_held(scene: Scene) -> None:
    text = await scene.browsers["anonymous"].get("/ask")
    assert "30 天后删除" in text
    assert "180 天后删除" in text

    one = await talk(scene, called=True)
    assert one.stage is Stage.WAITING
    assert "180 天后删除" in await scene.browsers["writer"].get("/ask")
