"""Texts as dense vectors (稠密向量): near when they mean the same, whatever words they use.

Needs the packages ``onnxruntime`` and ``tokenizers``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from onnxruntime import ExecutionMode, InferenceSession, SessionOptions
from tokenizers import Tokenizer

from minxin.classifier.encoder.card import GRAPH, TOKENIZER, Card, check_files, read_card

Kind = Literal["query", "passage"]
Rows = NDArray[np.float32]

_MOST_CHARACTERS = 16  # for each token; what comes later is cut off by the tokenizer anyhow


class Encoder:
    """Reads one text after another on one thread.

    Texts read together would be a tenth faster, but the same text must always have the same vector.
    """

    def __init__(self, card: Card, session: InferenceSession, tokenizer: Tokenizer) -> None:
        self.version = card.version
        self.labels = card.labels
        self._card = card
        self._session = session
        self._tokenizer = tokenizer

    def __call__(self, texts: Sequence[str], kind: Kind = "query") -> Rows:
        """Return one row of length one for each text; a text of nothing has a row, too."""
        return self._rows("vectors", texts, kind)

    def logits(self, texts: Sequence[str], kind: Kind = "query") -> Rows:
        """Return the score of each label for each text; only where the card names labels."""
        return self._rows("logits", texts, kind)

    def _rows(self, output: str, texts: Sequence[str], kind: Kind) -> Rows:
        if not texts:
            return np.zeros((0, self._width(output)), dtype=np.float32)
        return np.concatenate([self._session.run([output], {"ids": self._ids(text, kind)})[0] for text in texts])

    def _ids(self, text: str, kind: Kind) -> NDArray[np.int64]:
        head = text[: _MOST_CHARACTERS * self._card.most_tokens]
        # Half of a surrogate pair, as a broken client may send it, is no Unicode text.
        whole = head.encode("utf-8", "replace").decode("utf-8")
        return np.array([self._tokenizer.encode(self._card.prefixes[kind] + whole).ids], dtype=np.int64)

    def _width(self, output: str) -> int:
        found = {value.name: value.shape[1] for value in self._session.get_outputs()}
        return int(found[output])


def load_encoder(folder: Path) -> Encoder:
    """Read what :func:`minxin.classifier.encoder.export.export` wrote.

    Raises :class:`DamagedError` when a file is missing, of another format, or does not have its checksum.
    """
    card = read_card(folder)
    check_files(folder, card)
    options = SessionOptions()
    # More threads fight over busy cores: ten times slower where the pages want the other one.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = ExecutionMode.ORT_SEQUENTIAL
    # Both keep what the longest text needed for as long as the process lives: 30 MiB, for no time gained.
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    # By its path, so that the weights beside it are mapped: of each a process holds what it packed, or reads.
    session = InferenceSession(folder / GRAPH, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.enable_truncation(card.most_tokens)
    tokenizer.no_padding()  # some folders ask for it, and the graph has no mask
    return Encoder(card, session, tokenizer)
