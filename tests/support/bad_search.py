"""A searching process with a fault, for tests of the service beside it.

usage: bad_search.py hangs|dies     over a question that holds POISON
"""

from __future__ import annotations

import sys
import time
from typing import Final

from minxin.classifier.retrieval.entries import Found
from minxin.deploy.frames import LENGTH, say
from minxin.deploy.retrieval_frames import Answer, Heard, Question, Ready, decode_request

POISON: Final = "让检索进程停住"
FOUND: Final = Found("knowledge:a", 1.0, 0.9)


def command(fault: str) -> tuple[str, ...]:
    """Return the command of a searching process with the fault."""
    return sys.executable, "-P", __file__, fault


def main(fault: str) -> None:
    say(Ready(""), sys.stdout.buffer)
    while header := sys.stdin.buffer.read(LENGTH.size):
        request = decode_request(sys.stdin.buffer.read(LENGTH.unpack(header)[0]))
        if not isinstance(request, Question):
            say(Heard(), sys.stdout.buffer)
            continue
        if POISON in request.text:
            if fault == "dies":
                sys.exit(7)
            time.sleep(60)
        say(Answer((FOUND,)), sys.stdout.buffer)


if __name__ == "__main__":
    main(sys.argv[1])
