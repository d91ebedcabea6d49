"""Photos are known by their content, kept whole, and shown without what they betray."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image

from pol137.lib.refusal import Refusal
from pol137.web import uploads

TEHRAN = ZoneInfo("Asia/Tehran")


@pytest.fixture(autouse=True)
def store(settings: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    settings.FILES_DIR = tmp_path
    yield tmp_path


def photo(kind: str = "JPEG", *, size: tuple[int, int] = (64, 32), turned: bool = False) -> bytes:
    picture = Image.new("RGB", size, "teal")
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Camera of somebody"
    exif[ExifTags.Base.DateTime] = "2026:10:17 09:58:00"
    if turned:
        exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    written = io.BytesIO()
    picture.save(written, kind, exif=exif)
    return written.getvalue()


def sent(content: bytes, name: str = "IMG_1.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def refused(*files: SimpleUploadedFile) -> str:
    with pytest.raises(Refusal) as refusal:
        uploads.store_photos(files, zone=TEHRAN)
    assert refusal.value.field == "photos"
    return refusal.value.code


@pytest.mark.parametrize(
    ("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_the_original_is_kept_byte_for_byte_and_its_kind_is_seen_in_its_content(
    kind: str, content_type: str
) -> None:
    content = photo(kind)
    (kept,) = uploads.store_photos([sent(content)], zone=TEHRAN)
    assert kept.content_type == content_type
    assert uploads.path_of(kept.sha256).read_bytes() == content
    assert uploads.path_of(kept.sha256).parent.name == kept.sha256[:2]


def test_the_copy_to_show_has_no_hidden_data_and_stands_upright() -> None:
    (kept,) = uploads.store_photos([sent(photo(turned=True))], zone=TEHRAN)
    content = uploads.path_of(kept.public_sha256).read_bytes()
    with Image.open(io.BytesIO(content)) as shown:
        assert shown.size == (32, 64)
        assert not dict(shown.getexif())
    assert b"Camera of somebody" not in content


def test_the_camera_s_time_is_the_city_s() -> None:
    (kept,) = uploads.store_photos([sent(photo())], zone=TEHRAN)
    assert kept.taken_at is not None and kept.taken_at.isoformat() == "2026-10-17T09:58:00+03:30"


def test_where_the_camera_was_is_read_and_nonsense_is_not() -> None:
    def taken(*, lat: tuple[float, float, float], ref: str) -> tuple[float | None, float | None]:
        picture, exif = Image.new("RGB", (8, 8)), Image.Exif()
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = ref, lat
        place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (59.0, 36.0, 0.0)
        written = io.BytesIO()
        picture.save(written, "JPEG", exif=exif)
        (kept,) = uploads.store_photos([sent(written.getvalue())], zone=TEHRAN)
        return kept.lat, kept.lon

    assert taken(lat=(36.0, 18.0, 36.0), ref="N") == (pytest.approx(36.31), pytest.approx(59.6))
    assert taken(lat=(36.0, 18.0, 36.0), ref="S") == (pytest.approx(-36.31), pytest.approx(59.6))
    assert taken(lat=(960.0, 0.0, 0.0), ref="N") == (None, None)
    (bare,) = uploads.store_photos([sent(photo())], zone=TEHRAN)
    assert (bare.lat, bare.lon) == (None, None)


def test_what_is_shown_is_no_larger_than_a_screen_and_a_thumbnail_is_small() -> None:
    (kept,) = uploads.store_photos([sent(photo(size=(4000, 500)))], zone=TEHRAN)
    with Image.open(uploads.path_of(kept.public_sha256)) as shown:
        assert max(shown.size) == uploads.PUBLIC_SIDE
    with Image.open(uploads.thumb(kept.public_sha256)) as small:
        assert max(small.size) == uploads.THUMB_SIDE


def test_a_page_dressed_as_a_photo_is_refused() -> None:
    assert refused(sent(b"<html><script>alert(1)</script>")) == "photo_unreadable"
    assert refused(sent(b"GIF89a" + b"\0" * 100)) == "photo_unreadable"


def test_a_broken_photo_is_refused_and_nothing_is_kept(store: Path) -> None:
    assert refused(sent(photo()[:-300])) == "photo_unreadable"
    assert not list(store.rglob("*"))


def test_a_photo_that_would_fill_the_memory_is_refused() -> None:
    header = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    )
    assert refused(sent(header + b"\0" * 64)) == "photo_unreadable"


def test_too_large_too_many_and_empty_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(*[sent(photo())] * 6) == "photos_too_many"
    assert refused(sent(b"")) == "file_empty"
    monkeypatch.setattr(uploads, "LARGEST_FILE", 100)
    assert refused(sent(photo())) == "file_too_large"


def test_the_sender_s_name_for_the_file_cannot_leave_its_folder() -> None:
    (kept,) = uploads.store_photos([sent(photo(), name="..\\../etc/\u202epasswd\n.jpg")], zone=TEHRAN)
    assert "/" not in kept.name and "\n" not in kept.name and "\u202e" not in kept.name


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "g" * 64, "a" * 63])
def test_only_a_digest_names_a_file(digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        uploads.path_of(digest)


def test_the_same_photo_is_kept_once_even_by_many_at_a_time(store: Path) -> None:
    content = photo(size=(300, 300))
    threads = [threading.Thread(target=uploads.keep, args=(content,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() for path in store.rglob("*") if path.is_file()] == [content]


@pytest.mark.django_db
def test_what_is_sent_can_never_act_as_a_page() -> None:
    (kept,) = uploads.store_photos([sent(photo())], zone=TEHRAN)
    shown = uploads.send_photo(kept.public_sha256)
    original = uploads.send_original(kept.sha256, content_type=kept.content_type, name=kept.name)
    assert "sandbox" in shown["Content-Security-Policy"] and shown["Content-Type"] == "image/jpeg"
    assert original["Content-Disposition"].startswith("attachment")
    shown.close()
    original.close()


@pytest.mark.parametrize("shown", ["0001:01:01 00:00:00", "9999:12:31 23:59:59", "0000:00:00 00:00:00", "x"])
def test_a_camera_without_a_clock_gives_no_moment(shown: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.DateTime] = shown
    written = io.BytesIO()
    Image.new("RGB", (8, 8)).save(written, "JPEG", exif=exif)
    (kept,) = uploads.store_photos([sent(written.getvalue())], zone=TEHRAN)
    assert kept.taken_at is None


def test_only_published_photos_may_stay_in_the_browser() -> None:
    (kept,) = uploads.store_photos([sent(photo())], zone=TEHRAN)
    assert uploads.send_photo(kept.public_sha256)["Cache-Control"] == "no-store"
    assert (
        uploads.send_original(kept.sha256, content_type="image/jpeg", name="a")["Cache-Control"] == "no-store"
    )
    assert "max-age" in uploads.send_photo(kept.public_sha256, published=True)["Cache-Control"]
