"""Duties and published answers as passages (知识条目): what the assistant may show of them."""

from __future__ import annotations

from typing import Final

from minxin.consult.directory import DUTIES, OFFICES_PATH
from minxin.consult.records import Letter, Office, PublicCopy, PublicState
from minxin.core.passages import Passage, Source, passage_id

PUBLISHED_PATH: Final = "/published"


def passage_of_duty(office: Office) -> Passage | None:
    """Return what an office is there for, in its own words; None for one that takes no letters."""
    if not office.routable or not office.duties:
        return None
    return Passage(
        id=passage_id(Source.DUTY, office.id),
        source=Source.DUTY,
        title=f"{office.name}的职责",
        text="\n".join(office.duties),
        office_id=office.id,
        path=f"{OFFICES_PATH}/{office.id}#{DUTIES}",
        other_ways=(office.name, office.short),
    )


def passage_of_published(copy: PublicCopy) -> Passage | None:
    """Return a published letter with its answer; None while it is not published."""
    if copy.state is not PublicState.PUBLISHED:
        return None
    return Passage(
        id=passage_id(Source.PUBLISHED, copy.id),
        source=Source.PUBLISHED,
        title=copy.subject,
        text=copy.answer,
        office_id=copy.office_id,
        path=f"{PUBLISHED_PATH}/{copy.id}",
        checked_on=None,
    )


def may_be_shown(copy: PublicCopy, letter: Letter | None) -> bool:
    """Say whether everybody may read the copy of the letter now: a letter may be sealed after it was published."""
    return copy.state is PublicState.PUBLISHED and letter is not None and letter.public and not letter.sealed
