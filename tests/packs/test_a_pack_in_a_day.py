"""A third city, made by following `cities/README.md` and nothing else."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from pol137.city.queries import book, district_of_point, find_places, forget
from pol137.commands import city
from pol137.contacts.queries import find_articles
from pol137.packs.operations import load_pack
from tests.factories import reported_case
from tests.packs.conftest import BY, NOW
from tests.packs.test_command import pol137_city

TOWN = "sabzdasht"


def blocks() -> Iterator[tuple[str, str]]:
    """The code blocks of the page's chapter: what stands after the language, and the text."""
    page = (settings.CITIES_DIR / "README.md").read_text("utf-8")
    chapter = page.split("## A pack in a day\n")[1].split("\n## ")[0]
    for found in re.finditer(r"^```(\w+) ?(.*)\n((?:.*\n)*?)```$", chapter, re.MULTILINE):
        yield found[1] if found[1] == "sh" else found[2], found[3]


def follow(folder: Path) -> None:
    """Do what the page says, in its order; every command of it must succeed."""
    pack = folder / TOWN
    for name, text in blocks():
        if name == "sh":
            for line in text.splitlines():
                run(line, folder)
        elif name.endswith(" (add)"):
            path = pack / name.removesuffix(" (add)")
            path.write_text(
                path.read_text("utf-8") + ("\n" if ".toml" in name else "") + text, encoding="utf-8"
            )
        else:
            path = (folder if name == "borders.csv" else pack) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")


def run(line: str, folder: Path) -> None:
    """A line of the page, with the town's folder where the test has it; `make up` loads the pack."""
    if line == f"POL137_CITY={TOWN} make up":
        assert city.load_if_empty(str(folder / TOWN))
        return
    words = shlex.split(line)
    assert words[:2] == [".venv/bin/pol137", "city"], line
    places = {TOWN: folder / TOWN, f"cities/{TOWN}": folder / TOWN, "borders.csv": folder / "borders.csv"}
    assert pol137_city(*(str(places.get(word, word)) for word in words[2:])) == 0, line


@pytest.fixture
def town(empty: None, tmp_path: Path) -> Path:
    """The town as the page makes it, loaded."""
    follow(tmp_path)
    forget()
    return tmp_path / TOWN


def test_the_page_makes_a_town_that_loads_and_routes(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = book()
    assert (here.city.code, here.city.name_fa, here.city.triage_within.total_seconds()) == (
        TOWN,
        "سبزدشت",
        4 * 3600,
    )
    assert [one.code for one in here.districts] == ["d1", "d2"]
    assert here.services.find("escalator") is None
    assert len(list(here.services)) > 100
    assert here.city.outlines_are_synthetic is False
    lying = [district_of_point(36.2, lon) for lon in (58.78, 58.84)]
    assert [one.code for one in lying if one] == ["d1", "d2"]
    assert find_articles("ساعت کار بوستان‌ها", limit=3)[0].code == "parks-hours"
    assert pol137_city("check", str(town)) == 0
    assert "0 errors" in capsys.readouterr().out


def test_its_cases_find_their_units(town: Path) -> None:
    def unit(service: str, **place: str) -> str | None:
        case = reported_case(NOW, service=service, **{"district": "", "address": "", **place})
        return case.department.code if case.department else None

    assert unit("sweeping", district="d1") == "d1-services"
    assert unit("park-cleaning", district="d1") == "d1-services"
    assert unit("park-cleaning", district="d2") == "parks"
    assert unit("staff-conduct") == "inspection"
    assert unit("portal-fault") == "central"
    assert unit("other", district="d1") is None


def test_its_alleys_and_borders_are_found(town: Path) -> None:
    assert [find_places(text)[0].district for text in ("باغ ۷", "باغ ۲۵", "ساحلی")] == ["d1", "d2", "d1"]
    (border,) = find_places("بلوار رود")
    assert border.shared_with == ("d2",)
    assert find_places("باغ ۷")[0].sub_district == "d1-a"


@pytest.mark.usefixtures("empty")
def test_the_skeleton_alone_checks_and_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--name-fa", "شهرک", "--name-en", "Town", "--districts", "12")
    folder = tmp_path / "town"
    assert pol137_city("new", str(folder), *words) == 0
    assert pol137_city("check", str(folder)) == 0
    assert "town: can be loaded; 0 errors" in capsys.readouterr().out
    load_pack(pack=city.read(str(folder)).pack, by=BY, now=NOW)
    forget()
    waiting = {
        one.code
        for one in book().services
        if not all(book().rules_for(one.id, district.id, day=NOW.date()) for district in book().districts)
    }
    assert waiting == {"other"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new", "{tmp}", "--name-fa", "ش", "--name-en", "T"), "is there already"),
        (("new", "{tmp}/a b", "--name-fa", "ش", "--name-en", "T"), "is no code"),
        (("new", "{tmp}/t", "--name-fa", "ش", "--name-en", "T", "--districts", "0"), "use 1 to 99"),
        (("new", "{tmp}/t", "--name-fa", "ش", "--name-en", "T", "--based-on", "sample"), "cannot be a base"),
    ],
)
def test_what_cannot_be_begun_is_told_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert pol137_city(*(word.replace("{tmp}", str(tmp_path)) for word in words)) == 1
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
