"""The form of a letter: what is typed as a submission, as a draft, and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final

from aiohttp import web
from msgspec import structs
from multidict import MultiDict

from minxin.consult.intake import PLACE_MAX, Submission
from minxin.consult.letterbox import Letterbox, UploadedFile
from minxin.consult.records import LetterDraft
from minxin.core.actor import Actor, Role
from minxin.core.errors import ConflictError, InvalidInputError, NotFoundError
from minxin.core.judgement import Kind
from minxin.mailbox.companies.records import CompanyState
from minxin.webui.context import services, visitor
from minxin.webui.forms import MIB, TOKEN_FIELD, Form, FormLimits
from minxin.webui.guards import require_account
from minxin.webui.rendering import page

LETTER_LIMITS: Final = FormLimits(body_bytes=26 * MIB, files=5, file_bytes=10 * MIB)
KINDS: Final = tuple(kind.value for kind in Kind)
FIELDS: Final = ("kind", "subject", "text", "place", "public", "company")
TRIES: Final = 3
ID_CHARS: Final = 100

WriterHandler = Callable[[web.Request, Actor], Awaitable[web.Response]]


def for_writers(handler: WriterHandler) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Let only citizens in whose real name is verified; others are told what is missing."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.Response:
        account, _ = require_account(request)
        actor = visitor(request).actor
        if actor.is_a(Role.CITIZEN):
            return await handler(request, actor)
        return page(request, "write/not_yet.html", status=403, account=account)

    return guarded


async def companies_of(request: web.Request, actor: Actor) -> dict[str, str]:
    """Return the names of the companies in whose name the actor may write, by their ids."""
    own = services(request).companies
    found = await own.own.companies(actor) if own.offered else []
    return {one.id: one.name for one in found if one.state is CompanyState.ACTIVE}


def submission_of(form: Form) -> Submission:
    """Return what was typed as a submission, unchecked; the files come beside it."""
    return Submission(
        token=form.token,
        kind=form.text("kind"),
        subject=form.text("subject"),
        text=form.text("text"),
        place=form.text("place"),
        public=form.flag("public"),
        company_id=form.text("company"),
    )


def uploads_of(form: Form) -> list[UploadedFile]:
    """Return the files that came with the form."""
    return [UploadedFile(file.name, file.data) for file in form.files]


def form_of_draft(draft: LetterDraft) -> Form:
    """Return the form that goes on with a draft. The draft's id is the form's one-time token."""
    values = {"kind": draft.kind, "subject": draft.subject, "text": draft.text, "place": draft.place}
    if draft.public:
        values["public"] = "1"
    if draft.company_id:
        values["company"] = draft.company_id
    return Form.of(**values, **{TOKEN_FIELD: draft.id})


def renewed(form: Form) -> Form:
    """Return the same form as a new one: its token was spent on another letter."""
    values = MultiDict({name: form.text(name) for name in FIELDS})
    return Form(values, form.files, form.errors)


async def draft_of(letterbox: Letterbox, actor: Actor, form: Form) -> LetterDraft | None:
    """Return the draft that this form is kept in, if it was ever kept."""
    try:
        return await letterbox.draft(actor, form.token)
    except NotFoundError:
        return None


async def keep(request: web.Request, actor: Actor, form: Form) -> tuple[Form, LetterDraft | None]:
    """Save what was typed and sent, and return the form with an error for each file that can't be taken.

    The text is kept first, then each file by itself, so that one bad file takes nothing else with it.
    """
    try:
        draft = await _save(request, actor, form, None)
    except InvalidInputError as error:
        return form.with_error(error), await draft_of(services(request).letterbox, actor, form)
    for upload in uploads_of(form):
        try:
            draft = await _save(request, actor, form, upload)
        except InvalidInputError as error:
            form = form.with_error(error)
    return form, draft


async def _save(request: web.Request, actor: Actor, form: Form, upload: UploadedFile | None) -> LetterDraft:
    letterbox = services(request).letterbox
    blank = LetterDraft(id=form.token, writer_id=actor.id, updated_at=services(request).clock.now())
    for tries_left in reversed(range(TRIES)):
        found = await draft_of(letterbox, actor, form)
        try:
            return await letterbox.save_draft(actor, _typed(found or blank, form), [upload] if upload else ())
        except ConflictError:
            if not tries_left:
                raise
    raise ConflictError


def _typed(draft: LetterDraft, form: Form) -> LetterDraft:
    removed = form.text("remove")
    kind = form.text("kind")
    return structs.replace(
        draft,
        kind=kind if kind in KINDS else "",
        subject=form.text("subject"),
        text=form.text("text"),
        place=form.text("place")[: PLACE_MAX * 2],
        public=form.flag("public"),
        company_id=form.text("company")[:ID_CHARS],
        attachments=tuple(file for file in draft.attachments if file.id != removed),
    )
