"""Personal data: sealed at rest, found by a keyed blind index, masked before people (PIPL art. 51).

One master key (a file that only the service can read) gives, by HKDF (RFC 5869), one key for sealing, one for blind
indexes, and one for codes; knowing one tells nothing about the others.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import stat
from pathlib import Path
from typing import NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from minxin.core.errors import ConfigError, DamagedError

Sealed = NewType("Sealed", str)
"""A value encrypted with AES-256-GCM: ``base64(nonce + ciphertext + tag)``."""

KEY_BYTES = 32
NONCE_BYTES = 12
# No 0, O, 1, I or L: a code is read out over the phone and copied from paper.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Vault:
    """Seals and opens personal data, and makes what depends on the master key."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != KEY_BYTES:
            raise ConfigError(f"the master key must have {KEY_BYTES} bytes, not {len(master_key)}")
        self._seal = AESGCM(_derive(master_key, b"seal"))
        self._index_key = _derive(master_key, b"index")
        self._code_key = _derive(master_key, b"code")

    def __repr__(self) -> str:
        return "Vault(…)"

    def seal(self, value: str, purpose: str) -> Sealed:
        """Encrypt the value; it can only be opened for the same purpose (such as ``"phone"``)."""
        nonce = os.urandom(NONCE_BYTES)
        return Sealed(base64.b64encode(nonce + self._seal.encrypt(nonce, value.encode(), purpose.encode())).decode())

    def open(self, sealed: Sealed, purpose: str) -> str:
        """Decrypt the value; raises ``DamagedError`` when the key, the purpose or the bytes are not the right ones."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self._seal.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise DamagedError(f"sealed {purpose} can't be opened with this key") from error

    def index(self, value: str, purpose: str) -> str:
        """Return the blind index (hex HMAC-SHA-256): equal values have equal ones, and only the key tells them."""
        return hmac.new(self._index_key, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()

    def code(self, value: str, purpose: str, length: int) -> str:
        """Return a short code that belongs to the value and needs the key to be guessed; nothing is stored for it."""
        number = int.from_bytes(hmac.new(self._code_key, f"{purpose}\0{value}".encode(), hashlib.sha512).digest())
        digits = []
        for _ in range(length):
            number, place = divmod(number, len(CODE_ALPHABET))
            digits.append(CODE_ALPHABET[place])
        return "".join(digits)


def load_key(path: Path, *, create: bool = False) -> bytes:
    """Read the master key from its file.

    With ``create`` a missing file is made first (mode 0600). Raises ``ConfigError`` when the file is missing, has
    another size, or can be read by others.
    """
    if create and not path.exists():
        _write_key(path)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        key = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"key file {path} can't be read: {error.strerror}") from error
    if mode & 0o077:
        raise ConfigError(f"key file {path} has mode {mode:04o}, it must be 0600: chmod 600 {path}")
    if len(key) != KEY_BYTES:
        raise ConfigError(f"key file {path} has {len(key)} bytes, it must have {KEY_BYTES}")
    return key


def mask_name(name: str) -> str:
    """Return the name as staff see it: 王** for 王小明."""
    return name[:1] + "**" if name else ""


def mask_phone(phone: str) -> str:
    """Return the number as staff see it: 138****1234."""
    return f"{phone[:3]}****{phone[-4:]}"


def mask_id_number(id_number: str) -> str:
    """Return the number as its holder sees it: the first 3 and the last 2 places."""
    return f"{id_number[:3]}{'*' * (len(id_number) - 5)}{id_number[-2:]}"


def _derive(master_key: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, None, b"minxin " + purpose).derive(master_key)


def _write_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
