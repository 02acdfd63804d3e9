"""Why a model can't be made or used (拒绝原因), in Chinese and English on standard error."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

from minxin.core.errors import DamagedError, MinxinError

UNUSABLE: Final = 2
VERSION_SENTENCES: Final = {
    "train.version.missing": ("没有这个版本：{version}", "there is no version {version}"),
    "train.version.none": ("当前没有使用任何版本", "no version serves"),
    "train.busy": ("另一次训练正在进行：{folder}", "another training is running in {folder}"),
}
_DAMAGED: Final = ("模型文件已损坏，拒绝使用", "the model's files are damaged: refused")


def refuse(error: MinxinError, sentences: Mapping[str, tuple[str, str]]) -> int:
    """Print the error's sentences, and return the exit status."""
    known = VERSION_SENTENCES | dict(sentences)
    sentence = known.get(error.reason, _DAMAGED if isinstance(error, DamagedError) else (error.reason,) * 2)
    for text in dict.fromkeys(sentence):
        print(text.format(**error.params), file=sys.stderr)
    return UNUSABLE
