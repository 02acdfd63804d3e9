"""A small city with somebody of every role, and letters at every place where a letter can be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from aiohttp import ClientSession, DummyCookieJar
from msgspec import structs
from msgspec.structs import replace
from support.conversations import left_conversation
from support.desk import DISCIPLINE, OTHER, log_in_staff, open_offices, unsure
from support.knowledge import published_entry
from support.letters import PARTS, PROMISE
from support.web import OFFICE, PASSWORD, Browser, City

from minxin.consult import routing
from minxin.consult.decision import Deed
from minxin.consult.intake import Submission
from minxin.consult.letterbox import UploadedFile
from minxin.consult.place_records import KnownPlace, PlaceSource
from minxin.consult.publication import Words
from minxin.consult.records import (
    Example,
    ExampleSource,
    Letter,
    LetterDraft,
    Promise,
    ReplyParts,
    Satisfaction,
    WorkOrder,
)
from minxin.core.actor import SYSTEM, Actor, Role
from minxin.core.changes import Changes, Record
from minxin.core.judgement import Kind
from minxin.core.places import PlaceKind
from minxin.mailbox import boxes
from minxin.mailbox.apppasswords import make as make_app_password
from minxin.mailbox.held import Arrival
from minxin.mailbox.keys import make
from minxin.mailbox.records import Account, AccountState, Scope
from minxin.mailbox.smtp.intake import Reason

FROM = "test"
# The offices that the examples of the interface for programs name.
EXAMPLE_OFFICES = ("chengguan", "gongdian")
STAFF: Mapping[str, tuple[Role, str]] = {
    "clerk": (Role.CLERK, "centre"),
    "handler": (Role.HANDLER, OFFICE.id),
    "handler_elsewhere": (Role.HANDLER, OTHER.id),
    "reviewer": (Role.REVIEWER, OFFICE.id),
    "signer": (Role.SIGNER, OFFICE.id),
    "signer_elsewhere": (Role.SIGNER, OTHER.id),
    "manager": (Role.MANAGER, "centre"),
    "caller": (Role.CALLER, "centre"),
    "discipline": (Role.DISCIPLINE, DISCIPLINE.id),
    "administrator": (Role.ADMINISTRATOR, "centre"),
    "auditor": (Role.AUDITOR, "centre"),
}
VIEWERS = ("anonymous", "writer", "neighbour", *STAFF)


@dataclass(frozen=True)
class Written:
    """A letter of the scene, by the ids that addresses name it with."""

    letter: str
    order: str
    file: str


@dataclass
class Scene:
    """The people, each with a browser of his own, and how letters are brought to a place.

    Whatever they write goes through ``say`` first, which may make something else of it.
    """

    city: City
    site: str
    session: ClientSession
    browsers: dict[str, Browser] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    say: Callable[[str], str] = str
    _numbers: count[int] = field(default_factory=count)

    async def open(self) -> None:
        """Bring everybody in."""
        await open_offices(self.city)
        named: list[Record] = [
            replace(
                OFFICE, id=office_id, name=self.say(office_id), short=self.say(office_id), duties=(self.say("职责"),)
            )
            for office_id in EXAMPLE_OFFICES
        ]
        await self.city.store.commit(Changes(inserts=named))
        self.browsers["anonymous"] = Browser(self.session, self.site)
        for number, citizen in enumerate(("writer", "neighbour"), start=1):
            account = await self.citizen(citizen, f"1380000000{number}")
            self.browsers[citizen] = Browser(self.session, self.site)
            await self.browsers[citizen].log_in(account.login or "", PASSWORD)
            self.actors[citizen] = await self.city.accounts.people.actor_of(account.id)
        for login, (role, office_id) in STAFF.items():
            self.browsers[login] = Browser(self.session, self.site)
            account_id = await log_in_staff(self.browsers[login], self.city, login, role, office_id=office_id)
            self.actors[login] = await self.city.accounts.people.actor_of(account_id)

    async def citizen(self, login: str, phone: str, state: AccountState = AccountState.ACTIVE) -> Account:
        """Open a citizen's account."""
        vault = self.city.vault
        account = Account(
            id=f"account-{login}",
            login=login,
            state=state,
            name=self.say("王小明"),
            phone=vault.seal(phone, "phone"),
            phone_index=vault.index(phone, "phone"),
            password_hash=await self.city.accounts.staffing._kit.passwords.hash(PASSWORD),
            created_at=self.city.clock.now(),
        )
        await self.city.store.commit(Changes(inserts=[account]))
        return account

    async def written(self, writer: str = "writer", *, sealed: bool = False) -> Written:
        """Write a letter with a file; it waits for a clerk, or at the discipline desk."""
        number = next(self._numbers)
        submission = Submission(
            f"token-{number}",
            "complaint",
            self.say(f"油烟扰民 {number}"),
            self.say("楼下油烟很大。"),
            self.say("文庙街"),
            True,
        )
        files = [UploadedFile(self.say("说明.txt"), f"第 {number} 份".encode())]
        letterbox = self.city.services.letterbox
        receipt = await letterbox.submit(self.actors[writer], submission, files, origin=FROM)
        return await self.judged(receipt.letter_id, sealed=sealed)

    async def of_two_points(self, _: Written) -> Written:
        """Write a letter of two points, which waits for a clerk."""
        number = next(self._numbers)
        text = self.say("一、楼下烧烤店油烟很大。二、物业公司乱收停车费。")
        submission = Submission(f"token-{number}", "complaint", self.say("两个问题"), text, self.say("文庙街"), True)
        receipt = await self.city.services.letterbox.submit(self.actors["writer"], submission, origin=FROM)
        return await self.judged(receipt.letter_id, sealed=False)

    async def mailed(self) -> Written:
        """Take a letter that came by mail to the office's desk."""
        number = next(self._numbers)
        raw = f"Subject: mail {number}\r\n\r\nby mail\r\n".encode()
        receipt = await self.city.services.letterbox.accept_mail(
            self.actors["writer"], raw, f"mail-{number}", received_at=self.city.clock.now(), origin=FROM
        )
        letter = await self.city.store.get(Letter, receipt.letter_id)
        assert letter is not None
        await self.city.store.commit(
            Changes(puts=[replace(letter, subject=self.say("mail"), text=self.say("by mail"), parsed=True)])
        )
        return await self.dispatched(await self.judged(receipt.letter_id, sealed=False))

    async def dispatched(self, written: Written, office_id: str = OFFICE.id) -> Written:
        """Send the letter to the office."""
        await self.city.services.desk.dispatch(
            self.actors["clerk"], written.order, office_id, self.say("职责对应"), origin=FROM
        )
        return written

    async def signed_for(self, written: Written, office_id: str = OFFICE.id) -> Written:
        """Take the letter to the office's desk."""
        await self.dispatched(written, office_id)
        handler = "handler" if office_id == OFFICE.id else "handler_elsewhere"
        await self.city.services.desk.sign_for(self.actors[handler], written.order, origin=FROM)
        return written

    async def submitted(self, written: Written) -> Written:
        """Have the answer drafted."""
        await self.signed_for(written)
        desk = self.city.services.desk
        await desk.submit_reply(self.actors["handler"], written.order, self._parts(), (self._promise(),), origin=FROM)
        return written

    async def approved(self, written: Written) -> Written:
        """Have the answer reviewed."""
        await self.submitted(written)
        await self.city.services.desk.approve(self.actors["reviewer"], written.order, origin=FROM)
        return written

    async def answered(self, written: Written) -> Written:
        """Have the letter answered."""
        await self.approved(written)
        await self.city.services.desk.sign_off(self.actors["signer"], written.order, origin=FROM)
        return written

    async def closed(self, written: Written) -> Written:
        """Have the letter answered and rated."""
        await self.answered(written)
        await self.city.services.desk.rate(
            self.actors["writer"],
            written.order,
            Satisfaction.SATISFIED,
            contacted=True,
            solved=True,
            reason="",
            origin=FROM,
        )
        return written

    async def returned(self, written: Written) -> Written:
        """Have the letter given back to the centre."""
        await self.dispatched(written)
        desk = self.city.services.desk
        await desk.give_back(self.actors["handler"], written.order, self.say("不属于本单位职责"), OTHER.id, origin=FROM)
        return written

    async def waiting(self, written: Written) -> Written:
        """Have the office ask for papers."""
        await self.signed_for(written)
        await self.city.services.desk.ask_papers(
            self.actors["handler"], written.order, self.say("请补充票据"), origin=FROM
        )
        return written

    async def extension_asked(self, written: Written) -> Written:
        """Have the office ask for more time."""
        await self.signed_for(written)
        await self.city.services.desk.ask_extension(
            self.actors["handler"], written.order, 2, self.say("等待电缆到货"), origin=FROM
        )
        return written

    async def proposed(self, written: Written, *, published: bool = False) -> Written:
        """Have the answered letter proposed for publication."""
        publications = self.city.services.publications
        words = Words(self.say("油烟扰民"), self.say("楼下油烟很大。"), self.say("已责令改正。"))
        await publications.propose(self.actors["handler"], written.order, words, origin=FROM)
        if published:
            await publications.decide(self.actors["reviewer"], written.letter, True, "", origin=FROM)
        return written

    async def belongings(self) -> dict[str, str]:
        """Give the writer a draft, a message and a key, and the clerks a held mail and an application; return ids."""
        writer, now = self.actors["writer"], self.city.clock.now()
        account = await self.city.store.get(Account, writer.id)
        assert account is not None
        delivered = boxes.deliver(
            self.city.services.mailroom.house,
            account,
            now,
            key="k",
            sender=self.say("市长信箱"),
            subject=self.say("答复"),
            text=self.say("见信"),
        )
        key = make(writer, account, "key", False, 30, now)
        program = make_app_password(account, "program", [Scope.IMAP], now)
        await self.city.store.commit(delivered + Changes(inserts=[key.record, program.record]))
        draft = LetterDraft(
            id="draft-of-writer",
            writer_id=writer.id,
            updated_at=now,
            kind=Kind.COMPLAINT,
            subject=self.say("草稿"),
            text=self.say("草稿"),
        )
        draft = await self.city.services.letterbox.save_draft(
            writer, draft, [UploadedFile(self.say("草稿.txt"), b"draft")]
        )
        arrival = Arrival(
            raw=b"Subject: x\r\n\r\nx\r\n",
            key="held",
            sender=self.say("a@b.example"),
            subject=self.say("x"),
            reason=Reason.UNKNOWN_SENDER,
            answer=False,
            origin=FROM,
        )
        held = await self.city.services.held_mails.keep(arrival)
        lesson, place = self._taught()
        entry = published_entry("entry", OFFICE.id, self.say, by=self.actors["handler"].id)
        another = replace(entry, id="another-entry")
        await self.city.store.commit(Changes(inserts=[lesson, place, entry, another]))
        chat, said = left_conversation(now, self.say)
        await self.city.store.commit(said)
        applicant = await self.citizen("applicant", "13800000009", AccountState.APPLIED)
        return {
            "message": boxes.message_id(account.id, "k"),
            "key": key.record.id,
            "app_password": program.record.id,
            "draft": draft.id,
            "draft_file": draft.attachments[0].id,
            "held": held.id,
            "applicant": applicant.id,
            "citizen": writer.id,
            "staff": self.actors["handler"].id,
            "lesson": lesson.id,
            "place": place.id,
            "entry": entry.id,
            "withdrawn_entry": another.id,
            "chat": chat.id,
        }

    def _taught(self) -> tuple[Example, KnownPlace]:
        by, at = self.actors["clerk"].id, self.city.clock.now()
        lesson = Example(
            id="lesson",
            text=self.say("路灯"),
            office_id=OFFICE.id,
            right=True,
            source=ExampleSource.CLERK,
            letter_id="none",
            by=by,
            at=at,
        )
        area = ("海晏区", "鼓楼街道")
        place = KnownPlace(
            id="place",
            name=self.say("翠湖小区"),
            kind=PlaceKind.ESTATE,
            within=area,
            source=PlaceSource.CLERK,
            by=by,
            at=at,
        )
        return lesson, place

    async def order(self, order_id: str) -> WorkOrder:
        """Return the work order as it is stored."""
        found = await self.city.store.get(WorkOrder, order_id)
        assert found is not None
        return found

    def _parts(self) -> ReplyParts:
        return ReplyParts(*(self.say(part) for part in structs.astuple(PARTS)))

    def _promise(self) -> Promise:
        return replace(PROMISE, text=self.say(PROMISE.text))

    async def judged(self, letter_id: str, *, sealed: bool) -> Written:
        """Judge the letter: it waits for a clerk, or at the discipline desk."""
        letter = await self.city.store.get(Letter, letter_id)
        assert letter is not None
        deed = Deed(SYSTEM, self.city.clock.now(), "worker")
        advice = unsure(letter, denounces=sealed)
        await self.city.store.commit(
            routing.judged(deed, letter, advice, self.city.services.desk.limits, DISCIPLINE.id)
        )
        (order,) = await self.city.store.orders_of(letter_id)
        return Written(letter_id, order.id, letter.attachments[0].id if letter.attachments else "none")


@asynccontextmanager
async def open_scene(city: City, site: str, say: Callable[[str], str] = str) -> AsyncIterator[Scene]:
    """Open the city with everybody in it."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(ClientSession(cookie_jar=DummyCookieJar()))
        scene = Scene(city, site, session, say=say)
        await scene.open()
        yield scene
