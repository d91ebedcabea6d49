"""The parts every page is built from; /desk/components shows each with the tag that makes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField
from django.template.context import Context, RequestContext
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from pol137.lib.durations import words as duration_words
from pol137.web import fields, labels, marks
from pol137.web.marks import fill
from pol137.web.pieces import Chip, Line, Stage, Words
from pol137.web.templatetags.fa import code as tracking_code
from pol137.web.templatetags.fa import digits, jalali_time, language

register = template.Library()

FLASH_ICONS = {"success": "done", "warning": "alert", "error": "alert", "info": "info", "debug": "info"}


def _now(context: Context) -> datetime:
    request = context.get("request")
    return context.get("now") or getattr(request, "now", None) or timezone.now()


@register.simple_tag
def icon(name: str, more: str = "") -> SafeString:
    """`{% icon "clock" %}`; `{% icon "next" "turns" %}` points along the reading direction."""
    return marks.sign(name, more)


@register.inclusion_tag("web/parts/bridge.html")
def bridge() -> dict[str, object]:
    """`{% bridge %}`: the mark of the bridge."""
    return {}


@register.simple_tag
def badge(words: Words, tone: str = "quiet", icon: str = "") -> SafeString:
    """`{% badge "words" tone="soon" icon="clock" %}`: tones quiet accent soon late good note."""
    return marks.badge(words, tone, icon)


@register.simple_tag(name="status")
def status_badge(value: str, audience: str = "staff") -> SafeString:
    """`{% status case.status %}`; `{% status case.status "citizen" %}` in the citizen's words."""
    return marks.status(value, audience)


@register.simple_tag(name="kind")
def kind_badge(value: str) -> SafeString:
    """`{% kind case.kind %}`."""
    return marks.kind(value)


@register.simple_tag(name="urgent")
def urgent_badge() -> SafeString:
    """`{% urgent %}`."""
    return marks.urgent()


@register.simple_tag(name="rung")
def rung_badge(n: int) -> SafeString:
    """`{% rung case.rung %}`: the level of follow-up; nothing before the first escalation."""
    return marks.rung(n)


@register.simple_tag(name="nudged")
def nudged_badge(n: int) -> SafeString:
    """`{% nudged case.nudges %}`: how often the citizen asked again; nothing for never."""
    return marks.nudged(n)


@register.filter(name="label")
def label_of(value: str, enum: str) -> Words:
    """`{{ answer.type|label:"AnswerType" }}`: the words of a member of a vocabulary."""
    return labels.label(value, enum)


@register.simple_tag(takes_context=True)
def clock(
    context: Context, due: datetime | None, started: datetime | None = None, state: str = ""
) -> SafeString:
    """`{% clock promise.due_at started=promise.started_at %}`; `state` paused, held or met stops it."""
    return marks.clock(due, started=started, state=state, now=_now(context))


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


@register.simple_tag
def field(bound: BoundField, label: Words = "", hint: Words = "", size: str = "") -> SafeString:
    """`{% field form.phone %}`: label, hint, error and control; size short, medium or full."""
    return fields.field(bound, label=label, hint=hint, size=size)


@register.inclusion_tag("web/parts/form_errors.html")
def form_errors(form: Any) -> dict[str, object]:
    """`{% form_errors form %}`: what is wrong, above the form, each line leading to its field."""
    wrong = [bound for bound in form if bound.errors]
    return {"general": form.non_field_errors(), "wrong": wrong, "any": bool(form.errors)}


@register.simple_tag
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
) -> SafeString:
    """`{% button "Send" tone="primary" icon="send" %}`: a button, a link with `href`, or `opens` a dialog."""
    look = f"btn btn--{tone} btn--{size}" if size else f"btn btn--{tone}"
    inside = fill("{}{}{}", marks.sign(icon, "turns" if turns else ""), words, _if("<kbd>{}</kbd>", key))
    keyed = _if(' data-key="{}"', key)
    if href:
        return fill('<a class="{}" href="{}"{}>{}</a>', look, href, keyed, inside)
    return fill(
        '<button class="{}" type="{}"{}{}{}>{}</button>',
        look,
        "button" if opens else type,
        fill(' name="{}" value="{}"', name, value) if name else "",
        _if(' data-open="{}" aria-haspopup="dialog"', opens),
        keyed,
        inside,
    )


@register.simple_block_tag
def dialog(content: str, id: str, title: Words, tone: str = "") -> SafeString:
    """`{% dialog "id" "Title" %}...{% enddialog %}`: a native dialog; `data-open="id"` opens it."""
    return _part("dialog", content=content, id=id, title=title, tone=tone)


@register.simple_block_tag
def card(content: str, title: Words = "", tone: str = "", icon: str = "", id: str = "") -> SafeString:
    """`{% card "Title" %}...{% endcard %}`; tones accent soon late good."""
    title_id = _if(' id="{}-title"', id)
    head = fill('<h2 class="card__title"{}>{}{}</h2>', title_id, marks.sign(icon), title)
    return fill(
        '<section class="card{}"{}{}>{}{}</section>',
        _if(" card--{}", tone),
        _if(' id="{}"', id),
        _if(' aria-labelledby="{}-title"', id if title else ""),
        head if title else "",
        content,
    )


@register.simple_block_tag
def note(content: str, tone: str = "info", title: Words = "") -> SafeString:
    """`{% note "soon" "Title" %}...{% endnote %}`: a passage set apart; tones info soon late good."""
    return fill(
        '<div class="note note--{}">{}<div class="note__words">{}{}</div></div>',
        tone,
        marks.sign({"info": "info", "soon": "hourglass", "late": "alert", "good": "done"}[tone]),
        _if('<p class="note__title">{}</p>', title),
        content,
    )


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


@register.simple_tag
def stat(
    label: Words, value: object, hint: Words = "", tone: str = "", href: str = "", unit: Words = ""
) -> SafeString:
    """`{% stat "Open" 12 hint="3 late" tone="late" href=... %}`."""
    return fill(
        '<div class="stat{}"><p class="stat__label">{}</p><p class="stat__value">{}{}</p>{}</div>',
        _if(" stat--{}", tone),
        fill('<a href="{}">{}</a>', href, label) if href else label,
        digits(value),
        _if(" <small>{}</small>", unit),
        _if('<p class="stat__hint">{}</p>', hint),
    )


EVENT = (
    '<li class="event event--{0}"><span class="event__sign">{1}</span>'
    '<div class="event__words"><p>{2}</p>{3}'
    '<p class="event__meta"><time datetime="{4}" title="{5}">{5}</time>{6}</p></div></li>'
)


@register.simple_tag
def timeline(lines: Iterable[Line]) -> SafeString:
    """`{% timeline lines %}`: the story of a case (lines come from web.timeline)."""
    events = (
        fill(
            EVENT,
            line.tone,
            marks.sign(line.icon),
            line.words,
            _if('<p class="event__detail">{}</p>', line.detail),
            line.at.isoformat(),
            jalali_time(line.at),
            _if(" · {}", line.by),
        )
        for line in lines
    )
    return fill('<ol class="timeline">{}</ol>', marks.join(events))


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


@register.simple_tag(takes_context=True)
def line(
    context: Context,
    href: str,
    title: Words,
    sub: Words = "",
    code: str | None = "",
    status: str = "",
    due: datetime | None = None,
    started: datetime | None = None,
    clock: str = "",
    urgent: bool = False,
    kind: str = "",
    rung: int = 0,
    nudges: int = 0,
    mark: Words = "",
    unread: bool = False,
    at: datetime | None = None,
) -> SafeString:
    """`{% line href title sub=... code=... status=... due=... %}`: a row of a list, one link and its marks.

    `clock` is a state that stops the clock.
    """
    now, end = _now(context), marks.NO_MARK
    if due:
        end = marks.clock(due, started=started, state=clock or "", now=now)
    elif at:
        end = marks.moment(at, now=now)
    return fill(
        '<li class="line{}{}" data-row>'
        '<div class="line__words"><a class="line__link" href="{}">{}</a>'
        '<div class="line__under">{}{}{}{}{}{}</div></div>'
        '{}<div class="line__status">{}</div><div class="line__end">{}</div></li>',
        " line--urgent" if urgent else "",
        " line--unread" if unread else "",
        href,
        title,
        _if('<p class="line__sub clip">{}</p>', sub),
        marks.badge(mark, "note"),
        marks.urgent() if urgent else "",
        marks.rung(rung) if rung else "",
        marks.nudged(nudges or 0),
        marks.kind(kind) if kind else "",
        _if('<div class="line__code">{}</div>', tracking_code(code)),
        marks.status(status) if status else "",
        end,
    )


@register.simple_tag
def facts(pairs: Iterable[tuple[Words, object]] | Mapping[str, object]) -> SafeString:
    """`{% facts pairs %}`: a list of name and value; empty values are left out."""
    rows = pairs.items() if isinstance(pairs, Mapping) else pairs
    shape = "<div><dt>{}</dt><dd>{}</dd></div>"
    shown = marks.join(fill(shape, name, value) for name, value in rows if value not in ("", None))
    return fill('<dl class="facts">{}</dl>', shown)


@register.simple_tag
def thumb(href: str, alt: Words, src: str = "", caption: Words = "") -> SafeString:
    """`{% thumb href "What it shows" src=small caption="..." %}`: a photo that opens in full."""
    return fill(
        '<figure class="thumb"><a href="{}">'
        '<img src="{}" alt="{}" loading="lazy" width="160" height="120"></a>{}</figure>',
        href,
        src or href,
        alt,
        _if("<figcaption>{}</figcaption>", caption),
    )


@register.simple_tag
def kbd(keys: str) -> SafeString:
    """`{% kbd "g i" %}`: keys to press."""
    shown = [fill("<kbd>{}</kbd>", key) for key in keys.split()]
    return fill('<span class="kbds">{}</span>', SafeString(" ".join(shown)))


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


def _if(shape: str, words: object) -> SafeString:
    """The words in this shape; nothing when there are none."""
    return fill(shape, words) if words else marks.NO_MARK


def _part(name: str, **context: object) -> SafeString:
    text = render_to_string(f"web/parts/{name}.html", context)
    return SafeString(text)
