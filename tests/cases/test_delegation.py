"""«تفویض امضا» and drafts confirmed by the head: who may give an answer, and that it is the one he read."""

from datetime import timedelta

import pytest

from pol137.cases.models import Answer, Case
from pol137.cases.operations import answer_case, confirm_draft, confirm_drafts, draft_answer, imprint
from pol137.cases.permissions import actionable_by, allowed_actions
from pol137.cases.queries import count_drafts, drafts_to_sign
from pol137.cases.vocabulary import Action, Status
from pol137.journal.models import Event
from pol137.lib.refusal import Refusal
from pol137.staff.models import Delegation
from pol137.staff.operations import delegate_signing, revoke_signing
from pol137.staff.queries import delegations_under
from tests.factories import DONE, SATURDAY, Clock, actor, fresh, reported_case, user

pytestmark = pytest.mark.django_db

HEAD, USER = "s1-roads-head", "s1-roads-user"
TODAY = SATURDAY.date()
HOLE = {"service": "pothole", "questions": {"depth": "10"}}


def delegate(clock: Clock, **changed) -> Delegation:
    given = {
        "position": USER,
        "services": ["light-out"],
        "from_date": TODAY,
        "to_date": TODAY + timedelta(days=2),
        "by": actor(HEAD, clock.now),
    }
    return delegate_signing(**{**given, **changed}, now=clock.now)


def drafted(clock: Clock, **changed) -> tuple[Case, Answer]:
    case = reported_case(clock.now, **changed)
    return case, draft_answer(case.pk, answer=DONE, by=actor(USER, clock.now), now=clock.now)


def test_without_a_delegation_the_137_user_signs_nothing(clock: Clock) -> None:
    case = reported_case(clock.now)
    with pytest.raises(Refusal, match="step_not_yours"):
        answer_case(case.pk, answer=DONE, by=actor(USER), now=clock.now)


def test_a_delegated_user_signs_the_listed_services_between_the_days_only(clock: Clock) -> None:
    delegate(clock)
    light, hole = reported_case(clock.now), reported_case(clock.now, **HOLE)
    signer = actor(USER, clock.now)
    for case, open_now in ((light, True), (hole, False)):
        assert (Action.ANSWER in allowed_actions(case, signer)) is open_now
        assert Case.objects.filter(actionable_by(signer, Action.ANSWER), pk=case.pk).exists() is open_now
    with pytest.raises(Refusal, match="step_not_yours"):
        answer_case(hole.pk, answer=DONE, by=signer, now=clock.now)
    answer = answer_case(light.pk, answer=DONE, by=signer, now=clock.now)
    assert answer.answered_by == user(USER) and fresh(light).status == Status.ANSWERED
    late = clock.now + timedelta(days=3)
    other = reported_case(late)
    assert Action.ANSWER not in allowed_actions(other, actor(USER, late))
    assert Action.ANSWER in allowed_actions(other, actor(USER, clock.now + timedelta(days=2)))


def test_signing_gives_nothing_else_of_the_head(clock: Clock) -> None:
    case = reported_case(clock.now)
    before = set(allowed_actions(case, actor(USER, clock.now)))
    delegate(clock)
    assert set(allowed_actions(case, actor(USER, clock.now))) - before == {Action.ANSWER}
    assert Action.ANSWER not in allowed_actions(case, actor("s1-green-user", clock.now))


def test_a_revoked_delegation_ends_at_once_and_both_are_on_record(clock: Clock) -> None:
    made, case = delegate(clock), reported_case(clock.now)
    revoke_signing(made.pk, by=actor(HEAD), now=clock.now)
    assert Action.ANSWER not in allowed_actions(case, actor(USER, clock.now))
    bodies = [one.body for one in Event.objects.filter(kind="staff.signing_delegated").order_by("id")]
    assert [body["delegation"] for body in bodies] == [made.pk, made.pk] and bodies[1]["revoked"] is True
    with pytest.raises(Refusal, match="delegation_is_over"):
        revoke_signing(made.pk, by=actor(HEAD), now=clock.now)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"position": "s1-green-user"}, "unit_not_yours"),
        ({"position": HEAD}, "position_does_not_sign"),
        ({"position": "nobody"}, "position_does_not_sign"),
        ({"services": []}, "services_missing"),
        ({"services": ["no-such"]}, "services_missing"),
        ({"to_date": TODAY - timedelta(days=1)}, "days_impossible"),
        ({"from_date": TODAY + timedelta(days=5)}, "days_impossible"),
    ],
)
def test_what_is_no_delegation_is_refused(clock: Clock, changed: dict, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        delegate(clock, **changed)
    assert not Delegation.objects.exists()


@pytest.mark.parametrize("code", [USER, "s1-green-head", "s1-deputy-tech", "centre-head"])
def test_only_the_head_of_the_unit_delegates_and_revokes(clock: Clock, code: str) -> None:
    with pytest.raises(Refusal, match="unit_not_yours"):
        delegate(clock, by=actor(code))
    made = delegate(clock)
    with pytest.raises(Refusal, match="unit_not_yours"):
        revoke_signing(made.pk, by=actor(code), now=clock.now)
    assert [one.pk for one in delegations_under(actor(HEAD))] == [made.pk]
    assert delegations_under(actor("s1-green-head")) == []


# --- drafts ---------------------------------------------------------------------------------------


def test_the_head_confirms_drafts_one_by_one_and_in_bulk(clock: Clock) -> None:
    made = [drafted(clock) for _ in range(3)]
    by = actor(HEAD)
    assert [one.draft.pk for one in drafts_to_sign(by)] == [draft.pk for _, draft in made]
    answer = confirm_draft(made[0][0].pk, seen=imprint(made[0][1]), by=by, now=clock.now)
    assert (answer.reply, answer.drafted_by, answer.answered_by) == (DONE.reply, user(USER), user(HEAD))
    seen = {case.pk: imprint(draft) for case, draft in made}
    assert confirm_drafts(seen, by=by, now=clock.now) == (2, 1)
    assert {fresh(case).status for case, _ in made} == {Status.ANSWERED}
    assert count_drafts(by) == 0


def test_a_draft_changed_after_it_was_read_is_not_signed(clock: Clock) -> None:
    case, draft = drafted(clock)
    seen = imprint(draft)
    changed = DONE.__class__(type="done", reply="متن دیگری که رئیس اداره آن را ندیده است.", citizen_text="")
    draft_answer(case.pk, answer=changed, by=actor(USER), now=clock.now)
    with pytest.raises(Refusal, match="draft_changed"):
        confirm_draft(case.pk, seen=seen, by=actor(HEAD), now=clock.now)
    assert confirm_drafts({case.pk: seen}, by=actor(HEAD), now=clock.now) == (0, 1)
    assert fresh(case).status == Status.ASSIGNED


def test_a_draft_that_lacks_what_its_type_needs_is_left(clock: Clock) -> None:
    case = reported_case(clock.now)
    short = DONE.__class__(type="done", reply="رسید", citizen_text="")
    draft = draft_answer(case.pk, answer=short, by=actor(USER), now=clock.now)
    with pytest.raises(Refusal, match="reply_too_short"):
        confirm_draft(case.pk, seen=imprint(draft), by=actor(HEAD), now=clock.now)


def test_drafts_of_other_units_and_unlisted_services_are_nobody_elses_to_sign(clock: Clock) -> None:
    light, _ = drafted(clock)
    drafted(clock, **HOLE)
    assert count_drafts(actor(USER)) == count_drafts(actor("s1-green-head")) == 0
    delegate(clock)
    assert [one.draft.case_id for one in drafts_to_sign(actor(USER, clock.now))] == [light.pk]
    assert drafts_to_sign(actor("s1-deputy-tech")) == []
