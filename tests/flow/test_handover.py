"""From the call for a person to his answer, or to the letter: over the real store, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from support.assistant import SureJudge
from support.chat import (
    CENTRE,
    CITIZEN,
    CLERK,
    COLLEAGUE,
    ELSEWHERE,
    FOREIGNER,
    HANDLER,
    KNOWN,
    MANAGER,
    MINUTE,
    NOBODY,
    ChatCity,
    open_chat_city,
)
from support.web import NOON, OFFICE

from minxin.consult.chat.records import Author, Conversation, Presence, Stage
from minxin.consult.chat.room import VisitorIs
from minxin.consult.chat.transcript import FILE_NAME, MARK
from minxin.consult.intake import JUDGE_JOB, TEXT_MAX, Submission, chat_key, words_to_judge
from minxin.consult.letterbox import UploadedFile
from minxin.consult.notices import CHANNEL as NOTICES
from minxin.consult.records import Channel, Letter, LetterDraft
from minxin.consult.verify import verify_letters
from minxin.core.actor import ANONYMOUS, Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidInputError, NotFoundError, TooManyTriesError
from minxin.core.paging import PageRequest
from minxin.core.store import Queue

SECOND = VisitorIs("second browser", Actor("second", frozenset({Role.CITIZEN})))
OTHER_BROWSER = VisitorIs("other browser", ANONYMOUS)


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[ChatCity]:
    async with open_chat_city(tmp_path) as opened:
        yield opened


async def on_duty(city: ChatCity, *actors: Actor, most: int = 4) -> None:
    for actor in actors:
        await city.chat.desk.go_on_duty(actor, most)


async def said(city: ChatCity, conversation: Conversation) -> list[tuple[Author, str]]:
    return [(message.author, message.text) for message in await city.store.messages_of(conversation.id)]


async def test_a_person_of_the_questions_office_answers(city: ChatCity) -> None:
    await on_duty(city, CLERK, HANDLER)
    one = await city.called(KNOWN, "楼下烧烤店油烟很大", "人工")
    await city.chat.tending.tend()

    given = await city.now(one)
    assert (given.stage, given.staff_id, given.staff_post) == (Stage.SERVED, "handler", "综合科承办人")
    _, seen = await city.chat.desk.read(HANDLER, one.id)
    assert [message.text for message in seen[:2]] == ["楼下烧烤店油烟很大", "人工"]

    await city.chat.desk.say(HANDLER, one.id, "您好，请问是哪条路？", token="a")
    await city.chat.room.say(KNOWN, "听涛路 12 号", token="b")
    assert (await said(city, one))[-2:] == [(Author.STAFF, "您好，请问是哪条路？"), (Author.VISITOR, "听涛路 12 号")]
    await city.chat.desk.say(HANDLER, one.id, "已登记，今晚去查。")
    await city.chat.desk.end(HANDLER, one.id)
    await city.chat.room.rate(KNOWN, 5)

    ended = await city.now(one)
    assert (ended.stage, ended.rating) == (Stage.ENDED, 5)
    assert await city.store.letter_by_intake_key(chat_key(one.id)) is None


async def test_nobody_on_duty_makes_it_a_letter_at_once_that_runs_from_the_first_message(city: ChatCity) -> None:
    one = await city.called(KNOWN, "楼下烧烤店每晚油烟很大", "人工")
    await city.chat.tending.tend()

    letter = await city.letter_of(one)
    assert (letter.channel, letter.writer_id, letter.intake_key) == (Channel.CHAT, "citizen", f"chat:{one.id}")
    assert letter.received_at == NOON
    assert letter.answer_due == city.limits.answer(letter, NOON)
    assert letter.subject == "楼下烧烤店每晚油烟很大"
    assert letter.text.startswith(f"楼下烧烤店每晚油烟很大\n人工\n\n{MARK}\n")
    assert words_to_judge(letter) == "楼下烧烤店每晚油烟很大\n人工"
    assert letter.number == "2026-000001"
    events = await city.store.events(f"letter:{letter.id}")
    assert [(entry.event.kind, entry.event.at) for entry in events] == [("received", NOON)]
    held = timedelta(minutes=1)
    judged = await city.store.claim(Queue.JOBS, [JUDGE_JOB], city.clock.now(), held, 9)
    assert [claim.work.key for claim in judged] == [letter.id]
    told = await city.store.claim(Queue.OUTBOX, [NOTICES], city.clock.now(), held, 9)
    assert [claim.work.payload["step"] for claim in told] == ["received"]
    assert (await verify_letters(city.store)).broken is None


async def test_it_becomes_a_letter_once_however_often_it_is_looked_after(city: ChatCity) -> None:
    one = await city.called()
    for _ in range(3):
        await city.chat.tending.tend()
    await city.letter_of(one)
    assert len(await city.store.letter_numbers()) == 1


async def test_nobody_takes_it_in_the_promised_minutes(city: ChatCity) -> None:
    await on_duty(city, HANDLER, most=1)
    first = await city.called(SECOND)
    await city.chat.tending.tend()
    await city.chat.desk.say(HANDLER, first.id, "您好")
    second = await city.called(KNOWN)

    await city.later(4 * MINUTE, HANDLER, KNOWN)
    assert (await city.now(second)).stage is Stage.WAITING
    await city.later(2 * MINUTE, HANDLER, KNOWN)
    assert (await city.letter_of(second)).received_at == second.opened_at
    assert (await city.now(first)).stage is Stage.SERVED


async def test_staff_whose_page_closes_before_the_answer_gives_it_back_to_the_front(city: ChatCity) -> None:
    await on_duty(city, HANDLER, COLLEAGUE)
    one = await city.called()
    await city.chat.tending.tend()
    first = (await city.now(one)).staff_id
    other = COLLEAGUE if first == HANDLER.id else HANDLER

    await city.later(MINUTE, other, KNOWN)
    again = await city.now(one)
    assert (again.stage, again.staff_id) == (Stage.SERVED, other.id)
    assert again.asked_at == one.asked_at


async def test_it_becomes_a_letter_when_all_pages_of_staff_close(city: ChatCity) -> None:
    await on_duty(city, HANDLER)
    one = await city.called()
    await city.chat.tending.tend()
    assert (await city.now(one)).stage is Stage.SERVED
    await city.later(MINUTE, KNOWN)
    assert (await city.letter_of(one)).received_at == one.opened_at


async def test_staff_who_took_it_and_says_nothing_does_not_keep_it(city: ChatCity) -> None:
    await on_duty(city, HANDLER)
    one = await city.called()
    await city.later(6 * MINUTE, HANDLER, KNOWN)
    await city.letter_of(one)


async def test_a_visitor_whose_browser_closes_while_he_waits_has_a_letter(city: ChatCity) -> None:
    await on_duty(city, HANDLER, most=1)
    await city.called(SECOND)
    await city.chat.tending.tend()
    one = await city.called(KNOWN)
    await city.later(2 * MINUTE + timedelta(seconds=20), HANDLER)
    await city.letter_of(one)


async def test_an_answered_visitor_whose_new_question_is_dropped_is_not_lost(city: ChatCity) -> None:
    await on_duty(city, HANDLER)
    one = await city.called()
    await city.chat.tending.tend()
    await city.chat.desk.say(HANDLER, one.id, "您好")
    await city.chat.room.say(KNOWN, "那孩子呢")
    await city.later(MINUTE, KNOWN)
    await city.letter_of(one)


async def test_staff_can_not_end_what_they_did_not_answer(city: ChatCity) -> None:
    await on_duty(city, HANDLER)
    one = await city.called()
    await city.chat.tending.tend()
    with pytest.raises(IllegalMoveError) as refused:
        await city.chat.desk.end(HANDLER, one.id)
    assert refused.value.reason == "chat.unanswered"


async def test_what_an_unknown_visitor_said_is_left_and_becomes_a_letter_when_he_logs_in(city: ChatCity) -> None:
    one = await city.called(NOBODY, "路灯坏了三天了", "人工", office_id=None)
    await city.chat.tending.tend()
    assert (await city.now(one)).stage is Stage.LEFT
    standing = await city.chat.room.standing(await city.now(one))
    assert standing.staffed_at is not None

    city.clock.advance(timedelta(hours=20))
    await city.chat.room.recognise(VisitorIs("other browser", CITIZEN))
    assert (await city.now(one)).stage is Stage.LEFT
    await city.chat.room.recognise(KNOWN)
    letter = await city.letter_of(one)
    assert (letter.received_at, letter.writer_id) == (NOON, "citizen")


async def test_the_office_is_told_by_what_a_visitor_says_and_not_by_his_call_for_a_person(tmp_path: Path) -> None:
    async with open_chat_city(tmp_path, judge=SureJudge(OFFICE.id)) as city:
        await on_duty(city, CLERK)
        bare = await city.called(NOBODY, "人工", office_id=None)
        said = await city.called(OTHER_BROWSER, "路灯坏了三天了", office_id=None)
        await city.chat.tending.tend()
        assert [(await city.now(one)).office_id for one in (bare, said)] == [None, OFFICE.id]


async def test_staff_answer_what_was_left_and_the_visitor_finds_it(city: ChatCity) -> None:
    one = await city.called(NOBODY, "路灯坏了三天了")
    await city.chat.tending.tend()
    city.clock.advance(timedelta(hours=20))
    assert [left.id for left in (await city.chat.desk.left(CLERK, PageRequest())).items] == [one.id]

    await on_duty(city, CLERK)
    await city.chat.desk.take(CLERK, one.id)
    await city.later(MINUTE, CLERK)
    await city.chat.desk.say(CLERK, one.id, "已通知路灯所今天修复。")
    await city.chat.desk.end(CLERK, one.id)
    found = await city.chat.room.own(NOBODY)
    assert found is not None
    assert found.stage is Stage.ENDED
    assert (await said(city, one))[-2] == (Author.STAFF, "已通知路灯所今天修复。")


async def test_words_carried_into_a_draft_are_kept_until_its_letter_is_sent(city: ChatCity) -> None:
    one = await city.called(NOBODY, "路灯坏了三天了")
    await city.chat.tending.tend()
    assert await city.chat.room.begin_letter(NOBODY) is None
    await city.chat.room.recognise(KNOWN)
    assert (await city.now(one)).stage is Stage.LEFT

    draft = await city.chat.room.begin_letter(KNOWN)
    assert draft is not None
    assert (draft.writer_id, draft.text) == ("citizen", "路灯坏了三天了")
    letterbox = city.chat.room._letterbox
    sent = Submission(draft.id, "help", draft.subject, "路灯坏了三天了，请修", "文庙街")
    receipt = await letterbox.submit(CITIZEN, sent, origin="", draft_id=draft.id)
    await city.chat.tending.tend_drafts()
    assert (await city.letter_of(one)).number == receipt.number
    assert len(await city.store.letter_numbers()) == 1


async def test_a_draft_left_lying_is_sent_for_its_writer(city: ChatCity) -> None:
    one = await city.called(NOBODY, "路灯坏了三天了")
    await city.chat.tending.tend()
    await city.chat.room.begin_letter(KNOWN)
    await city.chat.tending.tend_drafts()
    assert (await city.now(one)).stage is Stage.LEFT
    city.clock.advance(timedelta(hours=25))
    await city.chat.tending.tend_drafts()
    assert (await city.letter_of(one)).received_at == NOON
    assert await city.store.get(LetterDraft, one.id) is None


async def test_files_go_into_the_letter_with_the_transcript(city: ChatCity) -> None:
    await on_duty(city, HANDLER)
    one = await city.called()
    await city.chat.tending.tend()
    await city.chat.room.say(KNOWN, "", [UploadedFile("说明.txt", "照片见内".encode())])
    await city.later(MINUTE, KNOWN)
    letter = await city.letter_of(one)
    assert [file.name for file in letter.attachments] == ["说明.txt", FILE_NAME]


async def test_nothing_of_a_long_conversation_is_lost(city: ChatCity) -> None:
    texts = [f"第 {number} 件事：" + "很长" * 400 for number in range(1, 12)]
    one = await city.called(KNOWN, *texts)
    await city.chat.tending.tend()
    letter = await city.letter_of(one)
    assert len(letter.text) <= TEXT_MAX
    assert FILE_NAME in letter.text
    whole = await city.store.blob(letter.attachments[-1].blob_id)
    raw = await city.store.blob(letter.raw_blob)
    assert whole is not None
    assert raw is not None
    kept = msgspec.json.decode(raw)["messages"]
    assert [message["text"] for message in kept] == texts
    assert all(text in whole.decode() for text in texts)


async def test_a_message_sent_again_is_the_same_message(city: ChatCity) -> None:
    one = await city.called()
    first = await city.chat.room.say(KNOWN, "在吗", token="t")
    again = await city.chat.room.say(KNOWN, "在吗", token="t")
    assert first.id == again.id
    assert [text for _, text in await said(city, one)].count("在吗") == 1


async def test_the_door_opens_to_the_visitor_himself_and_to_those_concerned(city: ChatCity) -> None:
    one = await city.called(KNOWN)
    assert await city.chat.room.own(OTHER_BROWSER) is None
    assert await city.chat.room.own(NOBODY) is None, "the browser alone opens nothing that has an owner"
    found = await city.chat.room.own(VisitorIs("phone", CITIZEN))
    assert found is not None
    for actor in (HANDLER, COLLEAGUE, CLERK, MANAGER):
        assert (await city.chat.desk.read(actor, one.id))[0].id == one.id
    for actor in (FOREIGNER, CITIZEN, Actor("auditor", frozenset({Role.AUDITOR}), CENTRE.id)):
        with pytest.raises(NotFoundError):
            await city.chat.desk.read(actor, one.id)


async def test_before_a_person_is_called_nobody_else_reads(city: ChatCity) -> None:
    begun = await city.called(KNOWN)
    with_assistant = msgspec.structs.replace(begun, id="early", version=0, stage=Stage.ASSISTANT, asked_at=None)
    await city.store.commit(Changes(inserts=[with_assistant]))
    with pytest.raises(NotFoundError):
        await city.chat.desk.read(MANAGER, "early")


async def test_only_who_serves_it_answers(city: ChatCity) -> None:
    await on_duty(city, HANDLER)
    one = await city.called()
    await city.chat.tending.tend()
    for actor in (COLLEAGUE, MANAGER):
        with pytest.raises(IllegalMoveError):
            await city.chat.desk.say(actor, one.id, "您好")


async def test_a_transfer_takes_the_transcript_to_the_other_office(city: ChatCity) -> None:
    await on_duty(city, HANDLER)
    one = await city.called()
    await city.chat.tending.tend()
    await city.chat.desk.say(HANDLER, one.id, "这要问住建局")
    await on_duty(city, FOREIGNER)
    await city.chat.desk.transfer(HANDLER, one.id, ELSEWHERE.id)
    await city.chat.tending.tend()

    moved = await city.now(one)
    assert (moved.stage, moved.staff_id, moved.office_id) == (Stage.SERVED, "foreigner", ELSEWHERE.id)
    _, seen = await city.chat.desk.read(FOREIGNER, one.id)
    assert "这要问住建局" in [message.text for message in seen]
    with pytest.raises(InvalidInputError):
        await city.chat.desk.transfer(FOREIGNER, one.id, "nowhere")


async def test_a_denunciation_is_for_the_centre_alone(city: ChatCity) -> None:
    await on_duty(city, HANDLER)
    one = await city.called(KNOWN, "我要举报城管局副局长张某收受烧烤店老板贿赂", office_id=OFFICE.id)
    await city.chat.tending.tend()
    assert (await city.now(one)).staff_id is None
    await city.chat.tending.tend()
    await city.letter_of(one)


async def test_who_speaks_too_fast_must_wait(city: ChatCity) -> None:
    await on_duty(city, HANDLER)
    await city.called()
    with pytest.raises(TooManyTriesError):
        for number in range(30):
            await city.chat.room.say(KNOWN, f"{number}")


async def test_a_restart_gives_everybody_time_to_come_back_and_loses_nobody(tmp_path: Path) -> None:
    async with open_chat_city(tmp_path / "c") as city:
        await on_duty(city, HANDLER)
        served, waiting = (
            await city.called(),
            await city.called(VisitorIs("b2", Actor("two", frozenset({Role.CITIZEN})))),
        )
        await city.chat.tending.tend()
    async with open_chat_city(tmp_path / "c", now=NOON + 3 * MINUTE) as city:
        await city.chat.tending.tend()
        assert (await city.now(served)).stage is Stage.SERVED
        await city.later(4 * MINUTE)
        assert {(await city.letter_of(one)).received_at for one in (served, waiting)} == {
            served.opened_at,
            waiting.opened_at,
        }


async def test_a_beat_is_written_down_now_and_then(city: ChatCity) -> None:
    await on_duty(city, HANDLER)
    for _ in range(5):
        city.clock.advance(timedelta(seconds=3))
        await city.chat.desk.beat(HANDLER)
    presence = await city.store.get(Presence, HANDLER.id)
    assert presence is not None
    assert (presence.version, presence.seen_at) == (2, NOON + timedelta(seconds=12))


async def test_one_that_can_not_be_tended_does_not_keep_the_others_waiting(
    city: ChatCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (
        await city.called(KNOWN, "坏"),
        await city.called(VisitorIs("b", Actor("two", frozenset({Role.CITIZEN})))),
    )
    read = city.store.messages_of

    async def messages_of(conversation_id: str, after_seq: int = 0) -> object:
        if conversation_id == bad.id:
            raise RuntimeError("poison")
        return await read(conversation_id, after_seq)

    monkeypatch.setattr(city.store, "messages_of", messages_of)
    await city.chat.tending.tend()
    assert isinstance(await city.letter_of(good), Letter)
