"""The history of requests as mySociety's extension tells it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from pol137.api.open311.shapes import LANGUAGE, moment
from pol137.cases.queries import PublicChange
from pol137.cases.vocabulary import AnswerType, Status
from pol137.city.queries import book
from pol137.journal.vocabulary import EventKind
from pol137.lib.persian import redact_personal

ANSWERED: dict[str, str] = {
    AnswerType.DONE: "fixed",
    AnswerType.PLANNED: "planned",
    AnswerType.IN_COURSE: "in_progress",
    AnswerType.NOT_FEASIBLE: "no_further_action",
    AnswerType.UNLAWFUL: "no_further_action",
    AnswerType.NOT_OURS: "not_councils_responsibility",
}


def update_row(change: PublicChange) -> dict[str, object]:
    """A change of a case: its id is the tracking code and the place in the case's history."""
    status, text = _told(change)
    return {
        "update_id": f"{change.code}-{change.seq}",
        "service_request_id": change.code,
        "status": status,
        "updated_datetime": moment(change.at),
        "description": text,
        "media_url": None,
    }


def _told(change: PublicChange) -> tuple[str, str]:
    city = book()
    unit = city.name(city.departments.get(change.department_id) or city.city, LANGUAGE)
    if change.kind == EventKind.CASE_ANNOUNCED:
        status = "planned" if change.to == Status.PLANNED else ANSWERED.get(change.answer_type, "open")
        return status, redact_personal(change.text)
    status, words = {
        EventKind.CASE_REGISTERED: ("open", _("The request was registered.")),
        EventKind.CASE_ROUTED: ("open", _("The request was sent to %(unit)s.") % {"unit": unit}),
        EventKind.CASE_TRANSFERRED: ("internal_referral", _("The request was passed on to another unit.")),
        EventKind.CASE_ACCEPTED: ("in_progress", _("The responsible unit has taken up the request.")),
        EventKind.CASE_JOINED_INCIDENT: (
            "duplicate",
            _("The same problem was known already; both are one now."),
        ),
        EventKind.CASE_OBJECTED: ("investigating", _("The answer was objected to and is being reviewed.")),
        EventKind.CASE_REVIEW_DECIDED: _reviewed(change),
        EventKind.CASE_PLAN_POSTPONED: ("planned", _("The date of the work was moved.")),
        EventKind.CASE_CLOSED: ("closed", _("The request was closed.")),
        EventKind.CASE_WITHDRAWN: ("closed", _("Whoever reported it took it back.")),
        EventKind.CASE_REOPENED: ("open", _("The request was taken up again.")),
    }[EventKind(change.kind)]
    return status, words


def _reviewed(change: PublicChange) -> tuple[str, str]:
    if change.to == Status.IN_WORK:
        return "in_progress", _("The objection was found right: the unit works on it again.")
    return "no_further_action", _("The objection was reviewed; the answer stands.")
