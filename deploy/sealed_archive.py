"""A sealed archive (加密备份包): files in one tar, gzipped, encrypted in the age format (https://age-encryption.org/v1).

Whoever makes it needs only the recipients' public keys, so that a stolen server opens none of its backups. What was cut
off or changed is noticed while it is opened. Any program that knows age opens it, too.
"""

from __future__ import annotations

import gzip
import os
import tarfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import pyrage
from pyrage.x25519 import Identity, Recipient

from minxin.core.errors import ConfigError, DamagedError

_GZIP_LEVEL: Final = 1  # half the size for a tenth of the time that the best takes
_Work = Callable[[IO[bytes]], None]


def new_key(path: Path) -> str:
    """Write a new secret key to the file, which must not be there, and return its public key.

    Raises ``ConfigError``.
    """
    identity = Identity.generate()
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
            file.write(f"# public key: {identity.to_public()}\n{identity}\n")
    except OSError as error:
        raise ConfigError(f"{path} can't be made: {error.strerror}") from error
    return str(identity.to_public())


def recipients_of(texts: Iterable[str]) -> list[Recipient]:
    """Return the public keys, written ``age1…``; raises ``ConfigError`` that names one that is none."""
    found = []
    for text in texts:
        try:
            found.append(Recipient.from_str(text.strip()))
        except pyrage.RecipientError as error:
            raise ConfigError(f"{text!r} is no public key of age (age1…)") from error
    return found


def identities_in(path: Path) -> list[Identity]:
    """Return the secret keys in a file as :func:`new_key` or ``age-keygen`` writes it; raises ``ConfigError``."""
    try:
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read") from error
    try:
        found = [Identity.from_str(line) for line in lines if line.startswith("AGE-SECRET-KEY-")]
    except pyrage.IdentityError as error:
        raise ConfigError(f"{path} holds a damaged key") from error
    if not found:
        raise ConfigError(f"{path} holds no secret key of age (AGE-SECRET-KEY-…)")
    return found


def seal(path: Path, recipients: Sequence[Recipient], files: Iterable[tuple[str, Path]]) -> None:
    """Write the files, by the names given, to a new archive at ``path``, readable by the owner only.

    It is there whole and synced, or not at all. A file that vanished meanwhile is left out. Raises ``ConfigError``.
    """
    if path.exists():
        raise ConfigError(f"{path} is there already")
    draft = path.with_name(f"{path.name}.partial")

    def pack(out: IO[bytes]) -> None:
        with (
            gzip.GzipFile(fileobj=out, mode="wb", compresslevel=_GZIP_LEVEL, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|") as tar,
        ):
            for name, file in files:
                _add(tar, name, file)

    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as out:
            _piped(pack, lambda plain: pyrage.encrypt_io(plain, out, recipients))
            out.flush()
            os.fsync(out.fileno())
        draft.rename(path)
    except OSError as error:
        raise ConfigError(f"{path} can't be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)


def unseal(path: Path, identities: Sequence[Identity], folder: Path) -> None:
    """Unpack an archive into an empty folder.

    Raises ``ConfigError`` for one that is not there or not sealed for these keys, ``DamagedError`` for one that was cut
    off or changed; the folder may then hold a part of it.
    """

    def unpack(plain: IO[bytes]) -> None:
        with tarfile.open(fileobj=plain, mode="r|gz") as tar:
            tar.extractall(folder, filter="data")

    try:
        with path.open("rb") as sealed:
            _piped(lambda out: pyrage.decrypt_io(sealed, out, identities), unpack)
    except OSError as error:
        if error.errno is None:  # said by the decryption, and by gzip
            raise DamagedError(f"{path} is damaged or no backup") from error
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise ConfigError(f"{path} was sealed for another key") from error
        raise DamagedError(f"{path} is damaged or no backup") from error
    except (tarfile.TarError, EOFError) as error:
        raise DamagedError(f"{path} is damaged or no backup") from error


def _add(tar: tarfile.TarFile, name: str, file: Path) -> None:
    try:
        opened = file.open("rb")
    except FileNotFoundError:
        return
    with opened:
        entry = tar.gettarinfo(arcname=name, fileobj=opened)
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        entry.mode = 0o600
        tar.addfile(entry, opened)


def _piped(write: _Work, read: _Work) -> None:
    """Run ``write`` on a thread of its own into what ``read`` reads; raises what either raises, the writer's first."""
    source, sink = os.pipe()

    def fill() -> None:
        # A reader that stops says why itself.
        with suppress(BrokenPipeError), open(sink, "wb") as out:
            write(out)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(fill)
        try:
            with open(source, "rb") as plain:
                read(plain)
        finally:
            writing.result()
