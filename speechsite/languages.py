"""The texts of the scripts, as an address that may be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_GET
from django.views.i18n import JavaScriptCatalog

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

CATALOGUE = JavaScriptCatalog.as_view(domain="djangojs")


@login_not_required
@require_GET
def script_texts(request: HttpRequest, language: str) -> HttpResponseBase:
    """Answer with the texts of the scripts in a language; the address names it, so that it may be kept for a while."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        answer = CATALOGUE(request)
    patch_cache_control(answer, public=True, max_age=settings.WHITENOISE_MAX_AGE)
    return answer
