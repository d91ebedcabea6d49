"""Persian text as it really arrives: scanned pages, old keyboards, phones of three alphabets."""

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pol137.lib.persian import (
    ascii_digits,
    clean_text,
    is_national_id,
    normalise,
    persian_digits,
    redact_personal,
    redact_phones,
    search_key,
)

ALPHABET = "ءآابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
PERSIAN_WORDS = st.text(alphabet=ALPHABET + " \u200c", max_size=40)


class TestCleaning:
    def test_controls_and_overrides_go_and_the_words_stay(self):
        dirty = "\ufeff چاله\x00 بزرگ\x07 در\u202e خیابان\u2069 آب‌وبرق\r\nپلاک ۵\x85کوچه ۲ \n"
        assert clean_text(dirty) == "چاله بزرگ در خیابان آب‌وبرق\nپلاک ۵\nکوچه ۲"

    def test_half_space_tab_and_joined_emoji_stay(self):
        text = "می‌خواهم\tسپاس 👨‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿"
        assert clean_text(text) == text

    @given(st.text())
    def test_result_can_be_stored_and_written_as_xml(self, text):
        clean = clean_text(text)
        assert clean_text(clean) == clean
        clean.encode("utf-8")
        for char in clean:
            assert char in "\t\n" or unicodedata.category(char) != "Cc"
            assert char not in "\ufffe\uffff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

    @given(st.text(alphabet="\ud800\udc00\udfffا\x00\r\n", max_size=12))
    def test_lone_surrogates_never_reach_storage(self, text):
        clean_text(text).encode("utf-8")


class TestDigits:
    def test_every_script_of_digits(self):
        assert ascii_digits("کد ۱۲۳ ٤٥٦ 7８９") == "کد 123 456 789"
        assert persian_digits("۵٠٠ ریال و 42") == "۵۰۰ ریال و ۴۲"

    @given(st.text())
    def test_there_and_back(self, text):
        assert ascii_digits(persian_digits(text)) == ascii_digits(text)
        assert persian_digits(ascii_digits(text)) == persian_digits(text)
        assert len(ascii_digits(text)) == len(text)


class TestFirstLevel:
    @pytest.mark.parametrize(
        ("written", "normalised"),
        [
            ("شهرداري مشهد؛ مركز ١٣٧", "شهرداری مشهد مرکز 137"),
            ("دسته‌بندی", "دسته بندی"),
            ("حُسنی", "حسنی"),
            ("لطفاً", "لطفا"),
            ("مســـجد", "مسجد"),
            ("خانۀ ما", "خانه ما"),
            ("خانهٔ ما", "خانه ما"),
            ("ﻣﺸﻬﺪ", "مشهد"),
            ("۵٠٠\u200aمتر", "500 متر"),
            ("رئیس", "رییس"),
            ("مؤثر", "موثر"),
            ("أحمد", "احمد"),
            ("آسفالت", "آسفالت"),
            ("«خیابان» (امام‌رضا)، ۱۲/۳", "خیابان امام رضا 12 3"),
            ("\u200fسلام\u200e \u202bدنیا\u202c", "سلام دنیا"),
            ("ye\u00adar_137", "year 137"),
            ("؟!…", ""),
        ],
    )
    def test_one_spelling_for_many(self, written, normalised):
        assert normalise(written) == normalised

    @given(st.text())
    @example("a\u00ad\u0301")
    @example("ه\u0640\u0654")
    @example("ﹰ")
    def test_idempotent_and_of_words_and_single_spaces(self, text):
        once = normalise(text)
        assert normalise(once) == once
        assert "  " not in once
        assert once == once.strip()
        assert all(char == " " or char.isalnum() for char in once)

    @given(PERSIAN_WORDS)
    def test_arabic_keyboard_writes_the_same(self, text):
        arabic = text.replace("ی", "ي").replace("ک", "ك")
        assert normalise(arabic) == normalise(text)
        assert search_key(arabic) == search_key(text)

    @given(PERSIAN_WORDS)
    def test_half_space_and_space_are_the_same(self, text):
        assert normalise(text.replace("\u200c", " ")) == normalise(text)


class TestSecondLevel:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("دسته‌بندی", "دستهبندی"),
            ("همکارانی", "همکار انی"),
            ("پیاده رو", "پیاده‌رو"),
            ("سلام لطفاً آسفالت کوچه را درست کنید", "اسفالت کوچه را درست کنید"),
            ("خسته نباشید، با تشکر: چراغ خاموش است", "چراغ خاموش است"),
            ("خسته‌نباشید چراغ خاموش است", "چراغ خاموش است"),
            ("خ. امام رضا ک ۵ پ ۱۲", "خیابان امام‌رضا، کوچه 5، پلاک ١٢"),
            ("ک۵ پ12", "کوچه ۵ پلاک ۱۲"),
            ("مسئول منطقه", "مسؤول منطقه"),
            ("مسوولین منطقه", "مسئولین منطقه"),
            ("هیئت امنا", "هیأت امنا"),
            ("سوء استفاده", "سو استفاده"),
            ("پاسخ‌گویی ۱۳۷ Plus", "پاسخگویی 137 PLUS"),
        ],
    )
    def test_same_words_same_key(self, one, other):
        assert search_key(one) == search_key(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("خاک ریخته", "خیاباناک ریخته"),
            ("پارک", "پار کوچه"),
            ("منطقه ۲", "منطقه ۳"),
            ("سلامت مردم", "ت مردم"),
        ],
    )
    def test_letters_inside_words_are_left_alone(self, one, other):
        assert search_key(one) != search_key(other)

    def test_courtesy_alone_is_kept(self):
        assert search_key("سلام") == "سلام"
        assert search_key("سلام، خسته نباشید") == "سلامخستهنباشید"

    @given(st.text())
    def test_no_space_is_left_and_a_word_gives_a_key(self, text):
        key = search_key(text)
        assert " " not in key
        assume(any(char.isalnum() and char != "ء" for char in normalise(text.lower())))
        assert key

    @given(PERSIAN_WORDS)
    def test_key_of_the_stored_first_level_is_the_key_of_the_raw_text(self, text):
        assert search_key(normalise(text)) == search_key(text)


class TestRedaction:
    @pytest.mark.parametrize(
        "number",
        [
            "09151234567",
            "۰۹۱۵۱۲۳۴۵۶۷",
            "٠٩١٥١٢٣٤٥٦٧",
            "0915 123 4567",
            "0915-123-45-67",
            "۰۹۱۵/۱۲۳/۴۵۶۷",
            "0915.123.4567",
            "۰ ۹ ۱ ۵ ۱ ۲ ۳ ۴ ۵ ۶ ۷",
            "0۹1۵1۲3۴5۶7",
            "۰۹۱۵\u200c۱۲۳\u200f۴۵۶۷",
            "+98 915 123 4567",
            "+98 (0) 915 123 4567",
            "00989151234567",
            "989151234567",
            "9151234567",
            "915 123 4567",
            "051-38412345",
            "(051) 3841 2345",
            "۰۵۱۳۸۴۱۲۳۴۵",
            "38412345",
            "۳۸۴۱ ۲۳۴۵",
            "384-12345",
            "38 41 23 45",
            "+964 770 123 4567",
            "009647701234567",
            "+93 70 123 4567",
        ],
    )
    def test_every_form_and_every_one_of_them(self, number):
        text = f"با {number} یا {number}، تماس بگیرید؛ همسرم {number}"
        assert redact_phones(text, mark="X") == "با X یا X، تماس بگیرید؛ همسرم X"

    @pytest.mark.parametrize(
        "text",
        [
            "مرکز ۱۳۷ و ۱۲۵ و ۱۸۸۸",
            "از ۱۴۰۵/۰۷/۲۴ ساعت ۱۰:۳۰ تا 1405-07-30",
            "2026-10-16 و 20261016",
            "پلاک ۱۲، واحد ۳، کد پستی نمی‌دانم",
            "در ۳۶.۲۹۷۰ و ۵۹.۶۰۶۲",
            "بودجه ۱۲۰۰۰۰۰۰ ریال است",
            "۳۷ کارشناس، ۵٠٠ متر، ۲ هزار تماس",
        ],
    )
    def test_other_numbers_are_left(self, text):
        assert redact_phones(text) == text

    def test_a_number_before_a_phone_does_not_hide_it(self):
        assert redact_phones("واحد 22 09151234567", mark="X") == "واحد 22 X"
        assert redact_phones("پلاک 3841 0915 123 4567", mark="X") == "پلاک 3841 X"

    def test_numbers_run_together_leave_nothing(self):
        assert redact_phones("0915123456709361234567", mark="X") == "X"

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["0", "+98", "0098", "98"]),
                st.from_regex(r"9[0-39][0-9]{8}", fullmatch=True),
                st.sampled_from(["", " ", "-", ". ", "\u200c"]),
                st.sampled_from(["0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩"]),
            ),
            min_size=1,
            max_size=5,
        )
    )
    def test_no_digit_of_any_mobile_is_left(self, numbers):
        written = [
            (prefix + gap + gap.join([rest[:3], rest[3:6], rest[6:]])).translate(
                str.maketrans("0123456789", script)
            )
            for prefix, rest, gap, script in numbers
        ]
        redacted = redact_phones(" یا ".join(written))
        assert not any(char.isdigit() for char in redacted)
        assert redact_phones(redacted) == redacted


def test_all_phone_numbers_in_a_text_are_redacted_not_only_the_first() -> None:
    said = "با ۰۹۱۵۱۲۳۴۵۶۷ یا 0511 384 5566 یا +98 936 123 45 67 یا ۳۸۴۱۲۳۴۵ تماس بگیرید، همسرم 9121112233"
    redacted = redact_personal(said)
    assert not any(char.isdigit() for char in redacted)
    assert redacted.count("•••") == 5


@pytest.mark.parametrize(
    "secret",
    [
        "0084575948",
        "۰۰۸۴۵۷۵۹۴۸",
        "008-457594-8",
        "ali.rezaei@example.com",
        "a@b.ir",
        "6037991234567890",
        "6037-9912-3456-7890",
        "IR062960000000100324200001",
        "09151234567",
    ],
)
def test_what_leads_to_a_person_is_redacted(secret: str) -> None:
    redacted = redact_personal(f"من {secret} هستم، پلاک ۱۲۳ و ۴۵ متر، دوباره {secret}.")
    assert redacted == "من ••• هستم، پلاک ۱۲۳ و ۴۵ متر، دوباره •••."


def test_other_numbers_stay() -> None:
    said = "پلاک ۱۲، کوچه ۴، ساعت ۱۰:۳۰، سال ۱۴۰۵، ۲۵۰۰۰۰۰ ریال، شماره ۱۲۳۴۵۶۷۸۹۰"
    assert redact_personal(said) == said


def test_numbers_that_lead_to_nobody_may_be_kept() -> None:
    text = "به ۳۰۰۰۰۱۳۷ یا 137@sample.example بنویسید؛ من 38412345 و 09151234567 هستم"
    kept = redact_personal(text, mark="X", keep={"30000137", "137@sample.example"})
    assert kept == "به ۳۰۰۰۰۱۳۷ یا 137@sample.example بنویسید؛ من X و X هستم"
    assert "۳۰۰۰۰۱۳۷" not in redact_personal(text)


def test_a_code_that_looks_like_a_national_id_may_be_kept() -> None:
    code = next(str(number) for number in range(1234567890, 1234568890) if is_national_id(str(number)))
    assert redact_personal(f"کد {code}", keep={code}) == f"کد {code}"
    assert code not in redact_personal(f"کد {code}")
