"""One child of the service that judges (研判子进程): its start, and what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from minxin.deploy.judge_frames import (
    Answer,
    Answered,
    Batch,
    Broken,
    Learnt,
    News,
    Progress,
    Ready,
    Texts,
    Word,
    decode_word,
)
from minxin.deploy.piped_child import LostError, PipedChild, start_process


class JudgeChild(PipedChild[Word]):
    """A running child; whoever starts one ends it."""

    @classmethod
    async def started(cls, command: Sequence[str], ended: asyncio.Event, *, gives_way: bool) -> JudgeChild:
        """Start a child; ``ended`` is set when it ends, and one that ``gives_way`` loads behind everything else.

        Raises ``LostError`` when it can't be started.
        """
        child = cls(await start_process(command), decode_word, ended)
        if gives_way:
            child.give_way()
        return child

    async def ready(self, progress: Callable[[str], None]) -> Ready:
        """Wait as long as it lives for its models."""
        while not isinstance(word := await self.word(), Ready):
            if not isinstance(word, Progress):
                raise LostError(word.reason if isinstance(word, Broken) else "it spoke out of turn")
            progress(word.text)
        return word

    async def learn(self, news: News, within_s: float) -> None:
        """Wait until the news are heard."""
        if not isinstance(await self.asked(news, within_s), Learnt):
            raise LostError("it spoke out of turn")

    async def answer(self, batch: Batch, within_s: float) -> tuple[Answer, ...]:
        """Return the answers to the batch, in order."""
        word = await self.asked(Texts(batch), within_s)
        if not isinstance(word, Answered) or len(word.answers) != len(batch):
            raise LostError("it spoke out of turn")
        return word.answers
