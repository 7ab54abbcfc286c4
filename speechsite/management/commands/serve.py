"""Serve the whole site from one command."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.urls import reverse

from speechsite.accounts.services.setup import setup_is_open, setup_link_create
from speechsite.lib.errors import ServiceError
from speechsite.serve import site
from speechsite.serve.children import ProcessTree

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    """Migrate, start broker, web, workers and beat as one process tree, and end all of it on Ctrl-C."""

    # The checks belong to bin/check; here they would only delay the first page.
    requires_system_checks = ()
    help = "Serve the whole site: web, workers, beat and the embedded broker. Ctrl-C ends all of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._serve(options["host"], options["port"])
        except ServiceError as exc:
            sys.exit(f"speechsite: {exc.message}")

    def _serve(self, host: str, port: int) -> None:
        site.data_folder_prepare()
        lock = site.data_folder_lock()
        site.port_check(host, port)
        tree = ProcessTree(log_folder=settings.DATA_DIR / "logs", say=self._say)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: tree.request_stop())
        try:
            site.broker_start(tree)
            call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
            setup_path = self._setup_path()
            # Children get connections of their own: nothing of this one may stay open across the forks.
            connection.close()
            site.web_start(tree, host, port)
            # The workers start when the site answers: started with it, they would take its processor time.
            site.web_wait(tree, host, port)
            self._greet(site.address(host, port), setup_path)
            site.workers_start(tree)
            tree.watch()
        finally:
            self._say("Stopping")
            tree.stop()
            lock.close()

    def _greet(self, address: str, setup_path: str) -> None:
        self._say(f"Speechsite is at {address}/  (Ctrl-C stops it; data and logs are in {settings.DATA_DIR})")
        if setup_path:
            self._say(f"Nobody has an account yet. Make the first one here, once: {address}{setup_path}")

    @staticmethod
    def _setup_path() -> str:
        return reverse("accounts:setup", args=[setup_link_create()]) if setup_is_open() else ""

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
