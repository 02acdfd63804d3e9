"""Letters in the name of a company: written by one of its people, read by all of them, sealed ones by nobody else."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace
from support.companies import CODE, FROM, NAME, kept, own_box, shared, verified
from support.scene import Scene

from minxin.consult.behalf import Behalf
from minxin.consult.intake import Submission
from minxin.consult.notices import CHANNEL, Notice, notice
from minxin.consult.records import Letter
from minxin.consult.telling import NoticeWriter
from minxin.consult.verify import verify_letters
from minxin.core.changes import Changes
from minxin.core.errors import InvalidInputError, NotFoundError
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.deploy.adapters import Messenger
from minxin.deploy.workers import Worker
from minxin.mailbox.companies.records import Company
from minxin.mailbox.mail.keys import role_folder
from minxin.mailbox.mail.records import FolderRole
from minxin.mailbox.texting.rules import NoticeRules

TYPED = {
    "kind": "complaint",
    "subject": "厂区门口的路灯坏了",
    "text": "厂区门口的三盏路灯坏了一个月，夜班职工出入不安全。",
    "place": "海晏区",
}


@pytest.fixture
async def company(scene: Scene) -> Company:
    """The writer's company, of which the neighbour is a delegate."""
    company = await verified(scene.city, scene.actors["writer"])
    await shared(scene, company)
    return company


async def written(scene: Scene, company: Company, *, sealed: bool = False) -> Letter:
    """Let the neighbour write in the company's name, and have it judged."""
    submission = Submission(token="one", company_id=company.id, **TYPED)
    receipt = await scene.city.services.letterbox.submit(scene.actors["neighbour"], submission, origin=FROM)
    made = await scene.judged(receipt.letter_id, sealed=sealed)
    if not sealed:
        await scene.signed_for(made)
    return await kept(scene.city.store, Letter, receipt.letter_id)


async def broken(scene: Scene) -> str:
    """Return the number of the letter that is not as its events state."""
    found = (await verify_letters(scene.city.store)).broken
    return found.number if found is not None else ""


async def test_a_letter_of_a_company_bears_both_names(scene: Scene, company: Company) -> None:
    writer = scene.browsers["neighbour"]
    page = await writer.get(f"/write?company={company.id}")
    assert re.search(f'value="{company.id}"[^>]* checked', page)
    checked = await writer.submit("/write/check", **TYPED, company=company.id)
    assert ("以企业名义" in checked, NAME in checked) == (True, True)
    await writer.submit("/write")
    (found,) = (await scene.city.store.letters_of(scene.actors["neighbour"].id, PageRequest())).items

    assert found.behalf == Behalf(company.id, NAME, CODE)
    assert found.writer_id == scene.actors["neighbour"].id
    assert NAME in await writer.get(f"/letters/{found.id}")
    assert NAME in await writer.get("/letters")


async def test_its_people_read_the_letter_and_only_who_wrote_it_acts(scene: Scene, company: Company) -> None:
    found, colleague = await written(scene, company), scene.browsers["writer"]
    assert TYPED["subject"] in await colleague.get(f"/companies/{company.id}/letters")
    page = await colleague.get(f"/letters/{found.id}")
    assert (colleague.status, TYPED["text"] in page, "查询码" in page, "/withdraw" in page) == (200, True, False, False)
    for path in ("receipt", "own-copy"):
        await colleague.get(f"/letters/{found.id}/{path}")
        assert colleague.status == 404
    with pytest.raises(NotFoundError):
        await scene.city.services.desk.withdraw(scene.actors["writer"], found.id, origin=FROM)


async def test_who_leaves_the_company_reads_its_letters_no_more_and_keeps_his_own(
    scene: Scene, company: Company
) -> None:
    found, own = await written(scene, company), scene.city.services.companies.own
    stranger = scene.browsers["writer"]
    account = (await own_box(scene.city, scene.actors["neighbour"])).owner_id
    await own.remove(scene.actors["neighbour"], company.id, account, FROM)
    assert TYPED["text"] in await scene.browsers["neighbour"].get(f"/letters/{found.id}")
    await scene.browsers["neighbour"].get(f"/companies/{company.id}/letters")
    assert scene.browsers["neighbour"].status == 404
    with pytest.raises(InvalidInputError, match=r"letter\.company"):
        await scene.city.services.letterbox.submit(
            scene.actors["neighbour"], Submission(token="two", company_id=company.id, **TYPED), origin=FROM
        )
    assert TYPED["text"] in await stranger.get(f"/letters/{found.id}")


@pytest.mark.parametrize("sealed", [True, False])
async def test_a_letter_that_is_sealed_or_may_yet_be_is_its_writer_s_alone(
    scene: Scene, company: Company, *, sealed: bool
) -> None:
    colleague, letterbox = scene.browsers["writer"], scene.city.services.letterbox
    if sealed:
        found = (await written(scene, company, sealed=True)).id
    else:
        submission = Submission(token="one", company_id=company.id, **TYPED)
        found = (await letterbox.submit(scene.actors["neighbour"], submission, origin=FROM)).letter_id
    assert TYPED["subject"] not in await colleague.get(f"/companies/{company.id}/letters")
    await colleague.get(f"/letters/{found}")
    assert colleague.status == 404
    await scene.browsers["neighbour"].get(f"/letters/{found}")
    assert scene.browsers["neighbour"].status == 200


async def test_its_people_find_the_letter_by_its_words_once_it_was_looked_at(scene: Scene, company: Company) -> None:
    colleague, address = scene.browsers["writer"], "/letters/search?q=夜班职工"
    submission = Submission(token="one", company_id=company.id, **TYPED)
    receipt = await scene.city.services.letterbox.submit(scene.actors["neighbour"], submission, origin=FROM)
    assert "没有找到来信" in await colleague.get(address)
    await scene.signed_for(await scene.judged(receipt.letter_id, sealed=False))
    found = await colleague.get(address)
    assert (f"/letters/{receipt.letter_id}" in found, NAME in found, "1 封来信" in found) == (True, True, True)
    letter = await kept(scene.city.store, Letter, receipt.letter_id)
    await scene.city.store.commit(Changes(puts=[replace(letter, sealed=True)]))
    assert "没有找到来信" in await colleague.get(address)
    assert "1 封来信" in await scene.browsers["neighbour"].get(address)


async def test_in_whose_name_a_letter_was_written_can_t_be_changed_unseen(scene: Scene, company: Company) -> None:
    found = await written(scene, company)
    assert await broken(scene) == ""
    assert found.behalf is not None
    await scene.city.store.commit(Changes(puts=[replace(found, behalf=replace(found.behalf, name="别的公司"))]))
    assert found.number in await broken(scene)


async def test_the_office_sees_the_company_and_a_masked_writer(scene: Scene, company: Company) -> None:
    found = await written(scene, company)
    (order,) = await scene.city.store.orders_of(found.id)
    desk = await scene.browsers["handler"].get(f"/desk/orders/{order.id}")
    assert (NAME in desk, CODE in desk, "王**" in desk, "王小明" in desk) == (True, True, True, False)


@pytest.mark.parametrize("sealed", [True, False])
async def test_the_company_s_box_hears_of_its_letter_unless_it_is_sealed(
    scene: Scene, company: Company, *, sealed: bool
) -> None:
    city, found = scene.city, await written(scene, company, sealed=sealed)
    entry = notice(found, Notice.SIGNED_FOR, city.clock.now(), order=None, office_id=None, data={})
    await city.store.commit(Changes(outbox=[entry]))
    writer = NoticeWriter(city.store, city.services.letterbox, {"zh": "市长信箱", "en": "Mayor"})
    house = city.services.mailroom.house
    messenger = Messenger(city.store, city.vault, city.clock, writer, NoticeRules(), "滨海市", house)
    worker = Worker(city.store, Queue.OUTBOX, city.clock, {CHANNEL: messenger.notice})
    while await worker.run_once():
        pass
    items = (await city.store.mail_items(role_folder(company.id, FolderRole.INBOX), PageRequest(None, 50))).items
    assert any(one.letter_id == found.id for one in items) is not sealed
