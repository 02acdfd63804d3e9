"""The OpenAPI 3.1 document, made from the table of operations: what is not in the code can't be in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from minxin.webui.api.examples import EXAMPLES
from minxin.webui.api.operations import AnyOperation, Download, Method, Nothing, Shown
from minxin.webui.csrf import CSRF_HEADER

VERSION: Final = "1.0"
JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
_PATH_PART: Final = re.compile(r"\{(\w+)\}")
_SCHEMAS: Final = "#/components/schemas/{name}"

ABOUT: Final = (
    "The mailbox, letter and consultation service of a city. Instants are RFC 3339 in UTC, days are days in "
    "Asia/Shanghai. Lists come in pages: `next` of one page goes into `after` for the page that follows. "
    "Errors are problem documents (RFC 9457) with a stable `key`; `detail` is in the language of `Accept-Language`. "
    f"A program sends `Authorization: Bearer mk_…`; a browser's session sends `{CSRF_HEADER}` with what changes "
    "something. A thing that the caller may not see looks the same as one that is not there."
)


class FieldProblem(Shown, frozen=True):
    """What is wrong with one field."""

    field: str
    key: str
    detail: str


class Problem(Shown, frozen=True):
    """Why something can't be done (RFC 9457). `key` is stable, `detail` is for people, `request` names the request in
    the service's log. `errors` has one entry for each wrong field.
    """

    type: str
    title: str
    status: int
    key: str
    detail: str
    request: str
    errors: list[FieldProblem]


_PROBLEMS: Final = {
    "400": "The request can't be understood.",
    "401": "There is no log-in or living key.",
    "403": "The caller is known but may not do this.",
    "404": "It is not there, or the caller may not know that it is.",
    "408": "The body did not come whole in time.",
    "409": "Not possible in the present state, or somebody changed it a moment ago.",
    "411": "The request does not say how long its body is.",
    "413": "The body is too large.",
    "415": "The body is not plain application/json.",
    "422": "A field can't be taken; `errors` says which and why.",
    "429": "Too many tries; `Retry-After` says for how many seconds.",
    "500": "Something went wrong that was not foreseen.",
    "503": "The service can't do it now; `Retry-After` says when to try again. Nothing was taken.",
    "507": "The storage is full. Nothing was taken.",
}


def document(operations: Sequence[AnyOperation], title: str) -> dict[str, Any]:
    """Return the document of these operations."""
    types = [kind for operation in operations for kind in (operation.body, operation.answer) if _has_schema(kind)]
    kinds = list(dict.fromkeys([*types, Problem]))
    _, schemas = msgspec.json.schema_components(kinds, ref_template=_SCHEMAS)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.address, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": VERSION, "description": ABOUT, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in operations)],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {f"Problem{status}": _problem(status, words) for status, words in _PROBLEMS.items()},
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key, made at /account/keys.",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-minxin"},
                "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
            },
        },
        "security": [{"key": []}, {"session": [], "csrf": []}],
    }


def problem_statuses(operation: AnyOperation) -> list[str]:
    """Return the error statuses that the operation may answer."""
    found = {"400", "401", "500", "503"}
    has_body = operation.method in (Method.POST, Method.PUT)
    if not operation.is_open:
        found |= {"403", "404"}
    if "{" in operation.path or operation.throttled:
        found.add("404")
    if operation.query is not Nothing or has_body:
        found.add("422")
    if operation.method is not Method.GET:
        found |= {"403", "408", "409", "411", "413", "415", "422", "507"}
    if operation.throttled or operation.roles:
        found.add("429")
    return sorted(found)


def _operation(operation: AnyOperation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation.query), *_headers(operation)],
        "responses": {
            **{str(status): _success(operation, status) for status in operation.statuses},
            **{status: {"$ref": f"#/components/responses/Problem{status}"} for status in problem_statuses(operation)},
        },
    }
    if operation.description:
        described["description"] = operation.description
    if operation.body is not Nothing:
        described["requestBody"] = {"required": True, "content": {JSON: _content(operation.body)}}
    if operation.is_open:
        described["security"] = [{}]
    elif not operation.writes and operation.method is Method.GET:
        described["security"] = [{"key": []}, {"session": []}]
    return described


def _success(operation: AnyOperation, status: int) -> dict[str, Any]:
    if status == 204 or operation.answer is Nothing:
        return {"description": "Done."}
    if operation.answer is Download:
        # RFC 9110: the type is that of the file, found in its bytes when it came in.
        return {"description": "The file.", "content": {"*/*": {"schema": {}}}}
    answer: dict[str, Any] = {"description": _first_sentence(operation.answer)}
    answer["content"] = {JSON: _content(operation.answer)}
    if operation.method is Method.POST and status in (200, 201) and 201 in operation.statuses:
        answer["headers"] = {"Location": {"schema": {"type": "string"}, "description": "The address of what was made."}}
    return answer


def _content(kind: type[Struct]) -> dict[str, Any]:
    example = msgspec.to_builtins(EXAMPLES[kind])
    return {"schema": {"$ref": _SCHEMAS.format(name=kind.__name__)}, "example": example}


def _path_parameters(operation: AnyOperation) -> Iterable[dict[str, Any]]:
    for name in _PATH_PART.findall(operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(kind: type[Struct]) -> Iterable[dict[str, Any]]:
    if kind is Nothing:
        return
    schema, components = msgspec.json.schema_components([kind], ref_template=_SCHEMAS)
    del schema
    for name, described in components[kind.__name__]["properties"].items():
        parameter = {"name": name, "in": "query", "required": False, "schema": _inlined(described, components)}
        if "description" in described:
            parameter["description"] = described["description"]
        yield parameter


def _inlined(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter's schema by itself: enums in place, and no null, which an address can't say."""
    if "$ref" in schema:
        named: dict[str, Any] = components[schema["$ref"].rpartition("/")[2]]
        return {**named, **{key: value for key, value in schema.items() if key != "$ref"}}
    if "anyOf" in schema:
        chosen: dict[str, Any] = next(one for one in schema["anyOf"] if one.get("type") != "null")
        return _inlined(chosen, components)
    return {key: value for key, value in schema.items() if key != "description"}


def _headers(operation: AnyOperation) -> Iterable[dict[str, Any]]:
    if operation.path.startswith("/conversations/{id}"):
        yield {
            "name": "X-Conversation-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "minLength": 43, "maxLength": 43},
            "description": "The key that beginConversation gave; a citizen's own log-in opens his conversation too.",
        }
    if operation.name == "createLetter":
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "maxLength": 100},
            "description": "Stands for `token` when the body has none.",
        }


def _problem(status: str, words: str) -> dict[str, Any]:
    return {"description": words, "content": {PROBLEM: {"schema": {"$ref": _SCHEMAS.format(name="Problem")}}}}


def _has_schema(kind: type[Struct]) -> bool:
    return kind not in (Nothing, Download)


def _first_sentence(kind: type[Struct]) -> str:
    return " ".join((kind.__doc__ or "").split()).partition(". ")[0].rstrip(".") + "."
