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
import time
from collections.abc import Sequence
from contextlib import suppress
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
MOST_KEYS = 3  # the one that seals, the one before it, and the root
LOOK_S = 1.0
# No 0, O, 1, I or L: a code is read out over the phone and copied from paper.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


class Vault:
    """Seals and opens personal data, and makes what depends on the master key.

    The key is one or several of 32 bytes behind each other (``docs/decisions/0052``): the first seals, all open, and
    the last, which never changes, is the root that blind indexes and codes are made with. With ``source`` the file is
    looked at again every second, so that a new key is taken up by all processes while they run.
    """

    def __init__(self, master_key: bytes, source: Path | None = None) -> None:
        if not 0 < len(master_key) <= MOST_KEYS * KEY_BYTES or len(master_key) % KEY_BYTES:
            raise ConfigError(f"the master key must have {KEY_BYTES} bytes, not {len(master_key)}")
        self._source = source
        self._looked_at = time.monotonic()
        self._use(master_key)
        root = root_key(master_key)
        self._index_key = _derive(root, b"index")
        self._code_key = _derive(root, b"code")

    def __repr__(self) -> str:
        return "Vault(…)"

    def seal(self, value: str, purpose: str) -> Sealed:
        """Encrypt the value; it can only be opened for the same purpose (such as ``"phone"``)."""
        self._look()
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._seals[0].encrypt(nonce, value.encode(), purpose.encode())
        return Sealed(base64.b64encode(nonce + sealed).decode())

    def open(self, sealed: Sealed, purpose: str) -> str:
        """Decrypt the value; raises ``DamagedError`` when the key, the purpose or the bytes are not the right ones."""
        self._look()
        try:
            return self._open(self._seals, sealed, purpose)
        except DamagedError:
            # Another process may have taken up a new key within this second.
            self._look(at_once=True)
            return self._open(self._seals, sealed, purpose)

    def is_current(self, sealed: Sealed, purpose: str) -> bool:
        """Say whether the value is sealed with the key that seals now."""
        try:
            self._open(self._seals[:1], sealed, purpose)
        except DamagedError:
            return False
        return True

    @staticmethod
    def _open(seals: Sequence[AESGCM], sealed: Sealed, purpose: str) -> str:
        for seal in seals:
            with suppress(InvalidTag, ValueError):
                raw = base64.b64decode(sealed, validate=True)
                return seal.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
        raise DamagedError(f"sealed {purpose} can't be opened with this key")

    def _use(self, key: bytes) -> None:
        self._key = key
        self._seals = [AESGCM(_derive(one, b"seal")) for one in keys_of(key)]

    def _look(self, *, at_once: bool = False) -> None:
        if self._source is None or (time.monotonic() - self._looked_at < LOOK_S and not at_once):
            return
        self._looked_at = time.monotonic()
        # A file that is being put in its place is looked at again; one of another root would lose everybody.
        with suppress(ConfigError):
            key = load_key(self._source)
            if key != self._key and root_key(key) == root_key(self._key):
                self._use(key)

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


def keys_of(key: bytes) -> list[bytes]:
    """Return the keys of a key file, the one that seals first."""
    return [key[at : at + KEY_BYTES] for at in range(0, len(key), KEY_BYTES)]


def root_key(key: bytes) -> bytes:
    """Return the key of a key file that never changes."""
    return keys_of(key)[-1]


def add_key(path: Path) -> None:
    """Put a new sealing key before those of the file, whole or not at all.

    The one that sealed until now goes on opening; one from before it, which sealed nothing that is left, goes.
    """
    keys = keys_of(load_key(path))
    kept = keys[:1] if len(keys) == 1 else [keys[0], keys[-1]]
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    _write_key(new, b"".join([os.urandom(KEY_BYTES), *kept]))
    owner = path.stat()
    os.chown(new, owner.st_uid, owner.st_gid)
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load_key(path: Path, *, create: bool = False) -> bytes:
    """Read the master key, one or several behind each other, from its file.

    With ``create`` a missing file is made first (mode 0600). Raises ``ConfigError`` when the file is missing, has
    another size, or can be read by others.
    """
    if create and not path.exists():
        _write_key(path, os.urandom(KEY_BYTES))
    try:
        found = path.stat()
        key = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"key file {path} can't be read: {error.strerror}") from error
    if not is_private(found):
        mode = stat.S_IMODE(found.st_mode)
        raise ConfigError(f"key file {path} has mode {mode:04o}, it must be 0600: chmod 600 {path}")
    if not 0 < len(key) <= MOST_KEYS * KEY_BYTES or len(key) % KEY_BYTES:
        raise ConfigError(f"key file {path} has {len(key)} bytes, it must have {KEY_BYTES}")
    return key


def is_private(found: os.stat_result) -> bool:
    """Say whether nobody else can read a file of ours.

    A secret of Kubernetes belongs to root and is lent to the service's own group (``fsGroup``), which has no other way.
    """
    lent = found.st_uid == 0 != os.geteuid() and found.st_gid == os.getegid()
    return not stat.S_IMODE(found.st_mode) & (0o037 if lent else 0o077)


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


def _write_key(path: Path, key: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
