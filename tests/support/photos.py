"""Photos that say where they were taken."""

from __future__ import annotations

import io

from PIL import Image


def photograph(colour: str) -> bytes:
    """Return a JPEG that says where and with what it was taken."""
    image = Image.new("RGB", (640, 480), colour)
    exif = Image.Exif()
    exif[0x010F] = "Telephone"  # Make
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 15.0, 0.0), 3: "E", 4: (120.0, 10.0, 0.0)})  # GPS
    data = io.BytesIO()
    image.save(data, "JPEG", exif=exif)
    assert Image.open(data).getexif().get_ifd(0x8825)
    return data.getvalue()


def says_where(data: bytes) -> bool:
    """Say whether a picture tells anything about how it was taken."""
    return bool(Image.open(io.BytesIO(data)).getexif())
