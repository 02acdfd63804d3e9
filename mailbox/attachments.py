"""Takes the files of one letter in: sizes first, then each through the reading process (附件接收)."""

from __future__ import annotations

from collections.abc import Sequence

from minxin.mailbox.files import RULES, AttachmentRules, CleanFile, Upload, check_uploads, clean_upload
from minxin.mailbox.safe_pool import SafePool

# A photo of 40 million pixels takes a core about two seconds to decode, turn and write.
IMAGE_LIMIT_S = 10.0
# Decoded, with a copy while it is made smaller: four bytes a pixel each.
IMAGE_MEMORY_MB = 640


async def clean_uploads(
    pool: SafePool, uploads: Sequence[Upload], rules: AttachmentRules = RULES
) -> tuple[CleanFile, ...]:
    """The files fit to keep, in order, or the ``InvalidInputError`` of the first that can't be taken.

    A file that kills its reader raises ``ParseTimeoutError``, ``ParseFailedError`` or ``ParseCrashedError``.
    """
    check_uploads(uploads, rules)
    return tuple(
        [
            await pool.run(clean_upload, one.filename, one.data, limit_s=IMAGE_LIMIT_S, memory_mb=IMAGE_MEMORY_MB)
            for one in uploads
        ]
    )
