"""A real Chromium, driven by Playwright's synchronous client, with an optional fake microphone."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import newcomer
from tests.browser.chromium import launch, watched_page
from tests.browser.chromium import microphone_page as microphone_page_with
from tests.conftest import PASSWORD, REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Browser, Page, Playwright

AXE = REPOSITORY / "node_modules/axe-core/axe.min.js"

# Playwright's synchronous client runs an event loop; the tests' database work beside it is plain and blocking.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


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
    with ExitStack() as opened:
        yield lambda wav: opened.enter_context(microphone_page_with(playwright_client, site, wav))


@pytest.fixture
def log_in(site: str) -> Callable[[Page, User], None]:
    """Return a function that logs a person in through the login page."""

    def log_in_as(page: Page, user: User) -> None:
        newcomer.log_in(page, user.get_username(), PASSWORD)

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
