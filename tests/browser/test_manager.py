"""The manager's morning: what is open, what the system was not sure of, the figures and the letters behind them."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest
from playwright.async_api import expect
from support import steps
from support.chromium import Person, Stage

pytestmark = pytest.mark.browser

RATES = ("及时签收率", "办结率", "按期办结率", "满意率", "参评率", "回退率", "重办率")
QUARTER = "/manage?period=quarter"
PAGE_SIZE = 25
UNSURE = "小区门口太吵"


@pytest.fixture
async def manager(grown_stage: Stage) -> Person:
    """The manager before the letters of half a year."""
    return await steps.log_in(await grown_stage.person("manager"), "zhongxin.manager1")


async def test_the_morning_page_counts_what_its_lists_hold(manager: Person) -> None:
    await manager.follow("来信看板")
    tiles = manager.page.locator(".tiles a")
    await expect(tiles).to_have_count(6)
    await manager.sees("今日收到", "在办", "临期", "超期", "临近 80 日", "未来 5 个工作日到期")
    await manager.look("morning-page")
    counted = {
        str(await tile.get_attribute("href")): int(await tile.locator(".figure").inner_text())
        for tile in await tiles.all()
    }
    assert counted["/manage/letters?tile=open"] > 10
    for address, count in counted.items():
        await manager.go(address)
        await expect(manager.page.get_by_role("heading", level=1)).to_contain_text(f"({count})")
        await expect(manager.page.locator(".letter-number")).to_have_count(min(count, PAGE_SIZE))
    await manager.look("tile-opened")


async def test_an_unsure_letter_is_assigned_from_its_three_suggestions(manager: Person, grown_stage: Stage) -> None:
    citizen = await steps.log_in(await grown_stage.citizen(), "citizen9")
    await steps.write(citizen, UNSURE, "晚上睡不着觉，请有关部门管一管，我们住户都受不了了。")
    await manager.go("/desk?list=to_dispatch")
    await expect(manager.page.get_by_role("heading", name="待派（系统拿不准）")).to_be_visible()
    card = manager.page.locator(".tray-card").filter(has_text=UNSURE)
    await manager.finds(card)
    await expect(card.locator(".tray-choice")).to_have_count(3)
    await expect(card.locator(".tray-choice .percent").first).to_contain_text("%")
    await expect(card.locator(".tray-words mark").first).to_be_visible()
    await manager.look("tray")
    address = str(await card.locator("h3 a").get_attribute("href"))
    office = await card.locator(".tray-choice span").first.inner_text()
    await card.locator(".tray-choice").first.click()
    await manager.sees("已派单，承办单位会立即看到。")

    await expect(card).to_have_count(0)
    await manager.go(address)
    await manager.sees("待签收", "办理中心派单", office.removeprefix("市"))
    await manager.look("assigned")
    await citizen.go("/letters")
    await citizen.sees(UNSURE, "待承办单位签收")


async def test_a_figure_opens_its_letters_and_its_exclusions(manager: Person) -> None:
    await manager.go(QUARTER)
    total = manager.page.locator(".figures-total")
    await expect(total).to_contain_text("全市合计")
    cell = total.locator('td[data-label="按期办结率"]')
    value = await cell.locator(".figures-value").inner_text()
    await manager.look("figures")
    await cell.locator(".figures-value").click()
    await expect(manager.page.locator(".figure-head .figure")).to_have_text(value)
    part = manager.page.locator('.parts a[aria-current="page"] .parts-count')
    count = int(await part.inner_text())
    assert count > 0
    await expect(manager.page.locator(".letter-number")).to_have_count(min(count, PAGE_SIZE))
    await manager.look("letters-of-a-figure")
    await manager.page.locator(".letter-number").first.click()
    await manager.sees("办理过程")

    await manager.go(QUARTER)
    await total.get_by_role("link", name="剔除").first.click()
    await manager.sees("剔除理由")
    await manager.look("exclusions")


async def test_the_saved_files_equal_the_page(manager: Person) -> None:
    await manager.go(QUARTER)
    shown = await _table(manager)

    heads, *rows = csv.reader(io.StringIO((await steps.download(manager, "导出 CSV")).decode("utf-8-sig")))
    places = [heads.index(name) for name in RATES]
    assert [[row[0], *(row[place] for place in places)] for row in rows] == shown

    book = openpyxl.load_workbook(io.BytesIO(await steps.download(manager, "导出 XLSX")))
    titles, *lines = book.worksheets[0].iter_rows(values_only=True)
    columns = [titles.index(name) for name in RATES]
    assert [[line[0], *(_percent(line[column]) for column in columns)] for line in lines] == shown


def _percent(value: object) -> str:
    return f"{value:.1%}" if isinstance(value, float | int) else str(value or "")


async def _table(manager: Person) -> list[list[str]]:
    shown = []
    for row in await manager.page.locator("table.figures tbody tr").all():
        name = await row.get_by_role("rowheader").inner_text()
        cells = [row.locator(f'td[data-label="{rate}"] .figures-value') for rate in RATES]
        shown.append([name, *[await cell.inner_text() for cell in cells]])
    return shown
