"""What an operator reads out: enough of it, for every subject, and no promise the city does not make."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest

from pol137.city.rules.assemble import assemble
from pol137.city.rules.book import Book
from pol137.commands.city import read
from pol137.packs.rules.pack import Pack, numbered, records_of

ORDINARY_DAY = date(2026, 11, 22)
CITIES = ("mashhad", "shiraz")
TOLD = {
    "۳۰ دقیقه": timedelta(minutes=30),
    "یک ساعت": timedelta(hours=1),
    "سه ساعت": timedelta(hours=3),
    "یک روز": timedelta(days=1),
    "سه روز": timedelta(days=3),
    "یک هفته": timedelta(days=7),
    "سی روز": timedelta(days=30),
}
ENGLISH = "<!-- en -->"


@cache
def pack_of(city: str) -> Pack:
    return read(city).pack


@cache
def book_of(city: str) -> Book:
    return assemble(0, numbered(records_of(pack_of(city)), ORDINARY_DAY), ORDINARY_DAY)


def article(text: str) -> tuple[dict[str, Any], str, str]:
    """Front matter, the Persian and the English part."""
    _, front, body = text.split("+++\n", 2)
    persian, english = body.split(ENGLISH)
    return tomllib.loads(front), persian.strip(), english.strip()


def promises(persian: str) -> list[tuple[str, str]]:
    """Subject and time as read out: «A» or «B» …; answer within T, or each with a time of its own."""
    told: list[tuple[str, str]] = []
    for line in re.findall(r"^\*\*ثبت:\*\* (.+)$", persian, re.MULTILINE):
        singly = re.findall(r"«([^»]+)» \(پاسخ تا ([^)]+)\)", line)
        together = re.search(r"؛ پاسخ تا (.+?)\.$", line)
        told += singly
        if together:
            named = re.match(r"«[^»]+»(?: یا «[^»]+»)*", line)
            assert named, line
            told += [(name, together[1]) for name in re.findall("«([^»]+)»", named[0])]
    return told


@pytest.mark.parametrize("city", CITIES)
def test_a_city_has_150_articles_and_one_for_every_subject(city: str) -> None:
    fronts = [article(text)[0] for text in pack_of(city).articles.values()]
    assert len(fronts) >= 150
    covered = {service for front in fronts for service in front["services"]}
    assert {one.code for one in book_of(city).services} <= covered


@pytest.mark.parametrize("city", CITIES)
def test_an_article_promises_the_time_the_city_promises(city: str) -> None:
    book = book_of(city)
    subjects = {one.name_fa: one for one in book.services}
    kept = 0
    for code, text in pack_of(city).articles.items():
        for name, time in promises(article(text)[1]):
            subject = subjects.get(name)
            assert subject, f"{code}: no subject «{name}»"
            assert book.policy_for(subject.id, subject.kind).within == TOLD[time], f"{code}: {name}"
            kept += 1
    assert kept >= 150


@pytest.mark.parametrize("city", CITIES)
def test_an_article_can_be_read_out(city: str) -> None:
    for code, text in pack_of(city).articles.items():
        front, persian, english = article(text)
        assert 40 <= len(persian.split()) <= 150, code
        assert len(english.split()) >= 25, code
        assert not re.search("[يكىة٠-٩]", persian), f"{code}: letters of another alphabet"
        assert not re.search(r"(?<!\S)ن?می [آ-ی]", persian), f"{code}: a half-space is missing"
        assert not re.search(r"https?://|شهروند گرامی", text), code
        assert front["review_date"] > ORDINARY_DAY, code
