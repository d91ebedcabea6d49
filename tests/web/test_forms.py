"""Forms read what Iranians type and say what is wrong in words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation

from pol137.lib.refusal import Refusal
from pol137.web.forms import Day, Form, Number, OnceForm, PhoneNumber, TimeOfDay, TrackingCode, Words, choose

pytestmark = pytest.mark.django_db


class Sample(OnceForm):
    words = Words(lines=3, label="متن", help_text="کوتاه")
    phone = PhoneNumber(required=False, area_code="51")
    code = TrackingCode(required=False)
    count = Number(required=False, min_value=1)
    day = Day(required=False)
    hour = TimeOfDay(required=False)
    wish = choose(label="راه", options=[("sms", "پیامک"), ("call", "تلفن")], radio=True, required=False)


def cleaned(**given: Any) -> dict[str, Any]:
    form = Sample({"words": "x", "nonce": "a" * 24, **given})
    assert form.is_valid(), form.errors
    return form.cleaned_data


def faults(form: Form) -> dict[str, list[str]]:
    return {name: [str(one) for one in said] for name, said in form.errors.items()}


def drawn(template: str, **context: Any) -> str:
    with translation.override("fa"):
        return Template(template).render(Context(context))


def test_words_are_cleaned_of_what_cannot_be_stored() -> None:
    assert cleaned(words="می\u200cخواهم\x00\u202e!\r\nبعد ")["words"] == "می\u200cخواهم!\nبعد"


@pytest.mark.parametrize("typed", ["۰۹۱۵ ۱۲۳ ۴۵۶۷", "0098 915-123-4567", "9151234567"])
def test_a_phone_is_read_in_any_form(typed: str) -> None:
    assert cleaned(phone=typed)["phone"].e164 == "+989151234567"


def test_no_phone_is_none() -> None:
    assert cleaned(phone="")["phone"] is None


def test_persian_digits_count() -> None:
    assert cleaned(count="۱۲")["count"] == 12


@pytest.mark.parametrize(
    ("language", "typed"), [("fa", "۱۴۰۵/۷/۲۵"), ("fa", "1405-07-25"), ("en", "2026-10-17")]
)
def test_a_day_is_read_in_the_calendar_of_the_language(language: str, typed: str) -> None:
    with translation.override(language):
        assert cleaned(day=typed)["day"] == date(2026, 10, 17)


@pytest.mark.parametrize(
    ("typed", "hours"),
    [("۷", 7), ("7:30", 7.5), ("۰۷:۳۰", 7.5), ("00:00", 0), ("۲۴:۰۰", 24), (" 23.45 ", 23.75), ("", None)],
)
def test_a_time_of_day_is_the_time_since_midnight(typed: str, hours: float | None) -> None:
    assert cleaned(hour=typed)["hour"] == (None if hours is None else timedelta(hours=hours))


@pytest.mark.parametrize("typed", ["24:01", "25", "7:60", "۷:۵", "صبح", "7:30:00", "-1"])
def test_no_other_time_is_taken(typed: str) -> None:
    assert set(faults(Sample({"words": "x", "nonce": "a" * 24, "hour": typed}))) == {"hour"}


def test_a_time_is_shown_as_it_is_typed() -> None:
    form = Sample(initial={"hour": timedelta(hours=24)})
    assert "۲۴:۰۰" in drawn("{{ form.hour }}", form=form)


def test_a_day_is_shown_as_it_is_typed() -> None:
    with translation.override("fa"):
        assert "۱۴۰۵/۰۷/۲۵" in str(Sample(initial={"day": date(2026, 10, 17)})["day"])


def test_wrong_values_are_told_on_their_fields_in_persian() -> None:
    with translation.override("fa"):
        form = Sample(
            {
                "words": " ",
                "phone": "12",
                "code": "1234567890",
                "count": "x",
                "day": "2026-10-17",
                "nonce": "a" * 24,
            }
        )
        said = faults(form)
    assert set(said) == {"words", "phone", "code", "count", "day"}
    assert said["words"] == ["لطفاً این قسمت را پر کنید."]
    assert said["day"][0].startswith("لطفاً تاریخ را این‌طور بنویسید: ۱۴")


def test_a_form_has_a_nonce_of_its_own_and_a_forged_one_is_replaced() -> None:
    assert Sample()["nonce"].value() != Sample()["nonce"].value()
    assert cleaned(nonce="abcdefghijklmnop")["nonce"] == "abcdefghijklmnop"
    replaced = cleaned(nonce="';drop table")["nonce"]
    assert len(replaced) == 24 and "'" not in replaced


def test_a_refusal_stands_on_its_field_or_above_the_form() -> None:
    form = Sample({"words": "x", "nonce": "a" * 24})
    with translation.override("fa"):
        form.refuse(
            Refusal.of(
                [
                    Refusal("words_too_long", field="words", most=4000, length=4001),
                    Refusal("place_missing", field="address"),
                ]
            )
        )
        said = faults(form)
    assert said["words"] == ["متن ۴۰۰۱ نویسه دارد؛ حداکثر ۴۰۰۰ نویسه ممکن است."]
    assert said["__all__"][0].startswith("لطفاً بگویید کجاست")


def test_a_field_names_its_hint_and_its_error_for_those_who_listen() -> None:
    html = drawn("{% field form.words %}", form=Sample({"words": "", "nonce": "a" * 24}))
    assert 'aria-describedby="id_words-hint id_words-error"' in html
    assert 'id="id_words-hint"' in html and 'id="id_words-error"' in html
    assert 'aria-invalid="true"' in html
    assert '<label class="field__label" for="id_words">' in html


def test_what_is_optional_says_so_and_choices_are_a_group() -> None:
    html = drawn("{% field form.wish %}{% field form.phone %}", form=Sample())
    assert html.count("(اختیاری)") == 2
    assert "<fieldset" in html and "<legend" in html and html.count('type="radio"') == 2


def test_the_list_above_the_form_leads_to_the_fields() -> None:
    html = drawn("{% form_errors form %}", form=Sample({"words": "", "nonce": "a" * 24}))
    assert 'href="#id_words"' in html and 'role="alert"' in html
    assert drawn("{% form_errors form %}", form=Sample()).strip() == ""


def test_what_was_typed_comes_back_escaped() -> None:
    form = Sample({"words": "", "phone": '"><script>alert(1)</script>', "nonce": "a" * 24})
    assert "<script>" not in drawn("{% field form.phone %}{% form_errors form %}", form=form)
