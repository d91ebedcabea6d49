"""Photos and papers that come in: checked by content, kept whole, shown without what they betray."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import warnings
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from pol137.cases.adapters.files import path_of
from pol137.cases.rules.drafts import Picture
from pol137.lib import geo
from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal

MEGABYTE = 1024 * 1024
LARGEST_FILE = 10 * MEGABYTE
MOST_FILES = 5
LARGEST_PIXELS = 60_000_000
PUBLIC_SIDE = 1600
THUMB_SIDE = 320
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
CAMERA_YEARS = (1980, 2199)
"""Years a camera's clock may show: at the ends of the calendar another zone's time is no date at all."""


def store_photos(
    uploads: Iterable[UploadedFile], *, zone: ZoneInfo, field: str = "photos"
) -> tuple[Picture, ...]:
    """Check and keep photos before any row names them: the original as evidence and a clean copy to show.

    Refuses (Refusal) more than five, one above ten megabytes, and whatever is not a readable photo.
    """
    files = list(uploads)
    if len(files) > MOST_FILES:
        raise Refusal("photos_too_many", field=field, most=MOST_FILES)
    return tuple(_store_photo(upload, zone, field) for upload in files)


def check_photos(uploads: Iterable[UploadedFile], *, field: str = "photos") -> None:
    """Look photos over without keeping any. Refuses (Refusal, with every fault) what `store_photos` would."""
    files = list(uploads)
    if len(files) > MOST_FILES:
        raise Refusal("photos_too_many", field=field, most=MOST_FILES)
    faults = []
    for upload in files:
        try:
            if read_photo(_content(upload, field)) is None:
                faults.append(Refusal("photo_unreadable", field=field))
        except Refusal as refusal:
            faults.append(refusal)
    if faults:
        raise Refusal.of(faults)


def _store_photo(upload: UploadedFile, zone: ZoneInfo, field: str) -> Picture:
    content = _content(upload, field)
    photo = read_photo(content)
    if photo is None:
        raise Refusal("photo_unreadable", field=field)
    return Picture(
        sha256=keep(content),
        public_sha256=keep(clean_copy(photo, PUBLIC_SIDE)),
        name=_name(upload),
        content_type=FORMATS[str(photo.format)],
        size=len(content),
        taken_at=_taken_at(photo, zone),
        look=look_of(photo),
        **_taken_where(photo),
    )


def _content(upload: UploadedFile, field: str) -> bytes:
    if upload.size is None or upload.size > LARGEST_FILE:
        raise Refusal("file_too_large", field=field, megabytes=LARGEST_FILE // MEGABYTE)
    upload.seek(0)
    content: bytes = upload.read(LARGEST_FILE + 1)
    if not content:
        raise Refusal("file_empty", field=field)
    return content


def _name(upload: UploadedFile) -> str:
    """The sender's name for the file, without folders and controls, for people to read only."""
    return clean_text(Path(upload.name or "").name).replace("\n", " ")[:120] or "file"


def read_photo(content: bytes) -> Image.Image | None:
    """The picture, fully decoded; None when it is no photo we take, is broken or unreasonably large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=list(FORMATS))
            if picture.width * picture.height > LARGEST_PIXELS:
                return None
            picture.load()
    except (
        UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError,
        Image.DecompressionBombError, Image.DecompressionBombWarning,
    ):  # fmt: skip
        return None
    return picture


def _taken_at(picture: Image.Image, zone: ZoneInfo) -> datetime | None:
    """When the camera says the photo was taken, on the city's clocks."""
    try:
        exif = picture.getexif()
        text = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal) or exif.get(
            ExifTags.Base.DateTime
        )
        if not text:
            return None
        taken = datetime.strptime(str(text), "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
        return taken if CAMERA_YEARS[0] <= taken.year <= CAMERA_YEARS[1] else None
    except (ValueError, OSError, SyntaxError, TypeError, KeyError):
        return None


def _taken_where(picture: Image.Image) -> dict[str, float]:
    """Where the camera says the photo was taken, as `lat` and `lon`; empty when it does not say so."""
    try:
        gps = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef) == "S")
        lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef) == "W")
        point = geo.validate_point(lat, lon)
    except (ValueError, OSError, SyntaxError, TypeError, KeyError, ArithmeticError):
        return {}
    return {"lat": point.lat, "lon": point.lon} if any((point.lat, point.lon)) else {}


def _degrees(parts: tuple[float, float, float], negative: bool) -> float:
    degrees, minutes, seconds = (float(one) for one in parts)
    return (degrees + minutes / 60 + seconds / 3600) * (-1 if negative else 1)


LOOK_SIDE = 8
FLAT = 12
"""Brightness that differs by no more than this all over shows nothing to know a picture again by."""


def look_of(photo: Image.Image) -> str:
    """How a photo looks, in 16 hexadecimal digits: whether each spot is brighter than the one beside it.

    Saved again or made smaller it looks the same. Empty for a plain surface.
    """
    small = ImageOps.exif_transpose(photo).convert("L")
    small = small.resize((LOOK_SIDE + 1, LOOK_SIDE), Image.Resampling.LANCZOS)
    spots, wide = small.tobytes(), LOOK_SIDE + 1
    if max(spots) - min(spots) <= FLAT:
        return ""
    rows = (spots[start : start + wide] for start in range(0, len(spots), wide))
    marks = "".join(str(int(a > b)) for row in rows for a, b in pairwise(row))
    return f"{int(marks, 2):0{LOOK_SIDE * LOOK_SIDE // 4}x}"


# --- the store ------------------------------------------------------------------------------------


def keep(content: bytes) -> str:
    """Write the content under its digest, wholly and durably, once; returns the digest. One that lies there
    already counts as brought now."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(sha256)
    if path.is_file() and path.stat().st_size == len(content):
        path.touch()
        return sha256
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(path, content)
    return sha256


def _write(path: Path, content: bytes) -> None:
    """Write beside, make durable, then put in place: a file is whole or not there."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def clean_copy(photo: Image.Image, side: int) -> bytes:
    """The photo turned upright, no longer than `side`, as a new JPEG without any metadata."""
    upright = ImageOps.exif_transpose(photo)
    upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    flat = Image.new("RGB", upright.size, "white")
    colours = upright.convert("RGBA")
    flat.paste(colours, mask=colours.getchannel("A"))
    written = io.BytesIO()
    flat.save(written, "JPEG", quality=82, optimize=True, progressive=True)
    return written.getvalue()


def thumb(sha256: str) -> Path:
    """A small clean copy of a kept photo, made on the first look.

    Refuses (FileNotFoundError) an unknown file and one that is no photo.
    """
    original = path_of(sha256)
    small = original.with_name(f"{sha256}-{THUMB_SIDE}.jpg")
    if not small.is_file():
        photo = read_photo(original.read_bytes())
        if photo is None:
            raise FileNotFoundError(sha256)
        _write(small, clean_copy(photo, THUMB_SIDE))
    return small


def send_photo(public_sha256: str, *, small: bool = False, published: bool = False) -> FileResponse:
    """The clean copy, or its thumbnail, to be shown; the view has checked who asks. Only a published one
    may stay in the browser, for an hour."""
    response = _sent(thumb(public_sha256) if small else path_of(public_sha256), "image/jpeg")
    if published:
        response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def send_original(sha256: str, *, content_type: str, name: str) -> FileResponse:
    """The original, as evidence: to be saved, never shown by the browser; the view has checked who asks."""
    return _sent(path_of(sha256), content_type, name)


def _sent(path: Path, content_type: str, save_as: str = "") -> FileResponse:
    response = FileResponse(
        path.open("rb"), content_type=content_type, as_attachment=bool(save_as), filename=save_as
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response
