"""Pages in a real browser: at phone and desk width, light and dark, photographed, searched for barriers."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "build" / "screens"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = {"serious", "critical"}

# Playwright keeps an event loop in the test's thread; the ORM calls here are plain ones.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def _chromium_module() -> Any:
    spec = importlib.util.spec_from_file_location(
        "tests_browser_chromium", Path(__file__).with_name("chromium.py")
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the file. It is gone after it: while its event loop runs in this process, Django keeps
    a second set of connections, which a test that forks would share with its child.
    """
    module = _chromium_module()
    found = module.find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(found.program),
            args=list(module.FLAGS),
            env={**os.environ, **found.environment},
        )
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page and what went wrong behind it: scripts that failed, policies broken, requests to elsewhere."""

    page: Page
    faults: list[str] = field(default_factory=list)


@pytest.fixture
def open_page(chromium: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """`open_page(width=360, dark=True, user=staff_user)`: a page on the live server, logged in if asked.

    The test fails at its end when a page's script failed, its security policy was broken, or it asked
    anything of another host.
    """
    visits: list[Visit] = []
    host = urlsplit(live_server.url).netloc

    def new(*, width: int = 1280, dark: bool = False, user: Any = None, script: bool = True) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            base_url=live_server.url,
            locale="fa-IR",
            timezone_id="Asia/Tehran",
            java_script_enabled=script,
            reduced_motion="reduce",
            has_touch=width < 600,
        )
        if user is not None:
            context.add_cookies([_session(user, live_server.url)])
        visit = Visit(context.new_page())
        visit.page.on("pageerror", lambda error: visit.faults.append(f"script: {error}"))
        visit.page.on("console", lambda said: _listen(visit, said))
        visit.page.on("request", lambda request: _watch(visit, request.url, host))
        visits.append(visit)
        return visit.page

    yield new
    faults = [fault for visit in visits for fault in visit.faults]
    for visit in visits:
        visit.page.context.close()
    assert not faults, "\n".join(faults)


def _listen(visit: Visit, said: Any) -> None:
    if said.type == "error" and "status of 4" not in said.text:
        visit.faults.append(f"console: {said.text}")


def _watch(visit: Visit, url: str, host: str) -> None:
    parts = urlsplit(url)
    if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != host:
        visit.faults.append(f"asked elsewhere: {url}")


def _session(user: Any, url: str) -> Any:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": url,
    }


@pytest.fixture
def look() -> Callable[..., None]:
    """`look(page, "portal-home")`: photograph the page into build/screens and let axe search it.

    Fails on findings that are serious or critical, and on a page wider than its window.
    """

    def at(page: Page, name: str, *, whole: bool = True) -> None:
        width = page.viewport_size["width"] if page.viewport_size else 0
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        SCREENS.mkdir(parents=True, exist_ok=True)
        page.evaluate("document.fonts.ready.then(() => scrollTo(0, 0))")
        file = SCREENS / f"{name}-{width}{'-dark' if dark else ''}.png"
        _unfold(page) if whole else page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=file)
        assert not barriers(page)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels wider than its window of {width}"

    return at


def _unfold(page: Page) -> None:
    """Make the window as high as the page, so that what sticks to its edges stands where it belongs."""
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": min(max(height, 800), 15_000)})


def barriers(page: Page) -> list[str]:
    """What axe finds serious or critical on the page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        RULES,
    )
    return [
        f"{one['impact']}: {one['id']}: {one['help']} at {[node['target'] for node in one['nodes']][:4]}"
        for one in found["violations"]
        if one["impact"] in GRAVE
    ]
