"""Tracking a case: what everybody sees, what its reporter sees, and what he can do."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pol137.cases.models import Announcement, Attachment, Case, Objection, Rating
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    ask_citizen,
    decide_review,
    join_incident,
    make_safe,
    pause_case,
    postpone_plan,
    publish_words,
    report_danger,
    resume_case,
    return_answer,
    split_case,
)
from pol137.cases.rules.drafts import Picture
from pol137.cases.vocabulary import Status
from pol137.city.queries import book
from pol137.city.queries.book import local_day
from pol137.journal.models import Event
from pol137.lib import geo, jalali, tracking_code
from pol137.messaging.models import OutboundMessage
from pol137.web.uploads import store_photos
from tests.factories import (
    DONE,
    Clock,
    actor,
    announced_case,
    answered_case,
    city_chooses,
    draft,
    fresh,
    reported_case,
    user,
)

from .conftest import photo, shown

pytestmark = pytest.mark.django_db

WORDS = "چراغ کوچه سه شب است"
PHONE = "4567"
POINT = {"lat": 36.30123, "lon": 59.60123}


def prove(visitor: Client, case: Case, proof: str = PHONE) -> Any:
    return visitor.post(f"/t/{case.code}", {"proof": proof}, follow=True)


@pytest.fixture
def owner(visitor: Client) -> Iterator[Any]:
    """Proves the case for this visitor and gives the page."""

    def enter(case: Case) -> Any:
        return prove(visitor, case)

    yield enter


# --- the way in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", ["4567", "۴۵۶۷", "09151234567", "+98 915 123 4567", "٤٥٦٧"])
@pytest.mark.parametrize("style", ["plain", "persian", "pairs", "dashes"])
def test_code_and_digits_are_taken_as_people_write_them(
    visitor: Client, clock: Clock, proof: str, style: str
) -> None:
    case = reported_case(clock.now)
    code = case.code or ""
    written = {
        "plain": code,
        "persian": tracking_code.spoken(code).replace("\u00a0", ""),
        "pairs": tracking_code.spoken(code),
        "dashes": f"{code[:3]}-{code[3:6]} - {code[6:]}",
    }[style]
    answer = visitor.post("/track", {"code": written, "proof": proof}, follow=True)
    assert answer.redirect_chain == [(f"/t/{code}", 302)]
    assert WORDS in shown(answer)


def test_a_wrong_pair_says_the_same_whichever_half_is_wrong(visitor: Client, clock: Clock) -> None:
    case = reported_case(clock.now)
    unknown = tracking_code.new_code(random.Random(7))
    wrong_digits = visitor.post("/track", {"code": case.code, "proof": "0000"})
    no_such_code = visitor.post("/track", {"code": unknown, "proof": PHONE})
    assert wrong_digits.status_code == no_such_code.status_code == 422
    assert shown(wrong_digits).replace(case.code or "", "") == shown(no_such_code).replace(unknown, "")
    assert WORDS not in shown(wrong_digits)


def test_five_wrong_tries_and_the_code_rests_even_for_the_right_one(visitor: Client, clock: Clock) -> None:
    case = reported_case(clock.now)
    wrong = [shown(prove(visitor, case, "1111")) for _ in range(5)]
    assert len(set(wrong)) == 1
    locked = prove(visitor, case)
    assert locked.status_code == 422 and WORDS not in shown(locked)
    assert shown(locked) != wrong[0] and "دوباره" in shown(locked)


def test_a_code_that_does_not_exist_rests_after_five_tries_too(visitor: Client, settings: Any) -> None:
    settings.RATE_LIMITS = True
    unknown = tracking_code.new_code(random.Random(8))
    pages = [shown(visitor.post("/track", {"code": unknown, "proof": "1111"})) for _ in range(6)]
    assert len(set(pages[:5])) == 1 and pages[5] != pages[4]


def test_a_code_in_persian_digits_leads_to_the_one_address(visitor: Client, clock: Clock) -> None:
    case = reported_case(clock.now)
    answer = visitor.get(f"/t/{tracking_code.spoken(case.code or '')}")
    assert answer.status_code == 302 and answer.headers["Location"] == f"/t/{case.code}"


def test_the_proof_is_forgotten_when_asked_and_after_an_hour(
    visitor: Client, clock: Clock, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = reported_case(clock.now)
    assert WORDS in shown(owner(case))
    visitor.post(f"/t/{case.code}/leave")
    assert WORDS not in shown(visitor.get(f"/t/{case.code}"))
    prove(visitor, case)
    later = timezone.now() + timedelta(minutes=61)
    monkeypatch.setattr("pol137.web.access.timezone.now", lambda: later)
    assert WORDS not in shown(visitor.get(f"/t/{case.code}"))


def test_a_proof_opens_one_case_only(visitor: Client, clock: Clock, owner: Any) -> None:
    mine, other = reported_case(clock.now), reported_case(clock.now)
    owner(mine)
    assert WORDS not in shown(visitor.get(f"/t/{other.code}"))
    answer = visitor.post(f"/t/{other.code}/nudge")
    assert answer.headers["Location"].startswith("/track") and fresh(other).nudges == 0


# --- what everybody sees --------------------------------------------------------------------------


def test_everybody_sees_public_facts_and_no_words_phone_or_exact_place(visitor: Client, clock: Clock) -> None:
    case = reported_case(clock.now, **POINT)
    answer = visitor.get(f"/t/{case.code}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "خاموشی چراغ معبر" in page and "منطقه ۱" in page
    assert case.department is not None and case.department.name_fa in page
    for secret in (WORDS, "کوچه ۴", "4567", "36.30123", "59.60123"):
        assert secret not in page, secret
    snapped = geo.snap(POINT["lat"], POINT["lon"])
    assert f'data-lat="{snapped.lat}"' in page and "data-rough" in page


def test_words_are_public_only_after_triage_opened_them_and_phones_are_hidden(
    visitor: Client, clock: Clock
) -> None:
    case = reported_case(clock.now, words="چراغ خاموش است، با ۰۹۱۵۷۶۵۴۳۲۱ هماهنگ کنید")
    assert "هماهنگ" not in shown(visitor.get(f"/t/{case.code}"))
    publish_words(case.pk, by=actor("centre-triage", clock.now), now=clock.now)
    page = shown(visitor.get(f"/t/{case.code}"))
    assert "هماهنگ" in page and "۷۶۵۴۳۲۱" not in page


@pytest.mark.parametrize("service", ["building-violation", "staff-conduct"])
def test_a_private_case_looks_like_one_that_does_not_exist(
    visitor: Client, clock: Clock, service: str
) -> None:
    case = reported_case(clock.now, service=service)
    unknown = tracking_code.new_code(random.Random(3))
    private, nothing = visitor.get(f"/t/{case.code}"), visitor.get(f"/t/{unknown}")
    assert private.status_code == nothing.status_code == 404

    def bare(answer: Any, code: str) -> str:
        page = re.sub(r'(value|content)="[A-Za-z0-9]{64}"', "", answer.content.decode())
        page = re.sub(r'id="clock-words".*?</script>', "", page, flags=re.S)
        return page.replace(code, "").replace(tracking_code.spoken(code), "")

    assert bare(private, case.code or "") == bare(nothing, unknown)
    assert WORDS in shown(prove(visitor, case))


def test_what_is_no_code_at_all_is_not_found(visitor: Client) -> None:
    for text in ("1234567890", "abc", "%3Cscript%3E", "۱۲"):
        answer = visitor.get(f"/t/{text}")
        assert answer.status_code == 404 and "<script>" not in answer.content.decode().partition("<main")[2]


def test_the_approved_answer_is_public_once_it_was_told_and_not_before(visitor: Client, clock: Clock) -> None:
    case = answered_case(clock.now)
    assert DONE.citizen_text not in shown(visitor.get(f"/t/{case.code}"))
    approve_answer(case.pk, by=actor("centre-s1-follow-up", clock.now), now=clock.now)
    assert DONE.citizen_text not in shown(visitor.get(f"/t/{case.code}"))
    clock.run()
    page = shown(visitor.get(f"/t/{case.code}"))
    assert DONE.citizen_text in page and DONE.reply not in page
    assert "حل شد" not in page


def test_photos_are_the_reporters_own_until_they_are_opened(visitor: Client, clock: Clock) -> None:
    pictures: tuple[Picture, ...] = store_photos([photo()], zone=book().zone)
    case = reported_case(clock.now, pictures=pictures)
    number = Attachment.objects.get().pk
    address = f"/t/{case.code}/photo/{number}"
    for path in (address, f"{address}/small", f"{address}/original"):
        assert visitor.get(path).status_code == 404
    prove(visitor, case)
    for path in (address, f"{address}/small", f"{address}/original"):
        assert visitor.get(path).status_code == 200, path
    other = reported_case(clock.now)
    assert visitor.get(f"/t/{other.code}/photo/{number}").status_code == 404
    publish_words(case.pk, by=actor("centre-triage", clock.now), now=clock.now)
    stranger = Client()
    assert stranger.get(address).status_code == 200
    assert stranger.get(f"{address}/original").status_code == 404


# --- what its reporter does -----------------------------------------------------------------------


def test_a_late_case_says_to_whom_it_was_taken(visitor: Client, clock: Clock) -> None:
    city_chooses(ladder_waits_for_opening=False)
    case = reported_case(clock.now - timedelta(hours=73))
    clock.run()
    page = shown(visitor.get(f"/t/{case.code}"))
    assert "به معاون ارجاع شد" in page
    clock = Clock(clock.now + timedelta(hours=30))
    clock.run()
    assert "بازرسی" in shown(visitor.get(f"/t/{case.code}"))


def test_the_unit_asks_and_the_citizen_replies(visitor: Client, clock: Clock, owner: Any) -> None:
    case = reported_case(clock.now)
    head = actor("s1-roads-head", clock.now)
    accept_case(case.pk, by=head, now=clock.now)
    ask_citizen(case.pk, question="کدام تیر چراغ؟", by=head, now=clock.now)
    assert "کدام تیر چراغ؟" not in shown(visitor.get(f"/t/{case.code}"))
    assert "کدام تیر چراغ؟" in shown(owner(case))
    empty = visitor.post(f"/t/{case.code}/reply", {"reply-words": " "})
    assert empty.status_code == 422 and fresh(case).status == Status.WAITING
    done = visitor.post(f"/t/{case.code}/reply", {"reply-words": "تیر دوم از سمت میدان"}, follow=True)
    assert fresh(case).status == Status.IN_WORK and "ممنون" in shown(done)
    assert case.asked.get().reply == "تیر دوم از سمت میدان"


def test_the_citizen_replies_to_a_question_about_a_part_of_his_case(
    visitor: Client, clock: Clock, owner: Any
) -> None:
    whole, other = reported_case(clock.now), reported_case(clock.now)
    part = split_case(
        whole.pk,
        service="tree-care",
        department="s1-green",
        words="شاخه درخت جلوی چراغ را گرفته است.",
        by=actor("centre-triage"),
        now=clock.now,
    )
    head = actor("s1-green-head", clock.now)
    accept_case(part.pk, by=head, now=clock.now)
    ask_citizen(part.pk, question="کدام درخت؟", by=head, now=clock.now)
    assert "کدام درخت؟" not in shown(visitor.get(f"/t/{whole.code}"))
    assert "کدام درخت؟" in shown(owner(whole)) and "کدام درخت؟" not in shown(owner(other))
    visitor.post(f"/t/{other.code}/reply", {"reply-words": "چنار"})
    assert fresh(part).status == Status.WAITING
    visitor.post(f"/t/{whole.code}/reply", {"reply-words": "چنار سر کوچه"})
    assert (fresh(whole).status, fresh(part).status) == (Status.ASSIGNED, Status.IN_WORK)
    assert part.asked.get().reply == "چنار سر کوچه"


def test_a_pause_of_the_deputy_is_not_ended_by_the_citizen(visitor: Client, clock: Clock, owner: Any) -> None:
    case = reported_case(clock.now)
    until = clock.now + timedelta(days=3)
    deputy = actor("s1-deputy-tech", clock.now)
    pause_case(case.pk, until=until, reason="قطعه در راه است", by=deputy, now=clock.now)
    assert "منتظر پاسخ شما" not in shown(owner(case))
    visitor.post(f"/t/{case.code}/reply", {"reply-words": "ادامه بدهید"})
    assert fresh(case).status == Status.WAITING


def test_solved_ends_the_follow_up(visitor: Client, clock: Clock, owner: Any) -> None:
    case = announced_case(clock)
    assert "بله، برطرف شد" in shown(owner(case))
    page = shown(visitor.post(f"/t/{case.code}/accept", follow=True))
    assert (fresh(case).status, fresh(case).close_reason) == (Status.CLOSED, "accepted")
    assert "گفتید برطرف شد" in page


@pytest.mark.parametrize("ground", ["not_done", "not_convincing"])
def test_an_objection_opens_a_review(visitor: Client, clock: Clock, owner: Any, ground: str) -> None:
    case = announced_case(clock)
    owner(case)
    missing = visitor.post(f"/t/{case.code}/object", {"object-words": "نشد"})
    assert missing.status_code == 422 and "نشد" in shown(missing)
    visitor.post(f"/t/{case.code}/object", {"object-ground": ground, "object-words": "هنوز تاریک است"})
    assert fresh(case).status == Status.UNDER_REVIEW
    objection = Objection.objects.get()
    assert (objection.ground, objection.words) == (ground, "هنوز تاریک است")
    again = visitor.post(f"/t/{case.code}/object", {"object-ground": ground}, follow=True)
    assert again.status_code == 200 and fresh(case).status == Status.UNDER_REVIEW


def test_the_day_a_part_promises_stands_on_the_page_of_the_whole(
    visitor: Client, clock: Clock, owner: Any
) -> None:
    whole = reported_case(clock.now)
    given = {"service": "tree-care", "department": "s1-green", "words": "شاخه", "now": clock.now}
    part = split_case(whole.pk, by=actor("centre-triage", clock.now), **given)
    day = local_day(clock.now) + timedelta(days=5)
    planned = replace(DONE, type="planned", plan_date=day)
    for case, answer, head in ((part, planned, "s1-green-head"), (whole, DONE, "s1-roads-head")):
        answer_case(case.pk, answer=answer, by=actor(head, clock.now), now=clock.now)
        approve_answer(case.pk, by=actor("centre-s1-follow-up", clock.now), now=clock.now)
    clock.run()
    owner(fresh(whole))
    page = shown(visitor.get(f"/t/{whole.code}"))
    assert f"قول داده است کار تا {jalali.format_date(day)} انجام شود" in page


def test_who_is_promised_a_day_is_asked_whether_he_agrees_not_whether_it_is_solved(
    visitor: Client, clock: Clock, owner: Any
) -> None:
    case = reported_case(clock.now)
    planned = replace(DONE, type="planned", plan_date=local_day(clock.now) + timedelta(days=5))
    answer_case(case.pk, answer=planned, by=actor("s1-roads-head", clock.now), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up", clock.now), now=clock.now)
    clock.run()
    owner(fresh(case))
    asked = shown(visitor.get(f"/t/{case.code}"))
    assert "با این تاریخ موافقید؟" in asked and "بله، موافقم" in asked and "بله، برطرف شد" not in asked
    told = shown(visitor.post(f"/t/{case.code}/agree", follow=True))
    assert "با این تاریخ موافقت کردید." in told and "بله، موافقم" not in told and "نه، اعتراض دارم" in told
    assert fresh(case).status == Status.PLANNED


def test_agreement_is_with_the_date_as_it_stands_and_written_down_once(
    visitor: Client, clock: Clock, owner: Any
) -> None:
    case, day = reported_case(clock.now), local_day(clock.now)
    planned = replace(DONE, type="planned", plan_date=day + timedelta(days=5))
    answer_case(case.pk, answer=planned, by=actor("s1-roads-head", clock.now), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up", clock.now), now=clock.now)
    clock.run()
    owner(fresh(case))
    for _ in range(2):
        visitor.post(f"/t/{case.code}/agree")
    said = Event.objects.filter(stream=f"case:{case.pk}", kind="case.plan_accepted")
    assert said.count() == 1
    later, deputy = day + timedelta(days=9), actor("s1-deputy-tech", clock.now)
    postpone_plan(case.pk, until=later, reason="باران", by=deputy, now=clock.now)
    assert "بله، موافقم" in shown(visitor.get(f"/t/{case.code}")), "he has not heard of the new date"
    visitor.post(f"/t/{case.code}/agree")
    assert said.count() == 2 and "بله، موافقم" not in shown(visitor.get(f"/t/{case.code}"))
    case.promises.filter(kind="plan").update(due_at=clock.now - timedelta(minutes=1))
    assert "با این تاریخ موافق" not in shown(visitor.get(f"/t/{case.code}")), "the day has passed"


def test_who_has_not_proved_that_it_is_his_agrees_to_nothing(visitor: Client, clock: Clock) -> None:
    case = reported_case(clock.now)
    planned = replace(DONE, type="planned", plan_date=local_day(clock.now) + timedelta(days=5))
    answer_case(case.pk, answer=planned, by=actor("s1-roads-head", clock.now), now=clock.now)
    approve_answer(case.pk, by=actor("centre-s1-follow-up", clock.now), now=clock.now)
    clock.run()
    assert "بله، موافقم" not in shown(visitor.get(f"/t/{case.code}"))
    visitor.post(f"/t/{case.code}/agree")
    assert not Event.objects.filter(stream=f"case:{case.pk}", kind="case.plan_accepted").exists()


def test_a_joined_case_waits_like_the_fault_it_shares(visitor: Client, clock: Clock, owner: Any) -> None:
    main, joined = reported_case(clock.now), reported_case(clock.now)
    join_incident(joined.pk, main_case_id=main.pk, by=actor("centre-triage", clock.now), now=clock.now)
    held = "پاسخ داده شد، منتظر تأیید"
    owner(fresh(joined))
    desk = Client()
    desk.force_login(user("centre-triage"))
    addresses = (visitor, f"/t/{joined.code}"), (desk, f"/desk/case/{joined.pk}/")
    assert all(held not in shown(who.get(address)) for who, address in addresses)
    answer_case(main.pk, answer=DONE, by=actor("s1-roads-head", clock.now), now=clock.now)
    assert all(held in shown(who.get(address)) for who, address in addresses)


def test_the_reporter_reads_his_own_reply_and_a_minute_moves_nothing(
    visitor: Client, clock: Clock, owner: Any
) -> None:
    case = reported_case(clock.now)
    accept_case(case.pk, by=actor("s1-roads-head", clock.now), now=clock.now)
    ask_citizen(case.pk, question="کدام پلاک؟", by=actor("s1-roads-head", clock.now), now=clock.now)
    clock.run()
    clock.now += timedelta(seconds=59)
    resume_case(
        case.pk, reply="پلاک ۱۲، روبه‌روی مدرسه", by=actor("centre-operator", clock.now), now=clock.now
    )
    clock.run()
    owner(fresh(case))
    page = shown(visitor.get(f"/t/{case.code}"))
    assert "پلاک ۱۲، روبه‌روی مدرسه" in page and "قول اول ما" not in page
    assert not OutboundMessage.objects.filter(case_ref=case.pk, purpose="case_resumed").exists()


def test_the_story_of_a_danger_is_told_to_who_reported_it(visitor: Client, clock: Clock, owner: Any) -> None:
    case, desk = reported_case(clock.now, service="open-manhole"), actor("centre-operator", clock.now)
    make_safe(case.pk, by=desk, now=clock.now)
    report_danger(case.pk, words="سرپوش باز افتاد.", by=desk, now=clock.now)
    owner(fresh(case))
    page = shown(visitor.get(f"/t/{case.code}"))
    again, safe = (
        page.index("رفع آن پیش از هر کار دیگری است"),
        page.index("واحد مسئول کار تعمیر را ادامه می‌دهد"),
    )
    assert again < safe and "سرپوش باز افتاد" not in page


def test_after_an_upheld_objection_the_new_promise_stands_and_the_old_answer_is_called_old(
    visitor: Client, clock: Clock, owner: Any
) -> None:
    city_chooses(ladder_waits_for_opening=False)
    case = announced_case(clock)
    owner(case)
    visitor.post(f"/t/{case.code}/object", {"object-ground": "not_done"})
    decide_review(
        case.pk,
        verdict="upheld",
        reasons="چراغ هنوز خاموش است.",
        by=actor("centre-s2-follow-up", clock.now),
        now=clock.now,
    )
    clock.run()
    page = shown(visitor.get(f"/t/{case.code}"))
    assert "پاسخ قبلی" in page and "پاسخ می‌دهیم" in page
    assert "چراغ هنوز خاموش است." in page
    assert "به معاون سپرده شد" in page and "تا پایان مهلت پاسخی نرسید" not in page


@pytest.mark.parametrize(("score", "status"), [("5", Status.ANNOUNCED), ("1", Status.UNDER_REVIEW)])
def test_a_poor_score_opens_a_review_a_good_one_does_not(
    visitor: Client, clock: Clock, owner: Any, score: str, status: Status
) -> None:
    case = announced_case(clock)
    owner(case)
    for wrong in ("0", "6", "۳.۵", ""):
        assert visitor.post(f"/t/{case.code}/rate", {"rate-score": wrong}).status_code == 422
    visitor.post(f"/t/{case.code}/rate", {"rate-score": score, "rate-words": "نظر من"})
    assert fresh(case).status == status and Rating.objects.get().score == int(score)
    page = shown(visitor.get(f"/t/{case.code}"))
    assert "امتیاز به پاسخ" not in page


def test_withdrawing_asks_once_more(visitor: Client, clock: Clock, owner: Any) -> None:
    case = reported_case(clock.now)
    owner(case)
    asked = visitor.get(f"/t/{case.code}/withdraw")
    assert asked.status_code == 200 and fresh(case).status == Status.ASSIGNED
    visitor.post(f"/t/{case.code}/withdraw", {"reason": "خودشان درست کردند"})
    assert fresh(case).close_reason == "withdrawn"
    later = visitor.get(f"/t/{case.code}/withdraw", follow=True)
    assert later.redirect_chain and fresh(case).close_reason == "withdrawn"


def test_asking_again_is_counted_a_few_times_a_day(
    visitor: Client, clock: Clock, owner: Any, settings: Any
) -> None:
    settings.RATE_LIMITS = True
    case = reported_case(clock.now)
    owner(case)
    for _ in range(5):
        visitor.post(f"/t/{case.code}/nudge")
    assert fresh(case).nudges == 3


def test_who_asks_again_is_told_to_whom_it_was_taken_and_reads_the_time(
    visitor: Client, clock: Clock, owner: Any
) -> None:
    city_chooses(ladder_waits_for_opening=False)
    case = reported_case(clock.now)
    clock.forward(days=8)
    owner(case)
    page = visitor.post(f"/t/{case.code}/nudge", follow=True)
    view = page.context["view"]
    said = [str(one) for one in page.context["messages"]]
    assert view.taken_to and len(said) == 1 and view.taken_to in said[0]
    assert view.promise.words in page.content.decode()


def test_a_step_is_taken_by_post_only_and_needs_the_proof(visitor: Client, clock: Clock) -> None:
    case = announced_case(clock)
    for step in ("reply", "accept", "object", "rate", "nudge", "withdraw", "leave"):
        answer = visitor.post(f"/t/{case.code}/{step}", {})
        assert answer.headers["Location"] == f"/track?code={case.code}"
    prove(visitor, case)
    for step in ("reply", "accept", "object", "rate", "nudge", "leave"):
        assert visitor.get(f"/t/{case.code}/{step}").headers["Location"] == f"/t/{case.code}"
    assert fresh(case).status == Status.ANNOUNCED


def test_a_returned_answer_is_told_to_the_reporter_only(visitor: Client, clock: Clock, owner: Any) -> None:
    case = answered_case(clock.now)
    return_answer(case.pk, reason="عکس ندارد", by=actor("centre-s1-follow-up", clock.now), now=clock.now)
    assert "برگرداندیم" not in shown(visitor.get(f"/t/{case.code}"))
    page = shown(owner(case))
    assert "برگرداندیم" in page and "عکس ندارد" not in page


def test_own_pages_are_kept_by_no_cache(visitor: Client, clock: Clock, owner: Any) -> None:
    case = reported_case(clock.now)
    assert "no-store" in owner(case).headers["Cache-Control"]


def test_nothing_a_citizen_writes_becomes_a_tag(visitor: Client, clock: Clock, owner: Any) -> None:
    evil = '<img src=x onerror="alert(1)">'
    case = reported_case(clock.now, words=evil, reporter=replace(draft().reporter, name=evil))
    assert evil not in owner(case).content.decode()
    assert evil in shown(visitor.get(f"/t/{case.code}"))


# --- the first page and the guide -----------------------------------------------------------------


def test_the_first_page_shows_real_figures_and_public_answers_only(visitor: Client, clock: Clock) -> None:
    assert visitor.get("/").context["today"]["registered"] == 0
    from django.core.cache import cache

    told = announced_case(clock)
    private = reported_case(clock.now, service="building-violation")
    cache.clear()
    answer = visitor.get("/")
    assert answer.context["today"]["registered"] == 2 and answer.context["today"]["approved"] == 1
    assert f"/t/{told.code}" in answer.content.decode()
    assert (private.code or "-") not in answer.content.decode()


def test_an_answer_that_many_share_stands_once_on_the_first_page_the_latest_told_first(
    visitor: Client, clock: Clock
) -> None:
    main, head = reported_case(clock.now), actor("s1-roads-head")
    for n in range(3):
        joined = reported_case(clock.now, external_id=f"same-{n}")
        join_incident(joined.pk, main_case_id=main.pk, by=actor("centre-triage"), now=clock.now)
    later = announced_case(clock)
    accept_case(main.pk, by=head, now=clock.now)
    answer_case(main.pk, answer=DONE, by=head, now=clock.now)
    approve_answer(main.pk, by=actor("centre-s1-follow-up"), now=clock.now)
    clock.run()
    Announcement.objects.filter(case=later).update(announced_at=clock.now + timedelta(hours=1))
    assert Announcement.objects.count() == 5
    found = visitor.get("/").context["answers"]
    assert [one.code for one in found] == [later.code, main.code]


@pytest.mark.parametrize("path", ["/", "/report", "/track", "/help", "/about", "/report/map.json"])
def test_pages_cost_few_queries_and_open_no_session(
    visitor: Client, clock: Clock, path: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        announced_case(clock)
    book()
    with django_assert_max_num_queries(10):
        answer = visitor.get(path)
    assert answer.status_code == 200
    assert "sessionid" not in answer.cookies


def test_a_case_page_costs_the_same_however_long_its_story(
    visitor: Client, clock: Clock, django_assert_max_num_queries: Any
) -> None:
    case = announced_case(clock)
    book()
    with django_assert_max_num_queries(26):
        visitor.get(f"/t/{case.code}")


def test_the_guide_is_searched_and_shown(visitor: Client) -> None:
    assert "power-cut" in visitor.get("/help?q=سيم افتاده").content.decode()
    assert "چیزی پیدا نشد" in shown(visitor.get("/help?q=هیچ‌چیزی"))
    page = visitor.get("/help/power-cut")
    assert "<strong>" in page.content.decode() and "/report/about/light-out" in page.content.decode()
    assert visitor.get("/help/none").status_code == 404
    assert "electricity" in shown(visitor.get("/en/help/power-cut"))
