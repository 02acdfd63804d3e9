"""The part's own sentences in Chinese and English."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from minxin.core.sentences import Sentences

CATALOGUE: Final = Path(__file__).with_name("messages.json")
SENTENCES: Final = Sentences(CATALOGUE)
sentence: Final = SENTENCES.sentence
