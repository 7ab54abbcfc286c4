"""The forms of accounts: login with its limit, the first account, another password, a new token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from speechsite.accounts.services.attempts import login_failed, login_succeeded, login_wait_seconds

if TYPE_CHECKING:
    from django.http import HttpRequest


class LoginForm(AuthenticationForm):
    """Name and password; after too many failures it says how long to wait, and does not look at the password."""

    error_messages = {
        "invalid_login": gettext_lazy(
            "This name and password do not belong together. Check both; capitals count in the password."
        ),
        "inactive": gettext_lazy("This account is switched off. Ask whoever runs the site."),
    }
    wait_seconds = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the field as the rest of the site does."""
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("User name")

    def clean(self) -> dict[str, Any]:
        """Authenticate, counting failures."""
        who = {"username": self.cleaned_data.get("username", ""), "address": client_address(self.request)}
        self.wait_seconds = login_wait_seconds(**who)
        if self.wait_seconds:
            message = _("Too many logins failed. Wait {seconds} s, then try again; the account is not locked.")
            raise ValidationError(message.format(seconds=self.wait_seconds), code="too_many_logins")
        try:
            cleaned = super().clean()
        except ValidationError:
            login_failed(**who)
            raise
        login_succeeded(**who)
        return cleaned


def client_address(request: HttpRequest | None) -> str:
    """Return the address the connection came from, as the server in front reports it."""
    return request.META.get("REMOTE_ADDR", "") if request else ""


class SetupForm(forms.ModelForm):  # type: ignore[type-arg] # generic only in the stubs
    """The first account."""

    full_name = forms.CharField(label=gettext_lazy("Your name"), max_length=150, required=False)
    password = forms.CharField(
        label=gettext_lazy("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    class Meta:
        model = User
        fields = ("username",)
        labels = {"username": gettext_lazy("User name")}
        help_texts = {"username": gettext_lazy("Letters, digits and @ . + - _ only. You log in with it.")}
        widgets = {"username": forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"})}

    field_order = ("full_name", "username", "password")

    def clean_password(self) -> str:
        """Hold the password to the site's rules."""
        password: str = self.cleaned_data["password"]
        validate_password(password, User(username=self.cleaned_data.get("username", "")))
        return password


class OwnPasswordForm(PasswordChangeForm):
    """Another password for oneself, in the house's words."""

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": gettext_lazy("This is not the password you have now. Check it; capitals count."),
        "password_mismatch": gettext_lazy("The two new passwords differ. Write the same one twice."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what belongs into each field."""
        super().__init__(*args, **kwargs)
        old, new, again = (self.fields[name] for name in ("old_password", "new_password1", "new_password2"))
        old.label, new.label, again.label = _("The password you have now"), _("New password"), _("New password again")
        new.help_text = _("At least 10 characters, and not one of the passwords everybody tries.")
        again.help_text = ""


class TokenForm(forms.Form):
    """What a new token is for."""

    name = forms.CharField(
        label=gettext_lazy("What is it for?"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
