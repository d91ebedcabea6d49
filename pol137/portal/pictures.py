"""Photos of a form that is not finished yet: stored already, carried along by a signed reference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.utils.dateparse import parse_datetime

from pol137.cases.rules.drafts import Picture
from pol137.city.queries import book
from pol137.lib.refusal import Refusal
from pol137.web.uploads import store_photos

SALT, LOOK_SALT = "pol137.portal.kept", "pol137.portal.look"
KEPT_FOR = timedelta(days=1)
MOST = 4


def gather(
    uploads: Iterable[UploadedFile], *, kept: Sequence[Picture], dropped: Iterable[str]
) -> tuple[Picture, ...]:
    """The photos kept from before without those dropped, and the new ones, checked and stored.

    Refuses (Refusal) more than four in all and whatever is no photo.
    """
    gone, new = set(dropped), list(uploads)
    before = [one for one in kept if one.sha256 not in gone]
    if len(before) + len(new) > MOST:
        raise Refusal("photos_too_many", field="photos", most=MOST)
    stored = store_photos(new, zone=book().zone)
    known = {one.sha256 for one in before}
    return (*before, *(one for one in stored if one.sha256 not in known))


def seal(pictures: Sequence[Picture]) -> str:
    """A reference only we can have written; empty for no photos."""
    rows = [{**asdict(one), "taken_at": _text(one.taken_at)} for one in pictures]
    return signing.dumps(rows, salt=SALT, compress=True) if rows else ""


def unseal(reference: str) -> tuple[Picture, ...]:
    """The photos of a reference; none for one that is not ours or too old."""
    if not reference:
        return ()
    try:
        rows: list[dict[str, Any]] = signing.loads(reference, salt=SALT, max_age=KEPT_FOR)
    except signing.BadSignature:
        return ()
    return tuple(Picture(**{**row, "taken_at": parse_datetime(row["taken_at"] or "")}) for row in rows)


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def look_token(picture: Picture) -> str:
    """The address by which the sender sees a photo of his unfinished form."""
    return signing.dumps(picture.public_sha256, salt=LOOK_SALT)


def read_look_token(token: str) -> str | None:
    """The photo's digest; None for a token that is not ours or too old."""
    try:
        return str(signing.loads(token, salt=LOOK_SALT, max_age=KEPT_FOR))
    except signing.BadSignature:
        return None
