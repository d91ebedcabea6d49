"""Addresses of the desk: what members of staff work with."""

from django.urls import URLPattern, path

from pol137.desk.views import (
    account,
    appointments,
    articles,
    board,
    calendars,
    calls,
    case,
    contacts,
    home,
    judging,
    letters,
    lockouts,
    many,
    messages,
    notices,
    oversight,
    pictures,
    privacy,
    queues,
    roster,
    search,
    steps,
    unit,
)

app_name = "desk"

ACCOUNT: list[URLPattern] = [
    path("login", account.log_in, name="login"),
    path("logout", account.log_out, name="logout"),
    path("account", account.account, name="account"),
    path("account/look", account.look, name="look"),
    path("account/phone", account.phone, name="phone"),
    path("account/password", account.password, name="password"),
]

CONTACTS: list[URLPattern] = [
    path("", home.home, name="home"),
    path("contact/", contacts.start, name="start"),
    path("contact/<int:contact_id>/", contacts.contact, name="contact"),
    path("contact/<int:contact_id>/look", contacts.look, name="contact_look"),
    path("contact/<int:contact_id>/known/<int:case_id>", contacts.known, name="contact_known"),
    path("contact/<int:contact_id>/done", contacts.done, name="contact_done"),
    path("texts/", contacts.texts, name="texts"),
    path("texts/<int:contact_id>/take", contacts.take, name="take"),
    path("texts/<int:contact_id>/answer", calls.answer_by_text, name="answer_text"),
    path("calls/", calls.calls, name="calls"),
    path("calls/<int:call_id>/", calls.call, name="call"),
    path("messages/", messages.messages, name="messages"),
    path("messages/received/", messages.received, name="received"),
    path("messages/<int:message_id>/", messages.message, name="message"),
    path("articles/", articles.articles, name="articles"),
    path("articles/<slug:code>/", articles.article, name="article"),
]

CASES: list[URLPattern] = [
    path("q/inbox/accept", queues.accept_many, name="accept_many"),
    path("q/approval/<int:case_id>/<slug:action>", queues.decide, name="decide"),
    path("q/<slug:queue>/", queues.queue, name="queue"),
    path("renamed/", judging.renamed, name="renamed"),
    path("case/<int:case_id>/", case.case, name="case"),
    path("case/<int:case_id>/do/<slug:action>/", steps.step, name="step"),
    path("day", steps.day, name="day"),
    path("outlines", case.outlines, name="outlines"),
    path("picture/<int:picture_id>", pictures.picture, name="picture"),
    path("notices", notices.notices, name="notices"),
    path("notices/morning", notices.morning, name="morning"),
    path("notices/read", notices.read_all, name="read_all"),
    path("search", search.search, name="search"),
]

CITY: list[URLPattern] = [
    path("calendars/", calendars.calendars, name="calendars"),
    path("calendars/closure", calendars.closure, name="closure"),
    path("calendars/closure/<int:closure_id>/end", calendars.end, name="closure_end"),
    path("calendars/holiday", calendars.holiday, name="holiday"),
    path("calendars/ordinary", calendars.ordinary, name="ordinary"),
]

OVERSIGHT: list[URLPattern] = [
    path("oversight/", oversight.weekly, name="weekly"),
    path("oversight/<int:case_id>/finding", oversight.finding, name="finding"),
    path("rechecks/", oversight.rechecks, name="rechecks"),
    path("rechecks/<int:recheck_id>/", oversight.recheck, name="recheck"),
    path("figures/", oversight.figures, name="figures"),
    path("positions/", appointments.positions, name="positions"),
    path("positions/<int:position_id>/", appointments.position, name="position"),
]

DANGER: list[URLPattern] = [
    path("board/", board.board, name="board"),
    path("board/<int:dispatch_id>/", board.danger, name="danger"),
    path("board/<int:dispatch_id>/call", board.call, name="danger_call"),
    path("board/<int:dispatch_id>/elsewhere", board.elsewhere, name="danger_elsewhere"),
    path("board/<int:dispatch_id>/move", board.move, name="danger_move"),
    path("roster/", roster.roster, name="roster"),
    path("roster/add", roster.add, name="roster_add"),
    path("roster/copy", roster.copy, name="roster_copy"),
    path("roster/file", roster.file, name="roster_file"),
    path("roster/file.csv", roster.download, name="roster_download"),
    path("roster/<int:duty_id>/remove", roster.remove, name="roster_remove"),
    path("lockouts/", lockouts.lockouts, name="lockouts"),
    path("lockouts/<int:user_id>/unlock", lockouts.unlock, name="unlock"),
]

MANY: list[URLPattern] = [
    path("joins/", many.joins, name="joins"),
    path("senders/", many.senders, name="senders"),
    path("senders/answers.csv", many.senders_sheet, name="senders_sheet"),
    path("letters/", letters.letters, name="letters"),
    path("letters/month/", letters.month, name="letters_month"),
    path("letters/month/letters.csv", letters.month_sheet, name="letters_sheet"),
    path("letters/<int:letter_id>/", letters.letter, name="letter"),
]

UNIT: list[URLPattern] = [
    path("time/", unit.time, name="time"),
    path("drafts/", unit.drafts, name="drafts"),
    path("drafts/confirm", unit.confirm, name="confirm_drafts"),
    path("delegations/", unit.delegations, name="delegations"),
    path("delegations/<int:delegation_id>/end", unit.revoke, name="revoke_signing"),
]

PRIVACY: list[URLPattern] = [
    path("reveals/", privacy.reveals, name="reveals"),
    path("reveals/reveals.csv", privacy.reveals_sheet, name="reveals_sheet"),
    path("erasure/", privacy.erasure, name="erasure"),
]

urlpatterns = [*PRIVACY, *UNIT, *MANY, *DANGER, *ACCOUNT, *CONTACTS, *CASES, *CITY, *OVERSIGHT]
