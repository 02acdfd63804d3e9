"""The transcript (对话记录): a conversation as text, for the letter that it becomes. Pure.

It is written for the offices, in Chinese; what was said stands in it word for word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from minxin.consult.chat.decisions import is_spoken
from minxin.consult.chat.records import Author, Conversation, Message
from minxin.core.clock import SHANGHAI

MARK: Final = "—— 对话记录 ——"
FILE_NAME: Final = "对话记录.txt"
NO_SUBJECT: Final = "在线咨询"
_ROOM: Final = 200  # for the notes on what was left out
_NAMES: Final = {
    Author.VISITOR: "市民",
    Author.ASSISTANT: "智能助手",
    Author.STAFF: "工作人员",
    Author.SYSTEM: "系统提示",
}


def own_words(messages: Sequence[Message]) -> str:
    """Return what the visitor said, a line for each message."""
    return "\n".join(message.text for message in messages if is_spoken(message))


def transcript(conversation: Conversation, messages: Sequence[Message]) -> str:
    """Return all that was said, with times of the city and who said it."""
    lines = [f"会话编号：{conversation.id}", f"开始时间：{_time(conversation, '%Y-%m-%d %H:%M:%S')}", ""]
    for message in messages:
        at = message.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S")
        lines.append(f"[{at}] {message.post or _NAMES[message.author]}：{message.text}")
        lines += [f"    附件：{file.name}" for file in message.attachments]
    return "\n".join(lines)


def subject_of(conversation: Conversation) -> str:
    """Return the subject of the letter that it becomes."""
    return conversation.about or NO_SUBJECT


def letter_text(conversation: Conversation, messages: Sequence[Message], most: int) -> str:
    """Return the letter's text of at most ``most`` characters: the visitor's own words, then the transcript.

    Where they are too long for a letter the text says so and names the file that has all of it.
    """
    words, whole = own_words(messages) or NO_SUBJECT, transcript(conversation, messages)
    text = f"{words}\n\n{MARK}\n{whole}"
    if len(text) <= most:
        return text
    if len(words) > most - _ROOM:
        words = f"{words[: most - _ROOM]}…\n（内容较长，此处未列全，全文见附件“{FILE_NAME}”。）"
    return f"{words}\n\n{MARK}\n（对话记录较长，见附件“{FILE_NAME}”。）"


def words_of_letter(text: str) -> str:
    """Return the visitor's own words of a letter's text: what others said in the chat is not to be judged."""
    return text.partition(f"\n\n{MARK}\n")[0]


def _time(conversation: Conversation, form: str) -> str:
    return conversation.opened_at.astimezone(SHANGHAI).strftime(form)
