"""Reliability check W5: what the server keeps of a log-in."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from minxin.core.actor import Role
from minxin.core.privacy import Vault
from minxin.mailbox import sessions
from minxin.mailbox.records import Account, AccountState
from minxin.mailbox.rules import AccountRules

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
RULES = AccountRules()
VAULT = Vault(bytes(32))


def account(role: Role) -> Account:
    return Account(
        id="a",
        login="zhang",
        state=AccountState.ACTIVE,
        name="张三丰",
        phone=VAULT.seal("13812345678", "phone"),
        phone_index="p",
        password_hash="h",
        created_at=NOW,
        roles=(role,),
    )


def test_token_has_256_random_bits_and_only_its_hash_is_kept() -> None:
    tickets = [sessions.new_ticket(account(Role.CITIZEN), NOW, RULES, "phone", complete=True) for _ in range(50)]
    assert len({ticket.token for ticket in tickets}) == 50
    for token, session in tickets:
        assert len(base64.urlsafe_b64decode(token + "=")) == 32
        assert session.id == hashlib.sha256(token.encode()).hexdigest()
        assert token not in repr(session)


@pytest.mark.parametrize(("role", "idle_minutes"), [(Role.HANDLER, 30), (Role.CITIZEN, 120)])
def test_idle_session_dies(role: Role, idle_minutes: int) -> None:
    holder = account(role)
    session = sessions.new_ticket(holder, NOW, RULES, "", complete=True).session
    idle = timedelta(minutes=idle_minutes)
    assert sessions.is_alive(session, holder, NOW + idle - timedelta(seconds=1), RULES)
    assert not sessions.is_alive(session, holder, NOW + idle, RULES)


def test_session_dies_after_twelve_hours_however_busy() -> None:
    holder = account(Role.HANDLER)
    session = sessions.new_ticket(holder, NOW, RULES, "", complete=True).session
    almost = NOW + timedelta(hours=12, seconds=-1)
    assert sessions.is_alive(sessions.touched(session, almost), holder, almost, RULES)
    assert not sessions.is_alive(sessions.touched(session, almost), holder, NOW + timedelta(hours=12), RULES)


def test_session_without_its_second_factor_lives_for_ten_minutes() -> None:
    holder = account(Role.HANDLER)
    session = sessions.new_ticket(holder, NOW, RULES, "", complete=False).session
    assert not session.complete
    assert not sessions.is_alive(session, holder, NOW + timedelta(minutes=10), RULES)


def test_name_of_the_device_is_cut() -> None:
    assert len(sessions.new_ticket(account(Role.CITIZEN), NOW, RULES, "x" * 9_999, complete=True).session.device) == 120
