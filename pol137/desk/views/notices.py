"""What a member of staff was told, the unread first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from pol137.cases.operations import read_notices
from pol137.cases.permissions import may_see
from pol137.cases.queries import notices_for, unread_notices
from pol137.desk.views.shown import ListedCase, listed
from pol137.journal.vocabulary import EventKind
from pol137.web import labels
from pol137.web.access import access
from pol137.web.htmx import go
from pol137.web.pieces import Words
from pol137.web.request import Request
from pol137.web.templatetags.fa import digits

if TYPE_CHECKING:
    from pol137.cases.models import Notice

UNREAD_SHOWN = 100
READ_SHOWN = 30

WORDS: Mapping[str, tuple[Words, str, str]] = {
    EventKind.CASE_ROUTED: (gettext_lazy("Sent to the unit for an answer"), "inbox", "accent"),
    EventKind.CASE_HELD_FOR_TRIAGE: (gettext_lazy("Waits for a unit"), "question", "soon"),
    EventKind.CASE_RESUMED: (gettext_lazy("The clock runs again"), "clock", "accent"),
    EventKind.CASE_ANSWER_RETURNED: (gettext_lazy("The answer came back"), "undo", "late"),
    EventKind.CASE_REVIEW_DECIDED: (gettext_lazy("The objection was decided"), "scale", "note"),
    EventKind.CASE_REOPENED: (gettext_lazy("The case was reopened"), "refresh", "soon"),
    EventKind.CASE_NUDGED: (gettext_lazy("The citizen asks again"), "hand", "soon"),
    EventKind.CASE_MORE_TIME_GIVEN: (gettext_lazy("More time was given"), "hourglass", "accent"),
    EventKind.CASE_OBJECTED: (gettext_lazy("The citizen objects to the answer"), "scale", "late"),
    EventKind.CASE_LEFT_INCIDENT: (gettext_lazy("Parted from the shared problem"), "split", "soon"),
    EventKind.CASE_JOIN_PROPOSED: (gettext_lazy("A unit proposes a shared problem"), "merge", "accent"),
    EventKind.CASE_JOIN_DECLINED: (gettext_lazy("It is no shared problem, said the centre"), "undo", "note"),
    EventKind.CASE_HEARD_FROM_JOINED: (gettext_lazy("News from a joined case"), "merge", "soon"),
    EventKind.REFERRAL_REPLIED: (gettext_lazy("The responsible body replied"), "message", "accent"),
    EventKind.DISPATCH_EXHAUSTED: (gettext_lazy("Nobody on duty has acknowledged a danger"), "alert", "late"),
    EventKind.RUNG_FIRED: (gettext_lazy("No answer in time"), "stairs", "late"),
}
"""What a notice says, by the kind of event, with its sign and tone."""

FIRST_RUNG: tuple[Words, str, str] = (gettext_lazy("Waits for the unit's answer"), "bell", "accent")


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as it is drawn; without a row when the case has left the reader's sight."""

    notice: Notice
    words: Words
    icon: str
    tone: str
    row: ListedCase | None


def notice_words(notice: Notice) -> tuple[Words, str, str]:
    """What a notice says, its sign and its tone."""
    if notice.kind == EventKind.RUNG_FIRED and notice.rung:
        words, icon, tone = WORDS[notice.kind]
        return f"{words}: {labels.rung(notice.rung)}", icon, tone
    return FIRST_RUNG if notice.kind == EventKind.RUNG_FIRED else WORDS[notice.kind]


@access(staff=True)
@require_GET
def notices(request: Request) -> HttpResponse:
    """The unread ones, then the others in pages; opening a case marks what was told about it as read."""
    user_id = request.actor.staff_id or 0
    before = request.GET.get("before", "")
    start = int(before) if before.isascii() and before.isdigit() else None
    unread = [] if start else notices_for(user_id, read=False, limit=UNREAD_SHOWN)
    read = notices_for(user_id, read=True, before=start, limit=READ_SHOWN + 1)
    context = {
        "unread": [_told(one, request) for one in unread],
        "read": [_told(one, request) for one in read[:READ_SHOWN]],
        "older": read[READ_SHOWN - 1].pk if len(read) > READ_SHOWN else None,
        "first": start is None,
        "unread_count": unread_notices(user_id),
    }
    return render(request, "desk/notices.html", context)


def _told(notice: Notice, request: Request) -> Told:
    words, icon, tone = notice_words(notice)
    seen = may_see(notice.case, request.actor)
    return Told(notice, words, icon, tone, listed(notice.case, by=request.actor) if seen else None)


@access(staff=True)
@require_POST
def read_all(request: Request) -> HttpResponse:
    """Everything has been read."""
    n = read_notices(by=request.actor, now=request.now)
    said = ngettext("%(n)s notice was marked as read.", "%(n)s notices were marked as read.", n)
    messages.success(request, said % {"n": digits(n)} if n else _("There was nothing unread."))
    return go(request, reverse("desk:notices"))
