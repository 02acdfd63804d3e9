"""Fine-tuning of a text encoder (微调) with torch and ``transformers``, on a GPU where there is one.

The vectors of the pieces and the lowest layers stay as they are: they know the language, and to run each letter through
them once for all epochs and folds halves the time. Needs the extra ``train``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray
from tokenizers import Tokenizer

from minxin.classifier.encoder.folder import write_folder
from minxin.classifier.encoder.weights import Weights
from minxin.core.errors import InvalidInputError, UnavailableError

OnStep = Callable[[int, int], None]  # called with the number of steps done, and of all

_BUCKET = 40  # batches whose letters are sorted by length among themselves, so that little is padded
_MINUS = -1e9  # what is added where there is no token


class Tuning(Struct, frozen=True):
    """How an encoder is tuned; chosen on city letters.

    ``most_tokens`` of a letter are read (about 1.5 characters each). Half of a BERT-like encoder's layers is enough to
    learn offices, and what is frozen need not be learnt from few letters.
    """

    epochs: int = 3
    frozen_layers: int = 6
    most_tokens: int = 160
    rate: float = 1e-4
    head_rate: float = 1e-3
    batch: int = 16
    warm_up: float = 0.1  # share of the steps
    smoothing: float = 0.1  # of the labels (Szegedy et al. 2016): they contradict each other
    decay: float = 0.01
    dropout: float = 0.1
    seed: int = 0


class Tuner:
    """Tunes one base on any choice of the texts; what the frozen layers make of them is kept in the ``work`` folder."""

    def __init__(
        self, base: Weights, work: Path, texts: Sequence[str], tuning: Tuning, prefix: str, on_step: OnStep
    ) -> None:
        """Run all texts through the frozen part, unless that was done before.

        Raises :class:`UnavailableError` without torch and transformers, :class:`InvalidInputError` for more frozen
        layers than the base has.
        """
        self._torch, model = _opened(base, work)
        if not 0 <= tuning.frozen_layers < base.shape.layers:
            raise InvalidInputError("train.frozen", frozen=tuning.frozen_layers, layers=base.shape.layers)
        self._base, self._tuning = base, tuning
        self._device = self._torch.device("cuda" if self._torch.cuda.is_available() else "cpu")
        self._model = model.to(self._device)
        tokenizer = Tokenizer.from_str(base.tokenizer.decode())
        tokenizer.enable_truncation(min(tuning.most_tokens, base.shape.positions))
        tokenizer.no_padding()
        ids = [tokenizer.encode(prefix + text).ids for text in texts]
        self._ends = np.cumsum([0, *map(len, ids)])
        self._lower = self._read(ids, work / "lower.f16", on_step)

    def fit(
        self, rows: Sequence[int], columns: Sequence[int], labels: int, checkpoint: Path, on_step: OnStep
    ) -> Weights:
        """Learn the ``columns`` of these rows' texts, and return the encoder with a head for the labels.

        After each epoch all is kept in ``checkpoint``; the same rows go on from there.
        """
        torch, tuning = self._torch, self._tuning
        torch.manual_seed(tuning.seed)
        upper, head = self._fresh_upper(), torch.nn.Linear(self._base.shape.hidden, labels).to(self._device)
        optimiser = self._optimiser(upper, head)
        each = -(-len(rows) // tuning.batch)
        steps = each * tuning.epochs
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps, tuning.warm_up))
        parts = {"upper": upper, "head": head, "optimiser": optimiser, "schedule": schedule}
        done = self._restored(checkpoint, parts)
        truth = dict(zip(rows, columns, strict=True))
        for epoch in range(done, tuning.epochs):
            torch.manual_seed(tuning.seed + epoch)
            for number, batch in enumerate(self._batches(rows, epoch), start=1):
                self._step(upper, head, optimiser, batch, [truth[row] for row in batch])
                schedule.step()
                on_step(epoch * each + number, steps)
            self._save(checkpoint, parts, epoch + 1)
        return self._weights(upper, head)

    def _read(self, ids: Sequence[Sequence[int]], file: Path, on_step: OnStep) -> NDArray[np.float16]:
        """Return what the frozen layers make of each token, one text after another."""
        shape = (int(self._ends[-1]), self._base.shape.hidden)
        if not file.exists():
            partial = file.with_suffix(".part")
            made: NDArray[np.float16] = np.memmap(partial, np.float16, "w+", shape=shape)
            order = np.argsort(np.diff(self._ends), kind="stable").tolist()
            for start in range(0, len(order), self._tuning.batch):
                self._read_batch(ids, order[start : start + self._tuning.batch], made)
                on_step(min(start + self._tuning.batch, len(order)), len(order))
            made.flush()  # type: ignore[attr-defined]
            partial.rename(file)
        return np.memmap(file, np.float16, "r", shape=shape)

    def _read_batch(self, ids: Sequence[Sequence[int]], rows: Sequence[int], made: NDArray[np.float16]) -> None:
        torch = self._torch
        longest = max(len(ids[row]) for row in rows)
        padded = torch.ones(len(rows), longest, dtype=torch.long)
        there = torch.zeros(len(rows), longest, dtype=torch.bool)
        for place, row in enumerate(rows):
            padded[place, : len(ids[row])] = torch.tensor(ids[row])
            there[place, : len(ids[row])] = True
        with torch.inference_mode():
            tokens = self._model.embeddings(padded.to(self._device))
            layers = self._model.encoder.layer[: self._tuning.frozen_layers]
            heard = _heard(layers, tokens, self._mask(there)).cpu().numpy()
        for place, row in enumerate(rows):
            made[self._ends[row] : self._ends[row + 1]] = heard[place, : len(ids[row])]

    def _fresh_upper(self) -> Any:
        """Return the layers that learn, as the base has them."""
        from copy import deepcopy

        return deepcopy(self._model.encoder.layer[self._tuning.frozen_layers :]).train()

    def _optimiser(self, upper: Any, head: Any) -> Any:
        tuning = self._tuning
        groups = [
            {"params": [one for one in upper.parameters() if one.ndim > 1], "weight_decay": tuning.decay},
            {"params": [one for one in upper.parameters() if one.ndim == 1], "weight_decay": 0.0},
            {"params": list(head.parameters()), "weight_decay": 0.0, "lr": tuning.head_rate},
        ]
        return self._torch.optim.AdamW(groups, lr=tuning.rate)

    def _batches(self, rows: Sequence[int], epoch: int) -> Iterator[list[int]]:
        random = np.random.default_rng((self._tuning.seed, epoch))
        size, mixed = self._tuning.batch, random.permutation(np.asarray(rows))
        batches: list[list[int]] = []
        for start in range(0, len(mixed), size * _BUCKET):
            bucket = mixed[start : start + size * _BUCKET]
            bucket = bucket[np.argsort(np.diff(self._ends)[bucket], kind="stable")].tolist()
            batches += [bucket[at : at + size] for at in range(0, len(bucket), size)]
        yield from (batches[place] for place in random.permutation(len(batches)))

    def _step(self, upper: Any, head: Any, optimiser: Any, rows: Sequence[int], columns: Sequence[int]) -> None:
        torch = self._torch
        tokens = [
            torch.from_numpy(self._lower[self._ends[row] : self._ends[row + 1]].astype(np.float32)) for row in rows
        ]
        padded = torch.nn.utils.rnn.pad_sequence(tokens, batch_first=True).to(self._device)
        lengths = torch.tensor([len(one) for one in tokens])
        there = torch.arange(padded.shape[1])[None, :] < lengths[:, None]
        heard = _heard(upper, padded, self._mask(there))
        weights = there.to(self._device, heard.dtype)[:, :, None]
        mean = (heard * weights).sum(1) / weights.sum(1)
        functions = torch.nn.functional
        logits = head(functions.dropout(mean, self._tuning.dropout))
        truth = torch.tensor(columns, device=self._device)
        functions.cross_entropy(logits, truth, label_smoothing=self._tuning.smoothing).backward()
        torch.nn.utils.clip_grad_norm_([*upper.parameters(), *head.parameters()], 1.0)
        optimiser.step()
        optimiser.zero_grad()

    def _mask(self, there: Any) -> Any:
        if bool(there.all()):
            return None
        mask = self._torch.zeros(there.shape).masked_fill(~there, _MINUS)
        return mask[:, None, None, :].to(self._device)

    def _restored(self, checkpoint: Path, parts: dict[str, Any]) -> int:
        """Load what was kept into the parts, and return how many epochs were done."""
        if not checkpoint.exists():
            return 0
        kept = self._torch.load(checkpoint, map_location=self._device, weights_only=True)
        for name, part in parts.items():
            part.load_state_dict(kept[name])
        return int(kept["epochs"])

    def _save(self, checkpoint: Path, parts: dict[str, Any], epochs: int) -> None:
        partial = checkpoint.with_suffix(".part")
        self._torch.save({name: part.state_dict() for name, part in parts.items()} | {"epochs": epochs}, partial)
        partial.replace(checkpoint)

    def _weights(self, upper: Any, head: Any) -> Weights:
        arrays = dict(self._base.arrays)
        for name, tensor in upper.state_dict().items():
            layer, _, rest = name.partition(".")
            arrays[f"encoder.layer.{int(layer) + self._tuning.frozen_layers}.{rest}"] = tensor.cpu().numpy()
        arrays["classifier.weight"] = head.weight.detach().cpu().numpy()
        arrays["classifier.bias"] = head.bias.detach().cpu().numpy()
        return replace(self._base, arrays=arrays)


def _opened(base: Weights, work: Path) -> tuple[Any, Any]:
    """Return torch, and the base as a model of the library ``transformers``."""
    try:
        import torch
        from transformers import AutoModel
    except ImportError as error:
        raise UnavailableError("train.no_torch") from error
    folder = work / "base"
    write_folder(base, folder)
    return torch, AutoModel.from_pretrained(folder, attn_implementation="sdpa", add_pooling_layer=False).eval()


def _heard(layers: Any, tokens: Any, mask: Any) -> Any:
    for layer in layers:
        found = layer(tokens, mask)
        # transformers before 5.0 answers with a tuple.
        tokens = found[0] if isinstance(found, tuple) else found
    return tokens


def _rate(step: int, steps: int, warm_up: float) -> float:
    """Return the share of the learning rate: rising to all of it, then falling to nothing."""
    return min((step + 1) / max(1.0, warm_up * steps), (steps - step) / max(1.0, (1.0 - warm_up) * steps))
