"""Who really sent it: SPF, DKIM and DMARC over a DNS of our own, in boxes and for letters to the mayor."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.mail_in import (
    FRIEND,
    OUTSIDE,
    WANG,
    Zone,
    checks_over,
    items,
    open_boxes,
    raw,
    send_to,
    signed,
    zone_of,
)
from support.post import CITIZEN, GOVERNMENT, MAYOR, PostOffice, connect, mail, open_post

from minxin.mailbox.authenticity.checking import Mode
from minxin.mailbox.mail.records import FolderRole, MailItem
from minxin.mailbox.records import HeldState
from minxin.mailbox.smtp.intake import Envelope
from minxin.mailbox.smtp.reception import FORGED_REPLY, TAKEN_REPLY

LETTER = mail(sender=FRIEND)
TO_MAYOR = mail(Date="Mon, 02 Mar 2026 11:59:00 +0800")
Opened = Callable[..., AbstractAsyncContextManager[PostOffice]]


async def receive(post: PostOffice, raw_mail: bytes, sender: str = FRIEND, origin: str = OUTSIDE) -> str:
    """Hand a mail in as the door does, from an address that SPF is asked about."""
    box = await post.store.box_at(WANG)
    assert box is not None
    said = Envelope(sender=sender, boxes=(box,), helo="mail.home.example")
    return await post.reception.receive(raw_mail, said, origin)


@pytest.fixture
async def zone() -> Zone:
    return zone_of("home.example")


@pytest.fixture
async def post(tmp_path: Path, zone: Zone) -> AsyncIterator[PostOffice]:
    async with open_post(tmp_path, checks_of=checks_over(zone)) as opened:
        await open_boxes(opened)
        yield opened


async def only(post: PostOffice, role: FolderRole = FolderRole.INBOX) -> MailItem:
    (item,) = await items(post, "wang", role)
    return item


async def test_signed_mail_of_a_domain_is_proven_and_says_so_on_top(post: PostOffice) -> None:
    async with connect(post) as wire:
        assert await send_to(wire, signed(LETTER, "home.example"), WANG) == TAKEN_REPLY
    item = await only(post)
    assert item.proof == "mail.proof.proven_domain"
    head = (await raw(post, item)).partition(b"Received-SPF")[0].partition(b"X-Minxin-Spam")[0].decode()
    assert head.partition("Authentication-Results: ")[2].splitlines() == [
        "binhai.example;",
        f"\tspf=none smtp.mailfrom={FRIEND};",
        "\tdkim=pass header.d=home.example header.s=mail;",
        "\tdmarc=pass (p=reject) header.from=home.example",
    ]


async def test_a_signature_of_the_newer_kind_counts_as_well(post: PostOffice, zone: Zone) -> None:
    secret = Ed25519PrivateKey.generate()
    public = base64.b64encode(secret.public_key().public_bytes_raw()).decode()
    zone.records["mail._domainkey.home.example", "TXT"] = [f"v=DKIM1; k=ed25519; p={public}"]
    own = base64.b64encode(secret.private_bytes_raw())
    line = dkim.sign(LETTER, b"mail", b"home.example", own, signature_algorithm=b"ed25519-sha256")
    async with connect(post) as wire:
        assert await send_to(wire, line + LETTER, WANG) == TAKEN_REPLY
        await send_to(wire, line + LETTER.replace(b"<1@example.cn>", b"<2@example.cn>"), WANG)
    assert (await only(post)).proof == "mail.proof.proven_domain"
    assert b"\tdkim=fail header.d=home.example" in await raw(post, await only(post, FolderRole.JUNK))


async def test_changed_mail_fails_and_goes_to_the_junk(post: PostOffice) -> None:
    async with connect(post) as wire:
        await send_to(wire, signed(LETTER, "home.example").replace(b"Subject: ", b"Subject: x"), WANG)
    item = await only(post, FolderRole.JUNK)
    assert (item.proof, item.why[0]) == ("mail.proof.failed", "spam.forged")
    assert b"dmarc=fail (p=reject)" in await raw(post, item)


async def test_a_signature_of_another_domain_proves_nothing(post: PostOffice, zone: Zone) -> None:
    zone.records |= zone_of("evil.example").records
    async with connect(post) as wire:
        await send_to(wire, signed(LETTER, "evil.example"), WANG)
    item = await only(post, FolderRole.JUNK)
    assert item.proof == "mail.proof.failed"
    assert b"dkim=pass header.d=evil.example" in await raw(post, item)


async def test_a_signature_over_a_part_of_the_body_is_none(post: PostOffice) -> None:
    async with connect(post) as wire:
        await send_to(wire, signed(LETTER, "home.example", length=True) + b"Pay me.\r\n", WANG)
    assert b"dkim=policy" in await raw(post, await only(post, FolderRole.JUNK))


@pytest.mark.parametrize(
    ("spf", "proof", "word"),
    [
        (f"v=spf1 ip4:{OUTSIDE} -all", "mail.proof.proven_domain", "pass"),
        ("v=spf1 ip4:93.184.216.1 -all", "mail.proof.failed", "fail"),
        ("v=spf1 include:loop.example -all", "mail.proof.not_proven", "permerror"),
        ("v=spf1 ~all", "mail.proof.not_proven", "softfail"),
        ("v=spf1 what -all", "mail.proof.not_proven", "permerror"),
        ("", "mail.proof.not_proven", "none"),
    ],
)
async def test_the_way_of_a_mail_is_asked_about(post: PostOffice, zone: Zone, spf: str, proof: str, word: str) -> None:
    zone.records = {("home.example", "TXT"): [spf]} if spf else {}
    assert await receive(post, LETTER) == TAKEN_REPLY
    item = await only(post)
    assert item.proof == proof
    assert f"spf={word} ".encode() in await raw(post, item)


async def test_a_relay_inside_of_the_house_is_not_taken_for_the_sender(post: PostOffice, zone: Zone) -> None:
    zone.records = {("home.example", "TXT"): ["v=spf1 -all"]}
    assert await receive(post, LETTER, origin="10.0.0.7") == TAKEN_REPLY
    assert (await only(post)).proof == "mail.proof.not_proven"


async def test_a_policy_above_a_subdomain_counts_for_it(post: PostOffice, zone: Zone) -> None:
    low = mail(sender="a@mail.home.example")
    zone.records["_dmarc.home.example", "TXT"] = ["v=DMARC1; p=none; sp=reject"]
    await receive(post, low, sender="a@mail.home.example")
    assert (await only(post, FolderRole.JUNK)).why[0] == "spam.forged"


async def test_proven_mail_of_a_government_domain_bears_the_badge_and_its_name_is_told(
    post: PostOffice, zone: Zone
) -> None:
    zone.records |= zone_of(GOVERNMENT).records
    fake = mail(sender=f"office@{GOVERNMENT}", message_id="<2@x>")
    async with connect(post) as wire:
        await send_to(wire, signed(fake, GOVERNMENT), WANG, sender=f"office@{GOVERNMENT}")
        await send_to(wire, fake, WANG, sender=f"office@{GOVERNMENT}")
    assert (await only(post)).proof == "mail.proof.verified_office"


async def test_our_own_mail_comes_back_only_with_our_own_signature(post: PostOffice, zone: Zone) -> None:
    zone.records |= zone_of("gov.binhai.example").records
    own = mail(sender="li@gov.binhai.example")
    async with connect(post) as wire:
        assert await send_to(wire, own, WANG) == FORGED_REPLY
        assert await send_to(wire, signed(own, "home.example"), WANG) == FORGED_REPLY
        assert await send_to(wire, signed(own, "gov.binhai.example"), WANG) == TAKEN_REPLY
    assert len(await items(post, "wang")) == 1


async def test_a_letter_needs_the_word_of_its_domain(tmp_path: Path) -> None:
    zone = zone_of("example.cn")
    async with open_post(tmp_path, checks_of=checks_over(zone)) as post, connect(post) as wire:
        assert await send_to(wire, TO_MAYOR, MAYOR, sender=CITIZEN) == TAKEN_REPLY
        assert await post.letters() == []
        (held,) = await post.waiting(HeldState.WAITING)
        assert held.reason == "mail.held.not_proven"
        assert await post.deliver_answers() == 1  # he is registered: whoever wrote, he learns of it
        assert await send_to(wire, signed(TO_MAYOR, "example.cn"), MAYOR, sender=CITIZEN) == TAKEN_REPLY
        assert len(await post.letters()) == 1


async def test_a_forged_strangers_letter_is_kept_and_nobody_is_written_to(tmp_path: Path) -> None:
    zone = zone_of("elsewhere.example")
    async with open_post(tmp_path, checks_of=checks_over(zone)) as post, connect(post) as wire:
        forged = mail(sender="li@elsewhere.example")
        assert await send_to(wire, forged, MAYOR, sender="li@elsewhere.example") == TAKEN_REPLY
        assert len(await post.waiting(HeldState.WAITING)) == 1
        assert await post.deliver_answers() == 0


async def test_without_a_word_of_any_domain_a_letter_must_be_confirmed(tmp_path: Path) -> None:
    async with open_post(tmp_path, checks_of=checks_over(Zone())) as post, connect(post) as wire:
        assert await send_to(wire, TO_MAYOR, MAYOR, sender=CITIZEN) == TAKEN_REPLY
        assert (await post.letters(), len(await post.waiting())) == ([], 1)


async def test_with_the_checks_off_the_old_rule_stands(tmp_path: Path) -> None:
    async with open_post(tmp_path, checks_of=checks_over(Zone(), Mode.OFF)) as post, connect(post) as wire:
        assert await send_to(wire, TO_MAYOR, MAYOR, sender=CITIZEN) == TAKEN_REPLY
        assert len(await post.letters()) == 1


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.ON])
async def test_a_resolver_that_is_away_costs_no_mail(tmp_path: Path, mode: Mode) -> None:
    zone = zone_of("home.example")
    zone.away = True
    async with open_post(tmp_path, checks_of=checks_over(zone, mode)) as post:
        await open_boxes(post)
        checks = post.reception._appraiser.checks
        checks.start()
        await checks.tried()
        async with connect(post) as wire:
            assert await send_to(wire, signed(LETTER, "home.example"), WANG) == TAKEN_REPLY
        item = await only(post)
        assert item.proof == "mail.proof.not_proven"
        results = b"binhai.example;\r\n\tnone\r\n" if mode is Mode.AUTO else b"dmarc=temperror"
        assert results in await raw(post, item)


async def test_a_resolver_that_was_seen_to_work_is_relied_on(tmp_path: Path) -> None:
    zone = zone_of("home.example")
    async with open_post(tmp_path, checks_of=checks_over(zone, Mode.AUTO)) as post:
        await open_boxes(post)
        checks = post.reception._appraiser.checks
        checks.start()
        await checks.tried()
        async with connect(post) as wire:
            assert await send_to(wire, signed(LETTER, "home.example"), WANG) == TAKEN_REPLY
        assert (await only(post)).proof == "mail.proof.proven_domain"


async def test_a_slow_name_server_delays_a_mail_by_the_limit_and_no_longer(tmp_path: Path) -> None:
    zone = Zone()
    zone.slow_s = 30.0
    async with open_post(tmp_path, checks_of=checks_over(zone, limit_s=0.2)) as post:
        await open_boxes(post)
        begun = time.monotonic()
        async with connect(post) as wire:
            assert await send_to(wire, signed(LETTER, "home.example"), WANG) == TAKEN_REPLY
        assert time.monotonic() - begun < 5.0
        assert (await only(post)).proof == "mail.proof.not_proven"


@pytest.mark.parametrize(
    "line",
    [
        b"DKIM-Signature: \xff\xfe",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=home.example; s=mail; h=from; bh=x; b=!!!",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=..; s=../../; h=from",
        b"DKIM-Signature: v=1; a=what; c=x/y/z; d=home.example; s=mail; h=from; bh=eA==; b=eA==",
        b"DKIM-Signature: v=1; a=ed25519-sha256; d=home.example; s=mail; h=from; bh=eA==; b=eA==",
        b"From: second@home.example",
    ],
)
async def test_a_hostile_signature_is_none_and_no_failure(post: PostOffice, line: bytes) -> None:
    async with connect(post) as wire:
        assert await send_to(wire, line + b"\r\n" + LETTER, WANG) == TAKEN_REPLY
    found = await items(post, "wang", FolderRole.JUNK) + await items(post, "wang")
    assert [item.proof == "mail.proof.proven_domain" for item in found] == [False]


async def test_spaces_that_would_hold_the_package_up_hold_up_nobody(post: PostOffice) -> None:
    hostile = signed(LETTER, "home.example", canonicalize=(b"relaxed", b"relaxed")) + b" " * 300_000 + b"x\r\n"

    async def other() -> float:
        async with connect(post) as wire:
            begun = time.monotonic()
            assert await send_to(wire, LETTER, WANG) == TAKEN_REPLY
            return time.monotonic() - begun

    async with connect(post) as wire:
        slow = asyncio.create_task(send_to(wire, hostile, WANG))
        await asyncio.sleep(0)
        assert await other() < 5.0
        assert await slow == TAKEN_REPLY
