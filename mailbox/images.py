"""Photos without what they tell about their taker (图片脱敏): decoded and written anew, pixels only."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from minxin.core.errors import InvalidInputError

MAX_PIXELS = 40_000_000
MAX_SIDE_PX = 4_096
JPEG_QUALITY = 88

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_BROKEN = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
)


def reencode(data: bytes) -> tuple[bytes, str]:
    """The first frame as JPEG or PNG, turned upright, at most 4 096 pixels a side, without any metadata.

    JPEG stays JPEG, WebP without transparency becomes JPEG, everything else PNG. Returns the bytes and the media type.
    Raises ``InvalidInputError`` with ``attachment.too_many_pixels`` (looked at before decoding) or
    ``attachment.image_broken``.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise _too_many_pixels()
                return _write(image)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except _BROKEN as error:
        raise InvalidInputError("attachment.image_broken", field="attachments") from error


def _too_many_pixels() -> InvalidInputError:
    return InvalidInputError("attachment.too_many_pixels", field="attachments", limit=MAX_PIXELS)


def _write(image: Image.Image) -> tuple[bytes, str]:
    source = image.format
    # Shrinks while decoding where the format can, so that a large photo needs little memory.
    image.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    upright = ImageOps.exif_transpose(image)
    photo = source == "JPEG" or (source == "WEBP" and not upright.has_transparency_data)
    mode = "RGB" if photo else ("RGBA" if upright.has_transparency_data else "RGB")
    if upright.mode == "L":
        mode = "L"
    pixels = upright.convert(mode)
    clean = Image.frombytes(mode, pixels.size, pixels.tobytes())
    out = io.BytesIO()
    if photo:
        clean.save(out, "JPEG", quality=JPEG_QUALITY)
        return out.getvalue(), "image/jpeg"
    clean.save(out, "PNG")
    return out.getvalue(), "image/png"
