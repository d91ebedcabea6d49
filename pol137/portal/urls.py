"""Addresses of the citizens' pages: Persian at the root, English below /en/."""

from django.urls import path

from pol137.portal.views import case, help, home, letters, report, track

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("about", home.about, name="about"),
    path("help", help.articles, name="help"),
    path("help/<slug:code>", help.article, name="article"),
    path("report", report.choose_subject, name="report"),
    path("report/done", report.done, name="report_done"),
    path("report/near", report.near_by, name="near"),
    path("report/places", report.places, name="places"),
    path("report/map.json", report.map_data, name="map_data"),
    path("report/photo/<str:token>", report.kept_photo, name="kept_photo"),
    path("report/about/<str:code>", report.tell, name="tell"),
    path("track", track.track, name="track"),
    path("t/<str:code>", case.show, name="case"),
    path("t/<str:code>/reply", case.reply, name="reply"),
    path("t/<str:code>/accept", case.accept, name="accept"),
    path("t/<str:code>/agree", case.agree, name="agree"),
    path("t/<str:code>/object", case.object_to, name="object"),
    path("t/<str:code>/rate", case.rate, name="rate"),
    path("t/<str:code>/nudge", case.nudge, name="nudge"),
    path("t/<str:code>/withdraw", case.withdraw, name="withdraw"),
    path("t/<str:code>/support", case.support, name="support"),
    path("r/<str:token>", letters.letter, name="letter"),
    path("t/<str:code>/leave", case.leave, name="leave"),
    path("t/<str:code>/photo/<int:photo_id>", case.photo, name="photo"),
    path("t/<str:code>/photo/<int:photo_id>/small", case.photo, {"small": True}, name="photo_small"),
    path("t/<str:code>/photo/<int:photo_id>/original", case.original, name="photo_original"),
]
