"""The forms of citizens. Words of what is wrong come from the refusals of the rooms below."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pol137.cases.operations import check_draft
from pol137.cases.rules.drafts import LONGEST_WORDS, CaseDraft, Picture, ReporterDraft
from pol137.cases.vocabulary import ObjectionGround, Wish
from pol137.city.queries import place_meant, place_of_code
from pol137.city.rules.book import Book
from pol137.city.rules.entries import Question, ServiceEntry
from pol137.city.vocabulary import Datatype, MessageKind, PlaceNeed
from pol137.lib.persian import ascii_digits
from pol137.lib.phones import Phone
from pol137.lib.refusal import Refusal
from pol137.portal.proofs import key_of
from pol137.referrals.operations import LONGEST_REPLY
from pol137.web import labels, refusals
from pol137.web.forms import Day, Form, OnceForm, PhoneNumber, Photos, TrackingCode, Words, choose

CHANNEL = "web"
PLACE_FIELDS = ("district", "address")
FEW = 6
"""Up to so many answers of a question stand open; more fold into a list."""


class DecimalText(Words):
    """A number as text, in any digits and with any decimal mark; whether it is one is checked below."""

    def to_python(self, value: object) -> str:
        return ascii_digits(super().to_python(value)).replace("٫", ".").replace("٬", "").replace("/", ".")


def _question_field(question: Question, language: str) -> forms.Field:
    given: dict[str, Any] = {
        "label": question.question(language),
        "help_text": question.hint(language),
        "required": question.required,
    }
    options = [(value.key, value.name(language)) for value in question.values]
    if question.datatype == Datatype.MULTI:
        return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **given)
    if question.datatype == Datatype.SINGLE:
        return choose(options=options, radio=len(options) <= FEW, **given)
    if question.datatype == Datatype.DATETIME:
        return Day(**given)
    if question.datatype == Datatype.NUMBER:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"})
        return DecimalText(widget=widget, size="short", **given)
    return Words(lines=3 if question.datatype == Datatype.TEXT else 1, **given)


class ReportForm(OnceForm):
    """A problem in the citizen's words, with what its subject asks for. Everything wrong shows at once."""

    words = Words(
        lines=5,
        max_length=2 * LONGEST_WORDS,
        label=_("What happened?"),
        help_text=_("Write it as you would say it on the phone."),
    )
    district = choose(label=_("Which district?"), options=[], required=False)
    address = Words(
        label=_("Address or a sign nearby"),
        help_text=_("For example: Azadi street, lane 4, opposite the school"),
        required=False,
        max_length=1000,
    )
    place = forms.CharField(required=False, max_length=40)
    lat = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    lon = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    photos = Photos(
        label=_("Photos of the problem"),
        help_text=_("Up to four, each at most ten megabytes. Faces and number plates are better left out."),
    )
    phone = PhoneNumber(
        label=_("Your phone number"),
        required=False,
        help_text=_("Only to tell you the answer. The unit that does the work does not see it."),
    )
    wish = choose(
        label=_("How shall we tell you the answer?"),
        options=labels.choices(Wish),
        radio=True,
        required=False,
        initial=str(Wish.SMS),
    )
    name = Words(
        label=_("Your name"), required=False, max_length=200, help_text=_("As we may call you; not needed.")
    )
    email = forms.EmailField(
        label=_("Your e-mail"),
        required=False,
        max_length=254,
        help_text=_("Should an expert want to write to you. The answer itself comes by SMS or phone."),
        widget=forms.EmailInput(attrs={"dir": "ltr", "autocomplete": "email"}),
        error_messages={"invalid": _("This e-mail address is not complete.")},
    )
    kind = choose(
        label=pgettext_lazy("citizen", "What is your message?"),
        options=labels.choices(MessageKind),
        required=False,
        help_text=_("An opinion or a thank-you is read and kept; it needs no follow-up."),
    )

    def __init__(self, *args: Any, subject: ServiceEntry, city: Book, language: str, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("kind", str(subject.kind))
        super().__init__(*args, **kwargs)
        self.subject, self.language = subject, language
        self.fields["words"].error_messages["required"] = refusals.words(Refusal("words_missing"))
        district = self.fields["district"]
        if isinstance(district, forms.ChoiceField):
            district.choices = [
                ("", _("I do not know")),
                *((one.code, one.name(language)) for one in city.districts),
            ]
        self.questions = {f"q_{one.code}": one for one in subject.questions}
        for field_name, question in self.questions.items():
            field = _question_field(question, language)
            missing = Refusal("question_missing", question=question.code)
            field.error_messages["required"] = refusals.words(missing)
            self.fields[field_name] = field
        if subject.place == PlaceNeed.NONE:
            for field_name in (*PLACE_FIELDS, "place", "lat", "lon"):
                del self.fields[field_name]

    def clean(self) -> dict[str, Any]:
        """Check the whole as it would be registered; a field that is wrong already keeps its own words."""
        try:
            check_draft(self.draft(()))
        except Refusal as refusal:
            told = [one for one in refusal.every if self._is_news(one)]
            if told:
                self.refuse(Refusal.of(told))
        except ValueError:
            self.refuse(Refusal("point_impossible", field="lat"))
        return self.cleaned_data

    def _is_news(self, refusal: Refusal) -> bool:
        return refusal.code != "kind_needs_no_case" and self._place_of(refusal) not in self.errors

    def _place_of(self, refusal: Refusal) -> str | None:
        if refusal.field in ("lat", "lon"):
            return "address"
        return f"q_{refusal.field}" if f"q_{refusal.field}" in self.questions else refusal.field

    def refuse(self, refusal: Refusal) -> None:
        """Show each part at its field: questions and the point have other names here."""
        for one in refusal.every:
            place = self._place_of(one)
            self.add_error(place if place in self.fields else None, refusals.words(one))

    def mark_needed(self) -> None:
        """Before it is drawn: of a place that is needed no part is called optional (any one is enough)."""
        self.fields["wish"].required = True
        if self.subject.place == PlaceNeed.REQUIRED:
            for field_name in PLACE_FIELDS:
                self.fields[field_name].required = True

    def draft(self, pictures: Sequence[Picture]) -> CaseDraft:
        """What is to be registered. Refuses (ValueError) a point that is no pair of numbers."""
        said = self.cleaned_data
        phone: Phone | None = said.get("phone")
        lat, lon = said.get("lat", ""), said.get("lon", "")
        address, district = said.get("address", ""), said.get("district", "")
        place = place_of_code(said.get("place", ""), asked=address) or place_meant(address)
        return CaseDraft(
            service=self.subject.code,
            words=said.get("words", ""),
            channel=CHANNEL,
            kind=said.get("kind") or str(self.subject.kind),
            address=address,
            district=district or (place.district if place else ""),
            neighbourhood=place.neighbourhood if place and district in ("", place.district) else "",
            lat=float(ascii_digits(lat)) if lat else None,
            lon=float(ascii_digits(lon)) if lon else None,
            questions=self._answers(),
            reporter=ReporterDraft(
                name=said.get("name", ""),
                phone=phone.raw if phone else "",
                email=said.get("email", ""),
                language=self.language,
                wish=said.get("wish") or str(Wish.SMS),
                key="" if phone else key_of(said.get("nonce", "")),
            ),
            pictures=tuple(pictures),
        )

    def _answers(self) -> dict[str, object]:
        given = {one.code: self.cleaned_data.get(name) for name, one in self.questions.items()}
        return {
            code: value.isoformat() if isinstance(value, date) else value
            for code, value in given.items()
            if value not in (None, "", [])
        }


PROOF_LABEL = _("Last four digits of your phone, or your six-digit key")


class ProofForm(Form):
    """Proves that a case is one's own: the code stands in the address."""

    proof = forms.CharField(
        label=PROOF_LABEL,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "dir": "ltr", "autocomplete": "off"}),
    )


class TrackForm(ProofForm):
    """Finds one's own case: code and second factor."""

    code = TrackingCode(
        label=_("Your tracking code"), help_text=_("Ten digits, from the SMS or from the call.")
    )
    field_order = ("code", "proof")


class ReplyForm(Form):
    """The reply to a unit's question."""

    words = Words(lines=3, label=_("Your reply"), max_length=LONGEST_WORDS)


class ObjectForm(Form):
    """What is wrong with the answer."""

    ground = choose(label=_("What is wrong?"), options=labels.choices(ObjectionGround), radio=True)
    words = Words(
        lines=3,
        label=_("Tell us more"),
        required=False,
        max_length=LONGEST_WORDS,
        help_text=_("What is left, or what the answer does not say."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].error_messages["required"] = refusals.words(Refusal("ground_missing"))


SCORES = (
    ("5", pgettext_lazy("score", "5: very good")),
    ("4", pgettext_lazy("score", "4: good")),
    ("3", pgettext_lazy("score", "3: middling")),
    ("2", pgettext_lazy("score", "2: poor")),
    ("1", pgettext_lazy("score", "1: very poor")),
)


class RateForm(Form):
    """How content one is with the answer."""

    score = choose(label=_("How content are you with the answer?"), options=SCORES, radio=True)
    words = Words(lines=2, label=_("A word about it"), required=False, max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["score"].error_messages["required"] = refusals.words(Refusal("score_out_of_range"))


class SupportForm(Form):
    """«من هم این مشکل را دارم»: nothing is needed; a mobile number is told the answer."""

    phone = PhoneNumber(
        label=_("Your mobile number"),
        required=False,
        help_text=_("Only if you wish to be told the answer; it is shown to nobody."),
    )


class BodyReplyForm(Form):
    """What another body replies to a letter."""

    reply = Words(lines=5, label=_("What was done, or will be"), max_length=LONGEST_REPLY)
    reply_number = Words(label=_("Number of your letter"), required=False, max_length=100)
    reply_date = Day(label=_("If it is still to be done: by which day?"), required=False)


class WithdrawForm(Form):
    """Taking a request back."""

    reason = Words(lines=2, label=_("Why do you take it back?"), required=False, max_length=1000)
