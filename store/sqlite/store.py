"""The embedded store: every port over one SQLite file."""

from __future__ import annotations

import asyncio
from pathlib import Path

from minxin.store.sqlite.accounts import SqliteAccounts
from minxin.store.sqlite.alike import SqliteAlike
from minxin.store.sqlite.arrivals import SqliteArrivals
from minxin.store.sqlite.assistant import SqliteAssistant
from minxin.store.sqlite.audit import SqliteAudit
from minxin.store.sqlite.behind import SqliteBehind
from minxin.store.sqlite.blobs import SqliteBlobs
from minxin.store.sqlite.box_office import SqliteBoxOffice
from minxin.store.sqlite.box_settings import SqliteBoxSettings
from minxin.store.sqlite.chat import SqliteChat
from minxin.store.sqlite.cluster import SqliteCluster
from minxin.store.sqlite.companies import SqliteCompanies
from minxin.store.sqlite.connect import FILE, create, open_writer
from minxin.store.sqlite.contents import SqliteContents
from minxin.store.sqlite.counters import SqliteCounters
from minxin.store.sqlite.day_sums import SqliteDaySums
from minxin.store.sqlite.disk import SqliteDisk
from minxin.store.sqlite.held import SqliteHeld
from minxin.store.sqlite.knowledge import SqliteKnowledge
from minxin.store.sqlite.letters import SqliteLetters
from minxin.store.sqlite.mail import SqliteMail
from minxin.store.sqlite.mail_glance import SqliteMailGlance
from minxin.store.sqlite.mail_upkeep import SqliteMailUpkeep
from minxin.store.sqlite.matters import SqliteMatters
from minxin.store.sqlite.meetings import SqliteMeetings
from minxin.store.sqlite.official import SqliteOfficial
from minxin.store.sqlite.open_orders import SqliteOpenOrders
from minxin.store.sqlite.outgoing import SqliteOutgoing
from minxin.store.sqlite.queues import Bells, SqliteQueues
from minxin.store.sqlite.readers import ReaderPool
from minxin.store.sqlite.records import SqliteRecords
from minxin.store.sqlite.retrieval import SqliteRetrieval
from minxin.store.sqlite.search import SqliteSearch
from minxin.store.sqlite.statistics import SqliteStatistics
from minxin.store.sqlite.texting import SqliteTexting
from minxin.store.sqlite.writer import MAX_WAITING, Writer


class SqliteStore(
    SqliteRecords,
    SqliteLetters,
    SqliteStatistics,
    SqliteDaySums,
    SqliteOpenOrders,
    SqliteBehind,
    SqliteContents,
    SqliteAlike,
    SqliteAssistant,
    SqliteChat,
    SqliteKnowledge,
    SqliteMatters,
    SqliteRetrieval,
    SqliteSearch,
    SqliteAccounts,
    SqliteHeld,
    SqliteMail,
    SqliteMailGlance,
    SqliteArrivals,
    SqliteMailUpkeep,
    SqliteOutgoing,
    SqliteBoxSettings,
    SqliteBoxOffice,
    SqliteCompanies,
    SqliteCounters,
    SqliteDisk,
    SqliteBlobs,
    SqliteTexting,
    SqliteMeetings,
    SqliteOfficial,
    SqliteQueues,
    SqliteCluster,
    SqliteAudit,
):
    """Keeps a city's letters in the file ``minxin.db`` of one folder."""

    reader: ReaderPool

    def __init__(self, reader: ReaderPool, writer: Writer, bells: Bells) -> None:
        self.reader = reader
        self.writer = writer
        self.bells = bells
        self.counts = {}

    @classmethod
    async def open(cls, folder: Path, *, max_waiting: int = MAX_WAITING) -> SqliteStore:
        """Open the store in the folder, made when it is missing, and bring its schema up to date.

        ``max_waiting`` is how many commits may wait for the disk before the next one is told ``UnavailableError``.
        Raises ``ConfigError`` for a folder that can't be used or a newer schema, ``DamagedError`` for another file.
        """
        path = folder / FILE
        await asyncio.to_thread(create, folder)
        connection = await asyncio.to_thread(open_writer, path)
        bells = Bells()
        return cls(ReaderPool(path), Writer(path, connection, bells.ring, max_waiting), bells)

    async def close(self) -> None:
        """Finish the commits that wait, then close the file."""
        await self.reader.close()
        await self.writer.close()
