"""RFC 6238."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest

from minxin.core.errors import InvalidInputError
from minxin.core.privacy import Vault
from minxin.mailbox import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()
VAULT = Vault(bytes(32))


@pytest.mark.parametrize(
    ("second", "code"),
    # RFC 6238 appendix B, the last six of its eight digits.
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_of_the_rfc_are_taken(second: int, code: str) -> None:
    assert totp.matching_step(SECRET, code, datetime.fromtimestamp(second, UTC)) == second // 30


@pytest.mark.parametrize(("drift_s", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_clock_may_drift_by_one_step(drift_s: int, taken: bool) -> None:
    at = datetime.fromtimestamp(1234567890, UTC) + timedelta(seconds=drift_s)
    if taken:
        assert totp.matching_step(SECRET, "005 924", at) == 1234567890 // 30
    else:
        with pytest.raises(InvalidInputError):
            totp.matching_step(SECRET, "005 924", at)


def test_code_is_taken_once() -> None:
    at = datetime.fromtimestamp(1234567890, UTC)
    step = totp.matching_step(SECRET, "005924", at)
    with pytest.raises(InvalidInputError) as caught:
        totp.matching_step(SECRET, "005924", at, last_step=step)
    assert caught.value.reason == "realname.totp.wrong"


@pytest.mark.parametrize("typed", ["", "12345", "0059245", "٠٠٥٩٢٤", "秘密"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInputError):
        totp.matching_step(SECRET, typed, datetime.fromtimestamp(1234567890, UTC))


def test_offer_belongs_to_its_account() -> None:
    offer = totp.new_offer(VAULT, "a", "zhang", "滨海市民信")
    assert totp.open_offer(VAULT, "a", offer.sealed) == offer.secret
    assert len(base64.b32decode(offer.secret)) == 20
    assert offer.uri.startswith("otpauth://totp/") and offer.secret in offer.uri
    assert offer.secret not in repr(offer)
    for account_id, sealed in (("b", offer.sealed), ("a", "nonsense"), ("a", ""), ("a", "AAAA")):
        with pytest.raises(InvalidInputError):
            totp.open_offer(VAULT, account_id, sealed)
