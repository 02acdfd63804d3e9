"""Make the dictionary that bodies are packed with (store/sqlite/packing.py), from a simulated city.

usage: make_dictionary.py FOLDER OUTPUT   (FOLDER: where ``minxin simulate --letters 5000`` wrote)

One that shipped is never written over: what it packed can't be read without it.

Only what records have in common may be learnt. Words of letters and answers are exchanged for pieces of the knowledge
base and the catalogue of matters, the ids of offices for other words: a city that packs its own letters must not find
them in the dictionary, or the sizes that are measured with it would be those of no real city.
"""

from __future__ import annotations

import json
import random
import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from minxin.store.sqlite.connect import FILE
from minxin.store.sqlite.packing import unpack, unpack_blob

CITY = Path(__file__).parents[2] / "deploy" / "cities" / "binhai"
SIZE_BYTES = 64 * 1024
KINDS = {
    **dict.fromkeys(("letters", "work_orders"), 1_500),
    **dict.fromkeys(("assignments", "examples", "public_copies", "accounts"), 500),
}
BLOBS = 700
LOTS = 1_500  # of events, some ten each
WORDS = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]{4,}")
OFFICE = re.compile(r'("office_id":|"address":|"proposed":|\[)"[^"]+"')


def texts() -> list[str]:
    """Return what the knowledge base, the matters and the duties of offices say."""
    files = ("knowledge.json", "matters.json", "offices.json")
    return [text for name in files for text in _strings(json.loads((CITY / name).read_text("utf-8"))) if len(text) > 15]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _strings(one)


def samples(folder: Path, dice: random.Random) -> Iterator[bytes]:
    """Yield bodies and blobs of the city, with other words in them."""
    others = texts()
    database = sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True)
    for table, count in KINDS.items():
        rows = database.execute(f"SELECT body FROM {table} ORDER BY random() LIMIT {count}")  # noqa: S608
        yield from (_with_other_words(unpack(bytes(body)), others, dice) for (body,) in rows)
    for data, way in database.execute(f"SELECT data, packed FROM blobs ORDER BY random() LIMIT {BLOBS}"):  # noqa: S608
        yield _with_other_words(unpack_blob(data, way), others, dice)
    rows = database.execute(f"SELECT body FROM event_lots ORDER BY random() LIMIT {LOTS}")  # noqa: S608
    for (body,) in rows:
        # One by one: whole lots teach it the ids that they are full of, and it gets worse for everything else.
        for told in msgspec.msgpack.decode(unpack(body))[-1]:
            yield msgspec.msgpack.encode(_with_others(told, others, dice))


def _with_others(value: Any, others: list[str], dice: random.Random) -> Any:
    """Return what an event tells with other words, offices and ids in it."""
    if isinstance(value, dict):
        return {name: _with_others(one, others, dice) for name, one in value.items()}
    if isinstance(value, list):
        return [_with_others(one, others, dice) for one in value]
    if isinstance(value, bytes):
        return dice.randbytes(len(value))
    if isinstance(value, str):
        return WORDS.sub(lambda found: dice.choice(others)[: len(found[0])], value)
    return value


def _with_other_words(body: bytes, others: list[str], dice: random.Random) -> bytes:
    seen: dict[str, str] = {}

    def other(found: re.Match[str]) -> str:
        # The same words in one record stay the same.
        return seen.setdefault(found[0], dice.choice(others)[: len(found[0])])

    def office(found: re.Match[str]) -> str:
        name = "".join(dice.choices("aeghinosuxyz", k=dice.randint(5, 9)))
        return f'{found[1]}"{seen.setdefault(found[0], name)}"'

    return OFFICE.sub(office, WORDS.sub(other, body.decode("utf-8"))).encode("utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    found, made = list(samples(Path(sys.argv[1]), random.Random(1))), Path(sys.argv[2])
    made.write_bytes(zstandard.train_dictionary(SIZE_BYTES, found, level=19).as_bytes())
    print(f"{len(found)} bodies, {made.stat().st_size} bytes")
