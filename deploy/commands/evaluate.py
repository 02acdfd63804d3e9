"""``minxin evaluate``: scores the judge on any labelled CSV, or on all public data that there is (评测).

With ``--train`` the model learns from that file and is scored on FILE. Without it, FILE is cross-validated, letters
that are nearly the same always on one side. Columns beside ``subject``, ``body`` and ``label`` are ignored.

With ``--all`` every measure runs whose data lies in the folder, and the table says which were left out.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import msgspec

from minxin.core.errors import InvalidInputError
from minxin.deploy.labelled import SENTENCES, read_labelled

# Imported for real where it is used: it brings numpy and scikit-learn, for which no other command should wait.
if TYPE_CHECKING:
    from collections.abc import Sequence

    from minxin.classifier.evaluation import Report

NAME: Final = "evaluate"
HELP: Final = "score the classifier on a labelled CSV, or on all public data (评测分类效果)"

SCORED, UNUSABLE = 0, 2

_MOST_FOLDS = 20
_SHOWN_CONFUSIONS = 10

_MESSAGES: Final = {
    **SENTENCES,
    "evaluate.what": ("请指定一个 CSV 文件，或用 --all 指定数据目录", "name one CSV file, or a folder with --all"),
    "evaluate.folder": ("不是目录：{path}", "not a folder: {path}"),
    "evaluate.measure": ("没有这项指标：{name}（可选：{known}）", "no measure {name}; there are {known}"),
    "evaluate.folds": ("折数须在 2 到 20 之间：{folds}", "--folds must be from 2 to 20, not {folds}"),
    "evaluate.too_few": (
        "来信太少，无法做 {folds} 折交叉验证：{n} 封、{labels} 类（至少 2 类，封数不少于折数）",
        "too few letters for {folds} folds: {n} letters of {labels} class(es); at least 2 classes and one letter a fold"
        " are needed",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE.csv", help="letters to score: subject, body, label")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="run every measure whose data lies in the folder")
    parser.add_argument("--only", action="append", metavar="MEASURE", help="of --all, this measure; may be given again")
    parser.add_argument("--without-vectors", action="store_true", help="with --all: judge by characters alone")
    parser.add_argument("--train", type=Path, metavar="FILE.csv", help="learn from this file instead of by folds")
    parser.add_argument("--folds", type=int, default=5, metavar="N", help="folds of the cross-validation (5)")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


def run(args: argparse.Namespace) -> int:
    """Print the figures; 0 when letters were scored, 2 with a sentence when the input can't be used."""
    try:
        if (args.file is None) == (args.all is None):
            raise InvalidInputError("evaluate.what")
        if args.all is not None:
            print(_all(args.all, args.only or [], vectors=not args.without_vectors, as_json=args.json))
            return SCORED
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


def _all(folder: Path, only: Sequence[str], *, vectors: bool, as_json: bool) -> str:
    from minxin.deploy.evaluation import table
    from minxin.deploy.evaluation.measure import Data, Remembering, tell
    from minxin.deploy.evaluation.registry import MEASURES
    from minxin.deploy.vectors import encoder_at

    if not folder.is_dir():
        raise InvalidInputError("evaluate.folder", path=folder)
    known = [measure.name for measure in MEASURES]
    for name in only:
        if name not in known:
            raise InvalidInputError("evaluate.measure", name=name, known=", ".join(known))
    chosen = [measure for measure in MEASURES if not only or measure.name in only]
    with TemporaryDirectory() as models:
        encoder = encoder_at(Path(models), tell) if vectors else None
        results = table.run_all(chosen, Data(folder, Remembering(encoder) if encoder else None))
    return msgspec.json.encode(table.as_json(results)).decode() if as_json else table.markdown(results)


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
