"""Redaction finds what has a form, and a public copy needs consent, an answer, and a second person."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.office import (
    CALLER,
    CLERK,
    DISCIPLINE,
    HANDLER,
    MANAGER,
    REVIEWER,
    SIGNER,
    Case,
    answered,
    at,
    only,
    signed_for,
)

from minxin.classifier.personal.finder import PersonalFinder, find
from minxin.consult import publication, verify
from minxin.consult.copy_records import EarlierAnswer
from minxin.consult.decision import Deed
from minxin.consult.ports import CaseFile
from minxin.consult.publication import Words, decide, left_in, may_be_proposed, propose, suggest, unpublishable
from minxin.consult.records import PublicCopy, PublicState, WorkOrder
from minxin.consult.redaction import certain_in, redact
from minxin.core.actor import Actor, Role
from minxin.core.changes import Event
from minxin.core.errors import IllegalMoveError, InvalidFormError, InvalidInputError
from minxin.core.personal import Personal
from minxin.webui.views.difference import Change, difference

FINDER = PersonalFinder()
CLEAN: dict[str, tuple[Personal, ...]] = {"subject": (), "text": (), "answer": ()}
WORDS = Words("路灯不亮", "门口的路灯坏了一个星期。", "已经修好。")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("电话13812345678，急", "电话〔电话〕，急"),
        ("电话 138-1234-5678 或１３８１２３４５６７８", "电话 〔电话〕 或〔电话〕"),
        ("+86 13812345678", "〔电话〕"),
        ("身份证11010519491231002X", "身份证〔身份证号〕"),
        ("身份证110105194912310021", "身份证〔身份证号〕"),
        ("卡号6222 0212 3456 7890 123", "卡号〔银行卡号〕"),
        ("燃气户号：30021567", "燃气户号：〔账号〕"),
        ("车牌粤A·12345和苏B8D888", "车牌〔车牌〕和〔车牌〕"),
        ("写信给 li.ming@example.cn 即可", "写信给 〔邮箱〕 即可"),
        ("住3号楼2单元501室", "住〔门牌〕"),
        ("听涛路12号门口", "听涛路〔门牌〕门口"),
        ("家住六栋", "家住〔门牌〕"),
        ("微信：wx_20111，QQ 12345678", "微信：〔网络账号〕，QQ 〔网络账号〕"),
        ("家里电话5550123", "家里电话〔电话〕"),
        ("我叫欧阳小红，今年40岁", "我叫某某，今年40岁"),
        ("我是李明，住在这里", "我是某某，住在这里"),
        ("联系人：张建国。", "联系人：某某。"),
        ("物业的王先生不接电话", "物业的某某先生不接电话"),
        ("感谢张女士", "感谢某某女士"),
    ],
)
def test_personal_data_is_taken_out_by_its_form(text: str, expected: str) -> None:
    assert redact(text, find(text)).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "请办理地铁8号线的出口",
        "市政府令第12号、〔2023〕15号文",
        "2026年3月2日到4月15日，共45天",
        "我是本市居民，也是老党员",
        "拨打12345，等了3个小时",
        "每月4200元，欠了15000元",
        "在海晏路和听涛路的路口",
    ],
)
def test_what_names_nobody_stays(text: str) -> None:
    assert redact(text, find(text)).text == text


def test_the_writer_s_own_name_is_found_wherever_it_stands() -> None:
    text = "此致 王小明 敬上（王小明）"
    redaction = redact(text, (), ["王小明"])
    assert redaction.text == "此致 某某 敬上（某某）"
    assert redaction.found == {Personal.NAME: 2}


def test_an_answer_keeps_the_office_s_own_lines() -> None:
    text = "电话0399-5550107，邮箱 cgj@binhai.example，承办人手机13812345678"
    assert (
        redact(text, find(text), office_lines=True).text
        == "电话0399-5550107，邮箱 cgj@binhai.example，承办人手机〔电话〕"
    )


@given(st.text(max_size=200), st.sampled_from(["13812345678", "11010519491231002X", "粤A12345", "王小明"]))
def test_what_was_taken_out_can_not_be_found_again(around: str, datum: str) -> None:
    text = f"{around}，{datum}，{around}"
    copy = redact(text, find(text), ["王小明"]).text
    assert certain_in(copy, find(copy), ["王小明"]) == ()


@given(st.text("路灯坏了，。\n修", max_size=60), st.text("路灯坏了，。\n修", max_size=60))
def test_difference_holds_both_texts(before: str, after: str) -> None:
    found = difference(before, after)
    assert "".join(piece.text for piece in found if piece.change is not Change.ADDED) == before
    assert "".join(piece.text for piece in found if piece.change is not Change.REMOVED) == after


def _consented() -> Case:
    case = answered()
    case.letter = replace(case.letter, public=True)
    return case


def _proposed(case: Case, by: Actor = REVIEWER) -> PublicCopy:
    return only(propose(Deed(by, at(days=3)), case.letter, (case.order,), None, WORDS, CLEAN), PublicCopy)


def test_suggestion_names_nobody_and_says_what_was_taken_out() -> None:
    case = _consented()
    case.letter = replace(case.letter, text="我叫王小明，电话13812345678")
    proposal = suggest(case.letter, (case.order,), "王小明", FINDER)
    assert proposal.suggested.text == "我叫某某，电话〔电话〕"
    assert proposal.found == {Personal.NAME: 1, Personal.PHONE: 1}
    assert proposal.original.text == case.letter.text
    assert "经查属实" in proposal.suggested.answer


def test_health_and_children_are_counted_and_left_for_people() -> None:
    case = _consented()
    text = "我儿子今年9岁，患有白血病，电话13812345678"
    case.letter = replace(case.letter, text=text)
    proposal = suggest(case.letter, (case.order,), "", FINDER)
    assert proposal.suggested.text == "我儿子今年9岁，患有白血病，电话〔电话〕"
    assert proposal.found == {Personal.PHONE: 1, Personal.MINOR: 1, Personal.HEALTH: 1}
    assert left_in(proposal.suggested, FINDER) == {Personal.MINOR: 1, Personal.HEALTH: 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"public": False}, "publication.no_consent"),
        ({"sealed": True}, "publication.sealed"),
    ],
)
def test_no_copy_without_consent_and_none_of_a_sealed_letter(change: dict[str, bool], reason: str) -> None:
    case = _consented()
    letter = replace(case.letter, **change)
    with pytest.raises(IllegalMoveError, match=reason):
        suggest(letter, (case.order,), "", FINDER)
    with pytest.raises(IllegalMoveError, match=reason):
        propose(Deed(CLERK, at(days=3)), letter, (case.order,), None, WORDS, CLEAN)
    copy = _proposed(case)
    with pytest.raises(IllegalMoveError, match=reason):
        decide(Deed(SIGNER, at(days=4)), letter, (case.order,), copy, True, "")


def test_no_copy_before_the_answer() -> None:
    case = signed_for()
    with pytest.raises(IllegalMoveError, match=r"publication\.no_answer"):
        suggest(replace(case.letter, public=True), (case.order,), "", FINDER)


@pytest.mark.parametrize("actor", [CALLER, DISCIPLINE, replace(HANDLER, office_id="roads")])
def test_copy_is_proposed_by_the_office_or_the_centre_only(actor: Actor) -> None:
    with pytest.raises(IllegalMoveError, match=r"publication\.actor"):
        _proposed(_consented(), actor)


@pytest.mark.parametrize("actor", [CLERK, MANAGER, SIGNER])
def test_second_person_publishes(actor: Actor) -> None:
    case = _consented()
    copy = _proposed(case, HANDLER)
    changes = decide(Deed(actor, at(days=4)), case.letter, (case.order,), copy, True, "")
    published = only(changes, PublicCopy)
    assert (published.state, published.decided_by) == (PublicState.PUBLISHED, actor.id)
    assert [event.kind for event in changes.events] == ["published"]
    assert [entry.action for entry in changes.audit] == ["letter.published"]
    with pytest.raises(IllegalMoveError, match=r"publication\.decided"):
        decide(Deed(CLERK, at(days=5)), case.letter, (case.order,), published, False, "邻里能认出")


@pytest.mark.parametrize(
    ("actor", "reason"),
    [
        (REVIEWER, "publication.second_person"),
        (HANDLER, "publication.actor"),
        (replace(SIGNER, office_id="roads"), "publication.actor"),
        (Actor("citizen", frozenset({Role.CITIZEN})), "publication.actor"),
    ],
)
def test_nobody_else_decides(actor: Actor, reason: str) -> None:
    case = _consented()
    with pytest.raises(IllegalMoveError, match=reason):
        decide(Deed(actor, at(days=4)), case.letter, (case.order,), _proposed(case), True, "")


def test_refusal_needs_its_reason_and_the_copy_may_be_proposed_anew() -> None:
    case = _consented()
    copy = _proposed(case)
    with pytest.raises(InvalidInputError, match=r"publication\.reason"):
        decide(Deed(SIGNER, at(days=4)), case.letter, (case.order,), copy, False, " ")
    refused = only(decide(Deed(SIGNER, at(days=4)), case.letter, (case.order,), copy, False, "能认出"), PublicCopy)
    assert (refused.state, refused.refusal) == (PublicState.REFUSED, "能认出")
    again = propose(Deed(HANDLER, at(days=5)), case.letter, (case.order,), refused, WORDS, CLEAN)
    assert only(again, PublicCopy).state is PublicState.PROPOSED
    assert (len(again.puts), len(again.inserts)) == (1, 0)
    with pytest.raises(IllegalMoveError, match=r"publication\.already"):
        propose(Deed(HANDLER, at(days=5)), case.letter, (case.order,), copy, WORDS, CLEAN)


@pytest.mark.parametrize(
    ("words", "field", "reason"),
    [
        (replace(WORDS, subject=" "), "subject", "publication.length"),
        (replace(WORDS, text="王小明说"), "text", "publication.personal"),
        (replace(WORDS, answer="请拨13812345678"), "answer", "publication.personal"),
        (replace(WORDS, text="长" * (publication.TEXT_MAX + 1)), "text", "publication.length"),
    ],
)
def test_copy_that_still_names_somebody_is_refused_beside_its_field(words: Words, field: str, reason: str) -> None:
    case = _consented()
    with pytest.raises(InvalidFormError) as caught:
        propose(
            Deed(CLERK, at(days=3)), case.letter, (case.order,), None, words, unpublishable(words, "王小明", FINDER)
        )
    assert [(error.field, error.reason) for error in caught.value.errors] == [(field, reason)]


def _published(case: Case) -> PublicCopy:
    copy = _proposed(case, HANDLER)
    return only(decide(Deed(CLERK, at(days=4)), case.letter, (case.order,), copy, True, ""), PublicCopy)


def _answered_again(case: Case, **when: float) -> WorkOrder:
    assert case.order.reply is not None
    return replace(case.order, reply=replace(case.order.reply, at=at(**when)))


def test_answer_of_a_redo_takes_the_place_of_the_first_only_when_a_second_person_published_it() -> None:
    case = _consented()
    first = _published(case)
    orders = (_answered_again(case, days=9),)
    changes = propose(Deed(HANDLER, at(days=10)), case.letter, orders, first, replace(WORDS, answer="换了灯。"), CLEAN)
    waiting = only(changes, PublicCopy)
    assert (waiting.state, waiting.answer) == (PublicState.PUBLISHED, "已经修好。")
    with pytest.raises(IllegalMoveError, match=r"publication\.already"):
        propose(Deed(HANDLER, at(days=10)), case.letter, orders, waiting, WORDS, CLEAN)
    with pytest.raises(IllegalMoveError, match=r"publication\.second_person"):
        decide(Deed(replace(HANDLER, roles=SIGNER.roles), at(days=11)), case.letter, orders, waiting, True, "")
    newest = only(decide(Deed(SIGNER, at(days=11)), case.letter, orders, waiting, True, ""), PublicCopy)
    assert (newest.answer, newest.decided_at, newest.renewal) == ("换了灯。", at(days=11), None)
    assert newest.earlier == (EarlierAnswer("已经修好。", at(days=4)),)
    refused = only(decide(Deed(SIGNER, at(days=11)), case.letter, orders, waiting, False, "能认出"), PublicCopy)
    assert (refused.answer, refused.state, refused.refusal) == ("已经修好。", PublicState.PUBLISHED, "能认出")
    assert may_be_proposed(refused, orders)
    assert not may_be_proposed(newest, orders)


def test_published_copy_stays_while_no_other_answer_was_given_and_an_outdated_one_is_not_published() -> None:
    case = _consented()
    with pytest.raises(IllegalMoveError, match=r"publication\.already"):
        propose(Deed(HANDLER, at(days=5)), case.letter, (case.order,), _published(case), WORDS, CLEAN)
    with pytest.raises(IllegalMoveError, match=r"publication\.outdated"):
        decide(Deed(SIGNER, at(days=10)), case.letter, (_answered_again(case, days=9),), _proposed(case), True, "")


def test_events_vouch_for_the_new_words_while_they_wait_and_after() -> None:
    case = _consented()
    proposed = propose(Deed(HANDLER, at(days=3)), case.letter, (case.order,), None, WORDS, CLEAN)
    first = _published(case)
    orders = (_answered_again(case, days=9),)
    renewed = propose(Deed(HANDLER, at(days=10)), case.letter, orders, first, replace(WORDS, answer="换了灯。"), CLEAN)
    waiting = only(renewed, PublicCopy)
    decided = decide(Deed(SIGNER, at(days=11)), case.letter, orders, waiting, True, "")
    before = (*proposed.events, *renewed.events)

    def problems(copy: PublicCopy, events: Sequence[Event]) -> list[str]:
        file = CaseFile(case.letter.id, case.letter, tuple(events), (), copy)
        return [one for one in verify._problems(file, case.letter, verify._stated(file.events)) if "copy" in one]

    assert problems(waiting, before) == []
    assert waiting.renewal is not None
    changed = replace(waiting, renewal=replace(waiting.renewal, answer="没修。"))
    assert problems(changed, before) == ["its new public copy is not the one that its events state"]
    newest = only(decided, PublicCopy)
    assert problems(newest, (*before, *decided.events)) == []
    forged = replace(newest, earlier=(EarlierAnswer("早就修好了。", at(days=4)),))
    assert problems(forged, (*before, *decided.events)) == ["its public copy is not the one that its events state"]
