"""The words that tell what a piece of a letter is for (信件成分): data in ``words.json``, compiled once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

_WORDS_FILE = Path(__file__).parent / "words.json"


class _Data(Struct, frozen=True):
    noise: list[str]
    background: str
    history: str
    question: str
    eligible: str
    request: str
    problem: str
    praise: str
    summary: str
    item: list[str]
    more: str
    consequence: str
    lead: str
    topics: dict[str, list[str]]


_decoder = msgspec.json.Decoder(_Data)


class Wording(Struct, frozen=True):
    """Every pattern is over folded text and has bounded gaps, so that a search is linear in the text.

    ``noise`` matches a clause that names no matter (greeting, thanks, signature, "请尽快处理") from its beginning;
    ``mark`` has the groups ``item`` (一、 第二 其次) and ``more`` (另外 此外); ``topic_of`` gives the topic of each of
    the words of ``topic_word``.
    """

    noise: re.Pattern[str]
    background: re.Pattern[str]
    history: re.Pattern[str]
    question: re.Pattern[str]
    eligible: re.Pattern[str]
    request: re.Pattern[str]
    problem: re.Pattern[str]
    praise: re.Pattern[str]
    summary: re.Pattern[str]
    mark: re.Pattern[str]
    consequence: re.Pattern[str]
    lead: re.Pattern[str]
    topic_word: re.Pattern[str]
    topic_of: dict[str, str]


@cache
def wording() -> Wording:
    """Return the compiled words."""
    data = _decoder.decode(_WORDS_FILE.read_bytes())
    topic_of = {word: topic for topic, words in data.topics.items() for word in words}
    longest_first = sorted(topic_of, key=lambda word: (-len(word), word))
    fields = msgspec.structs.asdict(data)
    return Wording(
        **{name: re.compile(text) for name, text in fields.items() if isinstance(text, str) and name != "more"},
        noise=re.compile("|".join(data.noise)),
        mark=re.compile(f" *(?:(?P<item>{'|'.join(data.item)})|(?P<more>{data.more}))"),
        topic_word=re.compile("|".join(map(re.escape, longest_first))),
        topic_of=topic_of,
    )
