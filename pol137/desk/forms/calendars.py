"""Forms of the calendars: a closure to declare, a holiday to set."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pol137.city.queries import book, local_day
from pol137.city.rules.entries import ClosureEntry
from pol137.city.vocabulary import DepartmentKind
from pol137.desk.forms.choices import Options, named
from pol137.web import labels
from pol137.web.forms import Day, Form, TimeOfDay, Words

DAY = timedelta(days=1)


def _kinds() -> Options:
    """The kinds of unit the city has; all of it is closed by naming none."""
    kinds = {one.kind for one in book().departments} - {DepartmentKind.CITY}
    return [(str(kind), labels.LABELS[DepartmentKind][kind]) for kind in DepartmentKind if kind in kinds]


class ClosureForm(Form):
    """What is closed, from when to when, why. It begins with all of tomorrow, everywhere."""

    title = Words(
        label=pgettext_lazy("of a step", "Reason"),
        max_length=200,
        help_text=_("Citizens read it: “severe cold”, “public mourning”."),
    )
    from_day = Day(label=_("From the day"))
    from_time = TimeOfDay(label=_("From the hour"))
    to_day = Day(label=_("Until the day"))
    to_time = TimeOfDay(label=_("Until the hour"))
    districts = forms.MultipleChoiceField(
        label=_("Districts"),
        choices=lambda: named(book().districts),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: the whole city."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of unit"),
        choices=_kinds,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: all, with what belongs to them. Operational units stay open in any case."),
    )
    mourning = forms.BooleanField(
        label=_("Day of mourning"), required=False, help_text=_("No citizen is called while it lasts.")
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        tomorrow = local_day(now) + DAY
        kwargs["initial"] = {
            "from_day": tomorrow,
            "from_time": timedelta(0),
            "to_day": tomorrow,
            "to_time": DAY,
        }
        super().__init__(*args, **kwargs)
        _with_weekday(self, "from_day", "to_day")

    def given(self) -> dict[str, Any]:
        """The closure in the words of its operation."""
        said, city = self.cleaned_data, book()
        return {
            "title": said.get("title", ""),
            "from_at": _moment(said["from_day"], said["from_time"]),
            "to_at": _moment(said["to_day"], said["to_time"]),
            "districts": {city.districts.by_code[code].id for code in said["districts"]},
            "kinds": {DepartmentKind(kind) for kind in said["kinds"]},
            "mourning": said["mourning"],
        }

    def thought_of(self, *, now: datetime) -> ClosureEntry:
        """The closure as if it had been declared already."""
        said = self.given()
        return ClosureEntry(
            id=0,
            title_fa=said["title"],
            from_at=said["from_at"],
            to_at=said["to_at"],
            districts=frozenset(said["districts"]),
            kinds=frozenset(said["kinds"]),
            mourning=said["mourning"],
            declared_at=now,
            declared_by="",
        )


class HolidayForm(Form):
    """A day a calendar is closed."""

    calendar = forms.ChoiceField(label=_("Calendar"), choices=lambda: named(book().calendars))
    day = Day(label=_("Day"))
    title = Words(label=_("Title"), max_length=200)
    mourning = forms.BooleanField(
        label=_("Day of mourning"), required=False, help_text=_("No citizen is called on that day.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="holiday-%s", **kwargs)
        _with_weekday(self, "day")


def _with_weekday(form: Form, *names: str) -> None:
    """Let the page show the weekday of a day while it is typed."""
    for name in names:
        form.fields[name].widget.attrs["data-day"] = ""


def _moment(day: date, since_midnight: timedelta) -> datetime:
    """The moment the city's clocks show this: the hour counts on the wall, not in seconds of the day."""
    return datetime(day.year, day.month, day.day, tzinfo=book().zone) + since_midnight
