"""Keeps what the holders of boxes set for them (设置): each change is one commit and leaves a line in the audit log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from minxin.core.actor import Actor
from minxin.core.changes import AuditEntry, Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError
from minxin.mailbox.mail.access import access_box
from minxin.mailbox.mail.addresses import Domains
from minxin.mailbox.mail.records import Box
from minxin.mailbox.mail.settings import (
    BoxSettings,
    Vacation,
    settings_or_default,
    with_blocked,
    with_signature,
    with_vacation,
    without_blocked,
)
from minxin.mailbox.ports import MailStore

TRIES: Final = 8


class SettingsKeeping:
    """The settings of boxes, for whoever may open them; a shared box has one set for all of its office."""

    def __init__(self, store: MailStore, clock: Clock, domains: Domains) -> None:
        self._store = store
        self._clock = clock
        self._domains = domains

    async def of(self, actor: Actor, box_id: str) -> BoxSettings:
        """Return what is set for the box; raises ``NotFoundError`` for who may not open it."""
        _, settings = await self._load(actor, box_id)
        return settings

    async def set_signature(self, actor: Actor, box_id: str, text: str) -> None:
        """Set the signature under mail that is written in the pages, empty for none; raises ``InvalidInputError``."""
        await self._keep(actor, box_id, "set_signature", lambda settings: with_signature(settings, text))

    async def set_vacation(self, actor: Actor, box_id: str, vacation: Vacation | None) -> None:
        """Set the vacation notice, None for none; raises ``InvalidFormError``."""
        await self._keep(actor, box_id, "set_vacation", lambda settings: with_vacation(settings, vacation))

    async def set_all(
        self, actor: Actor, box_id: str, *, signature: str, vacation: Vacation | None, blocked: Sequence[str]
    ) -> BoxSettings:
        """Set all of it at once and return what is set now; raises as the others do, and changes nothing then."""

        def change(settings: BoxSettings) -> BoxSettings:
            changed = with_vacation(with_signature(replace(settings, blocked=()), signature), vacation)
            for sender in blocked:
                changed = with_blocked(changed, sender, self._domains)
            return changed

        await self._keep(actor, box_id, "change_settings", change)
        return await self.of(actor, box_id)

    async def block(self, actor: Actor, box_id: str, sender: str) -> None:
        """Send mail of an address, or of a whole domain, to the junk folder; raises ``InvalidInputError``."""
        await self._keep(actor, box_id, "block_sender", lambda settings: with_blocked(settings, sender, self._domains))

    async def unblock(self, actor: Actor, box_id: str, sender: str) -> None:
        """Take mail of the address or domain again."""
        await self._keep(actor, box_id, "unblock_sender", lambda settings: without_blocked(settings, sender))

    async def _load(self, actor: Actor, box_id: str) -> tuple[Box, BoxSettings]:
        box = await access_box(self._store, actor, box_id)
        return box, settings_or_default(box.id, await self._store.get(BoxSettings, box.id))

    async def _keep(self, actor: Actor, box_id: str, action: str, change: Callable[[BoxSettings], BoxSettings]) -> None:
        """Write the changed settings, decided again when somebody else of the box changed them in between."""
        for _ in range(TRIES):
            box, before = await self._load(actor, box_id)
            after = change(before)
            if after == before:
                return
            entry = AuditEntry(self._clock.now(), actor.id, action, box.id, "ok", actor.office_id)
            written = Changes(inserts=[after]) if before.version == 0 else Changes(puts=[after])
            try:
                await asyncio.shield(self._store.commit(written + Changes(audit=[entry])))
            except ConflictError:
                continue
            return
        raise ConflictError
