"""The form of a step: what it asks, what it tells beforehand, and the one operation it calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms

from pol137.cases.rules.steps import STEPS
from pol137.cases.vocabulary import Action
from pol137.city.queries import book
from pol137.city.queries.book import local_day
from pol137.city.rules.entries import ServiceEntry
from pol137.lib.actor import Actor
from pol137.lib.persian import ascii_digits
from pol137.lib.refusal import Refusal
from pol137.web.forms import Form
from pol137.web.pieces import Words
from pol137.web.templatetags.fa import jalali

if TYPE_CHECKING:
    from pol137.cases.models import Answer, Case, Reporter
    from pol137.cases.queries import Dossier


@dataclass(frozen=True)
class About:
    """What a form needs to know of its case, and for whom it is drawn."""

    case: Case
    by: Actor
    now: datetime
    answer: Answer | None = None
    draft: Answer | None = None
    reporter: Reporter | None = None
    near: Sequence[Case] = ()
    language: str = "fa"
    can: frozenset[Action] = field(default_factory=frozenset)
    known: Dossier | None = None

    @classmethod
    def of(
        cls, dossier: Dossier, *, by: Actor, now: datetime, can: Sequence[Action] = (), **more: Any
    ) -> About:
        """From all that is known of the case."""
        waiting = dossier.answer
        return cls(
            case=dossier.case,
            by=by,
            now=now,
            answer=waiting if waiting is not None and not waiting.decision else None,
            draft=dossier.draft,
            reporter=dossier.reporter,
            language=dossier.reporter.language if dossier.reporter else "fa",
            can=frozenset(can),
            known=dossier,
            **more,
        )

    @property
    def service(self) -> ServiceEntry:
        """The subject of the case."""
        return book().services[self.case.service_id]

    @property
    def is_part(self) -> bool:
        """Whether this is a part split off another case."""
        return self.case.parent_id is not None

    @property
    def stand(self) -> str:
        """Where the case stands, in one word: another one means it has moved on."""
        case = self.case
        since = f"{case.status}.{case.status_since.timestamp():.6f}.{case.department_id or 0}"
        parts = len(self.known.parts) if self.known else 0
        return f"{since}.{parts}" if parts else since


class StepForm(Form):
    """A form of one action. `stand` is where the case stood when the form was drawn."""

    action: ClassVar[Action]
    operation: ClassVar[Callable[..., object]]
    intro: ClassVar[Words] = ""
    done: Words = ""
    tone: ClassVar[str] = "primary"
    wide: ClassVar[bool] = False

    stand = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, about: About, **kwargs: Any) -> None:
        self.about = about
        kwargs["initial"] = {"stand": about.stand, **self.begin(), **(kwargs.get("initial") or {})}
        kwargs.setdefault("auto_id", f"{self.action}-%s")
        super().__init__(*args, **kwargs)
        self.prepare()

    @classmethod
    def fits(cls, about: About) -> bool:
        """Whether the step can make sense for this case at all, whatever the table of steps allows."""
        return True

    @classmethod
    def fault(cls, about: About) -> Refusal | None:
        """Why the step cannot be taken although the table allows it: said before a word is written."""
        return None if cls.fits(about) else Refusal("step_not_here")

    def begin(self) -> dict[str, object]:
        """The first values of the fields."""
        return {}

    def prepare(self) -> None:
        """Fill in choices that depend on the case."""

    def given(self) -> dict[str, Any]:
        """What was filled in, by the names the operation gives it. Refuses (Refusal) what it cannot read."""
        return {name: value for name, value in self.cleaned_data.items() if name != "stand"}

    def perform(self, *, by: Actor, now: datetime) -> object:
        """Call the step's one operation. Refuses (Refusal) as the operation does."""
        return type(self).operation(self.about.case.pk, **self.given(), by=by, now=now)

    @property
    def moves(self) -> bool:
        """Whether the step leads the case on: it must not meet another state than it was drawn for."""
        return bool(STEPS[self.action].targets) or self.action in (Action.DRAFT, Action.SPLIT)

    @property
    def moved_on(self) -> bool:
        """Whether the case has moved on since the form was drawn."""
        return self.moves and bool(self.data) and self.data.get("stand", "") != self.about.stand

    def renewed(self) -> None:
        """Let the sender send again for the state the case is in now."""
        fresh: Any = self.data
        fresh = fresh.copy()
        fresh["stand"] = self.about.stand
        self.data = fresh


def ask_day(form: StepForm, name: str) -> None:
    """Let the page show a day's weekday while it is typed, and how a day is written."""
    example = jalali(local_day(form.about.now), "short")
    form.fields[name].widget.attrs.update({"data-day": "", "placeholder": example})


class Coordinate(forms.FloatField):
    """Degrees of a point, in any digits."""

    size = "short"

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off"})
        )
        super().__init__(**kwargs)

    def to_python(self, value: object) -> Any:
        if value in self.empty_values:
            return None
        return super().to_python(ascii_digits(str(value)).replace("٫", ".").strip())
