"""A real Chromium, driven by Playwright's synchronous client, with an optional fake microphone."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import PASSWORD, REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Playwright

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FAKE_MICROPHONE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
AXE = REPOSITORY / "node_modules/axe-core/axe.min.js"

# Playwright's synchronous client runs an event loop; the tests' database work beside it is plain and blocking.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start Debian's Chromium."""
    program = shutil.which("chromium")
    assert program, "Chromium is not there: apt-get install chromium"
    return playwright.chromium.launch(executable_path=program, args=[*SWITCHES, *more])


@pytest.fixture(scope="session")
def playwright_client() -> Iterator[Playwright]:
    with sync_playwright() as client:
        yield client


@pytest.fixture(scope="session")
def chromium(playwright_client: Playwright) -> Iterator[Browser]:
    """One browser without a microphone for the whole session."""
    browser = launch(playwright_client)
    yield browser
    browser.close()


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    """A page of somebody who is not logged in; fails the test on a script failure or a refused policy."""
    context = chromium.new_context(base_url=site, viewport={"width": 1440, "height": 900})
    with watched_page(context) as new:
        yield new


@pytest.fixture
def microphone_page(playwright_client: Playwright, site: str) -> Iterator[Callable[[Path], Page]]:
    """Return a function that opens a page in a browser whose microphone plays the given WAV file over and over."""
    opened: list[tuple[Browser, watched_page]] = []

    def open_with(wav: Path) -> Page:
        browser = launch(playwright_client, *FAKE_MICROPHONE, f"--use-file-for-fake-audio-capture={wav}")
        context = browser.new_context(
            base_url=site, permissions=["microphone"], viewport={"width": 1440, "height": 900}
        )
        watched = watched_page(context)
        opened.append((browser, watched))
        return watched.__enter__()

    yield open_with
    for browser, watched in opened:
        watched.__exit__(None, None, None)
        browser.close()


class watched_page:  # noqa: N801 - used as a context manager
    """A page whose console failures, page failures and policy violations fail the test."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._failures: list[str] = []

    def __enter__(self) -> Page:
        page = self._context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda failure: self._failures.append(f"page: {failure}"))
        page.on("console", lambda message: self._note(message.type, message.text))
        return page

    def _note(self, kind: str, text: str) -> None:
        # A 4xx answer or a lost connection is logged by the browser and by htmx; tests of failures expect those.
        # So is a request that a newer one made needless.
        expected = (
            "Failed to load resource",
            "htmx:sendError",
            "htmx:sendAbort",
            "htmx:afterRequest",
            "htmx:responseError",
        )
        if kind == "error" and not text.startswith(expected):
            self._failures.append(f"console: {text}")

    def __exit__(self, *_: object) -> None:
        self._context.close()
        assert not self._failures, self._failures


@pytest.fixture
def log_in(site: str) -> Callable[[Page, User], None]:
    """Return a function that logs a person in through the login page."""

    def log_in_as(page: Page, user: User) -> None:
        page.goto("/login/")
        page.get_by_label("User name").fill(user.get_username())
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(lambda url: "/login/" not in url)

    return log_in_as


@pytest.fixture
def owner_page(page: Page, owner: User, log_in: Callable[[Page, User], None]) -> Page:
    """Return a page of the owner, logged in."""
    log_in(page, owner)
    return page


def accessibility_findings(page: Page) -> list[str]:
    """Return what axe finds on the page, one line each."""
    # Evaluated by the debugger, not the page: the page's policy refuses foreign scripts, as it should.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [f"{v['id']}: {v['help']}: {[n['target'] for n in v['nodes'][:5]]}" for v in found]
