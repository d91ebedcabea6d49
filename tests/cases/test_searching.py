"""A case is found by what was said on it, however it is written, by whoever may read it."""

from collections.abc import Sequence

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pol137.cases.models import Case, CaseText
from pol137.cases.operations import edit_place, split_case
from pol137.cases.operations.erasing import forget
from pol137.cases.queries import WorkFilter, numbered, queue_count, search, searching
from pol137.cases.rules.searching import Reads, Sought, searchable
from pol137.cases.vocabulary import Queue
from tests.factories import Clock, actor, announced_case, answered_case, reported_case

pytestmark = pytest.mark.django_db

TOLD = "سلام، چراغ‌های كوچهٔ مسئول پارک گل‌ها خاموش است؛ پلاک ۱۲"


@pytest.mark.parametrize(
    "asked",
    [
        "چراغ",
        "چراغ‌های کوچه",
        "چراغهای",
        "کوچه مسوول",
        "گلها",
        "گل ها",
        "خاموش چراغ",
        "پ 12",
        "پلاک۱۲",
        "راغ",
        "خيابان نمونه",
        "خ نمونه",
    ],
)
def test_words_are_found_however_they_are_written(clock: Clock, asked: str) -> None:
    case = reported_case(clock.now, words=TOLD)
    reported_case(clock.now, words="آب خیابان قطع است", address="بولوار آزادی")
    assert search(actor("s1-roads-head"), asked) == [case]
    assert queue_count(actor("s1-roads-head"), Queue.INBOX, narrow=WorkFilter(text=asked)) == 1


@pytest.mark.parametrize("common", ["all", "first", "none"])
@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("چراغ", 1),
        ("چراغهای", 1),
        ("گل ها", 1),
        ("خاموش چراغ", 1),
        ("پ 12", 1),
        ("راغ", 1),
        ("خ نمونه", 1),
        ("درخت", 0),
        ("چراغ درخت", 0),
        ("درخت چراغ", 0),
        ("؟!", 0),
    ],
)
def test_a_list_is_narrowed_alike_by_common_words_and_rare_ones(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, asked: str, there: int, common: str
) -> None:
    def forms(words: Sequence[str]) -> dict[str, tuple[float, list[str]]]:
        usual = {"all": words, "first": words[:1], "none": ()}[common]
        return {word: (1.0 if word in usual else 0.0, []) for word in words}

    monkeypatch.setattr(searching, "_forms", forms)
    reported_case(clock.now, words=TOLD)
    reported_case(clock.now, words="آب خیابان قطع است", address="بولوار آزادی")
    assert queue_count(actor("s1-roads-head"), Queue.INBOX, narrow=WorkFilter(text=asked)) == there


@pytest.mark.parametrize("asked", ["درخت", "چراغ درخت", "؟!", "راغپا"])
def test_what_is_not_said_is_not_found(clock: Clock, asked: str) -> None:
    reported_case(clock.now, words=TOLD)
    assert search(actor("centre-triage"), asked) == []
    assert queue_count(actor("s1-roads-head"), Queue.INBOX, narrow=WorkFilter(text=asked)) == 0


def test_a_case_is_found_by_its_reply_once_it_is_given(clock: Clock) -> None:
    case = answered_case(clock.now)
    assert search(actor("centre-triage"), "لامپ سوخته") == [case]


def test_a_case_is_found_by_its_place_as_it_is_now(clock: Clock) -> None:
    case = reported_case(clock.now)
    edit_place(case.pk, address="میدان ققنوس", lat=None, lon=None, by=actor("centre-triage"), now=clock.now)
    assert search(actor("centre-triage"), "ققنوس") == [case]
    assert search(actor("centre-triage"), "خیابان نمونه") == []


def test_a_part_is_found_by_its_own_words(clock: Clock) -> None:
    whole = reported_case(clock.now)
    part = split_case(
        whole.pk, service="tree-care", department="s1-green", words="شاخه روی سیم است",
        by=actor("centre-triage"), now=clock.now,
    )  # fmt: skip
    assert search(actor("s1-green-head"), "شاخه سیم") == [part]
    assert search(actor("s1-roads-head"), "شاخه") == []


def test_what_is_said_just_as_it_was_asked_comes_first_then_the_newest(clock: Clock) -> None:
    said = [
        reported_case(clock.now, words=words, external_id=f"n{n}")
        for n, words in enumerate(["چراغ پارک سوخته", "پارک تاریک است، چراغ ندارد", "پارک بی چراغ"])
    ]
    assert search(actor("centre-triage"), "چراغ پارک") == [said[0], said[2], said[1]]


def test_a_case_is_found_by_the_beginning_of_its_code_but_not_by_chance(clock: Clock) -> None:
    case = reported_case(clock.now)
    code = case.code or ""
    assert search(actor("s1-roads-head"), f"{code[:2]} {code[2:4]} {code[4:6]}") == [case]
    assert search(actor("s1-roads-head"), code[:4]) == []
    assert queue_count(actor("s1-roads-head"), Queue.INBOX, narrow=WorkFilter(text=code[:6])) == 1
    assert search(actor("s2-roads-head"), code[:6]) == []


def test_a_case_is_found_by_exactly_its_number_in_another_system(clock: Clock) -> None:
    case = reported_case(clock.now, external_ref="1888-44/ت")
    reported_case(clock.now, external_ref="1888-445")
    for typed in ("1888-44/ت", " ۱۸۸۸-۴۴/ت "):
        assert numbered(actor("s1-roads-head"), typed) == search(actor("s1-roads-head"), typed) == [case]
        assert queue_count(actor("s1-roads-head"), Queue.INBOX, narrow=WorkFilter(text=typed)) == 1
    assert search(actor("s1-roads-head"), "1888-4") == numbered(actor("s1-roads-head"), "") == []
    assert search(actor("s2-roads-head"), "1888-44/ت") == []


def test_a_number_elsewhere_that_is_a_code_here_tells_both(clock: Clock) -> None:
    here = reported_case(clock.now)
    there = reported_case(clock.now, external_ref=here.code)
    assert search(actor("centre-triage"), here.code or "") == [there, here]


@pytest.mark.parametrize("newest", [(4, 6), (0, 0)])
@pytest.mark.parametrize("who", ["centre-triage", "s1-roads-head"])
@pytest.mark.parametrize("asked", ["چراغ پارک", "چراغ", "پارک تار", "چراغ پارک کبوتر"])
def test_words_that_stand_nearly_everywhere_are_found_like_others(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, who: str, asked: str, newest: tuple[int, int]
) -> None:
    said = ["چراغ پارک تاریک", "چراغ‌های پارک تاریکند", "پارک چراغ ندارد، تارومار است"] * 3
    cases = [reported_case(clock.now, words=f"{words} {n}") for n, words in enumerate(said)]
    reported_case(clock.now, words="لانهٔ کبوتر")
    reported_case(clock.now, words="چراغ پارک تاریک", district="s2")
    before = search(actor(who), asked)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_casetext")
    monkeypatch.setattr(searching, "NEWEST", newest)
    assert set(search(actor(who), asked)) == set(before)
    few = search(actor(who), asked, limit=3)
    assert set(few) <= set(before) and len(few) == min(3, len(before))
    assert set(cases) <= set(before) or "کبوتر" in asked


def test_the_search_text_goes_with_the_words(clock: Clock) -> None:
    case = announced_case(clock, words="زنگ بزنید به مریم 09151112233")
    assert CaseText.objects.filter(case=case).count() == 2
    Case.objects.filter(pk=case.pk).update(status="closed", closed_at=clock.now)
    forget(case_ids=[case.pk], by=actor("centre-administrator"), now=clock.now)
    assert not CaseText.objects.filter(case=case).exists()
    assert search(actor("centre-triage"), "مریم") == []


def test_only_words_that_lead_to_a_person_are_kept_twice() -> None:
    assert searchable("چراغ خاموش", "") == [(Reads.ANY, "چراغ خاموش")]
    assert searchable("زنگ: ۰۹۱۵۱۱۱۲۲۳۳", "کوچه ۴") == [
        (Reads.ALL, "زنگ 09151112233 | کوچه 4"),
        (Reads.REST, "زنگ | کوچه 4"),
    ]
    assert searchable("", "؟") == []


def test_a_query_is_read_in_words_and_digits() -> None:
    assert Sought.of("خ. آزادی ۱۲").words == ("خیابان", "ازادی", "12")
    assert (Sought.of("۱۲-۳۴ ۵").code, Sought.of("1234").code, Sought.of("12345a").code) == ("12345", "", "")


def test_a_search_asks_the_same_number_of_questions_however_much_it_finds(clock: Clock) -> None:
    def asked(cases: int) -> int:
        for n in range(cases):
            reported_case(clock.now, words=f"چراغ 12345{n}", external_id=f"many{cases}-{n}")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            search(actor("centre-triage"), "چراغ 12345")
        return len(seen)

    assert asked(2) == asked(12)
