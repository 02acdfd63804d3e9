"""Reliability checks A2 and A3."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from minxin.core.errors import ConfigError, DamagedError
from minxin.core.privacy import (
    Sealed,
    Vault,
    add_key,
    is_private,
    keys_of,
    load_key,
    mask_id_number,
    mask_name,
    mask_phone,
)

KEY, OTHER_KEY = bytes(32), bytes(31) + b"\1"
PHONE = "13812345678"


@pytest.fixture
def vault() -> Vault:
    return Vault(KEY)


def test_sealed_value_opens_again_for_its_purpose(vault: Vault) -> None:
    assert vault.open(vault.seal(PHONE, "phone"), "phone") == PHONE


def test_sealed_value_does_not_open_for_another_purpose(vault: Vault) -> None:
    with pytest.raises(DamagedError):
        vault.open(vault.seal(PHONE, "phone"), "id_number")


def test_sealed_value_does_not_open_with_another_key(vault: Vault) -> None:
    with pytest.raises(DamagedError):
        Vault(OTHER_KEY).open(vault.seal(PHONE, "phone"), "phone")


def test_every_flipped_bit_is_found(vault: Vault) -> None:
    raw = bytearray(base64.b64decode(vault.seal(PHONE, "phone")))
    for place in range(len(raw)):
        raw[place] ^= 1
        with pytest.raises(DamagedError):
            vault.open(Sealed(base64.b64encode(raw).decode()), "phone")
        raw[place] ^= 1


def test_equal_values_are_sealed_differently_and_do_not_show(vault: Vault) -> None:
    first, second = vault.seal(PHONE, "phone"), vault.seal(PHONE, "phone")
    assert first != second
    assert PHONE not in first and PHONE.encode() not in base64.b64decode(first)


def test_index_is_equal_for_equal_values_of_one_purpose_and_key_only(vault: Vault) -> None:
    assert vault.index(PHONE, "phone") == vault.index(PHONE, "phone")
    others = {vault.index(PHONE, "login"), Vault(OTHER_KEY).index(PHONE, "phone"), vault.index("13812345679", "phone")}
    assert vault.index(PHONE, "phone") not in others
    assert len(others) == 3


def test_vault_does_not_show_its_key(vault: Vault) -> None:
    assert repr(vault) == "Vault(…)"


def test_missing_key_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    key = load_key(path, create=True)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_key(path, create=True) == key


def test_start_without_a_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        load_key(tmp_path / "master.key")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(KEY)
    path.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_key(path)


def test_key_of_another_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(b"short")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="5 bytes"):
        load_key(path)
    with pytest.raises(ConfigError):
        Vault(b"short")


def test_masks_leave_what_staff_need_to_tell_people_apart() -> None:
    assert mask_name("王小明") == "王**"
    assert mask_phone(PHONE) == "138****5678"
    assert mask_id_number("11010519491231002X") == "110*************2X"


def key_file(folder: Path, *keys: bytes) -> Path:
    path = folder / "master.key"
    path.write_bytes(b"".join(keys))
    path.chmod(0o600)
    return path


def test_a_new_key_seals_and_the_one_before_goes_on_opening() -> None:
    before = Vault(KEY).seal(PHONE, "phone")
    rotated = Vault(OTHER_KEY + KEY)
    after = rotated.seal(PHONE, "phone")
    assert rotated.open(before, "phone") == rotated.open(after, "phone") == PHONE
    assert (rotated.is_current(before, "phone"), rotated.is_current(after, "phone")) == (False, True)
    with pytest.raises(DamagedError):
        Vault(KEY).open(after, "phone")


def test_indexes_and_codes_stay_as_they_were_under_a_new_key() -> None:
    before, after = Vault(KEY), Vault(OTHER_KEY + KEY)
    assert before.index(PHONE, "phone") == after.index(PHONE, "phone")
    assert before.code("letter", "query", 10) == after.code("letter", "query", 10)


def test_a_key_file_keeps_the_new_key_the_one_before_and_the_root(tmp_path: Path) -> None:
    path = key_file(tmp_path, KEY)
    kept = [keys_of(load_key(path))]
    for _ in range(3):
        add_key(path)
        kept.append(keys_of(load_key(path)))
    assert [len(keys) for keys in kept] == [1, 2, 3, 3]
    assert all(keys[-1] == KEY for keys in kept)
    assert kept[3][1] == kept[2][0]
    assert len({keys[0] for keys in kept}) == 4
    assert [one.name for one in tmp_path.iterdir()] == ["master.key"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_running_process_takes_up_a_new_key(tmp_path: Path) -> None:
    path = key_file(tmp_path, KEY)
    running = Vault(load_key(path), path)
    add_key(path)
    sealed = Vault(load_key(path)).seal(PHONE, "phone")
    assert running.open(sealed, "phone") == PHONE
    assert Vault(load_key(path)).is_current(running.seal(PHONE, "phone"), "phone")


def test_a_running_process_takes_no_key_of_another_root(tmp_path: Path) -> None:
    path = key_file(tmp_path, KEY)
    running = Vault(load_key(path), path)
    key_file(tmp_path, OTHER_KEY)
    with pytest.raises(DamagedError):
        running.open(Vault(OTHER_KEY).seal(PHONE, "phone"), "phone")
    assert Vault(KEY).is_current(running.seal(PHONE, "phone"), "phone")


@pytest.mark.parametrize("size", [0, 31, 33, 128])
def test_a_key_of_another_size_is_refused(tmp_path: Path, size: int) -> None:
    with pytest.raises(ConfigError):
        Vault(bytes(size))
    with pytest.raises(ConfigError, match=f"{size} bytes"):
        load_key(key_file(tmp_path, bytes(size)))


@pytest.mark.parametrize(("mode", "taken"), [(0o440, True), (0o640, True), (0o444, False), (0o460, False)])
def test_a_key_that_root_lends_to_our_group_alone_is_private(
    monkeypatch: pytest.MonkeyPatch, mode: int, taken: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 10001)
    monkeypatch.setattr(os, "getegid", lambda: 10001)
    lent = os.stat_result((0o100000 | mode, 1, 1, 1, 0, 10001, 32, 0, 0, 0))
    foreign = os.stat_result((0o100000 | mode, 1, 1, 1, 0, 10002, 32, 0, 0, 0))
    assert is_private(lent) is taken
    assert not is_private(foreign)
