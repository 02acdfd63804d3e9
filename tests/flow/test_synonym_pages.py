"""The administrator's table of synonyms, over real HTTP and the real store."""

from __future__ import annotations

from support.desk import Staff
from support.web import City

from minxin.core.actor import Role
from minxin.core.paging import PageRequest


async def test_a_pair_is_added_found_and_removed(city: City, staff: Staff) -> None:
    browser = await staff(Role.ADMINISTRATOR)
    await browser.get("/admin/synonyms")
    await browser.submit("/admin/synonyms", said="房本", meant="不动产权证书")
    assert (browser.status, browser.path) == (200, "/admin/synonyms")
    assert "不动产权证书" in browser.text

    await browser.get("/admin/synonyms?sought=产权")
    assert "房本" in browser.text
    await browser.get("/admin/synonyms?sought=医保")
    assert "房本" not in browser.text

    (pair,) = await city.store.all_synonyms()
    await browser.get("/admin/synonyms")
    await browser.submit("/admin/synonyms/remove", pair=pair.id)
    assert "房本" not in browser.text
    assert await city.store.all_synonyms() == []


async def test_a_removed_pair_can_be_added_again(city: City, staff: Staff) -> None:
    browser = await staff(Role.ADMINISTRATOR)
    for _ in range(2):
        await browser.get("/admin/synonyms")
        await browser.submit("/admin/synonyms", said="房本", meant="不动产权证书")
        (pair,) = await city.store.all_synonyms()
        await browser.submit("/admin/synonyms/remove", pair=pair.id)

    assert await city.store.all_synonyms() == []


async def test_what_is_no_pair_of_words_is_told_beside_its_field(city: City, staff: Staff) -> None:
    browser = await staff(Role.ADMINISTRATOR)
    for said, meant, told in (("房", "不动产权证书", "2"), ("房本", "长" * 31, "30"), ("房本", " 房本 ", "相同")):
        await browser.get("/admin/synonyms")
        await browser.submit("/admin/synonyms", said=said, meant=meant)
        assert browser.status == 422
        assert told in browser.text

    assert await city.store.all_synonyms() == []


async def test_every_change_of_the_table_is_in_the_audit_log(city: City, staff: Staff) -> None:
    browser = await staff(Role.ADMINISTRATOR)
    await browser.get("/admin/synonyms")
    await browser.submit("/admin/synonyms", said="房本", meant="不动产权证书")
    (pair,) = await city.store.all_synonyms()
    await browser.submit("/admin/synonyms/remove", pair=pair.id)

    entries = (await city.store.audit_page(PageRequest(size=20))).items
    told = [one.entry for one in entries if one.entry.action.startswith("synonym.")]
    assert [one.action for one in told] == ["synonym.removed", "synonym.added"]
    assert {one.target for one in told} == {pair.id}
