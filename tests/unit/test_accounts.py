"""Decisions about accounts: application, verification, refusal, staff, reveal, closing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from msgspec import to_builtins
from msgspec.structs import replace

from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.changes import Changes
from minxin.core.errors import IllegalMoveError, InvalidFormError, InvalidInputError, MinxinError, NotAllowedError
from minxin.core.privacy import Vault
from minxin.mailbox import accounts, boxes, reveals
from minxin.mailbox.accounts import Card, Holders
from minxin.mailbox.forms import (
    Application,
    DeskForm,
    Person,
    StaffForm,
    check_application,
    check_desk_form,
    check_reason,
    check_staff_form,
)
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.mail.records import MailItem
from minxin.mailbox.records import Account, AccountState, Verification, VerifiedBy
from minxin.mailbox.reveals import Datum
from minxin.mailbox.rules import AccountRules

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
ID_NUMBER, PHONE = "11010519491231002X", "13812345678"
RULES = AccountRules(consent_version="2026-01")
VAULT = Vault(bytes(32))
CLERK = Actor("clerk", frozenset({Role.CLERK}), "centre", "受理员")
HANDLER = Actor("handler", frozenset({Role.HANDLER}), "chengguan", "综合科承办人")
ADMINISTRATOR = Actor("admin", frozenset({Role.ADMINISTRATOR}))
FORM = Application(
    name="王小明", id_number=ID_NUMBER, phone=PHONE, code="123456", password="三只猫 在修车铺 旁边", consent=True
)
NOBODY = Holders()
PERSON = Person(name="王小明", phone=PHONE, id_number=ID_NUMBER)


def applied(verification: Verification | None = None, holders: Holders = NOBODY) -> Account:
    account, _ = accounts.apply(VAULT, RULES, PERSON, holders, "hash", verification, "a" * 22, NOW)
    return replace(account, version=account.version + 1)


def active() -> Account:
    return applied(Verification(VerifiedBy.REGISTER, NOW, "system"))


def staff(account_id: str = "s", *roles: Role) -> Account:
    form = StaffForm(login="li", name="李处长", phone=PHONE, password="", roles=roles or (Role.HANDLER,), office_id="o")
    person = Person(name="李处长", phone=PHONE, login="li")
    account, _ = accounts.create_staff(VAULT, person, form, None, "hash", SYSTEM, account_id, NOW)
    return replace(account, version=1)


def kinds(changes: Changes) -> list[str]:
    return [event.kind for event in changes.events]


def errors_of(caught: pytest.ExceptionInfo[InvalidFormError]) -> dict[str | None, str]:
    return {error.field: error.reason for error in caught.value.errors}


def test_application_with_everything_wrong_names_every_field_at_once() -> None:
    form = Application(
        name="7", id_number="110105194912310021", phone="1", code="", password="123", login="9", address="nobody"
    )
    with pytest.raises(InvalidFormError) as caught:
        check_application(form, RULES, TODAY)
    assert errors_of(caught) == {
        "name": "realname.name.length",
        "id_number": "realname.id_number.checksum",
        "phone": "realname.phone.format",
        "login": "realname.login.format",
        "address": "realname.address.format",
        "password": "password.too_short",
        "consent": "realname.consent.missing",
    }


def test_application_is_brought_into_normal_form() -> None:
    form = Application(
        name=" 王 小明 ",
        id_number="110105 49 1231 002",
        phone="+86 138-1234-5678",
        code="",
        password=FORM.password,
        consent=True,
        login="XiaoMing.Wang",
        address="Wang@Example.COM",
        language="xx",
    )
    assert to_builtins(check_application(form, RULES, TODAY)) == {
        "name": "王小明",
        "phone": PHONE,
        "id_number": ID_NUMBER,
        "login": "xiaoming.wang",
        "address": "wang@example.com",
        "language": "zh",
    }


def test_id_number_is_not_kept_without_consent() -> None:
    with pytest.raises(InvalidFormError) as online:
        check_application(replace(FORM, consent=False), RULES, TODAY)
    with pytest.raises(InvalidFormError) as at_desk:
        check_desk_form(DeskForm(name="王小明", id_number=ID_NUMBER, phone=PHONE), TODAY)
    assert errors_of(online) == errors_of(at_desk) == {"consent": "realname.consent.missing"}
    consent = applied().consent
    assert consent is not None
    assert (consent.text_version, consent.at) == ("2026-01", NOW)


def test_forms_do_not_show_their_content() -> None:
    assert repr(FORM) == "Application(…)"
    assert repr(PERSON) == "Person(…)"


@pytest.mark.parametrize(
    "login", ["abc", "1abc", "ab cd", "postmaster", "王小明同志", "a" * 33, "abc-", PHONE, "closed:abc"]
)
def test_bad_login_is_refused(login: str) -> None:
    with pytest.raises(InvalidFormError):
        check_application(replace(FORM, login=login), RULES, TODAY)


@pytest.mark.parametrize(
    "address", ["a@b", "a b@c.cn", "a@b..cn", "a\r\nBcc:x@y.cn", "王@例子.中国", '"a b"@c.cn', "a@b.cn,c@d.cn"]
)
def test_bad_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidFormError):
        check_application(replace(FORM, address=address), RULES, TODAY)


def test_applicant_may_log_in_but_has_no_role() -> None:
    account = applied()
    assert account.state is AccountState.APPLIED
    assert accounts.may_log_in(account)
    assert accounts.actor_of(account).roles == frozenset()


def test_verified_applicant_is_active_at_once() -> None:
    account = active()
    assert account.state is AccountState.ACTIVE
    assert accounts.actor_of(account).is_a(Role.CITIZEN)


def test_nothing_that_is_written_about_an_application_shows_id_number_or_phone() -> None:
    _, changes = accounts.apply(VAULT, RULES, PERSON, Holders(), "hash", None, "a", NOW)
    assert PHONE not in repr(changes) and ID_NUMBER not in repr(changes)
    assert "王小明" not in repr(changes.events)


def test_values_of_another_account_are_refused_field_by_field() -> None:
    other = replace(active(), id="other")
    holders = Holders(by_phone=other, by_id_number=other, by_login=other, by_address=other)
    with pytest.raises(InvalidFormError) as caught:
        applied(holders=holders)
    assert errors_of(caught) == {
        field: f"realname.{field}.taken" for field in ("phone", "id_number", "login", "address")
    }


def test_who_was_refused_applies_again_with_the_same_account() -> None:
    refused, _ = accounts.refuse(applied(), CLERK, "证件照片不清", NOW)
    again, changes = accounts.apply(VAULT, RULES, PERSON, Holders(by_phone=refused), "new", None, "other id", NOW)
    assert (again.id, again.version, again.login) == (refused.id, refused.version, refused.login)
    assert (again.state, again.refusal) == (AccountState.APPLIED, "")
    assert changes.puts == [again] and not changes.inserts


def test_clerk_verifies_with_the_card_in_hand() -> None:
    account, changes = accounts.verify_at_desk(VAULT, applied(), Card("王小明", ID_NUMBER), CLERK, NOW)
    assert account.state is AccountState.ACTIVE
    assert account.verification == Verification(VerifiedBy.DESK, NOW, "clerk")
    assert kinds(changes) == ["verified"]


def test_card_that_differs_is_refused_with_what_differs() -> None:
    with pytest.raises(InvalidFormError) as caught:
        accounts.verify_at_desk(VAULT, applied(), Card("王大明", "110105200002290013"), CLERK, NOW)
    assert errors_of(caught) == {
        "name": "realname.desk.name_differs",
        "id_number": "realname.desk.id_number_differs",
    }


def test_only_an_application_can_be_verified_or_refused() -> None:
    for account in (active(), replace(active(), state=AccountState.DISABLED)):
        with pytest.raises(IllegalMoveError):
            accounts.verify_at_desk(VAULT, account, Card("王小明", ID_NUMBER), CLERK, NOW)
        with pytest.raises(IllegalMoveError):
            accounts.refuse(account, CLERK, "不予通过", NOW)


def test_refusal_erases_the_id_number_for_its_true_holder() -> None:
    account, changes = accounts.refuse(applied(), CLERK, "证件不是本人", NOW)
    assert (account.state, account.refusal) == (AccountState.REFUSED, "证件不是本人")
    assert account.id_number is None and account.id_index is None
    assert kinds(changes) == ["refused"]


def test_staff_account_is_active_with_its_roles_and_office() -> None:
    account = staff("s", Role.HANDLER, Role.REVIEWER)
    actor = accounts.actor_of(account)
    assert accounts.is_staff(account)
    assert actor.roles == {Role.HANDLER, Role.REVIEWER}
    assert actor.office_id == "o"


@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        ((), "staff.roles.missing"),
        ((Role.CITIZEN, Role.CLERK), "staff.roles.missing"),
        ((Role.ADMINISTRATOR, Role.AUDITOR), "staff.roles.not_together"),
    ],
)
def test_roles_that_must_be_separate_are_refused(roles: tuple[Role, ...], reason: str) -> None:
    form = StaffForm(login="lichu", name="李处长", phone=PHONE, password=FORM.password, roles=roles)
    with pytest.raises(InvalidFormError) as caught:
        check_staff_form(form, RULES)
    assert errors_of(caught) == {"roles": reason}


def test_administrator_switches_staff_off_and_on_but_not_himself() -> None:
    off, changes = accounts.set_active(staff(), False, "调离岗位", ADMINISTRATOR, NOW)
    assert not accounts.may_log_in(off)
    assert accounts.actor_of(off).roles == frozenset()
    assert kinds(changes) == ["disabled"]
    on, _ = accounts.set_active(off, True, "返回岗位", ADMINISTRATOR, NOW)
    assert on.state is AccountState.ACTIVE
    with pytest.raises(IllegalMoveError):
        accounts.set_active(staff("admin", Role.ADMINISTRATOR), False, "试一下看", ADMINISTRATOR, NOW)
    with pytest.raises(IllegalMoveError):
        accounts.set_active(on, True, "已经是了", ADMINISTRATOR, NOW)


@dataclass
class Door:
    actor: Actor
    citizen: bool
    staff: bool


@pytest.mark.parametrize(
    "door",
    [
        Door(CLERK, citizen=True, staff=False),
        Door(ADMINISTRATOR, citizen=False, staff=True),
        Door(SYSTEM, citizen=True, staff=True),
        Door(HANDLER, citizen=False, staff=False),
        Door(Actor("m", frozenset({Role.MANAGER})), citizen=False, staff=False),
        Door(Actor("u", frozenset({Role.AUDITOR})), citizen=False, staff=False),
        Door(Actor("c", frozenset({Role.CITIZEN})), citizen=False, staff=False),
        Door(Actor("a" * 22), citizen=True, staff=False),
        Door(Actor("s"), citizen=False, staff=True),
    ],
    ids=lambda door: door.actor.id,
)
def test_who_may_know_an_account(door: Door) -> None:
    assert accounts.may_access(door.actor, active()) is door.citizen
    assert accounts.may_access(door.actor, staff()) is door.staff


def test_closing_erases_who_it_was() -> None:
    changes = accounts.close(VAULT, active(), NOW)
    [account] = changes.puts
    assert isinstance(account, Account)
    assert account.state is AccountState.CLOSED
    assert account.name == "" and VAULT.open(account.phone, "phone") == ""
    assert account.id_number is None and account.id_index is None and account.password_hash == ""
    assert account.phone_index != active().phone_index
    assert not accounts.may_log_in(account)
    with pytest.raises(IllegalMoveError):
        accounts.close(VAULT, staff(), NOW)


def test_reveal_gives_the_datum_and_tells_the_writer_who_looked() -> None:
    request = reveals.Request(HANDLER, Datum.PHONE, "约上门查看油烟", "letter")
    value, changes = reveals.reveal(VAULT, active(), request, NOW)
    assert value == PHONE
    [look] = reveals.reveals_of(changes.events)
    assert to_builtins(look) == {
        "at": "2026-03-02T01:00:00Z",
        "office_id": "chengguan",
        "post": "综合科承办人",
        "what": "phone",
        "reason": "约上门查看油烟",
        "letter_id": "letter",
    }
    assert PHONE not in repr(changes)


@pytest.mark.parametrize(("what", "value"), [(Datum.NAME, "王小明"), (Datum.ID_NUMBER, ID_NUMBER)])
def test_one_datum_is_revealed_at_a_time(what: Datum, value: str) -> None:
    request = reveals.Request(CLERK, what, "核对来信人", "letter")
    assert reveals.reveal(VAULT, active(), request, NOW)[0] == value


@pytest.mark.parametrize(
    "role", [Role.CITIZEN, Role.SIGNER, Role.REVIEWER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR]
)
def test_roles_that_never_need_a_name_get_none(role: Role) -> None:
    with pytest.raises(NotAllowedError):
        reveals.reveal(VAULT, active(), reveals.Request(Actor("x", frozenset({role})), Datum.NAME, "想看看", "l"), NOW)


def test_what_is_not_stored_cannot_be_revealed() -> None:
    with pytest.raises(InvalidInputError) as caught:
        reveals.reveal(VAULT, staff(), reveals.Request(CLERK, Datum.ID_NUMBER, "核对来信人", "l"), NOW)
    assert caught.value.reason == "realname.reveal.nothing"


def test_looks_come_newest_first_and_other_events_are_no_looks() -> None:
    later = replace(
        reveals.reveal(VAULT, active(), reveals.Request(CLERK, Datum.NAME, "核对来信人", "2"), NOW)[1].events[0]
    )
    first = reveals.reveal(VAULT, active(), reveals.Request(CLERK, Datum.NAME, "核对来信人", "1"), NOW)[1].events[0]
    _, application = accounts.apply(VAULT, RULES, PERSON, Holders(), "hash", None, "a", NOW)
    assert [look.letter_id for look in reveals.reveals_of([*application.events, first, later])] == ["2", "1"]


@pytest.mark.parametrize(("reason", "key"), [("看看  ", "too_short"), ("", "too_short"), ("长" * 501, "too_long")])
def test_reason_must_say_something(reason: str, key: str) -> None:
    with pytest.raises(MinxinError) as caught:
        check_reason(reason)
    assert caught.value.reason == f"realname.reason.{key}"


def test_staff_see_a_citizen_masked() -> None:
    assert to_builtins(reveals.masked(VAULT, active())) == {
        "name": "王**",
        "phone": "138****5678",
        "id_number": "110*************2X",
    }
    assert reveals.masked(VAULT, staff()).id_number == ""


def test_message_goes_into_the_box_and_nothing_of_it_leaves_the_house() -> None:
    def delivered() -> Changes:
        return boxes.deliver(
            HouseMail("notice@gov.example"),
            active(),
            NOW,
            key="reply:1",
            sender="市城管局",
            subject="关于烧烤店油烟的答复",
            text="已责令停业整改",
            letter_id="letter",
        )

    changes = delivered()
    [item] = changes.inserts
    assert isinstance(item, MailItem)
    assert item.id == delivered().inserts[0].id == boxes.message_id(active().id, "reply:1")
    assert (item.official, item.letter_id, item.snippet) == (True, "letter", "已责令停业整改")
    assert not changes.outbox


def test_closed_account_gets_nothing() -> None:
    closed = replace(active(), state=AccountState.CLOSED)
    house = HouseMail("notice@gov.example")
    assert boxes.deliver(house, closed, NOW, key="k", sender="s", subject="s", text="t") == Changes()
