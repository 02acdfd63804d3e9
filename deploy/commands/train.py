"""``minxin train``: a model from a city's own history (训练), with a card of what it is worth, and the way back.

FILE.csv has the columns ``subject, body, label``; without it the city's sample letters are learnt, and what its people
decided since. A run that was killed goes on after the last fold or epoch that it finished.

With ``--abuse`` FILE.csv has posts (``text, label``), and what offends in them is learnt (辱骂与威胁识别).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from minxin.core.errors import ConfigError, DamagedError, InvalidInputError, NotFoundError, UnavailableError
from minxin.deploy.city import load_city
from minxin.deploy.labelled import SENTENCES as FILE_SENTENCES
from minxin.deploy.settings import Settings, load_settings
from minxin.deploy.training.refusal import UNUSABLE, refuse
from minxin.deploy.training.versions import add_version_arguments, handle_versions, wants_versions

# Imported for real where they are used: they bring numpy, scikit-learn and pygal.
if TYPE_CHECKING:
    from minxin.classifier.trained.card import Card
    from minxin.classifier.trained.encoding import TuningPlan

NAME: Final = "train"
HELP: Final = "train a model on the city's history (训练模型)"

DONE: Final = 0

_MOST_FOLDS = 20
_MOST_EPOCHS = 50

_SENTENCES: Final = FILE_SENTENCES | {
    "train.folds": ("折数须在 2 到 {most} 之间：{folds}", "--folds must be from 2 to {most}, not {folds}"),
    "train.judged_folds": (
        "评测折数须在 1 到 {folds} 之间：{judged}",
        "--judged-folds must be from 1 to {folds}, not {judged}",
    ),
    "train.epochs": ("轮数须在 1 到 {most} 之间：{epochs}", "--epochs must be from 1 to {most}, not {epochs}"),
    "train.too_few": (
        "来信太少：{n} 封、{labels} 类（至少 30 封、2 类，封数不少于折数 {folds}）",
        "too few letters: {n} of {labels} class(es); at least 30 letters of 2 classes, and one for each of {folds}"
        " folds, are needed",
    ),
    "classifier.train.no_data": (
        "帖文太少：冒犯与正常各至少 10 条",
        "too few posts: at least ten offensive and ten ordinary ones are needed",
    ),
    "train.abuse.file": ("请指定帖文文件（text、label）", "name the file of posts (text, label)"),
    "train.no_torch": (
        "未安装微调所需的软件包：pip install 'minxin[train]'",
        "the packages for fine-tuning are not installed: pip install 'minxin[train]'",
    ),
    "train.no_base": (
        "没有可微调的向量模型：请用 --base 指定模型文件夹",
        "there is no encoder to tune: name a folder with --base",
    ),
    "train.frozen": (
        "模型只有 {layers} 层，无法冻结 {frozen} 层",
        "the encoder has {layers} layers; {frozen} of them can't be frozen",
    ),
    "train.version.not_offices": (
        "{version} 的标签不是本市的承办单位，不能用于转办",
        "the labels of {version} are not offices of the city: it can't route",
    ),
    "classifier.encoder.folder": (
        "--base 的文件夹不完整或无法读取（需要 config.json、model.safetensors、tokenizer.json）",
        "the folder of --base can't be read; config.json, model.safetensors and tokenizer.json are needed",
    ),
    "classifier.encoder.kind": (
        "不支持 {kind} 结构的模型：可用的结构有 {kinds}",
        "an encoder of the kind {kind} can't be used: the kinds that can are {kinds}",
    ),
    "classifier.encoder.variant": (
        "不支持这种变体（激活函数 {activation}，位置编码 {positions}）：只支持 gelu 和 absolute",
        "this variant can't be used (activation {activation}, positions {positions}): only gelu and absolute can",
    ),
    "classifier.precision.range": ("准确率须在 0 到 1 之间", "--precision must be between 0 and 1"),
}


_SERVES: Final = "已起用；运行中的服务一分钟内换用 / it serves; a running service takes it within a minute"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE.csv", help="subject, body, label (else the city's)")
    parser.add_argument("--abuse", action="store_true", help="learn from posts (text, label) what offends")
    parser.add_argument("--config", type=Path, help="a TOML file of settings")
    parser.add_argument("--data", type=Path, help="the data folder; versions are kept in its model/trained")
    parser.add_argument("--precision", type=float, metavar="P", help="the precision to choose by (else the city's)")
    parser.add_argument("--folds", type=int, default=5, metavar="N", help="folds of the cross-validation (5)")
    parser.add_argument("--linear", action="store_true", help="train no encoder: minutes instead of hours")
    parser.add_argument("--base", type=Path, metavar="FOLDER", help="a Hugging Face folder to tune (else e5-small)")
    parser.add_argument("--epochs", type=int, default=3, metavar="N", help="epochs of the encoder (3)")
    parser.add_argument("--judged-folds", type=int, metavar="N", help="try the encoder on so many folds only (all)")
    add_version_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Train, or handle the versions; 0 when done, 2 with a sentence when the input can't be used."""
    try:
        settings = load_settings(args.config, data=args.data)
        if args.abuse:
            return _abuse(args, settings)
        return _versions(args, settings.data / "model") if wants_versions(args) else _train(args, settings)
    except (InvalidInputError, NotFoundError, UnavailableError, DamagedError) as error:
        return refuse(error, _SENTENCES)
    except ConfigError as error:
        print(f"minxin train: {error.reason}", file=sys.stderr)
        return UNUSABLE


def _abuse(args: argparse.Namespace, settings: Settings) -> int:
    from minxin.classifier.abuse.version import load_version
    from minxin.core.clock import SystemClock
    from minxin.deploy.training.abuse import abuse_figures, abuse_shelf, make_abuse
    from minxin.deploy.training.progress import Bars

    shelf = abuse_shelf(settings.data / "model")
    if wants_versions(args):
        handle_versions(args, shelf, load_version, abuse_figures)
        return DONE
    if args.file is None:
        raise InvalidInputError("train.abuse.file")
    card = make_abuse(args.file, settings, load_city(settings.city), SystemClock(), Bars(sys.stderr))
    print(card.version)
    print(abuse_figures(shelf.folder / card.version))
    print(_SERVES)
    return DONE


def _train(args: argparse.Namespace, settings: Settings) -> int:
    from minxin.classifier.trained.building import Order
    from minxin.core.clock import SystemClock
    from minxin.deploy.training.history import lessons_of_city, lessons_of_file
    from minxin.deploy.training.making import make
    from minxin.deploy.training.progress import Bars

    _check(args)
    clock, city = SystemClock(), load_city(settings.city)
    if args.file:
        lessons, aimed = lessons_of_file(args.file, city), settings.precision
    else:
        lessons, aimed = asyncio.run(lessons_of_city(settings, city, clock))
    order = Order(
        lessons=lessons,
        precision=aimed if args.precision is None else args.precision,
        now=clock.now(),
        folds=args.folds,
        plan=_plan(args),
    )
    card = make(order, settings.data / "model", Bars(sys.stderr))
    _print(card, settings.data / "model")
    return DONE


def _check(args: argparse.Namespace) -> None:
    if not 2 <= args.folds <= _MOST_FOLDS:
        raise InvalidInputError("train.folds", folds=args.folds, most=_MOST_FOLDS)
    if not 1 <= args.epochs <= _MOST_EPOCHS:
        raise InvalidInputError("train.epochs", epochs=args.epochs, most=_MOST_EPOCHS)
    if args.judged_folds is not None and not 1 <= args.judged_folds <= args.folds:
        raise InvalidInputError("train.judged_folds", judged=args.judged_folds, folds=args.folds)
    if args.precision is not None and not 0.0 < args.precision < 1.0:
        raise InvalidInputError("classifier.precision.range")


def _plan(args: argparse.Namespace) -> TuningPlan | None:
    """Return how an encoder is tuned, None where none is: not wished, or not possible on this machine."""
    if args.linear:
        return None
    if args.base is None and find_spec("torch") is None:
        for text in (*_SENTENCES["train.no_torch"], "只训练字词模型 / only the linear model is trained"):
            print(text, file=sys.stderr)
        return None
    if find_spec("torch") is None or find_spec("transformers") is None:
        raise UnavailableError("train.no_torch")
    from minxin.classifier.trained.encoding import plan_for
    from minxin.classifier.trained.tuning import Tuning

    return plan_for(args.base, Tuning(epochs=args.epochs), args.judged_folds or args.folds)


def _print(card: Card, models: Path) -> None:
    from minxin.classifier.trained.shelf import shelf_of
    from minxin.deploy.training.page import percent
    from minxin.deploy.training.pictures import NAMES

    print("macro F1  calibration  routed alone  right   ")
    for proof in card.proofs:
        figures = f"{proof.report.macro_f1:8.4f}  {proof.report.ece:11.4f}  {percent(proof.routed):>12}"
        chosen = "  *" if proof.name == card.chosen else ""
        print(f"{figures}  {percent(proof.kept):>6}  {NAMES[proof.name]}{chosen}")
    print(shelf_of(models) / card.version / "card.html")
    if card.routable:
        print(_SERVES)
    else:
        print(
            "标签不是本市的承办单位，不用于转办 / the labels are not offices of the city: kept, but it does not route"
        )


def _versions(args: argparse.Namespace, models: Path) -> int:
    from minxin.classifier.shelf import Shelf
    from minxin.classifier.trained.shelf import must_route, shelf_of, versions

    cards = {kept.version: kept.card for kept in versions(models)}
    handle_versions(args, Shelf(shelf_of(models)), must_route, lambda folder: _figures(cards[folder.name]), list(cards))
    return DONE


def _figures(card: Card | None) -> str:
    from minxin.deploy.training.page import percent

    if card is None:
        return "已损坏 damaged"
    best = card.best
    routed = f"{percent(best.routed)} @ {percent(card.precision)}"
    offices = "" if card.routable else "，不用于转办 does not route"
    return (
        f"{card.data.letters} 封 letters, macro F1 {best.report.macro_f1:.4f}, 自动转办 routed alone {routed}{offices}"
    )
