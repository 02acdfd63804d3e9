"""When nobody comes (无人接待): the conversation becomes a numbered letter, or is left until its visitor is known."""

from __future__ import annotations

from collections.abc import Sequence

from minxin.consult import intake
from minxin.consult.chat import decisions, transcript
from minxin.consult.chat.notes import Note, noted
from minxin.consult.chat.records import Conversation, Message
from minxin.consult.decision import Deed
from minxin.consult.limits import Limits
from minxin.consult.records import Letter, LetterDraft
from minxin.core.changes import Changes


def give_up(deed: Deed, conversation: Conversation, messages: Sequence[Message], limits: Limits) -> Changes:
    """Return the letter of a citizen's conversation, or an unknown visitor's as left.

    A citizen who is writing a letter of it himself is left the time for that.
    """
    if conversation.citizen_id and not conversation.drafting:
        return to_letter(deed, conversation, messages, limits)
    return noted(decisions.leave(conversation), Note.LEFT, deed.at)


def to_letter(deed: Deed, conversation: Conversation, messages: Sequence[Message], limits: Limits) -> Changes:
    """Return the letter that the conversation of a citizen becomes, once, with its note in the conversation."""
    if conversation.citizen_id is None:
        raise ValueError("a letter needs a writer")
    letter, changes = intake.from_conversation(deed, conversation, messages, limits, writer_id=conversation.citizen_id)
    return changes + noted(decisions.become_letter(conversation, letter.id, deed.at), Note.LETTER, deed.at)


def draft_of(deed: Deed, conversation: Conversation, messages: Sequence[Message], writer_id: str) -> LetterDraft:
    """Return the draft of a letter that begins with the visitor's own words.

    Its id is the conversation's, so that its letter is found again by the form's token.
    """
    files = [attachment for message in messages for attachment in message.attachments]
    return LetterDraft(
        id=conversation.id,
        writer_id=writer_id,
        updated_at=deed.at,
        subject=transcript.subject_of(conversation),
        text=transcript.own_words(messages),
        attachments=tuple(files[: intake.ATTACHMENTS_MAX]),
    )


def draft_sent(conversation: Conversation, letter: Letter, deed: Deed) -> Changes:
    """Note that the letter was sent that was begun from the conversation."""
    return noted(decisions.become_letter(conversation, letter.id, deed.at), Note.LETTER, deed.at)
