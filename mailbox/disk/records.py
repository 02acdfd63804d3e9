"""The records of the network disk (网络硬盘): the disk, what lies on it, uploads under way, and shares.

A file's bytes are blobs: the same bytes are kept once however many disks, letters and mails hold them, and counted to
each disk that does.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from minxin.core.changes import BlobId, Record

TOP: Final = ""  # the id of the folder that everything lies in at last


class Disk(Record, frozen=True, kw_only=True):
    """One account's disk; the id is the account's.

    Every change of what lies where writes this record too, so that of two such changes decided on the same state the
    second is decided again: no folder ends up inside of itself, nothing in a folder that is gone. ``written_bytes``
    came since ``written_since``, whatever became of them.
    """

    changed_at: datetime
    written_since: datetime | None = None
    written_bytes: int = 0


class FileVersion(Struct, frozen=True):
    """The bytes that a file had from an instant on."""

    blob_id: BlobId
    size_bytes: int
    at: datetime


class DiskItem(Record, frozen=True, kw_only=True):
    """A folder or a file. A file has at least one version, the newest first; a folder has none.

    ``binned_at`` stands on what was thrown away itself; what lies in a folder in the bin is in the bin with it.
    ``properties`` are what programs keep of it by WebDAV (RFC 4918, 4): pairs of a name and its value as XML.
    """

    owner_id: str
    folder_id: str
    name: str
    changed_at: datetime
    versions: tuple[FileVersion, ...] = ()
    binned_at: datetime | None = None
    properties: tuple[tuple[str, str], ...] = ()

    @property
    def is_folder(self) -> bool:
        """Say whether this is a folder."""
        return not self.versions

    @property
    def current(self) -> FileVersion:
        """Return the version that the file is read by."""
        return self.versions[0]

    @property
    def held_bytes(self) -> int:
        """Return what is counted to the disk for this item: every version."""
        return sum(version.size_bytes for version in self.versions)


class DiskUpload(Record, frozen=True, kw_only=True):
    """A file that comes in pieces (断点续传). Its whole size is counted to the disk from the beginning.

    ``received_bytes`` is what the pieces hold, and where the next one begins. ``mark`` is the sender's own, by which he
    knows the file again.
    """

    owner_id: str
    folder_id: str
    name: str
    size_bytes: int
    created_at: datetime
    expires_at: datetime
    received_bytes: int = 0
    pieces: tuple[BlobId, ...] = ()
    mark: str = ""


class Audience(StrEnum):
    """Whom a share is for, beside needing its link and password."""

    ANYONE = "anyone"  # 知道链接和口令的人
    PERSON = "person"  # 一位登录用户, named by his phone number
    OFFICE = "office"  # 一个单位的工作人员


class DiskShare(Record, frozen=True, kw_only=True):
    """A file that somebody else may fetch (外链分享). The id is the SHA-256 of the link's token, which is never kept.

    ``to`` is the office's id, or the blind index of the person's phone number, which ``to_shown`` shows masked.
    ``shown_name`` is all that is told of the owner.
    """

    owner_id: str
    item_id: str
    shown_name: str
    password_hash: str
    created_at: datetime
    expires_at: datetime
    audience: Audience = Audience.ANYONE
    to: str = ""
    to_shown: str = ""
    downloads: int = 0
    last_download_at: datetime | None = None
    revoked_at: datetime | None = None
