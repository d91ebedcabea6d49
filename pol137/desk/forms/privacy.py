"""Forms around what leads to persons: a call through the centre, the erasing of somebody's details."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pol137.cases import operations
from pol137.cases.rules.drafts import LONGEST_WORDS
from pol137.cases.vocabulary import Action
from pol137.citizens.vocabulary import ErasureReason
from pol137.desk.forms.step_form import About, StepForm
from pol137.web import labels
from pol137.web.forms import Form, TrackingCode, Words, choose


class AskCentreForm(StepForm):
    action = Action.ASK_CENTRE
    operation = staticmethod(operations.ask_centre)
    intro = _("The centre calls him for you; his reply comes back as a note. His number stays hidden.")
    done = _("The centre was asked to call the citizen.")
    words = Words(label=_("What should be said or asked?"), lines=3, max_length=LONGEST_WORDS)

    @classmethod
    def fits(cls, about: About) -> bool:
        return about.reporter is not None and about.reporter.dialable


class PersonForm(Form):
    """Whose details are meant."""

    code = TrackingCode(label=_("Tracking code of one of his cases"))
    phone = Words(label=_("Phone of that case"), required=False, max_length=40)


class EraseForm(PersonForm):
    """The details go, and why."""

    reason = choose(label=_("Why?"), options=labels.choices(ErasureReason), radio=True)
