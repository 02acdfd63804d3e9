"""The way of a letter as staff read it: every event, the inner steps too, with the post that acted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from minxin.consult.access import Case
from minxin.consult.records import RoutedBy
from minxin.consult.status import is_public
from minxin.core.actor import SYSTEM
from minxin.core.audit import SealedEvent
from minxin.core.changes import Event
from minxin.webui.i18n import Language, sentences
from minxin.webui.views.progress import Step, matters_of


def staff_steps(
    events: Iterable[SealedEvent],
    offices: Mapping[str, str],
    posts: Mapping[str, str],
    case: Case,
    language: Language,
) -> list[Step]:
    """Return the events as steps, newest first; ``posts`` gives the post of each person who acted.

    Of a work order that the reader may not open there are only the steps that the writer is told of.
    """
    closed = {one.id for one in case.beside}
    matters = matters_of((*case.orders, *case.beside), language)
    told = [one.event for one in events if is_public(one.event.kind) or one.event.data.get("order") not in closed]
    return [_step(event, offices, posts, matters, language) for event in reversed(told)]


def _step(
    event: Event, offices: Mapping[str, str], posts: Mapping[str, str], matters: Mapping[str, str], language: Language
) -> Step:
    words = sentences()
    kind = event.kind
    if kind == "routed" and event.data.get("by") == RoutedBy.RULING:
        kind = "moved"
    if kind == "extension_decided" and not event.data.get("approved"):
        kind = "extension_refused"
    office = offices.get(event.office_id or "") or words.sentence("event.no_office", language)
    title = words.sentence(f"desk.event.{kind}", language, office=office)
    detail = _detail(event, language)
    who = words.sentence("desk.by_system", language) if event.actor == SYSTEM.id else posts.get(event.actor, "")
    matter = "" if event.kind in ("judged", "split") else matters.get(str(event.data.get("order")), "")
    return Step(title, "done", event.at, " · ".join(part for part in (matter, who, detail) if part))


def _detail(event: Event, language: Language) -> str:
    words = sentences()
    if event.kind == "extension_asked":
        return words.sentence("desk.detail.extension", language, days=event.data.get("working_days"))
    if event.kind == "marked_complex":
        return str(event.data.get("reason", ""))
    if event.kind == "rated":
        return words.sentence(f"level.{event.data.get('level')}", language)
    if event.kind == "refused":
        return words.sentence(f"ground.{event.data.get('ground')}", language)
    if event.kind == "answered" and event.data.get("in_spite_of"):
        return words.sentence("desk.detail.in_spite_of", language, reason=event.data.get("reason"))
    return ""
