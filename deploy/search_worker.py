"""The process that holds the index (索引进程): requests on standard input, answers on standard output.

usage: python -m minxin.deploy.search_worker FOLDER

It ends with the service: whatever it is doing, the end of its input ends it.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from minxin.deploy.frames import receive, say
from minxin.deploy.logs import set_up_logs
from minxin.deploy.search_frames import (
    Answered,
    Ask,
    Begin,
    Done,
    Failed,
    Put,
    Request,
    Switch,
    Tell,
    Told,
    Word,
    decode_request,
)
from minxin.store.search.embedded import EmbeddedIndex


def main(folder: Path) -> int:
    """Search until the input ends."""
    requests: SimpleQueue[Request] = SimpleQueue()
    Thread(target=receive, args=(sys.stdin.buffer, decode_request, requests.put), daemon=True).start()
    index = EmbeddedIndex(folder)
    while True:
        request = requests.get()
        try:
            word = _reply(request, index)
        except (LookupError, ValueError, OSError) as error:  # tantivy says ValueError of a lock, a disk, a damaged file
            word = Failed(type(error).__name__)
        say(word, sys.stdout.buffer)


def _reply(request: Request, index: EmbeddedIndex) -> Word:
    match request:
        case Ask():
            return Answered(index.search(request.query))
        case Tell():
            return Told(index.state())
        case Put():
            index.put(request.entries, request.gone, request.index)
        case Begin():
            index.begin(request.index)
        case Switch():
            index.switch(request.index)
    return Done()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_up_logs()
    sys.exit(main(Path(sys.argv[1])))
