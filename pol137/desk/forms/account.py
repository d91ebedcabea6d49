"""Forms of one's own account: entering, language and look, password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from pol137.web.context import THEMES
from pol137.web.forms import Form, PhoneNumber, choose

THEME_WORDS = {"light": _("Light"), "dark": _("Dark")}


def _secret(label: Any, kind: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": kind, "dir": "ltr"}),
    )


class LoginForm(Form):
    """User name and password."""

    username = forms.CharField(
        label=_("User name"),
        max_length=80,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "dir": "ltr", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = _secret(_("Password"), "current-password")


class LookForm(Form):
    """The desk's language and light."""

    language = choose(label=_("Language of the desk"), options=settings.LANGUAGES, radio=True)
    theme = choose(
        label=_("Light or dark"),
        options=[("", _("As the device")), *((theme, THEME_WORDS[theme]) for theme in THEMES)],
        radio=True,
        required=False,
    )


class PhoneForm(Form):
    """One's own mobile."""

    phone = PhoneNumber(
        label=_("Mobile"),
        required=False,
        help_text=_(
            "New cases and what climbs to you are texted here. Empty: you read them on the desk only."
        ),
    )

    def number(self) -> str:
        """The number in E.164; empty for none."""
        phone = self.cleaned_data["phone"]
        return (phone.e164 or "") if phone else ""


class PasswordForm(Form):
    """A new password, twice, and the old one as proof."""

    old = _secret(_("Present password"), "current-password")
    new = _secret(_("New password"), "new-password")
    again = _secret(_("New password once more"), "new-password")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["new"].help_text = _("At least ten characters, not only digits, and no common word.")

    def clean_old(self) -> str:
        old = str(self.cleaned_data["old"])
        if not self.user.check_password(old):
            raise forms.ValidationError(_("This is not your present password."), code="old")
        return old

    def clean_new(self) -> str:
        new = str(self.cleaned_data["new"])
        validate_password(new, self.user)
        return new

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("new") and given.get("again") and given["new"] != given["again"]:
            self.add_error("again", _("The two new passwords differ."))
        return given
