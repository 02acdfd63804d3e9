"""The live chat as one piece: the visitor's side, the staff's side, and who looks after both."""

from __future__ import annotations

from dataclasses import dataclass

from minxin.consult.assistant.ports import Retriever
from minxin.consult.chat.abuse import ChatAbuse
from minxin.consult.chat.chat_desk import ChatDesk
from minxin.consult.chat.hub import Hub
from minxin.consult.chat.room import Room
from minxin.consult.chat.rules import ChatRules
from minxin.consult.chat.tending import Tending
from minxin.consult.chat.visits import Visits
from minxin.consult.letterbox import Letterbox
from minxin.consult.ports import AbuseFinder, Judge, LetterStore, Rules
from minxin.core.clock import Clock


@dataclass(frozen=True)
class LiveChat:
    """All parts of the live chat over one store."""

    hub: Hub
    room: Room
    desk: ChatDesk
    tending: Tending
    visits: Visits
    abuse: ChatAbuse


def open_chat(
    store: LetterStore,
    clock: Clock,
    letterbox: Letterbox,
    rules: ChatRules,
    judge: Judge,
    words: Rules,
    retriever: Retriever,
    centre: str,
    abuse: AbuseFinder,
) -> LiveChat:
    """Join the parts; ``centre`` is the id of the clerks' own office, which takes what no other does."""
    hub, visits = Hub(store), Visits(store, clock)
    return LiveChat(
        hub,
        Room(store, clock, rules, letterbox, hub, visits),
        ChatDesk(store, clock, rules, letterbox, hub, retriever),
        Tending(store, clock, rules, letterbox.limits, hub, visits, judge, words, centre),
        visits,
        ChatAbuse(abuse),
    )
