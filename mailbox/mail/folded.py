"""What a search in a box compares (检索文本): the words of a mail without width, case, traditional forms and layout."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from minxin.core.characters import fold_character
from minxin.mailbox.mail.records import MailText, Person

MAX_FOLDED_CHARS: Final = 500_000  # of one mail; what stands behind is not found
MAX_WORDS: Final = 8


def folded(text: str) -> str:
    """Return the text as it is compared; line breaks are spaces, since a word may be broken by one anywhere."""
    return " ".join("".join(map(fold_character, text[:MAX_FOLDED_CHARS])).split())


def with_words(mail: MailText) -> MailText:
    """Return the mail with the words it is found by: its people, subject, names of files and text."""
    people = (mail.sender, *mail.to, *mail.cc)
    parts = (*map(_words_of, people), mail.subject, *(file.name for file in mail.files), mail.text)
    return replace(mail, words="\n".join(folded(part) for part in parts))


def search_words(typed: str) -> tuple[str, ...]:
    """Return the words to look for, longest first so that a miss shows soon; two characters are a word like any."""
    words = dict.fromkeys(folded(typed).split())
    return tuple(sorted(words, key=len, reverse=True)[:MAX_WORDS])


def _words_of(person: Person) -> str:
    return f"{person.name} {person.address}"
