"""What tests are made of: the city, its staff, a clock, and problems as people tell them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings

from pol137.cases.models import Case
from pol137.cases.operations import accept_case, answer_case, approve_answer
from pol137.cases.rules.drafts import AnswerDraft, CaseDraft, ReporterDraft
from pol137.city.models import City
from pol137.city.operations import bump_version
from pol137.city.queries.book import book, forget
from pol137.contacts.operations import Registration, register_problem
from pol137.journal import outbox
from pol137.lib.actor import Actor, citizen
from pol137.staff.models import Appointment, User
from pol137.staff.queries import actor_for

SATURDAY = datetime(2026, 10, 17, 6, 30, tzinfo=UTC)
"""25 Mehr 1405, ten o'clock in Tehran."""

_serial = itertools.count(1)


class Clock:
    """Time moved by hand. `run` lets what fell due happen: sweep, jobs and texts, until nothing is left."""

    def __init__(self, now: datetime = SATURDAY) -> None:
        self.now = now

    def forward(self, **duration: float) -> datetime:
        """Move on and let what fell due happen."""
        self.now += timedelta(**duration)
        self.run()
        return self.now

    def run(self) -> None:
        """Let everything due by now happen."""
        from pol137.cases.operations import sweep
        from pol137.dispatch.operations import pass_unanswered
        from pol137.messaging.operations import release_messages
        from pol137.notices.operations import tell

        while any(
            turn(now=self.now) for turn in (sweep, pass_unanswered, outbox.drain, tell, release_messages)
        ):
            pass


def load_city(name: str) -> None:
    """Load a pack of this repository, articles included."""
    from pol137.commands.city import load_if_empty

    load_if_empty(name)
    forget()


def city_chooses(**values: object) -> None:
    """Change what the pack says in city.toml."""
    City.objects.update(**values)
    bump_version()
    forget()


def be_quiet(quiet_from: str, quiet_until: str) -> None:
    """Set the hours in which the city tells nobody what can wait."""
    city_chooses(quiet_from=time.fromisoformat(quiet_from), quiet_until=time.fromisoformat(quiet_until))


def staff_everywhere() -> None:
    """One member of staff in every position; the user name is the position's code."""
    known = set(User.objects.values_list("username", flat=True))
    for position in book().positions:
        if position.code not in known:
            user = User.objects.create_user(
                position.code, "a-good-password-137", display_name=position.name_fa
            )
            Appointment.objects.create(user=user, position_id=position.id, from_date=date(2020, 1, 1))


def user(code: str) -> User:
    """The member of staff in this position."""
    return User.objects.get(username=code)


def actor(code: str, now: datetime = SATURDAY) -> Actor:
    """The holder of this position as an actor."""
    return actor_for(user(code), now=now)


def draft(**changed: Any) -> CaseDraft:
    """A street light that is out, told by somebody with a mobile number."""
    reporter = ReporterDraft(name="", phone="09151234567", language="fa", wish="sms")
    told = CaseDraft(
        service="light-out",
        words="چراغ کوچه سه شب است روشن نمی‌شود.",
        channel="web",
        address="خیابان نمونه، کوچه ۴",
        district="s1",
        reporter=reporter,
    )
    return replace(told, **changed)


def report(now: datetime = SATURDAY, *, external_id: str = "", **changed: Any) -> Registration:
    """A problem sent in through the portal."""
    return register_problem(
        draft=draft(**changed),
        external_id=external_id or f"test-{next(_serial)}",
        by=citizen("anonymous"),
        now=now,
    )


def reported_case(now: datetime = SATURDAY, **changed: Any) -> Case:
    """The case of a problem sent in."""
    case = report(now, **changed).case
    assert case is not None
    return case


DONE = AnswerDraft(
    type="done",
    reply="اکیپ برق در محل حاضر شد و لامپ سوخته تعویض گردید.",
    citizen_text="لامپ چراغ کوچه عوض شد.",
)


def answered_case(now: datetime = SATURDAY, **changed: Any) -> Case:
    """A case whose unit has answered."""
    case = reported_case(now, **changed)
    accept_case(case.pk, by=actor("s1-roads-head"), now=now)
    answer_case(case.pk, answer=DONE, by=actor("s1-roads-head"), now=now)
    return fresh(case)


def announced_case(clock: Clock, **changed: Any) -> Case:
    """A case whose answer was approved and reached the citizen by SMS."""
    case = answered_case(clock.now, **changed)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    return fresh(case)


def fresh(case: Case) -> Case:
    """The case as the database has it now."""
    return Case.objects.get(pk=case.pk)


def media_root() -> Any:
    """Where files of this run are kept."""
    return settings.FILES_DIR
