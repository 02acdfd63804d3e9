"""The part's own sentences in Chinese and English, from ``messages.json``, which the web's catalogue takes in too."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

CATALOGUE = Path(__file__).with_name("messages.json")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every sentence by key and language (``zh``, ``en``)."""
    return msgspec.json.decode(CATALOGUE.read_bytes(), type=dict[str, dict[str, str]])


def sentence(key: str, language: str, **params: object) -> str:
    """Return the sentence in the language (Chinese for an unknown one) with the parameters filled in."""
    texts = catalogue()[key]
    return texts.get(language, texts["zh"]).format(**params)
