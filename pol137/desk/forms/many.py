"""Forms of many people: shared problems, supporters, letters to other bodies, answers to other portals."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pol137.cases import operations
from pol137.cases.permissions import may_see, readable
from pol137.cases.queries import find_by_code, open_proposal
from pol137.cases.rules.drafts import LONGEST_NAME, LONGEST_WORDS
from pol137.cases.vocabulary import Action, SupporterKind
from pol137.city.queries import book
from pol137.desk.forms.step_form import About, StepForm
from pol137.lib.actor import Actor
from pol137.lib.refusal import Refusal
from pol137.referrals.operations import LONGEST_LETTER, LONGEST_REPLY
from pol137.referrals.vocabulary import ReferralMedium
from pol137.web import labels
from pol137.web.forms import Day, Form, TrackingCode, Words, choose
from pol137.web.templatetags.fa import code as code_in_pairs
from pol137.web.templatetags.fa import jalali_time, language

REASON = pgettext_lazy("of a step", "Reason")


def near_words(case: Any, *, by: Actor) -> str:
    """A case close by in one line: code, subject, place, time."""
    service = book().services[case.service_id].name(language())
    parts = [service, readable(case.address, by=by), jalali_time(case.registered_at)]
    return f"{code_in_pairs(case.code)} · " + " · ".join(part for part in parts if part)


class PairForm(StepForm):
    """A step that names another case as the one that carries the fault."""

    near = choose(label=_("Near this place, in the last two weeks"), options=(), radio=True, required=False)
    code = TrackingCode(label=_("Or the tracking code of the main case"), required=False)

    @classmethod
    def fits(cls, about: About) -> bool:
        return not about.is_part

    def prepare(self) -> None:
        field = self.fields["near"]
        if isinstance(field, forms.ChoiceField) and self.about.near:
            field.choices = [(str(one.code), near_words(one, by=self.about.by)) for one in self.about.near]
        else:
            del self.fields["near"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("code") and not given.get("near") and "code" not in self.errors:
            self.add_error("code", _("Please choose a case or write its tracking code."))
        return given

    def given(self) -> dict[str, Any]:
        main = find_by_code(self.cleaned_data["code"] or self.cleaned_data.get("near", ""))
        if main is None or not may_see(main, self.about.by):
            raise Refusal("case_unknown", field="code")
        said = super().given()
        more = {name: value for name, value in said.items() if name not in ("near", "code")}
        return {**more, "main_case_id": main.pk}


class JoinIncidentForm(PairForm):
    action = Action.JOIN_INCIDENT
    operation = staticmethod(operations.join_incident)
    intro = _("The case keeps its code and its promise; the main case carries the work for all.")
    done = _("The case was joined to the shared problem.")

    def begin(self) -> dict[str, object]:
        waiting = open_proposal(self.about.case.pk)
        return {"code": waiting.main_case.code} if waiting is not None else {}


class ProposeJoinForm(PairForm):
    action = Action.PROPOSE_JOIN
    operation = staticmethod(operations.propose_join)
    intro = _("The centre sees both cases and decides. Until then nothing moves, no deadline either.")
    done = _("The centre will look at both cases.")
    reason = Words(label=REASON, lines=2, required=False, max_length=LONGEST_WORDS)

    @classmethod
    def fits(cls, about: About) -> bool:
        return not about.is_part and open_proposal(about.case.pk) is None


class DeclineJoinForm(StepForm):
    action = Action.DECLINE_JOIN
    operation = staticmethod(operations.decline_join)
    intro = _("The unit that proposed it is told.")
    done = _("The proposal was declined.")
    reason = Words(label=REASON, lines=2, max_length=LONGEST_WORDS)

    @classmethod
    def fits(cls, about: About) -> bool:
        return open_proposal(about.case.pk) is not None


class SupportForm(StepForm):
    action = Action.SUPPORT
    operation = staticmethod(operations.support_case)
    intro = _("Somebody stands behind the request beside its reporter: counted apart, told the answer.")
    done = _("The supporter was counted.")
    kind = choose(label=_("Who supports it?"), options=labels.choices(SupporterKind), radio=True)
    name = Words(label=_("Name"), required=False, max_length=LONGEST_NAME)
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        help_text=_("Each number counts once; to a mobile the answer is told by SMS."),
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "dir": "ltr", "autocomplete": "off"}
        ),
    )

    @classmethod
    def fits(cls, about: About) -> bool:
        return not about.is_part

    def begin(self) -> dict[str, object]:
        return {"kind": str(SupporterKind.PERSON)}


class AnswerSenderForm(StepForm):
    action = Action.ANSWER_SENDER
    operation = staticmethod(operations.answer_sender)
    intro = _("The announced answer was written into the portal the case came from.")
    done = _("Recorded: the answer went back.")

    @classmethod
    def fits(cls, about: About) -> bool:
        told = about.known is not None and any(one.announced_at for one in about.known.announcements)
        return told and bool(about.case.external_ref)


STEP_FORMS: tuple[type[StepForm], ...] = (
    JoinIncidentForm,
    ProposeJoinForm,
    DeclineJoinForm,
    SupportForm,
    AnswerSenderForm,
)


class SendForm(Form):
    """The letter to another body, and how it goes."""

    letter = Words(label=_("Letter"), lines=12, max_length=LONGEST_LETTER)
    medium = choose(label=_("How does it go?"), options=labels.choices(ReferralMedium), radio=True)
    due_date = Day(label=_("A reply is asked for by"), required=False)


class PaperReplyForm(Form):
    """The reply of another body as it came on paper or by phone."""

    reply = Words(
        label=_("Reply of the body"),
        lines=4,
        max_length=LONGEST_REPLY,
        help_text=_("It is told to the citizen as it stands."),
    )
    reply_number = Words(label=_("Number of the letter"), required=False, max_length=100)
    reply_date = Day(label=_("The body promises it for"), required=False)


class LettersForm(forms.Form):
    """How the list of letters is narrowed."""

    state = forms.CharField(required=False, max_length=12)
    agency = forms.CharField(required=False, max_length=80)
    before = forms.IntegerField(required=False, min_value=1)
