"""The command line as its users meet it: exit statuses, clear words, and nothing lost."""

from __future__ import annotations

import asyncio
import csv
import shutil
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from support.live import COMMAND, audit_verify


async def minxin(*arguments: str, typed: str = "") -> tuple[int, str, str]:
    """Run the command; return exit status, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(COMMAND, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    output, errors = await process.communicate(typed.encode())
    return process.returncode or 0, output.decode(), errors.decode()


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own, with a trained judge."""
    return Path(shutil.copytree(prepared, tmp_path / "data"))


async def test_letters_are_imported_once_and_bad_lines_are_named(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "letters.csv"
    with file.open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(("subject", "body", "time", "kind"))
        rows.writerow(("路灯不亮", "文庙街的路灯坏了一个星期，晚上很黑。", "2025/3/3 10:00:00", "投诉"))
        rows.writerow(("", "没有标题的来信，自来水三天没有来了。", "", ""))
        rows.writerow(("太短", "短", "", ""))
        rows.writerow(("时间不对", "这封来信的时间写错了。", "三月三日", ""))
    status, output, errors = await minxin("import", "letters", str(file), "--data", str(data))
    assert status == 1
    assert "imported 2, known already 0" in output
    assert f"{file}:4: letter.text.too_short" in errors
    assert f"{file}:5: " in errors and "三月三日" in errors
    status, output, _ = await minxin("import", "letters", str(file), "--data", str(data))
    assert "imported 0, known already 2" in output
    assert (await audit_verify(data))[0] == 0


async def test_places_are_imported_as_a_whole_or_not_at_all(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text("name,type,within\n翠湖小区,小区,海晏区/鼓楼街道\n长风路,road,无此区\n", encoding="utf-8")
    status, _, errors = await minxin("import", "places", str(file), "--data", str(data))
    assert status == 1
    assert f"{file}:3: " in errors and "nothing was imported" in errors
    file.write_text("name,type,within\n翠湖小区,小区,海晏区/鼓楼街道\n", encoding="utf-8")
    status, output, _ = await minxin("import", "places", str(file), "--data", str(data))
    assert (status, output.strip().splitlines()[-1]) == (0, "added 1, changed 0, unchanged 0")
    assert (await audit_verify(data))[0] == 0


async def test_file_without_its_columns_is_refused_with_one_sentence(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "letters.csv"
    file.write_text("title,text\na,b\n", encoding="utf-8")
    status, _, errors = await minxin("import", "letters", str(file), "--data", str(data))
    assert status == 2
    assert errors.strip().splitlines()[-1].startswith("minxin import: ") and "subject" in errors
    assert "Traceback" not in errors


async def test_store_whose_key_is_gone_is_not_given_a_new_one(data: Path) -> None:
    (data / "master.key").unlink()
    status, _, errors = await minxin("import", "register", "nowhere.csv", "--data", str(data))
    assert status == 2
    assert "master.key" in errors
    assert not (data / "master.key").exists()


async def test_staff_account_is_opened_and_a_wrong_form_is_told_field_by_field(data: Path) -> None:
    person = ("staff", "li.ming", "--name", "李明", "--phone", "13900000001", "--role", "handler", "--data", str(data))
    status, _, errors = await minxin(*person, "--office", "chengguan", typed="123\n")
    assert status == 2
    assert errors.startswith("password: ")
    status, output, _ = await minxin(*person, "--office", "chengguan", typed="海边的灯塔整夜不睡8\n")
    assert (status, output.strip()) == (0, "li.ming: handler")
    status, _, errors = await minxin(*person, "--office", "nowhere", typed="海边的灯塔整夜不睡8\n")
    assert status == 2
    assert "nowhere" in errors


async def test_settings_are_checked_and_shown(tmp_path: Path) -> None:
    file = tmp_path / "minxin.toml"
    file.write_text(f'data = "{tmp_path / "data"}"\n', encoding="utf-8")
    status, output, _ = await minxin("config", "--config", str(file))
    assert status == 0
    assert "# city: 滨海市" in output and "# calendar: tables for 2004" in output
    file.write_text("port = 0.5\n", encoding="utf-8")
    status, _, errors = await minxin("config", "--config", str(file))
    assert status == 2
    assert "port" in errors and "Traceback" not in errors


async def test_unknown_command_and_no_command_are_told() -> None:
    for arguments in ((), ("dance",)):
        status, _, errors = await minxin(*arguments)
        assert status == 2
        assert "COMMAND" in errors or "dance" in errors


async def test_knowledge_is_imported_as_a_whole_or_not_at_all(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "knowledge.csv"
    head = "单位,问题,答案,依据,有效期至\n"
    good = "市城管局,道路积水找谁？,请拨打市政热线，两小时内到场排水。,《城镇排水与污水处理条例》,2099-12-31\n"
    file.write_text(head + good + "无此单位,谁来管？,请拨打热线咨询办理。,《条例》,\n", encoding="utf-8")
    status, _, errors = await minxin("import", "knowledge", str(file), "--data", str(data))
    assert status == 1
    assert f"{file}:3: " in errors and "无此单位" in errors and "nothing was imported" in errors
    file.write_text(head + good, encoding="utf-8")
    for expected in ("added 1, changed 0, unchanged 0", "added 0, changed 0, unchanged 1"):
        status, output, _ = await minxin("import", "knowledge", str(file), "--publish", "--data", str(data))
        assert (status, output.strip().splitlines()[-1]) == (0, expected)
    assert (await audit_verify(data))[0] == 0


async def test_a_process_of_one_role_is_refused_where_one_file_is_the_store(tmp_path: Path) -> None:
    status, output, errors = await minxin("web", "--data", str(tmp_path / "data"))
    assert (status, output) == (2, "")
    assert errors.startswith("minxin web: `minxin web` needs a MongoDB replica set") and "minxin all" in errors
    assert not (tmp_path / "data").exists()
