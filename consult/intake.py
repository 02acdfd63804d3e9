"""Intake (收件): from what a person sent to a letter that is durable before anyone says "received".

Everything here is pure. The raw bytes, the record, the event, the audit entry, the job and the receipt's notice go into
one commit; only after it does a door answer 201 or 250.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct, structs

from minxin.consult.behalf import Behalf
from minxin.consult.chat import transcript
from minxin.consult.chat.records import Conversation, Message
from minxin.consult.contents import letter_digest
from minxin.consult.deadlines import Due
from minxin.consult.decision import Deed, instant_of, write
from minxin.consult.limits import Limits
from minxin.consult.notices import Notice
from minxin.consult.records import Attachment, Channel, Letter, LetterDraft, LetterState
from minxin.consult.rulepack import Step
from minxin.core.changes import Blob, Changes, Head, Job, blob_of
from minxin.core.clock import SHANGHAI
from minxin.core.errors import InvalidFormError, InvalidInputError
from minxin.core.ids import new_id
from minxin.core.judgement import Kind

SUBJECT_MAX: Final = 100
TEXT_MIN: Final = 5
TEXT_MAX: Final = 5_000
PLACE_MAX: Final = 200
ATTACHMENTS_MAX: Final = 5
TOKEN_MAX: Final = 100

JUDGE_JOB: Final = "judge"
PARSE_JOB: Final = "parse"


class Submission(Struct, frozen=True):
    """What somebody typed into the form of a letter, before any check.

    ``token`` comes with the form and is the same when it is sent again. ``came_by`` says at the counter whether the
    writer came in (``visit``) or phoned (``phone``); it is kept in the raw bytes. ``company_id`` is for who writes in a
    company's name.
    """

    token: str
    kind: str
    subject: str
    text: str
    place: str = ""
    public: bool = False
    attachments: tuple[Attachment, ...] = ()
    came_by: str = ""
    company_id: str = ""


class Receipt(Struct, frozen=True):
    """The receipt (回执): proof, by ``head``, of what the letter's chain was when the writer got it.

    The limits are those at the receipt. ``again`` says that the letter had been accepted before (a resend).
    """

    letter_id: str
    number: str
    query_code: str
    received_at: datetime
    head: Head
    accept_due: Due | None = None
    answer_due: Due | None = None
    again: bool = False


def check(submission: Submission) -> None:
    """Raise ``InvalidFormError`` with one error for each wrong field."""
    errors = _errors(submission)
    if errors:
        raise InvalidFormError(errors)


def form_key(writer_id: str, token: str) -> str:
    """Return the intake key of a form: the same writer's same form token is the same letter."""
    return "form:" + hashlib.sha256(f"{writer_id}\0{token}".encode()).hexdigest()


def from_form(
    deed: Deed,
    submission: Submission,
    files: list[Blob],
    limits: Limits,
    *,
    writer_id: str,
    channel: Channel,
    draft: LetterDraft | None = None,
    behalf: Behalf | None = None,
) -> tuple[Letter, Changes]:
    """Return the letter that the form becomes; raises as :func:`check` does.

    ``files`` are the bytes of its attachments, checked and cleaned. At the counter (窗口代填) the actor is a clerk and
    the writer somebody else. The draft that it was written in goes away in the same commit.
    """
    check(submission)
    raw = blob_of(msgspec.json.encode(submission))
    letter = Letter(
        id=new_id(),
        intake_key=form_key(writer_id, submission.token),
        channel=channel,
        writer_id=writer_id,
        received_at=deed.at,
        state=LetterState.SUBMITTED,
        raw_blob=raw.id,
        kind=Kind(submission.kind),
        subject=submission.subject.strip(),
        text=submission.text.strip(),
        place=submission.place.strip(),
        public=submission.public,
        attachments=submission.attachments,
        entered_by=deed.actor.id if deed.actor.id != writer_id else None,
        behalf=behalf,
    )
    letter = with_limits(letter, limits)
    changes = _accepted(deed, letter, [raw, *files], JUDGE_JOB)
    if draft is not None:
        changes.deletes.append(draft)
    return letter, changes


def from_mail(deed: Deed, raw: bytes, key: str, limits: Limits, *, writer_id: str) -> tuple[Letter, Changes]:
    """Return the letter that a citizen's mail becomes; it is parsed by a job after it was accepted."""
    blob = blob_of(raw)
    letter = Letter(
        id=new_id(),
        intake_key="mail:" + key,
        channel=Channel.MAIL,
        writer_id=writer_id,
        received_at=deed.at,
        state=LetterState.SUBMITTED,
        raw_blob=blob.id,
        kind=Kind.HELP,
        parsed=False,
    )
    letter = with_limits(letter, limits)
    return letter, _accepted(deed, letter, [blob], PARSE_JOB)


def from_conversation(
    deed: Deed, conversation: Conversation, messages: Sequence[Message], limits: Limits, *, writer_id: str
) -> tuple[Letter, Changes]:
    """Return the letter that a conversation becomes (在线咨询转来信), received when its first message came.

    The visitor's own words and the transcript are its text. The whole of it is kept besides, as the raw bytes and as a
    file of the letter, whatever its length. Its intake key is the conversation's: it becomes a letter once.
    """
    whole = transcript.transcript(conversation, messages).encode()
    file = blob_of(whole)
    files = [attachment for message in messages for attachment in message.attachments]
    raw = blob_of(msgspec.json.encode({"conversation": conversation, "messages": messages}))
    received_at = messages[0].at if messages else conversation.opened_at
    letter = Letter(
        id=new_id(),
        intake_key=chat_key(conversation.id),
        channel=Channel.CHAT,
        writer_id=writer_id,
        received_at=received_at,
        state=LetterState.SUBMITTED,
        raw_blob=raw.id,
        kind=Kind.INQUIRY,
        subject=transcript.subject_of(conversation),
        text=transcript.letter_text(conversation, messages, TEXT_MAX),
        attachments=(*files, Attachment(new_id(), file.id, transcript.FILE_NAME, "text/plain", len(whole))),
    )
    letter = with_limits(letter, limits)
    # The receipt stands in the events at the instant that all limits run from; the audit log says when it was made.
    changes = _accepted(structs.replace(deed, at=received_at), letter, [raw, file], JUDGE_JOB)
    changes.audit = [structs.replace(entry, at=deed.at) for entry in changes.audit]
    return letter, changes


def chat_key(conversation_id: str) -> str:
    """Return the intake key of a conversation."""
    return f"chat:{conversation_id}"


def words_to_judge(letter: Letter) -> str:
    """Return what of the letter's text is to be judged: its writer's words. They stand at the beginning of the text."""
    return transcript.words_of_letter(letter.text) if letter.channel is Channel.CHAT else letter.text


def with_limits(letter: Letter, limits: Limits) -> Letter:
    """Return the letter with the limits that run from its receipt: acceptance, answer, and the absolute alarm."""
    return structs.replace(
        letter,
        accept_due=limits.set(Step.ACCEPT, letter, letter.received_at),
        answer_due=limits.answer(letter, letter.received_at),
        alarm_due=limits.set(Step.ABSOLUTE_ALARM, letter, letter.received_at),
    )


def _accepted(deed: Deed, letter: Letter, blobs: list[Blob], job: str) -> Changes:
    changes = write(
        deed,
        letter,
        "received",
        tell=Notice.RECEIVED,
        channel=letter.channel.value,
        raw=letter.raw_blob,
        content=letter_digest(letter),
        answer_due=instant_of(letter.answer_due),
    )
    changes.inserts.append(letter)
    changes.series[letter.id] = str(letter.received_at.astimezone(SHANGHAI).year)
    changes.blobs.extend(blobs)
    changes.jobs.append(Job(job, letter.id, {"letter_id": letter.id}))
    return changes


def _errors(submission: Submission) -> list[InvalidInputError]:
    subject, text = submission.subject.strip(), submission.text.strip()
    checks = (
        ("kind", "letter.kind.missing", submission.kind not in set(Kind)),
        ("subject", "letter.subject.missing", not subject),
        ("subject", "letter.subject.too_long", len(subject) > SUBJECT_MAX),
        ("text", "letter.text.too_short", len(text) < TEXT_MIN),
        ("text", "letter.text.too_long", len(text) > TEXT_MAX),
        ("place", "letter.place.too_long", len(submission.place) > PLACE_MAX),
        ("attachments", "attachment.too_many", len(submission.attachments) > ATTACHMENTS_MAX),
        ("token", "letter.token.missing", not 0 < len(submission.token) <= TOKEN_MAX),
    )
    return [InvalidInputError(key, field=field, most=_MOST.get(key)) for field, key, wrong in checks if wrong]


_MOST: Final = {
    "letter.subject.too_long": SUBJECT_MAX,
    "letter.text.too_short": TEXT_MIN,
    "letter.text.too_long": TEXT_MAX,
    "letter.place.too_long": PLACE_MAX,
    "attachment.too_many": ATTACHMENTS_MAX,
}
