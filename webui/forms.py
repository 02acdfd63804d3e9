"""Forms: what a browser sent, kept together with what is wrong with it, so that nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from aiohttp import web
from aiohttp.web_request import FileField
from msgspec import Struct
from multidict import MultiDict

from minxin.core.errors import InvalidFormError, InvalidInputError, MinxinError, TooLargeError
from minxin.core.ids import new_id

KIB = 1024
MIB = 1024 * KIB
TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field, no secret
TOKEN_LENGTH = 22
MULTIPART = "multipart/form-data"
FORM_TYPES = frozenset({"application/x-www-form-urlencoded", MULTIPART})
H = TypeVar("H", bound=Callable[..., object])


class FormLimits(Struct, frozen=True, kw_only=True):
    """How much a form may send. ``body_bytes`` bounds the whole body and is looked at before a byte is read.

    A ``raw`` body is no form, whatever it calls itself, and may come without saying how long it is.
    """

    raw: bool = False
    body_bytes: int = 64 * KIB
    files: int = 0
    file_bytes: int = 0


class UploadedFile(Struct, frozen=True):
    """A file as sent: its name and type are the browser's word, to be checked by whoever keeps it."""

    field: str
    name: str
    content_type: str
    data: bytes

    def __repr__(self) -> str:
        return f"UploadedFile({self.field!r}, {len(self.data)} bytes)"


class Form:
    """Typed values, sent files, and the errors that stand beside the fields."""

    def __init__(
        self,
        fields: MultiDict[str] | None = None,
        files: tuple[UploadedFile, ...] = (),
        errors: tuple[MinxinError, ...] = (),
    ) -> None:
        self._fields: MultiDict[str] = fields if fields is not None else MultiDict()
        self.files = files
        self.errors = errors

    def __repr__(self) -> str:
        return f"Form({sorted(set(self._fields))}, {len(self.files)} files)"

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    @classmethod
    def of(cls, **values: str) -> Form:
        """Return a form that shows these values, for a first rendering."""
        return cls(MultiDict(values))

    def text(self, name: str, default: str = "") -> str:
        """Return what was typed, as typed but with line ends as ``\\n``."""
        return self._fields.get(name, default).replace("\r\n", "\n")

    def texts(self, name: str) -> list[str]:
        """Return all values of a field that may be sent several times."""
        return self._fields.getall(name, [])

    def names(self) -> list[str]:
        """Return the names of the fields that were sent, once each, in their order."""
        return list(dict.fromkeys(self._fields))

    def flag(self, name: str) -> bool:
        """Say whether the box is ticked."""
        return bool(self._fields.get(name))

    @property
    def token(self) -> str:
        """Return the one-time token of this filling-in: a resend has the same one and is the same letter."""
        sent = self._fields.get(TOKEN_FIELD, "")
        if len(sent) == TOKEN_LENGTH and sent.replace("-", "").replace("_", "").isalnum() and sent.isascii():
            return sent
        self._fields[TOKEN_FIELD] = new_id()
        return self._fields[TOKEN_FIELD]

    def error(self, name: str) -> MinxinError | None:
        """Return the error that stands beside the field."""
        return next((error for error in self.errors if error.field == name), None)

    def with_error(self, error: MinxinError) -> Form:
        """Return the same form with the error, or with each error of an ``InvalidFormError``."""
        found = error.errors if isinstance(error, InvalidFormError) else (error,)
        return Form(self._fields, self.files, self.errors + found)


FORM = web.RequestKey("form", Form)


def form_limits(limits: FormLimits) -> Callable[[H], H]:
    """Mark a handler whose form may be larger than most, or may send files."""

    def mark(handler: H) -> H:
        handler.__dict__["form_limits"] = limits
        return handler

    return mark


def limits_of(request: web.Request) -> FormLimits:
    """Return the limits of the handler that the request goes to."""
    limits = getattr(request.match_info.handler, "form_limits", None)
    return limits if isinstance(limits, FormLimits) else FormLimits()


def form_of(request: web.Request) -> Form:
    """Return the form that came with the request; an empty one when there was none."""
    return request.get(FORM) or Form()


async def read_form(request: web.Request, limits: FormLimits) -> Form:
    """Read the whole form into memory.

    Raises ``InvalidInputError`` when the body can't be read as a form. Too many or too large files make an error beside
    their field, and the file is dropped, so that the text that came with it is not lost.
    """
    try:
        posted = await request.post()
    except (ValueError, LookupError, AssertionError) as error:
        raise InvalidInputError("form.unreadable") from error
    fields: MultiDict[str] = MultiDict()
    files: list[UploadedFile] = []
    errors: list[MinxinError] = []
    for name, value in posted.items():
        if isinstance(value, FileField):
            _take_file(value, limits, files, errors)
        elif isinstance(value, str):
            fields.add(name, value)
    return Form(fields, tuple(files), tuple(errors))


def _take_file(sent: FileField, limits: FormLimits, files: list[UploadedFile], errors: list[MinxinError]) -> None:
    data = sent.file.read(limits.file_bytes + 1)
    if not sent.filename and not data:
        return
    if len(files) >= limits.files:
        errors.append(InvalidInputError("form.too_many_files", field=sent.name, most=limits.files))
    elif len(data) > limits.file_bytes:
        errors.append(
            TooLargeError(
                "form.file_too_large", field=sent.name, name=sent.filename[:80], megabytes=limits.file_bytes // MIB
            )
        )
    else:
        files.append(UploadedFile(sent.name, sent.filename, sent.content_type, data))
