"""`pol137 simulate` as it is typed: what it reads, what it refuses, and what it tells."""

from __future__ import annotations

import argparse
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from pol137.city.queries.book import book, local_day
from pol137.commands import simulate
from pol137.contacts.models import Contact
from pol137.simulation.models import Run


def typed(*words: str) -> int:
    parser = argparse.ArgumentParser()
    simulate.arguments(parser)
    return simulate.run(parser.parse_args(words))


@pytest.mark.parametrize("written", ["1405-08-20", "۱۴۰۵/۸/۲۰", "2026-11-11"])
def test_the_last_day_is_read_in_either_calendar(written: str) -> None:
    assert simulate._day(written) == date(2026, 11, 11)


@pytest.mark.parametrize("written", ["1405-13-20", "20", "tomorrow", ""])
def test_what_is_no_day_is_refused_with_an_example(written: str, capsys: Any) -> None:
    with pytest.raises(SystemExit):
        typed("--days", "1", "--until", written)
    assert "1405-08-20" in capsys.readouterr().err


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "give --days"),
        (("--days", "0"), "above zero"),
        (("--days", "3", "--calls-per-day", "-1"), "above zero"),
        (("--days", "3", "--write"), "--write goes with --table"),
        (("--table",), "no whole run here"),
        (("--table", "--write"), "no whole run here"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_writes_nothing(
    words: tuple[str, ...], told: str, capsys: Any
) -> None:
    before = simulate.PAGE.read_text(encoding="utf-8")
    assert typed(*words) == 2
    assert told in capsys.readouterr().out
    assert simulate.PAGE.read_text(encoding="utf-8") == before
    assert not Run.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_second_run_on_a_filled_centre_adds_to_it_and_nobody_calls_after_the_last_day(capsys: Any) -> None:
    last = local_day(timezone.now()) - timedelta(days=2)
    assert typed("--days", "1", "--calls-per-day", "9", "--until", last.isoformat(), "--json") == 0
    first = json.loads(capsys.readouterr().out)
    ends = datetime.combine(last + timedelta(days=1), datetime.min.time(), tzinfo=book().zone)
    at = Contact.objects.filter(external_id__startswith="sim").values_list("at", flat=True)
    assert first["contacts"] == len(at) > 3
    assert ends - timedelta(days=1) <= min(at) <= max(at) <= ends
    assert typed("--days", "1", "--calls-per-day", "9", "--seed", "5") == 0
    assert "history made up" in capsys.readouterr().out
    assert Run.objects.filter(finished_at__isnull=False).count() == 2
    assert Contact.objects.filter(external_id__startswith="sim").count() > first["contacts"]
    assert typed("--table") in (0, 1)
    assert "seeds 5, 137" in capsys.readouterr().out
