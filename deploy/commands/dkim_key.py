"""``minxin dkim-key``: make the key that outgoing mail is signed with, and print what to publish in the DNS."""

from __future__ import annotations

import argparse
import base64
import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from msgspec import structs

from minxin.core.errors import ConfigError
from minxin.deploy.city import load_city
from minxin.deploy.mailroom import domains_of
from minxin.deploy.settings import load_settings
from minxin.mailbox.outgoing.dkim_signing import KEY_BITS, load_dkim_key

NAME = "dkim-key"
HELP = "make the key that outgoing mail is signed with, and print its DNS records"
STRING_BYTES: Final = 255  # of a TXT record (RFC 1035, 3.3.14)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("file", type=Path, help="the file of the key; one that is there is kept and only shown")
    parser.add_argument("--config", type=Path, help="a TOML file of settings")


def run(args: argparse.Namespace) -> int:
    """Make the key unless it is there, and print one record for each domain that mail is sent from."""
    settings = load_settings(args.config)
    city = load_city(settings.city)
    if not args.file.exists():
        _make(args.file)
    record = dns_record(load_dkim_key(args.file))
    domains = {*structs.astuple(domains_of(city)), city.mayor_address.rpartition("@")[2]}
    for domain in sorted(one for one in domains if one):
        print(f"{settings.dkim_selector}._domainkey.{domain}. IN TXT {record}")
    print(f'\ndkim_key = "{args.file}"')
    return 0


def dns_record(pem: bytes) -> str:
    """Return the content of the TXT record for a private key (RFC 6376, 3.6.1), in strings of the allowed length."""
    key = serialization.load_pem_private_key(pem, None)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    text = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
    return " ".join(f'"{text[at : at + STRING_BYTES]}"' for at in range(0, len(text), STRING_BYTES))


def _make(path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except OSError as error:
        raise ConfigError(f"{path}: can't be written ({error.strerror})") from error
