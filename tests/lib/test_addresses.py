"""Addresses as people write them lead to the place they mean."""

import time

import pytest

from pol137.lib.addresses import Hit, Named, PlaceIndex, address_words

PLACES = {
    1: (("خیابان احمدآباد",), ()),
    2: (("خیابان احمدآباد",), (range(1, 46, 2),)),
    3: (("خیابان احمدآباد",), (range(2, 31, 2), {47})),
    4: (("میدان آزادی", "فلکه پارک"), ()),
    5: (("خیابان آزادی",), ()),
    6: (("بولوار سجاد", "سجاد"), ()),
    7: (("بولوار شهید قرنی", "قرنی"), ()),
    8: (("میدان ۱۵ خرداد", "فلکه ضد"), ()),
    9: (("میدان ده دی",), ()),
    10: (("پنج‌راه سناباد",), ()),
    11: (("خیابان هفده شهریور",), ()),
    12: (("پارک ملت", "بوستان ملت"), ()),
    13: (("سی متری طلاب",), ()),
    14: (("بزرگراه کلانتری",), ()),
    15: (("خیابان امام رضا (ع)", "خیابان تهران"), ()),
    16: (("بولوار وکیل‌آباد",), (range(1, 61),)),
    17: (("بولوار وکیل‌آباد",), (range(61, 121),)),
    18: (("چهارراه لشکر",), ()),
    19: (("پارک گل‌ها",), ()),
    20: (("خیابان آیت‌الله شیرازی",), ()),
    21: (("شهرک غرب",), ()),
    22: (("خیابان طبرسی شمالی",), ()),
    23: (("خیابان طبرسی",), ()),
    24: (("خیابان کارمندان اول",), ()),
    25: (("خیابان کارمندان اول",), (range(1, 42),)),
    26: (("خیابان کارمندان دوم",), ()),
    27: (("خیابان کارمندان دوم",), (range(1, 42),)),
    28: (("خیابان رضا",), (range(1, 18),)),
    29: (("محله سلام",), ()),
    30: (("خیابان سعدی",), (range(1, 16),)),
}  # fmt: skip


@pytest.fixture(scope="module")
def index() -> PlaceIndex:
    return PlaceIndex(Named(key, names, alleys) for key, (names, alleys) in PLACES.items())


@pytest.mark.parametrize(
    ("typed", "key", "alley"),
    [
        ("احمدآباد", 1, None),
        ("احمد آباد", 1, None),
        ("احمداباد", 1, None),
        ("خ احمدآباد", 1, None),
        ("خ. احمد‌آباد", 1, None),
        ("خيابان احمدآباد", 1, None),
        ("احمدآباد ۱۷", 2, 17),
        ("احمدآباد 17", 2, 17),
        ("احمد آباد17", 2, 17),
        ("احمدآباد۱۷", 2, 17),
        ("احمدآباد هفده", 2, 17),
        ("احمدآباد، کوچه ۱۷", 2, 17),
        ("کوچه ۱۷ احمدآباد", 2, 17),
        ("ک ۱۷ احمدآباد", 2, 17),
        ("خ احمدآباد ک۱۷ پ ۱۲", 2, 17),
        ("احمدآباد ۱۷ پلاک ۱۲ واحد ۳", 2, 17),
        ("مشهد، خیابان احمدآباد، احمدآباد ۱۷، روبه‌روی مدرسه", 2, 17),
        ("احمدآباد ۱۷/۳", 2, 17),
        ("احمدآباد هفدهم", 2, 17),
        ("احمدآباد ۱۲", 3, 12),
        ("احمدآباد دوازده", 3, 12),
        ("احمد اباد دوازدهم", 3, 12),
        ("احمدآباد بیست و هشت", 3, 28),
        ("احمدآباد چهل و هفت", 3, 47),
        ("احمدابات ۱۷", 2, 17),
        ("میدان آزادی", 4, None),
        ("میدون آزادی", 4, None),
        ("فلکه آزادی", 4, None),
        ("فلکه پارک", 4, None),
        ("خیابان آزادی", 5, None),
        ("خ آزادی ۴", 5, 4),
        ("بل سجاد", 6, None),
        ("بلوار سجاد", 6, None),
        ("بولوار سجاد", 6, None),
        ("سجاد", 6, None),
        ("سجاد ۲۲", 6, 22),
        ("بلوار قرنی", 7, None),
        ("بل شهید قرنی", 7, None),
        ("قرنی ۹", 7, 9),
        ("میدان پانزده خرداد", 8, None),
        ("میدان 15 خرداد", 8, None),
        ("۱۵خرداد", 8, None),
        ("فلکه ضد", 8, None),
        ("میدان ۱۰ دی", 9, None),
        ("ده دی", 9, None),
        ("۵ راه سناباد", 10, None),
        ("پنجراه سناباد", 10, None),
        ("پنج راه", 10, None),
        ("۱۷ شهریور", 11, None),
        ("هفده شهریور ۳", 11, 3),
        ("بوستان ملت", 12, None),
        ("ملت", 12, None),
        ("۳۰ متری طلاب", 13, None),
        ("سی‌متری طلاب", 13, None),
        ("اتوبان کلانتری", 14, None),
        ("امام رضا", 15, None),
        ("امام رضا ۵", 15, 5),
        ("خیابان تهران", 15, None),
        ("وکیل آباد ۶۳", 17, 63),
        ("وكيل‌آباد شصت و سه", 17, 63),
        ("وکیل اباد ۱۲", 16, 12),
        ("چهار راه لشکر", 18, None),
        ("۴راه لشکر", 18, None),
        ("گل پارک", 19, None),
        ("گلها", 19, None),
        ("خ شیرازی", 20, None),
        ("کوی غرب", 21, None),
        ("طبرسی شمالی ۱۲", 22, 12),
        ("طبرسی", 23, None),
        ("کارمندان اول", 24, None),
        ("کارمندان دوم", 26, None),
        ("کارمندان دوم ۵", 27, 5),
        ("امام رضا ۱۵", 15, 15),
        ("محله سجاد", 6, None),
    ],
)
def test_an_address_leads_to_its_place(index: PlaceIndex, typed: str, key: int, alley: int | None) -> None:
    assert index.find(typed)[:1] == [Hit(key, alley)]


def test_of_a_numbered_street_only_the_row_of_the_alley_is_told(index: PlaceIndex) -> None:
    assert [hit.key for hit in index.find("احمدآباد ۱۷")] == [2]
    assert [hit.key for hit in index.find("احمدآباد")] == [1]
    assert [hit.key for hit in index.find("وکیل‌آباد ۵۰۰")] == [16, 17]


def test_a_title_that_names_a_place_is_no_title_there() -> None:
    towns = PlaceIndex([Named(1, ("بولوار معالی‌آباد",)), Named(2, ("حجت‌آباد",)), Named(3, ("شهید آباد",))])
    assert [hit.key for hit in towns.find("معالی آباد")] == [1]
    assert [hit.key for hit in towns.find("معالی آباد ۱۲")] == [1]
    assert [hit.key for hit in towns.find("حجت آباد")] == [2]
    assert [hit.key for hit in towns.find("محله حجت‌آباد")] == [2]


def test_nothing_is_found_for_nothing(index: PlaceIndex) -> None:
    assert index.find("  ") == index.find("؟!") == index.find("دریاچه قو") == []


def test_numbers_in_words_become_digits() -> None:
    assert address_words("بیست و سوم") == ("23",)
    assert address_words("صد و بیست و پنج") == ("125",)
    assert address_words("سی") == ("30",)


def test_five_thousand_places_are_searched_in_a_blink() -> None:
    letters = "ابپتجدرزسشفقکگلمنوهی"
    names = (f"خیابان شهید {letters[n % 20]}ر{letters[n // 20 % 20]}اد {n % 97}" for n in range(5000))
    many = PlaceIndex(Named(n, (name,)) for n, name in enumerate(names))
    began = time.process_time()
    for _ in range(10):
        many.find("خ شهید مرلادد ۱۲۳ کوچه ۵")
    assert (time.process_time() - began) / 10 < 0.1
