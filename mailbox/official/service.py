"""Official mail (公务邮件): an office writes to citizens, a second person approves, what became of it is counted.

    notice = await official.write(author, form, None, origin)
    await official.act(author, notice.id, NoticeMove.SUBMIT, origin)
    preview = await official.preview(chief, notice.id)
    await official.act(chief, notice.id, NoticeMove.APPROVE, origin, seen=preview.notice.version)

Every step goes through the table of moves (``moves.py``) and leaves an audit entry, a refused one too.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.actor import Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import InvalidInputError, NotAllowedError, NotFoundError
from minxin.core.paging import Page, PageRequest
from minxin.core.places import Area
from minxin.mailbox.kit import Attempt, Decided, Kit, Turns, carry_out
from minxin.mailbox.mail.compose import Letter
from minxin.mailbox.mail.records import MailItem
from minxin.mailbox.meetings.groups import office_of
from minxin.mailbox.official import decisions
from minxin.mailbox.official.audience import boxes_named, size_of
from minxin.mailbox.official.figures import Figures, figures
from minxin.mailbox.official.letter import letter_of, number_of
from minxin.mailbox.official.listing import resolved
from minxin.mailbox.official.moves import SEEING, NoticeMove, allowed, may_see, need
from minxin.mailbox.official.ports import Clean, OfficialStore
from minxin.mailbox.official.records import NoticeFile, NoticeList, NoticeRun, NoticeState, OfficialNotice, Reach
from minxin.mailbox.official.senders import SenderOf
from minxin.mailbox.official.words import NoticeForm, drafted, with_files

_STARTED: Final = (NoticeState.APPROVED, NoticeState.SENDING, NoticeState.STOPPED, NoticeState.DONE)


class NoticeShown(Struct, frozen=True):
    """A notice with how far it is, and what the one who asked may do to it."""

    notice: OfficialNotice
    run: NoticeRun | None
    moves: tuple[NoticeMove, ...] = ()


class Preview(Struct, frozen=True):
    """Exactly what arrives, and in how many boxes."""

    notice: OfficialNotice
    letter: Letter
    boxes: int


class Mark(Struct, frozen=True):
    """What a reader is told of an official mail beside its words: who sent it under which number."""

    office_id: str
    number: str
    replies: bool


class OfficialMail:
    """The notices of the actor's own office; administrators see all of them, to stop one."""

    def __init__(
        self, kit: Kit, store: OfficialStore, clean: Clean, sender_of: SenderOf, areas: tuple[Area, ...]
    ) -> None:
        self._kit = kit
        self._store = store
        self._clean = clean
        self._sender_of = sender_of
        self.areas = areas
        self.turns = Turns()

    async def listed(self, actor: Actor, page: PageRequest) -> Page[NoticeShown]:
        """Return the office's notices, newest first, all offices' for administrators; raises ``NotAllowedError``."""
        if not actor.is_a(*SEEING):
            raise NotAllowedError
        office_id = None if actor.is_a(Role.ADMINISTRATOR) else office_of(actor)
        found = await self._store.official_notices(office_id, page)
        runs = await self._store.get_all(NoticeRun, [one.id for one in found.items])
        return Page([NoticeShown(one, runs.get(one.id)) for one in found.items], found.next)

    async def shown(self, actor: Actor, notice_id: str) -> NoticeShown:
        """Return the notice; raises ``NotFoundError``."""
        notice = await self._notice(actor, notice_id)
        return NoticeShown(notice, await self._store.get(NoticeRun, notice_id), allowed(actor, notice))

    async def preview(self, actor: Actor, notice_id: str) -> Preview:
        """Return what arrives and in how many boxes, at present; raises ``NotFoundError``."""
        notice = await self._notice(actor, notice_id)
        run = await self._store.get(NoticeRun, notice_id)
        sender = await self._sender_of(notice.office_id)
        now = self._kit.clock.now()
        letter = letter_of(notice, run, sender, run.begun_at if run else now, ())
        return Preview(notice, letter, run.total if run else await size_of(self._store, notice, now))

    async def file(self, actor: Actor, notice_id: str, place: int) -> tuple[NoticeFile, bytes]:
        """Return a file of the notice by its place, from 0, with its bytes; raises ``NotFoundError``."""
        notice = await self._notice(actor, notice_id)
        if not 0 <= place < len(notice.files):
            raise NotFoundError
        data = await self._store.blob(notice.files[place].blob_id)
        if data is None:
            raise NotFoundError
        return notice.files[place], data

    async def figures(self, actor: Actor, notice_id: str) -> Figures | None:
        """Return how many boxes got the notice, and how many readers opened and deleted it, never who.

        None while it was not sent, and for one that so few got that the figures would tell. Raises ``NotFoundError``.
        """
        notice = await self._notice(actor, notice_id)
        return figures(await self._store.tallies(notice_id), notice.area) if notice.state in _STARTED else None

    async def mark_of(self, item: MailItem) -> Mark | None:
        """Return what the reader of an item is told of the notice that it is; None for other mail.

        Whether the asker may read the item is the caller's to decide first.
        """
        if item.notice_id is None:
            return None
        notice = await self._store.get(OfficialNotice, item.notice_id)
        run = await self._store.get(NoticeRun, item.notice_id)
        return Mark(notice.office_id, number_of(notice, run), notice.replies) if notice is not None else None

    async def write(self, actor: Actor, form: NoticeForm, notice_id: str | None, origin: str) -> OfficialNotice:
        """Keep a new draft, or change one; the same filling-in twice is one draft.

        Raises ``InvalidInputError`` for what is wrong with the form (``words.py``, ``listing.py``, files), else as
        :meth:`shown` and the moves do.
        """
        kit, made = self._kit, notice_id or _new_id(actor, form.token)
        uploads = await self._clean(form.uploads) if form.uploads else ()
        chosen = await self._chosen(form)

        async def decide(now: datetime) -> Decided[OfficialNotice]:
            before = await self._store.get(OfficialNotice, made)
            if before is None and notice_id is not None:
                raise NotFoundError
            if before is not None:
                need(actor, before, NoticeMove.WRITE)
            office_id = office_of(actor)
            new = OfficialNotice(
                id=made, office_id=office_id, author_id=actor.id, written_at=now, subject="", text="", reach=form.reach
            )
            notice, blobs = with_files(drafted(before or new, form, self.areas), form.kept_files, uploads)
            changes, notice = await self._with_list(notice, chosen)
            changes += Changes(puts=[notice], blobs=blobs) if before else Changes(inserts=[notice], blobs=blobs)
            return Decided(changes, notice)

        return await carry_out(kit, Attempt(actor, "official.write", made, origin), decide)

    async def act(
        self, actor: Actor, notice_id: str, move: NoticeMove, origin: str, *, seen: int = 0, reason: str = ""
    ) -> None:
        """Do one step of the table of moves, all but writing.

        An approval is of the version that was ``seen``: ``ConflictError`` when the notice was changed since. A refusal
        has a ``reason`` that the author reads. When a stop returns, no further box gets the notice. Raises
        ``NotFoundError``, ``IllegalMoveError`` as the table does, ``InvalidInputError("official.nobody")`` for what
        reaches nobody, and for a reason that is too short.
        """

        async def decide(now: datetime) -> Decided[None]:
            notice = await self._notice(actor, notice_id)
            return Decided(await self._decided(notice, actor, move, seen, reason, now), None)

        # The sending takes the same turns, so that a stop never waits for a gap between two pages.
        async with self.turns.of(notice_id):
            await carry_out(self._kit, Attempt(actor, f"official.{move}", notice_id, origin), decide)

    async def _decided(
        self, notice: OfficialNotice, actor: Actor, move: NoticeMove, seen: int, reason: str, now: datetime
    ) -> Changes:
        match move:
            case NoticeMove.SUBMIT:
                return decisions.submit(notice, actor, await size_of(self._store, notice, now))
            case NoticeMove.TAKE_BACK:
                return decisions.take_back(notice, actor)
            case NoticeMove.APPROVE:
                return decisions.approve(notice, actor, seen, await size_of(self._store, notice, now), now)
            case NoticeMove.REFUSE:
                return decisions.refuse(notice, actor, reason, now)
            case NoticeMove.STOP:
                return decisions.stop(notice, await self._run(notice, actor, move), actor)
            case NoticeMove.GO_ON:
                return decisions.go_on(notice, await self._run(notice, actor, move), actor)
            case NoticeMove.DROP:
                return decisions.drop(notice, actor, await self._store.get(NoticeList, notice.id))
            case NoticeMove.WRITE:
                raise NotFoundError

    async def _notice(self, actor: Actor, notice_id: str) -> OfficialNotice:
        """Return the notice when the actor may see it: the one access door."""
        notice = await self._store.get(OfficialNotice, notice_id)
        if notice is None or not may_see(actor, notice):
            raise NotFoundError
        return notice

    async def _run(self, notice: OfficialNotice, actor: Actor, move: NoticeMove) -> NoticeRun:
        """Return the run of a notice that was approved; raises as the move does for any other."""
        need(actor, notice, move)
        run = await self._store.get(NoticeRun, notice.id)
        if run is None:
            raise NotFoundError
        return run

    async def _chosen(self, form: NoticeForm) -> tuple[str, ...] | None:
        """Return the boxes of a list that was given, None when none was."""
        if form.reach is not Reach.LIST or form.listing is None:
            return None
        named = await boxes_named(self._store, self._kit.vault, form.listing.entries)
        return resolved(form.listing, named, leave_out=form.leave_out)

    async def _with_list(
        self, notice: OfficialNotice, chosen: tuple[str, ...] | None
    ) -> tuple[Changes, OfficialNotice]:
        """Return what keeps the list that was given, or ends one that is not needed any more."""
        before = await self._store.get(NoticeList, notice.id)
        if notice.reach is not Reach.LIST:
            return Changes(deletes=[before] if before is not None else []), notice
        if chosen is None:
            if before is None:
                raise InvalidInputError("official.nobody", field="list")
            return Changes(), notice
        kept = NoticeList(id=notice.id, version=before.version if before else 0, box_ids=chosen)
        changes = Changes(puts=[kept]) if before is not None else Changes(inserts=[kept])
        return changes, replace(notice, listed=len(chosen))


def _new_id(actor: Actor, token: str) -> str:
    return hashlib.sha256(f"official\0{actor.id}\0{token}".encode()).hexdigest()[:32]
