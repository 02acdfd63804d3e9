"""``minxin evaluate``: scores the plain judge on any labelled CSV (评测).

With ``--train`` the model learns from that file and is scored on FILE. Without it, FILE is cross-validated, letters
that are nearly the same always on one side. Columns beside ``subject``, ``body`` and ``label`` are ignored.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from minxin.core.errors import InvalidInputError
from minxin.core.judgement import judged_text

# Imported for real where it is used: it brings numpy and scikit-learn, for which no other command should wait.
if TYPE_CHECKING:
    from minxin.classifier.evaluation import Report
    from minxin.classifier.training import Example

NAME: Final = "evaluate"
HELP: Final = "score the classifier on a labelled CSV (评测分类效果)"

SCORED, UNUSABLE = 0, 2
COLUMNS: Final = ("subject", "body", "label")

_MOST_FOLDS = 20
_LONGEST_FIELD_CHARS = 10_000_000
_SHOWN_CONFUSIONS = 10
_ENCODINGS = ("utf-8-sig", "gb18030")

_MESSAGES: Final = {
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
    "evaluate.folds": ("折数须在 2 到 20 之间：{folds}", "--folds must be from 2 to 20, not {folds}"),
    "evaluate.too_few": (
        "来信太少，无法做 {folds} 折交叉验证：{n} 封、{labels} 类（至少 2 类，封数不少于折数）",
        "too few letters for {folds} folds: {n} letters of {labels} class(es); at least 2 classes and one letter a fold"
        " are needed",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="letters to score: subject, body, label")
    parser.add_argument("--train", type=Path, metavar="FILE.csv", help="learn from this file instead of by folds")
    parser.add_argument("--folds", type=int, default=5, metavar="N", help="folds of the cross-validation (5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def run(args: argparse.Namespace) -> int:
    """Print the figures; 0 when letters were scored, 2 with a sentence when the input can't be used."""
    try:
        report, method = _score(args.file, args.train, args.folds)
    except InvalidInputError as error:
        chinese, english = _MESSAGES[error.reason]
        print(chinese.format(**error.params), file=sys.stderr)
        print(english.format(**error.params), file=sys.stderr)
        return UNUSABLE
    if args.json:
        print(msgspec.json.encode({**msgspec.structs.asdict(report), "method": method}).decode())
    else:
        print(_table(report, method))
    return SCORED


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


def _score(file: Path, train_file: Path | None, folds: int) -> tuple[Report, str]:
    from minxin.classifier.evaluation import cross_validate, evaluate
    from minxin.classifier.training import train

    if not 2 <= folds <= _MOST_FOLDS:
        raise InvalidInputError("evaluate.folds", folds=folds)
    letters = read_labelled(file)
    if train_file is None:
        return cross_validate(letters, folds=folds, on_fold=_show_fold), f"{folds} folds"
    model = train(read_labelled(train_file), {}, on_fold=_show_fold)
    return evaluate(model, letters), model.version


def _show_fold(done: int, of: int) -> None:
    print(f"交叉验证 {done}/{of} 折已完成 · {done} of {of} folds done", file=sys.stderr, flush=True)


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


def _table(report: Report, method: str) -> str:
    lines = [
        f"n               {report.n}    ({method})",
        f"macro F1        {report.macro_f1:.4f}",
        f"accuracy        {report.accuracy:.4f}",
        f"calibration     {report.ece:.4f}    (ECE, 15 bins)",
        f"coverage @ 95%  {report.coverage_at_95:.4f}",
        f"coverage @ 98%  {report.coverage_at_98:.4f}",
        "",
        "precision  recall      F1  letters  class",
    ]
    lines += [
        f"{item.precision:9.3f}  {item.recall:6.3f}  {item.f1:6.3f}  {item.letters:7d}  {item.label}"
        for item in report.per_class
    ]
    wrong = [item for item in report.confusion if item.truth != item.judged][:_SHOWN_CONFUSIONS]
    if wrong:
        lines += ["", "most frequent errors:"]
        lines += [f"{item.letters:7d}  {item.truth} -> {item.judged}" for item in wrong]
    return "\n".join(lines)
