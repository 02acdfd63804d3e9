"""The OpenAPI document: valid, whole, and the same as the table that the routes are made of."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from minxin.consult.moves import Move
from minxin.webui.api.examples import EXAMPLES
from minxin.webui.api.operations import AnyOperation, Download, Method, Nothing
from minxin.webui.api.reading import BadJsonError, read_body, read_query
from minxin.webui.api.reference import openapi_json
from minxin.webui.api.sent import NewLetter, PageQuery
from minxin.webui.api.table import OPERATIONS
from minxin.webui.middleware.preferences import accepted_language


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(openapi_json())
    return read


def test_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_operation_is_described_with_its_answers_errors_and_security(document: dict[str, Any]) -> None:
    for operation in OPERATIONS:
        described = document["paths"][operation.address][operation.method.lower()]
        assert described["operationId"] == operation.name
        assert {str(status) for status in operation.statuses} <= set(described["responses"])
        assert {"400", "500", "503"} <= set(described["responses"])
        assert ("requestBody" in described) == (operation.body is not Nothing)
        assert operation.is_open or "401" in described["responses"]
        assert ({} in described.get("security", [])) == operation.is_open


def test_names_and_addresses_are_given_once() -> None:
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
    assert len({(operation.method, operation.address) for operation in OPERATIONS}) == len(OPERATIONS)


def test_every_move_of_the_table_has_its_operation() -> None:
    addresses = {operation.path for operation in OPERATIONS if operation.method is Method.POST}
    missing = [move for move in Move if f"/orders/{{id}}/{move.value}" not in addresses]
    # The house itself closes what nobody rates; a letter is withdrawn as a whole.
    assert missing == [Move.CLOSE, Move.WITHDRAW]
    assert "/letters/{id}/withdraw" in addresses


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_body_and_answer_has_an_example_that_reads_as_itself(operation: AnyOperation) -> None:
    for kind in (operation.body, operation.answer):
        if kind not in (Nothing, Download):
            example = EXAMPLES[kind]
            assert msgspec.json.decode(msgspec.json.encode(example), type=kind) == example


def test_answers_promise_every_field(document: dict[str, Any]) -> None:
    for name in ("ReceiptShown", "LetterShown", "OrderShown", "FigureShown", "Problem"):
        schema = document["components"]["schemas"][name]
        assert sorted(schema["required"]) == sorted(schema["properties"])


def test_bodies_forbid_unknown_fields(document: dict[str, Any]) -> None:
    for operation in OPERATIONS:
        if operation.body is not Nothing:
            assert document["components"]["schemas"][operation.body.__name__]["additionalProperties"] is False


def test_document_names_no_machine_and_no_inner_thing() -> None:
    text = openapi_json().decode()
    for inner in ("raw_blob", "intake_key", "password", "minxin.", "Traceback"):
        assert inner not in text


def test_deep_nesting_is_bad_json_and_not_a_crash() -> None:
    decoder = msgspec.json.Decoder(NewLetter)
    for raw in (b"[" * 100_000, b'{"kind":' * 50_000, b'{"attachments":' + b"[" * 100_000):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - either of two, checked below
            read_body(decoder, raw)
        assert caught.value.http_status in (400, 422)
    with pytest.raises(BadJsonError):
        read_body(decoder, b'{"kind"')


def test_preferences_in_an_address_are_no_unknown_fields() -> None:
    assert read_query(PageQuery, {"lang": "en", "text": "large", "size": "7"}) == PageQuery(size=7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr, en-GB;q=0.8, zh;q=0.1", "en"),
        ("en;q=0, zh;q=0.5", "zh"),
        ("zh;q=0.5, en", "en"),
        ("", ""),
        ("de", ""),
        ("en;q=nan, zh;q=1e9, *;q=1", ""),
        (",".join(["x"] * 30), ""),
    ],
)
def test_language_of_a_program_is_the_one_it_wants_most(header: str, language: str) -> None:
    assert accepted_language(header) == language
