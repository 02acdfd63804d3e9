"""The citizen's own box (站内信): one message for each occasion, and a word by SMS that it is there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from minxin.core.changes import Changes, blob_of
from minxin.core.privacy import Vault
from minxin.mailbox import sms
from minxin.mailbox.records import Account, AccountState, BoxFile, BoxMessage


def deliver(
    vault: Vault,
    account: Account,
    now: datetime,
    *,
    key: str,
    sender: str,
    subject: str,
    text: str,
    letter_id: str | None = None,
    sms_text: str = "",
    files: Sequence[tuple[str, str, bytes]] = (),
) -> Changes:
    """Put a message into the account's box and, when there is ``sms_text``, an SMS into the outbox.

    ``files`` are name, content type and bytes of what comes with it, made by the house itself.

    ``key`` names the occasion (such as ``"reply:<letter>:<event>"``): the message's id is made of it, so that a second
    delivery of the same is refused by the store as ``DuplicateError``. ``sms_text`` says who wrote and when and
    nothing else. A closed account has no box: the answer is empty changes.
    """
    if account.state is AccountState.CLOSED:
        return Changes()
    blobs = [blob_of(data) for _, _, data in files]
    message = BoxMessage(
        id=message_id(account.id, key),
        account_id=account.id,
        at=now,
        sender=sender,
        subject=subject,
        text=text,
        letter_id=letter_id,
        files=tuple(
            BoxFile(name, content_type, blob.id, len(blob.data))
            for (name, content_type, _), blob in zip(files, blobs, strict=True)
        ),
    )
    changes = Changes(inserts=[message], blobs=blobs)
    if sms_text:
        changes += sms.entry(vault, account.phone, sms_text, f"box:{message.id}")
    return changes


def message_id(account_id: str, key: str) -> str:
    """Return the id of the message about this occasion in this box."""
    return hashlib.sha256(f"{account_id}\0{key}".encode()).hexdigest()[:32]


def read(message: BoxMessage, now: datetime) -> Changes:
    """Mark the message as read at its first opening."""
    if message.read_at is not None:
        return Changes()
    return Changes(puts=[replace(message, read_at=now)])
