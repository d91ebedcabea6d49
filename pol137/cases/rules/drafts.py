"""What somebody wants to register, and what is missing in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from pol137.city.rules.entries import Question, ServiceEntry
from pol137.city.vocabulary import Datatype, MessageKind, PlaceNeed
from pol137.lib import geo
from pol137.lib.refusal import Refusal

LONGEST_WORDS = 4000
LONGEST_ADDRESS = 500
LONGEST_NAME = 200
LONGEST_EMAIL = 254
LONGEST_REF = 100
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored file: its original under `sha256`, a clean copy without hidden data under `public_sha256`;
    when and where the camera says it was taken, and how it looks (near for near pictures)."""

    sha256: str
    name: str
    content_type: str
    size: int
    public_sha256: str = ""
    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    look: str = ""


@dataclass(frozen=True, slots=True)
class ReporterDraft:
    """Who reports: everything optional; a number is kept as it came.

    `key` is the six-digit key of a reporter without a phone where the door has chosen one.
    """

    name: str = ""
    phone: str = ""
    email: str = ""
    language: str = "fa"
    wish: str = "sms"
    key: str = ""


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A problem as told: service, words, place, answers to the service's questions, pictures, reporter.

    `wordless`: the sender's protocol allows a report that says no more than its service. `picture_link` is
    the address of a picture that lies elsewhere: kept for staff, never fetched, never shown to outsiders.
    `external_ref` is the number another portal has given it, `external_due_at` when that portal is to answer.
    """

    service: str
    words: str
    channel: str
    kind: str = ""
    address: str = ""
    district: str = ""
    neighbourhood: str = ""
    lat: float | None = None
    lon: float | None = None
    questions: Mapping[str, object] = field(default_factory=dict)
    reporter: ReporterDraft = field(default_factory=ReporterDraft)
    pictures: tuple[Picture, ...] = ()
    external_ref: str = ""
    external_due_at: datetime | None = None
    urgent: bool = False
    wordless: bool = False
    picture_link: str = ""


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """A unit's answer: its own reply, and the text for the citizen."""

    type: str
    reply: str
    citizen_text: str = ""
    legal_ground: str = ""
    agency: str = ""
    plan_date: date | None = None
    next_step: str = ""
    pictures: tuple[Picture, ...] = ()


def draft_faults(draft: CaseDraft, service: ServiceEntry) -> list[Refusal]:
    """Everything that keeps this draft from being registered; empty when nothing does."""
    faults: list[Refusal] = []
    if not draft.words.strip() and not draft.wordless:
        faults.append(Refusal("words_missing", field="words"))
    if len(draft.words) > LONGEST_WORDS:
        faults.append(Refusal("words_too_long", field="words", most=LONGEST_WORDS, length=len(draft.words)))
    if len(draft.address) > LONGEST_ADDRESS:
        faults.append(Refusal("address_too_long", field="address", most=LONGEST_ADDRESS))
    if draft.kind and draft.kind not in set(MessageKind):
        faults.append(Refusal("kind_unknown", field="kind"))
    if len(draft.external_ref) > LONGEST_REF:
        faults.append(Refusal("external_ref_too_long", field="external_ref", most=LONGEST_REF))
    faults += _reporter_faults(draft.reporter)
    faults += _place_faults(draft, service.place)
    faults += _question_faults(draft.questions, service.questions)
    return faults


def _reporter_faults(reporter: ReporterDraft) -> list[Refusal]:
    faults = []
    if len(reporter.name) > LONGEST_NAME:
        faults.append(Refusal("name_too_long", field="name", most=LONGEST_NAME))
    email = reporter.email.strip()
    if email and (len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email)):
        faults.append(Refusal("email_impossible", field="email"))
    return faults


def _place_faults(draft: CaseDraft, place: str) -> list[Refusal]:
    has_point = draft.lat is not None and draft.lon is not None
    if (draft.lat is None) != (draft.lon is None):
        return [Refusal("point_incomplete", field="lat")]
    if has_point:
        try:
            geo.validate_point(draft.lat or 0.0, draft.lon or 0.0)
        except ValueError:
            return [Refusal("point_impossible", field="lat")]
    if place == PlaceNeed.REQUIRED and not (has_point or draft.address.strip() or draft.district):
        return [Refusal("place_missing", field="address")]
    return []


def _question_faults(given: Mapping[str, object], questions: Sequence[Question]) -> list[Refusal]:
    faults = []
    for question in questions:
        value = given.get(question.code)
        if value in (None, "", []):
            if question.required:
                faults.append(Refusal("question_missing", field=question.code, question=question.code))
        elif not _fits(question, value):
            faults.append(
                Refusal(f"question_not_{question.datatype}", field=question.code, question=question.code)
            )
    return faults


def _fits(question: Question, value: object) -> bool:
    if question.datatype == Datatype.MULTI:
        chosen = value if isinstance(value, list) else [value]
        return {str(one) for one in chosen} <= {one.key for one in question.values}
    if isinstance(value, list):
        return False
    if question.datatype == Datatype.SINGLE:
        return str(value) in {one.key for one in question.values}
    if question.datatype == Datatype.NUMBER:
        return _is_number(str(value))
    if question.datatype == Datatype.DATETIME:
        return _is_datetime(str(value))
    return len(str(value)) <= LONGEST_WORDS


def _is_number(text: str) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return number == number and abs(number) != float("inf")


def _is_datetime(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
