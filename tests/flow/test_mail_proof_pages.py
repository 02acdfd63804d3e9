"""What the page of a mail says of who sent it, and that no odd mail breaks it."""

from __future__ import annotations

import pytest
from corpus.odd_mails import odd_mails
from support.scene import Scene

from minxin.mailbox.authenticity.proof import FAILED, IMITATES, NOT_PROVEN, PROOFS, VERIFIED_OFFICE
from minxin.mailbox.mail.delivery import fields_of, item_id, pack
from minxin.mailbox.mail.receiving import Arrived, receive_mail
from minxin.mailbox.mime.head import look
from minxin.mailbox.sentences import sentence

LETTER = "From: 市公安局 <x@evil.example>\r\nSubject: 通知\r\n\r\n请转账\r\n".encode()


async def arrive(scene: Scene, raw: bytes, **fields: object) -> str:
    """Put a mail into the writer's box as the door does, and return its id."""
    writer = scene.actors["writer"]
    await scene.city.services.boxes.own(writer)
    (box,) = await scene.city.services.mailroom.mailboxes.boxes(writer)
    packed = pack(raw)
    made = item_id(box.id, packed.content.id)
    arrived = Arrived(
        item_id=made, packed=packed, fields=fields_of(look(raw)), thread_id=made, most=10**7, sender="x@evil.example",
        **fields,  # type: ignore[arg-type]
    )  # fmt: skip
    await scene.city.store.commit(receive_mail(box, None, arrived, scene.city.clock.now()))
    return made


@pytest.mark.parametrize("proof", PROOFS)
async def test_a_mail_says_in_words_how_its_sender_was_proven(scene: Scene, proof: str) -> None:
    made = await arrive(scene, LETTER, proof=proof)
    page = await scene.browsers["writer"].get(f"/box/{made}")
    assert sentence(proof, "zh") in page
    assert sentence(f"{proof}.says", "zh") in page
    assert (sentence(VERIFIED_OFFICE, "zh") in page) is (proof == VERIFIED_OFFICE)


async def test_junk_says_why_it_is_there(scene: Scene) -> None:
    made = await arrive(scene, LETTER, proof=IMITATES, junk=True, why=("spam.imitates", "spam.date"))
    browser = scene.browsers["writer"]
    assert f"/box/{made}" not in await browser.get("/box")
    assert f"/box/{made}" in await browser.get("/box?folder=junk")
    page = await browser.get(f"/box/{made}")
    for reason in ("spam.imitates", "spam.date"):
        assert sentence(reason, "zh") in page


async def test_the_house_s_own_notice_needs_no_proof(scene: Scene) -> None:
    made = await arrive(scene, LETTER)
    page = await scene.browsers["writer"].get(f"/box/{made}")
    assert sentence(NOT_PROVEN, "zh") not in page
    assert sentence(FAILED, "zh") not in page


async def test_no_odd_mail_breaks_its_page(scene: Scene) -> None:
    browser = scene.browsers["writer"]
    for odd in {one.raw: one for one in odd_mails()}.values():
        made = await arrive(scene, odd.raw, proof=NOT_PROVEN)
        await browser.get(f"/box/{made}")
        assert browser.status == 200, odd.name
