"""Logs (日志): one JSON line for each event, with no body, number, phone, token or address in it.

Loggers say ``extra={"event": …}``; only the fields in :data:`FIELDS` are written, so that nothing personal slips in.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

FIELDS: Final = (
    "event",
    "letter",
    "actor",
    "kind",
    "runs",
    "request_id",
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
QUIET: Final = ("mail.log", "aiohttp.access", "aiosmtpd", "asyncio")


class JsonLines(logging.Formatter):
    """Formats a record as one line; control characters are escaped by JSON, so a line can't be forged (ASVS 16.4.1)."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: always a whole JSON object of at most 8 KiB, with texts cut short when they are longer."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "text": record.getMessage(),
        }
        line |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["where"] = _where(record)
        lines = (_cut(line, most) for most in _KEPT)
        return next((text for text in lines if len(text) <= LINE_MAX), _cut({"level": record.levelname}, _KEPT[-1]))


def set_up_logs(level: int = logging.INFO) -> None:
    """Send all logs to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def _cut(line: dict[str, object], most: int) -> str:
    short = {
        name: value if isinstance(value, int | float | list) else str(value)[:most] for name, value in line.items()
    }
    return json.dumps(short, ensure_ascii=True)


def _where(record: logging.LogRecord) -> list[str]:
    """Return the code lines of a traceback without its texts: an exception's text may quote what a person wrote."""
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename.rpartition('minxin/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-12:]
