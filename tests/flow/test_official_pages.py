"""Official mail through the pages and the interface for programs: written, shown, approved, stopped, counted."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from aiohttp import FormData
from support.desk import Staff
from support.readers import inbox, reader, send_official
from support.web import OFFICE, PASSWORD, Browser, City

from minxin.core.actor import Role
from minxin.core.paging import PageRequest
from minxin.mailbox.official.records import NoticeState, OfficialNotice

TEXT = "六月三日零时至六时停水检修，请提前储水。"
FIELDS = {"subject": "停水通知", "text": TEXT, "reach": "area", "area": "海晏区", "replies": "1"}
API = "/api/v1/official"


async def write(browser: Browser, path: str = "/desk/official/new", **fields: str) -> str:
    """Fill in the form and return the notice's id."""
    await browser.get(path)
    await browser.submit(path, **{**FIELDS, **fields})
    return browser.path.rsplit("/", 1)[1]


async def step(browser: Browser, notice_id: str, move: str, **fields: str) -> None:
    await browser.get(f"/desk/official/{notice_id}")
    await browser.submit(f"/desk/official/{notice_id}/{move}", **fields)


async def the_notice(city: City) -> OfficialNotice:
    (notice,) = (await city.store.official_notices(None, PageRequest())).items
    return notice


async def test_notice_goes_from_its_author_over_a_second_person_into_the_box(
    city: City, staff: Staff, browser: Browser
) -> None:
    account = await reader(city, 1, ("海晏区", "鼓楼街道"), logs_in=True)
    author, chief = await staff(Role.HANDLER), await staff(Role.REVIEWER)
    notice_id = await write(author)
    assert author.status == 200 and "已保存。下面就是收件人将收到的内容。" in author.text
    assert "居住在海晏区的市民" in author.text and "批准时编号" in author.text and TEXT in author.text
    await step(author, notice_id, "submit")
    assert "待批准" in author.text and "批准并发送" not in author.text

    await chief.get("/desk/official")
    assert "停水通知" in chief.text
    await chief.get(f"/desk/official/{notice_id}")
    assert "批准后，上面的内容将原样发给 1 个邮箱。" in chief.text
    await chief.submit(f"/desk/official/{notice_id}/approve")
    assert "已批准，即将发送" in chief.text
    await send_official(city)
    await chief.get(f"/desk/official/{notice_id}")
    assert "已发完" in chief.text and "已发 1／1 个邮箱" in chief.text and "T2026-000001" in chief.text
    assert "不足 10 人时不显示统计" in chief.text

    (item,) = await inbox(city, account)
    await browser.log_in("citizen1", PASSWORD)
    await browser.get("/box")
    assert "停水通知" in browser.text and "官方" in browser.text
    await browser.get(f"/box/{item.id}")
    assert TEXT in browser.text and "官方" in browser.text and "T2026-000001" in browser.text


async def test_second_person_refuses_with_a_reason_and_the_author_puts_it_right(city: City, staff: Staff) -> None:
    await reader(city, 1, ("海晏区",))
    author, chief = await staff(Role.HANDLER), await staff(Role.SIGNER)
    notice_id = await write(author)
    await step(author, notice_id, "submit")
    await step(chief, notice_id, "refuse", reason="不行")
    assert chief.status == 422 and "至少" in chief.text
    await step(chief, notice_id, "refuse", reason="请写明停水的小区。")
    await author.get(f"/desk/official/{notice_id}")
    assert "请写明停水的小区。" in author.text and "未批准" in author.text
    path = f"/desk/official/{notice_id}/edit"
    await author.get(path)
    assert 'value="停水通知"' in author.text
    await author.submit(path, **{**FIELDS, "text": TEXT + "涉及翠湖小区。"})
    assert "涉及翠湖小区" in author.text and "请写明" not in author.text
    assert (await the_notice(city)).state is NoticeState.DRAFT


async def test_approval_of_what_was_changed_meanwhile_is_refused_and_shows_it_anew(city: City, staff: Staff) -> None:
    await reader(city, 1, ("海晏区",))
    author, chief = await staff(Role.HANDLER), await staff(Role.REVIEWER)
    notice_id = await write(author)
    await step(author, notice_id, "submit")
    await chief.get(f"/desk/official/{notice_id}")
    await step(author, notice_id, "take_back")
    await write(author, f"/desk/official/{notice_id}/edit", text="全市停水一周。")
    await step(author, notice_id, "submit")
    await chief.submit(f"/desk/official/{notice_id}/approve")
    assert chief.status == 409 and "全市停水一周。" in chief.text and "刚刚被别人修改过" in chief.text


async def test_sending_is_stopped_from_the_page_by_the_administrator_too(city: City, staff: Staff) -> None:
    await reader(city, 1, ("海晏区",))
    author, chief = await staff(Role.HANDLER), await staff(Role.REVIEWER)
    administrator = await staff(Role.ADMINISTRATOR, office_id="centre")
    notice_id = await write(author)
    await step(author, notice_id, "submit")
    await step(chief, notice_id, "approve")
    await administrator.get("/desk/official")
    assert OFFICE.name in administrator.text
    await step(administrator, notice_id, "stop")
    assert "已停发。尚未收到的邮箱不会再收到。" in administrator.text
    await author.get(f"/desk/official/{notice_id}")
    assert "继续发送" not in author.text
    await step(chief, notice_id, "go_on")
    assert "发送中" in chief.text
    await author.get(f"/desk/official/{notice_id}/files/0")
    assert author.status == 404


async def test_wrong_fields_and_lines_are_told_beside_them(city: City, staff: Staff) -> None:
    author = await staff(Role.HANDLER)
    await author.get("/desk/official/new")
    await author.submit("/desk/official/new", **{**FIELDS, "subject": "", "area": ""})
    assert author.status == 422 and "请填写标题" in author.text and "请选择要通知的区或街道" in author.text
    assert TEXT in author.text
    await author.submit("/desk/official/new", **{**FIELDS, "reach": "list", "list": "13900000000\n王大明"})
    assert author.status == 422 and "名单中有 2 行不能使用" in author.text
    assert "139****0000" in author.text and "没有在用的邮箱与它对应" in author.text and "既不是邮箱地址" in author.text
    await author.submit("/desk/official/new", **{**FIELDS, "reach": "nowhere"})
    assert author.status == 422 and "请选择收件范围。" in author.text


async def test_list_comes_as_a_file_with_headings(city: City, staff: Staff) -> None:
    await reader(city, 1)
    author = await staff(Role.HANDLER)
    await author.get("/desk/official/new")
    form = FormData()
    for name, value in {**author.hidden("/desk/official/new"), **FIELDS, "reach": "list"}.items():
        form.add_field(name, value)
    form.add_field("list_file", "姓名,手机号\n王小明,13800000001\n".encode(), filename="名单.csv")
    form.add_field("attachments", b"%PDF-1.4\n", filename="a.pdf")
    await author._go("POST", "/desk/official/new", form, {})
    assert author.status == 200 and "名单（1 个邮箱）" in author.text and "a.pdf" in author.text
    notice = await the_notice(city)
    await author.get(f"/desk/official/{notice.id}/files/0")
    assert author.text == "%PDF-1.4\n"
    form = FormData()
    await author.get("/desk/official/new")
    for name, value in {**author.hidden("/desk/official/new"), **FIELDS, "reach": "list"}.items():
        form.add_field(name, value)
    form.add_field("list_file", b"\xff\xfe\x00\x00", filename="a.csv")
    await author._go("POST", "/desk/official/new", form, {})
    assert author.status == 422


async def test_figures_are_shown_by_area_when_there_are_enough_readers(city: City, staff: Staff) -> None:
    for number in range(10):
        await reader(city, number, ("海晏区",))
    author, chief = await staff(Role.HANDLER), await staff(Role.REVIEWER)
    notice_id = await write(author, reach="all")
    await step(author, notice_id, "submit")
    await step(chief, notice_id, "approve")
    await send_official(city)
    await author.get(f"/desk/official/{notice_id}")
    assert "阅读统计" in author.text and "海晏区" in author.text and "分日期" in author.text


async def test_draft_is_deleted(city: City, staff: Staff) -> None:
    author = await staff(Role.HANDLER)
    await step(author, await write(author), "drop")
    assert author.path == "/desk/official" and "还没有官方通知" in author.text
    await author.get("/desk/official/none")
    assert author.status == 404


async def test_unknown_step_is_not_there(city: City, staff: Staff) -> None:
    author = await staff(Role.HANDLER)
    notice_id = await write(author)
    await step(author, notice_id, "approve", seen="9" * 30)
    assert author.status == 409
    await step(author, notice_id, "explode")
    assert author.status == 404


async def test_citizen_says_where_he_lives(city: City, browser: Browser, staff: Staff) -> None:
    await reader(city, 1, logs_in=True)
    await browser.log_in("citizen1", PASSWORD)
    await browser.get("/account")
    assert 'href="/account/area"' in browser.text
    await browser.get("/account/area")
    await browser.submit("/account/area", area="海晏区/鼓楼街道")
    assert "已保存。" in browser.text and 'value="海晏区/鼓楼街道" selected' in browser.text
    await browser.submit("/account/area", area="火星区")
    assert browser.status == 422 and "请从列表中选择区或街道" in browser.text
    worker = await staff(Role.HANDLER)
    await worker.get("/account/area")
    assert worker.status == 404


async def call(browser: Browser, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    await browser.get("/account")
    token = browser.hidden("/logout").get("csrf_token", "")
    status, answer = await browser.json(method, path, body, {"X-CSRF-Token": token})
    return status, answer


async def test_programs_write_and_approve_and_see_how_far_it_is(city: City, staff: Staff) -> None:
    for number in range(12):
        await reader(city, number, ("海晏区",))
    author, chief = await staff(Role.HANDLER), await staff(Role.SIGNER)
    sent = {"subject": "停水通知", "text": TEXT, "reach": "area", "area": ["海晏区"], "token": "from-our-own-system"}
    status, made = await call(author, "POST", API, sent)
    assert (status, made["mailboxes"], made["moves"]) == (201, 12, ["write", "submit", "drop"])
    path = f"{API}/{made['notice']['id']}"
    status, _ = await call(author, "POST", f"{path}/submission")
    assert status == 200
    status, refused = await call(author, "POST", f"{path}/decision", {"approve": True, "version": 2})
    assert (status, refused["key"]) == (409, "official.own")
    status, shown = await call(chief, "GET", path)
    decision = {"approve": True, "version": shown["notice"]["version"]}
    status, approved = await call(chief, "POST", f"{path}/decision", decision)
    assert (status, approved["notice"]["state"], approved["figures"]) == (200, "approved", None)
    status, stopped = await call(author, "POST", f"{path}/stop")
    assert (status, stopped["notice"]["state"]) == (200, "stopped")
    status, _ = await call(chief, "POST", f"{path}/resumption")
    await send_official(city)
    status, done = await call(author, "GET", path)
    assert (done["notice"]["state"], done["notice"]["run"]["delivered"]) == ("done", 12)
    assert done["figures"]["areas"] == [{"area": "海晏区", "delivered": 12, "opened": 0, "deleted": 0}]
    status, found = await call(author, "GET", API)
    assert [one["id"] for one in found["items"]] == [made["notice"]["id"]]


async def test_programs_change_what_was_not_approved_as_the_page_does(city: City, staff: Staff) -> None:
    await reader(city, 1, ("海晏区",))
    author, chief = await staff(Role.HANDLER), await staff(Role.SIGNER)
    files = [{"name": f"{name}.txt", "data": b64encode(name.encode()).decode()} for name in "ab"]
    sent = {
        "subject": "停水通知",
        "text": TEXT,
        "reach": "area",
        "area": ["海晏区"],
        "token": "12345678",
        "files": files,
    }
    _, made = await call(author, "POST", API, sent)
    path = f"{API}/{made['notice']['id']}"
    change = {"subject": "停水改期", "text": TEXT, "reach": "list", "recipients": ["13800000001"], "kept": [1]}
    await call(author, "POST", f"{path}/submission")
    assert (await call(author, "PUT", path, change))[0] == 409
    _, taken_back = await call(author, "POST", f"{path}/taking-back")
    status, changed = await call(author, "PUT", path, change)
    assert (taken_back["notice"]["state"], status, changed["notice"]["subject"]) == ("draft", 200, "停水改期")
    assert (changed["notice"]["reach"], changed["mailboxes"], changed["files"]) == ("list", 1, ["b.txt"])
    status, told = await call(author, "PUT", path, {**change, "recipients": ["13911111111"]})
    assert (status, told["errors"][0]["field"]) == (422, "recipients/0")
    assert (await call(chief, "PUT", path, change))[0] == 409
    assert (await call(author, "DELETE", path))[0] == 204
    assert (await call(author, "GET", path))[0] == 404


@pytest.mark.parametrize("leave_out", [False, True])
async def test_program_is_told_which_recipients_are_wrong(city: City, staff: Staff, leave_out: bool) -> None:
    await reader(city, 1)
    author = await staff(Role.HANDLER)
    sent = {"subject": "通知", "text": TEXT, "reach": "list", "token": "12345678"}
    people = ["13800000001", "13900000000", "王大明"]
    status, told = await call(author, "POST", API, {**sent, "recipients": people, "leave_out": leave_out})
    if leave_out:
        assert (status, told["mailboxes"]) == (201, 1)
    else:
        assert status == 422
        assert [one["field"] for one in told["errors"]] == ["recipients/1", "recipients/2"]
