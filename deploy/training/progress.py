"""Progress of a training on a terminal (进度条): one line for each stage, in Chinese and English."""

from __future__ import annotations

from time import monotonic
from typing import Final, TextIO

STAGES: Final = {
    "linear": ("字词模型交叉验证", "linear model, folds"),
    "encoder.read": ("向量模型读取来信", "encoder reads the letters"),
    "encoder.tune": ("向量模型微调", "encoder learns, steps"),
    "encoder.judge": ("向量模型评测", "encoder is tried"),
    "encoder.folds": ("向量模型交叉验证", "encoder, folds"),
    "abuse": ("辱骂识别交叉验证", "abuse, folds"),
    "selftaught": ("自训练", "letters without labels, rounds"),
}

_BAR = 30
_EVERY_S = 0.2
_SHOWN = 10  # lines for a stage where they can't be overwritten


class Bars:
    """Called with the stage, how much of it is done, and of how much."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._overwrites = stream.isatty()
        self._stage = ""
        self._begun = self._shown_at = 0.0
        self._shown = -1

    def __call__(self, stage: str, done: int, of: int) -> None:
        """Show it, if it is time to."""
        now = monotonic()
        if stage != self._stage or done <= 1:
            self._stage, self._begun, self._shown = stage, now, -1
        part = done * _SHOWN // of
        if done < of and (now - self._shown_at < _EVERY_S if self._overwrites else part == self._shown):
            return
        self._shown, self._shown_at = part, now
        chinese, english = STAGES[stage]
        filled = _BAR * done // of
        left = (now - self._begun) / done * (of - done)
        line = f"{chinese} · {english} [{'#' * filled:<{_BAR}}] {done}/{of}, {_minutes(left)}"
        end = "" if self._overwrites and done < of else "\n"
        self._stream.write(f"\r{line}\x1b[K{end}" if self._overwrites else f"{line}{end}")
        self._stream.flush()


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
