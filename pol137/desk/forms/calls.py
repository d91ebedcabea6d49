"""Forms of the call list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pol137.cases.vocabulary import ObjectionGround
from pol137.web import labels
from pol137.web.forms import Form, Words, choose


class AttemptForm(Form):
    """What came of one try to call."""

    note = Words(label=_("Remark"), required=False, max_length=500)


class ObjectionForm(Form):
    """The citizen objects on the phone."""

    ground = choose(
        label=_("What is wrong"), options=labels.choices(ObjectionGround), radio=True, required=False
    )
    words = Words(lines=3, label=_("In the citizen's words"), required=False, max_length=4000)
