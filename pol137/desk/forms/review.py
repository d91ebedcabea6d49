"""Forms about the end of a case: objection, review, withdrawal, reopening, classification."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pol137.cases import operations
from pol137.cases.queries import open_objections
from pol137.cases.queries.judging import final_review, likely_outcome, review_fault
from pol137.cases.rules.drafts import LONGEST_WORDS
from pol137.cases.vocabulary import Action, ObjectionGround, Outcome, Verdict
from pol137.city.queries import book
from pol137.contacts.operations import withdraw_for_reporter
from pol137.contacts.queries import withdrawal_proofs
from pol137.desk.forms import choices
from pol137.desk.forms.step_form import About, StepForm
from pol137.lib.refusal import Refusal
from pol137.web import labels
from pol137.web.forms import Words, choose
from pol137.web.templatetags.fa import jalali_time

REASON = pgettext_lazy("of a step", "Reason")


def _offer(form: StepForm, name: str, options: choices.Options) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = options


class ObjectForm(StepForm):
    action = Action.OBJECT
    operation = staticmethod(operations.object_to_answer)
    intro = _(
        "As the citizen said on the phone or in person. A review opens, with a clock of the centre's own."
    )
    done = _("The objection was recorded; a review is open.")
    ground = choose(label=_("What is wrong?"), options=labels.choices(ObjectionGround), radio=True)
    words = Words(label=_("In the citizen's words"), lines=3, required=False, max_length=LONGEST_WORDS)
    channel = choose(label=_("How did he say so?"), options=())

    @classmethod
    def fits(cls, about: About) -> bool:
        return not about.is_part and final_review(about.case.pk) is None

    def begin(self) -> dict[str, object]:
        return {"channel": "phone"}

    def prepare(self) -> None:
        _offer(self, "channel", choices.channels())


class DecideReviewForm(StepForm):
    action = Action.DECIDE_REVIEW
    operation = staticmethod(operations.decide_review)
    intro = _(
        "If upheld, the unit works again and its deputy is told at once. The citizen is told every verdict."
    )
    done = _("The verdict was recorded and is told to the citizen.")
    wide = True
    verdict = choose(label=_("Verdict"), options=labels.choices(Verdict), radio=True)
    reasons = Words(label=_("Reasons"), lines=4, max_length=LONGEST_WORDS, help_text=_("For the record."))
    citizen_text = Words(
        label=_("Reasons as the citizen is told"),
        lines=3,
        required=False,
        max_length=LONGEST_WORDS,
        help_text=_("Empty: the reasons themselves."),
    )

    @classmethod
    def fits(cls, about: About) -> bool:
        """Only for a reviewer who has no stake in it: nobody is offered what he will be refused."""
        return cls.fault(about) is None

    @classmethod
    def fault(cls, about: About) -> Refusal | None:
        objection = open_objections([about.case.pk]).get(about.case.pk)
        if objection is None:
            return Refusal("no_objection_waits")
        return review_fault(about.case, objection, about.by)


class ReopenForm(StepForm):
    action = Action.REOPEN
    operation = staticmethod(operations.reopen_case)
    intro = _("The unit works again under a new promise. Lateness so far stays.")
    done = _("The case was reopened.")
    reason = Words(label=REASON, lines=3, max_length=LONGEST_WORDS)

    @classmethod
    def fits(cls, about: About) -> bool:
        return about.case.department_id is not None and operations.may_reopen(about.case, now=about.now)


class WithdrawForm(StepForm):
    action = Action.WITHDRAW
    operation = staticmethod(withdraw_for_reporter)
    intro = _("Only when the reporter himself wants it, on a call. The case is closed and he is told by SMS.")
    done = _("The case was withdrawn.")
    tone = "danger"
    said = choose(
        label=_("Where did he say so?"),
        options=(),
        radio=True,
        help_text=_("Your contacts with his own number, and calls on which he was reached, since yesterday."),
    )
    reason = Words(label=REASON, lines=3, required=False, max_length=LONGEST_WORDS)

    @classmethod
    def fits(cls, about: About) -> bool:
        """Only where there is a contact or call on which he can have said so."""
        return not about.is_part and bool(withdrawal_proofs(about.case.pk, by=about.by, now=about.now))

    def prepare(self) -> None:
        proofs = withdrawal_proofs(self.about.case.pk, by=self.about.by, now=self.about.now)
        _offer(self, "said", [(one.ref, _said(one.ref, jalali_time(one.at))) for one in proofs])

    def begin(self) -> dict[str, object]:
        proofs = withdrawal_proofs(self.about.case.pk, by=self.about.by, now=self.about.now)
        return {"said": proofs[0].ref} if proofs else {}


def _said(ref: str, at: str) -> str:
    words = _("Call to him, %(at)s") if ref.startswith("call:") else _("Contact from his number, %(at)s")
    return str(words) % {"at": at}


class ClassifyForm(StepForm):
    action = Action.CLASSIFY
    operation = staticmethod(operations.classify_case)
    intro = _("What the case turned out to be, what caused it and what it came to. The system archives it.")
    done = _("The case was classified.")
    wide = True
    final_service = choose(
        label=_("Final subject"),
        options=(),
        help_text=_("If it turned out to be another subject than was first thought, this is reported."),
    )
    cause = Words(label=_("Cause"), lines=3, required=False, max_length=LONGEST_WORDS)
    outcome = choose(label=_("What it came to"), options=labels.choices(Outcome), radio=True)

    @classmethod
    def fits(cls, about: About) -> bool:
        return not about.is_part

    def begin(self) -> dict[str, object]:
        case = self.about.case
        final = book().services.get(case.final_service_id) or self.about.service
        return {
            "final_service": final.code,
            "cause": case.cause,
            "outcome": case.outcome or str(likely_outcome(case)),
        }

    def prepare(self) -> None:
        _offer(self, "final_service", [("", _("Choose …")), *choices.services()])


REVIEW_FORMS: tuple[type[StepForm], ...] = (
    ObjectForm, DecideReviewForm, ReopenForm, WithdrawForm, ClassifyForm,
)  # fmt: skip
