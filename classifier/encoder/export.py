"""The folder from which an encoder runs (运行文件夹): an ONNX graph, the tokenizer and a card with their checksums.

Needs the package ``onnx``; what is written is read by :mod:`minxin.classifier.encoder.encoder` without it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from minxin.classifier.durable import write_durably
from minxin.classifier.encoder.card import CARD, FORMAT, GRAPH, TOKENIZER, WEIGHTS, Card, checksum, signed
from minxin.classifier.encoder.graph import encoder_graph, weights_apart
from minxin.classifier.encoder.weights import Weights

E5_PREFIXES = {"query": "query: ", "passage": "passage: "}
MOST_TOKENS = 256  # about 400 characters; twice as many take twice as long and say little more


def export(
    weights: Weights,
    folder: Path,
    *,
    labels: Sequence[str] = (),
    most_tokens: int = MOST_TOKENS,
    prefixes: Mapping[str, str] = E5_PREFIXES,
) -> None:
    """Write a new folder, whole or not at all; one that stood there is replaced.

    ``labels`` name the rows of the head, if the weights have one; ``prefixes`` are put before a text of each kind.
    """
    partial = folder.with_name(folder.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    model = encoder_graph(weights)
    beside = weights_apart(model, WEIGHTS)
    contents = {GRAPH: model.SerializeToString(), WEIGHTS: beside, TOKENIZER: weights.tokenizer}
    card = signed(
        Card(
            format=FORMAT,
            labels=tuple(labels),
            most_tokens=min(most_tokens, weights.shape.positions),
            prefixes=dict(prefixes),
            files={name: checksum(content) for name, content in contents.items()},
        )
    )
    contents[CARD] = msgspec.json.format(msgspec.json.encode(card), indent=2)
    for name, content in contents.items():
        write_durably(partial / name, content)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
