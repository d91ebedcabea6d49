"""Forms about the answer: drafted and given by the unit, approved, returned and announced by the centre."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pol137.cases import operations
from pol137.cases.operations.answering import end_of_day, may_plan_long, needs_deputy, plan_runs
from pol137.cases.operations.telling import text_values
from pol137.cases.permissions import roles_on
from pol137.cases.queries.judging import approval_fault
from pol137.cases.rules.drafts import LONGEST_WORDS, AnswerDraft
from pol137.cases.rules.texts import fill
from pol137.cases.vocabulary import Action, AnswerType, Status
from pol137.city.queries import book
from pol137.city.queries.book import local_day
from pol137.city.vocabulary import Role, TextEvent
from pol137.desk.forms import choices
from pol137.desk.forms.step_form import About, StepForm, ask_day
from pol137.lib.refusal import Refusal
from pol137.staff.vocabulary import SIGNER
from pol137.web import labels
from pol137.web.forms import Day, Photos, Words, choose
from pol137.web.pieces import Words as Text
from pol137.web.uploads import store_photos

ANSWER_MARK = "\ue000"
"""Where the answer goes in the text of a message, while it is being written."""

PHRASES: Mapping[AnswerType, tuple[Text, ...]] = {
    AnswerType.DONE: (
        _("The work was done on the date given and the place was checked afterwards."),
        _("Our crew went to the place and settled the problem."),
    ),
    AnswerType.PLANNED: (
        _("The work stands in the unit's plan and will be done by the date given."),
        _("The material has been ordered; the work begins as soon as it arrives."),
    ),
    AnswerType.IN_COURSE: (
        _("The matter is before the competent commission; we will tell you its next step."),
        _("A written warning was given to the owner; its time runs until the date given."),
    ),
    AnswerType.NOT_FEASIBLE: (
        _("The place was visited; under the rule named, what you ask for cannot be carried out here."),
    ),
    AnswerType.UNLAWFUL: (_("Under the article named, the municipality may not do this."),),
    AnswerType.NOT_OURS: (
        _("This matter belongs to the body named; your message was sent to it with its details."),
    ),
}
"""Sentences to begin a text for the citizen with."""


class Answering(StepForm):
    """What a unit fills in: what it did, its own reply, and what the citizen is told."""

    wide = True
    type = choose(
        label=_("What kind of answer is it?"),
        options=labels.choices(AnswerType),
        radio=True,
    )
    plan_date = Day(
        label=_("By which day?"),
        required=False,
        help_text=_("The citizen is told this date, and it becomes a promise with the same follow-up."),
    )
    next_step = Words(
        label=_("Next step"),
        lines=2,
        required=False,
        max_length=LONGEST_WORDS,
        help_text=_("Where the matter stands, its file number and what comes next."),
    )
    legal_ground = choose(
        label=_("Article or rule"),
        options=(),
        required=False,
        help_text=_("An answer that says no names what it rests on."),
    )
    agency = choose(label=_("Responsible body"), options=(), required=False)
    reply = Words(
        label=_("Reply of the unit"),
        lines=5,
        max_length=LONGEST_WORDS,
        help_text=_("For the record, kept as you write it: what was found and what was done."),
    )
    citizen_text = Words(
        label=_("Text for the citizen"),
        lines=4,
        required=False,
        max_length=LONGEST_WORDS,
        help_text=_("In plain words; the centre reads it before it is sent. Empty: the reply is used."),
    )
    photos = Photos(
        label=_("Photos as evidence"),
        help_text=_("Before and after the work; at most five."),
    )

    FOR_TYPES: Mapping[str, tuple[AnswerType, ...]] = {
        "plan_date": (AnswerType.PLANNED, AnswerType.IN_COURSE),
        "next_step": (AnswerType.IN_COURSE,),
        "legal_ground": (AnswerType.NOT_FEASIBLE, AnswerType.UNLAWFUL),
        "agency": (AnswerType.NOT_OURS,),
    }

    def begin(self) -> dict[str, object]:
        draft = self.about.draft
        if draft is None:
            return {}
        city = book()
        ground, agency = city.legal_grounds.get(draft.legal_ground_id), city.agencies.get(draft.agency_id)
        return {
            "type": draft.type,
            "reply": draft.reply,
            "citizen_text": draft.citizen_text if draft.citizen_text != draft.reply else "",
            "plan_date": draft.plan_date,
            "next_step": draft.next_step,
            "legal_ground": ground.code if ground else "",
            "agency": agency.code if agency else "",
        }

    def prepare(self) -> None:
        _fill_options(self.fields["legal_ground"], choices.legal_grounds(self.about.service))
        _fill_options(self.fields["agency"], choices.agencies())
        for name, types in self.FOR_TYPES.items():
            self.fields[name].widget.attrs["data-for-types"] = " ".join(types)
        ask_day(self, "plan_date")
        count_sms(self.fields["citizen_text"], self.about)

    @property
    def phrases(self) -> list[tuple[AnswerType, Text]]:
        """Sentences to begin with, each with the type of answer it belongs to."""
        return [(kind, text) for kind, texts in PHRASES.items() for text in texts]

    def given(self) -> dict[str, Any]:
        return {"answer": self.draft()}

    def clean(self) -> dict[str, Any]:
        """Fields of other types of answer count as empty, whatever was left in them."""
        given = super().clean() or self.cleaned_data
        for name, types in self.FOR_TYPES.items():
            if name in self.fields and given.get("type") not in types:
                self.errors.pop(name, None)
                given[name] = None if name == "plan_date" else ""
        return given

    def draft(self) -> AnswerDraft:
        """What was filled in. Refuses (Refusal) what is no photo."""
        given = self.cleaned_data
        return AnswerDraft(
            type=given["type"],
            reply=given["reply"],
            citizen_text=given["citizen_text"],
            legal_ground=given["legal_ground"],
            agency=given["agency"],
            plan_date=given.get("plan_date"),
            next_step=given.get("next_step", ""),
            pictures=store_photos(given["photos"], zone=book().zone),
        )


class DraftForm(Answering):
    action = Action.DRAFT
    operation = staticmethod(operations.draft_answer)
    intro = _("The head of the unit sees the draft and gives the answer. No clock stops.")
    done = _("The draft was saved.")


class AnswerForm(Answering):
    action = Action.ANSWER
    operation = staticmethod(operations.answer_case)
    intro = _("The clock stands still while the centre checks it. “Received” or “under study” is no answer.")
    done = _("The answer was given and waits for approval.")

    @classmethod
    def fits(cls, about: About) -> bool:
        """The deputy, or who stands in his place, gives an answer only where its date needs him."""
        case, by, now = about.case, about.by, about.now
        if roles_on(case, by) & {Role.UNIT_HEAD, SIGNER}:
            return True
        needed = about.draft is not None and needs_deputy(case, about.draft, now=now)
        return needed and may_plan_long(case, by, now=now)


class KeepPlanForm(Answering):
    action = Action.KEEP_PLAN
    operation = staticmethod(operations.keep_plan)
    intro = _("What was promised has been done, or has turned out otherwise. The centre checks this answer.")
    done = _("The promised work was reported and waits for approval.")

    @classmethod
    def fits(cls, about: About) -> bool:
        """Under review only where a plan waits to be kept."""
        return about.case.status == Status.PLANNED or plan_runs(about.case)

    def prepare(self) -> None:
        super().prepare()
        dated = (AnswerType.PLANNED, AnswerType.IN_COURSE)
        rest = [kind for kind in AnswerType if kind not in dated]
        _fill_options(self.fields["type"], labels.choices(AnswerType, *rest), empty=False)
        del self.fields["plan_date"], self.fields["next_step"]


class ApproveForm(StepForm):
    action = Action.APPROVE
    operation = staticmethod(operations.approve_answer)
    done = _("The answer was approved and will be announced.")
    wide = True
    text = Words(
        label=_("Text for the citizen"),
        lines=4,
        max_length=LONGEST_WORDS,
        help_text=_("You may change tone and length, not substance. The unit's reply stays as it is."),
    )
    consent = forms.BooleanField(
        label=_("I agree that this cannot be done, and that the rule named says so"), required=False
    )

    @classmethod
    def fits(cls, about: About) -> bool:
        return cls.fault(about) is None

    @classmethod
    def fault(cls, about: About) -> Refusal | None:
        return approval_fault(about.case, about.answer, about.by)

    def begin(self) -> dict[str, object]:
        answer = self.about.answer
        return {"text": answer.citizen_text} if answer else {}

    def prepare(self) -> None:
        answer = self.about.answer
        if answer is None or answer.type not in (AnswerType.NOT_FEASIBLE, AnswerType.UNLAWFUL):
            del self.fields["consent"]
        count_sms(self.fields["text"], self.about)


class ReturnForm(StepForm):
    action = Action.RETURN_ANSWER
    operation = staticmethod(operations.return_answer)
    intro = _("The unit gets back exactly the time it had left.")
    done = _("The answer was returned to the unit.")
    reason = Words(label=_("What is missing?"), lines=3, max_length=LONGEST_WORDS)
    no_logical_answer = forms.BooleanField(
        label=_("There is no logical answer in it"),
        help_text=_("It counts as never given: the first times stand, and what fell due climbs at once."),
        required=False,
    )

    @classmethod
    def fits(cls, about: About) -> bool:
        return cls.fault(about) is None

    @classmethod
    def fault(cls, about: About) -> Refusal | None:
        return approval_fault(about.case, about.answer, about.by)


class AnnounceForm(StepForm):
    action = Action.ANNOUNCE
    operation = staticmethod(operations.announce_answer)
    intro = _("Only after the citizen has been told: the time to object begins now.")
    done = _("The answer counts as announced.")
    told_by = choose(
        label=_("How was the citizen told?"),
        options=[
            ("call", _("By phone, by hand")),
            ("walk_in", _("In person")),
        ],
        radio=True,
    )

    @classmethod
    def fits(cls, about: About) -> bool:
        return not about.is_part

    def begin(self) -> dict[str, object]:
        return {"told_by": "call"}


class PostponePlanForm(StepForm):
    action = Action.POSTPONE_PLAN
    operation = staticmethod(operations.postpone_plan)
    intro = _("The citizen is told the new date. What was promised first stays on record.")
    done = _("The promised date was postponed.")
    until = Day(label=_("New date"))
    reason = Words(label=pgettext_lazy("of a step", "Reason"), lines=3, max_length=LONGEST_WORDS)

    def prepare(self) -> None:
        ask_day(self, "until")


def _fill_options(field: forms.Field, options: choices.Options, *, empty: bool = True) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = [("", _("Choose …")), *options] if empty else options


def answer_frame(about: About, event: str, due: datetime) -> str:
    """The SMS that carries an answer to this citizen, with `ANSWER_MARK` where the answer goes."""
    city, speech = book(), about.language
    if not city.has_text(event, "sms"):
        return ANSWER_MARK
    values = {**text_values(about.case, language=speech, due=due, now=about.now), "answer": ANSWER_MARK}
    return fill(city.text(event, "sms", speech), values, language=speech, most=99)


def count_sms(field: forms.Field, about: About) -> None:
    """Let the page count, while one writes, the SMS parts the text takes, with its day if it gives one."""
    city, answer = book().city, about.answer
    plain = answer_frame(about, TextEvent.ANSWER_ANNOUNCED, about.now + city.objection_window)
    day = answer.plan_date if answer else None
    promised = end_of_day(day or local_day(about.now + city.plan_limit))
    dated = answer_frame(about, TextEvent.PLAN_ANNOUNCED, promised)
    field.widget.attrs.update(
        {
            "data-sms-frame": dated if day else plain,
            "data-sms-frame-dated": dated,
            "data-sms-most": book().city.sms_max_parts,
            "data-sms-words": _("The whole SMS: {n} of at most {m} parts"),
            "data-sms-over": _("The whole SMS: {n} parts, at most {m} go out; the rest is read by code."),
        }
    )
