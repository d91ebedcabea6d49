"""From plain records (of the database, or of a pack under check) to a Book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from types import MappingProxyType
from typing import Any

from pol137.city.rules import entries as e
from pol137.city.rules.book import Book, Shelf
from pol137.city.vocabulary import (
    WINDOWS,
    Clock,
    CountedFrom,
    Datatype,
    DepartmentKind,
    IdentifiedBy,
    MessageKind,
    NoticeStyle,
    Open311Type,
    PlaceNeed,
    Retained,
    Role,
    Urgency,
    Visibility,
    Weekday,
)
from pol137.lib.durations import parse_duration
from pol137.lib.working_time import WorkingWeek

Record = Mapping[str, Any]
Records = Mapping[str, Sequence[Record]]


def assemble(version: int, records: Records, today: date) -> Book:
    """The Book of these records, each table in its order; `today` decides what is in force.

    Keys of `records` are the model names in lower case, records carry `id` and `<reference>_id`.
    """
    maker = _Maker(records, today)
    city = records["city"][0]
    return Book(
        version=version,
        city=_city(city),
        districts=Shelf(
            e.DistrictEntry(**maker.named(r), population=r["population"], outline=r["outline"])
            for r in records["district"]
        ),
        neighbourhoods=Shelf(
            e.NeighbourhoodEntry(
                **maker.named(r),
                district_id=r["district_id"],
                sub_district_id=r["sub_district_id"],
                population=r["population"],
            )
            for r in records["neighbourhood"]
        ),
        sub_districts=Shelf(
            e.SubDistrictEntry(**maker.named(r), district_id=r["district_id"], population=r["population"])
            for r in records["subdistrict"]
        ),
        seasons=Shelf(maker.season(r) for r in records["season"]),
        departments=Shelf(maker.department(r) for r in records["department"]),
        positions=Shelf(maker.position(r) for r in records["position"]),
        groups=Shelf(e.GroupEntry(**maker.named(r), private=r["private"]) for r in records["servicegroup"]),
        services=Shelf(maker.service_entry(r) for r in records["service"]),
        rules=Shelf(maker.rule(r) for r in records["routingrule"]),
        closures=_closures(records.get("closure", ())),
        calendars=Shelf(maker.calendar(r, city["timezone"]) for r in records["calendar"]),
        ladders=Shelf(maker.ladder(r) for r in records["ladder"]),
        policies=Shelf(maker.policy(r) for r in records["deadlinepolicy"]),
        channels=Shelf(
            e.ChannelEntry(**maker.named(r), adapter=r["adapter"], settings=r["settings"])
            for r in records["channel"]
        ),
        agencies=Shelf(maker.agency(r) for r in records["agency"]),
        legal_grounds=Shelf(maker.ground(r) for r in records["legalground"]),
        texts={
            (r["event"], r["medium"], r["language"]): r["text"]
            for r in records["messagetext"]
            if maker.active(r)
        },
    )


def _city(r: Record) -> e.CityEntry:
    values: dict[str, Any] = {
        field.name: parse_duration(r[field.name]) if field.name in WINDOWS else r[field.name]
        for field in fields(e.CityEntry)
        if field.name not in ("active", "keep")
    }
    values["weekly_on"] = Weekday(values["weekly_on"])
    keep = MappingProxyType({one: parse_duration(r[f"keep_{one}"]) for one in Retained})
    return e.CityEntry(active=True, keep=keep, **values)


def _closures(rows: Sequence[Record]) -> Mapping[int, e.ClosureEntry]:
    """Closures by number in the order of their beginning; one ended before it began is none."""
    found: dict[int, e.ClosureEntry] = {}
    for r in sorted(rows, key=lambda one: (one["from_at"], one["id"])):
        to_at = min(r["to_at"], r["ended_at"] or r["to_at"])
        if to_at > r["from_at"]:
            found[r["id"]] = e.ClosureEntry(
                id=r["id"],
                title_fa=r["title_fa"],
                from_at=r["from_at"],
                to_at=to_at,
                districts=frozenset(r["districts"]),
                kinds=frozenset(map(DepartmentKind, r["kinds"])),
                mourning=r["mourning"],
                declared_at=r["declared_at"],
                declared_by=r["declared_by"],
            )
    return MappingProxyType(found)


class _Maker:
    """Turns records into entries; knows what belongs to what and what is in force."""

    def __init__(self, records: Records, today: date) -> None:
        self._today = today
        self._rungs: dict[int, list[e.RungEntry]] = {}
        for r in records["ladderrung"]:
            if self.active(r):
                self._rungs.setdefault(r["ladder_id"], []).append(self._rung(r))
        self._seasons: dict[str, list[Record]] = {}
        for r in records["season"]:
            if self.active(r):
                self._seasons.setdefault(r["code"], []).append(r)
        self._holidays: dict[int, dict[date, Record]] = {}
        for r in records["holiday"]:
            if self.active(r):
                self._holidays.setdefault(r["calendar_id"], {})[r["date"]] = r

    def active(self, r: Record) -> bool:
        """In force today: begun, and not closed."""
        ends = r["active_to"]
        return bool(r["active_from"] <= self._today and (ends is None or ends > self._today))

    def _in_season(self, code: str) -> bool:
        return any(r["from_date"] <= self._today <= r["until_date"] for r in self._seasons.get(code, ()))

    def _base(self, r: Record) -> dict[str, Any]:
        return {"id": r["id"], "active": self.active(r)}

    def named(self, r: Record) -> dict[str, Any]:
        """The fields of every named entry."""
        return {**self._base(r), "code": r["code"], "name_fa": r["name_fa"], "name_en": r["name_en"]}

    def _titled(self, r: Record) -> dict[str, Any]:
        return {**self._base(r), "code": r["code"], "name_fa": r["title_fa"], "name_en": r["title_en"]}

    def department(self, r: Record) -> e.DepartmentEntry:
        return e.DepartmentEntry(
            **self.named(r),
            kind=DepartmentKind(r["kind"]),
            parent_id=r["parent_id"],
            district_id=r["district_id"],
            deputy_id=r["deputy_id"],
            calendar_id=r["calendar_id"],
            path=r["path"],
        )

    def position(self, r: Record) -> e.PositionEntry:
        return e.PositionEntry(**self._titled(r), department_id=r["department_id"], role=Role(r["role"]))

    def service_entry(self, r: Record) -> e.ServiceEntry:
        return e.ServiceEntry(
            **self.named(r),
            group_id=r["group_id"],
            kind=MessageKind(r["kind"]),
            urgency=Urgency(r["urgency"]),
            visibility=Visibility(r["visibility"]),
            confidential=r["confidential"],
            place=PlaceNeed(r["place"]),
            identified_by=IdentifiedBy(r["identified_by"]),
            open311=Open311Type(r["open311"]),
            micro_project=r["micro_project"],
            description_fa=r["description_fa"],
            description_en=r["description_en"],
            keywords=tuple(r["keywords"]),
            questions=tuple(_question(one) for one in r["questions"]),
        )

    def rule(self, r: Record) -> e.RuleEntry:
        return e.RuleEntry(
            **self._base(r),
            n=r["n"],
            service_id=r["service_id"],
            group_id=r["group_id"],
            district_id=r["district_id"],
            season=r["season"],
            department=r["department"],
        )

    def season(self, r: Record) -> e.SeasonEntry:
        return e.SeasonEntry(**self.named(r), from_date=r["from_date"], until_date=r["until_date"])

    def agency(self, r: Record) -> e.AgencyEntry:
        """A seasonal body is in force while its season lasts."""
        named = self.named(r)
        named["active"] = named["active"] and (not r["season"] or self._in_season(r["season"]))
        return e.AgencyEntry(
            **named,
            emergency=r["emergency"],
            season=r["season"],
            phone=r["phone"],
            matters_fa=r["matters_fa"],
        )

    def calendar(self, r: Record, zone: str) -> e.CalendarEntry:
        holidays = self._holidays.get(r["id"], {})
        hours = {day[:3]: windows for day, windows in r["windows"].items()}
        week = WorkingWeek.of(zone, hours, closed_dates=holidays) if any(hours.values()) else None
        return e.CalendarEntry(
            **self.named(r),
            operational=r["operational"],
            windows={day: tuple(windows) for day, windows in r["windows"].items()},
            week=week,
            holidays={day: one["title_fa"] for day, one in holidays.items()},
            mourning=frozenset(day for day, one in holidays.items() if one["mourning"]),
        )

    def _rung(self, r: Record) -> e.RungEntry:
        return e.RungEntry(
            **self._base(r),
            n=r["n"],
            after=parse_duration(r["after"]),
            roles=tuple(Role(role) for role in r["roles"]),
            notice=NoticeStyle(r["notice"]),
        )

    def ladder(self, r: Record) -> e.LadderEntry:
        rungs = sorted(self._rungs.get(r["id"], []), key=lambda rung: rung.n)
        return e.LadderEntry(**self.named(r), counted_from=CountedFrom(r["counted_from"]), rungs=tuple(rungs))

    def policy(self, r: Record) -> e.PolicyEntry:
        return e.PolicyEntry(
            **self._base(r),
            code=r["code"],
            service_id=r["service_id"],
            kind=MessageKind(r["kind"]) if r["kind"] else None,
            within=parse_duration(r["within"]),
            clock=Clock(r["clock"]),
            calendar_id=r["calendar_id"],
            ladder_id=r["ladder_id"],
        )

    def ground(self, r: Record) -> e.GroundEntry:
        return e.GroundEntry(**self._titled(r), text_fa=r["text_fa"], services=tuple(r["services"]))


def _question(one: Record) -> e.Question:
    return e.Question(
        code=one["code"],
        datatype=Datatype(one["datatype"]),
        required=one["required"],
        question_fa=one["question_fa"],
        question_en=one["question_en"],
        hint_fa=one["hint_fa"],
        hint_en=one["hint_en"],
        values=tuple(e.QuestionValue(v["key"], v["name_fa"], v["name_en"]) for v in one["values"]),
    )
