"""The shape of a city pack: which file holds which table, and what stands in each column."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pol137.city.vocabulary import (
    HOURS,
    NUMBERS,
    WINDOWS,
    Clock,
    CountedFrom,
    Datatype,
    DepartmentKind,
    IdentifiedBy,
    MessageKind,
    NoticeStyle,
    Open311Type,
    PlaceKind,
    PlaceNeed,
    Retained,
    Role,
    Urgency,
    Visibility,
    Weekday,
)


class Cell(StrEnum):
    """What kind of value a column holds."""

    CODE = "code"
    TEXT = "text"
    LONG_TEXT = "long text"
    REFERENCE = "reference"
    REFERENCES = "references"
    WORD = "word"
    WORDS = "words"
    TEXTS = "texts"
    ALLEYS = "ranges of alleys"
    YES = "yes or no"
    COUNT = "whole number"
    DEGREES = "degrees"
    DURATION = "duration"
    DATE = "date"
    TIME = "time of day"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its kind, the table it refers to or the words it allows, whether it may be empty.

    `header` is its word in the file where the model's field cannot be called so.
    """

    name: str
    cell: Cell = Cell.TEXT
    refers: str = ""
    words: type[StrEnum] | None = None
    optional: bool = False
    header: str = ""

    @property
    def lists(self) -> bool:
        """Whether a cell holds several values."""
        return self.cell in (Cell.REFERENCES, Cell.WORDS, Cell.TEXTS, Cell.ALLEYS)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the pack. `key` are the columns a row is recognised by."""

    name: str
    file: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("code",)

    @property
    def names(self) -> list[str]:
        """The columns' names in order."""
        return [column.name for column in self.columns]

    @property
    def headers(self) -> list[str]:
        """The first line of the file."""
        return [column.header or column.name for column in self.columns]


def _code(name: str = "code") -> Column:
    return Column(name, Cell.CODE)


def _to(name: str, table: str = "", *, optional: bool = False) -> Column:
    return Column(name, Cell.REFERENCE, refers=table or name, optional=optional)


def _word(name: str, words: type[StrEnum], *, optional: bool = False) -> Column:
    return Column(name, Cell.WORD, words=words, optional=optional)


def _long(name: str, *, optional: bool = False) -> Column:
    return Column(name, Cell.LONG_TEXT, optional=optional)


def _season() -> Column:
    return Column("season", Cell.CODE, refers="season", optional=True)


def _count(name: str, *, optional: bool = False) -> Column:
    return Column(name, Cell.COUNT, optional=optional)


_NAMES = (Column("name_fa"), Column("name_en"))
_TITLES = (Column("title_fa"), Column("title_en"))

CSV_TABLES: Final[tuple[Table, ...]] = (
    Table("district", "districts.csv", (_code(), _count("population"), *_NAMES)),
    Table(
        "subdistrict",
        "sub_districts.csv",
        (_code(), _to("district"), _count("population", optional=True), *_NAMES),
    ),
    Table(
        "neighbourhood",
        "neighbourhoods.csv",
        (
            _code(),
            _to("district"),
            _to("sub_district", "subdistrict", optional=True),
            _count("population", optional=True),
            *_NAMES,
        ),
    ),
    Table(
        "place",
        "places.csv",
        (
            _code(),
            _word("kind", PlaceKind),
            _to("district"),
            _to("neighbourhood", optional=True),
            Column("alleys", Cell.ALLEYS, optional=True),
            Column("shared_with", Cell.REFERENCES, refers="district", optional=True),
            Column("lat", Cell.DEGREES, optional=True),
            Column("lon", Cell.DEGREES, optional=True),
            Column("name_fa"),
            Column("aliases", Cell.TEXTS, optional=True),
        ),
    ),
    Table(
        "department",
        "departments.csv",
        (
            _code(),
            _word("kind", DepartmentKind),
            _to("parent", "department", optional=True),
            _to("district", optional=True),
            _to("deputy", "position", optional=True),
            _to("calendar", optional=True),
            *_NAMES,
        ),
    ),
    Table("position", "positions.csv", (_code(), _to("department"), _word("role", Role), *_TITLES)),
    Table("servicegroup", "service_groups.csv", (_code(), Column("private", Cell.YES), *_NAMES)),
    Table(
        "service",
        "services.csv",
        (
            _code(),
            _to("group", "servicegroup"),
            _word("kind", MessageKind),
            _word("urgency", Urgency),
            _word("visibility", Visibility),
            Column("confidential", Cell.YES),
            _word("place", PlaceNeed),
            _word("identified_by", IdentifiedBy),
            _word("open311", Open311Type, optional=True),
            Column("micro_project", Cell.YES),
            *_NAMES,
            _long("description_fa"),
            _long("description_en"),
            Column("keywords", Cell.TEXTS, optional=True),
        ),
    ),
    Table(
        "question",
        "questions.csv",
        (
            _to("service"),
            _code(),
            _word("datatype", Datatype),
            Column("required", Cell.YES),
            Column("question_fa"),
            Column("question_en"),
            Column("hint_fa", optional=True),
            Column("hint_en", optional=True),
        ),
        ("service", "code"),
    ),
    Table(
        "questionvalue",
        "question_values.csv",
        (_to("service"), _code("question"), _code("key"), *_NAMES),
        ("service", "question", "key"),
    ),
    Table(
        "season",
        "seasons.csv",
        (
            _code(),
            Column("from_date", Cell.DATE, header="from"),
            Column("until_date", Cell.DATE, header="until"),
            *_NAMES,
        ),
        ("code", "from_date"),
    ),
    Table(
        "routingrule",
        "routing.csv",
        (
            _count("n"),
            _to("service", optional=True),
            _to("group", "servicegroup", optional=True),
            _to("district", optional=True),
            _season(),
            Column("department"),
        ),
        ("n",),
    ),
    Table("ladder", "ladders.csv", (_code(), _word("counted_from", CountedFrom), *_NAMES)),
    Table(
        "ladderrung",
        "escalation.csv",
        (
            _to("ladder"),
            _count("n"),
            Column("after", Cell.DURATION),
            Column("roles", Cell.WORDS, words=Role),
            _word("notice", NoticeStyle),
        ),
        ("ladder", "n"),
    ),
    Table(
        "deadlinepolicy",
        "deadlines.csv",
        (
            _code(),
            _to("service", optional=True),
            _word("kind", MessageKind, optional=True),
            Column("within", Cell.DURATION),
            _word("clock", Clock),
            _to("calendar", optional=True),
            _to("ladder"),
        ),
    ),
    Table(
        "holiday",
        "holidays.csv",
        (_to("calendar"), Column("date", Cell.DATE), Column("mourning", Cell.YES), Column("title_fa")),
        ("calendar", "date"),
    ),
    Table(
        "agency",
        "agencies.csv",
        (
            _code(),
            Column("emergency", Cell.YES),
            _season(),
            Column("phone", optional=True),
            *_NAMES,
            _long("matters_fa"),
        ),
    ),
    Table(
        "legalground",
        "legal_grounds.csv",
        (
            _code(),
            Column("services", Cell.REFERENCES, refers="service", optional=True),
            *_TITLES,
            _long("text_fa"),
        ),
    ),
)

CITY_COLUMNS: Final[tuple[Column, ...]] = (
    _code(),
    *_NAMES,
    Column("timezone"),
    Column("phone_region"),
    Column("jurisdiction_id"),
    Column("phone_number"),
    Column("sms_number"),
    Column("email"),
    Column("accept_code"),
    Column("object_code"),
    Column("sms_max_parts", Cell.COUNT),
    Column("outlines_are_synthetic", Cell.YES),
    Column("ladder_waits_for_opening", Cell.YES),
)

CITY_SECTIONS: Final[dict[str, tuple[Column, ...]]] = {
    "windows": tuple(Column(name, Cell.DURATION) for name in WINDOWS),
    "numbers": tuple(Column(name, Cell.COUNT) for name in NUMBERS),
    "hours": (
        *(Column(name, Cell.TIME) for name in HOURS),
        Column("weekly_on", Cell.WORD, words=Weekday),
    ),
}
"""The tables of city.toml."""

KEEP_COLUMNS: Final[tuple[Column, ...]] = tuple(Column(one.value, Cell.DURATION) for one in Retained)

CITY_FILE: Final = "city.toml"
RETENTION_FILE: Final = "retention.toml"
CALENDARS_FILE: Final = "calendars.toml"
CHANNELS_FILE: Final = "channels.toml"
MESSAGES_FILE: Final = "messages.toml"
OUTLINES_FILE: Final = "districts.geojson"
ARTICLES_FOLDER: Final = "articles"

KEYS: Final[dict[str, tuple[str, ...]]] = {
    **{table.name: table.key for table in CSV_TABLES},
    "calendar": ("code",),
    "channel": ("code",),
    "messagetext": ("event", "medium", "language"),
}

MAY_LACK: Final = frozenset(
    {
        "sub_districts.csv",
        "neighbourhoods.csv",
        "places.csv",
        "questions.csv",
        "question_values.csv",
        "seasons.csv",
        "agencies.csv",
        "legal_grounds.csv",
        "holidays.csv",
        OUTLINES_FILE,
    }
)
"""Files a pack may do without: their tables are empty then."""

TOWN_FILES: Final = frozenset({"districts.csv", "departments.csv", "positions.csv"})
"""Files only a city has: a folder without them whose city.toml names no city is a base for others."""

FILES: Final[frozenset[str]] = frozenset(
    {table.file for table in CSV_TABLES}
    | {CITY_FILE, RETENTION_FILE, CALENDARS_FILE, CHANNELS_FILE, MESSAGES_FILE, OUTLINES_FILE}
)
