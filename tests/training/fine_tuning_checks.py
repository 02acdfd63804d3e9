"""Fine-tuning by torch, on an encoder of a few kilobytes: run by `make train-test`, not by `make test`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.hub_folder import write_hub_folder
from support.tiny_encoder import SHAPE, plain_mean, tiny_weights
from support.trained import made_letters, made_order

from minxin.classifier.encoder.encoder import load_encoder
from minxin.classifier.encoder.export import E5_PREFIXES
from minxin.classifier.encoder.folder import KINDS, read_folder, write_folder
from minxin.classifier.trained.building import build
from minxin.classifier.trained.encoding import TuningPlan, plan_for
from minxin.classifier.trained.model import load_trained
from minxin.classifier.trained.tuning import Tuner, Tuning
from minxin.classifier.trained.work import Work
from minxin.core.errors import InvalidInputError

TUNING = Tuning(epochs=4, frozen_layers=1, most_tokens=SHAPE.positions, rate=3e-3, head_rate=3e-2, batch=8)
TEXTS = ["漏水水管" + "abc"[number % 3] for number in range(40)] + [
    "公交公" + "abc"[number % 3] for number in range(40)
]
COLUMNS = [0] * 40 + [1] * 40


def tuner(work: Path, tuning: Tuning = TUNING) -> Tuner:
    return Tuner(tiny_weights(), work, TEXTS, tuning, E5_PREFIXES["query"], lambda *_: None)


def silent(done: int, of: int) -> None:
    pass


def killed_after(steps: int) -> Callable[[int, int], None]:
    def on_step(done: int, of: int) -> None:
        if done > steps:
            raise KeyboardInterrupt

    return on_step


def test_tuned_encoder_tells_its_labels_apart_without_torch(tmp_path: Path) -> None:
    from minxin.classifier.encoder.export import export

    weights = tuner(tmp_path).fit(range(80), COLUMNS, 2, tmp_path / "a.ckpt", silent)
    export(weights, tmp_path / "out", labels=("water", "buses"))
    said = load_encoder(tmp_path / "out").logits(TEXTS).argmax(axis=1)
    assert np.mean(said == np.array(COLUMNS)) == 1.0


def test_run_that_was_killed_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    whole = tuner(tmp_path / "one").fit(range(80), COLUMNS, 2, tmp_path / "whole.ckpt", silent)
    with pytest.raises(KeyboardInterrupt):
        tuner(tmp_path / "two").fit(range(80), COLUMNS, 2, tmp_path / "killed.ckpt", killed_after(25))
    steps: list[int] = []
    again = tuner(tmp_path / "two").fit(
        range(80), COLUMNS, 2, tmp_path / "killed.ckpt", lambda done, of: steps.append(done)
    )
    assert steps[0] == 21  # two epochs of ten steps were kept
    for name, array in whole.arrays.items():
        assert again.arrays[name] == pytest.approx(array, abs=1e-5), name


def test_frozen_layers_stay_as_they_are(tmp_path: Path) -> None:
    base = tiny_weights()
    tuned = tuner(tmp_path).fit(range(80), COLUMNS, 2, tmp_path / "a.ckpt", silent)
    for name, array in base.arrays.items():
        if name.startswith(("embeddings.", "encoder.layer.0.")):
            assert np.array_equal(tuned.arrays[name], array), name
    name = "encoder.layer.2.output.dense.weight"
    assert not np.array_equal(tuned.arrays[name], base.arrays[name])


def test_more_frozen_layers_than_there_are_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"train\.frozen"):
        tuner(tmp_path, Tuning(frozen_layers=3))


def test_whole_training_with_an_encoder(tmp_path: Path) -> None:
    plan = TuningPlan("tiny", tiny_weights(), E5_PREFIXES, TUNING, judged_folds=2)
    stages: list[str] = []
    made, card = build(made_order(120, plan), Work(tmp_path), lambda stage, *_: stages.append(stage))
    assert [proof.name for proof in card.proofs] == ["linear", "encoder", "blend"]
    assert {"linear", "encoder.read", "encoder.tune", "encoder.judge", "encoder.folds"} <= set(stages)
    model = load_trained(made.rename(tmp_path / card.version))
    assert np.isfinite(model.scores(made_letters(1)[0].text)).all()


def hidden_states(folder: Path, ids: list[int]) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """Return what the library itself makes of the tokens, layer by layer, the embeddings first."""
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()
    with torch.inference_mode():
        found = model(input_ids=torch.tensor([ids]), output_hidden_states=True).hidden_states
    return [one[0].numpy() for one in found]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_transformers_says(kind: str, tmp_path: Path) -> None:
    from minxin.classifier.encoder.export import export

    ids = [0, 4, 9, 10, 11, 12, 13, 2]
    folder = write_hub_folder(tmp_path / "hub", kind, tiny_weights(seed=4))
    said = hidden_states(folder, ids)
    read = read_folder(folder)
    assert plain_mean(read, ids) == pytest.approx(said[-1].mean(axis=0), abs=1e-4)
    write_folder(read, tmp_path / "bert")  # what is tuned
    for ours, theirs in zip(hidden_states(tmp_path / "bert", ids), said, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)
    export(read, tmp_path / "out", prefixes={"query": "", "passage": ""})
    (vector,) = load_encoder(tmp_path / "out")(["水管漏水公交"])
    mean = said[-1].mean(axis=0)
    assert float(vector @ mean / np.linalg.norm(mean)) > 0.995


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_part_hears_what_the_library_hears(kind: str, tmp_path: Path) -> None:
    folder = write_hub_folder(tmp_path / "hub", kind, tiny_weights(seed=4))
    Tuner(read_folder(folder), tmp_path / "work", ["水管", "漏水水管公交"], TUNING, "", lambda *_: None)
    heard = np.fromfile(tmp_path / "work" / "lower.f16", np.float16).reshape(-1, SHAPE.hidden).astype(np.float32)
    texts = [[0, 4, 9, 10, 2], [0, 4, 11, 9, 10, 12, 13, 2]]
    said = np.concatenate([hidden_states(folder, ids)[TUNING.frozen_layers] for ids in texts])
    assert heard == pytest.approx(said, abs=5e-3)


def test_xlm_roberta_is_tuned_and_runs_without_torch(tmp_path: Path) -> None:
    folder = write_hub_folder(tmp_path / "hub", "xlm-roberta", tiny_weights(), bare=False)
    plan = plan_for(folder, TUNING, 1)
    made, card = build(made_order(60, plan), Work(tmp_path / "work"), lambda *_: None)
    assert card.method.base == "hub"
    assert [proof.name for proof in card.proofs] == ["linear", "encoder", "blend"]
    model = load_trained(made.rename(tmp_path / card.version))
    assert np.isfinite(model.scores(made_letters(1)[0].text)).all()
