"""Reports that another portal has numbered."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pol137.cases.models import Case
from tests.api.conftest import Program

pytestmark = pytest.mark.django_db


def test_the_number_and_due_time_of_another_portal_are_kept(program: Program) -> None:
    due = (timezone.now() + timedelta(hours=30)).replace(microsecond=0)
    answer = program.post(external_ref="S-1405-9", external_due=due.isoformat())
    case = Case.objects.get(code=answer[0]["service_request_id"])
    assert (case.external_ref, case.external_due_at) == ("S-1405-9", due)
    assert case.promises.get(kind="answer").promised_at == due


@pytest.mark.parametrize("due", ["tomorrow", "2026-13-01T00:00:00Z", "2026-11-01T00:00:00"])
def test_a_time_that_cannot_be_read_is_a_fault(program: Program, due: str) -> None:
    fault = program.post(status=400, external_due=due)
    assert "external_due" in fault[0]["description"]
    assert not Case.objects.exists()


def test_a_number_too_long_is_a_fault(program: Program) -> None:
    assert program.post(status=400, external_ref="9" * 101)
    assert not Case.objects.exists()
