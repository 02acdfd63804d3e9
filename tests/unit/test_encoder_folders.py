"""Hugging Face folders: BERT, RoBERTa and XLM-R are read as one kind, everything else is refused with the reason."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.hub_folder import write_hub_folder
from support.tiny_encoder import PIECES, SHAPE, plain_mean, tiny_weights
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from minxin.classifier.encoder.encoder import load_encoder
from minxin.classifier.encoder.export import export
from minxin.classifier.encoder.folder import KINDS, read_folder
from minxin.classifier.trained.encoding import plan_for
from minxin.classifier.trained.tuning import Tuning
from minxin.core.errors import DamagedError, InvalidInputError
from minxin.deploy.cli import main

PLAIN = {"query": "", "passage": ""}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bare", [True, False], ids=["bare", "with a head"])
def test_every_kind_is_read_as_the_same_encoder(kind: str, bare: bool, tmp_path: Path) -> None:
    weights = tiny_weights()
    read = read_folder(write_hub_folder(tmp_path, kind, weights, bare=bare))
    assert read.shape == SHAPE
    for name, array in read.arrays.items():
        assert np.array_equal(array, weights.arrays[name][: len(array)]), name
    assert not any(name.startswith(("classifier.", "pooler.")) for name in read.arrays)


@pytest.mark.parametrize("kind", KINDS)
def test_vector_is_the_mean_that_the_weights_give(kind: str, tmp_path: Path) -> None:
    read = read_folder(write_hub_folder(tmp_path / "hub", kind, tiny_weights()))
    export(read, tmp_path / "out", prefixes=PLAIN)
    (vector,) = load_encoder(tmp_path / "out")(["水管漏水"])
    mean = plain_mean(tiny_weights(), [0, 4, 9, 10, 11, 2])
    assert float(vector @ mean / np.linalg.norm(mean)) > 0.995


def test_sizes_that_an_old_config_leaves_out_are_those_of_its_kind(tmp_path: Path) -> None:
    folder = write_hub_folder(tmp_path, "xlm-roberta", tiny_weights())
    config = json.loads((folder / "config.json").read_text())
    for name in ("layer_norm_eps", "type_vocab_size", "hidden_act", "pad_token_id"):
        del config[name]
    (folder / "config.json").write_text(json.dumps(config))
    assert read_folder(folder).shape == SHAPE


def word_pieces(**padding: Any) -> bytes:
    """Return a tokenizer of BERT's kind: whole characters between [CLS] and [SEP]."""
    vocab = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "水": 9, "管": 10, "漏": 11}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))  # noqa: S106 - no password
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    if padding:
        tokenizer.enable_padding(**padding)
    return tokenizer.to_str().encode()


@pytest.mark.parametrize("padding", [{}, {"length": 20}], ids=["plain", "padded to a length"])
def test_word_pieces_are_cut_as_their_folder_says_and_never_padded(padding: dict[str, Any], tmp_path: Path) -> None:
    folder = write_hub_folder(tmp_path / "hub", "bert", tiny_weights())
    (folder / "tokenizer.json").write_bytes(word_pieces(**padding))
    export(read_folder(folder), tmp_path / "out", prefixes=PLAIN)
    (vector,) = load_encoder(tmp_path / "out")(["水管"])
    mean = plain_mean(tiny_weights(), [2, 9, 10, 3])
    assert float(vector @ mean / np.linalg.norm(mean)) > 0.995


@pytest.mark.parametrize(("kind", "width"), [("F16", 2), ("BF16", 2)])
def test_half_floats_are_read(kind: str, width: int, tmp_path: Path) -> None:
    weights = tiny_weights()
    folder = write_hub_folder(tmp_path, "bert", weights)
    header: dict[str, Any] = {}
    content = b""
    for name, array in weights.arrays.items():
        short = array.astype("<f2").tobytes() if kind == "F16" else (array.view("<u4") >> 16).astype("<u2").tobytes()
        assert len(short) == width * array.size
        place = [len(content), len(content) + len(short)]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": place}
        content += short
    head = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + content)
    for name, array in read_folder(folder).arrays.items():
        assert array == pytest.approx(weights.arrays[name], rel=0.01, abs=1e-3), name


@pytest.mark.parametrize("kind", ["distilbert", "gpt2", "deberta-v2"])
def test_other_kinds_are_refused_by_a_sentence_that_names_those_that_are_read(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_hub_folder(tmp_path / "hub", "bert", tiny_weights(), model_type=kind)
    with pytest.raises(InvalidInputError, match=r"classifier\.encoder\.kind"):
        read_folder(folder)
    monkeypatch.setattr("minxin.deploy.commands.train.find_spec", lambda name: object())
    assert main(["train", "--base", str(folder), "--data", str(tmp_path / "data")]) == 2
    chinese, english = capsys.readouterr().err.splitlines()
    assert "bert, roberta, xlm-roberta" in chinese
    assert english == f"an encoder of the kind {kind} can't be used: the kinds that can are bert, roberta, xlm-roberta"


@pytest.mark.parametrize("said", [{"hidden_act": "relu"}, {"position_embedding_type": "relative_key"}])
def test_variant_that_the_graph_does_not_know_is_refused(said: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"classifier\.encoder\.variant"):
        read_folder(write_hub_folder(tmp_path, "bert", tiny_weights(), **said))


def test_folder_that_lacks_an_array_or_has_more_pieces_than_rows_is_damaged(tmp_path: Path) -> None:
    write_hub_folder(tmp_path / "layers", "bert", tiny_weights(), num_hidden_layers=4)
    folder = write_hub_folder(tmp_path / "pieces", "xlm-roberta", tiny_weights())
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["model"]["vocab"].append(["多", -9.0])
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    assert len(tokenizer["model"]["vocab"]) == len(PIECES.texts) + 1
    for name in ("layers", "pieces"):
        with pytest.raises(DamagedError):
            read_folder(tmp_path / name)


def test_base_of_few_layers_keeps_half_of_them_as_they_are(tmp_path: Path) -> None:
    folder = write_hub_folder(tmp_path, "xlm-roberta", tiny_weights())
    assert plan_for(folder, Tuning(), 1).tuning.frozen_layers == 1
