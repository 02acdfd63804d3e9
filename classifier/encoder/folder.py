"""A Hugging Face folder (模型文件夹) of an encoder: what ``transformers`` fine-tunes, and what comes back from it.

Needs the package ``safetensors``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from minxin.classifier.encoder.weights import Shape, Weights
from minxin.core.errors import DamagedError, InvalidInputError

_CONFIG, _ARRAYS, _TOKENIZER, _SPECIAL = "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"
_KIND = "bert"
_PREFIX = "bert."  # before every name in the folder of a BertForSequenceClassification


class _Kind(Struct):
    model_type: str


class _Config(_Kind):
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    layer_norm_eps: float
    vocab_size: int
    type_vocab_size: int
    pad_token_id: int
    hidden_act: str = "gelu"
    position_embedding_type: str = "absolute"


_kind = msgspec.json.Decoder(_Kind)
_config = msgspec.json.Decoder(_Config)


def write_folder(weights: Weights, folder: Path) -> None:
    """Write what ``transformers.AutoModel`` and ``AutoTokenizer`` load, in 32-bit floating point for training."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    marks = _marks(weights.tokenizer)
    save_file(
        {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in weights.arrays.items()},
        folder / _ARRAYS,
        metadata={"format": "pt"},
    )
    shape, rows = weights.shape, weights.arrays["embeddings.word_embeddings.weight"].shape[0]
    config = _Config(
        model_type=_KIND,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        layer_norm_eps=shape.epsilon,
        vocab_size=rows,
        type_vocab_size=weights.arrays["embeddings.token_type_embeddings.weight"].shape[0],
        pad_token_id=marks["<pad>"],
    )
    (folder / _CONFIG).write_bytes(msgspec.json.encode({"architectures": ["BertModel"], **msgspec.to_builtins(config)}))
    (folder / _TOKENIZER).write_bytes(weights.tokenizer)
    special = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    special |= {"unk_token": "<unk>", "pad_token": "<pad>", "tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / _SPECIAL).write_bytes(msgspec.json.encode({**special, "model_max_length": shape.positions}))


def read_folder(folder: Path) -> Weights:
    """Read a folder of the BERT kind with ``model.safetensors`` and ``tokenizer.json``.

    Raises :class:`DamagedError` when a file is missing or not what it should be, and :class:`InvalidInputError` when
    the model is of a kind that the graph writer does not know.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        described = (folder / _CONFIG).read_bytes()
        # Other kinds name their sizes otherwise: they must not pass for damaged.
        if (kind := _kind.decode(described).model_type) != _KIND:
            raise InvalidInputError("classifier.encoder.kind", kind=kind)
        config = _config.decode(described)
        tokenizer = (folder / _TOKENIZER).read_bytes()
        found = load_file(folder / _ARRAYS)
    except (OSError, msgspec.MsgspecError, SafetensorError) as error:
        raise DamagedError("classifier.encoder.folder") from error
    if (config.hidden_act, config.position_embedding_type) != ("gelu", "absolute"):
        raise InvalidInputError("classifier.encoder.kind", kind=config.model_type)
    shape = Shape(
        hidden=config.hidden_size,
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        inner=config.intermediate_size,
        positions=config.max_position_embeddings,
        epsilon=config.layer_norm_eps,
    )
    arrays = {name.removeprefix(_PREFIX): array.astype(np.float32) for name, array in found.items()}
    return Weights(shape, arrays, tokenizer)


def _marks(tokenizer: bytes) -> dict[str, int]:
    added: list[dict[str, Any]] = msgspec.json.decode(tokenizer)["added_tokens"]
    return {token["content"]: token["id"] for token in added}
