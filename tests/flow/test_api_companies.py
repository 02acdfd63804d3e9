"""Addresses and companies through the interface for programs."""

from __future__ import annotations

from support.api import Program
from support.companies import CODE, kept, own_box, verified
from support.scene import Scene

from minxin.core.changes import Changes
from minxin.mailbox.keys import make
from minxin.mailbox.records import Account


async def test_a_program_reads_and_chooses_an_address_and_lists_companies(scene: Scene) -> None:
    writer = scene.actors["writer"]
    company = await verified(scene.city, writer)
    await own_box(scene.city, writer)
    account = await kept(scene.city.store, Account, writer.id)
    key = make(writer, account, "key", True, 30, scene.city.clock.now())
    await scene.city.store.commit(Changes(inserts=[key.record]))
    program = Program(scene.session, scene.site, key.key)
    path = f"/mailboxes/{writer.id}/address"
    offered = (await program.get(path)).body
    assert offered["offers"][0] == {"address": "wangxiaoming@citizen.binhai.example", "taken": False}

    chosen = await program.put(path, {"address": offered["offers"][0]["address"]})
    assert (chosen.status, chosen.body["aliases"], chosen.body["left"]) == (200, [offered["address"]], 2)
    refused = await program.put(path, {"address": "mayor@citizen.binhai.example"})
    assert refused.status == 422

    listed = (await program.get("/companies")).body["items"]
    assert [(one["id"], one["code"], one["state"], one["acts"]) for one in listed] == [
        (company.id, CODE, "active", True)
    ]
