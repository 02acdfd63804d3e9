"""A closed letter's writer who is still not content asks for a review: a letter of its own that names the first."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

from support.scene import Scene

from minxin.core.paging import PageRequest


async def test_a_review_is_asked_for_from_the_closed_letter(scene: Scene) -> None:
    writer, closed = scene.browsers["writer"], await scene.closed(await scene.written())
    page = await writer.get(f"/letters/{closed.letter}")
    assert f'href="/write?review={closed.letter}"' in page
    form = unescape(await writer.get(f"/write?review={closed.letter}"))
    assert "申请复查：油烟扰民" in form and "我对来信 2026-000001 的答复不满意" in form
    scene.city.clock.advance(timedelta(minutes=1))
    await writer.submit("/write", kind="complaint", subject="申请复查：油烟扰民", text="来信 2026-000001 没有解决。")
    letters = (await scene.city.store.letters_of(scene.actors["writer"].id, PageRequest())).items
    assert [one.number for one in letters] == ["2026-000002", "2026-000001"]


async def test_nobody_asks_for_a_review_of_another_s_letter_or_of_one_that_is_open(scene: Scene) -> None:
    written = await scene.written()
    assert "review=" not in await scene.browsers["writer"].get(f"/letters/{written.letter}")
    await scene.browsers["neighbour"].get(f"/write?review={written.letter}")
    assert scene.browsers["neighbour"].status == 404
