"""``minxin due``: when does a limit end, and why then (期限计算).

The first line of the output is the date, for scripts; what follows is for people, in Chinese and English.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Final

import msgspec

from minxin.consult.deadlines import DayNote, Due, Limit, Unit, due, parse_limit
from minxin.core.calendar_tables import load_calendar
from minxin.core.clock import SHANGHAI
from minxin.core.errors import ConfigError, InvalidInputError

NAME: Final = "due"
HELP: Final = "calculate when a limit ends, and explain it (计算办理期限)"

_WEEKDAYS: Final = (
    ("周一", "Mon"),
    ("周二", "Tue"),
    ("周三", "Wed"),
    ("周四", "Thu"),
    ("周五", "Fri"),
    ("周六", "Sat"),
    ("周日", "Sun"),
)
_REASONS: Final = {
    "weekday": ("工作日", "weekday"),
    "weekend": ("周末", "weekend"),
    "holiday": ("放假", "holiday"),
    "working_weekend": ("调休上班", "working weekend"),
    "provisional_weekday": ("工作日（暂定，尚无当年通知）", "weekday (provisional: no notice for this year)"),
    "provisional_weekend": ("周末（暂定，尚无当年通知）", "weekend (provisional: no notice for this year)"),
    "rolled_to": ("顺延至此日", "the limit rolls to this day"),
}
_FESTIVALS: Final = {
    "new_years_day": ("元旦", "New Year's Day"),
    "spring_festival": ("春节", "Spring Festival"),
    "tomb_sweeping_day": ("清明节", "Tomb-sweeping Day"),
    "labour_day": ("劳动节", "Labour Day"),
    "dragon_boat_festival": ("端午节", "Dragon Boat Festival"),
    "mid_autumn_festival": ("中秋节", "Mid-autumn Festival"),
    "national_day": ("国庆节", "National Day"),
    "anti_fascist_70th_day": ("抗战胜利70周年纪念日", "70th Anniversary of Victory"),
}
_BASES: Final = {
    Unit.WORKING_DAYS: (
        "收到当日不计入；只计工作日；期限至最后一日24:00（北京时间）届满。依据：民法典第二百零一至二百零三条、国务院年度节假日通知",
        "The day of receipt is not counted; only working days are; the limit ends at 24:00 of its last day,"
        " Beijing time. Basis: Civil Code art. 201 to 203, the State Council's yearly notices",
    ),
    Unit.CALENDAR_DAYS: (
        "收到当日不计入；按自然日计；最后一日为休息日的，顺延至休息日结束的次日24:00（北京时间）。依据：民法典第二百零一至二百零三条",
        "The day of receipt is not counted; every day is; a last day of rest moves the end to the day after the rest,"
        " 24:00 Beijing time. Basis: Civil Code art. 201 to 203",
    ),
    Unit.CLOCK_HOURS: (
        "按小时连续计算，夜间和休息日照计。依据：民法典第二百零一条第二款",
        "Clock hours, nights and rest days included. Basis: Civil Code art. 201 para. 2",
    ),
}
_SENTENCES: Final = {
    "due.start.format": (
        "开始时间 {value!r} 无法识别，请写成 2026-02-13 或 2026-02-13T15:30",
        "the start {value!r} is not a date; write 2026-02-13 or 2026-02-13T15:30",
    ),
    "deadline.start.range": (
        "开始时间 {value!r} 不在 1900 年至 2200 年之间",
        "the start {value!r} is not between the years 1900 and 2200",
    ),
    "deadline.limit.format": (
        "期限 {value!r} 无法识别，请写成 5wd（工作日）、15d（日）或 2h（小时）",
        "the limit {value!r} is not understood; write 5wd (working days), 15d (days) or 2h (hours)",
    ),
    "deadline.limit.range": (
        "期限 {value!r} 超出范围：1 至 3660 个工作日或日，1 至 87840 小时",
        "the limit {value!r} is out of range: 1 to 3660 working days or days, 1 to 87840 hours",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("start", help="date or date-time of the event, Asia/Shanghai unless it has an offset")
    parser.add_argument("limit", help="5wd working days (工作日), 15d days (日), 2h hours (小时)")
    parser.add_argument("--explain", action="store_true", help="list the counted and skipped days with the reasons")
    parser.add_argument("--calendar", type=Path, metavar="FILE", help="JSON file with the city's own yearly tables")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def run(args: argparse.Namespace) -> int:
    """Print the date first; returns 0, or 2 with one sentence on stderr for input that can't be used."""
    try:
        result = due(_start(args.start), parse_limit(args.limit), load_calendar(args.calendar))
    except InvalidInputError as error:
        chinese, english = _SENTENCES[error.reason]
        return _refuse(chinese.format(**error.params), english.format(**error.params))
    except ConfigError as error:
        return _refuse(f"日历文件不能用：{error.reason}", f"the calendar file can't be used: {error.reason}")
    if args.json:
        print(msgspec.json.encode(_record(result, args.explain)).decode())
    else:
        print("\n".join([_answer(result), *_remarks(result), *(_explanation(result) if args.explain else ())]))
    return 0


def _refuse(chinese: str, english: str) -> int:
    print(f"minxin due: {chinese} / {english}", file=sys.stderr)
    return 2


def _start(text: str) -> datetime:
    """Read a date (its 00:00) or a date-time; without an offset it is Asia/Shanghai."""
    try:
        start = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInputError("due.start.format", value=text) from error
    try:
        return (start if start.tzinfo else start.replace(tzinfo=SHANGHAI)).astimezone(SHANGHAI)
    except OverflowError as error:
        raise InvalidInputError("deadline.start.range", value=text) from error


def _answer(result: Due) -> str:
    if result.limit.unit is Unit.CLOCK_HOURS and result.instant is not None:
        return result.instant.astimezone(SHANGHAI).isoformat()
    return str(result.last_day)


def _remarks(result: Due) -> list[str]:
    lines: list[str] = []
    if result.rolled:
        lines.append(
            f"{result.raw_last_day} 为休息日，顺延至 {result.last_day}"
            f" / {result.raw_last_day} is a rest day, so the limit ends on {result.last_day}"
        )
    if result.provisional:
        years = ", ".join(sorted({str(note.day.year) for note in result.explanation if note.provisional}))
        lines.append(
            f"暂定：{years} 年尚无节假日通知，日期可能变动"
            f" / provisional: no holiday notice for {years}, the date may change"
        )
    return lines


def _explanation(result: Due) -> list[str]:
    start = result.start.astimezone(SHANGHAI)
    lines = [f"自 {start:%Y-%m-%d %H:%M} 起 {_limit_text(result.limit)}"]
    if result.explanation:
        lines.append(f"{start.date()} {_weekday(start.date())}  第0天 / day 0")
    number = 0
    for note in result.explanation:
        number += note.counted
        mark = f"第{number}天 / day {number}" if note.counted else "不计 / skipped"
        lines.append(f"{note.day} {_weekday(note.day)}  {mark}  {_reason(note)}")
    chinese, english = _BASES[result.limit.unit]
    return [*lines, chinese, english]


def _limit_text(limit: Limit) -> str:
    chinese = {Unit.WORKING_DAYS: "个工作日", Unit.CALENDAR_DAYS: "日", Unit.CLOCK_HOURS: "小时"}
    english = {Unit.WORKING_DAYS: "working days", Unit.CALENDAR_DAYS: "days", Unit.CLOCK_HOURS: "clock hours"}
    return f"{limit.amount}{chinese[limit.unit]} / {limit.amount} {english[limit.unit]}"


def _weekday(day: date) -> str:
    return " ".join(_WEEKDAYS[day.weekday()])


def _reason(note: DayNote) -> str:
    chinese, english = _REASONS[note.reason]
    if note.festival is not None:
        festival = _FESTIVALS.get(note.festival, (note.festival, note.festival))
        chinese, english = f"{festival[0]}{chinese}", f"{festival[1]} {english}"
    notice = f"  {note.notice}" if note.notice else ""
    return f"{chinese} / {english}{notice}"


def _record(result: Due, explain: bool) -> dict[str, object]:
    record: dict[str, object] = {
        "date": _answer(result),
        "raw_date": str(result.raw_last_day),
        "ends_before": result.instant,
        "start": result.start,
        "limit": str(result.limit),
        "provisional": result.provisional,
    }
    if explain:
        record["days"] = [
            {
                "date": note.day,
                "counted": note.counted,
                "reason": note.reason,
                "notice": note.notice,
                "festival": note.festival,
            }
            for note in result.explanation
        ]
        record["basis"] = dict(zip(("zh", "en"), _BASES[result.limit.unit], strict=True))
    return record
