"""Merging the catalogues: one file a room becomes one django.mo, and contradictions are refused."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from pol137.commands import catalogues

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "fa" / "LC_MESSAGES"
    made.mkdir(parents=True)
    return made


def write(folder: Path, name: str, *pairs: tuple[str, str], before: str = "") -> None:
    rows = "".join(f'{before}msgid "{text}"\nmsgstr "{said}"\n\n' for text, said in pairs)
    (folder / name).write_text(HEADER + rows, encoding="utf-8")


def read(folder: Path) -> gettext.GNUTranslations:
    with (folder / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_files_of_all_rooms_become_one(folder: Path) -> None:
    write(folder, "desk.po", ("Inbox", "صندوق"), ("Save", "ثبت"))
    write(folder, "portal.po", ("Report", "ثبت پیام"), ("Save", "ثبت"))
    assert catalogues.compile_folder(folder) == []
    texts = read(folder)
    assert [texts.gettext(text) for text in ("Inbox", "Report", "Save")] == ["صندوق", "ثبت پیام", "ثبت"]


def test_two_translations_of_one_text_are_refused_and_nothing_is_written(folder: Path) -> None:
    write(folder, "desk.po", ("Save", "ثبت"))
    write(folder, "portal.po", ("Save", "ذخیره"))
    assert catalogues.compile_folder(folder) == ["portal.po:5: 'Save' is translated differently at desk.po:5"]
    assert not (folder / "django.mo").exists()


def test_the_same_text_in_two_contexts_is_no_contradiction(folder: Path) -> None:
    write(folder, "desk.po", ("Open", "باز"))
    write(folder, "portal.po", ("Open", "گشودن"), before='msgctxt "verb"\n')
    assert catalogues.compile_folder(folder) == []
    assert read(folder).pgettext("verb", "Open") == "گشودن"


def test_placeholders_must_agree(folder: Path) -> None:
    write(folder, "desk.po", ("%(n)s cases", "%(m)s درخواست"), before="#, python-format\n")
    assert catalogues.compile_folder(folder) != []


def test_an_unfinished_text_stays_english_and_the_check_tells(folder: Path) -> None:
    write(folder, "desk.po", ("Save", ""), ("Send", "فرستادن"))
    assert catalogues.compile_folder(folder) == []
    assert read(folder).gettext("Save") == "Save"
    assert "desk.po:5: no finished translation of 'Save'" in catalogues.check_folder(folder)


def test_texts_of_code_and_pages_are_found() -> None:
    used = {(text, place.rpartition(":")[0]) for text, _, place in catalogues.used_texts()}
    assert (
        "The journal was tampered with: %d of its checkpoints do not verify.",
        "pol137/commands/checkup.py",
    ) in used
    assert any(place.endswith(".html") for _, place in used)


def test_a_file_that_is_no_catalogue_is_refused(folder: Path) -> None:
    (folder / "desk.po").write_text("msgid Save\n", encoding="utf-8")
    assert catalogues.compile_folder(folder)[0].startswith("desk.po: ")
