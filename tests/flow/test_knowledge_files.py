"""The knowledge base as files: what is exported comes back as it was, and a wrong row keeps the others out."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest
from aiohttp import FormData
from openpyxl import load_workbook
from support.desk import Staff, open_offices
from support.knowledge import entry_words, published_entry
from support.web import Browser, City

from minxin.consult.knowledge.ports import EntryFilter
from minxin.consult.knowledge.records import EntryState, KnowledgeEntry
from minxin.consult.knowledge.words import words_of
from minxin.core.actor import Role
from minxin.core.changes import Changes
from minxin.core.paging import PageRequest
from minxin.core.passages import Condition, Facet
from minxin.webui.exports import Sheet, as_csv, as_xlsx

IMPORT = "/desk/knowledge/import"
HEADINGS = ("单位", "问题", "其他问法", "答案", "依据", "文号", "核对日期", "有效期至", "适用条件")
ROW = (
    "滨海市城市管理局",
    "共享单车乱停找谁？",
    "单车挡道\n共享单车堵门口",
    "向市城管局反映，运营企业一小时内清理到位。",
    "《滨海市停车管理办法》第九条",
    "滨政规〔2024〕2号",
    "2026/1/5",
    "2027年12月31日",
    "在哪里=人行道",
)


async def send(browser: Browser, name: str, data: bytes, **fields: str) -> str:
    """Send the file through the page."""
    await browser.get(IMPORT)
    form = FormData(quote_fields=False)
    for field, value in {**browser.hidden(IMPORT), **fields}.items():
        form.add_field(field, value)
    form.add_field("file", data, filename=name)
    return await browser._go("POST", IMPORT, form, {})


async def entries(city: City) -> list[KnowledgeEntry]:
    return (await city.store.knowledge_entries(EntryFilter(), PageRequest())).items


@pytest.fixture
async def handler(staff: Staff) -> Browser:
    return await staff(Role.HANDLER)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
async def test_exported_entries_come_back_as_they_were(city: City, staff: Staff, ending: str) -> None:
    odd = {
        "question": '=HYPERLINK("http://x")',
        "other_ways": ("-1 是什么", "@某人", '两行，"引号"'),
        "valid_until": date(2030, 2, 28),
        "conditions": (Condition(Facet.WHERE, "海晏区"), Condition(Facet.CASE, "首次=第一次")),
    }
    kept = [published_entry("plain", answer="第一段。\n\n第二段，含逗号。"), published_entry("odd", **odd)]
    await city.store.commit(Changes(inserts=list(kept)))
    reviewer = await staff(Role.REVIEWER)
    async with reviewer._session.get(
        f"{reviewer.base}/desk/knowledge/export.{ending}", headers=reviewer._headers({})
    ) as response:
        data = await response.read()
    assert data.count(b"=HYPERLINK") == data.count(b"'=HYPERLINK")
    text = await send(reviewer, f"knowledge.{ending}", data, publish="1")
    assert "新增 0 条，修改 0 条，未变 2 条" in text
    again = {one.id: one for one in await entries(city)}
    for one in kept:
        assert one.current is not None
        found = again[one.id].current
        assert found is not None
        assert words_of(found) == words_of(one.current)


@pytest.mark.parametrize("make", [as_csv, lambda rows: as_xlsx([Sheet("表", rows)])])
async def test_rows_become_drafts_of_the_office_and_once_only(city: City, handler: Browser, make: object) -> None:
    data = make([HEADINGS, ROW])  # type: ignore[operator]
    text = await send(handler, "file", data)
    assert "新增 1 条" in text
    (entry,) = await entries(city)
    assert (entry.state, entry.office_id) == (EntryState.DRAFT, "cgj")
    assert entry.proposed is not None
    assert words_of(entry.proposed) == entry_words(
        question="共享单车乱停找谁？",
        other_ways=("单车挡道", "共享单车堵门口"),
        answer=ROW[3],
        basis=ROW[4],
        document_number=ROW[5],
        checked_on=date(2026, 1, 5),
        valid_until=date(2027, 12, 31),
        conditions=(Condition(Facet.WHERE, "人行道"),),
    )
    assert "未变 1 条" in await send(handler, "file", data)
    assert len(await entries(city)) == 1


async def test_reviewer_publishes_a_whole_file_by_saying_so_and_a_handler_never(
    city: City, handler: Browser, staff: Staff
) -> None:
    data = as_csv([HEADINGS, ROW])
    assert 'name="publish"' not in await handler.get(IMPORT)
    await send(handler, "file.csv", data, publish="1")
    assert [one.state for one in await entries(city)] == [EntryState.DRAFT]
    reviewer = await staff(Role.REVIEWER)
    await send(reviewer, "file.csv", data, publish="1")
    (entry,) = await entries(city)
    assert (entry.state, entry.proposed) == (EntryState.PUBLISHED, None)
    changed = as_csv([HEADINGS, (*ROW[:3], "改为三十分钟内清理到位，逾期通报。", *ROW[4:])])
    assert "修改 1 条" in await send(reviewer, "file.csv", changed, publish="1")
    (entry,) = await entries(city)
    assert len(entry.versions) == 1


async def test_every_wrong_row_is_named_and_nothing_is_kept(city: City, handler: Browser) -> None:
    await open_offices(city)
    rows = [
        HEADINGS,
        ROW,
        ROW,
        ("市住建局", *ROW[1:]),
        ("", "", *ROW[2:]),
        ("", "日期不对的问题？", *ROW[2:6], "去年", "2027-02-30", "天气=晴"),
        ("", "长" * 130, *ROW[2:]),
    ]
    text = await send(handler, "file.csv", as_csv(rows))
    assert handler.status == 422
    for told in (
        "没有导入任何内容",
        "与第 2 行重复",
        "没有可以维护的单位“市住建局”",
        "请填写问题",
        "请填写有效的日期",
        "看不懂适用条件“天气=晴”",
        "最多 120 个字",
    ):
        assert told in text, told
    assert await entries(city) == []
    await handler.get(f"{IMPORT}?lang=en")
    assert "This is the same as row 2." in await send(handler, "file.csv", as_csv(rows))


async def test_publishing_a_file_needs_what_any_entry_needs(city: City, staff: Staff) -> None:
    reviewer = await staff(Role.REVIEWER)
    rows = [HEADINGS, (*ROW[:3], "请打张三手机13812345678，他会告诉您。", "", *ROW[5:])]
    text = await send(reviewer, "file.csv", as_csv(rows), publish="1")
    assert "没有依据的答案不能发布" in text and "含有个人信息" in text
    assert await entries(city) == []
    assert "新增 1 条" in await send(reviewer, "file.csv", as_csv(rows))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "文件里没有内容"),
        (b"PK\x03\x04 no workbook", "无法读取这个文件"),
        (b"\xff\xfe\x00\x01", "无法读取这个文件"),
        ("问题,颜色\n甲,乙\n".encode(), "不认识“颜色”这一列"),
        ("问题\n甲\n".encode("gb18030"), "缺少“答案”这一列"),
    ],
)
async def test_file_that_is_no_table_is_refused_with_a_sentence(
    city: City, handler: Browser, data: bytes, told: str
) -> None:
    text = await send(handler, "file.csv", data)
    assert handler.status == 422
    assert told in text
    assert await entries(city) == []


async def test_entry_that_another_office_owns_is_not_changed_by_its_id(city: City, handler: Browser) -> None:
    await open_offices(city)
    await city.store.commit(Changes(inserts=[published_entry("theirs", "zjj"), published_entry("ours")]))
    text = await send(handler, "file.csv", as_csv([("编号", *HEADINGS), ("theirs", *ROW)]))
    assert "该单位没有编号为“theirs”的条目" in text
    assert "修改 1 条" in await send(handler, "file.csv", as_csv([("编号", *HEADINGS), ("ours", *ROW)]))


async def test_workbook_has_headings_in_the_reader_s_language(city: City, handler: Browser) -> None:
    await city.store.commit(Changes(inserts=[published_entry("ours")]))
    async with handler._session.get(
        f"{handler.base}/desk/knowledge/export.xlsx?lang=en", headers=handler._headers({})
    ) as response:
        book = load_workbook(BytesIO(await response.read()), read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[0][:3] == ("ID", "Office", "Question")
    assert rows[1][:2] == ("ours", "Urban Management Bureau")
