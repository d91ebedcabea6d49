"""Where one can go on the desk: the side navigation, and what waits at each place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pol137.cases.queries import QUEUES, count_owed, count_proposals, queue_count, queues_for, unread_notices
from pol137.cases.queries.drafts import SIGNS, count_drafts
from pol137.cases.queries.time import time_requests
from pol137.cases.rules.steps import DESK, GRANTERS, JOINERS, STEPS
from pol137.cases.vocabulary import Action, Queue
from pol137.city.vocabulary import Role
from pol137.contacts.operations.erasing import ERASERS
from pol137.contacts.queries import count_calls, count_unread
from pol137.contacts.vocabulary import CALLED_BY
from pol137.dispatch.permissions import DISPATCHERS, ROSTER_KEEPERS
from pol137.dispatch.queries import count_open
from pol137.lib.actor import Actor
from pol137.oversight.permissions import FIGURE_READERS, OVERSEERS, RECHECKERS
from pol137.oversight.queries import rechecks_for, weekly_count
from pol137.referrals.operations import HANDLERS
from pol137.referrals.queries import count_ready
from pol137.staff.queries import locked_accounts
from pol137.web import labels, nav

JOIN_DECIDERS = JOINERS
"""Who joins and parts what units propose."""

SENDERS = frozenset(Role) & STEPS[Action.ANSWER_SENDER].roles
"""Who sends answers back to the portals cases came from."""

MONTH_READERS = frozenset({Role.TRIAGE, Role.STATISTICS, Role.MAYOR_OFFICE, Role.INSPECTOR})
"""Who reads what other bodies were sent in a month; those who handle letters come to it from there."""

CALLERS = frozenset(CALLED_BY)
"""Who calls citizens; what for, `CALLED_BY` says."""

MESSAGE_READERS = frozenset({
    Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD, Role.ADMINISTRATOR, Role.FEEDBACK, Role.FOLLOW_UP,
})  # fmt: skip
"""Who may read every message that crossed the wire."""

REVEAL_READERS = frozenset({Role.CENTRE_HEAD, Role.INSPECTOR})
"""Who reads who saw which reporter."""

CLOSERS = frozenset({Role.ADMINISTRATOR, Role.CENTRE_HEAD, Role.SHIFT_SUPERVISOR})
"""Who declares closures and changes holidays."""

SUBJECT_READERS = frozenset({Role.CENTRE_HEAD, Role.FOLLOW_UP})
"""Who reads which subjects turned out to be others."""

HEADS = frozenset({Role.UNIT_HEAD})
"""Who lets somebody of his unit sign for him."""

UNLOCKERS = frozenset({Role.SHIFT_SUPERVISOR, Role.CENTRE_HEAD, Role.ADMINISTRATOR})
"""Who lets somebody in again after too many wrong tries."""

QUEUE_SIGNS: Mapping[Queue, tuple[str, str]] = {
    Queue.INBOX: ("inbox", "i"),
    Queue.TRIAGE: ("split", "t"),
    Queue.APPROVAL: ("checks", "a"),
    Queue.ANNOUNCEMENT: ("announce", "o"),
    Queue.REVIEW: ("scale", "r"),
    Queue.PLANS: ("calendar", "p"),
    Queue.CLASSIFY: ("edit", "y"),
}


def _queue_places() -> list[nav.NavItem]:
    return [
        nav.NavItem(
            str(queue), "desk:queue", labels.LABELS[Queue][queue], icon, QUEUES[queue][2], key, (str(queue),)
        )
        for queue, (icon, key) in QUEUE_SIGNS.items()
    ]


PLACES: tuple[nav.NavItem, ...] = (
    nav.NavItem("home", "desk:home", pgettext_lazy("place on the desk", "My work"), "home", key="h"),
    nav.NavItem("contact", "desk:start", _("New contact"), "phone", DESK, "c"),
    nav.NavItem("texts", "desk:texts", _("Unread texts"), "message", DESK, "u"),
    nav.NavItem("board", "desk:board", _("Dispatch board"), "alert", DISPATCHERS, "d"),
    *_queue_places(),
    nav.NavItem("time", "desk:time", _("Wishes for time"), "hourglass", GRANTERS, "v"),
    nav.NavItem("drafts", "desk:drafts", _("Drafts to sign"), "edit", SIGNS, "n"),
    nav.NavItem("calls", "desk:calls", _("Call list"), "phone", CALLERS, "l"),
    nav.NavItem("joins", "desk:joins", _("Proposals to join"), "merge", JOIN_DECIDERS, "j"),
    nav.NavItem("senders", "desk:senders", _("Answers to portals"), "undo", SENDERS),
    nav.NavItem("letters", "desk:letters", _("Letters to other bodies"), "mail", HANDLERS, "e"),
    nav.NavItem(
        "letters_month", "desk:letters_month", _("Handed to other bodies"), "building", MONTH_READERS
    ),
    nav.NavItem("renamed", "desk:renamed", _("Subjects that turned out others"), "list", SUBJECT_READERS),
    nav.NavItem("messages", "desk:messages", _("Messages"), "send", MESSAGE_READERS, "m"),
    nav.NavItem("calendars", "desk:calendars", _("Calendars and closures"), "calendar", CLOSERS, "k"),
    nav.NavItem("weekly", "desk:weekly", _("Weekly list"), "stairs", OVERSEERS, "z"),
    nav.NavItem("rechecks", "desk:rechecks", _("Second looks"), "eye", RECHECKERS, "2"),
    nav.NavItem("figures", "desk:figures", _("The centre's own clocks"), "chart", FIGURE_READERS, "f"),
    nav.NavItem("positions", "desk:positions", _("Positions and substitutes"), "people", key="s"),
    nav.NavItem("delegations", "desk:delegations", _("Delegated signing"), "person", HEADS),
    nav.NavItem("roster", "desk:roster", _("Duty roster"), "calendar", DISPATCHERS | ROSTER_KEEPERS, "w"),
    nav.NavItem("lockouts", "desk:lockouts", _("Locked accounts"), "lock", UNLOCKERS),
    nav.NavItem("reveals", "desk:reveals", _("Who saw identities"), "eye", REVEAL_READERS),
    nav.NavItem("erasure", "desk:erasure", _("Erase a person"), "close", ERASERS),
    nav.NavItem("articles", "desk:articles", _("Articles"), "book", key="b"),
)


def waiting(by: Actor, now: datetime) -> dict[str, int]:
    """What waits for this member of staff, by place."""
    counts = {str(queue): queue_count(by, queue) for queue in queues_for(by)}
    if by.roles & DESK:
        counts["texts"] = count_unread()
    if by.roles & DISPATCHERS:
        counts["board"] = count_open(by)
    if by.roles & UNLOCKERS:
        counts["lockouts"] = len(locked_accounts(now=now))
    if by.roles & JOIN_DECIDERS:
        counts["joins"] = count_proposals(by)
    if by.roles & SENDERS:
        counts["senders"] = count_owed(by)
    if by.roles & HANDLERS:
        counts["letters"] = count_ready(by)
    if by.roles & CALLERS:
        counts["calls"] = count_calls(now=now, by=by)
    if by.roles & OVERSEERS:
        counts["weekly"] = weekly_count(by)
    if by.roles & RECHECKERS:
        counts["rechecks"] = rechecks_for(by).count()
    if by.roles & GRANTERS:
        counts["time"] = sum(row.yours for row in time_requests(by, now=now))
    if by.roles & SIGNS:
        counts["drafts"] = count_drafts(by)
    if by.staff_id is not None:
        counts["notices"] = unread_notices(by.staff_id)
    return counts
