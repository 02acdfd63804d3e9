from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minxin.core.errors import InvalidInputError, TooManyTriesError
from minxin.mailbox.outgoing.carriers import is_public, mail_hosts
from minxin.mailbox.outgoing.counting import counted
from minxin.mailbox.outgoing.ports import Handed
from minxin.mailbox.outgoing.recipients import recipient_address
from minxin.mailbox.outgoing.records import OutgoingMail, OutgoingState
from minxin.mailbox.outgoing.rules import Allowance, SendingRules, next_try
from minxin.mailbox.outgoing.smtp_client import clean_reply
from minxin.mailbox.outgoing.turns import after

NOON = datetime(2026, 2, 12, 4, 0, tzinfo=UTC)
RULES = SendingRules()
MAIL = OutgoingMail(
    id="one", box_id="w", message_id="m@x", content_id="c", sender="w@x.example", recipient="a@b", created_at=NOON
)
LATER = Handed(taken=False, final=False, status="4.7.1", reply="451 later")


def test_pauses_grow_from_a_minute_to_hours_and_end_after_three_days() -> None:
    now, pauses, failures = NOON, [], 0
    while True:
        failures += 1
        again = next_try(NOON, failures, now, RULES.patience)
        if again is None:
            break
        pauses.append(again - now)
        now = again

    minutes = [round(pause.total_seconds() / 60) for pause in pauses]
    assert minutes[:6] == [1, 5, 30, 120, 240, 240]
    assert all(one == 240 for one in minutes[5:-1]) and sum(pauses, timedelta()) == timedelta(days=3)


@given(st.integers(1, 1000), st.timedeltas(timedelta(), timedelta(days=4)))
def test_the_next_try_lies_ahead_and_within_the_patience(failures: int, passed: timedelta) -> None:
    again = next_try(NOON, failures, NOON + passed, RULES.patience)
    assert again is None if passed >= RULES.patience else again is not None
    assert again is None or NOON + passed < again <= NOON + RULES.patience


def test_a_mail_that_was_taken_is_over_and_needs_its_bytes_no_more() -> None:
    result = after(MAIL, Handed(taken=True, final=True, status="2.0.0"), RULES, NOON)
    assert (result.record.state, result.record.content_id, result.record.done_at) == (OutgoingState.SENT, "", NOON)
    assert not result.late and not result.failed


def test_a_final_answer_ends_it_at_once_and_any_other_gives_it_another_turn() -> None:
    failed = after(MAIL, Handed(taken=False, final=True, status="5.1.1"), RULES, NOON)
    waiting = after(MAIL, LATER, RULES, NOON)

    assert failed.failed and failed.record.state is OutgoingState.FAILED
    assert (waiting.record.turn, waiting.record.attempts, waiting.record.content_id) == (1, 1, "c")
    assert not waiting.failed and not waiting.late


def test_a_sender_is_told_once_that_his_mail_is_late() -> None:
    first = after(MAIL, LATER, RULES, NOON + timedelta(hours=4))
    second = after(first.record, LATER, RULES, NOON + timedelta(hours=8))
    assert (after(MAIL, LATER, RULES, NOON + timedelta(hours=3)).late, first.late, second.late) == (False, True, False)


def test_what_a_box_sends_is_counted_by_the_hour_and_the_day_of_the_city() -> None:
    allowance = Allowance(5, 8)
    count = counted(None, "w", 5, allowance, NOON)
    with pytest.raises(TooManyTriesError) as hour:
        counted(count, "w", 1, allowance, NOON)
    count = counted(count, "w", 3, allowance, NOON + timedelta(hours=1))
    with pytest.raises(TooManyTriesError) as day:
        counted(count, "w", 1, allowance, NOON + timedelta(hours=2))
    midnight = datetime(2026, 2, 12, 16, 0, tzinfo=UTC)

    assert (hour.value.params["retry_after_s"], day.value.params["retry_after_s"]) == (3600, 10 * 3600)
    assert counted(count, "w", 1, allowance, midnight).in_day == 1


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" a@B.Example ", "a@b.example"),
        ("Li.Si+x@例子.中国", "Li.Si+x@xn--fsqu00a.xn--fiqs8s"),
        ("王@home.example", "王@home.example"),
        ("a@b.example.", "a@b.example"),
    ],
)
def test_addresses_have_one_form(typed: str, address: str) -> None:
    assert recipient_address(typed) == address


@given(st.text(max_size=300))
def test_whatever_is_taken_as_an_address_fits_into_a_command_and_a_header(typed: str) -> None:
    try:
        address = recipient_address(typed)
    except InvalidInputError as error:
        assert "\n" not in str(error.params["address"])
        return
    local, _, domain = address.partition("@")
    assert local and domain.isascii() and "." in domain and len(address.encode()) <= 254
    assert not set(address) & set(' \t\r\n<>()[],;:\\"\x00') and address.count("@") == 1


def test_servers_come_by_preference_and_a_domain_may_take_no_mail() -> None:
    assert mail_hosts(["20 b.example", "10 A.example.", "30 c.example"], "x.example") == [
        "a.example",
        "b.example",
        "c.example",
    ]
    assert mail_hosts([], "x.example") == ["x.example"]
    assert mail_hosts(["0 "], "x.example") == mail_hosts(["0 ."], "x.example") == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.1.1", "::1", "fe80::1", "x", ""])
def test_nobody_s_name_leads_into_a_network_of_one_s_own(address: str) -> None:
    assert not is_public(address)
    assert is_public("93.184.216.34") and is_public("2606:2800:220:1::1")


@given(st.text(max_size=2000))
def test_what_a_server_says_is_shown_as_one_line_without_marks(said: str) -> None:
    shown = clean_reply(said)
    assert len(shown) <= 300 and not set(shown) & set("\r\n\t\x00\x1b\x85\u2028\u202e")
