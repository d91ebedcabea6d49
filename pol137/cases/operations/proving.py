"""A citizen proves that a case is his own."""

from __future__ import annotations

from datetime import datetime
from hmac import compare_digest

from django.db import transaction

from pol137.cases.models import Case, Reporter
from pol137.cases.operations.registering import digest_key
from pol137.cases.permissions import citizen_ref
from pol137.lib import tracking_code
from pol137.lib.actor import Actor, citizen
from pol137.lib.guessing import REST, TRIES
from pol137.lib.persian import ascii_digits
from pol137.lib.phones import last_four
from pol137.lib.refusal import Refusal


def prove_reporter(*, code: str, proof: str, now: datetime) -> Actor:
    """The citizen as an actor on his case, by tracking code and second factor.

    The factor is the last four digits of the phone he gave (or the whole number), or, without a phone, the
    six-digit key shown at registration. After five wrong ones the case rests for a quarter of an hour.
    Refuses (Refusal) a wrong pair, saying nothing of which half was wrong.
    """
    case_id, refusal = _try(code=code, proof=proof, now=now)
    if refusal is not None:
        raise refusal
    return citizen(citizen_ref(case_id))


@transaction.atomic
def _try(*, code: str, proof: str, now: datetime) -> tuple[int, Refusal | None]:
    clean = tracking_code.clean(code)
    case = Case.objects.filter(code=clean).first() if clean else None
    reporter = Reporter.objects.select_for_update().filter(case=case).first() if case else None
    if case is None or reporter is None:
        return 0, Refusal("proof_wrong", field="proof")
    if reporter.proof_locked_until and reporter.proof_locked_until > now:
        return 0, Refusal("proof_locked", until=reporter.proof_locked_until)
    if _matches(reporter, proof):
        reporter.proof_failures = 0
        reporter.save(update_fields=["proof_failures"])
        return case.pk, None
    reporter.proof_failures += 1
    if reporter.proof_failures >= TRIES:
        reporter.proof_failures, reporter.proof_locked_until = 0, now + REST
    reporter.save(update_fields=["proof_failures", "proof_locked_until"])
    return 0, Refusal("proof_wrong", field="proof")


def _matches(reporter: Reporter, proof: str) -> bool:
    digits = "".join(filter(str.isdigit, ascii_digits(proof)))
    if reporter.phone:
        return len(digits) >= 4 and compare_digest(digits[-4:], last_four(reporter.phone))
    return bool(digits) and compare_digest(digest_key(reporter.case_id, digits), reporter.key_digest)
