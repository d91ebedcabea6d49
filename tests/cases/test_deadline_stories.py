"""The stories of docs/rules/deadlines.md, played with the real steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pol137.cases.models import Case, Promise, Rung
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    ask_citizen,
    give_time,
    join_incident,
    leave_incident,
    note_case,
    nudge_case,
    pause_case,
    resume_case,
    return_answer,
)
from pol137.cases.permissions import citizen_ref
from pol137.cases.vocabulary import PromiseKind, Status
from pol137.city.operations import declare_closure
from pol137.city.queries.book import forget
from pol137.lib.actor import citizen, system
from tests.factories import DONE, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules" / "deadlines.md"
HEADER = "| when | what happens | due | told |"
TEHRAN = ZoneInfo("Asia/Tehran")
HEAD, DEPUTY, APPROVER, TRIAGE = "s1-roads-head", "s1-deputy-tech", "centre-s1-follow-up", "centre-triage"
REGISTERED: dict[str, dict[str, Any]] = {
    "registered": {},
    "registered, danger": {"service": "open-manhole"},
    "registered, no unit": {"service": "other", "district": ""},
}

Row = tuple[str, str, str, str]


def stories() -> dict[str, list[Row]]:
    """The tables of the page by the sentence above each."""
    found: dict[str, list[Row]] = {}
    title, inside = "", False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line == HEADER:
            inside, found[title] = True, []
        elif inside and line.startswith("| "):
            when, what, due, told = (cell.strip() for cell in line.strip("|").split("|"))
            found[title].append((when, what, due, told))
        elif not line.startswith("|"):
            inside, title = False, line.strip(" :") or title
    return found


STORIES = stories()


def moment(text: str) -> datetime:
    """ "Tue 20 10:00" of October 2026."""
    weekday, day, clock = text.split()
    hour, minute = map(int, clock.split(":"))
    at = datetime(2026, 10, int(day), hour, minute, tzinfo=TEHRAN)
    assert at.strftime("%a") == weekday, text
    return at


def pause(case: Case, hours: int, now: datetime) -> None:
    pause_case(case.pk, until=now + timedelta(hours=hours), reason="باران", by=actor(DEPUTY), now=now)


def ask(case: Case, now: datetime) -> None:
    accept_case(case.pk, by=actor(HEAD), now=now)
    ask_citizen(case.pk, question="کدام چراغ کوچه؟", by=actor(HEAD), now=now)


def join(case: Case, now: datetime) -> None:
    join_incident(case.pk, main_case_id=reported_case(now).pk, by=actor(TRIAGE), now=now)


def give_back(case: Case, now: datetime, *, nothing_said: bool) -> None:
    by = actor(APPROVER)
    return_answer(case.pk, reason="نشانی را بنویسید.", no_logical_answer=nothing_said, by=by, now=now)


STEPS: dict[str, Callable[[Case, datetime], Any]] = {
    "answered": lambda case, now: answer_case(case.pk, answer=DONE, by=actor(HEAD), now=now),
    "approved": lambda case, now: approve_answer(case.pk, by=actor(APPROVER), now=now),
    "returned": lambda case, now: give_back(case, now, nothing_said=False),
    "no logical answer": lambda case, now: give_back(case, now, nothing_said=True),
    "comment": lambda case, now: note_case(case.pk, text="یادداشت", by=actor(HEAD), now=now),
    "nudge": lambda case, now: nudge_case(case.pk, by=actor("centre-operator"), now=now),
    "asked": ask,
    "replied": lambda case, now: resume_case(
        case.pk, reply="سومی", by=citizen(citizen_ref(case.pk)), now=now
    ),
    "joined": join,
    "left": lambda case, now: leave_incident(case.pk, by=actor(TRIAGE), now=now),
}


def play(case: Case, what: str, now: datetime) -> None:
    """Take the step a row names."""
    if more := re.fullmatch(r"(\d+) h more", what):
        give_time(case.pk, hours=int(more[1]), reason="قطعه در راه است.", by=actor(DEPUTY), now=now)
    elif long := re.fullmatch(r"paused for (\d+) h", what):
        pause(case, int(long[1]), now)
    elif shut := re.fullmatch(r"(\w+ \d+) is closed", what):
        day = moment(f"{shut[1]} 00:00")
        declare_closure(title="برف", from_at=day, to_at=day + timedelta(days=1), by=system("test"), now=now)
        forget()
    else:
        STEPS[what](case, now)


def told_since(case: Case, before: int) -> str:
    """The roles of the rungs that fired since there were so many."""
    rungs = Rung.objects.filter(promise__case=case, promise__kind=PromiseKind.ANSWER).order_by("id")
    roles = [role for rung in rungs[before:] for role in rung.promise.policy["rungs"][rung.n]["roles"]]
    return ", ".join(roles)


def how_it_stands(case: Case) -> str:
    """The due column: a moment, that it stands still, or how it was met."""
    promise = Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")
    if promise.met_at is not None:
        return f"met, {fresh(case).late_minutes / 60:g} h late"
    if promise.stop:
        return "stands still"
    return f"{promise.due_at.astimezone(TEHRAN):%a %d %H:%M}"


@pytest.fixture(autouse=True)
def _fresh_book() -> Iterator[None]:
    forget()
    yield
    forget()


def test_the_page_tells_stories() -> None:
    assert len(STORIES) >= 11
    assert all(len(rows) >= 2 and rows[0][1] in REGISTERED for rows in STORIES.values())


@pytest.mark.parametrize("title", STORIES)
def test_a_story_of_the_page_is_what_happens(clock: Clock, title: str) -> None:
    (when, what, due, told), *rows = STORIES[title]
    clock.now = moment(when)
    case = reported_case(clock.now, **REGISTERED[what])
    clock.run()
    assert (how_it_stands(case), told) == (due, "")
    for when, what, due, told in rows:
        before = Rung.objects.filter(promise__case=case, promise__kind=PromiseKind.ANSWER).count()
        clock.now = moment(when)
        step, _, without = what.partition(", no sweep since")
        if not (without or what.endswith("no sweep since")):
            clock.run()
        if step != "nothing":
            play(case, step, clock.now)
        clock.run()
        if fresh(case).status == Status.ANNOUNCED:
            assert due.startswith("met")
        assert (how_it_stands(case), told_since(case, before)) == (due, told), f"{when}: {what}"
