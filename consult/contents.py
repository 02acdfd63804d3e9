"""Digests of words (内容摘要): how a letter's events vouch for what was written, without holding it.

Events can't be erased and hold no personal data, so they name a text by its SHA-256. The letter's id is hashed with it:
equal texts of two letters do not look equal. ``consult/verify.py`` holds the stored records against these digests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from minxin.consult.copy_records import ProposedCopy
from minxin.consult.records import Attachment, Letter, PapersRequest, PublicCopy, Reply

_encoder: Final = msgspec.json.Encoder(order="deterministic")


def letter_digest(letter: Letter) -> str:
    """Return the digest of what the writer wrote: kind, subject, text, place and files, and in whose name."""
    behalf = {} if letter.behalf is None else {"behalf": [letter.behalf.company_id, letter.behalf.name]}
    return _digest(
        letter.id,
        "letter",
        kind=letter.kind,
        subject=letter.subject,
        text=letter.text,
        place=letter.place,
        files=_files(letter.attachments),
        **behalf,
    )


def reply_digest(letter_id: str, reply: Reply) -> str:
    """Return the digest of an answer: its parts, its promises, and who drafted, reviewed and signed it."""
    return _digest(
        letter_id,
        "reply",
        parts=reply.parts,
        promises=[[promise.text, promise.until.isoformat()] for promise in reply.promises],
        people=[reply.drafted_by, reply.reviewed_by, reply.signed_by],
    )


def papers_digest(letter_id: str, papers: PapersRequest) -> str:
    """Return the digest of what the writer was asked for, and of what came."""
    return _digest(letter_id, "papers", text=papers.text, answer=papers.answer, files=_files(papers.attachments))


def copy_digest(copy: PublicCopy) -> str:
    """Return the digest of a public copy's words, earlier answers too; its id is the letter's."""
    content: dict[str, Any] = {"subject": copy.subject, "text": copy.text, "answer": copy.answer}
    if copy.earlier:
        content["earlier"] = [[one.answer, one.published_at.isoformat()] for one in copy.earlier]
    return _digest(copy.id, "copy", **content)


def renewal_digest(copy_id: str, renewal: ProposedCopy) -> str:
    """Return the digest of the words that are to take the place of published ones."""
    return _digest(copy_id, "renewal", subject=renewal.subject, text=renewal.text, answer=renewal.answer)


def _files(attachments: Sequence[Attachment]) -> list[list[str]]:
    return [[file.id, file.blob_id, file.name, file.content_type] for file in attachments]


def _digest(letter_id: str, what: str, **content: Any) -> str:
    return hashlib.sha256(_encoder.encode({"letter": letter_id, "what": what, "content": content})).hexdigest()
