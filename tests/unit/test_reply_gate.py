from __future__ import annotations

from datetime import date
from time import process_time

import pytest
from msgspec.structs import replace

from minxin.classifier.points.finding import find_points
from minxin.classifier.replygate.gate import ReplyGate
from minxin.core.reply_check import EarlierAnswer, Flaw, ReplyCheck, ReplyToCheck, Severity
from minxin.deploy.city import load_city
from minxin.deploy.settings import Settings

TODAY = date(2026, 3, 2)
GOOD = ReplyToCheck(
    subject="油烟和停车费",
    body="楼下烧烤店油烟大，孩子天天咳嗽，物业还乱收停车费，每个月涨到了三百块。",
    points=(),
    parts={
        "finding": "3月1日晚到现场检查，该店未安装油烟净化设施，反映情况属实；小区停车收费没有公示，属实。",
        "basis": "《中华人民共和国大气污染防治法》第八十一条；《滨海市物业管理条例》第四十二条。",
        "result": "已责令该店停止排放并限期安装净化设施；物业已退还多收的停车费，收费标准已上墙公示。",
        "contact": "市城管局综合科，电话0399-5550123。",
        "remedy": "如有异议，可在30日内申请复查。",
    },
    promises=(),
    today=TODAY,
)


def checked(reply: ReplyToCheck = GOOD, **parts: str) -> ReplyCheck:
    return ReplyGate().check(replace(reply, parts={**reply.parts, **parts}))


def flaws(reply: ReplyToCheck = GOOD, **parts: str) -> set[Flaw]:
    return {finding.flaw for finding in checked(reply, **parts).findings}


def test_a_good_answer_has_no_finding_and_each_point_its_sentence() -> None:
    check = checked()
    assert check.findings == ()
    assert [answer.point.title for answer in check.answers] == ["楼下烧烤店油烟大", "物业还乱收停车费"]
    for answer in check.answers:
        assert GOOD.parts[answer.part][answer.start : answer.end] == answer.quote
    assert "停车" in check.answers[1].quote


def test_the_point_that_nothing_answers_is_named() -> None:
    check = checked(finding="3月1日晚到现场检查，该店未安装油烟净化设施，属实。", result="已责令限期改正。")
    assert [(one.flaw, one.severity, one.about) for one in check.findings] == [
        (Flaw.POINT_UNANSWERED, Severity.WARNING, "物业还乱收停车费")
    ]
    assert [bool(answer.quote) for answer in check.answers] == [True, False]


@pytest.mark.parametrize(
    "finding",
    [
        "您反映的油烟和停车费问题收悉。",
        "感谢您的来信，关于油烟、停车费的问题现答复如下。",
        "油烟和停车收费的问题已转相关部门，请耐心等待。",
    ],
)
def test_saying_that_the_letter_came_or_went_on_answers_no_point(finding: str) -> None:
    check = checked(finding=finding, result="特此告知。")
    assert sum(one.flaw is Flaw.POINT_UNANSWERED for one in check.findings) == 2


def test_other_words_for_the_same_thing_answer_a_point() -> None:
    reply = replace(GOOD, subject="", body="文庙街的路灯坏了一个星期，请修理。")
    assert Flaw.POINT_UNANSWERED not in flaws(reply, finding="经查，灯具老化。", result="已于3月1日检修完毕。")
    assert Flaw.POINT_UNANSWERED in flaws(reply, finding="经查，情况属实。", result="已于3月1日办结。")


def test_a_list_of_answers_answers_a_list_of_points_in_order() -> None:
    reply = replace(GOOD, body="一、垃圾没人清运。二、楼道被堵。三、请问物业费标准是多少？")
    answered = checked(reply, finding="一、已安排专人。二、已约谈当事人。三、每平方米1.8元。", result="以上均已办结。")
    assert [answer.quote[:2] for answer in answered.answers] == ["一、", "二、", "三、"]
    assert Flaw.POINT_UNANSWERED in flaws(reply, finding="一、已安排专人。二、已约谈当事人。", result="均已办结。")


def test_points_that_the_judge_found_are_the_ones_that_are_checked() -> None:
    first, _ = find_points(GOOD.subject, GOOD.body)
    check = checked(replace(GOOD, points=(first,)))
    assert [answer.point for answer in check.answers] == [first]


@pytest.mark.parametrize(
    ("basis", "flaw"),
    [
        ("《滨海市物业管理条例》第四十二条", None),
        ("滨政办发〔2025〕12号", None),
        ("目前没有专门规定，参照合同约定办理。", None),
        ("《滨海市物业管理条例》", Flaw.BASIS_WITHOUT_CLAUSE),
        ("按相关规定", Flaw.BASIS_MISSING),
        ("根据国家有关法律法规和政策规定。", Flaw.BASIS_MISSING),
        ("领导同意", Flaw.BASIS_MISSING),
    ],
)
def test_the_basis_names_a_rule_or_says_that_there_is_none(basis: str, flaw: Flaw | None) -> None:
    assert flaws(basis=basis) == ({flaw} if flaw else set())


@pytest.mark.parametrize(
    ("contact", "flaw"),
    [
        ("综合科 0399-5550123", None),
        ("王工，5550000", None),
        ("综合科 ０３９９－５５５０１２３", None),
        ("可拨打12345", None),
        ("综合科 王科长", Flaw.CONTACT_WITHOUT_PHONE),
        ("王科长 13800001111", Flaw.CONTACT_PRIVATE),
    ],
)
def test_the_contact_has_an_offices_telephone(contact: str, flaw: Flaw | None) -> None:
    assert flaws(contact=contact) == ({flaw} if flaw else set())


@pytest.mark.parametrize(
    ("sentence", "flaw"),
    [
        ("您反映的问题已转交相关部门处理。", Flaw.BRUSH_OFF),
        ("请您耐心等待。", Flaw.BRUSH_OFF),
        ("该问题正在积极协调中。", Flaw.BRUSH_OFF),
        ("我局对此高度重视，将认真研究。", Flaw.BRUSH_OFF),
        ("此事不属于我局职责。", Flaw.BRUSH_OFF),
        ("请耐心等待，预计3月20日前装好。", None),
        ("此事不属于我局职责，请向市住建局反映，电话0399-5550100。", None),
        ("是您自己没有关好门窗。", Flaw.BLAMING),
        ("请不要再来信反映。", Flaw.BLAMING),
        ("这是小题大做。", Flaw.BLAMING),
        ("这种说法十分可笑。", Flaw.RUDE),
        ("在局党委的正确领导下，我们砥砺前行。", Flaw.OFFICIALESE),
        ("已退还多收的费用。", None),
    ],
)
def test_the_tone_is_clean_and_the_sentence_is_shown(sentence: str, flaw: Flaw | None) -> None:
    result = GOOD.parts["result"] + sentence
    found = checked(result=result).findings
    assert [one.flaw for one in found] == ([flaw] if flaw else [])
    for one in found:
        assert result[one.start : one.end] == one.quote == sentence


def test_a_plan_names_a_day() -> None:
    plan = "我局将更换油烟净化设施，并规范停车收费。"
    assert flaws(result=plan) == {Flaw.PLAN_WITHOUT_DAY}
    assert flaws(replace(GOOD, promises=("更换净化设施",)), result=plan) == set()
    assert flaws(result=plan + "5月底前完成。") == set()


def test_a_planned_day_is_not_past() -> None:
    assert flaws(result="停车收费和油烟将于2026年2月1日前整改完成。") == {Flaw.DAY_PAST}
    assert flaws(result="停车收费和油烟将于2026年4月1日前整改完成。") == set()
    late = [one for one in checked(result="停车收费和油烟计划2月1日前整改完成。").findings]
    assert [(one.flaw, one.severity, one.about) for one in late] == [(Flaw.DAY_UNCLEAR, Severity.NOTE, "2026-02-01")]
    assert flaws(result="停车收费和油烟将于2月30日前整改完成。") == set()


def test_an_answer_copied_from_another_matter_is_found_and_one_to_the_same_matter_is_not() -> None:
    words = f"{GOOD.parts['finding']}\n{GOOD.parts['result']}"
    other = EarlierAnswer("2026-000007-1", "公交车不准时\n32路公交车早高峰要等四十分钟，请增加班次。", words)
    (found,) = checked(replace(GOOD, earlier=(other,))).findings
    assert (found.flaw, found.severity) == (Flaw.COPIED, Severity.WARNING)
    assert "2026-000007-1" in found.about and "100%" in found.about
    same = EarlierAnswer("2026-000008-1", "烧烤店油烟\n烧烤店油烟太大，物业乱收停车费。", words)
    assert flaws(replace(GOOD, earlier=(same,))) == set()
    reworded = EarlierAnswer("2026-000009-1", other.letter, "经查，该路段公交班次已加密，早高峰每十分钟一班。" * 3)
    assert flaws(replace(GOOD, earlier=(reworded,))) == set()


def test_the_model_answers_of_the_city_have_clean_parts() -> None:
    """Only their own: which letter a model answer will stand beside is not known here."""
    city = load_city(Settings().city)
    own = {Flaw.POINT_UNANSWERED, Flaw.BASIS_WITHOUT_CLAUSE}
    wrong = {}
    for office, replies in city.all_replies.items():
        for reply in replies:
            parts = {name: getattr(reply, name) for name in GOOD.parts}
            promises = (reply.promise,) if reply.promise else ()
            found = ReplyGate().check(replace(GOOD, parts=parts, promises=promises)).findings
            if {one.flaw for one in found} - own:
                wrong[office, reply.kinds] = [(one.flaw.value, one.quote) for one in found if one.flaw not in own]
    assert wrong == {}


@pytest.mark.parametrize("text", ["", "\n", "😀" * 300, "\ud83d", "《" * 3000, "第" * 3000, "已转" * 1500, "1、" * 999])
def test_any_text_has_an_answer_in_milliseconds(text: str) -> None:
    parts = dict.fromkeys(GOOD.parts, text)
    earlier = tuple(EarlierAnswer(str(number), text, text * 2) for number in range(20))
    start = process_time()
    ReplyGate().check(replace(GOOD, subject=text, body=text, parts=parts, promises=(text,), earlier=earlier))
    assert process_time() - start < 2
