"""The parts every page is built from; /desk/components shows each with the tag that makes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, ClearableFileInput, RadioSelect
from django.template.context import Context, RequestContext
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from pol137.lib.durations import words as duration_words
from pol137.web import labels
from pol137.web.pieces import Chip, ClockState, Line, Stage, Words, clock_state, soon_from
from pol137.web.templatetags.fa import language

register = template.Library()

CLOCK_ICONS = {
    ClockState.CALM: "clock",
    ClockState.SOON: "hourglass",
    ClockState.LATE: "alert",
    ClockState.PAUSED: "pause",
    ClockState.HELD: "pause",
    ClockState.MET: "done",
}
STILL = {
    ClockState.PAUSED: gettext_lazy("Clock paused"),
    ClockState.HELD: gettext_lazy("Answered, awaits approval"),
    ClockState.MET: gettext_lazy("Promise kept"),
}
FLASH_ICONS = {"success": "done", "warning": "alert", "error": "alert", "info": "info", "debug": "info"}


def _now(context: Context) -> datetime:
    request = context.get("request")
    return context.get("now") or getattr(request, "now", None) or timezone.now()


@register.simple_tag
def icon(name: str, more: str = "") -> SafeString:
    """`{% icon "clock" %}`; `{% icon "next" "turns" %}` points along the reading direction."""
    extra = f" icon--{more}" if more else ""
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        extra,
        static("web/icons.svg"),
        name,
    )


@register.inclusion_tag("web/parts/bridge.html")
def bridge() -> dict[str, object]:
    """`{% bridge %}`: the mark of the bridge."""
    return {}


@register.inclusion_tag("web/parts/badge.html")
def badge(words: Words, tone: str = "quiet", icon: str = "") -> dict[str, object]:
    """`{% badge "words" tone="soon" icon="clock" %}`: tones quiet accent soon late good note."""
    return {"words": words, "tone": tone, "icon": icon}


@register.inclusion_tag("web/parts/badge.html", name="status")
def status_badge(value: str, audience: str = "staff") -> dict[str, object]:
    """`{% status case.status %}`; `{% status case.status "citizen" %}` in the citizen's words."""
    shape = labels.status_shape(value)
    return {"words": labels.status(value, audience), "tone": shape.tone, "icon": shape.icon}


@register.inclusion_tag("web/parts/badge.html", name="kind")
def kind_badge(value: str) -> dict[str, object]:
    """`{% kind case.kind %}`."""
    return {"words": labels.label(value, "MessageKind"), "tone": "plain", "icon": ""}


@register.inclusion_tag("web/parts/badge.html", name="urgent")
def urgent_badge() -> dict[str, object]:
    """`{% urgent %}`."""
    return {"words": gettext("Urgent: danger"), "tone": "urgent", "icon": "alert"}


@register.inclusion_tag("web/parts/badge.html", name="rung")
def rung_badge(n: int) -> dict[str, object]:
    """`{% rung case.rung %}`: the level of follow-up; nothing before the first escalation."""
    return {"words": labels.rung(n), "tone": "late" if n > 1 else "soon", "icon": "stairs"} if n > 0 else {}


@register.filter(name="label")
def label_of(value: str, enum: str) -> Words:
    """`{{ answer.type|label:"AnswerType" }}`: the words of a member of a vocabulary."""
    return labels.label(value, enum)


@register.inclusion_tag("web/parts/clock.html", takes_context=True)
def clock(
    context: Context, due: datetime | None, started: datetime | None = None, state: str = ""
) -> dict[str, object]:
    """`{% clock promise.due_at started=promise.started_at %}`; `state` paused, held or met stops it."""
    if due is None:
        return {}
    now = _now(context)
    stands = ClockState(state) if state else clock_state(due, started=started, now=now)
    return {
        "due": due,
        "now": now,
        "state": str(stands),
        "icon": CLOCK_ICONS[stands],
        "still": STILL.get(stands, ""),
        "soon": soon_from(due, started),
    }


@register.inclusion_tag("web/parts/clock_words.html", takes_context=True)
def clock_words(context: Context) -> dict[str, object]:
    """`{% clock_words %}`: once a page, the words the ticking needs (base.html has it)."""
    units = [
        ("d", timedelta(days=1)),
        ("h", timedelta(hours=1)),
        ("m", timedelta(minutes=1)),
        ("s", timedelta(seconds=1)),
    ]
    speech = language()
    return {
        "words": {
            "now": _now(context).isoformat(),
            "language": speech,
            "units": {
                key: [duration_words(unit * n, speech).partition(" ")[2] for n in (1, 2)]
                for key, unit in units
            },
            "joint": duration_words(timedelta(hours=1, minutes=1), speech)
            .partition(duration_words(timedelta(hours=1), speech))[2]
            .removesuffix(duration_words(timedelta(minutes=1), speech)),
            "left": gettext("%(duration)s left") % {"duration": "%s"},
            "late": gettext("%(duration)s late") % {"duration": "%s"},
            "icons": static("web/icons.svg"),
        }
    }


@register.inclusion_tag("web/parts/field.html")
def field(bound: BoundField, label: Words = "", hint: Words = "", size: str = "") -> dict[str, object]:
    """`{% field form.phone %}`: label, hint, error and control; size short, medium or full."""
    widget = bound.field.widget
    said = hint or bound.help_text
    ids = [
        f"{bound.id_for_label or bound.html_name}-{part}"
        for part, there in (("hint", said), ("error", bound.errors))
        if there
    ]
    attrs: dict[str, str | bool] = {"aria-describedby": " ".join(ids)} if ids else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    kind = "control"
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        kind = "choices"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    elif isinstance(widget, ClearableFileInput):
        kind = "file"
    return {
        "bound": bound,
        "kind": kind,
        "control": "" if kind == "choices" else bound.as_widget(attrs=attrs),
        "described": " ".join(ids),
        "label": label or bound.label,
        "hint": said,
        "optional": not bound.field.required and kind != "check",
        "size": size or getattr(bound.field, "size", ""),
        "base": bound.id_for_label or bound.html_name,
        "hidden": bound.is_hidden,
    }


@register.inclusion_tag("web/parts/form_errors.html")
def form_errors(form: Any) -> dict[str, object]:
    """`{% form_errors form %}`: what is wrong, above the form, each line leading to its field."""
    wrong = [bound for bound in form if bound.errors]
    return {"general": form.non_field_errors(), "wrong": wrong, "any": bool(form.errors)}


@register.inclusion_tag("web/parts/button.html")
def button(
    words: Words,
    tone: str = "plain",
    icon: str = "",
    href: str = "",
    name: str = "",
    value: str = "",
    type: str = "submit",
    opens: str = "",
    key: str = "",
    size: str = "",
    turns: bool = False,
) -> dict[str, object]:
    """`{% button "Send" tone="primary" icon="send" %}`: a button, a link with `href`, or `opens` a dialog."""
    return {
        "words": words, "tone": tone, "icon": icon, "href": href, "name": name, "value": value,
        "type": "button" if opens else type, "opens": opens, "key": key, "size": size,
        "more": "turns" if turns else "",
    }  # fmt: skip


@register.simple_block_tag
def dialog(content: str, id: str, title: Words, tone: str = "") -> SafeString:
    """`{% dialog "id" "Title" %}...{% enddialog %}`: a native dialog; `data-open="id"` opens it."""
    return _part("dialog", content=content, id=id, title=title, tone=tone)


@register.simple_block_tag
def card(content: str, title: Words = "", tone: str = "", icon: str = "", id: str = "") -> SafeString:
    """`{% card "Title" %}...{% endcard %}`; tones accent soon late good."""
    return _part("card", content=content, title=title, tone=tone, icon=icon, id=id)


@register.simple_block_tag
def note(content: str, tone: str = "info", title: Words = "") -> SafeString:
    """`{% note "soon" "Title" %}...{% endnote %}`: a passage set apart; tones info soon late good."""
    shapes = {"info": "info", "soon": "hourglass", "late": "alert", "good": "done"}
    return _part("note", content=content, tone=tone, title=title, icon=shapes[tone])


@register.simple_block_tag
def commands(content: str, label: Words = "") -> SafeString:
    """`{% commands %}...{% endcommands %}`: the bar of actions that stays in sight."""
    return _part("commands", content=content, label=label or gettext("Actions"))


@register.inclusion_tag("web/parts/nothing.html")
def nothing(
    title: Words, words: Words = "", icon: str = "inbox", href: str = "", action: Words = ""
) -> dict[str, object]:
    """`{% nothing "Nothing waits here" "Words" icon="done" %}`: an empty state."""
    return {"title": title, "words": words, "icon": icon, "href": href, "action": action}


@register.inclusion_tag("web/parts/stat.html")
def stat(
    label: Words, value: object, hint: Words = "", tone: str = "", href: str = "", unit: Words = ""
) -> dict[str, object]:
    """`{% stat "Open" 12 hint="3 late" tone="late" href=... %}`."""
    return {"label": label, "value": value, "hint": hint, "tone": tone, "href": href, "unit": unit}


@register.inclusion_tag("web/parts/timeline.html", takes_context=True)
def timeline(context: Context, lines: Iterable[Line]) -> dict[str, object]:
    """`{% timeline lines %}`: the story of a case (lines come from web.timeline)."""
    return {"lines": lines, "now": _now(context)}


@register.inclusion_tag("web/parts/steps.html")
def steps(stages: Sequence[Stage]) -> dict[str, object]:
    """`{% steps stages %}`: how far a citizen's case has come."""
    return {"stages": stages}


@register.inclusion_tag("web/parts/crumbs.html")
def crumbs(*pairs: Words) -> dict[str, object]:
    """`{% crumbs "Inbox" inbox_url "Case 12" %}`: words and address in turn, the last one is here."""
    trail = [(pairs[place], pairs[place + 1]) for place in range(0, len(pairs) - 1, 2)]
    return {"trail": trail, "here": pairs[-1] if len(pairs) % 2 else ""}


@register.inclusion_tag("web/parts/chips.html")
def chips(items: Iterable[Chip], label: Words = "", look: str = "chips") -> dict[str, object]:
    """`{% chips items "Filter" %}`; look "tabs" for the parts of one thing."""
    return {"items": items, "label": label, "look": look}


@register.inclusion_tag("web/parts/pages.html", takes_context=True)
def pages(context: RequestContext, leaf: Any) -> dict[str, object]:
    """`{% pages leaf %}`: on to the next page and back to the first, the other choices kept."""
    query = context["request"].GET.copy()
    query.pop("after", None)
    first = f"?{query.urlencode()}"
    query["after"] = leaf.next
    return {"leaf": leaf, "first": first, "following": f"?{query.urlencode()}"}


@register.inclusion_tag("web/parts/line.html", takes_context=True)
def line(context: Context, href: str, title: Words, **more: Any) -> dict[str, object]:
    """`{% line href title sub=... code=... status=... due=... %}`: a row of a list, one link and its marks.

    Further: `started`, `clock` (a state that stops it), `urgent`, `kind`, `rung`, `nudges`, `mark`, `unread`,
    `at`.
    """
    return {"href": href, "title": title, "now": _now(context), "request": context.get("request"), **more}


@register.inclusion_tag("web/parts/facts.html")
def facts(pairs: Iterable[tuple[Words, object]] | Mapping[str, object]) -> dict[str, object]:
    """`{% facts pairs %}`: a list of name and value; empty values are left out."""
    rows = pairs.items() if isinstance(pairs, Mapping) else pairs
    return {"rows": [(name, value) for name, value in rows if value not in ("", None)]}


@register.inclusion_tag("web/parts/thumb.html")
def thumb(href: str, alt: Words, src: str = "", caption: Words = "") -> dict[str, object]:
    """`{% thumb href "What it shows" src=small caption="..." %}`: a photo that opens in full."""
    return {"href": href, "alt": alt, "src": src or href, "caption": caption}


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """`{% kbd "g i" %}`: keys to press."""
    shown = [format_html("<kbd>{}</kbd>", key) for key in keys.split()]
    return format_html('<span class="kbds">{}</span>', SafeString(" ".join(shown)))


@register.inclusion_tag("web/parts/flash.html", takes_context=True)
def flash(context: Context) -> dict[str, object]:
    """`{% flash %}`: what the last action did (Django's messages); stays until closed."""
    return {
        "said": [(said, FLASH_ICONS.get(said.level_tag, "info")) for said in context.get("messages") or ()]
    }


@register.inclusion_tag("web/parts/toasts.html")
def toasts() -> dict[str, object]:
    """`{% toasts %}`: where scripts announce; base.html has it."""
    return {}


@register.inclusion_tag("web/parts/theme_switch.html")
def theme_switch() -> dict[str, object]:
    """`{% theme_switch %}`: light or dark, remembered."""
    return {}


def _part(name: str, **context: object) -> SafeString:
    text = render_to_string(f"web/parts/{name}.html", context)
    return SafeString(text)
