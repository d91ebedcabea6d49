"""Every step people take, with its form: the desk's side of the table of steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pol137.cases import operations
from pol137.cases.permissions import allowed_actions
from pol137.cases.rules.drafts import LONGEST_ADDRESS, LONGEST_WORDS
from pol137.cases.rules.routing import choose_department
from pol137.cases.vocabulary import Action, CloseReason, Status
from pol137.city.queries import book, local_day
from pol137.city.vocabulary import DepartmentKind
from pol137.desk.forms import answering, choices, many
from pol137.desk.forms.choices import STARS
from pol137.desk.forms.privacy import AskCentreForm
from pol137.desk.forms.review import REVIEW_FORMS
from pol137.desk.forms.step_form import About, Coordinate, StepForm
from pol137.desk.forms.unit import UNIT_FORMS, ToUnit, reason_field
from pol137.lib.refusal import Refusal
from pol137.web.forms import Words, choose


class RouteForm(ToUnit):
    action = Action.ROUTE
    operation = staticmethod(operations.route_case)
    intro = _("The promise made to the citizen does not move.")
    done = _("The case was sent to the unit.")
    reason = reason_field(required=False)

    def begin(self) -> dict[str, object]:
        case = self.about.case
        found = choose_department(
            book(),
            service_id=case.service_id,
            district_id=case.district_id,
            day=local_day(self.about.now),
        )
        department = book().departments.get(found.department_id)
        if case.confidential:
            department = book().department_of_kind(DepartmentKind.INSPECTION)
        return {"department": department.code} if department else {}


class AcceptForm(StepForm):
    action = Action.ACCEPT
    operation = staticmethod(operations.accept_case)
    intro = _("The unit takes the case into work. No deadline moves.")
    done = _("The case was taken up.")


class SplitForm(ToUnit):
    action = Action.SPLIT
    operation = staticmethod(operations.split_case)
    intro = _(
        "The citizen keeps one code; the part has its own promise. He is told when all parts are approved."
    )
    done = _("The part was given to the unit.")
    service = choose(label=_("Subject of the part"), options=())
    words = Words(label=_("What is this part about?"), lines=3, max_length=LONGEST_WORDS)
    field_order = ["service", "department", "words"]

    @classmethod
    def fits(cls, about: About) -> bool:
        return not about.is_part

    def begin(self) -> dict[str, object]:
        return {"words": self.about.case.words}

    def prepare(self) -> None:
        super().prepare()
        _services(self)


class CloseForm(StepForm):
    action = Action.CLOSE
    operation = staticmethod(operations.close_case)
    intro = _("The citizen has said that he accepts the answer. The case is closed.")
    done = _("The case was closed: the citizen accepted.")

    @classmethod
    def fits(cls, about: About) -> bool:
        return not about.is_part

    def given(self) -> dict[str, Any]:
        return {"reason": CloseReason.ACCEPTED}


class LeaveIncidentForm(StepForm):
    action = Action.LEAVE_INCIDENT
    operation = staticmethod(operations.leave_incident)
    intro = _("It was not the same problem: the case goes its own way, with its own promise as it stood.")
    done = _("The case was parted from the shared problem.")


class NoteForm(StepForm):
    action = Action.NOTE
    operation = staticmethod(operations.note_case)
    intro = _("For staff only. Moves no deadline.")
    done = _("The note was written.")
    text = Words(label=pgettext_lazy("of staff", "Note"), lines=3, max_length=LONGEST_WORDS)

    @classmethod
    def fits(cls, about: About) -> bool:
        return about.case.erased_at is None


class ReclassifyForm(StepForm):
    action = Action.RECLASSIFY
    operation = staticmethod(operations.reclassify_case)
    intro = _("The promise made stays, and so does the unit.")
    done = _("The subject was changed.")
    service = choose(label=_("Subject"), options=())

    def begin(self) -> dict[str, object]:
        return {"service": self.about.service.code}

    def prepare(self) -> None:
        _services(self)


class EditPlaceForm(StepForm):
    action = Action.EDIT_PLACE
    operation = staticmethod(operations.edit_place)
    intro = _("The district follows the point; the unit stays.")
    done = _("The place was corrected.")
    wide = True
    address = Words(label=_("Address"), lines=2, required=False, max_length=LONGEST_ADDRESS)
    lat = Coordinate(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    lon = Coordinate(label=_("Longitude"), required=False, min_value=-180, max_value=180)

    def begin(self) -> dict[str, object]:
        case = self.about.case
        points = {"lat": case.lat, "lon": case.lon}
        rounded = {name: None if value is None else round(value, 6) for name, value in points.items()}
        return {"address": case.address, **rounded}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (given.get("lat") is None) != (given.get("lon") is None) and not self.errors:
            self.refuse(Refusal("point_incomplete", field="lat"))
        return given


class RevealForm(StepForm):
    action = Action.REVEAL
    operation = staticmethod(operations.reveal_reporter)
    intro = _("Name and number are shown to you for an hour. Who looked, when and why is kept for good.")
    done = _("The reporter is shown to you for an hour.")
    reason = reason_field()

    @classmethod
    def fits(cls, about: About) -> bool:
        return about.case.erased_at is None


class NudgeForm(StepForm):
    action = Action.NUDGE
    operation = staticmethod(operations.nudge_case)
    intro = _("The citizen asks again. The head of the unit and the deputy are told; no deadline moves.")
    done = _("The nudge was recorded.")

    @classmethod
    def fits(cls, about: About) -> bool:
        return not about.is_part


class RateForm(StepForm):
    action = Action.RATE
    operation = staticmethod(operations.rate_case)
    intro = _("As the citizen says it, once per answer. One or two stars open a review by themselves.")
    done = _("The rating was recorded.")
    score = choose(
        label=_("How content is the citizen?"),
        options=STARS,
        radio=True,
    )
    words = Words(label=_("In the citizen's words"), lines=3, required=False, max_length=LONGEST_WORDS)
    channel = choose(label=_("How did he say so?"), options=())

    @classmethod
    def fits(cls, about: About) -> bool:
        return not about.is_part

    def begin(self) -> dict[str, object]:
        return {"channel": "phone"}

    def prepare(self) -> None:
        _channels(self)

    def given(self) -> dict[str, Any]:
        return {**super().given(), "score": int(self.cleaned_data["score"])}


class PublishForm(StepForm):
    action = Action.PUBLISH
    operation = staticmethod(operations.publish_words)
    intro = _("Read the words and look at the photos first: nothing in them may name or show a person.")
    done = _("Words and photos are open to the public.")

    @classmethod
    def fits(cls, about: About) -> bool:
        case = about.case
        return case.public and case.published_at is None and case.erased_at is None


class MakeSafeForm(StepForm):
    action = Action.MAKE_SAFE
    operation = staticmethod(operations.make_safe)
    intro = _(
        "The promise to remove the danger ends now; the repair is promised anew, and the citizen is told."
    )
    done = _("The danger is over; the repair goes on.")

    @classmethod
    def fits(cls, about: About) -> bool:
        return about.case.in_danger


class ReportDangerForm(StepForm):
    action = Action.REPORT_DANGER
    operation = staticmethod(operations.report_danger)
    intro = _(
        "These words stand on the dispatch board at once. A danger that is new, or had been removed, has the"
        " minutes of danger from now on; what was late before stays on record."
    )
    done = _("The danger is recorded; help is called from the dispatch board.")
    words = Words(label=_("What was said, and by whom?"), lines=3, max_length=LONGEST_WORDS)


def _services(form: StepForm, name: str = "service") -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = [("", _("Choose …")), *choices.services()]


def _channels(form: StepForm) -> None:
    field = form.fields["channel"]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices.channels()


NO_FORM = {
    Action.REGISTER: "cases are opened from a contact, at the contact desk",
    Action.REOPEN_INCIDENT: "follows from an upheld objection by itself",
    Action.ARCHIVE: "the system's alone",
}
"""Actions without a form here, with the reason."""

ALL: tuple[type[StepForm], ...] = (
    RouteForm, AcceptForm, *UNIT_FORMS, SplitForm, answering.DraftForm, answering.AnswerForm,
    answering.ApproveForm, answering.ReturnForm, answering.AnnounceForm, CloseForm, *REVIEW_FORMS,
    *many.STEP_FORMS, AskCentreForm, LeaveIncidentForm, answering.KeepPlanForm, answering.PostponePlanForm,
    NoteForm, ReclassifyForm, EditPlaceForm, RevealForm, NudgeForm, RateForm, PublishForm, MakeSafeForm,
    ReportDangerForm,
)  # fmt: skip

FORMS: dict[Action, type[StepForm]] = {form.action: form for form in ALL}
"""Each action's form."""

NEXT: dict[Status, tuple[Action, ...]] = {
    Status.NEW: (Action.ROUTE,),
    Status.ASSIGNED: (Action.ACCEPT, Action.DRAFT),
    Status.IN_WORK: (Action.ANSWER, Action.DRAFT),
    Status.WAITING: (Action.RESUME,),
    Status.ANSWERED: (Action.APPROVE,),
    Status.APPROVED: (Action.ANNOUNCE,),
    Status.ANNOUNCED: (Action.CLOSE,),
    Status.PLANNED: (Action.KEEP_PLAN, Action.POSTPONE_PLAN),
    Status.UNDER_REVIEW: (Action.DECIDE_REVIEW, Action.KEEP_PLAN),
    Status.CLOSED: (Action.CLASSIFY,),
}
"""What a state waits for: the step that stands out for whoever may take it."""


def offered(about: About) -> list[Action]:
    """The steps to offer for a case: those the table allows and that fit it."""
    return [one for one in allowed_actions(about.case, about.by) if one in FORMS and FORMS[one].fits(about)]


def first_of(status: str, actions: Iterable[Action]) -> Action | None:
    """The step that stands out among these, if one does."""
    open_now = set(actions)
    return next((one for one in NEXT.get(Status(status), ()) if one in open_now), None)
