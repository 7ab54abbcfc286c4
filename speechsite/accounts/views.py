"""Login, the first account, and a person's own account page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from speechsite.accounts.forms import LoginForm, OwnPasswordForm, SetupForm, TokenForm
from speechsite.accounts.models import ApiToken
from speechsite.accounts.services.setup import setup_is_open, setup_link_is_good, setup_link_use
from speechsite.accounts.services.tokens import token_create, token_revoke
from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse


class Login(LoginView):
    """Let a person in; too many failures are answered 429 with the seconds to wait."""

    form_class = LoginForm
    template_name = "registration/login.html"
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again, with the status that tells programs what happened."""
        response = super().form_invalid(form)
        response.status_code = 422
        if form.wait_seconds:
            response.status_code = 429
            response["Retry-After"] = str(form.wait_seconds)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say so when there is no account to log in to yet."""
        return super().get_context_data(is_empty_site=setup_is_open(), **kwargs)


class PasswordChange(PasswordChangeView):
    """Change one's own password; other logins of the account end."""

    form_class = OwnPasswordForm
    template_name = "registration/password_change.html"
    success_url = reverse_lazy("accounts:account")

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep this login, say what happened."""
        messages.success(self.request, _("Your password is changed. Every other login of this account has ended."))
        return super().form_valid(form)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, secret: str) -> HttpResponse:
    """Make the first account with the one-time link, and log in to it."""
    if not setup_link_is_good(secret=secret):
        return render(request, "accounts/setup_closed.html", status=410)
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = setup_link_use(secret=secret, **form.cleaned_data)
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("home")
    return render(request, "accounts/setup.html", {"form": form}, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Show one's account; POST makes a token, which is shown in this one answer and never again."""
    user = cast("User", request.user)
    form = TokenForm(request.POST or None)
    new_token = ""
    if request.method == "POST" and form.is_valid():
        try:
            _row, new_token = token_create(user=user, name=form.cleaned_data["name"])
            form = TokenForm()
        except ServiceError as refused:
            form.add_error("name", refused.message)
    context = {"form": form, "tokens": ApiToken.objects.filter(user=user), "new_token": new_token}
    return render(request, "accounts/account.html", context, status=422 if form.is_bound else 200)


@require_POST
def token_delete(request: HttpRequest, token_id: int) -> HttpResponse:
    """Revoke one of one's own tokens."""
    try:
        row = token_revoke(user=cast("User", request.user), token_id=token_id)
    except ApiToken.DoesNotExist as absent:
        raise Http404 from absent
    told = _("The token “{name}” is revoked. Programs that use it are refused from now on.").format(name=row.name)
    messages.success(request, told)
    return redirect("accounts:account")
