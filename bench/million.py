"""A million cases: a few lives lived through the real operations, then copied in SQL over three years.

Each life (registered only, late, answered, announced, archived …) leaves its rows in every table. A row of
`bench_case` says for each copy when it happened, whose it is, where it lies and what was said; copying puts
that in the place of what the life had, numbers of rows included, so that every copy is whole. The journal's
triggers are passed by (its hashes are not those of a real history), indexes come last.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from bench.intake import COLUMNS, table_heads
from bench.town import kinds_told, spots_of
from bench.words import REPLIES

YEARS = 3
STRIDE = 64
"""Rows of one table in one life at most."""

LEFT_OUT = ("procrastinate", "django", "bench", "web_", "simulation", "history")
PHONES = 300_000


@dataclass(frozen=True)
class Life:
    """How one case is lived, how many of all cases live so, and how many days ago the last began."""

    name: str
    share: float
    oldest: float
    youngest: float
    live: Callable[[Living], None]


@dataclass
class Living:
    """A case being lived: the clock, the case, those who act."""

    now: datetime
    case_id: int = 0
    actors: dict[str, object] = field(default_factory=dict)

    def after(self, **duration: float) -> datetime:
        """Move the clock on."""
        self.now += timedelta(**duration)
        return self.now

    def run(self) -> None:
        """Let what fell due happen."""
        from pol137.cases.operations import sweep
        from pol137.journal import outbox
        from pol137.messaging.operations import release_messages
        from pol137.notices.operations import tell

        while any(turn(now=self.now) for turn in (sweep, outbox.drain, tell, release_messages)):
            pass


# --- lives ----------------------------------------------------------------------------------------


def _register(life: Living, *, service: str = "", district: str = "") -> None:
    from pol137.cases.rules.drafts import CaseDraft, ReporterDraft
    from pol137.contacts.operations import register_problem
    from pol137.lib.actor import citizen
    from pol137.lib.phones import reserved_number

    town = life.actors["town"]
    draft = CaseDraft(
        service=service or town.service,
        words="x",
        channel="web",
        address="x",
        district=district or town.district,
        questions=town.questions,
        reporter=ReporterDraft(phone=reserved_number(next(_serial))),
    )
    made = register_problem(
        draft=draft, external_id=f"bench-{next(_serial)}", by=citizen("anonymous"), now=life.now
    )
    life.case_id = made.case.pk
    life.run()


_serial = itertools.count(1)


def fresh(life: Living) -> None:
    """Registered, its unit has not looked at it."""
    _register(life)


def taken_up(life: Living) -> None:
    """Its unit works on it."""
    from pol137.cases.operations import accept_case

    _register(life)
    accept_case(life.case_id, by=life.actors["head"], now=life.after(hours=2))
    life.run()


def late(life: Living) -> None:
    """Two rungs have fired."""
    taken_up(life)
    life.after(hours=71)
    life.run()
    life.after(hours=30)
    life.run()


def unrouted(life: Living) -> None:
    """Held by triage."""
    town = life.actors["town"]
    _register(life, service=town.nobodys)


def answered(life: Living) -> None:
    """The answer awaits approval."""
    from pol137.cases.operations import answer_case
    from pol137.cases.rules.drafts import AnswerDraft

    taken_up(life)
    answer = AnswerDraft(
        type="done", reply="اکیپ در محل حاضر شد و کار انجام گردید.", citizen_text="کار انجام شد."
    )
    answer_case(life.case_id, answer=answer, by=life.actors["head"], now=life.after(hours=26))
    life.run()


def announced(life: Living) -> None:
    """The citizen was told."""
    from pol137.cases.models import Case
    from pol137.cases.operations import announce_answer, approve_answer
    from pol137.lib.actor import system

    answered(life)
    approve_answer(life.case_id, by=life.actors["follow-up"], now=life.after(hours=3))
    life.run()
    if Case.objects.get(pk=life.case_id).status == "approved":
        announce_answer(life.case_id, told_by="sms", by=system("announcer"), now=life.after(minutes=2))
    life.run()


def objected(life: Living) -> None:
    """The citizen is not convinced."""
    from pol137.cases.operations import object_to_answer
    from pol137.cases.permissions import citizen_ref
    from pol137.lib.actor import citizen

    announced(life)
    me = citizen(citizen_ref(life.case_id))
    object_to_answer(
        life.case_id, ground="not_done", words="انجام نشده", channel="web", by=me, now=life.after(hours=5)
    )
    life.run()


def closed(life: Living) -> None:
    """The window has passed, nobody has classified it yet."""
    announced(life)
    life.after(days=8)
    life.run()


def archived(life: Living) -> None:
    """All of it."""
    closed(life)
    life.after(days=120)
    life.run()


LIVES = (
    Life("archived", 0.874, YEARS * 365, 135, archived),
    Life("closed", 0.09, 134, 12, closed),
    Life("announced", 0.012, 10, 2, announced),
    Life("objected", 0.0008, 12, 2.5, objected),
    Life("answered", 0.0022, 4, 1.3, answered),
    Life("taken_up", 0.006, 3, 0.2, taken_up),
    Life("fresh", 0.008, 2.5, 0, fresh),
    Life("late", 0.0065, 30, 4.5, late),
    Life("unrouted", 0.0005, 0.1, 0, unrouted),
)


# --- what a life leaves ---------------------------------------------------------------------------


@dataclass
class Left:
    """The rows a life left, by table, as text; the number of each row in its table within the life."""

    rows: dict[str, list[dict[str, str | None]]]
    ordinal: dict[tuple[str, str], int]
    case_id: str
    began: datetime


def live_all(db: psycopg.Connection, actors: dict[str, object], start: datetime) -> dict[str, Left]:
    """Every life lived once."""
    found = {}
    for life in LIVES:
        heads = table_heads(db)
        living = Living(start, actors=actors)
        life.live(living)
        rows = _rows_after(db, heads)
        ordinal = {
            (table, row["id"]): n for table, made in rows.items() for n, row in enumerate(made) if row["id"]
        }
        found[life.name] = Left(rows, ordinal, str(living.case_id), start)
        _forget_clock(db, living.case_id)
    return found


def _forget_clock(db: psycopg.Connection, case_id: int) -> None:
    """The life itself stands still while others are lived."""
    db.execute("UPDATE cases_promise SET next_at = NULL WHERE case_id = %s", [case_id])


def _rows_after(db: psycopg.Connection, heads: dict[str, int]) -> dict[str, list[dict[str, str | None]]]:
    found = {}
    for table, head in heads.items():
        if table.startswith(LEFT_OUT) or table == "cases_casetext":
            continue
        columns = [one for (one,) in db.execute(COLUMNS, [table]).fetchall()]
        wanted = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(one)) for one in columns)
        query = sql.SQL("SELECT {} FROM {} WHERE id > %s ORDER BY {}.id").format(
            wanted, sql.Identifier(table), sql.Identifier(table)
        )
        rows = db.execute(query, [head]).fetchall()
        if rows:
            found[table] = [dict(zip(columns, row, strict=True)) for row in rows]
    return found


# --- copying --------------------------------------------------------------------------------------

STAGE = """
CREATE UNLOGGED TABLE bench_case (
    life text, id bigint, shift interval, code text, service_id bigint, district_id bigint,
    neighbourhood_id bigint, department_id bigint, lat float8, lon float8, h3 text, words text, address text,
    reply text, said text, said_rest text, phone text, confidential bool, public bool
)
"""
TYPES = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
"""
KEYS = """
SELECT a.attname, c.confrelid::regclass::text FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f' AND c.conrelid = %s::regclass AND cardinality(c.conkey) = 1
"""
UNIQUE = """
SELECT DISTINCT a.attname FROM pg_index i
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indisunique AND NOT i.indisprimary AND i.indrelid = %s::regclass
"""
OF_CASE = {
    ("cases_case", "code"): "b.code", ("cases_case", "service_id"): "b.service_id",
    ("cases_case", "neighbourhood_id"): "b.neighbourhood_id", ("cases_case", "lat"): "b.lat",
    ("cases_case", "lon"): "b.lon", ("cases_case", "h3"): "b.h3", ("cases_case", "words"): "b.words",
    ("cases_case", "address"): "b.address", ("cases_case", "confidential"): "b.confidential",
    ("cases_case", "public"): "b.public", ("cases_answer", "reply"): "b.reply",
    ("cases_answer", "citizen_text"): "b.reply", ("cases_answer", "approved_text"): "b.reply",
    ("cases_announcement", "text"): "b.reply", ("cases_reporter", "phone"): "b.phone",
    ("cases_reporter", "phone_raw"): "b.phone", ("contacts_contact", "phone"): "b.phone",
    ("contacts_contact", "phone_raw"): "b.phone", ("contacts_contact", "words"): "b.words",
    ("contacts_contact", "service_id"): "b.service_id", ("citizens_contactpoint", "value"): "b.phone",
    ("contacts_callback", "phone"): "b.phone", ("messaging_outboundmessage", "address"): "b.phone",
}  # fmt: skip
IN_BODY = {
    "answer": "cases_answer", "promise": "cases_promise", "announcement": "cases_announcement",
    "review": "cases_review", "objection": "cases_objection", "note": "cases_note",
    "question": "cases_question", "message": "messaging_outboundmessage", "request": "cases_timerequest",
}  # fmt: skip


def copy_all(db: psycopg.Connection, lives: dict[str, Left]) -> None:
    """Copy what each life left for each row of the stage."""
    tables = sorted({table for left in lives.values() for table in left.rows})
    shapes = {table: _Shape.of(db, table) for table in tables}
    db.execute("ALTER TABLE journal_event DISABLE TRIGGER USER")
    with bare(db, [*tables, "cases_casetext"]):
        for name, left in lives.items():
            for table, rows in left.rows.items():
                for row in rows:
                    db.execute(_copy(table, row, name, left, shapes[table]))
        db.execute(
            "INSERT INTO cases_casetext (id, case_id, reads, text)"
            f" SELECT id * {STRIDE}, id, CASE WHEN said_rest = '' THEN 'any' ELSE 'all' END, said"
            f" FROM bench_case UNION ALL SELECT id * {STRIDE} + 1, id, 'rest', said_rest FROM bench_case"
            " WHERE said_rest <> ''"
        )
    db.execute("ALTER TABLE journal_event ENABLE TRIGGER USER")
    for table in [*tables, "cases_casetext"]:
        db.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        db.execute(f"VACUUM ANALYZE {table}")
    db.execute("CREATE TABLE bench_done ()")


@dataclass
class _Shape:
    types: dict[str, str]
    keys: dict[str, str]
    unique: set[str]

    @classmethod
    def of(cls, db: psycopg.Connection, table: str) -> _Shape:
        return cls(
            dict(db.execute(TYPES, [table]).fetchall()),
            dict(db.execute(KEYS, [table]).fetchall()),
            {name for (name,) in db.execute(UNIQUE, [table]).fetchall()},
        )


def _copy(table: str, row: dict[str, str | None], name: str, left: Left, shape: _Shape) -> sql.Composed:
    columns = [one for one in row if one in shape.types]
    values = [sql.SQL(_value(table, one, row, left, shape).replace("%", "%%")) for one in columns]
    return sql.SQL("INSERT INTO {} ({}) SELECT {} FROM bench_case b WHERE b.life = {}").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(values),
        sql.Literal(name),
    )  # fmt: skip


def _value(table: str, column: str, row: dict[str, str | None], left: Left, shape: _Shape) -> str:
    """What stands in a column of the copy, in SQL."""
    value, kind = row[column], shape.types[column]
    if value is None:
        return "NULL"
    if column == "id":
        return "b.id" if table == "cases_case" else f"b.id * {STRIDE} + {left.ordinal[table, value]}"
    target = shape.keys.get(column, "")
    if target == "cases_case" or (column == "case_ref" and value == left.case_id):
        return "b.id"
    if (target, value) in left.ordinal:
        return f"b.id * {STRIDE} + {left.ordinal[target, value]}"
    if column == "event_id":
        return f"b.id * {STRIDE} + {left.ordinal.get(('journal_event', value), 0)}"
    if (table, column) in OF_CASE:
        return OF_CASE[table, column]
    if target == "city_department":
        return "b.department_id"
    if target == "city_district":
        return "b.district_id"
    if table == "cases_notice" and column in ("position_id", "user_id"):
        return (
            f"coalesce((SELECT s.{column} FROM bench_seat s WHERE s.department_id = b.department_id"
            " AND s.role IN ('unit_head', 'deputy') AND s.role ="
            f" (SELECT role FROM city_position WHERE id = {row['position_id']}) LIMIT 1), {value})"
        )
    return _plain(column, value, kind, left, column in shape.unique)


def _plain(column: str, value: str, kind: str, left: Left, unique: bool) -> str:
    literal = f"{_quoted(value)}::{kind}"
    if column in ("stream", "lock") and value == f"case:{left.case_id}":
        return "'case:' || b.id"
    if column == "body":
        changed = [
            f"'{key}', b.id * {STRIDE} + {left.ordinal[table, str(said)]}"
            for key, said in json.loads(value).items()
            if (table := IN_BODY.get(key, "")) and (table, str(said)) in left.ordinal
        ]
        return f"{literal} || jsonb_build_object({', '.join(changed)})" if changed else literal
    if kind == "timestamp with time zone":
        return f"{literal} + b.shift"
    if kind == "timestamp with time zone[]":
        moments = value.strip("{}").replace('"', "").split(",") if value != "{}" else []
        return (
            f"ARRAY[{', '.join(f'{_quoted(one)}::timestamptz + b.shift' for one in moments)}]::timestamptz[]"
        )
    if unique and (kind == "text" or ((size := re.search(r"varying\((\d+)\)", kind)) and int(size[1]) > 60)):
        return f"{_quoted(value)} || '-' || b.id"
    return literal


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def bare(db: psycopg.Connection, tables: list[str]) -> Iterator[None]:
    """Take indexes and foreign keys away while tables are filled; primary keys and constraints come back."""
    keys = db.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)", [tables],
    ).fetchall()  # fmt: skip
    whole = db.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype IN ('u', 'x') AND conrelid::regclass::text = ANY(%s)", [tables],
    ).fetchall()  # fmt: skip
    indexes = db.execute(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i"
        " LEFT JOIN pg_constraint c ON c.conname = i.indexname WHERE i.tablename = ANY(%s) AND c.oid IS NULL",
        [tables],
    ).fetchall()
    for table, name, _ in [*keys, *whole]:
        db.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
        )
    for name, _ in indexes:
        db.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    db.execute("SET maintenance_work_mem = '768MB'")
    for _, definition in indexes:
        db.execute(definition)
    for table, name, definition in [*whole, *keys]:
        db.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


# --- the stage ------------------------------------------------------------------------------------


def stage(db: psycopg.Connection, cases: int, start: datetime, now: datetime) -> None:
    """One row a case: when, whose, where, what was said."""
    from pol137.lib import tracking_code
    from pol137.lib.persian import search_words

    rng = random.Random(137)
    kinds, spots = kinds_told(rng), spots_of(rng)
    replies = [(one, search_words(one)) for one in REPLIES]
    db.execute("DROP TABLE IF EXISTS bench_case, bench_seat")
    db.execute(STAGE)
    _seats(db)
    codes, span = set[str](), YEARS * 365 * 86400.0
    with db.cursor().copy("COPY bench_case FROM STDIN") as copy:
        for number, (life, age) in enumerate(_moments(cases, rng)):
            code = tracking_code.new_code(rng)
            while code in codes:
                code = tracking_code.new_code(rng)
            codes.add(code)
            spot = spots[int(len(spots) * rng.random() ** 1.7)]
            service = rng.choices(kinds.services, cum_weights=kinds.weights)[0]
            if life.name == "unrouted":
                service = kinds.nobodys
            words, folded = rng.choice(kinds.words[service.id])
            plate, reply = str(rng.randrange(1, 99999)), rng.choice(replies)
            phone = "+98970" + f"{int(PHONES * rng.random() ** 1.5):07d}"
            has_answer = life.name not in ("fresh", "taken_up", "late", "unrouted")
            said = f"{folded} شماره {plate} | {spot.folded}" + (f" | {reply[1]}" if has_answer else "")
            rest, told = "", f"{words}، شماره {plate}"
            if number % 33 == 0:
                told, said, rest = f"{told}، تلفن {phone}", f"{said} | تلفن {phone[1:]}", said
            shift = now - timedelta(seconds=age) - start
            case_id = 10_000 + int((span - age) / span * 10**9) * 1000 + number % 1000
            copy.write_row([
                life.name, case_id, shift, code, service.id, spot.district, spot.neighbourhood,
                kinds.department(service.id, spot.district), spot.lat, spot.lon, spot.h3, told, spot.address,
                reply[0], said, rest, phone, service.confidential,
                service.public and not service.confidential,
            ])  # fmt: skip
    db.execute("CREATE INDEX ON bench_case (life)")
    db.execute("ANALYZE bench_case")


def _moments(cases: int, rng: random.Random) -> Iterator[tuple[Life, float]]:
    """The life of each case and how many seconds ago it began, in the order of time."""
    found = [
        (life, (life.youngest + (life.oldest - life.youngest) * rng.random()) * 86400.0)
        for life in LIVES
        for _ in range(round(cases * life.share))
    ]
    return iter(sorted(found, key=lambda one: -one[1]))


def _seats(db: psycopg.Connection) -> None:
    """Who sits where: for each department the position of each role that answers for it, and its holder."""
    from pol137.city.queries import book
    from pol137.city.vocabulary import Role
    from pol137.staff.models import Appointment

    holders = dict(Appointment.objects.values_list("position_id", "user_id"))
    db.execute(
        "CREATE UNLOGGED TABLE bench_seat"
        " (department_id bigint, role text, position_id bigint, user_id bigint)"
    )
    with db.cursor().copy("COPY bench_seat FROM STDIN") as copy:
        for department in book().departments:
            for role in Role:
                for seat in book().positions_for(department.id, role):
                    copy.write_row([department.id, str(role), seat.id, holders.get(seat.id)])
    db.execute("CREATE INDEX ON bench_seat (department_id, role)")


@dataclass
class Town:
    """Where and about what the lives are lived."""

    service: str
    nobodys: str
    district: str
    questions: dict[str, object]


def cast(now: datetime) -> dict[str, object]:
    """Who acts in the lives: the head of a unit with an ordinary subject, and who approves its answers."""
    from pol137.cases.rules.routing import choose_department
    from pol137.city.queries import book
    from pol137.city.queries.book import local_day
    from pol137.city.rules.subjects import catch_all
    from pol137.city.vocabulary import Role
    from pol137.staff.models import User
    from pol137.staff.queries import actor_for

    city, day = book(), local_day(now)
    district = next(iter(city.districts))

    def unit_of(service_id: int) -> int | None:
        return choose_department(city, service_id=service_id, district_id=district.id, day=day).department_id

    plain = (one for one in city.services if one.public and not one.urgent)
    service = next(
        one for one in plain if unit_of(one.id) and not any(question.required for question in one.questions)
    )
    unit = unit_of(service.id)
    head = next(iter(city.positions_for(unit, Role.UNIT_HEAD)))
    judge = next(one for one in city.positions if one.role == Role.FOLLOW_UP)
    actors = {
        name: actor_for(User.objects.get(username=seat.code), now=now)
        for name, seat in (("head", head), ("follow-up", judge))
    }
    return {**actors, "town": Town(service.code, catch_all(city).code, district.code, {})}
