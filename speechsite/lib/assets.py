"""Make the icon sprite out of @tabler/icons: `python -m speechsite.lib.assets`, run at set-up. No Django here."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ICON_TAG = re.compile(r"""{%\s*icon\s+["']([a-z0-9-]+)["']""")
ICON_WORD = re.compile(r"""(?:data-icon=|icon:\s*|iconElement\()["']([a-z0-9-]+)["']""")
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
FILLED = "-filled"

# Named by Python or by scripts in ways the patterns above cannot see, or by pages about to be made.
ALWAYS = """
alert-circle alert-triangle arrow-back-up arrow-left arrow-right ban chart-dots check chevron-down chevron-left
chevron-right chevron-up circle-check circle-check-filled circle-dashed circle-dot clock cloud-off cloud-upload copy
database-plus dots download edit external-link file-alert file-text file-upload file-zip filter flag folder help-circle
history info-circle key keyboard link list-check loader-2 lock lock-open logout microphone microphone-off package pencil
player-pause player-pause-filled player-play player-play-filled player-stop player-stop-filled plug-connected-x plus
refresh repeat search search-off settings stack-2 star tag trash trending-down trending-up upload user users versions
volume volume-off wave-sine x
"""


class UnknownIconError(Exception):
    """A template names an icon the set does not have."""


def names_used(root: Path) -> set[str]:
    """Return every icon named in the templates, the scripts and the standing list."""
    names = set(ALWAYS.split())
    for path in (root / "templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        names.update(ICON_TAG.findall(text), ICON_WORD.findall(text))
    for path in (root / "static" / "js").rglob("*.js"):
        names.update(ICON_WORD.findall(path.read_text(encoding="utf-8")))
    return names


def symbol(name: str, icons: Path) -> str:
    """Return one icon as an SVG symbol; `NAME-filled` is the filled drawing, used for play, pause and done."""
    is_filled = name.endswith(FILLED)
    source = icons / ("filled" if is_filled else "outline") / f"{name.removesuffix(FILLED)}.svg"
    found = DRAWING.search(source.read_text(encoding="utf-8")) if source.is_file() else None
    if found is None:
        raise UnknownIconError(f"There is no icon {name!r} among the Tabler icons.")
    look = 'fill="currentColor"' if is_filled else 'fill="none" stroke="currentColor"'
    paths = re.sub(r"\s*\n\s*", "", found.group(1))
    ends = 'stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {look} {ends}>{paths}</symbol>'


def build_sprite(root: Path = ROOT) -> Path:
    """Write static/build/icons.svg and return its path. Raises UnknownIconError."""
    icons = root / "node_modules" / "@tabler" / "icons" / "icons"
    symbols = [symbol(name, icons) for name in sorted(names_used(root))]
    target = root / "static" / "build" / "icons.svg"
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    unfinished.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n', encoding="utf-8")
    unfinished.replace(target)
    return target


def main() -> int:
    """Build the sprite; say in one line what failed."""
    try:
        target = build_sprite()
    except (OSError, UnknownIconError) as failure:
        sys.stderr.write(f"The icon sprite was not made: {failure}\n")
        return 1
    sys.stdout.write(f"{target.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
