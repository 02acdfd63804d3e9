"""What visitors said of answers, as every store keeps it."""

from __future__ import annotations

from msgspec.structs import replace
from support.store import Maker, WholeStore

from minxin.consult.assistant.ports import ConversationFacts, MarkFacts
from minxin.consult.assistant.ranking import Tally
from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.chat.decisions import begin
from minxin.consult.chat.records import HandOver
from minxin.core.changes import Changes


def marked(
    make: Maker, mark: Mark, passage_id: str = "knowledge:a", conversation: str = "one", **at: float
) -> AnswerMark:
    return AnswerMark(
        id=make.id("mark"),
        conversation_id=conversation,
        passage_id=passage_id,
        mark=mark,
        question="居住证怎么办",
        office_id="gongan",
        at=make.at(**at),
    )


async def test_tallies_count_each_mark_and_leave_out_what_was_taken_back(store: WholeStore, make: Maker) -> None:
    back = replace(marked(make, Mark.NOT_SOLVED), taken_back_at=make.at(minutes=1))
    solved = [marked(make, Mark.SOLVED, conversation=str(number)) for number in range(3)]
    others = [marked(make, Mark.NONE_OF_THESE, "matter:b"), marked(make, Mark.TAKEN, "matter:b")]
    await store.commit(Changes(inserts=[back, *solved, *others, marked(make, Mark.UNANSWERED, "")]))
    assert await store.mark_tallies(["knowledge:a", "matter:b", "matter:c"]) == {
        "knowledge:a": Tally(solved=3),
        "matter:b": Tally(none_of_these=1, taken=1),
    }
    assert await store.mark_tallies([]) == {}


async def test_mark_that_is_taken_back_leaves_the_tally(store: WholeStore, make: Maker) -> None:
    mark = marked(make, Mark.SOLVED)
    await store.commit(Changes(inserts=[mark]))
    await store.commit(Changes(puts=[replace(mark, version=1, taken_back_at=make.at())]))
    assert await store.mark_tallies(["knowledge:a"]) == {}
    assert [one.taken_back_at for one in await store.marks_of("one")] == [make.at()]


async def test_gaps_are_what_nobody_answered_and_nobody_settled_newest_first(store: WholeStore, make: Maker) -> None:
    old = marked(make, Mark.UNANSWERED, "", minutes=-90)
    first = marked(make, Mark.UNANSWERED, "", minutes=1)
    second = marked(make, Mark.NOT_SOLVED, minutes=2)
    settled = replace(marked(make, Mark.UNANSWERED, ""), settled_at=make.at(), settled_by="handler")
    back = replace(marked(make, Mark.NONE_OF_THESE), taken_back_at=make.at())
    await store.commit(Changes(inserts=[old, first, second, settled, back, marked(make, Mark.SOLVED)]))
    assert [one.id for one in await store.gap_marks(make.at(), 10)] == [second.id, first.id]
    assert [one.id for one in await store.gap_marks(make.at(), 1)] == [second.id]


async def test_most_marked_passages_come_first(store: WholeStore, make: Maker) -> None:
    marks = [marked(make, Mark.NOT_SOLVED, "knowledge:b", str(number)) for number in range(2)]
    await store.commit(
        Changes(
            inserts=[
                *marks,
                marked(make, Mark.NOT_SOLVED),
                marked(make, Mark.UNANSWERED, ""),
                marked(make, Mark.SOLVED),
            ]
        )
    )
    assert await store.most_marked(Mark.NOT_SOLVED, make.at(), 5) == [("knowledge:b", 2), ("knowledge:a", 1)]
    assert await store.most_marked(Mark.NOT_SOLVED, make.at(minutes=1), 5) == []


async def test_rates_are_made_of_marks_and_conversations_of_the_time(store: WholeStore, make: Maker) -> None:
    quiet = begin("visitor", None, make.at(minutes=1))
    called = replace(begin("visitor", None, make.at(minutes=2)), reason=HandOver.MISSED)
    before = replace(begin("visitor", None, make.at(minutes=-1)), last_at=make.at(minutes=5))
    await store.commit(
        Changes(inserts=[quiet, called, before, marked(make, Mark.SOLVED), marked(make, Mark.TAKEN, minutes=9)])
    )
    assert await store.conversations_between(make.at(), make.at(minutes=5)) == [
        ConversationFacts(quiet.id, quiet.opened_at, handed_over=False),
        ConversationFacts(called.id, called.opened_at, handed_over=True),
    ]
    assert await store.marks_between(make.at(), make.at(minutes=5)) == [MarkFacts(make.at(), Mark.SOLVED, "one")]
