"""The page of a case: all that is known, to those who may see it, without what they may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pol137.cases.models import Case, Reveal
from pol137.cases.operations import (
    accept_case,
    answer_case,
    approve_answer,
    ask_citizen,
    decide_review,
    note_case,
    object_to_answer,
    return_answer,
    split_case,
    transfer_case,
)
from pol137.cases.rules.drafts import ReporterDraft
from pol137.cases.vocabulary import Queue
from pol137.lib import tracking_code
from pol137.lib.persian import persian_digits
from pol137.web import labels
from pol137.web.templatetags.fa import jalali_time
from tests.factories import DONE, Clock, actor, announced_case, fresh, reported_case, user

pytestmark = pytest.mark.django_db

HEAD = "s1-roads-head"
PHONE = "+989151234567"
WHO = ReporterDraft(name="همسایهٔ کوچهٔ چهارم", phone="09151234567", language="fa", wish="sms")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def at_desk(code: str) -> Client:
    client = Client()
    client.force_login(user(code))
    return client


def page(case: Case, code: str) -> str:
    answer = at_desk(code).get(f"/desk/case/{case.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_confidential_case_does_not_exist_for_units(now: datetime) -> None:
    case = reported_case(now, service="staff-conduct", district="", address="")
    for code in (HEAD, "s1-manager", "s1-deputy-tech", "centre-operator", "centre-statistics"):
        client = at_desk(code)
        assert client.get(f"/desk/case/{case.pk}/").status_code == 404, code
        assert client.get("/desk/search", {"q": case.code}).status_code == 200, code
        assert (
            f"/desk/case/{case.pk}/" not in client.get("/desk/search", {"q": case.words[:9]}).content.decode()
        )
    assert "محرمانه" in page(case, "inspection-head")


def test_nobody_sees_the_reporter_without_a_reason_on_record(now: datetime) -> None:
    case = reported_case(now, reporter=WHO, words="به ۰۹۱۵۱۲۳۴۵۶۷ زنگ بزنید، چراغ خاموش است.")
    for code in (HEAD, "s1-deputy-tech", "centre-feedback", "centre-s1-follow-up"):
        text = page(case, code)
        assert (
            WHO.name not in text
            and "9151234567" not in text
            and persian_digits("4567") not in (text.partition('id="reporter"')[2].partition("</section>")[0])
        ), code
    assert persian_digits("09151234567") not in page(case, HEAD), "nor in the citizen's words"
    client = at_desk(HEAD)
    assert client.post(f"/desk/case/{case.pk}/do/reveal/", {"reason": " "}).status_code == 422
    assert client.post(f"/desk/case/{case.pk}/do/reveal/", {"reason": "نشانی روشن نیست"}).status_code == 303
    text = page(case, HEAD)
    assert WHO.name in text and persian_digits("09151234567") in text and "نشانی روشن نیست" in text
    assert WHO.name not in page(case, "s1-roads-user"), "shown to whoever gave the reason only"
    Reveal.objects.update(at=now - timedelta(hours=2))
    assert WHO.name not in page(case, HEAD), "and for an hour only"


def test_the_page_tells_the_whole_story(now: datetime) -> None:
    clock = Clock(now - timedelta(hours=90))
    case = reported_case(clock.now)
    head, approver = actor(HEAD, clock.now), actor("centre-s1-follow-up", clock.now)
    note_case(case.pk, text="یادداشت برای همکار.", by=head, now=clock.now)
    accept_case(case.pk, by=head, now=clock.now)
    ask_citizen(case.pk, question="جلوی کدام پلاک؟", by=head, now=clock.now)
    clock.forward(hours=50)
    answer_case(case.pk, answer=DONE, by=head, now=clock.now)
    return_answer(case.pk, reason="عکس پس از کار نیست.", by=approver, now=clock.now)
    again = replace(DONE, reply="بار دوم: لامپ عوض شد و عکس پیوست است.")
    answer_case(case.pk, answer=again, by=head, now=clock.now)
    approve_answer(case.pk, text="لامپ عوض شد.", by=approver, now=clock.now)
    clock.forward(minutes=5)
    operator = actor("centre-operator", clock.now)
    object_to_answer(
        case.pk, ground="not_done", words="هنوز خاموش است", channel="phone", by=operator, now=clock.now
    )
    decide_review(
        case.pk, verdict="upheld", reasons="بازدید شد؛ خاموش است.",
        by=actor("centre-s2-follow-up", clock.now), now=clock.now,
    )  # fmt: skip
    text = page(case, HEAD)
    assert case.code and tracking_code.spoken(case.code) in text
    for words in (
        case.words, case.address, "یادداشت برای همکار.", "جلوی کدام پلاک؟", DONE.reply, "عکس پس از کار نیست.",
        "بار دوم: لامپ عوض شد و عکس پیوست است.", "لامپ عوض شد.", "هنوز خاموش است", "بازدید شد؛ خاموش است.",
        "طبق قاعدهٔ مسیریابی ۱۰", "دور ۲", "کار انجام نشده",
    ):  # fmt: skip
        assert words in text, words


def test_why_a_case_is_here_names_the_unit_that_passed_it_on(now: datetime) -> None:
    case = reported_case(now)
    reason = "این چراغ در بوستان است."
    transfer_case(case.pk, department="s1-green", reason=reason, by=actor(HEAD, now), now=now)
    text = page(case, "s1-green-head")
    assert "از اداره عمران منطقه ۱، خارج از وظیفهٔ آن واحد" in text and reason in text
    assert at_desk(HEAD).get(f"/desk/case/{case.pk}/").status_code == 404


def test_a_part_goes_by_the_code_of_its_whole_and_leads_only_where_one_may_go(now: datetime) -> None:
    whole = reported_case(now)
    part = split_case(
        whole.pk, service="tree-care", department="s1-green", words="درخت جلوی چراغ",
        by=actor("centre-triage", now), now=now,
    )  # fmt: skip
    text = page(part, "s1-green-head")
    assert whole.code and tracking_code.spoken(whole.code) in text
    assert f"/desk/case/{whole.pk}/" not in text
    assert f"/desk/case/{part.pk}/" in page(whole, "centre-triage")
    assert f"/desk/case/{part.pk}/" not in page(whole, HEAD)


def test_the_number_of_queries_does_not_grow_with_the_story(
    now: datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_module("pol137.city.queries.book"), "FRESH_SECONDS", 3600.0)
    case = announced_case(Clock(now))
    client = at_desk("centre-s1-follow-up")

    def count() -> int:
        with django_assert_max_num_queries(36) as asked:
            assert client.get(f"/desk/case/{case.pk}/").status_code == 200
        return len(asked.captured_queries)

    note_case(case.pk, text="یادداشت", by=actor("centre-operator", now), now=now)
    client.get(f"/desk/case/{case.pk}/")
    first = count()
    for code in ("centre-operator", "centre-triage", HEAD):
        note_case(case.pk, text="یادداشت", by=actor(code, now), now=now)
    assert count() == first


def test_a_tracking_code_in_any_digits_leads_straight_to_its_case(now: datetime) -> None:
    case = reported_case(now)
    code = case.code or ""
    for typed in (code, tracking_code.spoken(code), f"{code[:5]}-{code[5:]}"):
        answer = at_desk(HEAD).get("/desk/search", {"q": typed})
        assert (answer.status_code, answer["Location"]) == (302, f"/desk/case/{case.pk}/")
    assert at_desk("s2-roads-head").get("/desk/search", {"q": case.code}).status_code == 200


def test_a_number_of_another_system_leads_straight_to_its_case(now: datetime) -> None:
    case = reported_case(now, external_ref="021 555 1888")
    for name, typed in ((HEAD, "021 555 1888"), ("centre-operator", "۰۲۱ ۵۵۵ ۱۸۸۸")):
        answer = at_desk(name).get("/desk/search", {"q": typed})
        assert (answer.status_code, answer["Location"]) == (302, f"/desk/case/{case.pk}/")
    assert at_desk("s2-roads-head").get("/desk/search", {"q": "021 555 1888"}).status_code == 200


def test_a_row_of_the_past_shows_its_number_there_and_what_it_came_to(now: datetime) -> None:
    case = reported_case(now, address="میدان گلها", external_ref="4/1001")
    Case.objects.filter(pk=case.pk).update(outcome="solved")
    text = at_desk(HEAD).get("/desk/search", {"q": "گلها"}).content.decode()
    assert "4/1001\u2069 · میدان گلها" in text, "open again, it has come to nothing yet"
    Case.objects.filter(pk=case.pk).update(status="closed")
    text = at_desk(HEAD).get("/desk/search", {"q": "گلها"}).content.decode()
    assert f"4/1001\u2069 · {labels.label('solved', 'Outcome')} · میدان گلها" in text


def test_search_finds_words_among_ones_own_cases_only(now: datetime) -> None:
    mine = reported_case(now, address="میدان گلها")
    other = reported_case(now, address="میدان گلها", district="s2")
    text = at_desk(HEAD).get("/desk/search", {"q": "گلها"}).content.decode()
    assert f"/desk/case/{mine.pk}/" in text and f"/desk/case/{other.pk}/" not in text
    assert at_desk(HEAD).get("/desk/search").status_code == 200
    assert f"/desk/case/{mine.pk}/" not in at_desk(HEAD).get("/desk/search", {"q": "گ"}).content.decode()


def test_the_centre_finds_cases_by_phone_and_units_do_not(now: datetime) -> None:
    case = reported_case(now, reporter=WHO)
    for code, finds in (("centre-operator", True), (HEAD, False), ("s1-manager", False)):
        text = at_desk(code).get("/desk/search", {"q": "0915 123 4567"}).content.decode()
        assert (f"/desk/case/{case.pk}/" in text) is finds, code


def test_the_page_speaks_english_to_who_reads_english(now: datetime) -> None:
    case = reported_case(now)
    reader = user(HEAD)
    reader.language = "en"
    reader.save()
    answer = at_desk(HEAD).get(f"/desk/case/{case.pk}/").content.decode()
    assert 'dir="ltr"' in answer and "Street light out" in answer and "What the citizen says" in answer


def test_the_outlines_of_the_districts_come_from_the_city(now: datetime) -> None:
    found = at_desk(HEAD).get("/desk/outlines").json()
    assert found["type"] == "FeatureCollection"
    assert [one["properties"]["name"] for one in found["features"]]


def test_pages_need_somebody_who_is_logged_in(now: datetime) -> None:
    case = reported_case(now)
    paths = [f"/desk/case/{case.pk}/", "/desk/notices", "/desk/search", "/desk/outlines", "/desk/day"]
    paths += [f"/desk/q/{queue}/" for queue in Queue]
    for path in paths:
        assert Client().get(path).status_code == 302, path
    assert fresh(case).status == "assigned"


def test_a_rung_that_waits_for_office_hours_says_when_it_is_told(clock: Clock) -> None:
    clock.forward(hours=9)
    case = announced_case(clock)
    operator, reviewer = actor("centre-operator", clock.now), actor("centre-s2-follow-up", clock.now)
    object_to_answer(case.pk, ground="not_done", channel="phone", by=operator, now=clock.now)
    decide_review(case.pk, verdict="upheld", reasons="بازدید شد؛ خاموش است.", by=reviewer, now=clock.now)
    clock.run()
    promise = case.promises.get(kind="answer", ended_at=None)
    due, told = promise.rung_due[1], promise.rung_at[1]
    assert due <= clock.now < told and promise.next_rung == 1
    ladder = page(case, "s1-manager").partition('class="ladder"')[2].partition("</ol>")[0]
    assert f"خبر در ساعت کاری او: {jalali_time(told)}" in ladder and jalali_time(due) not in ladder
