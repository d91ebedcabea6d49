"""History comes along: once, whole or refused with a reason, and nobody is told or hurried by it."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from pol137.cases.models import Case, Note, Notice, Promise, Reporter
from pol137.cases.queries import cases_of_phone, counts_today, search, worklist
from pol137.cases.vocabulary import Outcome, Queue, Status
from pol137.contacts.operations.erasing import forget_due
from pol137.history.models import ImportRun, Origin
from pol137.history.queries import origin_of, twins_of
from pol137.journal.models import Event
from pol137.journal.queries import broken_links
from pol137.lib.refusal import Refusal
from pol137.messaging.models import OutboundMessage
from pol137.web.history_words import figures
from tests.factories import SATURDAY, Clock, actor, announced_case, reported_case, user
from tests.history.conftest import BY, MAP, ROW, Town, many, row

pytestmark = pytest.mark.django_db

Export = Callable[[str, object], Path]
"""Writes a file as another server would."""


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return int(cursor.fetchone()[0])


def test_a_case_of_the_past_is_whole(town: Town) -> None:
    report = town.bring(town.write([row(وضعیت="انجام شد")]))
    assert (report.rows, report.came_in, report.refused) == (1, 1, 0)
    case = Case.objects.get()
    assert (case.status, case.service.code, case.district.code) == (Status.ARCHIVED, "light-out", "s1")
    assert (case.words, case.address) == (ROW["شرح"], ROW["نشانی"])
    assert (case.department.code, case.outcome) == ("s1-roads", Outcome.SOLVED)
    assert (case.external_ref, case.public, len(case.code or "")) == (ROW["شماره"], True, 10)
    assert Note.objects.get(case=case).text == "لامپ تعویض شد"
    reporter = Reporter.objects.get(case=case)
    assert (reporter.phone, reporter.name, reporter.citizen) == ("+989700000001", "شهروند نمونه", None)
    origin = origin_of(case.pk)
    assert origin is not None and (origin.source, origin.line) == ("sigma", 2)
    assert origin.answered_at == datetime.fromisoformat("2025-10-05T00:00:00+03:30")


def test_nothing_is_promised_told_or_left_to_do(town: Town) -> None:
    town.bring(town.write(many(3)))
    assert [one.objects.count() for one in (Promise, Notice, OutboundMessage)] == [0, 0, 0]
    assert jobs() == 0
    assert set(Case.objects.values_list("late_minutes", "rung", "recurs")) == {(0, 0, None)}


def test_each_case_has_one_event_and_the_chain_holds(town: Town) -> None:
    town.bring(town.write(many(3)))
    events = Event.objects.filter(stream__startswith="case:")
    assert list(events.values_list("kind", "seq")) == [("case.imported", 1)] * 3
    assert broken_links() == []
    text = json.dumps(list(events.values_list("body", flat=True)), ensure_ascii=False)
    assert ROW["شرح"] not in text and "n1" not in text


def test_the_same_file_again_makes_no_doubles(town: Town) -> None:
    path = town.write(many(5))
    town.bring(path)
    again = town.bring(path)
    assert (again.rows, again.came_in, again.known, again.refused) == (5, 0, 5, 0)
    longer = town.bring(town.write(many(7), name="longer.csv"))
    assert (longer.came_in, longer.known) == (2, 5)
    assert Case.objects.count() == Origin.objects.count() == 7


def test_another_system_may_use_the_same_numbers(town: Town) -> None:
    path = town.write(many(2))
    town.bring(path)
    assert town.bring(path, map_text=MAP.replace('"sigma"', '"tau"')).came_in == 2


def test_a_number_given_twice_is_refused_the_second_time(town: Town) -> None:
    report = town.bring(town.write([row(), row(شرح="دیگری"), row(شماره="۲")]))
    assert (report.came_in, report.known, report.reasons) == (2, 0, {"row_given_twice": 1})
    again = town.bring(town.folder / "past.csv")
    assert (again.came_in, again.known, again.reasons) == (0, 2, {"row_given_twice": 1})


def test_refused_rows_stand_in_a_file_with_line_and_reason(town: Town) -> None:
    rows = [row(), row(شماره="۲", موضوع="نامعلوم"), row(شماره="۳", **{"تاریخ ثبت": "دیروز"})]
    report = town.bring(town.write(rows))
    assert report.reasons == {"row_value_unknown": 1, "row_time_unreadable": 1}
    first, second = town.refused()
    assert {name: first[name] for name in ROW} == rows[1]
    assert (first["pol137_line"], first["pol137_reason"]) == ("3", "row_value_unknown")
    assert "«نامعلوم»" in first["pol137_reason_fa"] and "“نامعلوم”" in first["pol137_reason_en"]
    assert second["pol137_line"] == "4"
    assert town.rejects.stat().st_mode & 0o077 == 0


def test_mended_rows_come_in_from_the_reject_file(town: Town) -> None:
    by_line = MAP.replace('external_id = "شماره"', 'external_id = "#line"')
    town.bring(town.write([row(), row(موضوع="نامعلوم")]), map_text=by_line)
    mended = town.folder / "mended.csv"
    mended.write_bytes(town.rejects.read_bytes().replace("نامعلوم".encode(), "روشنایی معابر".encode(), 1))
    assert town.bring(mended, map_text=by_line).came_in == 1
    assert sorted(Case.objects.values_list("external_ref", flat=True)) == ["2", "3"]


def test_a_broken_line_of_a_mended_file_refuses_its_row_only(town: Town) -> None:
    by_line = MAP.replace('external_id = "شماره"', 'external_id = "#line"')
    town.bring(
        town.write([row(موضوع="نامعلوم"), row(موضوع="نامعلوم"), row(موضوع="نامعلوم")]), map_text=by_line
    )
    lines = town.rejects.read_text("utf-8-sig").replace("نامعلوم", "روشنایی معابر").splitlines()
    place = lines[0].split(",").index("pol137_line")
    for n, said in ((1, "2\x00"), (2, "3" * 300)):
        cells = lines[n].split(",")
        lines[n] = ",".join([*cells[:place], said, *cells[place + 1 :]])
    mended = town.folder / "mended.csv"
    mended.write_text("\n".join(lines), encoding="utf-8")
    report = town.bring(mended, map_text=by_line)
    assert (report.came_in, report.reasons) == (1, {"row_value_unknown": 1, "row_too_long": 1})
    assert Case.objects.get().external_ref == "4"


def test_points_outside_the_city_are_left_out_and_counted(town: Town) -> None:
    report = town.bring(town.write([row(), row(شماره="دور", طول="51.39", عرض="35.70")]))
    assert (report.came_in, report.astray, report.placed) == (2, 1, 1)
    far = Case.objects.get(external_ref="دور")
    assert (far.lat, far.lon, far.h3, far.words, far.address) == (None, None, "", ROW["شرح"], ROW["نشانی"])
    assert ("از این‌ها بدون نقطهٔ مکانی: نقطه بیرون از شهر بود", 1) in [
        (str(words), count) for words, count in figures(asdict(report))
    ]


def test_a_broken_row_never_stops_the_rest(town: Town) -> None:
    path = town.write(many(4))
    lines = path.read_bytes().split(b"\r\n")
    lines[2:2] = [b"n90,too,few", lines[1] + b",one,more", b'n91,"' + b"\xff\xfe" + b'",x', b""]
    lines[3] = lines[3].replace(b"n0", b"n92")
    path.write_bytes(b"\r\n".join(lines))
    report = town.bring(path)
    assert (report.came_in, report.reasons) == (4, {"row_columns": 3})
    assert [one["pol137_line"] for one in town.refused()] == ["3", "4", "5"]
    assert "\\udcff" in town.rejects.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1256"])
def test_encodings_are_those_the_map_names(town: Town, encoding: str) -> None:
    named = "utf-8" if encoding == "utf-8-sig" else encoding
    said = row(موضوع="روشنايي معابر", **{"تاریخ ثبت": "1404/07/12", "شماره": "1"})
    if encoding == "windows-1256":
        text = MAP.replace("ی", "ي").replace("شماره", "شماره")
        said = {name.replace("ی", "ي"): value.replace("ی", "ي") for name, value in said.items()}
        said = {name: value.translate({0x6F0 + n: str(n) for n in range(10)}) for name, value in said.items()}
        path = town.folder / "old.csv"
        lines = [",".join(said), ",".join(f'"{value}"' for value in said.values())]
        path.write_text("\n".join(lines), encoding=encoding)
    else:
        text, path = MAP, town.write([said], encoding=encoding)
    report = town.bring(path, map_text=text.replace("\n[service]", f'encoding = "{named}"\n[service]', 1))
    assert (report.came_in, report.reasons) == (1, {})
    assert Case.objects.get().words in (said.get("شرح"), ROW["شرح"])


def test_bytes_of_another_encoding_are_refused_row_by_row(town: Town) -> None:
    path = town.write(many(2))
    path.write_bytes(path.read_bytes() + b"n9," + "چراغ".encode("windows-1256") + b"," * 12)
    report = town.bring(path)
    assert (report.came_in, report.reasons) == (2, {"row_encoding": 1})


def test_a_dry_run_says_the_same_and_keeps_nothing(town: Town) -> None:
    path = town.write([*many(3), row(موضوع="نامعلوم"), row(شماره="n1")])
    dry = town.bring(path, dry_run=True)
    assert not any(one.objects.exists() for one in (Case, Origin, ImportRun))
    assert not Event.objects.filter(kind="case.imported").exists()
    assert not town.rejects.exists()
    real = town.bring(path)
    assert (dry.came_in, dry.reasons, dry.near_groups) == (real.came_in, real.reasons, real.near_groups)
    assert real.reasons == {"row_value_unknown": 1, "row_given_twice": 1}


def test_one_import_of_a_source_at_a_time(town: Town) -> None:
    path = town.write(many(1))
    with contextlib.closing(connection.copy()) as other:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('pol137.history:sigma'))")
        with pytest.raises(Refusal) as refused:
            town.bring(path)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('pol137.history:sigma'))")
    assert refused.value.code == "import_running"
    assert town.bring(path).came_in == 1


# --- told more than once --------------------------------------------------------------------------


def test_near_duplicates_are_shown_in_groups(town: Town) -> None:
    def told(number: str, day: str, **changed: str) -> dict[str, str]:
        times = {"تاریخ ثبت": f"۱۴۰۴/۰۷/{day}", "تاریخ پاسخ": ""}
        return row(شماره=number, **times, **changed)

    rows = [
        told("a", "۰۱"),
        told("b", "۰۵", عرض="36.3005"),
        told("c", "۱۰", عرض="36.3010"),
        told("too-late", "۱۹"),
        told("too-far", "۰۲", عرض="36.3100"),
        told("another-matter", "۰۲", موضوع="pothole"),
    ]
    text = MAP + "\n[near]\nmetres = 100\ndays = 7\n"
    report = town.bring(town.write(rows), map_text=text)
    assert (report.near_groups, report.near_members, report.near_repeats, report.placed) == (1, 3, 2, 6)
    assert [one.external_ref for one in town.listed] == ["a", "b", "c"]


def test_without_a_word_in_the_map_the_city_says_what_is_near(town: Town) -> None:
    rows = [row(شماره="a"), row(شماره="b", **{"تاریخ ثبت": "۱۴۰۴/۰۷/۱۳"}), row(شماره="c", عرض="36.32")]
    assert town.bring(town.write(rows)).near_members == 2


def test_a_case_knows_its_near_duplicates_as_far_as_one_may_see_them(town: Town) -> None:
    town.bring(town.write([row(شماره="a"), row(شماره="b"), row(شماره="c", عرض="36.32")]))
    case = Case.objects.get(external_ref="a")
    head = actor("s1-roads-head")
    assert [one.external_ref for one in twins_of(case, by=head)] == ["b"]
    assert twins_of(case, by=actor("s2-roads-head")) == []


# --- who sees it, what is kept --------------------------------------------------------------------


def test_the_past_is_found_at_the_desk_and_by_its_callers_number(town: Town) -> None:
    town.bring(town.write([row()]))
    case = Case.objects.get()
    assert search(actor("centre-operator"), "چراغ کوچه") == [case]
    assert cases_of_phone("+989700000001") == [case]


def test_the_past_is_private_like_its_subject(town: Town) -> None:
    town.bring(town.write([row(موضوع="شکایت از کارکنان")]))
    case = Case.objects.get()
    assert (case.confidential, case.public, case.department.code) == (True, False, "inspection")
    assert search(actor("s1-roads-head"), "چراغ کوچه") == []
    assert Client().get(f"/t/{case.code}").status_code == 404


def test_the_past_never_mixes_with_new_work(town: Town, clock: Clock) -> None:
    town.bring(town.write([row(**{"تاریخ ثبت": "2026-10-16T08:00:00", "تاریخ پایان": "", "تاریخ پاسخ": ""})]))
    old, case = Case.objects.get(), reported_case(clock.now, lat=36.3, lon=59.55)
    clock.forward(hours=1)
    head = actor("s1-roads-head")
    assert [one.case for one in worklist(head, Queue.INBOX)] == [case]
    assert counts_today(since=SATURDAY - timedelta(days=30))["approved"] == 0
    old.refresh_from_db()
    assert (old.status, old.late_minutes) == (Status.ARCHIVED, 0)
    assert not Promise.objects.filter(case=old).exists()


def test_what_the_city_keeps_no_longer_does_not_come_in(town: Town) -> None:
    old = {"تاریخ ثبت": "۱۳۹۵/۰۱/۰۵", "تاریخ پاسخ": "", "تاریخ پایان": "۱۳۹۵/۰۲/۰۱"}
    report = town.bring(town.write([row(**old), row(شماره="۲", **{**old, "تاریخ پایان": "۱۴۰۱/۰۷/۰۱"})]))
    assert (report.came_in, report.kept_no_longer) == (2, 1)
    gone, nameless = Case.objects.order_by("closed_at")
    assert (gone.words, gone.address, gone.external_ref, gone.erased_at) == ("", "", "", SATURDAY)
    assert (gone.lat, gone.lon) != (36.3, 59.55)
    assert nameless.words == ROW["شرح"]
    assert set(Reporter.objects.values_list("name", "phone", "phone_raw")) == {("", "", "")}


def test_the_past_is_erased_in_time_and_does_not_come_back(town: Town) -> None:
    path = town.write([row()])
    town.bring(path)
    forget_due(now=SATURDAY + timedelta(days=4000))
    case = Case.objects.get()
    assert (case.words, case.external_ref, Note.objects.get().text) == ("", "", "")
    assert not Reporter.objects.exclude(phone="").exists()
    assert town.bring(path).known == 1
    assert Case.objects.count() == 1


# --- from another server --------------------------------------------------------------------------

REQUEST = {
    "service_request_id": "638344",
    "status": "closed",
    "status_notes": "Bulb changed",
    "service_name": "Street light",
    "service_code": "light-out",
    "description": "The lamp is dark",
    "requested_datetime": "2025-10-04T06:37:38-08:00",
    "updated_datetime": "2025-10-05T06:37:38-08:00",
    "address": "8TH AVE and JUDAH ST",
    "lat": 36.3,
    "long": 59.55,
}
OPEN311 = '[service.values]\n"006" = "pothole"\n'


def test_an_open311_export_comes_in_without_a_map(town: Town, export: Export) -> None:
    pages = [
        export("1.json", [REQUEST, {**REQUEST, "service_request_id": "2", "status": "open"}]),
        export("2.json", [{**REQUEST, "service_request_id": "3", "service_code": "006"}]),
    ]
    report = town.bring(*pages, map_text="")
    assert (report.came_in, report.reasons) == (1, {"row_still_open": 1, "row_value_unknown": 1})
    case = Case.objects.get()
    assert (case.external_ref, case.channel.code, case.district.code) == ("638344", "open311", "s1")
    assert case.closed_at == datetime.fromisoformat("2025-10-05T06:37:38-08:00")
    assert Note.objects.get().text == "Bulb changed"
    assert town.bring(*pages, map_text=OPEN311).came_in == 1


@pytest.mark.parametrize("shape", ["list", "named", "lines", "xml", "csv"])
def test_the_shapes_in_which_servers_write_requests(town: Town, export: Export, shape: str) -> None:
    said = [REQUEST, {**REQUEST, "service_request_id": "2", "lat": None, "long": None}]
    tags = "".join(
        "<request>" + "".join(f"<{name}>{value or ''}</{name}>" for name, value in one.items()) + "</request>"
        for one in said
    )
    columns = list(REQUEST)
    texts: dict[str, object] = {
        "list": said,
        "named": {"service_requests": said},
        "lines": "\n".join(json.dumps(one) for one in said),
        "xml": f'<?xml version="1.0" encoding="utf-8"?>\n<service_requests>{tags}</service_requests>',
        "csv": "\n".join([",".join(columns), *(",".join(f'"{o[c] or ""}"' for c in columns) for o in said)]),
    }
    report = town.bring(export("requests", texts[shape]), map_text="")
    assert (report.came_in, report.refused) == (2, 0)
    assert Case.objects.filter(lat=None).count() == 1


@pytest.mark.parametrize("tail", ["json", "xml"])
def test_an_export_cut_off_gives_what_can_be_read(town: Town, export: Export, tail: str) -> None:
    whole = json.dumps([REQUEST, {**REQUEST, "service_request_id": "2"}])
    if tail == "xml":
        tags = "".join(f"<{name}>{value}</{name}>" for name, value in REQUEST.items())
        whole = f"<service_requests><request>{tags}</request><request>{tags}"
    report = town.bring(export("requests", whole[:-40]), map_text="")
    assert (report.came_in, report.reasons) == (1, {"row_rest_unreadable": 1})


# --- the whole, a little at a time ----------------------------------------------------------------


def test_a_run_broken_off_goes_on_where_it_stood(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pol137.history.operations.importing.BATCH", 2)
    rows = many(7)
    rows[1]["موضوع"] = rows[5]["موضوع"] = "نامعلوم"
    path = town.write(rows)

    town.heard = Dying(after=2)
    with pytest.raises(Stop):
        town.bring(path)
    town.rejects.write_bytes(town.rejects.read_bytes() + b"half a li")
    town.heard = []
    report = town.bring(path)
    assert (report.resumed_at, report.rows, report.came_in, report.refused) == (4, 7, 5, 2)
    assert [one["pol137_line"] for one in town.refused()] == ["3", "7"]
    assert Case.objects.count() == 5 and ImportRun.objects.count() == 1


class Stop(Exception):
    """The power went."""


class Dying(list):
    """Hears of so many batches and then of no more."""

    def __init__(self, *, after: int) -> None:
        super().__init__()
        self._after = after

    def append(self, told: object) -> None:
        super().append(told)
        if len(self) == self._after:
            raise Stop


def test_a_reject_file_that_is_gone_begins_the_run_anew(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pol137.history.operations.importing.BATCH", 2)
    rows = many(5)
    rows[0]["موضوع"] = "نامعلوم"
    path = town.write(rows)
    town.heard = Dying(after=1)
    with pytest.raises(Stop):
        town.bring(path)
    town.rejects.unlink()
    town.heard = []
    report = town.bring(path)
    assert (report.resumed_at, report.came_in, report.known, report.refused) == (0, 3, 1, 1)
    assert len(town.refused()) == 1


def test_the_bar_hears_of_every_batch(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pol137.history.operations.importing.BATCH", 3)
    town.bring(town.write(many(7)))
    assert [rows for rows, _ in town.heard] == [3, 6, 7]


def test_the_case_page_says_where_it_came_from(town: Town) -> None:
    town.bring(town.write([row(شماره="قدیم-۱"), row(شماره="قدیم-۲")]))
    case, twin = Case.objects.order_by("external_ref")
    client = Client()
    client.force_login(user("centre-operator"))
    page = client.get(f"/desk/case/{case.pk}/").content.decode()
    assert "از سامانهٔ پیشین" in page and "sigma" in page and "قدیم-۱" in page
    assert f"/desk/case/{twin.pk}/" in page
    card = page.split('id="origin"')[1].split("</section>")[0]
    assert "پاسخ سامانهٔ پیشین" in card and "لامپ تعویض شد" in card and "یکشنبه ۱۳ مهر ۱۴۰۴" in card
    assert page.count("لامپ تعویض شد") == 1 and 'id="notes"' not in page
    assert Client().get(f"/t/{case.code}").status_code == 200
    client.force_login(user("centre-head"))
    page = client.get(f"/desk/case/{case.pk}/").content.decode()
    assert "از سامانهٔ پیشین" in page
    assert "answer_sender" not in page, "no portal waits for an answer of the former system"


@pytest.mark.parametrize(
    ("changed", "outcome", "ended"),
    [
        ({"وضعیت": "انجام شد"}, "برطرف شد", "یکشنبه ۲۰ مهر ۱۴۰۴"),
        ({"وضعیت": "نشد"}, "برطرف نشد", "یکشنبه ۲۰ مهر ۱۴۰۴"),
        ({"وضعیت": "مختومه", "تاریخ پایان": ""}, "نامعلوم", "نامعلوم"),
    ],
)
def test_the_desk_shows_what_came_of_it_there(
    town: Town, changed: dict[str, str], outcome: str, ended: str
) -> None:
    text = MAP.replace('"انجام شد" = "solved"', '"انجام شد" = "solved"\n"نشد" = "not_solved"')
    town.bring(town.write([row(**changed)]), map_text=f'name = "سامانهٔ ۱۳۷ قدیم"{text}')
    client = Client()
    client.force_login(user("centre-operator"))
    page = client.get(f"/desk/case/{Case.objects.get().pk}/").content.decode()
    said = dict(re.findall(r"<dt>([^<]*)</dt><dd[^>]*>(?:<bdi[^>]*>)?([^<]*)", page))
    assert said["نتیجه در آن سامانه"] == outcome
    assert (said["ثبت در آن سامانه"], said["پایان در آن سامانه"]) == ("شنبه ۱۲ مهر ۱۴۰۴ ساعت ۸:۳۰", ended)
    assert (said["سامانه"], said["شماره در سامانهٔ پیشین"]) == ("سامانهٔ ۱۳۷ قدیم", "۱۴۰۴-۱")
    assert page.count("۱۴۰۴-۱") == 1, "its number stands where it says whose it is, and nowhere else"
    assert "می‌خواهد خبردار شود" not in page


def test_a_case_of_the_past_without_a_unit_waits_for_none(town: Town) -> None:
    town.bring(town.write([row()]))
    case = Case.objects.get()
    Case.objects.update(department=None)
    client = Client()
    client.force_login(user("centre-operator"))
    page = client.get(f"/desk/case/{case.pk}/").content.decode()
    assert "بدون واحد" in page and "در تعیین واحد" not in page


def test_a_day_without_an_hour_is_shown_as_that_day_at_the_desk_and_to_the_citizen(town: Town) -> None:
    day_alone = {"تاریخ ثبت": "۱۴۰۰/۰۱/۰۲", "تاریخ پاسخ": "", "تاریخ پایان": ""}
    town.bring(town.write([row(**day_alone)]), map_text=f'zone = "Europe/Zurich"{MAP}')
    case = Case.objects.get()
    client = Client()
    client.force_login(user("centre-operator"))
    desk, citizen = client.get(f"/desk/case/{case.pk}/"), Client().get(f"/t/{case.code}", follow=True)
    for page in (desk.content.decode(), citizen.content.decode()):
        assert "دوشنبه ۲ فروردین ۱۴۰۰" in page
        assert "پایان یکشنبه" not in page and "۲ فروردین ۱۴۰۰ ساعت" not in page


def test_what_nobody_brought_has_no_origin(clock: Clock) -> None:
    assert origin_of(announced_case(clock).pk) is None
    assert str(BY) == "system:pol137 import"
