"""The on-screen words of every member of the rooms' vocabularies, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pol137.cases import vocabulary as cases
from pol137.citizens import vocabulary as citizens
from pol137.city import vocabulary as city
from pol137.contacts import vocabulary as contacts
from pol137.dispatch import vocabulary as dispatch
from pol137.messaging import vocabulary as messaging
from pol137.oversight import vocabulary as oversight
from pol137.referrals import vocabulary as referrals
from pol137.web.pieces import Words
from pol137.web.templatetags.fa import digits

LABELS: dict[type[StrEnum], Mapping[StrEnum, Words]] = {
    city.Role: {
        city.Role.OPERATOR: _("Operator"),
        city.Role.SHIFT_SUPERVISOR: _("Shift supervisor"),
        city.Role.TRIAGE: _("Triage expert"),
        city.Role.UNIT_USER: _("137 user of the unit"),
        city.Role.UNIT_HEAD: _("Head of the unit"),
        city.Role.DEPUTY: _("Deputy"),
        city.Role.MANAGER: _("Manager"),
        city.Role.INSPECTOR: _("Inspector"),
        city.Role.FOLLOW_UP: _("Follow-up expert"),
        city.Role.FEEDBACK: _("Feedback expert"),
        city.Role.CENTRE_HEAD: _("Head of the centre"),
        city.Role.MAYOR_OFFICE: _("Mayor's office"),
        city.Role.STATISTICS: _("Statistics expert"),
        city.Role.ADMINISTRATOR: _("Administrator"),
    },
    city.DepartmentKind: {
        city.DepartmentKind.CITY: _("Municipality"),
        city.DepartmentKind.MAYOR_OFFICE: _("Mayor's office"),
        city.DepartmentKind.INSPECTION: _("Inspection organisation"),
        city.DepartmentKind.CENTRE: _("Centre 137"),
        city.DepartmentKind.DEPUTY_OFFICE: _("Deputy's office"),
        city.DepartmentKind.DISTRICT: _("District municipality"),
        city.DepartmentKind.ORGANISATION: _("Organisation"),
        city.DepartmentKind.OFFICE: _("Office"),
        city.DepartmentKind.CONTRACTOR: _("Contractor"),
    },
    city.MessageKind: {
        city.MessageKind.REQUEST: pgettext_lazy("kind of message", "Request"),
        city.MessageKind.COMPLAINT: _("Complaint"),
        city.MessageKind.CRITICISM: _("Criticism"),
        city.MessageKind.SUGGESTION: _("Suggestion"),
        city.MessageKind.OPINION: _("Opinion"),
        city.MessageKind.PRAISE: _("Praise"),
        city.MessageKind.QUESTION: _("Question"),
    },
    city.Urgency: {
        city.Urgency.NORMAL: _("Ordinary"),
        city.Urgency.URGENT: _("Urgent: danger"),
    },
    city.Visibility: {
        city.Visibility.PRIVATE: _("Private"),
        city.Visibility.PUBLIC: _("Public"),
    },
    city.PlaceNeed: {
        city.PlaceNeed.REQUIRED: _("A place is needed"),
        city.PlaceNeed.OPTIONAL: _("A place helps"),
        city.PlaceNeed.NONE: _("No place"),
    },
    city.Clock: {
        city.Clock.CALENDAR: _("Calendar hours"),
        city.Clock.WORKING: _("Working hours"),
    },
    city.NoticeStyle: {
        city.NoticeStyle.SINGLE: _("At once"),
        city.NoticeStyle.DIGEST: _("Once each morning"),
    },
    citizens.ErasureReason: {
        citizens.ErasureReason.ASKED: _("The person asked for it"),
        citizens.ErasureReason.RULING: _("A court or authority ordered it"),
        citizens.ErasureReason.MISTAKE: _("Registered by mistake, or somebody else's number"),
    },
    city.Retained: {
        city.Retained.REPORTER: _("The reporter's name and addresses"),
        city.Retained.WORDS: _("Words and answers"),
        city.Retained.PICTURES: _("Photos and files"),
        city.Retained.CONTACTS: _("Contacts of citizens"),
        city.Retained.TEXTS: _("Texts sent"),
        city.Retained.RAW_TEXTS: _("Raw messages received"),
    },
    city.Medium: {
        city.Medium.SMS: _("SMS"),
        city.Medium.EMAIL: _("E-mail"),
        city.Medium.CALL: _("Call"),
    },
    cases.Status: {
        cases.Status.NEW: _("Awaits a unit"),
        cases.Status.JOINED: _("Joined to a shared problem"),
        cases.Status.ASSIGNED: _("Sent to the unit"),
        cases.Status.IN_WORK: _("In work"),
        cases.Status.WAITING: _("On hold"),
        cases.Status.ANSWERED: _("Unit's answer came, being checked"),
        cases.Status.APPROVED: _("Answer approved"),
        cases.Status.ANNOUNCED: _("Announced to the citizen"),
        cases.Status.PLANNED: _("Promised for a date"),
        cases.Status.UNDER_REVIEW: _("Objection under review"),
        cases.Status.CLOSED: _("Closed"),
        cases.Status.ARCHIVED: _("Archived"),
    },
    cases.Action: {
        cases.Action.REGISTER: _("Register"),
        cases.Action.ROUTE: _("Send to a unit"),
        cases.Action.ACCEPT: _("Take up"),
        cases.Action.REFER_INSIDE: _("Refer inside the unit"),
        cases.Action.ASK_CITIZEN: _("Ask the citizen"),
        cases.Action.ASK_CENTRE: _("Have the centre call the citizen"),
        cases.Action.ASK_MORE_TIME: _("Ask for more time"),
        cases.Action.GIVE_TIME: _("Give more time"),
        cases.Action.ASK_PAUSE: _("Ask for a pause"),
        cases.Action.REFUSE_TIME: _("Refuse more time or a pause"),
        cases.Action.PAUSE: _("Pause the clock"),
        cases.Action.RESUME: _("Resume the clock"),
        cases.Action.TRANSFER: _("Not this unit's duty"),
        cases.Action.SPLIT: _("Split for several units"),
        cases.Action.DRAFT: _("Save a draft answer"),
        cases.Action.ANSWER: _("Give the unit's answer"),
        cases.Action.APPROVE: _("Approve the answer"),
        cases.Action.RETURN_ANSWER: _("Return for completion"),
        cases.Action.ANNOUNCE: _("Announce the answer"),
        cases.Action.OBJECT: _("Record an objection"),
        cases.Action.DECIDE_REVIEW: _("Decide the review"),
        cases.Action.CLOSE: pgettext_lazy("step", "Close"),
        cases.Action.REOPEN: _("Reopen"),
        cases.Action.PROPOSE_JOIN: _("Propose as a shared problem"),
        cases.Action.DECLINE_JOIN: _("Decline the proposal"),
        cases.Action.JOIN_INCIDENT: _("Join to a shared problem"),
        cases.Action.LEAVE_INCIDENT: _("Part from the shared problem"),
        cases.Action.REOPEN_INCIDENT: _("Reopen the shared problem for all"),
        cases.Action.WITHDRAW: _("Withdraw"),
        cases.Action.KEEP_PLAN: _("Record that the promise was kept"),
        cases.Action.POSTPONE_PLAN: _("Postpone the promised date"),
        cases.Action.CLASSIFY: _("Classify"),
        cases.Action.ARCHIVE: _("Archive"),
        cases.Action.NOTE: _("Write a note"),
        cases.Action.RECLASSIFY: _("Change the subject"),
        cases.Action.EDIT_PLACE: _("Correct the place"),
        cases.Action.REVEAL: _("Show the reporter"),
        cases.Action.NUDGE: _("Record a nudge"),
        cases.Action.SUPPORT: _("Add a supporter"),
        cases.Action.MAKE_SAFE: _("Record that the danger is over"),
        cases.Action.REPORT_DANGER: _("Report danger"),
        cases.Action.ANSWER_SENDER: _("Answer went back to the sender"),
        cases.Action.RATE: _("Rate"),
        cases.Action.PUBLISH: _("Publish words and photos"),
    },
    cases.AnswerType: {
        cases.AnswerType.DONE: _("Done"),
        cases.AnswerType.PLANNED: _("Planned for a date"),
        cases.AnswerType.IN_COURSE: _("In legal or technical course"),
        cases.AnswerType.NOT_FEASIBLE: _("Not feasible"),
        cases.AnswerType.UNLAWFUL: _("Cannot be done under the law"),
        cases.AnswerType.NOT_OURS: _("Sent to the responsible body"),
    },
    cases.AnswerDecision: {
        cases.AnswerDecision.APPROVED: _("Approved"),
        cases.AnswerDecision.RETURNED: _("Returned for completion"),
        cases.AnswerDecision.NO_LOGICAL_ANSWER: _("Answer without a logical reply"),
    },
    cases.PromiseKind: {
        cases.PromiseKind.ANSWER: _("Unit's answer"),
        cases.PromiseKind.PLAN: _("Promised work"),
        cases.PromiseKind.TRIAGE: _("Finding the unit"),
        cases.PromiseKind.APPROVAL: _("Checking the answer"),
        cases.PromiseKind.ANNOUNCEMENT: _("Announcement"),
        cases.PromiseKind.REVIEW: _("Review of the objection"),
        cases.PromiseKind.OBJECTION_WINDOW: _("Time to object"),
        cases.PromiseKind.RECEIPT: _("Delivery of the SMS"),
        cases.PromiseKind.PAUSE: _("End of the pause"),
        cases.PromiseKind.ARCHIVE: _("Archiving"),
        cases.PromiseKind.PLAN_DAY: _("Day of the promised work"),
    },
    cases.Stop: {
        cases.Stop.HELD: _("Answered, awaits approval"),
        cases.Stop.PAUSED: _("Clock paused"),
    },
    cases.AnnouncementMedium: {
        cases.AnnouncementMedium.SMS: _("SMS"),
        cases.AnnouncementMedium.CALL: _("Call"),
        cases.AnnouncementMedium.EMAIL: _("E-mail"),
        cases.AnnouncementMedium.PAGE: _("Tracking page"),
    },
    cases.Wish: {
        cases.Wish.SMS: _("By SMS"),
        cases.Wish.CALL: _("By phone"),
    },
    cases.ObjectionGround: {
        cases.ObjectionGround.NOT_DONE: _("The work was not done"),
        cases.ObjectionGround.NOT_CONVINCING: _("The answer does not convince"),
    },
    cases.Verdict: {
        cases.Verdict.UPHELD: _("Objection upheld"),
        cases.Verdict.PARTLY: _("Objection partly upheld"),
        cases.Verdict.NOT_UPHELD: _("Objection not upheld"),
    },
    cases.CloseReason: {
        cases.CloseReason.ACCEPTED: _("Accepted by the citizen"),
        cases.CloseReason.WINDOW_OVER: _("No objection in time"),
        cases.CloseReason.WITHDRAWN: _("Withdrawn by the citizen"),
    },
    cases.TimeDecision: {
        cases.TimeDecision.GIVEN: _("Given"),
        cases.TimeDecision.REFUSED: _("Refused"),
        cases.TimeDecision.LAPSED: _("No longer to be decided"),
    },
    cases.Outcome: {
        cases.Outcome.SOLVED: _("Solved"),
        cases.Outcome.EXPLAINED: _("Explained"),
        cases.Outcome.PLAN_KEPT: _("Promised work kept"),
        cases.Outcome.NOT_FEASIBLE: _("Could not be done"),
        cases.Outcome.HANDED_ON: _("Handed to another body"),
        cases.Outcome.NOT_SOLVED: _("Not solved"),
        cases.Outcome.WITHDRAWN: _("Withdrawn by the citizen"),
        cases.Outcome.UNFOUNDED: _("Nothing was found"),
    },
    cases.Heard: {
        cases.Heard.JOINED: _("one more person reports the same"),
        cases.Heard.LEFT: _("one report was parted"),
        cases.Heard.NUDGE: _("the citizen asks again"),
        cases.Heard.NOTE: _("a note was written"),
        cases.Heard.OBJECTION: _("the citizen objects to the answer"),
    },
    cases.PhotoDoubt: {
        cases.PhotoDoubt.USED_BEFORE: _("Used before"),
        cases.PhotoDoubt.ALIKE: _("Very like an earlier photo"),
        cases.PhotoDoubt.TAKEN_BEFORE: _("Taken before the report"),
        cases.PhotoDoubt.ELSEWHERE: _("Taken elsewhere"),
    },
    cases.SupporterKind: {
        cases.SupporterKind.PERSON: _("Resident or passer-by"),
        cases.SupporterKind.BUILDING_MANAGER: _("Building manager"),
        cases.SupporterKind.COUNCIL: _("Neighbourhood council"),
    },
    cases.NoticeKind: {
        cases.NoticeKind.ALARM: _("Alarm"),
        cases.NoticeKind.WEEKLY: _("Weekly list"),
    },
    cases.Side: {
        cases.Side.CITIZEN: _("Citizen"),
        cases.Side.STAFF: _("Staff"),
    },
    cases.Queue: {
        cases.Queue.INBOX: _("Inbox"),
        cases.Queue.TRIAGE: _("Triage"),
        cases.Queue.APPROVAL: _("Approval"),
        cases.Queue.ANNOUNCEMENT: _("Announcement"),
        cases.Queue.REVIEW: _("Objections"),
        cases.Queue.PLANS: _("Promised dates"),
        cases.Queue.CLASSIFY: _("To classify"),
    },
    contacts.Disposition: {
        contacts.Disposition.ANSWERED: _("Answered on the spot"),
        contacts.Disposition.OPENED: _("Case opened"),
        contacts.Disposition.JOINED: _("Joined to an open case"),
        contacts.Disposition.NUDGED: _("Asked again about an open case"),
        contacts.Disposition.HANDED_TO_AGENCY: _("Handed to another body"),
        contacts.Disposition.HANDED_TO_EMERGENCY: _("Handed to an emergency number"),
        contacts.Disposition.UNLAWFUL_EXPLAINED: _("Explained that the law does not allow it"),
        contacts.Disposition.PRAISE_OR_OPINION: _("Praise or opinion recorded"),
        contacts.Disposition.DROPPED: _("Cut off, to be called back"),
        contacts.Disposition.SILENT: _("Silent"),
        contacts.Disposition.WRONG_NUMBER: _("Wrong number"),
        contacts.Disposition.NUISANCE: _("Nuisance"),
    },
    contacts.How: {
        contacts.How.OPENED: _("Opened"),
        contacts.How.JOINED: _("Joined"),
        contacts.How.NUDGED: _("Asked again"),
    },
    contacts.CallPurpose: {
        contacts.CallPurpose.ANSWER: _("Tell the answer"),
        contacts.CallPurpose.QUESTION: _("Ask the unit's question"),
        contacts.CallPurpose.VERDICT: _("Tell the verdict"),
        contacts.CallPurpose.PLAN: _("Tell of the promised day"),
        contacts.CallPurpose.DELAY: _("Tell of the delay"),
        contacts.CallPurpose.NUDGE: _("Third time he asks"),
        contacts.CallPurpose.DROPPED: _("The call was cut off"),
        contacts.CallPurpose.UNIT: _("The unit wishes to reach him"),
        contacts.CallPurpose.SURVEY: _("Ask how content he is"),
    },
    contacts.CallState: {
        contacts.CallState.WAITING: _("To be called"),
        contacts.CallState.TOLD: _("Told"),
        contacts.CallState.NOT_REACHED: _("Not reached"),
        contacts.CallState.NOT_NEEDED: _("No longer needed"),
    },
    contacts.CallOutcome: {
        contacts.CallOutcome.TOLD: _("Told"),
        contacts.CallOutcome.NO_ANSWER: _("No answer"),
        contacts.CallOutcome.BUSY: _("Busy"),
        contacts.CallOutcome.UNREACHABLE: _("Number cannot be reached"),
        contacts.CallOutcome.CALL_LATER: _("Asked to be called later"),
    },
    dispatch.DispatchState: {
        dispatch.DispatchState.CALLING: _("Calling the duty officer"),
        dispatch.DispatchState.ACKNOWLEDGED: _("Acknowledged"),
        dispatch.DispatchState.EN_ROUTE: _("On the way"),
        dispatch.DispatchState.ON_SITE: _("On site"),
        dispatch.DispatchState.MADE_SAFE: _("Danger removed"),
        dispatch.DispatchState.CANCELLED: _("Nobody need go"),
    },
    dispatch.CallReply: {
        dispatch.CallReply.PHONE: _("Acknowledged by phone"),
        dispatch.CallReply.RADIO: _("Acknowledged by radio"),
        dispatch.CallReply.NO_ANSWER: _("No answer"),
        dispatch.CallReply.NOT_COMING: _("Is not coming"),
        dispatch.CallReply.PASSED: _("No acknowledgement in time"),
    },
    referrals.ReferralState: {
        referrals.ReferralState.READY: _("To be sent"),
        referrals.ReferralState.SENT: _("Sent, no reply yet"),
        referrals.ReferralState.REPLIED: _("Reply came"),
        referrals.ReferralState.WITHDRAWN: _("Kept back"),
    },
    referrals.ReferralMedium: {
        referrals.ReferralMedium.LINK: _("By a reply link"),
        referrals.ReferralMedium.LETTER: _("On paper"),
        referrals.ReferralMedium.OFFICE: _("Through the body's office system"),
    },
    oversight.FindingKind: {
        oversight.FindingKind.EXCUSED: _("Excused"),
        oversight.FindingKind.WARNED: _("Warned"),
        oversight.FindingKind.RESOURCES_LACKING: _("Resources are lacking"),
    },
    messaging.OutboundStatus: {
        messaging.OutboundStatus.QUEUED: _("Ready to go out"),
        messaging.OutboundStatus.SENT: _("Sent"),
        messaging.OutboundStatus.DELIVERED: _("Delivered"),
        messaging.OutboundStatus.UNDELIVERED: _("Not delivered"),
    },
    messaging.InboundStatus: {
        messaging.InboundStatus.NEW: pgettext_lazy("inbound message", "New"),
        messaging.InboundStatus.READ: pgettext_lazy("inbound message", "Read"),
    },
}

UNSAID = {
    "EventKind": "web/timeline.py has its sentences",
    "TextEvent": "names of message texts, kept in the city pack",
    "Open311Type": "a word of the protocol",
    "Datatype": "a word of the protocol",
    "KeyScope": "typed on the command line",
    "CountedFrom": "a word of the city pack",
    "PlaceKind": "a word of the city pack",
    "Weekday": "a word of the city pack; days on screen are named by the date",
    "IdentifiedBy": "a word of the city pack",
    "ContactPointKind": "never shown: the address itself is",
}
"""Vocabularies without on-screen words, with the reason."""

CITIZEN_STATUS: Mapping[cases.Status, Words] = {
    cases.Status.NEW: _("Registered, the unit is being found"),
    cases.Status.JOINED: _("Being followed up with the same reports of others"),
    cases.Status.ASSIGNED: _("Sent to the responsible unit"),
    cases.Status.IN_WORK: _("The responsible unit is working on it"),
    cases.Status.WAITING: _("Waits for your answer"),
    cases.Status.ANSWERED: _("Unit's answer came, being checked"),
    cases.Status.APPROVED: _("The answer is ready and will be told to you"),
    cases.Status.ANNOUNCED: _("The answer was told to you"),
    cases.Status.PLANNED: _("Work promised for a date"),
    cases.Status.UNDER_REVIEW: _("Your objection is being reviewed"),
    cases.Status.CLOSED: _("End of follow-up"),
    cases.Status.ARCHIVED: _("End of follow-up"),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How a state looks beside its words."""

    tone: str
    icon: str


STATUS_SHAPES: Mapping[cases.Status, Shape] = {
    cases.Status.NEW: Shape("accent", "new"),
    cases.Status.JOINED: Shape("quiet", "merge"),
    cases.Status.ASSIGNED: Shape("accent", "open"),
    cases.Status.IN_WORK: Shape("accent", "half"),
    cases.Status.WAITING: Shape("soon", "pause"),
    cases.Status.ANSWERED: Shape("note", "message"),
    cases.Status.APPROVED: Shape("good", "check"),
    cases.Status.ANNOUNCED: Shape("good", "announce"),
    cases.Status.PLANNED: Shape("note", "calendar"),
    cases.Status.UNDER_REVIEW: Shape("late", "scale"),
    cases.Status.CLOSED: Shape("quiet", "done"),
    cases.Status.ARCHIVED: Shape("quiet", "archive"),
}

_BY_NAME = {enum.__name__: enum for enum in LABELS}


def label(value: str, enum: str) -> Words:
    """The words of a member, by the name of its vocabulary; empty for no value.

    Refuses (KeyError, ValueError) an unknown vocabulary and a value that is not in it.
    """
    members = _BY_NAME[enum]
    return LABELS[members][members(value)] if value else ""


def choices(enum: type[StrEnum], *members: StrEnum) -> list[tuple[str, Words]]:
    """Value and words of these members, or of all, for a form."""
    return [(str(member), LABELS[enum][member]) for member in members or enum]


def status(value: str, audience: str = "staff") -> Words:
    """The words of a status, for staff or for the citizen."""
    member = cases.Status(value)
    return CITIZEN_STATUS[member] if audience == "citizen" else LABELS[cases.Status][member]


def status_shape(value: str) -> Shape:
    """The tone and icon of a status."""
    return STATUS_SHAPES[cases.Status(value)]


def rung(n: int) -> str:
    """The level of follow-up a case has reached: «سطح پیگیری ۲»."""
    return gettext("Follow-up level %(n)s") % {"n": digits(n)}
