"""Accounts: set-up link, login, API tokens."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "speechsite.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Let the API's schema know the bearer token."""
        import_module("speechsite.accounts.schema")
