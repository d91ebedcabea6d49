"""The code a citizen hears, writes down and types back."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pol137.lib.persian import persian_digits
from pol137.lib.tracking_code import clean, is_valid, new_code, spoken

CODES = st.randoms(use_true_random=False).map(new_code)


@given(CODES)
def test_a_new_code_is_ten_digits_without_leading_zero(code):
    assert is_valid(code)
    assert len(code) == 10
    assert code[0] != "0"


@given(CODES)
def test_every_wrong_digit_is_found(code):
    for place in range(10):
        for digit in "0123456789":
            wrong = code[:place] + digit + code[place + 1 :]
            assert is_valid(wrong) == (wrong == code)


@given(CODES)
def test_every_swap_of_neighbours_is_found(code):
    for place in range(9):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert is_valid(swapped) == (swapped == code)


@given(CODES)
def test_what_is_read_out_is_read_back(code):
    assert clean(spoken(code)) == code
    assert clean(f"\u202b {persian_digits(code)}\n") == code
    assert clean("-".join(code)) == code


def test_codes_differ_and_follow_the_generator():
    rng = random.Random(137)
    codes = [new_code(rng) for _ in range(1000)]
    assert len(set(codes)) == 1000
    assert codes[0] == new_code(random.Random(137))


def test_a_known_code():
    assert is_valid("1234567894")
    assert not is_valid("1234567893")
    assert clean(" ۱۲ ۳۴ ۵۶ ۷۸ ۹۴ ") == "1234567894"
    assert spoken("1234567890").split("\u00a0") == ["۱۲", "۳۴", "۵۶", "۷۸", "۹۰"]


@pytest.mark.parametrize(
    "text", ["", "137", "0000000000", "12345678901", "کد ندارم", "1a34567890", "1234567890" * 50]
)
def test_what_is_no_code_is_none(text):
    assert clean(text) is None
