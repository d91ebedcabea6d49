"""Articles as citizens read them."""

from __future__ import annotations

from pol137.portal.prose import gist


def test_a_gist_has_no_marks_and_ends_at_a_word() -> None:
    text = "## پیش از آن\n\nجای **گرفتگی** را بگویید:\n\n- نام کوچه.\n- ساعت ۱ - ۳.\n۱. عکس."
    assert gist(text) == "پیش از آن جای گرفتگی را بگویید: نام کوچه. ساعت ۱ - ۳. عکس."
    assert gist(text, most=30) == "پیش از آن جای گرفتگی را…"
