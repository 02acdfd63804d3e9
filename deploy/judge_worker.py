"""The judge's own process: batches of letters on standard input, judgements on standard output.

usage: python -m minxin.deploy.judge_worker CITY MODELS PRECISION

It gives way to the service's own process, and ends with it: whatever it is doing, the end of its input ends it.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO

from minxin.core.errors import MinxinError
from minxin.deploy.city import load_city
from minxin.deploy.judge_frames import LENGTH, Batch, Broken, Judged, Progress, Ready, Word, decode_batch, frame
from minxin.deploy.judging import load_kept, train_and_keep
from minxin.deploy.logs import set_up_logs

log = logging.getLogger(__name__)

NICENESS = 10


def main(folder: Path, models: Path, precision: float) -> int:
    """Judge until the input ends; return 1 when there is no model to judge with."""
    batches: SimpleQueue[Batch] = SimpleQueue()
    Thread(target=_receive, args=(sys.stdin.buffer, batches.put), daemon=True).start()
    try:
        city = load_city(folder)
        judge = load_kept(city, models, precision, _tell)
        # Loading takes a moment that people may wait for; what comes after gives way to them.
        os.nice(NICENESS)
        judge = judge or train_and_keep(city, models, precision, _tell)
    except MinxinError as error:
        _say(Broken(error.reason))
        return 1
    _say(Ready(judge.version))
    while True:
        _say(Judged(tuple(judge.judge_many(batches.get()))))


def _receive(requests: IO[bytes], take: Callable[[Batch], None]) -> None:
    """Take batches in. A thread does, so that neither training nor a judge that hangs outlives the service."""
    while header := requests.read(LENGTH.size):
        take(decode_batch(requests.read(LENGTH.unpack(header)[0])))
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
