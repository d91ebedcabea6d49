"""Words as far as whoever reads the page may read them."""

from __future__ import annotations

from django import template
from django.template.context import Context

from pol137.desk.views.shown import words_for

register = template.Library()


@register.simple_tag(takes_context=True)
def said(context: Context, text: str | None, otherwise: str = "") -> str:
    """`{% said note.text %}`: to units without numbers and addresses of persons, until they are revealed."""
    revealed = bool(context.get("revealed"))
    code = getattr(context.get("case"), "code", None) or ""
    return words_for(text or "", by=context["request"].actor, revealed=revealed, code=code) or otherwise
