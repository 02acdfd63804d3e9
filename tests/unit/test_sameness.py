"""Same meaning or not: what all texts of a collection share is taken off before they are compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from minxin.classifier.encoder.sameness import SAME, Sameness

# Three kinds of text; each vector is mostly what all texts share.
SHARED = np.array([10.0, 0.0, 0.0, 0.0])
OWN = {"water": np.array([0.0, 1.0, 0.0, 0.0]), "bus": np.array([0.0, 0.0, 1.0, 0.0]), "tax": np.array([0, 0, 0, 1.0])}


def encoder(texts: Sequence[str]) -> NDArray[np.float32]:
    rows = np.array([SHARED + sum(own for name, own in OWN.items() if name in text) for text in texts])
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_only_texts_on_one_matter_are_the_same() -> None:
    sameness = Sameness(encoder, list(OWN))
    same, other = sameness.cosines(["water bill", "water bill"], ["the water", "bus"])
    assert same > SAME > other
    assert encoder(["water"])[0] @ encoder(["bus"])[0] > SAME


def test_rows_are_of_length_one() -> None:
    assert np.linalg.norm(Sameness(encoder, list(OWN)).rows(["water", "bus"]), axis=1) == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("collection", [[], ["water"], ["bus"] * 10_000], ids=["none", "one", "many"])
def test_any_collection_gives_finite_answers(collection: list[str]) -> None:
    assert np.isfinite(Sameness(encoder, collection).cosines(["water", "bus"], ["water", "tax"])).all()
