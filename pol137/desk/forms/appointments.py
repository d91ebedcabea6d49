"""Forms about positions: appointing, substituting, ending."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pol137.web.forms import Day, Form, Words

ACCOUNTS_LIST = "accounts"
ONE_DAY = timedelta(days=1)


def _account() -> Words:
    """The user name of an account, with the list of accounts to choose from."""
    widget = forms.TextInput(attrs={"list": ACCOUNTS_LIST, "dir": "ltr", "autocomplete": "off"})
    return Words(
        label=_("Account"), help_text=_("The user name."), max_length=80, widget=widget, size="medium"
    )


class Dated(Form):
    """A stretch of days, the last one included."""

    def after(self) -> date | None:
        """The first day after the stretch; None when it has no end."""
        last: date | None = self.cleaned_data.get("last_day")
        return last + ONE_DAY if last else None


class AppointForm(Dated):
    """Somebody new in a position."""

    username = _account()
    from_date = Day(label=_("From the day"))
    last_day = Day(
        label=_("To the day, that one included"), required=False, help_text=_("Empty: without end.")
    )


class SubstituteForm(Dated):
    """Somebody stands in for the holder."""

    username = _account()
    from_date = Day(label=_("From the day"))
    last_day = Day(label=_("To the day, that one included"))


class EndForm(Dated):
    """The last day of an appointment."""

    last_day = Day(label=_("Last day"))


class PositionsForm(Form):
    """How the list of positions is narrowed."""

    q = Words(label=_("Unit or position"), required=False, max_length=100)
    show = forms.ChoiceField(
        choices=(("", ""), ("vacant", ""), ("mine", "")), required=False, widget=forms.HiddenInput
    )

    def asked(self) -> dict[str, Any]:
        """What was asked for; what cannot be read asks for nothing."""
        return self.cleaned_data if self.is_valid() else {}
