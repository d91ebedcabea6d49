"""What of a case is shown to whom, and in which words: shared by lists, search and the case page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from pol137.cases.permissions import readable
from pol137.cases.vocabulary import ENDED, Action, Stop
from pol137.city.queries import book
from pol137.lib.actor import Actor
from pol137.web import labels
from pol137.web.pieces import ClockState
from pol137.web.templatetags.fa import digits, language
from pol137.web.whereabouts import once

if TYPE_CHECKING:
    from pol137.cases.models import Case, Promise, Reveal

REVEALED_FOR = timedelta(hours=1)
"""How long a reporter stays shown to whoever gave a reason."""

STOPS = {Stop.HELD: ClockState.HELD, Stop.PAUSED: ClockState.PAUSED}


ICONS: Mapping[Action, str] = {
    Action.ROUTE: "next", Action.ACCEPT: "half", Action.REFER_INSIDE: "building",
    Action.ASK_CITIZEN: "question", Action.ASK_CENTRE: "phone",
    Action.ASK_MORE_TIME: "hourglass", Action.GIVE_TIME: "hourglass",
    Action.ASK_PAUSE: "hourglass", Action.REFUSE_TIME: "undo", Action.PAUSE: "pause",
    Action.PROPOSE_JOIN: "merge", Action.DECLINE_JOIN: "undo", Action.CLASSIFY: "edit",
    Action.SUPPORT: "hand", Action.MAKE_SAFE: "check", Action.REPORT_DANGER: "alert",
    Action.ANSWER_SENDER: "send",
    Action.RESUME: "clock", Action.TRANSFER: "undo", Action.SPLIT: "split", Action.DRAFT: "edit",
    Action.ANSWER: "message", Action.APPROVE: "check", Action.RETURN_ANSWER: "undo",
    Action.ANNOUNCE: "announce", Action.OBJECT: "scale", Action.DECIDE_REVIEW: "scale",
    Action.CLOSE: "done", Action.REOPEN: "refresh", Action.JOIN_INCIDENT: "merge",
    Action.LEAVE_INCIDENT: "split", Action.WITHDRAW: "close", Action.KEEP_PLAN: "calendar",
    Action.POSTPONE_PLAN: "calendar", Action.ARCHIVE: "archive", Action.NOTE: "edit",
    Action.RECLASSIFY: "list", Action.EDIT_PLACE: "pin", Action.REVEAL: "eye", Action.NUDGE: "hand",
    Action.RATE: "star", Action.PUBLISH: "eye", Action.REOPEN_INCIDENT: "refresh",
}  # fmt: skip
"""The sign of each step."""


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case as a row shows it."""

    case: Case
    href: str
    code: str
    service: str
    place: str
    words: str
    unit: str
    inner: str
    due: datetime | None = None
    started: datetime | None = None
    clock: str = ""

    @property
    def more(self) -> str:
        """Its number elsewhere (its signs kept in their order), what it came to once it has ended, place and
        first words in one line."""
        ended = self.case.outcome and self.case.status in ENDED
        outcome = str(labels.label(self.case.outcome, "Outcome")) if ended else ""
        number = f"\u2066{self.case.external_ref}\u2069" if self.case.external_ref else ""
        return " · ".join(filter(None, (number, outcome, self.place, self.words)))


@cache
def _page() -> str:
    return reverse("desk:case", args=[0])


def page_of(case_id: int) -> str:
    """The address of a case's page: lists have hundreds."""
    return _page().replace("/0/", f"/{case_id}/")


def listed(case: Case, *, by: Actor, clock: Promise | None = None) -> ListedCase:
    """The row of a case; its parent is read with it."""
    city, speech = book(), language()
    whole = case.parent or case
    return ListedCase(
        case=case,
        href=page_of(case.pk),
        code=whole.code or "",
        service=city.name(city.services.get(case.service_id), speech),
        place=place_words(case, by=by),
        words=words_for(case.words, by=by),
        unit=city.name(city.departments.get(case.department_id), speech),
        inner=city.name(city.departments.get(case.inner_department_id), speech),
        due=clock.due_at if clock else None,
        started=clock.started_at if clock else None,
        clock=clock_state(clock) if clock else "",
    )


def clock_state(clock: Promise) -> str:
    """How a clock stands when it does not run: paused, held, met; empty while it runs."""
    if clock.met_at is not None and clock.met_at <= clock.due_at:
        return str(ClockState.MET)
    return str(STOPS[Stop(clock.stop)]) if clock.stop else ""


def place_words(case: Case, *, by: Actor) -> str:
    """Where it is, in a few words: the address, else neighbourhood and district."""
    if case.address:
        return readable(case.address, by=by)
    city, speech = book(), language()
    names = (
        city.name(city.neighbourhoods.get(case.neighbourhood_id), speech),
        city.name(city.sub_district_of(case.neighbourhood_id), speech),
        city.name(city.districts.get(case.district_id), speech),
    )
    return _(", ").join(once(names))


def words_for(text: str, *, by: Actor, revealed: bool = False, code: str = "") -> str:
    """The citizen's words; to units without what leads to a person, until the reporter is revealed.

    The tracking `code` of the case they are about is never taken for a person's number.
    """
    return text if revealed else readable(text, by=by, code=code)


def revealed_to(by: Actor, reveals: Iterable[Reveal], *, now: datetime) -> bool:
    """Whether the reporter stands revealed to this member of staff now."""
    return any(one.user_id == by.staff_id and now - one.at < REVEALED_FOR for one in reveals)


def because_words(because: Mapping[str, Any]) -> str:
    """Why a case went to a unit: the rule that decided, the triage, a transfer, a part."""
    why = because.get("why")
    if why == "rule":
        said = _("By routing rule %(n)s: %(rule)s") % {
            "n": digits(because["rule"]),
            "rule": _rule_words(int(because["rule"])),
        }
        return _("%(rule)s; the district by the drawn map") % {"rule": said} if because.get("drawn") else said
    if why == "transfer":
        came_from = book().departments.get(because.get("from"))
        return _("Passed on by %(unit)s as not its duty") % {
            "unit": book().name(came_from, language()) or "—"
        }
    return {
        "triage": _("Sent by triage"),
        "part": _("Split off as a part"),
        "incident": _("Carries a shared problem on"),
        "confidential": _("A matter for inspection only"),
        "review": _("Its answer is to be given again"),
    }.get(str(why), "")


def _rule_words(n: int) -> str:
    city, speech = book(), language()
    rule = next((one for one in city.rules.by_id.values() if one.n == n), None)
    if rule is None:
        return "—"
    topic = city.services.get(rule.service_id) or city.groups.get(rule.group_id)
    district = city.districts.get(rule.district_id)
    season = city.seasons.by_code.get(rule.season)
    parts = [
        city.name(topic, speech) or _("every subject"),
        city.name(district, speech) or _("every district"),
    ]
    return " · ".join([*parts, *([city.name(season, speech)] if season else [])])


def unrouted_words(body: Mapping[str, Any]) -> str:
    """Why no unit was found."""
    n = digits(body.get("rule", "—"))
    return {
        "no_rule": _("No routing rule speaks of this subject here."),
        "no_district": _("Rule %(n)s needs a district, and the place lies in none that is known.") % {"n": n},
        "broken_rule": _("Rule %(n)s names a unit that does not exist: the rule must be mended.") % {"n": n},
        "transfer": _("The unit sent it back a second time as not its duty; triage rules."),
    }.get(str(body.get("why")), _("It left a shared problem and has no unit."))
