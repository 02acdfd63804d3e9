"""Writing a letter over real HTTP: drafts, files, errors beside fields, and the letter that is sent once."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from support.letters import CLERK, LETTER, PHONE, TEXT, become_citizen, send_letter, with_judge
from support.web import PASSWORD, Browser, City, application_of, open_browser, serve

from minxin.consult.records import Letter
from minxin.core.errors import NotFoundError, UnavailableError
from minxin.core.paging import PageRequest
from minxin.mailbox.records import Account


@pytest.fixture
async def writer(browser: Browser, city: City) -> Browser:
    await become_citizen(browser, city)
    return browser


async def _account(city: City) -> Account:
    return await city.accounts.people.find_citizen(CLERK, PHONE, "127.0.0.1")


async def _letters(city: City) -> list[Letter]:
    return (await city.store.letters_of((await _account(city)).id, PageRequest())).items


def _photo() -> bytes:
    image = Image.new("RGB", (64, 48), "orange")
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 12.0, 30.0)
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


async def test_letter_is_checked_sent_and_receipted_with_number_code_and_limits(writer: Browser, city: City) -> None:
    await writer.get("/write")
    await writer.submit("/write/check", **LETTER, public="1")
    assert writer.status == 200
    assert TEXT in writer.text
    assert "可公开，不显示姓名" in writer.text
    await writer.submit("/write")
    assert writer.path.endswith("/receipt")
    (letter,) = await _letters(city)
    assert letter.number in writer.text
    assert city.services.letterbox.query_code(letter.id) in writer.text
    assert letter.public
    assert "2026年3月3日" in writer.text
    assert "2026年3月16日" in writer.text
    assert not await city.store.drafts_of(letter.writer_id)


async def test_every_wrong_field_is_told_beside_it_in_chinese_and_nothing_typed_is_lost(writer: Browser) -> None:
    await writer.get("/write")
    await writer.submit("/write/check", subject="", text="短", place="听涛路")
    assert writer.status == 422
    for field in ("kind", "subject", "text"):
        assert f'id="error-{field}"' in writer.text
    assert "请选择来信类型" in writer.text
    assert "至少写 5 个字" in writer.text
    assert 'value="听涛路"' in writer.text
    assert "短</textarea>" in writer.text


async def test_errors_speak_english_to_who_reads_english(writer: Browser) -> None:
    await writer.get("/write?lang=en")
    await writer.submit("/write/check", subject="x" * 101, text="")
    assert writer.status == 422
    assert "Please choose what kind of letter it is." in writer.text
    assert "at most 100 characters" in writer.text
    assert f'value="{"x" * 101}"' in writer.text


async def test_form_sent_twice_is_one_letter_with_one_number(writer: Browser, city: City) -> None:
    await writer.get("/write")
    fields = {**writer.hidden("/write/check"), **LETTER}
    await writer.post("/write", fields)
    first = writer.path
    await writer.post("/write", fields)
    assert writer.path == first
    assert len(await _letters(city)) == 1


async def test_other_words_in_a_form_that_was_sent_become_another_letter(writer: Browser, city: City) -> None:
    await writer.get("/write")
    fields = {**writer.hidden("/write/check"), **LETTER}
    await writer.post("/write", fields)
    await writer.post("/write", {**fields, "text": "另外，路灯也坏了三天。"})
    assert writer.status == 422
    assert "这个页面已经发送过来信 2026-000001" in writer.text
    assert "另外，路灯也坏了三天。" in writer.text
    await writer.submit("/write/check", **{**LETTER, "text": "另外，路灯也坏了三天。"})
    await writer.submit("/write")
    assert len(await _letters(city)) == 2


async def test_draft_is_saved_as_one_types_and_goes_on_later(writer: Browser, city: City) -> None:
    await writer.get("/write")
    fields = writer.hidden("/write/check")
    await writer.post("/drafts", {**fields, "subject": "油烟"}, Accept="application/json")
    assert "草稿已自动保存" in writer.text
    await writer.post("/drafts", {**fields, "subject": "油烟扰民", "text": "每天"}, Accept="application/json")
    await writer.get("/letters")
    assert "油烟扰民" in writer.text
    await writer.get(f"/drafts/{fields['form_token']}")
    assert 'value="油烟扰民"' in writer.text
    assert "每天</textarea>" in writer.text
    await writer.submit("/write/check", **LETTER)
    await writer.submit("/write")
    await writer.get("/letters")
    assert "烧烤店油烟扰民" in writer.text
    assert "/drafts/" not in writer.text


async def test_draft_is_saved_by_button_and_thrown_away(writer: Browser) -> None:
    await writer.get("/write")
    token = writer.hidden("/write/check")["form_token"]
    await writer.submit("/drafts", subject="以后再写")
    assert writer.path == f"/drafts/{token}"
    assert "草稿已保存" in writer.text
    await writer.get("/letters")
    await writer.submit(f"/drafts/{token}/drop")
    assert writer.path == "/letters"
    assert "以后再写" not in writer.text


async def test_draft_of_another_looks_as_if_it_was_not_there(
    writer: Browser, other_browser: Browser, city: City
) -> None:
    await writer.get("/write")
    token = writer.hidden("/write/check")["form_token"]
    await writer.submit("/drafts", subject="我的")
    await other_browser.get(f"/drafts/{token}")
    assert other_browser.path.startswith("/login")
    with pytest.raises(NotFoundError):
        await city.services.letterbox.draft(CLERK, token)


async def test_picture_is_kept_with_the_draft_and_loses_its_place(writer: Browser, city: City) -> None:
    await writer.get("/write")
    await writer.send_files("/write/check", [("油烟 1.jpg", _photo())], **LETTER)
    assert writer.status == 200
    assert "油烟 1.jpg" in writer.text
    await writer.submit("/write")
    (letter,) = await _letters(city)
    (file,) = letter.attachments
    data = await city.store.blob(file.blob_id)
    assert data is not None
    assert Image.open(io.BytesIO(_photo())).getexif()
    assert not Image.open(io.BytesIO(data)).getexif()
    await writer.get(f"/letters/{letter.id}")
    assert "油烟 1.jpg" in writer.text


async def test_file_is_downloaded_as_a_file_and_never_shown(writer: Browser, city: City) -> None:
    await writer.get("/write")
    await writer.send_files("/write/check", [("说 明.txt", "你好".encode())], **LETTER)
    await writer.submit("/write")
    (letter,) = await _letters(city)
    path = f"/letters/{letter.id}/files/{letter.attachments[0].id}"
    await writer.get(path)
    assert writer.text == "你好"
    assert writer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''%E8%AF%B4" in writer.headers["Content-Disposition"]
    assert writer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in writer.headers["Content-Security-Policy"]


async def test_bad_file_is_told_and_takes_nothing_else_with_it(writer: Browser, city: City) -> None:
    await writer.get("/write")
    await writer.send_files("/write/check", [("a.jpg", _photo()), ("程序.exe", b"MZ\x90\x00")], **LETTER)
    assert writer.status == 422
    assert "不能接收文件“程序.exe”" in writer.text
    assert 'id="error-attachments"' in writer.text
    assert "a.jpg" in writer.text
    assert TEXT in writer.text
    await writer.submit("/write/check", **LETTER)
    assert writer.status == 200
    await writer.submit("/write")
    (letter,) = await _letters(city)
    assert [file.name for file in letter.attachments] == ["a.jpg"]


async def test_file_is_removed_from_the_draft(writer: Browser, city: City) -> None:
    await writer.get("/write")
    await writer.send_files("/drafts", [("a.jpg", _photo())], subject="x")
    (draft,) = await city.store.drafts_of((await _account(city)).id)
    await writer.submit("/drafts", subject="改过的标题", remove=draft.attachments[0].id)
    (draft,) = await city.store.drafts_of(draft.writer_id)
    assert draft.attachments == ()
    assert 'value="改过的标题"' in writer.text


async def test_more_files_than_allowed_keep_the_text(writer: Browser) -> None:
    await writer.get("/write")
    await writer.send_files("/write/check", [(f"{number}.txt", b"x") for number in range(6)], **LETTER)
    assert writer.status == 422
    assert "最多 5 个" in writer.text
    assert TEXT in writer.text


async def test_applicant_is_told_what_is_missing(browser: Browser, city: City) -> None:
    await become_citizen(browser, city, verified=False)
    await browser.get("/write")
    assert browser.status == 403
    assert "还差实名核验" in browser.text
    assert "<textarea" not in browser.text


async def test_question_is_carried_through_the_log_in_without_being_in_an_address(
    browser: Browser, other_browser: Browser, city: City
) -> None:
    await become_citizen(browser, city)
    await other_browser.get("/ask")
    await other_browser.submit("/ask", q="路灯坏了三天")
    await other_browser.submit("/write/begin")
    assert other_browser.path == "/login?next=/write"
    await other_browser.submit("/login", identifier=PHONE, password=PASSWORD)
    assert other_browser.path == "/write"
    assert "路灯坏了三天</textarea>" in other_browser.text
    assert "路灯坏了三天" not in await other_browser.get("/write")


class _DownLetterbox:
    """A letterbox whose store does not answer."""

    def __getattr__(self, name: str) -> Any:
        async def fail(*_: Any, **__: Any) -> None:
            raise UnavailableError

        return fail


@pytest.fixture
async def broken_site(city: City, writer: Browser) -> AsyncIterator[Browser]:
    down = replace(city, services=replace(city.services, letterbox=_DownLetterbox()))  # type: ignore[arg-type]
    async with serve(application_of(down)) as base, open_browser(base) as opened:
        opened.cookies = dict(writer.cookies)
        yield opened


async def test_failure_of_the_store_says_so_and_keeps_everything_typed(broken_site: Browser) -> None:
    await broken_site.get("/write")
    await broken_site.send_files("/write", [("a.txt", b"x")], **LETTER, public="1")
    assert broken_site.status == 503
    assert "来信没有发送成功" in broken_site.text
    assert TEXT in broken_site.text
    assert 'value="烧烤店油烟扰民"' in broken_site.text
    assert "a.txt" in broken_site.text
    assert "Retry-After" in broken_site.headers


async def test_form_from_elsewhere_is_refused(writer: Browser, city: City) -> None:
    await writer.post("/write", {**LETTER, "form_token": "x" * 22})
    assert writer.status == 403
    assert not await _letters(city)


async def test_suggestion_beside_the_form_names_the_office_and_the_words(browser: Browser, city: City) -> None:
    with_judge(city)
    async with serve(application_of(city)) as base, open_browser(base) as writer:
        await become_citizen(writer, city)
        await writer.get("/write")
        fields = writer.hidden("/write/check")
        await writer.post("/write/suggestion", {**fields, "subject": "烧烤店", "text": TEXT})
        assert writer.status == 200
        assert "滨海市城市管理局" in writer.text
        assert "<mark>油烟</mark>" in writer.text
        assert "<html" not in writer.text


async def test_check_page_shows_the_office_without_scripts_too(city: City) -> None:
    with_judge(city)
    async with serve(application_of(city)) as base, open_browser(base) as writer:
        await become_citizen(writer, city)
        await writer.get("/write")
        await writer.submit("/write/check", **LETTER)
        assert "滨海市城市管理局" in writer.text
        await send_letter(writer)
