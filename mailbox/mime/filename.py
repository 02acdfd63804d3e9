"""A file name that somebody else chose, made safe to show, to store in a record and to send in a header (文件名)."""

from __future__ import annotations

import re

from minxin.mailbox.mime.headers import clean_line

MAX_NAME_BYTES = 200

_FORBIDDEN = re.compile(r'[<>:"|?*\\/]')
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")


def safe_filename(name: str, default: str = "attachment") -> str:
    """The last piece of ``name`` without path, controls, direction marks or reserved characters, at most 200 bytes.

    The ending is kept when the name is cut. ``default`` comes back when nothing is left. OWASP ASVS 5.3.2.
    """
    plain = name.encode("utf-8", "replace").decode("utf-8")
    last = re.split(r"[/\\]", plain)[-1]
    cleaned = clean_line(_FORBIDDEN.sub("_", last)).strip(" .")
    if not cleaned.strip("_"):
        return default
    if _RESERVED.fullmatch(cleaned):
        cleaned = f"_{cleaned}"
    return _cut(cleaned)


def _cut(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    match = _EXTENSION.search(name)
    ending = match[0] if match else ""
    stem = name[: len(name) - len(ending)].encode()[: MAX_NAME_BYTES - len(ending)]
    return stem.decode("utf-8", "ignore").rstrip(" .") + ending
