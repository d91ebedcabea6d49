"""The dispatch board: a danger comes onto it, officers are called, help goes, the danger is over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from pol137.cases.models import Case
from pol137.cases.operations import lock_sharing, make_safe
from pol137.cases.operations.steps import seal, stream_of
from pol137.cases.rules.steps import sources_of
from pol137.cases.vocabulary import BEFORE_ANSWER, Action, Status
from pol137.city.queries.book import book
from pol137.dispatch.models import Dispatch, DispatchCall
from pol137.dispatch.permissions import check_dispatcher
from pol137.dispatch.queries.board import called, officers_for
from pol137.dispatch.queries.roster import officers_on_duty
from pol137.dispatch.rules.roster import read_post
from pol137.dispatch.rules.turns import MOVES, REPLIES, Officer, to_call
from pol137.dispatch.vocabulary import ACKNOWLEDGED, CallReply, DispatchState
from pol137.journal.operations import append_event
from pol137.journal.vocabulary import EventKind
from pol137.lib.actor import Actor, system
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal

BOARD = system("dispatch")
BATCH = 200


@transaction.atomic
def follow_case(
    case_id: int, *, heir_of: int | None = None, reported_at: datetime | None = None, now: datetime
) -> Dispatch | None:
    """Let the board agree with a case: an urgent one that nobody has made safe, and whose answer the centre
    has not approved, stands on it once, any other leaves it. The dispatch that stands, if one does.

    A case joined to an urgent one is helped with it; so is a part of an urgent whole; the heir of a withdrawn
    one is helped on. What a dispatcher cancelled stays off until the danger is reported again, at
    `reported_at`, of it or of one that is helped with it, or the case begins another round.
    """
    case = lock_sharing(case_id)
    if reported_at is not None and (main := _helped_with(case)) is not None:
        return follow_case(main.pk, reported_at=reported_at, now=now)
    if heir_of is not None:
        _inherit(case, heir_of, now=now)
    standing = Dispatch.objects.select_for_update().filter(case=case, ended_at__isnull=True).first()
    if not _is_danger(case):
        if standing is not None:
            state = DispatchState.MADE_SAFE if case.safe_at else DispatchState.CANCELLED
            _end(standing, state, by=BOARD, now=now)
        return None
    cancelled = Dispatch.objects.filter(case=case, cycle=case.cycle, state=DispatchState.CANCELLED)
    if reported_at is not None:
        cancelled = cancelled.filter(ended_at__gt=reported_at)
    if standing is not None or cancelled.exclude(reason="").exists():
        return standing
    return _open(case, now=now)


def _inherit(heir: Case, main_id: int, *, now: datetime) -> None:
    """Help that is called for a withdrawn case goes on for the one that carries its work now."""
    left = Dispatch.objects.select_for_update(of=("self",)).filter(case=main_id, case__status=Status.CLOSED)
    standing = left.filter(ended_at__isnull=True).first()
    has_own = Dispatch.objects.filter(case=heir, ended_at__isnull=True).exists()
    if standing is not None and heir.in_danger and not has_own:
        standing.case, standing.cycle = heir, heir.cycle
        standing.save()
        _write(standing, EventKind.DISPATCH_OPENED, {"instead_of": main_id}, by=BOARD, now=now)


def _is_danger(case: Case) -> bool:
    """Whether help must be sent for this very case."""
    return _calls_for_help(case) and _helped_with(case) is None


def _helped_with(case: Case) -> Case | None:
    """The case whose help is help for this one too: its main case, or the whole whose part it is."""
    main = case.incident.main_case if case.incident and case.status == Status.JOINED else case.parent
    return main if main is not None and _calls_for_help(main) else None


def _calls_for_help(case: Case) -> bool:
    return case.in_danger and case.status in BEFORE_ANSWER | {Status.ANSWERED, Status.JOINED}


def _open(case: Case, *, now: datetime) -> Dispatch:
    dispatch = Dispatch.objects.create(
        case=case, cycle=case.cycle, state=DispatchState.CALLING, opened_at=now
    )
    _write(dispatch, EventKind.DISPATCH_OPENED, {}, by=BOARD, now=now)
    _turn(dispatch, now=now)
    return dispatch


@transaction.atomic
def record_call(
    dispatch_id: int, *, reply: str, duty: int | None = None, by: Actor, now: datetime
) -> Dispatch:
    """A duty officer was called: he acknowledged by phone or radio, did not answer, or is not coming after
    all. Without an acknowledgement the next on the roster is due at once.

    Guarantees: one officer at most has the danger; saying twice that nobody answers passes nobody over twice.
    Refuses whoever is no dispatcher, an officer who is not on duty for it, and a danger that has moved on.
    """
    dispatch = _lock(dispatch_id, by=by)
    _check_reply(dispatch, reply)
    officer = _going(dispatch) if reply == CallReply.NOT_COMING else _on_duty(dispatch, duty, now=now)
    return _recorded(dispatch, officer, CallReply(reply), by=by, now=now)


@transaction.atomic
def call_elsewhere(
    dispatch_id: int, *, reply: str, post: str, phone: str, radio: str = "", by: Actor, now: datetime
) -> Dispatch:
    """A post that is not on the roster was called, by its name; else as `record_call`.

    Refuses a post without a name or a number that can be called.
    """
    dispatch = _lock(dispatch_id, by=by)
    _check_reply(dispatch, reply)
    if reply == CallReply.NOT_COMING:
        raise Refusal("outcome_missing", field="reply")
    officer = read_post(post=post, phone=phone, radio=radio, city=book())
    return _recorded(dispatch, officer, CallReply(reply), by=by, now=now)


def _check_reply(dispatch: Dispatch, reply: str) -> None:
    state = DispatchState(dispatch.state)
    if reply not in set(CallReply) - {CallReply.PASSED}:
        raise Refusal("outcome_missing", field="reply")
    if reply not in REPLIES.get(state, ()):
        raise Refusal("dispatch_moved_on", state=state)


def _recorded(
    dispatch: Dispatch, officer: Officer, reply: CallReply, *, by: Actor, now: datetime
) -> Dispatch:
    """The call is written down; who acknowledged has the danger, else the turn passes on if it was his."""
    before, state = _left(dispatch, now=now), dispatch.state
    _call(dispatch, officer, reply, by=by, now=now)
    if reply in ACKNOWLEDGED:
        dispatch.state, dispatch.acknowledged_at = DispatchState.ACKNOWLEDGED, now
        dispatch.next_at = dispatch.exhausted_at = None
        dispatch.save()
    elif state != DispatchState.CALLING or (before and before[0].who == officer.who):
        dispatch.state = DispatchState.CALLING
        dispatch.acknowledged_at = dispatch.en_route_at = None
        _turn(dispatch, now=now)
    return dispatch


@transaction.atomic
def move_dispatch(dispatch_id: int, *, to: str, reason: str = "", by: Actor, now: datetime) -> Dispatch:
    """Help is on its way or there, the danger is over, or nobody need go (with the reason).

    Guarantees: *made safe* makes the case safe in the same transaction.
    Refuses whoever is no dispatcher, and a step that does not follow from where the danger stands.
    """
    dispatch = _lock(dispatch_id, by=by)
    if to not in MOVES[DispatchState(dispatch.state)]:
        raise Refusal("dispatch_moved_on", state=DispatchState(dispatch.state))
    target, case = DispatchState(to), dispatch.case
    if target is DispatchState.CANCELLED and not reason.strip():
        raise Refusal("reason_missing", field="reason")
    if target is DispatchState.MADE_SAFE and case.status in sources_of(Action.MAKE_SAFE):
        make_safe(case.pk, by=by, now=now)
    if target in (DispatchState.MADE_SAFE, DispatchState.CANCELLED):
        _end(dispatch, target, by=by, now=now, reason=clean_text(reason).strip())
        return dispatch
    dispatch.state = target
    if target is DispatchState.EN_ROUTE:
        dispatch.en_route_at = now
    else:
        dispatch.on_site_at = now
    dispatch.save()
    _write(dispatch, EventKind.DISPATCH_MOVED, {"state": target}, by=by, now=now)
    return dispatch


def pass_unanswered(*, now: datetime) -> int:
    """A turn of the clock: whoever was due and has not acknowledged in the city's time is passed over, and
    the next on the roster is due; how many dangers moved on.

    Guarantees: each time once, with several clocks too; a case somebody holds is left for the next turn.
    """
    due = Dispatch.objects.filter(next_at__lte=now).order_by("next_at", "id")
    return sum(_pass(*row, now=now) for row in due.values_list("id", "case_id")[:BATCH])


@transaction.atomic
def _pass(dispatch_id: int, case_id: int, *, now: datetime) -> bool:
    if not Case.objects.select_for_update(skip_locked=True).filter(pk=case_id).exists():
        return False
    dispatch = Dispatch.objects.select_for_update().filter(pk=dispatch_id, next_at__lte=now).first()
    if dispatch is None:
        return False
    left = _left(dispatch, now=now)
    if left and dispatch.exhausted_at is None:
        _call(dispatch, left[0], CallReply.PASSED, by=BOARD, now=now)
    _turn(dispatch, now=now)
    return True


@transaction.atomic
def forget_reasons(*, case_ids: Iterable[int]) -> int:
    """Erase why nobody needed to go for these cases and their parts; that it was so and when stays. How
    many."""
    ids = list(case_ids)
    said = Dispatch.objects.filter(Q(case__in=ids) | Q(case__parent__in=ids)).exclude(reason="")
    return said.update(reason="")


def _lock(dispatch_id: int, *, by: Actor) -> Dispatch:
    case_id = Dispatch.objects.filter(pk=dispatch_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise Refusal("dispatch_unknown")
    case = lock_sharing(case_id)
    check_dispatcher(case, by)
    dispatch = Dispatch.objects.select_for_update().get(pk=dispatch_id)
    dispatch.case = case
    return dispatch


def _officers(dispatch: Dispatch, *, since: datetime, now: datetime) -> list[Officer]:
    district = dispatch.case.district_id
    duties = officers_on_duty([district], since=since, now=now) if district is not None else []
    return officers_for(dispatch.case, duties)


def _left(dispatch: Dispatch, *, now: datetime) -> list[Officer]:
    return to_call(_officers(dispatch, since=now, now=now), called(dispatch.calls.order_by("id")))


def _on_duty(dispatch: Dispatch, duty: int | None, *, now: datetime) -> Officer:
    """One whose turn runs, or ran while the danger stood on the board."""
    for one in _officers(dispatch, since=dispatch.opened_at, now=now):
        if one.duty == duty:
            return one
    raise Refusal("officer_not_on_duty", field="duty")


def _going(dispatch: Dispatch) -> Officer:
    last = dispatch.calls.order_by("-id").first()
    if last is None:
        raise Refusal("officer_not_on_duty", field="duty")
    return Officer(0, last.position_id, last.post, last.phone, last.radio, 0)


def _call(dispatch: Dispatch, officer: Officer, reply: CallReply, *, by: Actor, now: datetime) -> None:
    call = DispatchCall.objects.create(
        dispatch=dispatch,
        position_id=officer.position_id,
        post=officer.post,
        phone=officer.phone,
        radio=officer.radio,
        reply=reply,
        by=str(by),
        at=now,
    )
    kind = EventKind.DISPATCH_PASSED if reply is CallReply.PASSED else EventKind.DISPATCH_CALLED
    _write(dispatch, kind, {"call": call.pk, "reply": reply}, by=by, now=now)


def _turn(dispatch: Dispatch, *, now: datetime) -> None:
    """The next on the roster is due from now; with nobody left the shift supervisor is told, once, and the
    roster is looked at again after the same time."""
    dispatch.next_at = now + book().city.duty_next_after
    if _left(dispatch, now=now):
        dispatch.exhausted_at = None
    elif dispatch.exhausted_at is None:
        dispatch.exhausted_at = now
        _write(dispatch, EventKind.DISPATCH_EXHAUSTED, {}, by=BOARD, now=now)
    dispatch.save()


def _end(dispatch: Dispatch, state: DispatchState, *, by: Actor, now: datetime, reason: str = "") -> None:
    dispatch.state, dispatch.ended_at, dispatch.next_at, dispatch.reason = state, now, None, reason
    dispatch.save()
    body: dict[str, object] = {"state": state}
    if reason:
        body["words"] = seal(reason, dispatch.case.salt)
    _write(dispatch, EventKind.DISPATCH_ENDED, body, by=by, now=now)


def _write(dispatch: Dispatch, kind: EventKind, body: dict[str, object], *, by: Actor, now: datetime) -> None:
    body = {"dispatch": dispatch.pk, **body}
    append_event(stream=stream_of(dispatch.case_id), kind=kind, at=now, by=by, body=body)
