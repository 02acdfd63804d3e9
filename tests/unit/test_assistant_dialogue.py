"""What the assistant does next, step by step: over listed hits and passages, with nothing stored."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from support.assistant import hit, passage

from minxin.consult.assistant import dialogue as decide
from minxin.consult.assistant.records import Mark
from minxin.consult.assistant.state import CardKind, Dialogue, MarkDraft, Say, Turn
from minxin.consult.assistant.understanding import Aspect
from minxin.consult.chat.records import HandOver
from minxin.core.passages import Facet, Hit, Passage

FIRST = passage("first", "居民身份证首次申领", "到派出所办理。20 个工作日内办结。不收费。", case="首次申领")
LOST = passage("lost", "居民身份证丢失补领", "到派出所补领。收工本费 40 元。", case="丢失补领")
CHANGE = passage("change", "居民身份证到期换领", "到派出所换领。收工本费 20 元。", case="到期换领")
BROKEN = passage("broken", "居民身份证损坏换领", case="损坏换领")
CHILD = passage("child", "儿童医保参保", for_whom="孩子")
PARENT = passage("parent", "老人医保参保", for_whom="老人")
PLAIN = [passage(f"plain{number}", f"普通事项{number}") for number in range(8)]
ALL: Mapping[str, Passage] = {one.id: one for one in [FIRST, LOST, CHANGE, BROKEN, CHILD, PARENT, *PLAIN]}


def ask(question: str, *hits: Hit, dialogue: Dialogue | None = None) -> Turn:
    return decide.on_question(dialogue or Dialogue(), question, hits, ALL)


def plain(*confidences: float) -> list[Hit]:
    return [hit(f"plain{number}", confidence) for number, confidence in enumerate(confidences)]


def kind(turn: Turn) -> CardKind | None:
    return turn.card.kind if turn.card else None


def test_sure_hit_is_answered_at_once_with_its_passage() -> None:
    turn = ask("普通", *plain(0.9, 0.3))
    assert kind(turn) is CardKind.ANSWER
    assert turn.shown == ("knowledge:plain0",)
    assert turn.dialogue.topic == "knowledge:plain0"
    assert turn.call is None


def test_unsure_hits_are_up_to_three_readings() -> None:
    turn = ask("普通", *plain(0.4, 0.3, 0.2, 0.1))
    assert kind(turn) is CardKind.READINGS
    assert turn.shown == ("knowledge:plain0", "knowledge:plain1", "knowledge:plain2")


def test_sure_hit_for_one_case_of_several_asks_for_the_case_first() -> None:
    turn = ask("身份证怎么办", hit("lost", 0.8), hit("first", 0.5), hit("change", 0.4))
    assert turn.card is not None
    assert (kind(turn), turn.card.facet) == (CardKind.QUESTION, Facet.CASE)
    assert turn.card.options == ("丢失补领", "首次申领", "到期换领")
    answered = decide.on_value(turn.dialogue, "到期换领", ALL)
    assert (kind(answered), answered.shown) == (CardKind.ANSWER, ("knowledge:change",))


def test_case_that_the_question_names_is_not_asked_for() -> None:
    turn = ask("身份证丢了怎么办", hit("lost", 0.8), hit("first", 0.5))
    assert (kind(turn), turn.shown) == (CardKind.ANSWER, ("knowledge:lost",))


def test_words_of_the_question_speak_against_other_cases() -> None:
    turn = ask("孩子的医保", hit("parent", 0.5), hit("child", 0.45))
    assert turn.dialogue.left[0].passage_id == "knowledge:child"


def test_passage_that_may_not_be_shown_any_more_is_not_offered() -> None:
    turn = decide.on_question(Dialogue(), "普通", plain(0.9, 0.8), {PLAIN[1].id: PLAIN[1]})
    assert turn.shown == ("knowledge:plain1",)


def test_none_of_these_marks_each_reading_and_offers_the_next() -> None:
    turn = decide.on_none(ask("普通", *plain(0.3, 0.2, 0.2, 0.1, 0.1)).dialogue, ALL)
    assert turn.marks == tuple(MarkDraft(f"knowledge:plain{number}", Mark.NONE_OF_THESE) for number in range(3))
    assert (kind(turn), turn.shown) == (CardKind.READINGS, ("knowledge:plain3", "knowledge:plain4"))
    assert turn.card is not None
    assert turn.card.say is Say.OTHERS


def test_clarifying_question_follows_refused_readings() -> None:
    cases = (hit("first", 0.2), hit("lost", 0.2), hit("change", 0.2), hit("broken", 0.2))
    turn = decide.on_none(ask("普通", *plain(0.3, 0.3, 0.3), *cases).dialogue, ALL)
    assert turn.card is not None
    assert (kind(turn), turn.card.facet) == (CardKind.QUESTION, Facet.CASE)


def test_refusal_never_makes_what_is_left_sure() -> None:
    turn = decide.on_none(ask("普通", *plain(0.3, 0.3, 0.3, 0.29)).dialogue, ALL)
    assert kind(turn) is CardKind.READINGS


def test_not_more_than_three_readings_and_questions_in_a_row() -> None:
    turn = ask("普通", *plain(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1), *[hit("child", 0.1), hit("parent", 0.1)])
    kinds = [kind(turn)]
    while kind(turn) in (CardKind.READINGS, CardKind.QUESTION):
        turn = decide.on_none(turn.dialogue, ALL)
        kinds.append(kind(turn))
    assert len(kinds) <= decide.CARDS_MOST + 1
    assert kinds[-1] is CardKind.WAYS
    assert MarkDraft("", Mark.UNANSWERED) in turn.marks


def test_nothing_found_offers_ways_and_the_second_time_calls_a_person() -> None:
    turn = ask("火星移民")
    assert (kind(turn), turn.call) == (CardKind.WAYS, None)
    assert turn.marks == (MarkDraft("", Mark.UNANSWERED),)
    again = ask("月球移民", dialogue=turn.dialogue)
    assert again.call is HandOver.MISSED
    assert again.card is not None
    assert again.card.say is Say.MISSED


def test_answer_between_two_misses_that_solved_it_begins_anew() -> None:
    turn = ask("火星移民")
    turn = ask("普通", *plain(0.9), dialogue=turn.dialogue)
    turn = decide.on_verdict(turn.dialogue, "knowledge:plain0", solved=True, passages=ALL)
    assert turn.marks == (MarkDraft("knowledge:plain0", Mark.SOLVED),)
    assert ask("月球移民", dialogue=turn.dialogue).call is None


def test_not_solved_goes_on_with_the_next_best_and_the_second_calls_a_person() -> None:
    turn = ask("普通", *plain(0.9, 0.3))
    turn = decide.on_verdict(turn.dialogue, "knowledge:plain0", solved=False, passages=ALL)
    assert turn.marks == (MarkDraft("knowledge:plain0", Mark.NOT_SOLVED),)
    assert turn.shown == ("knowledge:plain1",)
    turn = decide.on_reading(turn.dialogue, "knowledge:plain1", ALL)
    turn = decide.on_verdict(turn.dialogue, "knowledge:plain1", solved=False, passages=ALL)
    assert turn.call is HandOver.MISSED


def test_not_solved_with_nothing_left_is_one_miss_and_not_two() -> None:
    turn = decide.on_verdict(ask("普通", *plain(0.9)).dialogue, "knowledge:plain0", solved=False, passages=ALL)
    assert (kind(turn), turn.call, turn.dialogue.misses) == (CardKind.WAYS, None, 1)


def test_not_sure_halves_what_is_for_one_case_and_asks_no_second_time() -> None:
    turn = ask("身份证怎么办", hit("lost", 0.8), hit("first", 0.5), hit("plain0", 0.45))
    turn = decide.on_value(turn.dialogue, "", ALL)
    assert kind(turn) is CardKind.READINGS
    assert turn.dialogue.left[0].passage_id == "knowledge:plain0"


@pytest.mark.parametrize(
    ("aspect", "said"),
    [(Aspect.TIME, "20 个工作日内办结。"), (Aspect.FEE, "不收费。"), (Aspect.WHERE, None), (Aspect.ONLINE, None)],
)
def test_part_of_an_answer_is_its_own_sentence(aspect: Aspect, said: str | None) -> None:
    turn = decide.on_aspect(Dialogue(topic=FIRST.id), aspect, FIRST)
    assert turn.card is not None
    assert turn.card.quotes == ((said,) if said else ())
    assert turn.card.say is (Say.DETAIL if said else Say.NO_DETAIL)


def test_reading_that_was_withdrawn_meanwhile_leads_to_the_next() -> None:
    turn = ask("普通", *plain(0.4, 0.3))
    gone = {PLAIN[1].id: PLAIN[1]}
    assert decide.on_reading(turn.dialogue, "knowledge:plain0", gone).shown == ("knowledge:plain1",)
