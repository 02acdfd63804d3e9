"""The names of boxes' counters, and the ids that follow from others."""

from __future__ import annotations

import hashlib

from minxin.mailbox.mail.records import FolderRole


def uid_sequence(folder_id: str) -> str:
    """Return the sequence of the folder's UIDs."""
    return f"uid:{folder_id}"


def stamp_sequence(box_id: str) -> str:
    """Return the sequence of the box's stamps (MODSEQ, RFC 7162)."""
    return f"mod:{box_id}"


def validity_sequence(box_id: str) -> str:
    """Return the sequence of the folders' UIDVALIDITY in the box."""
    return f"validity:{box_id}"


def mail_usage(box_id: str) -> str:
    """Return the counter of the bytes of mail in the box."""
    return f"mail:{box_id}"


def disk_usage(box_id: str) -> str:
    """Return the counter of the bytes on the box's network disk."""
    return f"disk:{box_id}"


def role_folder(box_id: str, role: FolderRole) -> str:
    """Return the id of the box's folder with the role: known without asking, so that a delivery reads nothing."""
    return f"{box_id}.{role.value}"


def message_key(box_id: str, message_id: str) -> int:
    """Return a number by which a Message-ID is found in one box; two may share one, so the text is compared too."""
    digest = hashlib.blake2b(f"{box_id}\0{message_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
