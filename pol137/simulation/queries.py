"""What the simulation reads: the city, its staff, and what came out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet

from pol137.city.models import Place
from pol137.city.queries.book import book
from pol137.city.vocabulary import PlaceNeed
from pol137.contacts.models import Article
from pol137.contacts.vocabulary import ON_THE_SPOT, OUTSIDE_COUNT
from pol137.journal.queries import prepared
from pol137.lib.actor import Actor, ActorKind, Seat
from pol137.simulation.models import Run
from pol137.simulation.rules.table import Outcome
from pol137.simulation.rules.town import Spot, Subject, Town
from pol137.simulation.vocabulary import DEMO_DAYS, ONLY_ONE, mark_of
from pol137.staff.queries import holders, seat_of


@dataclass(frozen=True, slots=True)
class Glance:
    """What somebody must know of a case to do his turn: the few columns of it that the driver reads."""

    pk: int
    status: str
    department_id: int | None
    inner_department_id: int | None
    district_id: int | None
    parent_id: int | None
    urgent: bool
    in_danger: bool
    confidential: bool
    address: str
    code: str


_GLANCE = """
SELECT id, status, department_id, inner_department_id, district_id, parent_id,
    urgent, urgent AND safe_at IS NULL, confidential, address, coalesce(code, '')
FROM cases_case WHERE id = $1
"""


def glance(case_id: int) -> Glance:
    """A look at a case, several times for every case. Raises LookupError where there is none."""
    rows = prepared(_GLANCE, [case_id])
    if not rows:
        raise LookupError(case_id)
    return Glance(*rows[0])


def town() -> Town:
    """The city as the simulation needs it (three queries)."""
    city = book()
    grounds, articles = list(city.legal_grounds), _articles()
    return Town(
        zone=city.zone,
        subjects={
            one.code: Subject(
                code=one.code,
                group=city.groups[one.group_id].code,
                kind=str(one.kind),
                name=one.name_fa,
                keywords=tuple(word for word in one.keywords if not word.isascii()),
                questions=one.questions,
                placed=one.place != PlaceNeed.NONE,
                urgent=one.urgent,
                articles=articles.get(one.id, ()),
                grounds=tuple(ground.code for ground in grounds if one.code in ground.services),
            )
            for one in city.services
        },
        spots=_spots(),
        people={one.code: float(one.population or 1) for one in city.districts},
        channels=frozenset(one.code for one in city.channels),
        agencies=tuple(one.code for one in city.agencies if not one.emergency and not one.season),
        emergencies=tuple(one.code for one in city.agencies if one.emergency),
        grounds=tuple(one.code for one in grounds),
        articles=tuple(sorted({code for codes in articles.values() for code in codes})),
        seasons=_seasons(),
    )


def _articles() -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    rows = Article.objects.filter(active_to__isnull=True).order_by("code")
    for code, service_id in rows.values_list("code", "services"):
        if service_id is not None:
            found[service_id] = (*found.get(service_id, ()), code)
    return found


def _spots() -> dict[str, tuple[Spot, ...]]:
    """Places of the pack by district, and the neighbourhoods, so that every district has somewhere."""
    city = book()
    found: dict[str, list[Spot]] = defaultdict(list)
    rows = Place.objects.filter(active_to__isnull=True).order_by("code")
    for name, district_id, neighbourhood_id, lat, lon in rows.values_list(
        "name_fa", "district_id", "neighbourhood_id", "lat", "lon"
    ):
        near = city.neighbourhoods.get(neighbourhood_id)
        district = city.districts[district_id].code
        if near is not None and near.district_id != district_id:
            near = None
        found[district].append(Spot(name, district, near.code if near else "", lat, lon))
    for one in city.neighbourhoods:
        district = city.districts[one.district_id].code
        found[district].append(Spot(one.name_fa, district, one.code))
    for one_district in city.districts:
        found.setdefault(one_district.code, [Spot(one_district.name_fa, one_district.code)])
    return {code: tuple(spots) for code, spots in sorted(found.items())}


def _seasons() -> tuple[tuple[date, date], ...]:
    """The pilgrims' seasons of the pack; Nowruz has its own place in the calibration."""
    return tuple(
        (one.from_date, one.until_date) for one in book().seasons if not one.code.startswith("nowruz")
    )


def seated(*, now: datetime) -> dict[int, Actor]:
    """Who holds each position that somebody holds, as an actor in all his seats, by position (one query)."""
    city = book()
    held = {
        position: users[0].pk
        for position, users in holders([one.id for one in city.positions], now=now).items()
    }
    seats: dict[int, tuple[Seat, ...]] = {}
    for position, user in held.items():
        seats[user] = (*seats.get(user, ()), seat_of(position, city))
    return {position: Actor(ActorKind.STAFF, str(user), seats[user]) for position, user in held.items()}


def unfinished_run() -> Run | None:
    """The run that broke off, if one did."""
    return Run.objects.filter(finished_at__isnull=True).first()


def _finished() -> QuerySet[Run]:
    return Run.objects.filter(finished_at__isnull=False)


def finished_days() -> float:
    """How many days were made up to their end."""
    spans = _finished().values_list("begins_at", "contacts_until")
    return round(sum((until - begins) / timedelta(days=1) for begins, until in spans), 3)


def earliest_day() -> datetime | None:
    """Where the earliest stretch of what was made up begins."""
    first: datetime | None = _finished().aggregate(first=Min("begins_at"))["first"]
    return first


def known_people() -> int:
    """How many people what was made up knows."""
    return Run.objects.aggregate(most=Max("people"))["most"] or 0


_CONTACTS = """
CREATE TEMP TABLE IF NOT EXISTS simulated ON COMMIT DROP AS
SELECT c.*, NOT EXISTS (
    SELECT 1 FROM contacts_contact b WHERE b.phone = c.phone AND b.phone <> '' AND b.id < c.id
) AS first_time
FROM contacts_contact c WHERE c.external_id LIKE %(mark)s
    OR c.inbound_id IN (SELECT id FROM messaging_inboundmessage WHERE external_id LIKE %(mark)s)
"""

_TOPICS = """
SELECT s.code, count(*) FROM cases_case k JOIN contacts_contactcase l ON l.case_id = k.id
JOIN simulated c ON c.id = l.contact_id JOIN city_service s ON s.id = k.service_id
WHERE l.how = 'opened' GROUP BY 1
"""

_FIGURES = """
WITH told AS (
    SELECT k.*, l.how FROM cases_case k JOIN contacts_contactcase l ON l.case_id = k.id
    JOIN simulated s ON s.id = l.contact_id WHERE l.how IN ('opened', 'joined')
), old AS (
    SELECT *, (SELECT min(announced_at) FROM cases_announcement a WHERE a.case_id = told.id) AS announced_at
    FROM told WHERE registered_at < %(old)s AND close_reason <> 'withdrawn'
), said AS (
    SELECT DISTINCT ON (a.case_id) a.medium, a.told_by FROM cases_announcement a
    JOIN told ON told.id = a.case_id
    WHERE a.announced_at IS NOT NULL ORDER BY a.case_id, a.id
), days AS (
    SELECT (at AT TIME ZONE %(zone)s)::date AS day, count(*) AS n FROM simulated GROUP BY 1
)
SELECT
    (SELECT avg(n) FROM days) AS per_day,
    (SELECT max(n) FROM days) AS most_in_a_day,
    (SELECT count(*) FROM days) AS days,
    count(*) AS contacts,
    100.0 * count(*) FILTER (WHERE disposition = ANY(%(spot)s))
        / nullif(count(*) FILTER (WHERE disposition <> ALL(%(void)s)), 0) AS on_the_spot,
    100.0 * count(*) FILTER (WHERE first_time AND phone <> '')
        / nullif(count(*) FILTER (WHERE phone <> ''), 0) AS first_time,
    (SELECT count(*) FROM told) AS cases,
    (SELECT 100.0 * count(*) FILTER (WHERE announced_at <= registered_at + interval '72 hours')
        / nullif(count(*), 0) FROM old) AS in_three_days,
    (SELECT 100.0 * count(*) FILTER (WHERE told_by = 'sms') / nullif(count(*), 0) FROM said) AS by_sms,
    (SELECT count(*)::float FROM contacts_callattempt t JOIN contacts_callback b ON b.id = t.call_back_id
        WHERE b.case_id IN (SELECT id FROM told) OR b.contact_id IN (SELECT id FROM simulated))
        / nullif((SELECT count(*) FROM told), 0) AS calls_each,
    (SELECT 100.0 * count(DISTINCT a.case_id) / nullif((SELECT count(*) FROM told), 0) FROM cases_answer a
        JOIN told ON told.id = a.case_id WHERE a.decision IN ('returned', 'no_logical_answer')) AS returned,
    (SELECT 100.0 * count(DISTINCT o.case_id) / nullif((SELECT count(*) FROM said), 0) FROM cases_objection o
        JOIN told ON told.id = o.case_id) AS objected,
    (SELECT count(*) FROM told WHERE how = 'joined') AS joined,
    count(*) FILTER (WHERE disposition = 'nudged') AS nudged,
    (SELECT count(*) FROM told WHERE urgent) AS urgent
FROM simulated
"""


OLD_ENOUGH = timedelta(days=4)
"""Only of cases as old is it asked whether they were answered in time."""


@transaction.atomic
def measured(*, now: datetime) -> Outcome:
    """What came out of all that was made up here."""
    runs = list(Run.objects.all())
    values: dict[str, Any] = {
        "mark": mark_of(0)[:3] + "%-%",
        "zone": book().city.timezone,
        "spot": [str(one) for one in ON_THE_SPOT],
        "void": [str(one) for one in OUTSIDE_COUNT],
        "old": now - OLD_ENOUGH,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS, values)
        cursor.execute(_FIGURES, values)
        names = [column.name for column in cursor.description or ()]
        figures = {name: float(value or 0) for name, value in zip(names, cursor.fetchone(), strict=True)}
        cursor.execute(_TOPICS)
        topics = dict(cursor.fetchall())
        cursor.execute(
            "SELECT h.code, count(*) FROM simulated c JOIN city_channel h ON h.id = c.channel_id GROUP BY 1"
        )
        channels = dict(cursor.fetchall())
        cursor.execute(
            "SELECT extract(hour FROM at AT TIME ZONE %(zone)s)::int, count(*) FROM simulated GROUP BY 1",
            values,
        )
        by_hour = dict(cursor.fetchall())
    per_day = sum(run.per_day for run in runs) / (len(runs) or 1)
    seeds = sorted({run.seed for run in runs})
    return Outcome(figures, _shares(topics), _shares(channels), by_hour, per_day, seeds)


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    whole = sum(counts.values()) or 1
    return {code: 100 * n / whole for code, n in sorted(counts.items(), key=lambda row: -row[1])}


SHORTEST_WINDOW = timedelta(days=1)
SMALLEST = 20
"""A pack with fewer services, or whose citizens have less than a day to object, is one to try things with."""


def is_under_way() -> bool:
    """Whether somebody makes up history in this database at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND classid = 0 AND objid = %s"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [ONLY_ONE],
        )
        return bool(cursor.fetchone()[0])


def wants_history(days: float | None) -> bool:
    """Whether a demo of this city lacks history: so many days as were asked for, and with nothing asked the
    usual number, but only where the city is a whole one that lives by days."""
    city = book()
    whole = len(city.services) >= SMALLEST and city.city.objection_window >= SHORTEST_WINDOW
    return finished_days() < (days if days is not None else DEMO_DAYS if whole else 0)
