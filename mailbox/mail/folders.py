"""Folders of a box: made, renamed, deleted (文件夹管理)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from minxin.core.actor import Actor
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, DuplicateError, IllegalMoveError, InvalidInputError
from minxin.core.ids import new_id
from minxin.mailbox.mail import moves
from minxin.mailbox.mail.access import access_box, access_folder
from minxin.mailbox.mail.keys import stamp_sequence, validity_sequence
from minxin.mailbox.mail.records import INBOX, Folder
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.ports import MailStore

TRIES: Final = 8
_AT_ONCE: Final = 200


class FolderKeeper:
    """Keeps the folders of whoever asks; raises ``NotFoundError`` for a box that is not the actor's."""

    def __init__(self, store: MailStore, clock: Clock, rules: MailRules) -> None:
        self._store = store
        self._clock = clock
        self.rules = rules

    async def create_folder(self, actor: Actor, box_id: str, name: str) -> Folder:
        """Make a folder; raises ``InvalidInputError`` for a name that can't be, or is taken."""
        made = new_id()

        async def decide(_: datetime) -> Changes:
            box = await access_box(self._store, actor, box_id)
            if len(await self._store.folders_of(box.id)) >= self.rules.folders:
                raise InvalidInputError("mail.folder.too_many", field="name", limit=self.rules.folders)
            folder = Folder(id=made, box_id=box.id, name=self._checked(name))
            return Changes(
                inserts=[folder],
                sequences={made: validity_sequence(box.id)},
                stamps={made: stamp_sequence(box.id)},
            )

        await self._keep(decide)
        _, folder = await access_folder(self._store, actor, made)
        return folder

    async def rename_folder(self, actor: Actor, folder_id: str, name: str) -> None:
        """Give the folder, and what is below it, another name; UIDs stay.

        Raises ``IllegalMoveError`` for a folder with a role, ``InvalidInputError`` as :meth:`create_folder` does.
        """

        async def decide(_: datetime) -> Changes:
            box, folder = await access_folder(self._store, actor, folder_id)
            _need_free(folder)
            new = self._checked(name)
            below = [one for one in await self._store.folders_of(box.id) if one.name.startswith(f"{folder.name}/")]
            changes = _put(folder, name=new)
            for one in below:
                changes += _put(one, name=new + one.name.removeprefix(folder.name))
            return changes

        await self._keep(decide)

    async def subscribe(self, actor: Actor, folder_id: str, subscribed: bool) -> None:
        """Show the folder in mail programs, or hide it."""

        async def decide(_: datetime) -> Changes:
            _box, folder = await access_folder(self._store, actor, folder_id)
            return _put(folder, subscribed=subscribed)

        await self._keep(decide)

    async def delete_folder(self, actor: Actor, folder_id: str) -> None:
        """Delete the folder with all that is in it; raises ``IllegalMoveError`` for a folder with a role.

        A folder that is cut off in the middle has lost some of its mail and can be deleted again.
        """
        more = True

        async def decide(now: datetime) -> Changes:
            nonlocal more
            _, folder = await access_folder(self._store, actor, folder_id)
            _need_free(folder)
            items = await self._store.mail_by_uid(folder.id, 1, None, _AT_ONCE)
            more = len(items) == _AT_ONCE
            changes = Changes()
            for item in items:
                changes += moves.expunge(item, now)
            return changes if more else changes + Changes(deletes=[folder])

        while more:
            await self._keep(decide)

    def _checked(self, name: str) -> str:
        """Return the name, tidied; raises ``InvalidInputError``."""
        levels = [" ".join(level.split()) for level in name.split("/")]
        tidy = "/".join(levels)
        if not all(levels) or not tidy.isprintable() or tidy.upper() == INBOX:
            raise InvalidInputError("mail.folder.name", field="name")
        if len(tidy) > self.rules.folder_name_chars:
            raise InvalidInputError("mail.folder.too_long", field="name", limit=self.rules.folder_name_chars)
        return tidy

    async def _keep(self, decide: Callable[[datetime], Awaitable[Changes]]) -> None:
        for _ in range(TRIES):
            changes = await decide(self._clock.now())
            try:
                await asyncio.shield(self._store.commit(changes))
            except DuplicateError as error:
                raise InvalidInputError("mail.folder.taken", field="name") from error
            except ConflictError:
                continue
            return
        raise ConflictError


def _need_free(folder: Folder) -> None:
    """Raise ``IllegalMoveError`` for a folder that every box has."""
    if folder.role is not None:
        raise IllegalMoveError("mail.folder.fixed")


def _put(folder: Folder, **fields: object) -> Changes:
    return Changes(puts=[replace(folder, **fields)], stamps={folder.id: stamp_sequence(folder.box_id)})
