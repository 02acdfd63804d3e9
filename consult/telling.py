"""Telling (告知): the words of a notice, put together when it is delivered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from minxin.consult.deadlines import Due
from minxin.consult.letterbox import Letterbox
from minxin.consult.notices import Notice, NoticeText, render
from minxin.consult.ports import LetterStore
from minxin.consult.records import Letter, LetterState, Office, Share, WorkOrder
from minxin.consult.sentences import sentence
from minxin.core.errors import DamagedError

PAUSED = {"zh": "暂停计算", "en": "the clock stands still"}


class Telling(Struct, frozen=True):
    """A notice ready for the box: whose, from whom, and the words; ``number`` and ``code`` open the letter's page.

    ``company_id`` is that of the company whose people are told as well: of a letter in its name, once it is known that
    it is not sealed. ``named`` is whom an SMS may name. For a sealed letter that is the mailbox itself: the name of the
    discipline office on a telephone would say that somebody was denounced.
    """

    account_id: str
    letter_id: str
    office_id: str | None
    sender: str
    named: str
    at: datetime
    number: str
    code: str
    text: NoticeText
    company_id: str = ""


class NoticeWriter:
    """Writes notices in the reader's language."""

    def __init__(self, store: LetterStore, letterbox: Letterbox, sender: Mapping[str, str]) -> None:
        self._store = store
        self._letterbox = letterbox
        self._sender = sender

    async def write(self, payload: dict[str, Any], language: str) -> Telling:
        """Return the words of an outbox entry of the channel ``notice``; raises ``DamagedError`` without its letter."""
        letter = await self._store.get(Letter, payload["letter_id"])
        if letter is None:
            raise DamagedError(f"letter {payload['letter_id']} of a notice is gone")
        order = await self._store.get(WorkOrder, payload["order_id"]) if payload["order_id"] else None
        office = await self._store.get(Office, payload["office_id"]) if payload["office_id"] else None
        sender = self._sender[language]
        office_name = (office.short if language == "zh" else office.name_en) if office else sender
        words = _words(letter, order, language)
        words |= {
            "sender": sender,
            "office": office_name,
            "number": _number(letter, order, language),
            "code": self._letterbox.query_code(letter.id),
            "reason": payload["data"].get("reason") or words["reason"],
        }
        at = datetime.fromisoformat(payload["at"])
        return Telling(
            account_id=letter.writer_id,
            letter_id=letter.id,
            office_id=payload["office_id"],
            sender=office_name,
            named=sender if letter.sealed else office_name,
            at=at,
            number=str(words["number"]),
            code=str(words["code"]),
            text=render(Notice(payload["step"]), language, at, **words),
            company_id=_company_of(letter),
        )


def _company_of(letter: Letter) -> str:
    told = letter.behalf is not None and not letter.sealed and letter.state is not LetterState.SUBMITTED
    return letter.behalf.company_id if letter.behalf is not None and told else ""


def _number(letter: Letter, order: WorkOrder | None, language: str) -> str:
    """Return the letter's number, with the matter when the notice is of one of several."""
    if order is None or order.share is Share.WHOLE:
        return letter.number
    return sentence("notice.matter", language, number=order.number, matter=order.point)


def _words(letter: Letter, order: WorkOrder | None, language: str) -> dict[str, object]:
    due = order.answer_due if order else letter.answer_due
    refusal = (order.refusal if order else None) or letter.refusal
    words: dict[str, object] = {
        "accept_by": _day(letter.accept_due, language),
        "answer_by": _day(due, language),
        "post": order.handler_post if order else "",
        "papers": order.papers[-1].text if order and order.papers else "",
        "reason": order.extension.reason if order and order.extension else "",
        "ground": sentence(f"ground.{refusal.ground}", language) if refusal else "",
        "advice": refusal.advice if refusal else "",
    }
    reply = (order.reply or (order.redo and order.redo.first_reply)) if order else None
    for part in ("finding", "basis", "result", "contact", "remedy"):
        words[part] = getattr(reply.parts, part) if reply else ""
    words["promises"] = "".join(
        "\n" + sentence("notice.promise", language, text=one.text, until=one.until.isoformat())
        for one in (reply.promises if reply else ())
    )
    return words


def _day(due: Due | None, language: str) -> str:
    if due is None or due.last_day is None:
        return PAUSED[language]
    return due.last_day.isoformat()
