"""The judge's own process: letters and lessons on standard input, judgements on standard output.

usage: python -m minxin.deploy.judge_worker CITY MODELS PRECISION

It gives way to the service's own process, and ends with it: whatever it is doing, the end of its input ends it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO

from minxin.classifier.judge import Judge
from minxin.classifier.ranking import Ranking
from minxin.core.errors import MinxinError, NotFoundError
from minxin.deploy.city import load_city
from minxin.deploy.judge_frames import (
    LENGTH,
    Broken,
    Judged,
    Learnt,
    Letters,
    News,
    Progress,
    Ready,
    Request,
    Word,
    decode_request,
    frame,
)
from minxin.deploy.judging import School
from minxin.deploy.logs import set_up_logs

log = logging.getLogger(__name__)

NICENESS = 10
_DONE = object()


def main(folder: Path, models: Path, precision: float) -> int:
    """Judge until the input ends; return 1 when there is no model to judge with."""
    requests: SimpleQueue[Request] = SimpleQueue()
    Thread(target=_receive, args=(sys.stdin.buffer, requests.put), daemon=True).start()
    try:
        school = School(load_city(folder), models, precision, _tell)
        judge = school.kept()
        # Loading takes a moment that people may wait for; what comes after gives way to them.
        os.nice(NICENESS)
        judge = judge or school.train()
    except MinxinError as error:
        _say(Broken(error.reason))
        return 1
    _say(Ready(judge.version))
    for request in _taken(requests, judge.ranking):
        if isinstance(request, Letters):
            _say(Judged(tuple(judge.judge_many(request.batch))))
        else:
            _learn(judge, request)
            _say(Learnt())
    return 0


def _taken(requests: SimpleQueue[Request], ranking: Ranking) -> Iterator[Request]:
    """Yield what is asked for, for ever; while nothing is, weigh anew what was learnt."""
    weighing: Iterator[None] = iter(())
    while True:
        try:
            yield requests.get_nowait()
        except Empty:
            if next(weighing, _DONE) is not _DONE:
                continue
            if ranking.wants_weighing():
                weighing = ranking.weighing()
            else:
                yield requests.get()


def _learn(judge: Judge, news: News) -> None:
    """Learn what is new; a lesson of an office that is no longer here teaches nobody."""
    judge.aim(news.precision)
    for lesson_id in news.forgotten:
        with suppress(NotFoundError):
            judge.ranking.forget(lesson_id)
    for lesson in news.lessons:
        judge.ranking.learn(lesson)


def _receive(requests: IO[bytes], take: Callable[[Request], None]) -> None:
    """Take requests in. A thread does, so that neither training nor a judge that hangs outlives the service."""
    while header := requests.read(LENGTH.size):
        take(decode_request(requests.read(LENGTH.unpack(header)[0])))
    os._exit(0)


def _tell(text: str) -> None:
    _say(Progress(text))


def _say(word: Word) -> None:
    sys.stdout.buffer.write(frame(word))
    sys.stdout.buffer.flush()


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what ends the process by its name and place: its text may quote a letter."""
    log.critical("the judge failed", exc_info=(kind, error, trace), extra={"event": "judge_failed"})


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_up_logs()
    sys.excepthook = _log_crash
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])))
