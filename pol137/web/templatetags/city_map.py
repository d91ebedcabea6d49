"""What a map of the city has to say about itself."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pol137.city.queries import book

register = template.Library()


@register.simple_tag
def outlines_note() -> str | SafeString:
    """That the borders on a map are not the official ones, as long as they are not; else nothing."""
    if not book().city.outlines_are_synthetic:
        return ""
    said = _("The outlines of the districts are drawn roughly; they are not the official borders.")
    return format_html('<p class="soft sm">{}</p>', said)
