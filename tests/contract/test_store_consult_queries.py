"""The named queries of the office."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import pytest
from msgspec import structs
from support.store import Maker, WholeStore
from support.whole_lists import orders_due, turns_due, whole

from minxin.consult.copy_records import ProposedCopy
from minxin.consult.decision import stream_of
from minxin.consult.facts import AssignmentFacts, OrderFacts
from minxin.consult.ports import QueueFilter, QueueItem
from minxin.consult.records import (
    OPEN_STATES,
    Example,
    ExampleSource,
    Extension,
    Letter,
    LetterDraft,
    LetterState,
    Office,
    OrderState,
    PublicCopy,
    PublicState,
    Rating,
    Satisfaction,
)
from minxin.core.changes import Changes, Event, Record
from minxin.core.paging import Page, PageRequest

ALL = PageRequest(size=200)
S = OrderState


def ids(records: Iterable[Record]) -> list[str]:
    return [record.id for record in records]


def order_ids(page: Page[QueueItem]) -> list[str]:
    return [item.order.id for item in page.items]


@pytest.fixture
async def letter(store: WholeStore, make: Maker) -> Letter | None:
    """The letter that the work orders of a test belong to."""
    await store.commit(make.numbered(make.letter(id="letter")))
    return await store.letter_by_number("2026-000001")


async def test_a_letter_is_found_by_its_number_and_its_key(store: WholeStore, make: Maker) -> None:
    letter = make.letter(intake_key="k", sealed=True)
    await store.commit(make.numbered(make.letter(), letter))

    assert (await store.letter_by_number("2026-000002")).id == letter.id
    assert (await store.letter_by_intake_key("k")).id == letter.id
    assert await store.letter_by_intake_key("x") is None
    for wrong in ("", "2026-2", "2026-000009", "2026-", "000002", "2026-00000²", "2026-" + "9" * 40, "x"):
        assert await store.letter_by_number(wrong) is None


async def test_a_writers_letters_come_newest_first_sealed_ones_too(store: WholeStore, make: Maker) -> None:
    await store.commit(
        make.numbered(
            make.letter(id="a", received_at=make.at(hours=1)),
            make.letter(id="b", received_at=make.at(hours=2), sealed=True),
            make.letter(id="c", received_at=make.at(hours=2)),
            make.letter(id="other", writer_id="li"),
        )
    )

    first = await store.letters_of("writer", PageRequest(size=2))
    rest = await store.letters_of("writer", PageRequest(first.next, 2))

    assert (ids(first.items), ids(rest.items)) == (["c", "b"], ["a"])


async def test_work_orders_of_a_letter_come_in_the_order_of_their_numbers(store: WholeStore, make: Maker) -> None:
    await store.commit(Changes(inserts=[make.order(id=f"o{n}", number=f"2026-000001-{n}") for n in (10, 2, 1)]))

    assert ids(await store.orders_of("letter")) == ["o1", "o2", "o10"]
    assert await store.orders_of("other") == []
    assert ids(await store.orders_of_letters(["other", "letter"])) == ["o1", "o2", "o10"]
    assert await store.orders_of_letters([]) == []


async def test_the_offices_turns_come_oldest_first(store: WholeStore, make: Maker) -> None:
    later, first = make.assignment(at=make.at(hours=2)), make.assignment(at=make.at(hours=1))
    await store.commit(Changes(inserts=[later, first, make.assignment(order_id="other")]))

    assert ids(await store.assignments_of("order")) == [first.id, later.id]


async def test_the_queue_comes_by_the_limit_that_runs_and_without_one_last(
    store: WholeStore, make: Maker, letter: Letter
) -> None:
    await store.commit(
        Changes(
            inserts=[
                make.order(id="answer in 2", state=S.IN_PROGRESS, answer_due=make.due(make.at(hours=2))),
                make.order(id="sign in 1", sign_due=make.due(make.at(hours=1)), answer_due=make.due(make.at(hours=9))),
                make.order(id="sign in 3", sign_due=make.due(make.at(hours=3))),
                make.order(id="standing still", state=S.WAITING, answer_due=make.due(None)),
                make.order(id="no limit", state=S.TO_DISPATCH),
                make.order(id="closed", state=S.CLOSED, answer_due=make.due(make.at(hours=1))),
                make.order(id="sealed", sealed=True, sign_due=make.due(make.at(hours=1))),
            ]
        )
    )
    wanted = QueueFilter(tuple(OPEN_STATES))

    whole = await store.order_queue(wanted, ALL)
    first = await store.order_queue(wanted, PageRequest(size=2))
    rest = await store.order_queue(wanted, PageRequest(first.next, 2))
    last = await store.order_queue(wanted, PageRequest(rest.next, 2))

    assert order_ids(whole) == ["sign in 1", "answer in 2", "sign in 3", "no limit", "standing still"]
    assert order_ids(first) + order_ids(rest) + order_ids(last) == order_ids(whole)
    assert whole.items[0].letter == letter
    assert await store.count_orders([wanted, wanted]) == [5, 5]


async def test_the_queue_is_narrowed_by_each_part_of_the_filter(store: WholeStore, make: Maker, letter: Letter) -> None:
    waits = Extension(5, "reason", "handler", make.now)
    await store.commit(
        Changes(
            inserts=[
                make.order(id="a", office_id="lamps", sign_due=make.due(make.at(hours=1)), urgent=True),
                make.order(
                    id="b",
                    office_id="parks",
                    state=S.IN_PROGRESS,
                    answer_due=make.due(make.at(hours=2)),
                    extension=waits,
                ),
                make.order(
                    id="c",
                    office_id="lamps",
                    state=S.IN_PROGRESS,
                    answer_due=make.due(make.at(hours=3)),
                    extension=structs.replace(waits, approved=True),
                    redo=make.redo(),
                ),
                make.order(id="still", office_id="lamps", state=S.WAITING, answer_due=make.due(None)),
                make.order(id="secret", office_id="lamps", sealed=True),
            ]
        )
    )

    every = tuple(OPEN_STATES)
    for wanted, expected in (
        (QueueFilter((S.IN_PROGRESS,)), ["b", "c"]),
        (QueueFilter(()), []),
        (QueueFilter(every, office_id="lamps"), ["a", "c", "still"]),
        (QueueFilter(every, due_before=make.at(hours=2)), ["a"]),
        (QueueFilter(every, due_from=make.at(hours=2)), ["b", "c"]),
        (QueueFilter(every, due_from=make.at(hours=2), due_before=make.at(hours=3)), ["b"]),
        (QueueFilter(every, urgent=True), ["a"]),
        (QueueFilter(every, urgent=False), ["b", "c", "still"]),
        (QueueFilter(every, extension_waits=True), ["b"]),
        (QueueFilter(every, redone=True), ["c"]),
        (QueueFilter(every, sealed=True), ["secret"]),
        (QueueFilter(every, office_id="parks", sealed=True), []),
    ):
        assert order_ids(await store.order_queue(wanted, ALL)) == expected, wanted
        assert await store.count_orders([wanted]) == [len(expected)], wanted


async def test_answered_orders_that_nobody_closed_are_found_oldest_first(store: WholeStore, make: Maker) -> None:
    answered = {"state": S.ANSWERED}
    await store.commit(
        Changes(
            inserts=[
                make.order(id="b", answered_at=make.at(hours=2), **answered),
                make.order(id="a", answered_at=make.at(hours=1), sealed=True, **answered),
                make.order(id="fresh", answered_at=make.at(hours=5), **answered),
                make.order(id="closed", answered_at=make.at(hours=1), state=S.CLOSED),
            ]
        )
    )

    assert ids(await store.answered_before(make.at(hours=5), 10)) == ["a", "b"]
    assert ids(await store.answered_before(make.at(hours=5), 1)) == ["a"]


async def test_drafts_come_last_touched_first(store: WholeStore, make: Maker) -> None:
    old = LetterDraft(id="old", writer_id="writer", updated_at=make.at(hours=1))
    new = LetterDraft(id="new", writer_id="writer", updated_at=make.at(hours=2))
    await store.commit(Changes(inserts=[old, new, LetterDraft(id="x", writer_id="li", updated_at=make.now)]))

    assert ids(await store.drafts_of("writer")) == ["new", "old"]


async def test_examples_come_oldest_first_and_public_copies_newest_first(store: WholeStore, make: Maker) -> None:
    examples = [
        Example(
            id=f"e{hour}",
            text="路灯",
            office_id="lamps",
            right=True,
            source=ExampleSource.CLERK,
            letter_id="letter",
            by="clerk",
            at=make.at(hours=hour),
        )
        for hour in (2, 1)
    ]
    copies = [
        PublicCopy(
            id=f"p{hour}",
            number="2026-000001",
            office_id="lamps",
            state=PublicState.PROPOSED if hour else PublicState.PUBLISHED,
            subject="",
            text="",
            answer="",
            proposed_at=make.at(hours=hour),
            proposed_by="handler",
        )
        for hour in (0, 1, 2)
    ]
    await store.commit(Changes(inserts=[*examples, *copies]))

    assert ids((await store.examples(ALL)).items) == ["e2", "e1"]
    assert ids((await store.copies_to_decide(ALL)).items) == ["p2", "p1"]
    assert ids((await store.published_copies(ALL)).items) == ["p0"]
    assert ids((await store.published_copies(ALL, "lamps")).items) == ["p0"]
    assert ids((await store.published_copies(ALL, "roads")).items) == []
    renewal = ProposedCopy("路灯", "坏了", "又修好了", make.at(hours=3), "handler")
    await store.commit(Changes(puts=[structs.replace(copies[0], version=1, renewal=renewal)]))
    assert ids((await store.copies_to_decide(ALL)).items) == ["p2", "p1", "p0"]
    assert ids((await store.published_copies(ALL)).items) == ["p0"]


async def test_offices_come_by_id(store: WholeStore) -> None:
    offices = [
        Office(id=name, name="路灯管理处", short="路灯", name_en="Lamps", level="city", duties=("路灯",))
        for name in ("parks", "lamps")
    ]
    await store.commit(Changes(inserts=offices))

    assert ids(await store.offices()) == ["lamps", "parks"]


async def test_figures_are_made_of_orders_whose_answer_limit_lies_in_the_period(store: WholeStore, make: Maker) -> None:
    rating = Rating(Satisfaction.SATISFIED, True, True, "", make.now, "caller")
    closed = make.order(
        id="closed",
        office_id="lamps",
        state=S.CLOSED,
        routed_at=make.at(minutes=1),
        answer_due=make.due(make.at(hours=1)),
        answered_at=make.at(minutes=30),
        closed_at=make.at(minutes=40),
        extension=Extension(5, "reason", "handler", make.now, approved=True),
        rating=rating,
        working_hours=0.5,
    )
    await store.commit(
        Changes(
            inserts=[
                closed,
                make.order(id="next", office_id="parks", answer_due=make.due(make.at(hours=2))),
                make.order(id="secret", sealed=True, answer_due=make.due(make.at(hours=1))),
                make.order(id="still", answer_due=make.due(None)),
            ]
        )
    )

    facts = await orders_due(store, make.at(hours=1), make.at(hours=2))

    assert facts == [
        OrderFacts(
            order_id="closed",
            letter_id="letter",
            number="2026-000001-1",
            office_id="lamps",
            state=S.CLOSED,
            received_at=make.now,
            routed_at=make.at(minutes=1),
            answer_due=make.at(hours=1),
            answered_at=make.at(minutes=30),
            closed_at=make.at(minutes=40),
            extended=True,
            redone=False,
            level=Satisfaction.SATISFIED,
            working_hours=0.5,
        )
    ]
    ahead = await orders_due(store, make.now, make.at(hours=9))
    assert [(fact.order_id, fact.office_id) for fact in ahead] == [("closed", "lamps"), ("next", "parks")]


async def test_turns_are_found_by_their_signing_limit_and_know_when_their_work_order_went_away(
    store: WholeStore, make: Maker
) -> None:
    await store.commit(
        make.numbered(make.letter(id="letter"), make.letter(id="gone", state=LetterState.WITHDRAWN))
        + Changes(
            inserts=[
                make.assignment(id="a", signed_at=make.at(hours=1)),
                make.order(id="order"),
                make.order(id="cancelled", letter_id="gone", state=S.CANCELLED),
                make.assignment(id="b", letter_id="gone", order_id="cancelled", office_id="parks"),
                make.assignment(id="later", sign_due=make.due(make.at(days=2))),
                make.assignment(id="secret", sealed=True),
            ]
        )
    )

    facts = await turns_due(store, make.now, make.at(days=2))

    assert facts[0] == AssignmentFacts(
        "a", "letter", "lamps", make.now, make.at(days=1), make.at(hours=1), None, cancelled=False
    )
    assert [(fact.assignment_id, fact.cancelled) for fact in facts] == [("a", False), ("b", True)]


async def test_the_last_rating_counts_also_while_the_order_is_done_again(store: WholeStore, make: Maker) -> None:
    order = make.order(state=S.IN_PROGRESS, answer_due=make.due(make.at(hours=1)), redo=make.redo())
    await store.commit(Changes(inserts=[order]))

    (fact,) = await orders_due(store, make.now, make.at(hours=2))

    assert fact.redone
    assert fact.level is Satisfaction.DISSATISFIED


async def test_received_letters_come_by_their_instant(store: WholeStore, make: Maker) -> None:
    await store.commit(
        make.numbered(
            make.letter(id="b", received_at=make.at(hours=2)),
            make.letter(id="a", received_at=make.at(hours=1)),
            make.letter(id="late", received_at=make.at(hours=3)),
            make.letter(id="secret", received_at=make.at(hours=1), sealed=True),
        )
    )

    found = await whole(partial(store.received_between, make.at(hours=1), make.at(hours=3)), 1)

    assert found == [(make.at(hours=1), "a"), (make.at(hours=2), "b")]


async def test_letter_streams_hold_the_letters_events_but_no_sealed_ones_and_no_accounts(
    store: WholeStore, make: Maker
) -> None:
    streams = (stream_of("a"), stream_of("b"), stream_of("c"), "account", stream_of("c"))
    await store.commit(
        make.numbered(make.letter(id="a"), make.letter(id="b", sealed=True), make.letter(id="c"))
        + Changes(events=[Event(stream, "submitted", make.now, "w") for stream in streams])
    )

    found = {letter_id: [sealed.seq for sealed in events] async for letter_id, events in store.letter_streams()}

    assert found == {"a": [1], "c": [1, 2]}
