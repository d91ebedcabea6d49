"""The rows of a city as the rest of the software reads them: frozen values, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pol137.city.vocabulary import (
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
from pol137.lib.working_time import WorkingWeek


@dataclass(frozen=True, slots=True)
class Entry:
    """What every row has: its number here and whether it is in force today."""

    id: int
    active: bool


@dataclass(frozen=True, slots=True)
class NamedEntry(Entry):
    """A row with a code and a name in both languages; `name(language)` falls back to Persian."""

    code: str
    name_fa: str
    name_en: str

    def name(self, language: str) -> str:
        """The name in `language`, in Persian when there is none."""
        return (self.name_en if language.startswith("en") else self.name_fa) or self.name_fa


@dataclass(frozen=True, slots=True)
class CityEntry(NamedEntry):
    """The city itself: how it is reached, the windows, numbers and hours of its process, what it keeps."""

    timezone: str
    phone_region: str
    jurisdiction_id: str
    phone_number: str
    sms_number: str
    email: str
    accept_code: str
    object_code: str
    sms_max_parts: int
    outlines_are_synthetic: bool
    ladder_waits_for_opening: bool
    triage_within: timedelta
    approval_within: timedelta
    announcement_within: timedelta
    review_within: timedelta
    objection_window: timedelta
    reopen_window: timedelta
    archive_after: timedelta
    silent_after: timedelta
    repeat_contact_window: timedelta
    question_limit: timedelta
    upheld_within: timedelta
    plan_limit: timedelta
    transfer_within: timedelta
    holding_floor: timedelta
    question_not_in_last: timedelta
    longest_pause: timedelta
    longest_extension: timedelta
    recurrence_window: timedelta
    grace_after_opening: timedelta
    duty_next_after: timedelta
    try_again_after: timedelta
    near_window: timedelta
    withdrawal_within: timedelta
    feedback_after: timedelta
    call_tries: int
    poor_rating: int
    shortest_reply: int
    nudges_before_call: int
    recheck_percent: int
    survey_percent: int
    feedback_percent: int
    verdicts_before_final: int
    photo_elsewhere_metres: int
    calls_from: time
    calls_until: time
    quiet_from: time
    quiet_until: time
    digest_at: time
    weekly_on: Weekday
    keep: Mapping[Retained, timedelta]


@dataclass(frozen=True, slots=True)
class DistrictEntry(NamedEntry):
    """A district («منطقه»); `outline` is its GeoJSON geometry, if the city gave one."""

    population: int
    outline: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class SubDistrictEntry(NamedEntry):
    """A part of a district («ناحیه»)."""

    district_id: int
    population: int | None


@dataclass(frozen=True, slots=True)
class NeighbourhoodEntry(NamedEntry):
    """A neighbourhood («محله») of a district, and of one of its sub-districts where the city says so."""

    district_id: int
    sub_district_id: int | None
    population: int | None


@dataclass(frozen=True, slots=True)
class DepartmentEntry(NamedEntry):
    """A body of the city; `path` is "/city/m10/m10-green/", so a subtree is a prefix."""

    kind: DepartmentKind
    parent_id: int | None
    district_id: int | None
    deputy_id: int | None
    calendar_id: int | None
    path: str


@dataclass(frozen=True, slots=True)
class PositionEntry(NamedEntry):
    """A chair in a department and the role its holder plays."""

    department_id: int
    role: Role


@dataclass(frozen=True, slots=True)
class GroupEntry(NamedEntry):
    """A group of services, as menus show them; no service of a private one is ever public."""

    private: bool


@dataclass(frozen=True, slots=True)
class QuestionValue:
    """One answer to choose from."""

    key: str
    name_fa: str
    name_en: str

    def name(self, language: str) -> str:
        """The words in `language`, in Persian when there are none."""
        return (self.name_en if language.startswith("en") else self.name_fa) or self.name_fa


DANGER_QUESTION = "danger"
NO_DANGER = frozenset({"no", "unknown"})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a service besides place and words."""

    code: str
    datatype: Datatype
    required: bool
    question_fa: str
    question_en: str
    hint_fa: str
    hint_en: str
    values: tuple[QuestionValue, ...]

    def question(self, language: str) -> str:
        """The question in `language`, in Persian when there is none."""
        return (self.question_en if language.startswith("en") else self.question_fa) or self.question_fa

    def hint(self, language: str) -> str:
        """The hint in `language`; may be empty."""
        return (self.hint_en if language.startswith("en") else self.hint_fa) or self.hint_fa

    def tells_danger(self, reply: object) -> bool:
        """Whether this reply says that somebody is in danger: to the question `danger` every choice does but
        `no` and `unknown`."""
        return self.code == DANGER_QUESTION and bool(reply) and str(reply) not in NO_DANGER


@dataclass(frozen=True, slots=True)
class ServiceEntry(NamedEntry):
    """A type of service: what can be reported, and how such a case is treated."""

    group_id: int
    kind: MessageKind
    urgency: Urgency
    visibility: Visibility
    confidential: bool
    place: PlaceNeed
    identified_by: IdentifiedBy
    open311: Open311Type
    micro_project: bool
    description_fa: str
    description_en: str
    keywords: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def urgent(self) -> bool:
        """Whether somebody is in danger."""
        return self.urgency is Urgency.URGENT

    @property
    def public(self) -> bool:
        """Whether outsiders may see that such a case exists."""
        return self.visibility is Visibility.PUBLIC

    def told_danger(self, replies: Mapping[str, object]) -> bool:
        """Whether the replies to its questions say that somebody is in danger."""
        return any(one.tells_danger(replies.get(one.code)) for one in self.questions)

    def description(self, language: str) -> str:
        """The description in `language`, in Persian when there is none."""
        return (
            self.description_en if language.startswith("en") else self.description_fa
        ) or self.description_fa


@dataclass(frozen=True, slots=True)
class SeasonEntry(NamedEntry):
    """A season of a year, both days included (Nowruz, Arbaeen); its code stands once for every year."""

    from_date: date
    until_date: date


@dataclass(frozen=True, slots=True)
class RuleEntry(Entry):
    """A routing rule: what it is about, and the department (perhaps with `{district}`) it names.

    One with a `season` (a code) speaks only while that lasts.
    """

    n: int
    service_id: int | None
    group_id: int | None
    district_id: int | None
    season: str
    department: str


@dataclass(frozen=True, slots=True)
class CalendarEntry(NamedEntry):
    """Opening hours and holidays; `week` counts in them, None when the calendar never opens.

    Declared closures pass an `operational` calendar by; on a `mourning` day no citizen is called.
    """

    operational: bool
    windows: Mapping[str, tuple[str, ...]]
    week: WorkingWeek | None
    holidays: dict[date, str]
    mourning: frozenset[date]


@dataclass(frozen=True, slots=True)
class ClosureEntry:
    """Offices closed out of the ordinary («تعطیلی»), cut short already where it was ended.

    No district or no kind named = all of them.
    """

    id: int
    title_fa: str
    from_at: datetime
    to_at: datetime
    districts: frozenset[int]
    kinds: frozenset[DepartmentKind]
    mourning: bool
    declared_at: datetime
    declared_by: str


@dataclass(frozen=True, slots=True)
class RungEntry(Entry):
    """A step of a ladder: after how long which roles are told, and how."""

    n: int
    after: timedelta
    roles: tuple[Role, ...]
    notice: NoticeStyle


@dataclass(frozen=True, slots=True)
class LadderEntry(NamedEntry):
    """A ladder with its rungs in order; `counted_from` says where their `after` begins."""

    counted_from: CountedFrom
    rungs: tuple[RungEntry, ...]


@dataclass(frozen=True, slots=True)
class PolicyEntry(Entry):
    """A deadline policy: what it is about, what is promised, by which clock and ladder."""

    code: str
    service_id: int | None
    kind: MessageKind | None
    within: timedelta
    clock: Clock
    calendar_id: int | None
    ladder_id: int


@dataclass(frozen=True, slots=True)
class ChannelEntry(NamedEntry):
    """A gateway messages come through, and the adapter that carries it ("" = people or our own pages)."""

    adapter: str
    settings: dict[str, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class AgencyEntry(NamedEntry):
    """A body outside the municipality that matters can be handed to; a seasonal one only in its season."""

    emergency: bool
    season: str
    phone: str
    matters_fa: str


@dataclass(frozen=True, slots=True)
class GroundEntry(NamedEntry):
    """An article or rule that an answer can cite; `name` is its title. No services = for all."""

    text_fa: str
    services: tuple[str, ...]
