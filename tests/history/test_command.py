"""`pol137 import cases`: what an operator sees, and the exit status."""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

import pytest
from django.utils import translation

from pol137.cases.models import Case
from pol137.commands import import_cases
from pol137.lib.refusal import Refusal
from tests.history.conftest import MAP, Town, row

pytestmark = pytest.mark.django_db


def pol137_import(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    import_cases.arguments(parser)
    return import_cases.run(parser.parse_args(["cases", *map(str, words)]))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "map.toml"
    path.write_text(MAP, encoding="utf-8")
    return path


def test_what_came_of_it_is_said_and_lies_beside_the_file(
    town: Town, plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = town.write([row(), row(شماره="۲"), row(شماره="۳", موضوع="نامعلوم")])
    with translation.override("en"):
        assert pol137_import(path, "--map", plan) == 0
    said = capsys.readouterr().out
    assert "came in: 2" in said and "a value the map does not know" in said
    assert Path(f"{path}.rejects.csv").stat().st_mode & 0o077 == 0
    near = Path(f"{path}.near.csv")
    assert near.stat().st_mode & 0o077 == 0
    assert [line.split(",")[0] for line in near.read_text(encoding="utf-8-sig").splitlines()] == [
        "group",
        "1",
        "1",
    ]


def test_the_list_of_near_duplicates_names_subject_and_day_as_the_city_has_them(
    town: Town, plan: Path
) -> None:
    path = town.write([row(**{"تاریخ ثبت": "۱۴۰۴/۰۷/۱۲"}), row(شماره="۲")])
    assert pol137_import(path, "--map", plan) == 0
    with Path(f"{path}.near.csv").open(encoding="utf-8-sig", newline="") as file:
        found = [(one["service_name"], one["registered_at"]) for one in csv.DictReader(file)]
    assert found == [
        ("خاموشی چراغ معبر", "2025-10-04"),
        ("خاموشی چراغ معبر", "2025-10-04T08:30:00+03:30"),
    ]


def test_the_report_for_programs(town: Town, plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = town.write([row(), row(شماره="۳", موضوع="نامعلوم")])
    assert pol137_import(path, "--map", plan, "--dry-run", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["came_in"], report["reasons"], report["dry_run"]) == (1, {"row_value_unknown": 1}, True)
    assert report["files"] == {"rejects": None, "near": None}
    assert not Case.objects.exists() and [one.name for one in town.folder.glob("*.csv")] == ["past.csv"]


def test_a_dry_run_shows_refused_rows_where_one_asks_for_them(town: Town, plan: Path) -> None:
    path = town.write([row(موضوع="نامعلوم")])
    assert pol137_import(path, "--map", plan, "--dry-run", "--rejects", town.rejects) == 0
    assert [one["pol137_reason"] for one in town.refused()] == ["row_value_unknown"]


def test_a_map_with_faults_takes_nothing_in_and_names_file_and_line(
    town: Town, plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan.write_text(MAP.replace('"pothole"', '"hole"'), encoding="utf-8")
    line = MAP.splitlines().index('"لكه گيري آسفالت" = "pothole"') + 1
    with pytest.raises(Refusal) as refused, translation.override("fa"):
        pol137_import(town.write([row()]), "--map", plan)
    assert refused.value.code == "map_broken"
    said = capsys.readouterr().err
    assert f"map.toml:{line}: " in said and "«hole»" in said and "pothole" in said
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "file_empty"), ("a,b,a\n1,2,3\n", "file_column_twice"), ("a,b\n1,2\n", "map_needed")],
)
def test_what_is_no_export_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        pol137_import(path)
    assert refused.value.code == code
    with pytest.raises(Refusal) as refused:
        pol137_import(tmp_path / "none.csv")
    assert refused.value.code == "file_missing"
