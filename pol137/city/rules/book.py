"""The Book: one city in memory, immutable, with the questions everybody asks of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from pol137.city.rules.entries import (
    AgencyEntry,
    CalendarEntry,
    ChannelEntry,
    CityEntry,
    ClosureEntry,
    DepartmentEntry,
    DistrictEntry,
    Entry,
    GroundEntry,
    GroupEntry,
    LadderEntry,
    NamedEntry,
    NeighbourhoodEntry,
    PolicyEntry,
    PositionEntry,
    RuleEntry,
    SeasonEntry,
    ServiceEntry,
    SubDistrictEntry,
)
from pol137.city.vocabulary import UNIT_ROLES, URGENT_POLICY, DepartmentKind, MessageKind, Role
from pol137.lib.geo import OutlineIndex
from pol137.lib.working_time import WorkingWeek

EntryT = TypeVar("EntryT", bound=Entry)


class Shelf(Generic[EntryT]):
    """The rows of one table in the city's order.

    `shelf[id]` and `by_code` find closed rows too (old cases name them); iterating gives only those in
    force, in the order of the screens.
    """

    __slots__ = ("_active", "by_code", "by_id")

    def __init__(self, entries: Iterable[EntryT]) -> None:
        rows = tuple(entries)
        self.by_id: Mapping[int, EntryT] = MappingProxyType({row.id: row for row in rows})
        self.by_code: Mapping[str, EntryT] = MappingProxyType(
            {code: row for row in rows if (code := getattr(row, "code", None)) is not None}
        )
        self._active = tuple(row for row in rows if row.active)

    def __iter__(self) -> Iterator[EntryT]:
        return iter(self._active)

    def __len__(self) -> int:
        return len(self._active)

    def __getitem__(self, id_: int) -> EntryT:
        return self.by_id[id_]

    def get(self, id_: int | None) -> EntryT | None:
        """The row of that number, closed or not; None for no number or an unknown one."""
        return None if id_ is None else self.by_id.get(id_)

    def find(self, code: str) -> EntryT | None:
        """The row of that code if it is in force."""
        row = self.by_code.get(code)
        return row if row is not None and row.active else None


@dataclass(frozen=True)
class Book:
    """A snapshot of the city. Every reader of one request asks the same Book."""

    version: int
    city: CityEntry
    districts: Shelf[DistrictEntry]
    sub_districts: Shelf[SubDistrictEntry]
    neighbourhoods: Shelf[NeighbourhoodEntry]
    departments: Shelf[DepartmentEntry]
    positions: Shelf[PositionEntry]
    groups: Shelf[GroupEntry]
    services: Shelf[ServiceEntry]
    seasons: Shelf[SeasonEntry]
    rules: Shelf[RuleEntry]
    calendars: Shelf[CalendarEntry]
    ladders: Shelf[LadderEntry]
    policies: Shelf[PolicyEntry]
    channels: Shelf[ChannelEntry]
    agencies: Shelf[AgencyEntry]
    legal_grounds: Shelf[GroundEntry]
    texts: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    closures: Mapping[int, ClosureEntry] = field(default_factory=dict)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone the city's clocks show."""
        return ZoneInfo(self.city.timezone)

    @cached_property
    def _outlines(self) -> OutlineIndex:
        return OutlineIndex(
            {
                "type": "FeatureCollection",
                "features": [
                    {"type": "Feature", "properties": {"code": district.code}, "geometry": district.outline}
                    for district in self.districts
                    if district.outline is not None
                ],
            }
        )

    @cached_property
    def _weeks(self) -> dict[int | None, WorkingWeek | None]:
        return {}

    @cached_property
    def _seats(self) -> dict[tuple[int, Role], tuple[PositionEntry, ...]]:
        seats: dict[tuple[int, Role], tuple[PositionEntry, ...]] = {}
        for position in self.positions:
            key = (position.department_id, position.role)
            seats[key] = (*seats.get(key, ()), position)
        return seats

    @cached_property
    def _by_role(self) -> dict[Role, tuple[PositionEntry, ...]]:
        return {role: tuple(one for one in self.positions if one.role is role) for role in Role}

    @cached_property
    def _subtrees(self) -> dict[int, frozenset[int]]:
        found: dict[int, set[int]] = {}
        for department in self.departments.by_id.values():
            for above in self.climb(department.id):
                found.setdefault(above.id, set()).add(department.id)
        return {id_: frozenset(below) for id_, below in found.items()}

    @cached_property
    def _deputies(self) -> dict[int, frozenset[int]]:
        found: dict[int, set[int]] = {}
        for department in self.departments.by_id.values():
            for position in self.positions_for(department.id, Role.DEPUTY):
                found.setdefault(position.id, set()).add(department.id)
        return {id_: frozenset(offices) for id_, offices in found.items()}

    @staticmethod
    def name(entry: NamedEntry | None, language: str) -> str:
        """The entry's name in `language`; empty for no entry."""
        return "" if entry is None else entry.name(language)

    def text(self, event: str, medium: str, language: str) -> str:
        """The city's text, in Persian when `language` has none.

        Refuses (LookupError) an event and medium the pack has no text for.
        """
        found = self.texts.get((event, medium, language)) or self.texts.get((event, medium, "fa"))
        if found is None:
            raise LookupError(f"the city has no text for {event}.{medium}")
        return found

    def has_text(self, event: str, medium: str) -> bool:
        """Whether the city says anything on this occasion by this medium."""
        return (event, medium, "fa") in self.texts

    def district_at(self, lat: float, lon: float) -> DistrictEntry | None:
        """The district a point lies in, or None outside all of them."""
        code = self._outlines.find(lat, lon)
        return None if code is None else self.districts.find(code)

    def near(self, lat: float, lon: float, *, metres: float) -> bool:
        """Whether a point lies in the box around the districts, or at most so far outside it; always where no
        district has an outline."""
        return self._outlines.near(lat, lon, metres=metres)

    def climb(self, department_id: int) -> Iterator[DepartmentEntry]:
        """The department and those above it, up to the city."""
        current = self.departments.get(department_id)
        while current is not None:
            yield current
            current = self.departments.get(current.parent_id)

    def within(self, department_id: int) -> list[DepartmentEntry]:
        """The department and all below it, closed ones too, in the city's order."""
        below = self.subtree(department_id)
        return [one for one in self.departments.by_id.values() if one.id in below]

    def subtree(self, department_id: int) -> frozenset[int]:
        """The numbers of the department and all below it, closed ones too."""
        return self._subtrees[department_id]

    def offices_under(self, position_id: int) -> frozenset[int]:
        """The numbers of the departments a deputy's position answers for."""
        return self._deputies.get(position_id, frozenset())

    def department_of_kind(self, kind: DepartmentKind) -> DepartmentEntry | None:
        """The first department of that kind: the centre, inspection, the mayor's office, the city."""
        return next((one for one in self.departments if one.kind is kind), None)

    def deputy_of(self, department_id: int) -> PositionEntry | None:
        """The deputy who answers for a department: named by it, else the nearest one up the tree."""
        found = self.positions_for(department_id, Role.DEPUTY)
        return found[0] if found else None

    def positions_for(self, department_id: int | None, role: Role) -> tuple[PositionEntry, ...]:
        """The positions told when something climbs to `role` for a department.

        Unit roles are found in the department or the nearest one above it (a deputy first where the
        department names one); the other roles answer for the whole city. Empty: nobody has that role.
        """
        if role not in UNIT_ROLES:
            return self._by_role[role]
        if department_id is None:
            return ()
        for department in self.climb(department_id):
            named = self.positions.get(department.deputy_id) if role is Role.DEPUTY else None
            if named is not None and named.active:
                return (named,)
            if seats := self._seats.get((department.id, role)):
                return seats
        return ()

    def calendar_of(self, department_id: int | None) -> CalendarEntry:
        """The opening hours of a department: its own, else of the nearest above, else the city's first.

        Refuses (LookupError) when the city has no calendar.
        """
        for department in self.climb(department_id) if department_id is not None else ():
            calendar = self.calendars.get(department.calendar_id)
            if calendar is not None and calendar.active:
                return calendar
        for calendar in self.calendars:
            return calendar
        raise LookupError("the city has no calendar")

    def concerns(self, closure: ClosureEntry, department_id: int | None) -> bool:
        """Whether a closure shuts a department: by its district, and by its kind or that of one above it.

        An operational calendar is never shut; where no unit is known, only a closure of everything counts.
        """
        if self.calendar_of(department_id).operational:
            return False
        department = self.departments.get(department_id)
        if closure.districts and (department is None or department.district_id not in closure.districts):
            return False
        above = self.climb(department.id) if department else ()
        return not closure.kinds or any(one.kind in closure.kinds for one in above)

    def closures_of(self, department_id: int | None) -> tuple[ClosureEntry, ...]:
        """The closures that concern a department, past ones too: time is also counted from the past."""
        return tuple(one for one in self.closures.values() if self.concerns(one, department_id))

    def closed_by(self, closure: ClosureEntry) -> frozenset[int]:
        """The numbers of the departments a closure concerns, be it declared or only thought of."""
        return frozenset(one for one in self.departments.by_id if self.concerns(closure, one))

    def hours_of(self, department_id: int | None) -> WorkingWeek | None:
        """When a department is open, holidays and closures taken away; None when it never opens."""
        if department_id not in self._weeks:
            week = self.calendar_of(department_id).week
            closures = tuple((one.from_at, one.to_at) for one in self.closures_of(department_id))
            self._weeks[department_id] = replace(week, closures=closures) if week else None
        return self._weeks[department_id]

    def no_calls_on(self, day: date) -> bool:
        """Whether it is a day of mourning somewhere in the city, on which no citizen is called."""
        return any(day in calendar.mourning for calendar in self.calendars) or any(
            one.mourning
            and one.from_at.astimezone(self.zone).date() <= day
            and day <= (one.to_at - timedelta(microseconds=1)).astimezone(self.zone).date()
            for one in self.closures.values()
        )

    def season_on(self, code: str, day: date) -> SeasonEntry | None:
        """The season of that code if it lasts on `day`."""
        return next(
            (one for one in self.seasons if one.code == code and one.from_date <= day <= one.until_date), None
        )

    def sub_district_of(self, neighbourhood_id: int | None) -> SubDistrictEntry | None:
        """The sub-district a neighbourhood lies in, if the city says so."""
        neighbourhood = self.neighbourhoods.get(neighbourhood_id)
        return self.sub_districts.get(neighbourhood.sub_district_id) if neighbourhood else None

    def rules_for(self, service_id: int, district_id: int | None, *, day: date) -> list[RuleEntry]:
        """The routing rules that speak of this service here on `day`, the one that wins first.

        Naming the service wins over naming its group over naming neither; then naming the district; then
        being of a season that lasts; then the lower number.
        """
        group_id = self.services[service_id].group_id
        matching = [
            rule
            for rule in self.rules
            if rule.service_id in (None, service_id)
            and rule.group_id in (None, group_id)
            and (rule.district_id is None or rule.district_id == district_id)
            and (not rule.season or self.season_on(rule.season, day))
        ]
        return sorted(
            matching,
            key=lambda rule: (
                rule.service_id is None,
                rule.group_id is None,
                rule.district_id is None,
                not rule.season,
                rule.n,
            ),
        )

    def department_of_rule(self, rule: RuleEntry, district_id: int | None) -> DepartmentEntry | None:
        """The department a rule names, its `{district}` filled in; None when there is none in force."""
        district = self.districts.get(district_id)
        if "{district}" in rule.department and district is None:
            return None
        return self.departments.find(rule.department.replace("{district}", district.code if district else ""))

    def policy_for(self, service_id: int | None, kind: MessageKind, *, urgent: bool = False) -> PolicyEntry:
        """The deadline policy of a case: by its service, else its kind, else the city's default.

        Without a service it is the ordinary one of the kind. What is `urgent` keeps the row of a dangerous
        service; any other gets the city's row for what is urgent, unless its own is shorter.
        Refuses (LookupError) when the city has no default.
        """
        policies = [
            one
            for one in self.policies
            if one.code != URGENT_POLICY and one.service_id in (None, service_id) and one.kind in (None, kind)
        ]
        best = min(
            policies, key=lambda one: (one.service_id is None, one.kind is None, one.code), default=None
        )
        if best is None:
            raise LookupError("the city has no default deadline policy")
        hurried = self.policies.find(URGENT_POLICY) if urgent else None
        if hurried is None or (best.service_id is not None and self.services[best.service_id].urgent):
            return best
        return min(hurried, best, key=lambda one: one.within)

    def ladder(self, code: str) -> LadderEntry:
        """The ladder of that code. Refuses (LookupError) an unknown one."""
        found = self.ladders.find(code)
        if found is None:
            raise LookupError(f"the city has no ladder {code}")
        return found
