"""Letters and posts in a CSV (标注来信、帖文): the columns that are needed, by name; others are ignored."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from minxin.core.errors import InvalidInputError
from minxin.core.judgement import judged_text

# Imported for real where it is used: it brings numpy and scikit-learn, for which no other command should wait.
if TYPE_CHECKING:
    from minxin.classifier.training import Example

COLUMNS: Final = ("subject", "body", "label")
POST_COLUMNS: Final = ("text", "label")

_LONGEST_FIELD_CHARS = 10_000_000
_ENCODINGS = ("utf-8-sig", "gb18030")
_OFFENDS = {
    **dict.fromkeys(("1", "true", "yes", "offensive", "是", "冒犯"), True),
    **dict.fromkeys(("0", "false", "no", "ordinary", "否", "正常"), False),
}

SENTENCES: Final = {
    "evaluate.file.missing": ("找不到文件：{path}", "no such file: {path}"),
    "evaluate.file.unreadable": ("无法读取文件：{path}（{why}）", "can't read {path}: {why}"),
    "evaluate.file.encoding": (
        "{path} 既不是 UTF-8 也不是 GB18030 编码",
        "{path} is neither UTF-8 nor GB18030 text",
    ),
    "evaluate.file.csv": ("{path} 第 {line} 行不是有效的 CSV", "{path}, line {line}: not valid CSV"),
    "evaluate.file.columns": (
        "{path} 缺少列：{missing}（需要 {needed}）",
        "{path} lacks the column(s) {missing}; {needed} are needed",
    ),
    "evaluate.file.empty": ("{path} 中没有带标签的来信", "{path} has no labelled letter"),
    "evaluate.file.offends": (
        "{path} 第 {line} 行的标签 {label} 不是 1（冒犯）或 0（正常）",
        "{path}, line {line}: the label {label} is neither 1 (offensive) nor 0 (ordinary)",
    ),
}


def read_labelled(path: Path) -> list[Example]:
    """Read the letters of a CSV in UTF-8 (with or without a mark) or GB18030; rows without a label are left out.

    Raises :class:`InvalidInputError` when the file or one of its columns is missing or can't be read.
    """
    from minxin.classifier.training import Example

    examples = [
        Example(judged_text(row["subject"], row["body"]), row["label"].strip())
        for _, row in read_rows(path, COLUMNS)
        if row["label"].strip()
    ]
    if not examples:
        raise InvalidInputError("evaluate.file.empty", path=path)
    return examples


def read_posts(path: Path) -> list[tuple[str, bool]]:
    """Read the posts of a CSV, each with whether it offends; rows without a label are left out.

    Raises :class:`InvalidInputError` as :func:`read_labelled` does, and for a label of another kind.
    """
    posts = []
    for line, row in read_rows(path, POST_COLUMNS):
        label = row["label"].strip()
        if label and label.lower() not in _OFFENDS:
            raise InvalidInputError("evaluate.file.offends", path=path, line=line, label=label)
        if label:
            posts.append((row["text"], _OFFENDS[label.lower()]))
    if not posts:
        raise InvalidInputError("evaluate.file.empty", path=path)
    return posts


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line and the ``columns`` of each row of a CSV, whose header may have them in any case.

    Raises :class:`InvalidInputError` when the file or a column is missing or can't be read.
    """
    csv.field_size_limit(_LONGEST_FIELD_CHARS)
    reader = csv.DictReader(io.StringIO(_decoded(path), newline=""))
    try:
        place = {name.strip().lower(): name for name in reader.fieldnames or ()}
        missing = [column for column in columns if column not in place]
        if missing:
            named = {"missing": ", ".join(missing), "needed": ", ".join(columns)}
            raise InvalidInputError("evaluate.file.columns", path=path, **named)
        for row in reader:
            yield reader.line_num, {column: row[place[column]] or "" for column in columns}
    except csv.Error as error:
        raise InvalidInputError("evaluate.file.csv", path=path, line=reader.line_num + 1) from error


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
