"""Which gaps an entry closes when it is published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from support.knowledge import entry_version, entry_words, published_entry
from support.office import HANDLER, MONDAY, REVIEWER, at

from minxin.consult import deadlines
from minxin.consult.assistant.gaps import Gap, gaps_of, settled
from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.assistant.rules import AssistantRules
from minxin.consult.decision import Deed
from minxin.consult.knowledge import decisions
from minxin.consult.knowledge.closing import closed_by, drafts_of, told
from minxin.consult.knowledge.records import EntryVersion, KnowledgeEntry
from minxin.core.calendar_tables import load_calendar

ASKED = datetime(2026, 3, 2, 4, tzinfo=UTC)
RULES = AssistantRules()
CALENDAR = load_calendar()
BEFORE = entry_version(question="停车管理", other_ways=())


def gap(*questions: str) -> Gap:
    """Return the gap of these questions, an hour apart."""
    marks = [
        AnswerMark(
            id=f"{questions[0]}{number}",
            conversation_id=f"talk{number}",
            passage_id="",
            mark=Mark.UNANSWERED,
            question=question,
            office_id="cgj",
            at=ASKED + timedelta(hours=number),
        )
        for number, question in enumerate(questions)
    ]
    (found,) = gaps_of(marks, [list(range(len(marks)))], RULES, due_from)
    return found


def due_from(start: datetime) -> deadlines.Due:
    return deadlines.due(start, RULES.write_limit, CALENDAR)


def shown(version: EntryVersion, entry_id: str = "entry") -> KnowledgeEntry:
    return replace(published_entry(entry_id), current=version)


def closed(before: EntryVersion | None, after: EntryVersion, *gaps: Gap) -> list[str]:
    return [one.questions[0] for one, _ in closed_by([told(before, shown(after))], gaps)]


def test_gap_goes_with_the_entry_that_was_written_for_one_of_its_marks() -> None:
    version = replace(BEFORE, gap_mark_ids=("单车乱停1",))
    assert closed(None, version, gap("单车乱停", "单车乱放"), gap("燃气表")) == ["单车乱停"]


@pytest.mark.parametrize("asked", ["停车 管理？", "ＡＢ停车管理".removeprefix("ＡＢ"), "“停车”管理!"])
def test_question_is_the_same_whatever_signs_and_widths_it_is_written_with(asked: str) -> None:
    assert closed(None, BEFORE, gap(asked)) == [asked]


def test_one_more_way_to_ask_closes_the_gap_that_asks_it_and_no_other() -> None:
    more = replace(BEFORE, other_ways=("单车乱放",))
    assert closed(BEFORE, more, gap("单车乱停", "单车乱放"), gap("停车管理"), gap("单车")) == ["单车乱停"]


def test_another_date_closes_nothing_and_another_answer_does() -> None:
    asked = gap("停车管理")
    assert closed(BEFORE, replace(BEFORE, checked_on=date(2026, 2, 1)), asked) == []
    assert closed(BEFORE, replace(BEFORE, answer="写得更清楚的答案，请到窗口办理。"), asked) == ["停车管理"]


def test_entry_that_is_not_shown_and_no_entry_close_nothing() -> None:
    gone = replace(published_entry(), current=None)
    assert closed_by([told(BEFORE, gone)], [gap("停车管理")]) == []
    assert closed_by([], [gap("停车管理")]) == []


def test_of_two_entries_the_first_is_named() -> None:
    entries = [told(None, shown(BEFORE, "one")), told(None, shown(BEFORE, "two"))]
    assert [entry_id for _, entry_id in closed_by(entries, [gap("停车管理")])] == ["one"]


def test_settled_gap_tells_whether_its_limit_was_met() -> None:
    asked = gap(*["单车乱停"] * 3)
    assert asked.due is not None and asked.due.instant is not None
    for at_, kept in ((asked.due.instant - timedelta(seconds=1), True), (asked.due.instant, False)):
        (audit,) = settled(asked, asked.marks, HANDLER, at_, "entry").audit
        assert audit.data == {"marks": 3, "in_time": kept, "entry": "entry"}
    (audit,) = settled(gap("单车乱停"), (), HANDLER, ASKED, "").audit
    assert audit.data == {"marks": 0}


def test_draft_is_for_its_gap_until_it_is_dropped() -> None:
    writing = Deed(HANDLER, MONDAY, "test")
    (entry,) = decisions.drafted(writing, "water", entry_words(), gap_mark_ids=("单车乱停0",)).inserts
    assert isinstance(entry, KnowledgeEntry)
    (again,) = decisions.changed(writing, entry, entry_words(), gap_mark_ids=("单车乱停0", "燃气表0")).puts
    assert isinstance(again, KnowledgeEntry) and again.proposed is not None
    assert again.proposed.gap_mark_ids == ("单车乱停0", "燃气表0")
    assert drafts_of(gap("单车乱停"), [again]) == [again]
    assert drafts_of(gap("路灯"), [again]) == []
    assert drafts_of(gap("单车乱停"), [replace(again, proposed=None)]) == []


def test_import_over_a_draft_for_a_gap_is_for_the_gap_as_well() -> None:
    entry = replace(published_entry(), proposed=replace(BEFORE, gap_mark_ids=("mark",)))
    reviewing = Deed(REVIEWER, at(hours=1), "test")
    (put,) = decisions.published_at_once(reviewing, entry, "water", entry_words(), {}).puts
    assert isinstance(put, KnowledgeEntry) and put.current is not None
    assert put.current.gap_mark_ids == ("mark",)
