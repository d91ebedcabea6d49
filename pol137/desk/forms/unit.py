"""Forms of the unit and those above it: referrals, questions, time, transfers, delegated signing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pol137.cases import operations
from pol137.cases.operations.answering import end_of_day
from pol137.cases.operations.working import ENDS_PAUSES
from pol137.cases.queries import may_grant
from pol137.cases.rules.drafts import LONGEST_WORDS
from pol137.cases.rules.routing import choose_department
from pol137.cases.vocabulary import Action, PromiseKind, TimeDecision
from pol137.city.queries import book
from pol137.city.queries.book import local_day
from pol137.city.vocabulary import Role
from pol137.desk.forms import choices
from pol137.desk.forms.step_form import About, StepForm, ask_day
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal
from pol137.web.forms import Day, Form, Number, Words, choose
from pol137.web.templatetags.fa import digits, jalali, language

if TYPE_CHECKING:
    from pol137.cases.models import Promise, TimeRequest

REASON = pgettext_lazy("of a step", "Reason")
TOLD_REASON = _("The citizen is told this reason with the new time: plain and short.")


def reason_field(**more: Any) -> Words:
    """Why somebody does what he does."""
    return Words(label=REASON, lines=3, **{"max_length": LONGEST_WORDS, **more})


class ToUnit(StepForm):
    """A step that names a unit."""

    department = choose(label=_("Unit"), options=())

    def prepare(self) -> None:
        self.offer(choices.departments())

    def offer(self, options: choices.Options) -> None:
        """Let these units be chosen."""
        field = self.fields["department"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("Choose …")), *options]


class ReferInsideForm(ToUnit):
    action = Action.REFER_INSIDE
    operation = staticmethod(operations.refer_inside)
    intro = _("The head stays accountable; the citizen's time does not move.")
    done = _("The case was referred inside the unit.")
    due_on = Day(label=_("Inner deadline"), required=False)

    @classmethod
    def fits(cls, about: About) -> bool:
        return bool(choices.departments_inside(about.case.department_id))

    def prepare(self) -> None:
        self.offer(choices.departments_inside(self.about.case.department_id))
        ask_day(self, "due_on")

    def given(self) -> dict[str, Any]:
        """The day given ends the inner deadline; on the promise's own day, the promise does."""
        day, due_at = self.cleaned_data["due_on"], None
        if day is not None:
            promise, due_at = running(self.about), end_of_day(day)
            if promise is not None and local_day(promise.due_at) == day:
                due_at = promise.due_at
        return {"department": self.cleaned_data["department"], "due_at": due_at}


class TransferForm(ToUnit):
    action = Action.TRANSFER
    operation = staticmethod(operations.transfer_case)
    intro = _(
        "Once, soon after receipt; the second time triage rules, and that binds. The citizen's time does not"
        " move, and what is late is charged to whoever held the case."
    )
    done = _("The case was passed on.")
    tone = "danger"
    reason = reason_field()

    @classmethod
    def fault(cls, about: About) -> Refusal | None:
        return Refusal("ruling_binds") if _passed_on(about) and _ruled(about) else None

    def prepare(self) -> None:
        self.offer(choices.departments(but=self.about.case.department_id))
        if _passed_on(self.about):
            self.done = _("The case went to triage, whose ruling binds.")


def _passed_on(about: About) -> bool:
    """Whether a unit has passed the case on before."""
    held = about.known.assignments if about.known else []
    return any(one.because.get("why") == "transfer" for one in held)


def _ruled(about: About) -> bool:
    """Whether triage has ruled where the case belongs."""
    held = about.known.assignments if about.known else []
    return bool(held) and held[-1].because.get("why") == "triage"


# --- questions and time ---------------------------------------------------------------------------


def running(about: About) -> Promise | None:
    """The promise of an answer, while it is open."""
    clocks = about.known.clocks if about.known else []
    found = next((one for one in clocks if one.kind == PromiseKind.ANSWER and one.ended_at is None), None)
    if found is not None:
        found.case = about.case
    return found


def asked(about: About, action: Action) -> list[TimeRequest]:
    """The unit's wishes of this kind in this promise, the latest last."""
    promise = running(about)
    found = about.known.time_requests if about.known else []
    return [one for one in found if one.action == action and promise and one.asked_at >= promise.started_at]


def waits(about: About, action: Action) -> TimeRequest | None:
    """The wish of this kind that waits to be decided."""
    return next((one for one in asked(about, action) if not one.decision), None)


def wish_words(request: TimeRequest) -> str:
    """What a unit wishes: so many hours more, or a pause to the end of a day."""
    if request.hours:
        said = ngettext("%(n)s hour more", "%(n)s hours more", request.hours)
        return said % {"n": digits(request.hours)}
    until = jalali(last_day(request.until)) if request.until else "—"
    return gettext("A pause until the end of %(day)s") % {"day": until}


class AskCitizenForm(StepForm):
    action = Action.ASK_CITIZEN
    operation = staticmethod(operations.ask_citizen)
    done = _("The question is on its way. The clock stands still from the moment it has reached the citizen.")
    intro = _(
        "Once for a promise. The clock runs on until the question has reached the citizen; then it stands"
        " still until he replies, or the city's limit is over."
    )
    question = Words(
        label=_("Question for the citizen"),
        lines=3,
        max_length=300,
        help_text=_("Short and in plain words: it goes out as an SMS, or is read to him on the phone."),
    )

    @classmethod
    def fits(cls, about: About) -> bool:
        return cls.fault(about) is None

    @classmethod
    def fault(cls, about: About) -> Refusal | None:
        promise, city = running(about), book().city
        if promise is None or about.known is None:
            return Refusal("no_clock_running")
        if about.is_part:
            return Refusal("step_not_here")
        if any(one.asked_at >= promise.started_at for one in about.known.asked):
            return Refusal("asked_already")
        if about.now >= promise.due_at - city.question_not_in_last:
            return Refusal("too_late_to_ask", within=city.question_not_in_last)
        if about.reporter is None or not about.reporter.dialable:
            return Refusal("nobody_to_ask")
        return None


class ResumeForm(StepForm):
    action = Action.RESUME
    operation = staticmethod(operations.resume_case)
    intro = _("The clock goes on with exactly the time that was left.")
    done = _("The clock runs again.")
    reply = Words(
        label=_("What the citizen replied"),
        lines=3,
        required=False,
        max_length=LONGEST_WORDS,
        help_text=_("If he was asked something."),
    )

    @classmethod
    def fits(cls, about: About) -> bool:
        """For the desk only where something was asked: a pause is not its to end."""
        return bool(about.by.roles & ENDS_PAUSES) or _was_asked(about)

    def prepare(self) -> None:
        if not _was_asked(self.about):
            del self.fields["reply"]
        elif not self.about.by.roles & ENDS_PAUSES:
            self.fields["reply"].required = True


def _was_asked(about: About) -> bool:
    questions = about.known.asked if about.known else []
    return any(one.asked_at == about.case.status_since and not one.replied_at for one in questions)


class AskMoreTimeForm(StepForm):
    action = Action.ASK_MORE_TIME
    operation = staticmethod(operations.ask_more_time)
    intro = _("Once, before the time ends. The clock runs on: those above decide.")
    done = _("The wish for more time was sent to those above; the clock runs on.")
    hours = Number(label=_("How many more hours?"), min_value=1)
    reason = reason_field(max_length=500)

    @classmethod
    def fits(cls, about: About) -> bool:
        promise = running(about)
        before = [one for one in asked(about, Action.ASK_MORE_TIME) if one.decision != TimeDecision.LAPSED]
        return (
            promise is not None and promise.extended_at is None and about.now < promise.due_at and not before
        )


class AskPauseForm(StepForm):
    action = Action.ASK_PAUSE
    operation = staticmethod(operations.ask_pause)
    intro = _("The clock runs on until those above have decided.")
    done = _("The wish for a pause was sent to those above; the clock runs on.")
    until = Day(label=_("Until the end of which day?"))
    reason = reason_field(max_length=500)

    @classmethod
    def fits(cls, about: About) -> bool:
        return running(about) is not None and waits(about, Action.ASK_PAUSE) is None

    def prepare(self) -> None:
        ask_day(self, "until")

    def given(self) -> dict[str, Any]:
        return {**super().given(), "until": end_of_day(self.cleaned_data["until"])}


class _Deciding(StepForm):
    """What the holder of the next rung decides."""

    wish: Action

    @classmethod
    def fits(cls, about: About) -> bool:
        promise = running(about)
        own = {Role.UNIT_HEAD, Role.UNIT_USER} & about.by.roles
        return promise is not None and not own and may_grant(promise, about.by, now=about.now)

    @property
    def request(self) -> TimeRequest | None:
        """The wish this step grants."""
        return waits(self.about, self.wish)

    @property
    def wishes(self) -> list[tuple[str, TimeRequest]]:
        """What the unit asked for, to be shown with the form."""
        return [(wish_words(self.request), self.request)] if self.request else []


class GiveTimeForm(_Deciding):
    action = Action.GIVE_TIME
    wish = Action.ASK_MORE_TIME
    operation = staticmethod(operations.give_time)
    intro = _("Once, before the time ends. The citizen is told; the case counts as extended, not as in time.")
    done = _("More time was given.")
    hours = Number(label=_("How many more hours?"), min_value=1)
    reason = reason_field(max_length=300, help_text=TOLD_REASON)

    @classmethod
    def fits(cls, about: About) -> bool:
        promise = running(about)
        open_still = promise is not None and promise.extended_at is None and about.now < promise.due_at
        return open_still and super().fits(about)

    def begin(self) -> dict[str, object]:
        return {"hours": self.request.hours} if self.request else {}


class PauseForm(_Deciding):
    action = Action.PAUSE
    wish = Action.ASK_PAUSE
    operation = staticmethod(operations.pause_case)
    done = _("The clock is paused.")
    intro = _("The clock stands still to the end of the day you give, and goes on by itself.")
    until = Day(label=_("Until the end of which day?"))
    reason = reason_field(max_length=300, help_text=TOLD_REASON)

    def begin(self) -> dict[str, object]:
        asked_for = self.request
        return {"until": last_day(asked_for.until)} if asked_for and asked_for.until else {}

    def prepare(self) -> None:
        ask_day(self, "until")

    def given(self) -> dict[str, Any]:
        return {**super().given(), "until": end_of_day(self.cleaned_data["until"])}


class RefuseTimeForm(_Deciding):
    action = Action.REFUSE_TIME
    wish = Action.ASK_MORE_TIME
    operation = staticmethod(operations.refuse_time)
    intro = _("The unit is told your reason. No clock moves.")
    done = _("The wish was refused; the unit is told.")
    tone = "danger"
    reason = reason_field(max_length=500)

    @property
    def wishes(self) -> list[tuple[str, TimeRequest]]:
        """Both wishes, where both wait: they are refused together."""
        found = (waits(self.about, one) for one in (Action.ASK_MORE_TIME, Action.ASK_PAUSE))
        return [(wish_words(one), one) for one in found if one]

    @classmethod
    def fits(cls, about: About) -> bool:
        wishes = [waits(about, one) for one in (Action.ASK_MORE_TIME, Action.ASK_PAUSE)]
        return any(wishes) and super().fits(about)


def last_day(until: datetime) -> Any:
    """The day whose end this moment is."""
    return local_day(until - timedelta(microseconds=1))


# --- delegated signing ----------------------------------------------------------------------------


class DelegationForm(Form):
    """Who may sign for the head, over what, and when."""

    position = choose(label=_("Who signs?"), options=(), radio=True)
    services = forms.MultipleChoiceField(label=_("Over which subjects?"), widget=forms.CheckboxSelectMultiple)
    from_date = Day(label=_("From"))
    to_date = Day(label=_("Until the end of"))

    def __init__(self, *args: Any, by: Actor, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        signers, subjects = self.fields["position"], self.fields["services"]
        if isinstance(signers, forms.ChoiceField) and isinstance(subjects, forms.ChoiceField):
            signers.choices = signers_under(by)
            subjects.choices = subjects_of(by, day=local_day(now))
        for name in ("from_date", "to_date"):
            self.fields[name].widget.attrs["data-day"] = ""
        if not self.is_bound:
            self.initial.setdefault("from_date", local_day(now))


def _led(by: Actor) -> set[int]:
    reaches = (seat.reach or frozenset() for seat in by.seats if seat.role == Role.UNIT_HEAD)
    return {department for reach in reaches for department in reach}


def signers_under(by: Actor) -> choices.Options:
    """The 137 users of the units this head leads."""
    led = _led(by)
    users = [one for one in book().positions if one.role is Role.UNIT_USER and one.department_id in led]
    return [(one.code, one.name(language())) for one in users]


def subjects_of(by: Actor, *, day: date) -> choices.Options:
    """The subjects that come to the units this head leads; where none is routed there, all."""
    city, led = book(), _led(by)
    here = {city.departments[one].district_id for one in led}
    places: Iterable[int | None] = here if here - {None} else {one.id for one in city.districts}
    mine = [
        service
        for service in city.services
        if not service.confidential
        and any(
            choose_department(city, service_id=service.id, district_id=one, day=day).department_id in led
            for one in places
        )
    ]
    found: Sequence[Any] = mine or [one for one in city.services if not one.confidential]
    return [(one.code, one.name(language())) for one in found]


UNIT_FORMS: tuple[type[StepForm], ...] = (
    ReferInsideForm, AskCitizenForm, AskMoreTimeForm, GiveTimeForm, AskPauseForm, PauseForm, RefuseTimeForm,
    ResumeForm, TransferForm,
)  # fmt: skip
