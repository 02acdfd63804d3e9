"""``minxin train`` killed in the middle: the next run goes on after the last fold that was finished."""

from __future__ import annotations

import asyncio
import json
import shutil
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

from support.live import COMMAND
from support.trained import made_letters, write_letters


async def train(file: Path, data: Path, until: bytes | None = None) -> bytes:
    """Run it to its end, or kill it when it has said ``until``; return what it said on standard error."""
    process = await asyncio.create_subprocess_exec(
        COMMAND, "train", str(file), "--linear", "--data", str(data), "--folds", "8", stdout=PIPE, stderr=PIPE
    )
    if until is None:
        _, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return errors
    assert process.stderr
    errors = await process.stderr.readuntil(until)
    process.kill()
    await process.communicate()
    return errors


def card_in(data: Path) -> dict[str, Any]:
    (file,) = (data / "model" / "trained").glob("20*/card.json")
    card: dict[str, Any] = json.loads(file.read_text("utf-8"))
    # The instant, and what names it, differ; the files of the model must not.
    return {name: value for name, value in card.items() if name not in {"made_at", "version", "sha256"}}


async def test_killed_training_goes_on_where_it_was(tmp_path: Path) -> None:
    file = write_letters(tmp_path / "letters.csv", made_letters(400))
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    await train(file, killed, until=b"2/8")
    assert not list((killed / "model" / "trained").glob("20*"))
    (work,) = (killed / "model" / "trained" / "work").iterdir()
    folds = sorted(work.glob("linear-*.npz"))
    assert {"linear-0.npz", "linear-1.npz"} <= {fold.name for fold in folds}
    # What the folds said can be told from what another run would say: a fold with other scores must be believed.
    kept = {fold.name: fold.read_bytes() for fold in folds}
    shutil.copytree(killed, tmp_path / "copy")
    await train(file, killed)
    await train(file, whole)
    assert card_in(killed) == card_in(whole)
    (copied,) = (tmp_path / "copy" / "model" / "trained" / "work").iterdir()
    (copied / "linear-1.npz").write_bytes(kept["linear-0.npz"])
    await train(file, tmp_path / "copy")
    assert card_in(tmp_path / "copy")["proofs"] != card_in(whole)["proofs"]
