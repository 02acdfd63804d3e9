"""Figures of a copy of one's own data: ``python tests/bench/bench_own_copy.py [--letters 300] [--dir DIR]``.

One citizen has so many answered letters with a file of 100 kB each, besides 20 files of 10 MB, 50 conversations and 300
messages. Measured is the whole way through the web door: how long the copy takes, how large it is, how much memory the
process grows by, and how long the loop was ever held meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from aiohttp import ClientSession

sys.path.insert(0, str(Path(__file__).parents[1]))

from msgspec import structs  # noqa: E402
from support.scene import Scene, open_scene  # noqa: E402
from support.web import PASSWORD, application_of, open_city, serve  # noqa: E402

from minxin.consult.chat import decisions  # noqa: E402
from minxin.consult.chat.records import Author  # noqa: E402
from minxin.consult.intake import Submission  # noqa: E402
from minxin.consult.records import Attachment, Letter  # noqa: E402
from minxin.core.changes import Changes, blob_of  # noqa: E402
from minxin.mailbox.mail.house import HouseMail  # noqa: E402

PATH = "/account/export"
MIB = 1024 * 1024


async def fill(scene: Scene, letters: int) -> None:
    writer, store = scene.actors["writer"], scene.city.store
    letterbox, now = scene.city.services.letterbox, scene.city.clock.now()
    for number in range(letters):
        text = f"小区门口的路灯坏了很久，晚上老人走路看不清。{number}" * 10
        form = Submission(f"token {number}", "complaint", f"路灯不亮 {number}", text, "文庙街", False)
        receipt = await letterbox.submit(writer, form, origin="bench")
        letter = await store.get(Letter, receipt.letter_id)
        assert letter is not None
        blob = blob_of(os.urandom(10 * MIB if number < 20 else 100_000))
        file = Attachment("f", blob.id, "photo.jpg", "image/jpeg", len(blob.data))
        await store.commit(Changes(puts=[structs.replace(letter, attachments=(file,))], blobs=[blob]))
    for number in range(50):
        one = decisions.begin(f"browser {number}", writer.id, now)
        said = []
        for _ in range(20):
            one, message = decisions.say(one, Author.VISITOR, "路灯坏了，请派人来看。", now)
            said.append(message)
        await store.commit(decisions.written(one, said))
    house = HouseMail("notice@gov.binhai.example")
    words = {"sender": "市长信箱", "subject": "答复", "text": "见信。" * 50}
    for number in range(300):
        await store.commit(house.notice(writer.id, now, key=f"m{number}", **words))


async def longest_hold(held: list[float]) -> None:
    """Note how late a timer of 5 ms is, for ever."""
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(0.005)
        held.append(time.perf_counter() - begun - 0.005)


def grown_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def take(scene: Scene, session: ClientSession) -> None:
    browser = scene.browsers["writer"]
    await browser.get(PATH)
    fields = {**browser.hidden(PATH), "password": PASSWORD}
    before, held, size = grown_mib(), list[float](), 0
    watch = asyncio.create_task(longest_hold(held))
    begun = time.perf_counter()
    async with session.post(scene.site + PATH, data=fields, headers=browser._headers({})) as response:
        async for chunk in response.content.iter_chunked(MIB):
            size += len(chunk)
    spent_s = time.perf_counter() - begun
    watch.cancel()
    held.sort()
    print(f"copy of {size / MIB:,.1f} MiB in {spent_s:.1f} s; memory grew by {grown_mib() - before:.0f} MiB")
    print(f"loop held: p99 {held[int(len(held) * 0.99)] * 1000:.1f} ms, longest {held[-1] * 1000:.1f} ms")


async def main(folder: Path, letters: int) -> None:
    async with (
        open_city(folder) as city,
        serve(application_of(city)) as site,
        open_scene(city, site) as scene,
        ClientSession() as session,
    ):
        await fill(scene, letters)
        await take(scene, session)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=300)
    parser.add_argument("--dir", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as place:
        asyncio.run(main(Path(place), given.letters))
