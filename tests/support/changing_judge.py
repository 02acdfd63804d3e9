"""A judge's process whose models are a line in a file, for tests of one that takes over from another.

FILE names the model. ``refused NAME`` can't be used, ``broken NAME`` ends at the start, ``slow NAME`` is ready
when FILE.ready is there.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from msgspec.structs import replace
from support.bad_judge import SURE

from minxin.core.abuse import Abuse, AbuseSpan
from minxin.deploy.frames import LENGTH, say
from minxin.deploy.judge_frames import Answered, Learnt, News, Ready, Word, decode_request

OFFENDS = (AbuseSpan(0, 1, "坏", Abuse.INSULT),)


def command(file: Path) -> tuple[str, ...]:
    """Return the command of a judge whose model the file names."""
    tests = Path(__file__).parents[1]
    return sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(tests)!r}); {_START}", str(file)


_START = "from support.changing_judge import main; main(sys.argv[1])"


def main(file: str) -> None:
    """Answer each letter with the model's name and how many lessons it heard."""
    manner, _, name = Path(file).read_text().rpartition(" ")
    if manner == "broken":
        sys.exit(3)
    while manner == "slow" and not Path(f"{file}.ready").exists():
        time.sleep(0.01)
    _say(Ready(name, (name.strip(),) if manner == "refused" else ()))
    lessons: set[str] = set()
    while header := sys.stdin.buffer.read(LENGTH.size):
        request = decode_request(sys.stdin.buffer.read(LENGTH.unpack(header)[0]))
        if isinstance(request, News):
            lessons |= {lesson.id for lesson in request.lessons}
            _say(Learnt())
            continue
        judgement = replace(SURE, model=f"{name} {len(lessons)}")
        _say(Answered(tuple(OFFENDS if isinstance(asked, str) else judgement for asked in request.batch)))


def _say(word: Word) -> None:
    say(word, sys.stdout.buffer)
