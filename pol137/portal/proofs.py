"""What this visitor has proved, and what he has just sent: kept in his session, for an hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.dateparse import parse_datetime

from pol137.cases.operations import prove_reporter
from pol137.cases.permissions import citizen_ref
from pol137.lib import tracking_code
from pol137.lib.actor import Actor, citizen
from pol137.lib.guessing import REST, TRIES
from pol137.lib.refusal import Refusal
from pol137.web.ratelimit import allow
from pol137.web.request import Request

PROVEN, SENT = "portal.proven", "portal.sent"
FOR = timedelta(hours=1)


def prove(request: Request, *, code: str, proof: str) -> Actor:
    """Check code and second factor and remember the proof for an hour.

    Guarantees: a code that does not exist answers like one that does, the wait after five tries included.
    Refuses (Refusal) a wrong pair, and any pair while the code rests.
    """
    now: datetime = request.now
    try:
        actor = prove_reporter(code=code, proof=proof, now=now)
    except Refusal as refusal:
        known = tracking_code.clean(code)
        tried_out = known is not None and not allow(f"portal.proof {known}", TRIES, REST, now=now)
        if refusal.code == "proof_locked" or tried_out:
            raise Refusal("proof_locked", until=now + REST) from refusal
        raise
    remember(request, actor)
    return actor


def remember(request: Request, actor: Actor) -> None:
    """This visitor has proved himself as this actor."""
    held = _held(request)
    held[actor.ref] = (request.now + FOR).isoformat()
    request.session.cycle_key()
    request.session[PROVEN] = held


def proven(request: Request, case_id: int) -> Actor | None:
    """The visitor as the reporter of this case, if he proved it within the last hour."""
    ref = citizen_ref(case_id)
    return citizen(ref) if ref in _held(request) else None


def forget(request: Request, case_id: int) -> None:
    """Leave the case, on a shared computer say: the proof and what was just sent are gone."""
    held = _held(request)
    held.pop(citizen_ref(case_id), None)
    request.session[PROVEN] = held
    if request.session.get(SENT, {}).get("case") == case_id:
        del request.session[SENT]


def _held(request: Request) -> dict[str, str]:
    """The proofs that still hold."""
    stored: dict[str, str] = request.session.get(PROVEN, {})
    return {
        ref: until for ref, until in stored.items() if (parse_datetime(until) or request.now) > request.now
    }


@dataclass(frozen=True, slots=True)
class Sent:
    """What was just sent in: its case, or none when it was thanked."""

    case_id: int | None
    nonce: str


def remember_sent(request: Request, *, case_id: int | None, nonce: str) -> None:
    """Keep what the next page shows; it shows it for an hour and never by address."""
    if case_id is not None:
        remember(request, citizen(citizen_ref(case_id)))
    request.session[SENT] = {"case": case_id, "nonce": nonce, "until": (request.now + FOR).isoformat()}


def sent(request: Request) -> Sent | None:
    """What this visitor sent within the last hour."""
    kept: dict[str, Any] = request.session.get(SENT, {})
    until = parse_datetime(kept.get("until", "")) if kept else None
    return Sent(kept["case"], kept["nonce"]) if until and until > request.now else None


def key_of(nonce: str) -> str:
    """The six-digit key of one filling of the form, for a reporter without a phone.

    It follows from the form's nonce and our secret, so that a double click shows the same key and it is
    stored nowhere in the clear.
    """
    digest = salted_hmac("pol137.portal.key", nonce, algorithm="sha256").hexdigest()
    return f"{int(digest[:15], 16) % 10**6:06d}"
