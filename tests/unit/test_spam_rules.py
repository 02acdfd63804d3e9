"""What makes a mail junk: each rule by itself, its reason, and what a reader's word does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from minxin.mailbox.authenticity.proof import FAILED, IMITATES, NOT_PROVEN, PROOFS, VERIFIED_OFFICE
from minxin.mailbox.authenticity.records import UNCHECKED, Authenticity, Signature
from minxin.mailbox.mail.delivery import MailFields, pack
from minxin.mailbox.mail.receiving import Arrived, receive_mail
from minxin.mailbox.mail.records import Box, BoxKind, MailItem, Person
from minxin.mailbox.mail.settings import BoxSettings
from minxin.mailbox.sentences import sentence
from minxin.mailbox.spam.lessons import MOST_SENDERS, Taught, taught, word_on
from minxin.mailbox.spam.rules import RULES, Signals, score

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
PLAIN = Signals(
    found=UNCHECKED,
    sender_domain="home.example",
    subject="周末吃饭",
    message_id="1@home.example",
    date=NOW,
    now=NOW,
    helo="mail.home.example",
    own_domains=frozenset({"citizen.binhai.example"}),
)
CHECKED = Authenticity(checked=True, from_domain="home.example")


@pytest.mark.parametrize(
    ("fields", "reason", "junk"),
    [
        ({}, "", False),
        ({"imitates": True}, "spam.imitates", True),
        ({"found": replace(CHECKED, dmarc="fail", wish="reject")}, "spam.forged", True),
        ({"found": replace(CHECKED, dmarc="fail", wish="quarantine")}, "spam.forged", True),
        ({"found": replace(CHECKED, dmarc="fail", wish="none")}, "spam.not_aligned", False),
        ({"found": replace(CHECKED, spf="fail")}, "spam.spf", False),
        ({"found": replace(CHECKED, spf="fail", aligned=True)}, "", False),
        ({"found": replace(CHECKED, spf="softfail")}, "spam.spf_soft", False),
        ({"found": replace(CHECKED, signatures=(Signature("a", "b", "fail"),))}, "spam.signature", False),
        ({"head": b'Content-Type: x; NAME="bill.pdf.EXE"\r\n'}, "spam.program", True),
        ({"head": b"filename*=utf-8''a.js\r\n"}, "spam.program", True),
        ({"head": b'filename="a.json"\r\n'}, "", False),
        ({"head": b"see HTTP://10.1.2.3/x"}, "spam.numbered_link", False),
        ({"subject": "代 开 发 票 请加微信"}, "spam.words", True),
        ({"subject": "六\u200b合-彩"}, "spam.words", False),
        ({"subject": "限时特价"}, "spam.likely_words", False),
        ({"subject": "关于发票丢失的说明"}, "", False),
        ({"senders": 2}, "spam.sender", False),
        ({"senders": 0}, "spam.sender", False),
        ({"reply_domain": "evil.example"}, "spam.reply_to", False),
        ({"date": None}, "spam.date", False),
        ({"date": NOW + timedelta(days=3)}, "spam.date", False),
        ({"message_id": ""}, "spam.message_id", False),
        ({"helo": "localhost"}, "spam.client", False),
        ({"helo": "Citizen.Binhai.example"}, "spam.says_it_is_us", False),
        ({"alike": 20}, "spam.many", False),
        ({"alike": 20, "found": replace(CHECKED, aligned=True)}, "", False),
        ({"subject": "代开发票", "helo": "x"}, "spam.words", True),
    ],
)
def test_each_rule_has_its_reason(fields: dict[str, Any], reason: str, junk: bool) -> None:
    found = score(replace(PLAIN, **fields))
    assert (found.reasons[0] if found.reasons else "", found.junk) == (reason, junk)
    assert 0 <= found.likelihood <= 1


def test_every_reason_can_be_read_and_stands_once() -> None:
    reasons = [rule.reason for rule in RULES]
    assert len(set(reasons)) == len(reasons)
    assert all(sentence(reason, language) for reason in reasons for language in ("zh", "en"))
    assert all(sentence(f"{proof}{end}", "zh") for proof in PROOFS for end in ("", ".says"))
    assert [rule.points for rule in RULES] == sorted((rule.points for rule in RULES), reverse=True)


def test_the_latest_word_of_the_reader_counts() -> None:
    settings = taught(BoxSettings(id="w"), ["a@x", "a@x", ""], junk=True)
    assert word_on(settings, "a@x") is Taught.JUNK
    settings = taught(settings, ["a@x"], junk=False)
    assert (settings.junk, word_on(settings, "a@x")) == ((), Taught.WANTED)
    many = taught(settings, [f"{number}@x" for number in range(MOST_SENDERS + 10)], junk=True)
    assert len(many.junk) == MOST_SENDERS
    assert word_on(many, f"{MOST_SENDERS + 9}@x") is Taught.JUNK
    assert word_on(None, "a@x") is None


@pytest.mark.parametrize(
    ("settings", "fields", "folder"),
    [
        ({}, {}, "inbox"),
        ({}, {"junk": True}, "junk"),
        ({"blocked": ("a@x.example",)}, {}, "junk"),
        ({"blocked": ("@x.example",), "wanted": ("a@x.example",)}, {}, "junk"),
        ({"junk": ("a@x.example",)}, {}, "junk"),
        ({"junk": ("a@x.example",)}, {"proof": VERIFIED_OFFICE}, "inbox"),
        ({"wanted": ("a@x.example",)}, {"junk": True}, "inbox"),
        ({"wanted": ("a@x.example",)}, {"junk": True, "proof": FAILED}, "junk"),
        ({"wanted": ("a@x.example",)}, {"junk": True, "proof": IMITATES}, "junk"),
    ],
)
def test_the_readers_word_counts_more_than_the_rules_but_not_for_a_forger(
    settings: dict[str, Any], fields: dict[str, Any], folder: str
) -> None:
    box = Box(id="w", kind=BoxKind.CITIZEN, owner_id="w", address="w@b", created_at=NOW)
    plain: dict[str, Any] = {"proof": NOT_PROVEN, "junk": False} | fields
    mail = Arrived(
        item_id="i",
        packed=pack(b"From: a@x.example\r\n\r\nx"),
        fields=MailFields(sender=Person("", "a@x.example")),
        thread_id="i",
        most=1_000,
        sender="a@x.example",
        **plain,
    )
    (item,) = receive_mail(box, BoxSettings(id="w", **settings), mail, NOW).inserts
    assert isinstance(item, MailItem)
    assert item.folder_id == f"w.{folder}"
