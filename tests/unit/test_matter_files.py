"""Files of matters: every fault is told by entry and field, and a whole file comes back as it went."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from support.matters import ALL, KITCHEN

from minxin.consult.decision import Deed
from minxin.consult.matters.entries import entry_of, matter_of
from minxin.consult.matters.finding import find_matters
from minxin.consult.matters.passages import passages_of_matter, yuan
from minxin.consult.matters.reading import read_matters
from minxin.consult.matters.service import taken_in
from minxin.consult.sentences import SENTENCES
from minxin.core.actor import SYSTEM

OFFICES = ("cgj",)


def raw() -> list[dict[str, Any]]:
    """Return the support catalogue as a file has it."""
    return [dict(msgspec.to_builtins(entry_of(one))) for one in ALL]


def faults(entries: list[Any], **changed: Any) -> list[tuple[int, str, str]]:
    """Return what is wrong when the second entry has these fields instead."""
    entries[1] |= changed
    read = read_matters(json.dumps({"matters": entries}).encode(), OFFICES)
    for fault in read.faults:
        SENTENCES.sentence(fault.reason, "en", **fault.params)
    return [(fault.row, fault.field, fault.reason) for fault in read.faults]


def test_a_whole_file_reads_as_the_matters_that_it_was_made_of() -> None:
    read = read_matters(json.dumps({"matters": raw()}).encode(), OFFICES)
    assert read.faults == ()
    assert [matter_of(entry, one.changed_at) for entry, one in zip(read.entries, ALL, strict=True)] == list(ALL)


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"code": "sc-2"}, "code", "matters.code"),
        ({"code": "SC-1"}, "code", "matters.twice"),
        ({"office": "none"}, "office", "matters.office"),
        ({"name": " "}, "name", "matters.empty"),
        ({"summary": "长" * 601}, "summary", "matters.long"),
        ({"also_called": ["名"] * 13}, "also_called", "matters.many"),
        ({"windows": []}, "windows", "matters.none"),
        ({"limits": []}, "limits", "matters.none"),
        ({"limits": [{"promised": 9, "statutory": 5}]}, "limits[0]", "matters.limit"),
        ({"limits": [{"promised": 5, "when": {"food": ["serve"]}}]}, "limits[0].when", "matters.last_limit"),
        ({"papers": [{"name": "证", "originals": 0}]}, "papers[0]", "matters.sheets"),
        ({"papers": [{"name": "证", "matter": "XX"}]}, "papers[0].matter", "matters.unknown"),
        ({"papers": [{"name": "证", "when": {"moon": ["full"]}}]}, "papers[0].when.moon", "matters.when_question"),
        ({"papers": [{"name": "证", "when": {"food": ["stone"]}}]}, "papers[0].when.food", "matters.when_option"),
        (
            {"papers": [{"name": "证", "when": {"food": ["serve", "packed"]}}]},
            "papers[0].when.food",
            "matters.when_all",
        ),
        ({"fees": [{"name": "费", "fen": -1}]}, "fees[0].fen", "matters.fee"),
        ({"prerequisites": [{"matter": "ZZ-9"}]}, "prerequisites[0].matter", "matters.unknown"),
        ({"prerequisites": [{"matter": "SC-1", "wait_days": -1}]}, "prerequisites[0].wait_days", "matters.wait"),
        ({"online": "ftp://x"}, "online", "matters.link"),
        ({"forms": [{"id": "A b", "name": "表", "fields": ["姓名"]}]}, "forms[0].id", "matters.form_id"),
        ({"forms": [{"id": "a", "name": "表", "fields": []}]}, "forms[0].fields", "matters.form_fields"),
        ({"limits": "soon"}, "limits", "matters.shape"),
        ({"colour": "red"}, "", "matters.shape"),
    ],
)
def test_each_fault_is_told_with_its_entry_and_field(changed: dict[str, Any], field: str, reason: str) -> None:
    assert (2, field, reason) in faults(raw(), **changed)


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    entries = raw()
    entries[0]["name"] = ""
    entries[2]["office"] = "none"
    found = faults(entries, steps=[])
    assert [row for row, *_ in found] == sorted(row for row, *_ in found)
    assert {(1, "matters.empty"), (2, "matters.none"), (3, "matters.office")} <= {(row, why) for row, _, why in found}


def test_questions_are_checked_beside_each_other() -> None:
    twice = [{"id": "food", "text": "问", "options": [{"id": "a", "text": "甲"}, {"id": "b", "text": "乙"}]}] * 2
    assert (2, "questions", "matters.question_twice") in faults(raw(), questions=twice)
    idle = [*raw()[1]["questions"], {"id": "idle", "text": "问", "options": twice[0]["options"]}]
    assert faults(raw(), questions=idle) == [(2, "questions[2]", "matters.question_idle")]
    entries = raw()
    entries[2] |= {"questions": twice[:1], "fees": [{"name": "费", "fen": 1, "when": {"food": ["a"]}}]}
    assert (3, "questions[0]", "matters.question_differs") in faults(entries)
    one_option = [{"id": "Food", "text": "问", "options": [{"id": "a", "text": "甲"}]}]
    found = faults(raw(), questions=one_option)
    assert {"matters.slug", "matters.options"} <= {reason for *_, reason in found}


def test_a_circle_is_refused_and_named_whether_by_prerequisites_or_by_papers() -> None:
    for changed in ({"prerequisites": [{"matter": "SC-2"}]}, {"papers": [{"name": "许可证", "matter": "SC-2"}]}):
        entries = raw()
        entries[0] |= changed
        read = read_matters(json.dumps({"matters": entries}).encode(), OFFICES)
        (fault,) = read.faults
        assert (fault.reason, fault.field) == ("matters.cycle", "prerequisites")
        assert fault.params["cycle"] in (
            "开店登记（SC-1） → 食品经营许可（SC-2） → 开店登记（SC-1）",
            "食品经营许可（SC-2） → 开店登记（SC-1） → 食品经营许可（SC-2）",
        )


def test_a_circle_through_matters_that_are_kept_is_seen() -> None:
    entry = raw()[0] | {"prerequisites": [{"matter": "SC-2"}]}
    read = read_matters(json.dumps({"matters": [entry]}).encode(), OFFICES, [KITCHEN])
    assert [fault.reason for fault in read.faults] == ["matters.cycle"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b'{"matters": 1}', b'{"other": []}', b"[" * 50_000])
def test_what_is_no_file_of_matters_is_told_as_one_fault(data: bytes) -> None:
    (fault,) = read_matters(data, OFFICES).faults
    assert (fault.row, fault.reason) == (0, "matters.file")


def test_the_same_file_again_changes_nothing_and_another_one_only_what_it_says() -> None:
    deed = Deed(SYSTEM, ALL[0].changed_at, "test")
    entries = [entry_of(one) for one in ALL]
    again = taken_in(deed, entries, ALL)
    assert (again.inserts, again.puts) == ([], [])
    changed = taken_in(deed, [msgspec.structs.replace(entries[0], name="改名")], ALL)
    assert [one.id for one in changed.puts] == ["SC-1"]
    assert changed.audit[0].data == {"added": 0, "changed": 1}


def test_a_matter_is_found_by_its_names_and_by_words_around_them() -> None:
    assert [one.id for one in find_matters(ALL, "我想开小店怎么办")][:1] == ["SC-1"]
    assert [one.id for one in find_matters(ALL, "餐 饮 许 可")][:1] == ["SC-2"]
    assert find_matters(ALL, "，。") == []
    assert find_matters(ALL, "月球") == []


def test_a_passage_says_who_what_how_long_and_how_much() -> None:
    (passage,) = passages_of_matter(KITCHEN)
    assert (passage.id, passage.path) == ("matter:SC-2", "/matters/SC-2")
    assert "健康证明（视情形提供）" in passage.text
    assert "承诺 5 个工作日内办结（法定 10 个工作日）" in passage.text
    assert passage.text.endswith("不收费。")
    assert passages_of_matter(ALL[3]) == []
    assert (yuan(2000), yuan(1050), yuan(5)) == ("20", "10.50", "0.05")
