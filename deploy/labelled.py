"""Labelled letters in a CSV (标注来信): ``subject``, ``body`` and ``label``; other columns are ignored."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from minxin.core.errors import InvalidInputError
from minxin.core.judgement import judged_text

# Imported for real where it is used: it brings numpy and scikit-learn, for which no other command should wait.
if TYPE_CHECKING:
    from minxin.classifier.training import Example

COLUMNS: Final = ("subject", "body", "label")

_LONGEST_FIELD_CHARS = 10_000_000
_ENCODINGS = ("utf-8-sig", "gb18030")

SENTENCES: Final = {
    "evaluate.file.missing": ("找不到文件：{path}", "no such file: {path}"),
    "evaluate.file.unreadable": ("无法读取文件：{path}（{why}）", "can't read {path}: {why}"),
    "evaluate.file.encoding": (
        "{path} 既不是 UTF-8 也不是 GB18030 编码",
        "{path} is neither UTF-8 nor GB18030 text",
    ),
    "evaluate.file.csv": ("{path} 第 {line} 行不是有效的 CSV", "{path}, line {line}: not valid CSV"),
    "evaluate.file.columns": (
        "{path} 缺少列：{missing}（需要 subject、body、label）",
        "{path} lacks the column(s) {missing}; subject, body and label are needed",
    ),
    "evaluate.file.empty": ("{path} 中没有带标签的来信", "{path} has no labelled letter"),
}


def read_labelled(path: Path) -> list[Example]:
    """Read the letters of a CSV in UTF-8 (with or without a mark) or GB18030; rows without a label are left out.

    Raises :class:`InvalidInputError` when the file or one of its columns is missing or can't be read.
    """
    from minxin.classifier.training import Example

    csv.field_size_limit(_LONGEST_FIELD_CHARS)
    reader = csv.DictReader(io.StringIO(_decoded(path), newline=""))
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise InvalidInputError("evaluate.file.columns", path=path, missing=", ".join(missing))
        examples = [
            Example(judged_text(row["subject"] or "", row["body"] or ""), row["label"].strip())
            for row in reader
            if (row["label"] or "").strip()
        ]
    except csv.Error as error:
        raise InvalidInputError("evaluate.file.csv", path=path, line=reader.line_num + 1) from error
    if not examples:
        raise InvalidInputError("evaluate.file.empty", path=path)
    return examples


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise InvalidInputError("evaluate.file.missing", path=path) from error
    except OSError as error:
        raise InvalidInputError("evaluate.file.unreadable", path=path, why=error.strerror) from error
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInputError("evaluate.file.encoding", path=path)
