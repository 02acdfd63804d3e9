"""A Hugging Face folder (模型文件夹) of an encoder: what ``transformers`` fine-tunes, and what comes back from it.

Needs the package ``safetensors``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from minxin.classifier.encoder.weights import Shape, Weights
from minxin.core.errors import DamagedError, InvalidInputError

# Before every name in the folder of a model with a head. What these kinds have in common is all that the graph knows:
# post-norm layers, learnt positions, GELU. XLM-R (Conneau et al. 2020) is a BERT whose rows of positions begin later.
KINDS: Final = {"bert": "bert.", "roberta": "roberta.", "xlm-roberta": "roberta."}

_CONFIG, _ARRAYS, _TOKENIZER, _SPECIAL = "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"
_WRITTEN = "bert"
_POSITIONS, _WORDS = "embeddings.position_embeddings.weight", "embeddings.word_embeddings.weight"
_TYPES = "embeddings.token_type_embeddings.weight"
_LINES = (
    *(f"attention.self.{part}" for part in ("query", "key", "value")),
    *("attention.output.dense", "intermediate.dense", "output.dense"),
    *("attention.output.LayerNorm", "output.LayerNorm"),
)
_SPECIAL_TOKENS = {
    "bos_token": ("<s>", "[CLS]"),
    "cls_token": ("<s>", "[CLS]"),
    "eos_token": ("</s>", "[SEP]"),
    "sep_token": ("</s>", "[SEP]"),
    "unk_token": ("<unk>", "[UNK]"),
    "pad_token": ("<pad>", "[PAD]"),
}
# The names that the first BERT gave to the parts of a layer normalisation.
_OLD_ENDINGS = {".gamma": ".weight", ".beta": ".bias"}


class _Kind(Struct):
    model_type: str


class _Config(_Kind):
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    vocab_size: int
    layer_norm_eps: float = 1e-12
    type_vocab_size: int = 2
    pad_token_id: int | None = None
    hidden_act: str = "gelu"
    position_embedding_type: str = "absolute"

    @property
    def unused_positions(self) -> int:
        """How many rows of positions no token ever has: RoBERTa counts from the padding's number on."""
        if self.model_type == "bert":
            return 0
        return 2 if self.pad_token_id is None else self.pad_token_id + 1


class _Added(Struct):
    id: int
    content: str


class _Pieces(Struct):
    vocab: list[tuple[str, float]] | dict[str, int]


class _Tokenizer(Struct):
    model: _Pieces
    added_tokens: list[_Added] = []

    @property
    def highest(self) -> int:
        """The highest number that a token has."""
        pieces = self.model.vocab
        numbers = pieces.values() if isinstance(pieces, dict) else range(len(pieces))
        return max((*numbers, *(token.id for token in self.added_tokens)), default=-1)


_kind = msgspec.json.Decoder(_Kind)
_config = msgspec.json.Decoder(_Config)
_tokenizer = msgspec.json.Decoder(_Tokenizer)


def write_folder(weights: Weights, folder: Path) -> None:
    """Write what ``transformers.AutoModel`` and ``AutoTokenizer`` load, in 32-bit floating point for training."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    marks = {token.content: token.id for token in _tokenizer.decode(weights.tokenizer).added_tokens}
    special = {
        name: next(mark for mark in either if mark in marks)
        for name, either in _SPECIAL_TOKENS.items()
        if not marks.keys().isdisjoint(either)
    }
    save_file(
        {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in weights.arrays.items()},
        folder / _ARRAYS,
        metadata={"format": "pt"},
    )
    shape = weights.shape
    config = _Config(
        model_type=_WRITTEN,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        layer_norm_eps=shape.epsilon,
        vocab_size=len(weights.arrays[_WORDS]),
        type_vocab_size=len(weights.arrays[_TYPES]),
        pad_token_id=marks.get(special.get("pad_token", ""), 0),
    )
    (folder / _CONFIG).write_bytes(msgspec.json.encode({"architectures": ["BertModel"], **msgspec.to_builtins(config)}))
    (folder / _TOKENIZER).write_bytes(weights.tokenizer)
    described = {**special, "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": shape.positions}
    (folder / _SPECIAL).write_bytes(msgspec.json.encode(described))


def read_folder(folder: Path) -> Weights:
    """Read a folder of one of the :data:`KINDS` with ``model.safetensors`` and ``tokenizer.json``; a head is left out.

    What is returned is a BERT, whatever it was. Raises :class:`DamagedError` when a file is missing or not what it
    should be, and :class:`InvalidInputError` when the model is of a kind that the graph writer does not know.
    """
    from safetensors import SafetensorError

    try:
        described = (folder / _CONFIG).read_bytes()
        # Other kinds name their sizes otherwise: they must not pass for damaged.
        if (kind := _kind.decode(described).model_type) not in KINDS:
            raise InvalidInputError("classifier.encoder.kind", kind=kind, kinds=", ".join(KINDS))
        config = _config.decode(described)
        _must_be_plain(config)
        tokenizer = (folder / _TOKENIZER).read_bytes()
        highest = _tokenizer.decode(tokenizer).highest
        arrays = dict(_arrays((folder / _ARRAYS).read_bytes(), KINDS[kind]))
    except (OSError, ValueError, msgspec.MsgspecError, SafetensorError) as error:
        raise DamagedError("classifier.encoder.folder") from error
    if not _names(config) <= arrays.keys() or highest >= len(arrays[_WORDS]):
        raise DamagedError("classifier.encoder.folder")
    arrays[_POSITIONS] = arrays[_POSITIONS][config.unused_positions :]
    shape = Shape(
        hidden=config.hidden_size,
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        inner=config.intermediate_size,
        positions=len(arrays[_POSITIONS]),
        epsilon=config.layer_norm_eps,
    )
    return Weights(shape, arrays, tokenizer)


def _must_be_plain(config: _Config) -> None:
    said = (config.hidden_act, config.position_embedding_type)
    if said != ("gelu", "absolute"):
        raise InvalidInputError("classifier.encoder.variant", activation=said[0], positions=said[1])


def _names(config: _Config) -> set[str]:
    """Return the names of all arrays that the graph needs."""
    lines = [f"encoder.layer.{layer}.{line}" for layer in range(config.num_hidden_layers) for line in _LINES]
    ends = {f"{line}.{end}" for line in ("embeddings.LayerNorm", *lines) for end in ("weight", "bias")}
    return {_WORDS, _POSITIONS, _TYPES} | ends


def _arrays(content: bytes, prefix: str) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the arrays of the encoder alone, by their names in a ``BertModel``."""
    from safetensors import deserialize

    read: Callable[[bytes], list[tuple[str, dict[str, Any]]]] = deserialize
    for long, entry in read(content):
        name = long.removeprefix(prefix)
        for old, new in _OLD_ENDINGS.items():
            name = name.removesuffix(old) + new if name.endswith(old) else name
        if name.startswith(("embeddings.", "encoder.layer.")) and not name.endswith("_ids"):
            yield name, _floats(entry["dtype"], bytes(entry["data"])).reshape(entry["shape"])


def _floats(kind: str, data: bytes) -> NDArray[np.float32]:
    if kind == "BF16":  # the upper half of a 32-bit number
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    if kind not in {"F16", "F32", "F64"}:
        raise ValueError(f"an array of {kind} is no matrix of weights")
    return np.frombuffer(data, f"<f{int(kind[1:]) // 8}").astype(np.float32)
