"""Files nobody names do not stay."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from pol137.cases.adapters.files import path_of
from pol137.cases.models import Attachment
from pol137.cases.operations import sweep_files
from pol137.web.uploads import keep
from tests.factories import SATURDAY, reported_case

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def own_files(settings: LazySettings, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path


def brought(content: bytes, at: datetime) -> str:
    sha256 = keep(content)
    os.utime(path_of(sha256), (at.timestamp(), at.timestamp()))
    return sha256


def name(sha256: str, public: str) -> None:
    Attachment.objects.create(
        case=reported_case(SATURDAY), side="citizen", sha256=sha256, public_sha256=public, added_at=SATURDAY,
        name="a.jpg", content_type="image/jpeg", size=1,
    )  # fmt: skip


def test_a_file_nobody_names_goes_after_a_day_with_its_small_copy() -> None:
    left, named, shown = (brought(one, SATURDAY) for one in (b"left", b"named", b"shown"))
    small = path_of(left).with_name(f"{left}-320.jpg")
    small.write_bytes(b"small")
    os.utime(small, (SATURDAY.timestamp(), SATURDAY.timestamp()))
    name(named, shown)
    assert sweep_files(now=SATURDAY + DAY) == 0, "not within the day"
    assert sweep_files(now=SATURDAY + DAY + timedelta(minutes=1)) == 2
    assert not path_of(left).exists() and not small.exists()
    assert path_of(named).exists() and path_of(shown).exists()


def test_what_is_brought_again_meanwhile_stays() -> None:
    sha256 = brought(b"again", SATURDAY)
    again = datetime.now(tz=SATURDAY.tzinfo)
    assert keep(b"again") == sha256
    assert sweep_files(now=again + DAY - timedelta(minutes=1)) == 0 and path_of(sha256).exists()


def test_a_write_cut_off_leaves_nothing_for_good() -> None:
    sha256 = brought(b"whole", SATURDAY)
    torn = path_of(sha256).with_name(".new-torn")
    torn.write_bytes(b"half")
    os.utime(torn, (SATURDAY.timestamp(), SATURDAY.timestamp()))
    name(sha256, "")
    assert sweep_files(now=SATURDAY + 2 * DAY) == 1
    assert not torn.exists() and path_of(sha256).exists()
