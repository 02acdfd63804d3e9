"""Counts letters as they become durable, whatever door they came through."""

from __future__ import annotations

from collections.abc import Iterable

from minxin.consult.records import Channel, Letter
from minxin.core.changes import Record
from minxin.core.meters import LETTERS_ACCEPTED


def count_letters(inserted: Iterable[Record]) -> None:
    """Count the letters among records that a store has just committed."""
    for record in inserted:
        if isinstance(record, Letter):
            LETTERS_ACCEPTED.labels(record.channel.value).inc()


# A channel without a letter counts none, instead of not being there: a rate needs something to begin from.
for _channel in Channel:
    LETTERS_ACCEPTED.labels(_channel.value)
