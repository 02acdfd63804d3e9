"""The assistant and its gap list as the house has them."""

from __future__ import annotations

from minxin.classifier.personal.finder import PersonalFinder
from minxin.classifier.questions import LikeQuestions
from minxin.classifier.words.advice import rules_only
from minxin.consult.assistant.open_gaps import OpenGaps
from minxin.consult.assistant.service import Assistant
from minxin.deploy.house import House


def open_assistant(house: House) -> Assistant:
    """Return the assistant; whom it hands over is promised what the city's chat promises."""
    promised = house.city.chat.promised
    return Assistant(house.store, house.clock, house.retriever, rules_only, house.adviser, PersonalFinder(), promised)


def open_gaps(house: House) -> OpenGaps:
    """Return the open gaps with the city's limits."""
    return OpenGaps(house.store, house.clock, LikeQuestions(), house.limits.calendar, house.city.assistant)
