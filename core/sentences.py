"""Sentences (文案): what people are told, by key and language, from a part's ``messages.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Sentences:
    """The sentences of one part in Chinese and English; the web's catalogue takes them in too."""

    def __init__(self, path: Path) -> None:
        self.texts: dict[str, dict[str, str]] = json.loads(path.read_bytes(), object_pairs_hook=_once)

    def sentence(self, key: str, language: str, **params: object) -> str:
        """Return the sentence in the language (Chinese for an unknown one) with the parameters filled in."""
        texts = self.texts[key]
        return texts.get(language, texts["zh"]).format(**params)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: the last one would win in silence."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = {key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1}
        raise ValueError(f"keys stand twice: {', '.join(sorted(twice))}")
    return found
