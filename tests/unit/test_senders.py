"""DMARC, the word for people, and the marks on top of a mail, as tables."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from minxin.mailbox.authenticity.dmarc import evaluate, read_policy
from minxin.mailbox.authenticity.header import results_field
from minxin.mailbox.authenticity.proof import guarded, imitates, proof_of
from minxin.mailbox.authenticity.published import organization
from minxin.mailbox.authenticity.records import UNCHECKED, Authenticity, Policy, Signature
from minxin.mailbox.smtp.patience import delay_s
from minxin.mailbox.smtp.trace import Trace, trace_lines, without_forged

REJECT = Policy(result="pass", domain="home.example", wish="reject")
SIGNED = Signature("home.example", "s", "pass")


@pytest.mark.parametrize(
    ("records", "below", "policy"),
    [
        (["v=DMARC1; p=reject; adkim=s"], False, Policy(result="pass", domain="d", wish="reject", strict_dkim=True)),
        (
            ["v=DMARC1;p=none;sp=quarantine;aspf=s"],
            True,
            Policy(result="pass", domain="d", wish="quarantine", strict_spf=True),
        ),
        (["v=DMARC1; p=none"], True, Policy(result="pass", domain="d")),
        (["v=DMARC1; p=what"], False, Policy(result="permerror", domain="d")),
        (["v=spf1 -all", "V = DMARC1 ; P=Reject"], False, Policy(result="pass", domain="d", wish="reject")),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], False, None),
        ([], False, None),
        (["p=reject"], False, None),
    ],
)
def test_a_policy_is_read_as_rfc_7489_says(records: list[str], below: bool, policy: Policy | None) -> None:
    assert read_policy(records, "d", below=below) == policy


@pytest.mark.parametrize(
    ("policy", "spf", "spf_domain", "signatures", "dmarc", "aligned"),
    [
        (REJECT, "pass", "home.example", [], "pass", True),
        (REJECT, "pass", "bounce.home.example", [], "pass", True),
        (replace(REJECT, strict_spf=True), "pass", "bounce.home.example", [], "fail", False),
        (REJECT, "pass", "evil.example", [], "fail", False),
        (REJECT, "fail", "home.example", [SIGNED], "pass", True),
        (REJECT, "none", "", [Signature("evil.example", "s", "pass"), SIGNED], "pass", True),
        (REJECT, "none", "", [Signature("home.example", "s", "fail")], "fail", False),
        (REJECT, "temperror", "home.example", [], "temperror", False),
        (Policy(), "pass", "home.example", [], "none", True),
        (Policy(), "none", "", [], "none", False),
        (Policy(result="temperror"), "fail", "home.example", [], "temperror", False),
    ],
)
def test_alignment_decides(
    policy: Policy, spf: str, spf_domain: str, signatures: list[Signature], dmarc: str, aligned: bool
) -> None:
    found = evaluate("home.example", policy, spf, spf_domain, signatures, organization)
    assert (found.dmarc, found.aligned) == (dmarc, aligned)


def test_a_public_suffix_is_nobodys_organization() -> None:
    assert organization("mail.binhai.gov.cn") == "binhai.gov.cn"
    assert organization("other.gov.cn") == "other.gov.cn"
    assert organization("a.b.home.example") == "home.example"


GOOD = Authenticity(checked=True, from_domain="home.example", aligned=True, dmarc="pass")


@pytest.mark.parametrize(
    ("found", "imitating", "proof"),
    [
        (UNCHECKED, False, "not_proven"),
        (UNCHECKED, True, "imitates"),
        (GOOD, False, "proven_domain"),
        (GOOD, True, "imitates"),
        (replace(GOOD, from_domain="a.province.example"), True, "verified_office"),
        (replace(GOOD, from_domain="notprovince.example"), False, "proven_domain"),
        (replace(GOOD, from_domain="province.example", aligned=False), False, "not_proven"),
        (replace(GOOD, aligned=False, dmarc="fail"), False, "failed"),
        (replace(GOOD, aligned=False, dmarc="none", spf="fail"), False, "failed"),
        (replace(GOOD, aligned=False, dmarc="temperror"), False, "not_proven"),
    ],
)
def test_the_word_for_people(found: Authenticity, imitating: bool, proof: str) -> None:
    assert proof_of(found, {"province.example"}, imitates=imitating) == f"mail.proof.{proof}"


@pytest.mark.parametrize(
    ("shown", "address", "ours"),
    [
        ("市公安局", "x@evil.example", True),
        ("【市公安局】通知", "x@evil.example", True),
        ("市\u200b公\u3000安 局", "x@evil.example", True),
        ("市公安局", "police@gov.example", False),
        ("市公安局", "police@evil-gov.example", True),
        ("mayor@gov.example", "x@evil.example", True),
        ("王小明", "x@evil.example", False),
        ("", "x@evil.example", False),
        ("城管", "x@evil.example", False),
    ],
)
def test_names_of_ours_over_other_addresses_are_seen(shown: str, address: str, ours: bool) -> None:
    assert imitates(shown, address, guarded(["市公安局", "城管"]), {"gov.example"}) is ours


def test_the_results_can_not_be_broken_out_of() -> None:
    hostile = replace(GOOD, from_domain="x\r\nX-Evil: 1", signatures=(Signature("a;dmarc=pass", "s", "fail"),))
    field = results_field("mx.example", hostile, 'a"\r\nb;c@x')
    assert field.count(b"\r\n") == 4
    assert all(line.startswith((b"\t", b"Authentication-Results: mx.example;")) for line in field.splitlines())
    assert b"a;dmarc" not in field
    assert results_field("mx.example", UNCHECKED, "") == b"Authentication-Results: mx.example;\r\n\tnone\r\n"


def test_the_trace_names_no_recipient_and_lets_no_client_write_into_it() -> None:
    trace = Trace(
        server="mx.example",
        client="192.0.2.1",
        helo="x)\r\nX-Evil: 1",
        sender="a@b",
        mark="m",
        at=datetime(2026, 3, 2, 4, 0, tzinfo=UTC),
        tls=True,
    )
    assert trace_lines(trace).decode() == (
        "Return-Path: <a@b>\r\nReceived: from unknown ([192.0.2.1])\r\n\tby mx.example (Minxin) with ESMTPS id m;\r\n"
        "\tMon, 02 Mar 2026 12:00:00 +0800\r\n"
    )


BODY = b"From: a@b\r\nSubject: x\r\n folded\r\n\r\nX-Minxin-Spam: in the body\r\n"


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
@pytest.mark.parametrize(
    ("field", "stays"),
    [
        (b"Return-Path: <boss@gov>\r\n", False),
        (b"RETURN-PATH : <boss@gov>\r\n", False),
        (b"X-Minxin-Anything: 1\r\n more\r\n\tof it\r\n", False),
        (b"X-Minx: 1\r\n", True),
        (b"Authentication-Results: mx.ours.example; dmarc=pass\r\n", False),
        (b"Authentication-Results:\r\n (a (b)) OURS.example 1;\r\n dmarc=pass\r\n", False),
        (b"Authentication-Results: (" + b"c" * 2_000 + b") ours.example; dmarc=pass\r\n", False),
        (b"Authentication-Results: mx.theirs.example; dmarc=pass\r\n", True),
        (b"X-Authentication-Results: ours.example; dmarc=pass\r\n", True),
    ],
)
def test_forged_marks_are_taken_out_and_nothing_else(field: bytes, stays: bool, end: bytes) -> None:
    raw = (field + BODY).replace(b"\r\n", end)
    clean = without_forged(raw, {"ours.example"})
    assert clean == (raw if stays else BODY.replace(b"\r\n", end))


def test_a_mail_without_such_marks_is_not_even_copied() -> None:
    assert without_forged(BODY, {"ours.example"}) is BODY


def test_refusals_take_longer_and_longer_up_to_an_end() -> None:
    assert [delay_s(errors, 2.0) for errors in (1, 2, 100)] == [2.0, 4.0, 30.0]
