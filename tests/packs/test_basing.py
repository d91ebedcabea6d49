"""A pack on a base: row by row, key by key, and without what it does not want."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pol137.city.queries import book, is_loaded
from pol137.commands import city
from pol137.lib.refusal import Refusal
from pol137.packs.adapters.pack_files import read_pack
from pol137.packs.rules.check import check
from pol137.packs.rules.pack import records_of
from pol137.web import refusals
from tests.packs.conftest import BY, NOW
from tests.packs.test_command import pol137_city

Write = Callable[[str, str], None]


@pytest.fixture
def based(pack: Path) -> Path:
    """A pack that says nothing but that it stands on the sample, under another name."""
    folder = pack.parent / "town"
    folder.mkdir()
    (folder / "city.toml").write_text(
        'based_on = "sample"\ncode = "town"\nname_fa = "شهرک"\n', encoding="utf-8"
    )
    return folder


@pytest.fixture
def write(based: Path) -> Write:
    """Put a file into the pack."""

    def put(name: str, text: str) -> None:
        path = based / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return put


def faults_of(folder: Path) -> list[str]:
    return [str(fault) for fault in city.read(str(folder)).faults if not fault.warning]


def codes(folder: Path, table: str) -> list[str]:
    return city.read(str(folder)).pack.codes(table)


def test_a_row_of_the_same_key_stands_in_the_place_of_the_bases(
    pack: Path, based: Path, write: Write
) -> None:
    header = (pack / "service_groups.csv").read_text("utf-8").splitlines()[0]
    write("service_groups.csv", f"{header}\ncleaning,no,پاکیزگی,Tidiness\nwater,no,آب,Water\n")
    assert codes(based, "servicegroup") == ["streets", "cleaning", "green", "building", "people", "water"]
    found = city.read(str(based)).pack
    assert found.by_key("servicegroup")["cleaning"]["name_fa"] == "پاکیزگی"
    assert found.by_key("servicegroup")["green"].file == "sample/service_groups.csv"
    assert found.by_key("servicegroup")["water"].file == "service_groups.csv"
    assert faults_of(based) == []


def test_rows_of_several_keys_are_told_apart_by_all_of_them(pack: Path, based: Path, write: Write) -> None:
    write("escalation.csv", "ladder,n,after,roles,notice\nunit,2,120h,manager,digest\n")
    rungs = city.read(str(based)).pack.by_key("ladderrung")
    assert rungs["unit", 2]["after"] == "120h"
    assert rungs["unit", 1]["after"] == "72h"
    assert faults_of(based) == []


def test_toml_is_laid_over_key_by_key(based: Path, write: Write) -> None:
    write("calendars.toml", '[office.windows]\nthursday = ["08:00-12:00"]\n')
    write("messages.toml", '[case_closed.sms]\nfa = "{code} پایان یافت. {phone}"\n')
    write("retention.toml", '[keep]\ntexts = "90d"\n')
    found = city.read(str(based)).pack
    windows = found.by_key("calendar")["office"]["windows"]
    assert (windows["thursday"], windows["saturday"]) == (["08:00-12:00"], ["07:30-14:30"])
    texts = found.by_key("messagetext")
    assert texts["case_closed", "sms", "fa"]["text"] == "{code} پایان یافت. {phone}"
    assert texts["case_closed", "sms", "en"].file == "sample/messages.toml"
    (row,) = found.table("city")
    assert (row["code"], row["name_en"], row["keep_texts"], row["keep_words"]) == (
        "town",
        "Sample City",
        "90d",
        "1825d",
    )
    assert faults_of(based) == []


def test_what_is_not_wanted_goes_with_what_speaks_only_of_it(based: Path, write: Write) -> None:
    text = (based / "city.toml").read_text("utf-8")
    wish = '[without]\nservices = ["tree-care"]\nmessages = ["case_closed/sms/en"]\nagencies = ["telecom"]\n'
    write("city.toml", f"{text}\n{wish}")
    found = city.read(str(based))
    assert "tree-care" not in found.pack.codes("service")
    assert "telecom" not in found.pack.codes("agency")
    assert [row for row in found.pack.table("question") if row["service"] == "tree-care"] == []
    assert [row for row in found.pack.table("questionvalue") if row["service"] == "tree-care"] == []
    assert "tree-permit" not in [one.code for one in found.articles]
    assert [str(fault) for fault in found.faults if not fault.warning] == [
        "messages.toml: [case_closed.sms] has no en -> write the text; it may say {code} {phone}"
    ]


def test_a_ladder_that_goes_takes_its_rungs_and_leaves_its_promises_to_the_pack(
    based: Path, write: Write
) -> None:
    text = (based / "city.toml").read_text("utf-8")
    write("city.toml", f'{text}\n[without]\nladders = ["suggestion"]\n')
    found = city.read(str(based)).pack
    assert {row["ladder"] for row in found.table("ladderrung")} == {"unit", "urgent", "conduct", "centre"}
    assert "suggestion" not in found.codes("deadlinepolicy")
    assert faults_of(based) == []


@pytest.mark.parametrize(
    ("wish", "what"),
    [
        (
            'services = ["tree-car"]',
            "city.toml:6: the base has no services 'tree-car' -> did you mean 'tree-care'",
        ),
        ('servises = ["tree-care"]', "city.toml:6: [without] knows no 'servises' -> did you mean 'services'"),
        ('services = "tree-care"', "city.toml:6: services is not a list of codes"),
        ('messages = ["case_close"]', "city.toml:6: the base has no messages 'case_close'"),
    ],
)
def test_a_wish_the_base_cannot_meet_is_a_fault(based: Path, write: Write, wish: str, what: str) -> None:
    text = (based / "city.toml").read_text("utf-8")
    write("city.toml", f"{text}\n[without]\n{wish}\n")
    assert any(fault.startswith(what) for fault in faults_of(based)), faults_of(based)


def test_a_fault_of_the_base_names_the_bases_file(pack: Path, based: Path) -> None:
    path = pack / "services.csv"
    path.write_text(path.read_text("utf-8").replace("pothole,streets", "pothole,street", 1), encoding="utf-8")
    assert any(fault.startswith("sample/services.csv:3: group 'street'") for fault in faults_of(based))


def test_routing_rows_of_both_stand_in_the_order_of_their_numbers(based: Path, write: Write) -> None:
    write("routing.csv", "n,service,group,district,season,department\n25,waste-missed,,s1,,s1-clean\n")
    assert faults_of(based) == []
    rules = records_of(city.read(str(based)).pack)["routingrule"]
    assert [row["n"] for row in rules] == [10, 20, 25, 30, 40, 50, 60, 70, 80, 90]


def test_articles_are_replaced_by_their_codes(pack: Path, based: Path, write: Write) -> None:
    text = (pack / "articles" / "waste-times.md").read_text("utf-8")
    write("articles/waste-times.md", text.replace("۲۱", "۲۳"))
    found = {one.code: one for one in city.read(str(based)).articles}
    assert "۲۳" in found["waste-times"].body_fa
    assert {path.stem for path in (pack / "articles").iterdir()} == set(found)


@pytest.mark.usefixtures("empty")
def test_what_is_loaded_is_dumped_whole_and_loads_again_without_a_change(
    based: Path, write: Write, tmp_path: Path
) -> None:
    write("routing.csv", "n,service,group,district,season,department\n25,waste-missed,,s1,,s1-clean\n")
    city.load(city.read(str(based)), by=BY, now=NOW)
    assert book().city.code == "town"
    assert pol137_city("dump", str(tmp_path / "again")) == 0
    assert "based_on" not in (tmp_path / "again" / "city.toml").read_text("utf-8")
    assert pol137_city("check", str(tmp_path / "again")) == 0
    assert city.load(city.read(str(tmp_path / "again")), by=BY, now=NOW) == []


def test_tidy_touches_the_packs_own_files_only(pack: Path, based: Path, write: Write) -> None:
    write(
        "agencies.csv", "code,emergency,season,phone,name_fa,name_en,matters_fa\ngas , yes,,194,گاز,Gas,نشت\n"
    )
    write("city.toml", 'name_fa = "شهرک"\nbased_on = "sample"\ncode = "town"\n')
    before = {path: path.read_bytes() for path in pack.rglob("*.*")}
    assert pol137_city("tidy", str(based)) == 0
    assert (based / "agencies.csv").read_text("utf-8").splitlines()[1] == "gas,yes,,194,گاز,Gas,نشت"
    assert (based / "city.toml").read_text(
        "utf-8"
    ) == 'based_on = "sample"\ncode = "town"\nname_fa = "شهرک"\n'
    assert {path: path.read_bytes() for path in pack.rglob("*.*")} == before
    assert not any("tidy" in fault.what for fault in city.read(str(based)).faults)


@pytest.mark.usefixtures("empty")
def test_a_base_is_checked_and_never_loaded(based: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("districts.csv", "departments.csv", "positions.csv", "routing.csv", "city.toml"):
        (based.parent / "sample" / name).unlink()
    for name in ("districts.geojson", "places.csv", "neighbourhoods.csv", "sub_districts.csv"):
        (based.parent / "sample" / name).unlink()
    base = str(based.parent / "sample")
    assert pol137_city("check", base) == 0
    assert "sample: is a base for cities; 0 errors" in capsys.readouterr().out
    assert pol137_city("load", base) == 1
    assert "is a base for cities" in capsys.readouterr().err
    with pytest.raises(Refusal) as refused:
        city.load(city.read(base), by=BY, now=NOW)
    assert "بر آن ساخته شده" in refusals.words(refused.value)
    assert not is_loaded()


def test_a_base_is_found_beside_the_pack_and_then_among_the_cities(tmp_path: Path) -> None:
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / "city.toml").write_text('based_on = "sample" # ours\n', encoding="utf-8")
    assert faults_of(folder) == []
    assert [str(one) for one in read_pack(folder).faults] == [
        "city.toml:1: there is no pack 'sample' -> check the name or the path"
    ]


def test_bases_in_a_ring_are_told(based: Path, pack: Path) -> None:
    path = pack / "city.toml"
    path.write_text(f'based_on = "town"\n{path.read_text("utf-8")}', encoding="utf-8")
    assert "sample/city.toml:1: based_on 'town' comes back to this pack -> name another" in [
        str(one) for one in read_pack(based).faults
    ]


def test_an_ordinary_pack_without_its_code_is_no_base(pack: Path) -> None:
    path = pack / "city.toml"
    path.write_text(path.read_text("utf-8").replace('code = "sample"\n', "", 1), encoding="utf-8")
    faults = [str(fault) for fault in check(read_pack(pack)) if not fault.warning]
    assert any("code is empty" in fault for fault in faults)
