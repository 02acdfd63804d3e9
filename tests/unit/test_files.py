"""What may be attached, and what is left of it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from minxin.core.errors import InvalidInputError
from minxin.mailbox.files import RULES, Upload, check_uploads, clean_upload
from minxin.mailbox.images import MAX_SIDE_PX


def picture(image_format: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    image = Image.new(mode, size, "red" if mode == "RGB" else None)
    if mode == "RGB":
        image.paste("blue", (0, 0, size[0] // 2, size[1] // 2))
    image.save(out, image_format, **options)
    return out.getvalue()


def office(folder: str, **extra: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/document.xml", "<w>text</w>")
        for name, data in extra.items():
            archive.writestr(f"{folder}/{name}", data)
    return out.getvalue()


def huge_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    )


def many_members(count: int) -> bytes:
    return office("word", **{f"m{number}": b"" for number in range(count)})


@pytest.mark.parametrize(
    ("name", "data", "kept_name", "media_type"),
    [
        ("a.jpg", picture("JPEG"), "a.jpg", "image/jpeg"),
        ("a.png", picture("PNG"), "a.png", "image/png"),
        ("a.GIF", picture("GIF", mode="P"), "a.png", "image/png"),
        ("a.webp", picture("WEBP"), "a.jpg", "image/jpeg"),
        ("a.webp", picture("WEBP", mode="RGBA"), "a.png", "image/png"),
        ("said-to-be.png", picture("JPEG"), "said-to-be.jpg", "image/jpeg"),
        ("evil.html", picture("JPEG"), "evil.jpg", "image/jpeg"),
        ("../照片", picture("JPEG"), "照片.jpg", "image/jpeg"),
        ("a.pdf", b"%PDF-1.7\n...", "a.pdf", "application/pdf"),
        ("a.txt", "说明".encode("gb18030"), "a.txt", "text/plain"),
        ("a.docx", office("word"), "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", office("xl"), "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
    ids=range(12),
)
def test_allowed_kinds_are_kept(name: str, data: bytes, kept_name: str, media_type: str) -> None:
    clean = clean_upload(name, data)
    assert (clean.filename, clean.content_type) == (kept_name, media_type)


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "attachment.empty"),
        ("a.exe", b"MZ\x90\x00", "attachment.type"),
        ("a.pdf", b"MZ\x90\x00", "attachment.type"),
        ("a.html", b"<script>x()</script>", "attachment.type"),
        ("a.svg", b"<svg onload='x()'/>", "attachment.type"),
        ("a.html", b"%PDF-1.7 <script>", "attachment.type"),
        ("a.txt", b"\x00\x01", "attachment.type"),
        ("a.zip", office("word"), "attachment.type"),
        ("a.docx", office("xl"), "attachment.type"),
        ("a.docx", office("word", **{"vbaProject.bin": b"x"}), "attachment.type"),
        ("a.heic", b"\x00\x00\x00\x18ftypheic\x00\x00", "attachment.heic"),
        ("a.mp4", b"\x00\x00\x00\x18ftypisom\x00\x00", "attachment.type"),
        ("a.jpg", b"\xff\xd8\xff" + b"garbage", "attachment.image_broken"),
        ("a.png", picture("PNG")[:60], "attachment.image_broken"),
        ("a.png", huge_png(20_000, 20_000), "attachment.too_many_pixels"),
        ("a.docx", b"PK\x03\x04 broken", "attachment.archive"),
        ("a.docx", office("word", bomb=bytes(20_000_000)), "attachment.archive"),
        ("a.docx", many_members(1_001), "attachment.archive"),
    ],
    ids=range(18),
)
def test_refused_with_its_reason_beside_the_field(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        clean_upload(name, data)
    assert (refusal.value.reason, refusal.value.field) == (reason, "attachments")


def test_a_zip_whose_directory_lies_about_its_members_is_refused() -> None:
    data = bytearray(office("word", a=bytes(2000), b=bytes(2000)))
    at = data.rfind(b"PK\x01\x02")
    data[at + 20 : at + 24] = struct.pack("<I", len(data) * 2)
    with pytest.raises(InvalidInputError, match="attachment.archive"):
        clean_upload("a.docx", bytes(data))


def test_a_photo_loses_its_place_and_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Maker"
    exif.get_ifd(0x8825)[1] = "N"
    clean = clean_upload("a.jpg", picture("JPEG", exif=exif, comment=b"at home"))
    with Image.open(io.BytesIO(clean.data)) as image:
        assert image.size == (20, 40)
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"Maker" not in clean.data
    assert b"at home" not in clean.data


def test_a_large_photo_is_made_smaller() -> None:
    clean = clean_upload("a.jpg", picture("JPEG", (MAX_SIDE_PX + 1000, 50)))
    with Image.open(io.BytesIO(clean.data)) as image:
        assert image.width <= MAX_SIDE_PX


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ([1] * (RULES.max_files + 1), "attachment.too_many"),
        ([RULES.max_file_bytes + 1], "attachment.too_large"),
        ([RULES.max_file_bytes] * 3, "attachment.total_too_large"),
    ],
)
def test_number_and_sizes_are_limited(sizes: list[int], reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        check_uploads([Upload("a.txt", bytes(size)) for size in sizes])


def test_the_limits_themselves_are_allowed() -> None:
    check_uploads([Upload("a.txt", bytes(RULES.max_file_bytes)), *[Upload("b.txt", b"x")] * 4])
