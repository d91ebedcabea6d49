"""Pages by key show every row once, whatever their number and however alike they are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pol137.cases.models import Case
from pol137.web.paging import cut, leaf, mark, read_mark
from tests.factories import SATURDAY, reported_case

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("descending", [False, True])
def test_walking_the_pages_shows_each_row_once_in_order(descending: bool) -> None:
    cases = [reported_case(SATURDAY + timedelta(minutes=n // 3)) for n in range(7)]
    seen: list[int] = []
    after = ""
    while True:
        page = leaf(Case.objects.all(), by="registered_at", after=after, size=2, descending=descending)
        assert page.first == (after == "")
        seen += [case.pk for case in page]
        after = page.next
        if not after:
            break
    expected = sorted((case.registered_at, case.pk) for case in cases)
    assert seen == [pk for _at, pk in (reversed(expected) if descending else expected)]


def test_every_page_is_one_query(django_assert_num_queries: object) -> None:
    for n in range(5):
        reported_case(SATURDAY + timedelta(minutes=n))
    first = leaf(Case.objects.all(), by="registered_at", size=2)
    with django_assert_num_queries(1):
        leaf(Case.objects.all(), by="registered_at", after=first.next, size=2)


@pytest.mark.parametrize("forged", ["", "x", "WzEsMl0", "one letter changed", "a" * 500])
def test_a_mark_nobody_made_here_is_the_first_page(forged: str) -> None:
    if forged == "one letter changed":
        made = mark("2026", 1)
        forged = ("X" if made[0] != "X" else "Y") + made[1:]
    assert read_mark(forged) is None


def test_a_mark_carries_moments_numbers_and_words() -> None:
    assert read_mark(mark(SATURDAY, 7)) == (SATURDAY, 7)
    assert read_mark(mark(12, 7)) == (12, 7)
    assert read_mark(mark("الف", 7)) == ("الف", 7)


def test_rows_fetched_one_more_than_shown_are_cut() -> None:
    page = cut([1, 2, 3], size=2, after="", key=lambda row: (row, row))
    assert list(page) == [1, 2] and read_mark(page.next) == (2, 2)
    assert cut([1, 2], size=2, after="", key=lambda row: (row, row)).next == ""


def test_a_mark_of_another_list_gives_the_first_page() -> None:
    assert read_mark(mark(7, 7), of=datetime) is None
    assert read_mark(mark(SATURDAY, 7), of=datetime) == (SATURDAY, 7)
