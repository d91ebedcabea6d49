"""The one function that changes a status."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q

from pol137.cases.models import Case, Incident, Note
from pol137.cases.permissions import check_step
from pol137.cases.rules.steps import STEPS
from pol137.cases.vocabulary import Action, Status
from pol137.journal.operations import NewEvent, append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal


def stream_of(case_id: int) -> str:
    """The name of a case's stream in the journal."""
    return f"case:{case_id}"


def lock_case(case_id: int, action: Action | None = None, *, by: Actor | None = None) -> Case:
    """The case, locked until the end of the transaction.

    Refuses when there is none, or when `by` cannot take `action` on it now: before anything is written.
    """
    case = Case.objects.select_for_update().filter(pk=case_id).first()
    if case is None:
        raise Refusal("case_unknown")
    if action is not None and by is not None:
        check_step(case, action, by)
    return case


def sharing(case_id: int) -> list[int]:
    """The numbers of a case and of all that share its fault, in the order in which several are locked."""
    found = Incident.objects.filter(Q(main_case=case_id) | Q(cases=case_id)).values_list("id", "main_case_id")
    ids = {case_id, *(main for _, main in found)}
    ids.update(Case.objects.filter(incident__in=[one for one, _ in found]).values_list("id", flat=True))
    return sorted(ids)


def lock_sharing(case_id: int, action: Action | None = None, *, by: Actor | None = None) -> Case:
    """`lock_case` for a step that reaches those who share the fault: all are locked, by their numbers."""
    ids = sharing(case_id)
    if len(ids) > 1:
        list(Case.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    return lock_case(case_id, action, by=by)


def turned_urgent(case: Case, *, by: Actor, now: datetime, due_at: datetime | None = None) -> NewEvent:
    """The fact that somebody is in danger: help is dispatched. `due_at`: it was an ordinary case before."""
    body = {"due_at": due_at.isoformat()} if due_at else {}
    return NewEvent(stream_of(case.pk), EventKind.CASE_TURNED_URGENT, now, by, body)


def seal(text: str, salt: str) -> str:
    """A salted hash of words: what the journal keeps of them, useless once the salt is erased, as it is from
    the start for words on a case that has been erased."""
    return hashlib.sha256(f"{salt or secrets.token_hex(16)}\n{text}".encode()).hexdigest()


def keep_words(case: Case, text: str, *, by: Actor, now: datetime) -> dict[str, object]:
    """Keep words said about a case as a note, and what its event holds of them: the number and a seal.

    Nothing is kept of no words.
    """
    if not (text := clean_text(text).strip()):
        return {}
    note = Note.objects.create(case=case, text=text, by=str(by), at=now)
    return {"note": note.pk, "words": seal(text, case.salt)}


def take_step(
    case: Case,
    action: Action,
    *,
    by: Actor,
    now: datetime,
    to: Status | None = None,
    body: Mapping[str, object] | None = None,
) -> int:
    """Take a step on a locked case: check it, set the status, write the event; the event's id.

    The fields changed on `case` before the call are saved with it. Refuses when the table of steps does.
    """
    check_step(case, action, by)
    step = STEPS[action]
    target = to or (step.targets[0] if step.targets else None)
    if target is not None:
        if target not in step.targets:
            raise ValueError(f"{action} does not lead to {target}")
        if target != case.status:
            case.status_since = now
        before, case.status = case.status, str(target)
        body = {**(body or {}), "from": before, "to": str(target)}
    case.updated_at = now
    case.save()
    return append_event(stream=stream_of(case.pk), kind=step.event, at=now, by=by, body=body)
