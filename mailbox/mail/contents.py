"""The bytes of a mail, and what they say: put together from the store, read in the process that can be killed."""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec.structs import replace

from minxin.core.changes import Changes
from minxin.core.errors import DamagedError
from minxin.mailbox.errors import ParseFailedError, ParseTimeoutError
from minxin.mailbox.mail.delivery import MailFields
from minxin.mailbox.mail.holes import assemble
from minxin.mailbox.mail.moves import put
from minxin.mailbox.mail.records import MailContent, MailItem, MailText
from minxin.mailbox.mail.texts import MailRead, read_for_box, read_head_for_box, show_html
from minxin.mailbox.mime.reader import HEAD_BYTES, read_part
from minxin.mailbox.mime.sanitize import SafeHtml
from minxin.mailbox.ports import MailStore
from minxin.mailbox.reading import limit_for
from minxin.mailbox.safe_pool import SafePool

READ_AT_ONCE: Final = 2
LARGE: Final = 256 * 1024  # from here on a mail is put together off the loop
_BATCH: Final = 200


class MailContents:
    """Whole mails by their content's id."""

    def __init__(self, store: MailStore, pool: SafePool) -> None:
        self._store = store
        self._pool = pool
        # Mails that wait for a reading process would wait in memory: of 25 MB each, sixteen jobs were half a gigabyte.
        self._read_at_once = asyncio.Semaphore(READ_AT_ONCE)

    async def raw(self, content_id: str) -> bytes:
        """Return the mail as it came; raises ``DamagedError`` when something of it is missing."""
        return await raw_of(self._store, content_id)

    async def text(self, content_id: str) -> MailText:
        """Return what the mail says, read anew and kept when nobody has read it yet."""
        known = await self._store.get(MailText, content_id)
        if known is not None:
            return known
        read = await self._read(content_id)
        await self._store.commit(Changes(ensures=[read.text]))
        return read.text

    async def html(self, content_id: str, files_at: str, *, remote_images: bool = False) -> SafeHtml:
        """Return the mail's HTML form, cleaned for a document of its own; its pictures are at ``files_at``.

        Pictures from elsewhere stay only with ``remote_images``.
        """
        async with self._read_at_once:
            raw = await self.raw(content_id)
            return await self._pool.run(show_html, raw, files_at, remote_images, limit_s=limit_for(raw))

    async def file(self, content_id: str, index: int) -> bytes:
        """Return the bytes of a file in the mail; raises ``NotFoundError``."""
        async with self._read_at_once:
            raw = await self.raw(content_id)
            return await self._pool.run(read_part, raw, index, limit_s=limit_for(raw))

    async def read_task(self, content_id: str) -> Changes:
        """Do the job that a delivery leaves: keep what the mail says, and what lists show of it."""
        read = await self._read(content_id)
        changes = Changes(ensures=[read.text])
        after = ""
        while batch := await self._store.mail_with_content(content_id, after, _BATCH):
            after = batch[-1].id
            for item in batch:
                changes += _shown(item, read.fields)
            if len(batch) < _BATCH:
                break
            await self._store.commit(changes)
            changes = Changes()
        return changes

    async def _read(self, content_id: str) -> MailRead:
        async with self._read_at_once:
            return await self._read_now(content_id)

    async def _read_now(self, content_id: str) -> MailRead:
        raw = await self.raw(content_id)
        try:
            return await self._pool.run(read_for_box, raw, content_id, limit_s=limit_for(raw))
        except ParseTimeoutError:
            problem = "mail.timeout"
        except ParseFailedError:
            problem = "mail.failed"
        return await self._pool.run(read_head_for_box, raw[:HEAD_BYTES], content_id, problem)


async def raw_of(store: MailStore, content_id: str) -> bytes:
    """Put the mail together; raises ``DamagedError`` when something of it is missing."""
    content = await store.get(MailContent, content_id)
    skeleton = await store.blob(content.skeleton) if content is not None else None
    if content is None or skeleton is None:
        raise DamagedError("a mail's content is missing", content=content_id)
    blobs = {}
    for hole in content.holes:
        data = await store.blob(hole.blob_id)
        if data is not None:
            blobs[hole.blob_id] = data
    if content.size_bytes < LARGE:
        return assemble(skeleton, content.holes, blobs)
    return await asyncio.to_thread(assemble, skeleton, content.holes, blobs)


def _shown(item: MailItem, fields: MailFields) -> Changes:
    """Fill in what the look at the header could not know; a mail that can't be read stays as the header says."""
    known = replace(item, snippet=fields.snippet, files=fields.files, read=True)
    return Changes() if known == item else put(item, snippet=fields.snippet, files=fields.files, read=True)
