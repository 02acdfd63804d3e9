"""One's own letters in a copy: as they came, as they stand, with their files, way, answers and ratings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.consult.access import Case
from minxin.consult.records import Attachment, Channel
from minxin.consult.status import timeline
from minxin.core.actor import Actor
from minxin.core.paging import MAX_PAGE, PageRequest
from minxin.webui.api.letter_views import (
    LetterShown,
    ReceiptShown,
    StepShown,
    letter_shown,
    receipt_shown,
    steps_shown,
)
from minxin.webui.context import services
from minxin.webui.offices import office_names
from minxin.webui.own_copy.archive import Piece
from minxin.webui.own_copy.making import FileCopy, Listed, as_json, as_page, file_piece, path_of_file
from minxin.webui.views.case import letter_view

FOLDER: Final = "letters"


class LetterCopy(Struct, frozen=True):
    """A letter as the interface shows it to its writer, with its receipt, its way, and its files in the copy."""

    letter: LetterShown
    receipt: ReceiptShown
    steps: list[StepShown]
    original: str | None
    files: list[FileCopy]


async def letter_pieces(request: web.Request, actor: Actor, listed: list[Listed]) -> AsyncIterator[Piece]:
    """Yield what there is of each of the actor's letters, newest first, and list it."""
    page = PageRequest(None, MAX_PAGE)
    while True:
        found = await services(request).lists.my_letters(actor, page)
        for one in found.items:
            # Each by the door: a list is no proof that it may be opened.
            case = await services(request).letterbox.case(actor, one.letter.id)
            async for piece in _letter(request, actor, case, listed):
                yield piece
        if found.next is None:
            return
        page = PageRequest(found.next, MAX_PAGE)


async def _letter(request: web.Request, actor: Actor, case: Case, listed: list[Listed]) -> AsyncIterator[Piece]:
    letter = case.letter
    folder = f"{FOLDER}/{letter.number}"
    original = await _original(request, actor, case, folder)
    if original is not None:
        yield original
    files = []
    for number, file in enumerate(_files(case), start=1):
        path = path_of_file(folder, number, file.name)
        piece = await _file(request, actor, case, file, path)
        files.append(FileCopy(file.id, file.name, file.content_type, file.size_bytes, path if piece else None))
        if piece is not None:
            yield piece
    copy = await _copy(request, actor, case, original.path if original else None, files)
    yield as_json(f"{folder}/letter.json", copy)
    page = f"{folder}/letter.html"
    view = await letter_view(request, case)
    yield as_page(request, page, "letter.html", view=view, copy=copy)
    listed.append(Listed(letter.subject, letter.received_at, page, letter.number))


async def _original(request: web.Request, actor: Actor, case: Case, folder: str) -> Piece | None:
    raw = await services(request).letterbox.original(actor, case.letter.id)
    ending = "eml" if case.letter.channel is Channel.MAIL else "json"
    return None if raw is None else Piece(f"{folder}/original.{ending}", raw)


async def _file(request: web.Request, actor: Actor, case: Case, file: Attachment, path: str) -> Piece | None:
    async def read() -> bytes:
        _, data = await services(request).letterbox.attachment(actor, case.letter.id, file.id)
        return data

    return await file_piece(path, read)


def _files(case: Case) -> Sequence[Attachment]:
    supplied = [file for order in case.orders for papers in order.papers for file in papers.attachments]
    return [*case.letter.attachments, *supplied]


async def _copy(
    request: web.Request, actor: Actor, case: Case, original: str | None, files: list[FileCopy]
) -> LetterCopy:
    door, names = services(request), await office_names(request)
    entries = timeline(await door.letterbox.events(case.letter.id))
    return LetterCopy(
        letter=await letter_shown(case, actor, names, door.accounts.people, door.clock.now()),
        receipt=receipt_shown(await door.letterbox.receipt(actor, case.letter.id)),
        steps=steps_shown(entries, case.orders, names),
        original=original,
        files=files,
    )
