"""What people type into the account forms, and its check: one error for each wrong field, all at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from msgspec import Struct

from minxin.core.actor import Role
from minxin.core.errors import InvalidFormError, InvalidInputError
from minxin.mailbox.idnumber import parse_id_number
from minxin.mailbox.names import parse_name
from minxin.mailbox.passwords import check_password
from minxin.mailbox.phone import parse_phone
from minxin.mailbox.rules import AccountRules

T = TypeVar("T")
R = TypeVar("R")
LANGUAGES = ("zh", "en")
MIN_REASON = 5
MAX_REASON = 500
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,30}[a-z0-9]")
_RESERVED = frozenset({"abuse", "hostmaster", "mayor", "noreply", "postmaster", "root", "security", "system"})
# Deliberately narrower than RFC 5322: no quoted local parts, no comments, no bare hosts.
_ADDRESS = re.compile(r"[a-z0-9._%+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}")


class Hidden(Struct, frozen=True, kw_only=True):
    """A form whose content must not reach a log."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class Application(Hidden, frozen=True, kw_only=True):
    """An application for a real-name account (实名申请), as typed.

    ``login`` and ``address`` may stay empty. ``binding`` is whatever ``request_phone_code`` was given.
    """

    name: str
    id_number: str
    phone: str
    code: str
    password: str
    consent: bool = False
    login: str = ""
    address: str = ""
    language: str = "zh"
    binding: str = ""


class DeskForm(Hidden, frozen=True, kw_only=True):
    """A citizen who came to the counter with his card, as the clerk typed it."""

    name: str
    id_number: str
    phone: str
    consent: bool = False
    address: str = ""
    language: str = "zh"


class StaffForm(Hidden, frozen=True, kw_only=True):
    """A new staff account, as the administrator typed it."""

    login: str
    name: str
    phone: str
    password: str
    roles: tuple[Role, ...]
    office_id: str | None = None
    post: str = ""
    language: str = "zh"


class Person(Hidden, frozen=True, kw_only=True):
    """A form after its check: every value in its one normal form."""

    name: str
    phone: str
    id_number: str | None = None
    login: str | None = None
    address: str | None = None
    language: str = "zh"


def check_application(form: Application, rules: AccountRules, today: date) -> Person:
    """Return the applicant; raises ``InvalidFormError`` with one error for each wrong field.

    The phone code is not looked at here: it is only spent when all else is right.
    """
    errors: list[InvalidInputError] = []
    name = take(errors, "name", parse_name, form.name)
    id_number = take(errors, "id_number", lambda text: parse_id_number(text, today), form.id_number)
    phone = take(errors, "phone", parse_phone, form.phone)
    login = take(errors, "login", parse_login, form.login) if form.login.strip() else None
    address = take(errors, "address", parse_address, form.address) if form.address.strip() else None
    own_words = (form.login, form.phone, form.id_number, form.name)
    take(errors, "password", lambda text: check_password(text, rules, own_words), form.password)
    _need_consent(errors, form.consent)
    if errors or name is None or phone is None:
        raise InvalidFormError(errors)
    return Person(
        name=name, phone=phone, id_number=id_number, login=login, address=address, language=_language(form.language)
    )


def check_desk_form(form: DeskForm, today: date) -> Person:
    """Return the citizen at the counter; raises ``InvalidFormError``."""
    errors: list[InvalidInputError] = []
    name = take(errors, "name", parse_name, form.name)
    id_number = take(errors, "id_number", lambda text: parse_id_number(text, today), form.id_number)
    phone = take(errors, "phone", parse_phone, form.phone)
    address = take(errors, "address", parse_address, form.address) if form.address.strip() else None
    _need_consent(errors, form.consent)
    if errors or name is None or phone is None:
        raise InvalidFormError(errors)
    return Person(name=name, phone=phone, id_number=id_number, address=address, language=_language(form.language))


def check_staff_form(form: StaffForm, rules: AccountRules) -> Person:
    """Return the member of staff; raises ``InvalidFormError``."""
    errors: list[InvalidInputError] = []
    name = take(errors, "name", parse_name, form.name)
    phone = take(errors, "phone", parse_phone, form.phone)
    login = take(errors, "login", parse_login, form.login)
    own_words = (form.login, form.phone, form.name)
    take(errors, "password", lambda text: check_password(text, rules, own_words), form.password)
    take(errors, "roles", _check_roles, form.roles)
    if errors or name is None or phone is None:
        raise InvalidFormError(errors)
    return Person(name=name, phone=phone, login=login, language=_language(form.language))


def check_new_password(password: str, rules: AccountRules, own_words: tuple[str, ...]) -> None:
    """Raise ``InvalidFormError`` when this is no good password for its owner."""
    errors: list[InvalidInputError] = []
    take(errors, "new_password", lambda text: check_password(text, rules, own_words), password)
    if errors:
        raise InvalidFormError(errors)


def check_reason(reason: str) -> str:
    """Return the reason without blanks around it; raises ``InvalidInputError`` under 5 or over 500 characters."""
    text = reason.strip()
    if len(text) < MIN_REASON:
        raise InvalidInputError("realname.reason.too_short", field="reason", shortest=MIN_REASON)
    if len(text) > MAX_REASON:
        raise InvalidInputError("realname.reason.too_long", field="reason", longest=MAX_REASON)
    return text


def parse_login(text: str) -> str:
    """Return the log-in name in lower case.

    It starts with a letter, so that it is never taken for a phone or ID number. Raises ``InvalidInputError``.
    """
    login = text.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise InvalidInputError("realname.login.format", field="login")
    if login in _RESERVED:
        raise InvalidInputError("realname.login.reserved", field="login")
    return login


def parse_address(text: str) -> str:
    """Return the mail address in lower case; raises ``InvalidInputError``."""
    address = text.strip().lower()
    if not _ADDRESS.fullmatch(address) or ".." in address:
        raise InvalidInputError("realname.address.format", field="address")
    return address


def take(errors: list[InvalidInputError], field: str, parse: Callable[[T], R], value: T) -> R | None:
    """Return the value in its normal form, or None with the error noted beside the field."""
    try:
        return parse(value)
    except InvalidInputError as error:
        errors.append(InvalidInputError(error.reason, field=field, **error.params))
        return None


def _need_consent(errors: list[InvalidInputError], consent: bool) -> None:
    if not consent:
        errors.append(InvalidInputError("realname.consent.missing", field="consent"))


def _check_roles(roles: tuple[Role, ...]) -> None:
    """Administrator and auditor are never one person (GB/T 22239: 三员分立); staff are no citizens here."""
    if not roles or Role.CITIZEN in roles:
        raise InvalidInputError("staff.roles.missing", field="roles")
    if {Role.ADMINISTRATOR, Role.AUDITOR} <= set(roles):
        raise InvalidInputError("staff.roles.not_together", field="roles")


def _language(language: str) -> str:
    return language if language in LANGUAGES else LANGUAGES[0]
