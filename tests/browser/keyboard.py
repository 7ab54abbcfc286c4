"""The pages as somebody without a pointer uses them: Tab until it is reached, see where one is, press."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST_TABS = 120
# What has the focus: its name as it is read out, and whether one can see that it has it.
FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return ['', true];
  const label = at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText ?? at.innerText ?? '';
  const look = getComputedStyle(at), around = at.labels?.[0] ? getComputedStyle(at.labels[0]) : look;
  const isOutlined = (s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0;
  const isSeen = [look, around].some((s) => isOutlined(s) || s.boxShadow !== 'none');
  return [label.trim().replaceAll('\\u00a0', ' '), isSeen];
}"""


def reach(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus; on the way, the focus can always be seen."""
    passed = []
    page.wait_for_load_state()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused, is_seen = page.evaluate(FOCUSED)
        assert is_seen, f"nobody sees that “{focused}” has the focus on {page.url}"
        if focused.startswith(name):
            return
        passed.append(focused)
    raise AssertionError(f"“{name}” is not reached by Tab on {page.url}; passed: {passed}")


def press(page: Page, name: str) -> None:
    """Go to a link or a button and press it."""
    reach(page, name)
    page.keyboard.press("Enter")


def write(page: Page, name: str, text: str) -> None:
    """Go to a field and write into it, in the place of what stands there."""
    reach(page, name)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def choose(page: Page, group: str, option: str) -> None:
    """Go to a group of radio buttons, of which `group` is chosen, and move on to `option` by the arrows."""
    reach(page, group)
    for _ in range(10):
        if page.evaluate(FOCUSED)[0].startswith(option):
            return
        page.keyboard.press("ArrowUp")
    raise AssertionError(f"“{option}” is not reached by the arrows")


def go(page: Page, letter: str) -> None:
    """Go to one of the five places by G and a letter."""
    page.keyboard.press("g")
    page.keyboard.press(letter)
