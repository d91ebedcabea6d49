"""Dates, digits and codes in the active language."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.template import Context, Template
from django.utils import translation

from pol137.web.templatetags.fa import asked_at
from tests.factories import SATURDAY

pytestmark = pytest.mark.django_db

VALUES = {
    "at": SATURDAY,
    "midnight": SATURDAY + timedelta(hours=14, seconds=20),
    "day_alone": SATURDAY + timedelta(hours=14),
    "day": date(2026, 10, 17),
    "soon": SATURDAY + timedelta(hours=2, minutes=15),
    "late": SATURDAY - timedelta(days=3, hours=1),
    "sixty_days": SATURDAY - timedelta(days=60),
    "long_past": SATURDAY - timedelta(days=844),
    "length": timedelta(minutes=90),
    "phone_number": "+989151234567",
    "tracking": "4821936057",
}

PERSIAN = [
    ("at|jalali", "شنبه ۲۵ مهر ۱۴۰۵"),
    ("day|jalali", "شنبه ۲۵ مهر ۱۴۰۵"),
    ('at|jalali:"short"', "۱۴۰۵/۰۷/۲۵"),
    ("at|jalali_time", "شنبه ۲۵ مهر ساعت ۱۰"),
    ("midnight|jalali_time", "پایان شنبه ۲۵ مهر"),
    ('midnight|jalali_time:"from"', "آغاز یکشنبه ۲۶ مهر ۱۴۰۵"),
    ('midnight|jalali_time:"short"', "۱۴۰۵/۰۷/۲۶ ۰۰:۰۰"),
    ('day_alone|jalali_time:"day"', "یکشنبه ۲۶ مهر ۱۴۰۵"),
    ('at|jalali_time:"day"', "شنبه ۲۵ مهر ساعت ۱۰"),
    ("at|clock_time", "۱۰:۰۰"),
    ("late|ago:at", "۳ روز پیش"),
    ("sixty_days|ago:at", "۶۰ روز پیش"),
    ("long_past|ago:at", "۱۴۰۳/۰۴/۰۵"),
    ("at|ago:at", "همین حالا"),
    ("soon|left:at", "۲ ساعت و ۱۵ دقیقه مانده"),
    ("late|left:at", "۳ روز و ۱ ساعت گذشته"),
    ("length|duration", "۱ ساعت و ۳۰ دقیقه"),
    ("137|digits", "۱۳۷"),
    ('"91%"|digits', "۹۱٪"),
    ("1234567|number", "۱٬۲۳۴٬۵۶۷"),
    ("18200|rial", "۱۸٬۲۰۰ ریال"),
    ("nothing|digits", ""),
    ("nothing|jalali", ""),
]
ENGLISH = [
    ("at|jalali", "Sat 17 Oct 2026"),
    ("at|jalali_time", "Sat 17 Oct, 10:00"),
    ("midnight|jalali_time", "the end of Sat 17 Oct 2026"),
    ('at|jalali_time:"from"', "Sat 17 Oct, 10:00"),
    ('day_alone|jalali_time:"day"', "Sun 18 Oct 2026"),
    ("at|clock_time", "10:00"),
    ("late|ago:at", "3 days ago"),
    ("long_past|ago:at", "2024-06-25"),
    ("soon|left:at", "2 hours and 15 minutes left"),
    ("1234567|number", "1,234,567"),
    ("137|digits", "137"),
]


def shown(expression: str, language: str) -> str:
    with translation.override(language):
        return Template("{{ " + expression + " }}").render(Context(VALUES))


@pytest.mark.parametrize(("expression", "words"), PERSIAN)
def test_persian(expression: str, words: str) -> None:
    assert shown(expression, "fa") == words


@pytest.mark.parametrize(("expression", "words"), ENGLISH)
def test_english(expression: str, words: str) -> None:
    assert shown(expression, "en") == words


@pytest.mark.parametrize(
    ("read_on", "expression", "persian", "english"),
    [
        (date(2026, 12, 1), "at|jalali_time", "شنبه ۲۵ مهر ساعت ۱۰", "Sat 17 Oct, 10:00"),
        (date(2027, 1, 9), "at|jalali_time", "شنبه ۲۵ مهر ساعت ۱۰", "Sat 17 Oct 2026, 10:00"),
        (date(2027, 3, 22), "at|jalali_time", "شنبه ۲۵ مهر ۱۴۰۵ ساعت ۱۰", "Sat 17 Oct 2026, 10:00"),
        (date(2027, 3, 22), "midnight|jalali_time", "پایان شنبه ۲۵ مهر ۱۴۰۵", "the end of Sat 17 Oct 2026"),
        (date(2025, 10, 17), "at|jalali_time", "شنبه ۲۵ مهر ۱۴۰۵ ساعت ۱۰", "Sat 17 Oct 2026, 10:00"),
    ],
)
def test_a_moment_of_another_year_names_its_year(
    read_on: date, expression: str, persian: str, english: str
) -> None:
    with asked_at(datetime.combine(read_on, time(9), UTC)):
        assert (shown(expression, "fa"), shown(expression, "en")) == (persian, english)
    assert "۱۴۰۵" not in shown("at|jalali_time", "fa"), "what one reader asks leaves nothing behind"


def test_codes_stand_in_pairs_and_run_left_to_right() -> None:
    assert (
        shown("tracking|code", "fa") == '<bdi class="code" dir="ltr">۴۸\u00a0۲۱\u00a0۹۳\u00a0۶۰\u00a0۵۷</bdi>'
    )


def test_phones_are_masked_unless_asked_in_full() -> None:
    assert "۰۹۱۵۱۲۳••••" in shown("phone_number|phone", "fa")
    assert "۰۹۱۵۱۲۳۴۵۶۷" in shown('phone_number|phone:"full"', "fa")
    assert "09151234567" in shown('phone_number|phone:"full"', "en")


def test_a_number_that_is_none_is_never_shown_masked_in_parts() -> None:
    with translation.override("fa"):
        text = Template("{{ raw|phone }} {{ raw|phone:'full' }}").render(Context({"raw": "<b>12</b>"}))
    assert "12" not in text.split(" ", 1)[0] and "<b>" not in text


def test_a_moment_to_come_is_a_date_not_an_age() -> None:
    with translation.override("fa"):
        text = Template("{{ at|ago:now }}").render(
            Context({"at": SATURDAY, "now": datetime(2026, 10, 1, tzinfo=UTC)})
        )
    assert text == "شنبه ۲۵ مهر ساعت ۱۰"
