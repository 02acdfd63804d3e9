"""Folders of encoders as they lie on a model hub: of several kinds, with heads and habits that nobody asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from support.tiny_encoder import PIECES

from minxin.classifier.encoder.weights import Weights

UNUSED = {"bert": 0, "roberta": PIECES.padding + 1, "xlm-roberta": PIECES.padding + 1}
PREFIX = {"bert": "bert.", "roberta": "roberta.", "xlm-roberta": "roberta."}


def write_hub_folder(folder: Path, kind: str, weights: Weights, *, bare: bool = True, **config: Any) -> Path:
    """Write the weights as a model of this kind; not ``bare``, it has a head, a pooler and prefixed names."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[Any]] = {
        name: np.asarray(array, dtype=np.float32) for name, array in weights.arrays.items()
    }
    name = "embeddings.position_embeddings.weight"
    nobody_has = np.full((UNUSED[kind], weights.shape.hidden), 7.0, dtype=np.float32)
    arrays[name] = np.concatenate([nobody_has, arrays[name]])
    if kind != "bert":
        arrays["embeddings.token_type_embeddings.weight"] = arrays["embeddings.token_type_embeddings.weight"][:1]
    if not bare:
        arrays = {PREFIX[kind] + name: array for name, array in arrays.items()}
        arrays[PREFIX[kind] + "pooler.dense.weight"] = np.ones((64, 64), dtype=np.float32)
        arrays["classifier.weight"] = np.ones((5, 64), dtype=np.float32)
        arrays[PREFIX[kind] + "embeddings.position_ids"] = np.arange(9, dtype=np.int64)
    if kind == "bert" and not bare:
        arrays = {_old(name): array for name, array in arrays.items()}
    save_file(arrays, folder / "model.safetensors")
    (folder / "tokenizer.json").write_bytes(weights.tokenizer)
    (folder / "config.json").write_text(json.dumps(_config(kind, weights) | config))
    return folder


def _old(name: str) -> str:
    if "LayerNorm" not in name:
        return name
    return name.replace(".weight", ".gamma").replace(".bias", ".beta")


def _config(kind: str, weights: Weights) -> dict[str, Any]:
    shape = weights.shape
    return {
        "architectures": ["Any"],
        "model_type": kind,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.inner,
        "max_position_embeddings": shape.positions + UNUSED[kind],
        "layer_norm_eps": shape.epsilon,
        "vocab_size": len(PIECES.texts),
        "type_vocab_size": 2 if kind == "bert" else 1,
        "pad_token_id": PIECES.padding,
        "hidden_act": "gelu",
        "dtype": "float32",
    }
