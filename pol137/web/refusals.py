"""The words of every refusal, in one place, and how a refusal reaches a page or a program."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from pol137.cases.vocabulary import Action, Status
from pol137.dispatch.vocabulary import DispatchState
from pol137.lib.refusal import Refusal
from pol137.web import labels
from pol137.web.history_words import HISTORY
from pol137.web.pieces import Words
from pol137.web.templatetags.fa import digits, duration, jalali, jalali_time

WORDS: dict[str, Words] = {
    # steps
    "case_unknown": _("There is no such case."),
    "step_not_yours": _("“%(action)s” is not open to you on this case."),
    "step_not_now": _("“%(action)s” is not possible while the case stands at “%(status)s”."),
    "reason_missing": _("Please give the reason."),
    # registering
    "service_missing": _("Please choose the subject."),
    "service_unknown": _("This subject does not exist."),
    "kind_unknown": _("This kind of message does not exist."),
    "kind_needs_no_case": _("An opinion or praise is recorded with thanks and needs no follow-up case."),
    "district_unknown": _("This district does not exist."),
    "words_missing": _("Please write what the matter is."),
    "words_too_long": _("The text has %(length)s characters; at most %(most)s are possible."),
    "name_too_long": _("The name is longer than %(most)s characters."),
    "email_impossible": _("This e-mail address cannot be right."),
    "address_too_long": _("The address is longer than %(most)s characters."),
    "place_missing": _("Please say where it is: choose a district, write the address or mark it on the map."),
    "point_incomplete": _("The point on the map is incomplete."),
    "point_impossible": _("This point is not on the map."),
    "question_missing": _("Please answer this question."),
    "question_not_string": _("Please answer this question with a short text."),
    "question_not_text": _("Please answer this question with a text."),
    "question_not_number": _("Please answer this question with a number."),
    "question_not_datetime": _("Please answer this question with a date."),
    "question_not_singlevaluelist": _("Please choose one of the answers of the list."),
    "question_not_multivaluelist": _("Please choose only answers of the list."),
    # units and routing
    "nobody_to_call": _("There is no number of this citizen that can be called."),
    "erasing_not_yours": _("The administrator or the head of the centre erases a person's details."),
    "person_unknown": _("No case has this code and this number together."),
    "erasure_reason_missing": _("Please choose why the details are erased."),
    "confidential_elsewhere": _("A matter for inspection only lies with inspection and nowhere else."),
    "department_unknown": _("This unit does not exist."),
    "department_not_inside": _("The case can only be referred to a part of its own unit."),
    "department_without_head": _("Nobody leads this unit: a case sent there could not be answered."),
    "inner_due_past": _("The inner deadline must lie in the future."),
    "inner_due_too_late": _("The inner deadline cannot lie after the promise to the citizen: %(due)s."),
    "ruling_binds": _("Triage has ruled that this is the unit's duty; its ruling binds."),
    "transfer_to_itself": _("The case is with this unit already."),
    "transfer_too_late": _(
        "A unit can say that a matter is not its duty only within %(within)s of receiving it."
    ),
    "part_of_a_part": _("A part cannot be split again."),
    "join_itself": _("A case cannot be joined to itself."),
    "join_impossible": _("This case cannot be joined to that one."),
    "join_proposed_already": _("This was proposed already; the centre has not decided yet."),
    "no_join_proposed": _("No proposal waits for a decision."),
    # those who stand behind a case, other portals, other bodies
    "supporter_kind_unknown": _("Please say who supports it."),
    "supported_already": _("This number stands behind the request already."),
    "phone_impossible": _("This is not a phone number we can call."),
    "no_external_ref": _("This case came from no other portal."),
    "external_ref_too_long": _("The number of the other portal is longer than %(most)s characters."),
    "referral_unknown": _("There is no such letter, or its link is no longer good."),
    "referral_not_yours": _("Letters to other bodies are not open to you."),
    "referral_over": _("This letter has its reply already, or was kept back."),
    "medium_missing": _("Please choose how the letter goes."),
    "letter_missing": _("Please write the letter, in at most %(most)s characters."),
    "reply_missing": _("Please write the reply."),
    "reply_has_link": _(
        "Please leave internet addresses out: the reply is told to the citizen as it stands."
    ),
    # clocks
    "step_not_here": _("This step does not fit the case as it stands."),
    "no_clock_running": _("No clock is running on this case."),
    "asked_already": _(
        "The citizen was asked once already; the clock cannot be paused for a question again."
    ),
    "question_text_missing": _("Please write the question for the citizen."),
    "pause_too_long": _("A pause must end in the future and within %(days)s days."),
    "too_late_to_ask": _(
        "A question is possible until %(within)s before the time ends; the clock cannot be stopped now."
    ),
    "nobody_to_ask": _("There is no number at which the citizen could be asked."),
    "asked_for_time_already": _("This was asked for already; those above decide once."),
    "time_for_oneself": _("Whoever works in the unit cannot give it time."),
    "not_the_next_rung": _("Only whoever stands next on the ladder of this case decides this."),
    "no_time_asked": _("No wish for time waits for a decision here."),
    "hours_impossible": _("More time can be given from 1 to %(most)s hours."),
    "extended_already": _("More time was given once already."),
    "too_late_to_extend": _("The time is over; more time can only be given before it ends."),
    # answers
    "answer_type_missing": _("Please choose what kind of answer this is."),
    "reply_too_short": _(
        "The unit's reply is too short: at least %(least)s characters. “Received” is no answer."
    ),
    "plan_date_missing": _("Please give the date of the work."),
    "plan_date_past": _("The date must lie in the future."),
    "plan_date_too_far": _("A date beyond %(days)s days needs the deputy."),
    "plan_not_kept_by_plan": _("Another planned date does not keep the promise; postpone it instead."),
    "next_step_missing": _("Please write the next step and where the matter stands now."),
    "legal_ground_missing": _("Please name the article or rule this rests on."),
    "legal_ground_unknown": _("This article or rule is not in the list."),
    "agency_missing": _("Please name the responsible body."),
    "agency_unknown": _("This body is not in the list."),
    "no_answer_waits": _("No answer waits for a decision here."),
    "draft_changed": _("The draft was changed meanwhile; please read it again."),
    "consent_missing": _("An answer of this type needs your explicit consent."),
    # announcing and after
    "nothing_to_announce": _("Nothing waits to be announced here."),
    "nothing_announced": _("No answer was announced on this case yet."),
    "ground_missing": _("Please say what is wrong: the work was not done, or the answer does not convince."),
    "score_out_of_range": _("Please choose from one to five stars."),
    "rated_already": _("This answer was rated already. Thank you."),
    "verdict_missing": _("Please choose the verdict."),
    "nothing_was_asked": _("No question waits for your reply."),
    "no_objection_waits": _("No objection waits for a verdict here."),
    "objections_over": _(
        "The head of the centre has given the final answer. What remains is the inspection organisation"
        " of the municipality, or the city council."
    ),
    "approver_answered_it": _("Whoever gave an answer does not decide about it."),
    "supervisor_urgent_only": _("The shift supervisor decides about answers to urgent matters only."),
    "answer_is_the_heads": _("The deputy gives an answer only where its date needs him."),
    "plan_date_later": _(
        "The citizen was told %(day)s, or it went back with that date: a later one needs the deputy."
    ),
    "review_is_the_heads": _("After two verdicts only the head of the centre decides."),
    "reviewer_of_the_unit": _("Nobody of the unit decides the objection to its answer."),
    "reviewer_stationed_there": _(
        "Who is stationed in the district of the case does not decide the objection."
    ),
    "reviewer_decided_before": _("This objection needs another reviewer than the one before."),
    "withdrawal_unproved": _(
        "A case is withdrawn on the phone only by its own reporter: from a contact with his number, or on a"
        " call-back."
    ),
    "outcome_unknown": _("Please choose what the case came to."),
    "text_missing": _("Please write the text."),
    "text_too_long": _("The text takes %(parts)s SMS; at most %(most)s are possible."),
    "no_mobile": _("There is no mobile number to write to."),
    "reviewer_approved_it": _("Whoever approved the answer cannot decide the objection to it."),
    "reopen_too_late": _("A case can be reopened within %(days)s days of its end."),
    "reopen_without_unit": _("This case never had a unit and cannot be reopened."),
    "case_not_public": _("Words and photos of a private matter cannot be published."),
    "note_missing": _("Please write the note."),
    "proof_wrong": _("Code and proof do not belong together."),
    "proof_locked": _("Too many wrong tries. Please try again after %(until)s."),
    # files
    "photos_too_many": _("At most %(most)s photos are possible."),
    "photo_unreadable": _("This file is not a photo we can read. JPEG, PNG and WebP photos are possible."),
    "file_too_large": _("The file is larger than %(megabytes)s megabytes."),
    "file_empty": _("The file is empty."),
    # contacts and calls
    "channel_unknown": _("This channel does not exist."),
    "external_id_missing": _("The message came without a number of its own."),
    "contact_unknown": _("There is no such contact."),
    "contact_ended": _("This contact has ended already."),
    "contact_taken": _("Somebody else is reading this text already."),
    "contact_has_cases": _("This contact has opened a case already and needs no other ending."),
    "disposition_missing": _("Please choose how the contact ended."),
    "answer_source_missing": _("Please choose the subject or the article you answered from."),
    "call_back_ended": _("This call has been settled already."),
    "outcome_missing": _("Please choose what came of the call."),
    # danger
    "not_urgent": _("This case is not urgent: nobody is in danger."),
    "safe_already": _("The danger was removed already."),
    "dispatch_unknown": _("There is no such danger on the board."),
    "dispatch_not_yours": _("Only the centre dispatches help."),
    "dispatch_moved_on": _("This has moved on meanwhile: it stands at “%(state)s”."),
    "officer_not_on_duty": _("This post is not on duty for it."),
    "roster_not_yours": _("The duty roster is not yours to change."),
    "group_unknown": _("This group of subjects does not exist."),
    "position_unknown": _("This position does not exist."),
    "post_or_position": _("Please name either a position of the city or a post outside it."),
    "post_missing": _("Please name the post that was called."),
    "post_too_long": _("The name of the post is too long."),
    "radio_too_long": _("The radio call sign is too long."),
    "duty_phone_impossible": _("This is not a phone number we can call."),
    "order_impossible": _("The order of call is a number from 1 to %(most)s."),
    "duty_ends_too_early": _("A turn ends after it begins."),
    "duty_too_long": _("A turn is longer than a month."),
    "duty_outside_month": _("This turn does not begin in the month of the file."),
    "duty_unknown": _("This turn is no longer on the roster."),
    "turns_overlap": _("Somebody has this place on the roster at that time already."),
    "turns_overlap_line": _("It has the same place at the same time as line %(other)s."),
    "moment_unreadable": _("Please write the time like 1405-07-25 08:00."),
    "week_before_empty": _("The week before has no turn to copy."),
    "roster_empty": _("The file has no turn in it."),
    "roster_columns": _("The first line of the file lacks: %(columns)s"),
    "roster_too_long": _("The file has more than %(most)s lines."),
    "roster_unreadable": _("This file cannot be read: it must be a CSV file in UTF-8."),
    # closures
    "closure_ends_too_early": _("A closure ends after it begins, and in the future."),
    "closure_too_long": _("A closure lasts at most %(days)s days."),
    "holiday_needs_title": _("Please give the holiday a title."),
    "holiday_past": _("This day is past; only holidays to come can be changed."),
    "holiday_unknown": _("This day is no holiday of the calendar."),
    "calendar_unknown": _("There is no such calendar."),
    "closure_is_over": _("This closure is over already."),
    # delegated signing
    "unit_not_yours": _("Only the head of the unit can do this."),
    "position_does_not_sign": _("Only a 137 user of the unit can sign for its head."),
    "services_missing": _("Please choose at least one subject."),
    "days_impossible": _("The last day cannot lie before the first, or be over."),
    "delegation_unknown": _("There is no such delegation."),
    "delegation_is_over": _("This delegation has ended already."),
    # oversight
    "finding_not_yours": _("Only inspection records findings."),
    "finding_not_now": _("A finding is recorded while a case stands unanswered after its last level."),
    "finding_missing": _("Please choose what was found."),
    "finding_recorded": _("This finding is on record already."),
    "recheck_taken": _("This second look was taken already."),
    "recheck_not_yours": _("A second look is taken by an expert of another district who did not approve."),
    # positions
    "appointments_not_yours": _("Only an administrator and the head of the centre appoint."),
    "account_unknown": _("There is no account of this name."),
    "appointment_unknown": _("There is no such appointment."),
    "appointment_in_the_past": _("An appointment begins today or later."),
    "appointment_ends_too_early": _("The last day lies after the first, and not in the past."),
    "appointment_is_over": _("This appointment is over already."),
    "appointed_already": _("He holds this position in these days already."),
    "substitute_of_a_substitute": _("A substitute names no substitute."),
    "substitute_is_the_holder": _("A substitute is somebody else than the holder."),
    "substitute_outside_appointment": _("The days lie outside the appointment of the holder."),
    # staff and set-up
    "account_not_locked": _("This account is not locked."),
    "key_name_missing": _("Please give the key a name."),
    "key_name_taken": _("There is a key named “%(name)s” already."),
    "key_unknown": _("There is no key in force named “%(name)s”."),
    "key_scope_unknown": _("There is no scope “%(scope)s”; there are: %(scopes)s."),
    "pack_broken": _("The pack %(pack)s has faults (%(faults)s) and was not loaded. The first: %(first)s"),
    "pack_is_a_base": _("%(pack)s is a base for cities and no city: load a pack that stands on it."),
    "pack_of_another_city": _(
        "This is the pack of %(given)s, but %(here)s is loaded here. To replace the city, say --replace."
    ),
    "demo_is_off": _("Demonstration accounts are made only with POL137_DEMO=on."),
    "demo_beyond_loopback": _("Demonstration accounts are refused on %(host)s: others could reach them."),
    # simulation
    "simulation_real_gateway": _(
        "History is not made up while a real gateway carries texts (%(channels)s): use a copy of the city."
    ),
    "simulation_nobody_there": _(
        "History can be made up only where positions have holders: with POL137_DEMO=on they have."
    ),
    "simulation_too_large": _(
        "With the centre at work at most %(most)s contacts are made up: stop it first, or ask for less."
    ),
    "simulation_under_way": _("Somebody else is making up history just now."),
    **HISTORY,
}


def _said(value: object) -> object:
    """A value of a refusal as people read it."""
    if isinstance(value, Action):
        return labels.LABELS[Action][value]
    if isinstance(value, Status):
        return labels.status(value)
    if isinstance(value, DispatchState):
        return labels.LABELS[DispatchState][value]
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, datetime):
        return jalali_time(value)
    if isinstance(value, date):
        return jalali(value)
    return digits(value) if isinstance(value, int | float) else value


MEMBERS: Mapping[str, type[StrEnum]] = {"action": Action, "status": Status}


def words(refusal: Refusal) -> str:
    """What to tell a person, in the active language."""
    said = {}
    for name, value in refusal.values.items():
        enum = MEMBERS.get(name)
        said[name] = _said(enum(value) if enum and isinstance(value, str) else value)
    return str(WORDS[refusal.code]) % said


def problem(refusal: Refusal, *, status: int = 409) -> JsonResponse:
    """The refusal as a problem document (RFC 9457)."""
    body = {
        "type": f"urn:pol137:refusal:{refusal.code}",
        "title": words(refusal),
        "status": status,
        "code": refusal.code,
        "errors": [{"code": one.code, "field": one.field, "detail": words(one)} for one in refusal.every],
    }
    return JsonResponse(body, status=status, content_type="application/problem+json")


def conflict(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The 409 page, for a refusal no form can show."""
    return render(request, "409.html", {"words": words(refusal)}, status=409)
