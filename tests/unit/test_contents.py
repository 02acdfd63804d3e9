"""Digests of words: the same words give the same one, anything else another, and no event holds the words."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from msgspec.structs import replace
from support.office import PARTS, WRITER, Case, answered, at, limits, signed_for

from minxin.consult import followup
from minxin.consult.contents import letter_digest, reply_digest
from minxin.consult.decision import Deed
from minxin.consult.ports import CaseFile
from minxin.consult.records import Attachment, Promise, Reply, Satisfaction
from minxin.consult.verify import first_problem
from minxin.core.changes import Event
from minxin.core.judgement import Kind

FILE = Attachment("file", "0" * 64, "收据.txt", "text/plain", 5)
REPLY = Reply(PARTS, (Promise("修好", date(2026, 6, 30)),), "handler", "reviewer", "signer", at(days=1))


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "another"},
        {"subject": "路灯不亮。"},
        {"text": ""},
        {"place": "文庙街 "},
        {"kind": Kind.PRAISE},
        {"attachments": (FILE,)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_other_words_have_another_digest(changed: dict[str, object]) -> None:
    letter = Case().letter
    assert letter_digest(replace(letter, **changed)) != letter_digest(letter)


def test_what_the_office_does_with_a_letter_leaves_its_digest_alone() -> None:
    case = Case()
    assert letter_digest(answered().letter) != letter_digest(case.letter)  # another letter with equal words
    assert letter_digest(replace(case.letter, urgent=True, sealed=True, version=7)) == letter_digest(case.letter)


@pytest.mark.parametrize(
    "changed",
    [
        {"parts": replace(PARTS, remedy="没有")},
        {"promises": ()},
        {"promises": (Promise("修好", date(2026, 7, 1)),)},
        {"signed_by": "other"},
    ],
    ids=["parts", "no promise", "later promise", "signer"],
)
def test_another_answer_has_another_digest(changed: dict[str, object]) -> None:
    assert reply_digest("letter", replace(REPLY, **changed)) != reply_digest("letter", REPLY)
    assert reply_digest("another", REPLY) != reply_digest("letter", REPLY)


def test_events_name_digests_and_never_words() -> None:
    case = Case()
    words = msgspec.json.encode(case.changes.events).decode()
    assert letter_digest(case.letter) in words
    assert case.letter.text not in words and case.letter.subject not in words


def _file(case: Case, events: list[Event]) -> CaseFile:
    return CaseFile(case.letter.id, case.letter, tuple(events), (case.order,), None)


def test_an_answer_that_is_done_again_is_held_against_its_own_event() -> None:
    case = answered()
    received = Event(
        "s", "received", at(), "w", data={"raw": case.letter.raw_blob, "content": letter_digest(case.letter)}
    )
    events = [received, *case.changes.events]
    assert first_problem(_file(case, events)) is None

    rating = Satisfaction.DISSATISFIED
    deed = Deed(WRITER, at(days=3))
    orders = (case.order,)
    case.take(
        followup.rate(
            deed, case.letter, orders, case.order, rating, contacted=True, solved=False, reason="不亮", limits=limits()
        )
    )
    assert first_problem(_file(case, events)) is not None
    assert first_problem(_file(case, [*events, *case.changes.events])) is None


def test_a_letter_whose_events_state_no_content_is_a_break() -> None:
    case = signed_for()
    bare = Event("s", "received", at(), "w", data={"raw": case.letter.raw_blob, "order": case.order.id})
    assert first_problem(_file(case, [bare])) == "its words are not those that its events state"
