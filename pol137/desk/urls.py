"""Addresses of the desk: what members of staff work with."""

from django.urls import URLPattern, path

from pol137.desk.views import (
    account,
    articles,
    calls,
    case,
    contacts,
    home,
    messages,
    notices,
    pictures,
    queues,
    search,
    steps,
)

app_name = "desk"

ACCOUNT: list[URLPattern] = [
    path("login", account.log_in, name="login"),
    path("logout", account.log_out, name="logout"),
    path("account", account.account, name="account"),
    path("account/look", account.look, name="look"),
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
    path("case/<int:case_id>/", case.case, name="case"),
    path("case/<int:case_id>/do/<slug:action>/", steps.step, name="step"),
    path("day", steps.day, name="day"),
    path("outlines", case.outlines, name="outlines"),
    path("picture/<int:picture_id>", pictures.picture, name="picture"),
    path("notices", notices.notices, name="notices"),
    path("notices/read", notices.read_all, name="read_all"),
    path("search", search.search, name="search"),
]

urlpatterns = [*ACCOUNT, *CONTACTS, *CASES]
