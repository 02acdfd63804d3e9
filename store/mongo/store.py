"""The store of a cluster: every port over one MongoDB database."""

from __future__ import annotations

import asyncio

from minxin.store.mongo.accounts import MongoAccounts
from minxin.store.mongo.alike import MongoAlike
from minxin.store.mongo.arrivals import MongoArrivals
from minxin.store.mongo.assistant import MongoAssistant
from minxin.store.mongo.audit import MongoAudit
from minxin.store.mongo.behind import MongoBehind
from minxin.store.mongo.blobs import MongoBlobs
from minxin.store.mongo.box_office import MongoBoxOffice
from minxin.store.mongo.box_settings import MongoBoxSettings
from minxin.store.mongo.chat import MongoChat
from minxin.store.mongo.client import Client, Driver, close, connect
from minxin.store.mongo.cluster import MongoCluster
from minxin.store.mongo.companies import MongoCompanies
from minxin.store.mongo.contents import MongoContents
from minxin.store.mongo.counters import MongoCounters
from minxin.store.mongo.day_sums import MongoDaySums
from minxin.store.mongo.disk import MongoDisk
from minxin.store.mongo.held import MongoHeld
from minxin.store.mongo.knowledge import MongoKnowledge
from minxin.store.mongo.letters import MongoLetters
from minxin.store.mongo.mail import MongoMail
from minxin.store.mongo.mail_glance import MongoMailGlance
from minxin.store.mongo.mail_upkeep import MongoMailUpkeep
from minxin.store.mongo.matters import MongoMatters
from minxin.store.mongo.meetings import MongoMeetings
from minxin.store.mongo.migrate import migrate
from minxin.store.mongo.news import News
from minxin.store.mongo.official import MongoOfficial
from minxin.store.mongo.open_orders import MongoOpenOrders
from minxin.store.mongo.outgoing import MongoOutgoing
from minxin.store.mongo.queues import MongoQueues
from minxin.store.mongo.reading import ReaderPool
from minxin.store.mongo.records import MongoRecords
from minxin.store.mongo.retrieval import MongoRetrieval
from minxin.store.mongo.search import MongoSearch
from minxin.store.mongo.statistics import MongoStatistics
from minxin.store.mongo.texting import MongoTexting
from minxin.store.mongo.writer import MAX_WAITING, Writer
from minxin.store.sqlite.queues import Bells


class MongoStore(
    MongoRecords,
    MongoLetters,
    MongoStatistics,
    MongoDaySums,
    MongoOpenOrders,
    MongoBehind,
    MongoContents,
    MongoAlike,
    MongoAssistant,
    MongoChat,
    MongoKnowledge,
    MongoMatters,
    MongoRetrieval,
    MongoSearch,
    MongoAccounts,
    MongoHeld,
    MongoMail,
    MongoMailGlance,
    MongoArrivals,
    MongoMailUpkeep,
    MongoOutgoing,
    MongoBoxSettings,
    MongoBoxOffice,
    MongoCompanies,
    MongoCounters,
    MongoDisk,
    MongoBlobs,
    MongoTexting,
    MongoMeetings,
    MongoOfficial,
    MongoQueues,
    MongoCluster,
    MongoAudit,
):
    """Keeps a city's letters in one database of a replica set."""

    reader: ReaderPool

    def __init__(self, client: Client, reader: ReaderPool, writer: Writer, bells: Bells) -> None:
        self.client = client
        self.reader = reader
        self.writer = writer
        self.bells = bells
        self.news = News(reader, writer.me, writer.hear, writer.miss)
        self.claiming = asyncio.Lock()

    @classmethod
    async def open(cls, address: str, *, driver: Driver = Driver.PYMONGO, max_waiting: int = MAX_WAITING) -> MongoStore:
        """Open the database that the address names, and bring its collections and indexes up to date.

        ``max_waiting`` is how many commits may wait before the next one is told ``UnavailableError``. Raises
        ``ConfigError`` for an address that can't be used or a newer schema, ``UnavailableError`` when nobody answers.
        """
        client, name = connect(address, driver)
        database = client[name]
        try:
            await migrate(database)
        except BaseException:
            await close(client)
            raise
        bells = Bells()
        writer = Writer(client, database, bells.ring, max_waiting)
        return cls(client, ReaderPool(client, database), writer, bells)

    async def close(self) -> None:
        """Finish the commits that wait, then close the connections."""
        await self.news.close()
        await self.writer.close()
        await close(self.client)
