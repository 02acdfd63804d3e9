"""The pieces that an encoder cuts text into: which of them Chinese and ASCII text needs, and their ``tokenizer.json``.

Most of the 250,000 pieces of multilingual-e5-small spell other languages; their rows are two thirds of its size.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct

_SPACE = "▁"  # SentencePiece's mark for a space (Kudo & Richardson 2018)
_KEPT = re.compile(r"[\x00-\x7f▁一-鿿\u3000-\u303f\uff00-\uffef\u2010-\u2027\u2030-\u205e]*")
_LATIN = re.compile(r"[A-Za-z]")
_MOST_LATIN = 3  # letters; longer pieces fall apart into these, and letters of citizens hold few
_PREFIXES = {"query", "▁query", "passage", "▁passage"}  # every text of an e5 model starts with one of them
# Where SentencePiece's character map nmt_nfkc, with which the model was trained, is not Unicode's NFKC.
_DROPPED = "[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
_SPACES = "[\t\n\x0c\r\u1680\u200b-\u200f\u2028\u2029▁\ufeff\ufffd]"


class Pieces(Struct, frozen=True):
    """The pieces of a unigram model with their log-probabilities, and the places of the four that stand for no text."""

    texts: tuple[str, ...]
    scores: tuple[float, ...]
    begin: int
    end: int
    padding: int
    unknown: int


def chosen(pieces: Pieces) -> tuple[Pieces, list[int]]:
    """Return the pieces that Chinese and ASCII text needs, and the place of each among all."""
    marks = {pieces.begin, pieces.end, pieces.padding, pieces.unknown}
    rows = [row for row, text in enumerate(pieces.texts) if row in marks or _is_needed(text)]
    place = {row: new for new, row in enumerate(rows)}
    kept = Pieces(
        tuple(pieces.texts[row] for row in rows),
        tuple(pieces.scores[row] for row in rows),
        place[pieces.begin],
        place[pieces.end],
        place[pieces.padding],
        place[pieces.unknown],
    )
    return kept, rows


def _is_needed(text: str) -> bool:
    if not _KEPT.fullmatch(text):
        return False
    return len(_LATIN.findall(text)) <= _MOST_LATIN or text in _PREFIXES


def tokenizer_json(pieces: Pieces) -> bytes:
    """Return the ``tokenizer.json`` of the Hugging Face library ``tokenizers`` that cuts text into these pieces."""
    begin, end = pieces.texts[pieces.begin], pieces.texts[pieces.end]
    space = {"type": "Metaspace", "replacement": _SPACE, "prepend_scheme": "always", "split": True}
    return msgspec.json.encode(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                _mark(pieces, place) for place in sorted((pieces.begin, pieces.end, pieces.padding, pieces.unknown))
            ],
            "normalizer": {
                "type": "Sequence",
                "normalizers": [
                    _replaced(_DROPPED, ""),
                    _replaced(_SPACES, " "),
                    {"type": "NFKC"},
                    _replaced(" {2,}", " "),
                ],
            },
            "pre_tokenizer": space,
            "post_processor": {
                "type": "TemplateProcessing",
                "single": [_special(begin), _sequence("A"), _special(end)],
                "pair": [_special(begin), _sequence("A"), _special(end), _special(end), _sequence("B"), _special(end)],
                "special_tokens": {
                    text: {"id": text, "ids": [place], "tokens": [text]}
                    for text, place in ((begin, pieces.begin), (end, pieces.end))
                },
            },
            "decoder": space,
            "model": {
                "type": "Unigram",
                "unk_id": pieces.unknown,
                "vocab": list(zip(pieces.texts, pieces.scores, strict=True)),
                "byte_fallback": False,
            },
        }
    )


def _mark(pieces: Pieces, place: int) -> dict[str, Any]:
    no = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {"id": place, "content": pieces.texts[place], **no, "special": True}


def _replaced(pattern: str, content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def _special(text: str) -> dict[str, Any]:
    return {"SpecialToken": {"id": text, "type_id": 0}}


def _sequence(name: str) -> dict[str, Any]:
    return {"Sequence": {"id": name, "type_id": 0}}
