"""Logs (日志): one line for each event, with no body, name, number, phone, token or address in it.

Loggers say ``extra={"event": …}``; only the fields in :data:`FIELDS` are written, so that nothing personal slips in.
Programs read JSON, a person on a terminal the same as text.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from minxin.core.log_ids import ids_of_now

FIELDS: Final = (
    "event",
    "request_id",
    "job",
    "letter",
    "actor",
    "kind",
    "runs",
    "method",
    "route",
    "status",
    "duration_ms",
    "exception",
    "count",
)
LINE_MAX: Final = 8 * 1024
# How much of each text is kept: the first that makes the line short enough; the last one always does.
_KEPT: Final = (1000, 100, 20)
# These libraries write addresses and request lines into their messages.
QUIET: Final = ("mail.log", "aiohttp.access", "aiosmtpd", "asyncio", "elastic_transport", "pymongo")
_BEFORE_FIELDS: Final = ("at", "level", "logger", "text")


class JsonLines(logging.Formatter):
    """Formats a record as one line; control characters are escaped by JSON, so a line can't be forged (ASVS 16.4.1)."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: always a whole JSON object of at most 8 KiB, with texts cut short when they are longer."""
        line = _told(record)
        for most in _KEPT:
            text = json.dumps(_cut(line, most))  # ASCII alone
            if len(text) <= LINE_MAX:
                return text
        return json.dumps({"level": record.levelname})


class TextLines(logging.Formatter):
    """Formats a record as one line for a person, with the same in it and nothing else."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, at most 8 KiB long; whatever could move a terminal is escaped."""
        line = _cut(_told(record), _KEPT[1])
        at = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        fields = (f"{name}={_plain(value)}" for name, value in line.items() if name not in _BEFORE_FIELDS)
        text = " ".join((at, record.levelname, record.name, _plain(line["text"]), *fields))
        return text[:LINE_MAX]


def set_up_logs(level: int = logging.INFO, form: str = "json") -> None:
    """Send all logs to standard error: ``json``, ``text``, or ``auto`` for text where a person looks at a terminal."""
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextLines() if text else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # What no line says need not be found out for each: of a page that is kept a sixth was its line.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.captureWarnings(capture=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def _told(record: logging.LogRecord) -> dict[str, object]:
    line: dict[str, object] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "text": record.getMessage(),
    }
    ids, given = ids_of_now(), record.__dict__
    for name in FIELDS:
        value = given.get(name)
        if value is not None or name in ids:
            line[name] = ids.get(name) if value is None else value
    if record.exc_info and record.exc_info[0]:
        line["exception"] = record.exc_info[0].__name__
        line["where"] = _where(record)
    return line


def _cut(line: dict[str, object], most: int) -> dict[str, object]:
    return {name: value if isinstance(value, int | float | list) else str(value)[:most] for name, value in line.items()}


def _plain(value: object) -> str:
    parts: Iterable[object] = value if isinstance(value, list) else (value,)
    text = ",".join(str(part) for part in parts)
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def _where(record: logging.LogRecord) -> list[str]:
    """Return the code lines of a traceback without its texts: an exception's text may quote what a person wrote."""
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename.rpartition('minxin/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-12:]
