"""An example of everything that is sent or shown: real values of the real structs, so that none can go stale."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict

from minxin.consult.board import Tile
from minxin.consult.deadlines import Light
from minxin.consult.figures import Reason
from minxin.consult.formulas import FormulaId, Unit
from minxin.consult.moves import Move
from minxin.consult.records import Channel, LetterState, OrderState, PublicState, Satisfaction, Share
from minxin.consult.shelves import Shelf
from minxin.consult.status import Stage
from minxin.core.judgement import Kind, PointKind
from minxin.core.personal import Personal
from minxin.core.reply_check import Flaw, Severity
from minxin.mailbox.reveals import Datum
from minxin.webui.api import (
    check_views,
    letter_views,
    limits,
    lists,
    offices,
    order_views,
    publication,
    sent,
    statistics,
)
from minxin.webui.api.alike_examples import ALIKE_EXAMPLES
from minxin.webui.api.chat_desk import CHAT_DESK_EXAMPLES
from minxin.webui.api.companies import COMPANY_EXAMPLES
from minxin.webui.api.contacts import CONTACT_EXAMPLES
from minxin.webui.api.conversation_examples import CONVERSATION_EXAMPLES
from minxin.webui.api.gaps import GAP_EXAMPLES
from minxin.webui.api.handover import HANDOVER_EXAMPLES
from minxin.webui.api.judgement_examples import JUDGEMENT_EXAMPLES
from minxin.webui.api.knowledge_examples import KNOWLEDGE_EXAMPLES
from minxin.webui.api.letters import CitizenShown
from minxin.webui.api.mail_views import MAIL_EXAMPLES
from minxin.webui.api.matter_examples import MATTER_EXAMPLES
from minxin.webui.api.official_views import OFFICIAL_EXAMPLES
from minxin.webui.api.operations import PREFIX
from minxin.webui.api.search_examples import SEARCH_EXAMPLES

_AT: Final = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
_LATER: Final = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)
_LETTER: Final = "Zk3v9hQ1sT2uW4xY5zA6bC"
_ORDER: Final = "pL8mN7oK6jI5hG4fE3dC2b"
_FILE: Final = "aB1cD2eF3gH4iJ5kL6mN7o"
_SUBJECT: Final = "路灯不亮"
_TEXT: Final = "文庙街 12 号门口的路灯坏了一个星期，晚上很暗，请尽快修理。"
_OFFICE: Final = "市城市管理局"

_LIMIT: Final = limits.LimitShown(
    instant=datetime(2026, 3, 16, 16, 0, tzinfo=UTC),
    last_day=date(2026, 3, 16),
    light=Light.GREEN,
    limit="10wd",
    extension=None,
    provisional=False,
    rule_id="answer.complaint",
    rule_version="default/1",
    explanation_url=f"{PREFIX}/letters/{_LETTER}/limits/answer",
)
_LIMITS: Final = limits.LetterLimits(accept=None, answer=_LIMIT)
_FILE_SHOWN: Final = letter_views.FileShown(
    id=_FILE,
    name="路灯.jpg",
    content_type="image/jpeg",
    size_bytes=182_000,
    url=f"{PREFIX}/letters/{_LETTER}/attachments/{_FILE}",
)
_PERSON: Final = letter_views.PersonShown(name="王**", phone="138****5678", id_number="110*************2X")
_STEP: Final = letter_views.StepShown(at=_AT, kind="received", order=None, office_id=None, office="", post="")
_SUMMARY: Final = letter_views.LetterSummary(
    id=_LETTER,
    number="2026-000123",
    kind=Kind.COMPLAINT,
    subject=_SUBJECT,
    state=LetterState.ACCEPTED,
    stage=Stage.IN_PROGRESS,
    received_at=_AT,
    closed_at=None,
    limits=_LIMITS,
)
_PARTS: Final = order_views.PartsShown(
    finding="经现场查看，路灯电缆受损。",
    basis="《城市照明管理规定》第二十二条。",
    result="已更换电缆，3 月 4 日恢复照明。",
    contact="照明科，0399-5550123。",
    remedy="如有异议，可在 30 日内申请复查。",
)
_ORDER_SHOWN: Final = order_views.OrderShown(
    id=_ORDER,
    letter_id=_LETTER,
    number="2026-000123-1",
    state=OrderState.ANSWERED,
    stage=Stage.ANSWERED,
    point=_SUBJECT,
    points=[],
    share=Share.WHOLE,
    office_id="chengguan",
    office=_OFFICE,
    urgent=False,
    sealed=False,
    received_at=_AT,
    routed_at=_AT,
    signed_at=_AT,
    answered_at=_LATER,
    closed_at=None,
    limits=limits.OrderLimits(sign=None, answer=_LIMIT),
    open_moves=[Move.RATE],
    papers=[],
    extension=None,
    reply=order_views.ReplyShown(parts=_PARTS, promises=[], at=_LATER),
    first_reply=None,
    rating=None,
    inside=None,
)
_POINT: Final = check_views.PointShown(
    title="文庙街 12 号门口的路灯坏了一个星期", kind=PointKind.COMPLAINT, start=5, end=36, words=_TEXT
)
_OFFICE_SHOWN: Final = offices.OfficeShown(
    id="chengguan",
    name=_OFFICE,
    name_en="Urban Management Bureau",
    short="市城管局",
    level="city",
    area=[],
    parent=None,
    below=["gulou"],
    duties=["负责城市照明设施的维护管理。"],
    address="海滨大道 8 号",
    hours="工作日 9:00-17:00",
    phone="0399-5550123",
    routable=True,
    path="/offices/chengguan",
)
_MESSAGE: Final = lists.MessageShown(
    id="0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    at=_LATER,
    sender="滨海市市长信箱",
    subject="您的来信 2026-000123 已答复",
    text="请登录查看答复，并告诉我们是否满意。",
    letter_id=_LETTER,
    read_at=None,
    files=["plan.pdf"],
)
_PUBLIC: Final = publication.PublicLetter(
    id=_LETTER,
    number="2026-000123",
    office_id="chengguan",
    office=_OFFICE,
    subject=_SUBJECT,
    text="某街路灯坏了一个星期，晚上很暗。",
    answer="已更换电缆，恢复照明。",
    published_at=_LATER,
    earlier=[publication.EarlierShown(answer="正在安排检修。", published_at=_AT)],
)
_COPY: Final = publication.CopyShown(
    id=_LETTER,
    number="2026-000123",
    office_id="chengguan",
    office=_OFFICE,
    state=PublicState.PROPOSED,
    subject=_PUBLIC.subject,
    text=_PUBLIC.text,
    answer=_PUBLIC.answer,
    proposed_at=_LATER,
    decided_at=None,
    refusal="",
    renewal=False,
    left=[],
)
_FOUND: Final = publication.Found(kind=Personal.PHONE, times=1, taken_out=True)
_FIGURE: Final = statistics.FigureShown(
    formula=FormulaId.TIMELY_CLOSING,
    version=1,
    name="按期办结率",
    unit=Unit.RATE,
    value=0.9375,
    raw=0.9091,
    mean=None,
    numerator=15,
    denominator=16,
    excluded={Reason.CANCELLED: 1},
    apart=2,
    small=False,
)
_ITEM: Final = statistics.ItemShown(
    item_id=_ORDER,
    letter_id=_LETTER,
    number="2026-000123",
    office_id="chengguan",
    office=_OFFICE,
    due=_LIMIT.instant,
    done_at=_LATER,
    received_at=_AT,
    state=OrderState.ANSWERED,
    excluded=None,
    met=True,
)
_DRAFT: Final = letter_views.DraftShown(
    id=_LETTER,
    kind=Kind.COMPLAINT,
    subject=_SUBJECT,
    text="文庙街 12 号门口的路灯……",
    place="文庙街 12 号",
    public=False,
    updated_at=_AT,
    attachments=[],
)
_QUEUE_ENTRY: Final = order_views.QueueEntry(
    order_id=_ORDER,
    letter_id=_LETTER,
    number="2026-000123-1",
    kind=Kind.COMPLAINT,
    subject=_SUBJECT,
    point=_SUBJECT,
    state=OrderState.IN_PROGRESS,
    office_id="chengguan",
    office=_OFFICE,
    urgent=False,
    redone=False,
    extension_waits=False,
    received_at=_AT,
    due=_LIMIT.instant,
    limits=limits.OrderLimits(sign=None, answer=_LIMIT),
)
_NEW_FILE: Final = sent.NewFile("说明.txt", "路灯在校门东侧。".encode())

_ALL: Final[tuple[Struct, ...]] = (
    sent.NewLetter(Kind.COMPLAINT, _SUBJECT, _TEXT, place="文庙街 12 号", token="a1f4-0001"),  # noqa: S106 - no secret
    sent.DraftText(Kind.COMPLAINT, _SUBJECT, "文庙街 12 号门口的路灯……"),
    sent.NewFiles([_NEW_FILE]),
    sent.StatusQuestion("2026-000123", "7KQ2MXN9PA"),
    sent.Question("路灯坏了找谁修？"),
    sent.CitizenQuestion("13812345678"),
    sent.Dispatch("chengguan", "路灯维护是城管的职责"),
    sent.Split(["chengguan", "gongdian"], "两个问题分属两个单位"),
    sent.NewPlace("翠湖小区", "estate", ["海晏区", "鼓楼街道"]),
    sent.Refuse("in_court", "本案正由法院审理，请等待判决。"),
    sent.Unseal("来信是咨询政策，没有反映任何人。"),
    sent.GiveBack("该路段路灯由供电公司维护", "gongdian"),
    sent.Rule("chengguan", "按市政设施职责表裁定"),
    sent.AskPapers("请补充路灯杆号或照片。"),
    sent.SupplyPapers("杆号 WM-012，照片见附件。", [_NEW_FILE]),
    sent.MarkComplex("涉及三个单位，须现场检测"),
    sent.AskExtension(5, "需要等待电缆到货"),
    sent.DecideExtension(approve=True),
    sent.ReplyText(
        finding=_PARTS.finding,
        basis=_PARTS.basis,
        result=_PARTS.result,
        contact=_PARTS.contact,
        remedy=_PARTS.remedy,
        promises=[sent.PromiseMade("整条街的路灯检修完毕", date(2026, 6, 30))],
    ),
    sent.SendBack("请写明依据的条款。"),
    sent.SignOff("来信人要求先书面答复，第二点由另一单位答复。"),
    sent.Rate(Satisfaction.SATISFIED, contacted=True, solved=True),
    letter_views.ReceiptShown(
        id=_LETTER,
        number="2026-000123",
        query_code="7KQ2MXN9PA",
        received_at=_AT,
        receipt=letter_views.ReceiptProof(seq=1, hash="9f2c" * 16),
        limits=_LIMITS,
    ),
    letter_views.LetterPage(items=[_SUMMARY], next=None),
    letter_views.LetterShown(
        id=_LETTER,
        number="2026-000123",
        channel=Channel.API,
        kind=Kind.COMPLAINT,
        subject=_SUBJECT,
        text=_TEXT,
        place="文庙街 12 号",
        public=False,
        company="",
        urgent=False,
        sealed=False,
        state=LetterState.ACCEPTED,
        stage=Stage.ANSWERED,
        received_at=_AT,
        closed_at=None,
        attachments=[_FILE_SHOWN],
        refusal=None,
        limits=_LIMITS,
        points=[_POINT],
        orders=[_ORDER_SHOWN],
        writer=_PERSON,
        advice=None,
    ),
    letter_views.TimelineShown(stage=Stage.RECEIVED, steps=[_STEP]),
    limits.ExplanationShown(
        limit=_LIMIT,
        rule="投诉应在受理之日起 10 个工作日内答复。",
        basis="",
        days=[
            limits.DayShown(
                day=date(2026, 3, 3), counted=True, reason="weekday", notice=None, festival=None, provisional=False
            )
        ],
    ),
    letter_views.StatusShown(
        number="2026-000123", stage=Stage.RECEIVED, received_at=_AT, steps=[_STEP], limits=_LIMITS
    ),
    CitizenShown(writer_id="uV4wX5yZ6aB7cD8eF9gH0i", person=_PERSON, active=True),
    letter_views.DraftList(items=[_DRAFT]),
    _DRAFT,
    _ORDER_SHOWN,
    check_views.ReplyCheckShown(
        findings=[
            check_views.FindingShown(
                flaw=Flaw.BASIS_MISSING,
                severity=Severity.WARNING,
                part="basis",
                start=0,
                end=6,
                quote="按有关规定。",
                about="",
                detail="依据没有写明法律、文件或条款。请写明名称和条款；没有规定的，请直接说明没有规定。",
            )
        ],
        answers=[
            check_views.PointAnswerShown(title=_POINT.title, part="finding", start=0, end=12, quote=_PARTS.finding)
        ],
        reason_needed=True,
    ),
    offices.OfficeList(items=[_OFFICE_SHOWN]),
    offices.OfficeWhole(
        **asdict(_OFFICE_SHOWN), matters=[offices.OfficeMatter(code="CG-001", name="城市道路挖掘审批")]
    ),
    lists.SuggestionsShown(
        suggestions=[
            lists.SuggestionShown(
                office_id="chengguan", office=_OFFICE, duty="负责城市照明设施的维护管理。", words=["路灯"]
            )
        ],
        confident=True,
        urgent=False,
        denounces=False,
    ),
    *JUDGEMENT_EXAMPLES,
    *KNOWLEDGE_EXAMPLES,
    *ALIKE_EXAMPLES,
    *MATTER_EXAMPLES,
    *MAIL_EXAMPLES,
    *CONTACT_EXAMPLES,
    *CONVERSATION_EXAMPLES,
    *HANDOVER_EXAMPLES,
    *CHAT_DESK_EXAMPLES,
    *COMPANY_EXAMPLES,
    *GAP_EXAMPLES,
    *OFFICIAL_EXAMPLES,
    *SEARCH_EXAMPLES,
    publication.PublicPage(items=[_PUBLIC], next=None),
    _PUBLIC,
    _COPY,
    publication.CopyPage(items=[_COPY], next=None),
    publication.SuggestedCopy(subject=_PUBLIC.subject, text=_PUBLIC.text, answer=_PUBLIC.answer, found=[_FOUND]),
    _FOUND,
    sent.CopyWords(_PUBLIC.subject, _PUBLIC.text, _PUBLIC.answer),
    sent.CopyDecision(approve=True),
    sent.RevealReason(Datum.PHONE, "联系写信人核实杆号"),
    publication.Revealed(what=Datum.PHONE, value="13812345678"),
    order_views.QueueCounts(queues=[order_views.QueueCount(name=Shelf.TO_SIGN, count=3)]),
    order_views.QueuePage(items=[_QUEUE_ENTRY], next=None),
    lists.MessagePage(items=[_MESSAGE], unread=1, next=None),
    _MESSAGE,
    statistics.StatisticsShown(
        first=date(2026, 3, 1),
        last=date(2026, 3, 31),
        as_of=_LATER,
        provisional=True,
        total=[_FIGURE],
        offices=[statistics.OfficeRow(office_id="chengguan", office=_OFFICE, figures=[_FIGURE])],
    ),
    statistics.ItemPage(items=[_ITEM], total=1, next=None),
    statistics.BoardShown(
        as_of=_LATER,
        received_today=7,
        tiles={Tile.OPEN: 12, Tile.GREEN: 9, Tile.AMBER: 2, Tile.RED: 1},
        ahead=[statistics.DayAheadShown(day=date(2026, 3, 5), working=True, count=4)],
    ),
    statistics.TrendShown(
        first=date(2026, 3, 1),
        last=date(2026, 3, 31),
        as_of=_LATER,
        days=[statistics.TrendDayShown(day=date(2026, 3, 2), received=7, answered=5, cancelled=0, open=12)],
    ),
)
EXAMPLES: Final[dict[type[Struct], Struct]] = {type(example): example for example in _ALL}
