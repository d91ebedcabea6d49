"""Every no has words, with its values as people read them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import translation

from pol137.cases.vocabulary import Action, Status
from pol137.lib.refusal import Refusal
from pol137.web.refusals import problem, words
from tests.factories import SATURDAY

pytestmark = pytest.mark.django_db


def test_values_are_said_as_people_read_them() -> None:
    with translation.override("fa"):
        assert words(Refusal("step_not_now", action=Action.APPROVE, status="in_work")) == (
            "تا وقتی درخواست در وضعیت «در حال رسیدگی» است، «تأیید پاسخ» ممکن نیست."
        )
        assert "۸ ساعت" in words(Refusal("transfer_too_late", within=timedelta(hours=8)))
        assert "شنبه ۲۵ مهر ساعت ۱۰" in words(Refusal("proof_locked", until=SATURDAY))
    with translation.override("en"):
        assert "while the case stands at “In work”" in words(
            Refusal("step_not_now", action="approve", status=Status.IN_WORK)
        )


def test_a_problem_document_lists_every_part() -> None:
    with translation.override("en"):
        answer = problem(
            Refusal.of([Refusal("words_missing", field="words"), Refusal("place_missing", field="address")])
        )
    body = json.loads(answer.content)
    assert answer.status_code == 409 and answer["Content-Type"] == "application/problem+json"
    assert body["code"] == "words_missing"
    assert [one["field"] for one in body["errors"]] == ["words", "address"]


def test_a_refusal_without_words_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        words(Refusal("nobody_wrote_words_for_this"))
