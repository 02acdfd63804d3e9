"""The SMTP door relays nothing, in whatever form an address is written, and knows its own boxes in every form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.post import CITIZEN, MAYOR, PostOffice, connect, open_post


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with open_post(tmp_path) as opened:
        yield opened


def address_forms() -> list[str]:
    domains = [
        "elsewhere.example",
        "binhai.example.elsewhere.example",
        "xbinhai.example",
        "elsewhere.example.",
        "[127.0.0.1]",
    ]
    foreign = [
        f"{local}@{domain}" for domain in domains for local in ("a", "mayor", "postmaster", '"mayor"', "a%b", "a!b")
    ]
    routed = [f"@binhai.example:{address}" for address in foreign[:20]]
    through = [
        f"{local}@binhai.example" for local in ("a%elsewhere.example", "elsewhere.example!a", '"a@elsewhere.example"')
    ]
    through += [f"mayor%{domain}@binhai.example" for domain in domains]
    through += [f'"{address}"@binhai.example' for address in foreign[:10] if '"' not in address]
    odd = [
        "mayor",
        "",
        "@",
        "@binhai.example",
        "mayor@",
        "a@b@binhai.example",
        "mayor@binhai.example@elsewhere.example",
    ]
    odd += [
        "мэр@binhai.example",
        "市长@elsewhere.example",
        "mayor@滨海.example",
        "mayor@xn--elsewhere.example",
        "root",
        "abuse",
    ]
    odd += [
        "mayor@binhai.example,a@elsewhere.example",
        "mayor@binhai.example a@elsewhere.example",
        "mayor@binhai\0.example",
    ]
    odd += ["((((((((((a@elsewhere.example", "mayor+x@binhai.example", "mayor@127.0.0.1", "mayor@localhost", "mayor@."]
    odd += [
        f"{'a' * 65}@elsewhere.example",
        f"a@{'b' * 250}.example",
        "<mayor@binhai.example>",
        "mayor@binhai.example>",
    ]
    odd += [f"a{number}@elsewhere{number}.example" for number in range(20)]
    return foreign + routed + through + odd


async def test_no_form_of_an_address_is_relayed(post: PostOffice) -> None:
    forms = address_forms()
    assert len(forms) >= 100
    for at in range(0, len(forms), 20):
        async with connect(post) as wire:
            post.door._turnstile._credit.clear()
            await wire.say(f"MAIL FROM:<{CITIZEN}>")
            for form in forms[at : at + 20]:
                reply = await wire.say(f"RCPT TO:<{form}>")
                assert reply[:3] in ("550", "553", "501", "555"), (form, reply)


@pytest.mark.parametrize(
    "form",
    [
        "postmaster",
        "POSTMASTER@binhai.example",
        "Mayor@BinHai.Example",
        '"mayor"@binhai.example',
        f"@a.example:{MAYOR}",
    ],
)
async def test_our_own_boxes_are_known_in_every_form(post: PostOffice, form: str) -> None:
    async with connect(post) as wire:
        await wire.say("MAIL FROM:<>")
        assert (await wire.say(f"RCPT TO:<{form}>")).startswith("250")


async def test_a_client_that_tries_names_is_sent_away(post: PostOffice) -> None:
    async with connect(post) as wire:
        await wire.say(f"MAIL FROM:<{CITIZEN}>")
        replies = [await wire.say(f"RCPT TO:<name{number}@binhai.example>") for number in range(31)]
        assert {reply[:9] for reply in replies[:30]} == {"550 5.1.1"}
        assert replies[30].startswith("421")
        assert await wire.reply() == ""
