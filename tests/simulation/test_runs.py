"""A stretch of the past is made up through the real operations, and the present goes on undisturbed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from pol137.cases.models import Case, Notice, Promise
from pol137.cases.operations import sweep
from pol137.city.models import Channel
from pol137.city.operations import bump_version
from pol137.city.queries.book import forget
from pol137.contacts.models import CallBack, Contact
from pol137.journal import outbox
from pol137.journal.models import Event
from pol137.journal.vocabulary import EventKind as E
from pol137.lib.phones import is_reserved
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from pol137.notices.operations import tell
from pol137.simulation.models import Run
from pol137.simulation.operations import Wanted, fill, runs, simulate
from pol137.simulation.queries import measured, wants_history
from pol137.simulation.rules.calibration import Calibration
from tests.factories import city_chooses, report, user

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TWO_DAYS = Wanted(days=2, per_day=9, seed=7)


def told() -> list[tuple[str, datetime, str, str, int | None]]:
    """Every contact but for what the database numbers and draws by itself."""
    rows = Contact.objects.order_by("at", "external_id")
    return [
        (row.external_id.partition("-")[2], row.at, row.channel.code, row.disposition, row.service_id)
        for row in rows.select_related("channel")
        if not row.external_id.startswith("in-")
    ]


class Stop(Exception):
    """The machine stops here."""


@pytest.mark.django_db
def test_the_past_is_whole_and_the_present_goes_on_without_a_storm() -> None:
    run = simulate(Wanted(days=6, per_day=12, seed=7), alone=False, now=NOW)
    assert run.finished_at == NOW
    assert run.contacts > 45
    assert 0.2 < run.cases / run.contacts < 0.6
    assert sum(run.refused.values()) <= run.contacts / 20
    assert Contact.objects.filter(at__gt=NOW).count() == 0
    assert {"announced", "closed"} & set(Case.objects.values_list("status", flat=True))
    assert not Promise.objects.filter(next_at__lte=run.ends_at).exists()
    assert not Notice.objects.filter(tell_at__lte=run.ends_at, told_at=None, user__isnull=False).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (0,)
    assert sweep(now=NOW) + tell(now=NOW) <= 3
    assert all(is_reserved(number) for number in OutboundMessage.objects.values_list("address", flat=True))
    assert not Contact.objects.exclude(name="").exists()
    figures = measured(now=NOW).figures
    assert figures["contacts"] >= run.contacts
    assert 40 < figures["on_the_spot"] < 80
    assert figures["in_three_days"] > 50


def happened(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


@pytest.mark.django_db
def test_cases_move_are_shared_out_and_replied_to_and_units_let_the_centre_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everything between units happens to nearly every case, so that a few of them show all of it."""
    usual = runs.calibration()
    often = {"misplaced": 50, "moved_again": 50, "in_parts": 50, "inside": 100, "drafted": 50}
    told = {
        **usual.told,
        "between": {**usual.table("between"), **often, "body_replies": 100, "body_replies_within": 5},
        "answers": {"done": 50, "not_ours": 50},
    }
    brisk = tuple(replace(one, take_up=0.5, answer=6.0, errands=50.0) for one in usual.tempers)
    monkeypatch.setattr(runs, "calibration", lambda: Calibration(told, brisk))
    city_chooses(feedback_percent=100)
    run = simulate(Wanted(days=7, per_day=9, seed=7), alone=False, now=NOW)
    assert sum(run.refused.values()) <= run.contacts / 10, run.refused
    for kind in (E.CASE_TRANSFERRED, E.CASE_SPLIT, E.CASE_REFERRED_INSIDE, E.CASE_ANSWER_DRAFTED):
        assert happened(kind) >= 2, kind
    assert happened(E.REFERRAL_SENT) >= happened(E.REFERRAL_REPLIED) >= 1
    called = CallBack.objects.filter(tries__isnull=False)
    assert {"unit", "survey"} <= set(called.filter(case__isnull=False).values_list("purpose", flat=True))
    whole = Case.objects.filter(parts__isnull=False, status__in=["announced", "closed"]).distinct()
    assert whole.exists()
    assert not Case.objects.filter(parent__in=whole, status__in=["assigned", "in_work"]).exists()


@pytest.mark.django_db
def test_the_same_seed_lives_the_same_past() -> None:
    lives = []
    for _ in range(2):
        with pytest.raises(Stop), transaction.atomic():
            simulate(Wanted(days=1, per_day=16, seed=11), alone=False, now=NOW)
            lives.append(told())
            raise Stop
    assert lives[0] == lives[1]
    assert len(lives[0]) > 8


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_nothing_remains_and_the_next_start_fills_it_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lived = runs._live_a_day

    def killed(run: Run, life: Any, **given: Any) -> None:
        lived(run, life, **given)
        raise Stop

    monkeypatch.setattr(runs, "_live_a_day", killed)
    with pytest.raises(Stop):
        fill(days=4, per_day=6, seed=7, now=NOW)
    assert not Contact.objects.exists()
    assert not Run.objects.exists()
    assert wants_history(4)
    monkeypatch.setattr(runs, "_live_a_day", lived)
    made = fill(days=4, per_day=6, seed=7, now=NOW)
    assert [(run.contacts_until - run.begins_at).days for run in made] == [4]
    before = Contact.objects.count()
    assert before >= sum(run.contacts for run in made) > 0
    assert not wants_history(4)
    assert fill(days=4, per_day=6, seed=7, now=NOW + timedelta(hours=1)) == []
    assert Contact.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_day_by_day_a_run_that_was_killed_goes_on_as_if_it_had_not_been(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Stop), transaction.atomic():
        simulate(TWO_DAYS, alone=False, now=NOW)
        whole = told()
        raise Stop
    lived, days = runs._live_a_day, iter(range(9))

    def killed(run: Run, life: Any, **given: Any) -> None:
        if next(days) == 1:
            raise Stop
        lived(run, life, **given)

    monkeypatch.setattr(runs, "_live_a_day", killed)
    with pytest.raises(Stop):
        simulate(TWO_DAYS, alone=True, now=NOW)
    half = Contact.objects.count()
    assert 0 < half < len(whole)
    simulate(Wanted(days=9, per_day=9, seed=9), alone=True, now=NOW + timedelta(minutes=5))
    assert Run.objects.count() == 1
    assert told() == whole


@pytest.fixture
def half_way(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Set when a run has lived its first day, and what it then waits for."""
    reached, go_on = threading.Event(), threading.Event()
    lived = runs._live_a_day

    def waits(run: Run, life: Any, **given: Any) -> None:
        lived(run, life, **given)
        reached.set()
        assert go_on.wait(60)

    monkeypatch.setattr(runs, "_live_a_day", waits)
    yield reached, go_on
    go_on.set()


@pytest.mark.django_db(transaction=True)
def test_real_reports_worker_and_clocks_work_undisturbed_while_the_past_fills(
    half_way: tuple[threading.Event, threading.Event],
) -> None:
    reached, go_on = half_way
    made: list[Run] = []

    def lives() -> None:
        try:
            made.append(simulate(TWO_DAYS, alone=False, now=NOW))
        finally:
            connections.close_all()

    filling = threading.Thread(target=lives)
    filling.start()
    try:
        assert reached.wait(120)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        real = report(NOW)
        assert real.case is not None
        assert list(Case.objects.values_list("pk", flat=True)) == [real.case.pk]
        assert outbox.drain(now=NOW) > 0
        assert OutboundMessage.objects.filter(case_ref=real.case.pk).exists()
        sweep(now=NOW)
        tell(now=NOW + timedelta(hours=1))
        for staff in ("centre-operator", "s1-roads-head"):
            user(staff).save(update_fields=["last_login"])
        events = sum(1 for _ in OutboundMessage.objects.filter(case_ref=real.case.pk))
    finally:
        go_on.set()
        filling.join(120)
    assert len(made) == 1
    assert Case.objects.count() > 1
    assert OutboundMessage.objects.filter(case_ref=real.case.pk).count() == events
    assert Contact.objects.filter(pk=real.contact.pk).exists()
    assert sweep(now=NOW) <= 2
    assert outbox.drain(now=NOW) <= 5


@pytest.mark.django_db(transaction=True)
def test_two_never_make_up_history_at_once(half_way: tuple[threading.Event, threading.Event]) -> None:
    reached, go_on = half_way

    def lives() -> None:
        try:
            simulate(TWO_DAYS, alone=False, now=NOW)
        finally:
            connections.close_all()

    filling = threading.Thread(target=lives)
    filling.start()
    try:
        assert reached.wait(120)
        with pytest.raises(Refusal, match="simulation_under_way"):
            fill(days=2, per_day=9, seed=7, now=NOW)
    finally:
        go_on.set()
        filling.join(120)


@pytest.mark.django_db
def test_it_refuses_where_a_real_gateway_would_carry_texts() -> None:
    Channel.objects.filter(code="sms").update(adapter="kavenegar")
    bump_version()
    forget()
    with pytest.raises(Refusal, match="simulation_real_gateway"):
        simulate(TWO_DAYS, alone=True, now=NOW)
    assert not Contact.objects.exists()


@pytest.mark.django_db
def test_with_the_centre_at_work_it_refuses_more_than_one_transaction_should_hold() -> None:
    with pytest.raises(Refusal, match="simulation_too_large"):
        simulate(Wanted(days=365, per_day=2000, seed=1), alone=False, now=NOW)


@pytest.mark.django_db
def test_a_pack_to_try_things_with_is_filled_only_when_asked() -> None:
    assert not wants_history(None)
    assert wants_history(3)
    assert not wants_history(0)
