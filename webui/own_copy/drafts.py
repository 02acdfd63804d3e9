"""One's own drafts in a copy, with their files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web
from msgspec import Struct

from minxin.consult.records import Attachment, LetterDraft
from minxin.core.actor import Actor
from minxin.webui.api.letter_views import DraftShown, draft_shown
from minxin.webui.context import services
from minxin.webui.own_copy.archive import Piece
from minxin.webui.own_copy.making import FileCopy, Listed, as_json, as_page, file_piece, path_of_file

FOLDER: Final = "drafts"


class DraftCopy(Struct, frozen=True):
    """A draft as the interface shows it, with its files in the copy."""

    draft: DraftShown
    files: list[FileCopy]


async def draft_pieces(request: web.Request, actor: Actor, listed: list[Listed]) -> AsyncIterator[Piece]:
    """Yield what there is of each of the actor's drafts, last touched first, and list it."""
    for number, draft in enumerate(await services(request).lists.my_drafts(actor), start=1):
        folder = f"{FOLDER}/{number}"
        files: list[FileCopy] = []
        for file in draft.attachments:
            path = path_of_file(folder, len(files) + 1, file.name)
            piece = await _file(request, actor, draft, file, path)
            files.append(FileCopy(file.id, file.name, file.content_type, file.size_bytes, path if piece else None))
            if piece is not None:
                yield piece
        copy = DraftCopy(draft_shown(draft), files)
        yield as_json(f"{folder}/draft.json", copy)
        yield as_page(request, f"{folder}/draft.html", "draft.html", copy=copy, folder=folder)
        listed.append(Listed(draft.subject, draft.updated_at, f"{folder}/draft.html"))


async def _file(request: web.Request, actor: Actor, draft: LetterDraft, file: Attachment, path: str) -> Piece | None:
    async def read() -> bytes:
        _, data = await services(request).letterbox.draft_file(actor, draft.id, file.id)
        return data

    return await file_piece(path, read)
