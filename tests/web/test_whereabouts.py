"""Where a place lies, said once."""

from __future__ import annotations

import pytest

from pol137.web.whereabouts import once


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["منطقه ۱", "ناحیه ۲ منطقه ۱", "ارم"], ["ناحیه ۲ منطقه ۱", "ارم"]),
        (["ارم", "ناحیه ۲ منطقه ۱", "منطقه ۱"], ["ارم", "ناحیه ۲ منطقه ۱"]),
        (["District 1", "Sub-district 2, District 1"], ["Sub-district 2, District 1"]),
        (["منطقه ۱", "ناحیه ۲ منطقه ۱۱", ""], ["منطقه ۱", "ناحیه ۲ منطقه ۱۱"]),
        (["منطقه ۱", "", ""], ["منطقه ۱"]),
    ],
)
def test_a_name_within_another_is_not_said_twice(names: list[str], said: list[str]) -> None:
    assert once(names) == said
