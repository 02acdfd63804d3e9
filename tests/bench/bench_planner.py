"""How long the planner takes: ``python tests/bench/bench_planner.py`` over the catalogue of Binhai.

For 2,000 drawn choices of one to six matters it answers every question at random until there is a plan, and draws 50 of
the plans as PDF. Prints the numbers of questions and the milliseconds of processor time at the 50th and 95th per cent.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

from minxin.consult.matters.entries import matter_of
from minxin.consult.matters.planner import Plan, inquire
from minxin.consult.matters.reading import read_matters
from minxin.core.calendar_tables import load_calendar
from minxin.deploy.city import load_city
from minxin.webui.drawing import draw
from minxin.webui.i18n import Language
from minxin.webui.views.matters import plan_handout

ROOT = Path(__file__).parents[2]
CITY = ROOT / "deploy" / "cities" / "binhai"
CHOICES, DRAWN, MOST = 2_000, 50, 6


def main() -> int:
    """Run and print; 1 when the catalogue can't be read."""
    city = load_city(CITY)
    read = read_matters((CITY / "matters.json").read_bytes(), [office.id for office in city.offices])
    if read.faults:
        print(read.faults, file=sys.stderr)
        return 1
    catalogue = {entry.code: matter_of(entry, datetime.now(UTC)) for entry in read.entries}
    calendar, dice = load_calendar(), random.Random(1)  # noqa: S311 - nothing to guess
    asked, steps, plans = [], [], []
    for _ in range(CHOICES):
        codes = dice.sample(sorted(catalogue), dice.randint(1, MOST))
        answers: dict[str, str] = {}
        while True:
            begun = time.process_time()
            found = inquire(codes, catalogue, answers, date(2026, 9, 28), calendar)
            steps.append((time.process_time() - begun) * 1000)
            if found.plan is not None:
                break
            answers[found.left[0].id] = dice.choice(found.left[0].options).id
        asked.append(len(answers))
        plans.append(found.plan)
    print(f"{len(catalogue)} matters, {CHOICES} choices of 1 to {MOST}")
    print(f"questions: {percentiles([float(one) for one in asked])}")
    print(f"milliseconds a step: {percentiles(steps)}")
    print(f"milliseconds a PDF: {percentiles([drawn(plan) for plan in plans[:DRAWN]])}")
    return 0


def drawn(plan: Plan) -> float:
    """Return the milliseconds that a plan's PDF takes."""
    begun = time.process_time()
    draw(plan_handout(plan, {}, "滨海市", Language.ZH))
    return (time.process_time() - begun) * 1000


def percentiles(values: list[float]) -> str:
    """Return the middle and the 95th of a hundred."""
    ordered = sorted(values)
    return f"p50 {ordered[len(ordered) // 2]:.1f}, p95 {ordered[len(ordered) * 95 // 100]:.1f}, most {ordered[-1]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
