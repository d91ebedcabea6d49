"""Messages taken in now and made a case a moment later, by a job."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from pol137.cases.operations import check_draft
from pol137.cases.rules.drafts import CaseDraft, Picture, ReporterDraft
from pol137.contacts.operations.contacts import register_problem, start_contact
from pol137.lib.actor import Actor, client
from pol137.lib.refusal import Refusal
from pol137.messaging.models import InboundMessage
from pol137.messaging.operations import mark_read, receive_message


def take_for_later(*, draft: CaseDraft, token: str, by: Actor, now: datetime) -> None:
    """Keep a program's report whole and let a job make the case; `token` finds it again.

    Guarantees: stored before it is acknowledged, with the job that follows, in one transaction.
    Refuses a draft that is not complete, with every fault.
    """
    check_draft(draft)
    receive_message(
        channel=draft.channel,
        external_id=token,
        sender=draft.reporter.phone or draft.reporter.email,
        text=draft.words,
        raw=json.dumps({"by": by.ref, "draft": asdict(draft)}, ensure_ascii=False, default=_plain),
        by=by,
        now=now,
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@transaction.atomic
def register_waiting(message: InboundMessage) -> None:
    """Make the case of a report that was kept. Its clock runs from the moment the report came.

    A report the city no longer takes (its service was closed meanwhile) becomes a contact a person reads.
    Guarantees: safe to run twice.
    """
    kept = json.loads(message.raw)
    draft, by = _draft(kept["draft"]), client(kept["by"])
    try:
        register_problem(draft=draft, external_id=message.external_id, by=by, now=message.received_at)
    except Refusal:
        start_contact(
            channel=draft.channel,
            external_id=message.external_id,
            phone=draft.reporter.phone,
            name=draft.reporter.name,
            words=draft.words,
            inbound_id=message.pk,
            by=by,
            now=message.received_at,
        )
    mark_read(message.pk, by=by)


def _draft(kept: dict[str, Any]) -> CaseDraft:
    pictures = [
        {**one, "taken_at": datetime.fromisoformat(one["taken_at"]) if one["taken_at"] else None}
        for one in kept["pictures"]
    ]
    due = kept.get("external_due_at")
    return CaseDraft(
        **{
            **kept,
            "external_due_at": datetime.fromisoformat(due) if due else None,
            "reporter": ReporterDraft(**kept["reporter"]),
            "pictures": tuple(Picture(**one) for one in pictures),
        }
    )
