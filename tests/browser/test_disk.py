"""The network disk in a browser: files dropped and chosen, a line that breaks, previews, a share, the bin."""

from __future__ import annotations

import pytest
from playwright.async_api import Route, expect
from support import steps
from support.chromium import Person, Stage

from minxin.webui.handouts import Handout, pdf_of

pytestmark = pytest.mark.browser

MIB = 1024 * 1024
_DROP = """([selector, name, text]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name, { lastModified: 1 }));
  const zone = document.querySelector(selector);
  for (const kind of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
  }
}"""


async def test_a_disk_is_filled_looked_at_and_shared_on_a_telephone(stage: Stage) -> None:
    owner = await steps.log_in(await stage.citizen("owner"), "citizen1")
    await owner.go("/disk")
    await owner.sees("这里还没有文件。")
    await owner.look("empty")
    await _choose(owner, "街景.jpg", "image/jpeg", steps.photograph("steelblue"))
    plan = await pdf_of(Handout("Plan", (("Road", "Harbour"),), (), ""))
    await _choose(owner, "施工方案.pdf", "application/pdf", plan)
    await owner.page.evaluate(_DROP, ["[data-drop]", "说明.txt", "滨海路施工说明"])
    await owner.sees("说明.txt")
    await owner.fill("名称", "照片")
    await owner.press("建文件夹")
    await owner.go("/disk")
    await owner.look("files")
    await owner.follow("街景.jpg")
    await expect(owner.page.get_by_role("img", name="街景.jpg 的预览")).to_have_js_property("naturalWidth", 640)
    await owner.look("picture")
    await _share(owner, stage)
    await owner.go("/disk")
    await owner.press("移入回收站 说明.txt")
    await owner.sees("已移入回收站。")
    await owner.follow("回收站")
    await owner.look("bin")


async def test_an_upload_goes_on_after_a_broken_line_and_after_a_reload(stage: Stage) -> None:
    owner = await steps.log_in(await stage.person("owner"), "citizen2")
    await owner.go("/disk")
    pieces = 0

    async def break_after_two(route: Route) -> None:
        nonlocal pieces
        pieces += route.request.method == "PATCH"
        await (route.abort() if pieces > 2 else route.continue_())

    await owner.page.route("**/disk/uploads/**", break_after_two)
    file = {"name": "航拍.bin", "mimeType": "application/octet-stream", "buffer": bytes(range(256)) * 16384}
    await owner.page.get_by_label("选择文件").set_input_files(file)  # type: ignore[arg-type]
    await owner.sees("网络中断，恢复后 航拍.bin 会自动继续上传。")
    await owner.look("broken")
    await owner.page.unroute("**/disk/uploads/**")
    await expect(owner.page.get_by_role("link", name="航拍.bin", exact=True)).to_be_visible()
    await owner.sees("已用 4 MB，共 10 MB")
    await owner.look("whole")
    owner.complaints = [one for one in owner.complaints if "net::ERR_FAILED" not in one]


async def test_a_file_that_does_not_fit_is_told_and_nothing_is_sent(stage: Stage) -> None:
    owner = await steps.log_in(await stage.person("owner"), "citizen3")
    await owner.go("/disk")
    file = {"name": "电影.bin", "mimeType": "application/octet-stream", "buffer": b"x" * (11 * MIB)}
    await owner.page.get_by_label("选择文件").set_input_files(file)  # type: ignore[arg-type]
    await owner.sees("电影.bin 未能存入。", "这次需要 11 MB，总共 10 MB，还剩 10 MB")
    await owner.look("full")
    owner.complaints = [one for one in owner.complaints if "status of 507" not in one]


async def test_files_go_up_without_scripts(stage: Stage) -> None:
    owner = await steps.log_in(await stage.citizen("plain", scripted=False), "citizen4")
    await owner.go("/disk")
    await owner.page.get_by_label("选择文件").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"1"}
    )
    await owner.press("上传")
    await owner.sees("文件已存入网络硬盘。", "a.txt")


async def _choose(owner: Person, name: str, kind: str, data: bytes) -> None:
    await owner.page.get_by_label("选择文件").set_input_files({"name": name, "mimeType": kind, "buffer": data})
    await expect(owner.page.get_by_role("link", name=name, exact=True)).to_be_visible()


async def _share(owner: Person, stage: Stage) -> None:
    await owner.fill("分享口令", "开门口令七七")
    await owner.press("生成链接")
    await owner.sees("请现在复制链接")
    await owner.look("link")
    link = await owner.page.locator(".disk-link").inner_text()
    friend = await stage.person("friend")
    await friend.page.goto(link)
    await friend.sees("向您分享了一个文件")
    await friend.look("shared")
    await friend.fill("分享口令", "开门口令七七")
    async with friend.page.expect_download() as download:
        await friend.press("下载", friend.page.locator("main"))
    assert (await download.value).suggested_filename == "街景.jpg"
    await owner.follow("我的分享")
    await owner.sees("街景.jpg", "知道链接和口令的任何人")
    await owner.look("shares")
