"""A backup made while letters arrive, and what is restored of it (D16)."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest
from support.live import COMMAND, LiveCity, audit_verify
from support.web import Browser

from minxin.store.sqlite.store import SqliteStore

pytestmark = pytest.mark.fault

NUMBER = re.compile(r"20\d\d-\d{6,}")
BEFORE, MOST = 3, 2_000


def run(*words: str | Path) -> tuple[int, str]:
    """Run a command of the service and return its status and what it said."""
    done = subprocess.run([COMMAND, *words], stdout=PIPE, stderr=STDOUT, text=True)
    return done.returncode, done.stdout


async def write_letters(browser: Browser, most: int, numbers: list[str]) -> None:
    """Write letters by form and note the number of each that was acknowledged."""
    for count in range(most):
        await browser.get("/write")
        await browser.submit(
            "/write", kind="complaint", subject="路灯不亮", text=f"网页来信，第{count}封", place="文庙街"
        )
        found = NUMBER.search(browser.text)
        assert found
        numbers.append(found.group())


def numbers_in(data: Path) -> list[str]:
    """Return the numbers of the letters in the order in which they were accepted."""
    with sqlite3.connect(data / "minxin.db") as database:
        return [row[0] for row in database.execute("SELECT printf('%s-%06d', series, serial) FROM letters ORDER BY 1")]


async def make_store(folder: Path) -> None:
    """Make an empty store in the folder."""
    await (await SqliteStore.open(folder)).close()


@pytest.fixture
def key(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Make a key of backups; return its file and its public half."""
    file = tmp_path / "backup.key"
    made = subprocess.run([COMMAND, "backup", "--new-key", file], capture_output=True, check=True, text=True)
    assert file.stat().st_mode & 0o777 == 0o600
    yield file, made.stdout.strip()


async def test_backup_under_load_is_restored_as_all_letters_up_to_one_instant(
    live_city: LiveCity, tmp_path: Path, key: tuple[Path, str]
) -> None:
    city, numbers = live_city, list[str]()
    await city.start()
    try:
        async with city.browser("citizen1") as browser:
            await write_letters(browser, BEFORE, numbers)
            writing = asyncio.create_task(write_letters(browser, MOST, numbers))
            before = list(numbers)
            status, said = await asyncio.to_thread(
                run, "backup", tmp_path / "b.age", "--for", key[1], "--data", city.data
            )
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
    finally:
        await city.kill()
    assert status == 0, said

    status, said = await asyncio.to_thread(
        run, "restore", tmp_path / "b.age", "--key", key[0], "--data", tmp_path / "again"
    )
    assert status == 0, said
    assert "everything holds" in said
    restored = numbers_in(tmp_path / "again")
    everything = numbers_in(city.data)
    assert restored == everything[: len(restored)]
    assert set(before) <= set(restored)
    assert not (tmp_path / "again" / "master.key").exists()
    assert [path.name for path in city.data.glob(".backup-*")] == []

    shutil.copy(city.data / "master.key", tmp_path / "again" / "master.key")
    second = LiveCity(tmp_path / "again")
    await second.start()
    try:
        async with second.browser("citizen1") as browser:
            await browser.get("/letters")
            assert restored[-1] in browser.text
    finally:
        await second.stop()
    assert (await audit_verify(second.data))[0] == 0


class TestBadInput:
    """What can't be used is refused with a sentence, and nothing is made of it."""

    @pytest.fixture
    def backup(self, tmp_path: Path, key: tuple[Path, str]) -> Path:
        """Return a backup of an empty store."""
        asyncio.run(make_store(tmp_path / "data"))
        status, said = run("backup", tmp_path / "b.age", "--for", key[1], "--data", tmp_path / "data")
        assert status == 0, said
        return tmp_path / "b.age"

    def test_other_key(self, tmp_path: Path, backup: Path) -> None:
        run("backup", "--new-key", tmp_path / "other.key")
        status, said = run("restore", backup, "--key", tmp_path / "other.key", "--data", tmp_path / "again")
        assert (status, "another key" in said) == (2, True)
        assert not (tmp_path / "again").exists()

    @pytest.mark.parametrize("harm", ["cut", "changed", "empty"])
    def test_damage(self, tmp_path: Path, backup: Path, key: tuple[Path, str], harm: str) -> None:
        raw = backup.read_bytes()
        if harm == "changed":
            raw = raw[:-200] + bytes([raw[-200] ^ 1]) + raw[-199:]
        backup.write_bytes({"cut": raw[:-100], "changed": raw, "empty": b""}[harm])
        status, said = run("restore", backup, "--key", key[0], "--data", tmp_path / "again")
        assert status == 2, said
        assert "damaged" in said
        assert "Traceback" not in said
        assert not (tmp_path / "again").exists()

    def test_folder_that_is_not_empty_and_file_that_is_there(
        self, tmp_path: Path, backup: Path, key: tuple[Path, str]
    ) -> None:
        status, said = run("restore", backup, "--key", key[0], "--data", tmp_path / "data")
        assert (status, "not empty" in said) == (2, True)
        kept = backup.read_bytes()
        status, said = run("backup", backup, "--for", key[1], "--data", tmp_path / "data")
        assert (status, "there already" in said) == (2, True)
        assert backup.read_bytes() == kept

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("--for", "age1nonsense"), "no public key"),
            ((), "nobody to seal"),
            (("--for", "KEY", "--data", "/nonexistent"), "no store"),
        ],
    )
    def test_wrong_words(
        self, tmp_path: Path, backup: Path, key: tuple[Path, str], words: tuple[str, ...], told: str
    ) -> None:
        given = [key[1] if word == "KEY" else word for word in words]
        at = () if "--data" in words else ("--data", tmp_path / "data")
        status, said = run("backup", tmp_path / "c.age", *given, *at)
        assert (status, told in said) == (2, True), said
        assert sorted(os.listdir(tmp_path)) == sorted(["b.age", "backup.key", "data"])
