"""Addresses are chosen, boxes handed over and closed, quotas set; and where mail for an address goes then."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from support.companies import FROM, kept, own_box, taken_by, verified
from support.mail import put_in
from support.scene import Scene
from support.web import PASSWORD

from minxin.core.changes import Changes, blob_of
from minxin.core.errors import (
    IllegalMoveError,
    InvalidFormError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    QuotaError,
)
from minxin.core.paging import PageRequest
from minxin.mailbox.boxoffice.choosing import MOST_ALIASES
from minxin.mailbox.boxoffice.ports import BoxWish
from minxin.mailbox.boxoffice.service import BoxOffice
from minxin.mailbox.mail.access import may_send
from minxin.mailbox.mail.destination import CLOSED, LEFT, NOBODY, destination
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.records import Box, BoxAddress, BoxKind, BoxState, MailItem
from minxin.mailbox.mail.rules import MIB, MailRules
from minxin.mailbox.mail.settings import BoxSettings
from minxin.mailbox.records import Account, AccountState

CITIZEN = "citizen.binhai.example"
STAFF = "gov.binhai.example"
REASON = "调离本单位"


@pytest.fixture
def office(scene: Scene) -> BoxOffice:
    return scene.city.services.box_office


@pytest.fixture
async def box(scene: Scene) -> Box:
    """The writer's box."""
    found = await own_box(scene.city, scene.actors["writer"])
    assert found is not None
    return found


async def staff_box(scene: Scene, who: str = "handler") -> Box:
    account = await kept(scene.city.store, Account, scene.actors[who].id)
    assert account is not None
    found = await scene.city.services.mailroom.keeping.box_of(account)
    assert found is not None
    return found


async def stored(scene: Scene, box_id: str) -> Box:
    found = await kept(scene.city.store, Box, box_id)
    assert found is not None
    return found


async def test_a_citizen_chooses_an_address_of_his_name_and_keeps_the_number(
    scene: Scene, box: Box, office: BoxOffice
) -> None:
    writer = scene.actors["writer"]
    choice = await office.addresses.choice(writer, box.id)
    wished = f"wangxiaoming@{CITIZEN}"
    chosen = await office.addresses.choose(writer, box.id, wished.upper(), FROM)
    back = await office.addresses.choose(writer, box.id, box.address, FROM)

    assert [(one.address, one.taken) for one in choice.offers][0] == (wished, False)
    assert (choice.own, choice.left, choice.not_before) == ((box.address,), MOST_ALIASES, None)
    assert (chosen.address, chosen.aliases) == (wished, (box.address,))
    assert (back.address, back.aliases) == (box.address, (wished,))
    assert (await taken_by(scene.city.store, wished)).id == box.id


async def test_what_another_has_is_shown_as_taken_with_the_next_one_free(
    scene: Scene, box: Box, office: BoxOffice
) -> None:
    other = await own_box(scene.city, scene.actors["neighbour"])
    await office.addresses.choose(scene.actors["neighbour"], other.id, f"wangxiaoming@{CITIZEN}", FROM)
    offers = (await office.addresses.choice(scene.actors["writer"], box.id)).offers

    assert (offers[0].address, offers[0].taken) == (f"wangxiaoming2@{CITIZEN}", False)
    assert (offers[-1].address, offers[-1].taken) == (f"wangxiaoming@{CITIZEN}", True)
    with pytest.raises(InvalidInputError, match=r"mail\.address\.taken"):
        await office.addresses.choose(scene.actors["writer"], box.id, f"wangxiaoming@{CITIZEN}", FROM)


@pytest.mark.parametrize(
    "address", [f"lisi@{CITIZEN}", f"wangxiaoming@{STAFF}", f"mayor@{CITIZEN}", "a b@x", "wangxiaoming", ""]
)
async def test_no_other_address_can_be_chosen(scene: Scene, box: Box, office: BoxOffice, address: str) -> None:
    with pytest.raises(InvalidInputError):
        await office.addresses.choose(scene.actors["writer"], box.id, address, FROM)


async def test_a_new_address_is_chosen_once_in_a_month_and_only_so_often(
    scene: Scene, box: Box, office: BoxOffice
) -> None:
    writer, choose = scene.actors["writer"], office.addresses.choose

    async def free() -> str:
        return (await office.addresses.choice(writer, box.id)).offers[0].address

    await choose(writer, box.id, await free(), FROM)
    assert (await office.addresses.choice(writer, box.id)).not_before is not None
    with pytest.raises(InvalidInputError, match=r"mail\.address\.too_soon"):
        await choose(writer, box.id, await free(), FROM)
    for _ in range(MOST_ALIASES - 1):
        scene.city.clock.advance(timedelta(days=30))
        await choose(writer, box.id, await free(), FROM)
    scene.city.clock.advance(timedelta(days=30))
    with pytest.raises(InvalidInputError, match=r"mail\.address\.too_many"):
        await choose(writer, box.id, await free(), FROM)


async def test_of_two_who_take_one_address_at_once_one_gets_it(scene: Scene, box: Box, office: BoxOffice) -> None:
    other = await own_box(scene.city, scene.actors["neighbour"])
    wished = f"wangxiaoming@{CITIZEN}"
    results = await asyncio.gather(
        office.addresses.choose(scene.actors["writer"], box.id, wished, FROM),
        office.addresses.choose(scene.actors["neighbour"], other.id, wished, FROM),
        return_exceptions=True,
    )

    refused = [one for one in results if isinstance(one, InvalidInputError)]
    assert [one.reason for one in refused] == ["mail.address.taken"]
    (taken,) = [one for one in results if isinstance(one, Box)]
    assert (await kept(scene.city.store, BoxAddress, wished)).box_id == taken.id


async def test_nobody_chooses_for_another(scene: Scene, box: Box, office: BoxOffice) -> None:
    for person in ("neighbour", "clerk", "administrator"):
        with pytest.raises(NotFoundError):
            await office.addresses.choice(scene.actors[person], box.id)
    with pytest.raises(NotFoundError):
        await office.addresses.choice(scene.actors["handler"], "cgj")


async def test_a_companys_address_is_chosen_by_who_acts_for_it(scene: Scene, office: BoxOffice) -> None:
    company = await verified(scene.city, scene.actors["writer"])
    chosen = await office.addresses.choose(
        scene.actors["writer"], company.id, "binhaishichenguangkeji@corp.binhai.example", FROM
    )

    assert len(chosen.aliases) == 1
    with pytest.raises(NotFoundError):
        await office.addresses.choice(scene.actors["neighbour"], company.id)


async def test_a_box_is_handed_over_to_a_colleague_who_alone_reads_it_and_never_sends_from_it(
    scene: Scene, office: BoxOffice
) -> None:
    box, heir, administrator = await staff_box(scene), scene.actors["reviewer"], scene.actors["administrator"]
    await scene.city.store.commit(put_in("m", box.id))
    await office.handing_over.hand_over(administrator, box.id, heir.id, REASON, FROM)
    mailboxes = scene.city.services.mailroom.mailboxes
    (inherited,) = [one for one in await mailboxes.boxes(heir) if one.id == box.id]

    assert (inherited.state, may_send(inherited)) == (BoxState.HANDED_OVER, False)
    assert (await mailboxes.item(heir, "m")).id == "m"
    with pytest.raises(NotFoundError):
        await mailboxes.item(scene.actors["handler"], "m")
    assert await scene.city.services.boxes.own(scene.actors["handler"]) is None
    log = (await scene.city.store.audit_page(PageRequest(), administrator.id)).items
    assert [(one.entry.action, one.entry.target) for one in log][0] == ("hand_over_box", f"{box.id}>{heir.id}")


async def test_mail_for_who_left_is_refused_with_the_offices_address_or_goes_there(
    scene: Scene, office: BoxOffice
) -> None:
    box, store = await staff_box(scene), scene.city.store
    shared = await scene.city.services.mailroom.keeping.box_of_office("cgj")
    await office.handing_over.hand_over(
        scene.actors["administrator"], box.id, scene.actors["reviewer"].id, REASON, FROM
    )
    refused = await destination(store, box.address)
    passed_on = await destination(store, box.address, former_to_office=True)

    assert (refused.box, refused.refusal) == (None, f"{LEFT}; please write to {shared.address}")
    assert (passed_on.box, passed_on.instead_of) == (shared, await stored(scene, box.id))
    assert (await destination(store, "nobody@gov.binhai.example")).refusal == NOBODY


async def test_only_an_active_colleague_of_the_office_is_an_heir(scene: Scene, office: BoxOffice) -> None:
    box, administrator = await staff_box(scene), scene.actors["administrator"]
    for heir in ("writer", "handler", "handler_elsewhere", "clerk"):
        with pytest.raises(InvalidInputError, match=r"mail\.heir"):
            await office.handing_over.hand_over(administrator, box.id, scene.actors[heir].id, REASON, FROM)
    with pytest.raises(InvalidInputError, match=r"realname\.reason\.too_short"):
        await office.handing_over.hand_over(administrator, box.id, scene.actors["reviewer"].id, "走", FROM)
    for person in ("clerk", "reviewer", "writer", "auditor"):
        with pytest.raises(NotAllowedError):
            await office.handing_over.hand_over(scene.actors[person], box.id, scene.actors["reviewer"].id, REASON, FROM)
    with pytest.raises(NotFoundError):
        await office.handing_over.staff_box(administrator, scene.actors["writer"].id)


async def test_when_the_heir_leaves_too_what_he_inherited_goes_on(scene: Scene, office: BoxOffice) -> None:
    first, second = await staff_box(scene), await staff_box(scene, "reviewer")
    administrator, signer = scene.actors["administrator"], scene.actors["signer"]
    await office.handing_over.hand_over(administrator, first.id, second.id, REASON, FROM)
    await office.handing_over.hand_over(administrator, second.id, signer.id, REASON, FROM)

    assert {(await stored(scene, one.id)).heir_id for one in (first, second)} == {signer.id}
    with pytest.raises(IllegalMoveError, match=r"mail\.box\.handed_over"):
        await office.handing_over.hand_over(administrator, second.id, signer.id, REASON, FROM)


async def test_a_box_is_given_back_to_who_works_again(scene: Scene, office: BoxOffice) -> None:
    box, administrator = await staff_box(scene), scene.actors["administrator"]
    with pytest.raises(IllegalMoveError, match=r"mail\.box\.own"):
        await office.handing_over.hand_back(administrator, box.id, REASON, FROM)
    await office.handing_over.hand_over(administrator, box.id, scene.actors["reviewer"].id, REASON, FROM)
    account = await kept(scene.city.store, Account, box.owner_id)
    await scene.city.store.commit(Changes(puts=[replace(account, state=AccountState.DISABLED)]))
    with pytest.raises(IllegalMoveError, match=r"mail\.box\.owner_off"):
        await office.handing_over.hand_back(administrator, box.id, REASON, FROM)
    account = await kept(scene.city.store, Account, box.owner_id)
    await scene.city.store.commit(Changes(puts=[replace(account, state=AccountState.ACTIVE)]))
    await office.handing_over.hand_back(administrator, box.id, REASON, FROM)

    assert (await stored(scene, box.id)).state is BoxState.OPEN
    assert (await taken_by(scene.city.store, box.address)).id == box.id
    assert box.id not in {
        one.id for one in await scene.city.services.mailroom.mailboxes.boxes(scene.actors["reviewer"])
    }


async def test_a_citizen_closes_his_box_and_opens_it_again_with_all_that_is_in_it(
    scene: Scene, box: Box, office: BoxOffice
) -> None:
    writer, mailboxes = scene.actors["writer"], scene.city.services.mailroom.mailboxes
    await scene.city.store.commit(put_in("m", box.id))
    with pytest.raises(InvalidInputError, match=r"password\.wrong"):
        await office.closing.close(writer.id, "wrong", FROM)
    ended = await office.closing.close(writer.id, PASSWORD, FROM)

    now = scene.city.clock.now()
    assert (ended.closed_at, ended.ends_at) == (now, now + MailRules().closed_life)
    assert (await destination(scene.city.store, box.address)).refusal == CLOSED
    assert await scene.city.services.boxes.own(writer) is None
    with pytest.raises(NotFoundError):
        await mailboxes.item(writer, "m")
    with pytest.raises(IllegalMoveError, match=r"mail\.box\.closed"):
        await office.closing.close(writer.id, PASSWORD, FROM)
    await office.closing.reopen(writer.id, FROM)
    assert (await mailboxes.item(writer, "m")).id == "m"
    with pytest.raises(IllegalMoveError, match=r"mail\.box\.open"):
        await office.closing.reopen(writer.id, FROM)


async def test_staff_close_no_box_with_or_without_one(scene: Scene, office: BoxOffice) -> None:
    await staff_box(scene)
    for person in ("handler", "auditor"):
        with pytest.raises(NotFoundError):
            await office.closing.own(scene.actors[person].id)


async def test_what_a_closed_box_held_goes_in_small_steps_that_may_be_cut_off(
    scene: Scene, box: Box, office: BoxOffice
) -> None:
    """All that there is goes, with every byte that nobody else holds; what another box holds as well stays there."""
    store, writer, upkeep = scene.city.store, scene.actors["writer"], scene.city.services.mailroom.upkeep
    other = await own_box(scene.city, scene.actors["neighbour"])
    raw = b"Subject: both\r\n\r\nin two boxes\r\n"
    for number in range(450):
        await store.commit(put_in(f"m{number}", box.id))
    await store.commit(put_in("shared", box.id, raw=raw))
    await store.commit(put_in("kept", other.id, raw=raw) + Changes(inserts=[BoxSettings(id=box.id, signature="我")]))
    await scene.city.services.mailroom.mailboxes.expunge(writer, ["m0"])
    await office.closing.close(writer.id, PASSWORD, FROM)
    assert await upkeep.end_closed() == 0
    scene.city.clock.advance(MailRules().closed_life)

    assert await upkeep.end_closed() == 201
    left = [one async for one in store.all_mail(box.id)]
    assert (len(left), (await stored(scene, box.id)).state) == (250, BoxState.CLOSED)
    while await upkeep.end_closed():
        pass
    assert [one async for one in store.all_mail(box.id)] == []
    assert await store.folders_of(box.id) == []
    assert await store.get(BoxSettings, box.id) is None
    assert (await store.used([mail_usage(box.id)]))[mail_usage(box.id)] == 0
    assert await store.get(MailItem, "m7") is None
    for _ in range(3):
        while await upkeep.sweep_contents():
            pass
        scene.city.clock.advance(timedelta(hours=2))
    for _ in range(2):
        while await store.sweep_blobs(scene.city.clock.now(), timedelta(days=1), 50):
            pass
        scene.city.clock.advance(timedelta(days=1))
    assert await store.blob(blob_of(b"Subject: m7\r\n\r\nbody").id) is None
    assert await store.blob(blob_of(raw).id) == raw
    assert (await kept(store, BoxAddress, box.address)).box_id == box.id


async def test_a_box_that_is_opened_after_its_end_is_empty_and_bears_its_old_addresses(
    scene: Scene, box: Box, office: BoxOffice
) -> None:
    writer, upkeep = scene.actors["writer"], scene.city.services.mailroom.upkeep
    await scene.city.store.commit(put_in("m", box.id))
    old = {one.name: one.uid_validity for one in await scene.city.store.folders_of(box.id)}
    await office.closing.close(writer.id, PASSWORD, FROM)
    scene.city.clock.advance(MailRules().closed_life)
    while await upkeep.end_closed():
        pass
    await office.closing.reopen(writer.id, FROM)
    again = await own_box(scene.city, writer)
    folders = {one.name: one.uid_validity for one in await scene.city.store.folders_of(box.id)}

    assert (again.address, folders.keys()) == (box.address, old.keys())
    assert all(folders[name] not in old.values() for name in folders)
    assert (await scene.city.services.boxes.list(writer, PageRequest())).items == []
    await scene.city.store.commit(put_in("n", box.id))


async def test_a_box_that_is_opened_again_in_time_loses_nothing_to_the_chore(
    scene: Scene, box: Box, office: BoxOffice
) -> None:
    await scene.city.store.commit(put_in("m", box.id))
    await office.closing.close(scene.actors["writer"].id, PASSWORD, FROM)
    await office.closing.reopen(scene.actors["writer"].id, FROM)
    scene.city.clock.advance(MailRules().closed_life * 2)

    assert await scene.city.services.mailroom.upkeep.end_closed() == 0
    assert await scene.city.store.get(MailItem, "m") is not None


async def test_the_register_shows_how_full_boxes_are_and_sets_their_quotas(
    scene: Scene, box: Box, office: BoxOffice
) -> None:
    administrator = scene.actors["administrator"]
    await scene.city.store.commit(put_in("m", box.id, size_bytes=3 * MIB))
    found = await office.register.find(administrator, BoxWish(kind=BoxKind.CITIZEN), PageRequest())
    (row,) = [one for one in found.items if one.box.id == box.id]
    assert (row.mail_bytes, row.mail_most, row.disk_bytes, row.disk_most) == (3 * MIB, 10 * MIB, 0, 10 * MIB)
    await office.register.set_quotas(administrator, box.id, " 4 ", "1", FROM)
    row = await office.register.one(administrator, box.id)
    assert (row.mail_most, row.disk_most) == (4 * MIB, MIB)

    files = scene.city.services.disk.files
    with pytest.raises(QuotaError):
        await files.put(scene.actors["writer"], "", "a.bin", bytes(MIB + 1), origin=FROM)
    await files.put(scene.actors["writer"], "", "a.bin", bytes(MIB), origin=FROM)
    await office.register.set_quotas(administrator, box.id, "", "", FROM)
    row = await office.register.one(administrator, box.id)
    assert (row.mail_most, row.disk_most, row.disk_bytes) == (10 * MIB, 10 * MIB, MIB)


@pytest.mark.parametrize(("mail_mb", "disk_mb"), [("0", "1"), ("1", "-1"), ("x", ""), ("9999999999", ""), ("", "１")])
async def test_a_quota_is_a_number_of_megabytes(
    scene: Scene, box: Box, office: BoxOffice, mail_mb: str, disk_mb: str
) -> None:
    with pytest.raises(InvalidFormError):
        await office.register.set_quotas(scene.actors["administrator"], box.id, mail_mb, disk_mb, FROM)


async def test_the_register_is_the_administrators_alone(scene: Scene, box: Box, office: BoxOffice) -> None:
    for person in ("writer", "clerk", "auditor", "handler"):
        with pytest.raises(NotAllowedError):
            await office.register.find(scene.actors[person], BoxWish(), PageRequest())
        with pytest.raises(NotAllowedError):
            await office.register.set_quotas(scene.actors[person], box.id, "1", "1", FROM)
