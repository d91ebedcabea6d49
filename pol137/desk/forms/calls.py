"""Forms of the call list and of texts that are answered."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pol137.cases.vocabulary import ObjectionGround
from pol137.city.queries import book
from pol137.desk.forms.choices import STARS
from pol137.web import labels
from pol137.web.forms import Form, Words, choose

REPLY_MARK = "\ue000"
"""Where the words go in the text of an SMS, while they are being written."""


class AttemptForm(Form):
    """What came of one try to call; `reply` where the unit wants to know something, `score` in a survey."""

    score = choose(
        label=_("How content is the citizen?"),
        options=[*STARS, ("0", _("He would not say"))],
        radio=True,
        required=False,
    )
    reply = Words(lines=3, label=_("What he replied"), required=False, max_length=4000)
    note = Words(label=_("Remark"), required=False, max_length=500)


class ObjectionForm(Form):
    """The citizen objects on the phone."""

    ground = choose(
        label=_("What is wrong"), options=labels.choices(ObjectionGround), radio=True, required=False
    )
    words = Words(lines=3, label=_("In the citizen's words"), required=False, max_length=4000)


class TextForm(Form):
    """An SMS in one's own words, its parts counted while one writes."""

    text = Words(
        lines=4,
        label=_("SMS to the citizen"),
        max_length=1000,
        help_text=_("He gets it as you write it: sign as 137 and write no link."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs.update(
            {
                "data-sms-frame": REPLY_MARK,
                "data-sms-most": book().city.sms_max_parts,
                "data-sms-words": _("The whole SMS: {n} of at most {m} parts"),
                "data-sms-over": _("The whole SMS: {n} parts; at most {m} are possible."),
            }
        )
