"""Form fields that read what Iranians type: Persian digits, any phone, Jalali dates, clean words."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import flatatt
from django.utils.dateparse import parse_date
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from pol137.lib import jalali, tracking_code
from pol137.lib.persian import ascii_digits, clean_text
from pol137.lib.phones import Phone, parse_phone
from pol137.lib.refusal import Refusal
from pol137.web import refusals
from pol137.web.marks import fill, join
from pol137.web.templatetags.fa import digits, is_persian, zone
from pol137.web.templatetags.fa import jalali as in_words


class Words(forms.CharField):
    """Text a person wrote: cleaned of what cannot be stored or shown, never of a word."""

    def __init__(self, *, lines: int = 1, size: str = "", **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": lines, "dir": "auto"}) if lines > 1 else forms.TextInput()
        kwargs.setdefault("widget", widget)
        super().__init__(strip=True, **kwargs)
        self.size = size

    def to_python(self, value: object) -> str:
        text = clean_text(str(value)) if value not in self.empty_values else ""
        return text or str(self.empty_value)


class Number(forms.IntegerField):
    """A whole number in any digits."""

    size = "short"
    default_error_messages = {"invalid": _("Please write a whole number.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"})
        )
        super().__init__(**kwargs)

    def to_python(self, value: object) -> int | None:
        return super().to_python(
            ascii_digits(str(value)).strip() if value not in self.empty_values else value
        )


class PhoneNumber(forms.CharField):
    """A phone number of any country as a `Phone`; None when empty. Refuses one that cannot be dialled."""

    size = "medium"

    def __init__(self, *, area_code: str = "", region: str = "IR", **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "dir": "ltr", "autocomplete": "tel"}),
        )
        super().__init__(max_length=40, **kwargs)
        self.area_code, self.region = area_code, region

    def clean(self, value: object) -> Phone | None:
        text = super().clean(value)
        if not text:
            return None
        phone = parse_phone(str(text), self.region, area_code=self.area_code)
        if not phone.dialable:
            raise forms.ValidationError(_("This is not a phone number we can call."), code="phone")
        return phone


class TrackingCode(forms.CharField):
    """A tracking code as people type it, with spaces, dashes or Persian digits."""

    size = "medium"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"})
        )
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: object) -> str:
        text = super().clean(value)
        if not text:
            return ""
        code = tracking_code.clean(str(text))
        if code is None:
            raise forms.ValidationError(
                _("This is no tracking code. A code has ten digits; please look at each of them again."),
                code="code",
            )
        return code


class Day(forms.CharField):
    """A day as a `date`: Jalali in Persian («۱۴۰۵/۷/۲۴»), Gregorian in English (2026-10-16)."""

    size = "short"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"})
        )
        super().__init__(max_length=20, **kwargs)

    def clean(self, value: object) -> date | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return jalali.parse_date(str(text)) if is_persian() else _gregorian(str(text))
        except ValueError:
            raise forms.ValidationError(
                _("Please write the day like this: %(example)s"),
                code="day",
                params={"example": in_words(datetime.now(UTC).astimezone(zone()).date(), "short")},
            ) from None

    def prepare_value(self, value: object) -> object:
        return in_words(value, "short") if isinstance(value, date) else value


class TimeOfDay(forms.CharField):
    """A time of day in any digits («۷», «۷:۳۰», «۲۴:۰۰») as the time since midnight."""

    size = "short"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"})
        )
        super().__init__(max_length=10, **kwargs)

    def clean(self, value: object) -> timedelta | None:
        text = ascii_digits(str(super().clean(value))).strip()
        if not text:
            return None
        found = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?", text, re.ASCII)
        length = timedelta(hours=int(found[1]), minutes=int(found[2] or 0)) if found else None
        if found is None or length is None or int(found[2] or 0) > 59 or length > timedelta(days=1):
            raise forms.ValidationError(_("Please write the time like this: 07:30"), code="time")
        return length

    def prepare_value(self, value: object) -> object:
        if not isinstance(value, timedelta):
            return value
        minutes = value // timedelta(minutes=1)
        return digits(f"{minutes // 60:02d}:{minutes % 60:02d}")


def _gregorian(text: str) -> date:
    day = parse_date(ascii_digits(text).strip())
    if day is None:
        raise ValueError(text)
    return day


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class Photos(forms.FileField):
    """Several photos; the view gives them to `uploads.store_photos`, which checks their content."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", _ManyFiles(attrs={"accept": "image/jpeg,image/png,image/webp"}))
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: object = None) -> list[UploadedFile]:
        files = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if not files and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(Photos, self).clean(one, initial) for one in files]


NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


def new_nonce() -> str:
    """A name for one filling of a form; as the contact's external id it lets a double click make one case."""
    return secrets.token_urlsafe(18)


class Form(forms.Form):
    """A form in our own words, drawn field by field by `{% field %}`."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = _("Please fill this in.")
            if isinstance(field, forms.ChoiceField):
                field.error_messages["required"] = _("Please choose one.")

    def refuse(self, refusal: Refusal) -> None:
        """Show a refusal: each part on its field when the form has it, else above the form."""
        for one in refusal.every:
            place = one.field if one.field in self.fields else None
            self.add_error(place, refusals.words(one))


class OnceForm(Form):
    """A form that must take effect once: its hidden nonce names this filling."""

    nonce = forms.CharField(widget=forms.HiddenInput, initial=new_nonce, max_length=64)

    def clean_nonce(self) -> str:
        """A nonce nobody made here is replaced: it protects the sender only."""
        nonce = str(self.cleaned_data["nonce"])
        return nonce if NONCE.fullmatch(nonce) else new_nonce()


class Unfolding(forms.Select):
    """A list to unfold, written in one go: a template for each line of two hundred subjects is slow."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen, groups = set(self.format_value(value)), []
        for code, words in self.choices:
            if isinstance(words, list | tuple):
                lines = join(_option(one, said, chosen) for one, said in words)
                groups.append(fill('<optgroup label="{}">{}</optgroup>', code, lines))
            else:
                groups.append(_option(code, words, chosen))
        named = flatatt(self.build_attrs(self.attrs, attrs))
        return fill('<select name="{}"{}>{}</select>', name, named, join(groups))


def _option(code: object, words: object, chosen: set[str]) -> SafeString:
    value = "" if code is None else str(code)
    mark = " selected" if value in chosen else ""
    return fill('<option value="{}"{}>{}</option>', value, mark, words)


def choose(
    *, label: Any, options: Sequence[tuple[str, Any]], radio: bool = False, **kwargs: Any
) -> forms.ChoiceField:
    """A choice of one; a list to unfold starts with an empty line."""
    if radio:
        return forms.ChoiceField(label=label, choices=options, widget=forms.RadioSelect, **kwargs)
    kwargs.setdefault("widget", Unfolding)
    return forms.ChoiceField(label=label, choices=[("", _("Choose …")), *options], **kwargs)
