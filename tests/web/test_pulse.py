"""Figures without names, logs without secrets."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from pol137.web import pulse
from pol137.web.access import access
from pol137.web.pulse import JsonFormatter, Tally, discreet
from pol137.web.request import Request


@access(public=True)
def case(request: Request, code: str) -> HttpResponse:
    return HttpResponse("seen")


urlpatterns = [path("t/<str:code>", case)]


def line(record: logging.LogRecord) -> dict[str, object]:
    found: dict[str, object] = json.loads(JsonFormatter().format(record))
    return found


def record(text: str, *args: object, error: BaseException | None = None) -> logging.LogRecord:
    trace = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("pol137.test", logging.INFO, __file__, 1, text, args, trace)


SECRETS = [
    "09151234567",
    "+98 915 123 45 67",
    "4821936057",
    "۴۸۲۱۹۳۶۰۵۷",
    "علی رضایی",
    "q=light&phone=12",
    "k3yK3yk3yK3yk3yK3yk3yK3yk3y",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_reaches_a_log_line_whichever_way_it_comes(secret: str) -> None:
    for written in (
        record(f"Not Found: /t/{secret}?q={secret}"),
        record("Not Found: %s", f"/t/?{secret}"),
        record("%(what)s", {"what": secret}),
        record("failed", error=ValueError(secret)),
    ):
        assert secret not in json.dumps(line(written), ensure_ascii=False)


def test_plain_names_and_numbers_stay_readable() -> None:
    assert (
        line(record("job %s took %d ms", "cases.tell_staff", 12))["text"] == "job cases.tell_staff took 12 ms"
    )
    assert discreet("GET /desk/inbox 200") == "GET /desk/inbox 200"


def test_an_error_is_told_by_its_kind_and_place() -> None:
    try:
        raise ValueError("نام و نشانی")
    except ValueError as error:
        written = line(record("failed", error=error))
    assert written["error"] == "ValueError"
    assert "test_pulse.py" in str(written["where"])


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_request_is_counted_by_its_door_and_logged_by_its_pattern(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "pol137.request"):
        answer = client.get("/t/4821936057?phone=4567")
    assert re.fullmatch("[0-9a-f]{16}", answer["X-Request-ID"])
    said = [json.loads(JsonFormatter().format(one)) for one in caplog.records if one.name == "pol137.request"]
    assert said[0]["route"] == "t/<str:code>" and said[0]["status"] == 200
    assert "4821936057" not in str(said) and "4567" not in str(said)
    text = pulse.exposition()
    assert re.search(r'pol137_requests_total\{door="other",method="GET",status="200"\} \d', text)
    assert 'le="+Inf"' in text and "# TYPE pol137_request_seconds histogram" in text


COUNT = """
import sys
from pathlib import Path
from pol137.web.pulse import Tally
tally = Tally(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    tally.add("probe")
"""


def test_on_a_full_disk_counting_goes_on_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", no_room)
    tally = Tally(tmp_path / "own.sums")
    tally.add("probe")
    assert tally.read() == {"probe": 1} and not (tmp_path / "own.sums").exists()


def test_workers_counts_are_summed_and_outlive_them(
    tmp_path: Path, settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TESTING = False
    monkeypatch.setattr(pulse, "_folder", lambda: tmp_path)
    monkeypatch.setattr(pulse, "_tally", Tally(tmp_path / "own.sums"))
    monkeypatch.setattr(pulse, "_tally_pid", os.getpid())
    for times in ("3", "4"):
        subprocess.run([sys.executable, "-c", COUNT, str(tmp_path / f"{times}.sums"), times], check=True)
    pulse.tally().add("probe")
    assert pulse.sums()["probe"] == 8


def test_a_full_tally_counts_what_it_knows_and_nothing_new() -> None:
    tally = Tally()
    for n in range(pulse.SLOTS + 5):
        tally.add(f"name {n}")
    tally.add("name 1")
    assert len(tally.read()) == pulse.SLOTS and tally.read()["name 1"] == 2
