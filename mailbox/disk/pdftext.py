"""The text of a PDF file for its preview; hostile input, so it is only run in the process that can be killed."""

from __future__ import annotations

import io
from typing import Final

from minxin.core.errors import InvalidInputError

PAGES_MAX: Final = 20
TEXT_MAX: Final = 20_000  # characters


def pdf_text(data: bytes) -> tuple[str, bool]:
    """Return the text of the first pages, and whether there is more of it.

    Raises ``InvalidInputError`` ``disk.preview.broken`` for what is no PDF file, ``disk.preview.locked`` for one that
    needs a password.
    """
    # Imported where it is used: the process mostly reads mail, which does without.
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise InvalidInputError("disk.preview.locked", field="preview")
        count = len(reader.pages)
        parts: list[str] = []
        for number in range(min(count, PAGES_MAX)):
            parts.append(reader.pages[number].extract_text())
            if sum(map(len, parts)) > TEXT_MAX:
                break
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        raise InvalidInputError("disk.preview.broken", field="preview") from error
    text = "\n\n".join(part.strip() for part in parts)
    return text[:TEXT_MAX], len(text) > TEXT_MAX or count > PAGES_MAX
