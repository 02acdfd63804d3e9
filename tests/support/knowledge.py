"""Entries of the knowledge base for tests: everything filled in that a test does not care about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from minxin.consult.knowledge.records import EntryState, EntryVersion, KnowledgeEntry
from minxin.consult.knowledge.words import EntryWords
from minxin.core.passages import Condition, Facet

CHECKED = date(2026, 1, 5)
AT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
WHO = Condition(Facet.WHO, "高校毕业生")


def entry_words(say: Callable[[str], str] = str, **changed: Any) -> EntryWords:
    """Return words that are fit to be shown, with some of them changed."""
    fields: dict[str, Any] = {
        "question": say("毕业生怎么落户？"),
        "other_ways": (say("大学生怎么迁户口"),),
        "answer": say("凭毕业证书和居民身份证到派出所申请，当场办结。"),
        "basis": say("《户口登记条例》第十条"),
        "document_number": say("滨政办规〔2025〕7号"),
        "checked_on": CHECKED,
        "valid_until": None,
        "conditions": (Condition(Facet.WHO, say("高校毕业生")),),
    }
    return EntryWords(**{**fields, **changed})


def entry_version(say: Callable[[str], str] = str, *, by: str = "handler", **changed: Any) -> EntryVersion:
    """Return such words as a version that ``by`` wrote."""
    words = entry_words(say, **changed)
    fields = {name: getattr(words, name) for name in EntryWords.__struct_fields__}
    return EntryVersion(**fields, written_by=by, written_at=AT)


def published_entry(
    entry_id: str = "entry", office_id: str = "cgj", say: Callable[[str], str] = str, **changed: Any
) -> KnowledgeEntry:
    """Return an entry that is shown in its second version."""
    return KnowledgeEntry(
        id=entry_id,
        office_id=office_id,
        state=EntryState.PUBLISHED,
        changed_at=AT,
        current=entry_version(say, **changed),
        versions=(entry_version(say, question=say("旧的问法？")),),
    )
