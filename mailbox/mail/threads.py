"""Conversations (会话): which mail answers which, by what it says itself (RFC 5322 section 3.6.4, after RFC 5256)."""

from __future__ import annotations

from minxin.mailbox.mail.delivery import MailFields
from minxin.mailbox.ports import MailStore


async def thread_of(store: MailStore, box_id: str, fields: MailFields, item_id: str) -> str:
    """Return the conversation that a mail belongs to in the box: that of the nearest mail it names, else a new one.

    A mail that names nothing the box knows begins one; so does an answer that came before what it answers.
    """
    if not fields.references:
        return item_id
    known = {one.message_id: one.thread_id for one in await store.mail_by_message_ids(box_id, set(fields.references))}
    return next((known[one] for one in reversed(fields.references) if one in known), item_id)
