"""Sense of a pack's places: neighbourhoods, whole points, boundary streets, numbered alleys."""

from __future__ import annotations

from collections.abc import Iterator

from pol137.city.rules.alleys import read_alleys
from pol137.city.vocabulary import PlaceKind
from pol137.lib.persian import search_key
from pol137.packs.rules.pack import Fault, Pack, Row


def faults(pack: Pack) -> Iterator[Fault]:
    """What does not make sense in the places people name."""
    neighbourhoods = pack.by_key("neighbourhood")
    for row in pack.table("place"):
        neighbourhood = neighbourhoods.get(row["neighbourhood"])
        if neighbourhood and neighbourhood["district"] != row["district"]:
            yield row.fault(
                f"neighbourhood {row['neighbourhood']!r} lies in district {neighbourhood['district']!r}",
                f"change the district {row['district']!r} or the neighbourhood",
            )
        if (row["lat"] is None) != (row["lon"] is None):
            yield row.fault("half a point", "fill in both lat and lon, or neither")
        if row["district"] in row["shared_with"]:
            yield row.fault(
                f"shared_with names its own district {row['district']!r}", "name the districts opposite"
            )
        if row["alleys"] and row["kind"] != PlaceKind.STREET:
            yield row.fault(f"a {row['kind']} has alleys", "write kind street or empty alleys")
    yield from _alleys(pack)


def _alleys(pack: Pack) -> Iterator[Fault]:
    """Rows of one street, wherever they lie, share no alley."""
    streets: dict[str, list[Row]] = {}
    for row in pack.table("place"):
        if row["alleys"]:
            streets.setdefault(search_key(row["name_fa"]), []).append(row)
    for rows in streets.values():
        for place, row in enumerate(rows):
            mine = [read_alleys(one) for one in row["alleys"]]
            for other in rows[:place]:
                theirs = [read_alleys(one) for one in other["alleys"]]
                if any(one.overlaps(two) for one in mine for two in theirs):
                    yield row.fault(
                        f"alleys of «{row['name_fa']}» stand in line {other.line} too",
                        "let one row have them",
                    )
