"""What becomes of an entry of the knowledge base."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace
from support.knowledge import CHECKED, entry_version, entry_words, published_entry
from support.office import CLERK, HANDLER, MONDAY, REVIEWER, SIGNER, at

from minxin.consult.decision import Deed
from minxin.consult.knowledge import decisions
from minxin.consult.knowledge.decisions import day_of, must_be, stream_of
from minxin.consult.knowledge.passages import passage_of_entry, shown_on
from minxin.consult.knowledge.records import EntryState, KnowledgeEntry
from minxin.consult.knowledge.words import words_of
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import (
    ConflictError,
    IllegalMoveError,
    InvalidFormError,
    InvalidInputError,
    MinxinError,
    NotFoundError,
)
from minxin.core.passages import Condition, Facet, Source
from minxin.core.personal import Personal

WRITING = Deed(HANDLER, MONDAY, "test")
REVIEWING = Deed(REVIEWER, at(hours=1), "test")
TODAY = day_of(MONDAY)


def entry_of(changes: Changes) -> KnowledgeEntry:
    """Return the one entry that the changes write."""
    (found,) = [*changes.inserts, *changes.puts]
    assert isinstance(found, KnowledgeEntry)
    return found


def draft() -> KnowledgeEntry:
    return entry_of(decisions.drafted(WRITING, "water", entry_words()))


def in_review() -> KnowledgeEntry:
    return entry_of(decisions.submitted(WRITING, draft(), {}))


def shown() -> KnowledgeEntry:
    return entry_of(decisions.published(REVIEWING, in_review(), {}))


def reason_of(error: pytest.ExceptionInfo[MinxinError]) -> str:
    return error.value.reason


def test_entry_is_drafted_reviewed_and_shown() -> None:
    written = draft()
    assert (written.state, written.current) == (EntryState.DRAFT, None)
    assert passage_of_entry(written) is None
    waiting = in_review()
    assert (waiting.state, waiting.current) == (EntryState.IN_REVIEW, None)
    entry = shown()
    assert entry.state is EntryState.PUBLISHED
    assert entry.proposed is None
    assert entry.current is not None
    assert (entry.current.written_by, entry.current.reviewed_by) == (HANDLER.id, REVIEWER.id)
    assert entry.current.reviewed_at == REVIEWING.at


def test_every_step_says_the_same_as_event_and_in_the_audit_log() -> None:
    changes = decisions.published(REVIEWING, in_review(), {})
    (event,), (audit,) = changes.events, changes.audit
    entry = entry_of(changes)
    assert (event.stream, event.kind, event.actor) == (stream_of(entry.id), "published", REVIEWER.id)
    assert (audit.action, audit.target, audit.actor, audit.origin) == (
        "knowledge.published",
        entry.id,
        REVIEWER.id,
        "test",
    )


def test_who_wrote_the_draft_does_not_review_it() -> None:
    both = Actor("both", frozenset({Role.HANDLER, Role.REVIEWER}), "water")
    written = entry_of(decisions.changed(Deed(both, at()), draft(), entry_words()))
    waiting = entry_of(decisions.submitted(WRITING, written, {}))
    with pytest.raises(IllegalMoveError) as error:
        decisions.published(Deed(both, at(hours=1)), waiting, {})
    assert reason_of(error) == "knowledge.second_person"
    assert entry_of(decisions.published(Deed(SIGNER, at(hours=1)), waiting, {})).current is not None
    assert entry_of(decisions.published(Deed(CLERK, at(hours=1)), waiting, {})).current is not None


@pytest.mark.parametrize(
    "actor",
    [Actor("other handler", frozenset({Role.HANDLER}), "water"), Actor("elsewhere", frozenset({Role.REVIEWER}), "gas")],
)
def test_only_a_reviewer_of_the_office_or_the_centre_publishes(actor: Actor) -> None:
    for decide in (
        lambda: decisions.published(Deed(actor, at()), in_review(), {}),
        lambda: decisions.sent_back(Deed(actor, at()), in_review(), "缺条款"),
    ):
        with pytest.raises(IllegalMoveError) as error:
            decide()
        assert reason_of(error) == "knowledge.actor"


def test_what_is_shown_stays_while_a_new_version_is_written_and_is_kept_after_it() -> None:
    entry = shown()
    changed = entry_of(decisions.changed(WRITING, entry, entry_words(answer="新的答案：网上即可办理，不用到现场。")))
    assert changed.current == entry.current
    assert changed.state is EntryState.DRAFT
    again = entry_of(decisions.published(REVIEWING, entry_of(decisions.submitted(WRITING, changed, {})), {}))
    assert again.versions == (entry.current,)
    assert again.current is not None
    assert again.current.answer.startswith("新的答案")


def test_sent_back_draft_keeps_the_comment_until_it_is_submitted_again() -> None:
    back = entry_of(decisions.sent_back(REVIEWING, in_review(), " 请写明条款 "))
    assert (back.state, back.proposed and back.proposed.comment) == (EntryState.DRAFT, "请写明条款")
    changed = entry_of(decisions.changed(WRITING, back, entry_words()))
    assert changed.proposed is not None
    assert changed.proposed.comment == "请写明条款"
    waiting = entry_of(decisions.submitted(WRITING, changed, {}))
    assert waiting.proposed is not None
    assert waiting.proposed.comment == ""


def test_draft_in_review_is_not_changed() -> None:
    for decide in (
        lambda: decisions.changed(WRITING, in_review(), entry_words()),
        lambda: decisions.dropped(WRITING, in_review()),
        lambda: decisions.taken_over(WRITING, in_review(), 1),
    ):
        with pytest.raises(IllegalMoveError) as error:
            decide()
        assert reason_of(error) == "knowledge.in_review"


def test_nobody_decides_on_words_that_he_did_not_read() -> None:
    entry = replace(in_review(), version=3)
    must_be(entry, 3)
    with pytest.raises(ConflictError):
        must_be(entry, 2)


def test_withdrawn_entry_is_shown_no_more_and_nothing_of_it_is_lost() -> None:
    entry = entry_of(decisions.changed(WRITING, shown(), entry_words(question="新的问题？")))
    gone = entry_of(decisions.withdrawn(REVIEWING, entry, "政策已废止"))
    assert (gone.state, gone.current, gone.withdrawn_reason) == (EntryState.WITHDRAWN, None, "政策已废止")
    assert gone.versions[-1] == entry.current
    assert gone.proposed == entry.proposed
    assert passage_of_entry(gone) is None
    again = entry_of(decisions.changed(WRITING, gone, entry_words()))
    assert passage_of_entry(again) is None
    back = entry_of(decisions.published(REVIEWING, entry_of(decisions.submitted(WRITING, again, {})), {}))
    assert (back.state, back.withdrawn_reason) == (EntryState.PUBLISHED, "")


@pytest.mark.parametrize("reason", ["", " x ", "长" * 501])
def test_withdrawing_and_sending_back_need_a_reason(reason: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        decisions.withdrawn(WRITING, shown(), reason)
    assert (reason_of(error), error.value.field) == ("knowledge.reason", "reason")
    with pytest.raises(InvalidInputError) as error:
        decisions.sent_back(REVIEWING, in_review(), reason)
    assert error.value.field == "comment"


def test_what_is_not_shown_can_not_be_withdrawn_nor_a_missing_draft_submitted_or_dropped() -> None:
    with pytest.raises(IllegalMoveError) as error:
        decisions.withdrawn(WRITING, draft(), "作废")
    assert reason_of(error) == "knowledge.not_shown"
    for decide in (
        lambda: decisions.submitted(WRITING, shown(), {}),
        lambda: decisions.dropped(WRITING, shown()),
    ):
        with pytest.raises(IllegalMoveError) as error:
            decide()
        assert reason_of(error) == "knowledge.no_draft"
    with pytest.raises(IllegalMoveError) as error:
        decisions.published(REVIEWING, draft(), {})
    assert reason_of(error) == "knowledge.not_in_review"


def test_dropped_draft_leaves_what_there_was() -> None:
    first = decisions.dropped(WRITING, draft())
    assert [type(one) for one in first.deletes] == [KnowledgeEntry]
    entry = shown()
    rewritten = entry_of(decisions.changed(WRITING, entry, entry_words()))
    left = entry_of(decisions.dropped(WRITING, rewritten))
    assert (left.state, left.current, left.proposed) == (EntryState.PUBLISHED, entry.current, None)
    gone = entry_of(decisions.withdrawn(REVIEWING, rewritten, "作废了"))
    assert entry_of(decisions.dropped(WRITING, replace(gone, state=EntryState.DRAFT))).state is EntryState.WITHDRAWN


def test_old_version_is_taken_over_as_a_draft_of_whoever_does_it() -> None:
    entry = published_entry(office_id="water")
    taken = entry_of(decisions.taken_over(Deed(SIGNER, at()), entry, 1))
    assert taken.state is EntryState.DRAFT
    assert taken.current == entry.current
    assert taken.proposed is not None
    assert words_of(taken.proposed) == words_of(entry.versions[0])
    assert taken.proposed.written_by == SIGNER.id
    for number in (0, 2):
        with pytest.raises(NotFoundError):
            decisions.taken_over(WRITING, entry, number)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"question": " "}, "question"),
        ({"question": "长" * 121}, "question"),
        ({"answer": "长" * 8001}, "answer"),
        ({"basis": "长" * 1001}, "basis"),
        ({"other_ways": tuple(str(number) for number in range(31))}, "other_ways"),
        ({"other_ways": ("长" * 121,)}, "other_ways"),
        ({"conditions": (Condition(Facet.CASE, "长" * 61),)}, "conditions"),
        ({"checked_on": TODAY + timedelta(days=1)}, "checked_on"),
        ({"valid_until": CHECKED - timedelta(days=1)}, "valid_until"),
    ],
)
def test_draft_that_can_not_be_kept_is_told_beside_its_field(changed: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidFormError) as error:
        decisions.drafted(WRITING, "water", entry_words(**changed))
    assert field in [one.field for one in error.value.errors]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"answer": "短"}, "answer"),
        ({"basis": ""}, "basis"),
        ({"valid_until": TODAY - timedelta(days=1)}, "valid_until"),
    ],
)
def test_draft_without_answer_basis_or_time_is_kept_but_not_reviewed(changed: dict[str, object], field: str) -> None:
    kept = entry_of(decisions.drafted(WRITING, "water", entry_words(**changed)))
    with pytest.raises(InvalidFormError) as error:
        decisions.submitted(WRITING, kept, {})
    assert [one.field for one in error.value.errors] == [field]


def test_personal_data_keep_a_draft_from_being_reviewed_and_published() -> None:
    found = {"answer": (Personal.PHONE,), "question": ()}
    for decide in (
        lambda: decisions.submitted(WRITING, draft(), found),
        lambda: decisions.published(REVIEWING, in_review(), found),
    ):
        with pytest.raises(InvalidFormError) as error:
            decide()
        assert [(one.field, one.reason) for one in error.value.errors] == [("answer", "knowledge.personal")]


def test_words_are_kept_without_blanks_and_each_way_once() -> None:
    untidy = entry_words(question=" 问题？ ", other_ways=("一 ", "一", ""), conditions=(Condition(Facet.WHO, " "),))
    kept = entry_of(decisions.drafted(WRITING, "water", untidy)).proposed
    assert kept is not None
    assert (kept.question, kept.other_ways, kept.conditions) == ("问题？", ("一",), ())


def test_entry_is_shown_to_its_last_day_in_shanghai() -> None:
    last = date(2026, 3, 2)
    entry = replace(shown(), current=entry_version(valid_until=last))
    assert shown_on(entry, last) == entry.current
    assert shown_on(entry, last + timedelta(days=1)) is None
    # 17:00 UTC is already the next day in Shanghai.
    assert day_of(MONDAY.replace(hour=17)) == last + timedelta(days=1)


def test_passage_has_all_that_the_entry_says_and_where_it_comes_from() -> None:
    entry = published_entry()
    passage = passage_of_entry(entry)
    assert passage is not None
    assert entry.current is not None
    assert (passage.id, passage.source, passage.path) == ("knowledge:entry", Source.KNOWLEDGE, "/knowledge/entry")
    assert (passage.title, passage.text) == (entry.current.question, entry.current.answer)
    assert (passage.other_ways, passage.conditions) == (entry.current.other_ways, entry.current.conditions)
    assert passage.basis == "《户口登记条例》第十条；滨政办规〔2025〕7号"
    assert passage.office_id == "cgj"


def test_a_reviewer_may_publish_what_he_brings_from_elsewhere_and_nobody_else() -> None:
    entry = published_entry(office_id="water")
    brought = entry_words(answer="导入的新答案，已经核对。")
    put = entry_of(decisions.published_at_once(REVIEWING, entry, "water", brought, {}))
    assert put.versions[-1] == entry.current
    assert entry_of(decisions.published_at_once(Deed(SYSTEM, at()), None, "water", entry_words(), {})).current
    with pytest.raises(IllegalMoveError):
        decisions.published_at_once(WRITING, None, "water", entry_words(), {})
    with pytest.raises(InvalidFormError):
        decisions.published_at_once(REVIEWING, None, "water", entry_words(basis=""), {})
