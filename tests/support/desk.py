"""Staff of the small city who log in and work at the desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import count

from support.web import STAFF_PASSWORD, Browser, City

from minxin.classifier.points.finding import find_points
from minxin.consult import routing
from minxin.consult.records import Letter, Office, WorkOrder
from minxin.core.actor import SYSTEM, Role
from minxin.core.changes import Changes
from minxin.core.judgement import Candidate, Evidence, Judgement, Kind, Urgency, judged_text
from minxin.mailbox.forms import StaffForm

OTHER = Office(
    id="zjj", name="滨海市住房和城乡建设局", short="市住建局", name_en="Housing", level="市", duties=("物业管理",)
)
DISCIPLINE = Office(
    id="jiwei", name="滨海市纪委监委", short="市纪委", name_en="D", level="市", duties=(), routable=False
)
REPLY = {
    "finding": "经现场检查，该店没有安装油烟净化设施。",
    "basis": "《大气污染防治法》第八十一条。",
    "result": "已责令限期改正。",
    "contact": "综合科，0399-5550123。",
    "remedy": "可以在三十日内申请复查。",
    "promises": "2026-06-30 装好油烟净化器",
}
Staff = Callable[..., Awaitable[Browser]]
_phones = count(13900000001)


async def log_in_staff(browser: Browser, city: City, login: str, *roles: Role, office_id: str = "cgj") -> str:
    """Open a staff account, log in with both factors, and return the account's id."""
    phone = str(next(_phones))
    form = StaffForm(
        login=login,
        name="李明",
        phone=phone,
        password=STAFF_PASSWORD,
        roles=roles,
        office_id=office_id,
        post=f"{login}岗",
    )
    account = await city.accounts.staffing.create_staff(SYSTEM, form, "127.0.0.1")
    await browser.log_in(login, STAFF_PASSWORD)
    await browser.submit("/login/code", code=await city.sms_code(phone))
    assert browser.status == 200, browser.text
    return account.id


async def open_offices(city: City) -> None:
    """Add the other offices to the city."""
    await city.store.commit(Changes(inserts=[OTHER, DISCIPLINE]))


def unsure(letter: Letter, *, denounces: bool = False, urgency: Urgency = Urgency.NORMAL) -> Judgement:
    """Return an unsure judgement with two offices, the first because of one word of the letter."""
    text = judged_text(letter.subject, letter.text)
    place = text.find("油烟")
    words = (Evidence(place, place + 2, "油烟", 1.0),) if place >= 0 else ()
    return Judgement(
        candidates=(Candidate("cgj", 0.48, words), Candidate("zjj", 0.31)),
        kind=Kind.COMPLAINT,
        kind_probability=0.9,
        urgency=urgency,
        urgency_evidence=(),
        denounces=denounces,
        confident=False,
        model="test",
        points=find_points(letter.subject, letter.text),
    )


async def judged(
    city: City, letter_id: str, *, denounces: bool = False, urgency: Urgency = Urgency.NORMAL
) -> WorkOrder:
    """Judge the letter without certainty, and return its work order: in the tray, or sealed."""
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    deed = routing.Deed(SYSTEM, city.clock.now(), "worker")
    advice = unsure(letter, denounces=denounces, urgency=urgency)
    await city.store.commit(routing.judged(deed, letter, advice, city.services.desk.limits, DISCIPLINE.id))
    return await order_of(city, letter_id)


async def order_of(city: City, letter_id: str) -> WorkOrder:
    """Return the letter's work order as it is stored."""
    return (await city.store.orders_of(letter_id))[0]


async def move(browser: Browser, order_id: str, name: str, **fields: str) -> str:
    """Open the work order and send the form of a move, its fields named without the move."""
    await browser.get(f"/desk/orders/{order_id}")
    path = f"/desk/orders/{order_id}/moves/{name}"
    return await browser.submit(path, **{f"{name}_{field}": value for field, value in fields.items()})
