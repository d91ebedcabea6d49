"""Sense of a pack's texts: all occasions, known placeholders, the room of an SMS, no links."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from typing import Final

from pol137.city.vocabulary import Medium, TextEvent
from pol137.lib import sms_segments
from pol137.packs.rules.cells import CellFault, check_letters, nearest
from pol137.packs.rules.pack import Fault, Pack, Row
from pol137.packs.rules.tables import MESSAGES_FILE

REQUIRED_LANGUAGES: Final = ("fa", "en")

_WITH_CALL: Final = (Medium.SMS, Medium.CALL)
_SMS: Final = (Medium.SMS,)

PLACEHOLDERS: Final[Mapping[TextEvent, tuple[tuple[Medium, ...], str]]] = {
    TextEvent.CASE_REGISTERED: (_WITH_CALL, "code service unit due phone"),
    TextEvent.CASE_ROUTED: (_SMS, "code service unit due"),
    TextEvent.CASE_JOINED: (_SMS, "code service unit due"),
    TextEvent.CASE_LEFT: (_SMS, "code service unit due"),
    TextEvent.PETITION_ANSWERED: (_SMS, "code service unit answer phone"),
    TextEvent.PETITION_PLANNED: (_SMS, "code service unit answer due phone"),
    TextEvent.REFERRAL_REPLIED: (_SMS, "code agency answer phone"),
    TextEvent.REFERRAL_LETTER: ((Medium.EMAIL,), "agency service place words at code people phone"),
    TextEvent.CASE_DELAYED: (_WITH_CALL, "code service unit role due"),
    TextEvent.DUE_MOVED: (_SMS, "code unit due reason"),
    TextEvent.CASE_RESUMED: (_SMS, "code unit due"),
    TextEvent.ANSWER_RETURNED: (_SMS, "code unit due"),
    TextEvent.QUESTION_ASKED: (_WITH_CALL, "code unit question due sms_number phone"),
    TextEvent.ANSWER_ANNOUNCED: (
        _WITH_CALL,
        "code service unit answer accept_code object_code sms_number phone due",
    ),
    TextEvent.WHICH_CASE: (_SMS, "codes accept_code object_code sms_number"),
    TextEvent.REPLY_RECORDED: (_SMS, "code"),
    TextEvent.OBJECTION_OPENED: (_SMS, "code unit due"),
    TextEvent.REVIEW_UPHELD: (_WITH_CALL, "code unit reasons due phone"),
    TextEvent.REVIEW_PARTLY: (_WITH_CALL, "code unit reasons due phone"),
    TextEvent.REVIEW_NOT_UPHELD: (_WITH_CALL, "code unit reasons phone"),
    TextEvent.REVIEW_FINAL: (_WITH_CALL, "code unit reasons phone"),
    TextEvent.NOT_REACHED: (_SMS, "code unit service phone"),
    TextEvent.PLAN_ANNOUNCED: (
        _WITH_CALL,
        "code service unit answer accept_code object_code sms_number phone due",
    ),
    TextEvent.PLAN_DUE: (_WITH_CALL, "code unit answer due phone"),
    TextEvent.PLAN_DELAYED: (_WITH_CALL, "code service unit role due"),
    TextEvent.PLAN_POSTPONED: (_WITH_CALL, "code unit due reason"),
    TextEvent.PLAN_RETURNED: (_WITH_CALL, "code unit due"),
    TextEvent.CASE_REOPENED: (_SMS, "code unit due"),
    TextEvent.MADE_SAFE: (_SMS, "code service unit due phone"),
    TextEvent.CASE_WITHDRAWN: (_SMS, "code phone"),
    TextEvent.CASE_CLOSED: (_SMS, "code phone"),
    TextEvent.MESSAGE_THANKED: (_SMS, "code service unit"),
    TextEvent.MESSAGE_RECEIVED: (_SMS, "phone"),
    TextEvent.MORE: (_SMS, "code phone"),
    TextEvent.STATUS_OPEN: (_SMS, "code service unit due phone"),
    TextEvent.STATUS_LATE: (_SMS, "code service unit role due phone"),
    TextEvent.STATUS_ANSWERED: (_SMS, "code service unit phone"),
    TextEvent.STATUS_ENDED: (_SMS, "code service phone"),
    TextEvent.CASE_ASSIGNED: (_SMS, "code service unit due"),
    TextEvent.RUNG_FIRED: (_SMS, "code service unit role due"),
    TextEvent.RUNG_DIGEST: (_SMS, "role count"),
    TextEvent.NUDGE_THIRD: (_SMS, "code service unit due"),
}
"""What each occasion needs (media in Persian and English) and may say."""

MUST_SAY: Final[Mapping[TextEvent, str]] = {
    TextEvent.ANSWER_ANNOUNCED: "answer",
    TextEvent.PLAN_ANNOUNCED: "answer due",
    TextEvent.PETITION_PLANNED: "answer due",
    TextEvent.PLAN_POSTPONED: "due",
    TextEvent.PLAN_RETURNED: "due",
    TextEvent.STATUS_LATE: "role due",
}
"""What a text of an occasion may not leave out: the answer itself, the day it gives."""

SAMPLES: Final = {
    "code": "1234567890",
    "codes": "1234567890، 2345678901، 3456789012",
    "service": "رسیدگی به درخت و فضای سبز",
    "unit": "اداره فضای سبز منطقه ۱۰",
    "role": "معاون خدمات شهری منطقه ۱۰",
    "agency": "شرکت آب و فاضلاب",
    "place": "منطقه ۱۰، خیابان نمونه، کوچه ۴",
    "words": "چند شب است که چراغ کوچه روشن نمی‌شود.",
    "at": "شنبه ۲۴ مهر ساعت ۱۰",
    "people": "۴",
    "due": "شنبه ۲۴ مهر ساعت ۱۰",
    "answer": "درختان خیابان در هفته گذشته هرس و شاخه‌های خشک جمع شد.",
    "question": "پلاک نزدیک‌ترین خانه چند است؟",
    "reason": "سرمای هوا و تعطیلی کارگاه",
    "reasons": "بازدید نشان داد کار کامل نشده است و واحد باید آن را تمام کند.",
    "count": "12",
    "phone": "137",
    "sms_number": "30000137",
    "accept_code": "31",
    "object_code": "33",
}
"""Values of ordinary length, to see whether an SMS fits."""

_LINK = re.compile(r"https?:|www\.|://", re.IGNORECASE)


def placeholders(event: str) -> list[str]:
    """What a text of this occasion may say."""
    return PLACEHOLDERS[TextEvent(event)][1].split()


def faults(pack: Pack) -> Iterator[Fault]:
    """What does not make sense in the texts."""
    if "messagetext" in pack.unread:
        return
    parts = next((row["sms_max_parts"] for row in pack.table("city")), 3)
    for row in pack.table("messagetext"):
        yield from _text(row, parts)
    yield from _missing(pack)


def _missing(pack: Pack) -> Iterator[Fault]:
    """Texts that every pack has, each named at the one of its own file it comes after."""
    given, line = pack.by_key("messagetext"), 0
    for event, (media, names) in PLACEHOLDERS.items():
        for medium in media:
            for language in REQUIRED_LANGUAGES:
                row = given.get((event, medium, language))
                if row is not None:
                    line = row.line if row.file == MESSAGES_FILE else line
                    continue
                may = " ".join(f"{{{name}}}" for name in names.split())
                mend = f"write the text; it may say {may}"
                yield Fault(MESSAGES_FILE, line, f"[{event}.{medium}] has no {language}", mend)


def _text(row: Row, parts: int) -> Iterator[Fault]:
    if row["event"] not in set(TextEvent):
        yield row.fault(f"occasion {row['event']!r} is unknown", nearest(row["event"], list(TextEvent)))
        return
    if row["medium"] not in set(Medium):
        yield row.fault(f"medium {row['medium']!r} is unknown", nearest(row["medium"], list(Medium)))
        return
    if not re.fullmatch(r"[a-z]{2,3}", row["language"]):
        yield row.fault(f"{row['language']!r} is not a language", "write fa, en, ar ...")
    if row["language"] == "fa":
        try:
            check_letters("fa", row["text"])
        except CellFault as fault:
            yield row.fault(fault.what, fault.mend)
    if _LINK.search(row["text"]):
        yield row.fault("the text holds a link", "take it out: people are warned against links in texts")
    try:
        used = {name for _, name, _, _ in string.Formatter().parse(row["text"]) if name is not None}
    except ValueError as error:
        yield row.fault(f"a brace is open: {error}", "write placeholders like {code}")
        return
    for name in MUST_SAY.get(row["event"], "").split():
        if name not in used:
            yield row.fault(f"{{{name}}} is missing", f"say {{{name}}}: the citizen is told it nowhere else")
    known = placeholders(row["event"])
    for name in sorted(used - set(known)):
        yield row.fault(f"placeholder {{{name}}} is unknown here", nearest(name, known))
    if row["medium"] == Medium.SMS and used <= set(known):
        size = sms_segments.count(sms_segments.prepare(row["text"].format(**SAMPLES)))
        if size.parts > parts:
            yield row.fault(
                f"the SMS takes {size.parts} parts of {parts}", f"shorten its {size.units} characters"
            )
