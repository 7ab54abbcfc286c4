"""Debian's Chromium with a fake microphone, and pages that fail on what their console says; knows no Django."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FAKE_MICROPHONE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start Debian's Chromium."""
    program = shutil.which("chromium")
    assert program, "Chromium is not there: apt-get install chromium"
    return playwright.chromium.launch(executable_path=program, args=[*SWITCHES, *more])


@contextmanager
def microphone_page(playwright: Playwright, site: str, wav: Path, *, is_once: bool = False) -> Iterator[Page]:
    """Open a page in a browser of its own, whose microphone plays the WAV file over and over, or once."""
    sound = f"--use-file-for-fake-audio-capture={wav}{'%noloop' if is_once else ''}"
    browser = launch(playwright, *FAKE_MICROPHONE, sound)
    context = browser.new_context(base_url=site, permissions=["microphone"], viewport={"width": 1440, "height": 900})
    try:
        with watched_page(context) as page:
            yield page
    finally:
        browser.close()


class watched_page:  # noqa: N801 - used as a context manager
    """A page whose console failures, page failures and policy violations fail the test.

    A test ends on a page that has arrived: Chromium may never answer a close in the midst of a change of page.
    """

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
