"""A field of a form as it is drawn: label, hint, error and control."""

from __future__ import annotations

from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from pol137.web.marks import NO_MARK, fill, join, sign
from pol137.web.pieces import Words


def field(bound: BoundField, *, label: Words = "", hint: Words = "", size: str = "") -> SafeString:
    """The field with its words; what describes it is named to those who do not see it."""
    widget, said, name = bound.field.widget, hint or bound.help_text, label or bound.label
    base = bound.id_for_label or bound.html_name
    parts = (("hint", said), ("error", bound.errors))
    described = " ".join(f"{base}-{part}" for part, there in parts if there)
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple) and not bound.is_hidden:
        return _choices(bound, name, said, base, described)
    attrs: dict[str, str | bool] = {"aria-describedby": described} if described else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    control = bound.as_widget(attrs=attrs)
    if bound.is_hidden:
        return control
    wrong = " field--wrong" if bound.errors else ""
    if isinstance(widget, CheckboxInput):
        under = fill('<small class="field__hint" id="{}-hint">{}</small>', base, said) if said else NO_MARK
        return fill(
            '<div class="field{}" id="{}-field">{}'
            '<label class="choice" for="{}">{}<span>{}{}</span></label></div>',
            wrong, base, _errors(bound, base), bound.id_for_label, control, name, under,
        )  # fmt: skip
    sized = size or getattr(bound.field, "size", "")
    return fill(
        '<div class="field{}{}" id="{}-field"><label class="field__label" for="{}">{}{}</label>{}{}{}</div>',
        wrong,
        f" field--{sized}" if sized else "",
        base,
        bound.id_for_label,
        name,
        _optional(bound),
        _hint(said, base),
        _errors(bound, base),
        control,
    )


def _choices(bound: BoundField, name: Words, said: Words, base: str, described: str) -> SafeString:
    rows = (
        fill(
            '<label class="choice" for="{}">{}<span>{}</span></label>',
            one.id_for_label,
            one.tag(),
            one.choice_label,
        )
        for one in bound
    )
    return fill(
        '<fieldset class="field{}" id="{}-field"{}><legend class="field__label">{}{}</legend>{}{}'
        '<div class="choices">{}</div></fieldset>',
        " field--wrong" if bound.errors else "",
        base,
        fill(' aria-describedby="{}"', described) if described else NO_MARK,
        name,
        _optional(bound),
        _hint(said, base),
        _errors(bound, base),
        join(rows),
    )


def _optional(bound: BoundField) -> SafeString:
    if bound.field.required:
        return NO_MARK
    return fill(' <span class="field__optional">{}</span>', gettext("(optional)"))


def _hint(said: Words, base: str) -> SafeString:
    return fill('<p class="field__hint" id="{}-hint">{}</p>', base, said) if said else NO_MARK


def _errors(bound: BoundField, base: str) -> SafeString:
    named = fill(' id="{}-error"', base)
    shape = '<p class="field__error"{}>{}{}</p>'
    return join(
        fill(shape, NO_MARK if n else named, sign("alert"), error) for n, error in enumerate(bound.errors)
    )
