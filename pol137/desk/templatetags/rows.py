"""Rows of the lists people work from, and the marks they share with the case page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from pol137.cases.queries import Shared
from pol137.cases.vocabulary import Queue
from pol137.web import labels, marks
from pol137.web.marks import fill
from pol137.web.templatetags.fa import code, digits, jalali, jalali_time

if TYPE_CHECKING:
    from pol137.desk.views.queues import Entry

register = template.Library()

ONE_STATE = frozenset({Queue.REVIEW, Queue.PLANS, Queue.ANNOUNCEMENT})
"""Lists whose cases are all in one state: it need not be said in each row."""


@register.simple_tag
def people(many: Shared | None) -> SafeString:
    """`{% people entry.many %}`: how many people stand behind a case, and how many support it."""
    if not many:
        return marks.NO_MARK
    return _people(many.people, many.supporters)


@marks.kept
def _people(waiting: int, support: int) -> SafeString:
    told = ngettext("%(shown)s person", "%(shown)s people", waiting) % {"shown": digits(waiting)}
    seconded = ngettext("%(shown)s supporter", "%(shown)s supporters", support) % {"shown": digits(support)}
    return marks.join(
        (
            marks.badge(told, "note", "people") if waiting > 1 else marks.NO_MARK,
            marks.badge(seconded, "quiet", "hand") if support else marks.NO_MARK,
        )
    )


@register.simple_tag(takes_context=True)
def queue_row(context: Context, entry: Entry) -> SafeString:
    """`{% queue_row entry %}`: a row of the list `queue`."""
    row, case, queue, now = entry.row, entry.row.case, context["queue"], context["request"].now
    planned = jalali(entry.answer.plan_date) if queue == Queue.PLANS and entry.answer else None
    return fill(
        '<li class="row{}" data-row><div class="row__tick">{}</div><div class="row__words">'
        '<p class="row__title clip"><a class="line__link" href="{}">{}</a>{}</p>'
        '<p class="row__sub clip">{}</p></div><div class="row__marks">{}</div>'
        '<div class="row__end">{}{}<span class="row__code">{}</span>{}</div></li>',
        " row--urgent" if case.in_danger else "",
        _tick(entry) if entry.tick else "",
        row.href,
        row.service,
        fill(' <span class="row__place">{}</span>', row.place) if row.place else "",
        _words(entry, queue),
        _marks(entry, context),
        fill('<span class="sm nowrap">{}</span>', planned) if planned is not None else "",
        marks.clock(row.due, started=row.started, state=row.clock, now=now),
        code(row.code),
        _way(entry.way) if entry.way else "",
    )


def _tick(entry: Entry) -> SafeString:
    named = {"service": entry.row.service, "place": entry.row.place}
    return fill(
        '<input type="checkbox" name="case" value="{}" form="accept-many" aria-label="{}" data-tick>',
        entry.row.case.pk,
        _("Choose %(service)s, %(place)s") % named,
    )


def _words(entry: Entry, queue: str) -> SafeString | str:
    if entry.objection:
        ground = labels.label(entry.objection.ground, "ObjectionGround")
        said = entry.objection.words
    elif queue == Queue.PLANS and entry.answer:
        ground = labels.label(entry.answer.type, "AnswerType")
        said = entry.answer.next_step or entry.answer.approved_text
    else:
        return entry.row.words
    return fill("<b>{}</b>: {}" if said else "<b>{}</b>{}", ground, said)


def _marks(entry: Entry, context: Context) -> SafeString:
    case, many = entry.row.case, entry.many
    medium = entry.announcement.medium if entry.announcement else ""
    shown = (
        marks.urgent() if case.in_danger else marks.NO_MARK,
        marks.badge(_("Confidential"), "note", "lock") if case.confidential else marks.NO_MARK,
        marks.badge(pgettext("of a case", "Part"), "note", "split") if case.parent_id else marks.NO_MARK,
        marks.rung(case.rung),
        people(many),
        marks.nudged((many.nudges if many else 0) or case.nudges),
        marks.badge(labels.label(medium, "AnnouncementMedium"), "note", "send"),
        _unit(entry, context),
        marks.NO_MARK if context["queue"] in ONE_STATE else marks.status(case.status),
    )
    return marks.join(shown, " ")


def _unit(entry: Entry, context: Context) -> SafeString:
    """Where inside the unit it lies and until when; in a list of several units, whose it is."""
    row, due = entry.row, entry.row.case.inner_due_at
    if row.inner:
        late = due is not None and due < context["request"].now
        until = (
            fill('<span class="row__unit">{} {}</span>', _("Inner deadline"), jalali_time(due)) if due else ""
        )
        return fill("{}{}", marks.badge(row.inner, "late" if late else "quiet", "building"), until)
    if context["several_units"] and row.unit:
        return fill('<span class="row__unit clip">{}</span>', row.unit)
    return marks.NO_MARK


def _way(href: str) -> SafeString:
    return fill(
        '<a class="btn btn--plain btn--sm" href="{}">{}{}</a>', href, marks.sign("edit"), _("Classify")
    )
