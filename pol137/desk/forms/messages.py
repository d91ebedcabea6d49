"""Forms around the messages that crossed the wire."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pol137.web.forms import OnceForm, Words


class DemoReplyForm(OnceForm):
    """What the demonstration phone answers."""

    text = Words(label=_("Text of the reply"), max_length=1000)
