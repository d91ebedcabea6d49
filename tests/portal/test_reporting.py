"""A citizen tells the centre of a problem."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from pol137.cases.models import Attachment, Case, Reporter
from pol137.cases.vocabulary import Status
from pol137.contacts.models import Contact
from pol137.lib.tracking_code import spoken
from pol137.portal import pictures
from pol137.portal.proofs import key_of
from tests.factories import reported_case

from .conftest import photo, shown

pytestmark = pytest.mark.django_db

Filled = Callable[..., dict[str, Any]]
LIGHT = "/report/about/light-out"


def test_a_report_becomes_one_case_with_code_promise_and_unit(visitor: Client, filled: Filled) -> None:
    answer = visitor.post(LIGHT, filled(), follow=True)
    assert answer.redirect_chain == [("/report/done", 302)]
    case = Case.objects.get()
    assert (case.status, case.service.code, case.channel.code) == (Status.ASSIGNED, "light-out", "web")
    assert case.district is not None and case.district.code == "s1"
    page = shown(answer)
    assert spoken(case.code or "") in page
    assert "تا" in page and "پاسخ می‌دهیم" in page
    assert case.department is not None and case.department.name_fa in page
    assert case.code not in answer.request["PATH_INFO"] and not answer.request["QUERY_STRING"]
    assert Reporter.objects.get().phone == "+989151234567"
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_double_click_makes_one_case(visitor: Client, filled: Filled) -> None:
    said = filled(phone="")
    first = visitor.post(LIGHT, said, follow=True)
    again = visitor.post(LIGHT, said, follow=True)
    case = Case.objects.get()
    assert Contact.objects.count() == 1
    assert spoken(case.code or "") in shown(first) and spoken(case.code or "") in shown(again)
    key = re.findall(r"<bdi dir=\"ltr\">([۰-۹]{6})</bdi>", first.content.decode())
    assert key and key == re.findall(r"<bdi dir=\"ltr\">([۰-۹]{6})</bdi>", again.content.decode())


@pytest.mark.django_db(transaction=True)
def test_two_posts_at_the_same_moment_make_one_case_and_show_one_key(filled: Filled) -> None:
    said, start = filled(phone=""), threading.Barrier(2)

    def send() -> str:
        visitor = Client()
        start.wait(10)
        try:
            return visitor.post(LIGHT, said, follow=True).content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        pages = [one.result(60) for one in [pool.submit(send), pool.submit(send)]]
    assert Case.objects.count() == 1 and Contact.objects.count() == 1
    keys = [re.findall(r"<bdi dir=\"ltr\">([۰-۹]{6})</bdi>", page) for page in pages]
    assert keys[0] == keys[1] and len(keys[0]) == 1


def test_without_a_phone_the_key_shown_opens_the_case_elsewhere(visitor: Client, filled: Filled) -> None:
    said = filled(phone="")
    page = visitor.post(LIGHT, said, follow=True).content.decode()
    key = re.findall(r"<bdi dir=\"ltr\">([۰-۹]{6})</bdi>", page)[0]
    code = Case.objects.get().code
    assert key_of(said["nonce"]) not in Reporter.objects.get().key_digest
    elsewhere = Client()
    answer = elsewhere.post("/track", {"code": code, "proof": key}, follow=True)
    assert "چراغ کوچه سه شب است" in shown(answer)


def test_with_a_phone_no_key_is_shown(visitor: Client, filled: Filled) -> None:
    assert "کلید شما" not in shown(visitor.post(LIGHT, filled(), follow=True))


def test_every_fault_stands_at_its_field_and_nothing_is_lost(visitor: Client, filled: Filled) -> None:
    said = filled(words="", district="", address="", phone="12", email="x@", name="<b>زهرا</b>")
    answer = visitor.post("/report/about/pothole", said)
    assert answer.status_code == 422 and not Case.objects.exists()
    errors = answer.context["form"].errors
    assert set(errors) == {"words", "address", "phone", "email", "q_depth"}
    page = answer.content.decode()
    for name in errors:
        assert f'id="id_{name}-error"' in page, name
    assert "<b>زهرا</b>" not in page and "&lt;b&gt;زهرا&lt;/b&gt;" in page
    assert said["nonce"] in page


def test_questions_are_asked_and_kept_with_persian_numbers(visitor: Client, filled: Filled) -> None:
    wrong = visitor.post("/report/about/pothole", filled(q_depth="گود"))
    assert list(wrong.context["form"].errors) == ["q_depth"]
    visitor.post("/report/about/pothole", filled(q_depth="۱۲٫۵"))
    assert Case.objects.get().questions == {"depth": "12.5"}
    visitor.post("/report/about/tree-care", filled(q_need=["water", "prune"], q_since="مهر"))
    kept = Case.objects.filter(service__code="tree-care").get().questions
    assert kept["since"] == "مهر" and isinstance(kept["need"], list)


def test_photos_survive_a_fault_and_are_sent_once(visitor: Client, filled: Filled) -> None:
    wrong = visitor.post(LIGHT, filled(words="", photos=[photo(), photo("navy", "second.jpg")]))
    kept = wrong.context["kept"]
    assert len(pictures.unseal(kept)) == 2 and not Attachment.objects.exists()
    small = visitor.get(f"/report/photo/{wrong.context['shown'][0]['token']}")
    assert small.status_code == 200 and small.headers["Content-Type"] == "image/jpeg"
    dropped = wrong.context["shown"][1]["sha"]
    visitor.post(LIGHT, filled(kept=kept, drop=[dropped], photos=[photo("olive", "third.jpg")]))
    names = list(Attachment.objects.order_by("id").values_list("name", flat=True))
    assert names == ["lamp.jpg", "third.jpg"]


def test_a_reference_to_photos_cannot_be_forged(visitor: Client, filled: Filled) -> None:
    visitor.post(LIGHT, filled(kept="WyJhIl0:1abc:forged"))
    assert Case.objects.count() == 1 and not Attachment.objects.exists()
    assert visitor.get("/report/photo/forged").status_code == 404


def test_no_more_than_four_photos_and_only_photos(visitor: Client, filled: Filled) -> None:
    many = visitor.post(LIGHT, filled(photos=[photo(name=f"{n}.jpg") for n in range(5)]))
    assert "۴" in str(many.context["form"].errors["photos"])
    text = photo()
    text.file.seek(0)
    text.file.write(b"not a photo at all" * 20)
    other = visitor.post(LIGHT, filled(photos=[text]))
    assert "photos" in other.context["form"].errors
    assert not Case.objects.exists()


@pytest.mark.parametrize("kind", ["praise", "opinion"])
def test_praise_and_opinion_are_thanked_and_open_no_case(visitor: Client, filled: Filled, kind: str) -> None:
    answer = visitor.post("/report/about/other", filled(kind=kind), follow=True)
    assert answer.status_code == 200 and not Case.objects.exists()
    assert Contact.objects.get().disposition == "praise_or_opinion"
    assert "ممنون" in shown(answer)


@pytest.mark.parametrize(
    ("lat", "lon"), [("abc", "59.6"), ("95", "59.6"), ("nan", "1"), ("36.3", ""), ("0", "0")]
)
def test_an_impossible_point_is_said_at_the_place(
    visitor: Client, filled: Filled, lat: str, lon: str
) -> None:
    answer = visitor.post(LIGHT, filled(lat=lat, lon=lon))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["address"]


def test_a_point_alone_is_place_enough_and_finds_the_district(visitor: Client, filled: Filled) -> None:
    visitor.post(LIGHT, filled(district="", address="", lat="36.3012", lon="59.6012"))
    case = Case.objects.get()
    assert case.district is not None and case.h3


def test_somebody_near_who_reported_the_same_is_shown_but_keeps_nobody_from_reporting(
    visitor: Client, filled: Filled, clock: Any
) -> None:
    first = reported_case(clock.now, lat=36.3012, lon=59.6012)
    private = reported_case(clock.now, service="building-violation", lat=36.3012, lon=59.6012)
    near = visitor.get("/report/near?subject=light-out&lat=36.30125&lon=59.60125").content.decode()
    assert f"/t/{first.code}" in near
    far = visitor.get("/report/near?subject=light-out&lat=36.3212&lon=59.6212").content.decode()
    assert f"/t/{first.code}" not in far
    hidden = visitor.get("/report/near?subject=building-violation&lat=36.3012&lon=59.6012")
    assert (private.code or "") not in hidden.content.decode()
    visitor.post(LIGHT, filled(lat="36.3012", lon="59.6012"))
    assert Case.objects.filter(service__code="light-out").count() == 2


def test_a_subject_that_needs_no_place_asks_for_none(visitor: Client, filled: Filled) -> None:
    page = visitor.get("/report/about/staff-conduct")
    assert "district" not in page.context["form"].fields
    visitor.post("/report/about/staff-conduct", filled())
    case = Case.objects.get()
    assert case.confidential and case.address == ""


def test_what_does_not_exist_is_not_found(visitor: Client, filled: Filled) -> None:
    assert visitor.get("/report/about/no-such-thing").status_code == 404
    assert visitor.post("/report/about/no-such-thing", filled()).status_code == 404
    assert visitor.get("/report/near?subject=x&lat=1&lon=1").status_code == 404


def test_the_result_is_shown_to_its_sender_only(visitor: Client, filled: Filled) -> None:
    visitor.post(LIGHT, filled())
    stranger = Client().get("/report/done")
    assert stranger.status_code == 302 and stranger.headers["Location"] == "/track"


def test_too_many_reports_from_one_place_wait(visitor: Client, filled: Filled, settings: Any) -> None:
    settings.RATE_LIMITS = True
    answers = [visitor.post(LIGHT, filled(words="")).status_code for _ in range(41)]
    assert answers[:40] == [422] * 40
    assert answers[40] == 429


def test_a_forged_form_from_another_site_is_refused(filled: Filled) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(LIGHT, filled()).status_code == 403
    assert not Case.objects.exists()


def test_a_report_in_english_is_answered_in_english(visitor: Client, filled: Filled) -> None:
    answer = visitor.post("/en/report/about/light-out", filled(), follow=True)
    assert answer.redirect_chain == [("/en/report/done", 302)]
    assert "Registered. Thank you." in shown(answer)
    assert Reporter.objects.get().language == "en"


def test_who_reports_a_danger_reads_whom_to_call(visitor: Client, filled: Filled) -> None:
    warned = "همین حالا جان کسی در خطر است؟"
    assert warned in shown(visitor.post("/report/about/open-manhole", filled(), follow=True))
    assert warned not in shown(visitor.post(LIGHT, filled(words="چراغ خاموش است"), follow=True))
