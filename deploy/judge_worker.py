"""The judge's own process: letters and lessons on standard input, judgements on standard output.

usage: python -m minxin.deploy.judge_worker CITY MODELS PRECISION [MEETING [trained]]

It gives way to the service's own process, and ends with it: whatever it is doing, the end of its input ends it. Vectors
come from the searching process, at the socket in MEETING; while they don't, letters are judged by their characters.
Without MEETING it has an encoder of its own. After the first training it begins anew (``trained``) with what was kept:
what training needed would take as much memory as everything else.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType

from msgspec.structs import replace

from minxin.classifier.abuse.finding import AbuseFinder
from minxin.classifier.judge import Judge
from minxin.classifier.ranking import Ranking
from minxin.core.errors import MinxinError, NotFoundError, UnavailableError
from minxin.core.judgement import judged_text
from minxin.deploy.city import load_city
from minxin.deploy.frames import receive, say
from minxin.deploy.heap import give_back
from minxin.deploy.judge_frames import (
    Answer,
    Answered,
    Asked,
    Broken,
    Learnt,
    News,
    Progress,
    Ready,
    Request,
    Texts,
    Word,
    decode_request,
)
from minxin.deploy.judging import School
from minxin.deploy.logs import set_up_logs
from minxin.deploy.priority import give_way
from minxin.deploy.vector_client import FarEncoder
from minxin.deploy.vectors import only_one

log = logging.getLogger(__name__)

_DONE = object()
_TRAINED = "trained"
MANY = 8  # texts asked for at once: letters come faster than they are judged
FEW = 16  # lessons that are heard as soon as they are learnt: half a second
NEXT_S = 0.1  # after a piece of the news another one may follow: what else is to do would keep it waiting
REST_S = 5.0  # without a letter; then what is left to hear is tried again, and memory is given back


def main(folder: Path, models: Path, precision: float, meeting: Path | None, *, trained: bool) -> int:
    """Judge until the input ends; return 1 when there is no model to judge with."""
    requests: SimpleQueue[Request] = SimpleQueue()
    Thread(target=receive, args=(sys.stdin.buffer, decode_request, requests.put), daemon=True).start()
    try:
        hearing = partial(FarEncoder, meeting) if meeting else None
        school = School(load_city(folder), models, precision, _tell, hearing)
        judge, finder = school.kept(), school.abuse_finder()
        # Loading takes a moment that people may wait for; what comes after gives way to them.
        give_way()
        if judge is None:
            with only_one(models, "judge"):
                # Another process may have trained it while this one waited.
                judge, trains = school.kept(), False
                if judge is None:
                    judge, trains = school.train(), True
            if trains and meeting and not trained:
                _begin_anew()
    except MinxinError as error:
        _say(Broken(error.reason))
        return 1
    give_back()
    _say(Ready(judge.version, tuple(dict.fromkeys(school.refused))))
    for request in _taken(requests, judge.ranking):
        if isinstance(request, Texts):
            _say(Answered(tuple(_answers(request, school, judge, finder))))
        else:
            _learn(judge, request)
            _say(Learnt())
    return 0


def _answers(request: Texts, school: School, judge: Judge, finder: AbuseFinder) -> Iterator[Answer]:
    hurried = len(request.batch) >= MANY
    for asked in request.batch:
        school.hurry(hurried)
        yield _answer(asked, judge, finder)
    school.hurry(False)


def _answer(asked: Asked, judge: Judge, finder: AbuseFinder) -> Answer:
    if isinstance(asked, str):
        return finder.find(asked)
    return replace(judge.judge(*asked), abuse=finder.find(judged_text(*asked)))


def _taken(requests: SimpleQueue[Request], ranking: Ranking) -> Iterator[Request]:
    """Yield what is asked for, for ever; while nothing is, hear what was learnt, and weigh it anew."""
    weighing: Iterator[None] = iter(())
    wait_s = 0.0
    while True:
        try:
            request = requests.get(timeout=wait_s)
            wait_s = NEXT_S if isinstance(request, News) else 0.0
            yield request
        except Empty:
            wait_s = 0.0
            try:
                if ranking.listen() or next(weighing, _DONE) is not _DONE:
                    continue
                if ranking.wants_weighing():
                    weighing = ranking.weighing()
                    continue
            except UnavailableError:
                # The vectors are away; by what only one voice says the other one is not weighed.
                ranking.weigh_soon()
            yield from _rested(requests)


def _rested(requests: SimpleQueue[Request]) -> Iterator[Request]:
    """Yield the next request, or nothing after a rest."""
    try:
        yield requests.get(timeout=REST_S)
    except Empty:
        give_back()


def _begin_anew() -> None:
    """Become the process that the next start would be; nothing was asked yet, so that nothing is lost."""
    os.execv(sys.executable, [*sys.orig_argv, _TRAINED])  # noqa: S606 - the very command that started it


def _learn(judge: Judge, news: News) -> None:
    """Learn what is new; a lesson of an office that is no longer here teaches nobody."""
    judge.aim(news.precision)
    for lesson_id in news.forgotten:
        with suppress(NotFoundError):
            judge.ranking.forget(lesson_id)
    for lesson in news.lessons:
        judge.ranking.learn(lesson)
    # A choice counts in full at the next letter; the many of a start are heard while nothing waits.
    if len(news.lessons) <= FEW:
        judge.ranking.listen()


def _tell(text: str) -> None:
    _say(Progress(text))


def _say(word: Word) -> None:
    say(word, sys.stdout.buffer)


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what ends the process by its name and place: its text may quote a letter."""
    log.critical("the judge failed", exc_info=(kind, error, trace), extra={"event": "judge_failed"})


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_up_logs()
    sys.excepthook = _log_crash
    where = Path(sys.argv[4]) if len(sys.argv) > 4 else None
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), where, trained=_TRAINED in sys.argv[5:]))
