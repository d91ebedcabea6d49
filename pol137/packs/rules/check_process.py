"""Sense of a pack's process: services, routing, ladders, deadlines, calendars, channels."""

from __future__ import annotations

from collections.abc import Iterator

from pol137.city.rules.entries import DANGER_QUESTION
from pol137.city.vocabulary import (
    CENTRE_LADDER,
    OWN_CHANNELS,
    UNIT_ROLES,
    URGENT_POLICY,
    Clock,
    CountedFrom,
    Datatype,
    IdentifiedBy,
    PlaceNeed,
    Visibility,
)
from pol137.lib.durations import parse_duration
from pol137.lib.working_time import WorkingWeek
from pol137.packs.rules.cells import CODE
from pol137.packs.rules.pack import Fault, Pack, Row


def faults(pack: Pack) -> Iterator[Fault]:
    """What does not make sense in the process."""
    yield from _offers(pack)
    yield from _questions(pack)
    yield from _identified(pack)
    yield from _seasons(pack)
    yield from _routing(pack)
    yield from _ladders(pack)
    yield from _deadlines(pack)
    yield from _calendars(pack)
    yield from _channels(pack)


def _offers(pack: Pack) -> Iterator[Fault]:
    guarded = {row["code"] for row in pack.table("servicegroup") if row["private"]}
    for row in pack.table("service"):
        private = row["visibility"] == Visibility.PRIVATE
        if row["group"] in guarded and not private:
            yield row.fault(
                f"a service of the private group {row['group']!r} is public", "make its visibility private"
            )
        if row["confidential"] and not private:
            yield row.fault("a confidential service is public", "make its visibility private")
        if row["open311"] and private:
            yield row.fault("a private service is offered over Open311", "empty open311 or make it public")
        if row["open311"] and row["place"] == PlaceNeed.NONE:
            yield row.fault("a service without a place is offered over Open311", "empty open311")


def _questions(pack: Pack) -> Iterator[Fault]:
    asked = pack.by_key("question")
    keys = {(row["service"], row["question"], row["key"]) for row in pack.table("questionvalue")}
    chosen = {(service, question) for service, question, _ in keys}
    lists = {Datatype.SINGLE, Datatype.MULTI}
    for key, row in asked.items():
        if row["datatype"] in lists and key not in chosen and "questionvalue" not in pack.unread:
            yield row.fault(f"{row['code']!r} is a list without values", "add them to question_values.csv")
        elif row["code"] == DANGER_QUESTION and not (
            row["datatype"] == Datatype.SINGLE and ((*key, "no") in keys or "questionvalue" in pack.unread)
        ):
            yield row.fault("nobody can say no to 'danger'", "make it a singlevaluelist with a value no")
    for row in pack.table("questionvalue"):
        question = asked.get((row["service"], row["question"]))
        if question is None and not {"question", "service"} & (pack.unread | pack.spoilt.keys()):
            yield row.fault(f"{row['service']!r} has no question {row['question']!r}", "see questions.csv")
        elif question is not None and question["datatype"] not in lists:
            yield row.fault(f"{row['question']!r} is no list", "take the value out or change the datatype")


def _identified(pack: Pack) -> Iterator[Fault]:
    asked = pack.by_key("question")
    for row in pack.table("service"):
        by = row["identified_by"]
        if by in (IdentifiedBy.LINE, IdentifiedBy.ASSET):
            question = asked.get((row["code"], by))
            if question is None and not {"question", "service"} & (pack.unread | pack.spoilt.keys()):
                yield row.fault(
                    f"{row['code']!r} is identified by {by} and does not ask for it",
                    f"add a question with the code {by}, or write place",
                )
            elif question is not None and question["datatype"] == Datatype.MULTI:
                yield row.fault(f"the question {by!r} takes several answers", "let it take one")
        if by == IdentifiedBy.PLACE and row["place"] == PlaceNeed.NONE:
            yield row.fault("identified by its place, of which there is none", "write identified_by none")


def _seasons(pack: Pack) -> Iterator[Fault]:
    before: dict[str, list[Row]] = {}
    for row in pack.table("season"):
        if row["until_date"] < row["from_date"]:
            yield row.fault("the season ends before it begins", "let until come after from")
        for other in before.get(row["code"], []):
            if row["from_date"] <= other["until_date"] and other["from_date"] <= row["until_date"]:
                yield row.fault(f"it overlaps with line {other.line}", "one row for each year")
        before.setdefault(row["code"], []).append(row)


def _routing(pack: Pack) -> Iterator[Fault]:
    before = -1
    for row in pack.own.get("routingrule", []):
        if row["n"] <= before:
            yield row.fault(f"n {row['n']} does not rise", "number the rows upward")
        before = row["n"]
    districts = pack.codes("district")
    for row in pack.table("routingrule"):
        if row["service"] and row["group"]:
            yield row.fault("both service and group are filled", "keep one")
        wanted = [row["district"]] if row["district"] else districts
        if "{district}" not in row["department"]:
            if not pack.knows("department", row["department"]):
                yield row.fault(f"department {row['department']!r} does not exist", "see departments.csv")
            continue
        for code in (row["department"].replace("{district}", district) for district in wanted):
            if not CODE.fullmatch(code) or not pack.knows("department", code):
                yield row.fault(f"department {code!r} does not exist", "add it, or a row for that district")


def _ladders(pack: Pack) -> Iterator[Fault]:
    rungs: dict[str, list[Row]] = {}
    for row in pack.table("ladderrung"):
        rungs.setdefault(row["ladder"], []).append(row)
    for ladder in pack.table("ladder"):
        steps = rungs.get(ladder["code"], [])
        if not steps and "ladderrung" not in pack.unread:
            yield ladder.fault(f"ladder {ladder['code']!r} has no rung", "add rungs to escalation.csv")
        elif steps and ladder["counted_from"] == CountedFrom.START and parse_duration(steps[0]["after"]):
            yield steps[0].fault("rung 0 comes late", "rung 0 is told at 0s")
    for steps in rungs.values():
        yield from _rising(steps)
    centre = pack.by_key("ladder").get(CENTRE_LADDER)
    if centre is None and not pack.knows("ladder", CENTRE_LADDER):
        yield Fault("ladders.csv", 1, f"there is no ladder {CENTRE_LADDER!r}", "add it, counted_from due")
    elif centre and centre["counted_from"] != CountedFrom.DUE:
        yield centre.fault("the centre's ladder is counted from the start", "write counted_from due")
    for row in rungs.get(CENTRE_LADDER, []):
        for role in sorted(UNIT_ROLES.intersection(row["roles"])):
            yield row.fault(f"{role} is no role of the centre", "its cases may have no unit yet")


def _rising(steps: list[Row]) -> Iterator[Fault]:
    for n, row in enumerate(steps):
        if row["n"] != n:
            yield row.fault(f"rung {row['n']} stands where rung {n} belongs", "number from 0 without gaps")
        if n and parse_duration(row["after"]) <= parse_duration(steps[n - 1]["after"]):
            yield row.fault(f"rung {row['n']} is not later than the one before", "let `after` rise")


def _deadlines(pack: Pack) -> Iterator[Fault]:
    ladders, about = pack.by_key("ladder"), set()
    second = {row["ladder"]: row for row in pack.table("ladderrung") if row["n"] == 1}
    for row in pack.table("deadlinepolicy"):
        topic = (row["service"], row["kind"])
        if row["code"] == URGENT_POLICY and any(topic):
            yield row.fault("the row for what is urgent speaks of one subject", "empty service and kind")
        elif row["code"] != URGENT_POLICY:
            if topic in about:
                yield row.fault("a second row about the same", "keep one")
            about.add(topic)
        if all(topic):
            yield row.fault("both service and kind are filled", "keep one")
        if row["clock"] == Clock.WORKING and not row["calendar"]:
            yield row.fault("the working clock needs a calendar", "name one of calendars.toml")
        ladder = ladders.get(row["ladder"])
        if ladder and ladder["counted_from"] != CountedFrom.START:
            yield row.fault(f"ladder {row['ladder']!r} is not counted from the start", "name another ladder")
        rung = second.get(row["ladder"])
        if rung and parse_duration(rung["after"]) < parse_duration(row["within"]):
            yield row.fault(
                f"rung 1 ({rung['after']}) comes before the promise is due ({row['within']})",
                "shorten `within` or raise the ladder",
            )
    if ("", "") not in about and "deadlinepolicy" not in pack.unread:
        yield Fault("deadlines.csv", 1, "there is no default", "add a row without service and kind")
    if "deadlinepolicy" not in pack.unread and not pack.knows("deadlinepolicy", URGENT_POLICY):
        yield Fault("deadlines.csv", 1, f"there is no row {URGENT_POLICY!r}", "add it: minutes, for danger")


def _calendars(pack: Pack) -> Iterator[Fault]:
    worked = {row["calendar"] for row in pack.table("deadlinepolicy") if row["clock"] == Clock.WORKING}
    for row in pack.table("calendar"):
        hours = {day[:3]: windows for day, windows in row["windows"].items()}
        try:
            if any(hours.values()) or row["code"] in worked:
                WorkingWeek.of("UTC", hours)
        except ValueError as error:
            yield row.fault(f"calendar {row['code']!r}: {error}", "write windows like 07:30-14:30")


def _channels(pack: Pack) -> Iterator[Fault]:
    for code in OWN_CHANNELS:
        if not pack.knows("channel", code):
            yield Fault("channels.toml", 1, f"there is no channel {code!r}", f"add [{code}]")
