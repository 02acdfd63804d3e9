"""What may be attached to a letter, as data, and how a file is made fit to keep (附件规则).

A file's kind is told by its first bytes and its ending together, never by what the sender calls it. Sound and film are
not taken: their containers carry the place of the recording, and nothing in the house can take it out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from minxin.core.errors import InvalidInputError
from minxin.mailbox.archives import member_names
from minxin.mailbox.images import reencode
from minxin.mailbox.mime.filename import safe_filename

FIELD = "attachments"


class FileKind(msgspec.Struct, frozen=True):
    """One kind that is taken: (offset, bytes) pairs that must all fit, and its endings, the usual one first."""

    media_type: str
    endings: tuple[str, ...]
    starts: tuple[tuple[int, bytes], ...] = ()
    is_image: bool = False
    zip_folder: str = ""


class AttachmentRules(msgspec.Struct, frozen=True):
    """The limits of one letter; sizes in bytes."""

    max_files: int = 5
    max_file_bytes: int = 10 * 1024 * 1024
    max_total_bytes: int = 25 * 1024 * 1024


class Upload(msgspec.Struct, frozen=True):
    """A file as it came in: the name is the sender's."""

    filename: str
    data: bytes


class CleanFile(msgspec.Struct, frozen=True):
    """A file fit to keep: safe name, the media type that we found, the bytes to store and their SHA-256."""

    filename: str
    content_type: str
    data: bytes
    sha256: str


RULES = AttachmentRules()
TEXT = FileKind("text/plain", (".txt",))
KINDS: tuple[FileKind, ...] = (
    FileKind("image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"), ((0, b"\xff\xd8\xff"),), is_image=True),
    FileKind("image/png", (".png",), ((0, b"\x89PNG\r\n\x1a\n"),), is_image=True),
    FileKind("image/gif", (".gif",), ((0, b"GIF8"),), is_image=True),
    FileKind("image/webp", (".webp",), ((0, b"RIFF"), (8, b"WEBP")), is_image=True),
    FileKind("application/pdf", (".pdf",), ((0, b"%PDF-"),)),
    FileKind(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (".docx",),
        ((0, b"PK\x03\x04"),),
        zip_folder="word/",
    ),
    FileKind(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (".xlsx",),
        ((0, b"PK\x03\x04"),),
        zip_folder="xl/",
    ),
)
ACCEPTED_ENDINGS = tuple(ending for kind in (*KINDS, TEXT) for ending in kind.endings)

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif"})


def check_uploads(uploads: Sequence[Upload], rules: AttachmentRules = RULES) -> None:
    """Number and sizes; cheap enough for the event loop. Raises ``InvalidInputError`` for the first that is wrong."""
    if len(uploads) > rules.max_files:
        raise _refusal("attachment.too_many", limit=rules.max_files)
    for upload in uploads:
        if len(upload.data) > rules.max_file_bytes:
            raise _refusal("attachment.too_large", name=upload.filename, limit=rules.max_file_bytes)
    if sum(len(upload.data) for upload in uploads) > rules.max_total_bytes:
        raise _refusal("attachment.total_too_large", limit=rules.max_total_bytes)


def clean_upload(filename: str, data: bytes) -> CleanFile:
    """Find the kind and make the file fit to keep; hostile input, so run it in the pool.

    Raises ``InvalidInputError`` on the field ``attachments``: ``attachment.empty``, ``.type``, ``.heic``, ``.archive``,
    ``.image_broken``, ``.too_many_pixels``. Images lose all metadata; other kinds are kept byte for byte.
    """
    name = safe_filename(filename)
    kind = find_kind(name, data)
    if not kind.is_image:
        return _clean(name, kind.media_type, data)
    pixels, media_type = reencode(data)
    written = next(one for one in KINDS if one.media_type == media_type)
    stem, dot, ending = name.rpartition(".")
    same = f"{dot}{ending}".lower() in written.endings
    return _clean(name if same else f"{stem or name}{written.endings[0]}", media_type, pixels)


def find_kind(name: str, data: bytes) -> FileKind:
    """The kind by content; refuses what is unknown, and text or office files whose ending says something else."""
    if not data:
        raise _refusal("attachment.empty", name=name)
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise _refusal("attachment.heic", name=name)
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    for kind in KINDS:
        if not all(data.startswith(start, offset) for offset, start in kind.starts):
            continue
        if kind.is_image or (ending in kind.endings and _is_office(kind, data)):
            return kind
    if ending in TEXT.endings and _is_text(data):
        return TEXT
    raise _refusal("attachment.type", name=name)


def _is_office(kind: FileKind, data: bytes) -> bool:
    """Office files hold their folder and no macro; other kinds pass."""
    if not kind.zip_folder:
        return True
    names = member_names(data)
    macro = any(name.lower().endswith("vbaproject.bin") for name in names)
    return "[Content_Types].xml" in names and any(name.startswith(kind.zip_folder) for name in names) and not macro


def _is_text(data: bytes) -> bool:
    if any(byte in data for byte in (b"\x00", b"\x1b", b"\x08")):
        return False
    for codec in ("utf-8", "gb18030"):
        try:
            data.decode(codec)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _clean(name: str, media_type: str, data: bytes) -> CleanFile:
    return CleanFile(name, media_type, data, hashlib.sha256(data).hexdigest())


def _refusal(reason: str, **params: object) -> InvalidInputError:
    return InvalidInputError(reason, field=FIELD, **params)
