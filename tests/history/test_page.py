"""What docs/rules/history.md shows is run as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation

from pol137.cases.models import Case
from pol137.city.queries.book import forget
from pol137.commands.city import load_if_empty
from tests.city.conftest import empty
from tests.factories import SATURDAY
from tests.history.test_command import pol137_import

__all__ = ["empty"]

PAGE = settings.BASE_DIR / "docs/rules/history.md"


@pytest.mark.usefixtures("empty")
def test_the_page_runs_as_it_stands_against_mashhad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chapter = PAGE.read_text("utf-8").split("## From file to desk\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```(\w+) ?(\S*)\n((?:.*\n)*?)```$", chapter, re.MULTILINE)
    assert [kind for kind, _, _ in blocks] == ["csv", "toml", "sh", "text"]
    for _, name, text in blocks[:2]:
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr("django.utils.timezone.now", lambda: SATURDAY)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE city_channel CASCADE")
    assert load_if_empty("mashhad")
    forget()
    monkeypatch.chdir(tmp_path)
    words = shlex.split(blocks[2][2])
    assert words[:3] == [".venv/bin/pol137", "import", "cases"]
    capsys.readouterr()
    with translation.override("fa"):
        assert pol137_import(*words[3:]) == 0
    assert capsys.readouterr().out == blocks[3][2]
    found = {case.external_ref: case for case in Case.objects.select_related("service", "district")}
    assert {
        ref: (one.service.code, one.district and one.district.code, one.outcome) for ref, one in found.items()
    } == {
        "4/1001": ("asphalt", "m8", "solved"),
        "4/1002": ("asphalt", "m8", "solved"),
        "4/1003": ("tree-pruning", "samen", ""),
    }
