"""How one provider's HTTP interface is asked, as data (短信服务商接口).

Chinese providers differ in names, not in kind: a JSON body with numbers, a registered template, its parameters and a
registered signature (签名); an application key with an HMAC over the request; an answer with a code for each number.
All of that stands in the ``[http]`` table of the gateway's file; nothing here knows any provider.

Texts may hold ``{name}`` of: ``phone``, ``template``, ``signature``, ``text``, ``key``, ``app_key``, ``timestamp``
(seconds), ``iso_time``, ``nonce``, ``method``, ``path``, ``body``, ``body_sha256``, ``hmac``. A body value that is
``{params}`` becomes the parameters by name, ``{param_list}`` their values in the template's order; with ``_json`` at
the end they are written as a JSON text.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from minxin.mailbox.errors import SmsRefusedError
from minxin.mailbox.sms import ShortMessage

_NAME: Final = re.compile(r"\{(\w+)\}")


class Template(Struct, frozen=True, forbid_unknown_fields=True):
    """A registered template: the provider's id, and the order of our parameters in it."""

    id: str
    params: tuple[str, ...] = ()


class Answer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an answer holds what: dotted paths, from the top to the ``entries`` and from an entry to its fields.

    Codes that stand nowhere are temporary: an unknown trouble is tried again.
    """

    entries: str = ""
    code: str = "code"
    reference: str = ""
    success: tuple[str, ...] = ("0", "OK")
    permanent: tuple[str, ...] = ()


class Reports(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How delivery reports are fetched; in ``answer`` success is "delivered" and permanent "failed"."""

    url: str
    answer: Answer
    body: dict[str, Any] = {}


class HttpProfile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider. ``templates`` are by our own name, such as ``"code.apply"``, or ``"code.apply:en"`` for a language.

    ``signed`` is the text that the HMAC is made of, by ``digest``, written as ``written``.
    """

    url: str
    templates: dict[str, Template]
    answer: Answer
    body: dict[str, Any]
    headers: dict[str, str] = {}
    app_key: str = ""
    signed: str = ""
    digest: Literal["sha256", "sha1"] = "sha256"
    written: Literal["hex", "base64"] = "hex"
    timeout_s: float = 5.0
    reports: Reports | None = None


def template_of(profile: HttpProfile, message: ShortMessage) -> Template:
    """Return the registered template; raises ``SmsRefusedError`` for a message that has none."""
    found = profile.templates.get(f"{message.template}:{message.language}") or profile.templates.get(message.template)
    if found is None or not set(found.params) <= set(message.params):
        raise SmsRefusedError("no_template")
    return found


def message_values(template: Template, phone: str, message: ShortMessage, key: str) -> dict[str, Any]:
    """Return what the placeholders of a request for this message stand for."""
    params = {name: message.params[name] for name in template.params} or message.params
    return {
        "phone": phone,
        "template": template.id,
        "signature": message.signature,
        "text": message.text,
        "key": hashlib.sha256(key.encode()).hexdigest()[:32],
        "params": params,
        "param_list": list(params.values()),
        "params_json": msgspec.json.encode(params).decode(),
        "param_list_json": msgspec.json.encode(list(params.values())).decode(),
    }


def filled(part: Any, values: Mapping[str, Any]) -> Any:
    """Return a header or a part of the body with its placeholders filled in, once: no value is looked at again."""
    if isinstance(part, dict):
        return {name: filled(value, values) for name, value in part.items()}
    if isinstance(part, list):
        return [filled(value, values) for value in part]
    if not isinstance(part, str):
        return part
    whole = _NAME.fullmatch(part)
    if whole and whole[1] in values:
        return values[whole[1]]
    return _NAME.sub(lambda found: str(values.get(found[1], found[0])), part)


def signature_of(profile: HttpProfile, secret: bytes, values: Mapping[str, Any]) -> str:
    """Return the HMAC of the request (RFC 2104) as the provider wants it written."""
    digest = hmac.new(secret, str(filled(profile.signed, values)).encode(), profile.digest).digest()
    return digest.hex() if profile.written == "hex" else base64.b64encode(digest).decode()


def entries_of(answer: Answer, body: Any) -> list[Any]:
    """Return the entries of an answer: one for each number or report; a single object is a list of one."""
    found = at(body, answer.entries)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def at(body: Any, path: str) -> Any:
    """Return what stands at a dotted path, None when nothing does; numbers count the entries of a list."""
    for name in path.split(".") if path else ():
        if isinstance(body, dict):
            body = body.get(name)
        elif isinstance(body, list) and name.isdecimal() and int(name) < len(body):
            body = body[int(name)]
        else:
            return None
    return body


def text_at(body: Any, path: str) -> str:
    """Return what stands there as text, of a length that is no attack."""
    found = at(body, path) if path else None
    return "" if found is None or isinstance(found, dict | list) else str(found)[:200]
