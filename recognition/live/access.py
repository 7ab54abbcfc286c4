"""Who may speak over a WebSocket: whoever is logged in on a page of this site, or holds a token."""

from __future__ import annotations

import io
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.utils.translation import gettext as _
from rest_framework.exceptions import AuthenticationFailed

from speechsite.accounts.authentication import BearerAuthentication
from speechsite.lib.errors import SENTENCES, ServiceError

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest


def request_of(scope: dict[str, Any]) -> HttpRequest:
    """Return the handshake as Django reads requests: its host, its cookies, whether it is secure."""
    scheme = "https" if scope.get("scheme") == "wss" else "http"
    return ASGIRequest({**scope, "type": "http", "method": "GET", "scheme": scheme}, io.BytesIO())


def comes_from_here(request: HttpRequest) -> bool:
    """Say whether a page of this site asks; a token needs no page.

    Browsers send cookies with a WebSocket whichever site's page opens it, and say which one it was.
    """
    try:
        host = request.get_host()
    except DisallowedHost:
        return False
    if "Authorization" in request.headers:
        return True
    origin = request.headers.get("Origin", "")
    return origin == f"{request.scheme}://{host}" or origin in settings.CSRF_TRUSTED_ORIGINS


def user_of(request: HttpRequest) -> User:
    """Return who asks, as it stands in the database now. Raises ServiceError not_authenticated."""
    user = _holder_of_token(request) if "Authorization" in request.headers else _logged_in(request)
    if user is None:
        message = _("You are not logged in any more. Log in, then go on; nothing was lost.")
        raise ServiceError(SENTENCES[401][0], message, status=401)
    return user


def _holder_of_token(request: Any) -> User | None:
    try:
        found = BearerAuthentication().authenticate(request)
    except AuthenticationFailed:
        return None
    return found[0] if found else None


def _logged_in(request: HttpRequest) -> User | None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    user = get_user(request)
    return user if user.is_authenticated else None
