"""Why a text was sent, in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from pol137.city.vocabulary import TextEvent
from pol137.contacts.operations.speaking import TEXT_REPLY
from pol137.web.pieces import Words

OCCASIONS: Mapping[str, Words] = {
    TextEvent.CASE_REGISTERED: _("Case registered"),
    TextEvent.CASE_ROUTED: _("Case reached a unit"),
    TextEvent.CASE_JOINED: _("Joined to a shared problem"),
    TextEvent.CASE_LEFT: _("Parted from the shared problem"),
    TextEvent.PETITION_ANSWERED: _("Answer to a supporter"),
    TextEvent.PETITION_PLANNED: _("Answer to a supporter"),
    TextEvent.REFERRAL_REPLIED: _("Reply of the responsible body"),
    TextEvent.REFERRAL_LETTER: _("Letter to the responsible body"),
    TextEvent.CASE_DELAYED: _("Answer delayed"),
    TextEvent.DUE_MOVED: _("Time moved"),
    TextEvent.CASE_RESUMED: _("Work goes on after a question"),
    TextEvent.QUESTION_ASKED: _("Question to the citizen"),
    TextEvent.ANSWER_ANNOUNCED: _("Answer"),
    TextEvent.WHICH_CASE: _("Which case is meant?"),
    TextEvent.REPLY_RECORDED: _("Reply recorded"),
    TextEvent.OBJECTION_OPENED: _("Objection recorded"),
    TextEvent.REVIEW_UPHELD: _("Verdict on the objection"),
    TextEvent.REVIEW_PARTLY: _("Verdict on the objection"),
    TextEvent.REVIEW_NOT_UPHELD: _("Verdict on the objection"),
    TextEvent.REVIEW_FINAL: _("Final verdict"),
    TextEvent.NOT_REACHED: _("Not reached by phone"),
    TextEvent.PLAN_ANNOUNCED: _("Answer with a promised day"),
    TextEvent.PLAN_DUE: _("Promised day has come"),
    TextEvent.PLAN_POSTPONED: _("Promised day moved"),
    TextEvent.PLAN_RETURNED: _("Promised day moved"),
    TextEvent.PLAN_DELAYED: _("Promise late"),
    TextEvent.ANSWER_RETURNED: _("Answer sent back to the unit"),
    TextEvent.CASE_REOPENED: _("Case reopened"),
    TextEvent.CASE_WITHDRAWN: _("Case withdrawn"),
    TextEvent.CASE_CLOSED: _("Case closed"),
    TextEvent.MESSAGE_THANKED: _("Thanks"),
    TextEvent.MESSAGE_RECEIVED: _("Text received"),
    TextEvent.STATUS_OPEN: _("How the case stands"),
    TextEvent.STATUS_LATE: _("How the case stands"),
    TextEvent.STATUS_ANSWERED: _("How the case stands"),
    TextEvent.MORE: _("Where the whole text is"),
    TextEvent.STATUS_ENDED: _("How the case stands"),
    TextEvent.MADE_SAFE: _("Danger removed"),
    TextEvent.CASE_ASSIGNED: _("Case for the unit"),
    TextEvent.RUNG_FIRED: _("Follow-up level reached"),
    TextEvent.RUNG_DIGEST: _("Morning list"),
    "weekly_list": _("Weekly list"),
    TEXT_REPLY: _("Answer to his text"),
    TextEvent.NUDGE_THIRD: _("Asked for the third time"),
}


def occasion(purpose: str) -> Words:
    """The words of a message's purpose; a purpose of later days is shown as it stands."""
    return OCCASIONS.get(purpose, purpose)
