"""Forms of the contact desk: a contact begins, and everything one screen can do with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from pol137.cases.operations.answering import end_of_day
from pol137.cases.rules.drafts import LONGEST_ADDRESS, LONGEST_REF, LONGEST_WORDS, CaseDraft, ReporterDraft
from pol137.cases.vocabulary import Wish
from pol137.city.queries import FoundPlace, book, place_meant, place_of_code
from pol137.city.rules.entries import Question, ServiceEntry
from pol137.city.vocabulary import Datatype, MessageKind
from pol137.contacts.operations import Ending
from pol137.desk.screen import ASK
from pol137.lib.persian import ascii_digits
from pol137.lib.refusal import Refusal
from pol137.web import labels
from pol137.web.forms import Day, Form, OnceForm, Words, choose
from pol137.web.templatetags.fa import language

FED_BY_PROGRAMS = frozenset({"sms", "web", "app", "open311"})
"""Channels whose messages come in by themselves."""

LANGUAGES = [("fa", "فارسی"), ("en", "English")]


def _number(**more: Any) -> forms.CharField:
    """A phone number as it is told: short and withheld ones are kept too."""
    attrs = {"type": "tel", "inputmode": "tel", "dir": "ltr", "autocomplete": "off", **more}
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=_("Phone"), required=False, max_length=40, widget=widget)


def _offer(form: forms.Form, name: str, options: Sequence[tuple[str, Any]]) -> None:
    """Set what a field offers to choose from."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = options


def _live(form: forms.Form, name: str, *, on: str, look: str, shows: str, also: str = "") -> None:
    """Let a field ask for the parts of the screen that depend on it."""
    form.fields[name].widget.attrs |= {
        "hx-post": look,
        "hx-trigger": on,
        "hx-target": shows,
        "hx-select": shows,
        "hx-swap": "outerHTML",
        "hx-sync": "this:replace",
        **({"hx-select-oob": also} if also else {}),
    }


class StartForm(OnceForm):
    """Somebody rings or stands before the desk."""

    phone = _number(autofocus=True)
    channel = choose(label=_("Came by"), options=[], radio=True, initial="phone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].help_text = _("Empty when there is none or it is withheld.")
        _offer(
            self,
            "channel",
            [(one.code, one.name(language())) for one in book().channels if one.code not in FED_BY_PROGRAMS],
        )


class ContactForm(Form):
    """The one screen of a contact. What is asked about a subject depends on `service`."""

    q = Words(label=_("Subject"), required=False, max_length=200)
    service = forms.CharField(label=_("Subject"), required=False, max_length=80)
    words = Words(lines=2, label=_("What the caller says"), required=False, max_length=LONGEST_WORDS)
    kind = choose(label=_("Kind"), options=labels.choices(MessageKind), required=False)
    urgent = forms.BooleanField(
        label=_("Is somebody in danger right now?"),
        help_text=_("By the caller's word: an answer within minutes, and help is called at once."),
        required=False,
    )
    place_q = Words(label=_("Place"), required=False, max_length=200)
    place = forms.CharField(label=_("Place"), required=False, max_length=80)
    address = Words(label=_("Address"), required=False, max_length=LONGEST_ADDRESS)
    district = choose(label=_("District"), options=[], required=False)
    phone = _number()
    name = Words(label=_("Caller's name"), required=False, max_length=200)
    wish = choose(
        label=_("Tell the answer"), options=labels.choices(Wish), required=False, initial=str(Wish.SMS)
    )
    language = choose(label=_("Language"), options=LANGUAGES, required=False, initial="fa")
    external_ref = Words(label=_("Number there"), required=False, max_length=LONGEST_REF)
    external_due = Day(label=_("Answer due there"), required=False)
    article = forms.CharField(label=_("Article to read out"), required=False, max_length=80)
    agency = forms.CharField(label=_("Responsible body"), required=False, max_length=80)
    emergency = forms.CharField(required=False, max_length=80)
    legal_ground = forms.CharField(label=_("Article of law"), required=False, max_length=80)
    joins = forms.IntegerField(label=_("Open cases close by"), required=False)
    number = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)

    def __init__(self, *args: Any, service: ServiceEntry | None, look: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject = service
        districts = [(one.code, one.name(language())) for one in book().districts]
        _offer(self, "district", [("", _("Not known")), *districts])
        _offer(self, "kind", [("", _("As the subject")), *labels.choices(MessageKind)])
        _offer(self, "wish", labels.choices(Wish))
        _offer(self, "language", LANGUAGES)
        for question in service.questions if service else ():
            self.fields[f"{ASK}{question.code}"] = question_field(question)
        typed = {"autocomplete": "off"}
        lamp, square = (
            _("Two or three letters: bin, lamp, tree …"),
            _("Square, street, park, neighbourhood …"),
        )
        self.fields["q"].widget.attrs |= {**typed, "placeholder": lamp}
        self.fields["place_q"].widget.attrs |= {**typed, "placeholder": square}
        typing, done = "input changed delay:150ms", "change"
        _live(self, "q", on=typing, look=look, shows="#subjects", also="#articles")
        _live(self, "words", on="input changed delay:700ms", look=look, shows="#subjects", also="#alike")
        _live(self, "place_q", on=typing, look=look, shows="#places")
        _live(self, "district", on=done, look=look, shows="#alike")
        _live(self, "phone", on=done, look=look, shows="#known")

    @property
    def asked(self) -> list[forms.BoundField]:
        """The questions of the subject."""
        return [self[name] for name in self.fields if name.startswith(ASK)]

    def refuse(self, refusal: Refusal) -> None:
        """Show each refusal at its field; a subject's question is found by its code."""
        for one in refusal.every:
            if one.field and f"{ASK}{one.field}" in self.fields:
                one.field = f"{ASK}{one.field}"
        super().refuse(refusal)

    def draft(self) -> CaseDraft:
        """The case as the screen describes it."""
        given = self.cleaned_data
        chosen = place_of_code(given["place"], asked=given["place_q"]) if given["place"] else None
        place = chosen or place_meant(given["place_q"] or given["address"])
        return CaseDraft(
            service=given["service"],
            words=given["words"],
            channel="",
            kind=given["kind"],
            address=given["address"] or (chosen.label if chosen else given["place_q"]),
            district=given["district"] or (place.district if place else ""),
            neighbourhood=_neighbourhood(place, given["district"]),
            lat=chosen.lat if chosen else None,
            lon=chosen.lon if chosen else None,
            questions=self._answers(),
            urgent=given["urgent"],
            external_ref=given["external_ref"],
            external_due_at=end_of_day(given["external_due"]) if given["external_due"] else None,
            reporter=ReporterDraft(
                name=given["name"],
                phone=given["phone"],
                language=given["language"] or "fa",
                wish=given["wish"] or str(Wish.SMS),
            ),
        )

    def ending(self, disposition: str) -> Ending:
        """The contact's end without a case."""
        given = self.cleaned_data
        emergency = disposition == "handed_to_emergency"
        return Ending(
            disposition=disposition,
            article=given["article"],
            service=given["service"],
            agency=given["emergency"] if emergency else given["agency"],
            legal_ground=given["legal_ground"],
            kind=given["kind"],
            name=given["name"],
            phone=given["phone"],
            words=given["words"],
        )

    def _answers(self) -> dict[str, object]:
        found = {name: self.cleaned_data.get(name) for name in self.fields if name.startswith(ASK)}
        return {
            name.removeprefix(ASK): value.isoformat() if isinstance(value, date) else value
            for name, value in found.items()
            if value not in (None, "", [])
        }


def _neighbourhood(place: FoundPlace | None, district: str) -> str:
    """The place's neighbourhood, unless the caller says another district."""
    return place.neighbourhood if place and district in ("", place.district) else ""


class _Figure(Words):
    """A number as people write it: any digits, with a slash or comma for the point."""

    size = "short"

    def to_python(self, value: object) -> str:
        return ascii_digits(super().to_python(value)).replace("٫", ".").replace("/", ".").replace("٬", "")


def question_field(question: Question) -> forms.Field:
    """The field of a subject's question; what is missing in it the rooms below say."""
    speech = language()
    said: dict[str, Any] = {
        "label": f"{question.question(speech)} *" if question.required else question.question(speech),
        "help_text": question.hint(speech),
        "required": False,
    }
    values = [(one.key, one.name(speech)) for one in question.values]
    if question.datatype is Datatype.SINGLE:
        return choose(options=values, **said)
    if question.datatype is Datatype.MULTI:
        return forms.MultipleChoiceField(choices=values, widget=forms.CheckboxSelectMultiple, **said)
    if question.datatype is Datatype.DATETIME:
        return Day(**said)
    if question.datatype is Datatype.NUMBER:
        return _Figure(size="short", **said)
    return Words(max_length=LONGEST_WORDS, **said)


def as_typed(given: QueryDict) -> dict[str, Any]:
    """What a form was sent with, to show it again as it stands without judging it."""
    return {
        name: values if name.startswith(ASK) and len(values) > 1 else values[-1] if values else ""
        for name, values in given.lists()
    }
