"""A company from application to closing, its delegates, and who opens its box."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from support.companies import (
    CLERK,
    CODE,
    FROM,
    NAME,
    OTHER_CODE,
    applied,
    form,
    kept,
    own_box,
    phone_of,
    shared,
    verified,
)
from support.scene import Scene
from support.web import PASSWORD

from minxin.core.actor import Actor
from minxin.core.changes import Changes
from minxin.core.errors import (
    IllegalMoveError,
    InvalidFormError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
)
from minxin.core.paging import PageRequest
from minxin.core.store import Queue
from minxin.mailbox.companies.decisions import MOST_APPLICATIONS, MOST_PEOPLE
from minxin.mailbox.companies.desk import CompanyDesk
from minxin.mailbox.companies.own import Companies
from minxin.mailbox.companies.records import Company, CompanyState, Delegate, Invitation
from minxin.mailbox.mail.destination import CLOSED, destination
from minxin.mailbox.mail.records import Box, BoxKind, BoxState
from minxin.mailbox.mail.rules import MailRules
from minxin.mailbox.records import Account, AccountState, NoticeWay
from minxin.mailbox.sms import opened
from minxin.mailbox.sweeping import sweep_expired
from minxin.mailbox.texting.sending import MAIL_CHANNEL


@pytest.fixture
def own(scene: Scene) -> Companies:
    return scene.city.services.companies.own


@pytest.fixture
def desk(scene: Scene) -> CompanyDesk:
    return scene.city.services.companies.desk


@pytest.fixture
def writer(scene: Scene) -> Actor:
    return scene.actors["writer"]


@pytest.fixture
def neighbour(scene: Scene) -> Actor:
    return scene.actors["neighbour"]


async def boxes(scene: Scene, actor: Actor) -> list[Box]:
    found = await scene.city.services.mailroom.mailboxes.boxes(actor)
    return [box for box in found if box.kind is BoxKind.COMPANY]


async def told(scene: Scene, actor: Actor) -> list[str]:
    return [one.subject for one in (await scene.city.services.boxes.list(actor, PageRequest())).items]


async def test_a_verified_company_has_a_box_that_its_applicant_opens(scene: Scene, writer: Actor) -> None:
    company = await verified(scene.city, writer)
    (box,) = await boxes(scene, writer)

    assert company.verification is not None
    assert (company.state, company.verification.by) == (CompanyState.ACTIVE, CLERK.id)
    assert (box.id, box.kind, box.address.partition("@")[2]) == (company.id, BoxKind.COMPANY, "corp.binhai.example")
    assert await boxes(scene, scene.actors["neighbour"]) == []
    assert await told(scene, writer) == [f"企业已通过核验：{NAME}"]


async def test_before_the_licence_was_seen_there_is_no_box(
    scene: Scene, writer: Actor, own: Companies, desk: CompanyDesk
) -> None:
    company = await applied(scene.city, writer)
    waiting = await desk.companies(CLERK, CompanyState.APPLIED, PageRequest())

    assert [one.id for one in waiting.items] == [company.id]
    assert await scene.city.store.get(Box, company.id) is None
    with pytest.raises(IllegalMoveError):
        await own.invite(writer, company.id, "13900000000", FROM)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": OTHER_CODE}, "code"),
        ({"name": "滨海市晨曦科技有限公司"}, "name"),
        ({"representative": "李四"}, "representative"),
    ],
)
async def test_what_differs_from_the_licence_is_not_verified(
    scene: Scene,
    writer: Actor,
    desk: CompanyDesk,
    changed: dict[str, str],
    field: str,
) -> None:
    company = await applied(scene.city, writer)

    with pytest.raises(InvalidFormError) as refusal:
        await desk.verify(CLERK, company.id, form(**changed), FROM)
    assert [(one.reason, one.field) for one in refusal.value.errors] == [(f"company.desk.{field}", field)]


async def test_the_form_says_all_that_is_wrong_at_once(writer: Actor, own: Companies) -> None:
    typed = replace(form(code="123", name="公司", representative=""), district="moon")

    with pytest.raises(InvalidFormError) as refusal:
        await own.apply(writer, typed, FROM)
    assert {one.field for one in refusal.value.errors} == {"code", "name", "representative", "district"}


async def test_nobody_applies_twice_nor_for_what_is_registered(scene: Scene, writer: Actor, neighbour: Actor) -> None:
    await applied(scene.city, writer)
    with pytest.raises(InvalidInputError, match=r"company\.twice"):
        await applied(scene.city, writer)
    await verified(scene.city, neighbour)
    third = await scene.citizen("third", "13800000003")
    with pytest.raises(InvalidInputError, match=r"company\.taken"):
        await applied(scene.city, await scene.city.accounts.people.actor_of(third.id))


async def test_of_two_applications_for_one_code_only_one_is_verified(
    scene: Scene, writer: Actor, neighbour: Actor, desk: CompanyDesk
) -> None:
    second = await applied(scene.city, neighbour)
    await verified(scene.city, writer)

    with pytest.raises(InvalidInputError, match=r"company\.taken"):
        await desk.verify(CLERK, second.id, form(), FROM)


async def test_a_citizen_has_few_applications_that_wait(scene: Scene, writer: Actor) -> None:
    codes = [CODE, OTHER_CODE, "914403001922038216", "91330100799655058B"]
    for code in codes[:MOST_APPLICATIONS]:
        await applied(scene.city, writer, code=code)
    with pytest.raises(InvalidInputError, match=r"company\.too_many"):
        await applied(scene.city, writer, code=codes[MOST_APPLICATIONS])


async def test_who_was_refused_is_told_why_and_applies_again(scene: Scene, writer: Actor, desk: CompanyDesk) -> None:
    company = await applied(scene.city, writer)
    await desk.refuse(CLERK, company.id, "执照已过期，请换发", FROM)
    again = await applied(scene.city, writer)

    assert (again.id, again.state, again.refusal) == (company.id, CompanyState.APPLIED, "")
    assert await told(scene, writer) == [f"企业申请未通过：{NAME}"]


async def test_only_citizens_apply_and_only_clerks_verify(scene: Scene, writer: Actor, desk: CompanyDesk) -> None:
    with pytest.raises(NotFoundError):
        await applied(scene.city, scene.actors["handler"])
    company = await applied(scene.city, writer)
    for person in ("writer", "handler", "administrator"):
        with pytest.raises(NotAllowedError):
            await desk.verify(scene.actors[person], company.id, form(), FROM)


async def test_a_delegate_who_accepts_opens_the_box_until_he_is_removed(
    scene: Scene, writer: Actor, neighbour: Actor, own: Companies
) -> None:
    company = await verified(scene.city, writer)
    await shared(scene, company)
    shown = await own.company(neighbour, company.id)

    assert [box.id for box in await boxes(scene, neighbour)] == [company.id]
    assert [(one.account_id, one.authorised) for one in shown.members] == [(writer.id, True), (neighbour.id, False)]
    assert (shown.acts, shown.invitations) == (False, ())
    assert f"{NAME} 邀请您作为经办人" in await told(scene, neighbour)

    await own.remove(writer, company.id, neighbour.id, FROM)
    assert await boxes(scene, neighbour) == []
    with pytest.raises(NotFoundError):
        await own.company(neighbour, company.id)


async def test_a_delegate_leaves_by_himself_and_removes_nobody(
    scene: Scene, writer: Actor, neighbour: Actor, own: Companies
) -> None:
    company = await verified(scene.city, writer)
    await shared(scene, company)

    with pytest.raises(NotFoundError):
        await own.remove(neighbour, company.id, writer.id, FROM)
    with pytest.raises(NotFoundError):
        await own.invite(neighbour, company.id, "13900000000", FROM)
    with pytest.raises(IllegalMoveError, match=r"company\.authorised\.stays"):
        await own.remove(writer, company.id, writer.id, FROM)
    await own.remove(neighbour, company.id, neighbour.id, FROM)
    assert await scene.city.store.delegations_of(neighbour.id) == []


async def test_an_invitation_tells_nobody_who_has_an_account(scene: Scene, writer: Actor, own: Companies) -> None:
    company = await verified(scene.city, writer)
    await own.invite(writer, company.id, "13911112222", FROM)
    await own.invite(writer, company.id, "Nobody@citizen.binhai.example", FROM)
    await own.invite(writer, company.id, "13800000002", FROM)
    shown = (await own.company(writer, company.id)).invitations

    assert {one.shown for one in shown} == {"139****2222", "nobody@citizen.binhai.example", "138****0002"}
    with pytest.raises(InvalidInputError, match=r"company\.invited"):
        await own.invite(writer, company.id, "13800000002", FROM)
    with pytest.raises(InvalidInputError, match=r"company\.who"):
        await own.invite(writer, company.id, "12", FROM)


@pytest.mark.parametrize("way", NoticeWay)
async def test_who_is_invited_hears_of_it_at_his_address_outside_unless_he_wants_to_hear_of_nothing(
    scene: Scene, writer: Actor, neighbour: Actor, own: Companies, way: NoticeWay
) -> None:
    company = await verified(scene.city, writer)
    account = await kept(scene.city.store, Account, neighbour.id)
    told = replace(account, address="neighbour@home.example", notices=way)
    await scene.city.store.commit(Changes(puts=[told]))
    await own.invite(writer, company.id, "13800000002", FROM)
    claims = await scene.city.store.claim(Queue.OUTBOX, [MAIL_CHANNEL], scene.city.clock.now(), timedelta(minutes=1), 9)
    words = [opened(one.work.payload, scene.city.vault).words for one in claims]

    assert len(words) == (way is not NoticeWay.NONE)
    assert all(NAME in one and "登录信箱" in one for one in words)


async def test_somebody_is_invited_by_his_address_here(
    scene: Scene, writer: Actor, neighbour: Actor, own: Companies
) -> None:
    company = await verified(scene.city, writer)
    box = await own_box(scene.city, neighbour)
    await own.invite(writer, company.id, box.address.upper(), FROM)
    (invited,) = await own.invitations(neighbour)
    with pytest.raises(NotFoundError):
        await own.answer(writer, invited.invitation.id, True, FROM)
    await own.answer(neighbour, invited.invitation.id, False, FROM)

    assert await own.invitations(neighbour) == []
    assert await boxes(scene, neighbour) == []


async def test_an_old_invitation_is_good_for_nothing_and_is_swept(
    scene: Scene, writer: Actor, neighbour: Actor, own: Companies
) -> None:
    company = await verified(scene.city, writer)
    await own.invite(writer, company.id, "13800000002", FROM)
    (invited,) = await own.invitations(neighbour)
    scene.city.clock.advance(timedelta(days=7))

    assert await own.invitations(neighbour) == []
    with pytest.raises(IllegalMoveError, match=r"company\.invitation\.old"):
        await own.answer(neighbour, invited.invitation.id, True, FROM)
    assert await sweep_expired(scene.city.store, scene.city.clock.now()) > 0
    assert await scene.city.store.get(Invitation, invited.invitation.id) is None


async def test_an_invitation_is_taken_back(scene: Scene, writer: Actor, neighbour: Actor, own: Companies) -> None:
    company = await verified(scene.city, writer)
    await own.invite(writer, company.id, "13800000002", FROM)
    (invited,) = await own.invitations(neighbour)
    await own.take_back(writer, company.id, invited.invitation.id, FROM)

    with pytest.raises(NotFoundError):
        await own.answer(neighbour, invited.invitation.id, True, FROM)


async def test_a_company_has_only_so_many_people(scene: Scene, writer: Actor, own: Companies) -> None:
    company = await verified(scene.city, writer)
    for number in range(MOST_PEOPLE - 1):
        await own.invite(writer, company.id, f"139111122{number:02d}", FROM)
    with pytest.raises(InvalidInputError, match=r"company\.people"):
        await own.invite(writer, company.id, "13911112299", FROM)


async def test_a_company_is_passed_on_to_a_delegate_with_the_password(
    scene: Scene, writer: Actor, neighbour: Actor, own: Companies
) -> None:
    company = await verified(scene.city, writer)
    await shared(scene, company)
    with pytest.raises(InvalidInputError, match=r"password\.wrong"):
        await own.pass_on(writer.id, company.id, neighbour.id, "wrong", FROM)
    with pytest.raises(NotFoundError):
        await own.pass_on(neighbour.id, company.id, neighbour.id, PASSWORD, FROM)
    await own.pass_on(writer.id, company.id, neighbour.id, PASSWORD, FROM)

    assert (await kept(scene.city.store, Company, company.id)).authorised_id == neighbour.id
    assert (await own.company(writer, company.id)).acts is False
    await own.remove(writer, company.id, writer.id, FROM)


async def test_who_acts_for_a_company_closes_his_account_only_when_it_is_in_other_hands(
    scene: Scene, writer: Actor, neighbour: Actor, own: Companies
) -> None:
    company = await verified(scene.city, writer)
    await shared(scene, company)
    waiting = await applied(scene.city, writer, code=OTHER_CODE)
    credentials = scene.city.accounts.credentials
    with pytest.raises(IllegalMoveError, match=r"company\.authorised\.closing"):
        await credentials.close(writer.id, PASSWORD, FROM)
    assert (await kept(scene.city.store, Account, writer.id)).state is AccountState.ACTIVE
    await own.pass_on(writer.id, company.id, neighbour.id, PASSWORD, FROM)
    await credentials.close(writer.id, PASSWORD, FROM)

    assert await scene.city.store.get(Company, waiting.id) is None
    assert [one.account_id for one in await scene.city.store.delegates_of(company.id)] == [neighbour.id]


async def test_a_closed_company_opens_again_within_its_time_with_its_authorised_person_alone(
    scene: Scene, writer: Actor, neighbour: Actor, own: Companies, desk: CompanyDesk
) -> None:
    company = await verified(scene.city, writer)
    await shared(scene, company)
    await own.close(writer.id, company.id, PASSWORD, FROM)
    box = await kept(scene.city.store, Box, company.id)

    now = scene.city.clock.now()
    assert (box.state, box.closed_at, box.ends_at) == (BoxState.CLOSED, now, now + MailRules().closed_life)
    assert (await destination(scene.city.store, box.address)).refusal == CLOSED
    assert await boxes(scene, writer) == await boxes(scene, neighbour) == []
    await desk.reopen(CLERK, company.id, "误操作，代表到窗口申请恢复", FROM)
    assert [one.id for one in await boxes(scene, writer)] == [company.id]
    assert await boxes(scene, neighbour) == []


async def test_when_its_time_is_over_a_company_must_apply_anew(
    scene: Scene, writer: Actor, own: Companies, desk: CompanyDesk
) -> None:
    company = await verified(scene.city, writer)
    await own.close(writer.id, company.id, PASSWORD, FROM)
    scene.city.clock.advance(MailRules().closed_life)

    with pytest.raises(IllegalMoveError, match=r"company\.reopen\.late"):
        await desk.reopen(CLERK, company.id, "代表到窗口申请恢复", FROM)
    again = await verified(scene.city, writer)
    assert again.id != company.id


async def test_a_clerk_appoints_another_person_against_the_licence(
    scene: Scene, writer: Actor, neighbour: Actor, desk: CompanyDesk
) -> None:
    company = await verified(scene.city, writer)
    with pytest.raises(InvalidFormError):
        await desk.appoint(CLERK, company.id, form(representative="李四"), "13800000002", FROM)
    with pytest.raises(InvalidInputError, match=r"company\.nobody"):
        await desk.appoint(CLERK, company.id, form(), "13911112222", FROM)
    await desk.appoint(CLERK, company.id, form(), "13800000002", FROM)

    assert (await kept(scene.city.store, Company, company.id)).authorised_id == neighbour.id
    assert [box.id for box in await boxes(scene, neighbour)] == [company.id]


async def test_who_is_switched_off_opens_no_companys_box(scene: Scene, writer: Actor) -> None:
    company = await verified(scene.city, writer)
    account = await kept(scene.city.store, Account, writer.id)
    await scene.city.store.commit(Changes(puts=[replace(account, state=AccountState.DISABLED)]))
    actor = await scene.city.accounts.people.actor_of(writer.id)

    assert await boxes(scene, actor) == []
    assert await scene.city.store.get(Delegate, f"{company.id}/{writer.id}") is not None


async def test_two_who_accept_and_close_at_once_leave_no_delegate_of_a_closed_company(
    scene: Scene, writer: Actor, neighbour: Actor, own: Companies
) -> None:
    company = await verified(scene.city, writer)
    account = await kept(scene.city.store, Account, neighbour.id)
    await own.invite(writer, company.id, phone_of(scene.city, account), FROM)
    (invited,) = await own.invitations(neighbour)
    await own.close(writer.id, company.id, PASSWORD, FROM)

    with pytest.raises(NotFoundError):
        await own.answer(neighbour, invited.invitation.id, True, FROM)
    assert await scene.city.store.delegates_of(company.id) == []
