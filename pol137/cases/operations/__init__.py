"""Writes of the cases room: one verb a function, one transaction each."""

from pol137.cases.operations.announcing import announce_answer, begin_announcement, call_instead
from pol137.cases.operations.answering import (
    answer_case,
    approve_answer,
    draft_answer,
    keep_plan,
    postpone_plan,
    return_answer,
)
from pol137.cases.operations.closures import count_lately_declared
from pol137.cases.operations.dangers import make_safe, report_danger
from pol137.cases.operations.ending import (
    archive_case,
    classify_case,
    close_case,
    may_reopen,
    reopen_case,
    withdraw_case,
)
from pol137.cases.operations.erasing import sweep_files
from pol137.cases.operations.external import answer_sender
from pol137.cases.operations.giving_time import (
    ask_more_time,
    ask_pause,
    give_time,
    pause_case,
    refuse_time,
)
from pol137.cases.operations.incidents import (
    decline_join,
    join_incident,
    leave_incident,
    propose_join,
)
from pol137.cases.operations.objecting import accept_plan, decide_review, object_to_answer, rate_case
from pol137.cases.operations.petitions import support_case
from pol137.cases.operations.proving import prove_reporter
from pol137.cases.operations.registering import (
    Prepared,
    Registered,
    check_draft,
    prepare_case,
    register_case,
    tables_of,
    unless_code_is_taken,
)
from pol137.cases.operations.remarks import (
    ask_centre,
    edit_place,
    note_case,
    nudge_case,
    publish_words,
    reclassify_case,
    reveal_reporter,
)
from pol137.cases.operations.routing import refer_inside, route_case, split_case, transfer_case
from pol137.cases.operations.signing import confirm_draft, confirm_drafts, imprint
from pol137.cases.operations.steps import lock_case, lock_sharing
from pol137.cases.operations.sweep import sweep
from pol137.cases.operations.working import (
    accept_case,
    accept_cases,
    ask_by_phone,
    ask_citizen,
    note_question_reached,
    resume_case,
)

__all__ = [
    "Prepared",
    "Registered",
    "accept_case",
    "accept_cases",
    "accept_plan",
    "announce_answer",
    "answer_case",
    "answer_sender",
    "approve_answer",
    "archive_case",
    "ask_by_phone",
    "ask_centre",
    "ask_citizen",
    "ask_more_time",
    "ask_pause",
    "begin_announcement",
    "call_instead",
    "check_draft",
    "classify_case",
    "close_case",
    "confirm_draft",
    "confirm_drafts",
    "count_lately_declared",
    "decide_review",
    "decline_join",
    "draft_answer",
    "edit_place",
    "give_time",
    "imprint",
    "join_incident",
    "keep_plan",
    "leave_incident",
    "lock_case",
    "lock_sharing",
    "make_safe",
    "may_reopen",
    "note_case",
    "note_question_reached",
    "nudge_case",
    "object_to_answer",
    "pause_case",
    "postpone_plan",
    "prepare_case",
    "propose_join",
    "prove_reporter",
    "publish_words",
    "rate_case",
    "reclassify_case",
    "refer_inside",
    "refuse_time",
    "register_case",
    "reopen_case",
    "report_danger",
    "resume_case",
    "return_answer",
    "reveal_reporter",
    "route_case",
    "split_case",
    "support_case",
    "sweep",
    "sweep_files",
    "tables_of",
    "transfer_case",
    "unless_code_is_taken",
    "withdraw_case",
]
