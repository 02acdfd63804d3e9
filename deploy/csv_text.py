"""The text of a file that a city's own programs wrote, in the encodings that they write."""

from __future__ import annotations

from pathlib import Path

from minxin.core.errors import ConfigError
from minxin.core.tables import decoded


def csv_text(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without a mark, or GB 18030; raises ``ConfigError``."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror}) / 无法读取") from error
    text = decoded(data)
    if text is None:
        raise ConfigError(f"{path}: neither UTF-8 nor GB 18030 / 编码不是 UTF-8 或 GB 18030")
    return text
