"""Where citizens live, from the city's own data: filled in for who never said, told to him, and never again."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.official import AREAS
from support.readers import inbox, reader
from support.web import ID_NUMBER, City

from minxin.core.actor import SYSTEM
from minxin.core.changes import Changes
from minxin.core.errors import ConfigError
from minxin.mailbox.kit import Kit
from minxin.mailbox.records import Account
from minxin.mailbox.residences import ResidenceImport, import_residences
from minxin.mailbox.rules import AccountRules

OTHER_ID = "110105194912310046"


async def take(city: City, text: str) -> ResidenceImport:
    kit = Kit(city.store, city.vault, city.clock, city.accounts.staffing._kit.passwords, AccountRules(areas=AREAS))
    return await import_residences(kit, text, SYSTEM, lambda _: None)


async def known(city: City, number: int = 1, id_number: str = ID_NUMBER) -> Account:
    """Open the account of somebody whose ID number is verified."""
    account = await reader(city, number)
    named = replace(account, version=1, id_index=city.vault.index(id_number, "id_number"))
    await city.store.commit(Changes(puts=[named]))
    return named


async def area_of(city: City, account: Account) -> tuple[str, ...] | None:
    found = await city.store.get(Account, account.id)
    assert found is not None
    return found.area


async def test_area_is_filled_in_once_and_its_holder_is_told(city: City) -> None:
    account = await known(city)
    file = f"身份证号,区,街道\n{ID_NUMBER},海晏区,鼓楼街道\n{OTHER_ID},海晏区,\n"
    assert await take(city, file) == ResidenceImport(added=1, unknown=1)
    assert await area_of(city, account) == ("海晏区", "鼓楼街道")
    (told,) = await inbox(city, account)
    assert "居住区域" in told.subject and told.official
    assert await take(city, file) == ResidenceImport(said=1, unknown=1)
    assert len(await inbox(city, account)) == 1


async def test_what_a_citizen_said_stays_and_that_he_would_rather_not_say_too(city: City) -> None:
    account = await known(city)
    file = f"id_number,district\n{ID_NUMBER},海晏区\n"
    for said in (("望洲区",), ()):
        await city.accounts.own.set_area(account.id, said, "127.0.0.1")
        assert await take(city, file) == ResidenceImport(said=1)
        assert await area_of(city, account) == said
    assert await inbox(city, account) == []


async def test_wrong_lines_are_told_and_the_others_kept(city: City) -> None:
    account = await known(city)
    file = f"id_number,district,street\n123,海晏区,\n{ID_NUMBER},火星区,\n{ID_NUMBER},海晏区,鼓楼街道\n"
    result = await take(city, file)
    assert result.added == 1 and await area_of(city, account) == ("海晏区", "鼓楼街道")
    assert [(one.line, one.reason) for one in result.errors] == [
        (2, "realname.id_number.length"),
        (3, "account.area"),
    ]


async def test_file_without_its_columns_is_refused(city: City) -> None:
    with pytest.raises(ConfigError, match="id_number and district"):
        await take(city, "姓名\n王小明\n")
