"""Reading contacts, call-backs and articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Avg, Count, Exists, OuterRef, Q, QuerySet

from pol137.cases.models import Case
from pol137.cases.permissions import may_see, visible_to
from pol137.cases.queries import numbers_kept_from, reporter_of
from pol137.city.queries import book
from pol137.contacts.models import Article, CallBack, Contact, ContactCase
from pol137.contacts.rules.articles import ArticleText
from pol137.contacts.vocabulary import (
    CALLED_BY,
    ON_THE_SPOT,
    OUTSIDE_COUNT,
    PROGRAMS,
    CallPurpose,
    CallState,
    Disposition,
)
from pol137.lib.actor import Actor
from pol137.lib.persian import normalise, search_key
from pol137.lib.phones import parse_phone
from pol137.messaging.models import InboundMessage
from pol137.messaging.queries import is_received
from pol137.oversight.queries import ClockFigures


def get_contact(contact_id: int) -> Contact | None:
    """The contact of this number."""
    return Contact.objects.filter(pk=contact_id).select_related("article").first()


def contacts_of_phone(e164: str, *, by: Actor, limit: int = 10) -> list[Contact]:
    """The latest contacts of a number; those that led to a case `by` may not see do not exist."""
    if not e164:
        return []
    hidden = _hidden_links(by).filter(contact=OuterRef("pk"))
    return list(Contact.objects.filter(~Exists(hidden), phone=e164).order_by("-id")[:limit])


def _hidden_links(by: Actor) -> QuerySet[ContactCase]:
    """What leads to a case `by` may not see, asked case by case: those he may see are many."""
    return ContactCase.objects.filter(~Exists(Case.objects.filter(visible_to(by), pk=OuterRef("case"))))


def is_kept_from(by: Actor, contact: Contact) -> bool:
    """Whether a contact led to a case `by` may not see, or to none and came from a number that has one."""
    led_to = [link.case for link in links_of(contact)]
    if led_to:
        return not all(may_see(case, by) for case in led_to)
    return bool(numbers_kept_from(by, [contact.phone]))


def inbound_kept_from(by: Actor, messages: Iterable[InboundMessage]) -> set[int]:
    """Which of these received messages lead to a case `by` may not see, by what was made of them or by their
    sender (three queries)."""
    rows, region = list(messages), book().city.phone_region
    phones = {one.pk: parse_phone(one.sender, region).e164 for one in rows}
    hidden = numbers_kept_from(by, [one or "" for one in phones.values()])
    links = _hidden_links(by)
    made = set(
        links.filter(contact__inbound__in=[one.pk for one in rows]).values_list("contact__inbound", flat=True)
    )
    numbers = links.filter(contact__external_id__in=[one.external_id for one in rows])
    reports = set(numbers.values_list("contact__channel", "contact__external_id"))
    return {
        one.pk
        for one in rows
        if phones[one.pk] in hidden or one.pk in made or (one.channel_id, one.external_id) in reports
    }


def links_of(contact: Contact) -> list[ContactCase]:
    """The cases a contact opened, joined or nudged."""
    return list(ContactCase.objects.filter(contact=contact).select_related("case"))


def code_of_token(token: str) -> str | None:
    """The tracking code of a program's report: empty while it waits to become a case, None for no report."""
    channel = book().channels.by_code[PROGRAMS].id
    link = ContactCase.objects.filter(contact__channel_id=channel, contact__external_id=token)
    case = link.select_related("case").first()
    if case is not None:
        return case.case.code
    return "" if is_received(channel_id=channel, external_id=token) else None


def unread_contacts(*, limit: int = 50) -> list[Contact]:
    """Texts that wait to be read by a person, oldest first."""
    found = Contact.objects.filter(disposition="", operator__isnull=True)
    return list(found.order_by("id")[:limit])


def count_unread() -> int:
    """How many texts wait to be read by a person."""
    return Contact.objects.filter(disposition="", operator__isnull=True).count()


def unfinished_contacts(by: Actor, *, limit: int = 10) -> list[Contact]:
    """The contacts this member of staff began and has not ended, latest first."""
    return list(Contact.objects.filter(operator_id=by.staff_id, disposition="").order_by("-id")[:limit])


def purposes_of(by: Actor) -> frozenset[CallPurpose]:
    """What this member of staff calls citizens for; empty for who does not."""
    return frozenset[CallPurpose]().union(*(which for role, which in CALLED_BY.items() if role in by.roles))


def _waiting(by: Actor | None, purposes: Iterable[CallPurpose] | None) -> QuerySet[CallBack]:
    """The calls that wait, for these purposes or his own, about cases he may know of."""
    found = CallBack.objects.filter(state=CallState.WAITING)
    if by is not None:
        purposes = purposes_of(by) if purposes is None else purposes_of(by) & {*purposes}
        found = found.filter(Q(case__isnull=True) | Q(case__in=Case.objects.filter(visible_to(by))))
    return found if purposes is None else found.filter(purpose__in=[str(one) for one in purposes])


def count_calls(*, now: datetime, by: Actor | None = None) -> int:
    """How many people are to be called now (by this actor)."""
    return _waiting(by, None).filter(not_before__lte=now).count()


def call_list(
    *,
    now: datetime,
    by: Actor | None = None,
    purposes: Iterable[CallPurpose] | None = None,
    limit: int = 50,
) -> list[CallBack]:
    """Who is to be called (by this actor), the most pressing first; those whose time has not come stand
    last."""
    found = _waiting(by, purposes).select_related("case__parent", "contact").order_by("due_at", "id")
    return sorted(found[:limit], key=lambda call: call.not_before > now)


def calls_by_purpose(by: Actor) -> dict[str, int]:
    """How many calls wait for this actor, by purpose (one query)."""
    return dict(_waiting(by, None).values_list("purpose").annotate(n=Count("pk")).order_by("purpose"))


def get_call_back(call_back_id: int) -> CallBack | None:
    """The call-back of this number."""
    return CallBack.objects.filter(pk=call_back_id).select_related("case__parent", "contact").first()


def call_backs_of(case_id: int) -> list[CallBack]:
    """The call-backs of a case with their attempts."""
    return list(CallBack.objects.filter(case_id=case_id).prefetch_related("tries").order_by("id"))


@dataclass(frozen=True, slots=True)
class Said:
    """Where the reporter himself said that he takes his case back: a contact with his number, or a call."""

    ref: str
    at: datetime


def withdrawal_proofs(case_id: int, *, by: Actor, now: datetime) -> list[Said]:
    """The contacts this member of staff had with the reporter's number so shortly before, and the calls on
    which he was reached, the latest first."""
    reporter, since = reporter_of(case_id), now - book().city.withdrawal_within
    if reporter is None or not reporter.phone or by.staff_id is None:
        return []
    contacts = Contact.objects.filter(phone=reporter.phone, operator_id=by.staff_id, at__gte=since)
    calls = CallBack.objects.filter(case_id=case_id, state=CallState.TOLD, settled_at__gte=since)
    found = [Said(f"contact:{one.pk}", one.at) for one in contacts]
    found += [Said(f"call:{one.pk}", one.settled_at) for one in calls if one.settled_at is not None]
    return sorted(found, key=lambda said: said.at, reverse=True)


def find_articles(text: str, *, service_id: int | None = None, limit: int = 8) -> list[Article]:
    """Articles for what a caller says, and those of the service: first what says every word in its title,
    then what the service has, then what says them somewhere. Without either all there are."""
    asked = [key for word in normalise(text).split()[:8] if (key := search_key(word))]
    found = Article.objects.filter(active_to__isnull=True)
    saying = Q(*(Q(search_key__contains=word) for word in asked))
    if service_id is None:
        return sorted(found.filter(saying), key=lambda one: (not _titled(one, asked), one.sort))[:limit]
    mine = set(Article.objects.filter(services=service_id).values_list("pk", flat=True))
    both = found.filter(saying | Q(pk__in=mine)) if asked else found.filter(pk__in=mine)

    def rank(one: Article) -> tuple[bool, bool, bool, int]:
        says = all(word in one.search_key for word in asked)
        return (not _titled(one, asked), one.pk not in mine, not says, one.sort)

    return sorted(both, key=rank)[:limit]


def _titled(article: Article, asked: Sequence[str]) -> bool:
    title = search_key(article.title_fa)
    return all(word in title for word in asked)


def get_article(code: str) -> Article | None:
    """The article of this code, in force or not."""
    return Article.objects.filter(code=code).prefetch_related("services").first()


def stored_articles() -> list[ArticleText]:
    """The articles in force as their files would say them, in the order of their codes."""
    city = book()
    order = {service_id: place for place, service_id in enumerate(city.services.by_id)}
    rows = Article.objects.filter(active_to__isnull=True).prefetch_related("services").order_by("code")
    return [
        ArticleText(
            code=row.code,
            title_fa=row.title_fa,
            title_en=row.title_en,
            services=tuple(one.code for one in sorted(row.services.all(), key=lambda one: order[one.pk])),
            keywords=tuple(row.keywords.split("; ")) if row.keywords else (),
            owner=city.departments[row.owner_id].code if row.owner_id else "",
            review_date=row.review_date,
            body_fa=row.body_fa,
            body_en=row.body_en,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the centre in figures: contacts that count, and those solved on the spot."""

    contacts: int
    solved: int

    @property
    def share(self) -> int:
        """Solved on the spot, per cent of what counts."""
        return round(100 * self.solved / self.contacts) if self.contacts else 0


def day_so_far(*, since: datetime) -> Day:
    """First-contact resolution since a moment: contacts that count, and those answered or guided on the spot.

    Void ones do not count. Solved is only what the same number did not ask again about, on the same subject,
    within the city's window.
    """
    counted = Contact.objects.filter(at__gte=since).exclude(disposition__in=[*map(str, OUTSIDE_COUNT), ""])
    again = Contact.objects.filter(
        phone=OuterRef("phone"),
        service_id=OuterRef("service_id"),
        at__gt=OuterRef("at"),
        at__lte=OuterRef("at") + book().city.repeat_contact_window,
    ).exclude(disposition__in=list(map(str, OUTSIDE_COUNT)))
    solved = counted.filter(disposition__in=list(map(str, ON_THE_SPOT)))
    return Day(counted.count(), solved.exclude(~Q(phone="") & Exists(again)).count())


_CALLS = """
SELECT count(*), count(*) FILTER (WHERE settled_at <= due_at),
    count(*) FILTER (WHERE coalesce(settled_at, %(now)s) > due_at),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM settled_at - opened_at))
        FILTER (WHERE settled_at IS NOT NULL)
FROM contacts_callback WHERE due_at >= %(since)s AND due_at < %(until)s
"""


def call_figures(*, since: datetime, until: datetime, now: datetime) -> ClockFigures:
    """How the centre kept its calls that fell due between two moments."""
    with connection.cursor() as cursor:
        cursor.execute(_CALLS, {"since": since, "until": until, "now": now})
        due, in_time, late, median = cursor.fetchone()
    usual = None if median is None else timedelta(seconds=float(median))
    return ClockFigures("calls", due, in_time, late, usual)


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What people said when asked later how content they are: how many did, and their mean of 1 to 5."""

    asked: int
    mean: float | None


def survey_figures(*, since: datetime, until: datetime, of_cases: bool = False) -> Surveyed:
    """The scores given on survey calls between two moments, by those answered on the spot or, `of_cases`, by
    those who were told the answer to a case."""
    found = CallBack.objects.filter(score__isnull=False, settled_at__gte=since, settled_at__lt=until)
    found = found.filter(case__isnull=not of_cases)
    row = found.aggregate(asked=Count("pk"), mean=Avg("score"))
    return Surveyed(row["asked"], None if row["mean"] is None else round(row["mean"], 1))


def handed_over(
    *, since: datetime, until: datetime, agency_id: int | None = None
) -> dict[tuple[int, int | None, int | None], int]:
    """How many callers were sent to another body between two moments: by body, subject and district, matters
    of emergency and subjects for inspection only left out (one query)."""
    found = Contact.objects.filter(
        disposition=Disposition.HANDED_TO_AGENCY, agency__isnull=False, at__gte=since, at__lt=until
    ).exclude(service__confidential=True)
    if agency_id is not None:
        found = found.filter(agency_id=agency_id)
    rows = found.order_by().values_list("agency_id", "service_id", "district_id").annotate(Count("pk"))
    return {(agency, service, district): n for agency, service, district, n in rows}
