"""A visitor of the citizens' pages."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from pol137.web.forms import new_nonce
from tests.factories import Clock


@pytest.fixture(autouse=True)
def _counts_start_fresh() -> None:
    cache.clear()


@pytest.fixture
def clock() -> Clock:
    """The pages live in the present."""
    return Clock(timezone.now())


@pytest.fixture
def visitor() -> Client:
    return Client()


@pytest.fixture
def filled() -> Callable[..., dict[str, Any]]:
    """What a visitor fills in to report a street light."""

    def fill(**changed: Any) -> dict[str, Any]:
        said = {
            "nonce": new_nonce(),
            "words": "چراغ کوچه سه شب است روشن نمی‌شود.",
            "district": "s1",
            "address": "خیابان نمونه، کوچه ۴",
            "phone": "۰۹۱۵ ۱۲۳ ۴۵۶۷",
            "wish": "sms",
            "kind": "request",
        }
        return said | changed

    return fill


def photo(colour: str = "teal", name: str = "lamp.jpg") -> SimpleUploadedFile:
    """A photo as a phone sends it."""
    written = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(written, "JPEG")
    return SimpleUploadedFile(name, written.getvalue(), "image/jpeg")


def shown(response: Any) -> str:
    """The page's text, without tags."""
    page = response.content.decode()
    main = page.partition("<main")[2].partition("</main>")[0] or page
    return re.sub(r"[ \n\t]+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))
