"""What the office does by itself, as jobs: parse mail, judge letters, close what nobody rated.

Each returns changes for the worker to commit together with the end of its job, and does nothing the second time.
"""

from __future__ import annotations

import asyncio
from typing import Final

from msgspec.structs import replace

from minxin.consult import followup, intake, routing
from minxin.consult.contents import letter_digest
from minxin.consult.decision import Deed, write
from minxin.consult.file_ports import MailParser, MailText
from minxin.consult.letterbox import Letterbox, UploadedFile
from minxin.consult.limits import Limits
from minxin.consult.ports import Judge, LetterStore, Rules
from minxin.consult.records import Attachment, Letter
from minxin.core.actor import SYSTEM
from minxin.core.changes import Blob, Changes, Job
from minxin.core.clock import Clock
from minxin.core.errors import DamagedError, InvalidInputError, UnavailableError

UNREADABLE_SUBJECT: Final = "(无法解析的邮件)"
NO_SUBJECT: Final = "(无主题)"
# A letter waits so long for a judge that is not there yet, three times, and then goes on without.
PATIENCE_S: Final = 100.0


class LetterJobs:
    """The jobs of the office."""

    def __init__(
        self,
        store: LetterStore,
        clock: Clock,
        limits: Limits,
        letterbox: Letterbox,
        judge: Judge,
        rules: Rules,
        parser: MailParser,
        discipline_office: str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._letterbox = letterbox
        self._judge = judge
        self._rules = rules
        self._parser = parser
        self._discipline_office = discipline_office

    async def judge(self, letter_id: str) -> Changes:
        """Judge a letter and send it on its way."""
        letter = await self._store.get(Letter, letter_id)
        if letter is None or not letter.parsed:
            return Changes()
        try:
            async with asyncio.timeout(PATIENCE_S):
                judgement = await self._judge.judge(letter.subject, intake.words_to_judge(letter), letter.place)
        except TimeoutError:
            raise UnavailableError("judge.late") from None
        return routing.judged(self._deed(), letter, judgement, self._limits, self._discipline_office)

    async def judge_by_rules(self, letter_id: str) -> Changes:
        """Judge by words alone what the judge failed on: a denunciation is sealed, any other letter goes to a clerk."""
        letter = await self._store.get(Letter, letter_id)
        if letter is None or not letter.parsed:
            return Changes()
        judgement = await asyncio.to_thread(self._rules, letter.subject, intake.words_to_judge(letter))
        return routing.judged(self._deed(), letter, judgement, self._limits, self._discipline_office)

    async def parse(self, letter_id: str) -> Changes:
        """Read the mail that a letter came as; what can't be read goes to a person, with its raw bytes."""
        letter = await self._store.get(Letter, letter_id)
        if letter is None or letter.parsed:
            return Changes()
        raw = await self._store.blob(letter.raw_blob)
        if raw is None:
            raise DamagedError(f"raw bytes of letter {letter_id} are gone")
        try:
            mail = await self._parser.parse(raw)
        except DamagedError:
            return self._unreadable(letter)
        attachments, blobs, refused = await self._keep_files(mail)
        read = replace(
            letter,
            subject=(mail.subject.strip() or NO_SUBJECT)[: intake.SUBJECT_MAX],
            text=mail.text.strip(),
            attachments=attachments,
            readable=bool(mail.text.strip() or attachments),
        )
        return self._parsed(letter, read, blobs, problems=[*mail.problems, *refused])

    async def give_up_reading(self, letter_id: str) -> Changes:
        """Pass on a letter whose mail killed its reader each time: to a person, with its raw bytes."""
        letter = await self._store.get(Letter, letter_id)
        if letter is None or letter.parsed:
            return Changes()
        return self._unreadable(letter)

    async def close_unrated(self, limit: int) -> list[Changes]:
        """Return the closings of up to ``limit`` work orders whose time for a rating is over."""
        deed = self._deed()
        closings = []
        for order in await self._store.answered_before(deed.at - followup.CLOSE_AFTER, limit):
            letter = await self._store.get(Letter, order.letter_id)
            if letter is not None:
                others = [one.state for one in await self._store.orders_of(letter.id) if one.id != order.id]
                closings.append(followup.close_unrated(deed, letter, others, order))
        return closings

    async def _keep_files(self, mail: MailText) -> tuple[tuple[Attachment, ...], list[Blob], list[str]]:
        """Keep what may be kept; a file that is refused stays in the raw mail, and the page says so."""
        kept: list[Attachment] = []
        blobs: list[Blob] = []
        refused = []
        for name, data in mail.files:
            try:
                attachments, cleaned = await self._letterbox.clean([UploadedFile(name, data)], already=len(kept))
            except InvalidInputError as error:
                refused.append(error.reason)
            else:
                kept += attachments
                blobs += cleaned
        return tuple(kept), blobs, refused

    def _unreadable(self, letter: Letter) -> Changes:
        return self._parsed(letter, replace(letter, subject=UNREADABLE_SUBJECT, readable=False), [])

    def _parsed(self, before: Letter, read: Letter, blobs: list[Blob], problems: list[str] | None = None) -> Changes:
        letter = replace(read, parsed=True)
        changes = write(
            self._deed(),
            before,
            "parsed",
            content=letter_digest(letter),
            readable=letter.readable,
            problems=problems or [],
        )
        changes.puts.append(letter)
        changes.blobs += blobs
        changes.jobs.append(Job(intake.JUDGE_JOB, letter.id, {"letter_id": letter.id}))
        return changes

    def _deed(self) -> Deed:
        return Deed(SYSTEM, self._clock.now(), "worker")
