"""Whose things a command works on."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.management.base import CommandError

USAGE = 2


def owner_named(username: str | None) -> User:
    """Return the user of that name; without one the only user, or the first who may administer the site.

    Raises CommandError (exit status 2) where that names nobody.
    """
    if username:
        found = User.objects.filter(username=username).first()
        if found is None:
            raise CommandError(f"There is no user called {username}.", returncode=USAGE)
        return found
    users = User.objects.filter(is_active=True).order_by("-is_superuser", "pk")[:2]
    if not users:
        raise CommandError(
            "There is no user yet. Open the site's set-up link, or run createsuperuser.", returncode=USAGE
        )
    if len(users) > 1 and not users[0].is_superuser:
        raise CommandError("There are several users. Say whose things these are with --owner.", returncode=USAGE)
    return users[0]
