"""`pol137 city`: what an operator sees, and the exit status."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pol137.city.queries import book
from pol137.commands import city, prepare
from pol137.commands.cli import READER_GONE
from pol137.lib.refusal import Refusal
from pol137.machine.place import ROOT
from pol137.staff.models import Appointment
from pol137.web import refusals
from tests.packs.conftest import BY, NOW

Replace = Callable[[str, str, str], None]


def pol137_city(*words: str) -> int:
    parser = argparse.ArgumentParser()
    city.arguments(parser)
    return city.run(parser.parse_args(words))


def test_check_tells_faults_and_refuses(
    pack: Path, replace: Replace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pol137_city("check", str(pack)) == 0
    assert "can be loaded; 0 errors, 3 warnings" in capsys.readouterr().out
    replace("routing.csv", "{district}-roads", "{district}-road")
    assert pol137_city("check", str(pack)) == 1
    assert "routing.csv:2: department 's1-road' does not exist" in capsys.readouterr().out
    assert pol137_city("check", str(pack), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["loads"] is False
    assert {one["line"] for one in told["faults"]} == {2}


def test_one_is_not_counted_as_many(pack: Path, replace: Replace, capsys: pytest.CaptureFixture[str]) -> None:
    replace("districts.csv", "s2,80000", "s1,80000")
    assert pol137_city("check", str(pack)) == 1
    said = capsys.readouterr().out.splitlines()
    found = sum(": warning:" not in line for line in said[:-1])
    words = "1 error," if found == 1 else f"{found} errors,"
    assert words in said[-1]


def test_who_reads_along_may_leave() -> None:
    """`pol137 city holidays ... | head -c 1` ends without a word on the error output."""
    words = [sys.executable, "-m", "pol137.commands.cli", "city", "holidays", "--year", "1405"]
    read, write = os.pipe()
    os.close(read)
    try:
        ended = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    finally:
        os.close(write)
    assert (ended.returncode, ended.stderr) == (READER_GONE, "")


@pytest.mark.usefixtures("loaded")
def test_diff_shows_each_row_and_changes_nothing(
    pack: Path, replace: Replace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pol137_city("diff", "sample") == 0
    assert capsys.readouterr().out == "no change\n"
    replace("escalation.csv", "unit,1,72h", "unit,1,75h")
    replace("articles/waste-times.md", "۲۱", "۲۲")
    before = book().version
    assert pol137_city("diff", str(pack), "--json") == 0
    changes = json.loads(capsys.readouterr().out)
    assert [(one["table"], one["key"], one["change"]) for one in changes] == [
        ("ladderrung", "unit/1", "changed"),
        ("article", "waste-times", "changed"),
    ]
    assert changes[0]["fields"] == {"after": ["72h", "75h"]}
    assert book().version == before


@pytest.mark.usefixtures("loaded")
def test_diff_of_another_citys_pack_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert pol137_city("diff", "shiraz") == 0
    assert "shiraz is a pack of shiraz, the centre holds sample" in capsys.readouterr().err


@pytest.mark.usefixtures("empty")
def test_diff_of_an_empty_database_is_the_whole_pack(capsys: pytest.CaptureFixture[str]) -> None:
    assert pol137_city("diff", "sample") == 0
    assert "added service pothole" in capsys.readouterr().out


@pytest.mark.usefixtures("loaded")
def test_load_refuses_a_broken_pack_with_its_faults(
    pack: Path, replace: Replace, capsys: pytest.CaptureFixture[str]
) -> None:
    replace("messages.toml", "{due}", "{deu}")
    assert pol137_city("load", str(pack)) == 1
    assert "messages.toml:2: placeholder {deu} is unknown here" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "said"),
    [("sample_seconds", "--replace"), ("nowhere", "no such pack")],
)
@pytest.mark.usefixtures("loaded")
def test_every_refusal_of_a_pack_has_words(name: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        city.load(city.read(name), by=BY, now=NOW)
    assert said in refusals.words(refused.value)


def test_tidy_rewrites_a_pack_in_the_form_dump_writes(pack: Path) -> None:
    before = {path: path.read_bytes() for path in pack.rglob("*.*")}
    agencies, channels = pack / "agencies.csv", pack / "channels.toml"
    agencies.write_text(agencies.read_text("utf-8").replace("gas,yes,", "gas , yes ,"), encoding="utf-8")
    channels.write_text("# ours\n" + channels.read_text("utf-8"), encoding="utf-8")
    assert {one.file for one in city.read(str(pack)).faults if "tidy" in one.what} == {
        "agencies.csv",
        "channels.toml",
    }
    assert pol137_city("tidy", str(pack)) == 0
    assert {path: path.read_bytes() for path in pack.rglob("*.*")} == before


def test_tidy_keeps_a_based_pack_small(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    based = pack.parent / "based"
    based.mkdir()
    text = (pack / "city.toml").read_text("utf-8").replace('"137"', '"1888"')
    (based / "city.toml").write_text(f'based_on = "sample"\n\n{text}', encoding="utf-8")
    assert pol137_city("tidy", str(based)) == 0
    assert [path.name for path in based.rglob("*.*")] == ["city.toml"]
    assert (based / "city.toml").read_text("utf-8") == f'based_on = "sample"\n{text}'
    assert pol137_city("check", str(based)) == 0


def test_holidays_are_persian_rows_for_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert pol137_city("holidays", "--year", "1406", "--calendar", "field") == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0] == "field,2027-03-21,no,جشن نوروز"
    assert rows[-1] == "field,2028-03-19,no,روز ملی شدن صنعت نفت ایران"
    assert "field,2027-06-16,yes,عاشورای حسینی (تخمینی)" in rows
    assert "field,2027-06-05,no,قیام ۱۵ خرداد" in rows
    assert all(not row.split(",", 3)[3].isascii() for row in rows)
    assert pol137_city("holidays", "--year", "2026") == 2


def test_holidays_are_added_to_a_pack_and_none_is_taken_away(
    pack: Path, replace: Replace, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = "office,2026-10-01,no,روز شهر نمونه\n"
    replace("holidays.csv", "office,2026-11-13", f"{ours}office,2026-11-13")
    replace("holidays.csv", "office,2026-06-24,yes,تاسوعای حسینی\n", "")
    before = (pack / "holidays.csv").read_text("utf-8").splitlines()
    assert pol137_city("holidays", "--year", "1405", "--into", str(pack)) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == ["office,2026-06-24,yes,تاسوعای حسینی", "sample: 1 holiday added, 25 there already"]
    after = (pack / "holidays.csv").read_text("utf-8").splitlines()
    assert set(after) == {*before, said[0]}
    assert pol137_city("check", str(pack)) == 0
    assert "tidy" not in capsys.readouterr().out
    assert pol137_city("holidays", "--year", "1405", "--into", str(pack)) == 0
    assert (pack / "holidays.csv").read_text("utf-8").splitlines() == after


def test_holidays_are_added_to_no_unknown_calendar(pack: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (pack / "holidays.csv").read_bytes()
    words = ("holidays", "--year", "1407", "--calendar", "ofice", "--into", str(pack))
    assert pol137_city(*words) == 1
    assert "there is no calendar 'ofice'" in capsys.readouterr().err
    assert (pack / "holidays.csv").read_bytes() == before


def test_a_pack_that_knows_no_holidays_of_the_coming_year_is_warned(
    pack: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW.replace(year=2027))
    assert pol137_city("check", str(pack)) == 0
    said = capsys.readouterr().out
    assert "holidays.csv:1: warning: calendar 'office' has no holidays for 1407" in said
    assert "for 1406" not in said
    assert "'always'" not in said
    assert pol137_city("holidays", "--year", "1407", "--into", str(pack)) == 0
    capsys.readouterr()
    assert pol137_city("check", str(pack)) == 0
    assert "has no holidays" not in capsys.readouterr().out


@pytest.mark.parametrize("way", ["{0}", "{0}/", "{0}/../sample"])
@pytest.mark.usefixtures("empty")
def test_a_pack_is_named_by_its_path_too(
    way: str, pack: Path, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    """`check`, `load` and a centre's start take the same words."""
    settings.CITY = way.format(pack)
    assert pol137_city("check", settings.CITY) == 0
    prepare._load_city()
    assert book().city.code == "sample"
    assert "another POL137_DATA" not in capsys.readouterr().out
    assert pol137_city("diff", settings.CITY) == 0
    assert pol137_city("load", settings.CITY) == 0


@pytest.mark.usefixtures("loaded")
def test_a_start_with_another_pack_says_which_city_is_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "city.toml").write_text('code = "faraway"\n')
    settings.CITY = str(tmp_path / "folder")
    prepare._load_city()
    assert "holds sample, not faraway" in capsys.readouterr().out


def test_the_folder_one_stands_in_is_a_pack_too(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pack)
    assert city.folder_of(".") == pack
    assert city.folder_of("..") == pack.parent
    assert city.folder_of("mashhad").parent.name == "cities"


def test_the_setting_takes_a_path_from_the_checkout() -> None:
    asked = "from pol137.wiring import settings; print(settings.CITY)"
    for given, meant in (
        ("cities/sample", str(ROOT / "cities/sample")),
        ("sample", "sample"),
        ("/x/y", "/x/y"),
    ):
        told = subprocess.run(
            [sys.executable, "-c", asked], env={**os.environ, "POL137_CITY": given, "PYTHONPATH": str(ROOT)},
            cwd="/", capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert told.stdout.strip() == meant


@pytest.mark.usefixtures("loaded")
def test_vacant_names_the_seats_nobody_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert (pol137_city("vacant"), capsys.readouterr().out) == (0, "")
    heads = [one for one in book().positions if one.role == "unit_head"]
    Appointment.objects.filter(position_id=heads[0].id).delete()
    assert pol137_city("vacant") == 0, "the others of the role are there"
    assert capsys.readouterr().out == f"unit_head: 1 of {len(heads)} vacant: {heads[0].code}\n"
    Appointment.objects.all().delete()
    assert pol137_city("vacant") == 1, "inspection and the centre have nobody at all"
    told = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert told["inspector"] == "nobody has this role: inspection-inspector"
    assert told["unit_head"].startswith(f"{len(heads)} of {len(heads)} vacant: {heads[0].code}, ")
