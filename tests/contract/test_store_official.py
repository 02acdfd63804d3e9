"""What every store knows of official mail: notices, whom they reach, and what was counted of them."""

from __future__ import annotations

from datetime import datetime

from support.store import Maker, WholeStore

from minxin.core.actor import Role
from minxin.core.changes import Changes
from minxin.core.paging import PageRequest
from minxin.mailbox.mail.tally import Act, tally
from minxin.mailbox.official.records import NoticeRun, OfficialNotice, Reach
from minxin.mailbox.records import AccountState

HAIYAN, GULOU, XUEFU = ("海晏区",), ("海晏区", "鼓楼街道"), ("望洲区", "学府街道")


def notice(name: str, office_id: str, at: datetime) -> OfficialNotice:
    return OfficialNotice(
        id=name, office_id=office_id, author_id="a", written_at=at, subject=name, text=name, reach=Reach.ALL
    )


async def test_notices_are_listed_newest_first_of_one_office_or_all(store: WholeStore, make: Maker) -> None:
    offices = {"a": "x", "b": "x", "c": "y"}
    made = [notice(name, office, make.at(minutes=step)) for step, (name, office) in enumerate(offices.items())]
    await store.commit(Changes(inserts=list(made)))
    first = await store.official_notices("x", PageRequest(None, 1))
    rest = await store.official_notices("x", PageRequest(first.next, 1))
    assert [one.id for one in (*first.items, *rest.items)] == ["b", "a"] and rest.next is None
    assert [one.id for one in (await store.official_notices(None, PageRequest())).items] == ["c", "b", "a"]


async def test_citizens_of_an_area_come_by_id_and_nobody_else(store: WholeStore, make: Maker) -> None:
    people = [
        make.account(id="d", area=GULOU),
        make.account(id="a", area=HAIYAN),
        make.account(id="b", area=XUEFU),
        make.account(id="c"),
        make.account(id="e", area=HAIYAN, created_at=make.at(minutes=5)),
        make.account(id="f", area=HAIYAN, state=AccountState.CLOSED),
        make.account(id="g", area=HAIYAN, state=AccountState.APPLIED),
        make.account(id="h", area=HAIYAN, state=AccountState.DISABLED),
        make.account(id="i", area=HAIYAN, roles=(Role.HANDLER,)),
    ]
    await store.commit(Changes(inserts=list(people)))

    async def walked(area: tuple[str, ...], limit: int = 2) -> str:
        found, after = "", ""
        while batch := await store.citizens_in(area, make.now, after, limit):
            found, after = found + "".join(one.id for one in batch), batch[-1].id
        assert await store.count_citizens_in(area, make.now) == len(found)
        return found

    assert await walked(HAIYAN) == "adh"
    assert await walked(GULOU) == "d"
    assert await walked(XUEFU[:1]) == "b"
    assert await walked(()) == "abcdh"
    assert await walked((), 50) == "abcdh"
    assert await store.count_citizens_in(HAIYAN, make.at(minutes=5)) == 4


async def test_counters_of_a_notice_are_read_together_and_no_other_s(store: WholeStore, make: Maker) -> None:
    usages = [
        tally("n", Act.DELIVERED, "海晏区", make.now, 5),
        tally("n", Act.DELIVERED, "海晏区", make.now, 2),
        tally("n", Act.OPENED, "", make.at(days=1)),
        tally("n2", Act.OPENED, "海晏区", make.now),
        tally("m", Act.OPENED, "海晏区", make.now),
    ]
    await store.commit(Changes(usages=usages))
    found = await store.tallies("n")
    assert sorted((one.act, one.area, one.count) for one in found) == [("delivered", "海晏区", 7), ("opened", "", 1)]


async def test_run_gets_its_number_in_the_year_when_it_begins(store: WholeStore, make: Maker) -> None:
    for name in ("a", "b"):
        run = NoticeRun(id=name, begun_at=make.now, total=1)
        await store.commit(Changes(inserts=[run], series={name: "T2026"}))
    kept = await store.get(NoticeRun, "b")
    assert kept is not None and kept.number == "T2026-000002"
