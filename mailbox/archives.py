"""Looks into a ZIP container (docx, xlsx) without unpacking it (压缩包检查)."""

from __future__ import annotations

import io
import zipfile

from minxin.core.errors import InvalidInputError

MAX_RATIO = 100
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_MEMBERS = 1_000
# Under this size a ratio means nothing: a short honest sheet of equal cells shrinks a thousandfold.
_SMALL_BYTES = 1024 * 1024


def member_names(data: bytes) -> frozenset[str]:
    """The names inside the container.

    Raises ``InvalidInputError`` with ``attachment.archive`` for a damaged container, for more than 1 000 members,
    100 MiB unpacked or a ratio of 100 (OWASP ASVS 5.2.3), for a member that is encrypted and for overlapping members.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        raise _refusal() from error
    packed = sum(member.compress_size for member in members)
    unpacked = sum(member.file_size for member in members)
    # Members that share bytes are how 42 KB become 4 GB: together they claim more than the file holds.
    dense = unpacked > _SMALL_BYTES and unpacked > MAX_RATIO * max(packed, 1)
    too_much = len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES or packed > len(data)
    if dense or too_much or any(member.flag_bits & 1 for member in members):
        raise _refusal()
    return frozenset(member.filename for member in members)


def _refusal() -> InvalidInputError:
    return InvalidInputError("attachment.archive", field="attachments")
