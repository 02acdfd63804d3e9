"""People of the small city: a citizen whose name is verified, the office that answers, and the centre."""

from __future__ import annotations

import dataclasses
from datetime import date

from msgspec.structs import replace
from support.web import ID_NUMBER, PASSWORD, Browser, City

from minxin.consult import routing
from minxin.consult.records import Letter, Promise, ReplyParts, WorkOrder
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.judgement import Candidate, Evidence, Judgement, Kind, Urgency, judged_text
from minxin.mailbox.records import AccountState

PHONE = "13812345678"
TEXT = "楼下烧烤店每天晚上油烟很大，孩子一直咳嗽，物业让我们自己协商。希望尽快处理。"
LETTER = {"kind": "complaint", "subject": "烧烤店油烟扰民", "text": TEXT, "place": "听涛路 12 号"}

CLERK = Actor("clerk", frozenset({Role.CLERK}), "zhongxin", "受理一岗受理员")
HANDLER = Actor("handler", frozenset({Role.HANDLER}), "cgj", "综合科承办人")
REVIEWER = Actor("reviewer", frozenset({Role.REVIEWER}), "cgj", "综合科科长")
SIGNER = Actor("signer", frozenset({Role.SIGNER}), "cgj", "副局长")
CALM = Judgement((), Kind.COMPLAINT, 0.9, Urgency.NORMAL, (), denounces=False, confident=False, model="test")
PARTS = ReplyParts(
    finding="经现场检查，该店未按规定安装油烟净化设施。",
    basis="《中华人民共和国大气污染防治法》第八十一条。",
    result="已责令限期改正。",
    contact="市城管局综合科，0399-5550123。",
    remedy="如有异议，可在收到答复之日起 30 日内申请复查。",
)
PROMISE = Promise("装好油烟净化器", date(2026, 6, 30))


class WordJudge:
    """A judge that knows one office by some words of its trade."""

    def __init__(self, office_id: str = "cgj", words: tuple[str, ...] = ("烧烤", "油烟")) -> None:
        self._office_id = office_id
        self._words = words

    async def judge(self, subject: str, body: str, place: str = "") -> Judgement:
        text = judged_text(subject, body)
        found = [(text.find(word), word) for word in self._words if word in text]
        evidence = tuple(Evidence(place, place + len(word), word, 1.0) for place, word in found)
        candidates = (Candidate(self._office_id, 0.93, evidence),) if evidence else ()
        return replace(CALM, candidates=candidates, denounces="收受" in text, confident=bool(candidates))


def with_judge(city: City) -> City:
    """Give the city a judge that knows the office for barbecue smoke."""
    city.services = dataclasses.replace(city.services, judge=WordJudge())
    return city


async def become_citizen(browser: Browser, city: City, *, verified: bool = True) -> str:
    """Register through the pages, verify at the desk, and return the account's id; the browser is logged in."""
    await browser.get("/register")
    await browser.submit("/register/code", phone=PHONE)
    code = await city.sms_code(PHONE)
    await browser.submit(
        "/register", phone=PHONE, name="王小明", id_number=ID_NUMBER, password=PASSWORD, consent="1", code=code
    )
    assert browser.path == "/account", browser.text
    account = await city.accounts.people.find_citizen(CLERK, PHONE, "127.0.0.1")
    if verified:
        await city.accounts.applications.verify_at_desk(CLERK, account.id, "王小明", ID_NUMBER, "127.0.0.1")
        stored = await city.accounts.people.access_account(CLERK, account.id)
        assert stored.state is AccountState.ACTIVE
    return account.id


async def send_letter(browser: Browser, **changed: str) -> str:
    """Write and send a letter through the pages, and return its id."""
    await browser.get("/write")
    await browser.submit("/write/check", **{**LETTER, **changed})
    await browser.submit("/write")
    assert browser.path.endswith("/receipt"), browser.text
    return browser.path.split("/")[2]


async def to_tray(city: City, letter_id: str) -> WorkOrder:
    """Judge the letter without certainty, and return the work order that waits for a clerk."""
    letter = await city.store.get(Letter, letter_id)
    assert letter is not None
    deed = routing.Deed(SYSTEM, city.clock.now(), "worker")
    await city.store.commit(routing.judged(deed, letter, CALM, city.services.desk.limits, "jiwei"))
    return (await city.store.orders_of(letter_id))[0]


async def signed_for(city: City, letter_id: str) -> WorkOrder:
    """Take the letter to the office's desk."""
    order = await to_tray(city, letter_id)
    desk = city.services.desk
    await desk.dispatch(CLERK, order.id, "cgj", "油烟归城管", origin="test")
    await desk.sign_for(HANDLER, order.id, origin="test")
    return (await city.store.orders_of(letter_id))[0]


async def answer(city: City, order_id: str) -> None:
    """Draft, review and sign the office's answer."""
    desk = city.services.desk
    await desk.submit_reply(HANDLER, order_id, PARTS, (PROMISE,), origin="test")
    await desk.approve(REVIEWER, order_id, origin="test")
    await desk.sign_off(SIGNER, order_id, origin="test")


async def answered(city: City, letter_id: str) -> WorkOrder:
    """Take the letter to its answer."""
    order = await signed_for(city, letter_id)
    await answer(city, order.id)
    return (await city.store.orders_of(letter_id))[0]
