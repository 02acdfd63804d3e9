"""The letterbox (来信入口): where letters come in, drafts are kept, and a writer looks after a letter."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct, structs

from minxin.consult import intake
from minxin.consult.access import Case, access_letter, access_shared, file_of
from minxin.consult.behalf import Behalf, Principals
from minxin.consult.decision import Deed, stream_of
from minxin.consult.file_ports import FileKeeper
from minxin.consult.intake import Receipt, Submission
from minxin.consult.limits import Limits
from minxin.consult.ports import LetterStore
from minxin.consult.records import Attachment, Channel, Letter, LetterDraft
from minxin.core.actor import Actor
from minxin.core.audit import SealedEvent
from minxin.core.changes import Blob, Changes, Head, blob_of
from minxin.core.clock import Clock
from minxin.core.errors import DuplicateError, InvalidInputError, NotFoundError
from minxin.core.ids import new_id
from minxin.core.paging import Page, PageRequest
from minxin.core.privacy import Vault

QUERY_CODE_LENGTH: Final = 10


class UploadedFile(Struct, frozen=True):
    """A file as somebody sent it, not yet checked."""

    name: str
    data: bytes


class Letterbox:
    """Accepts letters and shows them to those who may see them."""

    def __init__(
        self,
        store: LetterStore,
        vault: Vault,
        clock: Clock,
        limits: Limits,
        files: FileKeeper,
        principals: Principals,
    ) -> None:
        self.limits = limits
        self._principals = principals
        self._store = store
        self._vault = vault
        self._clock = clock
        self._files = files

    async def submit(
        self,
        actor: Actor,
        submission: Submission,
        uploads: Sequence[UploadedFile] = (),
        *,
        origin: str,
        channel: Channel = Channel.WEB,
        writer_id: str | None = None,
        draft_id: str | None = None,
    ) -> Receipt:
        """Make the form a letter, durably, and return the receipt; sent again it returns the same one.

        ``writer_id`` is given when a clerk writes for somebody else (窗口代填). The files of the draft, when there is
        one, belong to the letter too. Raises ``InvalidFormError`` with an error for each wrong field, and
        ``InvalidInputError`` ``letter.token.used`` when the token was spent on other words: they are another letter;
        ``letter.company`` for a company in whose name the writer may not write.
        """
        draft = await self.draft(actor, draft_id) if draft_id else None
        attachments, blobs = await self.clean(uploads, already=len(draft.attachments) if draft else 0)
        kept = (draft.attachments if draft else ()) + attachments
        letter, changes = intake.from_form(
            Deed(actor, self._clock.now(), origin),
            structs.replace(submission, attachments=kept),
            blobs,
            self.limits,
            writer_id=writer_id or actor.id,
            channel=channel,
            draft=draft,
            behalf=await self._behalf(writer_id or actor.id, submission.company_id),
        )
        return await self._accept(letter, changes)

    async def accept_mail(self, writer: Actor, raw: bytes, key: str, *, received_at: datetime, origin: str) -> Receipt:
        """Make a citizen's mail a letter, durably, and return the receipt; a resend returns the same one."""
        deed = Deed(writer, received_at, origin)
        letter, changes = intake.from_mail(deed, raw, key, self.limits, writer_id=writer.id)
        return await self._accept(letter, changes)

    async def clean(
        self, uploads: Sequence[UploadedFile], *, already: int = 0
    ) -> tuple[tuple[Attachment, ...], list[Blob]]:
        """Check and clean files; raises ``InvalidInputError`` for the first that can't be taken."""
        if already + len(uploads) > intake.ATTACHMENTS_MAX:
            raise InvalidInputError("attachment.too_many", field="attachments", most=intake.ATTACHMENTS_MAX)
        attachments, blobs = [], []
        for upload in uploads:
            name, content_type, data = await self._files.clean(upload.name, upload.data)
            blob = blob_of(data)
            blobs.append(blob)
            attachments.append(Attachment(new_id(), blob.id, name, content_type, len(data)))
        return tuple(attachments), blobs

    async def draft(self, actor: Actor, draft_id: str) -> LetterDraft:
        """Return the actor's own draft; raises ``NotFoundError``."""
        draft = await self._store.get(LetterDraft, draft_id)
        if draft is None or draft.writer_id != actor.id:
            raise NotFoundError
        return draft

    async def draft_file(self, actor: Actor, draft_id: str, attachment_id: str) -> tuple[Attachment, bytes]:
        """Return a file of the actor's own draft, with its bytes; raises ``NotFoundError``."""
        for file in (await self.draft(actor, draft_id)).attachments:
            data = await self._store.blob(file.blob_id) if file.id == attachment_id else None
            if data is not None:
                return file, data
        raise NotFoundError

    async def save_draft(self, actor: Actor, draft: LetterDraft, uploads: Sequence[UploadedFile] = ()) -> LetterDraft:
        """Keep what is typed so far, in the state that it is in; a draft with version 0 is a new one.

        Raises ``ConflictError`` when it was saved from another window meanwhile, ``InvalidInputError`` for a text that
        no letter could have or a file that can't be taken.
        """
        if draft.writer_id != actor.id:
            raise NotFoundError
        if len(draft.text) > intake.TEXT_MAX * 2 or len(draft.subject) > intake.SUBJECT_MAX * 2:
            raise InvalidInputError("letter.text.too_long", field="text", most=intake.TEXT_MAX)
        attachments, blobs = await self.clean(uploads, already=len(draft.attachments))
        kept = structs.replace(draft, updated_at=self._clock.now(), attachments=draft.attachments + attachments)
        new = not kept.version
        await self._store.commit(Changes(inserts=[kept] if new else [], puts=[] if new else [kept], blobs=blobs))
        return structs.replace(kept, version=kept.version + 1)

    async def drop_draft(self, actor: Actor, draft_id: str) -> None:
        """Throw the draft away."""
        await self._store.commit(Changes(deletes=[await self.draft(actor, draft_id)]))

    async def case(self, actor: Actor, letter_id: str) -> Case:
        """Return the letter as the actor may see it; raises ``NotFoundError``."""
        return await access_letter(self._store, actor, letter_id)

    async def shared_case(self, actor: Actor, letter_id: str) -> Case:
        """Return the letter to read: also one in the name of a company of the actor's. Raises ``NotFoundError``."""
        return await access_shared(self._store, self._principals, actor, letter_id)

    async def company_letters(self, actor: Actor, company_id: str, page: PageRequest) -> Page[Case]:
        """Return letters in the name of a company of the actor's, newest first; raises ``NotFoundError``."""
        if await self._principals.behalf(actor.id, company_id) is None:
            raise NotFoundError
        found = await self._store.letters_of_company(company_id, page)
        orders = await self._store.orders_of_letters([one.id for one in found.items])
        of_letter = {one.id: tuple(order for order in orders if order.letter_id == one.id) for one in found.items}
        return Page([Case(one, of_letter[one.id]) for one in found.items], found.next)

    async def attachment(self, actor: Actor, letter_id: str, attachment_id: str) -> tuple[Attachment, bytes]:
        """Return a file of a letter that the actor may read, with its bytes; raises ``NotFoundError``."""
        return await file_of(self._store, await self.shared_case(actor, letter_id), attachment_id)

    async def raw_mail(self, actor: Actor, letter_id: str) -> bytes:
        """Return the mail as it came (原始邮件), for the person who reads what the parser could not.

        Raises ``NotFoundError`` for a letter that the actor may not see, or that did not come by mail.
        """
        case = await access_letter(self._store, actor, letter_id)
        raw = await self._store.blob(case.letter.raw_blob)
        if raw is None or case.letter.channel is not Channel.MAIL:
            raise NotFoundError
        return raw

    async def original(self, actor: Actor, letter_id: str) -> bytes | None:
        """Return the writer's own letter as it came: the mail, or the form as JSON.

        None where he sent neither: a conversation's words stand in the letter and its transcript. Raises
        ``NotFoundError`` for anybody else.
        """
        case = await access_letter(self._store, actor, letter_id)
        if case.letter.writer_id != actor.id:
            raise NotFoundError
        if case.letter.channel in (Channel.CHAT, Channel.IMPORTED):
            return None
        return await self._store.blob(case.letter.raw_blob)

    async def query(self, number: str, code: str) -> Case:
        """Return the letter to whoever knows its number and query code (查询码), without log-in.

        Raises ``NotFoundError`` when either is wrong. The caller throttles: 10 characters of 31 are not guessed online.
        """
        letter = await self._store.letter_by_number(number.strip())
        if letter is None or self.query_code(letter.id) != code.strip().upper():
            raise NotFoundError
        return Case(letter, tuple(await self._store.orders_of(letter.id)))

    def query_code(self, letter_id: str) -> str:
        """Return the letter's query code: made from its id and the master key, kept nowhere."""
        return self._vault.code(letter_id, "query", QUERY_CODE_LENGTH)

    async def receipt(self, actor: Actor, letter_id: str) -> Receipt:
        """Return the letter's receipt again."""
        case = await self.case(actor, letter_id)
        return await self._receipt(case.letter)

    async def receipt_of_form(self, actor: Actor, token: str) -> Receipt:
        """Return the receipt of the letter that the actor's form with this token became; raises ``NotFoundError``."""
        letter = await self._store.letter_by_intake_key(intake.form_key(actor.id, token))
        if letter is None:
            raise NotFoundError
        return structs.replace(await self._receipt(letter), again=True)

    async def events(self, letter_id: str) -> list[SealedEvent]:
        """Return the events of a letter that the caller got through the access door."""
        return await self._store.events(stream_of(letter_id))

    async def _behalf(self, writer_id: str, company_id: str) -> Behalf | None:
        if not company_id:
            return None
        behalf = await self._principals.behalf(writer_id, company_id)
        if behalf is None:
            raise InvalidInputError("letter.company", field="company")
        return behalf

    async def _accept(self, letter: Letter, changes: Changes) -> Receipt:
        """Commit a new letter even when the client goes away meanwhile: what is sent again is recognised."""
        try:
            committed = await asyncio.shield(asyncio.ensure_future(self._store.commit(changes)))
        except DuplicateError:
            known = await self._store.letter_by_intake_key(letter.intake_key)
            if known is None:
                raise
            if letter.parsed and (letter.subject, letter.text, letter.behalf) != (
                known.subject,
                known.text,
                known.behalf,
            ):
                raise InvalidInputError("letter.token.used", number=known.number) from None
            return structs.replace(await self._receipt(known), again=True)
        return self._issue(letter, committed.numbers[letter.id], committed.heads[stream_of(letter.id)])

    async def _receipt(self, letter: Letter) -> Receipt:
        first = (await self.events(letter.id))[0]
        # The judge may have shortened the limits since: the receipt says the same as on the first day.
        as_received = intake.with_limits(structs.replace(letter, urgent=False, complex=False), self.limits)
        return self._issue(as_received, letter.number, Head(first.seq, first.hash))

    def _issue(self, letter: Letter, number: str, head: Head) -> Receipt:
        return Receipt(
            letter.id,
            number,
            self.query_code(letter.id),
            letter.received_at,
            head,
            letter.accept_due,
            letter.answer_due,
        )
