"""The dispatch board, the duty roster and locked accounts, as members of staff meet them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pol137.cases.operations import report_danger
from pol137.dispatch.models import Dispatch, Duty
from pol137.dispatch.operations import record_call
from pol137.journal.models import Event
from pol137.staff.models import User
from tests.dispatch.conftest import danger, turn
from tests.factories import Clock, actor, fresh, user

pytestmark = pytest.mark.django_db

Enter = Callable[[str], Client]


@pytest.fixture
def enter(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Somebody's browser, whose requests happen at the test's clock."""
    monkeypatch.setattr("pol137.web.access.timezone", SimpleNamespace(now=lambda: clock.now))

    def client(code: str) -> Client:
        found = Client()
        found.force_login(user(code))
        return found

    return client


def press(client: Client, to: str, given: dict[str, Any]) -> Any:
    """Press a button and see the page it leads to."""
    return client.get(client.post(to, given).headers["Location"])


# --- the board ------------------------------------------------------------------------------------


def test_the_board_says_whom_to_call_and_how(clock: Clock, enter: Enter) -> None:
    turn(clock, 1, post="اکیپ شب پل‌ها", phone="۰۲۱۳۸۰۰۱۱۱۱", radio="پل ۷")
    danger(clock)
    clock.now += timedelta(minutes=4)
    answer = enter("centre-operator").get("/desk/board/")
    page = answer.content.decode()
    assert [one.minutes for one in answer.context["dangers"]] == [4]
    for said in ("اکیپ شب پل‌ها", 'href="tel:+982138001111"', "پل ۷", "دریچه باز در معبر"):
        assert said in page


def test_the_words_of_the_latest_report_of_danger_stand_before_the_first_words(
    clock: Clock, enter: Enter
) -> None:
    turn(clock)
    found = danger(clock)
    for words in ("صدای ریزش می‌آید.", "حصار را باد برده و کسی در چاله افتاد."):
        clock.now += timedelta(minutes=4)
        report_danger(found.case_id, words=words, by=actor("centre-operator"), now=clock.now)
    for path in ("/desk/board/", f"/desk/board/{found.pk}/"):
        page = enter("centre-operator").get(path).content.decode()
        latest, first = page.index("حصار را باد برده و کسی در چاله افتاد."), page.index(found.case.words)
        assert latest < first and "خطر گزارش شد" in page[:latest]
        assert "صدای ریزش" not in page


def test_the_list_alone_is_given_to_the_page_that_asks_again(clock: Clock, enter: Enter) -> None:
    danger(clock)
    client = enter("centre-supervisor")
    part = client.get("/desk/board/", headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div class="dangers" id="dangers"')
    assert "<html" not in part
    assert "<html" in client.get("/desk/board/").content.decode()


def test_from_the_call_to_made_safe_by_buttons(clock: Clock, enter: Enter) -> None:
    first, second = turn(clock, 1), turn(clock, 2)
    found, client = danger(clock), enter("centre-operator")
    to = f"/desk/board/{found.pk}"
    assert client.post(f"{to}/call", {"duty": first.pk, "reply": "no_answer"}).headers["Location"] == (
        "/desk/board/"
    )
    assert client.get("/desk/board/").context["dangers"][0].next.duty == second.pk
    client.post(f"{to}/call", {"duty": second.pk, "reply": "radio", "stay": "1"})
    for state in ("en_route", "on_site"):
        client.post(f"{to}/move", {"to": state})
        assert Dispatch.objects.get().state == state
    client.post(f"{to}/move", {"to": "made_safe"})
    assert fresh(found.case).safe_at == clock.now
    assert client.get("/desk/board/").context["dangers"] == []
    assert client.get(f"{to}/").context["ended"] is True


def test_a_press_on_a_page_that_is_no_longer_true_tells_so(clock: Clock, enter: Enter) -> None:
    first, second = turn(clock, 1), turn(clock, 2)
    found = danger(clock)
    record_call(found.pk, reply="phone", duty=first.pk, by=actor("centre-supervisor"), now=clock.now)
    client = enter("centre-operator")
    answer = press(client, f"/desk/board/{found.pk}/call", {"duty": second.pk, "reply": "phone"})
    assert [str(one.level_tag) for one in answer.context["messages"]] == ["error"]
    assert found.calls.count() == 1


@pytest.mark.parametrize("duty", ["", "x", "٣", "9" * 30, "-1"])
def test_an_impossible_turn_is_refused_in_words(clock: Clock, enter: Enter, duty: str) -> None:
    turn(clock)
    found = danger(clock)
    answer = press(enter("centre-operator"), f"/desk/board/{found.pk}/call", {"duty": duty, "reply": "phone"})
    assert answer.status_code == 200
    assert found.calls.count() == 0


def test_somebody_on_no_roster_is_called(clock: Clock, enter: Enter) -> None:
    found, client = danger(clock), enter("centre-supervisor")
    to = f"/desk/board/{found.pk}/elsewhere"
    bare = client.post(to, {"post": "اورژانس برق", "phone": "x", "reply": "phone"})
    assert (bare.status_code, list(bare.context["elsewhere"].errors)) == (422, ["phone"])
    assert "اورژانس برق" in bare.content.decode()
    assert client.post(to, {"post": "اورژانس برق", "phone": "4120", "reply": "x"}).status_code == 303
    client.post(to, {"post": "اورژانس برق", "phone": "4120", "reply": "phone"})
    assert client.get("/desk/board/").context["dangers"][0].gone.name == "اورژانس برق"


def test_taking_a_danger_off_the_board_needs_its_reason(clock: Clock, enter: Enter) -> None:
    found, client = danger(clock), enter("centre-operator")
    bare = client.post(f"/desk/board/{found.pk}/move", {"to": "cancelled", "reason": " "})
    assert (bare.status_code, list(bare.context["cancel"].errors)) == (422, ["reason"])
    client.post(f"/desk/board/{found.pk}/move", {"to": "cancelled", "reason": "گزارش تکراری بود"})
    assert Dispatch.objects.get().reason == "گزارش تکراری بود"


@pytest.mark.parametrize("code", ["s1-roads-head", "centre-feedback", "centre-statistics"])
def test_the_board_is_the_centres(clock: Clock, enter: Enter, code: str) -> None:
    found, client = danger(clock), enter(code)
    assert client.get("/desk/board/").status_code == 403
    assert client.post(f"/desk/board/{found.pk}/move", {"to": "made_safe"}).status_code == 403
    assert client.get("/desk/lockouts/").status_code == 403


def test_danger_by_the_callers_word_is_called_so_on_the_board_and_beside_the_deadline(
    clock: Clock, enter: Enter
) -> None:
    said, words = danger(clock, service="light-out", urgent=True), "فوری به گفتهٔ تماس‌گیرنده"
    client = enter("centre-operator")
    assert words in client.get("/desk/board/").content.decode()
    assert words in client.get(f"/desk/case/{said.case_id}/").content.decode()
    subject = danger(clock)
    assert words not in client.get(f"/desk/case/{subject.case_id}/").content.decode()


def test_danger_is_reported_again_from_the_page_of_the_case(clock: Clock, enter: Enter) -> None:
    found, client = danger(clock), enter("centre-operator")
    where = f"/desk/case/{found.case_id}/do/report_danger/"
    assert where in client.get(f"/desk/case/{found.case_id}/").content.decode()
    due = found.case.promises.get(kind="answer", ended_at=None).due_at
    clock.forward(minutes=2)
    stand = client.get(where).context["form"].about.stand
    assert client.post(where, {"stand": stand, "words": "حالا کسی زخمی است"}).status_code == 303
    assert "حالا کسی زخمی است" in client.get("/desk/board/").content.decode()
    assert found.case.promises.get(kind="answer", ended_at=None).due_at == due
    ended = {"to": "cancelled", "reason": "کسی در خطر نیست"}
    client.post(f"/desk/board/{found.pk}/move", ended)
    assert where in client.get(f"/desk/board/{found.pk}/").content.decode()
    stand = client.get(where).context["form"].about.stand
    assert client.post(where, {"stand": stand, "words": ""}).status_code == 422
    assert client.post(where, {"stand": stand, "words": "سرپوش باز است"}).status_code == 303
    clock.run()
    assert Dispatch.objects.filter(case=found.case, ended_at__isnull=True).count() == 1


def test_a_danger_that_is_not_there_is_not_found(clock: Clock, enter: Enter) -> None:
    assert enter("centre-operator").get("/desk/board/4711/").status_code == 404


def test_the_step_is_offered_on_the_page_of_the_case(clock: Clock, enter: Enter) -> None:
    found, client = danger(clock), enter("centre-operator")
    where = f"/desk/case/{found.case_id}/do/make_safe/"
    stand = client.get(where).context["form"].about.stand
    assert client.post(where, {"stand": stand}).status_code == 303
    clock.run()
    assert (fresh(found.case).safe_at, Dispatch.objects.get().state) == (clock.now, "made_safe")


def test_the_board_asks_the_database_as_often_for_many_as_for_one(
    clock: Clock, enter: Enter, django_assert_max_num_queries: Any
) -> None:
    turn(clock)
    danger(clock)
    client = enter("centre-operator")
    client.get("/desk/board/")
    with django_assert_max_num_queries(40) as asked:
        client.get("/desk/board/")
    once = len(asked)
    for _ in range(4):
        danger(clock)
    client.get("/desk/board/")
    with django_assert_max_num_queries(once):
        client.get("/desk/board/")


# --- the roster -----------------------------------------------------------------------------------

TURN = {
    "district": "s1", "week": "2026-10-17", "group": "streets", "order": "۱", "post": "اکیپ شب پل‌ها",
    "position": "", "phone": "۰۵۱۳۸۰۰۱۱۱۱", "radio": "پل ۷", "day": "۱۴۰۵/۷/۲۵", "begins": "۸",
    "ends": "۲۰:۳۰", "days": "۷",
}  # fmt: skip


def test_a_week_is_filled_with_one_form(clock: Clock, enter: Enter) -> None:
    client = enter("centre-supervisor")
    assert client.post("/desk/roster/add", TURN).status_code == 303
    night = {**TURN, "begins": "20:30", "ends": "8"}
    assert client.post("/desk/roster/add", night).status_code == 303
    page = client.get("/desk/roster/?district=s1&week=2026-10-17")
    assert [len(day.turns) for day in page.context["days"]] == [2] * 7
    assert page.context["holes"] == [], "what has passed this morning is no hole to fill"
    following = client.get("/desk/roster/?district=s1&week=2026-10-24")
    [(group, hole)] = following.context["holes"]
    assert (hole.span.length, group) == (timedelta(days=7, hours=-8), "معابر و روشنایی")
    assert "ساعت ۸" in following.content.decode()
    gone = client.get("/desk/roster/?district=s1&week=2026-10-10")
    assert gone.context["holes"] == [] and "کشیک دارد" not in gone.content.decode()


def test_a_whole_day_is_said_as_one_and_a_hole_begins_with_its_day(clock: Clock, enter: Enter) -> None:
    client = enter("centre-supervisor")
    client.post("/desk/roster/add", {**TURN, "begins": "0", "ends": "0", "days": "1"})
    client.post("/desk/roster/add", {**TURN, "day": "۱۴۰۵/۷/۲۷", "begins": "0", "ends": "0", "days": "1"})
    page = client.get("/desk/roster/?district=s1&week=2026-10-17")
    assert [turn.hours for day in page.context["days"] for turn in day.turns] == ["تمام روز"] * 2
    words = page.content.decode()
    assert "از آغاز یکشنبه ۲۶ مهر ۱۴۰۵ تا پایان یکشنبه ۲۶ مهر" in words and "ساعت ۰" not in words


def test_a_taken_place_is_refused_and_what_was_written_stays(clock: Clock, enter: Enter) -> None:
    client = enter("centre-supervisor")
    client.post("/desk/roster/add", TURN)
    again = client.post("/desk/roster/add", {**TURN, "post": "اکیپ دیگر", "days": "1", "begins": "19"})
    assert again.status_code == 422
    assert again.context["form"].errors
    assert "اکیپ دیگر" in again.content.decode()
    assert Duty.objects.count() == 7


def test_both_a_position_and_a_post_is_no_turn(clock: Clock, enter: Enter) -> None:
    answer = enter("centre-supervisor").post("/desk/roster/add", {**TURN, "position": "s1-roads-head"})
    assert list(answer.context["form"].errors) == ["post"]
    assert not Duty.objects.exists()


def test_last_week_is_copied_and_a_turn_taken_off(clock: Clock, enter: Enter) -> None:
    client = enter("centre-supervisor")
    client.post("/desk/roster/add", TURN)
    where = {"district": "s1", "week": "2026-10-24"}
    client.post("/desk/roster/copy", where)
    client.post("/desk/roster/copy", where)
    assert Duty.objects.count() == 14
    last = Duty.objects.latest("from_at")
    client.post(f"/desk/roster/{last.pk}/remove", where)
    assert Duty.objects.count() == 13
    gone = press(client, f"/desk/roster/{last.pk}/remove", where)
    assert [one.level_tag for one in gone.context["messages"]][-1] == "error"


def test_a_month_goes_out_and_comes_back_the_same(clock: Clock, enter: Enter) -> None:
    client = enter("centre-supervisor")
    client.post("/desk/roster/add", {**TURN, "days": "5"})
    client.post("/desk/roster/add", {**TURN, "district": "s2", "post": "", "position": "s2-roads-head"})
    before = list(Duty.objects.order_by("from_at", "district").values_list("from_at", "post", "position"))
    answer = client.get("/desk/roster/file.csv?month=2026-10-17")
    text = answer.content.decode("utf-8-sig")
    assert text.splitlines()[1] == (
        "s1,streets,1,,اکیپ شب پل‌ها,+985138001111,پل ۷,1405-07-25 08:00,1405-07-25 20:30"
    )
    sent = {"month": "2026-10-17", "file": SimpleUploadedFile("roster.csv", answer.content)}
    assert client.post("/desk/roster/file", sent).status_code == 303
    after = list(Duty.objects.order_by("from_at", "district").values_list("from_at", "post", "position"))
    assert before == after


def test_a_file_with_a_fault_is_not_taken_and_every_line_is_named(clock: Clock, enter: Enter) -> None:
    client = enter("centre-supervisor")
    client.post("/desk/roster/add", TURN)
    lines = [
        "district,group,order,position,post,phone,radio,from,to",
        "s1,streets,1,,اکیپ,05138001111,,1405-07-26 08:00,1405-07-26 20:00",
        "s9,streets,1,,اکیپ,05138001111,,1405-07-26 08:00,1405-07-26 20:00",
        "s1,streets,1,,اکیپ,12,,1405-07-27 20:00,1405-07-27 08:00",
        "s1,streets,1,,اکیپ دیگر,05138001112,,1405-07-26 19:00,1405-07-26 21:00",
        "s1,streets,2,,اکیپ,05138001111,,1405-09-01 08:00,1405-09-01 20:00",
        "s1,streets,2,,اکیپ,05138001111,,فردا,1405-09-01 20:00",
    ]
    sent = {"month": "2026-10-17", "file": SimpleUploadedFile("r.csv", "\n".join(lines).encode())}
    answer = client.post("/desk/roster/file", sent)
    assert answer.status_code == 422
    assert [line for line, _ in answer.context["faults"]] == [3, 4, 4, 5, 6, 7]
    assert Duty.objects.count() == 7


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", "نام;شماره\n".encode(), b"\x00" * 40, b'district,"group\n']
)
def test_what_is_no_roster_is_refused_in_words(clock: Clock, enter: Enter, content: bytes) -> None:
    sent = {"month": "2026-10-17", "file": SimpleUploadedFile("r.csv", content)}
    answer = enter("centre-supervisor").post("/desk/roster/file", sent)
    assert answer.status_code == 422
    assert answer.context["faults"] or answer.context["form"].errors


@pytest.mark.parametrize("asked", ["?week=0001-01-01", "?week=9999-12-31&district=x", "?week=2026-02-30"])
def test_impossible_weeks_and_districts_show_a_possible_one(clock: Clock, enter: Enter, asked: str) -> None:
    client = enter("centre-supervisor")
    assert client.get(f"/desk/roster/{asked}").status_code == 200
    assert client.get(f"/desk/roster/file{asked.replace('week', 'month')}").status_code == 200


def test_operators_read_the_roster_and_do_not_write_it(clock: Clock, enter: Enter) -> None:
    client = enter("centre-operator")
    assert client.get("/desk/roster/").context["keeps"] is False
    assert client.post("/desk/roster/add", TURN).status_code == 403
    assert client.get("/desk/roster/file").status_code == 403


# --- locked accounts ------------------------------------------------------------------------------


def locked(clock: Clock) -> User:
    found = user("s1-roads-head")
    found.failed_logins, found.locked_until = 0, clock.now + timedelta(minutes=15)
    found.save()
    return found


def test_the_shift_supervisor_lets_somebody_in_again(clock: Clock, enter: Enter) -> None:
    found, client = locked(clock), enter("centre-supervisor")
    password = found.password
    page = client.get("/desk/lockouts/")
    assert [one.user for one in page.context["locked"]] == [found]
    assert "رئیس اداره عمران منطقه ۱" in page.content.decode()
    client.post(f"/desk/lockouts/{found.pk}/unlock")
    after = user("s1-roads-head")
    assert (after.locked_until, after.password) == (None, password)
    event = Event.objects.get(kind="staff.account_unlocked")
    assert (event.stream, event.by) == (f"staff:{found.pk}", f"staff:{user('centre-supervisor').pk}")
    assert client.get("/desk/lockouts/").context["locked"] == []


def test_who_is_not_locked_cannot_be_unlocked(clock: Clock, enter: Enter) -> None:
    client = enter("centre-supervisor")
    answer = press(client, f"/desk/lockouts/{user('s1-roads-head').pk}/unlock", {})
    assert [one.level_tag for one in answer.context["messages"]] == ["error"]
    assert not Event.objects.filter(kind="staff.account_unlocked").exists()


def test_units_unlock_nobody(clock: Clock, enter: Enter) -> None:
    found = locked(clock)
    assert enter("s1-manager").post(f"/desk/lockouts/{found.pk}/unlock").status_code == 403
    assert user("s1-roads-head").locked_until is not None
