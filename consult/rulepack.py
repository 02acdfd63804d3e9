"""The rule pack (时限规则包): the limits of a city as versioned data, read and checked here.

A pack is a JSON file. It may extend a pack that ships with the product: then a rule of its own replaces every
version of the rule with the same id, and what it does not name stays. A letter stores the id and the stamp of each
rule that it is judged by, so that a page can show the sentence years later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, structs

from minxin.consult.deadlines import Due, Limit, Pause, Unit, due
from minxin.consult.office_hours import OfficeSpan
from minxin.core.calendar import Calendar
from minxin.core.errors import ConfigError
from minxin.core.judgement import Kind

_FOLDER: Final = Path(__file__).with_name("rulepacks")


class Step(StrEnum):
    """What a rule sets a limit for; stable ids."""

    ACCEPT = "accept"  # 受理审查
    SIGN = "sign"  # 签收
    RETURN = "return"  # 退回
    ANSWER = "answer"  # 答复
    EXTENSION = "extension"  # 延期
    REDO = "redo"  # 重办
    URGENT_ROUTE = "urgent_route"  # 紧急转派
    URGENT_ANSWER = "urgent_answer"  # 紧急先行答复
    ABSOLUTE_ALARM = "absolute_alarm"  # 红线预警
    XINFANG_INFORM = "xinfang_inform"  # 信访告知
    XINFANG_OBJECT = "xinfang_object"  # 转送异议
    XINFANG_FINISH = "xinfang_finish"  # 信访办结
    XINFANG_EXTENSION = "xinfang_extension"  # 信访延期
    XINFANG_REVIEW_REQUEST = "xinfang_review_request"  # 请求复查
    XINFANG_REVIEW = "xinfang_review"  # 复查
    XINFANG_RECHECK_REQUEST = "xinfang_recheck_request"  # 请求复核
    XINFANG_RECHECK = "xinfang_recheck"  # 复核


_ALWAYS_NEEDED: Final = (
    Step.ACCEPT,
    Step.SIGN,
    Step.RETURN,
    Step.ANSWER,
    Step.EXTENSION,
    Step.REDO,
    Step.ABSOLUTE_ALARM,
)
_URGENT_NEEDED: Final = (Step.URGENT_ROUTE, Step.URGENT_ANSWER)


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule in one version.

    ``verified`` tells whether a source was read for the sentence; ``product_default`` that no law sets the number and
    the city should. No ``kinds`` means every kind; ``complex_case`` and ``urgent`` of None mean both. ``extension`` is
    the id of the rule that caps an extension, ``approver`` the role that must agree. ``pack`` is filled in on reading.
    """

    id: str
    version: int
    step: Step
    text_zh: str
    text_en: str
    basis: str
    verified: bool
    amount: int
    unit: Unit
    start: str
    stop: str
    valid_from: date
    valid_to: date | None = None
    kinds: tuple[Kind, ...] = ()
    complex_case: bool | None = None
    urgent: bool | None = None
    extension: str | None = None
    approver: str | None = None
    product_default: bool = False
    pack: str = ""

    @property
    def limit(self) -> Limit:
        """The limit that the rule sets."""
        return Limit(self.amount, self.unit)

    @property
    def stamp(self) -> str:
        """What a letter stores as the rule's version: the pack that the rule comes from, and its version there."""
        return f"{self.pack}/{self.version}"

    def holds_on(self, day: date) -> bool:
        """Tell whether the rule is in force on ``day`` (Asia/Shanghai); both ends count."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class RulePack(Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of one profile, with the office hours that statistics count in."""

    id: str
    version: str
    title_zh: str
    title_en: str
    rules: tuple[Rule, ...]
    office_hours: tuple[OfficeSpan, ...]

    def rule_for(
        self, step: Step, kind: Kind | None = None, complex_case: bool = False, urgent: bool = False, *, on: date
    ) -> Rule:
        """Return the one rule for this step of such a letter on a day; raises :class:`ConfigError` when none is."""
        for rule in self.rules:
            if rule.step is step and rule.holds_on(on) and _selects(rule, kind, complex_case, urgent):
                return rule
        letter = f"kind {kind}, complex {complex_case}, urgent {urgent}"
        raise ConfigError(f"rule pack {self.id}: no rule for step {step} on {on} ({letter})")

    def extension_of(self, rule: Rule, *, on: date) -> Rule | None:
        """Return the rule that caps an extension of ``rule`` on a day, or None when there is no extension."""
        return self.in_force(rule.extension, on=on) if rule.extension else None

    def in_force(self, rule_id: str, *, on: date) -> Rule | None:
        """Return the version of a rule that holds on a day, or None when the pack knows no such rule."""
        return next((rule for rule in self.rules if rule.id == rule_id and rule.holds_on(on)), None)

    def find(self, rule_id: str, stamp: str) -> Rule | None:
        """Return the rule that a letter was judged by, or None when this pack does not hold it any more."""
        return next((rule for rule in self.rules if (rule.id, rule.stamp) == (rule_id, stamp)), None)


def due_under(
    rule: Rule,
    start: datetime,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    *,
    extension: Limit | None = None,
) -> Due:
    """Return when the limit of ``rule`` ends, stamped with the rule; counts and raises like :func:`due`."""
    plain = due(start, rule.limit, calendar, pauses, extension=extension)
    return structs.replace(plain, rule_id=rule.id, rule_version=rule.stamp)


def builtin_packs() -> tuple[str, ...]:
    """Return the names of the packs that ship with the product."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def builtin_pack(name: str = "default") -> RulePack:
    """Return a pack that ships with the product; raises :class:`ConfigError` for an unknown name."""
    if name not in builtin_packs():
        raise ConfigError(f"rule pack {name!r} is unknown; there are {', '.join(builtin_packs())}")
    return load_pack(_FOLDER / f"{name}.json")


class _PackFile(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    version: str
    title_zh: str
    title_en: str
    rules: tuple[Rule, ...]
    extends: str | None = None
    office_hours: tuple[OfficeSpan, ...] = ()


_decoder = msgspec.json.Decoder(_PackFile)


def load_pack(path: Path) -> RulePack:
    """Read and check a pack; raises :class:`ConfigError` that names the file and the value."""
    try:
        raw = _decoder.decode(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: can't be read ({error.strerror})") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    own = tuple(structs.replace(rule, pack=raw.id) for rule in raw.rules)
    parent = _parent(path, raw)
    inherited = () if parent is None else parent.rules
    replaced = {rule.id for rule in own}
    pack = RulePack(
        id=raw.id,
        version=raw.version,
        title_zh=raw.title_zh,
        title_en=raw.title_en,
        rules=own + tuple(rule for rule in inherited if rule.id not in replaced),
        office_hours=raw.office_hours or (() if parent is None else parent.office_hours),
    )
    _check(path, pack)
    return pack


def _parent(path: Path, raw: _PackFile) -> RulePack | None:
    if raw.extends is None:
        return None
    if raw.extends == path.stem and path.parent == _FOLDER:
        raise ConfigError(f"{path}: extends {raw.extends!r}, which is itself")
    try:
        return builtin_pack(raw.extends)
    except ConfigError as error:
        raise ConfigError(f"{path}: extends: {error.reason}") from error


def _selects(rule: Rule, kind: Kind | None, complex_case: bool, urgent: bool) -> bool:
    return (
        (not rule.kinds or kind in rule.kinds)
        and rule.complex_case in (None, complex_case)
        and rule.urgent in (None, urgent)
    )


def _check(path: Path, pack: RulePack) -> None:
    if not pack.id.strip() or not pack.version.strip():
        raise ConfigError(f"{path}: id and version of the pack must not be empty")
    for rule in pack.rules:
        _check_rule(path, rule)
        if rule.extension is not None and all(other.id != rule.extension for other in pack.rules):
            raise ConfigError(f"{path}: rule {rule.id}: extension names {rule.extension!r}, which is no rule")
    for one, other in combinations(pack.rules, 2):
        _check_pair(path, one, other)
    _check_hours(path, pack.office_hours)
    _check_complete(path, pack)


def _check_rule(path: Path, rule: Rule) -> None:
    where = f"{path}: rule {rule.id!r}"
    for name in ("id", "text_zh", "text_en", "basis", "start", "stop"):
        if not getattr(rule, name).strip():
            raise ConfigError(f"{where}: {name} is empty")
    if rule.version < 1:
        raise ConfigError(f"{where}: version {rule.version} is less than 1")
    try:
        _ = rule.limit
    except ValueError as error:
        raise ConfigError(f"{where}: amount: {error}") from error
    if rule.valid_to is not None and rule.valid_to < rule.valid_from:
        raise ConfigError(f"{where}: valid_to {rule.valid_to} is before valid_from {rule.valid_from}")


def _check_pair(path: Path, one: Rule, other: Rule) -> None:
    if (one.id, one.version) == (other.id, other.version):
        raise ConfigError(f"{path}: rule {one.id!r} has version {one.version} twice")
    if one.step is other.step and _meet(one, other):
        raise ConfigError(
            f"{path}: rules {one.id!r} version {one.version} and {other.id!r} version {other.version} "
            f"both hold for step {one.step} of the same letters"
        )


def _meet(one: Rule, other: Rule) -> bool:
    """Tell whether some letter on some day would be selected by both rules."""
    same_day = one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max)
    same_kind = not one.kinds or not other.kinds or bool(set(one.kinds) & set(other.kinds))
    same_case = None in (one.complex_case, other.complex_case) or one.complex_case == other.complex_case
    same_haste = None in (one.urgent, other.urgent) or one.urgent == other.urgent
    return same_day and same_kind and same_case and same_haste


def _check_hours(path: Path, spans: tuple[OfficeSpan, ...]) -> None:
    if not spans:
        raise ConfigError(f"{path}: office_hours is empty")
    times = [moment for span in spans for moment in (span.opens, span.closes)]
    if any(moment.tzinfo is not None for moment in times) or any(
        earlier >= later for earlier, later in zip(times, times[1:], strict=False)
    ):
        shown = ", ".join(f"{span.opens} to {span.closes}" for span in spans)
        raise ConfigError(f"{path}: office_hours {shown} is not a row of local times in order")


def _check_complete(path: Path, pack: RulePack) -> None:
    """Every letter that comes from now on must find its limits, or the gap shows only when such a letter comes."""
    lasting = [rule for rule in pack.rules if rule.valid_to is None]
    for kind in Kind:
        for complex_case, urgent in ((False, False), (False, True), (True, False), (True, True)):
            for step in _ALWAYS_NEEDED + (_URGENT_NEEDED if urgent else ()):
                if not any(rule.step is step and _selects(rule, kind, complex_case, urgent) for rule in lasting):
                    raise ConfigError(
                        f"{path}: no lasting rule for step {step} "
                        f"(kind {kind}, complex {complex_case}, urgent {urgent})"
                    )
