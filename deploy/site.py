"""What the pages are given."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from minxin import __version__
from minxin.classifier.personal.finder import PersonalFinder
from minxin.consult.assistant.beside import Beside
from minxin.consult.assistant.gap_list import GapList
from minxin.consult.directory import Directory
from minxin.consult.knowledge.from_letter import LetterEntries
from minxin.consult.knowledge.importing import KnowledgeImport
from minxin.consult.knowledge.service import Knowledge
from minxin.consult.publication import Publications
from minxin.consult.records import Office
from minxin.consult.redating import Redating
from minxin.consult.statistics import Statistics
from minxin.core.operations import Operations
from minxin.core.privacy import load_key, root_key
from minxin.deploy.adapters import TableReader, WriterNames
from minxin.deploy.assistant import open_assistant, open_gaps
from minxin.deploy.boxes import box_office_of, companies_of
from minxin.deploy.city import City
from minxin.deploy.contacts import open_contacts
from minxin.deploy.house import House
from minxin.deploy.sms import notice_rules
from minxin.mailbox.box_service import Boxes
from minxin.mailbox.guesses import Guesses
from minxin.mailbox.meetings.groups import StaffGroups
from minxin.mailbox.meetings.notices import StaffNotices
from minxin.mailbox.texting.desk import SmsDesk
from minxin.webui.context import Installation, Services, WebSettings


def services_of(house: House) -> Services:
    """Join the house's parts to what pages may call."""
    settings, gaps, offices = house.settings, open_gaps(house), _offices(house)

    return Services(
        clock=house.clock,
        settings=_web_settings(house),
        accounts=house.accounts,
        letterbox=house.letterbox,
        desk=house.desk,
        lists=house.lists,
        search=house.search,
        places=house.places,
        directory=Directory(offices, _successors(house), house.adviser, house.retriever),
        precision=house.precision,
        teaching=house.teaching,
        like_letters=house.like_letters,
        assistant=open_assistant(house),
        beside=Beside(house.store, house.clock, house.retriever, PersonalFinder()),
        chat=house.chat,
        gap_list=GapList(house.store, house.clock, house.retriever, gaps),
        hot_issues=house.hot_issues,
        matters=house.matters,
        synonyms=house.synonyms,
        knowledge=Knowledge(house.store, house.clock, PersonalFinder(), gaps),
        letter_entries=LetterEntries(house.store, house.clock, WriterNames(house.store), PersonalFinder()),
        knowledge_import=KnowledgeImport(house.store, house.clock, PersonalFinder(), gaps),
        read_table=TableReader(house.pool).rows,
        publications=Publications(house.store, house.clock, WriterNames(house.store), PersonalFinder(), house.abuse),
        statistics=Statistics(house.store, house.clock, house.limits),
        judge=house.adviser,
        **_post(house),
        limits=house.limits,
        redating=Redating(house.store, house.clock, house.limits),
        operations=Operations(house.store, house.clock),
        installation=Installation(__version__, settings.shown()),
        text_messages=house.texts.last_masked,
        demo_messages=house.texts.last if settings.demo else None,
        offices=offices,
        catch_up=house.store.catch_up,
        health=house.health.look,
    )


def _post(house: House) -> dict[str, Any]:
    """Return what of the services is about boxes, mail and short messages."""
    return {
        "boxes": Boxes(house.store, house.clock, house.mailroom),
        "mailroom": house.mailroom,
        "contacts": open_contacts(house.store, house.clock, _offices(house)),
        "box_office": box_office_of(house),
        "companies": companies_of(house),
        "disk": house.disk,
        "guesses": Guesses(house.store, house.vault, house.clock),
        "held_mails": house.post.held,
        "outgoing": house.outgoing,
        "sms_desk": SmsDesk(house.store, house.vault, house.clock, notice_rules(house.settings)),
        "staff_groups": StaffGroups(house.store, house.clock),
        "staff_notices": StaffNotices(house.store, house.clock),
        "official": house.official.mail,
    }


def _offices(house: House) -> Callable[[], Awaitable[list[Office]]]:
    async def offices() -> list[Office]:
        return list((await house.lists.offices()).values())

    return offices


def _successors(house: House) -> dict[str, str]:
    return {former: office.id for office in house.city.offices for former in office.formerly}


def _area_names(city: City) -> dict[str, str]:
    names = [(one.name, one.name_en) for one in city.districts]
    names += [(one.name, one.name_en) for district in city.districts for one in district.streets]
    return {name: english for name, english in names if english}


def _web_settings(house: House) -> WebSettings:
    settings = house.settings
    return WebSettings(
        signing_key=hmac.new(root_key(load_key(settings.key_file)), b"minxin web", hashlib.sha256).digest(),
        city=house.city.name,
        city_en=house.city.name_en,
        site=settings.site,
        area_names_en=_area_names(house.city),
        secure_cookies=settings.secure_cookies,
        behind_proxy=settings.behind_proxy,
    )
