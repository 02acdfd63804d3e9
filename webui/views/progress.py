"""Where a letter is, as its writer reads it: the steps done, the one that is on, and those to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from minxin.consult.access import Beside
from minxin.consult.records import Letter, Office, RoutedBy, Share, WorkOrder
from minxin.consult.status import Stage, TimelineEntry, stage_of
from minxin.webui.i18n import Language, sentences

_ALL_TO_COME: Final = ("milestone.signed_for", "milestone.answered", "milestone.closed")
_TO_COME: Final[Mapping[Stage, tuple[str, ...]]] = {
    Stage.RECEIVED: _ALL_TO_COME,
    Stage.TO_DISPATCH: _ALL_TO_COME,
    Stage.RETURNED: _ALL_TO_COME,
    Stage.TO_SIGN: _ALL_TO_COME[1:],
    Stage.IN_PROGRESS: _ALL_TO_COME[1:],
    Stage.WAITING: _ALL_TO_COME[1:],
    Stage.REDONE: _ALL_TO_COME[1:],
    Stage.ANSWERED: _ALL_TO_COME[2:],
}
STAGE_TONE: Final[Mapping[Stage, str]] = {
    Stage.WAITING: "amber",
    Stage.ANSWERED: "green",
    Stage.CLOSED: "neutral",
    Stage.REFUSED: "red",
    Stage.WITHDRAWN: "neutral",
    Stage.JOINED: "neutral",
}


class Step(Struct, frozen=True):
    """One step of the timeline; ``state`` is ``done``, ``now`` or ``todo``."""

    title: str
    state: str
    at: datetime | None = None
    text: str = ""


def office_names(offices: Mapping[str, Office], language: Language) -> dict[str, str]:
    """Return the offices' names in the reader's language."""
    return {one.id: one.name if language is Language.ZH else one.name_en for one in offices.values()}


def tone_of(stage: Stage) -> str:
    """Return the colour of the stage's badge; its word says the same."""
    return STAGE_TONE.get(stage, "blue")


def steps(
    entries: Sequence[TimelineEntry],
    letter: Letter,
    orders: Sequence[WorkOrder],
    names: Mapping[str, str],
    language: Language,
    *,
    titles: bool = True,
) -> list[Step]:
    """Return the whole way of the letter in words, for the macro ``timeline``; see :func:`matters_of`."""
    stage = stage_of(letter, orders)
    to_come = _TO_COME.get(stage)
    matters = matters_of(orders, language, titles=titles)
    found = [_done(entry, names, matters, language) for entry in entries if _is_told(entry)]
    if to_come is not None:
        found.append(Step(sentences().sentence(f"stage.{stage}", language), "now"))
        found += [Step(sentences().sentence(key, language), "todo") for key in to_come]
    return found


def matters_of(orders: Sequence[WorkOrder | Beside], language: Language, *, titles: bool = True) -> dict[str, str]:
    """Return by work order which matter of its letter it is; nothing of one that is the whole letter.

    Without ``titles``, which are the writer's words, there is only its number.
    """
    words = sentences()
    parts = [order for order in orders if order.share is not Share.WHOLE]
    if not titles:
        return {order.id: order.number for order in parts}
    return {
        order.id: words.sentence("event.matter", language, number=order.number, matter=order.point) for order in parts
    }


def _is_told(entry: TimelineEntry) -> bool:
    return entry.kind != "extension_decided" or bool(entry.data.get("approved"))


def _done(entry: TimelineEntry, names: Mapping[str, str], matters: Mapping[str, str], language: Language) -> Step:
    words = sentences()
    kind = "moved" if entry.kind == "routed" and entry.data.get("by") == RoutedBy.RULING else entry.kind
    office = names.get(entry.office_id or "") or words.sentence("event.no_office", language)
    post = words.sentence("event.by_post", language, post=entry.post) if entry.post else ""
    matter = matters.get(str(entry.data.get("order")), "") if kind != "split" else ""
    text = " · ".join(part for part in (matter, post) if part)
    return Step(words.sentence(f"event.{kind}", language, office=office), "done", entry.at, text)
