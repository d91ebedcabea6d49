"""Numbers as callers, forms and exchanges give them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pol137.lib.persian import persian_digits
from pol137.lib.phones import (
    Phone,
    is_reserved,
    last_four,
    local_form,
    mask,
    parse_phone,
    reserved_number,
)

MOBILES = st.from_regex(r"9(?:1[0-9]|0[1-5]|3[0-9])[0-9]{7}", fullmatch=True)


@pytest.mark.parametrize(
    "written",
    [
        "09151234567",
        "9151234567",
        "989151234567",
        "+989151234567",
        "00989151234567",
        "+98 915 123 4567",
        "+98 (0) 915 123 4567",
        "+9809151234567",
        "۰۹۱۵ ۱۲۳ ۴۵۶۷",
        "٠٩١٥-١٢٣-٤٥٦٧",
        "0915.123.4567",
        "\u202a۰۹۱۵۱۲۳۴۵۶۷\u202c\u200f",
        "tel:+989151234567",
        "0915\u200c1234567",
    ],
)
def test_one_mobile_in_every_form(written):
    assert parse_phone(written) == Phone(written, "+989151234567", dialable=True, mobile=True)


@pytest.mark.parametrize("written", ["05138412345", "۰۵۱-۳۸۴۱۲۳۴۵", "+98 51 3841 2345", "(051) 38412345"])
def test_landlines(written):
    assert parse_phone(written) == Phone(written, "+985138412345", dialable=True, mobile=False)


def test_a_landline_without_its_area_code_needs_the_city_s():
    assert parse_phone("38412345") == Phone("38412345", None, dialable=False, mobile=False)
    assert parse_phone("۳۸۴۱۲۳۴۵", area_code="51").e164 == "+985138412345"
    assert parse_phone("38412345", area_code="051").e164 == "+985138412345"


@pytest.mark.parametrize(
    ("written", "e164", "mobile"),
    [
        ("+964 770 123 4567", "+9647701234567", True),
        ("009647701234567", "+9647701234567", True),
        ("9647701234567", "+9647701234567", True),
        ("+93 70 123 4567", "+93701234567", True),
        ("+92 301 2345678", "+923012345678", True),
        ("+966 50 123 4567", "+966501234567", True),
        ("+44 20 7946 0958", "+442079460958", False),
    ],
)
def test_pilgrims_bring_their_own_numbers(written, e164, mobile):
    assert parse_phone(written) == Phone(written, e164, dialable=True, mobile=mobile)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "137",
        "+137",
        "1888",
        "30000137",
        "anonymous",
        "Anonymous 0915",
        "شماره مخفی",
        "unknown09151234567",
        "09",
        "0915123456",
        "91512345678",
        "93712345678",
        "09151234567 09361234567",
        "0" * 300,
        "\x00",
        "-",
        "+",
        "1800FLOWERS",
    ],
)
def test_short_withheld_and_impossible_callers_stay_raw(written):
    assert parse_phone(written) == Phone(written, None, dialable=False, mobile=False)


def test_a_prefix_younger_than_the_metadata_is_still_a_mobile():
    number = phonenumbers.parse("+989951234567", None)
    assert not phonenumbers.is_valid_number(number)
    assert parse_phone("09951234567") == Phone("09951234567", "+989951234567", dialable=True, mobile=True)


class TestReservedRange:
    @given(st.integers(0, 9_999_999))
    def test_is_dialable_in_simulation_and_nobody_s_in_iran(self, serial):
        e164 = reserved_number(serial)
        assert is_reserved(e164)
        assert parse_phone(local_form(e164)) == Phone("0" + e164[3:], e164, dialable=True, mobile=True)
        assert not phonenumbers.is_valid_number(phonenumbers.parse(e164, None))

    @given(MOBILES)
    def test_real_mobiles_are_not_reserved(self, national):
        assert not is_reserved("+98" + national)

    @pytest.mark.parametrize("serial", [-1, 10_000_000])
    def test_holds_ten_million(self, serial):
        with pytest.raises(ValueError, match="ten million"):
            reserved_number(serial)


@given(
    MOBILES,
    st.sampled_from(["0", "+98", "0098", "98", "+98 0"]),
    st.booleans(),
    st.sampled_from(["", " ", "-"]),
)
def test_round_trip(national, prefix, persian, gap):
    written = prefix + gap + gap.join([national[:3], national[3:6], national[6:]])
    phone = parse_phone(persian_digits(written) if persian else written)
    assert phone.e164 == "+98" + national
    assert parse_phone(local_form(phone.e164)).e164 == phone.e164
    assert parse_phone(phone.e164).e164 == phone.e164


@given(st.text(max_size=40))
def test_never_fails_and_never_calls_without_a_number(written):
    phone = parse_phone(written)
    assert phone.raw == written
    assert phone.dialable == (phone.e164 is not None)
    assert phone.dialable or not phone.mobile


@given(
    st.sampled_from(["0", "+98", "0098"]),
    st.from_regex(r"9[0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-"]),
)
def test_plain_mobiles_are_what_the_tables_of_the_world_say(prefix: str, national: str, gap: str) -> None:
    """The quick way for plain mobiles of Iran changes nothing: another region takes the long one."""
    written = f"{prefix}{national[:3]}{gap}{national[3:6]}{gap}{national[6:]}"
    abroad = f"+98{national[:3]}{gap}{national[3:]}"
    quick, slow = parse_phone(written), parse_phone(abroad, "CH")
    assert (quick.e164, quick.dialable, quick.mobile) == (slow.e164, slow.dialable, slow.mobile)
    assert quick.raw == written


def test_what_screens_show():
    assert mask("+989151234567") == "۰۹۱۵۱۲۳••••"
    assert mask("+985138412345") == "۰۵۱۳۸۴۱••••"
    assert mask("+9647701234567") == "+۹۶۴۷۷۰۱۲۳••••"
    assert mask("+29022222") == "+۲۹۰۲••••"
    assert last_four("+989151234567") == "4567"
    assert local_form("+989151234567") == "09151234567"
    assert local_form("+985138412345") == "05138412345"
    assert local_form("+9647701234567") == "+9647701234567"
    assert local_form("+9647701234567", "IQ") == "07701234567"


@given(MOBILES)
def test_a_masked_number_never_shows_the_digits_that_prove_a_case(national: str) -> None:
    e164 = f"+98{national}"
    assert not any(char.isdigit() for char in mask(e164)[-4:])
    assert len([char for char in mask(e164) if char.isdigit()]) == len(national) - 4 + 1
