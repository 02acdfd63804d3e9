"""The limits of accounts, sessions and codes: what a city may set, with the defaults it starts from."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from minxin.core.places import Area


class Limit(Struct, frozen=True):
    """At most ``count`` times within ``window``."""

    count: int
    window: timedelta


class AccountRules(Struct, frozen=True, kw_only=True):
    """Settings of accounts (OWASP ASVS 5.0 chapters 6 and 7; GB/T 22239 level 3: 身份鉴别).

    ``signature`` stands before every SMS (短信签名), ``house_address`` is where the house's notices come
    from. ``consent_version`` names the text on the ID number that an
    applicant agrees to (PIPL art. 29). ``common_words`` are the city's own words that are no passwords. ``areas`` are
    the districts and streets that a citizen may say he lives in.
    """

    signature: str = "民信"
    house_address: str = "notice@gov.example"
    consent_version: str = "1"
    common_words: tuple[str, ...] = ()
    areas: tuple[Area, ...] = ()
    min_password_length: int = 8

    staff_second_factor: bool = True
    staff_idle: timedelta = timedelta(minutes=30)
    citizen_idle: timedelta = timedelta(hours=2)
    session_life: timedelta = timedelta(hours=12)
    second_factor_life: timedelta = timedelta(minutes=10)

    wrong_per_account: Limit = Limit(10, timedelta(minutes=15))
    wrong_per_network: Limit = Limit(100, timedelta(minutes=15))
    wrong_second_factors: Limit = Limit(10, timedelta(minutes=15))
    reveals_per_actor: Limit = Limit(20, timedelta(hours=1))
    copies_per_account: Limit = Limit(3, timedelta(days=1))

    code_life: timedelta = timedelta(minutes=5)
    code_tries: int = 5
    codes_per_phone: tuple[Limit, ...] = (
        Limit(1, timedelta(seconds=60)),
        Limit(5, timedelta(hours=1)),
        Limit(10, timedelta(days=1)),
    )
    codes_per_network: Limit = Limit(60, timedelta(hours=1))
