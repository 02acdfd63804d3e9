"""The records of the office: letters, work orders, assignments, replies, and what the office learns from them.

A letter (来信) is what a citizen wrote; it never changes hands. A work order (工单) is one point of it at one office,
with its own limits; an assignment (派单) is one office's turn at it. People see one status: ``consult/status.py``.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from msgspec import Raw, Struct, field

from minxin.consult.behalf import Behalf
from minxin.consult.copy_records import EarlierAnswer, ProposedCopy
from minxin.consult.deadlines import Due, Pause
from minxin.consult.kept_judgement import NOT_JUDGED, as_read
from minxin.core.changes import BlobId, Numbered, Record
from minxin.core.judgement import Judgement, Kind


class Channel(StrEnum):
    """The door that a letter came through (来信渠道)."""

    WEB = "web"  # 网页
    MAIL = "mail"  # 邮件
    COUNTER = "counter"  # 窗口/电话代填
    API = "api"  # 接口
    IMPORTED = "imported"  # 历史导入
    CHAT = "chat"  # 在线咨询


class LetterState(StrEnum):
    """Where the letter as a whole is; the way through an office is in its work orders."""

    SUBMITTED = "submitted"  # 待审: durable, not yet accepted
    ACCEPTED = "accepted"  # 已受理
    REFUSED = "refused"  # 不予受理
    PETITION = "petition"  # 转信访
    REDIRECTED = "redirected"  # 引导其他渠道
    WITHDRAWN = "withdrawn"  # 撤回
    JOINED = "joined"  # 并入
    CLOSED = "closed"  # 办结


class OrderState(StrEnum):
    """Where a work order is. What leads from one to another stands in ``consult/moves.py``."""

    TO_DISPATCH = "to_dispatch"  # 待派: in the "not sure" tray
    TO_SIGN = "to_sign"  # 待签收
    IN_PROGRESS = "in_progress"  # 办理中
    RETURNED = "returned"  # 退回待裁定
    WAITING = "waiting"  # 补充材料: the clock stands still
    IN_REVIEW = "in_review"  # 待审核
    TO_SIGN_OFF = "to_sign_off"  # 待签发
    ANSWERED = "answered"  # 已答复, 待回访
    CLOSED = "closed"  # 办结
    CANCELLED = "cancelled"  # the letter was withdrawn, refused, redirected or joined


class Share(StrEnum):
    """Which part of its letter a work order is."""

    WHOLE = "whole"  # 独办: all of it
    LEAD = "lead"  # 主办: the first of several (首接负责)
    SUPPORT = "support"  # 协办: another of several


OPEN_STATES = frozenset(OrderState) - {OrderState.ANSWERED, OrderState.CLOSED, OrderState.CANCELLED}


class RoutedBy(StrEnum):
    """Who chose the office."""

    JUDGE = "judge"  # 系统自动
    CLERK = "clerk"  # 受理员
    RULING = "ruling"  # 裁定


class Satisfaction(StrEnum):
    """The five levels of a rating (满意度)."""

    VERY_SATISFIED = "very_satisfied"  # 非常满意
    SATISFIED = "satisfied"  # 满意
    MOSTLY_SATISFIED = "mostly_satisfied"  # 基本满意
    DISSATISFIED = "dissatisfied"  # 不满意
    VERY_DISSATISFIED = "very_dissatisfied"  # 非常不满意


SATISFIED = frozenset({Satisfaction.VERY_SATISFIED, Satisfaction.SATISFIED, Satisfaction.MOSTLY_SATISFIED})


class Office(Record, frozen=True, kw_only=True):
    """A department or office (承办单位), with its duties in its own words (职责)."""

    name: str
    short: str
    name_en: str
    level: str
    duties: tuple[str, ...]
    address: str = ""
    hours: str = ""
    phone: str = ""
    parent: str | None = None
    routable: bool = True


class Attachment(Struct, frozen=True):
    """A file that came with a letter; ``id`` is its own, ``blob_id`` the bytes'."""

    id: str
    blob_id: BlobId
    name: str
    content_type: str
    size_bytes: int


class Refusal(Struct, frozen=True):
    """Why a letter was not accepted (不予受理理由), and where to go instead."""

    ground: str
    advice: str
    by: str
    at: datetime


class Letter(Numbered, frozen=True, kw_only=True):
    """What a citizen wrote, and the limits that the whole of it has.

    ``intake_key`` is unique and the same for a resend. ``parsed`` is False while mail waits for the parser;
    ``readable`` is False when the parser gave up and a person must look at ``raw_blob``. A ``sealed`` letter denounces
    an office or an official: only the discipline desk sees it, and no count includes it. ``judged`` is the judgement as
    it is kept: it is two thirds of a letter, and lists of letters don't read it.
    """

    intake_key: str
    channel: Channel
    writer_id: str
    received_at: datetime
    state: LetterState
    raw_blob: BlobId
    kind: Kind
    subject: str = ""
    text: str = ""
    place: str = ""
    public: bool = False
    attachments: tuple[Attachment, ...] = ()
    entered_by: str | None = None
    behalf: Behalf | None = None
    parsed: bool = True
    readable: bool = True
    sealed: bool = False
    urgent: bool = False
    complex: bool = False
    judged: Raw = field(default=NOT_JUDGED, name="judgement")
    refusal: Refusal | None = None
    accept_due: Due | None = None
    answer_due: Due | None = None
    alarm_due: Due | None = None
    closed_at: datetime | None = None

    @property
    def judgement(self) -> Judgement | None:
        """Return what the judge said, None before it did; raises ``DamagedError`` when that can't be read."""
        return as_read(self.judged)


class ReplyParts(Struct, frozen=True):
    """What an answer must hold (答复要素): finding, basis with its number, result or dated plan, contact, remedy."""

    finding: str = ""
    basis: str = ""
    result: str = ""
    contact: str = ""
    remedy: str = ""


class Promise(Struct, frozen=True):
    """Something that the office promised in its answer, and until when (承诺)."""

    text: str
    until: date


class DraftVersion(Struct, frozen=True):
    """One version of an answer on its way: ``reviewed_by`` approved it, ``comment`` came when it was sent back."""

    at: datetime
    by: str
    post: str
    parts: ReplyParts
    promises: tuple[Promise, ...] = ()
    reviewed_by: str = ""
    comment: str = ""
    comment_by: str = ""


class Reply(Struct, frozen=True):
    """The answer as it went out (答复)."""

    parts: ReplyParts
    promises: tuple[Promise, ...]
    drafted_by: str
    reviewed_by: str
    signed_by: str
    at: datetime


class ReturnRequest(Struct, frozen=True):
    """An office's wish to give a work order back (退回), with its reason and the office that it holds competent."""

    office_id: str
    reason: str
    proposed_office_id: str | None
    by: str
    at: datetime


class PapersRequest(Struct, frozen=True):
    """What the writer was asked for (补充材料), and what came."""

    text: str
    by: str
    at: datetime
    supplied_at: datetime | None = None
    answer: str = ""
    attachments: tuple[Attachment, ...] = ()


class Extension(Struct, frozen=True):
    """A request for more time (延期申请): ``approved`` is None while it waits (延期待批)."""

    working_days: int
    reason: str
    by: str
    at: datetime
    approved: bool | None = None
    decided_by: str = ""
    decided_at: datetime | None = None


class Rating(Struct, frozen=True):
    """What the writer says in the follow-up (回访): contacted, solved, satisfied."""

    level: Satisfaction
    contacted: bool | None
    solved: bool | None
    reason: str
    at: datetime
    by: str


class Redo(Struct, frozen=True):
    """The one time that a dissatisfied writer's work order is done again (重办)."""

    reason: str
    at: datetime
    first_reply: Reply
    first_rating: Rating


class WorkOrder(Record, frozen=True, kw_only=True):
    """One letter at one office, or those of its points (``points``, places in its judgement's) that are this office's.

    A letter's only work order names none and answers all. ``point`` says in a line what it is about, ``refusal`` why
    this part was not accepted. ``assignment_id`` is the present office's turn; ``binding`` means that a ruling forbids
    a further return. ``answer_due`` moves only by pauses, an approved extension or a redo. ``working_hours`` is counted
    at the answer, from the first routing, pauses out. ``sealed`` and ``urgent`` repeat the letter's.
    """

    letter_id: str
    number: str
    state: OrderState
    point: str
    received_at: datetime
    points: tuple[int, ...] = ()
    share: Share = Share.WHOLE
    sealed: bool = False
    urgent: bool = False
    office_id: str | None = None
    assignment_id: str | None = None
    routed_at: datetime | None = None
    signed_at: datetime | None = None
    handler_id: str | None = None
    handler_post: str = ""
    returns: tuple[ReturnRequest, ...] = ()
    binding: bool = False
    pauses: tuple[Pause, ...] = ()
    papers: tuple[PapersRequest, ...] = ()
    sign_due: Due | None = None
    answer_due: Due | None = None
    extension: Extension | None = None
    drafts: tuple[DraftVersion, ...] = ()
    reply: Reply | None = None
    answered_at: datetime | None = None
    working_hours: float | None = None
    rating: Rating | None = None
    redo: Redo | None = None
    refusal: Refusal | None = None
    closed_at: datetime | None = None


class Assignment(Record, frozen=True, kw_only=True):
    """One office's turn at a work order (派单), from routing to signing for it or giving it back."""

    letter_id: str
    order_id: str
    office_id: str
    at: datetime
    by: str
    routed_by: RoutedBy
    reason: str
    sign_due: Due
    return_due: Due
    probability: float | None = None
    signed_at: datetime | None = None
    returned_at: datetime | None = None
    sealed: bool = False


class LetterDraft(Record, frozen=True, kw_only=True):
    """What a citizen has typed so far (草稿), kept as he types."""

    writer_id: str
    updated_at: datetime
    kind: str = ""
    subject: str = ""
    text: str = ""
    place: str = ""
    public: bool = False
    attachments: tuple[Attachment, ...] = ()
    company_id: str = ""


class ExampleSource(StrEnum):
    """Which human choice an example comes from."""

    CLERK = "clerk"
    RETURN = "return"
    RULING = "ruling"


class Example(Record, frozen=True, kw_only=True):
    """A person's choice of office for a text, to learn from; ``right`` is False when an office said "not us".

    One that was taken back teaches nothing any more.
    """

    text: str
    office_id: str
    right: bool
    source: ExampleSource
    letter_id: str
    by: str
    at: datetime
    taken_back_by: str | None = None
    taken_back_at: datetime | None = None

    @property
    def changed_at(self) -> datetime:
        """Return when it was said, or taken back."""
        return self.taken_back_at or self.at


class PublicState(StrEnum):
    """Where a public copy is."""

    PROPOSED = "proposed"  # 待复核
    PUBLISHED = "published"  # 已公开
    REFUSED = "refused"  # 不公开


class PublicCopy(Record, frozen=True, kw_only=True):
    """A letter and its answer without personal data (公开件); its id is the letter's. A second person publishes it,
    or says in ``refusal`` why not. Once published, ``renewal`` are the words with a redo's answer (重办) that wait
    for a second person while everybody reads the old ones; ``earlier`` are the answers before them, newest first.
    """

    number: str
    office_id: str
    state: PublicState
    subject: str
    text: str
    answer: str
    proposed_at: datetime
    proposed_by: str
    decided_by: str = ""
    decided_at: datetime | None = None
    refusal: str = ""
    renewal: ProposedCopy | None = None
    earlier: tuple[EarlierAnswer, ...] = ()

    @property
    def waiting(self) -> ProposedCopy | None:
        """Return the words that wait for a second person."""
        if self.state is PublicState.PROPOSED:
            return ProposedCopy(self.subject, self.text, self.answer, self.proposed_at, self.proposed_by)
        return self.renewal
