"""Bodies and blobs are packed, and come back to the byte; what was written before is read as it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minxin.store.sqlite.packing import MOST_OF_A_BLOB, UnpackError, pack, pack_blob, unpack, unpack_blob

BODY = '{"id":"a","version":1,"letter_id":"b","state":"closed","point":"路灯三天没有亮了"}'.encode() * 3


@given(st.binary())
def test_any_bytes_come_back(data: bytes) -> None:
    assert unpack_blob(*pack_blob(data)) == data
    assert unpack(pack(b"{" + data)) == b"{" + data


def test_a_body_is_packed() -> None:
    assert len(pack(BODY)) < len(BODY) / 2


def test_a_body_that_packing_would_not_shorten_stays_as_it_is() -> None:
    assert pack(b"{}") == b"{}"


def test_a_body_of_an_older_version_is_read_as_it_is() -> None:
    assert unpack(BODY) == BODY


def test_a_blob_says_how_long_it_was() -> None:
    assert pack_blob(BODY)[1] == len(BODY)


def test_a_large_blob_is_not_packed() -> None:
    data = bytes(MOST_OF_A_BLOB + 1)
    assert pack_blob(data) == (data, 0)


def test_a_damaged_body_can_not_be_unpacked() -> None:
    packed = pack(BODY)
    with pytest.raises(UnpackError):
        unpack(packed[:-1])


def test_threads_do_not_disturb_each_other() -> None:
    bodies = [BODY + str(number).encode() for number in range(2_000)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda body: unpack(pack(body)), bodies)) == bodies
