"""The past of a city that never was: a look-alike of what former systems export."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pol137.city.queries import book
from pol137.history.adapters.files import History
from pol137.history.adapters.rejects import RejectFile
from pol137.history.operations import Report, import_history
from pol137.history.queries import NearCase
from pol137.history.rules.mapping import check_map, read_map
from pol137.lib.actor import system
from pol137.lib.refusal import Refusal
from tests.factories import SATURDAY

BY = system("pol137 import")

MAP = """
source = "sigma"
external_id = "شماره"
channel = "phone"

[service]
column = "موضوع"
[service.values]
"روشنایی معابر" = "light-out"
"لكه گيري آسفالت" = "pothole"
"شکایت از کارکنان" = "staff-conduct"
"تقدير" = "thanks"

[times]
opened = "تاریخ ثبت"
answered = "تاریخ پاسخ"
closed = "تاریخ پایان"
formats = ["jalali", "iso"]

[texts]
words = "شرح"
reply = "پاسخ"

[place]
lon = "طول"
lat = "عرض"
address = "نشانی"
district = "منطقه"

[reporter]
name = "نام"
phone = "تلفن"

[status]
column = "وضعیت"
[status.values]
"مختومه" = "closed"
"انجام شد" = "solved"
"در دست اقدام" = "open"
"آزمایشی" = "leave_out"
"""

COLUMNS = (
    "شماره", "موضوع", "تاریخ ثبت", "تاریخ پاسخ", "تاریخ پایان", "شرح", "پاسخ", "طول", "عرض", "نشانی",
    "منطقه", "نام", "تلفن", "وضعیت",
)  # fmt: skip

ROW: Mapping[str, str] = {
    "شماره": "۱۴۰۴-۱",
    "موضوع": "روشنایی معابر",
    "تاریخ ثبت": "۱۴۰۴/۰۷/۱۲ ۰۸:۳۰",
    "تاریخ پاسخ": "۱۴۰۴/۰۷/۱۳",
    "تاریخ پایان": "۱۴۰۴/۰۷/۲۰",
    "شرح": "چراغ کوچه خاموش است",
    "پاسخ": "لامپ تعویض شد",
    "طول": "59.55",
    "عرض": "36.30",
    "نشانی": "خیابان نمونه، کوچه ۴",
    "منطقه": "",
    "نام": "شهروند نمونه",
    "تلفن": "0970 000 0001",
    "وضعیت": "مختومه",
}


def row(**changed: str) -> dict[str, str]:
    """A row of the former system."""
    return {**ROW, **changed}


def many(count: int) -> list[dict[str, str]]:
    """So many rows, each another case at another place."""
    return [
        row(شماره=f"n{n}", طول=f"{59.51 + n % 80 / 1000}", عرض=f"{36.26 + n // 80 / 1000}")
        for n in range(count)
    ]


class Town:
    """Writes files and brings them along."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rejects, self.near = folder / "rejects.csv", folder / "near.csv"
        self.heard: list[tuple[int, Mapping[str, int]]] = []
        self.listed: list[NearCase] = []

    def write(self, rows: list[dict[str, str]], *, name: str = "past.csv", encoding: str = "utf-8") -> Path:
        """A CSV file of these rows."""
        path = self.folder / name
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        return path

    def bring(
        self, *paths: Path, map_text: str = MAP, dry_run: bool = False, now: datetime = SATURDAY, **more: Any
    ) -> Report:
        """Import these files; refused rows go to `rejects`."""
        history = History(paths)
        said = read_map(map_text, open311=False)
        encoding, delimiter = said.get("", "encoding") or "utf-8", said.get("", "delimiter") or ","
        shape = history.shape(encoding=encoding, delimiter=delimiter)
        drawn = read_map(map_text, open311=shape.open311)
        plan = check_map(drawn, city=book(), header=shape.header)
        assert plan is not None, [(fault.line, str(fault.refusal)) for fault in drawn.faults]
        if more:
            plan = replace(plan, **more)
        path = None if dry_run else self.rejects
        with RejectFile(path, shape.header, plan.delimiter, words) as rejects:
            return import_history(
                history,
                plan=plan,
                map_text=map_text,
                names=[one.name for one in paths],
                rejects=rejects,
                list_near=self.listed.extend,
                dry_run=dry_run,
                tell=lambda rows, counts: self.heard.append((rows, dict(counts))),
                by=BY,
                now=now,
            )

    def refused(self) -> list[dict[str, str]]:
        """The rows of the reject file."""
        if not self.rejects.exists():
            return []
        with self.rejects.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


def words(refusal: Refusal, language: str) -> str:
    """The words of a refusal, as the command gives them."""
    from pol137.commands.import_cases import _words

    return _words(refusal, language)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.fixture
def export(tmp_path: Path) -> Callable[[str, object], Path]:
    """Writes what another server would answer."""

    def write(name: str, said: object) -> Path:
        path = tmp_path / name
        path.write_text(said if isinstance(said, str) else json.dumps(said), encoding="utf-8")
        return path

    return write
