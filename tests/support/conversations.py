"""Conversations for tests that need one to look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from support.web import OFFICE

from minxin.consult.chat import decisions
from minxin.consult.chat.records import Author, Conversation, HandOver
from minxin.consult.records import Attachment
from minxin.core.changes import Changes, blob_of

CHAT_FILE = "chat-file"


def left_conversation(now: datetime, say: Callable[[str], str] = str) -> tuple[Conversation, Changes]:
    """Return what an unknown visitor left for the office, with a file."""
    blob = blob_of("照片说明".encode())
    file = Attachment(CHAT_FILE, blob.id, say("说明.txt"), "text/plain", len(blob.data))
    one = decisions.begin("nobody's browser", None, now)
    one, first = decisions.say(one, Author.VISITOR, say("路灯坏了三天了"), now, attachments=(file,))
    one = decisions.leave(decisions.call_person(one, HandOver.ASKED, now, now, OFFICE.id))
    return one, decisions.written(one, [first]) + Changes(blobs=[blob])
