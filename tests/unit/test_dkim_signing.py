from __future__ import annotations

import base64
import time
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from minxin.core.errors import ConfigError
from minxin.deploy.commands.dkim_key import dns_record
from minxin.mailbox.outgoing.dkim_signing import Signer, domain_of, load_dkim_key, relaxed, signature, with_crlf

DOMAIN = "citizen.binhai.example"
MAIL = (
    b"From: =?utf-8?b?546L?= <wang@citizen.binhai.example>\r\nTo: a@b.example\r\nSubject: folded\r\n\tsubject\r\n"
    b"Date: Thu, 12 Feb 2026 12:00:00 +0800\r\nMessage-ID: <a@citizen.binhai.example>\r\n\r\n"
)
BODY = b"one  two\t three \r\n \r\n.\r\nlast line\t\r\n\r\n\r\n"


@pytest.fixture(scope="module")
def key() -> bytes:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def verified(raw: bytes, key: bytes) -> bool:
    """Verify as another server does, with the key that the DNS record publishes."""
    record = "".join(dns_record(key).replace('" "', "").strip('"'))
    try:
        return bool(dkim.DKIM(raw).verify(dnsfunc=lambda name, timeout=5: record.encode()))
    except dkim.ValidationError:
        return False


@pytest.mark.parametrize("body", [BODY, b"", b"\r\n\r\n", b"no line end", "正文\r\n".encode(), b" \t \r\n" * 50])
async def test_a_signature_holds_for_another_server(key: bytes, body: bytes) -> None:
    signed = await Signer(key, "minxin", frozenset({DOMAIN})).sign(MAIL + body)

    assert signed.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;")
    assert signed.endswith(MAIL + body)
    assert verified(signed, key)


async def test_a_changed_or_added_author_breaks_the_signature(key: bytes) -> None:
    signed = await Signer(key, "minxin", frozenset({DOMAIN})).sign(MAIL + BODY)

    assert not verified(signed.replace(b"last line", b"lost line"), key)
    assert not verified(signed.replace(b"wang@", b"li@"), key)
    for field in (b"From: mayor@binhai.example", b"Subject: other", b"To: c@d.example", b"Reply-To: evil@x.example"):
        assert not verified(field + b"\r\n" + signed, key), field
        assert not verified(signed.replace(b"\r\n\r\n", b"\r\n" + field + b"\r\n\r\n", 1), key), field


async def test_mail_of_other_domains_or_of_nobody_is_not_signed(key: bytes) -> None:
    signer = Signer(key, "minxin", frozenset({DOMAIN}))
    for author in (b"a@other.example", b"wang@citizen.binhai.example, b@other.example", b"", b"nobody"):
        raw = b"From: " + author + b"\r\n\r\nbody\r\n"
        assert await signer.sign(raw) == raw
    assert domain_of(b"From: a@x.example\r\nFrom: b@y.example\r\n\r\n") == ""


async def test_what_is_signed_is_what_is_sent_whatever_the_line_ends(key: bytes) -> None:
    signed = await Signer(key, "minxin", frozenset({DOMAIN})).sign(MAIL.replace(b"\r\n", b"\n") + b"a\rb\nc\r\n")

    assert b"\n" not in signed.replace(b"\r\n", b"") and b"\r" not in signed.replace(b"\r\n", b"")
    assert with_crlf(signed) == signed and verified(signed, key)


def test_spaces_without_end_take_linear_time(key: bytes) -> None:
    body = (b" " * 200_000 + b"x\r\n") * 5
    started = time.process_time()
    signature(MAIL + body, key, "minxin", DOMAIN)
    assert time.process_time() - started < 2.0
    assert relaxed(b"a  b \t\r\n") == b"a b\r\n"


def test_a_key_is_read_from_a_file_of_its_owner_alone(tmp_path: Path, key: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(key)
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_dkim_key(path)
    path.chmod(0o600)
    assert load_dkim_key(path) == key
    for wrong in (b"nothing", base64.b64encode(b"x")):
        path.write_bytes(wrong)
        with pytest.raises(ConfigError, match="can't be used"):
            load_dkim_key(path)
    with pytest.raises(ConfigError):
        load_dkim_key(tmp_path / "missing")
