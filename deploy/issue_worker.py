"""A child that finds hot issues once: letters on standard input, issues on standard output.

usage: python -m minxin.deploy.issue_worker
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Final

import msgspec

from minxin.classifier.alike.issues import hot_issues
from minxin.deploy.like_letters import decode_look

NICENESS: Final = 15


def main() -> int:
    """Answer the one question."""
    look = decode_look(sys.stdin.buffer.read())
    sys.stdout.buffer.write(msgspec.msgpack.encode(hot_issues(look.letters, look.now)))
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    sys.exit(main())
