"""What programs are told when something can't be taken: problem documents that name the field."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from support.api import Office, open_office
from support.letters import LETTER
from support.web import City

NEW = {**LETTER, "token": "t-1"}


@pytest.fixture
async def office(city: City, site: str) -> AsyncIterator[Office]:
    async with open_office(city, site) as opened:
        yield opened


@pytest.mark.parametrize(
    ("changed", "field", "key"),
    [
        ({"subject": 1}, "subject", "api.field.value"),
        ({"kind": "whim"}, "kind", "api.field.value"),
        ({"colour": "red"}, "colour", "api.field.unknown"),
        ({"attachments": [{"name": "x", "data": "!"}]}, "attachments[0].data", "api.field.value"),
        ({"attachments": [{"name": "x"}]}, "attachments[0].data", "api.field.missing"),
        ({"attachments": [{"name": "x.exe", "data": "TVqQAAMA"}]}, "attachments", "attachment.type"),
        ({"attachments": [{"name": "x.txt", "data": "eA=="}] * 6}, "attachments", "attachment.too_many"),
        ({"public": "yes"}, "public", "api.field.value"),
        ({"subject": "长" * 101}, "subject", "letter.subject.too_long"),
        ({"text": "短"}, "text", "letter.text.too_short"),
        ({"token": "t" * 101}, "token", "letter.token.missing"),
    ],
)
async def test_wrong_field_is_named(office: Office, changed: dict[str, object], field: str, key: str) -> None:
    refused = await office.citizen.post("/letters", {**NEW, **changed})
    assert refused.status == 422
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert [(error["field"], error["key"]) for error in refused.body["errors"]] == [(field, key)]
    assert (await office.citizen.get("/letters")).body["items"] == []


async def test_missing_field_and_body_are_named(office: Office) -> None:
    for body in (None, {}):
        refused = await office.citizen.post("/letters", body)
        assert (refused.status, refused.body["errors"][0]["key"]) == (422, "api.field.missing")


async def test_several_wrong_fields_are_told_at_once_in_the_callers_language(office: Office) -> None:
    letter = {**NEW, "subject": " ", "text": "x"}
    english = await office.citizen.post("/letters", letter, Accept_Language="de;q=0.9, en-GB;q=0.8, zh;q=0.1")
    chinese = await office.citizen.post("/letters", letter)
    assert [error["field"] for error in english.body["errors"]] == ["subject", "text"]
    assert english.body["errors"][0]["detail"].startswith("Please enter a subject")
    assert chinese.body["errors"][0]["detail"].startswith("请填写标题")


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[" * 50_000, b'{"kind":"\\ud800"}', b"nonsense", b"\x00"])
async def test_body_that_is_no_json_is_a_bad_request(office: Office, raw: bytes) -> None:
    refused = await office.citizen.call("POST", "/letters", raw=raw)
    assert refused.status in (400, 422)
    assert refused.body["key"] in ("api.json", "error.invalid_form")


async def test_form_is_not_taken_and_large_body_is_413(office: Office) -> None:
    form = await office.citizen.call(
        "POST", "/letters", raw=b"kind=help", Content_Type="application/x-www-form-urlencoded"
    )
    assert form.status == 415
    large = await office.citizen.call("POST", "/query", raw=b'{"number": "' + b"1" * 70_000 + b'"}')
    assert large.status == 413
