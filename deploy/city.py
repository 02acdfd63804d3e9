"""A city as a folder of data: its offices and their people, places, sample letters, model replies and register.

``city.json`` names the city, its districts and streets, ``offices.json`` its offices, ``places.csv`` the places that
letters name and ``competence.json`` which level handles what (both: ``deploy/territory.py``), ``samples.jsonl`` the
letters that the judge learns from before the city has any of its own, ``replies.json`` answers for the demonstration,
``register.csv`` the register of persons. Another city is another folder; nothing of a city stands in the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from minxin.consult.assistant.rules import AssistantRules
from minxin.consult.chat.rules import ChatRules
from minxin.core.actor import Role
from minxin.core.errors import ConfigError
from minxin.core.judgement import Kind
from minxin.core.places import Level

_SLUG: Final = re.compile(r"[a-z][a-z0-9_]*")
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")
_T = TypeVar("_T")


class Function(StrEnum):
    """What an office does with letters."""

    ANSWERS = "answers"  # 承办单位: letters are routed to it
    CENTRE = "centre"  # 市长信箱办理中心: the clerks' own office
    DISCIPLINE = "discipline"  # 纪检监察信访: sealed letters go to its tray, never by routing
    OVERSEES = "oversees"  # 区政府: has offices under it, and no letters


POSTS_NEEDED: Final = {
    Function.ANSWERS: frozenset({Role.HANDLER, Role.REVIEWER, Role.SIGNER}),
    Function.CENTRE: frozenset({Role.CLERK, Role.MANAGER, Role.CALLER, Role.ADMINISTRATOR, Role.AUDITOR}),
    Function.DISCIPLINE: frozenset({Role.DISCIPLINE}),
    Function.OVERSEES: frozenset[Role](),
}


class Post(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's post (岗位) in an office; others are shown ``post``, never ``name``."""

    post: str
    role: Role
    name: str


class CityOffice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An office with its duties in its own words (三定职责) and the names that people call it when they accuse it.

    ``formerly`` are the ids of offices that it took over from (机构改革): what was learnt of them is its own now.
    """

    id: str
    name: str
    short: str
    name_en: str
    level: Level
    function: Function
    duties: tuple[str, ...]
    address: str
    hours: str
    phone: str
    accused_aliases: tuple[str, ...]
    posts: tuple[Post, ...]
    parent: str = ""
    formerly: tuple[str, ...] = ()

    @property
    def routable(self) -> bool:
        """Say whether letters may be routed to it."""
        return self.function is Function.ANSWERS


class Street(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A street or town (街道, 镇); ``office`` is empty when it has none here. ``places.csv`` says what lies in it."""

    name: str
    name_en: str
    office: str


class District(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A district (区) and its streets; ``office`` is the government that oversees their offices."""

    id: str
    name: str
    name_en: str
    office: str
    streets: tuple[Street, ...]


class Sample(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A self-written letter with the judgement that a good clerk would give it.

    A letter that ``denounces`` has the discipline desk as its office, and the denounced office as ``accused``.
    """

    subject: str
    body: str
    office: str
    kind: Kind
    urgent: bool
    denounces: bool
    place: str
    accused: str = ""


class Reply(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model answer of an office to letters of some kinds; ``promise`` is empty or what it will have done later."""

    kinds: tuple[Kind, ...]
    finding: str
    basis: str
    result: str
    contact: str
    remedy: str
    promise: str = ""


class _CityFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    name: str
    name_en: str
    citizen_domain: str
    staff_domain: str
    company_domain: str = ""
    mayor_address: str
    rule_profile: str
    chat: ChatRules = ChatRules()
    assistant: AssistantRules = AssistantRules()
    districts: tuple[District, ...]


class City(_CityFile, frozen=True, kw_only=True):
    """A city, read and checked. ``rule_profile`` names a rule pack of the product or a file in ``folder``."""

    folder: Path
    offices: tuple[CityOffice, ...]
    all_replies: dict[str, tuple[Reply, ...]]

    def office(self, office_id: str) -> CityOffice:
        """Return an office; raises ``KeyError`` when the city has none of this id."""
        for office in self.offices:
            if office.id == office_id:
                return office
        raise KeyError(office_id)

    @property
    def centre(self) -> str:
        """Return the id of the clerks' own office."""
        return self._only(Function.CENTRE)

    @property
    def discipline_office(self) -> str:
        """Return the id of the office that sealed letters go to."""
        return self._only(Function.DISCIPLINE)

    def replies(self, office_id: str, kind: Kind | None = None) -> tuple[Reply, ...]:
        """Return an office's model answers, only those for ``kind`` when it is given."""
        replies = self.all_replies.get(office_id, ())
        return tuple(reply for reply in replies if kind is None or kind in reply.kinds)

    def samples(self) -> tuple[Sample, ...]:
        """Read the sample letters; raises ``ConfigError`` when one can't be used."""
        return tuple(_samples(self.folder / "samples.jsonl", {office.id: office for office in self.offices}))

    def _only(self, function: Function) -> str:
        return next(office.id for office in self.offices if office.function is function)


def load_city(folder: Path) -> City:
    """Read and check a city's folder, all but its sample letters.

    Raises ``ConfigError`` that names the file, the line and the value.
    """
    offices = _offices(folder / "offices.json")
    about = _about(folder / "city.json", offices)
    replies = _replies(folder / "replies.json", offices)
    return City(
        folder=folder,
        offices=tuple(offices.values()),
        all_replies=replies,
        **{name: getattr(about, name) for name in about.__struct_fields__},
    )


_SHAPES: Final = (CityOffice, _CityFile, Sample, tuple[Reply, ...], list[msgspec.Raw], dict[str, msgspec.Raw])
_DECODERS: Final[dict[Any, msgspec.json.Decoder[Any]]] = {shape: msgspec.json.Decoder(shape) for shape in _SHAPES}


class _File:
    """A data file's bytes, and the errors that point into it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.data = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"{path}: can't be read ({error.strerror})") from error

    def wrong(self, place: int, what: str) -> ConfigError:
        """Return the error for what is wrong at a byte offset."""
        line = self.data.count(b"\n", 0, place) + 1
        return ConfigError(f"{self.path}:{line}: {what}")

    def place_of(self, value: str, start: int = 0) -> int:
        """Return where a JSON string stands, or ``start`` when it does not."""
        return max(start, self.data.find(msgspec.json.encode(value), start))

    def decode(self, data: bytes, kind: type[_T], place: int) -> _T:
        """Decode a piece of the file that begins at ``place``."""
        try:
            decoded: _T = _DECODERS[kind].decode(data)
            return decoded
        except msgspec.ValidationError as error:
            raise self.wrong(place, str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            byte = re.search(r"byte (\d+)", str(error))
            raise self.wrong(place + int(byte[1]) if byte else place, str(error)) from error

    def entries(self, kind: type[_T]) -> Iterator[tuple[int, _T]]:
        """Yield each entry of the file's list with its place."""
        place = 0
        for raw in self.decode(self.data, list[msgspec.Raw], 0):
            entry = bytes(raw)
            place = self.data.index(entry, place)
            yield place, self.decode(entry, kind, place)
            place += len(entry)


def _offices(path: Path) -> dict[str, CityOffice]:
    file = _File(path)
    offices: dict[str, CityOffice] = {}
    places: dict[str, int] = {}
    for place, office in file.entries(CityOffice):
        fault = _office_fault(office, offices)
        if fault:
            raise file.wrong(place, f"office {office.id!r}: {fault}")
        offices[office.id] = office
        places[office.id] = place
    for office in offices.values():
        if office.parent and office.parent not in offices:
            raise file.wrong(places[office.id], f"office {office.id!r}: there is no parent {office.parent!r}")
    for function in (Function.CENTRE, Function.DISCIPLINE):
        count = sum(office.function is function for office in offices.values())
        if count != 1:
            raise file.wrong(0, f"there must be one office with the function {function.value!r}, not {count}")
    if not any(office.routable for office in offices.values()):
        raise file.wrong(0, f"no office has the function {Function.ANSWERS.value!r}")
    return offices


def _office_fault(office: CityOffice, known: dict[str, CityOffice]) -> str:
    """Return what is wrong with one office, or nothing."""
    if not _SLUG.fullmatch(office.id):
        return "its id must be small ASCII letters, digits and underscores"
    if office.id in known or office.name in {other.name for other in known.values()}:
        return f"this id or the name {office.name!r} is there twice"
    for name in ("name", "short", "name_en", "address", "hours", "phone", "duties"):
        if not getattr(office, name):
            return f"its {name} must not be empty"
    missing = POSTS_NEEDED[office.function] - {post.role for post in office.posts}
    if missing:
        return f"it has no post with the role {', '.join(sorted(missing))}"
    if Role.CITIZEN in {post.role for post in office.posts}:
        return f"{Role.CITIZEN.value!r} is no role of a post"
    return ""


def _about(path: Path, offices: dict[str, CityOffice]) -> _CityFile:
    file = _File(path)
    about = file.decode(file.data, _CityFile, 0)
    if not _ADDRESS.fullmatch(about.mayor_address):
        raise file.wrong(file.place_of(about.mayor_address), f"{about.mayor_address!r} is no mail address")
    for district in about.districts:
        _check_place(file, district.office, "district", offices)
        for street in district.streets:
            if street.office:
                _check_place(file, street.office, "street", offices)
                if offices[street.office].parent != district.office:
                    what = f"office {street.office!r} is not under {district.office!r} in offices.json"
                    raise file.wrong(file.place_of(street.office), what)
    return about


def _check_place(file: _File, office_id: str, level: str, offices: dict[str, CityOffice]) -> None:
    if office_id not in offices or offices[office_id].level != level:
        raise file.wrong(file.place_of(office_id), f"there is no office {office_id!r} of the level {level!r}")


def _replies(path: Path, offices: dict[str, CityOffice]) -> dict[str, tuple[Reply, ...]]:
    file = _File(path)
    replies: dict[str, tuple[Reply, ...]] = {}
    for office_id, raw in file.decode(file.data, dict[str, msgspec.Raw], 0).items():
        entry = bytes(raw)
        place = file.place_of(office_id)
        if office_id not in offices:
            raise file.wrong(place, f"there is no office {office_id!r}")
        replies[office_id] = file.decode(entry, tuple[Reply, ...], place)
    silent = [office.id for office in offices.values() if office.routable and not replies.get(office.id)]
    if silent:
        raise file.wrong(0, f"office {silent[0]!r} has no model reply")
    return replies


def _samples(path: Path, offices: dict[str, CityOffice]) -> Iterator[Sample]:
    file = _File(path)
    place = 0
    for line in file.data.splitlines(keepends=True):
        if line.strip():
            sample = file.decode(line, Sample, place)
            fault = _sample_fault(sample, offices)
            if fault:
                raise file.wrong(place, fault)
            yield sample
        place += len(line)


def _sample_fault(sample: Sample, offices: dict[str, CityOffice]) -> str:
    """Return what is wrong with a sample letter, or nothing."""
    office = offices.get(sample.office)
    wanted = Function.DISCIPLINE if sample.denounces else Function.ANSWERS
    if office is None or office.function is not wanted:
        return f"there is no office {sample.office!r} with the function {wanted.value!r}"
    if sample.denounces and sample.accused not in offices:
        return f"the accused {sample.accused!r} is no office"
    if not sample.subject.strip() or not sample.body.strip():
        return "a letter needs a subject and a body"
    return ""
