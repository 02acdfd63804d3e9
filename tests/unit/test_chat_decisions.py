from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from minxin.consult.chat import decisions
from minxin.consult.chat.decisions import Step
from minxin.consult.chat.records import Author, Conversation, HandOver, Stage
from minxin.consult.records import Attachment
from minxin.core.errors import IllegalMoveError, InvalidInputError

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FILE = Attachment("file", "blob", "照片.jpg", "image/jpeg", 10)


def waiting(now: datetime = NOON) -> Conversation:
    begun = decisions.begin("browser", None, now)
    return decisions.call_person(begun, HandOver.ASKED, now, now + 5 * MINUTE, "cgj")


def served() -> Conversation:
    return decisions.take(waiting(), "staff", "客服一岗", NOON + MINUTE)


def answered() -> Conversation:
    return decisions.say(served(), Author.STAFF, "您好", NOON + 2 * MINUTE, post="客服一岗")[0]


def in_stage(stage: Stage) -> Conversation:
    return replace(waiting(), stage=stage)


def test_messages_are_numbered_from_one() -> None:
    one = decisions.begin("browser", None, NOON)
    one, first = decisions.say(one, Author.VISITOR, " 居住证怎么办 ", NOON)
    one, second = decisions.say(one, Author.ASSISTANT, "到派出所。", NOON, shown=("knowledge:1",))
    assert (first.seq, first.text, second.seq, second.shown) == (1, "居住证怎么办", 2, ("knowledge:1",))
    assert one.length == 2


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.ASSISTANT}))
def test_the_assistant_is_silent_once_a_person_was_called(stage: Stage) -> None:
    with pytest.raises(IllegalMoveError):
        decisions.say(in_stage(stage), Author.ASSISTANT, "您好", NOON)


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.SERVED}))
def test_staff_speak_only_while_they_serve(stage: Stage) -> None:
    with pytest.raises(IllegalMoveError):
        decisions.say(in_stage(stage), Author.STAFF, "您好", NOON)


@pytest.mark.parametrize("stage", [Stage.LETTER, Stage.ENDED])
def test_a_visitor_does_not_speak_in_what_is_over(stage: Stage) -> None:
    with pytest.raises(IllegalMoveError):
        decisions.say(in_stage(stage), Author.VISITOR, "还在吗", NOON)


@pytest.mark.parametrize(
    ("text", "reason"), [("  ", "chat.text.missing"), ("长" * (decisions.TEXT_MAX + 1), "chat.text.too_long")]
)
def test_a_text_of_no_use_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        decisions.say(waiting(), Author.VISITOR, text, NOON)
    assert refused.value.reason == reason


def test_a_file_needs_no_words() -> None:
    _, message = decisions.say(waiting(), Author.VISITOR, "", NOON, attachments=(FILE,))
    assert message.attachments == (FILE,)


def test_the_same_token_names_the_same_message_of_its_author_only() -> None:
    one = served()
    ids = [
        decisions.say(one, author, "好", NOON, token="t")[1].id
        for author in (Author.VISITOR, Author.VISITOR, Author.STAFF)
    ]
    assert ids[0] == ids[1] != ids[2]


def test_a_call_keeps_why_for_whom_and_until_when() -> None:
    one = waiting()
    assert (one.stage, one.reason, one.office_id) == (Stage.WAITING, HandOver.ASKED, "cgj")
    assert (one.asked_at, one.promised_by, one.waits_since) == (NOON, NOON + 5 * MINUTE, NOON)


def test_an_answer_ends_the_waiting_and_a_new_question_begins_it() -> None:
    one = answered()
    assert (one.answered_at, one.waits_since) == (NOON + 2 * MINUTE, None)
    one, _ = decisions.say(one, Author.VISITOR, "那孩子呢", NOON + 3 * MINUTE)
    one, _ = decisions.say(one, Author.VISITOR, "在吗", NOON + 4 * MINUTE)
    assert one.waits_since == NOON + 3 * MINUTE
    assert one.answered_at == NOON + 2 * MINUTE


def test_who_was_not_answered_goes_back_to_the_front_with_the_first_promise() -> None:
    one = decisions.give_back(served(), NOON + 3 * MINUTE, NOON + 9 * MINUTE)
    assert (one.stage, one.asked_at, one.promised_by) == (Stage.WAITING, NOON, NOON + 5 * MINUTE)
    assert (one.staff_id, one.given_at) == (None, None)


def test_who_was_answered_is_promised_anew() -> None:
    one = decisions.give_back(answered(), NOON + 30 * MINUTE, NOON + 35 * MINUTE)
    assert (one.promised_by, one.answered_at) == (NOON + 35 * MINUTE, None)


def test_a_transfer_waits_for_the_other_office_with_a_promise_of_its_own() -> None:
    one = decisions.transfer(served(), "szj", NOON + 3 * MINUTE, NOON + 8 * MINUTE)
    assert (one.stage, one.office_id, one.promised_by) == (Stage.WAITING, "szj", NOON + 8 * MINUTE)


def test_a_letter_ends_the_conversation() -> None:
    one = decisions.become_letter(waiting(), "letter", NOON + MINUTE)
    assert (one.stage, one.letter_id, one.waits_since) == (Stage.LETTER, "letter", None)


def test_a_rating_is_for_a_person_who_answered() -> None:
    assert decisions.rate(decisions.end(answered(), NOON), 4).rating == 4
    with pytest.raises(IllegalMoveError):
        decisions.rate(decisions.end(waiting(), NOON), 4)


@pytest.mark.parametrize("rating", [0, 6])
def test_a_rating_is_one_to_five(rating: int) -> None:
    with pytest.raises(InvalidInputError):
        decisions.rate(decisions.end(answered(), NOON), rating)


def test_a_conversation_keeps_its_owner() -> None:
    first = decisions.of_citizen(waiting(), "citizen")
    assert decisions.of_citizen(first, "other").citizen_id == "citizen"


def step(one: Conversation, step: Step) -> Conversation:
    done = {
        Step.CALL: lambda: decisions.call_person(one, HandOver.ASKED, NOON, NOON),
        Step.TAKE: lambda: decisions.take(one, "staff", "", NOON),
        Step.GIVE_BACK: lambda: decisions.give_back(one, NOON, NOON),
        Step.TRANSFER: lambda: decisions.transfer(one, "szj", NOON, NOON),
        Step.LEAVE: lambda: decisions.leave(one),
        Step.BECOME: lambda: decisions.become_letter(one, "letter", NOON),
        Step.END: lambda: decisions.end(one, NOON),
        Step.RATE: lambda: decisions.rate(replace(one, answered_at=NOON), 5),
    }
    return done[step]()


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("wanted", list(Step))
def test_every_step_is_refused_where_it_does_not_belong(stage: Stage, wanted: Step) -> None:
    one = in_stage(stage)
    if stage in decisions.STEPS[wanted]:
        assert step(one, wanted).id == one.id
    else:
        with pytest.raises(IllegalMoveError):
            step(one, wanted)


def test_what_is_new_is_inserted_and_what_was_there_is_put() -> None:
    begun = decisions.begin("browser", None, NOON)
    one, message = decisions.say(begun, Author.VISITOR, "在吗", NOON)
    assert decisions.written(one, [message]).inserts == [one, message]
    later = decisions.written(replace(one, version=1), [message])
    assert (later.inserts, later.puts) == ([message], [replace(one, version=1)])


def test_what_it_is_about_is_the_first_thing_said_at_some_length_and_no_button() -> None:
    one = decisions.begin("browser", None, NOON)
    for text, card in (("您好", {}), ("都不是／不确定", {"act": "none"}), ("楼下的路灯坏了" * 9, {}), ("还有停车", {})):
        one, _ = decisions.say(one, Author.VISITOR, text, NOON, card=card)
    assert one.about == ("楼下的路灯坏了" * 9)[:39] + "…"
