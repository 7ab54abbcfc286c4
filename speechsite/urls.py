"""The composition root: the only place that knows both apps."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required, login_required
from django.urls import include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from speechsite.health import healthz, readyz
from speechsite.languages import script_texts
from speechsite.styleguide import styleguide
from training_jobs.web.home import home, job_chip, job_panel

urlpatterns = [
    path("", home, name="home"),
    path("running-job/", job_panel, name="job-panel"),
    path("running-job/chip/", job_chip, name="job-chip"),
    path("language/", login_not_required(set_language), name="language"),
    path("language/<str:language>.js", script_texts, name="script-texts"),
    path("", include("speechsite.accounts.urls")),
    path("", include("training_jobs.web.urls")),
    path("", include("recognition.web.urls")),
    path("api/v1/", include("speechsite.uploads.urls")),
    path("api/v1/", include("training_jobs.api.urls")),
    path("api/v1/", include("recognition.api.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/docs/", login_required(SpectacularSwaggerView.as_view(url_name="api-schema")), name="api-docs"),
    path("healthz", login_not_required(healthz), name="healthz"),
    path("readyz", login_not_required(readyz), name="readyz"),
    path("admin/", admin.site.urls),
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))

handler400 = "speechsite.lib.errors.bad_request"
handler403 = "speechsite.lib.errors.permission_denied"
handler404 = "speechsite.lib.errors.not_found"
handler500 = "speechsite.lib.errors.server_failure"
