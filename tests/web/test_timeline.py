"""The story of a real case, for staff and for the citizen."""

from __future__ import annotations

import pytest
from django.utils import translation

from pol137.cases.queries import dossier
from pol137.staff.queries import display_names
from pol137.web.timeline import by_words, staff_in, story
from tests.factories import Clock, announced_case, reported_case

pytestmark = pytest.mark.django_db


def test_staff_read_what_happened_and_who_did_it(clock: Clock) -> None:
    case = announced_case(clock)
    events = dossier(case).events
    with translation.override("fa"):
        lines = story(events, names=display_names(staff_in(events)))
    said = [str(line.words) for line in lines]
    assert any(words.startswith("ثبت شد: ") for words in said)
    assert "پاسخ واحد رسید: انجام شد" in said
    assert "پاسخ تأیید شد: انجام شد" in said
    assert "پاسخ اعلام شد: پیامک" in said
    assert not any("—" in words or "%(" in words for words in said), said
    assert all(line.by for line in lines)


def test_what_a_rule_did_is_signed_by_the_system_and_not_by_the_citizen(clock: Clock) -> None:
    for case, kind in (
        (reported_case(clock.now), "case.routed"),
        (reported_case(clock.now, service="other", district=""), "case.held_for_triage"),
    ):
        [event] = [one for one in dossier(case).events if one.kind == kind]
        with translation.override("fa"):
            [line] = story([event])
        assert line.by == "سامانه، طبق قاعده‌های مسیریابی شهر"


def test_the_citizen_reads_neither_names_nor_inner_matters(clock: Clock) -> None:
    case = announced_case(clock)
    events = dossier(case).events
    with translation.override("fa"):
        told = story(events, audience="citizen", names=display_names(staff_in(events)))
        all_of_it = story(events)
    assert 0 < len(told) < len(all_of_it) or all(line.by == "" for line in told)
    assert all(line.by == "" for line in told)


def test_parties_without_a_name_are_named_by_their_part() -> None:
    with translation.override("fa"):
        assert by_words("citizen:anonymous", {}) == "شهروند"
        assert by_words("staff:7", {7: "رئیس اداره"}) == "رئیس اداره"
        assert by_words("staff:8", {}) == "همکار شهرداری"
        assert by_words("system:ladder", {}) == "پلکان پیگیری"
        assert by_words("client:app", {}) == "سامانهٔ دیگر"
