"""What became of sent mail, as its writer and the administrator see it."""

from __future__ import annotations

from support.scene import Scene

from minxin.core.store import Queue
from minxin.deploy.workers import Worker
from minxin.mailbox.mail.records import MailItem, Person
from minxin.mailbox.mail.sending import Written
from minxin.mailbox.outgoing.ports import Envelope, Handed
from minxin.mailbox.outgoing.records import SEND_JOB

OUTSIDE = "friend@outside.example"


async def send(scene: Scene) -> MailItem:
    services, writer = scene.city.services, scene.actors["writer"]
    box = await services.boxes.own(writer)
    assert box is not None
    written = Written(box_id=box.id, to=(Person("", OUTSIDE),), subject="问候", text="您好")
    return await services.mailroom.sending.send(writer, written, "key")


async def work(scene: Scene) -> None:
    city = scene.city
    await Worker(city.store, Queue.JOBS, city.clock, {SEND_JOB: city.services.outgoing.turn}).run_once()


class Refusing:
    """A server that says no, with marks that must not become any."""

    async def carry(self, mail: Envelope) -> dict[str, Handed]:
        said = {one: f"452 4.2.2 <b>full</b> <{one}>" for one in mail.recipients}
        return {one: Handed(taken=False, final=False, status="4.2.2", reply=reply) for one, reply in said.items()}


async def test_the_writer_sees_what_became_of_his_mail(scene: Scene) -> None:
    item = await send(scene)
    browser = scene.browsers["writer"]
    before = await browser.get(f"/box/{item.id}")
    await work(scene)
    after = await browser.get(f"/box/{item.id}")

    assert "投递情况" in before and OUTSIDE in before and "发送中" in before
    assert "已交给对方服务器" in after


async def test_why_a_mail_waits_is_said_in_words_and_the_other_server_writes_no_html(scene: Scene) -> None:
    item = await send(scene)
    scene.city.services.outgoing._carrier = Refusing()
    await work(scene)
    shown = await scene.browsers["writer"].get(f"/box/{item.id}")

    assert "对方邮箱已满" in shown and "再次发送" in shown
    assert "452 4.2.2 &lt;b&gt;full&lt;/b&gt;" in shown


async def test_the_administrator_sees_the_queue_without_names_and_lets_it_be_tried(scene: Scene) -> None:
    await send(scene)
    usual, scene.city.services.outgoing._carrier = scene.city.services.outgoing._carrier, Refusing()
    await work(scene)
    scene.city.services.outgoing._carrier = usual
    browser = scene.browsers["administrator"]
    shown = await browser.get("/admin/outgoing")
    record = shown.partition('action="/admin/outgoing/')[2].partition("/again")[0]
    again = await browser.submit(f"/admin/outgoing/{record}/again")
    await work(scene)
    done = await browser.get("/admin/outgoing")

    assert "outside.example" in shown and OUTSIDE not in shown
    assert "将立即重新发送" in again
    assert "这里没有内容" in done
    assert "outside.example" not in await browser.get("/admin/outgoing?state=failed")
