"""Drafts (草稿): kept as they are typed, sent when they are done."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from minxin.consult.intake import Submission
from minxin.consult.records import Channel, LetterDraft
from minxin.core.actor import Role
from minxin.core.errors import NotFoundError
from minxin.core.ids import new_id
from minxin.webui.api.letter_views import DraftList, DraftShown, ReceiptShown, draft_shown, receipt_shown
from minxin.webui.api.letters import uploads
from minxin.webui.api.operations import (
    N_,
    NOTHING,
    PREFIX,
    AnyOperation,
    Call,
    Method,
    Nothing,
    Operation,
    Outcome,
    reads,
)
from minxin.webui.api.sent import FILES_LIMITS, DraftText, NewFiles

TAG: Final = "drafts"
ONE: Final = "/drafts/{id}"
WRITERS: Final = (Role.CITIZEN,)


async def mine(call: Call[Nothing, Nothing]) -> DraftList:
    """Return the caller's drafts."""
    return DraftList(items=[draft_shown(draft) for draft in await call.services.lists.my_drafts(call.actor)])


async def create(call: Call[DraftText, Nothing]) -> Outcome[DraftShown]:
    """Keep a new draft."""
    blank = LetterDraft(id=new_id(), writer_id=call.actor.id, updated_at=call.now)
    draft = await call.services.letterbox.save_draft(call.actor, _typed(blank, call.body))
    return Outcome(draft_shown(draft), 201, f"{PREFIX}/drafts/{draft.id}")


async def show(call: Call[Nothing, Nothing]) -> DraftShown:
    """Return one of the caller's drafts."""
    return draft_shown(await _draft(call))


async def replace(call: Call[DraftText, Nothing]) -> DraftShown:
    """Keep what is typed now in place of what was; the files stay."""
    draft = await call.services.letterbox.draft(call.actor, call.part("id"))
    return draft_shown(await call.services.letterbox.save_draft(call.actor, _typed(draft, call.body)))


async def drop(call: Call[Nothing, Nothing]) -> Nothing:
    """Throw a draft away."""
    await call.services.letterbox.drop_draft(call.actor, call.part("id"))
    return NOTHING


async def add_files(call: Call[NewFiles, Nothing]) -> DraftShown:
    """Add files to a draft."""
    draft = await call.services.letterbox.draft(call.actor, call.part("id"))
    kept = await call.services.letterbox.save_draft(call.actor, draft, uploads(call.body.attachments))
    return draft_shown(kept)


async def remove_file(call: Call[Nothing, Nothing]) -> DraftShown:
    """Take a file out of a draft."""
    draft = await _draft(call)
    left = tuple(file for file in draft.attachments if file.id != call.part("file"))
    if len(left) == len(draft.attachments):
        raise NotFoundError
    return draft_shown(await call.services.letterbox.save_draft(call.actor, structs.replace(draft, attachments=left)))


async def send(call: Call[Nothing, Nothing]) -> Outcome[ReceiptShown]:
    """Make a draft a letter; sent again, when the draft is gone already, it is the same letter."""
    letterbox = call.services.letterbox
    try:
        draft = await _draft(call)
    except NotFoundError:
        receipt = await letterbox.receipt_of_form(call.actor, call.part("id"))
    else:
        submission = Submission(
            token=draft.id,
            kind=draft.kind,
            subject=draft.subject,
            text=draft.text,
            place=draft.place,
            public=draft.public,
            company_id=draft.company_id,
        )
        receipt = await letterbox.submit(
            call.actor, submission, origin=call.origin, channel=Channel.API, draft_id=draft.id
        )
    shown = receipt_shown(receipt)
    return Outcome(shown, 200 if receipt.again else 201, f"{PREFIX}/letters/{receipt.letter_id}")


async def _draft(call: Call[Nothing, Nothing]) -> LetterDraft:
    return await call.services.letterbox.draft(call.actor, call.part("id"))


def _typed(draft: LetterDraft, sent: DraftText) -> LetterDraft:
    return structs.replace(
        draft,
        kind=sent.kind.value if sent.kind else "",
        subject=sent.subject,
        text=sent.text,
        place=sent.place,
        public=sent.public,
        company_id=sent.company_id,
    )


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads("listDrafts", "/drafts", TAG, N_("List one's own drafts"), mine, Nothing, DraftList, roles=WRITERS),
    Operation(
        name="createDraft",
        method=Method.POST,
        path="/drafts",
        tag=TAG,
        summary=N_("Keep a new draft"),
        handler=create,
        body=DraftText,
        query=Nothing,
        answer=DraftShown,
        statuses=(201,),
        roles=WRITERS,
    ),
    reads("getDraft", ONE, TAG, N_("Read a draft"), show, Nothing, DraftShown, roles=WRITERS),
    Operation(
        name="replaceDraft",
        method=Method.PUT,
        path=ONE,
        tag=TAG,
        summary=N_("Keep what is typed now in a draft"),
        handler=replace,
        body=DraftText,
        query=Nothing,
        answer=DraftShown,
        statuses=(200,),
        roles=WRITERS,
    ),
    Operation(
        name="dropDraft",
        method=Method.DELETE,
        path=ONE,
        tag=TAG,
        summary=N_("Throw a draft away"),
        handler=drop,
        body=Nothing,
        query=Nothing,
        answer=Nothing,
        statuses=(204,),
        roles=WRITERS,
    ),
    Operation(
        name="addDraftFiles",
        method=Method.POST,
        path=ONE + "/attachments",
        tag=TAG,
        summary=N_("Add files to a draft"),
        handler=add_files,
        body=NewFiles,
        query=Nothing,
        answer=DraftShown,
        statuses=(200,),
        roles=WRITERS,
        limits=FILES_LIMITS,
    ),
    Operation(
        name="removeDraftFile",
        method=Method.DELETE,
        path=ONE + "/attachments/{file}",
        tag=TAG,
        summary=N_("Take a file out of a draft"),
        handler=remove_file,
        body=Nothing,
        query=Nothing,
        answer=DraftShown,
        statuses=(200,),
        roles=WRITERS,
    ),
    Operation(
        name="sendDraft",
        method=Method.POST,
        path=ONE + "/send",
        tag=TAG,
        summary=N_("Make a draft a letter"),
        description="As createLetter; the draft's own id is the token, so that sending again is safe.",
        handler=send,
        body=Nothing,
        query=Nothing,
        answer=ReceiptShown,
        statuses=(201, 200),
        roles=WRITERS,
    ),
)
