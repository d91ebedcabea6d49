"""Parts of pages say what they mean in words, not in colour alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from pol137.cases.vocabulary import Status
from pol137.web.labels import CITIZEN_STATUS, STATUS_SHAPES
from pol137.web.paging import Leaf
from pol137.web.pieces import Chip, ClockState, Stage, clock_state
from tests.factories import SATURDAY

pytestmark = pytest.mark.django_db

START = SATURDAY - timedelta(hours=60)


def drawn(template: str, language: str = "fa", **context: Any) -> str:
    with translation.override(language):
        return Template(template).render(Context({"now": SATURDAY, **context}))


@pytest.mark.parametrize(
    ("hours", "state", "words"),
    [
        (12.1, "late", "گذشته"),
        (0.1, "late", "گذشته"),
        (0, "late", "گذشته"),
        (-3, "soon", "۳ ساعت مانده"),
        (-50, "calm", "۲ روز و ۲ ساعت مانده"),
    ],
)
def test_a_clock_shows_its_state_in_words_shape_and_time(hours: float, state: str, words: str) -> None:
    due = SATURDAY - timedelta(hours=hours)
    html = drawn("{% clock due started=start %}", due=due, start=START)
    assert f"clock--{state}" in html and words in html and "icons.svg#" in html
    assert f'datetime="{due.isoformat()}"' in html


def test_a_clock_warns_in_the_last_quarter_of_its_own_time() -> None:
    due = START + timedelta(hours=72)
    assert clock_state(due, started=START, now=due - timedelta(hours=18, seconds=1)) is ClockState.CALM
    assert clock_state(due, started=START, now=due - timedelta(hours=18)) is ClockState.SOON
    assert clock_state(due, started=START, now=due) is ClockState.LATE


@pytest.mark.parametrize("state", ["paused", "held", "met"])
def test_a_clock_that_stands_does_not_tick(state: str) -> None:
    html = drawn("{% clock due state=state %}", due=SATURDAY, state=state)
    assert "data-clock" not in html and "گذشته" not in html


def test_no_due_time_is_no_clock() -> None:
    assert drawn("{% clock due %}", due=None).strip() == ""


@pytest.mark.parametrize("one", list(Status))
def test_every_status_has_its_own_words_and_shape(one: Status) -> None:
    html = drawn("{% status one %}{% status one 'citizen' %}", one=str(one))
    assert html.count("<use ") == 2
    shapes = [(shape.tone, shape.icon) for shape in STATUS_SHAPES.values()]
    assert len(set(shapes)) == len(shapes)


def test_citizens_never_read_solved() -> None:
    with translation.override("fa"):
        assert not any("حل شد" in str(words) for words in CITIZEN_STATUS.values())


def test_the_first_rung_is_no_escalation() -> None:
    assert drawn("{% rung 0 %}").strip() == ""
    assert "سطح پیگیری ۲" in drawn("{% rung 2 %}")


def test_words_of_people_are_escaped_in_every_part() -> None:
    evil = "<script>alert(1)</script>"
    html = drawn(
        "{% badge w %}{% button w href=w %}{% card w %}{{ w }}{% endcard %}{% dialog 'd' w %}{{ w }}"
        "{% enddialog %}{% note 'info' w %}{{ w }}{% endnote %}{% nothing w w href=w action=w %}"
        "{% stat w w hint=w %}{% facts p %}{% crumbs w w w %}{% thumb w w caption=w %}"
        "{% line w w sub=w code=w %}{% kbd w %}{{ w|code }}{{ w|phone:'full' }}",
        w=evil,
        p=[(evil, evil)],
    )
    assert "<script>" not in html and html.count("&lt;script&gt;") > 20


def test_a_row_is_one_link_with_its_marks() -> None:
    html = drawn(
        "{% line '/x' 'چراغ' sub='کوچه' code='4821936057' status='in_work'"
        " due=due urgent=True rung=1 nudges=2 %}",
        due=SATURDAY + timedelta(hours=1),
    )
    assert html.count("<a ") == 1
    for words in ("خطر فوری", "سطح پیگیری ۱", "۲ پیگیری مجدد", "در حال رسیدگی", "۱ ساعت مانده"):
        assert words in html


def test_the_next_page_keeps_the_other_choices() -> None:
    request = RequestFactory().get("/desk/inbox?filter=late&after=old")
    html = drawn("{% pages leaf %}", request=request, leaf=Leaf(rows=[], next="new", first=False))
    assert "?filter=late&amp;after=new" in html and 'href="?filter=late"' in html
    assert drawn("{% pages leaf %}", request=request, leaf=Leaf(rows=[], next="", first=True)).strip() == ""


def test_where_one_is_is_said_to_those_who_listen() -> None:
    stages = [Stage("ثبت", "done"), Stage("واحد", "now"), Stage("پایان", "later")]
    assert 'aria-current="step"' in drawn("{% steps s %}", s=stages)
    assert 'aria-current="true"' in drawn("{% chips c 'پالایش' %}", c=[Chip("همه", "#", True, 3)])
    assert 'aria-current="page"' in drawn("{% crumbs 'الف' '/a' 'ب' %}")
