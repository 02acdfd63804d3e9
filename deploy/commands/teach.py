"""``minxin teach --unlabelled``: letters without labels show the judge how people write (自训练), or are left alone.

PATH is a CSV with ``subject, body``, or a folder of such files and of ``.txt`` files; without it the letters that the
service holds are read. What they taught counts until people decided enough, and can be taken back (``--back``).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from minxin.core.clock import SystemClock
from minxin.core.errors import ConfigError, DamagedError, InvalidInputError, NotFoundError, UnavailableError
from minxin.deploy.city import load_city
from minxin.deploy.labelled import SENTENCES as FILE_SENTENCES
from minxin.deploy.settings import Settings, load_settings
from minxin.deploy.training.refusal import UNUSABLE, refuse
from minxin.deploy.training.versions import add_version_arguments, handle_versions, wants_versions

# Imported for real where it is used: it brings numpy, for which no other command should wait.
if TYPE_CHECKING:
    from minxin.classifier.learning.selftaught import SelfTeaching
    from minxin.deploy.training.selfteaching import Unlabelled

NAME: Final = "teach"
HELP: Final = "let letters without labels teach the judge (自训练)"

DONE, ABSTAINED = 0, 1

_STORE = Path()
_SENTENCES: Final = FILE_SENTENCES | {
    "teach.what": ("请指定 --unlabelled", "name what to learn from with --unlabelled"),
    "teach.no_letters": ("{path} 中没有来信", "there is no letter in {path}"),
    "classifier.selftaught.duties": (
        "该版本由另一套承办单位职责判定，请重新自训练",
        "that version was taught by other duties: let the letters teach anew",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "--unlabelled",
        type=Path,
        nargs="?",
        const=_STORE,
        metavar="PATH",
        help="a CSV (subject, body) or a folder of letters; without PATH the letters that the service holds",
    )
    parser.add_argument("--config", type=Path, help="a TOML file of settings")
    parser.add_argument("--data", type=Path, help="the data folder; versions are kept in its model/selftaught")
    add_version_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Teach, or handle the versions; 1 when the letters would do harm, 2 with a sentence when they can't be used."""
    try:
        settings = load_settings(args.config, data=args.data)
        return _versions(args, settings) if wants_versions(args) else _teach(args, settings)
    except (InvalidInputError, NotFoundError, UnavailableError, DamagedError) as error:
        return refuse(error, _SENTENCES)
    except ConfigError as error:
        print(f"minxin teach: {error.reason}", file=sys.stderr)
        return UNUSABLE


def _versions(args: argparse.Namespace, settings: Settings) -> int:
    from minxin.deploy.training.selfteaching import check_of, teaching_figures, teaching_shelf

    city = load_city(settings.city)
    handle_versions(args, teaching_shelf(settings.data / "model"), check_of(city), teaching_figures)
    return DONE


def _teach(args: argparse.Namespace, settings: Settings) -> int:
    from minxin.deploy.training.progress import Bars
    from minxin.deploy.training.selfteaching import (
        letters_in,
        letters_of_store,
        teach,
        teaching_figures,
        teaching_shelf,
    )

    if args.unlabelled is None:
        raise InvalidInputError("teach.what")
    clock, city = SystemClock(), load_city(settings.city)
    if args.unlabelled == _STORE:
        letters = asyncio.run(letters_of_store(settings, clock.now()))
    else:
        letters = letters_in(args.unlabelled)
    result, card = teach(letters, settings, city, clock, _say, Bars(sys.stderr))
    if card is None:
        for line in _why_not(letters, result):
            print(line)
        return ABSTAINED
    print(card.version)
    print(teaching_figures(teaching_shelf(settings.data / "model").folder / card.version))
    print("已起用；运行中的服务一分钟内换用 / it serves; a running service takes it within a minute")
    return DONE


def _why_not(letters: Unlabelled, result: SelfTeaching) -> tuple[str, str]:
    """Say why the letters teach nothing."""
    if result.agreement is None:
        return (
            f"不采用：不同的来信只有 {letters.found} 封，至少需要 {result.needed} 封；少了反而有害",
            f"abstained: {letters.found} different letters; fewer than {result.needed} do more harm than good",
        )
    share, least = f"{result.agreement:.0%}", f"{result.least_agreement:.0%}"
    return (
        f"不采用：{result.letters} 封来信教出的判断只有 {share} 与职责一致，至少需要 {least}",
        f"abstained: what {result.letters} letters taught agrees with the duties in {share} only; {least} are needed",
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr)
