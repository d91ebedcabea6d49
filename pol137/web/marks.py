"""The marks lists and cases are full of: signs, badges, clocks.

Written without templates, and what depends on the language alone is kept: a page has hundreds of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache, lru_cache, wraps
from html import escape

from django.templatetags.static import static
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext

from pol137.web import labels
from pol137.web.pieces import ClockState, Words, clock_state, soon_from
from pol137.web.templatetags.fa import ago, digits, jalali_time, language, left

NO_MARK = SafeString("")

CLOCK_ICONS = {
    ClockState.CALM: "clock",
    ClockState.SOON: "hourglass",
    ClockState.LATE: "alert",
    ClockState.PAUSED: "pause",
    ClockState.HELD: "pause",
    ClockState.MET: "done",
}
STILL = {
    ClockState.PAUSED: gettext_lazy("Clock paused"),
    ClockState.HELD: gettext_lazy("Answered, awaits approval"),
    ClockState.MET: gettext_lazy("Promise kept"),
}


def fill(shape: str, *given: object) -> SafeString:
    """The shape with its places filled, what is not safe escaped: Django's `format_html` in a quarter of
    its time."""
    return SafeString(shape.format(*[one if type(one) is SafeString else _escaped(one) for one in given]))


def _escaped(one: object) -> str:
    return one.__html__() if hasattr(one, "__html__") else escape(str(one))


def join(marks: Iterable[SafeString], between: str = "") -> SafeString:
    """Marks side by side; those that are nothing leave no gap."""
    return SafeString(between.join(filter(None, marks)))


def kept(draw: Callable[..., SafeString]) -> Callable[..., SafeString]:
    """Draw once for each language and what is given: the mark depends on nothing else."""

    @lru_cache(maxsize=1024)
    def drawn(speech: str, *given: object, **named: object) -> SafeString:
        return draw(*given, **named)

    @wraps(draw)
    def mark(*given: object, **named: object) -> SafeString:
        return drawn(language(), *given, **named)

    return mark


@cache
def sign(name: str, more: str = "") -> SafeString:
    """A sign by its name; `more` "turns" points along the reading direction. Empty for no name."""
    if not name:
        return NO_MARK
    return fill(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        f" icon--{more}" if more else "",
        static("web/icons.svg"),
        name,
    )


def badge(words: Words, tone: str = "quiet", icon: str = "") -> SafeString:
    """Words on a coloured ground; nothing without words."""
    if not words:
        return NO_MARK
    return fill('<span class="badge badge--{}">{}{}</span>', tone, sign(icon), words)


@kept
def status(value: str, audience: str = "staff") -> SafeString:
    """A state of a case, in the words of staff or of the citizen."""
    shape = labels.status_shape(value)
    return badge(labels.status(value, audience), shape.tone, shape.icon)


@kept
def kind(value: str) -> SafeString:
    """What a message is: request, complaint, praise ..."""
    return badge(labels.label(value, "MessageKind"), "plain")


@kept
def urgent() -> SafeString:
    """Danger."""
    return badge(gettext("Urgent: danger"), "urgent", "alert")


@kept
def rung(n: int) -> SafeString:
    """The level of follow-up; nothing before the first escalation."""
    return badge(labels.rung(n), "late" if n > 1 else "soon", "stairs") if n > 0 else NO_MARK


@kept
def nudged(n: int) -> SafeString:
    """How often the citizen asked again; nothing for never."""
    said = ngettext("%(shown)s nudge", "%(shown)s nudges", n) % {"shown": digits(n)}
    return badge(said, "soon", "hand") if n else NO_MARK


def clock(
    due: datetime | None, *, now: datetime, started: datetime | None = None, state: str = ""
) -> SafeString:
    """What is left until a due time, or how late it is; `state` paused, held or met stops it."""
    if due is None:
        return NO_MARK
    stands = ClockState(state) if state else clock_state(due, started=started, now=now)
    still = STILL.get(stands)
    runs = fill(' data-clock data-soon="{}"', soon_from(due, started).isoformat())
    return fill(
        '<time class="clock clock--{}" datetime="{}" title="{}"{}>{}'
        '<span class="clock__words">{}</span></time>',
        stands,
        due.isoformat(),
        jalali_time(due),
        NO_MARK if still else runs,
        sign(CLOCK_ICONS[stands]),
        still or left(due, now),
    )


def moment(at: datetime, *, now: datetime) -> SafeString:
    """How long ago something was; the moment itself when pointed at."""
    return fill(
        '<time class="soft sm nowrap" datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        jalali_time(at, "day"),
        ago(at, now),
    )
