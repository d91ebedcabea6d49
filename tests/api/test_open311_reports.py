"""A report sent in: every shape of service, every fault, files, tokens and keys."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from pol137.cases.models import Attachment, Case, Note
from pol137.contacts.models import Contact
from pol137.journal.models import Event
from pol137.messaging.models import InboundMessage
from tests.api.conftest import Program

pytestmark = pytest.mark.django_db


def code_of(answer: Any) -> str:
    assert len(answer) == 1
    return str(answer[0]["service_request_id"])


def photo(colour: str = "red") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(written, "JPEG")
    return SimpleUploadedFile("photo.jpg", written.getvalue(), "image/jpeg")


@pytest.mark.parametrize(
    ("service", "given", "kept"),
    [
        ("light-out", {}, {}),
        ("pothole", {"attribute[depth]": "12"}, {"depth": "12"}),
        ("waste-missed", {"attribute[waste]": "garden"}, {"waste": "garden"}),
        ("tree-care", {"attribute[need][]": ["water", "prune"]}, {"need": ["water", "prune"]}),
        (
            "tree-care",
            {"attribute[need][0]": "water", "attribute[need][1]": "spray"},
            {"need": ["water", "spray"]},
        ),
        ("tree-care", {"attribute[need]": ["water", "prune"]}, {"need": ["water", "prune"]}),
        ("tree-care", {"attribute[need]": "water", "attribute[no-such]": "x"}, {"need": ["water"]}),
    ],
)
def test_every_shape_of_service_makes_one_case(
    program: Program, service: str, given: dict[str, Any], kept: dict[str, Any]
) -> None:
    told = program.post(service_code=service, **given)
    assert set(told[0]) == {"service_request_id", "service_notice", "account_id"}
    case = Case.objects.get(code=code_of(told))
    assert case.questions == kept
    assert Contact.objects.count() == 1
    assert (
        Event.objects.filter(stream=f"case:{case.pk}", kind="case.registered").get().by == "client:a program"
    )


def test_the_answer_in_xml(program: Program) -> None:
    tree = program.post(fmt="xml")
    assert tree.tag == "service_requests" and [node.tag for node in tree] == ["request"]
    assert Case.objects.get().code == tree.findtext("request/service_request_id")


def test_key_and_jurisdiction_may_stand_in_the_address(program: Program) -> None:
    told = {"service_code": "light-out", "address_string": "میدان نمونه"}
    url = f"/open311/v2/requests.json?jurisdiction_id=sample.example&api_key={program.key}"
    program.read(program.client.post(url, told), 201)


def test_a_report_needs_no_words_and_no_person(program: Program) -> None:
    code = code_of(program.post(description=None, lat=None, long=None))
    case = Case.objects.get(code=code)
    assert case.words == "" and case.reporter.citizen is None


def test_the_reporter_is_kept_and_never_shown(program: Program, unmoderated: None) -> None:
    code = code_of(
        program.post(first_name="الف", last_name="ب", phone="۰۹۱۵۱۲۳۴۵۶۷", email="a@sample.example")
    )
    reporter = Case.objects.get(code=code).reporter
    assert (reporter.name, reporter.phone, reporter.email) == ("الف ب", "+989151234567", "a@sample.example")
    for path in (f"requests/{code}.json", "requests.xml", "servicerequestupdates.json"):
        body = program.client.get(f"/open311/v2/{path}?extensions=true").content.decode()
        for secret in ("9151234567", "a@sample.example", "الف ب"):
            assert secret not in body


def test_every_fault_is_listed_in_persian(program: Program) -> None:
    faults = program.post(
        400,
        service_code="pothole",
        lat="here",
        long="200",
        email="nobody",
        description="ا" * 4001,
        **{"attribute[depth]": "deep"},
    )
    assert {fault["code"] for fault in faults} == {400}
    words = "\n".join(fault["description"] for fault in faults)
    assert len(faults) >= 4
    for piece in ("lat", "attribute[depth]", "۴۰۰۱"):
        assert piece in words
    assert Case.objects.count() == Contact.objects.count() == 0


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"api_key": None}, 403),
        ({"api_key": ""}, 403),
        ({"api_key": "p137_wrong"}, 403),
        ({"api_key": None, "service_code": "no-such"}, 403),
        ({"service_code": None}, 400),
        ({"service_code": "no-such"}, 404),
        ({"service_code": "thanks"}, 404),
        ({"jurisdiction_id": "elsewhere.example"}, 404),
        ({"lat": None}, 400),
        ({"lat": "0", "long": "0"}, 400),
        ({"lat": "nan"}, 400),
        ({"lat": None, "long": None, "address_string": None}, 400),
        ({"lat": None, "long": None, "address_string": None, "address_id": "no-such"}, 400),
        ({"service_code": "pothole"}, 400),
        ({"service_code": "waste-missed", "attribute[waste]": "gold"}, 400),
        ({"service_code": "waste-missed", "attribute[waste]": ["garden", "rubble"]}, 400),
        ({"service_code": "tree-care", "attribute[need]": ["water", "gold"]}, 400),
        ({"first_name": "ن" * 201}, 400),
    ],
)
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_refusals_have_the_right_status(
    program: Program, changed: dict[str, Any], status: int, fmt: str
) -> None:
    told = program.post(status, fmt=fmt, **changed)
    if fmt == "json":
        assert status in {one["code"] for one in told} and all(one["description"] for one in told)
    else:
        assert told.tag == "errors" and str(status) in {node.findtext("code") for node in told}
    assert Case.objects.count() == 0


def test_a_revoked_key_and_a_key_of_another_scope_are_refused(program: Program) -> None:
    from django.utils import timezone

    from pol137.lib.actor import system
    from pol137.staff.operations import create_api_key, revoke_api_key

    _, other = create_api_key(name="typed", scope="api", by=system("test"), now=timezone.now())
    program.post(403, api_key=other)
    revoke_api_key(name="a program", by=system("test"), now=timezone.now())
    program.post(403)


def test_a_place_can_be_named_by_its_number(program: Program) -> None:
    from pol137.city.models import Place

    place = Place.objects.order_by("pk")[0]
    code = code_of(program.post(address_string=None, lat=None, long=None, address_id=place.code))
    case = Case.objects.get(code=code)
    assert (case.lat, case.lon, case.address) == (place.lat, place.lon, place.name_fa)


@pytest.mark.parametrize("name", ["media", "media[]", "media[0]", "photo1"])
def test_a_photo_is_kept_and_shown_only_when_published(program: Program, settings: Any, name: str) -> None:
    code = code_of(program.post(**{name: photo()}))
    kept = Attachment.objects.get(case__code=code)
    assert program.get(f"requests/{code}.json")[0]["media_url"] is None
    path = f"/open311/v2/pictures/{code}/{kept.public_sha256}.jpg"
    assert program.client.get(path).status_code == 404
    settings.MODERATION = False
    url = program.get(f"requests/{code}.json")[0]["media_url"]
    assert url == f"{settings.PUBLIC_URL}{path}"
    shown = program.client.get(path)
    assert shown.status_code == 200 and shown["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(b"".join(shown))).size == (40, 30)
    assert program.client.get(path.replace(kept.public_sha256, kept.sha256)).status_code == 404


def test_what_is_no_photo_is_refused_and_nothing_is_stored(program: Program) -> None:
    bad = SimpleUploadedFile("photo.jpg", b"<svg onload=alert(1)>", "image/jpeg")
    assert len(program.post(400, media=bad, lat="x")) == 2
    assert len(program.post(400, **{f"photo{n}": photo() for n in range(1, 8)})) == 1
    assert Case.objects.count() == Attachment.objects.count() == 0


def test_a_picture_elsewhere_is_noted_for_staff_and_not_shown(program: Program, unmoderated: None) -> None:
    code = code_of(program.post(media_url="https://pictures.example/1.jpg"))
    assert Note.objects.get(case__code=code).text == "https://pictures.example/1.jpg"
    assert program.get(f"requests/{code}.json")[0]["media_url"] is None


def test_a_batch_service_gives_a_token_that_becomes_a_number(
    program: Program, run_jobs: Callable[[], int], unmoderated: None
) -> None:
    told = program.post(service_code="playground", phone="09151234567", media=photo())[0]
    assert set(told) == {"token", "service_notice", "account_id"}
    assert InboundMessage.objects.get().external_id == told["token"] and Case.objects.count() == 0
    waiting = program.get(f"tokens/{told['token']}.json")
    assert waiting == [{"service_request_id": None, "token": told["token"]}]
    received = InboundMessage.objects.get().received_at
    run_jobs()
    number = code_of(program.get(f"tokens/{told['token']}.json"))
    case = Case.objects.get(code=number)
    assert case.registered_at == received and case.reporter.phone == "+989151234567"
    assert program.get(f"tokens/{told['token']}.xml").findtext("request/service_request_id") == number
    assert program.get(f"requests/{number}.json")[0]["media_url"]
    assert run_jobs() == 0 and Case.objects.count() == 1


def test_a_batch_report_is_checked_before_it_is_taken(program: Program) -> None:
    assert len(program.post(400, service_code="playground", lat="x")) == 1
    assert InboundMessage.objects.count() == 0


def test_a_waiting_report_the_city_no_longer_takes_is_read_by_a_person(
    program: Program, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pol137.contacts.operations import waiting
    from pol137.contacts.queries import unread_contacts
    from pol137.lib.refusal import Refusal

    token = program.post(service_code="playground")[0]["token"]

    def closed(**_: object) -> None:
        raise Refusal("service_unknown", field="service", service="playground")

    monkeypatch.setattr(waiting, "register_problem", closed)
    run_jobs()
    assert [one.external_id for one in unread_contacts()] == [token]
    assert program.get(f"tokens/{token}.json")[0]["service_request_id"] is None


def test_unknown_tokens_are_404_sms_ids_included(program: Program) -> None:
    program.get("tokens/no-such.json", status=404)
    program.get("tokens/%D8%A2%00.json", status=404)
    program.get(f"tokens/{'0' * 24}.json", status=404)


def test_who_reports_too_often_waits(
    program: Program, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pol137.api.open311 import views

    settings.RATE_LIMITS = True
    monkeypatch.setattr(views, "REPORTS", 1)
    program.post()
    response = program.client.post("/open311/v2/requests.xml", {"api_key": program.key})
    assert program.read(response, 429).findtext("error/code") == "429"
    assert 0 < int(response["Retry-After"]) <= 60


def test_a_form_without_cookie_or_token_is_taken(program: Program) -> None:
    program.client = Client(enforce_csrf_checks=True)
    program.post()


def test_djangos_own_errors_speak_the_protocol(program: Program, settings: Any) -> None:
    ask = program.client
    for path, status in (("nowhere.json", 404), ("requests/1/2.xml", 404), ("services", 404), ("", 404)):
        program.read(ask.get(f"/open311/v2/{path}"), status)
    refused = ask.delete("/open311/v2/requests.json")
    assert program.read(refused, 405)[0]["code"] == 405 and "POST" in refused["Allow"]
    program.read(ask.post("/open311/v2/servicerequestupdates.json"), 405)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert program.post(413, description="x" * 2000)[0]["code"] == 413
    program.post(413, fmt="xml", description="x" * 2000)
    many = {f"f{n}": "x" for n in range(1100)}
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10**6
    program.post(400, **many)
    torn = ask.post(
        "/open311/v2/requests.json", b"--x\r\nbroken", content_type="multipart/form-data; boundary=y"
    )
    assert torn.status_code in (400, 403)
    wrong = "application/x-www-form-urlencoded; charset=latin-1"
    program.read(ask.post("/open311/v2/requests.json", b"a=b", content_type=wrong), 400)


def test_a_failure_of_ours_speaks_the_protocol_and_betrays_nothing(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pol137.api.open311 import views

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr(views, "register_problem", broken)
    told = program.post(500)
    assert told[0]["code"] == 500 and "secret" not in str(told)
