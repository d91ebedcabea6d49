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

from pol137.cases.permissions import may_see
from pol137.cases.queries import escalated_to, notices_for, unread_alarms, unread_notices
from pol137.cases.vocabulary import NoticeKind
from pol137.city.queries import book
from pol137.desk.views.shown import ListedCase, listed
from pol137.journal.vocabulary import EventKind
from pol137.notices.operations import read_notices
from pol137.web import labels
from pol137.web.access import access
from pol137.web.htmx import go
from pol137.web.pieces import Words
from pol137.web.request import Request
from pol137.web.templatetags.fa import digits, language

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
    EventKind.CASE_TRANSFERRED: (gettext_lazy("A unit sent it back: triage rules"), "undo", "soon"),
    EventKind.CASE_REFERRED_INSIDE: (gettext_lazy("Referred to your part of the unit"), "building", "accent"),
    EventKind.CASE_ANSWER_DRAFTED: (gettext_lazy("A draft of an answer waits for you"), "edit", "accent"),
    EventKind.CASE_MORE_TIME_ASKED: (gettext_lazy("A unit asks for more time"), "hourglass", "soon"),
    EventKind.CASE_PAUSE_ASKED: (gettext_lazy("A unit asks to pause the clock"), "pause", "soon"),
    EventKind.CASE_PAUSED: (gettext_lazy("The clock was paused"), "pause", "accent"),
    EventKind.CASE_TIME_REFUSED: (gettext_lazy("The wish for time was refused"), "undo", "late"),
    EventKind.CASE_LEFT_INCIDENT: (gettext_lazy("Parted from the shared problem"), "split", "soon"),
    EventKind.CASE_JOIN_PROPOSED: (gettext_lazy("A unit proposes a shared problem"), "merge", "accent"),
    EventKind.CASE_JOIN_DECLINED: (gettext_lazy("It is no shared problem, said the centre"), "undo", "note"),
    EventKind.CASE_HEARD_FROM_JOINED: (gettext_lazy("News from a joined case"), "merge", "soon"),
    EventKind.REFERRAL_REPLIED: (gettext_lazy("The responsible body replied"), "message", "accent"),
    EventKind.DISPATCH_EXHAUSTED: (gettext_lazy("Nobody on duty has acknowledged a danger"), "alert", "late"),
    EventKind.CASE_TURNED_URGENT: (gettext_lazy("Somebody is in danger: it is urgent"), "alert", "late"),
    EventKind.CASE_MADE_SAFE: (gettext_lazy("The danger is over; the repair goes on"), "check", "good"),
    EventKind.RUNG_FIRED: (gettext_lazy("No answer in time"), "stairs", "late"),
    EventKind.RECHECK_DECIDED: (gettext_lazy("A second look disagrees with the approval"), "eye", "late"),
    NoticeKind.ALARM: (gettext_lazy("Alarm"), "alert", "late"),
    NoticeKind.WEEKLY: (gettext_lazy("Weekly list: still unanswered after the last level"), "stairs", "late"),
}
"""What a notice says, by the kind of event, with its sign and tone."""

PASSED_ON: tuple[Words, str, str] = (gettext_lazy("A case this unit held is late"), "stairs", "soon")
FIRST_RUNG: tuple[Words, str, str] = (gettext_lazy("Waits to be dealt with"), "bell", "accent")


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as it is drawn; without a row when the case has left the reader's sight. It leads to the case,
    or to the list it speaks of. `instead_of` is the vacant position in whose place he was told."""

    notice: Notice
    words: Words
    icon: str
    tone: str
    row: ListedCase | None
    instead_of: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Climbed:
    """A case of the morning's list, and the level on which it climbed to the reader."""

    row: ListedCase
    rung: int


def notice_words(notice: Notice) -> tuple[Words, str, str]:
    """What a notice says, its sign and its tone."""
    if notice.kind == NoticeKind.ALARM:
        return _alarm(notice), *WORDS[notice.kind][1:]
    if notice.kind == EventKind.RUNG_FIRED and notice.rung is None:
        return PASSED_ON
    if notice.kind == EventKind.RUNG_FIRED and notice.rung:
        words, icon, tone = WORDS[notice.kind]
        return f"{words}: {labels.rung(notice.rung)}", icon, tone
    return FIRST_RUNG if notice.kind == EventKind.RUNG_FIRED else WORDS[notice.kind]


def _alarm(notice: Notice) -> Words:
    city = book()
    vacant = city.positions.get(notice.instead_of_id)
    if vacant is not None:
        return _("Nobody holds the position “%(position)s”") % {"position": vacant.name(language())}
    return _("Routing rule %(n)s names a unit that does not exist") % {"n": digits(notice.rung or 0)}


@access(staff=True)
@require_GET
def notices(request: Request) -> HttpResponse:
    """The unread ones, then the others in pages; opening a case marks what was told about it as read."""
    user_id = request.actor.staff_id or 0
    before = request.GET.get("before", "")
    start = int(before) if before.isascii() and before.isdigit() else None
    alarms = [] if start else unread_alarms(user_id)
    unread = [] if start else notices_for(user_id, read=False, limit=UNREAD_SHOWN)
    others = [one for one in unread if one.kind != NoticeKind.ALARM]
    read = notices_for(user_id, read=True, before=start, limit=READ_SHOWN + 1)
    context = {
        "alarms": [_told(one, request) for one in alarms],
        "unread": [_told(one, request) for one in others],
        "read": [_told(one, request) for one in read[:READ_SHOWN]],
        "older": read[READ_SHOWN - 1].pk if len(read) > READ_SHOWN else None,
        "first": start is None,
        "unread_count": unread_notices(user_id),
        "climbed": len(escalated_to(user_id)),
    }
    return render(request, "desk/notices.html", context)


def _told(notice: Notice, request: Request) -> Told:
    words, icon, tone = notice_words(notice)
    seen = may_see(notice.case, request.actor)
    vacant = book().positions.get(notice.instead_of_id) if notice.kind != NoticeKind.ALARM else None
    instead_of = book().name(vacant, language())
    row = listed(notice.case, by=request.actor) if seen else None
    href = reverse("desk:weekly") if notice.kind == NoticeKind.WEEKLY else row.href if row else ""
    return Told(notice, words, icon, tone, row, instead_of, href)


@access(staff=True)
@require_GET
def morning(request: Request) -> HttpResponse:
    """The morning's list: the unanswered cases that climbed to me, by unit, the oldest due first."""
    by, units = request.actor, dict[str, list[Climbed]]()
    for one in escalated_to(by.staff_id or 0):
        if may_see(one.case, by):
            row = listed(one.case, by=by, clock=one.clock)
            units.setdefault(row.unit, []).append(Climbed(row, one.rung))
    count = sum(map(len, units.values()))
    return render(request, "desk/morning.html", {"units": list(units.items()), "count": count})


@access(staff=True)
@require_POST
def read_all(request: Request) -> HttpResponse:
    """Everything has been read."""
    n = read_notices(by=request.actor, now=request.now)
    said = ngettext("%(n)s notice was marked as read.", "%(n)s notices were marked as read.", n)
    messages.success(request, said % {"n": digits(n)} if n else _("There was nothing unread."))
    return go(request, reverse("desk:notices"))
