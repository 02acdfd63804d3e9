"""What a judge says of one letter: the words that the classifier and the office share.

A judgement is advice (PIPL art. 24): a person can always overrule it.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from minxin.core.abuse import AbuseSpan
from minxin.core.places import Competence, Place


class Kind(StrEnum):
    """What the writer wants (诉求类型)."""

    INQUIRY = "inquiry"  # 咨询
    COMPLAINT = "complaint"  # 投诉
    SUGGESTION = "suggestion"  # 建议
    HELP = "help"  # 求助
    REPORT = "report"  # 举报
    PRAISE = "praise"  # 表扬


class Urgency(StrEnum):
    """How soon somebody must look (紧急程度)."""

    NORMAL = "normal"  # 一般
    URGENT = "urgent"  # 紧急: life, property, or the supply of water, power, gas or heat


class Ground(StrEnum):
    """Why a letter is not accepted (不予受理理由)."""

    # The words for people are ``ground.*`` in ``consult/messages.json``.
    IN_COURT = "in_court"  # 已进入诉讼、仲裁、复议
    IN_PETITION = "in_petition"  # 已在信访渠道办理
    FINAL = "final"  # 信访复核已终结
    NOT_GOVERNMENT = "not_government"  # 不属于政府职权: party, people's congress, court, procuratorate, army
    SECRET = "secret"  # noqa: S105 - 涉及国家秘密
    EMERGENCY = "emergency"  # 应拨打 110/119/120/122
    NO_CONTACT = "no_contact"  # 联系方式不实
    NO_CONTENT = "no_content"  # 没有具体内容
    SAME_MATTER = "same_matter"  # 同一事项正在办理
    ADVERTISING = "advertising"  # 广告


class Evidence(Struct, frozen=True):
    """A piece of the judged text and how much it spoke for the choice.

    ``start`` and ``end`` are character offsets into :func:`judged_text`; ``weight`` is the model's own unit and is only
    good for ranking within one judgement.
    """

    start: int
    end: int
    text: str
    weight: float


class Candidate(Struct, frozen=True):
    """One office that may be competent, with its calibrated probability (0 to 1) and the words that spoke for it.

    ``clause`` is the duty (职责条款) of the office that is nearest to what it was judged for, empty when none is near.
    """

    office_id: str
    probability: float
    evidence: tuple[Evidence, ...] = ()
    clause: str = ""


class PointKind(StrEnum):
    """What the writer does with a point."""

    REQUEST = "request"  # 请求: wants something done, or proposes it
    COMPLAINT = "complaint"  # 投诉: tells of what is wrong
    QUESTION = "question"  # 咨询: wants to know


class Point(Struct, frozen=True):
    """One matter of a letter that wants an answer (诉求点).

    ``start`` and ``end`` are character offsets into :func:`judged_text`; ``title`` is short and in the writer's words.
    ``candidates`` and ``confident`` say of the point alone what a judgement says of the letter; a letter's only point
    has its first candidate.
    """

    start: int
    end: int
    title: str
    kind: PointKind
    candidates: tuple[Candidate, ...] = ()
    confident: bool = False


class OutOfPower(Struct, frozen=True):
    """A ground that may keep the government from taking a letter up (不予受理建议), and the words that say so."""

    ground: Ground
    evidence: tuple[Evidence, ...]


class Judgement(Struct, frozen=True):
    """The advice on one letter: ``candidates`` best first, at most a handful; ``points`` in the order of the text.

    ``rule`` is what decided which office is competent for what happens at the ``places``. ``threshold`` is the
    probability from which on a letter is routed alone, over 1 where none is. ``abuse`` is what insults or threatens
    somebody, with offsets into :func:`judged_text`: it is shown to whoever reads the letter, and decides nothing.
    """

    candidates: tuple[Candidate, ...]
    kind: Kind
    kind_probability: float
    urgency: Urgency
    urgency_evidence: tuple[Evidence, ...]
    denounces: bool  # 举报公职人员或单位: the letter must be sealed before it is routed
    confident: bool  # the first candidate is over the threshold for the wished precision
    model: str  # name and version of the model
    points: tuple[Point, ...] = ()
    places: tuple[Place, ...] = ()
    rule: Competence | None = None
    threshold: float = 1.0
    out_of_power: tuple[OutOfPower, ...] = ()
    abuse: tuple[AbuseSpan, ...] = ()

    @property
    def asks_a_person(self) -> bool:
        """Say whether a person must read the letter before any office gets it: it may have to be refused.

        An emergency goes on at once, although its writer should have called.
        """
        return any(found.ground is not Ground.EMERGENCY for found in self.out_of_power)


def judged_text(subject: str, body: str) -> str:
    """Return the one text that is judged and that all offsets point into."""
    return f"{subject}\n{body}"
