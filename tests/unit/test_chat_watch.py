from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from minxin.consult.chat import decisions
from minxin.consult.chat.queue import place_of, who_takes
from minxin.consult.chat.records import Author, Conversation, HandOver, Presence
from minxin.consult.chat.rules import ChatRules
from minxin.consult.chat.watch import Fate, fate_of

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULES = ChatRules()
CENTRE = "zhongxin"


def waiting(office_id: str | None = "cgj", called_at: datetime = NOON) -> Conversation:
    begun = decisions.begin("browser", None, called_at)
    return decisions.call_person(begun, HandOver.ASKED, called_at, called_at + RULES.promised, office_id)


def staff(name: str = "staff", office_id: str = "cgj", *, most: int = 2, given_at: datetime | None = None) -> Presence:
    return Presence(id=name, office_id=office_id, on_duty=True, most=most, seen_at=NOON, given_at=given_at)


def served() -> Conversation:
    return decisions.take(waiting(), "staff", "客服", NOON + MINUTE)


def answered() -> Conversation:
    return decisions.say(served(), Author.STAFF, "您好", NOON + 2 * MINUTE)[0]


def asked_again() -> Conversation:
    return decisions.say(answered(), Author.VISITOR, "那孩子呢", NOON + 3 * MINUTE)[0]


def fate(conversation: Conversation, after: timedelta, **known: object) -> Fate:
    now = NOON + after
    here = replace(staff(), seen_at=now)
    given = {"anybody": True, "staff": here, "visitor_seen_at": now, **known}
    return fate_of(conversation, now, RULES, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("after", "known", "expected"),
    [
        (MINUTE, {}, Fate.KEEP),
        (MINUTE, {"anybody": False}, Fate.GIVE_UP),
        (RULES.promised - timedelta(seconds=1), {}, Fate.KEEP),
        (RULES.promised, {}, Fate.GIVE_UP),
        (3 * MINUTE, {"visitor_seen_at": NOON}, Fate.GIVE_UP),
        (RULES.visitor_gone - timedelta(seconds=1), {"visitor_seen_at": NOON}, Fate.KEEP),
    ],
)
def test_who_waits_is_kept_or_given_up(after: timedelta, known: dict[str, object], expected: Fate) -> None:
    assert fate(waiting(), after, **known) is expected


@pytest.mark.parametrize(
    ("after", "known", "expected"),
    [
        (2 * MINUTE, {}, Fate.KEEP),
        (2 * MINUTE, {"staff": None}, Fate.GIVE_BACK),
        (2 * MINUTE, {"staff": staff()}, Fate.GIVE_BACK),
        (RULES.promised, {}, Fate.GIVE_UP),
    ],
)
def test_who_was_given_but_not_answered_goes_back_or_is_given_up(
    after: timedelta, known: dict[str, object], expected: Fate
) -> None:
    assert fate(served(), after, **known) is expected


def test_who_goes_off_duty_loses_what_he_has_not_answered() -> None:
    off = replace(staff(), on_duty=False, seen_at=NOON + 2 * MINUTE)
    assert fate(served(), 2 * MINUTE, staff=off) is Fate.GIVE_BACK
    assert fate(asked_again(), 4 * MINUTE, staff=replace(off, seen_at=NOON + 4 * MINUTE)) is Fate.KEEP


@pytest.mark.parametrize(
    ("after", "known", "expected"),
    [
        (10 * MINUTE, {}, Fate.KEEP),
        (10 * MINUTE, {"staff": staff()}, Fate.GIVE_BACK),
        (3 * MINUTE + RULES.silent, {}, Fate.GIVE_BACK),
    ],
)
def test_a_new_question_that_nobody_answers_goes_back_to_the_queue(
    after: timedelta, known: dict[str, object], expected: Fate
) -> None:
    assert fate(asked_again(), after, **known) is expected


def test_who_was_answered_and_says_nothing_is_done() -> None:
    assert fate(answered(), 20 * MINUTE, staff=None) is Fate.KEEP
    assert fate(answered(), 2 * MINUTE + RULES.idle, staff=None) is Fate.END


def test_what_the_assistant_has_is_nobodys_business() -> None:
    assert fate(decisions.begin("browser", None, NOON), timedelta(days=9), anybody=False) is Fate.KEEP


def test_the_office_of_the_question_comes_before_the_centre() -> None:
    people = [staff("centre", CENTRE), staff("own")]
    taker = who_takes(waiting(), people, {"own": 1}, CENTRE)
    assert taker is not None
    assert taker.id == "own"


def test_the_centre_takes_what_the_office_can_not() -> None:
    people = [staff("centre", CENTRE), staff("own"), staff("elsewhere", "szj")]
    taker = who_takes(waiting(), people, {"own": 2}, CENTRE)
    assert taker is not None
    assert taker.id == "centre"
    assert who_takes(waiting(), people, {"own": 2, "centre": 2}, CENTRE) is None


def test_the_fewest_open_comes_first_then_who_was_given_one_the_longest_ago() -> None:
    people = [staff("busy"), staff("late", given_at=NOON), staff("early", given_at=NOON - MINUTE), staff("new")]
    order = []
    has = {"busy": 1}
    while taker := who_takes(waiting(), people, has, CENTRE):
        order.append(taker.id)
        has[taker.id] = 2
    assert order == ["new", "early", "late", "busy"]


def test_a_question_of_no_office_is_the_centres() -> None:
    assert who_takes(waiting(None), [staff("own")], {}, CENTRE) is None


def test_the_expected_wait_follows_the_recent_pace() -> None:
    queue = [waiting(called_at=NOON + n * MINUTE) for n in range(3)]
    taken = [NOON, NOON + 2 * MINUTE, NOON + 4 * MINUTE, NOON + 10 * MINUTE]
    place = place_of(queue[2], queue, taken)
    assert (place.position, place.wait) == (3, 6 * MINUTE)
    assert place_of(queue[0], queue, taken[:1]).wait is None
