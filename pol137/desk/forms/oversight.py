"""Forms of those above: what inspection found, the second look at an approval."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pol137.oversight.vocabulary import FindingKind
from pol137.web import labels
from pol137.web.forms import Form, Words, choose


class FindingForm(Form):
    """What inspection found about a case nobody answered."""

    kind = choose(label=_("What was found?"), options=labels.choices(FindingKind), radio=True)
    reason = Words(label=pgettext_lazy("of a step", "Reason"), lines=3, max_length=2000)


class RecheckForm(Form):
    """The verdict of a second look."""

    AGREES = (("yes", _("I would have approved it")), ("no", _("I would not have approved it")))
    agrees = choose(label=_("Your verdict"), options=AGREES, radio=True)
    reason = Words(label=pgettext_lazy("of a step", "Reason"), lines=3, max_length=2000)

    def verdict(self) -> bool:
        """Whether the expert agrees."""
        return bool(self.cleaned_data["agrees"] == "yes")


class MonthForm(forms.Form):
    """A Jalali month as the address names it: «1405-07»."""

    month = forms.RegexField(r"^1[2-5][0-9]{2}-(0[1-9]|1[0-2])$", required=False)
