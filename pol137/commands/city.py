"""`pol137 city`: the city pack, checked, compared, loaded and written as a whole."""

from __future__ import annotations

import argparse
import csv
import getpass
import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from pol137.contacts.rules.articles import ArticleText
    from pol137.lib.actor import Actor
    from pol137.packs.rules.differences import Difference
    from pol137.packs.rules.pack import Fault, Pack


def arguments(parser: argparse.ArgumentParser) -> None:
    """check PACK, diff PACK, load PACK, dump DIR, tidy PACK, new DIR, outlines PACK, vacant, holidays."""
    verbs = parser.add_subparsers(
        dest="verb", required=True, metavar="check|diff|load|dump|tidy|new|outlines|vacant|holidays"
    )
    for verb, purpose in (
        ("check", "every fault of the pack, with file and line; loads nothing"),
        ("diff", "what a load would change, row by row"),
        ("load", "take the pack in, all of it or nothing"),
        ("tidy", "rewrite the pack's files in the form `dump` writes"),
    ):
        one = verbs.add_parser(verb, help=purpose)
        one.add_argument("pack", metavar="PACK", help="a name under cities/ or a path")
        if verb != "tidy":
            one.add_argument("--json", action="store_true", help="for programs")
        if verb == "check":
            one.add_argument(
                "--seats",
                action="store_true",
                help="also which positions nobody holds in the city loaded here",
            )
        if verb == "load":
            one.add_argument("--replace", action="store_true", help="even if another city is loaded now")
    dump = verbs.add_parser("dump", help="write the city as it stands as a pack")
    dump.add_argument("folder", metavar="DIR", type=Path)
    new = verbs.add_parser("new", help="begin a pack: the fewest files a town needs on a base")
    new.add_argument("folder", metavar="DIR", type=Path, help="made here; its name is the city's code")
    new.add_argument("--based-on", metavar="BASE", default="iran", help="a pack under cities/")
    new.add_argument("--name-fa", metavar="NAME", required=True, help="the city's Persian name")
    new.add_argument("--name-en", metavar="NAME", required=True, help="its English name")
    new.add_argument("--districts", metavar="N", type=int, default=1, help="how many districts it has")
    outlines = verbs.add_parser("outlines", help="take the city's official borders of its districts")
    outlines.add_argument("pack", metavar="PACK", help="a name under cities/ or a path")
    source = outlines.add_mutually_exclusive_group(required=True)
    source.add_argument("--geojson", metavar="FILE", type=Path, help="a FeatureCollection in WGS 84")
    source.add_argument(
        "--csv", metavar="FILE", type=Path, help="code,wkt or code,lon,lat or code,part,lon,lat"
    )
    outlines.add_argument("--code-property", metavar="X", default="code", help="what names the district")
    verbs.add_parser("vacant", help="the positions nobody holds in the city loaded here")
    days = verbs.add_parser("holidays", help="a Jalali year's official holidays: printed, or added to a pack")
    days.add_argument("--year", metavar="YEAR", type=int, required=True)
    days.add_argument("--calendar", default="office", help="the calendar's code")
    days.add_argument("--into", metavar="PACK", help="add those its holidays.csv lacks; no row is taken away")


def run(asked: argparse.Namespace) -> int:
    """Do what the verb says; 1 when the pack is refused."""
    return {
        "check": _check,
        "diff": _diff,
        "load": _load,
        "dump": _dump,
        "tidy": _tidy,
        "vacant": _vacant,
        "new": _new,
        "outlines": _outlines,
        "holidays": _holidays,
    }[asked.verb](asked)


def load_if_empty(pack: str) -> bool:
    """Load the pack into a database that holds no city; False, and nothing done, when it holds one.

    Refuses (Refusal) a pack with faults; they are shown first.
    """
    from django.utils import timezone

    from pol137.city.queries import is_loaded
    from pol137.lib.actor import system

    if is_loaded():
        return False
    found = read(pack)
    _show(found.faults, grave_only=True)
    load(found, by=system("pol137 up"), now=timezone.now())
    return True


@dataclass(frozen=True, slots=True)
class ReadPack:
    """A pack as its files say, with all its faults."""

    pack: Pack
    articles: list[ArticleText]
    faults: list[Fault]

    @property
    def broken(self) -> bool:
        """Whether a fault keeps it from being loaded."""
        return any(not fault.warning for fault in self.faults)


def load(found: ReadPack, *, by: Actor, now: datetime, replace: bool = False) -> list[Difference]:
    """Load city and articles in one transaction; what changed.

    Refuses (Refusal) a broken pack, and one of another city unless `replace`.
    """
    from django.db import transaction

    from pol137.contacts.operations.load_pack import load_articles
    from pol137.lib.refusal import Refusal
    from pol137.packs.operations import load_pack

    if found.broken:
        grave = [fault for fault in found.faults if not fault.warning]
        raise Refusal("pack_broken", pack=found.pack.name, faults=len(grave), first=str(grave[0]))
    with transaction.atomic():
        changes = load_pack(pack=found.pack, by=by, now=now, replace=replace)
        return changes + load_articles(articles=found.articles, now=now)


def read(name: str) -> ReadPack:
    """The pack of that name under cities/, or at that path, with every fault in it."""
    from django.conf import settings

    from pol137.contacts.rules.articles import read_articles, render_article
    from pol137.packs.adapters.pack_files import read_pack
    from pol137.packs.rules.check import check
    from pol137.packs.rules.pack import untidy

    pack = read_pack(folder_of(name), cities=Path(settings.CITIES_DIR))
    articles, faults = read_articles(pack)
    faults += [
        untidy(file, 1)
        for one in articles
        if (file := f"articles/{one.code}.md") == pack.article_files[one.code]
        and render_article(one) != pack.articles[one.code]
    ]
    return ReadPack(pack, articles, check(pack) + faults)


def folder_of(name: str) -> Path:
    """Where the pack of that name under cities/, or at that path, lies."""
    from django.conf import settings

    cities = Path(settings.CITIES_DIR).resolve()
    known = (cities / name).resolve()
    return known if "/" not in name and known.parent == cities and known.is_dir() else Path(name).resolve()


def code_of(name: str) -> str:
    """The code of the city that pack is of; of a pack that says none, its folder's name."""
    folder = folder_of(name)
    try:
        told = tomllib.loads((folder / "city.toml").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        told = {}
    return str(told.get("code", folder.name))


def _show(faults: list[Fault], *, grave_only: bool = False) -> None:
    for fault in faults:
        if not (grave_only and fault.warning):
            print(fault, file=sys.stderr)


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _told_unloadable(found: ReadPack) -> bool:
    _show(found.faults, grave_only=True)
    if found.pack.base and not found.broken:
        print(f"{found.pack.name}: is a base for cities: name a pack that stands on it", file=sys.stderr)
    return found.broken or found.pack.base


def _check(asked: argparse.Namespace) -> int:
    found = read(asked.pack)
    grave = sum(not fault.warning for fault in found.faults)
    faults = found.faults if grave or found.pack.base else [*found.faults, *_reminders(found)]
    if asked.json:
        rows = [{name: getattr(fault, name) for name in fault.__slots__} for fault in faults]
        loads = not grave and not found.pack.base
        print(json.dumps({"pack": found.pack.name, "loads": loads, "faults": rows}, ensure_ascii=False))
    else:
        for fault in faults:
            print(fault)
        warnings = len(faults) - grave
        good = "is a base for cities" if found.pack.base else "can be loaded"
        state = "cannot be loaded" if grave else good
        print(f"{found.pack.name}: {state}; {_many(grave, 'error')}, {_many(warnings, 'warning')}")
    return 1 if grave else 0


def _reminders(found: ReadPack) -> list[Fault]:
    """What a pack that loads still lacks today."""
    from zoneinfo import ZoneInfo

    from django.utils import timezone

    from pol137.contacts.rules import articles
    from pol137.packs.rules.reminders import reminders

    city = found.pack.table("city")[0]
    today = timezone.now().astimezone(ZoneInfo(city["timezone"])).date()
    return [*reminders(found.pack, today), *articles.reminders(found.pack, found.articles, today)]


def _vacant(_: argparse.Namespace) -> int:
    """Which positions nobody holds; 1 when a role of the centre or of inspection has nobody at all."""
    from django.utils import timezone

    from pol137.city.queries import book
    from pol137.city.vocabulary import UNIT_ROLES, Role
    from pol137.staff.queries import holders

    city = book()
    held = holders([one.id for one in city.positions], now=timezone.now())
    silent = False
    for role in Role:
        seats = [one for one in city.positions if one.role is role]
        empty = [one for one in seats if one.id not in held]
        nobody = bool(seats) and len(empty) == len(seats) and role not in UNIT_ROLES
        silent = silent or nobody
        if empty:
            told = "nobody has this role" if nobody else f"{len(empty)} of {len(seats)} vacant"
            print(f"{role}: {told}: {', '.join(one.code for one in empty)}")
    return 1 if silent else 0


def _diff(asked: argparse.Namespace) -> int:
    from django.utils import timezone

    from pol137.city.queries import book, is_loaded, local_day
    from pol137.contacts.operations.load_pack import article_differences
    from pol137.contacts.queries import stored_articles
    from pol137.packs.queries.stored_pack import stored_records
    from pol137.packs.rules.differences import differences
    from pol137.packs.rules.pack import records_of

    found = read(asked.pack)
    if _told_unloadable(found):
        return 1
    here, given = is_loaded(), records_of(found.pack)
    if here and given["city"] and (code := given["city"][0]["code"]) != book().city.code:
        there = f"the centre holds {book().city.code}: only `load --replace` would bring it in"
        print(f"{found.pack.name} is a pack of {code}, {there}", file=sys.stderr)
    stored = stored_records(local_day(timezone.now())) if here else {}
    changes = differences(stored, given)
    changes += article_differences(stored_articles() if here else [], found.articles)
    _report(changes, as_json=asked.json)
    return 0


def _report(changes: list[Difference], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"table": one.table, "key": one.key, "change": one.change, "fields": one.fields}
            for one in changes
        ]
        print(json.dumps(rows, ensure_ascii=False, default=str))
        return
    for one in changes:
        print(one)
    print(_many(len(changes), "change") if changes else "no change")


def _load(asked: argparse.Namespace) -> int:
    from django.utils import timezone

    from pol137.lib.actor import system

    found = read(asked.pack)
    if _told_unloadable(found):
        print(f"{found.pack.name}: refused, nothing was loaded", file=sys.stderr)
        return 1
    by = system(f"pol137 city ({getpass.getuser()})")
    changes = load(found, by=by, now=timezone.now(), replace=asked.replace)
    if asked.json:
        print(json.dumps({"pack": found.pack.name, "changes": len(changes)}))
    else:
        print(f"{found.pack.name}: loaded, {_many(len(changes), 'change')}")
    return 0


def _dump(asked: argparse.Namespace) -> int:
    from django.utils import timezone

    from pol137.city.queries import local_day
    from pol137.contacts.queries import stored_articles
    from pol137.contacts.rules.articles import render_article
    from pol137.packs.adapters.pack_files import write_files
    from pol137.packs.queries.stored_pack import stored_records
    from pol137.packs.rules.render import render

    folder: Path = asked.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print(f"{folder}: is not an empty folder", file=sys.stderr)
        return 1
    files = render(stored_records(local_day(timezone.now())))
    write_files(folder, files, {one.code: render_article(one) for one in stored_articles()})
    print(folder)
    return 0


def _tidy(asked: argparse.Namespace) -> int:
    from pol137.contacts.rules.articles import render_article
    from pol137.packs.adapters.pack_files import write_files
    from pol137.packs.rules.render import render_own

    found = read(asked.pack)
    if found.broken:
        _show(found.faults, grave_only=True)
        return 1
    files = render_own(found.pack)
    articles = {
        one.code: render_article(one)
        for one in found.articles
        if found.pack.article_files[one.code] == f"articles/{one.code}.md"
    }
    write_files(found.pack.folder, files, articles)
    return 0


def _new(asked: argparse.Namespace) -> int:
    from pol137.packs.adapters.pack_files import write_files
    from pol137.packs.rules.cells import CODE
    from pol137.packs.rules.skeleton import Town, skeleton

    folder: Path = asked.folder
    base = read(asked.based_on)
    wrong = (
        f"{folder}: is there already"
        if folder.exists()
        else f"{folder.name!r} is no code: use letters, digits and - alone"
        if not CODE.fullmatch(folder.name)
        else f"{asked.districts} districts: use 1 to 99"
        if not 1 <= asked.districts <= 99
        else f"{base.pack.name}: cannot be a base: see `pol137 city check {asked.based_on}`"
        if base.broken or not base.pack.base
        else ""
    )
    if wrong:
        print(wrong, file=sys.stderr)
        return 1
    write_files(
        folder, skeleton(Town(folder.name, asked.name_fa, asked.name_en, asked.districts), base.pack), {}
    )
    print(f"{folder}: begun; go on with cities/README.md, and ask `pol137 city check {folder}` as you go")
    return 0


def _outlines(asked: argparse.Namespace) -> int:
    from pol137.packs.adapters.outline_files import read_borders
    from pol137.packs.adapters.pack_files import write_files
    from pol137.packs.rules.render import render_outlines, with_city_key

    found = read(asked.pack)
    if _told_unloadable(found):
        return 1
    borders = read_borders(asked.geojson or asked.csv, found.pack, code_property=asked.code_property)
    _show(borders.faults)
    if borders.broken:
        print(f"{found.pack.name}: nothing was changed", file=sys.stderr)
        return 1
    city = with_city_key(found.pack.files["city.toml"], "outlines_are_synthetic", False)
    write_files(
        found.pack.folder, {"districts.geojson": render_outlines(borders.outlines), "city.toml": city}, {}
    )
    print(
        f"{found.pack.name}: {_many(len(borders.outlines), 'official outline')} written;"
        " the outlines no longer count as drawn"
    )
    return 0


def _holidays(asked: argparse.Namespace) -> int:
    from pol137.packs.adapters.official_holidays import official_holidays

    if not 1380 <= asked.year <= 1450:
        print(f"{asked.year} is no Jalali year between 1380 and 1450", file=sys.stderr)
        return 2
    rows = [
        {"calendar": asked.calendar, "date": one.date, "mourning": one.mourning, "title_fa": one.title_fa}
        for one in official_holidays(asked.year)
    ]
    if asked.into is None:
        _print_rows(rows)
        return 0
    return _add_holidays(asked.into, asked.calendar, rows)


def _print_rows(rows: list[dict[str, Any]]) -> None:
    from pol137.packs.rules.cells import write_cell

    csv.writer(sys.stdout, lineterminator="\n").writerows(
        [write_cell(value) for value in row.values()] for row in rows
    )


def _add_holidays(name: str, calendar: str, rows: list[dict[str, Any]]) -> int:
    from pol137.packs.adapters.pack_files import write_files
    from pol137.packs.rules.pack import Row, records_of
    from pol137.packs.rules.render import render

    found = read(name)
    if found.broken:
        _show(found.faults, grave_only=True)
        return 1
    if calendar not in found.pack.codes("calendar"):
        print(f"{found.pack.name}: there is no calendar {calendar!r}", file=sys.stderr)
        return 1
    known = {(row["calendar"], row["date"]) for row in found.pack.table("holiday")}
    added = [row for row in rows if (row["calendar"], row["date"]) not in known]
    if added:
        found.pack.rows["holiday"] += [Row(row, "holidays.csv", 0) for row in added]
        text = render(records_of(found.pack))["holidays.csv"]
        write_files(found.pack.folder, {"holidays.csv": text}, {})
    _print_rows(added)
    print(f"{found.pack.name}: {_many(len(added), 'holiday')} added, {len(rows) - len(added)} there already")
    return 0
