"""One database server for the whole run, and a data folder of its own: `var/` is never touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from pol137.machine import postgres, temporary

_open = pytest.StashKey[contextlib.ExitStack]()
_versions: list[int] = []


def pytest_configure(config: pytest.Config) -> None:
    """Give the run its server: DATABASE_URL's if set, else a private one that ends with the run.

    Workers of xdist inherit the server and the data folder from the controller's environment.
    """
    stack = contextlib.ExitStack()
    config.stash[_open] = stack
    if "PYTEST_XDIST_WORKER" not in os.environ:
        data = Path(tempfile.mkdtemp(prefix="pol137-data-"))
        stack.callback(shutil.rmtree, data, ignore_errors=True)
        os.environ["POL137_DATA"] = str(data)
        if not os.environ.get("DATABASE_URL") and not config.option.collectonly:
            server = stack.enter_context(temporary.temporary_cluster())
            os.environ["DATABASE_URL"] = postgres.url(server.data_dir)
    _point_settings_there()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove the folders, after a Ctrl-C too."""
    config.stash[_open].close()


def _point_settings_there() -> None:
    from django.conf import settings

    old, new = settings.DATA_DIR, Path(os.environ["POL137_DATA"])
    for name in dir(settings):
        value = getattr(settings, name)
        if isinstance(value, Path) and value.is_relative_to(old):
            setattr(settings, name, new / value.relative_to(old))
    if address := os.environ.get("DATABASE_URL"):
        parts = urlsplit(address)
        query = dict(part.split("=", 1) for part in parts.query.split("&") if part)
        settings.DATABASES["default"].update(
            NAME=unquote(parts.path.lstrip("/")),
            USER=unquote(parts.username or ""),
            PASSWORD=unquote(parts.password or ""),
            HOST=unquote(query.get("host", parts.hostname or "")),
            PORT=str(parts.port or query.get("port", "")),
        )


TABLES_KEPT = ("city_", "django_", "auth_", "contacts_article", "staff_user", "staff_appointment")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Every database of the run holds the `sample` city, and one member of staff in every position.

    Its nights are not quiet: tests run at any hour. Those about the night ask for `quiet_nights`.
    """
    from pol137.city.queries import book
    from tests.factories import be_quiet, load_city, staff_everywhere

    with django_db_blocker.unblock():
        load_city("sample")
        be_quiet("00:00", "00:00")
        staff_everywhere()
        _versions.append(book().version)


@pytest.fixture
def quiet_nights(db: None) -> None:
    """The quiet hours of the pack, from ten in the evening to seven in the morning."""
    from tests.factories import be_quiet

    be_quiet("22:00", "07:00")


@pytest.fixture(autouse=True)
def _book_as_loaded() -> Iterator[None]:
    """A test that changes the city leaves no Book behind that knows what was rolled back."""
    yield
    module = sys.modules.get("pol137.city.queries.book")
    if module and module._held and module._held.book.version not in _versions:
        module.forget()


@pytest.fixture(autouse=True)
def _city_speaks_its_own_language() -> Iterator[None]:
    """A page asked for in English leaves nothing English behind for the next test."""
    from django.utils import translation

    translation.deactivate()
    yield


@pytest.fixture(scope="session", autouse=True)
def _story_starts_empty() -> Iterator[None]:
    """Tests on committed data leave the city and its staff in place and take everything else away."""
    from django.test import TransactionTestCase

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty_story())
        yield


def empty_story() -> None:
    """Take away every contact, case, message, event and job; the city and its staff stay."""
    from django.db import connection

    tables = ["city_closure"]
    tables += [name for name in connection.introspection.table_names() if not name.startswith(TABLES_KEPT)]
    names = ", ".join(f'"{name}"' for name in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY")


@pytest.fixture
def clock() -> Any:
    """The test's clock: a Saturday morning in the city, moved by hand."""
    from tests.factories import Clock

    return Clock()
