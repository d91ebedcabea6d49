"""What a case is found by follows what is said on it."""

from __future__ import annotations

from pol137.cases.models import Answer, Case, CaseText
from pol137.cases.rules.searching import searchable


def reword(case: Case) -> None:
    """Let the case be found by its words, its place and the replies given so far, and by nothing else."""
    given = Answer.objects.filter(case=case, answered_at__isnull=False).order_by("id")
    texts = searchable(case.words, case.address, *given.values_list("reply", flat=True))
    CaseText.objects.filter(case=case).exclude(reads__in=[reads for reads, _ in texts]).delete()
    CaseText.objects.bulk_create(
        [CaseText(case=case, reads=reads, text=text) for reads, text in texts],
        update_conflicts=True,
        unique_fields=["case", "reads"],
        update_fields=["text"],
    )
