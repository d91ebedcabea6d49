"""Loading: by code, in one transaction, and back to the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from pol137.city.models import City, Department, Place, Service
from pol137.city.operations import declare_closure
from pol137.city.queries import book, find_places, is_loaded, landmarks, place_of_code
from pol137.commands import city
from pol137.contacts.models import Article
from pol137.contacts.queries import stored_articles
from pol137.contacts.rules.articles import render_article
from pol137.journal.models import Event
from pol137.lib.refusal import Refusal
from pol137.packs.queries.stored_pack import stored_records
from pol137.packs.rules.differences import Change
from pol137.packs.rules.pack import records_of
from pol137.packs.rules.render import render
from tests.packs.conftest import BY, NOW
from tests.packs.test_check import BROKEN

Replace = Callable[[str, str, str], None]
TODAY = date(2026, 11, 22)


def files_of_city() -> dict[str, str]:
    files = render(stored_records(TODAY))
    return files | {f"articles/{one.code}.md": render_article(one) for one in stored_articles()}


def files_of_pack(name: str) -> dict[str, str]:
    pack = city.read(name).pack
    files = pack.files if pack.whole else render(records_of(pack))
    return files | {f"articles/{code}.md": text for code, text in pack.articles.items()}


@pytest.mark.parametrize("name", ["sample", "sample_seconds", "mashhad", "shiraz"])
@pytest.mark.usefixtures("empty")
def test_what_was_loaded_comes_back_byte_for_byte(name: str) -> None:
    city.load(city.read(name), by=BY, now=NOW)
    assert files_of_city() == files_of_pack(name)


@pytest.mark.usefixtures("loaded")
def test_dump_writes_a_folder_that_loads_without_a_change(tmp_path: Path) -> None:
    parser = __import__("argparse").ArgumentParser()
    city.arguments(parser)
    folder = tmp_path / "again"
    assert city.run(parser.parse_args(["dump", str(folder)])) == 0
    assert city.run(parser.parse_args(["dump", str(folder)])) == 1
    sample = settings.CITIES_DIR / "sample"
    written = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}
    assert written == {str(path.relative_to(sample)): path.read_bytes() for path in sample.rglob("*.*")}
    assert city.load(city.read(str(folder)), by=BY, now=NOW) == []


@pytest.mark.usefixtures("loaded")
def test_a_second_load_changes_nothing_and_writes_nothing() -> None:
    before, events = City.objects.get().version, Event.objects.count()
    assert city.load(city.read("sample"), by=BY, now=NOW) == []
    assert (City.objects.get().version, Event.objects.count()) == (before, events)


@pytest.mark.usefixtures("loaded")
def test_a_missing_row_is_closed_and_comes_back_under_its_number(pack: Path, replace: Replace) -> None:
    before = Service.objects.get(code="thanks")
    line = next(
        one for one in (pack / "services.csv").read_text("utf-8").splitlines(True) if one.startswith("thanks")
    )
    replace("services.csv", line, "")
    replace("routing.csv", "90,thanks,,,,inspection\n", "")
    replace("deadlines.csv", "thanks,thanks,,72h,calendar,,conduct\n", "")
    changes = city.load(city.read(str(pack)), by=BY, now=NOW)
    assert {(one.table, one.key, one.change) for one in changes} == {
        ("service", "thanks", Change.CLOSED),
        ("routingrule", "90", Change.CLOSED),
        ("deadlinepolicy", "thanks", Change.CLOSED),
    }
    closed = Service.objects.get(code="thanks")
    assert (closed.pk, closed.active_to, closed.name_fa) == (before.pk, TODAY, before.name_fa)
    assert book().services.find("thanks") is None
    assert book().services[closed.pk].name("fa") == "قدردانی"

    later = NOW + timedelta(days=3)
    again = city.load(city.read("sample"), by=BY, now=later)
    assert [one.change for one in again] == [Change.ADDED] * 3
    back = Service.objects.get(code="thanks")
    assert (back.pk, back.active_to, back.active_from) == (before.pk, None, before.active_from)


@pytest.mark.usefixtures("loaded")
def test_a_changed_word_is_one_difference_and_one_new_version(pack: Path, replace: Replace) -> None:
    book()
    before = City.objects.get().version
    replace("services.csv", "چاله در آسفالت", "گودال در آسفالت")
    (one,) = city.load(city.read(str(pack)), by=BY, now=NOW)
    assert str(one) == "changed service pothole: name_fa: 'چاله در آسفالت' -> 'گودال در آسفالت'"
    assert City.objects.get().version > before
    assert book().services.by_code["pothole"].name_fa == "گودال در آسفالت"
    event = Event.objects.filter(kind="city.pack_loaded").latest("id")
    assert event.body["changed"] == 1


@pytest.mark.usefixtures("loaded")
def test_the_order_of_rows_is_the_order_of_screens(pack: Path) -> None:
    path = pack / "service_groups.csv"
    header, *rows = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text(header + "".join(reversed(rows)), encoding="utf-8")
    changes = city.load(city.read(str(pack)), by=BY, now=NOW)
    assert [(one.table, one.change) for one in changes] == [("servicegroup", Change.REORDERED)]
    assert [one.code for one in book().groups] == ["people", "building", "green", "cleaning", "streets"]


@pytest.mark.usefixtures("empty")
def test_a_broken_pack_loads_nothing(pack: Path, replace: Replace) -> None:
    replace("articles/waste-times.md", "waste-missed", "waste-mised")
    with pytest.raises(Refusal) as refused:
        city.load(city.read(str(pack)), by=BY, now=NOW)
    assert refused.value.code == "pack_broken"
    assert "articles/waste-times.md:4" in str(refused.value.values["first"])
    assert not is_loaded()
    assert Event.objects.count() == 0


@pytest.mark.usefixtures("empty")
def test_one_fault_anywhere_loads_nothing_and_its_mending_all(pack: Path) -> None:
    for file, old, new, what, _ in BROKEN[:: len(BROKEN) // 25]:
        path = pack / file
        good = path.read_text("utf-8")
        path.write_text(good.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(Refusal) as refused:
            city.load(city.read(str(pack)), by=BY, now=NOW)
        assert (refused.value.code, is_loaded()) == ("pack_broken", False), what
        path.write_text(good, encoding="utf-8")
    city.load(city.read(str(pack)), by=BY, now=NOW)
    assert is_loaded()


@pytest.mark.usefixtures("loaded")
def test_another_city_is_not_loaded_by_mistake() -> None:
    with pytest.raises(Refusal) as refused:
        city.load(city.read("sample_seconds"), by=BY, now=NOW)
    assert refused.value.code == "pack_of_another_city"
    assert City.objects.get().code == "sample"
    hour = timedelta(hours=1)
    declare_closure(title="سرما", from_at=NOW - hour, to_at=NOW + hour, by=BY, now=NOW)
    city.load(city.read("sample_seconds"), by=BY, now=NOW, replace=True)
    assert book().city.triage_within == timedelta(seconds=60)
    assert [one.to_at for one in book().closures.values()] == [NOW]


@pytest.mark.usefixtures("empty")
def test_load_if_empty_loads_once() -> None:
    assert city.load_if_empty("sample") is True
    assert city.load_if_empty("mashhad") is False
    assert book().city.code == "sample"


@pytest.mark.usefixtures("loaded")
def test_paths_deputies_and_search_keys_are_worked_out() -> None:
    office = Department.objects.get(code="s1-green")
    assert office.path == "/sample/s1/s1-green/"
    assert office.deputy.code == "s1-deputy-urban"
    assert office.parent.code == "s1"
    assert Place.objects.exclude(search_key="").count() == 3
    article = Article.objects.get(code="tree-permit")
    assert article.owner.code == "dep-urban"
    assert [one.code for one in article.services.all()] == ["tree-care"]


@pytest.mark.parametrize("asked", ["گلها", "بوستان گل‌ها", "پارك گل", "گل پارک"])
@pytest.mark.usefixtures("loaded")
def test_a_place_is_found_however_it_is_written(asked: str) -> None:
    (found,) = find_places(asked)
    assert (found.code, found.district, found.neighbourhood) == ("golha-park", "s1", "")


@pytest.mark.usefixtures("loaded")
def test_no_place_is_found_for_nothing() -> None:
    assert find_places("  ") == []
    assert find_places("دریاچه") == []


@pytest.mark.usefixtures("loaded")
def test_places_by_code_and_in_order() -> None:
    found = place_of_code("azadi-square")
    assert found is not None
    assert (found.district, found.neighbourhood, found.lat) == ("s1", "s1-bagh", 36.3)
    assert place_of_code("nowhere") is None
    assert [one.code for one in landmarks()] == ["azadi-square", "golha-park", "pol-street"]
