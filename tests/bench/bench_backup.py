"""How long a backup and its restoring take, and what the letters that arrive meanwhile notice.

usage: bench_backup.py [LETTERS] [--city FOLDER] [--store mongodb://…/DATABASE]

A city with so many letters stored (100,000 when not said), or the one that ``minxin simulate`` made in the folder, is
backed up while letters arrive by form, ten a second, and restored into an empty folder with every page checked and the
audit chain verified. The goal is 5 minutes. With a store the city is in that database, which must be empty, and is
restored into ``DATABASE_again`` beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from load import running_city, show  # isort: skip - it finds the tests' support
from arrivals import arrivals
from support.live import COMMAND

A_SECOND = 10


def timed(*words: str | Path, store: str = "") -> float:
    """Run a command on the store to its end and return the seconds that it took; raises when it fails."""
    begun = time.monotonic()
    environment = {**os.environ, "MINXIN_STORE": store}
    subprocess.run([COMMAND, *words], check=True, stdout=subprocess.DEVNULL, env=environment)
    return round(time.monotonic() - begun, 1)


def new_key(file: Path) -> str:
    """Make a key of backups, and return its public half."""
    return subprocess.run([COMMAND, "backup", "--new-key", file], check=True, stdout=subprocess.PIPE, text=True).stdout


async def main(letters: int, made: Path | None, store: str) -> None:
    """Fill a city, or take one that is made, back it up under load, and restore it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key, backup = folder / "backup.key", folder / "backup.age"
        public = new_key(key).strip()
        data = made or folder / "city"
        async with running_city(data, 0 if made else letters, store) as city:
            arriving = asyncio.create_task(arrivals(city, 30, A_SECOND))
            begun = time.monotonic()
            took = await asyncio.to_thread(timed, "backup", backup, "--for", public, "--data", city.data, store=store)
            written, _ = await arriving
            show("letters accepted beside it", {"letters": written, "seconds": round(time.monotonic() - begun, 1)})
        file = data / "minxin.db"
        size = {} if store else {"store_mb": round(file.stat().st_size / 1e6)}
        show("backup", {"seconds": took, **size, "backup_mb": round(backup.stat().st_size / 1e6)})
        again = second(store)
        show("restore", {"seconds": timed("restore", backup, "--key", key, "--data", folder / "again", store=again)})


def second(store: str) -> str:
    """Return the address of the database beside the one that is named, or nothing for none."""
    parts = urlsplit(store)
    return urlunsplit(parts._replace(path=f"{parts.path}_again")) if store else ""


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("letters", type=int, nargs="?", default=100_000)
    given.add_argument("--city", type=Path)
    given.add_argument("--store", default="")
    said = given.parse_args()
    asyncio.run(main(said.letters, said.city, said.store))
