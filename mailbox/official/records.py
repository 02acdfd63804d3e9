"""The records of official mail (公务邮件): a notice of an office to citizens, whom it is for, and how far it is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from minxin.core.changes import BlobId, Numbered, Record
from minxin.core.places import Area


class NoticeState(StrEnum):
    """Where a notice is between being written and being in every box."""

    DRAFT = "draft"  # 草稿
    WAITING = "waiting"  # 待批准
    APPROVED = "approved"  # 已批准: its turn comes
    SENDING = "sending"  # 发送中
    STOPPED = "stopped"  # 已停发
    DONE = "done"  # 已发完
    REFUSED = "refused"  # 未批准


class Reach(StrEnum):
    """Whom a notice is for."""

    LIST = "list"  # 名单: boxes that somebody named
    AREA = "area"  # 区、街道: the citizens who say that they live there
    ALL = "all"  # 全体市民


class NoticeFile(Struct, frozen=True):
    """A file that goes along; its bytes are the blob's."""

    name: str
    content_type: str
    blob_id: BlobId
    size_bytes: int


class OfficialNotice(Record, frozen=True, kw_only=True):
    """A notice of an office (官方通知).

    ``document`` is the office's own number of it (发文字号), empty for none. ``area`` is given when it reaches one.
    ``listed`` is how many boxes its :class:`NoticeList` names. With ``replies`` the office's box takes answers. ``sms``
    says that readers are told by short message. ``refusal`` is why it was refused last.
    """

    office_id: str
    author_id: str
    written_at: datetime
    subject: str
    text: str
    reach: Reach
    state: NoticeState = NoticeState.DRAFT
    document: str = ""
    area: Area = ()
    listed: int = 0
    files: tuple[NoticeFile, ...] = ()
    replies: bool = True
    sms: bool = False
    refusal: str = ""
    decided_by: str | None = None
    decided_at: datetime | None = None


class NoticeList(Record, frozen=True, kw_only=True):
    """The boxes that a notice is for, by id and in their order; the record's id is the notice's.

    What was typed to name them, phone numbers among it, is not kept, and the list itself goes when it was sent.
    """

    box_ids: tuple[str, ...]


class NoticeRun(Numbered, frozen=True, kw_only=True):
    """How far an approved notice is; the record's id is the notice's, and ``number`` its own in the year (编号).

    ``cursor`` is the last box that has it: boxes come in the order of their ids. ``total`` is how many the audience had
    when it was approved. Who came later than ``begun_at`` is not in it. ``going`` is False when it was stopped or is
    done, ``stopped_by`` who stopped it. ``starts`` counts how often it was begun: what was at work before a stop ends.
    """

    begun_at: datetime
    total: int
    starts: int = 1
    going: bool = True
    cursor: str = ""
    delivered: int = 0
    passed: int = 0  # boxes that were closed when their turn came
    ended_at: datetime | None = None
    stopped_by: str | None = None
