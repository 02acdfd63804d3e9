"""Who may open and do what, with the reason: written down by people and not taken from the program.

A row says whom a route is for; anybody else must be told that there is nothing, or to log in. Routes about a letter are
for another circle with each letter: those rows name a :class:`Circle`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from support.scene import VIEWERS

Viewers = frozenset[str]
EVERYBODY: Viewers = frozenset(VIEWERS)
NOBODY: Viewers = frozenset()
LOGGED_IN = EVERYBODY - {"anonymous"}
CITIZENS: Viewers = frozenset({"writer", "neighbour"})
OWNER: Viewers = frozenset({"writer"})
CLERK: Viewers = frozenset({"clerk"})
MANAGER: Viewers = frozenset({"manager"})
CENTRE: Viewers = frozenset({"clerk", "manager"})
OFFICES: Viewers = frozenset({"handler", "handler_elsewhere", "reviewer", "signer", "signer_elsewhere"})
DECIDERS: Viewers = frozenset({"reviewer", "signer", "signer_elsewhere"})
DESK = CENTRE | OFFICES | {"caller", "discipline"}
ADMINISTRATOR: Viewers = frozenset({"administrator"})
AUDITOR: Viewers = frozenset({"auditor"})


class Circle(StrEnum):
    """For whom a route about a letter is, among those whom the letter concerns."""

    ALL = "all"  # the writer, and the staff who deal with it
    WRITER = "writer"  # the writer alone
    STAFF = "staff"  # the staff who deal with it
    HANDS = "hands"  # the staff who have it in hands, and so may ask who wrote it
    ANSWERER = "answerer"  # the office that answers it, and the centre
    DECIDER = "decider"  # its reviewer and signer, and the centre


_OWN_OFFICE: Viewers = frozenset({"handler", "reviewer", "signer"})
# The centre sees everything that is not sealed; an office what is at its desk; callers what was answered; a sealed
# letter is the discipline desk's alone, not even the centre's; machine-room roles see no letter at all.
CONCERNS: Mapping[str, Viewers] = {
    "desk": OWNER | CENTRE | _OWN_OFFICE,
    "answered": OWNER | CENTRE | _OWN_OFFICE | {"caller"},
    "tray": OWNER | CENTRE,
    "sealed": OWNER | {"discipline"},
    "elsewhere": frozenset({"neighbour", "handler_elsewhere", "signer_elsewhere"}) | CENTRE,
    "mailed": OWNER | CENTRE | _OWN_OFFICE,
}


# An office has a letter in hands from signing for it until it is closed, the centre until it is answered and for the
# follow-up; a manager looks after limits and needs no name.
IN_HANDS: Mapping[str, Viewers] = {
    "desk": CLERK | _OWN_OFFICE,
    "answered": CLERK | _OWN_OFFICE | {"caller"},
    "tray": CLERK,
    "sealed": NOBODY,  # not signed for yet
    "elsewhere": CLERK | {"handler_elsewhere", "signer_elsewhere"},
}


def circle(letter: str, kind: Circle) -> Viewers:
    """Return the people of the circle around the letter."""
    concerned = CONCERNS[letter]
    if kind is Circle.WRITER:
        return concerned & CITIZENS
    if kind is Circle.STAFF:
        return concerned - CITIZENS
    if kind is Circle.HANDS:
        return IN_HANDS[letter]
    if kind is Circle.ANSWERER:
        return concerned & (CENTRE | OFFICES)
    if kind is Circle.DECIDER:
        return concerned & (CENTRE | DECIDERS)
    return concerned


@dataclass(frozen=True)
class Row:
    """Whom a route is for, and why.

    ``told_no`` are told that they may not (403), each time alike; ``otherwise`` is what all others get instead of being
    told that there is nothing. ``of`` says what ``{id}`` names: ``letter``, ``order``, or one of the writer's
    belongings. ``letters`` are those the route is tried on. ``last`` routes end what the others need.
    """

    who: Viewers | Circle
    why: str
    of: str = "letter"
    letters: tuple[str, ...] = ("desk", "answered", "tray", "sealed", "elsewhere")
    query: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    told_no: Viewers = NOBODY
    otherwise: str = ""
    last: bool = False


def rows(who: Viewers | Circle, why: str, *routes: str, **more: object) -> dict[str, Row]:
    """Return the same row for several routes."""
    return {route: Row(who, why, **more) for route in routes}  # type: ignore[arg-type]


@dataclass(frozen=True)
class MoveRow:
    """Who may make a move on a letter that the scene brought to ``place``, and why nobody else."""

    move: str
    place: str
    who: Viewers
    why: str


_HANDLER: Viewers = frozenset({"handler"})
_DISCIPLINE: Viewers = frozenset({"discipline"})
MOVES = (
    MoveRow("dispatch", "written", CENTRE, "the centre chooses the office"),
    MoveRow("split", "of_two_points", CENTRE, "the centre chooses the offices"),
    MoveRow("refuse", "written", CENTRE, "the centre says what is not for the government"),
    MoveRow("sign_for", "dispatched", _HANDLER, "the office that it was sent to takes it"),
    MoveRow("sign_for", "sealed", _DISCIPLINE, "a sealed letter is the discipline desk's alone"),
    MoveRow("return", "dispatched", _HANDLER, "the office that it was sent to gives it back"),
    MoveRow("rule", "returned", CENTRE, "two offices do not settle it between themselves"),
    MoveRow("ask_papers", "signed_for", _HANDLER, "who handles it knows what is missing"),
    MoveRow("supply_papers", "waiting", OWNER | CLERK, "the writer, or a clerk who got them at the counter"),
    MoveRow("ask_extension", "signed_for", _HANDLER, "who handles it knows how long it takes"),
    MoveRow("decide_extension", "extension_asked", CENTRE, "nobody gives himself more time"),
    MoveRow("mark_complex", "signed_for", CENTRE, "no office gives itself a longer limit"),
    MoveRow("submit", "signed_for", _HANDLER, "the first of three pairs of eyes"),
    MoveRow("approve", "submitted", frozenset({"reviewer"}), "the second pair, of the same office"),
    MoveRow("send_back", "submitted", frozenset({"reviewer", "signer"}), "whoever must answer for it"),
    MoveRow("sign_off", "approved", frozenset({"signer"}), "the third pair, of the same office"),
    MoveRow("rate", "answered", OWNER | {"caller"}, "the writer, or who calls him; never who answered"),
    MoveRow("remind", "signed_for", OWNER | CENTRE, "who waits, and who watches the limits"),
    MoveRow("withdraw", "signed_for", OWNER, "only the writer takes a letter back"),
    MoveRow("unseal", "sealed", _DISCIPLINE, "a sealed letter is the discipline desk's alone"),
)
