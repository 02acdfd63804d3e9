"""What a delivery asks before a mail comes."""

from __future__ import annotations

from support.mail import NOON
from support.post import citizen

from minxin.core.changes import Changes, Usage
from minxin.core.privacy import Vault
from minxin.mailbox.mail.arrivals import AddressedBox
from minxin.mailbox.mail.keys import mail_usage
from minxin.mailbox.mail.opening import open_box
from minxin.mailbox.mail.records import BoxAddress, BoxKind
from minxin.mailbox.mail.settings import BoxSettings
from minxin.store.sqlite.store import SqliteStore

WANG = "wang@citizen.example"
OFFICE = "office@gov.example"


async def test_an_address_finds_its_box_with_all_that_a_delivery_needs(store: SqliteStore) -> None:
    account = citizen(Vault(bytes(range(32))))
    box, changes = open_box("wang", BoxKind.CITIZEN, "wang", WANG, NOON)
    settings = BoxSettings(id="wang", blocked=("a@b",))
    alias = BoxAddress(id="wang2@citizen.example", box_id="wang")
    await store.commit(changes + Changes(inserts=[account, settings, alias], usages=[Usage(mail_usage("wang"), 7)]))
    for address in (WANG, alias.id):
        found = await store.box_at(address)
        assert found is not None
        assert (found.box.id, found.used, found.box.address) == (box.id, 7, WANG)
        assert (found.settings and found.settings.blocked, found.owner and found.owner.id) == (("a@b",), "wang")


async def test_a_new_box_of_an_office_has_neither_owner_nor_settings(store: SqliteStore) -> None:
    await store.commit(open_box("office", BoxKind.OFFICE, "office", OFFICE, NOON)[1])
    found = await store.box_at(OFFICE)
    assert isinstance(found, AddressedBox)
    assert (found.used, found.settings, found.owner) == (0, None, None)
    assert await store.box_at("nobody@gov.example") is None
