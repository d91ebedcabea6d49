"""What is urgent by somebody's word, or turns out to be, has the minutes of danger, and never more time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pol137.cases.models import Case, Notice, Promise, Rung
from pol137.cases.operations import (
    accept_case,
    answer_case,
    join_incident,
    leave_incident,
    pause_case,
    reclassify_case,
    return_answer,
    split_case,
)
from pol137.cases.rules import clocks
from pol137.cases.rules.clocks import Times
from pol137.cases.vocabulary import PromiseKind, Status
from pol137.city.models import Service
from pol137.city.operations import bump_version
from pol137.city.queries.book import book, forget
from pol137.city.vocabulary import MessageKind
from pol137.journal.models import Event
from pol137.lib.refusal import Refusal
from tests.factories import DONE, SATURDAY, Clock, actor, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, DEPUTY, APPROVER, TRIAGE = "s1-roads-head", "s1-deputy-tech", "centre-s1-follow-up", "centre-triage"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def answer_clock(case: Case) -> Promise:
    return Promise.objects.filter(case=case, kind=PromiseKind.ANSWER).latest("id")


def turns_urgent(case: Case, now: datetime) -> Promise:
    reclassify_case(case.pk, service="open-manhole", by=actor(TRIAGE, now), now=now)
    return answer_clock(case)


def test_urgent_by_the_callers_word_is_promised_in_the_minutes_of_danger(clock: Clock) -> None:
    promise = answer_clock(reported_case(clock.now, urgent=True))
    assert (promise.promised_at, promise.policy["ladder"]) == (clock.now + HOUR, "urgent")
    assert promise.rung_at == [clock.now, clock.now + HOUR, clock.now + 2 * HOUR]
    ordinary = answer_clock(reported_case(clock.now))
    assert (ordinary.due_at, ordinary.policy["policy"]) == (clock.now + 72 * HOUR, "default")


@pytest.mark.parametrize(
    ("reply", "dangerous"), [("yes", True), ("hurt", True), ("no", False), ("unknown", False), ("", False)]
)
def test_a_reply_to_the_question_danger_is_the_callers_word(
    clock: Clock, reply: str, dangerous: bool
) -> None:
    values = [{"key": key, "name_fa": key, "name_en": key} for key in ("yes", "hurt", "no", "unknown")]
    words = dict.fromkeys(("question_fa", "question_en", "hint_fa", "hint_en"), "")
    asked = {"code": "danger", "datatype": "singlevaluelist", "required": False, "values": values, **words}
    Service.objects.filter(code="light-out").update(questions=[asked])
    bump_version()
    forget()
    case = reported_case(clock.now, questions={"danger": reply})
    promise, told = answer_clock(case), Event.objects.filter(kind="case.turned_urgent")
    assert (case.in_danger, promise.policy["ladder"] == "urgent", told.exists()) == (dangerous,) * 3


def test_a_dangerous_subject_keeps_its_own_row_and_any_other_the_shorter_of_two(clock: Clock) -> None:
    city = book()
    manhole, light = city.services.by_code["open-manhole"].id, city.services.by_code["light-out"].id
    request = MessageKind.REQUEST
    assert city.policy_for(manhole, request, urgent=True).code == "open-manhole"
    assert city.policy_for(light, request, urgent=True).code == "urgent"
    assert city.policy_for(light, request).code == "default"
    assert city.policy_for(None, MessageKind.SUGGESTION, urgent=True).code == "urgent"


def test_a_case_that_turns_dangerous_counts_minutes_from_that_moment(clock: Clock) -> None:
    case = reported_case(clock.now)
    promised = answer_clock(case).promised_at
    clock.forward(hours=10)
    promise = turns_urgent(case, clock.now)
    assert (promise.due_at, promise.promised_at) == (clock.now + HOUR, promised)
    assert promise.rung_due[1:] == [clock.now + HOUR, clock.now + 2 * HOUR]
    assert promise.policy["ladder"] == "urgent"
    event = Event.objects.get(stream=f"case:{case.pk}", kind="case.turned_urgent")
    assert event.body == {"due_at": promise.due_at.isoformat()}
    clock.run()
    head = Notice.objects.filter(case=case, kind="case.turned_urgent", position__code=HEAD)
    assert head.exists()
    clock.forward(minutes=60)
    assert fresh(case).rung == 1
    clock.forward(minutes=60)
    assert fresh(case).rung == 2
    assert Notice.objects.filter(case=case, rung=2, told_at=clock.now).exists(), "told singly, at once"


def test_what_fired_stands_and_nothing_comes_later_than_it_was(clock: Clock) -> None:
    case = reported_case(clock.now)
    due = answer_clock(case).due_at
    clock.forward(hours=95)
    assert fresh(case).rung == 1
    fired = list(Rung.objects.values_list("n", "due_at", "fired_at"))
    promise = turns_urgent(case, clock.now)
    assert promise.due_at == due
    assert promise.rung_due[2] == due + 24 * HOUR == clock.now + HOUR, "sooner than two hours from now"
    assert list(Rung.objects.values_list("n", "due_at", "fired_at")) == fired


@pytest.mark.parametrize("hours", [1, 20, 71, 80, 95, 200])
def test_it_only_ever_becomes_stricter(clock: Clock, hours: int) -> None:
    case = reported_case(clock.now)
    before = answer_clock(case)
    clock.forward(hours=hours)
    after = turns_urgent(case, clock.now)
    assert after.due_at <= before.due_at
    assert all(new <= old for new, old in zip(after.rung_due, before.rung_due, strict=True))


def test_of_two_ladders_the_earlier_moments_count_and_what_fired_stands() -> None:
    def at(*hours: int) -> tuple[datetime, ...]:
        return tuple(SATURDAY + hour * HOUR for hour in hours)

    long, short = Times(at(72)[0], at(0, 72, 96)), Times(at(71)[0], at(70, 71))
    assert clocks.stricter(long, short, fired=1) == Times(at(71)[0], at(0, 71, 96))
    assert clocks.stricter(short, long, fired=2) == Times(at(71)[0], at(70, 71, 96))
    assert clocks.stricter(long, short, fired=3) == Times(at(71)[0], at(0, 72, 96))


def test_a_pause_ends_where_somebody_is_in_danger(clock: Clock) -> None:
    case = reported_case(clock.now)
    pause_case(case.pk, until=clock.now + 240 * HOUR, reason="قطعه", by=actor(DEPUTY), now=clock.now)
    clock.forward(hours=5)
    promise = turns_urgent(case, clock.now)
    assert (fresh(case).status, promise.stop, promise.due_at) == (Status.IN_WORK, "", clock.now + HOUR)
    assert promise.next_at == clock.now + HOUR


def test_an_answer_given_before_comes_back_with_the_minutes_of_danger(clock: Clock) -> None:
    case = reported_case(clock.now)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    answer_case(case.pk, answer=DONE, by=actor(HEAD), now=clock.now)
    clock.forward(hours=3)
    assert turns_urgent(case, clock.now).next_at is None, "it is being checked"
    clock.forward(minutes=20)
    return_answer(case.pk, reason="خطر هست.", by=actor(APPROVER), now=clock.now)
    assert answer_clock(case).due_at == clock.now + HOUR


def test_a_joined_case_that_turns_dangerous_hurries_the_main_case(clock: Clock) -> None:
    main, case = reported_case(clock.now), reported_case(clock.now)
    join_incident(case.pk, main_case_id=main.pk, by=actor(TRIAGE), now=clock.now)
    clock.forward(hours=4)
    turned = turns_urgent(case, clock.now)
    assert (turned.due_at, turned.next_at) == (clock.now + HOUR, None)
    assert answer_clock(main).due_at == clock.now + HOUR
    leave_incident(case.pk, by=actor(TRIAGE), now=clock.now)
    assert answer_clock(case).next_at == clock.now + HOUR


def test_a_part_of_a_danger_counts_minutes_too(clock: Clock) -> None:
    case = reported_case(clock.now, urgent=True)
    part = split_case(
        case.pk, service="pothole", department="s1-roads", words="چاله", by=actor(TRIAGE), now=clock.now
    )
    assert answer_clock(part).due_at == clock.now + HOUR


def test_corrected_to_an_ordinary_subject_it_gains_no_time(clock: Clock) -> None:
    case = reported_case(clock.now, service="open-manhole")
    due = answer_clock(case).due_at
    with pytest.raises(Refusal, match="step_not_yours"):
        reclassify_case(case.pk, service="light-out", by=actor(HEAD), now=clock.now)
    reclassify_case(case.pk, service="light-out", by=actor(TRIAGE), now=clock.now)
    assert (fresh(case).urgent, answer_clock(case).due_at) == (True, due)
    clock.forward(minutes=60)
    assert fresh(case).rung == 1
