"""Every measure (指标) of ``minxin evaluate --all``, in the order of the table."""

from __future__ import annotations

from typing import Final

from minxin.deploy.evaluation import abuse, bureaus, cold, issues, meaning, routing, speed
from minxin.deploy.evaluation.measure import Measure

MEASURES: Final[tuple[Measure, ...]] = (
    Measure("letters", "letters in seven classes", (routing.LETTERS,), routing.letters),
    Measure("cold", "the same without labelled letters", (routing.LETTERS, cold.LABELS), cold.names_alone),
    Measure("beijing", "organisations by duty texts, no letter seen", (cold.BEIJING,), cold.beijing),
    Measure("replies", "functional offices by duty texts, no letter seen", (cold.REPLIES,), cold.replies),
    Measure("taipei", "bureau of a question", (bureaus.QUESTIONS,), bureaus.taipei),
    Measure("meaning", "same meaning or not", (meaning.CHOSEN_ON, meaning.JUDGED_ON), meaning.same_meaning),
    Measure("issues", "hot issues", (issues.TOPICS, issues.LISTED), issues.hottest),
    Measure("abuse", "offensive posts", (abuse.TRAIN, abuse.DEV, routing.LETTERS), abuse.offensive),
    Measure("speed", "the built-in city's judge", (), speed.speed),
)
