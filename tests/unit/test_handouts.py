"""What people take home: plans and forms as pages, and as PDF."""

from __future__ import annotations

import re
from datetime import date

from msgspec.structs import replace
from support.matters import CATALOGUE, KITCHEN

from minxin.consult.matters.planner import Plan, inquire
from minxin.core.calendar_tables import load_calendar
from minxin.webui.drawing import draw
from minxin.webui.handouts import Block, Handout, pdf_of
from minxin.webui.i18n import Language
from minxin.webui.views.matters import case_text, form_handout, plan_handout

_PAGES = re.compile(rb"/Type\s*/Page\b")


def plan(today: date = date(2026, 3, 2)) -> Plan:
    made = inquire(["SC-2", "YL-1"], CATALOGUE, {"licence": "no", "food": "serve"}, today, load_calendar())
    assert made.plan is not None
    return made.plan


def handout(language: Language = Language.ZH, made: Plan | None = None) -> Handout:
    return plan_handout(made or plan(), {"cgj": "市城管局"}, "滨海市", language)


def test_a_plan_on_paper_holds_papers_ways_days_and_costs() -> None:
    page = handout()
    facts = dict(page.facts)
    assert facts["要办的事"] == "1. 开店登记；2. 食品经营许可；3. 砍树审批"
    assert facts["办理时限"] == "8 个工作日（2026年3月2日至2026年3月12日）"
    assert facts["费用"] == "30.50 元"
    assert facts["我的情况"] == "licence？no。；food？serve。"
    papers, ways = page.blocks
    assert ("□", "照片（一寸）", "3（收取）", "–", "1、2") in papers.rows
    assert ways.rows[0][1] == "开店登记\n要先办：先有执照\n3 个工作日，不晚于2026年3月5日办结\n工本费 10.50 元"
    assert ways.rows[1][1].splitlines()[1] == "先办 1"
    assert ways.rows[1][3] == "市城管局\n一号窗口\n望洲大道1号\n周一至周五"


def test_a_plan_in_english_has_english_frames_and_says_when_its_calendar_is_not_out() -> None:
    page = handout(Language.EN, plan(date(2026, 12, 30)))
    facts = dict(page.facts)
    assert facts["How long it takes"].startswith("8 working days (30 Dec 2026 to ")
    assert facts["How long it takes"].endswith("(the calendar of a year is not out yet)")


def test_a_case_is_told_in_the_words_of_its_question() -> None:
    assert case_text({"food": ("serve", "packed")}, KITCHEN.questions) == "food？serve。、packed。"
    assert case_text({}, KITCHEN.questions) == ""


def test_a_form_has_a_line_for_each_field_and_room_to_sign() -> None:
    page = form_handout(KITCHEN, KITCHEN.forms[0], Language.ZH)
    assert [row[0] for row in page.blocks[0].rows] == ["姓名", "店名"]
    assert page.blocks[1].title == "以上属实。"
    assert [row[0] for row in page.blocks[1].rows] == ["申请人签名", "日期"]


async def test_the_pdf_has_one_page_and_names_the_chinese_font_without_holding_it() -> None:
    data = await pdf_of(handout())
    assert data.startswith(b"%PDF-")
    assert len(_PAGES.findall(data)) == 1
    assert b"/STSong-Light" in data
    assert b"/FontFile" not in data


def test_what_does_not_fit_is_drawn_smaller_and_then_on_more_pages() -> None:
    page = handout()
    row = ("□", "材料" * 5, "1", "–", "1")
    block = page.blocks[0]
    assert len(_PAGES.findall(draw(replace(page, blocks=(replace(block, rows=(row,) * 45),))))) == 1
    assert len(_PAGES.findall(draw(replace(page, blocks=(replace(block, rows=(row,) * 150),))))) > 1


def test_any_text_can_be_drawn() -> None:
    odd = "<b>&amp;</font>\n\x00\x07𠮷😀‮"
    assert draw(Handout(odd, ((odd, odd),), (Block(odd, (odd,), ((odd,),), (1,)),), odd)).startswith(b"%PDF-")
