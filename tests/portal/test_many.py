"""Standing behind somebody else's request, and the page at which another body replies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from pol137.cases.models import Case, Note, Supporter
from pol137.cases.operations import accept_case, answer_case, approve_answer, join_incident
from pol137.cases.rules.drafts import ReporterDraft
from pol137.referrals.models import Referral
from pol137.referrals.operations import send_referral
from tests.factories import DONE, Clock, actor, city_chooses, fresh, reported_case

pytestmark = pytest.mark.django_db

HEAD, FEEDBACK = "s1-roads-head", "centre-feedback"
NOT_OURS = replace(DONE, type="not_ours", agency="electricity", citizen_text="برای شرکت برق فرستاده شد.")


def letter_of(clock: Clock) -> tuple[Case, str]:
    case = reported_case(clock.now)
    accept_case(case.pk, by=actor(HEAD), now=clock.now)
    answer_case(case.pk, answer=NOT_OURS, by=actor(HEAD), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    referral = Referral.objects.get(case=case)
    token = send_referral(
        referral.pk, letter=referral.letter, medium="link", by=actor(FEEDBACK), now=clock.now
    )
    return fresh(case), token


def test_anybody_stands_behind_a_public_case_without_a_script_or_a_number(
    clock: Clock, visitor: Client
) -> None:
    case = reported_case(clock.now)
    page = visitor.get(f"/t/{case.code}").content.decode()
    assert "من هم این مشکل را دارم" in page
    said = visitor.post(f"/t/{case.code}/support", {"support-phone": ""}, follow=True)
    assert "ثبت شد: واحد می‌بیند" in said.content.decode()
    assert "«من هم این مشکل را دارم»: ۱ نفر دیگر" in said.content.decode()
    assert Supporter.objects.get().phone == ""


def test_a_number_and_a_visitor_count_once(clock: Clock, visitor: Client) -> None:
    case, other = reported_case(clock.now), reported_case(clock.now)
    visitor.post(f"/t/{case.code}/support", {"support-phone": "۰۹۳۵۹۸۷۶۵۴۳"})
    visitor.post(f"/t/{case.code}/support", {"support-phone": "۰۹۳۵۹۸۷۶۵۴۴"})
    visitor.post(f"/t/{other.code}/support", {"support-phone": "۰۹۳۵۹۸۷۶۵۴۳"})
    assert [(one.case_id, one.phone) for one in Supporter.objects.order_by("id")] == [
        (case.pk, "+989359876543"),
        (other.pk, "+989359876543"),
    ]


def test_an_impossible_number_is_said_at_its_field_and_may_be_put_right(
    clock: Clock, visitor: Client
) -> None:
    case = reported_case(clock.now)
    wrong = visitor.post(f"/t/{case.code}/support", {"support-phone": "12"})
    assert wrong.status_code == 422 and not Supporter.objects.exists()
    visitor.post(f"/t/{case.code}/support", {"support-phone": "09359876543"})
    assert Supporter.objects.count() == 1


def test_a_private_case_cannot_be_supported_or_found_out(clock: Clock, visitor: Client) -> None:
    hidden = reported_case(clock.now, service="staff-conduct")
    answers = [
        visitor.post(f"/t/{code}/support", {"support-phone": ""}, follow=True)
        for code in (hidden.code, "1" * 10)
    ]
    assert [one.status_code for one in answers] == [404, 404]
    assert not Supporter.objects.exists()


def test_nobody_is_asked_to_stand_behind_an_answered_case(clock: Clock, visitor: Client) -> None:
    case, _token = letter_of(clock)
    assert "من هم این مشکل را دارم" not in visitor.get(f"/t/{case.code}").content.decode()


def test_another_body_replies_without_an_account(clock: Clock, visitor: Client) -> None:
    case, token = letter_of(clock)
    page = visitor.get(f"/r/{token}")
    assert "چراغ کوچه سه شب است" in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin" and "no-store" in page["Cache-Control"]
    said = visitor.post(f"/r/{token}", {"reply": "چراغ عوض شد.", "reply_date": "۱۴۰۶/۱/۲۰"})
    assert "پاسخ شما رسید" in said.content.decode()
    assert Note.objects.get(case=case).text.endswith("چراغ عوض شد.")
    again = visitor.post(f"/r/{token}", {"reply": "نشد."})
    assert Note.objects.count() == 1 and "نشد." not in again.content.decode()


def test_the_reporter_reads_the_reply_on_his_page_and_others_do_not(clock: Clock, visitor: Client) -> None:
    case, token = letter_of(clock)
    visitor.post(f"/r/{token}", {"reply": "چراغ عوض شد."})
    assert "چراغ عوض شد." not in visitor.get(f"/t/{case.code}").content.decode()
    mine = visitor.post(f"/t/{case.code}", {"proof": "4567"}, follow=True)
    assert "چراغ عوض شد." in mine.content.decode()


def test_who_joined_a_fault_sees_to_whom_it_was_taken(clock: Clock, visitor: Client) -> None:
    city_chooses(ladder_waits_for_opening=False)
    main, case = (
        reported_case(clock.now),
        reported_case(clock.now, reporter=ReporterDraft(phone="09359876543")),
    )
    join_incident(case.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    clock.forward(hours=96)
    page = visitor.post(f"/t/{case.code}", {"proof": "6543"}, follow=True)
    assert page.context["view"].taken_to
    assert page.context["view"].people == 2


@pytest.mark.parametrize("token", ["x", "a" * 32, "%00", "../t"])
def test_a_wrong_link_says_only_that(clock: Clock, visitor: Client, token: str) -> None:
    letter_of(clock)
    page = visitor.get(f"/r/{token}")
    assert page.status_code == 404
    assert "چراغ" not in page.content.decode()


def test_replies_are_limited(clock: Clock, visitor: Client, settings: Any) -> None:
    settings.RATE_LIMITS = True
    statuses = {visitor.get("/r/none").status_code for _ in range(40)}
    assert statuses == {404, 429}
