"""A child that finds hot issues once: it reads the letters beside the service and writes the issues to its output.

usage: python -m minxin.deploy.issue_worker DATA CITY INSTANT

``MINXIN_STORE`` names a store that is no file in DATA.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from minxin.classifier.alike.issues import hot_issues
from minxin.consult.issue_letters import issue_texts
from minxin.core.alike import IssueText
from minxin.core.errors import MinxinError
from minxin.deploy.city import load_city
from minxin.deploy.like_letters import DRIVER, STORE, Matcher
from minxin.deploy.storing import open_look
from minxin.deploy.territory import learn_place, load_territory

NICENESS: Final = 15
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


def main(data: Path, city: Path, now: datetime) -> int:
    """Answer the one question; return 1 when store or city can't be read."""
    try:
        letters = asyncio.run(_letters(data, city, now))
    except MinxinError as error:
        print(f"no look for hot issues: {error.reason}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(msgspec.msgpack.encode(hot_issues(letters, now)))
    return 0


async def _letters(data: Path, city: Path, now: datetime) -> list[IssueText]:
    gazetteer = load_territory(load_city(city)).gazetteer()
    async with open_look(data, os.environ.get(STORE, ""), os.environ.get(DRIVER, "pymongo")) as look:
        for place in await look.places_since(_BEGINNING):
            learn_place(gazetteer, place)
        return await issue_texts(look, Matcher(gazetteer).places, now)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])))
