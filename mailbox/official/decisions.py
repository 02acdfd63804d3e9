"""Decisions about official mail: pure, each returns the changes that make it so, the move already allowed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from minxin.core.actor import Actor
from minxin.core.changes import Changes, Job
from minxin.core.clock import SHANGHAI
from minxin.core.errors import ConflictError, InvalidInputError
from minxin.mailbox.forms import check_reason
from minxin.mailbox.official.moves import NoticeMove, need
from minxin.mailbox.official.records import NoticeList, NoticeRun, NoticeState, OfficialNotice

SEND_JOB: Final = "official.send"


def submit(notice: OfficialNotice, actor: Actor, size: int) -> Changes:
    """Hand the draft to a second person; raises ``InvalidInputError("official.nobody")`` when it reaches no box."""
    target = need(actor, notice, NoticeMove.SUBMIT)
    if not size:
        raise InvalidInputError("official.nobody")
    return Changes(puts=[replace(notice, state=target)])


def take_back(notice: OfficialNotice, actor: Actor) -> Changes:
    """Take the notice back to change it."""
    return Changes(puts=[replace(notice, state=need(actor, notice, NoticeMove.TAKE_BACK))])


def approve(notice: OfficialNotice, actor: Actor, seen: int, size: int, now: datetime) -> Changes:
    """Approve the notice, which gives it its number and has it sent.

    ``seen`` is the version that was shown: raises ``ConflictError`` when it is another one by now,
    ``InvalidInputError("official.nobody")`` when nobody is left whom it reaches.
    """
    target = need(actor, notice, NoticeMove.APPROVE)
    if notice.version != seen:
        raise ConflictError
    if not size:
        raise InvalidInputError("official.nobody")
    run = NoticeRun(id=notice.id, begun_at=now, total=size)
    return Changes(
        puts=[replace(notice, state=target, decided_by=actor.id, decided_at=now)],
        inserts=[run],
        series={run.id: f"T{now.astimezone(SHANGHAI).year}"},
        jobs=[work(replace(run, version=1))],
    )


def refuse(notice: OfficialNotice, actor: Actor, reason: str, now: datetime) -> Changes:
    """Give the notice back to its author with a reason; raises ``InvalidInputError`` for one that is too short."""
    target = need(actor, notice, NoticeMove.REFUSE)
    told = check_reason(reason)
    return Changes(puts=[replace(notice, state=target, refusal=told, decided_by=actor.id, decided_at=now)])


def stop(notice: OfficialNotice, run: NoticeRun, actor: Actor) -> Changes:
    """Stop the sending: what has not been delivered when this is committed is not."""
    target = need(actor, notice, NoticeMove.STOP)
    return Changes(puts=[replace(notice, state=target), replace(run, going=False, stopped_by=actor.id)])


def go_on(notice: OfficialNotice, run: NoticeRun, actor: Actor) -> Changes:
    """Send on from where it was stopped."""
    target = need(actor, notice, NoticeMove.GO_ON)
    again = replace(run, going=True, stopped_by=None, starts=run.starts + 1)
    return Changes(puts=[replace(notice, state=target), again], jobs=[work(replace(again, version=run.version + 1))])


def drop(notice: OfficialNotice, actor: Actor, listed: NoticeList | None) -> Changes:
    """Delete a draft with its list."""
    need(actor, notice, NoticeMove.DROP)
    return Changes(deletes=[notice] if listed is None else [notice, listed])


def done(notice: OfficialNotice, run: NoticeRun, now: datetime) -> Changes:
    """Note that every box has it."""
    return Changes(puts=[replace(notice, state=NoticeState.DONE), replace(run, going=False, ended_at=now)])


def work(run: NoticeRun) -> Job:
    """Return the job that sends on from where the run is."""
    return Job(SEND_JOB, f"{run.id}:{run.starts}:{run.version}", {"notice_id": run.id, "start": run.starts})
