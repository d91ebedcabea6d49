"""The city as the simulation needs it: what can be told, where, how, and what is answered on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from pol137.city.rules.entries import Question


@dataclass(frozen=True, slots=True)
class Subject:
    """A service: what is said about it and asked."""

    code: str
    group: str
    kind: str
    name: str
    keywords: tuple[str, ...]
    questions: tuple[Question, ...]
    placed: bool
    urgent: bool
    articles: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """A place people name."""

    name: str
    district: str
    neighbourhood: str = ""
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True)
class Town:
    """A city: subjects, spots by district, people by district, channels, bodies to hand on to, seasons."""

    zone: ZoneInfo
    subjects: Mapping[str, Subject]
    spots: Mapping[str, tuple[Spot, ...]]
    people: Mapping[str, float]
    channels: frozenset[str]
    agencies: tuple[str, ...]
    emergencies: tuple[str, ...]
    grounds: tuple[str, ...]
    articles: tuple[str, ...]
    seasons: tuple[tuple[date, date], ...] = ()
