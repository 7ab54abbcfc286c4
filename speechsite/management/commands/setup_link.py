"""Print the one-time link that makes the first account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand
from django.urls import reverse

from speechsite.accounts.services.setup import setup_is_open, setup_link_create

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    """Print a new set-up link while the site has no account; links printed before stop working."""

    help = "Print the one-time link that makes the first account (nothing when there is one)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", default="http://127.0.0.1:8000", help="where the site is reached")

    def handle(self, *args: Any, **options: Any) -> None:
        if not setup_is_open():
            self.stdout.write("The site has an account already; log in with it.")
            return
        path = reverse("accounts:setup", args=[setup_link_create()])
        self.stdout.write(f"Nobody has an account yet. Make the first one here, once: {options['address']}{path}")
