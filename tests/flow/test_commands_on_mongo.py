"""Every command that takes a store, on MongoDB: it does there what it does on a file, and makes no file of its own."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pymongo
import pytest
from support import mongo

from minxin.deploy import cli

Run = Callable[..., tuple[int, str]]
ID_NUMBER = "11010519491231002X"
MATTER = """{"matters": [{
  "code": "GA-913", "name": "机动车驾驶证补领", "office": "gongan", "applicants": ["persons"], "who": "驾驶证丢失的人",
  "summary": "驾驶证丢失，到任一车管所补领。", "steps": [{"text": "提交申请"}],
  "limits": [{"promised": 0, "statutory": 1}], "basis": ["《机动车驾驶证申领和使用规定》"],
  "windows": [{"name": "车管所", "address": "疏港路100号", "hours": "周一至周五", "phone": "0399-5551004"}]
}]}"""
FILES = {
    "register": f"name,id_number,phone\n李明,{ID_NUMBER},13900000001\n",
    "areas": f"id_number,district\n{ID_NUMBER},海晏区\n",
    "places": "name,type,within\n翠湖小区,小区,海晏区/鼓楼街道\n",
    "knowledge": "单位,问题,答案,依据\n市城管局,道路积水找谁？,请拨打市政热线，两小时内到场排水。,《城镇排水条例》\n",
    "matters": MATTER,
    "letters": "subject,body,time,kind\n路灯不亮,文庙街的路灯坏了一个星期，晚上很黑。,2025/3/3 10:00:00,投诉\n",
}
TOLD = {
    "register": "added 1, changed 0, unchanged 0",
    "areas": "added 0, said by themselves 0, without an account 1",
    "places": "added 1, changed 0, unchanged 0",
    "knowledge": "added 1, changed 0, unchanged 0",
    "matters": "added 1, changed 0, unchanged 0",
    "letters": "imported 1, known already 0",
}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as the shell would; return its exit status and what it printed."""

    def command(*arguments: object) -> tuple[int, str]:
        status = cli.main([str(one) for one in arguments])
        told = capsys.readouterr()
        return status, told.out + told.err

    return command


@pytest.fixture
def data(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with a trained judge, no key and no store; the setting names a database that is empty."""
    folder = tmp_path / "data"
    shutil.copytree(prepared / "model", folder / "model")
    monkeypatch.setenv("MINXIN_STORE", mongo.address_of(tmp_path))
    yield folder
    mongo.release(tmp_path)


def _put_in(run: Run, data: Path, folder: Path) -> None:
    for what, text in FILES.items():
        file = folder / f"{what}.csv"
        file.write_text(text, encoding="utf-8")
        status, told = run("import", what, file, "--data", data)
        assert status == 0 and TOLD[what] in told, told


def test_every_command_works_on_the_store_that_the_setting_names(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, told = run("migrate")
    assert status == 0 and told.startswith("mongodb://127.0.0.1") and "up to date" in told
    _put_in(run, data, tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("海边的灯塔整夜不睡8\n"))
    person = ("staff", "li.ming", "--name", "李明", "--phone", "13900000001", "--role", "handler")
    assert run(*person, "--office", "chengguan", "--data", data) == (0, "li.ming: handler\n")
    status, told = run("reindex", "--data", data)
    assert status == 0 and "1 letters" in told, told
    status, told = run("rotate-key", "--data", data)
    assert status == 0 and "1 accounts sealed anew, 0 left" in told, told
    status, told = run("teach", "--unlabelled", "--data", data)
    assert status == 1 and "1 different letters" in told, told
    status, told = run("audit", "verify", "--data", data)
    assert status == 0 and "1 letters" in told, told
    _, public = run("backup", "--new-key", tmp_path / "key")
    status, told = run("backup", tmp_path / "city.age", "--for", public.strip(), "--data", data)
    assert status == 0, told
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("MINXIN_STORE", mongo.address_of(other))
    status, told = run("restore", tmp_path / "city.age", "--key", tmp_path / "key", "--data", other / "data")
    assert status == 0, told
    with pymongo.MongoClient(mongo.address_of(other)) as client:
        assert client.get_default_database()["letters"].count_documents({}) == 1
    assert not [*data.glob("*.db*"), *(other / "data").glob("*.db*")], "something made a file of its own"
    mongo.release(other)


def test_simulated_city_is_made_on_the_store_that_is_named_and_goes_on_there(run: Run, tmp_path: Path) -> None:
    address, data = mongo.address_of(tmp_path), tmp_path / "city"
    size = ("--citizens", 6, "--letters", 30, "--years", 1)
    status, told = run("simulate", "--data", data, "--store", address, *size)
    assert status == 0 and "30 封 / letters" in told, told
    status, told = run("simulate", "--data", data, "--store", address, *size)
    assert status == 0 and "\n0 封 / letters" in told, told
    with pymongo.MongoClient(address) as client:
        assert client.get_default_database()["letters"].count_documents({}) == 30
    assert not list(data.glob("*.db*")), "something made a file of its own"
    mongo.release(tmp_path)
