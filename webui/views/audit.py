"""The audit log as people read it: who (by post, never by name), did what, with which result."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

import msgspec

from minxin.core.actor import ANONYMOUS, SYSTEM, Actor
from minxin.core.audit import SealedAudit
from minxin.core.clock import SHANGHAI
from minxin.core.errors import NotFoundError
from minxin.webui.exports import Cell
from minxin.webui.i18n import Language, sentences

HEADINGS: Final = (
    "seq",
    "at",
    "actor",
    "office",
    "action",
    "target",
    "result",
    "origin",
    "data",
    "prev",
    "hash",
)
OK: Final = "ok"


async def actors_of(
    entries: Iterable[SealedAudit], find: Callable[[str], Awaitable[Actor]]
) -> Mapping[str, Actor | None]:
    """Return who stands behind the ids of these entries, as far as the accounts still know."""
    wanted = {sealed.entry.actor for sealed in entries} - {SYSTEM.id, ANONYMOUS.id}

    async def look(account_id: str) -> tuple[str, Actor | None]:
        try:
            return account_id, await find(account_id)
        except NotFoundError:
            return account_id, None

    return dict(await asyncio.gather(*(look(account_id) for account_id in wanted)))


def action_name(action: str, language: Language) -> str:
    """Return the action in words, or nothing when there are none for it."""
    key = f"action.{action}"
    return sentences().sentence(key, language) if key in sentences() else ""


def csv_row(sealed: SealedAudit) -> tuple[Cell, ...]:
    """Return the entry as a row of the download: as stored, but for the time, which is the city's own."""
    entry = sealed.entry
    return (
        sealed.seq,
        entry.at.astimezone(SHANGHAI).isoformat(),
        entry.actor,
        entry.office_id,
        entry.action,
        entry.target,
        entry.result,
        entry.origin,
        msgspec.json.encode(entry.data).decode() if entry.data else "",
        sealed.prev,
        sealed.hash,
    )
