"""Every step has a form; nothing anybody wrote is lost; outsiders learn nothing."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from pol137.cases.models import Answer, Case, Note
from pol137.cases.operations import (
    accept_case,
    ask_citizen,
    ask_more_time,
    close_case,
    join_incident,
    object_to_answer,
    propose_join,
    route_case,
    split_case,
    transfer_case,
)
from pol137.cases.permissions import allowed_actions
from pol137.cases.queries import dossier
from pol137.cases.rules.steps import STEPS
from pol137.cases.vocabulary import Action, CloseReason, Status
from pol137.desk.forms.step_form import About
from pol137.desk.forms.steps import FORMS, NEXT, NO_FORM, first_of, offered
from pol137.desk.views.shown import ICONS
from pol137.lib import jalali
from pol137.lib.persian import persian_digits
from pol137.web import labels
from tests.factories import (
    Clock,
    actor,
    announced_case,
    answered_case,
    fresh,
    reported_case,
    user,
)

pytestmark = pytest.mark.django_db

HEAD = "s1-roads-head"
CHANGED = "لامپ چراغ کوچه عوض شد و روشن است."


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def at_desk(code: str) -> Client:
    client = Client()
    client.force_login(user(code))
    return client


def step(case: Case, action: str) -> str:
    return f"/desk/case/{case.pk}/do/{action}/"


def stand(case: Case, code: str, now: datetime) -> str:
    return About(case=case, by=actor(code, now), now=now).stand


def send(case: Case, action: str, who: str, now: datetime, /, **given: Any) -> Any:
    given.setdefault("stand", stand(case, who, now))
    return at_desk(who).post(step(case, action), given)


def in_work(now: datetime, **changed: Any) -> Case:
    case = reported_case(now, **changed)
    accept_case(case.pk, by=actor(HEAD, now), now=now)
    return fresh(case)


def cases_everywhere(now: datetime) -> list[Case]:
    """A case in every state people work on."""
    clock = Clock(now)
    waiting = in_work(now)
    ask_citizen(waiting.pk, question="جلوی کدام پلاک؟", by=actor(HEAD, now), now=now)
    reviewed, closed = announced_case(clock), announced_case(clock)
    citizen = actor("centre-operator", now)
    object_to_answer(reviewed.pk, ground="not_done", channel="phone", by=citizen, now=now)
    close_case(closed.pk, reason=CloseReason.ACCEPTED, by=citizen, now=now)
    joined, main = reported_case(now), reported_case(now)
    join_incident(joined.pk, main_case_id=main.pk, by=citizen, now=now)
    whole = in_work(now)
    part = split_case(
        whole.pk,
        service="tree-care",
        department="s1-green",
        words="درخت",
        by=actor("centre-triage", now),
        now=now,
    )
    held = reported_case(now, service="other", district="")
    asks, proposed = in_work(now), in_work(now)
    ask_more_time(asks.pk, hours=24, reason="قطعه در راه است.", by=actor(HEAD, now), now=now)
    propose_join(proposed.pk, main_case_id=main.pk, by=actor(HEAD, now), now=now)
    found = [
        asks,
        proposed,
        announced_case(clock, external_ref="A-1"),
        held,
        main,
        joined,
        in_work(now),
        waiting,
        answered_case(now),
        announced_case(clock),
        reviewed,
        closed,
        part,
        reported_case(now, service="open-manhole"),
    ]
    return [fresh(case) for case in found]


def test_every_action_has_a_form_or_a_reason_and_a_label_and_a_sign() -> None:
    assert set(FORMS) | set(NO_FORM) == set(Action)
    assert not set(FORMS) & set(NO_FORM)
    assert set(labels.LABELS[Action]) == set(Action)
    assert set(ICONS) >= set(FORMS)


def test_the_step_that_stands_out_is_possible_in_its_state() -> None:
    for status, actions in NEXT.items():
        for action in actions:
            assert status in STEPS[action].sources, (status, action)


def test_every_form_offered_to_anybody_is_drawn_as_a_page_and_as_a_dialog(now: datetime) -> None:
    everybody = ["centre-head", "centre-triage", "centre-operator", "centre-feedback", "centre-s1-follow-up"]
    everybody += [
        HEAD,
        "s1-roads-user",
        "s1-deputy-tech",
        "s1-manager",
        "s1-green-head",
        "inspection-inspector",
    ]
    drawn = set()
    for case in cases_everywhere(now):
        for code in everybody:
            by = actor(code, now)
            about = About.of(dossier(case), by=by, now=now)
            client = at_desk(code)
            for action in offered(about):
                if (action, case.status) in drawn:
                    continue
                page = client.get(step(case, action))
                dialog = client.get(step(case, action), headers={"HX-Request": "true"})
                assert page.status_code == dialog.status_code == 200, (action, case.status)
                assert b"<html" in page.content and b"<html" not in dialog.content
                assert b"<form" in dialog.content
                drawn.add((action, case.status))
    assert {action for action, _ in drawn} >= set(FORMS) - {
        Action.ANNOUNCE, Action.KEEP_PLAN, Action.POSTPONE_PLAN, Action.REFER_INSIDE, Action.WITHDRAW,
    }  # fmt: skip


def test_buttons_are_what_the_table_allows_and_fits(now: datetime) -> None:
    case = reported_case(now)
    by = actor(HEAD, now)
    about = About.of(dossier(case), by=by, now=now)
    assert set(offered(about)) <= set(allowed_actions(case, by))
    assert Action.REFER_INSIDE not in offered(about), "an office without parts has nobody to refer to"
    assert first_of(case.status, offered(about)) is Action.ACCEPT
    page = at_desk(HEAD).get(f"/desk/case/{case.pk}/").content.decode()
    for action in FORMS:
        assert (f"/do/{action}/" in page) is (action in offered(about)), action


def test_a_plain_form_leads_back_to_the_case_and_a_dialog_tells_htmx_to_go(now: datetime) -> None:
    case = reported_case(now)
    answer = send(case, "accept", HEAD, now)
    assert (answer.status_code, answer["Location"]) == (303, f"/desk/case/{case.pk}/")
    assert fresh(case).status == Status.IN_WORK
    other = reported_case(now)
    told = at_desk(HEAD).post(
        step(other, "accept"), {"stand": stand(other, HEAD, now)}, headers={"HX-Request": "true"}
    )
    assert (told.status_code, told["HX-Redirect"]) == (204, f"/desk/case/{other.pk}/")


def test_a_step_leads_back_to_the_list_but_never_out_of_the_house(now: datetime) -> None:
    for asked, leads_to in (
        ("/desk/q/inbox/?show=late", "/desk/q/inbox/?show=late"),
        ("//evil.example/", None),
    ):
        case = reported_case(now)
        answer = send(case, "accept", HEAD, now, next=asked)
        assert answer["Location"] == (leads_to or f"/desk/case/{case.pk}/")


def test_a_step_that_sends_the_case_away_leads_home(
    now: datetime,
) -> None:
    case = reported_case(now)
    client = at_desk(HEAD)
    given = {"stand": stand(case, HEAD, now), "department": "s1-green", "reason": "چراغ درون بوستان است."}
    answer = client.post(step(case, "transfer"), given)
    assert (answer.status_code, answer["Location"]) == (303, "/desk/")
    assert str(FORMS[Action.TRANSFER].done) in client.get("/desk/").content.decode()


def test_the_second_time_a_case_is_passed_on_it_goes_to_triage_and_the_ruling_is_named(now: datetime) -> None:
    case = reported_case(now)
    transfer_case(case.pk, department="s1-green", reason="درخت است", by=actor(HEAD, now), now=now)
    green = at_desk("s1-green-head")
    page = green.get(step(case, "transfer")).content.decode()
    assert 'value="s1-roads"' in page and 'value="s1-green"' not in page
    given = {
        "stand": stand(fresh(case), "s1-green-head", now),
        "department": "s1-roads",
        "reason": "درخت نیست",
    }
    green.post(step(case, "transfer"), given)
    assert "درخواست به تعیین واحد رفت" in green.get("/desk/").content.decode()
    route_case(case.pk, department="s1-green", by=actor("centre-triage", now), now=now)
    assert "نظر آن الزام‌آور است" in green.get(step(case, "transfer")).content.decode()


def test_a_dated_answer_reads_a_jalali_day_in_persian_digits(now: datetime) -> None:
    case = in_work(now)
    day = (now + timedelta(days=9)).date()
    answer = send(
        case, "answer", HEAD, now, type="planned", plan_date=jalali.format_date(day, style="short"),
        reply="تعویض پایه چراغ در برنامه هفته آینده است.", citizen_text="پایه چراغ عوض می‌شود.",
    )  # fmt: skip
    assert answer.status_code == 303
    given = Answer.objects.get(case=case)
    assert (given.type, given.plan_date, given.citizen_text) == ("planned", day, "پایه چراغ عوض می‌شود.")
    assert fresh(case).status == Status.ANSWERED


def test_what_an_answer_lacks_is_said_at_its_field_and_its_words_are_kept(now: datetime) -> None:
    case = in_work(now)
    words = "تعویض پایه چراغ در برنامه هفته آینده است."
    answer = send(case, "answer", HEAD, now, type="planned", reply=words)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="answer-plan_date-error"' in page and words in page
    assert not Answer.objects.exists() and fresh(case).status == Status.IN_WORK


def test_values_of_another_type_of_answer_are_left_out(now: datetime) -> None:
    case = in_work(now)
    left = {"plan_date": "فردا", "legal_ground": "of-another-subject", "agency": "telecom"}
    send(case, "answer", HEAD, now, type="done", reply=CHANGED, **left)
    given = Answer.objects.get(case=case)
    assert given.plan_date is None and given.legal_ground_id is None and given.agency_id is None


def test_a_form_drawn_for_another_state_is_not_acted_on_and_keeps_its_words(now: datetime) -> None:
    case = reported_case(now)
    drawn = stand(case, HEAD, now)
    accept_case(case.pk, by=actor(HEAD, now), now=now)
    answer = send(case, "answer", HEAD, now, stand=drawn, type="done", reply=CHANGED)
    page = answer.content.decode()
    assert answer.status_code == 422 and not Answer.objects.exists()
    assert CHANGED in page
    assert str(labels.status(Status.IN_WORK)) in page
    assert stand(fresh(case), HEAD, now) in page, "one may send it again for the state the case is in now"


def test_words_for_a_case_that_has_gone_elsewhere_are_given_back(now: datetime) -> None:
    case = in_work(now)
    transfer_case(case.pk, department="s1-green", reason="درخت است", by=actor(HEAD, now), now=now)
    words = CHANGED
    answer = send(case, "answer", HEAD, now, type="done", reply=words)
    assert answer.status_code == 409 and words in answer.content.decode()
    nowhere = at_desk(HEAD).post("/desk/case/999999/do/answer/", {"reply": words})
    assert nowhere.status_code == 409, "a case one may not see answers like one that does not exist"


def test_outsiders_get_404_for_a_case_and_its_steps(now: datetime) -> None:
    case = reported_case(now)
    client = at_desk("s2-roads-head")
    for path in (
        f"/desk/case/{case.pk}/",
        step(case, "accept"),
        "/desk/case/999999/",
        step(case, "nonsense"),
    ):
        assert client.get(path).status_code == 404, path
    assert client.post(step(case, "accept")).status_code == 404
    assert fresh(case).status == Status.ASSIGNED
    assert Client().get(f"/desk/case/{case.pk}/").status_code == 302


def test_a_step_of_somebody_else_is_refused_in_words_and_changes_nothing(now: datetime) -> None:
    case = answered_case(now)
    answer = send(case, "approve", HEAD, now, text="هر چه")
    assert answer.status_code == 422
    assert fresh(case).status == Status.ANSWERED


def photo(colour: str = "green") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(written, "JPEG")
    return SimpleUploadedFile("after.jpg", written.getvalue(), "image/jpeg")


def test_evidence_is_kept_and_shown_only_to_those_who_see_the_case(now: datetime) -> None:
    case = in_work(now)
    send(case, "answer", HEAD, now, type="done", reply=CHANGED, photos=photo())
    kept = dossier(case).pictures[0]
    for code, status in ((HEAD, 200), ("centre-s1-follow-up", 200), ("s2-roads-head", 404)):
        answer = at_desk(code).get(f"/desk/picture/{kept.pk}?small")
        assert answer.status_code == status, code
        if status == 200:
            assert answer["Content-Type"] == "image/jpeg" and b"".join(answer.streaming_content)
    assert "attachment" in at_desk(HEAD).get(f"/desk/picture/{kept.pk}?original")["Content-Disposition"]
    assert at_desk(HEAD).get("/desk/picture/999999").status_code == 404


def test_what_is_no_photo_is_refused_and_the_words_stay(now: datetime) -> None:
    case = in_work(now)
    fake = SimpleUploadedFile("a.jpg", b"<script>", "image/jpeg")
    answer = send(case, "answer", HEAD, now, type="done", reply=CHANGED, photos=fake)
    assert answer.status_code == 422 and 'id="answer-photos-error"' in answer.content.decode()
    assert fresh(case).status == Status.IN_WORK


def test_the_137_user_drafts_and_the_head_finds_the_draft_in_his_form(now: datetime) -> None:
    case = in_work(now)
    words = CHANGED
    assert send(case, "draft", "s1-roads-user", now, type="done", reply=words).status_code == 303
    form = at_desk(HEAD).get(step(case, "answer")).content.decode()
    assert words in form and "formaction" in form
    assert "formaction" not in at_desk("s1-roads-user").get(step(case, "draft")).content.decode()


def test_joining_by_the_code_as_it_is_read_out(now: datetime) -> None:
    main, case = reported_case(now), reported_case(now)
    code = persian_digits(f"{(main.code or '')[:4]} {(main.code or '')[4:]}")
    assert send(case, "join_incident", "centre-triage", now, code=code).status_code == 303
    assert fresh(case).status == Status.JOINED
    again = reported_case(now)
    assert send(again, "join_incident", "centre-triage", now, code="").status_code == 422


def test_near_cases_are_suggested_for_joining(now: datetime) -> None:
    place: dict[str, Any] = {"lat": 36.30, "lon": 59.60, "district": "s1"}
    main, case = reported_case(now, **place), reported_case(now, **place)
    page = at_desk("centre-triage").get(step(case, "join_incident")).content.decode()
    assert f'value="{main.code}"' in page and f'value="{case.code}"' not in page
    send(case, "join_incident", "centre-triage", now, near=main.code)
    assert fresh(case).status == Status.JOINED


def test_a_confidential_case_cannot_be_found_by_joining_to_it(now: datetime) -> None:
    secret = reported_case(now, service="staff-conduct", district="", address="")
    case = reported_case(now)
    answer = send(case, "join_incident", "centre-operator", now, code=secret.code)
    assert answer.status_code == 422 and fresh(case).status == Status.ASSIGNED


def test_the_centre_announces_by_hand_and_records_objection_rating_and_acceptance(now: datetime) -> None:
    case = announced_case(Clock(now))
    operator = "centre-operator"
    assert send(case, "rate", operator, now, score="5", channel="phone").status_code == 303
    assert send(case, "close", operator, now).status_code == 303
    assert fresh(case).status == Status.CLOSED
    other = announced_case(Clock(now))
    assert send(other, "object", operator, now, channel="phone").status_code == 422
    assert send(other, "object", operator, now, ground="not_done", channel="phone").status_code == 303
    assert fresh(other).status == Status.UNDER_REVIEW


def test_a_note_is_written_whatever_the_case_did_meanwhile(now: datetime) -> None:
    case = reported_case(now)
    assert (
        send(case, "note", HEAD, now, stand="assigned.1.1", text="با پیمانکار تماس گرفته شد.").status_code
        == 303
    )
    assert Note.objects.get().text == "با پیمانکار تماس گرفته شد."
    assert send(case, "note", HEAD, now, text="  ").status_code == 422


def test_a_held_case_goes_to_the_unit_triage_chooses(now: datetime) -> None:
    case = reported_case(now, service="other", district="")
    assert case.status == Status.NEW
    assert send(case, "route", "centre-triage", now, department="s1-roads").status_code == 303
    assert fresh(case).status == Status.ASSIGNED
    route = send(case, "route", "centre-triage", now, department="s1-green")
    assert route.status_code == 422, "it has been routed already"


def test_the_place_is_put_right_with_a_point_in_any_digits(now: datetime) -> None:
    case = reported_case(now)
    half = send(case, "edit_place", "centre-triage", now, address="کوچه ۵", lat="۳۶٫۳")
    assert half.status_code == 422
    whole = send(case, "edit_place", "centre-triage", now, address="کوچه ۵", lat="۳۶٫۳", lon="59.6")
    assert whole.status_code == 303
    assert (fresh(case).lat, fresh(case).lon, fresh(case).address) == (36.3, 59.6, "کوچه ۵")


@pytest.mark.parametrize(
    ("text", "said"),
    [("۱۴۰۵/۰۷/۲۴", "جمعه ۲۴ مهر ۱۴۰۵"), ("1405/7/24", "جمعه ۲۴ مهر ۱۴۰۵"), ("فردا", ""), ("", "")],
)
def test_a_typed_day_is_shown_with_its_weekday(text: str, said: str) -> None:
    shown = at_desk(HEAD).get("/desk/day", {"text": text}).content.decode().strip()
    assert shown.startswith(said) and bool(shown) is bool(said)


def test_the_sms_frame_holds_everything_but_the_answer(now: datetime) -> None:
    case = answered_case(now)
    page = at_desk("centre-s1-follow-up").get(step(case, "approve")).content.decode()
    assert "data-sms-frame" in page and "\ue000" in page
    assert persian_digits(case.code or "") in page


def test_a_split_sent_twice_makes_one_part(now: datetime) -> None:
    case = in_work(now)
    given = {"service": "waste-missed", "department": "s1-clean", "words": "نخاله هم هست."}
    given["stand"] = stand(case, "centre-triage", now)
    assert send(case, "split", "centre-triage", now, **given).status_code == 303
    assert send(case, "split", "centre-triage", now, **given).status_code == 422
    assert Case.objects.filter(parent=case).count() == 1
