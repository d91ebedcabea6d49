"""The words of what is wrong with a former system's file, its map, or a row of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from pol137.web.pieces import Words

HISTORY: Mapping[str, Words] = {
    # files and runs
    "file_missing": _("There is no file “%(file)s”."),
    "file_empty": _("“%(file)s” holds nothing that can be read: it needs a line with the columns' names."),
    "file_column_twice": _("“%(file)s” names columns twice: %(columns)s. Give each another name."),
    "map_needed": _("This file needs a map: name it with --map (docs/rules/history.md shows one)."),
    "map_broken": _("The map has faults (%(faults)s); nothing was taken in."),
    "import_running": _("Another import of “%(source)s” is running. Wait for its end."),
    # maps
    "map_not_toml": _("This is no TOML: %(error)s. Mend this line."),
    "map_section_unknown": _("There is no section [%(key)s]. There are: %(known)s."),
    "map_key_unknown": _("There is no key “%(key)s” here. There are: %(known)s."),
    "map_key_missing": _("“%(key)s” is missing in %(where)s. Add it."),
    "map_not_a_text": _("“%(key)s” must be a text in quotation marks."),
    "map_not_a_texts": _("“%(key)s” must be a text, or a list of texts."),
    "map_not_a_table": _("“%(key)s” must be a table: what stands in the file = what it means here."),
    "map_not_a_number": _("“%(key)s” must be a number above nothing."),
    "map_source_impossible": _("The source is a short name of small Latin letters, digits and dashes."),
    "map_value_unknown": _("“%(key)s” cannot mean “%(value)s”. There are: %(known)s."),
    "map_code_unknown": _(
        "“%(key)s” cannot mean “%(value)s”: this city has no such code. The nearest are: %(near)s."
    ),
    "map_end_unknown": _(
        "“%(key)s” cannot mean “%(value)s”. Write closed (over, the outcome is not known),"
        " open (not over there), leave_out (not wanted), or an outcome: %(outcomes)s."
    ),
    "map_name_too_long": _("The name of the former system is longer than %(most)s characters."),
    "map_delimiter_impossible": _("The delimiter is one character."),
    "map_zone_unknown": _("There is no time zone “%(value)s”. Write for example Asia/Tehran."),
    "map_format_unknown": _(
        "“%(value)s” is no form of times: write iso, jalali, unix or a pattern like %%d.%%m.%%Y."
    ),
    "map_two_points": _("A point is named twice: keep either east and north, or lon and lat."),
    "map_column_missing": _("The file has no column “%(column)s”. It has: %(columns)s."),
    # rows
    "row_unreadable": _("This line is not CSV: %(error)s"),
    "row_rest_unreadable": _("From here on the file could not be read: %(error)s"),
    "row_no_request": _("This is no request."),
    "row_columns": _("The row has %(found)s cells, the header %(wanted)s."),
    "row_encoding": _("The row holds letters that are not of the encoding %(encoding)s."),
    "row_value_missing": _("“%(column)s” is empty."),
    "row_value_unknown": _("The map does not say what “%(value)s” in “%(column)s” means."),
    "row_too_long": _("“%(column)s” is longer than %(most)s characters."),
    "row_time_unreadable": _("The time “%(value)s” in “%(column)s” could not be read."),
    "row_in_the_future": _("The time “%(value)s” in “%(column)s” lies in the future."),
    "row_ends_before_it_begins": _("The time “%(value)s” in “%(column)s” lies before the report."),
    "row_point_impossible": _("The point “%(value)s” in “%(column)s” is not on the map."),
    "row_still_open": _("It was still open there (“%(value)s”): register it anew, so that somebody has it."),
    "row_left_out": _("The map leaves out “%(value)s” in “%(column)s”."),
    "row_given_twice": _("The number “%(ref)s” stands in this file already, in line %(line)s."),
}

REASONS: Mapping[str, Words] = {
    "kind_needs_no_case": _("praise or an opinion: no case"),
    "row_unreadable": _("a line that is no CSV"),
    "row_rest_unreadable": _("the rest of a file, unreadable"),
    "row_no_request": _("not a request"),
    "row_columns": _("another number of cells than the header"),
    "row_encoding": _("letters not of the encoding"),
    "row_value_missing": _("a value that must be there is empty"),
    "row_value_unknown": _("a value the map does not know"),
    "row_too_long": _("too long"),
    "row_time_unreadable": _("an unreadable time"),
    "row_in_the_future": _("a time in the future"),
    "row_ends_before_it_begins": _("ended before it was reported"),
    "row_point_impossible": _("a point not on the map"),
    "row_still_open": _("still open there: to be registered anew"),
    "row_left_out": _("left out by the map"),
    "row_given_twice": _("a number given twice"),
}
"""Why rows were refused, in a few words, to be counted."""


def figures(counts: Mapping[str, int]) -> Iterator[tuple[Words, int]]:
    """What came of a file, line by line; what did not happen is left out, but for the first lines."""
    for name, label in FIGURES.items():
        if counts[name] or name in ("rows", "came_in", "refused"):
            yield label, counts[name]


FIGURES: Mapping[str, Words] = {
    "rows": _("rows read"),
    "resumed_at": _("of these taken up before, when it was broken off"),
    "came_in": _("came in"),
    "kept_no_longer": _("of these without words: older than they are kept"),
    "astray": _("of these without their point: it lies outside the city"),
    "known": _("were here already"),
    "refused": _("refused"),
    "placed": _("cases of this source with a point"),
    "near_groups": _("groups of near-duplicates among them"),
    "near_members": _("cases in these groups"),
    "near_repeats": _("cases that had one before them"),
}
