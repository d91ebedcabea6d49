"""Photos and papers that come in: checked by content, kept whole, shown without what they betray."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from pol137.lib.persian import clean_text
from pol137.lib.refusal import Refusal

MEGABYTE = 1024 * 1024
LARGEST_FILE = 10 * MEGABYTE
MOST_FILES = 5
LARGEST_PIXELS = 60_000_000
PUBLIC_SIDE = 1600
THUMB_SIDE = 320
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
SHA256_LETTERS = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that lies in the store, and what is known of it. `taken_at` is what the camera says."""

    sha256: str
    name: str
    content_type: str
    size: int
    kind: str
    taken_at: datetime | None = None


def store_photos(
    uploads: Iterable[UploadedFile], *, zone: ZoneInfo, field: str = "photos"
) -> list[StoredFile]:
    """Check and keep the originals, before any row names them; the caller attaches them in one transaction.

    Refuses (Refusal) more than five, one above ten megabytes, and whatever is not a readable photo.
    """
    files = list(uploads)
    if len(files) > MOST_FILES:
        raise Refusal("photos_too_many", field=field, most=MOST_FILES)
    return [_store_photo(upload, zone, field) for upload in files]


def store_document(upload: UploadedFile, *, field: str = "document") -> StoredFile:
    """Check and keep a PDF paper. Refuses (Refusal) one above ten megabytes and anything else."""
    content = _content(upload, field)
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-2048:]:
        raise Refusal("document_unreadable", field=field)
    return StoredFile(keep(content), _name(upload), "application/pdf", len(content), "document")


def _store_photo(upload: UploadedFile, zone: ZoneInfo, field: str) -> StoredFile:
    content = _content(upload, field)
    picture = read_photo(content)
    if picture is None:
        raise Refusal("photo_unreadable", field=field)
    return StoredFile(
        sha256=keep(content),
        name=_name(upload),
        content_type=FORMATS[str(picture.format)],
        size=len(content),
        kind="photo",
        taken_at=_taken_at(picture, zone),
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
        return datetime.strptime(str(text), "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone) if text else None
    except (ValueError, OSError, SyntaxError, TypeError, KeyError):
        return None


# --- the store ------------------------------------------------------------------------------------


def path_of(sha256: str) -> Path:
    """Where a file of this digest lies. Refuses (ValueError) what is no digest."""
    if len(sha256) != 64 or not set(sha256) <= SHA256_LETTERS:
        raise ValueError("not a SHA-256 digest")
    return Path(settings.FILES_DIR) / sha256[:2] / sha256


def keep(content: bytes) -> str:
    """Write the content under its digest, wholly and durably, once; returns the digest."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(sha256)
    if path.is_file() and path.stat().st_size == len(content):
        return sha256
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
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
    return sha256


def public_photo(sha256: str, *, side: int = PUBLIC_SIDE) -> Path:
    """The copy outsiders may see: turned upright, made smaller, encoded anew without any metadata.

    It is made on the first look and kept beside the original. Refuses (FileNotFoundError) an unknown file
    and one that is no photo.
    """
    original = path_of(sha256)
    copy = original.with_name(f"{sha256}-{side}.jpg")
    if copy.is_file():
        return copy
    picture = read_photo(original.read_bytes())
    if picture is None:
        raise FileNotFoundError(sha256)
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    flat = Image.new("RGB", upright.size, "white")
    colours = upright.convert("RGBA")
    flat.paste(colours, mask=colours.getchannel("A"))
    handle, temporary = tempfile.mkstemp(dir=copy.parent, prefix=".new-")
    with os.fdopen(handle, "wb") as file:
        flat.save(file, "JPEG", quality=82, optimize=True, progressive=True)
    Path(temporary).replace(copy)
    return copy


def send_photo(sha256: str, *, side: int = PUBLIC_SIDE) -> FileResponse:
    """The public copy as a response that nobody can mistake for a page; the view has checked who asks."""
    return _sent(public_photo(sha256, side=side), "image/jpeg", "inline")


def send_original(file: StoredFile) -> FileResponse:
    """The original, as evidence, to be saved and not shown by the browser."""
    return _sent(path_of(file.sha256), file.content_type, "attachment", file.name)


def _sent(path: Path, content_type: str, disposition: str, name: str = "") -> FileResponse:
    response = FileResponse(
        path.open("rb"), content_type=content_type, as_attachment=disposition == "attachment", filename=name
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
