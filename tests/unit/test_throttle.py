"""Reliability checks W9 and T4."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from minxin.core.errors import TooManyTriesError
from minxin.core.privacy import Vault
from minxin.mailbox import throttle
from minxin.mailbox.records import Throttle
from minxin.mailbox.rules import Limit

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LIMIT = Limit(10, timedelta(minutes=15))


def counted(times: list[datetime]) -> Throttle | None:
    kept: Throttle | None = None
    for at in times:
        changes = throttle.add(kept, "key", LIMIT, at)
        [record] = [*changes.inserts, *changes.puts]
        assert isinstance(record, Throttle)
        kept = replace(record, version=1)
    return kept


def test_tenth_try_is_free_and_eleventh_must_wait() -> None:
    throttle.check(counted([NOW] * 9), LIMIT, NOW)
    with pytest.raises(TooManyTriesError) as caught:
        throttle.check(counted([NOW] * 10), LIMIT, NOW)
    assert caught.value.params == {"retry_after_s": 900}


def test_window_slides() -> None:
    times = [NOW + timedelta(minutes=minute) for minute in range(10)]
    kept = counted(times)
    with pytest.raises(TooManyTriesError) as caught:
        throttle.check(kept, LIMIT, NOW + timedelta(minutes=14))
    assert caught.value.params == {"retry_after_s": 60}
    throttle.check(kept, LIMIT, NOW + timedelta(minutes=15))


def test_old_failures_are_forgotten_in_the_record_too() -> None:
    kept = counted([NOW, NOW + timedelta(hours=1)])
    assert kept is not None
    assert kept.failures == (NOW + timedelta(hours=1),)
    assert kept.expires_at == NOW + timedelta(hours=1, minutes=15)


def test_clock_set_back_neither_opens_the_throttle_nor_locks_for_longer_than_the_window() -> None:
    kept = counted([NOW] * 10)
    with pytest.raises(TooManyTriesError) as caught:
        throttle.check(kept, LIMIT, NOW - timedelta(days=1))
    assert caught.value.params == {"retry_after_s": 900}


def test_nobody_counted_means_open() -> None:
    throttle.check(None, LIMIT, NOW)


@pytest.mark.parametrize(
    ("origin", "network"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_network_of_an_address(origin: str, network: str) -> None:
    assert throttle.network_of(origin) == network


def test_id_names_neither_network_nor_account() -> None:
    vault = Vault(bytes(32))
    first = throttle.throttle_id(vault, "login", "account", "10.1.2.3")
    assert "10.1.2.3" not in first and "account" not in first
    assert first != throttle.throttle_id(vault, "login", "account", "10.1.2.4")
