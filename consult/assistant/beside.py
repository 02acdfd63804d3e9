"""What stands beside a letter that is being written (写信前查一查): the best entries, one of which may be enough."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from minxin.consult.assistant.dialogue import PLAUSIBLE
from minxin.consult.assistant.ports import Retriever
from minxin.consult.assistant.ranking import ranked
from minxin.consult.assistant.records import AnswerMark, Mark
from minxin.consult.assistant.service import mark_id_of
from minxin.consult.ports import LetterStore, PersonalDataFinder
from minxin.consult.records import LetterDraft
from minxin.consult.redaction import redact
from minxin.core.actor import Actor
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import ConflictError, MinxinError, NotFoundError
from minxin.core.passages import Passage, Source

SHOWN: Final = 3
LOOKED_AT: Final = 8
READ_MOST: Final = 300  # characters of a letter: its matter stands in front
PATIENCE_S: Final = 1.0
# Published letters stand beside the form by their likeness to the letter (``consult/alike.py``).
SOURCES: Final = frozenset({Source.KNOWLEDGE, Source.MATTER})
_log = logging.getLogger(__name__)


class Beside:
    """Finds entries for what is typed, and ends the writing when one of them is enough."""

    def __init__(self, store: LetterStore, clock: Clock, retriever: Retriever, personal: PersonalDataFinder) -> None:
        self._store = store
        self._clock = clock
        self._retriever = retriever
        self._personal = personal

    async def best(self, subject: str, text: str) -> list[Passage]:
        """Return the three best entries; none when nothing can be searched now: the letter goes on all the same."""
        question = f"{subject} {text}".strip()[:READ_MOST]
        if not question:
            return []
        try:
            async with asyncio.timeout(PATIENCE_S):
                hits = await self._retriever.search(question, LOOKED_AT, SOURCES)
                tallies = await self._store.mark_tallies([hit.passage_id for hit in hits])
                passages = await self._retriever.passages([hit.passage_id for hit in hits])
        except (TimeoutError, MinxinError) as error:
            _log.info("no entries beside the letter: %s", type(error).__name__, extra={"event": "beside.none"})
            return []
        likely = [hit for hit in ranked(hits, tallies) if hit.confidence >= PLAUSIBLE and hit.passage_id in passages]
        return [passages[hit.passage_id] for hit in likely[:SHOWN]]

    async def entry(self, passage_id: str) -> Passage:
        """Return one entry that may be shown today; raises ``NotFoundError``."""
        found = (await self._retriever.passages([passage_id])).get(passage_id)
        if found is None or found.source not in SOURCES:
            raise NotFoundError
        return found

    async def take(self, actor: Actor, draft_id: str, passage_id: str) -> None:
        """End without a letter: the draft is dropped, and that the entry was enough is counted, in one commit.

        Done again, when the draft is gone already, nothing changes. Raises ``NotFoundError`` for an entry that is not
        shown any more, with the draft kept.
        """
        passage = await self.entry(passage_id)
        draft = await self._store.get(LetterDraft, draft_id)
        if draft is None or draft.writer_id != actor.id:
            return
        asked = f"{draft.subject} {draft.text}".strip()[:READ_MOST]
        mark = AnswerMark(
            id=mark_id_of(draft_id, passage_id),
            conversation_id=draft_id,
            passage_id=passage_id,
            mark=Mark.TAKEN,
            question=redact(asked, self._personal.find(asked)).text,
            office_id=passage.office_id,
            at=self._clock.now(),
        )
        try:
            await asyncio.shield(asyncio.ensure_future(self._store.commit(Changes(inserts=[mark], deletes=[draft]))))
        except ConflictError:
            if await self._store.get(LetterDraft, draft_id) is not None:
                raise
