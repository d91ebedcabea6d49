"""Forms of the dispatch board and the duty roster."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pol137.city.queries import book
from pol137.city.rules.entries import DistrictEntry
from pol137.dispatch.rules.roster import LONGEST_POST, LONGEST_RADIO, MOST_ORDERS, TurnDraft
from pol137.lib.refusal import Refusal
from pol137.web.forms import Day, Form, Number, TimeOfDay, Words, choose
from pol137.web.templatetags.fa import language

MOST_DAYS = 31
LARGEST_FILE = 2 * 2**20


class CancelForm(Form):
    """Why nobody need go."""

    reason = Words(label=_("Why need nobody go?"), lines=2, max_length=500)


class ElsewhereForm(Form):
    """A post that is not on the roster was called."""

    post = Words(label=_("Which post was called?"), max_length=LONGEST_POST)
    phone = Words(label=_("Phone"), max_length=40)
    radio = Words(label=_("Radio call sign"), required=False, max_length=LONGEST_RADIO)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].widget.attrs.update({"type": "tel", "inputmode": "tel", "dir": "ltr"})


class TurnForm(Form):
    """A turn of the roster, on one day or several in a row."""

    group = choose(label=_("For which dangers"), options=(), required=False)
    order = Number(label=_("Order of call"), min_value=1, max_value=MOST_ORDERS)
    position = choose(label=_("Position of the city"), options=(), required=False)
    post = Words(label=_("Or a post outside it"), required=False, max_length=LONGEST_POST)
    phone = Words(label=_("Phone"), max_length=40)
    radio = Words(label=_("Radio call sign"), required=False, max_length=LONGEST_RADIO)
    day = Day(label=_("Day"))
    begins = TimeOfDay(label=_("From (time)"))
    ends = TimeOfDay(label=_("Until (time)"), help_text=_("Not later than it begins: on the following day."))
    days = Number(label=_("On how many days in a row"), min_value=1, max_value=MOST_DAYS)

    def __init__(self, *args: Any, district: DistrictEntry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.district = district
        city, speech = book(), language()
        urgent = {service.group_id for service in city.services if service.urgent}
        groups = [(one.code, one.name(speech)) for one in city.groups if one.id in urgent]
        self._offer("group", [("", _("Every danger of the district")), *groups])
        near = [
            (one.code, one.name(speech))
            for one in city.positions
            if city.departments[one.department_id].district_id in (None, district.id)
        ]
        self._offer("position", [("", _("Choose …")), *near])
        self.fields["phone"].widget.attrs.update({"type": "tel", "inputmode": "tel", "dir": "ltr"})

    def _offer(self, name: str, options: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = options

    def draft(self) -> TurnDraft:
        """The turn that was written."""
        given = self.cleaned_data
        midnight = datetime.combine(given["day"], datetime.min.time(), tzinfo=book().zone)
        ends = given["ends"] + (timedelta(days=1) if given["ends"] <= given["begins"] else timedelta(0))
        return TurnDraft(
            district=self.district.code,
            group=given["group"],
            order=given["order"],
            position=given["position"],
            post=given["post"],
            phone=given["phone"],
            radio=given["radio"],
            from_at=midnight + given["begins"],
            to_at=midnight + ends,
        )


class FileForm(Form):
    """A month of the roster as a CSV file."""

    file = forms.FileField(
        label=_("CSV file of the month"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def text(self) -> str:
        """What the file says. Refuses (Refusal) one that is too large or no text in UTF-8."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise Refusal("file_too_large", field="file", megabytes=LARGEST_FILE // 2**20)
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise Refusal("roster_unreadable", field="file") from error
