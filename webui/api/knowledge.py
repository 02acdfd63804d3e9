"""The knowledge base (知识库): what everybody may read, and how an office writes it with two pairs of eyes."""

from __future__ import annotations

from typing import Final

from minxin.consult.knowledge.access import REVIEWING_ROLES, WRITING_ROLES
from minxin.consult.knowledge.passages import shown_on
from minxin.consult.publication import CENTRE_ROLES
from minxin.core.errors import NotFoundError
from minxin.core.paging import PageRequest
from minxin.webui.api.knowledge_views import (
    EntryDecision,
    EntryInside,
    EntryInsidePage,
    EntryInsideQuery,
    EntryPage,
    EntryQuery,
    EntrySent,
    EntryShown,
    WithdrawalSent,
    entry_inside,
    entry_shown,
    filter_of,
    words_of,
)
from minxin.webui.api.operations import N_, PREFIX, AnyOperation, Call, Method, Nothing, Operation, Outcome, reads
from minxin.webui.forms import KIB, FormLimits
from minxin.webui.offices import office_names

TAG: Final = "knowledge"
ENTRIES: Final = "/knowledge-entries"
ENTRY: Final = ENTRIES + "/{id}"
LIMITS: Final = FormLimits(body_bytes=256 * KIB)


async def all_shown(call: Call[Nothing, EntryQuery]) -> EntryPage:
    """Return what everybody may read today."""
    knowledge, wanted = call.services.knowledge, call.query
    found = await knowledge.all_shown(wanted.office_id, wanted.q.strip(), PageRequest(wanted.after, wanted.size))
    names = await office_names(call.request)
    pairs = [(entry, shown_on(entry, knowledge.today)) for entry in found.items]
    return EntryPage(items=[entry_shown(one, shown, names) for one, shown in pairs if shown], next=found.next)


async def one_shown(call: Call[Nothing, Nothing]) -> EntryShown:
    """Return one entry that everybody may read today."""
    knowledge = call.services.knowledge
    entry = await knowledge.shown(call.part("id"))
    shown = shown_on(entry, knowledge.today)
    if shown is None:
        raise NotFoundError
    return entry_shown(entry, shown, await office_names(call.request))


async def entries(call: Call[Nothing, EntryInsideQuery]) -> EntryInsidePage:
    """Return the entries that the caller may work on."""
    page = PageRequest(call.query.after, call.query.size)
    found = await call.services.knowledge.entries(call.actor, filter_of(call.query), page)
    names = await office_names(call.request)
    return EntryInsidePage(items=[entry_inside(entry, names) for entry in found.items], next=found.next)


async def entry(call: Call[Nothing, Nothing]) -> EntryInside:
    """Return one entry with its drafts and versions."""
    return await _inside(call, call.part("id"))


async def draft(call: Call[EntrySent, Nothing]) -> Outcome[EntryInside]:
    """Begin an entry."""
    own = "" if call.actor.is_a(*CENTRE_ROLES) else call.actor.office_id or ""
    entry_id = await call.services.knowledge.draft(
        call.actor, call.body.office_id or own, words_of(call.body), origin=call.origin
    )
    return Outcome(await _inside(call, entry_id), 201, f"{PREFIX}{ENTRIES}/{entry_id}")


async def change(call: Call[EntrySent, Nothing]) -> EntryInside:
    """Write the draft of an entry anew."""
    entry_id = call.part("id")
    await call.services.knowledge.change(
        call.actor, entry_id, words_of(call.body), call.body.version, origin=call.origin
    )
    return await _inside(call, entry_id)


async def submit(call: Call[Nothing, Nothing]) -> EntryInside:
    """Have the draft reviewed."""
    await call.services.knowledge.submit(call.actor, call.part("id"), origin=call.origin)
    return await _inside(call, call.part("id"))


async def decide(call: Call[EntryDecision, Nothing]) -> EntryInside:
    """Publish what is in review, or send it back."""
    knowledge, entry_id, said = call.services.knowledge, call.part("id"), call.body
    if said.approve:
        await knowledge.approve(call.actor, entry_id, said.version, origin=call.origin)
    else:
        await knowledge.send_back(call.actor, entry_id, said.comment, origin=call.origin)
    return await _inside(call, entry_id)


async def withdraw(call: Call[WithdrawalSent, Nothing]) -> EntryInside:
    """Take an entry off."""
    await call.services.knowledge.withdraw(call.actor, call.part("id"), call.body.reason, origin=call.origin)
    return await _inside(call, call.part("id"))


async def from_letter(call: Call[Nothing, Nothing]) -> Outcome[EntryInside]:
    """Draft an entry from a solved letter."""
    entry_id = await call.services.letter_entries.draft(call.actor, call.part("id"), origin=call.origin)
    return Outcome(await _inside(call, entry_id), 201, f"{PREFIX}{ENTRIES}/{entry_id}")


async def _inside(
    call: Call[Nothing, Nothing]
    | Call[EntrySent, Nothing]
    | Call[EntryDecision, Nothing]
    | Call[WithdrawalSent, Nothing],
    entry_id: str,
) -> EntryInside:
    return entry_inside(await call.services.knowledge.entry(call.actor, entry_id), await office_names(call.request))


OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    reads(
        "listKnowledge",
        "/knowledge",
        TAG,
        N_("List what the knowledge base tells everybody, last changed first"),
        all_shown,
        EntryQuery,
        EntryPage,
        is_open=True,
    ),
    reads(
        "getKnowledge",
        "/knowledge/{id}",
        TAG,
        N_("Read an entry of the knowledge base"),
        one_shown,
        Nothing,
        EntryShown,
        is_open=True,
    ),
    reads(
        "listEntries",
        ENTRIES,
        TAG,
        N_("List the entries that one may work on"),
        entries,
        EntryInsideQuery,
        EntryInsidePage,
        roles=WRITING_ROLES,
    ),
    reads(
        "getEntry",
        ENTRY,
        TAG,
        N_("Read an entry with its drafts and versions"),
        entry,
        Nothing,
        EntryInside,
        roles=WRITING_ROLES,
    ),
    Operation(
        name="draftEntry",
        method=Method.POST,
        path=ENTRIES,
        tag=TAG,
        summary=N_("Draft a new entry"),
        handler=draft,
        body=EntrySent,
        query=Nothing,
        answer=EntryInside,
        statuses=(201,),
        roles=WRITING_ROLES,
        limits=LIMITS,
    ),
    Operation(
        name="changeEntry",
        method=Method.PUT,
        path=ENTRY,
        tag=TAG,
        summary=N_("Write the draft of an entry anew"),
        handler=change,
        body=EntrySent,
        query=Nothing,
        answer=EntryInside,
        statuses=(200,),
        roles=WRITING_ROLES,
        limits=LIMITS,
    ),
    Operation(
        name="submitEntry",
        method=Method.POST,
        path=ENTRY + "/submission",
        tag=TAG,
        summary=N_("Have the draft of an entry reviewed"),
        handler=submit,
        body=Nothing,
        query=Nothing,
        answer=EntryInside,
        statuses=(200,),
        roles=WRITING_ROLES,
    ),
    Operation(
        name="decideEntry",
        method=Method.POST,
        path=ENTRY + "/decision",
        tag=TAG,
        summary=N_("Publish an entry, or send it back, as the second person"),
        handler=decide,
        body=EntryDecision,
        query=Nothing,
        answer=EntryInside,
        statuses=(200,),
        roles=REVIEWING_ROLES,
    ),
    Operation(
        name="withdrawEntry",
        method=Method.POST,
        path=ENTRY + "/withdrawal",
        tag=TAG,
        summary=N_("Withdraw an entry with a reason"),
        handler=withdraw,
        body=WithdrawalSent,
        query=Nothing,
        answer=EntryInside,
        statuses=(200,),
        roles=WRITING_ROLES,
    ),
    Operation(
        name="draftEntryFromLetter",
        method=Method.POST,
        path="/orders/{id}/knowledge",
        tag=TAG,
        summary=N_("Draft an entry from a solved letter, without personal data"),
        handler=from_letter,
        body=Nothing,
        query=Nothing,
        answer=EntryInside,
        statuses=(201,),
        roles=WRITING_ROLES,
    ),
)
