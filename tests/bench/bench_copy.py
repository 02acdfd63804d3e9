"""How long a city is copied from one store into another, and how long its last step takes.

usage: bench_copy.py FOLDER ADDRESS

FOLDER holds the city (``minxin.db``) that nobody serves, ADDRESS is an empty target: sqlite:FOLDER or mongodb://….
The city is copied as beside a service, then the last step is done, which reads both stores and proves the copy.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from load import show  # isort: skip - it finds the tests' support
from support.live import COMMAND


def timed(*words: str) -> tuple[float, str]:
    """Run a command to its end; return the seconds that it took and the last line it said; raises when it fails."""
    begun = time.monotonic()
    done = subprocess.run([COMMAND, *words], check=True, stdout=subprocess.PIPE, text=True)
    return round(time.monotonic() - begun, 1), done.stdout.splitlines()[0]


def main(folder: Path, target: str) -> None:
    """Copy, and do the last step."""
    with closing(sqlite3.connect(folder / "minxin.db")) as database:
        (letters,) = database.execute("SELECT count(*) FROM letters").fetchone()
    where = ("--from", f"sqlite:{folder}", "--to", target)
    megabytes = round((folder / "minxin.db").stat().st_size / 1e6)
    took, said = timed("copy", *where)
    show("copy", {"letters": letters, "store_mb": megabytes, "seconds": took})
    print(said)
    took, said = timed("copy", *where, "--final")
    show("last step", {"seconds": took})
    print(said)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
