"""The page of the audit log names the entries that do not fit their chain."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from minxin.core.audit import GENESIS, SealedAudit, seal_audit
from minxin.core.changes import AuditEntry, Head
from minxin.core.operations import broken_entries

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def newest_first(count: int) -> list[SealedAudit]:
    head, chain = GENESIS, []
    for place in range(count):
        sealed = seal_audit(head, AuditEntry(NOON, "actor", "read", str(place)))
        head = Head(sealed.seq, sealed.hash)
        chain.append(sealed)
    return chain[::-1]


def test_a_whole_chain_has_no_broken_entry() -> None:
    assert broken_entries(newest_first(5), whole=True) == frozenset()
    assert broken_entries([], whole=True) == frozenset()


def test_a_changed_entry_is_named() -> None:
    entries = newest_first(5)
    entries[2] = replace(entries[2], entry=replace(entries[2].entry, actor="another"))
    assert broken_entries(entries, whole=True) == {3}
    assert broken_entries(entries, whole=False) == {3}


def test_an_entry_after_a_gap_is_named_in_a_whole_stretch_only() -> None:
    entries = newest_first(5)
    del entries[2]
    assert broken_entries(entries, whole=True) == {4}
    assert broken_entries(entries, whole=False) == frozenset()


def test_an_entry_that_was_sealed_anew_breaks_the_one_after_it() -> None:
    entries = newest_first(5)
    older = entries[3]
    entries[2] = seal_audit(Head(older.seq, older.hash), AuditEntry(NOON, "another", "read", "2"))
    assert broken_entries(entries, whole=True) == {4}
