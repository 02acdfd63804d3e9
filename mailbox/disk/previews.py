"""What a file looks like without being opened by the reader's own programs (预览).

Pictures are decoded and written anew, PDF files give their text; both in the process that can be killed. Nothing that
somebody else made is ever shown by the browser as it is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.core.actor import Actor
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.mailbox.attachments import IMAGE_LIMIT_S, IMAGE_MEMORY_MB
from minxin.mailbox.disk.pdftext import TEXT_MAX, pdf_text
from minxin.mailbox.errors import ParseCrashedError, ParseFailedError, ParseTimeoutError
from minxin.mailbox.files import KINDS
from minxin.mailbox.images import reencode
from minxin.mailbox.kit import Turns
from minxin.mailbox.safe_pool import SafePool

PDF_LIMIT_S: Final = 4.0
PDF_MEMORY_MB: Final = 256
_TEXTS: Final = (".txt", ".md", ".csv", ".log")
_CODECS: Final = ("utf-8-sig", "gb18030")


class PreviewKind(StrEnum):
    """How a file is previewed."""

    PICTURE = "picture"
    PDF = "pdf"
    TEXT = "text"
    NONE = "none"


class TextPreview(Struct, frozen=True):
    """The beginning of a file's text; ``cut`` says that there is more."""

    text: str
    cut: bool


class Picture(Struct, frozen=True):
    """A picture written anew."""

    data: bytes
    content_type: str


def preview_kind(name: str, data: bytes) -> PreviewKind:
    """Return how the file is previewed: told by its first bytes, a text by its ending."""
    for kind in KINDS:
        if kind.zip_folder or not all(data.startswith(start, offset) for offset, start in kind.starts):
            continue
        return PreviewKind.PICTURE if kind.is_image else PreviewKind.PDF
    is_text = name.lower().endswith(_TEXTS) and b"\0" not in data[: TEXT_MAX * 4]
    return PreviewKind.TEXT if is_text else PreviewKind.NONE


def text_of(data: bytes) -> TextPreview:
    """Return the beginning of a text in UTF-8 or GB 18030; what is neither is shown with marks for its bad bytes."""
    part = data[: TEXT_MAX * 4]
    for codec in _CODECS:
        try:
            text = part.decode(codec)
        except UnicodeDecodeError as error:
            # A character that the cut went through is no sign of another codec.
            if len(part) == len(data) or error.start < len(part) - 4:
                continue
            text = part[: error.start].decode(codec)
        return TextPreview(text[:TEXT_MAX], len(text) > TEXT_MAX or len(part) < len(data))
    return TextPreview(part.decode("utf-8", "replace")[:TEXT_MAX], len(part) < len(data))


class Previews:
    """Makes previews, of hostile files too, one at a time for each reader: the processes that read are few."""

    def __init__(self, pool: SafePool) -> None:
        self._pool = pool
        self._turns = Turns()

    async def text(self, reader: Actor, name: str, data: bytes) -> TextPreview:
        """Return the text of a text or PDF file.

        Raises ``NotFoundError`` for another kind, ``InvalidInputError`` ``disk.preview.broken`` or ``.locked``.
        """
        kind = preview_kind(name, data)
        if kind is PreviewKind.TEXT:
            return text_of(data)
        if kind is not PreviewKind.PDF:
            raise NotFoundError
        try:
            async with self._turns.of(reader.id):
                text, cut = await self._pool.run(pdf_text, data, limit_s=PDF_LIMIT_S, memory_mb=PDF_MEMORY_MB)
        except (ParseTimeoutError, ParseFailedError, ParseCrashedError) as error:
            raise InvalidInputError("disk.preview.broken", field="preview") from error
        return TextPreview(text, cut)

    async def picture(self, reader: Actor, name: str, data: bytes) -> Picture:
        """Return the picture written anew; raises ``NotFoundError`` for what is none, or none that can be read."""
        if preview_kind(name, data) is not PreviewKind.PICTURE:
            raise NotFoundError
        try:
            async with self._turns.of(reader.id):
                written = await self._pool.run(reencode, data, limit_s=IMAGE_LIMIT_S, memory_mb=IMAGE_MEMORY_MB)
        except (InvalidInputError, ParseTimeoutError, ParseFailedError, ParseCrashedError) as error:
            raise NotFoundError from error
        return Picture(*written)
