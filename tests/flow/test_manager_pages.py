from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import openpyxl
import pytest
from support.told import DISCIPLINE_OFFICE, OTHER_OFFICE, Told
from support.web import STAFF_PASSWORD, Browser, City, open_browser
from support.whole_lists import orders_due

from minxin.consult.periods import Period
from minxin.core.actor import Role
from minxin.webui.exports import as_csv, safe_text
from minxin.webui.pages.manager import LIST_SIZE

START = datetime(2026, 2, 2, 1, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 25, 2, 30, tzinfo=UTC)
QUARTER = "period=quarter"
PHONE = "13900000001"
ROUNDS = 2


@pytest.fixture
async def told(city: City) -> Told:
    """A city with seven weeks of letters."""
    told = Told(city)
    await told.offices()
    await told.tell(START, timedelta(hours=12), rounds=ROUNDS)
    city.clock.move_to(NOW)
    return told


async def logged_in(browser: Browser, city: City, login: str, role: Role) -> Browser:
    await city.staff(login, role, phone=PHONE)
    await browser.log_in(login, STAFF_PASSWORD)
    await browser.submit("/login/code", code=await city.sms_code(PHONE))
    assert browser.path == "/account"
    return browser


@pytest.fixture
async def manager(told: Told, city: City, site: str) -> AsyncIterator[Browser]:
    async with open_browser(site) as browser:
        yield await logged_in(browser, city, "boss", Role.MANAGER)


@pytest.fixture
async def chief(told: Told, city: City, site: str) -> AsyncIterator[Browser]:
    async with open_browser(site) as browser:
        yield await logged_in(browser, city, "chief", Role.SIGNER)


def tile_counts(text: str) -> dict[str, int]:
    """Return the number on each tile by the address that it opens."""
    found = re.findall(
        r'<a href="([^"]+)">\s*<span class="tile-label">.*?<span class="figure">(\d+)</span>', text, re.S
    )
    return {href.replace("&amp;", "&"): int(count) for href, count in found}


def main_of(text: str) -> str:
    """Return the page without its frame, in which the address stands."""
    return text.split('<main id="main"')[1].split("</main>")[0].split('<nav class="parts"')[0]


def links(text: str) -> list[str]:
    return [href.replace("&amp;", "&") for href in re.findall(r'href="(/manage/figure[^"]+)"', text)]


async def test_every_tile_opens_the_letters_that_it_counts(manager: Browser) -> None:
    tiles = tile_counts(await manager.get("/manage"))

    assert len(tiles) == 6
    assert tiles["/manage/letters?tile=red"] > 0
    lights = [tiles[f"/manage/letters?tile={light}"] for light in ("green", "amber", "red")]
    paused = int(re.findall(r"其中停表 (\d+)", manager.text)[0])
    assert sum(lights) + paused == tiles["/manage/letters?tile=open"]
    for path, count in tiles.items():
        text = await manager.get(path)
        assert f"({count})</h1>" in text
        assert text.count('class="letter-number"') == count


async def test_every_figure_opens_its_letters_and_its_exclusions(manager: Browser, city: City) -> None:
    paths = links(await manager.get(f"/manage?{QUARTER}"))
    table = manager.text

    assert len(paths) > 30
    assert "2026年1月1日" in table
    for path in paths:
        text = await manager.get(path)
        count = int(re.findall(r'aria-current="page">[^<]+<span class="parts-count">(\d+)', text)[0])
        assert min(count, LIST_SIZE) == text.count('class="letter-number"') > 0
    excluded = await manager.get(next(path for path in paths if "timely_closing" in path and "excluded" in path))
    assert "已撤回、不予受理或并入" in excluded
    assert "timely_closing · 第 1 版" in excluded


async def test_an_empty_period_prints_a_dash_and_never_a_hundred_percent(manager: Browser) -> None:
    text = await manager.get("/manage?period=custom&from=2024-01-01&to=2024-01-31")

    assert text.count('<span class="figures-value">—</span>') == 8
    assert "100.0%" not in text


async def test_a_period_that_nobody_means_gets_its_error_beside_the_field(manager: Browser) -> None:
    text = await manager.get("/manage?period=custom&from=2026-03-09&to=2026-03-01")
    assert manager.status == 422
    assert 'id="error-to">结束日期不能早于开始日期。' in text
    assert 'value="2026-03-01"' in text

    await manager.get("/manage?period=custom&from=yesterday&to=2026-03-01")
    assert 'id="error-from">请填写日期' in manager.text


async def test_the_files_hold_the_rows_of_the_page(manager: Browser, city: City) -> None:
    await manager.get(f"/manage?{QUARTER}")
    names = re.findall(r'<th scope="row">([^<]+)</th>\s*<td data-label="及时签收率">', manager.text)
    rates = re.findall(r'data-label="按期办结率">\s*<(?:a|span)[^>]*>([^<]+)<', manager.text)

    text = await manager.get(f"/manage/export.csv?{QUARTER}")
    assert manager.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="minxin-2026-01-01-2026-03-31.csv"' in manager.headers["Content-Disposition"]
    assert text.startswith("\ufeff")
    heads, *rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    place = heads.index("按期办结率")

    assert [row[0] for row in rows] == names
    assert [row[place] for row in rows] == rates


async def test_the_workbook_has_numbers_and_the_formulas_with_their_versions(manager: Browser, city: City) -> None:
    async with manager._session.get(
        f"{manager.base}/manage/export.xlsx?{QUARTER}", headers=manager._headers({})
    ) as response:
        book = openpyxl.load_workbook(io.BytesIO(await response.read()))

    figures, formulas = book.worksheets
    assert figures["A2"].value == "全市合计"
    assert 0 <= figures["B2"].value <= 1
    assert figures["B2"].number_format == "0.0%"
    assert [row[1].value for row in formulas.iter_rows(min_row=2, max_row=4)] == [
        "timely_signing",
        "closing",
        "timely_closing",
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_file_starts_a_formula(start: str) -> None:
    assert safe_text(f"{start}cmd") == f"'{start}cmd"
    assert as_csv([[f"{start}cmd"]]).decode("utf-8-sig").lstrip('"').startswith("'")


def test_control_codes_do_not_reach_a_file() -> None:
    assert safe_text("路灯\x00不\x0b亮\ufffe") == "路灯不亮"
    assert safe_text("\x01=cmd") == "'=cmd"


@pytest.mark.parametrize("picture", ["flow", "open"])
async def test_the_trend_is_a_picture_without_scripts_that_says_what_it_shows(manager: Browser, picture: str) -> None:
    text = await manager.get(f"/manage/trend.svg?picture={picture}&{QUARTER}")

    root = ElementTree.fromstring(text)  # noqa: S314 - our own picture
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert root.get("role") == "img"
    assert {"title", "desc"} <= names
    assert "script" not in names
    assert "http://" not in text.replace("http://www.w3.org/", "")
    assert manager.headers["Content-Type"] == "image/svg+xml"
    assert "script-src" not in manager.headers["Content-Security-Policy"]
    assert manager.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_the_trend_ends_with_what_is_open_now_or_not_judged_yet(told: Told, city: City, browser: Browser) -> None:
    city.clock.move_to(NOW + timedelta(days=60))
    manager = await logged_in(browser, city, "boss", Role.MANAGER)
    tiles = tile_counts(await manager.get("/manage?period=custom&from=2026-01-01&to=2026-05-31"))
    day_rows = re.findall(r'<th scope="row"><time datetime="([^"]+)">.*?日末在办">(\d+)<', manager.text, re.S)

    not_judged_yet = ROUNDS
    assert day_rows[-1] == ("2026-05-24", str(tiles["/manage/letters?tile=open"] + not_judged_yet))


async def test_an_office_sees_its_own_row_and_nothing_of_the_others(chief: Browser) -> None:
    text = await chief.get(f"/office/figures?{QUARTER}")

    assert "滨海市城市管理局" in text
    assert "住房和城乡建设局" not in text
    assert "全市合计" not in text
    figure = re.findall(r'href="(/office/figures/figure[^"]+)"', text)[0].replace("&amp;", "&")
    assert "letter-number" in await chief.get(figure)
    own = await chief.get(figure)
    assert main_of(await chief.get(figure.replace("office=cgj", f"office={OTHER_OFFICE}"))) == main_of(own)
    rows = list(csv.reader(io.StringIO(await chief.get(f"/office/figures/export.csv?{QUARTER}"))))
    assert [row[0] for row in rows[1:]] == ["滨海市城市管理局"]


@pytest.mark.parametrize(
    "path", ["/manage", "/manage/figure?formula=closing", "/manage/letters", "/manage/trend.svg", "/manage/export.csv"]
)
async def test_the_citys_figures_are_not_there_for_an_office(chief: Browser, path: str) -> None:
    await chief.get(path)

    assert chief.status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/manage/figure?formula=luck",
        "/manage/figure?formula=closing&part=best",
        "/manage/figure?formula=closing&office=nowhere",
        "/manage/letters?tile=blue",
        "/manage/trend.svg?picture=cat",
    ],
)
async def test_addresses_that_name_nothing_are_not_there(manager: Browser, path: str) -> None:
    await manager.get(path)

    assert manager.status == 404


async def test_a_bent_cursor_is_refused(manager: Browser) -> None:
    await manager.get("/manage/letters?tile=open&after=bent")

    assert manager.status == 422


async def test_sealed_letters_show_nowhere(told: Told, city: City, manager: Browser) -> None:
    before = tile_counts(await manager.get(f"/manage?{QUARTER}"))
    rows = re.findall(r'<th scope="row">([^<]+)</th>', manager.text)
    await told.sealed()
    city.clock.move_to(NOW)

    assert tile_counts(await manager.get(f"/manage?{QUARTER}")) == before
    assert re.findall(r'<th scope="row">([^<]+)</th>', manager.text) == rows
    assert "纪委" not in manager.text
    assert DISCIPLINE_OFFICE not in await manager.get(f"/manage/export.csv?{QUARTER}")


async def test_the_pages_speak_english_too(manager: Browser) -> None:
    text = await manager.get(f"/manage?{QUARTER}&lang=en")

    assert "Completed in time" in text
    assert "Urban Management Bureau" in text
    assert "统计口径" not in text


async def test_the_figures_shown_are_those_of_the_service(city: City, manager: Browser, told: Told) -> None:
    quarter = Period(datetime(2026, 1, 1, tzinfo=UTC).date(), datetime(2026, 3, 31, tzinfo=UTC).date())
    orders = await orders_due(city.store, quarter.start, quarter.end)
    late = [one for one in orders if one.answered_at and one.answer_due and one.answered_at >= one.answer_due]

    text = await manager.get(f"/manage/figure?formula=timely_closing&part=missed&{QUARTER}")

    assert len(late) > 0
    assert text.count("badge-red") == len(late)
