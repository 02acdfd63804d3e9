"""How bodies lie in the file: JSON, packed with a dictionary that knows what records look like (打包).

A record of one or two kilobytes is too short to be compressed by itself; what it shares with all others stands in
``bodies.zdict`` (made by ``tests/training/make_dictionary.py``, from records whose words were exchanged for others: no
letter is in it). The first byte says how a body lies there, so that what an older version wrote is read as it is, and a
better dictionary can join this one.
"""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Final

import zstandard

DICTIONARY: Final = Path(__file__).parent / "bodies.zdict"
LEVEL: Final = 5  # the next ones take twice as long for a fiftieth less
MOST_OF_A_BLOB: Final = 64 * 1024  # larger ones are read piece by piece
_PACKED: Final = b"\x01"  # neither JSON nor a map of MessagePack begins with it

UnpackError = zstandard.ZstdError
# No two threads may use one compressor, one decompressor, or the tables of one dictionary.
_tools = threading.local()


def pack(body: bytes) -> bytes:
    """Return a body, JSON or MessagePack, as the file keeps it: as it is where packing makes it no shorter."""
    packed = _compressor().compress(body)
    return _PACKED + packed if len(packed) + 1 < len(body) else body


def unpack(stored: bytes) -> bytes:
    """Return the body; raises ``UnpackError`` for bytes that nobody packed, ``TypeError`` for no bytes at all."""
    return _decompressor().decompress(stored[1:]) if stored[:1] == _PACKED else stored


def pack_blob(data: bytes) -> tuple[bytes, int]:
    """Return a blob as the file keeps it, and how many bytes it had before it was packed: 0 when it was not."""
    if len(data) <= MOST_OF_A_BLOB:
        packed = _compressor().compress(data)
        if len(packed) < len(data):
            return packed, len(data)
    return data, 0


def unpack_blob(stored: bytes, packed: int) -> bytes:
    """Return the blob of what ``pack_blob`` returned; raises ``UnpackError``."""
    return _decompressor().decompress(stored) if packed else stored


@cache
def _trained() -> bytes:
    return DICTIONARY.read_bytes()


def _dictionary() -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(_trained(), dict_type=zstandard.DICT_TYPE_FULLDICT)


def _compressor() -> zstandard.ZstdCompressor:
    found: zstandard.ZstdCompressor | None = getattr(_tools, "compressor", None)
    if found is None:
        dictionary = _dictionary()
        how = zstandard.ZstdCompressionParameters.from_level(
            LEVEL,
            format=zstandard.FORMAT_ZSTD1_MAGICLESS,
            dict_size=len(dictionary),
            source_size=2_000,
            write_content_size=True,
            write_checksum=False,
            write_dict_id=False,
        )
        dictionary.precompute_compress(compression_params=how)
        found = _tools.compressor = zstandard.ZstdCompressor(dict_data=dictionary, compression_params=how)
    return found


def _decompressor() -> zstandard.ZstdDecompressor:
    found: zstandard.ZstdDecompressor | None = getattr(_tools, "decompressor", None)
    if found is None:
        found = _tools.decompressor = zstandard.ZstdDecompressor(
            dict_data=_dictionary(), format=zstandard.FORMAT_ZSTD1_MAGICLESS
        )
    return found
