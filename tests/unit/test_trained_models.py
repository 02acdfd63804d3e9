"""Trained models: the best voice is chosen, what is kept serves as made, damage is refused, the way back works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.trained import LABELS, StandIn, knows_it_all, made_letters, made_order, made_version

from minxin.classifier.calibration import joined
from minxin.classifier.text import fold
from minxin.classifier.trained.building import Lessons, Order, build
from minxin.classifier.trained.card import Card
from minxin.classifier.trained.model import TrainedModel, load_trained
from minxin.classifier.trained.shelf import back, current_trained, pointer_of, shelf_of, use, versions
from minxin.classifier.trained.work import Work
from minxin.classifier.training import Example
from minxin.core.errors import DamagedError, InvalidInputError, NotFoundError

WATER, BUS = "停水\n水管漏水，没人修", "公交\n公交车不来，公交站没有遮雨棚"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Card, Card]:
    """A folder of models with a plain version, and after it one with an encoder."""
    models = tmp_path_factory.mktemp("models")
    plain = made_version(models, made_order())
    letters = made_letters(120)
    both = made_version(models, made_order(plan=StandIn(knows_it_all(letters))))
    return models, plain, both


@pytest.fixture
def models(shelf: tuple[Path, Card, Card], tmp_path: Path) -> Path:
    """A copy of the folder that a test may damage."""
    import shutil

    return Path(shutil.copytree(shelf[0], tmp_path / "model"))


def current(models: Path, on_damaged: Callable[[str, Exception], None] = lambda *_: None) -> TrainedModel:
    model = current_trained(models, on_damaged)
    assert model is not None
    return model


def test_plain_model_is_chosen_where_there_is_no_encoder(shelf: tuple[Path, Card, Card]) -> None:
    _, plain, _ = shelf
    assert (plain.chosen, plain.weight, [proof.name for proof in plain.proofs]) == ("linear", 0.0, ["linear"])
    assert plain.data.letters == 120
    assert plain.data.of_label == {"buses": 60, "water": 60}
    assert plain.version.startswith("20260302-linear-")


def test_voice_that_routes_most_letters_alone_is_chosen(shelf: tuple[Path, Card, Card]) -> None:
    _, _, both = shelf
    routed = {proof.name: round(proof.routed, 2) for proof in both.proofs}
    assert both.chosen in {"encoder", "blend"}
    assert routed["linear"] < routed[both.chosen] == max(routed.values())


def test_voice_that_knows_nothing_is_not_chosen(tmp_path: Path) -> None:
    _, card = build(made_order(plan=StandIn(lambda text: (0.0, 0.0))), Work(tmp_path), lambda *_: None)
    assert card.chosen in {"linear", "blend"}
    assert not (tmp_path / "made" / "encoder").exists() or card.weight > 0.0


def test_model_serves_what_its_card_says(shelf: tuple[Path, Card, Card]) -> None:
    models, plain, both = shelf
    model = load_trained(shelf_of(models) / plain.version)
    assert model.labels == LABELS == model.linear.labels
    assert model.probabilities(WATER).sum() == pytest.approx(1.0)
    assert model.labels[int(model.probabilities(WATER).argmax())] == "water"
    assert model.labels[int(model.probabilities(BUS).argmax())] == "buses"
    assert model.probabilities(BUS) == pytest.approx(joined(model.scores(BUS)[None, :], plain.temperature)[0])
    assert load_trained(shelf_of(models) / both.version).scores(WATER).shape == (2,)


def test_any_text_is_scored(shelf: tuple[Path, Card, Card]) -> None:
    models, _, both = shelf
    model = load_trained(shelf_of(models) / both.version)
    for text in ("", "水", "\ud800", "😀" * 50, "<b>水管</b>", "漏水" * 50_000, "Водопровод"):
        assert np.isfinite(model.scores(text)).all()


def test_letters_it_learnt_from_are_known_as_if_unseen(shelf: tuple[Path, Card, Card]) -> None:
    models, plain, _ = shelf
    model = load_trained(shelf_of(models) / plain.version)
    mislabelled, *_ = made_letters(120)
    assert model.unseen("一封新的来信\n没有学过") is None
    row = model.unseen(mislabelled.text)
    assert row is not None
    # Whoever had seen the letter's wrong label would not judge by its words.
    assert model.labels[int(row.argmax())] != mislabelled.label


def test_thresholds_are_chosen_on_unseen_letters(shelf: tuple[Path, Card, Card]) -> None:
    models, plain, _ = shelf
    model = load_trained(shelf_of(models) / plain.version)
    assert len(model.record.right) == 120
    assert model.thresholds(0.8).pooled == pytest.approx(plain.pooled_threshold)
    assert model.thresholds(0.999).pooled == float("inf")


def test_same_letters_give_the_same_model(tmp_path: Path) -> None:
    first, second = (build(made_order(60), Work(tmp_path / name), lambda *_: None)[1] for name in "ab")
    assert first == second


def test_letters_are_too_few_or_of_one_office(tmp_path: Path) -> None:
    one_office = [Example(letter.text, "water") for letter in made_letters(60)]
    for examples in (made_letters(20), one_office):
        order = Order(Lessons(examples, {}, {}, "made", routable=True), 0.9, made_order().now)
        with pytest.raises(InvalidInputError, match=r"train\.too_few"):
            build(order, Work(tmp_path), lambda *_: None)


def test_finished_folds_are_not_judged_again(tmp_path: Path) -> None:
    """A killed run goes on where it was: here the second fold of the encoder ends it."""
    letters = made_letters(120)

    class Killed(StandIn):
        def judge_fold(self, number: int, *rest: object) -> object:  # type: ignore[override]
            if number == 1:
                raise KeyboardInterrupt
            return super().judge_fold(number, *rest)  # type: ignore[arg-type]

    killed, whole = Killed(knows_it_all(letters)), StandIn(knows_it_all(letters))
    with pytest.raises(KeyboardInterrupt):
        build(made_order(plan=killed), Work(tmp_path / "work"), lambda *_: None)
    _, card = build(made_order(plan=whole), Work(tmp_path / "work"), lambda *_: None)
    assert (killed.folds, whole.folds) == ([0], [1, 2])
    _, undisturbed = build(made_order(plan=StandIn(knows_it_all(letters))), Work(tmp_path / "other"), lambda *_: None)
    assert card == undisturbed


def test_half_written_piece_of_work_counts_as_not_done(tmp_path: Path) -> None:
    work = Work(tmp_path)
    work.keep("linear-0", scores=np.ones((3, 2)))
    whole = (tmp_path / "linear-0.npz").read_bytes()
    (tmp_path / "linear-0.npz").write_bytes(whole[: len(whole) // 2])
    assert work.recall("linear-0") is None
    assert work.recall("linear-1") is None


def test_letters_beyond_the_judged_folds_have_the_plain_voice(tmp_path: Path) -> None:
    letters = made_letters(120)
    made, card = build(made_order(plan=StandIn(knows_it_all(letters), judged_folds=1)), Work(tmp_path), lambda *_: None)
    assert card.best.report.n < 120
    model = load_trained(made.rename(tmp_path / card.version))
    rows = [model.unseen(letter.text) for letter in letters]
    assert all(row is not None and np.isfinite(row).all() for row in rows)


@pytest.mark.parametrize(
    "name", ["card.json", "unseen.npz", "linear/model.npz", "linear/model.json", "encoder/encoder.onnx"]
)
def test_damaged_file_is_refused_and_the_last_good_version_serves(models: Path, name: str) -> None:
    newest, before = pointer_of(models).current, pointer_of(models).before
    assert newest is not None
    file = shelf_of(models) / newest / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedError):
        load_trained(shelf_of(models) / newest)
    told: list[str] = []
    model = current_trained(models, lambda version, error: told.append(version))
    assert model is not None
    assert (told, model.version) == ([newest], before[0])


def test_missing_file_is_refused(models: Path) -> None:
    newest = pointer_of(models).current
    assert newest is not None
    (shelf_of(models) / newest / "linear" / "model.npz").unlink()
    with pytest.raises(DamagedError):
        load_trained(shelf_of(models) / newest)


def test_way_back_and_forth(models: Path, shelf: tuple[Path, Card, Card]) -> None:
    _, plain, both = shelf
    assert current(models).version == both.version
    assert back(models) == plain.version
    assert current(models).version == plain.version
    use(models, both.version)
    assert current(models).version == both.version
    assert (back(models), back(models)) == (plain.version, None)
    assert current_trained(models) is None
    with pytest.raises(NotFoundError):
        back(models)


def test_only_whole_versions_whose_labels_are_offices_may_serve(models: Path) -> None:
    card = build(made_order(60, routable=False), Work(shelf_of(models) / "work" / "w"), lambda *_: None)
    card[0].rename(shelf_of(models) / card[1].version)
    with pytest.raises(InvalidInputError, match="not_offices"):
        use(models, card[1].version)
    for version in ("20260101-linear-00000000", "work", "../trained", "."):
        with pytest.raises(NotFoundError):
            use(models, version)
    newest = pointer_of(models).current
    assert newest is not None
    (shelf_of(models) / newest / "card.json").write_text("{}")
    assert {kept.version for kept in versions(models) if kept.card is None} == {newest}
    with pytest.raises(DamagedError):
        use(models, newest)


def test_nothing_serves_where_nothing_was_trained(tmp_path: Path) -> None:
    assert current_trained(tmp_path) is None
    assert versions(tmp_path) == []


def test_folded_and_written_text_are_one_letter(shelf: tuple[Path, Card, Card]) -> None:
    models, plain, _ = shelf
    model = load_trained(shelf_of(models) / plain.version)
    assert model.scores("停水\n水管漏水") == pytest.approx(model.scores(fold("停水\n水管漏水").text))
    assert model.scores("停水\n水管漏水，沒人修") == pytest.approx(model.scores("停水\n水管漏水,没人修"))
