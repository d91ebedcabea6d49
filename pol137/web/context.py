"""What every page knows: the city's names, the languages, the theme, the desk's navigation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.urls import translate_url
from django.utils import timezone
from django.utils.translation import get_language_info

from pol137.city.queries import book
from pol137.simulation.queries import is_under_way
from pol137.web import nav
from pol137.web.request import Request
from pol137.web.templatetags.fa import is_persian, language

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class LanguageLink:
    code: str
    name: str
    href: str
    here: bool


class Page:
    """Everything lazily: an error page that asks for nothing needs no database."""

    def __init__(self, request: Request) -> None:
        self.request = request

    @property
    def language(self) -> str:
        return language()

    @property
    def direction(self) -> str:
        return "rtl" if get_language_info(language())["bidi"] else "ltr"

    @property
    def theme(self) -> str:
        """The theme the visitor chose; empty follows the device."""
        chosen = self.request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else ""

    @property
    def demo(self) -> bool:
        return bool(settings.DEMO)

    @cached_property
    def filling(self) -> bool:
        """Whether a demo's past is being made up just now."""
        return self.demo and is_under_way()

    @property
    def now(self) -> object:
        return getattr(self.request, "now", None) or timezone.now()

    @cached_property
    def city(self) -> str:
        """The city's name in the active language."""
        city = book().city
        return str(city.name_fa if is_persian() else city.name_en)

    @cached_property
    def phone_number(self) -> str:
        return str(book().city.phone_number)

    @cached_property
    def languages(self) -> list[LanguageLink]:
        """The portal's languages, each with the address of this very page in it."""
        path = self.request.get_full_path()
        return [
            LanguageLink(code, name, translate_url(path, code), code == language())
            for code, name in settings.LANGUAGES
        ]

    @cached_property
    def waiting(self) -> dict[str, int]:
        return dict(nav.counts(self.request))

    @cached_property
    def nav(self) -> list[nav.NavLink]:
        return nav.links(self.request, self.waiting)

    @property
    def notices(self) -> int:
        """Unread notices, for the bell."""
        return self.waiting.get("notices", 0)


def page(request: Request) -> dict[str, object]:
    """The context processor."""
    return {"page": Page(request)}
