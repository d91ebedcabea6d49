"""Every column that holds words or people is kept for a time of the city's, or stays for a reason."""

from __future__ import annotations

import re

from django.apps import apps
from django.conf import settings
from django.db import models

from pol137.city.vocabulary import Retained

PAGE = settings.CITIES_DIR.parent / "docs" / "rules" / "retention.md"
LEADS_TO_SOMEBODY = ("phone", "name", "value", "address", "email", "sender")
SHORT = 40


def holds_words(field: models.Field) -> bool:
    """Room for free words, or a column named after what leads to a person."""
    if isinstance(field, models.TextField | models.JSONField | models.GenericIPAddressField):
        return not getattr(field, "generated", False)
    if not isinstance(field, models.CharField) or field.choices:
        return False
    return (field.max_length or 0) > SHORT or any(word in field.name for word in LEADS_TO_SOMEBODY)


def columns() -> set[str]:
    """Those of every room but the city's own pack, which names offices and places."""
    return {
        f"{model._meta.label_lower}.{field.name}"
        for app in apps.get_app_configs()
        if app.name.startswith("pol137.") and app.label != "city"
        for model in app.get_models()
        for field in model._meta.concrete_fields
        if holds_words(field)
    }


def table() -> dict[str, str]:
    """Column to its row's first cell."""
    chapter = PAGE.read_text("utf-8").split("## Every column that holds words or people")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", chapter, re.MULTILINE)
    named = [(column, kept) for kept, cell in rows for column in re.findall(r"`([a-z_0-9.]+)`", cell)]
    assert len(named) == len(dict(named)), "a column stands in two rows"
    return dict(named)


def test_every_column_of_words_or_people_has_a_time_or_a_reason() -> None:
    assert columns() - table().keys() == set(), f"give each of them a row in {PAGE.name}"
    assert table().keys() - columns() == set(), "these are no columns any more"


def test_a_row_names_a_time_of_the_packs_or_says_why_it_stays() -> None:
    kept = {name.strip("`") for name in table().values() if not name.startswith("stays: ")}
    assert kept == {str(one) for one in Retained}
