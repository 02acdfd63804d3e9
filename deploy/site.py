"""What the pages are given."""

from __future__ import annotations

import hashlib
import hmac

from minxin import __version__
from minxin.classifier.abuse.words import AbusiveWords
from minxin.classifier.personal.finder import PersonalFinder
from minxin.consult.publication import Publications
from minxin.consult.records import Office
from minxin.consult.statistics import Statistics
from minxin.core.operations import Operations
from minxin.core.privacy import load_key
from minxin.core.store import Queue
from minxin.deploy.adapters import WriterNames
from minxin.deploy.house import House
from minxin.mailbox.box_service import Boxes
from minxin.mailbox.guesses import Guesses
from minxin.webui.context import Installation, Services, WebSettings


def services_of(house: House) -> Services:
    """Join the house's parts to what pages may call."""
    settings = house.settings

    async def ready() -> None:
        await house.store.waiting(Queue.JOBS)

    async def offices() -> list[Office]:
        return list((await house.lists.offices()).values())

    return Services(
        clock=house.clock,
        settings=WebSettings(
            signing_key=hmac.new(load_key(settings.key_file), b"minxin web", hashlib.sha256).digest(),
            city=house.city.name,
            city_en=house.city.name_en,
            secure_cookies=settings.secure_cookies,
            behind_proxy=settings.behind_proxy,
        ),
        accounts=house.accounts,
        letterbox=house.letterbox,
        desk=house.desk,
        lists=house.lists,
        places=house.places,
        precision=house.precision,
        teaching=house.teaching,
        like_letters=house.like_letters,
        hot_issues=house.hot_issues,
        publications=Publications(house.store, house.clock, WriterNames(house.store), PersonalFinder(), AbusiveWords()),
        statistics=Statistics(house.store, house.clock, house.limits),
        judge=house.adviser,
        boxes=Boxes(house.store, house.clock),
        guesses=Guesses(house.store, house.vault, house.clock),
        held_mails=house.post.held,
        limits=house.limits,
        operations=Operations(house.store, house.clock),
        installation=Installation(__version__, settings.shown()),
        text_messages=house.gateway.last_masked,
        demo_messages=house.gateway.last if settings.demo else None,
        offices=offices,
        ready=ready,
    )
