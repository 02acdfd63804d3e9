"""What programs send: the bodies and queries of the operations."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from msgspec import Meta, field

from minxin.consult import gate, intake
from minxin.consult.openings import Part
from minxin.consult.records import ReplyParts, Satisfaction
from minxin.core.judgement import Kind
from minxin.core.paging import MAX_PAGE
from minxin.mailbox.reveals import Datum
from minxin.webui.api.operations import Sent
from minxin.webui.forms import MIB, FormLimits
from minxin.webui.pages.ask import QUESTION_MAX

# Files come as base64, a third larger than they are.
FILES_LIMITS: Final = FormLimits(body_bytes=32 * MIB)
TEXT_LIMITS: Final = FormLimits()
# Far more than a letter may have: what came from elsewhere is judged, too.
JUDGED_CHARS: Final = 100_000
JUDGED_TEXTS: Final = 50
JUDGED_LIMITS: Final = FormLimits(body_bytes=2 * MIB)


def _at_most(length: int) -> Meta:
    """Document a length that the office itself checks, with its own sentence."""
    return Meta(extra_json_schema={"maxLength": length})


Subject = Annotated[str, _at_most(intake.SUBJECT_MAX)]
Text = Annotated[str, _at_most(intake.TEXT_MAX)]
Place = Annotated[str, _at_most(intake.PLACE_MAX)]
Cursor = Annotated[str, Meta(description="The `next` of the page before.")]
Size = Annotated[int, Meta(ge=1, le=MAX_PAGE, description="How many items the page may hold.")]


class NewFile(Sent, frozen=True):
    """A file; `data` is base64. Pictures (JPG, PNG, GIF, WebP), PDF, docx, xlsx and txt of up to 10 MB are taken."""

    name: str
    data: bytes


class NewLetter(Sent, frozen=True):
    """A letter. `token`, or the header `Idempotency-Key`, makes it safe to send again: the same writer's same token is
    the same letter. `writer_id` and `came_by` (`visit` or `phone`) are for a clerk who writes for somebody else
    (窗口代填). `company_id` is one of the writer's companies, when he writes in its name.
    """

    kind: Kind
    subject: Subject
    text: Text
    place: Place = ""
    public: bool = False
    attachments: list[NewFile] = field(default_factory=list)
    token: Annotated[str, _at_most(intake.TOKEN_MAX)] = ""
    writer_id: str | None = None
    came_by: str = ""
    company_id: str = ""


class DraftText(Sent, frozen=True):
    """What is typed so far; all of it may be missing."""

    kind: Kind | None = None
    subject: str = ""
    text: str = ""
    place: Place = ""
    public: bool = False
    company_id: str = ""


class NewFiles(Sent, frozen=True):
    """Files for a draft."""

    attachments: list[NewFile]


class StatusQuestion(Sent, frozen=True):
    """Number and query code, as they stand on the receipt."""

    number: str
    code: str


class Question(Sent, frozen=True):
    """A matter in somebody's words."""

    text: Annotated[str, _at_most(QUESTION_MAX)]


JudgedText = Annotated[str, Meta(max_length=JUDGED_CHARS)]


class TextToJudge(Sent, frozen=True):
    """A text as a letter has it; all of it may be empty."""

    subject: JudgedText = ""
    text: JudgedText = ""
    place: JudgedText = ""


class TextsToJudge(Sent, frozen=True):
    """Texts that are judged one after another."""

    texts: Annotated[list[TextToJudge], Meta(min_length=1, max_length=JUDGED_TEXTS)]


class CitizenQuestion(Sent, frozen=True):
    """The full phone or ID number of a citizen who came in or phoned."""

    citizen: str


class Dispatch(Sent, frozen=True):
    """The office that is competent, and why."""

    office_id: str
    reason: str = ""


class Split(Sent, frozen=True):
    """An office for each point of the letter, in the order of the text, and why. Points of one office stay together."""

    offices: list[str]
    reason: str = ""


class NewPlace(Sent, frozen=True, kw_only=False):
    """A name of the letter, its kind, and the chain of district and street that it lies in."""

    name: str
    kind: str
    within: list[str]


class Refuse(Sent, frozen=True):
    """The ground of a refusal, and where the writer can go instead."""

    ground: str
    advice: str


class Unseal(Sent, frozen=True):
    """Why a sealed letter denounces nobody."""

    reason: str


class GiveBack(Sent, frozen=True):
    """Why it is not ours and, better, whose it is."""

    reason: str
    proposed_office_id: str | None = None


class Rule(Sent, frozen=True):
    """The office that must take it, and why."""

    office_id: str
    reason: str


class AskPapers(Sent, frozen=True):
    """What the writer is asked for."""

    text: str


class SupplyPapers(Sent, frozen=True):
    """What the writer answers, with files."""

    answer: str
    attachments: list[NewFile] = field(default_factory=list)


class AskExtension(Sent, frozen=True):
    """How many working days more, and why."""

    working_days: int
    reason: str


class MarkComplex(Sent, frozen=True):
    """Why the letter is a complex case; kept for good, so without personal data."""

    reason: str


class DecideExtension(Sent, frozen=True):
    """Whether the office gets more time."""

    approve: bool


class PromiseMade(Sent, frozen=True):
    """Something that is promised, and until when."""

    text: str
    until: date


class ReplyText(Sent, frozen=True):
    """An answer with its parts. A draft may lack some; a submitted answer needs all five."""

    finding: str = ""
    basis: str = ""
    result: str = ""
    contact: str = ""
    remedy: str = ""
    promises: list[PromiseMade] = field(default_factory=list)

    def parts(self) -> ReplyParts:
        """Return the parts without the promises."""
        return ReplyParts(self.finding, self.basis, self.result, self.contact, self.remedy)


class SendBack(Sent, frozen=True):
    """What is to be changed."""

    comment: str


class SignOff(Sent, frozen=True):
    """Why the answer is signed in spite of the reply gate's warnings; not needed without any."""

    reason: Annotated[str, _at_most(gate.REASON_MAX)] = ""


class Rate(Sent, frozen=True):
    """The three questions of the follow-up (回访). A dissatisfied or unsolved answer needs a reason."""

    level: Satisfaction
    contacted: bool | None = None
    solved: bool | None = None
    reason: str = ""


class CopyWords(Sent, frozen=True):
    """The words of a public copy."""

    subject: str
    text: str
    answer: str


class CopyDecision(Sent, frozen=True):
    """Whether a public copy is published; a refusal needs a reason."""

    approve: bool
    reason: str = ""


class RevealReason(Sent, frozen=True):
    """What is to be looked at, and why."""

    what: Datum
    reason: str


class PageQuery(Sent, frozen=True):
    """Which page of a list."""

    after: Cursor | None = None
    size: Size = 50


class LimitQuery(Sent, frozen=True):
    """The work order whose limit is meant; the letter's own without one."""

    order: str = ""


class PeriodQuery(Sent, frozen=True):
    """A period of whole days in Asia/Shanghai: this month, the month before, this quarter, or `from` and `to`."""

    period: Literal["month", "last_month", "quarter", "custom"] = "month"
    first: date | None = field(default=None, name="from")
    last: date | None = field(default=None, name="to")


class FigureQuery(PeriodQuery, frozen=True):
    """A part of a figure: of all offices, of one, or with `-` of what no office has yet."""

    office: str = ""
    part: Part = Part.MET
    after: Cursor | None = None
    size: Size = 50
