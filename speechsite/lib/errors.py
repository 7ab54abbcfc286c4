"""Failures users may see: a stable code and a sentence. One envelope for the API, one page for people."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django_stubs_ext import StrOrPromise

logger = logging.getLogger(__name__)

SENTENCES: Final[dict[int, tuple[str, StrOrPromise]]] = {
    400: (
        "bad_request",
        gettext_lazy("The request could not be read. Nothing was changed; check the fields that are named."),
    ),
    401: ("not_authenticated", gettext_lazy("This needs a login or a token. Send `Authorization: Bearer TOKEN`.")),
    403: ("permission_denied", gettext_lazy("This account may not do that. Nothing was changed.")),
    404: ("not_found", gettext_lazy("There is nothing at this address that you may see.")),
    405: ("method_not_allowed", gettext_lazy("This address does not take that method.")),
    406: ("not_acceptable", gettext_lazy("This address answers JSON only.")),
    413: ("too_large", gettext_lazy("What was sent is larger than this site takes. Nothing was kept.")),
    415: ("unsupported_media_type", gettext_lazy("This address takes JSON or multipart/form-data.")),
    429: (
        "too_many_requests",
        gettext_lazy("Too many requests came from this account. Wait as long as Retry-After says."),
    ),
    500: (
        "server_failure",
        gettext_lazy("Something on the server stopped. Nothing of yours was lost; the log has the details."),
    ),
}


class ServiceError(Exception):
    """A rule was broken: `code` is stable and documented, `message` is for the user, `detail` for staff only."""

    def __init__(self, code: str, message: StrOrPromise, *, detail: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = str(message)
        self.detail = detail
        self.status = status


def envelope(code: str, message: StrOrPromise, detail: Any = None) -> dict[str, Any]:
    """Return the API's one shape of a failure."""
    return {"error": {"code": code, "message": str(message), "detail": detail}}


def coded(exc: Exception) -> tuple[str, str] | None:
    """Return code and sentence of a failure that carries both (ServiceError, EngineError), else None."""
    code, message = getattr(exc, "code", None), getattr(exc, "message", None)
    return (code, message) if isinstance(code, str) and isinstance(message, str) else None


def api_exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Give every failure of the API the one envelope."""
    known = None if isinstance(exc, exceptions.APIException) else coded(exc)
    if known:
        set_rollback()
        status = getattr(exc, "status", HTTPStatus.BAD_REQUEST)
        return Response(envelope(*known), status=status)
    if isinstance(exc, RequestDataTooBig):
        return Response(envelope(*SENTENCES[413]), status=413)
    response = exception_handler(exc, context)
    if response is None:
        return None
    code, sentence = SENTENCES.get(response.status_code, SENTENCES[400])
    detail = response.data if isinstance(exc, exceptions.ValidationError) else getattr(exc, "detail", None)
    response.data = envelope(code, sentence, detail)
    return response


class ServiceErrorMiddleware:
    """Answer a ServiceError or EngineError that reached the top of a page with its sentence, never a traceback."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        """Return the page or JSON for a failure with a code; leave all others to Django."""
        known = coded(exc)
        if known is None or isinstance(exc, (Http404, PermissionDenied)):
            return None
        status = getattr(exc, "status", HTTPStatus.BAD_REQUEST)
        if wants_json(request):
            return JsonResponse(envelope(*known), status=status)
        return failure_page(request, code=known[0], message=known[1], status=status)


def wants_json(request: HttpRequest) -> bool:
    """Say whether the caller is a program: the API's paths, or a client that asks for JSON before HTML."""
    if request.path.startswith(("/api/", "/v1/")):
        return True
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def failure_page(request: HttpRequest, *, code: str, message: StrOrPromise, status: int) -> HttpResponse:
    """Render one failure as a page, or as a notice where htmx asked for a fragment."""
    template = "shell/_failure.html" if getattr(request, "htmx", False) else "failure.html"
    return render(request, template, {"code": code, "message": message, "status": status}, status=status)


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    code, message = SENTENCES[status]
    if wants_json(request):
        return JsonResponse(envelope(code, message), status=status)
    return failure_page(request, code=code, message=message, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, or 413 where the body was too large."""
    return _answer(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    return _answer(request, 404)


def server_failure(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching the database or the session, which may be what failed."""
    code, message = SENTENCES[500]
    if wants_json(request):
        return JsonResponse(envelope(code, message), status=500)
    return render(request, "500.html", {"code": code, "message": message}, status=500)


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose page is older than the login."""
    message = _("It was opened before the last login. Nothing was changed; go back, reload it and send it again.")
    if wants_json(request):
        return JsonResponse(envelope("csrf_refused", message, reason), status=403)
    return failure_page(request, code="csrf_refused", message=message, status=403)
