"""A judge's process with a fault, for tests of the service beside it.

usage: bad_judge.py hangs|dies|late FILE     ``hangs`` and ``dies`` do so over a text that holds POISON, and make FILE
                                             each time; ``late`` is ready when FILE is there
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Final

from minxin.core.judgement import Candidate, Judgement, Kind, Urgency
from minxin.deploy.frames import LENGTH, say
from minxin.deploy.judge_frames import Answered, Learnt, News, Ready, Word, decode_request

POISON: Final = "这封信会让研判进程停住"
MODEL: Final = "bad"
SURE: Final = Judgement(
    (Candidate("chengguan", 0.99),), Kind.HELP, 0.9, Urgency.NORMAL, (), denounces=False, confident=True, model=MODEL
)


def command(fault: str, file: Path) -> tuple[str, ...]:
    """Return the command of a judge with the fault."""
    return sys.executable, "-P", __file__, fault, str(file)


def main(fault: str, file: Path) -> None:
    while fault == "late" and not file.exists():
        time.sleep(0.01)
    _say(Ready(MODEL))
    while header := sys.stdin.buffer.read(LENGTH.size):
        request = decode_request(sys.stdin.buffer.read(LENGTH.unpack(header)[0]))
        if isinstance(request, News):
            _say(Learnt())
            continue
        batch = request.batch
        if any(POISON in body for _, body in batch):
            with file.open("a") as seen:
                seen.write(f"{len(batch)}\n")
            if fault == "dies":
                sys.exit(7)
            time.sleep(60)
        _say(Answered((SURE,) * len(batch)))


def _say(word: Word) -> None:
    say(word, sys.stdout.buffer)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
