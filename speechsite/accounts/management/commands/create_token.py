"""`python manage.py create_token USERNAME [--name NAME]`: print a new API token, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from speechsite.accounts.services.tokens import token_create

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Make an API token for a user and print it. It is shown this once and kept only as a hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the user's name, and what the token is for."""
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what the token is for (default: %(default)s)")
        parser.add_argument("--json", action="store_true", help="print one JSON document instead of the bare token")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token. Exit 1 when there is no such user."""
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            names = ", ".join(User.objects.order_by("username").values_list("username", flat=True)[:20]) or "none yet"
            raise CommandError(f"There is no user {options['username']!r}. Users: {names}.")
        row, token = token_create(user=user, name=options["name"])
        shown = {"token": token, "name": row.name, "username": user.username}
        self.stdout.write(json.dumps(shown) if options["json"] else token)
