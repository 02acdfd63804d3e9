"""Where the parts are joined: small classes that give one part's port with another part's means."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from msgspec import structs

from minxin.consult.behalf import Behalf
from minxin.consult.file_ports import MailText
from minxin.consult.letterbox import Letterbox
from minxin.consult.telling import NoticeWriter, Telling
from minxin.core.actor import SYSTEM, Actor
from minxin.core.changes import Changes
from minxin.core.clock import Clock
from minxin.core.errors import DamagedError, InvalidInputError
from minxin.core.privacy import Vault
from minxin.core.tables import table_rows
from minxin.mailbox import boxes, sms
from minxin.mailbox.attachments import clean_uploads
from minxin.mailbox.companies.records import Company, CompanyState, Delegate, delegate_id
from minxin.mailbox.errors import ParseCrashedError, ParseFailedError, ParseTimeoutError
from minxin.mailbox.files import Upload
from minxin.mailbox.mail.house import HouseMail
from minxin.mailbox.mail.records import Box, BoxState
from minxin.mailbox.mime.reader import read_part
from minxin.mailbox.people import People
from minxin.mailbox.ports import IncomingLetter, MailStore
from minxin.mailbox.reading import read_safely
from minxin.mailbox.records import Account
from minxin.mailbox.safe_pool import SafePool
from minxin.mailbox.texting.rules import Kind, NoticeRules

# Five thousand rows take a workbook's reader about a second.
TABLE_LIMIT_S: Final = 20.0


class FileCleaner:
    """``consult.file_ports.FileKeeper``: checks and cleans each file in a process that can be killed."""

    def __init__(self, pool: SafePool) -> None:
        self._pool = pool

    async def clean(self, name: str, data: bytes) -> tuple[str, str, bytes]:
        (file,) = await clean_uploads(self._pool, [Upload(name, data)])
        return file.filename, file.content_type, file.data


class TableReader:
    """Reads tables that people send in a process that can be killed."""

    def __init__(self, pool: SafePool) -> None:
        self._pool = pool

    async def rows(self, data: bytes) -> list[list[str]]:
        """Return the rows of a CSV file or workbook; raises ``InvalidInputError`` or ``TooLargeError``.

        A file that kills its reader is one that can't be read.
        """
        try:
            return await self._pool.run(table_rows, data, limit_s=TABLE_LIMIT_S)
        except (ParseTimeoutError, ParseFailedError, ParseCrashedError) as error:
            raise InvalidInputError("table.unreadable", field="file") from error


class MailReader:
    """``consult.file_ports.MailParser``: reads mail in a process that can be killed."""

    def __init__(self, pool: SafePool) -> None:
        self._pool = pool

    async def parse(self, raw: bytes) -> MailText:
        mail = await read_safely(self._pool, raw)
        if not mail.readable:
            raise DamagedError(mail.problems[0])
        files = []
        for attachment in mail.attachments:
            files.append((attachment.filename, await self._pool.run(read_part, raw, attachment.index)))
        return MailText(mail.subject, mail.text, tuple(files), mail.problems)


class MailDesk:
    """``mailbox.ports.LetterDesk``: what the SMTP door hands over becomes a letter."""

    def __init__(self, letterbox: Letterbox, people: People) -> None:
        self._letterbox = letterbox
        self._people = people

    async def accept_mail(self, mail: IncomingLetter) -> str:
        writer: Actor = await self._people.actor_of(mail.account_id)
        received_at: datetime = mail.received_at
        receipt = await self._letterbox.accept_mail(
            writer, mail.raw, mail.key, received_at=received_at, origin=mail.origin
        )
        return receipt.number


class CompanyPrincipals:
    """``consult.ports.Principals``: companies, and who of their people writes."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def behalf(self, writer_id: str, company_id: str) -> Behalf | None:
        company = await self._store.get(Company, company_id)
        delegate = await self._store.get(Delegate, delegate_id(company_id, writer_id))
        if company is None or delegate is None or company.state is not CompanyState.ACTIVE:
            return None
        return Behalf(company.id, company.name, company.code)

    async def company_ids(self, account_id: str) -> list[str]:
        delegations = await self._store.delegations_of(account_id)
        companies = await self._store.get_all(Company, [one.company_id for one in delegations])
        return sorted(key for key, one in companies.items() if one.state is CompanyState.ACTIVE)


class WriterNames:
    """``consult.ports.Writers``: the real names of accounts."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def name_of(self, writer_id: str) -> str:
        account = await self._store.get(Account, writer_id)
        return account.name if account is not None else ""


class Messenger:
    """The outbox's task for notices: into the writer's box, and a word by SMS that it is there."""

    def __init__(
        self,
        store: MailStore,
        vault: Vault,
        clock: Clock,
        writer: NoticeWriter,
        rules: NoticeRules,
        signature: str,
        house: HouseMail,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._writer = writer
        self._rules = rules
        self._signature = signature
        self._house = house

    async def notice(self, key: str, payload: dict[str, Any]) -> Changes:
        """Put a notice into the writer's box, and into that of the company in whose name he wrote.

        Who has no account (imported letters) is told nothing.
        """
        account = await self._store.get(Account, payload["writer_id"])
        if account is None:
            return Changes()
        telling = await self._writer.write(payload, account.language)
        changes = boxes.deliver(
            self._house,
            account,
            self._clock.now(),
            key=key,
            sender=telling.sender,
            subject=telling.text.subject,
            text=telling.text.text,
            letter_id=telling.letter_id,
        )
        changes += await self._shared(key, telling)
        return changes + self._told(key, account, telling) if telling.text.sms else changes

    async def _shared(self, key: str, telling: Telling) -> Changes:
        box = await self._store.get(Box, telling.company_id) if telling.company_id else None
        if box is None or box.state is not BoxState.OPEN:
            return Changes()
        return self._house.notice(
            box.id,
            self._clock.now(),
            key=key,
            sender=telling.sender,
            subject=telling.text.subject,
            text=telling.text.text,
            letter_id=telling.letter_id,
        )

    def _told(self, key: str, account: Account, telling: Telling) -> Changes:
        until = self._clock.now() + self._rules.life
        message = sms.wrote(self._signature, account.language, telling.named, telling.at, until)
        kind = Kind.NOTICE
        if telling.text.sms == sms.RECEIPT:
            params = {"time": message.params["time"], "number": telling.number, "code": telling.code}
            message, kind = structs.replace(message, template=sms.RECEIPT, params=params), Kind.RECEIPT
        sender = telling.office_id or SYSTEM.id
        return sms.notice(self._vault, account.id, kind, sender, message, f"letter:{key}")
