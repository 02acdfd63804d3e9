"""The searching process (检索进程): questions and news on standard input, what was found on standard output.

usage: python -m minxin.deploy.retrieval_worker MODELS VECTORS [MEETING]

While nothing is asked it reads the passages that have no vectors yet. It lends its encoder to the judge, at a socket in
MEETING. It ends with the service: whatever it is doing, the end of its input ends it.
"""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Final

from minxin.classifier.retrieval.reading import Reading
from minxin.classifier.retrieval.searching import search
from minxin.classifier.retrieval.shelf import Shelf
from minxin.classifier.retrieval.synonyms import Synonyms
from minxin.classifier.retrieval.vector_file import VectorFile
from minxin.deploy.frames import receive, say
from minxin.deploy.heap import give_back
from minxin.deploy.logs import set_up_logs
from minxin.deploy.retrieval_frames import (
    Answer,
    Changed,
    Heard,
    Hello,
    Progress,
    Question,
    Ready,
    Request,
    SynonymTable,
    Word,
    decode_request,
)
from minxin.deploy.vector_server import serve_vectors
from minxin.deploy.vectors import encoder_at

log = logging.getLogger(__name__)
_OUTPUT: Final = sys.stdout.buffer
NEXT_S: Final = 0.1  # after a piece of the news another one may follow: a passage would keep it waiting


def main(models: Path, vectors: Path, meeting: Path | None) -> int:
    """Search until the input ends."""
    requests: SimpleQueue[Request] = SimpleQueue()
    Thread(target=receive, args=(sys.stdin.buffer, decode_request, requests.put), daemon=True).start()
    encoder = encoder_at(models, lambda text: _say(Progress(text)))
    shelf = Shelf(encoder)
    reading = None
    if encoder is not None:
        if meeting is not None:
            serve_vectors(meeting, encoder.version, encoder)
        width = encoder([], "passage").shape[1]
        reading = Reading(shelf, encoder, VectorFile(vectors / f"{encoder.version}.vectors", width))
    _say(Ready(encoder.version if encoder is not None else ""))
    wait_s = 0.0
    while True:
        request = _next(requests, reading, wait_s)
        wait_s = NEXT_S if isinstance(request, Changed) else 0.0
        _say(_reply(request, shelf, reading))


def _next(requests: SimpleQueue[Request], reading: Reading | None, wait_s: float) -> Request:
    """Return the next request; when there is none within that time, read a passage at a time until there is."""
    while reading is not None and reading.waits():
        try:
            return requests.get(timeout=wait_s)
        except Empty:
            wait_s = 0.0
            reading.read_one()
    return requests.get()


def _reply(request: Request, shelf: Shelf, reading: Reading | None) -> Word:
    match request:
        case Question():
            return Answer(tuple(search(shelf, request.text, request.limit, request.kinds)))
        case SynonymTable():
            shelf.synonyms = Synonyms(request.pairs)
        case Changed():
            _change(request, shelf, reading)
        case Hello():
            # Nobody asked for two seconds.
            give_back()
    return Heard()


def _change(news: Changed, shelf: Shelf, reading: Reading | None) -> None:
    for entry_id in news.gone:
        shelf.remove(entry_id)
    for entry in news.entries:
        shelf.put(entry)
        if reading is not None:
            reading.wait_for(entry)
    shelf.publish()


def _say(word: Word) -> None:
    say(word, _OUTPUT)


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Log what ends the process by its name and place: its text may quote a question."""
    log.critical("the search failed", exc_info=(kind, error, trace), extra={"event": "search_failed"})


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_up_logs()
    sys.excepthook = _log_crash
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None))
