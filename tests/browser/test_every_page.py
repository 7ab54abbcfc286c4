"""Every page of the site, with one of everything behind it: axe finds nothing, nothing runs over, from 390 px to 4K."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tests.access.test_every_address import OWN, OWNED, address, belongings
from tests.browser.conftest import accessibility_findings

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

__all__ = ["belongings"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [((390, 844), "dark"), ((1440, 900), "light"), ((3840, 2160), "light"), ((3840, 2160), "dark")]
WIDEST_LINE_CHARACTERS = 110
# How many characters the longest line of running text has: more than a hundred or so cannot be read with ease.
LONGEST_LINE = """() => {
  const long = [...document.querySelectorAll('main p')].filter((p) => p.offsetParent && p.textContent.length > 200);
  return Math.max(0, ...long.map((p) => p.clientWidth / (parseFloat(getComputedStyle(p).fontSize) * 0.5)));
}"""


def pages_of(owner: User, belongings: dict[str, Any]) -> list[str]:
    """Return the addresses that answer the owner with a whole page."""
    client = Client()
    client.force_login(owner)
    found = []
    for name in [*OWN, *OWNED]:
        path = address(name, belongings)
        if path.startswith(("/api/", "/v1/", "/admin/")):
            continue
        answer = client.get(path)
        is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
        if is_page and b"<!doctype html>" in b"".join(answer):
            found.append(path)
    return found


def test_every_page_at_every_width(
    owner_page: Page, owner: User, belongings: dict[str, Any], log_in: Callable[[Page, User], None]
) -> None:
    pages = pages_of(owner, belongings)
    assert len(pages) > 25
    wrong = []
    for path in pages:
        owner_page.goto(path)
        for (width, height), scheme in LOOKS:
            owner_page.set_viewport_size({"width": width, "height": height})
            owner_page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            where = f"{path} at {width} {scheme}"
            wrong += [f"{where}: {finding}" for finding in accessibility_findings(owner_page)]
            if owner_page.evaluate("document.documentElement.scrollWidth - window.innerWidth") > 0:
                wrong.append(f"{where}: runs over")
            if owner_page.evaluate(LONGEST_LINE) > WIDEST_LINE_CHARACTERS:
                wrong.append(f"{where}: a line is too long to be read")
    assert not wrong, "\n".join(wrong)
