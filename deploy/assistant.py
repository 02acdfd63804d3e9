"""The assistant and its gap list as the house has them."""

from __future__ import annotations

from minxin.classifier.personal.finder import PersonalFinder
from minxin.classifier.questions import LikeQuestions
from minxin.classifier.words.advice import rules_only
from minxin.consult.assistant.gap_list import GapList
from minxin.consult.assistant.service import Assistant
from minxin.deploy.house import House


def open_assistant(house: House) -> Assistant:
    """Return the assistant; whom it hands over is promised what the city's chat promises."""
    promised = house.city.chat.promised
    return Assistant(house.store, house.clock, house.retriever, rules_only, house.adviser, PersonalFinder(), promised)


def open_gap_list(house: House) -> GapList:
    """Return the gap list with the city's limits."""
    rules = house.city.assistant
    return GapList(house.store, house.clock, house.retriever, LikeQuestions(), house.limits.calendar, rules)
