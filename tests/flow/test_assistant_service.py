"""The assistant over the real store: each act is one commit, and no visitor is ever left without a next step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from support.assistant import PROMISED, ListedPassages, assistant_over, hit, passage

from minxin.consult.assistant.hearing import Act, Heard
from minxin.consult.assistant.ranking import Tally
from minxin.consult.assistant.records import Mark
from minxin.consult.assistant.service import Assistant, Visit
from minxin.consult.assistant.state import Card, CardKind, Say, card_of
from minxin.consult.chat.records import Author, Conversation, HandOver, Message, Stage
from minxin.consult.matters.records import Matter, Window
from minxin.consult.records import Office
from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.clock import FixedClock
from minxin.core.errors import IllegalMoveError, InvalidInputError, NotFoundError, UnavailableError
from minxin.core.ids import new_id
from minxin.core.passages import Hit, Passage, Source
from minxin.store.sqlite.store import SqliteStore

MONDAY = datetime(2026, 3, 2, 4, tzinfo=UTC)
VISIT = Visit("key of a browser")
CITIZEN = Actor("citizen", frozenset({Role.CITIZEN}))
PERMIT = passage("permit", "居住证申领", "到居住地派出所申领。15 个工作日内办结。免费。", "gongan")
CHILD = passage("child", "未成年子女居住证", "由监护人代办。", "gongan", for_whom="未成年子女")
CARD = Passage(
    id="matter:card",
    source=Source.MATTER,
    title="社会保障卡补领",
    text="本人到窗口补领。",
    office_id="renshe",
    path="/matters/card",
)
OFFICES = [
    Office(
        id=one,
        name=name,
        short=name,
        name_en=name,
        level="市",
        duties=(),
        address="人民路 1 号",
        hours="工作日",
        phone="1",
    )
    for one, name in (("gongan", "市公安局"), ("renshe", "市人社局"), ("cgj", "市城管局"))
]


@dataclass
class Talk:
    """A conversation of one browser, by its last answer."""

    assistant: Assistant
    store: SqliteStore
    retriever: ListedPassages
    visit: Visit = VISIT
    conversation: Conversation | None = None

    async def say(self, words: str, token: str = "") -> Card | None:
        return await self.do(Act.SAY, words, token)

    async def do(self, act: Act, what: str = "", token: str = "") -> Card | None:
        self.conversation = await self.assistant.hear(self.visit, Heard(act, what), token or new_id())
        said = await self.messages()
        return card_of(said[-1].card) if said and said[-1].author is Author.ASSISTANT else None

    async def messages(self) -> list[Message]:
        assert self.conversation is not None
        return await self.assistant.messages(self.conversation)

    @property
    def stage(self) -> tuple[Stage, HandOver | None]:
        assert self.conversation is not None
        return self.conversation.stage, self.conversation.reason


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    store = await SqliteStore.open(tmp_path)
    await store.commit(Changes(inserts=list(OFFICES)))
    retriever = ListedPassages(PERMIT, CHILD, CARD)
    retriever.finds("居住证", hit("permit", 0.9), hit("child", 0.2))
    yield Talk(assistant_over(store, FixedClock(MONDAY), retriever), store, retriever)
    await store.close()


async def test_question_is_answered_with_the_entry_word_for_word_and_its_source(talk: Talk) -> None:
    card = await talk.say("居住证怎么办")
    assert card is not None
    assert card.kind is CardKind.ANSWER
    question, answer = await talk.messages()
    assert (question.author, question.text) == (Author.VISITOR, "居住证怎么办")
    assert answer.shown == (PERMIT.id,)
    assert PERMIT.text in answer.text
    assert PERMIT.basis in answer.text


async def test_same_form_sent_again_is_the_same_message(talk: Talk) -> None:
    await talk.say("居住证怎么办", token="one form")
    await talk.say("居住证怎么办", token="one form")
    assert len(await talk.messages()) == 2


async def test_same_form_sent_twice_at_once_is_one_message(talk: Talk) -> None:
    await talk.say("你好")
    heard = Heard(Act.SAY, "居住证怎么办")
    await asyncio.gather(*(talk.assistant.hear(VISIT, heard, "one form") for _ in range(4)))
    assert [message.text for message in await talk.messages()].count("居住证怎么办") == 1


async def test_part_of_the_answer_and_other_case_are_understood_from_the_last_answer(talk: Talk) -> None:
    await talk.say("居住证怎么办")
    time = await talk.say("要多久?")
    assert time is not None
    assert time.quotes == ("15 个工作日内办结。",)
    where = await talk.say("在哪办?")
    assert where is not None
    assert where.quotes == ("市公安局：人民路 1 号",)
    talk.retriever.finds("孩子 居住证申领", hit("child", 0.8), hit("permit", 0.5))
    child = await talk.say("那孩子呢?")
    assert talk.retriever.asked[-1] == "孩子 居住证申领"
    assert child is not None
    assert (child.kind, (await talk.messages())[-1].shown) == (CardKind.ANSWER, (CHILD.id,))


async def test_windows_of_a_matter_are_told_from_the_catalogue(talk: Talk) -> None:
    window = Window(name="社保大厅 3 号窗口", address="海晏路 5 号", hours="工作日 9:00—17:00")
    matter = Matter(id="card", name=CARD.title, office_id="renshe", changed_at=MONDAY, windows=(window,))
    await talk.store.commit(Changes(inserts=[matter]))
    talk.retriever.finds("社保卡", Hit(CARD.id, 0.9, 0.9))
    await talk.say("社保卡丢了")
    where = await talk.say("去哪里办?")
    assert where is not None
    assert where.quotes[-1] == "社保大厅 3 号窗口：海晏路 5 号（工作日 9:00—17:00）"


async def test_what_the_answer_does_not_say_is_said_so(talk: Talk) -> None:
    await talk.say("居住证怎么办")
    online = await talk.say("能网上办吗")
    assert online is not None
    assert (online.say, online.quotes) == (Say.NO_DETAIL, ())


async def test_readings_can_be_tapped_or_named_by_their_place(talk: Talk) -> None:
    talk.retriever.finds("证", hit("permit", 0.4), hit("child", 0.35))
    card = await talk.say("证")
    assert card is not None
    assert card.kind is CardKind.READINGS
    assert await talk.say("第二个") is not None
    assert (await talk.messages())[-1].shown == (CHILD.id,)
    await talk.say("证")
    await talk.do(Act.READING, PERMIT.id)
    assert (await talk.messages())[-2].text == PERMIT.title
    assert (await talk.messages())[-1].shown == (PERMIT.id,)


async def test_open_question_is_answered_by_a_typed_word_like_its_value(talk: Talk) -> None:
    other = passage("adult", "成年人居住证", for_whom="本人")
    talk.retriever.known[other.id] = other
    talk.retriever.finds("办证", hit("adult", 0.8), hit("child", 0.7))
    card = await talk.say("办证")
    assert card is not None
    assert card.options == ("本人", "未成年子女")
    await talk.say("给孩子")
    assert (await talk.messages())[-1].shown == (CHILD.id,)


async def test_marks_are_kept_without_personal_data_and_can_be_taken_back(talk: Talk) -> None:
    talk.retriever.finds("13812345678", hit("permit", 0.9))
    await talk.say("我电话13812345678,居住证怎么办")
    await talk.do(Act.SOLVED, PERMIT.id)
    assert talk.conversation is not None
    (mark,) = await talk.store.marks_of(talk.conversation.id)
    assert (mark.mark, mark.passage_id, mark.office_id) == (Mark.SOLVED, PERMIT.id, "gongan")
    assert "13812345678" not in mark.question
    assert await talk.assistant.marks(talk.conversation) == {PERMIT.id: Mark.SOLVED}
    await talk.do(Act.TAKE_BACK, PERMIT.id)
    assert await talk.assistant.marks(talk.conversation) == {}
    assert await talk.store.mark_tallies([PERMIT.id]) == {}


async def test_second_word_on_the_same_passage_replaces_the_first(talk: Talk) -> None:
    await talk.say("居住证怎么办")
    await talk.do(Act.SOLVED, PERMIT.id)
    await talk.do(Act.NOT_SOLVED, PERMIT.id)
    assert await talk.store.mark_tallies([PERMIT.id]) == {PERMIT.id: Tally(not_solved=1)}


async def test_marks_of_others_move_the_ranking(talk: Talk) -> None:
    talk.retriever.finds("证", hit("permit", 0.40), hit("child", 0.38))
    for number in range(12):
        other = Visit(f"browser {number}")
        conversation = await talk.assistant.hear(other, Heard(Act.SAY, "证"), new_id())
        await talk.assistant.hear(other, Heard(Act.READING, CHILD.id), new_id(), conversation.id)
        await talk.assistant.hear(other, Heard(Act.SOLVED, CHILD.id), new_id(), conversation.id)
    await talk.say("证")
    assert (await talk.messages())[-1].shown[0] == CHILD.id


async def test_two_dead_ends_call_a_person_and_are_kept_for_the_gap_list(talk: Talk) -> None:
    card = await talk.say("火星移民怎么办")
    assert card is not None
    assert card.kind is CardKind.WAYS
    await talk.say("月球移民怎么办")
    assert talk.stage == (Stage.WAITING, HandOver.MISSED)
    assert talk.conversation is not None
    assert talk.conversation.promised_by == MONDAY + PROMISED
    assert talk.conversation.office_id == "cgj"
    gaps = await talk.store.gap_marks(MONDAY, 10)
    assert {(gap.question, gap.mark, gap.office_id) for gap in gaps} == {
        ("火星移民怎么办", Mark.UNANSWERED, "cgj"),
        ("月球移民怎么办", Mark.UNANSWERED, "cgj"),
    }


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("转人工", HandOver.ASKED),
        ("家里煤气泄漏了,快来人", HandOver.URGENT),
        ("你们就知道踢皮球,气死我了", HandOver.UPSET),
    ],
)
async def test_person_is_called_at_once(talk: Talk, words: str, reason: HandOver) -> None:
    await talk.say(words)
    assert talk.stage == (Stage.WAITING, reason)


async def test_assistant_is_silent_after_the_hand_over(talk: Talk) -> None:
    await talk.do(Act.PERSON)
    before = len(await talk.messages())
    await talk.say("居住证怎么办")
    said = await talk.messages()
    assert len(said) == before + 1
    assert said[-1].author is Author.VISITOR
    with pytest.raises(IllegalMoveError):
        await talk.do(Act.SOLVED, PERMIT.id)


@pytest.mark.parametrize("error", [UnavailableError(), RuntimeError("broken")])
async def test_failing_assistant_calls_a_person_and_keeps_the_words(talk: Talk, error: Exception) -> None:
    async def fail(*_: object) -> list[Hit]:
        raise error

    talk.retriever.search = fail  # type: ignore[assignment,method-assign]
    talk.retriever.passages = fail  # type: ignore[assignment,method-assign]
    await talk.say("居住证怎么办")
    assert talk.stage == (Stage.WAITING, HandOver.FAILED)
    assert (await talk.messages())[0].text == "居住证怎么办"


async def test_denunciation_is_neither_searched_for_nor_shown_an_office(talk: Talk) -> None:
    card = await talk.say("城管队员收受烧烤店的好处费,包庇他们")
    assert card is not None
    assert card.say is Say.DENOUNCES
    assert talk.retriever.asked == []
    assert talk.stage == (Stage.ASSISTANT, None)


async def test_buttons_that_are_gone_and_passages_never_shown_are_refused(talk: Talk) -> None:
    await talk.say("居住证怎么办")
    for act, what in ((Act.READING, CARD.id), (Act.VALUE, "孩子"), (Act.NONE, ""), (Act.SOLVED, CARD.id)):
        with pytest.raises(InvalidInputError):
            await talk.do(act, what)
    with pytest.raises(InvalidInputError):
        await talk.say("  ")
    with pytest.raises(InvalidInputError):
        await talk.say("字" * 501)


async def test_conversation_is_its_visitors_alone(talk: Talk) -> None:
    await talk.say("居住证怎么办")
    assert talk.conversation is not None
    with pytest.raises(NotFoundError):
        await talk.assistant.own(Visit("another browser"), talk.conversation.id)
    with pytest.raises(NotFoundError):
        await talk.assistant.hear(Visit("another browser"), Heard(Act.SAY, "你好"), new_id(), talk.conversation.id)


async def test_conversation_becomes_the_citizens_when_he_logs_in(talk: Talk) -> None:
    await talk.say("居住证怎么办")
    talk.visit = Visit(VISIT.visitor_key, CITIZEN)
    await talk.say("要多久?")
    assert talk.conversation is not None
    assert talk.conversation.citizen_id == "citizen"
    assert len(await talk.messages()) == 4
    assert await talk.assistant.last(VISIT) is None


async def test_dialogue_that_can_not_be_read_is_forgotten(talk: Talk) -> None:
    await talk.say("居住证怎么办")
    assert talk.conversation is not None
    stored = await talk.store.get(Conversation, talk.conversation.id)
    assert stored is not None
    await talk.store.commit(Changes(puts=[replace(stored, dialogue={"left": "nonsense"})]))
    card = await talk.say("居住证怎么办")
    assert card is not None
    assert card.kind is CardKind.ANSWER
