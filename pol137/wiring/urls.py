"""Every address of the site: doors by audience."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from pol137.desk.views import account

urlpatterns = [
    path("admin/login/", account.admin_door),
    path("admin/", admin.site.urls),
    path("", include("pol137.web.urls")),
    path("desk/", include("pol137.desk.urls")),
    path("", include("pol137.api.urls")),
    *i18n_patterns(path("", include("pol137.portal.urls")), prefix_default_language=False),
]

handler400 = "pol137.web.errors.bad_request"
handler403 = "pol137.web.errors.permission_denied"
handler404 = "pol137.web.errors.not_found"
handler500 = "pol137.web.errors.server_error"
