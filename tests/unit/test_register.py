from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from minxin.core.actor import SYSTEM
from minxin.core.clock import FixedClock
from minxin.core.errors import ConfigError
from minxin.core.privacy import Vault
from minxin.mailbox.records import RegisterEntry
from minxin.mailbox.register import LineError, RegisterImport, import_register, matches_register, read_register
from minxin.store.sqlite.store import SqliteStore

TODAY = date(2026, 3, 2)
VAULT = Vault(bytes(32))
CLOCK = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
GOOD = "name,id_number,phone\n王小明,11010519491231002X,13812345678\n李丽,110105200002290013,\n"


def entry_of(name: str, phone: str | None) -> RegisterEntry:
    phone_index = VAULT.index(phone, "phone") if phone else None
    return RegisterEntry(id="x", name_index=VAULT.index(name, "name"), phone_index=phone_index)


def test_lines_become_blind_indexes_only() -> None:
    entries = list(read_register(GOOD, VAULT, TODAY))
    assert [type(entry) for entry in entries] == [RegisterEntry, RegisterEntry]
    first = entries[0]
    assert isinstance(first, RegisterEntry)
    assert first.id == VAULT.index("11010519491231002X", "id_number")
    assert matches_register(VAULT, first, "王小明", "13812345678")
    shown = repr(entries)
    assert not any(secret in shown for secret in ("王小明", "11010519491231002X", "13812345678"))


@pytest.mark.parametrize(
    ("entry", "matches"),
    [
        (None, False),
        (entry_of("王小明", "13812345678"), True),
        (entry_of("王小明", None), True),
        (entry_of("王小明", "13912345678"), False),
        (entry_of("王大明", "13812345678"), False),
    ],
)
def test_person_matches_by_name_and_by_phone_where_the_register_has_one(
    entry: RegisterEntry | None, matches: bool
) -> None:
    assert matches_register(VAULT, entry, "王小明", "13812345678") is matches


def test_bad_lines_are_named_by_their_number() -> None:
    text = (
        "姓名,手机号,身份证号\n"
        "王小明,13812345678,110105491231002\n"
        "\n"
        '"王\n小明",13812345678,11010519491231002X\n'
        "李丽,1381234567,110105200002290013\n"
        "李丽,,110105200002290010\n"
        "李丽\n"
    )
    found = list(read_register(text, VAULT, TODAY))
    assert [line for line in found if isinstance(line, LineError)] == [
        LineError(6, "realname.phone.format"),
        LineError(7, "realname.id_number.checksum"),
        LineError(8, "realname.id_number.missing"),
    ]
    assert len(found) == 5


@pytest.mark.parametrize("text", ["", "name,phone\n", "王小明,11010519491231002X\n"])
def test_file_without_the_columns_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="lacks the column"):
        list(read_register(text, VAULT, TODAY))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_register_is_imported_and_a_second_time_changes_nothing(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "register.csv"
    file.write_text(GOOD + "䶮,110105200002290013,13912345678\n王,1,\n", encoding=encoding)
    store = await SqliteStore.open(tmp_path / "store")
    told: list[int] = []
    try:
        first = await import_register(store, VAULT, CLOCK, file, SYSTEM, told.append)
        second = await import_register(store, VAULT, CLOCK, file, SYSTEM, told.append)
        kept = await store.get(RegisterEntry, VAULT.index("11010519491231002X", "id_number"))
    finally:
        await store.close()
    problems = (LineError(4, "realname.name.length"), LineError(5, "realname.id_number.length"))
    assert first == RegisterImport(added=2, errors=problems)
    assert second == RegisterImport(unchanged=2, errors=problems)
    assert matches_register(VAULT, kept, "王小明", "13812345678")
    assert told == [4, 4]


async def test_newer_register_takes_the_place_of_the_older(tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    store = await SqliteStore.open(tmp_path / "store")
    try:
        file.write_text(GOOD, encoding="utf-8")
        await import_register(store, VAULT, CLOCK, file, SYSTEM, lambda _: None)
        file.write_text("name,id_number,phone\n王小明,11010519491231002X,13912345678\n", encoding="utf-8")
        result = await import_register(store, VAULT, CLOCK, file, SYSTEM, lambda _: None)
        kept = await store.get(RegisterEntry, VAULT.index("11010519491231002X", "id_number"))
    finally:
        await store.close()
    assert result == RegisterImport(changed=1)
    assert matches_register(VAULT, kept, "王小明", "13912345678")


async def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "store")
    try:
        with pytest.raises(ConfigError, match=r"missing\.csv can't be read"):
            await import_register(store, VAULT, CLOCK, tmp_path / "missing.csv", SYSTEM, lambda _: None)
        (tmp_path / "noise.csv").write_bytes(b"\xff\xff\xff")
        with pytest.raises(ConfigError, match="neither UTF-8 nor GB 18030"):
            await import_register(store, VAULT, CLOCK, tmp_path / "noise.csv", SYSTEM, lambda _: None)
    finally:
        await store.close()
