"""`Authorization: Bearer TOKEN` for the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from rest_framework.request import Request

    from speechsite.accounts.models import ApiToken

KEYWORD = "Bearer"


class BearerAuthentication(BaseAuthentication):
    """Find the user by the token of the Authorization header; a request without one is left to the session."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the user and the token's row. Raises AuthenticationFailed for a token that is unknown or revoked."""
        # Imported late: this module is named in REST framework's own settings, which its views read while they load.
        from speechsite.accounts.services.tokens import token_authenticate  # noqa: PLC0415

        keyword, _space, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if keyword.lower() != KEYWORD.lower():
            return None
        row = token_authenticate(token=token.strip())
        if row is None:
            raise AuthenticationFailed(_("This token is unknown or was revoked. Make a new one on the account page."))
        return row.user, row

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a refusal is 401 and not 403."""
        return KEYWORD
