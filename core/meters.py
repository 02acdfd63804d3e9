"""Meters (计量): what a process counts and times about itself, under the names that Prometheus reads.

Labels are words of the program alone (a door, a channel, a kind of work, an office's id): never a person, a letter, an
address or a path. What is known of the whole city is read from the store by ``deploy/figures.py``.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

# Since when each counts would be told beside each, and nobody asks for it.
disable_created_metrics()  # type: ignore[no-untyped-call]

METERS: Final = CollectorRegistry(auto_describe=True)

# From a page that was kept to one that somebody gives up on; the aims are at 100 ms and at one second.
_WAITS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

COMMIT_SECONDS: Final = Histogram(
    "minxin_commit_seconds",
    "How long a write waited until it was durable or refused",
    registry=METERS,
    buckets=_WAITS,
)
SEARCH_SECONDS: Final = Histogram(
    "minxin_search_seconds",
    "How long a search took, by what was searched",
    ("what",),
    registry=METERS,
    buckets=_WAITS,
)
JUDGE_SECONDS: Final = Histogram(
    "minxin_judge_seconds",
    "How long the judge took, waiting for its turn included",
    registry=METERS,
    buckets=_WAITS,
)
HTTP_SECONDS: Final = Histogram(
    "minxin_http_request_seconds",
    "How long an answer of the web took, by door and class of status; open lines (101) are not counted",
    ("door", "status"),
    registry=METERS,
    buckets=_WAITS,
)
LOOP_LAG_SECONDS: Final = Histogram(
    "minxin_loop_lag_seconds",
    "How much later than asked the process woke up: how long everybody waited for one piece of work",
    registry=METERS,
    buckets=_WAITS,
)
LETTERS_ACCEPTED: Final = Counter(
    "minxin_letters_accepted", "Letters that this process made durable, by channel", ("channel",), registry=METERS
)
WORK_DONE: Final = Counter(
    "minxin_work_done", "Jobs and messages that this process finished, by kind", ("kind",), registry=METERS
)
WORK_FAILED: Final = Counter(
    "minxin_work_failed", "Runs of jobs and messages that failed, by kind", ("kind",), registry=METERS
)
