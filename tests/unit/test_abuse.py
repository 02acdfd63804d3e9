"""Abuse: what is said plainly is found by turns of phrase, and a model that learnt posts leaves letters alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minxin.classifier.abuse.model import load_abuse, train_abuse
from minxin.classifier.abuse.words import AbusiveWords
from minxin.core.abuse import Abuse
from minxin.core.errors import InvalidInputError

PLAIN = [
    ("你们这群人渣，滚蛋", Abuse.INSULT),
    ("办事的人真是个脑残", Abuse.INSULT),
    ("再不退钱我弄死你", Abuse.THREAT),
    ("小心你家人的狗命", Abuse.THREAT),
    ("外地人都是垃圾，滚出去", Abuse.SLUR),
    ("河南人都是骗子", Abuse.SLUR),
]
ORDINARY = [
    "楼下垃圾站臭味大，狗粪没人清理",
    "养猪场的猪粪流进河里",
    "对方扬言要弄死我们，请公安机关保护",
    "他骂我是傻子，请处理",
    "请关心残疾人和智障儿童",
    "我妈的医保卡丢了",
    "老人不是本地户口，能办优待证吗",
    "",
]
POSTS = [(f"你们这些{word}{number}号真恶心", True) for number in range(8) for word in ("猪", "狗", "废物")]
POSTS += [(f"今天{word}很好{number}", False) for number in range(8) for word in ("天气", "心情", "饭菜")]
LETTERS = [f"市长您好，{place}路灯不亮，请派人修理。" for place in ("学府路", "文庙街", "海宁路", "滨河路")] * 3


@pytest.mark.parametrize(("text", "kind"), PLAIN)
def test_plain_abuse_is_found_with_its_kind(text: str, kind: Abuse) -> None:
    assert kind in {span.kind for span in AbusiveWords().find(text)}


@pytest.mark.parametrize("text", ORDINARY)
def test_letters_that_speak_of_dirt_or_quote_a_threat_abuse_nobody(text: str) -> None:
    assert AbusiveWords().find(text) == ()


@given(st.text(max_size=300))
def test_any_text_is_read_and_each_span_quotes_it(text: str) -> None:
    spans = AbusiveWords().find(text)
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert all(before.end <= after.start for before, after in zip(spans, spans[1:], strict=False))


def test_model_learns_posts_shows_its_words_and_leaves_letters_alone(tmp_path: Path) -> None:
    learnt, _ = train_abuse(POSTS, LETTERS)
    text = "这些废物真恶心"
    spans = learnt.find(text)
    assert spans
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert learnt.find("今天天气很好") == ()
    assert not any(learnt.find(letter) for letter in LETTERS)
    learnt.save(tmp_path)
    assert load_abuse(tmp_path).find(text) == spans


def test_too_few_posts_teach_nothing() -> None:
    with pytest.raises(InvalidInputError):
        train_abuse(POSTS[:12], LETTERS)
