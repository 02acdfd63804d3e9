"""What an office writes (拟稿): the form of a notice, and the draft that it makes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from minxin.core.changes import Blob, blob_of
from minxin.core.errors import InvalidFormError, InvalidInputError
from minxin.core.places import Area
from minxin.mailbox.files import AttachmentRules, CleanFile, Upload
from minxin.mailbox.official.listing import Listing
from minxin.mailbox.official.records import NoticeFile, NoticeState, OfficialNotice, Reach

SUBJECT_MAX: Final = 80
TEXT_MAX: Final = 8_000
DOCUMENT_MAX: Final = 40
MIB: Final = 1024 * 1024
# It counts on every citizen's quota of some ten megabytes.
FILES: Final = AttachmentRules(max_files=5, max_file_bytes=2 * MIB, max_total_bytes=2 * MIB)


class NoticeForm(Struct, frozen=True, kw_only=True):
    """A notice as somebody wrote it. ``token`` is the filling-in: the same one twice is the same notice.

    ``listing`` is None when the list that was given before is to stay; with ``leave_out`` its wrong lines are left out.
    ``kept_files`` are the blobs of earlier files that stay.
    """

    subject: str
    text: str
    reach: Reach
    token: str
    document: str = ""
    area: Area = ()
    listing: Listing | None = None
    leave_out: bool = False
    replies: bool = True
    sms: bool = False
    kept_files: tuple[str, ...] = ()
    uploads: tuple[Upload, ...] = ()


def drafted(base: OfficialNotice, form: NoticeForm, areas: Collection[Area]) -> OfficialNotice:
    """Return the notice with the form's words and reach, as a draft; files and list are not looked at.

    Raises ``InvalidFormError`` with an error for each wrong field: ``official.subject``, ``official.text``,
    ``official.document``, ``official.area``.
    """
    errors: list[InvalidInputError] = []
    subject, document = " ".join(form.subject.split()), " ".join(form.document.split())
    text = form.text.strip()
    for field, value, least, most in (
        ("subject", subject, 1, SUBJECT_MAX),
        ("text", text, 1, TEXT_MAX),
        ("document", document, 0, DOCUMENT_MAX),
    ):
        if not least <= len(value) <= most:
            errors.append(InvalidInputError(f"official.{field}", field=field, most=most))
    if form.reach is Reach.AREA and form.area not in areas:
        errors.append(InvalidInputError("official.area", field="area"))
    if errors:
        raise InvalidFormError(errors)
    return replace(
        base,
        subject=subject,
        text=text,
        document=document,
        reach=form.reach,
        area=form.area if form.reach is Reach.AREA else (),
        listed=base.listed if form.reach is Reach.LIST else 0,
        replies=form.replies,
        sms=form.sms,
        state=NoticeState.DRAFT,
        refusal="",
        decided_by=None,
        decided_at=None,
    )


def with_files(
    notice: OfficialNotice, kept: Collection[str], added: Sequence[CleanFile]
) -> tuple[OfficialNotice, list[Blob]]:
    """Return the notice with the files that stay and the new ones, and the bytes of these.

    Raises ``InvalidInputError``: ``attachment.too_many``, ``attachment.total_too_large``.
    """
    files = [one for one in notice.files if one.blob_id in kept]
    blobs = [blob_of(one.data) for one in added]
    files += [
        NoticeFile(one.filename, one.content_type, blob.id, len(one.data))
        for one, blob in zip(added, blobs, strict=True)
    ]
    if len(files) > FILES.max_files:
        raise InvalidInputError("attachment.too_many", field="attachments", limit=FILES.max_files)
    if sum(one.size_bytes for one in files) > FILES.max_total_bytes:
        raise InvalidInputError("attachment.total_too_large", field="attachments", limit=FILES.max_total_bytes)
    return replace(notice, files=tuple(files)), blobs
