"""SMS: what it costs, where it is cut, what goes on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pol137.lib.sms_segments import Segments, count, fit, prepare

FAMILY = "👨‍👩‍👧‍👦"
MIXED = st.text(alphabet="abc {}€ابپ‌۱۲ \n😀🇮🇷👍🏽é", max_size=400)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", Segments("gsm7", 0, 0)),
        ("a" * 160, Segments("gsm7", 160, 1)),
        ("a" * 161, Segments("gsm7", 161, 2)),
        ("a" * 306, Segments("gsm7", 306, 2)),
        ("a" * 307, Segments("gsm7", 307, 3)),
        ("€" * 80, Segments("gsm7", 160, 1)),
        ("a" * 152 + "€" + "a" * 152, Segments("gsm7", 306, 3)),
        ("س" * 70, Segments("ucs2", 70, 1)),
        ("س" * 71, Segments("ucs2", 71, 2)),
        ("س" * 134, Segments("ucs2", 134, 2)),
        ("س" * 200, Segments("ucs2", 200, 3)),
        ("😀" * 35, Segments("ucs2", 70, 1)),
        ("س" * 66 + "😀" + "س" * 66, Segments("ucs2", 134, 3)),
    ],
)
def test_costs(text, segments):
    assert count(text) == segments


def test_two_way_text_of_the_result_is_three_parts():
    text = (
        "س" * 100 + "\n" + "در صورت تایید پاسخ، عدد ۳۱ و در صورت اعتراض عدد ۳۳ را ارسال نمایید".ljust(99, ".")
    )
    assert count(text) == Segments("ucs2", 200, 3)


class TestFitting:
    def test_what_fits_is_not_touched(self):
        text = "درخواست شما ثبت شد."
        assert fit(text, 1) is text

    def test_cut_between_words_with_an_ellipsis(self):
        text = "مرکز ارتباطات مردمی شهرداری مشهد، پاسخ درخواست شما: چاله مقابل پلاک دوازده ترمیم شد"
        short = fit(text, 1)
        assert short == "مرکز ارتباطات مردمی شهرداری مشهد، پاسخ درخواست شما: چاله مقابل پلاک…"
        assert count(short) == Segments("ucs2", 68, 1)

    def test_latin_stays_latin(self):
        short = fit("word " * 50, 1)
        assert short.endswith("word...")
        assert count(short).encoding == "gsm7"

    def test_a_giant_word_is_cut_inside(self):
        short = fit("نشانی " + "الف" * 100, 1)
        assert count(short) == Segments("ucs2", 70, 1)

    @pytest.mark.parametrize("emoji", [FAMILY, "🇮🇷", "👍🏽", "❤️", "3️⃣"])
    def test_an_emoji_is_whole_or_absent(self, emoji):
        for lead in range(60, 71):
            short = fit("س" * lead + emoji * 20, 1)
            rest = short.removesuffix("…").removeprefix("س" * min(lead, 69))
            assert rest == emoji * (len(rest) // len(emoji))

    def test_less_than_one_part_is_refused(self):
        with pytest.raises(ValueError, match="one part"):
            fit("سلام", 0)

    @given(MIXED, st.integers(1, 3))
    def test_always_fits_and_is_a_start_of_the_text(self, text, parts):
        short = fit(text, parts)
        assert count(short).parts <= parts
        if short != text:
            kept = short.removesuffix("…").removesuffix("...")
            assert text.startswith(kept)
            assert fit(short, parts) == short


class TestPreparing:
    def test_persian(self):
        assert prepare("می‌رسیم\u200f به \u200a ك٥ \r\n پ 12 ") == "می‌رسیم به ك۵\nپ 12"

    def test_half_spaces_stay_as_long_as_they_cost_no_further_part(self):
        word = "می‌رسیم "
        for times in range(1, 60):
            text = (word * times).strip()
            bare = text.replace("\u200c", "")
            ready = prepare(text)
            assert ready in (text, bare) and count(ready).parts == count(bare).parts
            assert (ready == text) is (count(text).parts == count(bare).parts)
        assert prepare("س" * 64 + "می‌شود") == "س" * 64 + "می‌شود"
        assert prepare("س" * 65 + "می‌شود") == "س" * 65 + "میشود"

    def test_half_spaces_stand_between_letters_only(self):
        assert prepare("\u200cمی\u200c\u200cشود\u200c ۱۲\u200cو\u200c.") == "می\u200cشود ۱۲و."

    def test_links_keep_their_digits(self):
        assert "https://137.example/t/1234567890" in prepare("پیگیری: https://137.example/t/1234567890")

    def test_latin_text_gets_ascii_digits_and_the_long_alphabet(self):
        text = prepare("Your code is ۱۲\u00a0۳۴")
        assert text == "Your code is 12 34"
        assert count(text).encoding == "gsm7"

    def test_joined_emoji_stay_joined(self):
        assert prepare(f"سپاس {FAMILY}") == f"سپاس {FAMILY}"

    @given(st.text(alphabet="abc \r\n\t\u200c\u200f\u00a0۱٢3ابی😀…", max_size=60))
    def test_idempotent_and_never_dearer_than_without_half_spaces(self, text):
        ready = prepare(text)
        assert prepare(ready) == ready
        assert count(ready).parts <= count(text.replace("\u200c", "")).parts
        assert count(ready).units <= count(text).units
