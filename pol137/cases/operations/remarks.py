"""Steps that keep the status: notes, corrections, reveals, nudges, publishing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pol137.cases.models import Case, Note, Reporter, Reveal
from pol137.cases.operations.confiding import keep_secret
from pol137.cases.operations.dangers import turn_dangerous
from pol137.cases.operations.steps import lock_case, lock_sharing, seal, take_step
from pol137.cases.operations.wording import reword
from pol137.cases.vocabulary import Action
from pol137.city.queries.book import book
from pol137.lib import geo
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal


@transaction.atomic
def note_case(case_id: int, *, text: str, by: Actor, now: datetime) -> Note:
    """A remark inside, for staff. Moves no deadline."""
    case = lock_case(case_id, Action.NOTE, by=by)
    text = clean_text(text).strip()
    if not text:
        raise Refusal("note_missing", field="text")
    note = Note.objects.create(case=case, text=text, by=str(by), at=now)
    take_step(case, Action.NOTE, by=by, now=now, body={"note": note.pk, "words": seal(text, case.salt)})
    return note


@transaction.atomic
def ask_centre(case_id: int, *, words: str, by: Actor, now: datetime) -> Note:
    """The unit asks the centre to call the citizen for it: number and name stay with the centre.

    Guarantees: moves no deadline; what to say or ask stands on the case as a note, and so will his reply.
    Refuses without words, and where there is no number to call.
    """
    case = lock_case(case_id, Action.ASK_CENTRE, by=by)
    words = clean_text(words).strip()
    if not words:
        raise Refusal("words_missing", field="words")
    if not Reporter.objects.filter(case=case.parent or case, dialable=True).exists():
        raise Refusal("nobody_to_call")
    note = Note.objects.create(case=case, text=words, by=str(by), at=now)
    body = {"purpose": "unit", "note": note.pk, "words": seal(words, case.salt)}
    take_step(case, Action.ASK_CENTRE, by=by, now=now, body=body)
    return note


@transaction.atomic
def reclassify_case(case_id: int, *, service: str, by: Actor, now: datetime) -> Case:
    """The case is about another service than first thought. The promise made stays.

    Guarantees: danger and confidence once seen stay with the case; one that turns out dangerous waits for
    nothing and has the minutes of what is urgent from now on, never more than it had; one that turns out
    confidential goes to inspection at once, with its parts, and leaves no trace with whoever had it.
    """
    case = lock_sharing(case_id, Action.RECLASSIFY, by=by)
    found = book().services.find(service)
    if found is None:
        raise Refusal("service_unknown", field="service", service=service)
    before, hidden = case.service_id, found.confidential and not case.confidential
    case.service_id, case.public = found.id, found.public and not (found.confidential or case.confidential)
    case.published_at = case.published_at if case.public else None
    turns = found.urgent and not case.urgent
    case.urgent = case.urgent or found.urgent
    take_step(case, Action.RECLASSIFY, by=by, now=now, body={"service": found.id, "from_service": before})
    if turns:
        turn_dangerous(case, by=by, now=now)
        case = lock_case(case_id)
    if hidden:
        keep_secret(case, by=by, now=now)
    return case


@transaction.atomic
def edit_place(
    case_id: int, *, address: str, lat: float | None, lon: float | None, by: Actor, now: datetime
) -> Case:
    """The place is put right; without a point there is none any more. The department stays: triage or a
    transfer moves a case. The neighbourhood stays only while it can be the one of the new place."""
    case, cell, words = lock_case(case_id, Action.EDIT_PLACE, by=by), "", clean_text(address).strip()
    if lat is not None and lon is not None:
        try:
            geo.validate_point(lat, lon)
        except ValueError as error:
            raise Refusal("point_impossible", field="lat") from error
        cell = geo.h3_cell(lat, lon)
        district = book().district_at(lat, lon)
        case.district_id = district.id if district else case.district_id
    same = cell in geo.neighbours(case.h3, 1) if cell and case.h3 else words == case.address
    quarter = book().neighbourhoods.get(case.neighbourhood_id)
    if not same or (quarter and quarter.district_id != case.district_id):
        case.neighbourhood_id = None
    case.address, case.lat, case.lon, case.h3 = words, lat if cell else None, lon if cell else None, cell
    reword(case)
    take_step(case, Action.EDIT_PLACE, by=by, now=now, body={"district": case.district_id})
    return case


@transaction.atomic
def reveal_reporter(case_id: int, *, reason: str, by: Actor, now: datetime) -> Reporter:
    """Show who the reporter is, to somebody who says why he must know; every reveal is recorded.

    Refuses without a reason.
    """
    case = lock_case(case_id, Action.REVEAL, by=by)
    if not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if by.staff_id is None:
        raise Refusal("step_not_yours", action=Action.REVEAL)
    seen = Reveal.objects.create(case=case, user_id=by.staff_id, reason=reason.strip(), at=now)
    take_step(case, Action.REVEAL, by=by, now=now, body={"reveal": seen.pk, "words": seal(reason, case.salt)})
    return Reporter.objects.get(case=case.parent or case)


@transaction.atomic
def nudge_case(case_id: int, *, by: Actor, now: datetime) -> Case:
    """«پیگیری مجدد»: the citizen asks again. Counted and shown to head and deputy; moves no deadline."""
    case = lock_case(case_id, Action.NUDGE, by=by)
    case.nudges += 1
    take_step(case, Action.NUDGE, by=by, now=now, body={"nudges": case.nudges})
    return case


@transaction.atomic
def publish_words(case_id: int, *, by: Actor, now: datetime) -> Case:
    """Triage has read the citizen's words and pictures and lets the public see them.

    Refuses for a case that is not public.
    """
    case = lock_case(case_id, Action.PUBLISH, by=by)
    if not case.public:
        raise Refusal("case_not_public")
    case.published_at = now
    take_step(case, Action.PUBLISH, by=by, now=now)
    return case
